#include <algorithm>

#include "base/dns_words.h"
#include "base/json.h"
#include "base/text.h"
#include "base/variant.h"
#include "cli/table.h"
#include "cli/try.h"

namespace hammock::cli {
namespace {

constexpr std::size_t kLabelColumns = 12;
constexpr std::uint16_t kBadStatus = 400;
constexpr auto kSoon = std::chrono::hours(24 * 14);

std::string line(std::string_view label, std::string_view text) {
  return "  " + padded(label, kLabelColumns) + std::string(text) + "\n";
}

std::string phase(std::string_view label, const std::optional<Duration>& at,
                  std::string_view note = {}) {
  if (!at) return "";
  const std::string time = format_duration(
      *at < std::chrono::milliseconds(1) ? *at
                                         : std::chrono::round<std::chrono::milliseconds>(*at));
  return note.empty() ? line(label, time) : line(label, padded(time, 8) + std::string(note));
}

std::string date_of(Instant instant) {
  return format_instant(instant).substr(0, 10);
}

std::string validity(const wire::Certificate& certificate, Instant now, const Look& look) {
  std::string text = date_of(certificate.not_before) + " until " + date_of(certificate.not_after);
  if (certificate.not_after <= now) {
    return text + ", " +
           toned(look, Tone::kBad, "expired " + format_age(now - certificate.not_after) + " ago");
  }
  if (certificate.not_before > now) {
    return text + ", " +
           toned(look, Tone::kBad,
                 "not valid for another " + format_age(certificate.not_before - now));
  }
  const Duration left = certificate.not_after - now;
  const bool soon = left < kSoon;
  return text + ", " + toned(look, soon ? Tone::kUnsure : Tone::kPlain, format_age(left) + " left");
}

std::string chain_text(const wire::TlsFacts& tls, Instant now, const Look& look) {
  std::string text = "\n  certificates" +
                     std::string(tls.verified ? ", accepted"
                                              : ": " + toned(look, Tone::kBad, "not accepted: ") +
                                                    printable(tls.verify_error)) +
                     "\n";
  for (std::size_t i = 0; i < tls.chain.size(); ++i) {
    const wire::Certificate& one = tls.chain[i];
    text += "  " + std::to_string(i + 1) + " " +
            toned(look, Tone::kStrong, printable(one.subject)) + "\n";
    if (i == 0 && !one.names.empty())
      text += "    for     " + printable(join(one.names, ", ")) + "\n";
    text += "    from    " + printable(one.issuer) + "\n";
    text += "    valid   " + validity(one, now, look) + "\n";
    text += "    sha256  " + one.sha256 + "\n";
  }
  const bool is_cut = tls.chain.empty() || tls.chain.back().subject != tls.chain.back().issuer;
  if (is_cut && !tls.verified) {
    text += "    the chain ends here; the server sent " + std::to_string(tls.presented) +
            (tls.presented == 1 ? " certificate\n" : " certificates\n");
  }
  return text;
}

std::string records_text(const wire::DnsResult& dns) {
  std::string text;
  for (const wire::Record& record : dns.records) {
    text += "  " + padded(printable(record.name), 24) + " " +
            padded(dns_type_text(record.type), 6) + " " +
            padded_left(std::to_string(record.ttl_s), 6) + "  " + printable(record.text) + "\n";
  }
  return text;
}

std::string http_text(const wire::HttpResult& http, bool with_body) {
  std::string text;
  for (const wire::Hop& hop : http.hops)
    text += line("sent on", std::to_string(hop.status) + " to " + printable(hop.url));
  text += line("HTTP", http.version);
  text += line("body", std::to_string(http.body.size()) +
                           (http.body_is_whole ? " bytes" : " bytes, and there is more"));
  if (!with_body || http.body.empty()) return text;
  for (std::string_view one : split(http.body, '\n'))
    text += "  | " + printable(one) + "\n";
  return text;
}

std::string_view kind_of(const wire::Request& request) {
  return match(
      request.what, [](const wire::HttpErrand&) { return "http"; },
      [](const wire::TcpErrand& tcp) { return tcp.tls ? "tls" : "tcp"; },
      [](const wire::DnsErrand&) { return "dns"; });
}

void put_tls(JsonWriter& json, const wire::TlsFacts& tls) {
  json.object([&] {
    json.member("version", tls.version);
    json.member("cipher", tls.cipher);
    json.member("verified", tls.verified);
    json.member("verify_code", tls.verify_code);
    json.member("verify_error", tls.verify_error);
    json.member("presented", tls.presented);
    json.member("chain");
    json.array([&] {
      for (const wire::Certificate& one : tls.chain) {
        json.object([&] {
          json.member("subject", one.subject);
          json.member("issuer", one.issuer);
          json.member("names");
          json.array([&] {
            for (const std::string& name : one.names)
              json.value(name);
          });
          json.member("not_before", format_instant(one.not_before));
          json.member("not_after", format_instant(one.not_after));
          json.member("sha256", one.sha256);
        });
      }
    });
  });
}

void put_http(JsonWriter& json, const wire::HttpResult& http) {
  json.member("status", http.status);
  json.member("http_version", http.version);
  json.member("headers");
  json.array([&] {
    for (const wire::HttpHeader& header : http.headers) {
      json.object([&] {
        json.member("name", header.name);
        json.member("value", header.value);
      });
    }
  });
  json.member("body", http.body);
  json.member("body_is_whole", http.body_is_whole);
  json.member("hops");
  json.array([&] {
    for (const wire::Hop& hop : http.hops) {
      json.object([&] {
        json.member("status", hop.status);
        json.member("url", hop.url);
      });
    }
  });
}

void put_dns(JsonWriter& json, const wire::DnsResult& dns) {
  json.member("rcode", dns_rcode_text(dns.rcode));
  json.member("authoritative", dns.authoritative);
  json.member("records");
  json.array([&] {
    for (const wire::Record& record : dns.records) {
      json.object([&] {
        json.member("name", record.name);
        json.member("type", dns_type_text(record.type));
        json.member("ttl_s", record.ttl_s);
        json.member("text", record.text);
      });
    }
  });
}

void put_failed(JsonWriter& json, const wire::Failed& failed) {
  json.member("failed");
  json.object([&] {
    json.member("stage", text_of(failed.stage));
    json.member("reason", text_of(failed.reason));
    json.member("code", failed.code);
    json.member("message", failed.message);
  });
}

}  // namespace

TryVerdict verdict_of(const wire::Request& request, const wire::Answer& answer) {
  const std::string from = answer.remote.empty() ? "" : " from " + answer.remote;
  return match(
      answer.what,
      [&](const wire::HttpResult& http) {
        return TryVerdict{http.status < kBadStatus, "status " + std::to_string(http.status) + from};
      },
      [&](const wire::TcpResult&) {
        return TryVerdict{true, (answer.tls ? "TLS with " : "connected to ") + answer.remote};
      },
      [&](const wire::DnsResult& dns) {
        const auto* asked = std::get_if<wire::DnsErrand>(&request.what);
        if (dns.rcode != 0) return TryVerdict{false, dns_rcode_text(dns.rcode)};
        const std::string type = asked != nullptr ? dns_type_text(asked->type) + " " : "";
        if (dns.records.empty()) return TryVerdict{false, "there are no " + type + "records"};
        const std::size_t count = dns.records.size();
        return TryVerdict{true, std::to_string(count) + (count == 1 ? " record" : " records")};
      },
      [&](const wire::Failed& failed) { return TryVerdict{false, printable(failed.message)}; });
}

std::string render_try(const wire::Request& request, const wire::Answer& answer, bool with_body,
                       Instant now, const Look& look) {
  const TryVerdict verdict = verdict_of(request, answer);
  std::string text =
      toned(look, verdict.good ? Tone::kGood : Tone::kBad, verdict.good ? "✓" : "✗") + " " +
      verdict.sentence + "\n";
  const auto* failed = std::get_if<wire::Failed>(&answer.what);
  const bool dns = std::holds_alternative<wire::DnsErrand>(request.what);
  text += phase("resolved", answer.phases.resolved);
  text += phase("connected", answer.phases.connected, failed != nullptr ? answer.remote : "");
  text += phase("TLS", answer.phases.secured,
                answer.tls ? answer.tls->version + ", " + answer.tls->cipher : "");
  text += phase(dns ? "answer" : "first byte", answer.phases.first_byte);
  text += phase(failed != nullptr ? "given up" : "total", answer.phases.total);
  match(
      answer.what, [&](const wire::HttpResult& http) { text += http_text(http, with_body); },
      [&](const wire::TcpResult& tcp) {
        if (!tcp.received.empty()) text += line("received", printable(tcp.received));
      },
      [&](const wire::DnsResult& result) { text += records_text(result); },
      [&](const wire::Failed& it) {
        text += line("stage", text_of(it.stage));
        text += line("reason", text_of(it.reason));
      });
  if (answer.tls) text += chain_text(*answer.tls, now, look);
  return text;
}

std::string try_json(const wire::Request& request, const wire::Answer& answer) {
  const TryVerdict verdict = verdict_of(request, answer);
  JsonWriter json;
  json.object([&] {
    json.member("kind", kind_of(request));
    json.member("good", verdict.good);
    json.member("verdict", verdict.sentence);
    json.member("remote", answer.remote);
    json.member("phases_us");
    json.object([&] {
      auto put = [&](std::string_view name, const std::optional<Duration>& at) {
        json.member(name);
        if (at)
          json.value(at->count());
        else
          json.null();
      };
      put("resolved", answer.phases.resolved);
      put("connected", answer.phases.connected);
      put("secured", answer.phases.secured);
      put("first_byte", answer.phases.first_byte);
      put("total", answer.phases.total);
    });
    json.member("tls");
    if (answer.tls)
      put_tls(json, *answer.tls);
    else
      json.null();
    match(
        answer.what, [&](const wire::HttpResult& http) { put_http(json, http); },
        [&](const wire::TcpResult& tcp) { json.member("received", tcp.received); },
        [&](const wire::DnsResult& dns) { put_dns(json, dns); },
        [&](const wire::Failed& failed) { put_failed(json, failed); });
  });
  return json.text();
}

}  // namespace hammock::cli
