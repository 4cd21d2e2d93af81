#include <algorithm>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/control.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

// The members of the brain's answer that are shown, in their order.
std::string shown_json(const Json& list, const std::vector<TimebombStatus>& shown) {
  std::string text;
  for (const TimebombStatus& timebomb : shown) {
    for (const Json& item : list.items()) {
      if (item["name"].text_or("") != timebomb.name) continue;
      text += (text.empty() ? "" : ",") + json_text(item);
    }
  }
  return fmt::format("[{}]\n", text);
}

std::string count_text(std::size_t shown, std::string_view within) {
  if (shown == 0)
    return fmt::format("Nothing goes off within {}, and nothing is unknown.\n", within);
  return fmt::format("{} may go off within {}, or nobody can say.\n", shown, within);
}

}  // namespace

int run_timebombs(const Session& session, const Invocation& invocation) {
  std::optional<Duration> within;
  if (const auto text = invocation.value("within")) {
    within = parse_duration(*text);
    if (!within) {
      return say(
          session, Exit::kUsage,
          fmt::format("`--within {}` is no duration, expected one such as 5w or 10d", *text));
    }
  }
  auto answer = ask(session.places.control(), "GET", "/v1/status", deadline_in(kAnswerWithin));
  if (!answer) {
    const bool is_absent = answer.error().code == ErrorCode::kUnavailable;
    return is_absent ? say_not_running(session) : say(session, answer.error());
  }
  if (answer->status != 200) return say(session, error_of(*answer));
  const Json& list = answer->body["timebombs"];
  if (!list.is_array()) {
    return say(session, Exit::kAgain,
               "Hammock is starting, and does not know its time bombs yet: try again");
  }
  auto status = status_from_json(answer->body);
  if (!status) return say(session, status.error());
  std::vector<TimebombStatus>& timebombs = status->timebombs;
  const Instant now = wall_now();
  if (within) {
    std::erase_if(timebombs, [&](const TimebombStatus& timebomb) {
      return !may_go_off_until(timebomb, now + *within);
    });
  }
  sort_by_urgency(timebombs);
  if (invocation.flag("json")) {
    session.out.write(shown_json(list, timebombs));
  } else if (timebombs.empty() && !within) {
    session.out.write("There are no time bombs.\n");
  } else {
    session.out.write(render_timebombs(timebombs, now, session.out.look()));
    if (within) session.out.write(count_text(timebombs.size(), *invocation.value("within")));
  }
  return code(within && !timebombs.empty() ? Exit::kAgain : Exit::kDone);
}

}  // namespace hammock::cli
