// The simulator's only source of chance: splitmix64 (Steele, Lea and Flood 2014). One seed, one
// run.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace hammock::sim {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // 0 … bound - 1.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  bool percent(unsigned chance) { return below(100) < chance; }
  Duration between(Duration least, Duration most) {
    auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + Duration(static_cast<Duration::rep>(below(span)));
  }

 private:
  std::uint64_t state_;
};

}  // namespace hammock::sim
