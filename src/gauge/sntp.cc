#include "gauge/sntp.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"

namespace hammock::gauge {
namespace {

constexpr int kVersion = 4;
constexpr int kClient = 3;
constexpr int kServer = 4;
constexpr int kLeapUnknown = 3;
constexpr int kStratumMost = 15;
constexpr std::size_t kReference = 12;
constexpr std::size_t kOrigin = 24;
constexpr std::size_t kReceived = 32;
constexpr std::size_t kSent = 40;
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kFrom1900To1970 = 2'208'988'800;  // seconds
constexpr std::int64_t kEra = std::int64_t{1} << 32;
constexpr std::uint32_t kHighestBit = 0x8000'0000;
// Two clocks run at different rates, and are read with different resolutions.
constexpr std::int64_t kSlackUs = 1000;

std::uint64_t number_at(std::span<const std::uint8_t> packet, std::size_t at) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : packet.subspan(at, 8))
    number = number << 8 | byte;
  return number;
}

// Microseconds since 1970.
std::int64_t time_of(std::uint64_t stamp) {
  const auto seconds = static_cast<std::uint32_t>(stamp >> 32);
  const std::uint64_t fraction = stamp & 0xFFFF'FFFF;
  const std::int64_t since_1900 = seconds + ((seconds & kHighestBit) == 0 ? kEra : 0);
  return (since_1900 - kFrom1900To1970) * kMillion +
         static_cast<std::int64_t>(fraction * kMillion >> 32);
}

int mode_of(std::span<const std::uint8_t> packet) {
  return packet[0] & 7;
}

}  // namespace

SntpPacket sntp_question(std::uint64_t token) {
  SntpPacket packet{};
  packet[0] = kVersion << 3 | kClient;
  for (std::size_t i = 0; i < 8; ++i)
    packet[kSent + i] = static_cast<std::uint8_t>(token >> (56 - 8 * i));
  return packet;
}

bool answers(std::span<const std::uint8_t> packet, std::uint64_t token) {
  return packet.size() >= kSntpSize && number_at(packet, kOrigin) == token;
}

bool is_kiss_of_death(std::span<const std::uint8_t> packet) {
  return packet.size() >= kSntpSize && mode_of(packet) == kServer && packet[1] == 0;
}

Result<Sample> read_sntp(std::span<const std::uint8_t> packet, std::int64_t received_us,
                         std::int64_t took_us) {
  const auto refuse = [](std::string why) { return fail(ErrorCode::kUnavailable, std::move(why)); };
  if (packet.size() < kSntpSize)
    return refuse(fmt::format("an answer of {} bytes, expected {}", packet.size(), kSntpSize));
  if (mode_of(packet) != kServer)
    return refuse(fmt::format("an answer in mode {}, expected {}", mode_of(packet), kServer));
  if (is_kiss_of_death(packet)) {
    const std::string code(packet.begin() + kReference, packet.begin() + kReference + 4);
    return refuse(fmt::format("it does not want to be asked (kiss-o'-death {})",
                              printable(code.substr(0, code.find('\0')))));
  }
  if (packet[0] >> 6 == kLeapUnknown) return refuse("its own clock is not synchronised");
  if (packet[1] > kStratumMost)
    return refuse(fmt::format("its stratum is {}, expected 1 to {}", packet[1], kStratumMost));
  if (number_at(packet, kReceived) == 0 || number_at(packet, kSent) == 0)
    return refuse("an answer without a time");

  const std::int64_t arrived = time_of(number_at(packet, kReceived));
  const std::int64_t left = time_of(number_at(packet, kSent));
  const std::int64_t delay = took_us - (left - arrived);
  if (left < arrived || delay < -kSlackUs) {
    return refuse(fmt::format("it says that it took {} us for an answer that came after {} us",
                              left - arrived, took_us));
  }
  // Twice the offset is what each way seems to have taken against the other.
  const std::int64_t asked_us = received_us - took_us;
  const std::int64_t offset = ((asked_us - arrived) + (received_us - left)) / 2;
  return Sample{offset, std::max<std::int64_t>(delay, 0), packet[1]};
}

}  // namespace hammock::gauge
