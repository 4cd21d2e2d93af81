// Heartbeats, their pings and their flips in the shapes that clients of the management API know.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/heartbeat/heartbeat.h"
#include "shell/journal.h"

namespace hammock::shell {

struct CheckView {
  int version = 3;          // of the API that was asked
  bool only_reads = false;  // nothing by which it could be pinged or changed is shown
  std::string base;         // "http://127.0.0.1:4040"
};

// By which the read-only key knows a heartbeat; nobody can make its UUID from it.
std::string unique_key_of(std::string_view uuid);

std::string check_json(const heartbeat::Report& heartbeat, const CheckView& view);
// {"checks":[…]}
std::string checks_json(const std::vector<heartbeat::Report>& heartbeats, const CheckView& view);
// {"pings":[…]} from rows of PingTaken.
std::string check_pings_json(const std::vector<FactRow>& rows, std::string_view uuid,
                             const CheckView& view);
// {"flips":[…]} from rows of Journal::flips_of().
std::string flips_json(const std::vector<FactRow>& rows);

}  // namespace hammock::shell
