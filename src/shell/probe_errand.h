// Between a probe and the courier: what is asked for it, and what the answer means. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "core/probe/facts.h"
#include "core/probe/words.h"
#include "wire/courier.h"

namespace hammock::shell {

// Of a body so much is looked at; so much is read where nobody looks at it, so that a server that
// begins an answer and does not end it is found out.
inline constexpr std::uint32_t kProbeBodyBytesMax = 256 << 10;
inline constexpr std::uint32_t kProbeBodyBytesRead = 32 << 10;

wire::Request errand_of(std::uint64_t id, const probe::Setup& setup);
// `witness` is "HOST:PORT" or "[V6]:PORT".
wire::Request errand_of_witness(std::uint64_t id, std::string_view witness);

struct Judged {
  probe::Verdict verdict = probe::Verdict::kUnknown;
  Duration took{};      // as the courier measured it
  std::string message;  // a sentence: what was expected and what was got; nothing that was read
};
// What failed because of this machine (no memory, no descriptors, no ports left) is unknown, and so
// is what the courier refuses to ask: neither says anything about the target.
Judged judge(const probe::Setup& setup, const wire::Answer& answer);
Judged judge_witness(const wire::Answer& answer);

}  // namespace hammock::shell
