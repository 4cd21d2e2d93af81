// What one look at a time bomb found out.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace hammock::timebomb {

struct Reading {
  // Of the very thing that goes off: another certificate, another backup, is another one.
  std::string identity;
  std::optional<Instant> goes_off;  // none: it is not in sight
  // Of a forecast: it is between these, 9 times of 10; none: nobody can say.
  std::optional<Instant> early;
  std::optional<Instant> late;
  std::optional<Instant> begins;  // when the time that it has began
  std::string evidence;           // a sentence for people
  friend bool operator==(const Reading&, const Reading&) = default;
};

}  // namespace hammock::timebomb
