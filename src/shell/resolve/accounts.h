// The user database, by value. It may live on the network: never asked in the core, and only at
// start and reload.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
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

// The same, each question asked once: for a thousand services of five users.
class Accounts {
 public:
  using User = Result<std::optional<Account>>;
  using Group = Result<std::optional<std::uint32_t>>;
  using Groups = Result<std::vector<std::uint32_t>>;

  const User& user(const std::string& name);
  const User& user(std::uint32_t uid);
  const Group& group(const std::string& name);
  const Groups& groups(const std::string& name, std::uint32_t gid);

 private:
  std::map<std::string, User> by_name_;
  std::map<std::uint32_t, User> by_uid_;
  std::map<std::string, Group> group_by_name_;
  std::map<std::pair<std::string, std::uint32_t>, Groups> groups_of_;
};

}  // namespace hammock::resolve
