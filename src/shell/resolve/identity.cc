#include <algorithm>

#include "base/text.h"
#include "shell/resolve/steps.h"

namespace hammock::resolve {
namespace {

constexpr int kCapSetgid = 6;
constexpr int kCapSetuid = 7;

// `user = "web"` stands at user, `user = { value = "web", … }` at user.value; the locating of a
// complaint falls back to what exists.
schema::Path at(std::string_view key) {
  return {std::string(key)};
}

bool is_number(const std::string& text) {
  return parse_decimal(text).has_value();
}

struct Ids {
  std::optional<Account> account;
  bool ok = true;
};

Ids find_user(const service::Config& service, const HostFacts& host, Accounts& accounts,
              Complaints& complaints) {
  if (!service.user) {
    const Accounts::User& own = accounts.user(host.uid);
    return {own ? *own : std::nullopt, true};
  }
  const std::string& name = service.user->value;
  Accounts::User found = accounts.user(name);
  if (found && !*found && is_number(name)) {
    auto uid = parse_decimal(name);
    if (*uid > 0xfffffffe) {
      complaints.error("unknown-user", at("user"), "there is no user with the number " + name);
      return {std::nullopt, false};
    }
    found = accounts.user(static_cast<std::uint32_t>(*uid));
    // A number without an account is a user, too; the group must then be said.
    if (found && !*found && service.group) {
      return {Account{name, static_cast<std::uint32_t>(*uid), 0, "/", "/bin/sh"}, true};
    }
  }
  if (!found) {
    complaints.error("user-database", at("user"),
                     "cannot look up '" + name + "': " + found.error().message);
    return {std::nullopt, false};
  }
  if (!*found) {
    complaints.not_enforceable(service.user->if_possible, "unknown-user", at("user"),
                               "there is no user '" + name + "' on this host");
    return {std::nullopt, false};
  }
  return {std::move(*found), true};
}

std::optional<std::uint32_t> find_gid(const service::Config& service, Accounts& accounts,
                                      Complaints& complaints) {
  const std::string& name = service.group->value;
  const Accounts::Group& found = accounts.group(name);
  if (!found) {
    complaints.error("user-database", at("group"),
                     "cannot look up '" + name + "': " + found.error().message);
    return std::nullopt;
  }
  if (*found) return *found;
  if (auto number = parse_decimal(name); number && *number < 0xffffffff) {
    return static_cast<std::uint32_t>(*number);
  }
  complaints.not_enforceable(service.group->if_possible, "unknown-group", at("group"),
                             "there is no group '" + name + "' on this host");
  return std::nullopt;
}

}  // namespace

std::optional<Account> resolve_identity(const service::Config& service, const HostFacts& host,
                                        Accounts& accounts, Complaints& complaints,
                                        wire::Spec& spec) {
  Ids user = find_user(service, host, accounts, complaints);
  std::optional<Account> own;
  if (const Accounts::User& found = accounts.user(host.uid)) own = *found;
  if (!user.ok) return own;

  std::uint32_t uid = user.account ? user.account->uid : host.uid;
  std::uint32_t gid = service.user && user.account ? user.account->gid : host.gid;
  if (service.group) {
    std::optional<std::uint32_t> found = find_gid(service, accounts, complaints);
    if (!found) return user.account;
    gid = *found;
  }
  bool switches_user = service.user && uid != host.uid;
  bool switches_group = gid != host.gid && (service.user || service.group);
  if (!switches_user && !switches_group) return user.account;

  if (switches_user && !has_capability(host.capabilities_effective, kCapSetuid)) {
    complaints.not_enforceable(
        service.user->if_possible, "cannot-switch-user", at("user"),
        "Hammock runs without the privilege to become '" + service.user->value + "'");
    return own;
  }
  if (!has_capability(host.capabilities_effective, kCapSetgid)) {
    const auto& setting = service.group ? service.group : service.user;
    complaints.not_enforceable(setting->if_possible, "cannot-switch-group",
                               at(service.group ? "group" : "user"),
                               "Hammock runs without the privilege to change the group");
    return switches_user ? own : user.account;
  }
  if (switches_user) spec.uid = uid;
  spec.gid = gid;
  spec.groups = {gid};
  if (user.account) {
    if (const Accounts::Groups& groups = accounts.groups(user.account->name, gid)) {
      spec.groups = *groups;
    } else {
      complaints.error("user-database", at("user"), groups.error().message);
    }
  }
  return user.account;
}

}  // namespace hammock::resolve
