// Questions to time servers and their answers as bytes: SNTPv4 (RFC 4330; the packet is that of
// RFC 5905, section 7.3). Pure.
//
// A question carries nothing but a random number in place of its transmit time, so that it tells
// nothing of us, and whoever cannot read it cannot answer it: the answer must give the number back
// as its origin.
//
// NTP counts seconds in 32 bits: those with the highest bit set began in 1968, those without it
// in 2036 (RFC 4330, section 3). So every time from 1968 to 2104 is understood, whatever our own
// clock says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace hammock::gauge {

constexpr std::size_t kSntpSize = 48;
using SntpPacket = std::array<std::uint8_t, kSntpSize>;

struct Sample {
  std::int64_t offset_us = 0;  // our clock minus theirs: positive when we are ahead
  std::int64_t delay_us = 0;   // what the two ways took, without what the server took; >= 0
  int stratum = 0;             // 1 to 15

  friend bool operator==(const Sample&, const Sample&) = default;
};

SntpPacket sntp_question(std::uint64_t token);

// The origin that an answer gives back; nothing can be said of fewer bytes than kSntpSize.
bool answers(std::span<const std::uint8_t> packet, std::uint64_t token);

// A server that wants not to be asked (RFC 5905, section 7.4).
bool is_kiss_of_death(std::span<const std::uint8_t> packet);

// What an answer says: `received_us` is when it came (microseconds since 1970, our clock) and
// `took_us` how long after the question that was. An error says why it is no time.
Result<Sample> read_sntp(std::span<const std::uint8_t> packet, std::int64_t received_us,
                         std::int64_t took_us);

}  // namespace hammock::gauge
