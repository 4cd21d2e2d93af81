#include "base/sha1.h"

#include <array>
#include <bit>
#include <cstdint>

#include "base/hash.h"

namespace hammock {
namespace {

constexpr std::size_t kBlock = 64;
using Words = std::array<std::uint32_t, 5>;

std::uint32_t round_word(std::size_t t, const Words& w) {
  const auto [a, b, c, d, e] = w;
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999U;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1U;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcU;
  return (b ^ c ^ d) + 0xca62c1d6U;
}

void add_block(Words& sum, std::string_view block) {
  std::array<std::uint32_t, 80> schedule{};
  for (std::size_t i = 0; i < kBlock; ++i)
    schedule[i / 4] = schedule[i / 4] << 8 | static_cast<unsigned char>(block[i]);
  for (std::size_t t = 16; t < schedule.size(); ++t) {
    schedule[t] =
        std::rotl(schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1);
  }
  Words w = sum;
  for (std::size_t t = 0; t < schedule.size(); ++t) {
    const std::uint32_t next = std::rotl(w[0], 5) + round_word(t, w) + w[4] + schedule[t];
    w = {next, w[0], std::rotl(w[1], 30), w[2], w[3]};
  }
  for (std::size_t i = 0; i < sum.size(); ++i)
    sum[i] += w[i];
}

}  // namespace

std::string sha1_hex(std::string_view bytes) {
  std::string padded(bytes);
  padded += '\x80';
  while (padded.size() % kBlock != kBlock - 8)
    padded += '\0';
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8)
    padded += static_cast<char>(bits >> shift & 0xff);
  Words sum = {0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U};
  for (std::size_t at = 0; at < padded.size(); at += kBlock)
    add_block(sum, std::string_view(padded).substr(at, kBlock));
  std::string text;
  for (std::uint32_t word : sum)
    text += hex64(word).substr(8);
  return text;
}

}  // namespace hammock
