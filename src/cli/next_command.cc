#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/look.h"
#include "cli/suggest.h"
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

// `zone`: the one to take when none is given; nothing: the machine's.
Result<Wanted> understand(schema::Cron cron, std::optional<std::string> zone_of_job,
                          const Invocation& invocation) {
  auto name = invocation.value("tz");
  if (!name) name = std::move(zone_of_job);
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

int show_times(const Session& session, const Invocation& invocation, const Result<Wanted>& wanted) {
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

// By the configuration file, so that it can be asked before `hammock apply`.
int next_of_job(const Session& session, const Invocation& invocation, const std::string& name) {
  CheckedFile checked = check_file(session, session.configuration);
  if (!checked.configuration) {
    session.err.write(render_report(checked.report, "human", session.err.look()));
    return code(Exit::kConfiguration);
  }
  const auto& jobs = checked.configuration->jobs;
  auto found = std::ranges::find(jobs, name, &job::Config::name);
  if (found == jobs.end()) {
    std::vector<std::string> known;
    for (const job::Config& job : jobs)
      known.push_back(job.name);
    return say(session, Exit::kUsage,
               "there is no job `" + printable(name) + "` in " + printable(session.configuration) +
                   did_you_mean(name, known));
  }
  const auto* at = std::get_if<job::AtTimes>(&found->when);
  if (at == nullptr) {
    bool repeats = std::holds_alternative<job::Every>(found->when);
    return say(session, Exit::kUsage,
               "`" + name + "` has no `at`" +
                   (repeats ? ": it is due at a distance from the time before; `hammock job list` "
                              "shows the next one"
                            : " and no `every`: it runs to completion once"));
  }
  std::string zone = found->timezone.value_or(checked.configuration->settings.timezone);
  return show_times(session, invocation, understand(at->cron, std::move(zone), invocation));
}

}  // namespace

int run_next(const Session& session, const Invocation& invocation) {
  auto text = invocation.value("cron");
  auto name = invocation.value("NAME");
  if (text.has_value() == name.has_value()) {
    return say(session, Exit::kUsage,
               "`hammock next` needs the name of a job or `--cron`, such as --cron \"30 2 * * *\"");
  }
  if (name) return next_of_job(session, invocation, *name);
  auto cron = schema::read_cron(*text);
  if (!cron) return say_bad_cron(session, *text, cron.error());
  return show_times(session, invocation, understand(*std::move(cron), std::nullopt, invocation));
}

}  // namespace hammock::cli
