#include <map>

#include "base/text.h"
#include "schema/lines.h"
#include "shell/resolve/env_file.h"
#include "shell/resolve/files.h"
#include "shell/resolve/resolve.h"
#include "shell/resolve/steps.h"

namespace hammock::resolve {
namespace {

constexpr std::string_view kPathOfRoot =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kPathOfOthers = "/usr/local/bin:/usr/bin:/bin";

using Environment = std::map<std::string, std::string>;

Environment from_zero(const std::optional<Account>& account, const HostFacts& host) {
  bool is_root = account ? account->uid == 0 : host.uid == 0;
  Environment environment{{"PATH", std::string(is_root ? kPathOfRoot : kPathOfOthers)},
                          {"LANG", "C.UTF-8"}};
  if (account) {
    environment["HOME"] = account->home;
    environment["USER"] = account->name;
    environment["LOGNAME"] = account->name;
    environment["SHELL"] = account->shell.empty() ? "/bin/sh" : account->shell;
  }
  return environment;
}

// A reason why the file is of no use; its faults are errors.
std::optional<std::string> read_env_file(const std::string& path, const schema::Path& key,
                                         Complaints& complaints, Environment& environment) {
  Result<FileText> file = read_regular_file(path, kEnvFileBytesMax);
  if (!file) {
    complaints
        .warning("env-file-unreadable", key,
                 "the environment file " + path + " is of no use: " + file.error().message)
        .why = "without its environment the service is not started; it is tried again";
    return "environment file " + path + ": " + file.error().message;
  }
  EnvFile parsed = parse_env_file(file->text);
  schema::Lines lines(file->text);
  for (const EnvFault& fault : parsed.faults) {
    schema::Diagnostic& diagnostic =
        complaints.in_file(fault.code, path, lines.span(fault.begin, fault.end), fault.message);
    diagnostic.help = fault.help;
    if (fault.first != std::string::npos) {
      std::size_t length = fault.end - fault.begin;
      diagnostic.related.push_back(
          {lines.span(fault.first, fault.first + length), "first given here"});
    }
  }
  if (!parsed.faults.empty()) {
    return "environment file " + path + ", line " +
           std::to_string(lines.span(parsed.faults[0].begin, parsed.faults[0].end).line) + ": " +
           parsed.faults[0].message;
  }
  for (EnvEntry& entry : parsed.entries) {
    environment[std::move(entry.name)] = std::move(entry.value);
  }
  return std::nullopt;
}

// A secret that is asked for as a variable, too: its bytes without one final line break.
std::optional<std::string> read_secret(const service::Secret& secret, const std::string& path,
                                       const schema::Path& key, Complaints& complaints,
                                       Environment& environment) {
  Result<FileText> file = read_regular_file(path, kSecretBytesMax);
  if (!file) {
    complaints
        .warning("secret-unreadable", key,
                 "the secret " + path + " is of no use: " + file.error().message)
        .why = "without its secrets the service is not started; it is tried again";
    return "secret '" + secret.name + "' in " + path + ": " + file.error().message;
  }
  if (!secret.env) return std::nullopt;
  if (file->text.ends_with('\n')) file->text.pop_back();
  if (file->text.find('\0') != std::string::npos) {
    complaints.error("nul-byte", key, "the secret " + path + " holds a NUL byte: no variable can");
    return "secret '" + secret.name + "' holds a NUL byte";
  }
  environment[*secret.env] = std::move(file->text);
  return std::nullopt;
}

void check_program(const service::Config& service, Presence& presence, Complaints& complaints,
                   const wire::Spec& spec) {
  const std::string& program = service.command.front();
  schema::Path key{std::string("command"), std::size_t{0}};
  if (program.find('/') != std::string::npos) {
    std::string path = below(spec.directory, program);
    if (!presence.is_there(path)) {
      complaints.warning("program-missing", key, "there is no " + path);
    } else if (!presence.is_executable(path)) {
      complaints.warning("program-not-executable", key, path + " is not executable").help =
          "chmod +x " + path;
    }
    return;
  }
  for (const std::string& variable : spec.environment) {
    if (!variable.starts_with("PATH=")) continue;
    for (std::string_view folder : split(std::string_view(variable).substr(5), ':')) {
      std::string path = below(spec.directory, std::string(folder)) + "/" + program;
      if (presence.is_executable(path)) return;
    }
    complaints.warning("program-missing", key,
                       "there is no '" + program + "' in PATH, which is " + variable.substr(5));
  }
}

}  // namespace

std::optional<std::string> resolve_environment(const service::Config& service,
                                               const std::string& folder,
                                               const std::optional<Account>& account,
                                               const HostFacts& host, Complaints& complaints,
                                               wire::Spec& spec) {
  std::optional<std::string> blocked;
  auto note = [&](std::optional<std::string> reason) {
    if (!blocked) blocked = std::move(reason);
  };
  Environment environment = from_zero(account, host);
  for (const service::Secret& secret : service.secrets) {
    std::string path = below(folder, secret.file);
    note(read_secret(secret, path, {std::string("secrets"), secret.name}, complaints, environment));
    spec.secrets.push_back({secret.name, path});
  }
  for (std::size_t i = 0; i < service.env_file.size(); ++i) {
    note(read_env_file(below(folder, service.env_file[i]), {std::string("env_file"), i}, complaints,
                       environment));
  }
  for (const auto& [name, value] : service.env)
    environment[name] = value;
  if (service.tasks > 0) environment["HAMMOCK_TASKS"] = std::to_string(service.tasks);
  for (const auto& [name, value] : environment)
    spec.environment.push_back(name + "=" + value);
  return blocked;
}

void check_presence(const service::Config& service, Presence& presence, Complaints& complaints,
                    const wire::Spec& spec) {
  if (!presence.is_there(spec.directory)) {
    complaints.warning("directory-missing", {std::string("directory")},
                       "there is no folder " + spec.directory);
    return;
  }
  check_program(service, presence, complaints, spec);
}

}  // namespace hammock::resolve
