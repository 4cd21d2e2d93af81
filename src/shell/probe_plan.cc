#include "shell/probe_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "base/hash.h"
#include "base/result.h"
#include "base/variant.h"
#include "os/file.h"

namespace hammock::shell {
namespace {

constexpr std::string_view kPem = "-----BEGIN CERTIFICATE-----";

// "https://user.example:8443/x" → "user.example"; of "[::1]:80" the part in brackets.
std::string_view host_of(std::string_view url) {
  std::string_view rest = url.substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

bool is_v4_loopback(std::string_view host) {
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_loopback(std::string_view host) {
  return is_v4_loopback(host) || host == "::1" || host == "localhost" ||
         host.ends_with(".localhost");
}

// "127.0.0.1", "127.0.0.1:53", "[::1]:53", "::1".
bool is_loopback_resolver(std::string_view resolver) {
  return resolver.starts_with("127.") || resolver == "::1" || resolver.starts_with("[::1]");
}

bool is_here(std::string_view host, const probe::Route& route) {
  return is_loopback(route.address ? std::string_view(*route.address) : host);
}

std::string text_of(const probe::Route& route) {
  return fmt::format("{} {} {}", route.family, route.address.value_or(""), route.resolvers);
}
std::string text_of(const probe::Tls& tls) {
  return fmt::format("{} {} {}", tls.verify, tls.ca.value_or(""), tls.server_name.value_or(""));
}

// Quoted by fmt, so that no two of different parts are the same text.
std::string text_of(const probe::Http& http) {
  std::string text = fmt::format("http {:?} {:?} {:?} {} {:?} {:?}", http.url, http.method,
                                 http.body, http.redirects, text_of(http.route), text_of(http.tls));
  for (const auto& [name, value] : http.headers)
    text += fmt::format(" header {:?} {:?}", name, value);
  for (const probe::StatusRange& range : http.status)
    text += fmt::format(" status {} {}", range.first, range.last);
  if (http.contains) text += fmt::format(" contains {:?}", *http.contains);
  if (http.lacks) text += fmt::format(" lacks {:?}", *http.lacks);
  for (const probe::JsonWish& wish : http.json)
    text += fmt::format(" json {:?} {:?}", wish.pointer, wish.value);
  return text;
}
std::string text_of(const probe::Tcp& tcp) {
  return fmt::format("tcp {:?} {} {:?} {:?} {} {:?} {:?}", tcp.host, tcp.port, text_of(tcp.route),
                     tcp.tls ? text_of(*tcp.tls) : "none", tcp.starttls, tcp.send, tcp.expect);
}
std::string text_of(const probe::Dns& dns) {
  return fmt::format("dns {:?} {:?} {} {}", dns.name, dns.type, dns.resolvers, dns.records);
}
std::string text_of(const probe::Command& command) {
  std::string text = fmt::format("command {} {:?}", command.command, command.user.value_or(""));
  for (const auto& [name, value] : command.env)
    text += fmt::format(" env {:?} {:?}", name, value);
  return text;
}

const std::optional<std::string>* ca_of(const probe::Target& target) {
  if (const auto* http = std::get_if<probe::Http>(&target)) return &http->tls.ca;
  const auto* tcp = std::get_if<probe::Tcp>(&target);
  return tcp != nullptr && tcp->tls ? &tcp->tls->ca : nullptr;
}

// Files of certificates, each read once.
class Authorities {
 public:
  explicit Authorities(std::string folder) : folder_(std::move(folder)) {}

  Result<std::string> read(const std::string& file) {
    const std::string path = std::filesystem::path(folder_) / file;
    if (auto known = known_.find(path); known != known_.end()) return known->second;
    auto text = os::read_file(path, kCaBytesMax);
    if (!text) return within("ca", std::move(text).error());
    if (text->find(kPem) == std::string::npos) {
      return fail(ErrorCode::kInvalid, "ca: there is no certificate in the form of PEM in " + path);
    }
    return known_.emplace(path, *std::move(text)).first->second;
  }

 private:
  std::string folder_;
  std::map<std::string, std::string> known_;
};

}  // namespace

std::string identity_of(const probe::Target& target) {
  return hex64(fnv1a(std::visit([](const auto& some) { return text_of(some); }, target)));
}

bool is_here(const probe::Target& target) {
  return match(
      target, [](const probe::Http& http) { return is_here(host_of(http.url), http.route); },
      [](const probe::Tcp& tcp) { return is_here(tcp.host, tcp.route); },
      [](const probe::Dns& dns) {
        return !dns.resolvers.empty() && std::ranges::all_of(dns.resolvers, is_loopback_resolver);
      },
      // It knows itself what it needs; who wants witnesses for it says so.
      [](const probe::Command&) { return true; });
}

std::vector<Shared<probe::Setup>> plan_probes(const config::Configuration& configuration) {
  Authorities authorities(configuration.folder);
  std::vector<Shared<probe::Setup>> setups;
  setups.reserve(configuration.probes.size());
  for (const probe::Config& config : configuration.probes) {
    probe::Setup setup;
    setup.config = config;
    setup.identity = identity_of(config.target);
    if (config.witnesses)
      setup.witnesses = *config.witnesses;
    else if (!is_here(config.target))
      setup.witnesses = configuration.settings.witnesses;
    if (const auto* ca = ca_of(config.target); ca != nullptr && *ca) {
      auto text = authorities.read(**ca);
      if (text)
        setup.ca = *std::move(text);
      else
        setup.blocked = text.error().message + "; put it there, and `hammock apply`";
    }
    setups.emplace_back(std::move(setup));
  }
  return setups;
}

}  // namespace hammock::shell
