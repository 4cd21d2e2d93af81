#include "shell/timebomb_outing.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/dns_words.h"
#include "base/text.h"
#include "shell/gauge_output.h"
#include "shell/rdap.h"
#include "shell/timebomb_judge.h"

namespace hammock::shell {
namespace {

using timebomb::Reading;
using timebomb::Sighting;
using timebomb::Unread;

constexpr std::uint16_t kHttpOk = 200;
constexpr std::uint32_t kRedirects = 5;

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

// Why there is no answer; empty: there is one.
std::string failure_of(const Told& told) {
  if (const auto* unanswered = std::get_if<Unanswered>(&told.what)) return unanswered->why;
  const auto* failed = std::get_if<wire::Failed>(&std::get<wire::Answer>(told.what).what);
  return failed != nullptr ? failed->message : std::string();
}

// The first to end of what it showed; none: it showed nothing.
const wire::Certificate* first_to_end(const Told& told) {
  const auto* answer = std::get_if<wire::Answer>(&told.what);
  if (answer == nullptr || !answer->tls || answer->tls->chain.empty()) return nullptr;
  return &*std::ranges::min_element(answer->tls->chain, {}, &wire::Certificate::not_after);
}

// What an HTTP server has sent; or why that is not there.
std::variant<std::string, Unread> body_of(const Told& told, std::string_view whose) {
  if (std::string why = failure_of(told); !why.empty()) return Unread{std::move(why)};
  const auto* result = std::get_if<wire::HttpResult>(&std::get<wire::Answer>(told.what).what);
  if (result == nullptr) return Unread{fmt::format("{} did not answer in HTTP", whose)};
  if (result->status != kHttpOk) {
    return Unread{fmt::format("{} answered with status {}, expected 200", whose, result->status)};
  }
  if (!result->body_is_whole) {
    return Unread{fmt::format("{} sent more than {} bytes", whose, wire::kCourierBodyBytesMax)};
  }
  return result->body;
}

}  // namespace

Sighting judge_server(const timebomb::Certificate& server, std::span<const Told> told) {
  const Told* worst = nullptr;
  std::size_t silent = 0;
  std::string why;
  for (const Told& one : told) {
    const auto* first = first_to_end(one);
    if (first == nullptr) {
      ++silent;
      if (std::string failure = failure_of(one); !failure.empty()) why = std::move(failure);
    } else if (worst == nullptr || first->not_after < first_to_end(*worst)->not_after) {
      worst = &one;
    }
  }
  if (worst == nullptr) {
    return Unread{why.empty() ? fmt::format("{} showed no certificate", server.host) : why};
  }
  const auto& answer = std::get<wire::Answer>(worst->what);
  const wire::Certificate& first = *first_to_end(*worst);
  Reading reading;
  reading.identity = first.sha256;
  reading.begins = first.not_before;
  reading.goes_off = first.not_after;
  reading.evidence = fmt::format("{} at {} ends", first.subject, answer.remote);
  if (first.sha256 != answer.tls->chain.front().sha256) {
    reading.evidence += fmt::format(", on which {} rests", answer.tls->chain.front().subject);
  }
  if (!answer.tls->verified) {
    reading.evidence += fmt::format("; it is not trusted: {}", answer.tls->verify_error);
  }
  if (silent > 0) {
    reading.evidence += fmt::format("; {} of {} addresses showed none", silent, told.size());
    if (!why.empty()) reading.evidence += fmt::format(" ({})", why);
  }
  return reading;
}

Sighting judge_domain(const timebomb::Domain& domain, const Told& told) {
  auto body = body_of(told, fmt::format("the registry of {}", domain.name));
  if (const auto* unread = std::get_if<Unread>(&body)) return *unread;
  auto read = read_rdap(std::get<std::string>(body));
  if (!read) {
    return Unread{fmt::format("the registry of {}: {}", domain.name, read.error().message)};
  }
  if (!read->name.empty() && to_lower(read->name) != domain.name) {
    return Unread{
        fmt::format("the registry of {} answered about {}", domain.name, printable(read->name))};
  }
  if (!read->expires) {
    return Unread{fmt::format("the registry does not say when {} ends", domain.name)};
  }
  Reading reading;
  reading.identity = fmt::format("{} {}", domain.name, day_text(*read->expires));
  reading.goes_off = read->expires;
  reading.evidence = fmt::format("{} is registered{}{} until {}", domain.name,
                                 read->registrar.empty() ? "" : " by ", read->registrar,
                                 format_instant(*read->expires));
  return reading;
}

wire::Request Outing::request(decltype(wire::Request::what) what) const {
  constexpr std::int64_t kMost = wire::kCourierDeadlineMsMax;
  const auto ms = setup_->config.timeout / std::chrono::milliseconds(1);
  return {0, static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 1, kMost)), std::move(what)};
}

wire::Request Outing::http_request(const std::string& url) const {
  wire::HttpErrand errand;
  errand.url = url;
  errand.headers.push_back({"Accept", "application/rdap+json, application/json"});
  errand.redirects_max = kRedirects;
  errand.keep_bytes = wire::kCourierBodyBytesMax;
  return request(std::move(errand));
}

Outing::Step Outing::begin() {
  if (const auto* domain = std::get_if<timebomb::Domain>(&setup_->config.target)) {
    if (!domain->rdap) return {{http_request(domain->bootstrap.value_or(kBootstrap))}, {}};
    knows_where_ = true;
    const std::string_view slash = domain->rdap->ends_with('/') ? "" : "/";
    return {{http_request(fmt::format("{}{}domain/{}", *domain->rdap, slash, domain->name))}, {}};
  }
  const auto& host = std::get<timebomb::Certificate>(setup_->config.target).host;
  if (is_address(host)) return ask_addresses({host});
  awaited_ = 2;
  return {{request(wire::DnsErrand{host, *dns_type("A"), {}}),
           request(wire::DnsErrand{host, *dns_type("AAAA"), {}})},
          {}};
}

// Without any the machine resolves the name in its own way, by /etc/hosts perhaps.
Outing::Step Outing::ask_addresses(std::vector<std::string> addresses) {
  knows_where_ = true;
  const auto& server = std::get<timebomb::Certificate>(setup_->config.target);
  if (addresses.empty()) addresses.emplace_back();
  if (addresses.size() > kAddressesMost) addresses.resize(kAddressesMost);
  Step step;
  for (std::string& address : addresses) {
    wire::TcpErrand errand;
    errand.host = server.host;
    errand.port = server.port;
    errand.route.address = std::move(address);
    wire::TlsWish tls;
    tls.verify = false;  // what is wrong with it is shown, and its dates all the same
    tls.server_name = server.server_name.value_or("");
    errand.tls = std::move(tls);
    errand.starttls = from_text<wire::StartTls>(server.starttls).value_or(wire::StartTls::kNone);
    errand.keep_bytes = 0;
    step.requests.push_back(request(std::move(errand)));
  }
  awaited_ = step.requests.size();
  return step;
}

Outing::Step Outing::addresses_told(const Told& told) {
  if (const auto* answer = std::get_if<wire::Answer>(&told.what)) {
    if (const auto* names = std::get_if<wire::DnsResult>(&answer->what)) {
      for (const wire::Record& record : names->records) {
        const bool is_one = record.type == *dns_type("A") || record.type == *dns_type("AAAA");
        if (is_one) addresses_.push_back(record.text);
      }
    }
  }
  if (--awaited_ > 0) return {};
  return ask_addresses(std::move(addresses_));
}

Outing::Step Outing::certificates_told(Told told) {
  told_.push_back(std::move(told));
  if (--awaited_ > 0) return {};
  return {{}, judge_server(std::get<timebomb::Certificate>(setup_->config.target), told_)};
}

Outing::Step Outing::domain_told(const timebomb::Domain& domain, const Told& told) {
  if (knows_where_) return {{}, judge_domain(domain, told)};
  knows_where_ = true;
  auto body = body_of(told, "the list of registries");
  if (const auto* unread = std::get_if<Unread>(&body)) return {{}, *unread};
  auto url = rdap_url(std::get<std::string>(body), domain.name);
  if (!url) return {{}, Unread{fmt::format("the list of registries: {}", url.error().message)}};
  return {{http_request(*url)}, {}};
}

Outing::Step Outing::answered(Told told) {
  if (const auto* domain = std::get_if<timebomb::Domain>(&setup_->config.target)) {
    return domain_told(*domain, told);
  }
  return knows_where_ ? certificates_told(std::move(told)) : addresses_told(told);
}

}  // namespace hammock::shell
