#include "web/server.h"

#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "base/assert.h"
#include "base/json.h"
#include "base/text.h"
#include "web/address.h"

namespace hammock::web {
namespace {

constexpr unsigned kPatienceSeconds = 30;
constexpr std::size_t kConnectionMemory = 16 << 10;
constexpr std::size_t kReadIfRefused = 1 << 20;  // so that the client gets to see why
constexpr std::size_t kReadIfCut = 16 << 20;
constexpr std::size_t kStreamBlock = 4096;

enum class Phase { kReading, kWaiting, kAnswered, kStreaming };

}  // namespace

// One request and its answer. It lives from the first header to MHD's "request completed".
struct Exchange {
  ExchangeId id = 0;
  MHD_Connection* connection = nullptr;
  Server::Impl* server = nullptr;
  Request request;
  std::size_t received = 0;
  Phase phase = Phase::kReading;
  bool suspended = false;
  bool finished = false;
  bool left = false;  // the client is gone
  Response response;
  std::string unsent;
};

struct Server::Impl {
  ServerOptions options;
  Handlers handlers;
  MHD_Daemon* daemon = nullptr;
  int epoll = -1;
  bool resumed = false;  // MHD does not make its descriptor readable for it
  ExchangeId next = 1;
  std::unordered_map<ExchangeId, std::unique_ptr<Exchange>> exchanges;

  ~Impl();
  unsigned connections() const;
  Exchange* find(ExchangeId id);
  void suspend(Exchange& exchange);
  void resume(Exchange& exchange);
  MHD_Result receive(MHD_Connection* connection, Exchange*& exchange, const char* url,
                     const char* method, const char* bytes, std::size_t& size);
  MHD_Result begin(MHD_Connection* connection, Exchange*& exchange, const char* url,
                   const char* method);
  MHD_Result take_body(Exchange& exchange, std::string_view bytes);
  MHD_Result reply(Exchange& exchange);
};

namespace {

// On a TCP socket the system says kNoUser.
std::uint32_t user_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (info == nullptr || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return kNoUser;
  }
  return peer.uid;
}

const sockaddr* address_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info == nullptr ? nullptr : info->client_addr;
}

MHD_Result queue(MHD_Connection* connection, const Response& response) {
  MHD_Response* reply = MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY);
  if (reply == nullptr) return MHD_NO;
  MHD_add_response_header(reply, "Content-Type", response.content_type.c_str());
  for (const auto& [name, value] : response.headers)
    MHD_add_response_header(reply, name.c_str(), value.c_str());
  MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(response.status), reply);
  MHD_destroy_response(reply);
  return queued;
}

MHD_Result collect(void* into, MHD_ValueKind, const char* key, const char* value) {
  static_cast<std::vector<std::pair<std::string, std::string>>*>(into)->emplace_back(
      key, value == nullptr ? "" : value);
  return MHD_YES;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// In place. A zero byte stays as it was written: what follows it would be lost, and something else
// asked for than was said.
std::size_t unescape(void*, MHD_Connection*, char* text) {
  char* to = text;
  for (const char* from = text; *from != 0; ++from) {
    const int high = *from == '%' ? hex_digit(from[1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(from[2]);
    const bool is_escape = low >= 0 && high + low > 0;
    *to++ = is_escape ? static_cast<char>(high * 16 + low) : *from;
    if (is_escape) from += 2;
  }
  *to = 0;
  return static_cast<std::size_t>(to - text);
}

MHD_Result on_request(void* server, MHD_Connection* connection, const char* url, const char* method,
                      const char*, const char* bytes, std::size_t* size, void** state) {
  auto* exchange = static_cast<Exchange*>(*state);
  MHD_Result result =
      static_cast<Server::Impl*>(server)->receive(connection, exchange, url, method, bytes, *size);
  *state = exchange;
  return result;
}

void on_completed(void* server, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
  auto* exchange = static_cast<Exchange*>(*state);
  if (exchange == nullptr) return;
  auto& impl = *static_cast<Server::Impl*>(server);
  bool told = exchange->phase == Phase::kReading;
  ExchangeId id = exchange->id;
  impl.exchanges.erase(id);
  *state = nullptr;
  if (!told && impl.handlers.ended) impl.handlers.ended(id);
}

// Gives MHD the next bytes of a stream, or puts the connection to sleep until there are some.
ssize_t on_wanted(void* state, std::uint64_t, char* into, std::size_t room) {
  auto& exchange = *static_cast<Exchange*>(state);
  if (exchange.left) return MHD_CONTENT_READER_END_WITH_ERROR;
  if (exchange.unsent.empty()) {
    if (exchange.finished) return MHD_CONTENT_READER_END_OF_STREAM;
    exchange.server->suspend(exchange);
    return 0;
  }
  std::size_t count = std::min(room, exchange.unsent.size());
  exchange.unsent.copy(into, count);
  exchange.unsent.erase(0, count);
  return static_cast<ssize_t>(count);
}

}  // namespace

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  const std::string lower = to_lower(name);
  for (const auto& [key, value] : headers) {
    if (to_lower(key) == lower) return value;
  }
  return std::nullopt;
}

Response error_response(int status, std::string_view code, std::string_view message) {
  JsonWriter json;
  json.object([&] {
    json.member("error");
    json.object([&] {
      json.member("code", code);
      json.member("message", message);
    });
  });
  return {.status = status, .body = json.text() + "\n"};
}

Server::Impl::~Impl() {
  // MHD asks that nothing be suspended when it stops.
  for (auto& [id, exchange] : exchanges) {
    exchange->left = true;
    if (exchange->suspended) resume(*exchange);
  }
  handlers.ended = nullptr;
  if (daemon != nullptr) {
    MHD_run(daemon);
    MHD_stop_daemon(daemon);
  }
  if (epoll >= 0) close(epoll);
}

unsigned Server::Impl::connections() const {
  const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
  return info == nullptr ? 0 : info->num_connections;
}

Exchange* Server::Impl::find(ExchangeId id) {
  auto found = exchanges.find(id);
  return found == exchanges.end() ? nullptr : found->second.get();
}

// MHD does not look at a suspended connection, so that a client who leaves would not be noticed:
// until it is resumed we wait for the hang-up ourselves. A unix socket hangs up when its client
// closes; on TCP all that comes is the end of what the client sends.
void Server::Impl::suspend(Exchange& exchange) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(exchange.connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  const std::uint32_t events = exchange.request.remote.empty() ? 0U : EPOLLRDHUP;
  epoll_event hang_up{.events = events, .data = {.u64 = exchange.id}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, info->connect_fd, &hang_up);
  MHD_suspend_connection(exchange.connection);
  exchange.suspended = true;
}

void Server::Impl::resume(Exchange& exchange) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(exchange.connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  epoll_ctl(epoll, EPOLL_CTL_DEL, info->connect_fd, nullptr);
  exchange.suspended = false;
  resumed = true;
  MHD_resume_connection(exchange.connection);
}

MHD_Result Server::Impl::begin(MHD_Connection* connection, Exchange*& exchange, const char* url,
                               const char* method) {
  const std::uint32_t user = user_of(connection);
  if (options.user && (user == kNoUser || (user != *options.user && user != 0))) {
    return queue(connection,
                 error_response(403, "not-permitted",
                                "only root and the user that Hammock runs as are served"));
  }
  auto fresh = std::make_unique<Exchange>();
  fresh->id = next++;
  fresh->connection = connection;
  fresh->server = this;
  Request& request = fresh->request;
  request.method = std::string_view(method);
  request.path = std::string_view(url);
  request.user = user;
  request.remote = address_text(address_of(connection));
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, collect, &request.query);
  MHD_get_connection_values(connection, MHD_HEADER_KIND, collect, &request.headers);
  exchange = fresh.get();
  exchanges.emplace(fresh->id, std::move(fresh));
  return MHD_YES;
}

MHD_Result Server::Impl::receive(MHD_Connection* connection, Exchange*& exchange, const char* url,
                                 const char* method, const char* bytes, std::size_t& size) {
  if (exchange == nullptr) return begin(connection, exchange, url, method);
  if (exchange->phase != Phase::kReading) return reply(*exchange);
  if (size > 0) {
    return take_body(*exchange, {bytes, std::exchange(size, 0)});
  }
  if (exchange->received > options.body_bytes_max &&
      options.if_longer == ServerOptions::IfLonger::kRefuse) {
    return queue(connection,
                 error_response(413, "invalid",
                                "a body has at most " + format_size(options.body_bytes_max)));
  }
  exchange->request.is_cut = exchange->received > options.body_bytes_max;
  Answer answer = handlers.handle(exchange->request, exchange->id);
  if (auto* response = std::get_if<Response>(&answer)) return queue(connection, *response);
  // The handler may have answered already, from inside.
  if (exchange->phase != Phase::kReading) return reply(*exchange);
  exchange->phase = Phase::kWaiting;
  suspend(*exchange);
  return MHD_YES;
}

MHD_Result Server::Impl::take_body(Exchange& exchange, std::string_view bytes) {
  const bool cut = options.if_longer == ServerOptions::IfLonger::kCut;
  const std::size_t most = std::max(options.body_bytes_max, cut ? kReadIfCut : kReadIfRefused);
  std::string& body = exchange.request.body;
  body += bytes.substr(0, options.body_bytes_max - body.size());
  exchange.received += bytes.size();
  return exchange.received > most ? MHD_NO : MHD_YES;
}

MHD_Result Server::Impl::reply(Exchange& exchange) {
  if (exchange.left) return MHD_NO;
  if (exchange.phase == Phase::kAnswered) return queue(exchange.connection, exchange.response);
  HAMMOCK_ASSERT(exchange.phase == Phase::kStreaming);
  MHD_Response* stream = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kStreamBlock,
                                                           on_wanted, &exchange, nullptr);
  if (stream == nullptr) return MHD_NO;
  MHD_add_response_header(stream, "Content-Type", "application/x-ndjson");
  MHD_Result queued = MHD_queue_response(exchange.connection, 200, stream);
  MHD_destroy_response(stream);
  return queued;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::start(int listening, ServerOptions options, Handlers handlers) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->handlers = std::move(handlers);
  impl->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (impl->epoll < 0) return fail_errno("epoll_create1");
  impl->daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr, on_request, impl.get(),
      MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_NOTIFY_COMPLETED, on_completed, impl.get(),
      MHD_OPTION_CONNECTION_LIMIT, options.connections_max, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      options.per_address_max, MHD_OPTION_CONNECTION_TIMEOUT, kPatienceSeconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory, MHD_OPTION_UNESCAPE_CALLBACK, unescape,
      nullptr, MHD_OPTION_END);
  if (impl->daemon == nullptr) {
    return fail(ErrorCode::kSystem, "the HTTP server does not start on its socket");
  }
  const MHD_DaemonInfo* info = MHD_get_daemon_info(impl->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  epoll_event readable{.events = EPOLLIN, .data = {.u64 = 0}};
  if (info == nullptr || epoll_ctl(impl->epoll, EPOLL_CTL_ADD, info->epoll_fd, &readable) != 0) {
    return fail_errno("watch the HTTP server");
  }
  return Server(std::move(impl));
}

int Server::descriptor() const {
  return impl_->epoll;
}

std::optional<Duration> Server::patience() const {
  if (impl_->resumed) return Duration::zero();
  MHD_UNSIGNED_LONG_LONG milliseconds = 0;
  if (MHD_get_timeout(impl_->daemon, &milliseconds) != MHD_YES) return std::nullopt;
  return std::chrono::milliseconds(milliseconds);
}

void Server::turn() {
  std::array<epoll_event, 16> events;
  int count = epoll_wait(impl_->epoll, events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
    Exchange* exchange = impl_->find(id);
    if (exchange == nullptr || !exchange->suspended) continue;
    exchange->left = true;
    impl_->resume(*exchange);
  }
  impl_->resumed = false;
  const unsigned before = impl_->connections();
  MHD_run(impl_->daemon);
  // At the limit it leaves its socket alone, and looks at it again only in the run after next.
  const bool was_full = before >= impl_->options.connections_max;
  if (was_full && impl_->connections() < before) MHD_run(impl_->daemon);
}

void Server::answer(ExchangeId id, Response response) {
  Exchange* exchange = impl_->find(id);
  if (exchange == nullptr || exchange->phase > Phase::kWaiting) return;
  exchange->phase = Phase::kAnswered;
  exchange->response = std::move(response);
  if (exchange->suspended) impl_->resume(*exchange);
}

void Server::begin_stream(ExchangeId id) {
  Exchange* exchange = impl_->find(id);
  if (exchange == nullptr || exchange->phase > Phase::kWaiting) return;
  exchange->phase = Phase::kStreaming;
  if (exchange->suspended) impl_->resume(*exchange);
}

void Server::push(ExchangeId id, std::string_view bytes) {
  Exchange* exchange = impl_->find(id);
  if (exchange == nullptr || exchange->phase != Phase::kStreaming || exchange->finished) return;
  if (exchange->unsent.size() + bytes.size() > kStreamBytesMax) {
    exchange->left = true;  // it does not keep up: cut off, so that it cannot take this for the end
    exchange->unsent.clear();
  } else {
    exchange->unsent += bytes;
  }
  if (exchange->suspended) impl_->resume(*exchange);
}

void Server::finish(ExchangeId id) {
  Exchange* exchange = impl_->find(id);
  if (exchange == nullptr || exchange->phase != Phase::kStreaming) return;
  exchange->finished = true;
  if (exchange->suspended) impl_->resume(*exchange);
}

}  // namespace hammock::web
