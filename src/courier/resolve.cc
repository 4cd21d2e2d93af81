#include "courier/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "courier/address.h"

namespace hammock::courier {
namespace {

using wire::ErrandStage;
using wire::Failed;
using wire::Reason;

// Three rounds over the servers, each twice as long as the one before: together about the time
// that there is, so that one lost packet is no failure.
constexpr int kTries = 3;
constexpr int kRoundParts = 8;  // 1 + 2 + 4, and something for the rest
constexpr std::int64_t kRoundMsMin = 50;
constexpr std::int64_t kRoundMsMax = 3000;

Failed failed(int status, std::string_view name) {
  return {ErrandStage::kResolve, Reason::kNames, status,
          "`" + printable(name) + "`: " + ares_strerror(status)};
}

std::vector<std::string> texts_of(const ares_addrinfo& info) {
  std::vector<std::string> texts;
  for (const ares_addrinfo_node* node = info.nodes;
       node != nullptr && texts.size() < Lookup::kAddressesMax; node = node->ai_next) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* address =
        node->ai_family == AF_INET
            ? static_cast<const void*>(&reinterpret_cast<sockaddr_in*>(node->ai_addr)->sin_addr)
            : &reinterpret_cast<sockaddr_in6*>(node->ai_addr)->sin6_addr;
    inet_ntop(node->ai_family, address, text.data(), text.size());
    if (std::ranges::find(texts, text.data()) == texts.end()) texts.emplace_back(text.data());
  }
  return texts;
}

}  // namespace

struct Lookup::Parts {
  Parts(Loop& its_loop, std::string its_name) : loop(its_loop), name(std::move(its_name)) {}
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    ended = true;
    loop.cancel(timer);
    if (channel != nullptr) ares_destroy(channel);  // calls back: see `ended`
  }

  // Nothing when all is well.
  std::optional<Failed> open(const LookupRules& rules, bool is_question) {
    ares_options options{};
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (is_question) options.flags |= ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS;
    if (is_question || !rules.resolvers.empty()) options.flags |= ARES_FLAG_NOSEARCH;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(rules.within).count();
    options.timeout = static_cast<int>(std::clamp(ms / kRoundParts, kRoundMsMin, kRoundMsMax));
    options.tries = kTries;
    options.sock_state_cb = socket_changed;
    options.sock_state_cb_data = this;
    std::string dns_alone = "b";
    if (!rules.resolvers.empty()) {
      options.lookups = dns_alone.data();
      mask |= ARES_OPT_LOOKUPS;
    }
    int status = ares_init_options(&channel, &options, mask);
    if (status != ARES_SUCCESS) return failed(status, name);
    if (rules.resolvers.empty()) return std::nullopt;
    const std::string list = join(rules.resolvers, ",");
    status = ares_set_servers_ports_csv(channel, list.c_str());
    if (status == ARES_SUCCESS) return std::nullopt;
    return Failed{ErrandStage::kAsked, Reason::kRefused, status,
                  "`" + printable(list) + "` is no list of addresses of resolvers"};
  }

  static void socket_changed(void* argument, ares_socket_t fd, int readable, int writable) {
    auto& self = *static_cast<Parts*>(argument);
    if (readable == 0 && writable == 0) return self.loop.unwatch(fd);
    const std::uint32_t events = (readable != 0 ? EPOLLIN : 0U) | (writable != 0 ? EPOLLOUT : 0U);
    self.loop.watch(fd, events, [&self, fd](std::uint32_t happened) {
      const bool broken = (happened & (EPOLLERR | EPOLLHUP)) != 0;
      ares_process_fd(self.channel, broken || (happened & EPOLLIN) != 0 ? fd : ARES_SOCKET_BAD,
                      (happened & EPOLLOUT) != 0 ? fd : ARES_SOCKET_BAD);
      self.wait();
    });
  }

  // c-ares tells when it wants to look at its own timeouts.
  void wait() {
    loop.cancel(timer);
    timer = 0;
    if (finish) {
      timer = loop.soon([this] { std::exchange(finish, nullptr)(); });
      return;
    }
    timeval buffer{};
    const timeval* next = ares_timeout(channel, nullptr, &buffer);
    if (next == nullptr) return;
    const Duration left = std::chrono::seconds(next->tv_sec) + Duration(next->tv_usec);
    // c-ares counts in milliseconds; a little later it is past them for sure.
    timer = loop.at(loop.now() + left + std::chrono::milliseconds(1), [this] {
      ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      wait();
    });
  }

  Loop& loop;
  std::string name;
  ares_channel channel = nullptr;
  Loop::TimerId timer = 0;
  bool ended = false;
  std::function<void()> finish;  // calls back what is known; set within c-ares, called outside
  std::function<void(Addresses)> addresses_told;
  std::function<void(Message)> message_told;
};

Lookup::Lookup(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Lookup::Lookup(Lookup&&) noexcept = default;
Lookup& Lookup::operator=(Lookup&&) noexcept = default;
Lookup::~Lookup() = default;

Lookup Lookup::addresses(Loop& loop, const LookupRules& rules, const std::string& host,
                         wire::Family family, std::function<void(Addresses)> told) {
  auto parts = std::make_unique<Parts>(loop, host);
  parts->addresses_told = std::move(told);
  Parts* self = parts.get();
  auto finish = [self](Addresses addresses) {
    self->finish = [self, addresses = std::move(addresses)] { self->addresses_told(addresses); };
  };
  if (is_ip_address(host)) {
    const bool is_v6 = host.find(':') != std::string::npos;
    const bool fits = family == wire::Family::kAny || is_v6 == (family == wire::Family::kV6);
    finish(fits ? Addresses({host}) : std::unexpected(failed(ARES_ENODATA, host)));
  } else if (auto problem = parts->open(rules, false)) {
    finish(std::unexpected(*problem));
  } else {
    ares_addrinfo_hints hints{};
    hints.ai_family = family == wire::Family::kV4   ? AF_INET
                      : family == wire::Family::kV6 ? AF_INET6
                                                    : AF_UNSPEC;
    auto callback = [](void* argument, int result, int /*timeouts*/, ares_addrinfo* info) {
      auto& its = *static_cast<Parts*>(argument);
      Addresses addresses = info != nullptr ? Addresses(texts_of(*info)) : Addresses();
      if (info != nullptr) ares_freeaddrinfo(info);
      if (its.ended) return;
      if (result == ARES_SUCCESS && addresses->empty()) result = ARES_ENODATA;
      if (result != ARES_SUCCESS) addresses = std::unexpected(failed(result, its.name));
      its.finish = [&its, addresses] { its.addresses_told(addresses); };
    };
    ares_getaddrinfo(parts->channel, host.c_str(), nullptr, &hints, callback, self);
  }
  parts->wait();
  return Lookup(std::move(parts));
}

Lookup Lookup::question(Loop& loop, const LookupRules& rules, const std::string& name,
                        std::uint16_t type, std::function<void(Message)> told) {
  auto parts = std::make_unique<Parts>(loop, name);
  parts->message_told = std::move(told);
  Parts* self = parts.get();
  constexpr int kClassIn = 1;
  constexpr int kEdnsBytes = 1232;  // what passes everywhere unfragmented (DNS flag day 2020)
  // Drawn by the kernel: whoever can guess it can answer in the server's place.
  std::uint16_t id = 0;
  [[maybe_unused]] const ssize_t drawn = getrandom(&id, sizeof id, 0);
  unsigned char* query = nullptr;
  int size = 0;
  auto problem = parts->open(rules, true);
  if (!problem) {
    const int status =
        ares_create_query(name.c_str(), kClassIn, type, id, 1, &query, &size, kEdnsBytes);
    // What is wrong with a name is the asker's to know.
    if (status != ARES_SUCCESS) problem = failed(status, name);
  }
  if (problem) {
    parts->finish = [self, problem] { self->message_told(std::unexpected(*problem)); };
  } else {
    auto callback = [](void* argument, int result, int /*timeouts*/, unsigned char* bytes,
                       int length) {
      auto& its = *static_cast<Parts*>(argument);
      if (its.ended) return;
      Message message = std::unexpected(failed(result, its.name));
      if (bytes != nullptr) {
        message = std::string(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(length));
      }
      its.finish = [&its, message] { its.message_told(message); };
    };
    ares_send(parts->channel, query, size, callback, self);
    ares_free_string(query);
  }
  parts->wait();
  return Lookup(std::move(parts));
}

}  // namespace hammock::courier
