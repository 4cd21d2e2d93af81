#include "core/config/root.h"

#include <unordered_map>
#include <utility>

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in

namespace {

// An address that somebody listens at, and who.
struct Taken {
  std::string address;
  std::string host;  // without the port
  Path place;
};

using ByHost = std::map<std::string, Taken>;

// Who at this port is in the way of the host. On Linux [::] takes IPv4 as well (ipv6(7), unless
// bindv6only); 0.0.0.0 leaves IPv6 alone. In the map digits stand before brackets.
const Taken* clash(const ByHost& there, const std::string& host) {
  for (const std::string& rival : {host, std::string("[::]")}) {
    if (auto found = there.find(rival); found != there.end()) return &found->second;
  }
  if (there.empty()) return nullptr;
  if (host == "[::]") return &there.begin()->second;
  if (host.starts_with('[')) return nullptr;
  if (auto every = there.find("0.0.0.0"); every != there.end()) return &every->second;
  bool has_v4 = !there.begin()->first.starts_with('[');
  return host == "0.0.0.0" && has_v4 ? &there.begin()->second : nullptr;
}

// Services come in the order of their names; the one that stands first in the file was there first.
void report_clash(const Taken& one, const Taken& other, At& at) {
  auto message = [](const Taken& taken) { return "'" + taken.address + "' is taken already"; };
  Diagnostic& diagnostic = at.error("duplicate-address", one.place, message(one));
  diagnostic.why = "two cannot listen at one address";
  at.relate(diagnostic, other.place, "taken here");
  if (diagnostic.related.empty()) {
    diagnostic.help = "Hammock itself listens there; 'listen' of [hammock] moves it";
  } else if (diagnostic.span < diagnostic.related.front().span) {
    std::swap(diagnostic.span, diagnostic.related.front().span);
    diagnostic.message = message(other);
    diagnostic.path = other.place;
  }
}

void check_addresses(const Root& root, At& at) {
  std::unordered_map<std::string, ByHost> by_port;
  auto take = [&](const std::string& address, Path place) {
    bool is_path = address.starts_with('/');
    auto colon = address.rfind(':');
    std::string port = is_path ? address : address.substr(colon + 1);
    Taken taken{address, is_path ? "" : address.substr(0, colon), std::move(place)};
    ByHost& there = by_port[port];
    if (const Taken* other = clash(there, taken.host)) return report_clash(taken, *other, at);
    there.emplace(taken.host, std::move(taken));
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
  for (const auto& [name, job] : root.jobs)
    total += std::size_t{2} * job.parallel;  // one that ends, and the one that follows
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

// Its program is called "job.NAME", which has to fit into a slot of the ledger.
Schema<std::string> job_name() {
  return identifier().size(1, 59);
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with('/');
}

void check_reachable(const Root& root, At& at) {
  if (is_loopback(root.settings.listen)) return;
  for (const auto& [name, heartbeat] : root.heartbeats) {
    if (heartbeat.uuid) continue;
    Diagnostic& diagnostic =
        at.error("needs-other-key", {std::string("heartbeat"), name},
                 "'" + name + "' needs a uuid of its own, for others can reach the pings");
    diagnostic.why = "the one that is made of names can be made by whoever knows the names";
    diagnostic.help = "give it a uuid, as uuidgen prints it";
    at.relate(diagnostic, {std::string("hammock"), std::string("listen")}, "served here");
  }
}

void check_uuids(const Root& root, At& at) {
  std::map<std::string, Path> taken;
  for (const auto& [name, heartbeat] : root.heartbeats) {
    Path place{std::string("heartbeat"), name};
    if (heartbeat.uuid) place.emplace_back(std::string("uuid"));
    const std::string uuid = heartbeat.uuid.value_or(heartbeat::uuid_of(root.settings.name, name));
    auto [first, is_new] = taken.try_emplace(uuid, place);
    if (is_new) continue;
    Diagnostic& diagnostic =
        at.error("duplicate-item", place, "another heartbeat has this uuid already");
    at.relate(diagnostic, first->second, "of this one");
  }
}

// What stands in the address of a ping.
Schema<std::string> heartbeat_name() {
  return string()
      .size(1, 63)
      .matching("[a-z0-9][a-z0-9_-]*", "a name of lower-case letters, digits, '-' and '_'")
      .example("\"offsite-copy\"");
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
      .optional("job", &Root::jobs, collection("job", job_name(), job_schema()).size(0, kJobsMax))
      .doc("a program that is run to its end, at its times or when somebody asks")
      .optional(
          "heartbeat", &Root::heartbeats,
          collection("heartbeat", heartbeat_name(), heartbeat_schema()).size(0, kHeartbeatsMax))
      .doc(
          "something elsewhere that pings when it has done its work, and is missed when it does "
          "not")
      .optional("probe", &Root::probes,
                collection("probe", identifier(), probe_schema()).size(0, kProbesMax))
      .doc("something that is looked at over the network, again and again, as others see it")
      .optional("timebomb", &Root::timebombs,
                collection("timebomb", identifier(), timebomb_schema()).size(0, kTimebombsMax))
      .doc("something that will go off by itself: a certificate, a full disk, a backup too old")
      .rule("an address is listened at once", {"hammock.listen", "service.*.listen"},
            check_addresses)
      .rule("restart_with does not name its own service", {"service.*.restart_with"},
            check_restart_with)
      .rule("there are at most 16000 instances altogether", {"service.*.instances"},
            check_instances)
      .rule("a heartbeat has a uuid of its own when others can reach the pings",
            {"heartbeat.*.uuid", "hammock.listen"}, check_reachable)
      .rule("heartbeats have different uuids", {"heartbeat.*.uuid", "hammock.name"}, check_uuids);
}

}  // namespace

const Schema<Root>& root_schema() {
  static const Schema<Root> schema = make_root_schema();
  return schema;
}

}  // namespace hammock::config
