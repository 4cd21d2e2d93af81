// Gives the brain a command and follows it to its end, over deaths of the brain: the command has an
// id of ours, so asking again is safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/json.h"

namespace hammock::cli {

struct OrderEnd {
  std::string state;  // "done", "refused" or "failed"
  std::string message;
  Json errors;  // of `apply`: the array of `check --format json`, or null
};

struct Order {
  std::string verb;     // "restart"
  std::string subject;  // empty: the house
  std::optional<std::uint64_t> count = {};
};

// `told` gets the text of each step. kUnavailable when nobody answers; when contact is lost on the
// way, only after `patience` without any.
Result<OrderEnd> give_order(const std::string& socket_path, const Order& order,
                            const std::function<void(std::string_view)>& told,
                            std::chrono::milliseconds patience = std::chrono::seconds(15));

}  // namespace hammock::cli
