#include "core/timebomb/ladder.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"

namespace hammock::timebomb {
namespace {

constexpr int kPartOfLife = 4;

}  // namespace

std::vector<Duration> rungs_of(const Config& config, const Reading& reading) {
  if (config.warn_before) return *config.warn_before;
  std::vector<Duration> rungs(kUsualRungs.begin(), kUsualRungs.end());
  if (reading.begins && reading.goes_off) {
    const Duration most = (*reading.goes_off - *reading.begins) / kPartOfLife;
    std::erase_if(rungs, [&](Duration rung) { return rung > most; });
  }
  return rungs;
}

std::optional<Duration> rung_at(const std::vector<Duration>& rungs, Duration remaining) {
  if (remaining <= Duration::zero()) return Duration::zero();
  std::optional<Duration> lowest;
  for (Duration rung : rungs) {
    if (rung >= remaining) lowest = lowest ? std::min(*lowest, rung) : rung;
  }
  return lowest;
}

Tally read_told(std::string_view text) {
  Tally tally;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    tally.is_ringing = word.starts_with('!');
    if (tally.is_ringing) word.remove_prefix(1);
    const std::size_t sign = word.find('@');
    std::int64_t seconds = 0;
    if (sign == std::string_view::npos) continue;
    std::from_chars(word.data() + sign + 1, word.data() + word.size(), seconds);
    tally.told.push_back({std::string(word.substr(0, sign)), std::chrono::seconds(seconds)});
  }
  return tally;
}

std::string text_of(const Tally& tally) {
  std::string text;
  for (const Told& told : tally.told) {
    if (!text.empty()) text += ' ';
    if (tally.is_ringing && &told == &tally.told.back()) text += '!';
    text += told.hash;
    text += '@';
    text += std::to_string(std::chrono::duration_cast<std::chrono::seconds>(told.rung).count());
  }
  return text;
}

std::string hash_of(std::string_view identity) {
  return hex64(fnv1a(identity));
}

const Told* find(const Tally& tally, std::string_view hash) {
  auto found = std::ranges::find(tally.told, hash, &Told::hash);
  return found == tally.told.end() ? nullptr : &*found;
}

void set_told(Tally& tally, std::string_view hash, Duration rung) {
  forget(tally, hash);
  tally.told.push_back({std::string(hash), rung});
  if (tally.told.size() > kToldMost) tally.told.erase(tally.told.begin());
}

void forget(Tally& tally, std::string_view hash) {
  std::erase_if(tally.told, [&](const Told& told) { return told.hash == hash; });
}

}  // namespace hammock::timebomb
