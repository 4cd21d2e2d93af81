#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/look.h"
#include "cli/when.h"
#include "core/schedule/schedule.h"
#include "schema/cron.h"
#include "shell/zones/zones.h"

namespace hammock::cli {
namespace {

constexpr std::size_t kCountDefault = 10;
constexpr std::size_t kCountMost = 1000;

struct Wanted {
  schema::Cron cron;
  schedule::Zone zone;
  Instant after;
  std::size_t count = kCountDefault;
};

// The sentence, and the schedule with what is wrong in it underlined.
int say_bad_cron(const Session& session, const std::string& text, const schema::Problem& problem) {
  const std::string help = problem.help.empty() ? "" : "; " + problem.help;
  const int result = say(session, Exit::kUsage, printable(problem.message + help));
  const std::size_t before = columns_of(printable(text.substr(0, problem.at)));
  const std::size_t wrong =
      std::max<std::size_t>(columns_of(printable(text.substr(problem.at, problem.length))), 1);
  session.err.write("  " + printable(text) + "\n  " + std::string(before, ' ') +
                    std::string(wrong, '^') + "\n");
  return result;
}

Result<Wanted> understand(schema::Cron cron, const Invocation& invocation) {
  auto name = invocation.value("tz");
  if (!name) {
    auto own = zones::machine_zone();
    if (!own) return within("give `--tz`", std::move(own).error());
    name = *own;
  }
  auto zone = zones::find_zone(*name);
  if (!zone) return std::unexpected(std::move(zone).error());
  Wanted wanted{std::move(cron), *std::move(zone), wall_now()};
  if (auto after = invocation.value("after")) {
    auto instant = parse_instant(*after);
    if (!instant) {
      return fail(
          ErrorCode::kInvalid,
          "`--after` is an instant such as 2026-03-28T12:00:00Z, not `" + printable(*after) + "`");
    }
    wanted.after = *instant;
  }
  if (auto count = invocation.value("count")) {
    auto number = parse_decimal(*count);
    if (!number || *number < 1 || *number > kCountMost) {
      return fail(ErrorCode::kInvalid, "`-n` is a number from 1 to " + std::to_string(kCountMost) +
                                           ", not `" + printable(*count) + "`");
    }
    wanted.count = *number;
  }
  return wanted;
}

std::vector<std::string> next_runs(const Wanted& wanted) {
  std::vector<std::string> times;
  std::optional<Instant> at = wanted.after;
  while (times.size() < wanted.count) {
    at = schedule::next_due(wanted.cron, wanted.zone, *at);
    if (!at) break;
    times.push_back(schedule::format_local(wanted.zone, *at));
  }
  return times;
}

}  // namespace

int run_next(const Session& session, const Invocation& invocation) {
  auto text = invocation.value("cron");
  if (!text) {
    return say(session, Exit::kUsage,
               "`hammock next` needs `--cron`, such as --cron \"30 2 * * *\"");
  }
  auto cron = schema::read_cron(*text);
  if (!cron) return say_bad_cron(session, *text, cron.error());
  auto wanted = understand(*std::move(cron), invocation);
  if (!wanted) return say(session, wanted.error());
  const std::vector<std::string> times = next_runs(*wanted);
  if (!invocation.flag("json")) {
    for (const std::string& time : times)
      session.out.write(time + "\n");
    return code(Exit::kDone);
  }
  JsonWriter json;
  json.object([&] {
    json.member("next");
    json.array([&] {
      for (const std::string& time : times)
        json.value(time);
    });
  });
  session.out.write(json.text() + "\n");
  return code(Exit::kDone);
}

}  // namespace hammock::cli
