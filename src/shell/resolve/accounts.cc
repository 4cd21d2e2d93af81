#include "shell/resolve/accounts.h"

#include <grp.h>
#include <pwd.h>
#include <sys/types.h>

#include <algorithm>

namespace hammock::resolve {
namespace {

constexpr std::size_t kEntryBytesFirst = 4096;
constexpr std::size_t kEntryBytesMax = 1 << 20;
constexpr int kGroupsMax = 65536;  // NGROUPS_MAX of Linux

// Calls a get…_r function with a growing buffer. ENOENT, ESRCH, EBADF and EPERM mean "not found" in
// some databases: getpwnam(3).
template <class Entry, class Call>
Result<bool> look_up(Entry& entry, std::vector<char>& buffer, Call call) {
  buffer.resize(kEntryBytesFirst);
  for (;;) {
    Entry* found = nullptr;
    int error = call(&entry, buffer.data(), buffer.size(), &found);
    if (error == EINTR) continue;
    if (error == ERANGE && buffer.size() < kEntryBytesMax) {
      buffer.resize(buffer.size() * 4);
      continue;
    }
    if (error == ENOENT || error == ESRCH || error == EBADF || error == EPERM) return false;
    if (error != 0) return fail_errno("the user database does not answer", error);
    return found != nullptr;
  }
}

template <class Call>
Result<std::optional<Account>> account(Call call) {
  passwd entry{};
  std::vector<char> buffer;
  Result<bool> found = look_up(entry, buffer, call);
  if (!found) return std::unexpected(std::move(found).error());
  if (!*found) return std::optional<Account>();
  return std::optional(
      Account{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_shell});
}

template <class Map, class Ask>
const typename Map::mapped_type& once(Map& answers, typename Map::key_type key, Ask ask) {
  auto found = answers.find(key);
  if (found == answers.end()) found = answers.emplace(std::move(key), ask()).first;
  return found->second;
}

}  // namespace

Result<std::optional<Account>> find_account(const std::string& name) {
  return account([&](passwd* entry, char* bytes, std::size_t size, passwd** found) {
    return ::getpwnam_r(name.c_str(), entry, bytes, size, found);
  });
}

Result<std::optional<Account>> find_account(std::uint32_t uid) {
  return account([&](passwd* entry, char* bytes, std::size_t size, passwd** found) {
    return ::getpwuid_r(uid, entry, bytes, size, found);
  });
}

Result<std::optional<std::uint32_t>> find_group(const std::string& name) {
  group entry{};
  std::vector<char> buffer;
  Result<bool> found =
      look_up(entry, buffer, [&](group* into, char* bytes, std::size_t size, group** result) {
        return ::getgrnam_r(name.c_str(), into, bytes, size, result);
      });
  if (!found) return std::unexpected(std::move(found).error());
  if (!*found) return std::optional<std::uint32_t>();
  return std::optional<std::uint32_t>(entry.gr_gid);
}

Result<std::vector<std::uint32_t>> groups_of(const std::string& name, std::uint32_t gid) {
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  while (::getgrouplist(name.c_str(), gid, groups.data(), &count) < 0) {
    if (count > kGroupsMax || groups.size() > static_cast<std::size_t>(kGroupsMax)) {
      return fail(ErrorCode::kInvalid, "'" + name + "' is in too many groups");
    }
    groups.resize(std::max(groups.size() * 2, static_cast<std::size_t>(count)));
    count = static_cast<int>(groups.size());
  }
  groups.resize(static_cast<std::size_t>(count));
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return std::vector<std::uint32_t>(groups.begin(), groups.end());
}

const Accounts::User& Accounts::user(const std::string& name) {
  return once(by_name_, name, [&] { return find_account(name); });
}

const Accounts::User& Accounts::user(std::uint32_t uid) {
  return once(by_uid_, uid, [&] { return find_account(uid); });
}

const Accounts::Group& Accounts::group(const std::string& name) {
  return once(group_by_name_, name, [&] { return find_group(name); });
}

const Accounts::Groups& Accounts::groups(const std::string& name, std::uint32_t gid) {
  return once(groups_of_, {name, gid}, [&] { return groups_of(name, gid); });
}

}  // namespace hammock::resolve
