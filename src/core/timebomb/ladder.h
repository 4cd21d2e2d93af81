// The ladder: how long before something goes off people are told of it, once at each rung.
//
//   30 d ── 14 d ── 7 d ── 3 d ── 1 d ── gone off
//
// * A rung is told of once for each thing that goes off, which its identity says: behind one
//   address the old and the new certificate may take turns, and nobody hears of the old one twice.
// * Whoever comes late hears of the lowest rung that was passed, not of those above it.
// * The usual rungs that are longer than a quarter of the whole time that a thing has are left out:
//   a certificate of 90 days that is renewed 30 days before its end is no news.
// * A date that moves, as forecasts do, has to be twice as far as the rung that was told of before
//   the rungs below it are told of again; and nothing is said to be over before it was out of sight
//   three times in a row. Another thing in its place is believed at once; the first one's rungs are
//   told of again once it has been seen out of sight itself.
//
// What was told is a text, so that a journal can be read: "d6f1…@604800 …", the identity's hash and
// the lowest rung in seconds, the newest last, kToldMost of them. A '!' in front of the last one
// says that it is not over.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/timebomb/config.h"
#include "core/timebomb/reading.h"

namespace hammock::timebomb {

inline constexpr std::array<Duration, 5> kUsualRungs = {std::chrono::days(30),
                                                        std::chrono::days(14), std::chrono::days(7),
                                                        std::chrono::days(3), std::chrono::days(1)};
inline constexpr std::size_t kToldMost = 8;
inline constexpr std::uint32_t kCalmLooks = 3;

// The longest first. Of a reading whose whole time is known the short ones of the usual rungs.
std::vector<Duration> rungs_of(const Config& config, const Reading& reading);

// The lowest rung that has been reached: zero when it has gone off; none: it is above all.
std::optional<Duration> rung_at(const std::vector<Duration>& rungs, Duration remaining);

struct Told {
  std::string hash;
  Duration rung{};
  friend bool operator==(const Told&, const Told&) = default;
};
struct Tally {
  std::vector<Told> told;   // the newest last
  bool is_ringing = false;  // the newest of them is not over
};
Tally read_told(std::string_view text);
std::string text_of(const Tally& tally);

std::string hash_of(std::string_view identity);
const Told* find(const Tally& tally, std::string_view hash);
// The lowest rung that was told of this thing is that from here on.
void set_told(Tally& tally, std::string_view hash, Duration rung);
void forget(Tally& tally, std::string_view hash);

}  // namespace hammock::timebomb
