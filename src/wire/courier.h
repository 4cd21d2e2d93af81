// What the brain and the courier say to each other. docs/formats/courier.md is its page.
//
// The courier goes out into the network for the brain: it is asked a Request and gives one Answer
// to it, in any order, matched by `id`. It remembers nothing: an answer that never came, because
// the courier was killed, is asked for again from the next one. A request may be cancelled; then no
// answer comes, unless it was already on its way.
//
// Every request carries its deadline and says how much of the answer it wants to see. What comes
// back says how far it got (Phases), whom it met (remote, tls), and either a result or why there is
// none (Failed). A result is what was seen; whether it is good is for the brain to judge: a status
// 500 and an NXDOMAIN are results.
//
// The wire: frames over a SOCK_STREAM pair, the courier's end on descriptor 3. Each frame is a
// length and a version, both 32 bits, and a payload; numbers are little-endian. Whatever breaks a
// bound below is no frame: the side that reads it ends the link.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/words.h"

namespace hammock::wire {

inline constexpr std::uint32_t kCourierVersion = 2;
inline constexpr int kCourierFd = 3;

inline constexpr std::size_t kCourierFrameBytesMax = 4 << 20;  // of the payload
inline constexpr std::size_t kCourierNameBytesMax = 255;   // hosts, methods, addresses, DNS names
inline constexpr std::size_t kCourierTextBytesMax = 2048;  // messages, subjects of certificates
inline constexpr std::size_t kCourierUrlBytesMax = 8192;
inline constexpr std::size_t kCourierHeadersMax = 256;
inline constexpr std::size_t kCourierHeaderBytesMax = 16 << 10;   // of one value
inline constexpr std::size_t kCourierHeadersBytesMax = 64 << 10;  // of all of an answer
inline constexpr std::size_t kCourierBodyBytesMax = 1 << 20;      // sent, and kept
inline constexpr std::size_t kCourierCaBytesMax = 1 << 20;
inline constexpr std::size_t kCourierRedirectsMax = 20;
inline constexpr std::size_t kCourierResolversMax = 8;
inline constexpr std::size_t kCourierChainMax = 16;     // certificates
inline constexpr std::size_t kCourierNamesMax = 100;    // of one certificate
inline constexpr std::size_t kCourierRecordsMax = 256;  // of one DNS answer
inline constexpr std::uint32_t kCourierDeadlineMsMax = 10 * 60 * 1000;
// Requests in flight, and the bytes that they may keep altogether. What is beyond is answered
// Failed with Reason::kBusy at once.
inline constexpr std::size_t kCourierInFlightMax = 1024;
inline constexpr std::size_t kCourierKeptBytesMax = 64 << 20;

enum class Family : std::uint8_t { kAny = 0, kV4 = 4, kV6 = 6 };

// How a name becomes an address. Everything is optional: as the machine resolves it.
struct Route {
  Family family = Family::kAny;
  std::string address;                 // an IP address to connect to, instead of asking for one
  std::vector<std::string> resolvers;  // "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53": ask
                                       // these alone, without /etc/hosts
  friend bool operator==(const Route&, const Route&) = default;
};

struct TlsWish {
  bool verify = true;       // false: look, report, and go on
  std::string ca;           // PEM: trust these alone; empty: what the machine trusts
  std::string server_name;  // for SNI and for the check of names; empty: the host of the request
  friend bool operator==(const TlsWish&, const TlsWish&) = default;
};

struct HttpHeader {
  std::string name;
  std::string value;
  friend bool operator==(const HttpHeader&, const HttpHeader&) = default;
};

// One HTTP request, over a fresh connection. Redirects are followed as RFC 9110 says; the headers
// given here, but Accept, Accept-Language and User-Agent, and the body go to the first origin only.
struct HttpErrand {
  std::string method = "GET";
  std::string url;  // http or https, without user information
  std::vector<HttpHeader> headers;
  std::string body;
  Route route;  // `address` is that of the first origin
  TlsWish tls;
  std::uint32_t redirects_max = 0;  // 0: the redirect itself is the answer
  std::uint32_t keep_bytes = 0;     // of the body; reading ends there
  friend bool operator==(const HttpErrand&, const HttpErrand&) = default;
};

// In whose words the server is asked to go on in TLS; kNone: it is TLS from the first byte.
enum class StartTls : std::uint8_t { kNone = 0, kSmtp, kImap, kPop3, kPostgres };

// One TCP connection; with TLS when `tls` is there, which `starttls` needs. `send` is sent, then it
// is read until `expect` was seen. Without `expect` nothing is read.
struct TcpErrand {
  std::string host;
  std::uint16_t port = 0;
  Route route;
  std::optional<TlsWish> tls;
  std::string send;
  std::string expect;
  std::uint32_t keep_bytes = 4096;  // of what was read; `expect` must come within them
  StartTls starttls = StartTls::kNone;
  friend bool operator==(const TcpErrand&, const TcpErrand&) = default;
};

// One question to the name servers; a truncated answer is asked for again over TCP.
struct DnsErrand {
  std::string name;
  std::uint16_t type = 1;              // as IANA numbers them: 1 = A
  std::vector<std::string> resolvers;  // as in Route; empty: those of the machine
  friend bool operator==(const DnsErrand&, const DnsErrand&) = default;
};

struct Request {
  std::uint64_t id = 0;         // of the asker's choosing; not that of another in flight
  std::uint32_t within_ms = 0;  // from its receipt: 1 … kCourierDeadlineMsMax
  std::variant<HttpErrand, TcpErrand, DnsErrand> what;
  friend bool operator==(const Request&, const Request&) = default;
};
struct Cancel {
  std::uint64_t id = 0;
  friend bool operator==(const Cancel&, const Cancel&) = default;
};
using CourierOrder = std::variant<Request, Cancel>;

// When it got how far, counted from the receipt of the request; of the last of several redirects.
struct Phases {
  std::optional<Duration> resolved;
  std::optional<Duration> connected;
  std::optional<Duration> secured;  // TLS
  std::optional<Duration> first_byte;
  Duration total{};
  friend bool operator==(const Phases&, const Phases&) = default;
};

struct Certificate {
  std::string subject;  // RFC 2253, for people
  std::string issuer;
  std::vector<std::string> names;  // DNS names and IP addresses that it stands for
  Instant not_before;
  Instant not_after;
  std::string sha256;  // of the certificate: 64 lower-case hexadecimal digits
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

struct TlsFacts {
  std::string version;             // "TLSv1.3"; empty when the handshake did not end
  std::string cipher;              // the same
  std::vector<Certificate> chain;  // the best that could be built: the leaf first, at last the root
  std::uint32_t presented = 0;     // how many certificates the server sent
  bool verified = false;           // chain, dates and name
  std::int32_t verify_code = 0;    // X509_V_ERR_…
  std::string verify_error;        // empty when verified
  friend bool operator==(const TlsFacts&, const TlsFacts&) = default;
};

struct Hop {
  std::uint16_t status = 0;
  std::string url;  // where it sent us
  friend bool operator==(const Hop&, const Hop&) = default;
};

struct HttpResult {
  std::uint16_t status = 0;
  std::string version;  // "1.1", "2"
  std::vector<HttpHeader> headers;
  std::string body;  // the first keep_bytes
  bool body_is_whole = true;
  std::vector<Hop> hops;
  friend bool operator==(const HttpResult&, const HttpResult&) = default;
};

struct TcpResult {
  std::string received;  // up to and with `expect`, and what came in the same packet
  friend bool operator==(const TcpResult&, const TcpResult&) = default;
};

struct Record {
  std::string name;
  std::uint16_t type = 0;
  std::uint32_t ttl_s = 0;
  std::string text;  // as in a zone file (RFC 1035, 5.1), "\# 2 abcd" for unknown types (RFC 3597)
  friend bool operator==(const Record&, const Record&) = default;
};

struct DnsResult {
  std::uint8_t rcode = 0;  // 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED …
  bool authoritative = false;
  std::vector<Record> records;  // the answer section
  friend bool operator==(const DnsResult&, const DnsResult&) = default;
};

// Where it failed …
enum class ErrandStage : std::uint8_t { kAsked = 0, kResolve, kConnect, kTls, kSend, kReceive };
// … and why; what `code` is then.
enum class Reason : std::uint8_t {
  kDeadline = 0,  // the request's own; 0
  kBounds,        // the peer sent more than may be; 0
  kRefused,       // by the courier: the request asks for what it does not do; 0
  kBusy,          // too many requests in flight: ask again later; 0
  kSystem,        // errno
  kNames,         // the name has no such address, or no server told; ARES_E…
  kCertificate,   // the certificate was not accepted; X509_V_ERR_…
  kTls,           // the handshake failed otherwise; OpenSSL's code
  kHttp,          // the peer does not speak HTTP as it should; CURLE_…
  kPeer,          // the peer closed the connection before it was time; 0
};

struct Failed {
  ErrandStage stage = ErrandStage::kAsked;
  Reason reason = Reason::kDeadline;
  std::int64_t code = 0;
  std::string message;  // a sentence for people; of a URL it names the host alone
  friend bool operator==(const Failed&, const Failed&) = default;
};

struct Answer {
  std::uint64_t id = 0;
  Phases phases;
  std::string remote;  // "192.0.2.1:443", "[2001:db8::1]:443"; empty when nobody was reached
  std::optional<TlsFacts> tls;
  std::variant<HttpResult, TcpResult, DnsResult, Failed> what;
  friend bool operator==(const Answer&, const Answer&) = default;
};

constexpr auto words(StartTls) {
  return std::to_array<Words<StartTls>>({{StartTls::kNone, "none"},
                                         {StartTls::kSmtp, "smtp"},
                                         {StartTls::kImap, "imap"},
                                         {StartTls::kPop3, "pop3"},
                                         {StartTls::kPostgres, "postgres"}});
}
constexpr auto words(ErrandStage) {
  return std::to_array<Words<ErrandStage>>({{ErrandStage::kAsked, "asked"},
                                            {ErrandStage::kResolve, "resolve"},
                                            {ErrandStage::kConnect, "connect"},
                                            {ErrandStage::kTls, "tls"},
                                            {ErrandStage::kSend, "send"},
                                            {ErrandStage::kReceive, "receive"}});
}
constexpr auto words(Reason) {
  return std::to_array<Words<Reason>>({{Reason::kDeadline, "deadline"},
                                       {Reason::kBounds, "bounds"},
                                       {Reason::kRefused, "refused"},
                                       {Reason::kBusy, "busy"},
                                       {Reason::kSystem, "system"},
                                       {Reason::kNames, "names"},
                                       {Reason::kCertificate, "certificate"},
                                       {Reason::kTls, "tls"},
                                       {Reason::kHttp, "http"},
                                       {Reason::kPeer, "peer"}});
}

// What a request counts for against kCourierKeptBytesMax.
std::size_t kept_bytes(const Request& request);

// A whole frame; kInvalid names the field that is longer than it may be.
Result<std::string> encode_order(const CourierOrder& order);
Result<std::string> encode_answer(const Answer& answer);
// Of a frame's payload; kCorrupt.
Result<CourierOrder> decode_order(std::string_view payload);
Result<Answer> decode_answer(std::string_view payload);

// Bytes of a stream, cut into payloads.
class Frames {
 public:
  void feed(std::string_view bytes) { bytes_.append(bytes); }
  // The next payload, nothing while it is not there whole; it lives until the next call of
  // anything. kCorrupt when what comes next is no frame of this version.
  Result<std::optional<std::string_view>> next();
  std::size_t waiting() const { return bytes_.size() - taken_; }

 private:
  std::string bytes_;
  std::size_t taken_ = 0;
};

}  // namespace hammock::wire
