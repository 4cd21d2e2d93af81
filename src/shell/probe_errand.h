// From what is configured of a probe to what the courier is asked, and from what came of it to a
// verdict. Pure.
//
// * A verdict is about the target. Bad is what the target did, or did not do, measured by what was
//   wished of it. Unknown is everything that failed before the target was asked: a request that the
//   courier does not carry out, a courier that is not there, a machine of ours without descriptors,
//   memory or ports. An unreachable network looks like a bad target here: whether it is we who
//   cannot see is asked of the witnesses (core/probe/probe.h).
// * A wish is judged by the first kBodyKept bytes of a body. What they cannot decide is bad, and
//   the message says how much was read.
// * Sentences name the host, the stage, what was expected (a quote of kQuoteBytesMax bytes at most)
//   and of what came the status or the code alone. No query, no header, no byte of a body: both may
//   hold secrets, and the peer is a stranger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "core/probe/probe.h"
#include "shell/told.h"
#include "wire/courier.h"

namespace hammock::shell {

inline constexpr std::uint32_t kBodyKept = 256 << 10;  // of a body that a wish is about
// Of others: a server that begins an answer and does not end it is found out.
inline constexpr std::uint32_t kBodyRead = 32 << 10;
inline constexpr std::uint32_t kReceivedKept = 16 << 10;  // of a connection, and what is expected
inline constexpr std::size_t kQuoteBytesMax = 64;
// Of one object of a body that `json` looks into; kJsonDepthMax levels.
inline constexpr std::size_t kBodyMembersMax = 1000;

// Of anything but a command. `id` comes back with what was told. Times are rounded up to
// milliseconds.
wire::Request errand_of(std::uint64_t id, const probe::Setup& setup);
// A connection to "HOST:PORT", "[::1]:53" within kWitnessWithin.
wire::Request errand_of_witness(std::uint64_t id, std::string_view host_port);

struct Judged {
  probe::Verdict verdict = probe::Verdict::kUnknown;
  Duration took{};      // phases.total; zero when nothing was answered
  std::string message;  // a sentence for people, without the final stop
  friend bool operator==(const Judged&, const Judged&) = default;
};
Judged judge(const probe::Setup& setup, const Told& told);
// Good: it could be connected to.
Judged judge_witness(const Told& told);

}  // namespace hammock::shell
