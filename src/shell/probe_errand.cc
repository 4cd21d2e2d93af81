#include "shell/probe_errand.h"

#include <algorithm>
#include <chrono>

#include "base/assert.h"
#include "base/dns_words.h"
#include "base/text.h"
#include "base/variant.h"

namespace hammock::shell {
namespace {

std::uint32_t milliseconds_of(Duration within) {
  constexpr std::int64_t kMost = wire::kCourierDeadlineMsMax;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(within).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 1, kMost));
}

wire::Route route_of(const probe::Route& route) {
  const auto family = route.family == 4   ? wire::Family::kV4
                      : route.family == 6 ? wire::Family::kV6
                                          : wire::Family::kAny;
  return {family, route.address.value_or(""), route.resolvers};
}

wire::TlsWish tls_of(const probe::Tls& tls, const std::string& ca) {
  wire::TlsWish wish;
  wish.verify = tls.verify;
  // A file without anything in it is not the trust of the machine: the courier refuses a line feed.
  if (tls.ca) wish.ca = ca.empty() ? "\n" : ca;
  wish.server_name = tls.server_name.value_or("");
  return wish;
}

wire::HttpErrand http_of(const probe::Http& http, const std::string& ca) {
  wire::HttpErrand errand;
  errand.method = http.method;
  errand.url = http.url;
  for (const auto& [name, value] : http.headers)
    errand.headers.push_back({name, value});
  errand.body = http.body;
  errand.route = route_of(http.route);
  errand.tls = tls_of(http.tls, ca);
  errand.redirects_max = http.redirects;
  const bool looks_into_body = http.contains || http.lacks || !http.json.empty();
  errand.keep_bytes = looks_into_body ? kBodyKept : kBodyRead;
  return errand;
}

wire::TcpErrand tcp_of(const probe::Tcp& tcp, const std::string& ca) {
  wire::TcpErrand errand;
  errand.host = tcp.host;
  errand.port = tcp.port;
  errand.route = route_of(tcp.route);
  if (tcp.tls) errand.tls = tls_of(*tcp.tls, ca);
  errand.starttls = from_text<wire::StartTls>(tcp.starttls).value_or(wire::StartTls::kNone);
  errand.send = tcp.send;
  errand.expect = tcp.expect;
  errand.keep_bytes =
      tcp.expect.empty() ? 0 : kReceivedKept + static_cast<std::uint32_t>(tcp.expect.size());
  return errand;
}

wire::DnsErrand dns_of(const probe::Dns& dns) {
  const auto type = dns_type(dns.type);
  HAMMOCK_ASSERT(type.has_value());
  return {dns.name, *type, dns.resolvers};
}

}  // namespace

wire::Request errand_of(std::uint64_t id, const probe::Setup& setup) {
  wire::Request request;
  request.id = id;
  request.within_ms = milliseconds_of(setup.config.timeout);
  match(
      setup.config.target, [&](const probe::Http& http) { request.what = http_of(http, setup.ca); },
      [&](const probe::Tcp& tcp) { request.what = tcp_of(tcp, setup.ca); },
      [&](const probe::Dns& dns) { request.what = dns_of(dns); },
      [](const probe::Command&) { HAMMOCK_ASSERT(false); });  // it goes nowhere
  return request;
}

wire::Request errand_of_witness(std::uint64_t id, std::string_view host_port) {
  const std::size_t colon = host_port.rfind(':');
  HAMMOCK_ASSERT(colon != std::string_view::npos);
  const auto port = parse_decimal(host_port.substr(colon + 1));
  HAMMOCK_ASSERT(port && *port > 0 && *port <= 65535);
  std::string_view host = host_port.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  wire::TcpErrand tcp;
  tcp.host = host;
  tcp.port = static_cast<std::uint16_t>(*port);
  tcp.keep_bytes = 0;
  return {id, milliseconds_of(probe::kWitnessWithin), std::move(tcp)};
}

}  // namespace hammock::shell
