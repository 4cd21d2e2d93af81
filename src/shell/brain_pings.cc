// Heartbeats: where pings come in, whom they are for, and when they are answered.
#include <fcntl.h>

#include <algorithm>

#include "base/assert.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/variant.h"
#include "os/random.h"
#include "shell/brain.h"
#include "shell/listen.h"
#include "shell/ping_api.h"

namespace hammock::shell {
namespace {

constexpr Duration kListenRetryFirst = std::chrono::seconds(1);
constexpr Duration kListenRetryMost = std::chrono::minutes(1);

std::string_view in_words(heartbeat::Lack lack) {
  switch (lack) {
    case heartbeat::Lack::kPing:
      return "no ping came in time";
    case heartbeat::Lack::kEnd:
      return "a run began and did not end in time";
    case heartbeat::Lack::kSuccess:
      return "it has not succeeded for too long";
  }
  return {};
}

}  // namespace

bool Brain::wants_pings() const {
  const bool has_key =
      !plan_.ping_key.empty() || !plan_.api_keys.full.empty() || !plan_.api_keys.readonly.empty();
  // Those that were made without the configuration are there without it.
  return plan_.has_heartbeats || has_key ||
         std::ranges::any_of(std::get<heartbeat::State>(state_).heartbeats,
                             [](const auto& one) { return one.second.created; });
}

// The keeper holds the socket as well: while a brain is replaced, connections wait in the kernel.
// True: it was held all the time.
Result<bool> Brain::listen_for_pings() {
  const wire::Hold hold = listen_hold(kPingsHeldAs, 0, kPingsHeldAs);
  int held = holds_.find(hold);
  const bool was_held = held >= 0 && !came_by_up_;
  if (held < 0) {
    auto socket = listen_on(plan_.listen);
    if (!socket) return std::unexpected(std::move(socket).error());
    holds_.keep(hold, std::move(*socket), false);
    if (keeper_ready_) send_holds();
    held = holds_.find(hold);
  }
  os::UniqueFd copy(fcntl(held, F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail_errno("serve " + plan_.listen);
  HAMMOCK_TRY(pings_.open(plan_.listen, std::move(copy)));
  if (int error = epoll_.add(pings_.descriptor(), EPOLLIN, kTagPings); error != 0) {
    pings_.close();
    return fail_errno("epoll_ctl", error);
  }
  return was_held;
}

// Before the keeper was greeted nobody knows whether it has the socket.
void Brain::keep_listening() {
  if (!std::get<heartbeat::State>(state_).known || !keeper_ready_) return;
  pings_retry_at_.reset();
  if (pings_.is_open() && wants_pings() && pings_.address() == plan_.listen) return;
  pings_.close();
  release_sockets();  // also the one of another address
  if (!wants_pings()) {
    pings_trouble_.clear();
    return tell_listening(false);
  }
  auto listening = listen_for_pings();
  if (!listening) {
    if (pings_trouble_ != listening.error().message) {
      pings_trouble_ = listening.error().message;
      log_.say(Level::kError, "nobody can ping", {{"why", pings_trouble_}});
    }
    pings_wait_ = std::clamp(pings_wait_ * 2, kListenRetryFirst, kListenRetryMost);
    pings_retry_at_ = now_.steady + pings_wait_;
    return tell_listening(false);
  }
  pings_trouble_.clear();
  pings_wait_ = {};
  tell_listening(*listening);
}

bool Brain::takes_pings() const {
  return pings_.is_open() && store_->trouble().empty();
}

// What cannot be written down is not heard.
void Brain::tell_listening(bool waited) {
  listens_ = takes_pings();
  if (listens_)
    happened(heartbeat::ListeningBegan{waited});
  else
    happened(heartbeat::ListeningEnded{});
}

std::optional<std::string> Brain::pinged_by(const PingAsked& asked) const {
  const auto& heartbeats = std::get<heartbeat::State>(state_);
  return match(
      asked.whom, [&](const ByUuid& by) { return heartbeat::find_uuid(heartbeats, by.uuid); },
      [&](const BySlug& by) -> std::optional<std::string> {
        if (!has_key(by)) return std::nullopt;
        return heartbeat::find_name(heartbeats, by.slug);
      });
}

bool Brain::has_key(const BySlug& by) const {
  return is_same_secret(by.key, plan_.ping_key);
}

// A ping that will not be recorded changes nothing either.
bool Brain::can_record() {
  return store_->trouble().empty() || store_->prove(now_);
}

void Brain::take_pings() {
  for (auto& [exchange, request] : pings_.turn()) {
    if (is_api(request)) {
      take_api(exchange, std::move(request));
      continue;
    }
    PingCall call = parse_ping(request);
    if (auto* wrong = std::get_if<web::Response>(&call)) {
      pings_.answer(exchange, std::move(*wrong));
      continue;
    }
    auto& asked = std::get<PingAsked>(call);
    auto name = pinged_by(asked);
    const auto* by = std::get_if<BySlug>(&asked.whom);
    const bool creates = by != nullptr && by->create && has_key(*by);
    if (!name && creates) name = by->slug;
    if (!name || !can_record()) {
      const auto outcome = name ? PingOutcome::kNotRecorded : PingOutcome::kNotFound;
      pings_.answer(exchange, ping_answer(asked.dialect, outcome));
      continue;
    }
    unanswered_.push_back({exchange, asked.dialect});
    happened(heartbeat::PingGiven{*std::move(name), std::move(asked.ping), creates,
                                  creates ? os::random_uuid() : ""});
  }
}

// On the control socket.
void Brain::take_local_ping(web::ExchangeId exchange, PingHereAsked asked, std::uint32_t user) {
  const auto& heartbeats = std::get<heartbeat::State>(state_);
  // It waits until it is known what is configured.
  if (!heartbeats.known) return early_pings_.push_back({exchange, std::move(asked), user});
  if (!heartbeat::find_name(heartbeats, asked.heartbeat)) {
    return control_.answer(
        exchange,
        web::error_response(404, "not-found", "no heartbeat is called '" + asked.heartbeat + "'"));
  }
  asked.ping.remote = "uid " + std::to_string(user);
  if (!can_record()) {
    return control_.answer(exchange, web::error_response(503, "unavailable", store_->trouble()));
  }
  unanswered_.push_back({exchange, std::nullopt});
  happened(heartbeat::PingGiven{asked.heartbeat, std::move(asked.ping)});
}

// Each ping has made one fact, in their order. What they say is on the disk by now, or they are
// told that it is not.
void Brain::answer_pings(std::span<const engine::Fact> facts) {
  auto next = unanswered_.begin();
  bool created = false;
  for (const engine::Fact& fact : facts) {
    const auto* some = std::get_if<heartbeat::Fact>(&fact);
    if (some == nullptr) continue;
    if (const auto* taken = std::get_if<heartbeat::PingTaken>(some)) {
      const auto good = created ? PingOutcome::kCreated : PingOutcome::kRecorded;
      answer_ping(*next++, recorded_ ? good : PingOutcome::kNotRecorded, taken->number);
    } else if (std::holds_alternative<heartbeat::PingMissed>(*some)) {
      answer_ping(*next++, PingOutcome::kNotFound, 0);
    }
    const auto* made = std::get_if<heartbeat::HeartbeatCreated>(some);
    created = made != nullptr && made->command.empty();  // by this ping
  }
  HAMMOCK_ASSERT(next == unanswered_.end());
  unanswered_.clear();
}

void Brain::answer_ping(const Unanswered& one, PingOutcome outcome, std::uint64_t number) {
  if (one.dialect) return pings_.answer(one.exchange, ping_answer(*one.dialect, outcome));
  switch (outcome) {
    case PingOutcome::kRecorded:
    case PingOutcome::kCreated: {
      JsonWriter json;
      json.object([&] { json.member("n", number); });
      return control_.answer(one.exchange, {200, json.text() + "\n"});
    }
    case PingOutcome::kNotFound:
      return control_.answer(one.exchange,
                             web::error_response(404, "not-found", "this heartbeat has just gone"));
    case PingOutcome::kNotRecorded:
      return control_.answer(one.exchange,
                             web::error_response(503, "unavailable", store_->trouble()));
  }
}

void Brain::answer_pings_asked(web::ExchangeId exchange, const PingsAsked& asked) {
  const auto& heartbeats = std::get<heartbeat::State>(state_);
  if (!heartbeats.known) {
    return control_.answer(
        exchange, web::error_response(503, "unavailable", "Hammock is starting; ask again"));
  }
  if (!heartbeat::find_name(heartbeats, asked.heartbeat)) {
    return control_.answer(
        exchange,
        web::error_response(404, "not-found", "no heartbeat is called '" + asked.heartbeat + "'"));
  }
  auto rows = store_->pings_of(asked.heartbeat, asked.limit);
  if (!rows) {
    return control_.answer(exchange, web::error_response(503, "unavailable", rows.error().message));
  }
  control_.answer(exchange, {200, pings_json(*rows)});
}

void Brain::note(const heartbeat::Fact& fact) {
  if (std::holds_alternative<heartbeat::HeartbeatsConfigured>(fact)) {
    keep_listening();
    give_uuids();
    for (EarlyPing& early : std::exchange(early_pings_, {}))
      take_local_ping(early.exchange, std::move(early.asked), early.user);
  } else if (const auto* fell = std::get_if<heartbeat::HeartbeatFell>(&fact)) {
    log_.say(Level::kError, "a heartbeat is down: " + std::string(in_words(fell->lack)),
             {{"heartbeat", fell->heartbeat}, {"since", format_instant(fell->deadline)}});
  } else if (const auto* ping = std::get_if<heartbeat::PingTaken>(&fact)) {
    if (ping->beside_count == heartbeat::kBesideSaid && !ping->ignored &&
        ping->signal == heartbeat::Signal::kSuccess) {
      log_.say(Level::kWarning, "a heartbeat's time zone may be mistaken",
               {{"heartbeat", ping->heartbeat}, {"hours", std::to_string(ping->beside_hours)}});
    }
    const bool is_other = ping->since == ping->at && !ping->ignored;
    if (!is_other || ping->signal == heartbeat::Signal::kLog) return;
    if (ping->status == heartbeat::Status::kDown) {
      log_.say(Level::kError, "a heartbeat is down: it says that it failed",
               {{"heartbeat", ping->heartbeat}});
    } else if (ping->number > 1 && ping->status == heartbeat::Status::kUp) {
      log_.say(Level::kInfo, "a heartbeat is up", {{"heartbeat", ping->heartbeat}});
    }
  } else if (const auto* created = std::get_if<heartbeat::HeartbeatCreated>(&fact)) {
    if (created->by.empty())
      log_.say(Level::kInfo, "a ping made a heartbeat", {{"heartbeat", created->heartbeat}});
    else
      log_.say(Level::kInfo, "a heartbeat was made or changed",
               {{"heartbeat", created->heartbeat}, {"by", created->by}});
  }
}

}  // namespace hammock::shell
