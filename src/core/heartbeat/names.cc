// What a heartbeat is called, and whom a ping is for.
#include "base/hash.h"
#include "core/heartbeat/heartbeat.h"

namespace hammock::heartbeat {

std::string uuid_of(const std::string& house, const std::string& heartbeat) {
  // Version 8 of RFC 9562: what its bits are is our own business.
  std::uint64_t high = fnv1a(heartbeat, fnv1a("hammock heartbeat\n" + house + "\n"));
  std::uint64_t low = fnv1a(house, fnv1a("the other half\n" + heartbeat + "\n"));
  high = (high & ~0xf000ULL) | 0x8000ULL;
  low = (low & ~(3ULL << 62)) | (2ULL << 62);
  const std::string h = hex64(high);
  const std::string l = hex64(low);
  return h.substr(0, 8) + "-" + h.substr(8, 4) + "-" + h.substr(12) + "-" + l.substr(0, 4) + "-" +
         l.substr(4);
}

std::optional<std::string> find_uuid(const State& state, std::string_view uuid) {
  auto found = state.by_uuid.find(uuid);
  return found == state.by_uuid.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> find_name(const State& state, std::string_view name) {
  auto found = state.heartbeats.find(name);
  if (found == state.heartbeats.end()) return std::nullopt;
  const bool is_there = found->second.configured || found->second.created;
  return is_there ? std::optional(found->first) : std::nullopt;
}

std::set<std::string> zones_wanted(const State& state) {
  std::set<std::string> wanted;
  for (const auto& [name, heartbeat] : state.heartbeats) {
    if (heartbeat.made && !(*heartbeat.made)->timezone.empty())
      wanted.insert((*heartbeat.made)->timezone);
  }
  return wanted;
}

bool may_create(const State& state, std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  const bool is_name = !name.empty() && name.size() <= kNameBytesMax &&
                       kLetters.contains(name.front()) &&
                       name.find_first_not_of(std::string(kLetters) + "-_") == name.npos;
  std::size_t created = 0;
  for (const auto& [other, heartbeat] : state.heartbeats)
    created += heartbeat.created ? 1 : 0;
  return is_name && state.known && created < kCreatedMost;
}

}  // namespace hammock::heartbeat
