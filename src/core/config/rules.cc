// The rules between the keys of one service.
#include <algorithm>
#include <map>

#include "base/signals.h"
#include "core/config/parts.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using service::Config;

namespace {

// Standard input, output, error, and what every run-time opens before main().
constexpr std::uint64_t kOpenFilesBase = 16;

Path key(std::string name) {
  return {std::move(name)};
}

void check_floor(const Config& service, At& at) {
  if (service.min_ready == 0) return;
  if (service.min_ready > service.instances) {
    Diagnostic& diagnostic =
        at.error("floor-above-instances", key("min_ready"),
                 "there are never " + std::to_string(service.min_ready) + " ready instances of " +
                     std::to_string(service.instances));
    diagnostic.expected = "at most " + std::to_string(service.instances);
    diagnostic.got = std::to_string(service.min_ready);
    at.relate(diagnostic, key("instances"), "instances is given here");
    if (!at.has(key("instances"))) diagnostic.help = "without the key, instances is 1";
    return;
  }
  if (service.min_ready == service.instances && service.listen.empty()) {
    Diagnostic& diagnostic =
        at.error("floor-forbids-restart", key("min_ready"),
                 "no instance could ever be restarted: each restart would go below min_ready");
    diagnostic.why =
        "without sockets that Hammock holds, the old instance must end before the new one "
        "begins";
    diagnostic.help =
        "lower min_ready, add an instance, or let Hammock hold the sockets by 'listen'";
    at.relate(diagnostic, key("instances"), "instances is given here");
  }
}

void check_watchdog(const Config& service, At& at) {
  if (!service.watchdog || std::holds_alternative<service::ReadyByNotify>(service.ready.how))
    return;
  Diagnostic& diagnostic = at.error_at_key("needs-other-key", key("watchdog"),
                                           "'watchdog' needs ready = { notify = true }");
  diagnostic.why =
      "a program that says WATCHDOG=1 says READY=1 on the same socket, and until then it is "
      "not expected to";
  at.relate(diagnostic, key("ready"), "ready is given here");
}

void check_notify_access(const Config& service, At& at) {
  if (service.notify_access != service::NotifyAccess::kNone) return;
  bool by_notify = std::holds_alternative<service::ReadyByNotify>(service.ready.how);
  if (!by_notify && service.stored_descriptors == 0) return;
  Path other =
      by_notify ? Path{std::string("ready"), std::string("notify")} : key("stored_descriptors");
  Diagnostic& diagnostic = at.error("contradiction", key("notify_access"),
                                    "nobody is heard, but the program is to be asked for messages");
  diagnostic.suggestion = quote("main");
  at.relate(diagnostic, other, "this needs its messages");
}

void check_ready_tcp(const Config& service, At& at) {
  const auto* tcp = std::get_if<service::ReadyByTcp>(&service.ready.how);
  if (!tcp) return;
  Path place{std::string("ready"), std::string("tcp")};
  auto held = std::find(service.listen.begin(), service.listen.end(), tcp->address);
  if (held != service.listen.end()) {
    Diagnostic& diagnostic =
        at.error("readiness-proves-nothing", place,
                 "Hammock itself holds this socket: a connection is always accepted");
    diagnostic.help = "be ready by notify, notify_fd or command";
    auto index = static_cast<std::size_t>(held - service.listen.begin());
    at.relate(diagnostic, {std::string("listen"), index}, "held because of this");
  } else if (service.instances > 1) {
    Diagnostic& diagnostic =
        at.error("readiness-proves-nothing", place,
                 "a connection does not tell which of " + std::to_string(service.instances) +
                     " instances accepted it");
    diagnostic.help = "be ready by notify, notify_fd or command";
    at.relate(diagnostic, key("instances"), "instances is given here");
  }
}

void check_essential(const Config& service, At& at) {
  if (!service.essential || service.instances == 1) return;
  Diagnostic& diagnostic = at.error(
      "contradiction", key("essential"),
      "an essential service has one instance, this one has " + std::to_string(service.instances));
  diagnostic.why = "the code of Hammock is the code of that one program";
  at.relate(diagnostic, key("instances"), "instances is given here");
}

void check_open_files(const Config& service, At& at) {
  if (!service.limits.open_files) return;
  std::uint64_t needed = kOpenFilesBase + service.listen.size() + service.stored_descriptors;
  if (*service.limits.open_files >= needed) return;
  Path place{std::string("limits"), std::string("open_files")};
  Diagnostic& diagnostic = at.error(
      "contradiction", place,
      "it is handed " + std::to_string(service.listen.size() + service.stored_descriptors) +
          " descriptors, and needs some of its own");
  diagnostic.expected = "at least " + std::to_string(needed);
  diagnostic.got = std::to_string(*service.limits.open_files);
  at.relate(diagnostic, key("listen"), "sockets that it is handed");
  at.relate(diagnostic, key("stored_descriptors"), "descriptors that it is handed");
}

void check_dependency_pairs(const Config& service, At& at) {
  for (std::size_t i = 0; i < service.after.size(); ++i) {
    auto found = std::find(service.needs.begin(), service.needs.end(), service.after[i]);
    if (found == service.needs.end()) continue;
    auto index = static_cast<std::size_t>(found - service.needs.begin());
    Diagnostic& diagnostic =
        at.error("redundant", {std::string("after"), i},
                 "it needs '" + service.after[i] + "', so it is started after it anyway");
    diagnostic.help = "remove it here";
    at.relate(diagnostic, {std::string("needs"), index}, "needed here");
  }
}

Path at_exit(const service::ExpectedExit& expected, std::size_t index) {
  return {std::string("expected_exits"), index,
          std::string(expected.exit.by_signal ? "signal" : "code")};
}

}  // namespace

void check_exits(const Config& service, At& at) {
  using Key = std::pair<bool, int>;
  std::map<Key, Path> expected, final;
  for (std::size_t i = 0; i < service.expected_exits.size(); ++i) {
    const service::ExpectedExit& one = service.expected_exits[i];
    auto [first, is_new] =
        expected.try_emplace({one.exit.by_signal, one.exit.number}, at_exit(one, i));
    if (is_new) continue;
    Diagnostic& diagnostic =
        at.error("duplicate-item", at_exit(one, i), exit_text(one.exit) + " is expected twice");
    at.relate(diagnostic, first->second, "first given here");
  }
  for (std::size_t i = 0; i < service.no_retry_exits.size(); ++i) {
    const service::ExitMatch& one = service.no_retry_exits[i];
    Path place{std::string("no_retry_exits"), i};
    auto [first, is_new] = final.try_emplace({one.by_signal, one.number}, place);
    if (!is_new) {
      Diagnostic& diagnostic =
          at.error("duplicate-item", place, exit_text(one) + " is given twice");
      at.relate(diagnostic, first->second, "first given here");
    } else if (auto other = expected.find({one.by_signal, one.number}); other != expected.end()) {
      Diagnostic& diagnostic =
          at.error("contradiction", place,
                   exit_text(one) + " is expected, so it is tried again; here it is not to be");
      at.relate(diagnostic, other->second, "expected here");
    }
  }
}

void check_secret_variables(const Config& service, At& at) {
  std::map<std::string, Path> taken;
  for (const auto& [name, value] : service.env)
    taken[name] = {std::string("env"), name};
  for (const service::Secret& secret : service.secrets) {
    if (!secret.env) continue;
    Path place{std::string("secrets"), secret.name, std::string("env")};
    auto [first, is_new] = taken.try_emplace(*secret.env, place);
    if (is_new) continue;
    Diagnostic& diagnostic =
        at.error("duplicate-item", place, "the variable '" + *secret.env + "' is given twice");
    at.relate(diagnostic, first->second, "first given here");
  }
}

void add_service_rules(TableOf<Config>& table) {
  table
      .rule(
          "min_ready is at most instances, and below it unless Hammock holds the sockets by listen",
          {"min_ready", "instances", "listen"}, check_floor)
      .rule("watchdog needs ready.notify", {"watchdog", "ready"}, check_watchdog)
      .rule("notify_access is not none when the program is to send messages",
            {"notify_access", "ready", "stored_descriptors"}, check_notify_access)
      .rule("ready.tcp is not a socket of listen, and there is one instance",
            {"ready", "listen", "instances"}, check_ready_tcp)
      .rule("an essential service has one instance", {"essential", "instances"}, check_essential)
      .rule("limits.open_files leaves room for what is handed over",
            {"limits", "listen", "stored_descriptors"}, check_open_files)
      .rule("after does not repeat needs", {"needs", "after"}, check_dependency_pairs);
}

}  // namespace hammock::config
