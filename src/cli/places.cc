#include "cli/places.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace hammock::cli {
namespace {

Result<std::string> absolute_variable(const Environment& environment, std::string_view name,
                                      std::string otherwise) {
  auto value = lookup(environment, name);
  if (!value) return otherwise;
  if (!value->starts_with('/')) {
    return fail(ErrorCode::kInvalid,
                std::string(name) + " must be an absolute path, not `" + *value + "`");
  }
  while (value->size() > 1 && value->ends_with('/'))
    value->pop_back();
  return *value;
}

Result<void> make_directory(const std::string& path, mode_t mode) {
  std::string parent = std::filesystem::path(path).parent_path();
  struct stat found{};
  if (!parent.empty() && stat(parent.c_str(), &found) != 0) {
    HAMMOCK_TRY(make_directory(parent, 0755));
  }
  if (mkdir(path.c_str(), mode) == 0) {
    // mkdir's mode is cut by the umask, and these modes are promises.
    if (chmod(path.c_str(), mode) != 0) return fail_errno("set the mode of " + path);
    return {};
  }
  if (errno != EEXIST) return fail_errno("make the directory " + path);
  if (stat(path.c_str(), &found) == 0 && !S_ISDIR(found.st_mode)) {
    return fail(ErrorCode::kInvalid, path + " is not a directory");
  }
  return {};
}

}  // namespace

Environment current_environment() {
  Environment result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view text(*entry);
    auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    result.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

std::optional<std::string> lookup(const Environment& environment, std::string_view name) {
  auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Result<Places> find_places(const Environment& environment, unsigned uid) {
  Places places;
  std::string runtime = "/run/hammock";
  std::string state = "/var/lib/hammock";
  if (uid != 0) {
    auto base = lookup(environment, "XDG_RUNTIME_DIR");
    places.runtime_is_fallback = !base && !lookup(environment, "HAMMOCK_RUNTIME_DIR");
    runtime = base ? *base + "/hammock" : "/tmp/hammock-" + std::to_string(uid);
    auto home = lookup(environment, "HOME");
    auto data = lookup(environment, "XDG_STATE_HOME");
    if (!data && home) data = *home + "/.local/state";
    if (!data && !lookup(environment, "HAMMOCK_STATE_DIR")) {
      return fail(ErrorCode::kNotFound,
                  "there is no place for the state: set HAMMOCK_STATE_DIR, XDG_STATE_HOME or HOME");
    }
    state = data ? *data + "/hammock" : std::string();
  }
  auto found = absolute_variable(environment, "HAMMOCK_RUNTIME_DIR", runtime);
  if (!found) return std::unexpected(found.error());
  places.runtime = *found;
  found = absolute_variable(environment, "HAMMOCK_STATE_DIR", state);
  if (!found) return std::unexpected(found.error());
  places.state = *found;
  return places;
}

Result<void> check_places(const Places& places, unsigned uid) {
  if (!places.runtime_is_fallback) return {};
  struct stat found{};
  if (lstat(places.runtime.c_str(), &found) != 0) return {};
  bool ours = S_ISDIR(found.st_mode) && found.st_uid == uid && (found.st_mode & 0022) == 0;
  if (ours) return {};
  return fail(ErrorCode::kNotPermitted,
              places.runtime +
                  " is not a directory of yours that only you can write to, so it "
                  "cannot be trusted; set XDG_RUNTIME_DIR or HAMMOCK_RUNTIME_DIR");
}

Result<void> make_places(const Places& places, unsigned uid) {
  if (places.runtime.size() > kRuntimeBytesMax) {
    return fail(ErrorCode::kInvalid, "the runtime directory " + places.runtime + " has " +
                                         std::to_string(places.runtime.size()) +
                                         " bytes, and sockets allow only " +
                                         std::to_string(kRuntimeBytesMax) +
                                         "; set HAMMOCK_RUNTIME_DIR to a shorter one");
  }
  HAMMOCK_TRY(make_directory(places.runtime, places.runtime_is_fallback ? 0700 : 0711));
  HAMMOCK_TRY(check_places(places, uid));
  return make_directory(places.state, 0750);
}

std::string find_configuration(const Environment& environment,
                               const std::optional<std::string>& given) {
  std::string chosen = "hammock.toml";
  if (given) {
    chosen = *given;
  } else if (access(chosen.c_str(), F_OK) != 0) {
    chosen = lookup(environment, "HAMMOCK_CONFIG").value_or(chosen);
  }
  std::error_code ignored;
  auto absolute = std::filesystem::absolute(chosen, ignored);
  return ignored ? chosen : absolute.lexically_normal().string();
}

}  // namespace hammock::cli
