#include "cli/readiness.h"

#include <algorithm>

#include "base/text.h"

namespace hammock::cli {
namespace {

constexpr std::size_t kNamedMax = 5;

bool died_since(const InstanceStatus& instance, Instant began) {
  if (!instance.last_exit || instance.state == "ready") return false;
  const LastExit& exit = *instance.last_exit;
  bool harmless = exit.exit_class == "clean" || exit.exit_class == "expected";
  return !harmless && exit.at && *exit.at >= began;
}

std::string explain(const ServiceStatus& service) {
  std::string text = printable(service.name) + ": " + printable(service.health);
  if (!service.note.empty()) text += "; " + printable(service.note);
  for (const InstanceStatus& instance : service.instances) {
    if (instance.state == "ready") continue;
    if (!instance.reason.empty() && instance.reason != service.note) {
      text += "; " + printable(instance.reason);
    }
    if (instance.last_exit) text += "; last exit: " + describe_exit(*instance.last_exit);
    break;  // the others of the same service say the same
  }
  return text;
}

}  // namespace

Readiness judge_readiness(const Status& status, const std::vector<std::string>& expected,
                          Instant began) {
  Readiness result;
  std::size_t wanted = 0;
  bool failed = false;
  std::vector<std::string> named;
  for (const ServiceStatus& service : status.services) {
    if (service.want == "down") continue;
    ++wanted;
    if (service.health == "ready") continue;
    result.not_ready.push_back(explain(service));
    named.push_back(printable(service.name) + " (" + printable(service.health) + ")");
    failed = failed || service.health == "crash-looping" || service.health == "down" ||
             std::ranges::any_of(service.instances, [&](const InstanceStatus& instance) {
               return died_since(instance, began);
             });
  }
  std::vector<std::string> known = service_names(status);
  for (const std::string& name : expected) {
    if (std::ranges::find(known, name) != known.end()) continue;
    ++wanted;
    result.not_ready.push_back(name + ": not yet known to the brain");
    named.push_back(name);
  }
  std::size_t ready = wanted - result.not_ready.size();
  result.progress = std::to_string(ready) + "/" + std::to_string(wanted) + " ready";
  std::size_t more = named.size() > kNamedMax ? named.size() - kNamedMax : 0;
  named.resize(named.size() - more);
  if (!named.empty()) result.progress += "; not yet: " + join(named, ", ");
  if (more > 0) result.progress += " and " + std::to_string(more) + " more";
  result.verdict = named.empty() ? Verdict::kReady : failed ? Verdict::kFailed : Verdict::kWaiting;
  return result;
}

}  // namespace hammock::cli
