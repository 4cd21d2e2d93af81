#include "wire/courier.h"

#include <concepts>
#include <cstring>
#include <type_traits>

#include "base/variant.h"

namespace hammock::wire {
namespace {

constexpr std::size_t kHeadBytes = 8;

template <class T>
concept Number = std::integral<T> || std::is_enum_v<T>;

// Both take a value apart in the same order, so that what fields() says holds for either way.
class Writer {
 public:
  template <class T>
  using As = const T;

  template <Number T>
  void number(T value) {
    auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bytes_ += static_cast<char>(bits >> (8 * i) & 0xff);
  }
  void flag(bool value) { number(static_cast<std::uint8_t>(value)); }
  template <Number T>
  void choice(T value, T /*last*/) {
    number(value);
  }
  void time(Duration value) { number(value.count()); }
  void time(Instant value) { time(value.time_since_epoch()); }
  void text(const std::string& value, std::size_t bytes_max, std::string_view what) {
    check(value.size(), bytes_max, what);
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  template <class T, class Each>
  void list(const std::vector<T>& values, std::size_t max, std::string_view what, Each each) {
    check(values.size(), max, what);
    number(static_cast<std::uint32_t>(values.size()));
    for (const T& value : values)
      each(value);
  }
  template <class T, class Each>
  void maybe(const std::optional<T>& value, Each each) {
    flag(value.has_value());
    if (value) each(*value);
  }
  template <class... Ts, class Each>
  void one_of(const std::variant<Ts...>& value, Each each) {
    number(static_cast<std::uint8_t>(value.index()));
    std::visit(each, value);
  }
  // The frame.
  Result<std::string> finish() {
    check(bytes_.size(), kCourierFrameBytesMax, "the whole of it");
    if (!problem_.empty()) return fail(ErrorCode::kInvalid, problem_);
    Writer head;
    head.number(static_cast<std::uint32_t>(bytes_.size()));
    head.number(kCourierVersion);
    return std::move(head.bytes_) + bytes_;
  }

 private:
  void check(std::size_t size, std::size_t max, std::string_view what) {
    if (size <= max || !problem_.empty()) return;
    problem_ = what;
    problem_ += " is too long for the courier: " + std::to_string(size) + ", at most ";
    problem_ += std::to_string(max);
  }

  std::string bytes_;
  std::string problem_;
};

class Reader {
 public:
  template <class T>
  using As = T;

  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <Number T>
  void number(T& value) {
    std::uint64_t bits = 0;
    if (!has(sizeof(T))) return;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bits |= std::uint64_t{static_cast<unsigned char>(bytes_[i])} << (8 * i);
    bytes_.remove_prefix(sizeof(T));
    value = static_cast<T>(bits);
  }
  void flag(bool& value) {
    std::uint8_t bit = 0;
    number(bit);
    whole_ = whole_ && bit <= 1;
    value = bit == 1;
  }
  // An enumerator from 0 to `last`.
  template <Number T>
  void choice(T& value, T last) {
    number(value);
    whole_ = whole_ && value <= last;
  }
  void time(Duration& value) {
    Duration::rep count = 0;
    number(count);
    value = Duration(count);
  }
  void time(Instant& value) {
    Duration since{};
    time(since);
    value = Instant(since);
  }
  void text(std::string& value, std::size_t bytes_max, std::string_view /*what*/) {
    std::size_t size = count(bytes_max);
    if (!has(size)) return;
    value.assign(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
  }
  template <class T, class Each>
  void list(std::vector<T>& values, std::size_t max, std::string_view /*what*/, Each each) {
    std::size_t size = count(max);
    for (std::size_t i = 0; i < size && whole_; ++i)
      each(values.emplace_back());
  }
  template <class T, class Each>
  void maybe(std::optional<T>& value, Each each) {
    bool there = false;
    flag(there);
    if (there && whole_) each(value.emplace());
  }
  template <class... Ts, class Each>
  void one_of(std::variant<Ts...>& value, Each each) {
    std::uint8_t index = 0;
    number(index);
    whole_ = whole_ && index < sizeof...(Ts);
    if (!whole_) return;
    std::size_t at = 0;
    (void)((at++ == index ? (each(value.template emplace<Ts>()), true) : false) || ...);
  }
  bool is_whole() const { return whole_ && bytes_.empty(); }

 private:
  bool has(std::size_t size) {
    whole_ = whole_ && size <= bytes_.size();
    return whole_;
  }
  std::size_t count(std::size_t max) {
    std::uint32_t size = 0;
    number(size);
    whole_ = whole_ && size <= max;
    return whole_ ? size : 0;
  }

  std::string_view bytes_;
  bool whole_ = true;
};

template <class V>
void names(V& v, typename V::template As<std::vector<std::string>>& list, std::size_t max,
           std::string_view what) {
  v.list(list, max, what, [&](auto& name) { v.text(name, kCourierNameBytesMax, what); });
}

template <class V>
void headers(V& v, typename V::template As<std::vector<HttpHeader>>& list) {
  v.list(list, kCourierHeadersMax, "the list of headers", [&](auto& header) {
    v.text(header.name, kCourierNameBytesMax, "the name of a header");
    v.text(header.value, kCourierHeaderBytesMax, "a header");
  });
}

template <class V>
void fields(V& v, typename V::template As<Route>& route) {
  v.choice(route.family, Family::kV6);
  v.text(route.address, kCourierNameBytesMax, "the address");
  names(v, route.resolvers, kCourierResolversMax, "the list of resolvers");
}

template <class V>
void fields(V& v, typename V::template As<TlsWish>& tls) {
  v.flag(tls.verify);
  v.text(tls.ca, kCourierCaBytesMax, "the CA file");
  v.text(tls.server_name, kCourierNameBytesMax, "the server name");
}

template <class V>
void fields(V& v, typename V::template As<HttpErrand>& http) {
  v.text(http.method, kCourierNameBytesMax, "the method");
  v.text(http.url, kCourierUrlBytesMax, "the URL");
  headers(v, http.headers);
  v.text(http.body, kCourierBodyBytesMax, "the body");
  fields(v, http.route);
  fields(v, http.tls);
  v.number(http.redirects_max);
  v.number(http.keep_bytes);
}

template <class V>
void fields(V& v, typename V::template As<TcpErrand>& tcp) {
  v.text(tcp.host, kCourierNameBytesMax, "the host");
  v.number(tcp.port);
  fields(v, tcp.route);
  v.maybe(tcp.tls, [&](auto& tls) { fields(v, tls); });
  v.text(tcp.send, kCourierBodyBytesMax, "what is sent");
  v.text(tcp.expect, kCourierTextBytesMax, "what is expected");
  v.number(tcp.keep_bytes);
  v.choice(tcp.starttls, StartTls::kPostgres);
}

template <class V>
void fields(V& v, typename V::template As<DnsErrand>& dns) {
  v.text(dns.name, kCourierNameBytesMax, "the name");
  v.number(dns.type);
  names(v, dns.resolvers, kCourierResolversMax, "the list of resolvers");
}

template <class V>
void fields(V& v, typename V::template As<Request>& request) {
  v.number(request.id);
  v.number(request.within_ms);
  v.one_of(request.what, [&](auto& what) { fields(v, what); });
}

template <class V>
void fields(V& v, typename V::template As<Cancel>& cancel) {
  v.number(cancel.id);
}

template <class V>
void fields(V& v, typename V::template As<Phases>& phases) {
  for (auto* phase : {&phases.resolved, &phases.connected, &phases.secured, &phases.first_byte})
    v.maybe(*phase, [&](auto& time) { v.time(time); });
  v.time(phases.total);
}

template <class V>
void fields(V& v, typename V::template As<Certificate>& certificate) {
  v.text(certificate.subject, kCourierTextBytesMax, "the subject");
  v.text(certificate.issuer, kCourierTextBytesMax, "the issuer");
  names(v, certificate.names, kCourierNamesMax, "the list of names");
  v.time(certificate.not_before);
  v.time(certificate.not_after);
  v.text(certificate.sha256, kCourierNameBytesMax, "the fingerprint");
}

template <class V>
void fields(V& v, typename V::template As<TlsFacts>& tls) {
  v.text(tls.version, kCourierNameBytesMax, "the version of TLS");
  v.text(tls.cipher, kCourierNameBytesMax, "the cipher");
  v.list(tls.chain, kCourierChainMax, "the chain", [&](auto& one) { fields(v, one); });
  v.number(tls.presented);
  v.flag(tls.verified);
  v.number(tls.verify_code);
  v.text(tls.verify_error, kCourierTextBytesMax, "the error");
}

template <class V>
void fields(V& v, typename V::template As<HttpResult>& http) {
  v.number(http.status);
  v.text(http.version, kCourierNameBytesMax, "the version of HTTP");
  headers(v, http.headers);
  v.text(http.body, kCourierBodyBytesMax, "the body");
  v.flag(http.body_is_whole);
  v.list(http.hops, kCourierRedirectsMax, "the list of redirects", [&](auto& hop) {
    v.number(hop.status);
    v.text(hop.url, kCourierUrlBytesMax, "the URL");
  });
}

template <class V>
void fields(V& v, typename V::template As<TcpResult>& tcp) {
  v.text(tcp.received, kCourierBodyBytesMax, "what was received");
}

template <class V>
void fields(V& v, typename V::template As<DnsResult>& dns) {
  v.number(dns.rcode);
  v.flag(dns.authoritative);
  v.list(dns.records, kCourierRecordsMax, "the list of records", [&](auto& record) {
    v.text(record.name, kCourierTextBytesMax, "the name of a record");
    v.number(record.type);
    v.number(record.ttl_s);
    v.text(record.text, kCourierHeaderBytesMax, "a record");
  });
}

template <class V>
void fields(V& v, typename V::template As<Failed>& failed) {
  v.choice(failed.stage, ErrandStage::kReceive);
  v.choice(failed.reason, Reason::kPeer);
  v.number(failed.code);
  v.text(failed.message, kCourierTextBytesMax, "the message");
}

template <class V>
void fields(V& v, typename V::template As<Answer>& answer) {
  v.number(answer.id);
  fields(v, answer.phases);
  v.text(answer.remote, kCourierNameBytesMax, "the remote address");
  v.maybe(answer.tls, [&](auto& tls) { fields(v, tls); });
  v.one_of(answer.what, [&](auto& what) { fields(v, what); });
}

bool is_sound(const Request& request) {
  const Route* route = nullptr;
  bool keeps = true;
  match(
      request.what,
      [&](const HttpErrand& http) {
        route = &http.route;
        keeps =
            http.keep_bytes <= kCourierBodyBytesMax && http.redirects_max <= kCourierRedirectsMax;
      },
      [&](const TcpErrand& tcp) {
        route = &tcp.route;
        keeps = tcp.keep_bytes <= kCourierBodyBytesMax;
      },
      [](const DnsErrand&) {});
  const bool family = route == nullptr || route->family == Family::kAny ||
                      route->family == Family::kV4 || route->family == Family::kV6;
  return family && keeps && request.within_ms > 0 && request.within_ms <= kCourierDeadlineMsMax;
}

}  // namespace

std::size_t kept_bytes(const Request& request) {
  return match(
      request.what,
      [](const HttpErrand& http) {
        return http.keep_bytes + http.body.size() + http.tls.ca.size();
      },
      [](const TcpErrand& tcp) {
        return tcp.keep_bytes + tcp.send.size() + (tcp.tls ? tcp.tls->ca.size() : 0);
      },
      [](const DnsErrand&) { return std::size_t{0}; });
}

Result<std::string> encode_order(const CourierOrder& order) {
  if (const auto* request = std::get_if<Request>(&order); request && !is_sound(*request)) {
    return fail(ErrorCode::kInvalid, "a request has a number that is out of bounds");
  }
  Writer writer;
  writer.one_of(order, [&](auto& what) { fields(writer, what); });
  return writer.finish();
}

Result<std::string> encode_answer(const Answer& answer) {
  Writer writer;
  fields(writer, answer);
  return writer.finish();
}

Result<CourierOrder> decode_order(std::string_view payload) {
  Reader reader(payload);
  CourierOrder order;
  reader.one_of(order, [&](auto& what) { fields(reader, what); });
  const auto* request = std::get_if<Request>(&order);
  if (!reader.is_whole() || (request != nullptr && !is_sound(*request))) {
    return fail(ErrorCode::kCorrupt, "an order to the courier is damaged");
  }
  return order;
}

Result<Answer> decode_answer(std::string_view payload) {
  Reader reader(payload);
  Answer answer;
  fields(reader, answer);
  if (!reader.is_whole()) return fail(ErrorCode::kCorrupt, "an answer of the courier is damaged");
  return answer;
}

Result<std::optional<std::string_view>> Frames::next() {
  // What was taken is dropped once it is worth a move of the rest.
  if (taken_ == bytes_.size() || taken_ > bytes_.size() / 2) {
    bytes_.erase(0, taken_);
    taken_ = 0;
  }
  const std::string_view rest = std::string_view(bytes_).substr(taken_);
  if (rest.size() < kHeadBytes) return std::nullopt;
  std::uint32_t size = 0;
  std::uint32_t version = 0;
  Reader head(rest.substr(0, kHeadBytes));
  head.number(size);
  head.number(version);
  if (version != kCourierVersion) {
    return fail(ErrorCode::kCorrupt, "the other end speaks version " + std::to_string(version) +
                                         " of the courier's wire, not " +
                                         std::to_string(kCourierVersion));
  }
  if (size > kCourierFrameBytesMax) {
    return fail(ErrorCode::kCorrupt, "a frame of " + std::to_string(size) + " bytes");
  }
  if (rest.size() < kHeadBytes + size) return std::nullopt;
  taken_ += kHeadBytes + size;
  return rest.substr(kHeadBytes, size);
}

}  // namespace hammock::wire
