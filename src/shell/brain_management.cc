// The management API: what is asked is answered from what is known, what is to change becomes an
// event, and is answered when it has changed and is on the disk.
#include <algorithm>

#include "base/text.h"
#include "base/variant.h"
#include "os/random.h"
#include "shell/brain.h"
#include "shell/zones/zones.h"

namespace hammock::shell {
namespace {

constexpr int kTriesMost = 512;  // so many connections there are, and each may be first once

web::Response no_such_check() {
  return api_error(404, "not found");
}
web::Response not_recorded(const std::string& why) {
  return api_error(503, "not recorded, try again: " + why);
}

bool has_tags(const heartbeat::Report& heartbeat, const std::vector<std::string>& wanted) {
  const std::vector<std::string_view> tags = split(heartbeat.setup->tags, ' ');
  return std::ranges::all_of(wanted, [&](const std::string& tag) {
    return std::ranges::find(tags, tag) != tags.end() && !tag.empty();
  });
}

// By its UUID or its unique key.
std::optional<std::string> find_check(const heartbeat::State& state, std::string_view id) {
  if (heartbeat::is_uuid(id)) return heartbeat::find_uuid(state, id);
  for (const auto& [uuid, name] : state.by_uuid) {
    if (unique_key_of(uuid) == id) return name;
  }
  return std::nullopt;
}

}  // namespace

void Brain::take_api(web::ExchangeId exchange, web::Request request, int tries) {
  ApiAsked asked = parse_api(request, plan_.api_keys, now_.wall);
  const CheckView view{asked.version, asked.only_reads, base_url(request, plan_.listen)};
  auto answer = [&](web::Response response) { pings_.answer(exchange, std::move(response)); };
  match(
      asked.call, [&](const web::Response& response) { answer(response); },
      [&](const ApiStatusAsked&) {
        answer(takes_pings() ? api_text(200, "OK") : api_text(503, "not recorded"));
      },
      [&](const ChannelsAsked&) { answer(api_json(200, R"({"channels":[]})")); },
      [&](const ChecksAsked& checks) { answer(checks_answer(checks, view)); },
      [&](const CheckAsked& check) { answer(check_answer(check.id, view)); },
      [&](const CheckPingsAsked& pings) { answer(check_pings_answer(pings, view)); },
      [&](const PingBodyAsked& body) { answer(ping_body_answer(body)); },
      [&](const FlipsAsked& flips) { answer(flips_answer(flips)); },
      [&](const CheckGiven& given) {
        if (auto wrong = give_check(given, {.exchange = exchange,
                                            .view = view,
                                            .request = std::move(request),
                                            .tries = tries}))
          answer(*wrong);
      },
      [&](const CheckCommand& command) {
        if (auto wrong = command_check(command, {.exchange = exchange,
                                                 .view = view,
                                                 .request = std::move(request),
                                                 .tries = tries}))
          answer(*wrong);
      });
}

std::optional<heartbeat::Report> Brain::find_report(std::string_view id) const {
  const auto& heartbeats = std::get<heartbeat::State>(state_);
  const auto name = find_check(heartbeats, id);
  return name ? heartbeat::report(heartbeats, *name, now_.wall) : std::nullopt;
}

web::Response Brain::checks_answer(const ChecksAsked& asked, const CheckView& view) const {
  auto reports = heartbeat::report(std::get<heartbeat::State>(state_), now_.wall);
  std::erase_if(reports, [&](const heartbeat::Report& one) {
    return !has_tags(one, asked.tags) || (asked.slug && one.name != *asked.slug);
  });
  return api_json(200, checks_json(reports, view));
}

web::Response Brain::check_answer(std::string_view id, const CheckView& view) const {
  const auto report = find_report(id);
  return report ? api_json(200, check_json(*report, view)) : no_such_check();
}

web::Response Brain::check_pings_answer(const CheckPingsAsked& asked, const CheckView& view) {
  const auto report = find_report(asked.id);
  if (!report) return no_such_check();
  auto rows = store_->pings_of(report->name, kListedMost);
  if (!rows) return api_error(503, rows.error().message);
  return api_json(200, check_pings_json(*rows, report->uuid, view));
}

// Every ping has a number, so the place of its row is known.
web::Response Brain::ping_body_answer(const PingBodyAsked& asked) {
  const auto report = find_report(asked.id);
  if (!report || asked.number == 0 || asked.number > report->pings) return no_such_check();
  auto rows = store_->pings_of(report->name, 1, report->pings - asked.number);
  if (!rows) return api_error(503, rows.error().message);
  if (rows->empty()) return no_such_check();
  const auto fact = heartbeat::fact_from_json(rows->front().kind, rows->front().fields);
  const auto* ping = fact ? std::get_if<heartbeat::PingTaken>(&*fact) : nullptr;
  if (ping == nullptr || ping->number != asked.number) return no_such_check();
  if (!ping->body_base64.empty()) {
    return api_text(200, from_base64(ping->body_base64).value_or(""));
  }
  return ping->body.empty() ? no_such_check() : api_text(200, ping->body);
}

web::Response Brain::flips_answer(const FlipsAsked& asked) {
  const auto report = find_report(asked.id);
  if (!report) return no_such_check();
  auto rows = store_->flips_of(report->name, asked.from, asked.to, kListedMost);
  return rows ? api_json(200, flips_json(*rows)) : api_error(503, rows.error().message);
}

// Those that wait for a reply to this command; what it is about is filled in by who calls this.
std::string Brain::await_api(ApiWaiting waiting) {
  std::string id = ".api/" + std::to_string(++api_commands_);
  api_waiting_.emplace(id, std::move(waiting));
  return id;
}

std::optional<web::Response> Brain::give_check(const CheckGiven& given, ApiWaiting waiting) {
  const auto& heartbeats = std::get<heartbeat::State>(state_);
  SpecOutcome outcome;
  if (given.id.empty()) {
    outcome = give(given.spec, heartbeats, now_.wall, os::random_uuid(), zones::find_zone);
  } else if (const auto report = find_report(given.id)) {
    outcome = change(given.spec, *report, zones::find_zone);
  } else {
    return no_such_check();
  }
  if (auto* wrong = std::get_if<web::Response>(&outcome)) return std::move(*wrong);
  if (const auto* same = std::get_if<SpecIsSame>(&outcome)) {
    const auto report = heartbeat::report(heartbeats, same->name, now_.wall);
    return report ? api_json(200, check_json(*report, waiting.view)) : no_such_check();
  }
  if (!store_->prove(now_)) return not_recorded(store_->trouble());
  const auto* made = std::get_if<SpecIsNew>(&outcome);
  heartbeat::SetupGiven event;
  event.setup = made != nullptr ? made->setup : std::get<SpecChanges>(outcome).setup;
  event.is_new = made != nullptr;
  event.by = "api " + waiting.request.remote;
  waiting.name = event.setup->config.name;
  waiting.status = made != nullptr ? 201 : 200;
  event.id = await_api(std::move(waiting));
  happened(std::move(event));
  return std::nullopt;
}

std::optional<web::Response> Brain::command_check(const CheckCommand& command, ApiWaiting waiting) {
  const auto report = find_report(command.id);
  if (!report) return no_such_check();
  if (command.verb == heartbeat::Verb::kResume && report->shown != heartbeat::Shown::kPaused) {
    return api_error(409, "check is not paused");
  }
  if (command.verb == heartbeat::Verb::kRemove) {
    if (!report->created) {
      return api_error(403, "heartbeat " + report->name +
                                " is in hammock.toml: take it out there and run `hammock apply`");
    }
    waiting.last_words = check_json(*report, waiting.view);
  }
  if (!store_->prove(now_)) return not_recorded(store_->trouble());
  heartbeat::CommandGiven event{"", command.verb, report->name, "api " + waiting.request.remote};
  waiting.name = report->name;
  event.id = await_api(std::move(waiting));
  happened(std::move(event));
  return std::nullopt;
}

// False: it is for somebody else.
bool Brain::answer_api(const service::Reply& reply) {
  auto found = api_waiting_.extract(reply.id);
  if (found.empty()) return false;
  ApiWaiting& waiting = found.mapped();
  if (reply.kind == service::ReplyKind::kRefused) {
    // Something else came first in the same turn: what is to be done is decided anew. Refused again
    // and again, it is refused for a reason of its own.
    if (waiting.tries < kTriesMost) {
      take_api(waiting.exchange, std::move(waiting.request), waiting.tries + 1);
    } else {
      pings_.answer(waiting.exchange, api_error(409, "heartbeat " + waiting.name +
                                                         " cannot become so: has another heartbeat "
                                                         "its uuid? See hammock.toml"));
    }
    return true;
  }
  const auto report =
      heartbeat::report(std::get<heartbeat::State>(state_), waiting.name, now_.wall);
  if (!recorded_) {
    pings_.answer(waiting.exchange, not_recorded(store_->trouble()));
  } else if (waiting.last_words) {
    pings_.answer(waiting.exchange, api_json(200, *std::move(waiting.last_words)));
  } else if (report) {
    pings_.answer(waiting.exchange, api_json(waiting.status, check_json(*report, waiting.view)));
  } else {
    pings_.answer(waiting.exchange, no_such_check());
  }
  return true;
}

// Those that pings made for a Hammock that gave them none.
void Brain::give_uuids() {
  for (const auto& [name, heartbeat] : std::get<heartbeat::State>(state_).heartbeats) {
    if (!heartbeat.created || heartbeat.configured || !heartbeat.setup->uuid.empty()) continue;
    heartbeat::Setup setup = heartbeat.setup;
    setup.uuid = os::random_uuid();
    happened(heartbeat::SetupGiven{".uuid", std::move(setup), false, "hammock"});
  }
}

std::vector<schedule::Zone> Brain::zones_of_made() const {
  std::vector<schedule::Zone> known;
  for (const std::string& name : heartbeat::zones_wanted(std::get<heartbeat::State>(state_))) {
    if (auto zone = zones::find_zone(name)) known.push_back(*std::move(zone));
  }
  return known;
}

}  // namespace hammock::shell
