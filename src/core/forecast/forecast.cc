#include "core/forecast/forecast.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace hammock::forecast {
namespace {

constexpr std::size_t kSteps = 96;
constexpr std::size_t kBlocks = 12;
constexpr std::size_t kNear = kSteps / 4;  // so far ahead the past has four stretches to compare
constexpr double kStepsInBlock = double{kSteps} / kBlocks;
constexpr double kUpwards = 3;
constexpr double kDownwards = 0.8;
constexpr double kFaster = 1;     // a rate's change over a future as long as the past: it doubles
constexpr double kSlower = 0.25;  // or loses a quarter
constexpr double kFar = 10;       // times the past: beyond, it changes more
constexpr double kStride = 1.03;  // from one horizon to the next, where steps are too fine

// Horizons are in steps, rises in units.
struct Rise {
  double least;
  double middle;
  double most;
};

class Past {
 public:
  explicit Past(std::span<const Sample> samples) {
    const Duration span = samples.back().at - samples.front().at;
    auto next = samples.begin();
    for (std::size_t step = 0; step <= kSteps; ++step) {
      const Duration since = span * static_cast<Duration::rep>(step) / kSteps;
      const Instant at = samples.front().at + since;
      while (next != samples.end() && next->at < at)
        ++next;
      used_[step] = between(next == samples.begin() ? *next : *(next - 1), *next, at);
    }
    std::array<double, kBlocks> rises{};
    for (std::size_t block = 0; block < kBlocks; ++block) {
      const std::size_t begin = block * kSteps / kBlocks;
      rises[block] = used_[begin + kSteps / kBlocks] - used_[begin];
    }
    mean_ = (used_[kSteps] - used_[0]) / kBlocks;
    younger_ = (used_[kSteps] - used_[kSteps / 2]) * 2 / kBlocks;
    double squares = 0;
    for (const double rise : rises)
      squares += (rise - mean_) * (rise - mean_);
    deviation_ = std::sqrt(squares / (kBlocks - 1));
  }

  // The rise of the whole past, continued.
  double straight(double horizon) const { return mean_ * horizon / kStepsInBlock; }

  Rise following(double horizon) const {
    const double blocks = horizon / kStepsInBlock;
    const double spread = deviation_ * std::sqrt(blocks + blocks * blocks / kBlocks);
    const double ahead = horizon / kSteps;  // times the past
    const double change = std::max(std::min(ahead, 1.0), ahead / kFar);
    const auto most = [&](double mean) {
      return (mean + kFaster * change * std::max(mean, 0.0)) * blocks + kUpwards * spread;
    };
    const auto least = [&](double mean) {
      return (mean - kSlower * change * std::abs(mean)) * blocks - kDownwards * spread;
    };
    return {.least = std::min(least(mean_), least(younger_)),
            .middle = straight(horizon),
            .most = std::max(most(mean_), most(younger_))};
  }

  // How much each stretch of 1, 2, 3 … steps rose at its highest; called in this order.
  Rise seen(std::size_t steps) {
    highest_.resize(kSteps - steps + 1);
    for (std::size_t begin = 0; begin < highest_.size(); ++begin) {
      const double rise = used_[begin + steps] - used_[begin];
      highest_[begin] = steps == 1 ? rise : std::max(highest_[begin], rise);
    }
    auto sorted = highest_;
    std::ranges::sort(sorted);
    return {.least = sorted.front(), .middle = sorted[sorted.size() / 2], .most = sorted.back()};
  }

 private:
  static double between(const Sample& before, const Sample& after, Instant at) {
    const double first = static_cast<double>(before.used);
    const double length = static_cast<double>((after.at - before.at).count());
    if (length == 0) return first;
    const double part = static_cast<double>((at - before.at).count()) / length;
    return first + (static_cast<double>(after.used) - first) * part;
  }

  std::array<double, kSteps + 1> used_{};
  double mean_ = 0;     // rise of a block
  double younger_ = 0;  // the same, of the younger half
  double deviation_ = 0;
  std::vector<double> highest_;
};

std::vector<Sample> in_order(std::span<const Sample> samples) {
  std::vector<Sample> ordered;
  for (const Sample& sample : samples) {
    if (ordered.empty() || ordered.back().at < sample.at) ordered.push_back(sample);
  }
  return ordered;
}

bool enough(const std::vector<Sample>& samples, Instant now) {
  if (samples.size() < kSamplesLeast) return false;
  const Duration span = samples.back().at - samples.front().at;
  if (span < kSpanLeast || now - samples.back().at > span) return false;
  std::array<bool, kBlocks> seen{};
  for (const Sample& sample : samples) {
    const auto block = (sample.at - samples.front().at) * Duration::rep{kBlocks} / span;
    seen[std::min(static_cast<std::size_t>(block), kBlocks - 1)] = true;
  }
  return std::ranges::count(seen, true) >= static_cast<std::ptrdiff_t>(kBlocks / 4);
}

// When a line through the highest rises so far reaches the room; horizons in steps.
struct Reach {
  std::optional<double> early, at, late;
};

Reach reach(Past& past, double room, double horizon_max) {
  Reach reach;
  double before = 0;
  double middle = 0;
  for (double horizon = 1; before < horizon_max && !reach.late;) {
    Rise rise = past.following(horizon);
    if (horizon <= kNear) {
      const Rise seen = past.seen(static_cast<std::size_t>(horizon));
      rise = {.least = std::max(rise.least, seen.least),
              .middle = seen.middle,
              .most = std::max(rise.most, seen.most)};
    }
    if (!reach.early && rise.most >= room) reach.early = before;
    if (!reach.at && rise.middle >= room) {
      const double part = rise.middle > middle ? (room - middle) / (rise.middle - middle) : 1;
      reach.at = before + (horizon - before) * std::clamp(part, 0.0, 1.0);
    }
    if (rise.least >= room) reach.late = horizon;
    middle = rise.middle;
    before = horizon;
    horizon = horizon < kSteps ? horizon + 1 : horizon * kStride;
  }
  if (reach.late) reach.early = std::min(reach.early.value_or(*reach.late), *reach.late);
  if (reach.late) reach.at = std::min(reach.at.value_or(*reach.late), *reach.late);
  if (reach.at) reach.early = reach.early.value_or(*reach.at);
  if (reach.at) reach.at = std::max(*reach.at, *reach.early);
  return reach;
}

}  // namespace

std::optional<Forecast> foresee(std::span<const Sample> given, std::uint64_t most, Instant now) {
  const std::vector<Sample> samples = in_order(given);
  if (samples.empty()) return std::nullopt;
  const Sample& last = samples.back();
  const Duration span = last.at - samples.front().at;
  if (last.used >= most) return Forecast{.at = now, .early = now, .late = now, .of = span};
  if (!enough(samples, now)) return std::nullopt;

  Past past(samples);
  const double step = static_cast<double>(span.count()) / double{kSteps};
  const double horizon = static_cast<double>((now + kHorizon - last.at).count()) / step;
  const double room = static_cast<double>(most - last.used);
  const Reach reached = reach(past, room, horizon);
  const auto instant = [&](std::optional<double> steps) -> std::optional<Instant> {
    if (!steps || *steps > horizon) return std::nullopt;
    return std::max(now, last.at + Duration(std::llround(*steps * step)));
  };
  return Forecast{.at = instant(reached.at),
                  .early = instant(reached.early),
                  .late = instant(reached.late),
                  .of = span};
}

}  // namespace hammock::forecast
