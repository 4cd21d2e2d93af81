#include <algorithm>
#include <array>
#include <chrono>

#include "base/dns_words.h"
#include "base/text.h"
#include "cli/try.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

constexpr std::chrono::seconds kWithin{10};
constexpr std::uint32_t kKeepBytes = 16 << 10;

// Which options belong to which kind of request only.
struct Belongs {
  std::string_view option;
  std::string_view kinds;
};
constexpr std::array<Belongs, 12> kBelongs = {{{"method", "http"},
                                               {"starttls", "tls"},
                                               {"follow", "http"},
                                               {"body", "http"},
                                               {"send", "tcp"},
                                               {"expect", "tcp"},
                                               {"type", "dns"},
                                               {"ca", "http tls"},
                                               {"insecure", "http tls"},
                                               {"server-name", "http tls"},
                                               {"address", "http tcp tls"},
                                               {"family", "http tcp tls"}}};

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorCode::kInvalid, std::move(message));
}

bool is_given(const Invocation& invocation, std::string_view option) {
  if (option == "body" || option == "insecure") return invocation.flag(option);
  return invocation.value(option).has_value();
}

// "\r\n" as people type it.
Result<std::string> unescaped(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char next = ++i < text.size() ? text[i] : '\0';
    constexpr std::string_view from = "rnt0\\";
    constexpr std::string_view to("\r\n\t\0\\", 5);
    const std::size_t at = next == '\0' ? std::string_view::npos : from.find(next);
    if (at == std::string_view::npos) {
      return wrong("after a backslash comes one of r, n, t, 0 and \\");
    }
    bytes += to[at];
  }
  return bytes;
}

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

Result<HostPort> host_and_port(const std::string& target, std::optional<std::uint16_t> usual) {
  std::string host = target;
  std::optional<std::uint64_t> port = usual;
  const std::size_t colon = target.rfind(':');
  const bool bare_v6 = !target.starts_with('[') && target.find(':') != colon;
  if (colon != std::string::npos && !bare_v6 && !target.ends_with(']')) {
    host = target.substr(0, colon);
    port = parse_decimal(target.substr(colon + 1));
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || !port || *port == 0 || *port > 65535) {
    return wrong("`" + printable(target) + "` is not HOST:PORT");
  }
  return HostPort{host, static_cast<std::uint16_t>(*port)};
}

std::vector<std::string> resolvers_of(const Invocation& invocation) {
  std::vector<std::string> resolvers;
  if (auto given = invocation.value("resolver")) {
    for (std::string_view one : split(*given, ','))
      resolvers.emplace_back(trim(one));
  }
  return resolvers;
}

wire::Route route_of(const Invocation& invocation) {
  wire::Route route;
  const auto family = invocation.value("family");
  if (family) route.family = *family == "4" ? wire::Family::kV4 : wire::Family::kV6;
  route.address = invocation.value("address").value_or("");
  route.resolvers = resolvers_of(invocation);
  return route;
}

wire::TlsWish tls_of(const Invocation& invocation, const std::string& ca) {
  return {!invocation.flag("insecure"), ca, invocation.value("server-name").value_or("")};
}

using What = decltype(wire::Request::what);

Result<What> http_of(const Invocation& invocation, const std::string& ca) {
  wire::HttpErrand http;
  http.url = *invocation.value("TARGET");
  if (http.url.find("://") == std::string::npos) {
    return wrong("a URL begins with http:// or https://, unlike `" + printable(http.url) + "`");
  }
  http.method = invocation.value("method").value_or("GET");
  http.route = route_of(invocation);
  http.tls = tls_of(invocation, ca);
  http.keep_bytes = kKeepBytes;
  if (auto follow = invocation.value("follow")) {
    const auto count = parse_decimal(*follow);
    if (!count || *count > wire::kCourierRedirectsMax) {
      return wrong("`--follow` is a number from 0 to " +
                   std::to_string(wire::kCourierRedirectsMax) + ", not `" + printable(*follow) +
                   "`");
    }
    http.redirects_max = static_cast<std::uint32_t>(*count);
  }
  return http;
}

Result<What> tcp_of(const Invocation& invocation, const std::string& ca) {
  constexpr std::uint16_t kHttpsPort = 443;
  const bool with_tls = *invocation.value("WHAT") == "tls";
  auto peer = host_and_port(*invocation.value("TARGET"),
                            with_tls ? std::optional(kHttpsPort) : std::nullopt);
  if (!peer) return std::unexpected(peer.error());
  wire::TcpErrand tcp;
  tcp.host = peer->host;
  tcp.port = peer->port;
  tcp.route = route_of(invocation);
  tcp.keep_bytes = kKeepBytes;
  if (with_tls) tcp.tls = tls_of(invocation, ca);
  if (auto protocol = invocation.value("starttls")) {
    tcp.starttls = from_text<wire::StartTls>(*protocol).value_or(wire::StartTls::kNone);
  }
  auto send = unescaped(invocation.value("send").value_or(""));
  auto expect = unescaped(invocation.value("expect").value_or(""));
  if (!send) return std::unexpected(send.error());
  if (!expect) return std::unexpected(expect.error());
  tcp.send = *send;
  tcp.expect = *expect;
  return tcp;
}

Result<What> dns_of(const Invocation& invocation) {
  wire::DnsErrand dns;
  dns.name = *invocation.value("TARGET");
  const std::string type = invocation.value("type").value_or("A");
  const auto number = dns_type(type);
  if (!number) {
    return wrong("`" + printable(type) +
                 "` is no type of DNS records; A, AAAA, MX, TXT and "
                 "others are, and TYPE65 for number 65");
  }
  dns.type = *number;
  dns.resolvers = resolvers_of(invocation);
  return dns;
}

}  // namespace

Result<wire::Request> try_request(const Invocation& invocation, const std::string& ca) {
  const std::string kind = *invocation.value("WHAT");
  for (const auto& [option, kinds] : kBelongs) {
    if (!is_given(invocation, option)) continue;
    const auto its = split(kinds, ' ');
    if (std::ranges::find(its, kind) == its.end()) {
      std::string list(its.front());
      for (std::size_t i = 1; i < its.size(); ++i)
        list += (i + 1 == its.size() ? " and " : ", ") + std::string(its[i]);
      return wrong("`--" + std::string(option) + "` is for " + list + ", not for " + kind);
    }
  }
  const auto timeout = invocation.value("timeout");
  const auto within = timeout ? parse_duration(*timeout) : Duration(kWithin);
  constexpr auto kMost = std::chrono::milliseconds(wire::kCourierDeadlineMsMax);
  if (!within || *within < std::chrono::milliseconds(1) || *within > kMost) {
    return wrong("`--timeout` is a duration from 1ms to 10m, such as 5s, not `" +
                 printable(*timeout) + "`");
  }
  auto what = kind == "http"  ? http_of(invocation, ca)
              : kind == "dns" ? dns_of(invocation)
                              : tcp_of(invocation, ca);
  if (!what) return std::unexpected(what.error());
  wire::Request request;
  request.id = 1;
  request.within_ms = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(*within).count());
  request.what = std::move(*what);
  return request;
}

}  // namespace hammock::cli
