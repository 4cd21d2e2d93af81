#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <span>

#include "base/dns_words.h"
#include "base/text.h"
#include "base/variant.h"
#include "shell/dns_record.h"
#include "shell/json_pointer.h"
#include "shell/probe_errand.h"

namespace hammock::shell {
namespace {

using probe::Verdict;
using wire::ErrandStage;
using wire::Reason;

// Of what was expected.
std::string quote(std::string_view text) {
  std::size_t size = std::min(text.size(), kQuoteBytesMax);
  // Not within a character of UTF-8.
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;
  return "`" + printable(text.substr(0, size)) + (size < text.size() ? "…`" : "`");
}

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

// --- failures ---

// Numbers of c-ares, which are part of its ABI: a file of ours cannot be read, no memory.
constexpr std::array<std::int64_t, 2> kOurAresErrors = {14, 15};
// What the kernel says of this machine before anything was sent: descriptors, memory, and rules of
// ours that forbid it. EACCES is none of them, since a router may say so (ICMPv6), and neither is
// EADDRNOTAVAIL: a machine without IPv6 says it of the last address of a target whose other one is
// down. What may be the target's is counted against it.
constexpr std::array<std::int64_t, 6> kOurErrnos = {EMFILE,  ENFILE, ENOMEM,
                                                    ENOBUFS, EPERM,  EAFNOSUPPORT};

bool is_among(std::int64_t code, std::span<const std::int64_t> codes) {
  return std::ranges::find(codes, code) != codes.end();
}

bool says_nothing(const wire::Failed& failed) {
  switch (failed.reason) {
    case Reason::kBusy:
      return true;
    case Reason::kRefused:   // later it is the peer who sends us where the courier does not go
    case Reason::kDeadline:  // later it is the peer who is slow
      return failed.stage == ErrandStage::kAsked;
    case Reason::kSystem:
      return is_among(failed.code, kOurErrnos);
    case Reason::kNames:
      return is_among(failed.code, kOurAresErrors);
    case Reason::kBounds:
    case Reason::kCertificate:
    case Reason::kTls:
    case Reason::kHttp:
    case Reason::kPeer:
      return false;
  }
  return true;
}

// "connect to shop.example"; without a host "connect".
std::string attempt(ErrandStage stage, const std::string& host) {
  auto with = [&](std::string_view verb, std::string_view preposition) {
    std::string text(verb);
    if (host.empty()) return text;
    return text.append(preposition).append(host);
  };
  switch (stage) {
    case ErrandStage::kAsked:
      return with("ask", " ");
    case ErrandStage::kResolve:
      return with("resolve", " ");
    case ErrandStage::kConnect:
      return with("connect", " to ");
    case ErrandStage::kTls:
      return with("TLS", " with ");
    case ErrandStage::kSend:
      return with("send", " to ");
    case ErrandStage::kReceive:
      return with("receive", " from ");
  }
  return with("ask", " ");
}

Judged judged_failed(const wire::Failed& failed, Duration took, const std::string& host) {
  return {says_nothing(failed) ? Verdict::kUnknown : Verdict::kBad, took,
          attempt(failed.stage, host) + ": " + printable(failed.message)};
}

Judged judged_otherwise(Duration took) {
  return {Verdict::kUnknown, took, "the courier answered something else than it was asked"};
}

// --- results: what is wrong with them, as a sentence; nothing when all is well ---

using Complaint = std::optional<std::string>;

Complaint about_status(std::uint16_t status, const std::vector<probe::StatusRange>& ranges) {
  std::vector<std::string> texts;
  for (const auto& [first, last] : ranges) {
    if (first <= status && status <= last) return std::nullopt;
    texts.push_back(std::to_string(first) + (first == last ? "" : "–" + std::to_string(last)));
  }
  return "status " + std::to_string(status) + ", expected " + join(texts, ", ");
}

// A wish about a body of which only a part was read.
std::string undecided(std::string_view wish, std::size_t bytes) {
  std::string text("whether ");
  text += wish;
  return text + " cannot be told: only the first " + std::to_string(bytes) +
         " bytes of the body were read";
}

Complaint about_text(const probe::Http& wished, const wire::HttpResult& http) {
  const std::size_t size = http.body.size();
  if (wished.contains && http.body.find(*wished.contains) == std::string::npos) {
    const std::string text = quote(*wished.contains);
    if (!http.body_is_whole) return undecided("the body contains " + text, size);
    return "the body does not contain " + text + ", as it should";
  }
  if (!wished.lacks) return std::nullopt;
  const std::string text = quote(*wished.lacks);
  if (http.body.find(*wished.lacks) != std::string::npos) {
    return "the body contains " + text + ", as it should not";
  }
  if (!http.body_is_whole) return undecided("the body lacks " + text, size);
  return std::nullopt;
}

Complaint about_json(const std::vector<probe::JsonWish>& wishes, const wire::HttpResult& http) {
  if (wishes.empty()) return std::nullopt;
  if (!http.body_is_whole) {
    return undecided(
        "the body has " + quote(wishes.front().value) + " at " + quote(wishes.front().pointer),
        http.body.size());
  }
  auto body = parse_json(http.body, kBodyMembersMax);
  if (!body) return "the body is no JSON that can be judged: " + body.error().message;
  for (const probe::JsonWish& wish : wishes) {
    const Json* found = find_at(*body, wish.pointer);
    const auto expected = parse_json(wish.value);
    if (found != nullptr && expected && is_same(*found, *expected)) continue;
    return "the body has " + std::string(found == nullptr ? "nothing" : "something else") + " at " +
           quote(wish.pointer) + ", expected " + quote(wish.value);
  }
  return std::nullopt;
}

Complaint about(const probe::Http& wished, const wire::HttpResult& http) {
  if (auto complaint = about_status(http.status, wished.status)) return complaint;
  if (auto complaint = about_text(wished, http)) return complaint;
  return about_json(wished.json, http);
}

Complaint about(const probe::Dns& wished, const std::vector<std::string_view>& records,
                std::uint8_t rcode) {
  const std::string type = to_upper(wished.type);
  if (rcode != 0) {
    return dns_rcode_text(rcode) + ", expected " + type + " records of " + printable(wished.name);
  }
  if (records.empty()) return printable(wished.name) + " has no " + type + " records";
  for (const std::string& wish : wished.records) {
    const bool is_there = std::ranges::any_of(records, [&](std::string_view record) {
      return is_same_record(*dns_type(wished.type), record, wish);
    });
    if (is_there) continue;
    return quote(wish) + " is not among the " + counted(records.size(), type + " record") + " of " +
           printable(wished.name);
  }
  return std::nullopt;
}

// With its port, if the URL names one; nothing else of the URL.
std::string host_of(const probe::Target& target) {
  return match(
      target,
      [](const probe::Http& http) {
        const std::size_t scheme = http.url.find("://");
        std::string rest = http.url.substr(scheme == std::string::npos ? 0 : scheme + 3);
        rest.resize(std::min(rest.size(), rest.find_first_of("/?#")));
        return printable(rest.substr(rest.rfind('@') + 1));  // 0 where there is none
      },
      [](const probe::Tcp& tcp) { return printable(tcp.host); },
      [](const probe::Dns& dns) { return printable(dns.name); },
      [](const probe::Command&) { return std::string(); });
}

Judged weighed(const probe::Config& config, Duration took, Complaint complaint, std::string seen) {
  if (complaint) return {Verdict::kBad, took, *std::move(complaint)};
  if (!config.within || took <= *config.within) return {Verdict::kGood, took, std::move(seen)};
  using std::chrono::milliseconds;
  const auto ms = [](milliseconds time) { return std::to_string(time.count()) + "ms"; };
  return {Verdict::kBad, took,
          seen + ", but it took " + ms(std::chrono::ceil<milliseconds>(took)) +
              ", expected within " + ms(std::chrono::floor<milliseconds>(*config.within))};
}

Judged judged_result(const probe::Config& config, const wire::Answer& answer) {
  const Duration took = answer.phases.total;
  return match(
      config.target,
      [&](const probe::Http& wished) {
        const auto* http = std::get_if<wire::HttpResult>(&answer.what);
        if (http == nullptr) return judged_otherwise(took);
        return weighed(config, took, about(wished, *http),
                       "status " + std::to_string(http->status));
      },
      [&](const probe::Tcp&) {
        if (!std::holds_alternative<wire::TcpResult>(answer.what)) return judged_otherwise(took);
        return weighed(config, took, std::nullopt, "connected");
      },
      [&](const probe::Dns& wished) {
        const auto* dns = std::get_if<wire::DnsResult>(&answer.what);
        if (dns == nullptr) return judged_otherwise(took);
        constexpr std::uint16_t kAnyType = 255;
        const auto type = dns_type(wished.type);
        std::vector<std::string_view> records;
        for (const wire::Record& record : dns->records) {
          if (type == record.type || type == kAnyType) records.push_back(record.text);
        }
        return weighed(config, took, about(wished, records, dns->rcode),
                       counted(records.size(), "record"));
      },
      [&](const probe::Command&) { return judged_otherwise(took); });
}

// `answered` judges an answer.
template <class Answered>
Judged judged(const Told& told, Answered answered) {
  return match(
      told.what,
      [](const Unanswered& unanswered) {
        return Judged{Verdict::kUnknown, Duration::zero(), unanswered.why};
      },
      answered);
}

}  // namespace

Judged judge(const probe::Setup& setup, const Told& told) {
  return judged(told, [&](const wire::Answer& answer) {
    const auto* failed = std::get_if<wire::Failed>(&answer.what);
    if (failed == nullptr) return judged_result(setup.config, answer);
    return judged_failed(*failed, answer.phases.total, host_of(setup.config.target));
  });
}

Judged judge_witness(const Told& told) {
  return judged(told, [](const wire::Answer& answer) {
    const Duration took = answer.phases.total;
    if (const auto* failed = std::get_if<wire::Failed>(&answer.what)) {
      return judged_failed(*failed, took, "");
    }
    if (!std::holds_alternative<wire::TcpResult>(answer.what)) return judged_otherwise(took);
    return Judged{Verdict::kGood, took, "connected"};
  });
}

}  // namespace hammock::shell
