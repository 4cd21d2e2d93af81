#include "courier/http.h"

#include <curl/curl.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/text.h"
#include "courier/address.h"
#include "courier/http_rules.h"
#include "courier/resolve.h"
#include "courier/tls.h"

namespace hammock::courier {
namespace {

using wire::ErrandStage;
using wire::Failed;
using wire::Reason;

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};
using Easy = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using Share = std::unique_ptr<CURLSH, Freed<curl_share_cleanup>>;
using Url = std::unique_ptr<CURLU, Freed<curl_url_cleanup>>;

struct TextList {
  TextList() = default;
  TextList(const TextList&) = delete;
  TextList& operator=(const TextList&) = delete;
  ~TextList() { curl_slist_free_all(list); }
  void add(const std::string& text) { list = curl_slist_append(list, text.c_str()); }
  curl_slist* list = nullptr;
};

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

// The origin, or what is wrong with the URL, without repeating it: it may hold secrets.
std::expected<Origin, std::string> parse_url(const std::string& text) {
  Url url(curl_url());
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
  if (code != CURLUE_OK || text.find('\0') != std::string::npos) {
    return std::unexpected(std::string("it is not a URL: ") + curl_url_strerror(code));
  }
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return std::unexpected("the courier speaks http and https, not `" + printable(scheme) + "`");
  }
  if (!part_of(url.get(), CURLUPART_USER).empty() ||
      !part_of(url.get(), CURLUPART_PASSWORD).empty()) {
    return std::unexpected(
        std::string("the URL holds a user or a password; send a header Authorization instead"));
  }
  Origin origin;
  origin.secure = scheme == "https";
  origin.host = part_of(url.get(), CURLUPART_HOST, CURLU_PUNYCODE);
  if (origin.host.starts_with('[')) origin.host = origin.host.substr(1, origin.host.size() - 2);
  if (origin.host.empty() || origin.host.size() > wire::kCourierNameBytesMax) {
    return std::unexpected(std::string("its host is none"));
  }
  const auto port = parse_decimal(part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT));
  if (!port || *port == 0 || *port > 65535) {
    return std::unexpected(std::string("its port is none"));
  }
  origin.port = static_cast<std::uint16_t>(*port);
  return origin;
}

}  // namespace

struct Web::Parts {
  explicit Parts(Loop& its_loop) : loop(its_loop) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    HAMMOCK_ASSERT(multi != nullptr);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    curl_multi_cleanup(multi);
    loop.cancel(timer);
  }

  static int socket_changed(CURL* /*easy*/, curl_socket_t fd, int what, void* argument,
                            void* /*socket*/) {
    auto& self = *static_cast<Parts*>(argument);
    if (what == CURL_POLL_REMOVE) {
      self.loop.unwatch(fd);
      return 0;
    }
    const std::uint32_t events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
    self.loop.watch(fd, events, [&self, fd](std::uint32_t happened) {
      const unsigned bits = ((happened & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0U) |
                            ((happened & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0U) |
                            ((happened & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0U);
      self.act(fd, static_cast<int>(bits));
    });
    return 0;
  }
  static int timer_changed(CURLM* /*multi*/, long ms, void* argument) {
    auto& self = *static_cast<Parts*>(argument);
    self.loop.cancel(self.timer);
    if (ms < 0) return 0;
    self.timer = self.loop.at(self.loop.now() + std::chrono::milliseconds(ms),
                              [&self] { self.act(CURL_SOCKET_TIMEOUT, 0); });
    return 0;
  }
  void act(curl_socket_t fd, int events);

  Loop& loop;
  CURLM* multi = nullptr;
  Loop::TimerId timer = 0;
};

Web::Web(Loop& loop) : parts_(std::make_unique<Parts>(loop)) {}
Web::~Web() = default;

struct HttpErrand::Parts {
  Parts(Loop& its_loop, Web::Parts& its_web, wire::HttpErrand its_wish, Times its_times,
        Done its_done)
      : loop(its_loop),
        web(its_web),
        wish(std::move(its_wish)),
        times(its_times),
        done(std::move(its_done)) {
    beginning = loop.soon([this] { begin(); });
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    loop.cancel(beginning);
    hang_up();
  }

  void begin();
  void resolve();
  void request(const Lookup::Addresses& addresses);
  void set_options(const std::vector<std::string>& addresses);
  void set_message();
  void set_tls();
  void ended(CURLcode code);
  void follow(const std::string& url);
  Failed failure(CURLcode code) const;
  Failed handshake_failure(CURLcode code, long error) const;
  void hang_up();
  void fail(Failed failed) { done(std::move(failed)); }
  std::size_t take_header(std::string_view line);
  bool is_on_the_way() const;
  std::size_t take_body(std::string_view bytes);

  Loop& loop;
  Web::Parts& web;
  wire::HttpErrand wish;  // of this hop
  Times times;
  Done done;
  Loop::TimerId beginning = 0;
  Origin origin;
  std::optional<Lookup> lookup;
  std::optional<Duration> resolved;
  Duration started{};  // when curl was given this hop, since the errand began
  std::optional<Duration> connected;
  std::optional<Duration> first_byte;
  // The order matters: curl's handle ends before what it refers to.
  std::unique_ptr<Handshake> handshake;
  std::string handshake_refused;
  std::array<char, CURL_ERROR_SIZE> details{};  // of an error, as curl tells them
  std::unique_ptr<TextList> headers;
  std::unique_ptr<TextList> pinned;
  Share share;
  Easy easy;
  std::size_t header_bytes = 0;
  bool too_much = false;        // more headers than may be
  bool enough = false;          // as much of the body as is wanted
  std::size_t passed_over = 0;  // of bodies of redirects
  wire::HttpResult result;
};

namespace {

std::size_t on_header(char* bytes, std::size_t /*one*/, std::size_t size, void* argument) {
  return static_cast<HttpErrand::Parts*>(argument)->take_header({bytes, size});
}
std::size_t on_body(char* bytes, std::size_t /*one*/, std::size_t size, void* argument) {
  return static_cast<HttpErrand::Parts*>(argument)->take_body({bytes, size});
}
// Called between the connection, with its TLS, and the request.
int on_connected(void* argument, char* /*ip*/, char* /*our_ip*/, int /*port*/, int /*our_port*/) {
  auto& parts = *static_cast<HttpErrand::Parts*>(argument);
  if (!parts.connected) parts.connected = parts.times.since_began();
  return CURL_PREREQFUNC_OK;
}
CURLcode on_ssl_context(CURL* /*easy*/, void* ssl_ctx, void* argument) {
  auto& parts = *static_cast<HttpErrand::Parts*>(argument);
  parts.connected = parts.times.since_began();
  auto watched = parts.handshake->watch(ssl_ctx);
  if (watched) return CURLE_OK;
  parts.handshake_refused = watched.error().message;
  return CURLE_SSL_CACERT_BADFILE;
}

}  // namespace

void Web::Parts::act(curl_socket_t fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi, fd, events, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* errand = nullptr;
    const CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &errand);
    reinterpret_cast<HttpErrand::Parts*>(errand)->ended(code);
  }
}

void HttpErrand::Parts::begin() {
  if (auto complaint = complaint_about(wish)) {
    return fail({ErrandStage::kAsked, Reason::kRefused, 0, std::move(*complaint)});
  }
  auto parsed = parse_url(wish.url);
  if (!parsed) return fail({ErrandStage::kAsked, Reason::kRefused, 0, parsed.error()});
  origin = *parsed;
  resolve();
}

void HttpErrand::Parts::resolve() {
  lookup.emplace(Lookup::addresses(
      loop, {wish.route.resolvers, times.deadline - loop.now()},
      wish.route.address.empty() ? origin.host : wish.route.address, wish.route.family,
      [this](const Lookup::Addresses& addresses) { request(addresses); }));
}

void HttpErrand::Parts::request(const Lookup::Addresses& addresses) {
  if (!addresses) return fail(addresses.error());
  resolved = times.since_began();
  easy.reset(curl_easy_init());
  HAMMOCK_ASSERT(easy != nullptr);
  set_options(*addresses);
  set_message();
  if (origin.secure) set_tls();
  curl_multi_add_handle(web.multi, easy.get());
}

void HttpErrand::Parts::set_options(const std::vector<std::string>& addresses) {
  CURL* e = easy.get();
  curl_easy_setopt(e, CURLOPT_PRIVATE, this);
  curl_easy_setopt(e, CURLOPT_ERRORBUFFER, details.data());
  curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(e, CURLOPT_URL, wish.url.c_str());
  curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_connected);
  curl_easy_setopt(e, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(e, CURLOPT_PROXY, "");
  curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 16384L);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(times.deadline - loop.now());
  curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(left.count() + 1000));
  // The names it knows are those of this errand, in a cache of its own: in that of all, every host
  // that was ever asked for would stay.
  std::string list = with_port(origin.host, origin.port) + ":";
  for (const std::string& address : addresses) {
    if (!list.ends_with(':')) list += ',';
    list += address.find(':') == std::string::npos ? address : "[" + address + "]";
  }
  share.reset(curl_share_init());
  curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_easy_setopt(e, CURLOPT_SHARE, share.get());
  if (is_ip_address(origin.host) && wish.route.address.empty()) return;
  pinned = std::make_unique<TextList>();
  pinned->add(list);
  curl_easy_setopt(e, CURLOPT_RESOLVE, pinned->list);
}

void HttpErrand::Parts::set_message() {
  CURL* e = easy.get();
  headers = std::make_unique<TextList>();
  headers->add("Expect:");
  bool named = false;
  for (const wire::HttpHeader& header : wish.headers) {
    named = named || to_lower(header.name) == "user-agent";
    headers->add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  if (!named) headers->add("User-Agent: hammock");
  curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers->list);
  if (wish.method == "HEAD") {
    curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
  } else if (!wish.body.empty() || wish.method == "POST") {
    // Before the method: with a body it would be a POST.
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(wish.body.size()));
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, wish.body.data());
  }
  if (wish.method != "HEAD") curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, wish.method.c_str());
  curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(e, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(e, CURLOPT_WRITEDATA, this);
}

void HttpErrand::Parts::set_tls() {
  CURL* e = easy.get();
  handshake = std::make_unique<Handshake>(wish.tls, origin.host);
  // Verified by the handshake's watcher, which also reports; curl would only refuse.
  curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(e, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(e, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
  curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, this);
}

std::size_t HttpErrand::Parts::take_header(std::string_view line) {
  if (!first_byte) first_byte = times.since_began();
  header_bytes += line.size();
  if (line.starts_with("HTTP/")) {
    result.headers.clear();  // of an interim response (1xx)
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  too_much = header_bytes > wire::kCourierHeadersBytesMax ||
             result.headers.size() == wire::kCourierHeadersMax ||
             name.size() > wire::kCourierNameBytesMax ||
             value.size() > wire::kCourierHeaderBytesMax;
  if (too_much) return 0;
  result.headers.push_back({std::string(name), std::string(value)});
  return line.size();
}

// Whether this is the answer of a server that sends us on.
bool HttpErrand::Parts::is_on_the_way() const {
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return wish.redirects_max > 0 && is_redirect(static_cast<std::uint16_t>(status));
}

std::size_t HttpErrand::Parts::take_body(std::string_view bytes) {
  // Nobody wants the body of a redirect. One without end is an answer that is not followed.
  if (is_on_the_way() && passed_over < wire::kCourierBodyBytesMax) {
    passed_over += bytes.size();
    return bytes.size();
  }
  const std::size_t room = wish.keep_bytes - result.body.size();
  result.body.append(bytes.substr(0, room));
  enough = bytes.size() > room;
  return enough ? 0 : bytes.size();
}

void HttpErrand::Parts::ended(CURLcode code) {
  if (too_much) {
    return fail({ErrandStage::kReceive, Reason::kBounds, 0,
                 "more headers than the courier takes: at most " +
                     std::to_string(wire::kCourierHeadersBytesMax) + " bytes and " +
                     std::to_string(wire::kCourierHeadersMax) + " headers"});
  }
  if (code != CURLE_OK && !enough) return fail(failure(code));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  result.status = static_cast<std::uint16_t>(status);
  char* location = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_REDIRECT_URL, &location);
  if (wish.redirects_max > 0 && is_redirect(result.status) && location != nullptr) {
    return follow(location);
  }
  long version = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_HTTP_VERSION, &version);
  result.version = version == CURL_HTTP_VERSION_1_0   ? "1.0"
                   : version == CURL_HTTP_VERSION_1_1 ? "1.1"
                   : version == CURL_HTTP_VERSION_3   ? "3"
                                                      : "2";
  result.body_is_whole = !enough;
  done(result);
}

void HttpErrand::Parts::follow(const std::string& url) {
  if (result.hops.size() == wish.redirects_max) {
    return fail({ErrandStage::kReceive, Reason::kBounds, 0,
                 "more than " + std::to_string(wish.redirects_max) + " redirects"});
  }
  auto next_origin = parse_url(url);
  if (!next_origin || url.size() > wire::kCourierUrlBytesMax) {
    return fail({ErrandStage::kReceive, Reason::kRefused, 0,
                 "the server sends us where the courier does not go: " +
                     (next_origin ? "the URL is too long" : next_origin.error())});
  }
  auto next = redirected(wish, result.status, url, *next_origin == origin);
  if (!next) {
    return fail({ErrandStage::kReceive, Reason::kRefused, 0,
                 "the server sends us to `" + printable(next_origin->host) +
                     "`, and the body is for the first origin alone"});
  }
  hang_up();
  result.hops.push_back({result.status, url});
  wish = std::move(*next);
  origin = *next_origin;
  result.headers.clear();
  result.body.clear();
  resolved.reset();
  connected.reset();
  first_byte.reset();
  header_bytes = 0;
  enough = false;
  resolve();
}

void HttpErrand::Parts::hang_up() {
  if (easy == nullptr) return;
  curl_multi_remove_handle(web.multi, easy.get());
  easy.reset();
  share.reset();
  handshake.reset();
}

Failed HttpErrand::Parts::handshake_failure(CURLcode code, long error) const {
  if (error != 0) {
    return {ErrandStage::kTls, Reason::kSystem, error, std::strerror(static_cast<int>(error))};
  }
  const std::string_view told = details[0] != '\0' ? details.data() : curl_easy_strerror(code);
  // So curl says that the connection was closed.
  if (told.find("SSL_ERROR_SYSCALL") != std::string_view::npos) {
    return {ErrandStage::kTls, Reason::kPeer, 0, "the peer closed the connection"};
  }
  return {ErrandStage::kTls, Reason::kTls, code, "the TLS handshake failed: " + printable(told)};
}

Failed HttpErrand::Parts::failure(CURLcode code) const {
  long error = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_OS_ERRNO, &error);
  const std::string peer = with_port(origin.host, origin.port);
  if (!handshake_refused.empty()) {
    return {ErrandStage::kAsked, Reason::kRefused, 0, handshake_refused};
  }
  if (handshake && handshake->refused()) {
    return {ErrandStage::kTls, Reason::kCertificate, handshake->facts()->verify_code,
            "the certificate is not accepted: " + handshake->facts()->verify_error};
  }
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrandStage::kConnect, Reason::kSystem, error,
              peer + " cannot be reached: " +
                  std::strerror(error != 0 ? static_cast<int>(error) : ETIMEDOUT)};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return handshake_failure(code, error);
    case CURLE_GOT_NOTHING:
      return {ErrandStage::kReceive, Reason::kPeer, 0,
              "the server closed the connection without an answer"};
    case CURLE_PARTIAL_FILE:
      return {ErrandStage::kReceive, Reason::kPeer, 0,
              "the server closed the connection within the body"};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: {
      const ErrandStage at = code == CURLE_SEND_ERROR ? ErrandStage::kSend : ErrandStage::kReceive;
      if (error == 0) return {at, Reason::kPeer, 0, curl_easy_strerror(code)};
      return {at, Reason::kSystem, error, std::strerror(static_cast<int>(error))};
    }
    default:
      return {ErrandStage::kReceive, Reason::kHttp, code, curl_easy_strerror(code)};
  }
}

HttpErrand::HttpErrand(Loop& loop, Web& web, wire::HttpErrand wish, Times times, Done done)
    : parts_(std::make_unique<Parts>(loop, web.parts(), std::move(wish), times, std::move(done))) {}
HttpErrand::HttpErrand(HttpErrand&&) noexcept = default;
HttpErrand::~HttpErrand() = default;

Trace HttpErrand::trace() const {
  const Parts& parts = *parts_;
  Trace trace;
  trace.phases.resolved = parts.resolved;
  trace.phases.first_byte = parts.first_byte;
  if (parts.handshake) {
    trace.tls = parts.handshake->facts();
    if (auto at = parts.handshake->ended()) trace.phases.secured = *at - parts.times.began;
  }
  if (parts.easy == nullptr) return trace;
  CURL* easy = parts.easy.get();
  trace.phases.connected = parts.connected;
  char* ip = nullptr;
  long port = 0;
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  if (trace.phases.connected && ip != nullptr && *ip != '\0') {
    trace.remote = with_port(ip, static_cast<std::uint16_t>(port));
  }
  return trace;
}

ErrandStage HttpErrand::stage() const {
  const wire::Phases phases = trace().phases;
  if (!phases.resolved) return ErrandStage::kResolve;
  if (!phases.connected) return ErrandStage::kConnect;
  if (parts_->origin.secure && !phases.secured) return ErrandStage::kTls;
  return ErrandStage::kReceive;
}

}  // namespace hammock::courier
