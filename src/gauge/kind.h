// One kind of gauge: a name, and what it does with its arguments. kInvalid says that these make no
// sense, and becomes exit status 64; every other error is what could not be found out.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hammock::gauge {

using Arguments = std::span<const std::string_view>;

struct Kind {
  std::string_view name;
  std::string_view usage;                            // of its arguments: "FILE"
  Result<std::string> (*look)(Arguments arguments);  // the JSON object
};

}  // namespace hammock::gauge
