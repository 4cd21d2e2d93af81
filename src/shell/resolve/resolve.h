// A valid configuration + this host → the specs that the keeper can carry out.
//
// What the host cannot do is an error, unless the setting says `if_possible = true`: then it is a
// warning, and the spec leaves it out. What is missing now but may come (the program, a folder, a
// secret, an env_file) is a warning: the service is `blocked` or fails at its stage, and is
// retried.
//
// The environment of a program is built from zero, later wins: PATH, LANG, HOME, USER, LOGNAME,
// SHELL; secrets that ask for a variable; the files of env_file in their order; the keys of env.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "core/config/config.h"
#include "schema/diagnostic.h"
#include "shell/resolve/host.h"
#include "wire/spec.h"

namespace hammock::resolve {

inline constexpr std::size_t kSecretBytesMax = 1 << 20;

struct ResolvedService {
  std::string name;
  wire::Spec spec;
  // Why it cannot be started at the moment: a sentence. Resolve it again before the next try.
  std::optional<std::string> blocked;
  friend bool operator==(const ResolvedService&, const ResolvedService&) = default;
};

struct Resolved {
  std::vector<ResolvedService>
      services;                     // as in the configuration; jobs, probes, time bombs follow
  schema::Diagnostics diagnostics;  // sorted
  bool ok() const { return !schema::has_errors(diagnostics); }
};

// `document` is where the spans of the diagnostics come from; an empty one gives diagnostics
// without places. Asks the user database and the file system.
Resolved resolve(const config::Configuration& configuration, const schema::Document& document,
                 const HostFacts& host);

// One service alone, for `hammock run`.
std::pair<ResolvedService, schema::Diagnostics> resolve_service(const service::Config& service,
                                                                const std::string& folder,
                                                                const schema::Document& document,
                                                                const HostFacts& host);

// A command to be run as the service would (readiness checks, reload, `hammock run`): its user,
// folder, environment, limits; without sockets, notify, watchdog and stored descriptors.
wire::Spec spec_for_command(const wire::Spec& service, std::vector<std::string> command);

// The text of a configuration file, or the one diagnostic that says why it is not fit to be one:
// "unreadable", "not-a-file", "too-large", "world-writable". `shown` is how people know it.
struct ConfigurationFile {
  std::string text;
  schema::Diagnostics diagnostics;  // empty when the text is to be used
};
ConfigurationFile read_configuration(const std::string& path, const std::string& shown);

}  // namespace hammock::resolve
