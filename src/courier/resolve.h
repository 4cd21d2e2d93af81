// Names: asked of the name servers by c-ares, without a thread and without a cache. Each lookup has
// a resolver of its own, so that nothing of an earlier one can make it fail.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "courier/loop.h"
#include "wire/courier.h"

namespace hammock::courier {

struct LookupRules {
  std::vector<std::string> resolvers;  // empty: those of /etc/resolv.conf, after /etc/hosts
  Duration within{};                   // how long the asker will wait: what tries share
};

// Ends with its object; calls back once, from the loop.
class Lookup {
 public:
  using Addresses = std::expected<std::vector<std::string>, wire::Failed>;  // "192.0.2.1", "::1"
  using Message = std::expected<std::string, wire::Failed>;  // as it came from the name server

  // In the order of RFC 6724, at most kAddressesMax; never an empty list. An IP address is its own.
  static constexpr std::size_t kAddressesMax = 16;
  static Lookup addresses(Loop& loop, const LookupRules& rules, const std::string& host,
                          wire::Family family, std::function<void(Addresses)> told);
  static Lookup question(Loop& loop, const LookupRules& rules, const std::string& name,
                         std::uint16_t type, std::function<void(Message)> told);

  Lookup(Lookup&&) noexcept;
  Lookup& operator=(Lookup&&) noexcept;
  ~Lookup();

 private:
  struct Parts;
  explicit Lookup(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hammock::courier
