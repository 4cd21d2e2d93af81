// One ping, as it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/heartbeat/words.h"

namespace hammock::heartbeat {

inline constexpr std::size_t kBodyBytesMax = 10'000;  // what comes after is cut off
inline constexpr std::size_t kAgentBytesMax = 200;

struct Ping {
  Signal signal{};
  std::int32_t exit_status = -1;  // 0 to 255; -1: none was given
  std::string rid;                // run id: a canonical UUID in lower case, or empty
  std::string scheme;             // "http", "https"; "local" on the control socket
  std::string method;             // "GET"; empty on the control socket
  std::string agent;              // User-Agent, at most kAgentBytesMax
  std::string remote;             // whom it came from, as an address or "uid 1000"
  std::string body;               // bytes, at most kBodyBytesMax
};

// 8-4-4-4-12 hexadecimal digits.
bool is_uuid(std::string_view text);

}  // namespace hammock::heartbeat
