// The user database, by value. It may live on the network: never asked in the core, and only at
// start and reload.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace hammock::resolve {

struct Account {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
  std::string shell;
  friend bool operator==(const Account&, const Account&) = default;
};

// Nothing when there is no such account; an error when the database did not answer.
Result<std::optional<Account>> find_account(const std::string& name);
Result<std::optional<Account>> find_account(std::uint32_t uid);
Result<std::optional<std::uint32_t>> find_group(const std::string& name);
// All groups of the account with `gid` as its first, sorted and without doubles.
Result<std::vector<std::uint32_t>> groups_of(const std::string& name, std::uint32_t gid);

}  // namespace hammock::resolve
