#include "core/config/root.h"

#include <unordered_map>
#include <utility>
#include <vector>

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in

namespace {

// "port" → the addresses there. An address of all hosts takes the port of every one.
struct Taken {
  std::string host;
  Path place;
};

bool is_every_address(const std::string& host) {
  return host == "0.0.0.0" || host == "[::]";
}

// On Linux [::] takes IPv4 as well: ipv6(7), unless bindv6only; 0.0.0.0 leaves IPv6 alone.
bool clash(const std::string& one, const std::string& other) {
  if (one == other || one == "[::]" || other == "[::]") return true;
  bool both_v4 = !one.starts_with('[') && !other.starts_with('[');
  return both_v4 && (is_every_address(one) || is_every_address(other));
}

// Services come in the order of their names; the one that stands first in the file was there first.
void report_clash(const std::string& address, const Path& place, const Path& other, At& at) {
  Diagnostic& diagnostic =
      at.error("duplicate-address", place, "'" + address + "' is taken already");
  diagnostic.why = "two cannot listen at one address";
  at.relate(diagnostic, other, "taken here");
  if (diagnostic.related.empty()) {
    diagnostic.help = "Hammock itself listens there; 'listen' of [hammock] moves it";
  } else if (diagnostic.span < diagnostic.related.front().span) {
    std::swap(diagnostic.span, diagnostic.related.front().span);
    diagnostic.path = other;
  }
}

void check_addresses(const Root& root, At& at) {
  std::unordered_map<std::string, std::vector<Taken>> by_port;
  auto take = [&](const std::string& address, const Path& place) {
    bool is_path = address.starts_with('/');
    auto colon = address.rfind(':');
    std::string port = is_path ? address : address.substr(colon + 1);
    std::string host = is_path ? "" : address.substr(0, colon);
    std::vector<Taken>& there = by_port[port];
    for (const Taken& other : there) {
      if (!clash(host, other.host)) continue;
      report_clash(address, place, other.place, at);
      return;
    }
    there.push_back({std::move(host), place});
  };
  Path own{std::string("hammock"), std::string("listen")};
  take(root.settings.listen, own);
  for (const auto& [name, service] : root.services) {
    for (std::size_t i = 0; i < service.listen.size(); ++i) {
      take(service.listen[i], {std::string("service"), name, std::string("listen"), i});
    }
  }
}

void check_restart_with(const Root& root, At& at) {
  for (const auto& [name, service] : root.services) {
    for (std::size_t i = 0; i < service.restart_with.size(); ++i) {
      if (service.restart_with[i] != name) continue;
      at.error("self-reference", {std::string("service"), name, std::string("restart_with"), i},
               "'" + name + "' is always restarted with itself")
          .help = "remove it";
    }
  }
}

void check_instances(const Root& root, At& at) {
  std::size_t total = 0;
  for (const auto& [name, service] : root.services) {
    total += service.instances;
    if (total <= kInstancesTotalMax) continue;
    Diagnostic& diagnostic =
        at.error("too-many", {std::string("service"), name, std::string("instances")},
                 "with this one there are more than " + std::to_string(kInstancesTotalMax) +
                     " instances altogether");
    diagnostic.expected = "at most " + std::to_string(kInstancesTotalMax) + " altogether";
    return;
  }
}

Schema<Root> make_root_schema() {
  return TableOf<Root>("")
      .optional("hammock", &Root::settings, settings_schema())
      .doc("this installation")
      .optional("person", &Root::people, collection("person", identifier(), person_schema()))
      .doc("who is told, and when they are not to be")
      .optional("service", &Root::services,
                collection("service", identifier(), service_schema()).size(0, kServicesMax))
      .doc("a program that is kept running")
      .rule("an address is listened at once", {"hammock.listen", "service.*.listen"},
            check_addresses)
      .rule("restart_with does not name its own service", {"service.*.restart_with"},
            check_restart_with)
      .rule("there are at most 16000 instances altogether", {"service.*.instances"},
            check_instances);
}

}  // namespace

const Schema<Root>& root_schema() {
  static const Schema<Root> schema = make_root_schema();
  return schema;
}

}  // namespace hammock::config
