// What happened, one event at a time, wherever it comes from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/json.h"
#include "cli/look.h"

namespace hammock::cli {

struct Event {
  std::int64_t id = 0;
  std::string at;
  std::string fact;
  std::string subject;  // empty: the house
  Json fields;          // an object
};

Event event_from_json(const Json& json);

// "2026-11-23T04:00:00Z  web  crashed  instance=1 code=3", without a newline.
std::string render_event(const Event& event, const Look& look);

}  // namespace hammock::cli
