#include <poll.h>

#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/events.h"

namespace hammock::cli {
namespace {

constexpr std::int64_t kLinesDefault = 50;
constexpr std::int64_t kPage = 1000;
constexpr int kRetryPauseMs = 250;

class Shower {
 public:
  Shower(const Session& session, bool json) : session_(session), json_(json) {}
  void show(const Json& json) {
    Event event = event_from_json(json);
    if (event.id <= last_) return;
    last_ = event.id;
    std::string line = json_ ? json_text(json) : render_event(event, session_.out.look());
    session_.out.write(line + "\n");
  }
  void begin_after(std::int64_t id) { last_ = id; }
  std::int64_t last() const { return last_; }

 private:
  const Session& session_;
  bool json_;
  std::int64_t last_ = 0;
};

Result<Answer> page(const Session& session, std::int64_t after, std::int64_t limit) {
  auto answer = ask(session.places.control(), "GET",
                    "/v1/events?after=" + std::to_string(after) + "&limit=" + std::to_string(limit),
                    deadline_in(kAnswerWithin));
  if (answer && answer->status != 200) return std::unexpected(error_of(*answer));
  return answer;
}

// Everything that is there, from the place the shower stands at.
Result<void> show_stored(const Session& session, Shower& shower) {
  for (;;) {
    auto answer = page(session, shower.last(), kPage);
    if (!answer) return std::unexpected(std::move(answer).error());
    const Json::Array& events = answer->body["events"].items();
    if (events.empty()) return {};
    std::int64_t before = shower.last();
    for (const Json& event : events)
      shower.show(event);
    if (shower.last() == before) return fail(ErrorCode::kCorrupt, "the brain repeats its events");
  }
}

// Until the stream breaks. The brain may die and come back: the place is kept.
Result<void> follow_once(const Session& session, Shower& shower) {
  std::string target = "/v1/events?follow=1&after=" + std::to_string(shower.last());
  auto exchange = Exchange::begin(session.places.control(), http_request("GET", target),
                                  deadline_in(kAnswerWithin));
  if (!exchange) return std::unexpected(std::move(exchange).error());
  for (;;) {
    auto line = exchange->line(std::nullopt);
    if (!line) return std::unexpected(std::move(line).error());
    if (!*line) return {};
    auto json = parse_json(**line);
    if (!json) return std::unexpected(std::move(json).error());
    shower.show(*json);
  }
}

}  // namespace

int run_events(const Session& session, const Invocation& invocation) {
  std::optional<std::int64_t> lines = kLinesDefault;
  if (auto text = invocation.value("lines")) {
    auto number = parse_decimal(*text);
    if (!number && *text != "all") {
      return say(session, Exit::kUsage,
                 "`--lines` is a number or `all`, not `" + printable(*text) + "`");
    }
    lines.reset();
    if (number) lines = static_cast<std::int64_t>(std::min<std::uint64_t>(*number, INT64_MAX));
  }
  Shower shower(session, invocation.flag("json"));
  auto first = page(session, 0, 1);
  if (!first) {
    if (first.error().code == ErrorCode::kUnavailable) return say_not_running(session);
    return say(session, first.error());
  }
  std::int64_t newest = first->body["last"].integer().value_or(0);
  if (lines) shower.begin_after(std::max<std::int64_t>(0, newest - *lines));
  if (auto shown = show_stored(session, shower); !shown) return say(session, shown.error());
  while (invocation.flag("follow")) {
    auto followed = follow_once(session, shower);
    if (!followed && followed.error().code == ErrorCode::kNotPermitted) {
      return say(session, followed.error());
    }
    poll(nullptr, 0, kRetryPauseMs);
  }
  return code(Exit::kDone);
}

}  // namespace hammock::cli
