// How far this machine's clock is off, by time servers, and whether the kernel believes that
// somebody keeps it right. Nothing is ever set.
//
//   hammock-gauge clock TIMEOUT_MS SERVER…
//   {"servers":[{"server":"ntp.example","offset_us":-1234,"delay_us":300,"stratum":2},
//               {"server":"192.0.2.1:1123","unknown":"no answer within 2s"}],
//    "offset_us":-1234,"kernel":{"synchronised":true}}
//
// Offsets are our clock minus theirs, in microseconds: positive when we are ahead. `offset_us` at
// the top is the median of the servers that answered (of an even number the middle of the middle
// two), so that one of three that lies does not matter.
//
// A SERVER is a name or address with a port or without (123): "ntp.example", "192.0.2.1:1123",
// "2001:db8::1", "[2001:db8::1]:1123"; at most 16. All are asked at once over UDP, each three
// times, and of each the answer with the shortest way there and back counts: queues make ways
// longer and unequal, and half of that is the error. The next question follows on the answer to the
// one before, or on a third of the time without one. An answer counts when it comes from where it
// was asked and gives our random number back (gauge/sntp.h); a server that says that it does not
// want to be asked is not asked again.
//
// TIMEOUT_MS, 1 to 60000, is what each server has for its answers; looking up a name takes the time
// of the resolver besides.
//
// When none of the servers answered it is unknown, with each one's reason. Without a SERVER only
// the kernel is asked, and offset_us is null. `kernel` (adjtimex(2)) can be {"unknown":"…"}.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "gauge/kind.h"

namespace hammock::gauge {

struct TimeServer {
  std::string host;
  std::uint16_t port = 123;

  friend bool operator==(const TimeServer&, const TimeServer&) = default;
};
Result<TimeServer> read_server(std::string_view text);

// Of at least one number.
std::int64_t median(std::vector<std::int64_t> numbers);

Result<std::string> look_at_clock(Arguments arguments);
constexpr Kind kClock = {"clock", "TIMEOUT_MS [SERVER…]", look_at_clock};

}  // namespace hammock::gauge
