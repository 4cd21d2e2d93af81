// Where things are: the runtime directory, the state directory and the configuration file, from the
// environment and the user.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hammock::cli {

using Environment = std::map<std::string, std::string, std::less<>>;

Environment current_environment();
// Nothing when it is unset or empty: both mean the same to people.
std::optional<std::string> lookup(const Environment& environment, std::string_view name);

struct Places {
  std::string runtime;               // R, absolute
  std::string state;                 // S, absolute
  bool runtime_is_fallback = false;  // under /tmp, where its owner must be checked

  std::string ledger() const { return runtime + "/ledger"; }
  std::string control() const { return runtime + "/control"; }
  std::string logs() const { return state + "/logs"; }
  std::string journal() const { return state + "/journal.db"; }
};

// kInvalid when a variable holds a relative path, kNotFound when there is no home to be in.
Result<Places> find_places(const Environment& environment, unsigned uid);

// A socket's path has at most 107 bytes (unix(7)); ours are up to 26 longer than their directory.
inline constexpr std::size_t kRuntimeBytesMax = 80;

// Makes both directories (0711 and 0750) with their parents. A runtime directory in /tmp must be a
// directory of ours that nobody else can write to, else kNotPermitted.
// kInvalid when the runtime directory has more than kRuntimeBytesMax bytes.
Result<void> make_places(const Places& places, unsigned uid);
// The same check without making anything; a missing directory is fine.
Result<void> check_places(const Places& places, unsigned uid);

// `given` (from -c), else ./hammock.toml, else HAMMOCK_CONFIG; absolute. When none exists it is
// ./hammock.toml, whose absence is then explained by whoever reads it.
std::string find_configuration(const Environment& environment,
                               const std::optional<std::string>& given);

}  // namespace hammock::cli
