#include "gauge/gauge.h"

#include <sysexits.h>

#include <array>

#include "base/json.h"
#include "gauge/certificate.h"
#include "gauge/clock.h"
#include "gauge/disk.h"
#include "gauge/end_of_life.h"
#include "gauge/kind.h"
#include "gauge/newest.h"
#include "gauge/postgres.h"

namespace hammock::gauge {
namespace {

constexpr auto kKinds = std::to_array<Kind>({
    {"certificate", "FILE", look_certificate},
    kClock,
    {"disk", "PATH", look_disk},
    {"end-of-life", "TABLE [PRODUCT RELEASE]", look_end_of_life},
    {"newest", "PATTERN", look_newest},
    kPostgres,
});

std::string unknown(std::string_view why) {
  JsonWriter json;
  json.object([&] { json.member("unknown", why); });
  return json.text();
}

std::string usage() {
  std::string text = "usage:";
  for (const Kind& kind : kKinds)
    text.append(" hammock-gauge ").append(kind.name).append(" ").append(kind.usage).append("\n");
  return text;
}

}  // namespace

Printed run(Arguments arguments) {
  if (arguments.empty()) return {EX_USAGE, {}, usage()};
  for (const Kind& kind : kKinds) {
    if (kind.name != arguments.front()) continue;
    auto looked = kind.look(arguments.subspan(1));
    if (looked) return {0, *looked + "\n", {}};
    if (looked.error().code == ErrorCode::kInvalid) {
      return {EX_USAGE, {}, looked.error().message + "\n"};
    }
    return {0, unknown(looked.error().message) + "\n", {}};
  }
  return {EX_USAGE, {}, usage()};
}

}  // namespace hammock::gauge
