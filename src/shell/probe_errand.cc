#include "shell/probe_errand.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>

#include "base/dns_words.h"
#include "base/text.h"
#include "base/variant.h"
#include "core/probe/probe.h"
#include "shell/json_pointer.h"

namespace hammock::shell {
namespace {

using probe::Verdict;

constexpr std::uint32_t kQuoteBytesMax = 64;

std::uint32_t milliseconds(Duration time) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

wire::Route route_of(const probe::Route& route) {
  return {static_cast<wire::Family>(route.family), route.address.value_or(""), route.resolvers};
}

wire::TlsWish tls_of(const probe::Tls& tls, const std::string& ca) {
  return {tls.verify, ca, tls.server_name.value_or("")};
}

bool wants_body(const probe::Http& http) {
  return http.contains || http.lacks || !http.json.empty();
}

wire::HttpErrand errand(const probe::Http& http, const std::string& ca) {
  wire::HttpErrand errand;
  errand.method = http.method;
  errand.url = http.url;
  for (const auto& [name, value] : http.headers)
    errand.headers.push_back({name, value});
  errand.body = http.body;
  errand.route = route_of(http.route);
  errand.tls = tls_of(http.tls, ca);
  errand.redirects_max = http.redirects;
  errand.keep_bytes = wants_body(http) ? kProbeBodyBytesMax : kProbeBodyBytesRead;
  return errand;
}

wire::TcpErrand errand(const probe::Tcp& tcp, const std::string& ca) {
  wire::TcpErrand errand;
  errand.host = tcp.host;
  errand.port = tcp.port;
  errand.route = route_of(tcp.route);
  if (tcp.tls) errand.tls = tls_of(*tcp.tls, ca);
  errand.starttls = from_text<wire::StartTls>(tcp.starttls).value_or(wire::StartTls::kNone);
  errand.send = tcp.send;
  errand.expect = tcp.expect;
  return errand;
}

wire::DnsErrand errand(const probe::Dns& dns, const std::string& /*ca*/) {
  return {dns.name, dns_type(dns.type).value_or(1), dns.resolvers};
}

// A command goes nowhere by the courier: whoever asks for it has lost his way.
wire::DnsErrand errand(const probe::Command& /*command*/, const std::string& /*ca*/) {
  return {};
}

Judged bad(std::string message) {
  return {Verdict::kBad, {}, std::move(message)};
}
Judged good(std::string message) {
  return {Verdict::kGood, {}, std::move(message)};
}

std::string quoted(std::string_view wish) {
  const bool is_long = wish.size() > kQuoteBytesMax;
  return "'" + printable(wish.substr(0, kQuoteBytesMax)) + (is_long ? "…'" : "'");
}

std::string ranges_text(const std::vector<probe::StatusRange>& ranges) {
  std::string text;
  for (const probe::StatusRange& range : ranges) {
    if (!text.empty()) text += ", ";
    text += std::to_string(range.first);
    if (range.last != range.first) text += "–" + std::to_string(range.last);
  }
  return text;
}

// Why the body is not as it is wished; nothing: it is.
std::optional<std::string> wrong_body(const probe::Http& http, const wire::HttpResult& result) {
  const std::string read = std::to_string(result.body.size()) + " bytes";
  if (http.contains && result.body.find(*http.contains) == std::string::npos) {
    const std::string where = result.body_is_whole ? "the body (" + read + ") does"
                                                   : "the first " + read + " of the body do";
    return where + " not contain " + quoted(*http.contains);
  }
  if (http.lacks && result.body.find(*http.lacks) != std::string::npos) {
    return "the body contains " + quoted(*http.lacks) + ", and must not";
  }
  if (http.lacks && !result.body_is_whole) {
    return "the body is longer than " + read + ", too long to be sure that it lacks " +
           quoted(*http.lacks);
  }
  if (http.json.empty()) return std::nullopt;
  if (!result.body_is_whole) return "the body is longer than " + read + ", too long for JSON";
  const auto document = parse_json(result.body);
  if (!document) return "the body is no JSON: " + document.error().message;
  for (const probe::JsonWish& wish : http.json) {
    if (auto wrong = wrong_value(*document, wish.pointer, wish.value)) return wrong;
  }
  return std::nullopt;
}

Judged judge_http(const probe::Http& http, const wire::HttpResult& result) {
  const std::string status = "status " + std::to_string(result.status);
  const bool fits = std::ranges::any_of(http.status, [&](const probe::StatusRange& range) {
    return result.status >= range.first && result.status <= range.last;
  });
  if (!fits) return bad(status + ", expected " + ranges_text(http.status));
  if (auto wrong = wrong_body(http, result)) return bad(status + ", but " + *wrong);
  return good(status);
}

// "192.0.2.1", "2001:DB8:0::1" and names in the form in which they can be compared.
std::string comparable(std::string_view record) {
  const std::string text(record);
  for (const int family : {AF_INET, AF_INET6}) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    std::array<char, INET6_ADDRSTRLEN> name{};
    if (inet_pton(family, text.c_str(), bytes.data()) != 1) continue;
    return inet_ntop(family, bytes.data(), name.data(), name.size());
  }
  std::string plain = to_lower(text);
  if (plain.ends_with('.')) plain.pop_back();
  return plain;
}

Judged judge_dns(const probe::Dns& dns, const wire::DnsResult& result) {
  if (result.rcode != 0) return bad(dns_rcode_text(result.rcode) + ", expected " + dns.type);
  const std::uint16_t type = dns_type(dns.type).value_or(1);
  std::vector<std::string> found;
  for (const wire::Record& record : result.records) {
    if (record.type == type) found.push_back(comparable(record.text));
  }
  const std::string count =
      std::to_string(found.size()) + " " + dns.type + (found.size() == 1 ? " record" : " records");
  if (found.empty()) return bad("there are no " + dns.type + " records");
  for (const std::string& wish : dns.records) {
    if (std::ranges::find(found, comparable(wish)) != found.end()) continue;
    return bad(count + ", and none is " + quoted(wish));
  }
  return good(count);
}

bool is_our_own(std::int64_t error) {
  constexpr std::array<std::int64_t, 8> kOurs = {EMFILE, ENFILE, ENOMEM,       ENOBUFS,
                                                 EACCES, EPERM,  EAFNOSUPPORT, EADDRNOTAVAIL};
  return std::ranges::find(kOurs, error) != kOurs.end();
}

Judged judge_failure(const wire::Failed& failed) {
  const bool is_unknown = failed.reason == wire::Reason::kRefused ||
                          failed.reason == wire::Reason::kBusy ||
                          (failed.reason == wire::Reason::kSystem && is_our_own(failed.code));
  const bool says_stage = failed.stage == wire::ErrandStage::kAsked;
  std::string message = printable(failed.message);
  if (!says_stage) message = std::string(text_of(failed.stage)) + ": " + message;
  return {is_unknown ? Verdict::kUnknown : Verdict::kBad, {}, std::move(message)};
}

// What came is of another kind than what was asked: two versions.
Judged mixed_up() {
  return {Verdict::kUnknown, {}, "the courier answered something else"};
}

Judged judge_kind(const probe::Target& target, const wire::Answer& answer) {
  if (const auto* failed = std::get_if<wire::Failed>(&answer.what)) return judge_failure(*failed);
  return match(
      target,
      [&](const probe::Http& http) {
        const auto* result = std::get_if<wire::HttpResult>(&answer.what);
        return result != nullptr ? judge_http(http, *result) : mixed_up();
      },
      [&](const probe::Tcp& tcp) {
        if (!std::holds_alternative<wire::TcpResult>(answer.what)) return mixed_up();
        return good(tcp.expect.empty() ? "connected" : "it said " + quoted(tcp.expect));
      },
      [&](const probe::Dns& dns) {
        const auto* result = std::get_if<wire::DnsResult>(&answer.what);
        return result != nullptr ? judge_dns(dns, *result) : mixed_up();
      },
      [](const probe::Command&) { return mixed_up(); });
}

}  // namespace

wire::Request errand_of(std::uint64_t id, const probe::Setup& setup) {
  wire::Request request;
  request.id = id;
  request.within_ms = milliseconds(setup.config.timeout);
  std::visit([&](const auto& target) { request.what = errand(target, setup.ca); },
             setup.config.target);
  return request;
}

wire::Request errand_of_witness(std::uint64_t id, std::string_view witness) {
  const std::size_t colon = witness.rfind(':');
  std::string_view host = witness.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  wire::TcpErrand tcp;
  tcp.host = host;
  tcp.port = static_cast<std::uint16_t>(parse_decimal(witness.substr(colon + 1)).value_or(0));
  return {id, milliseconds(probe::kWitnessWithin), std::move(tcp)};
}

Judged judge(const probe::Setup& setup, const wire::Answer& answer) {
  Judged judged = judge_kind(setup.config.target, answer);
  judged.took = answer.phases.total;
  const auto& within = setup.config.within;
  if (judged.verdict == Verdict::kGood && within && judged.took > *within) {
    judged.verdict = Verdict::kBad;
    judged.message += ", but after " + format_duration(judged.took) + ", expected within " +
                      format_duration(*within);
  }
  return judged;
}

Judged judge_witness(const wire::Answer& answer) {
  if (const auto* failed = std::get_if<wire::Failed>(&answer.what)) return judge_failure(*failed);
  return good("connected");
}

}  // namespace hammock::shell
