// [job.*]
#include "core/config/program_keys.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using namespace std::chrono_literals;
using job::Config;

namespace {

// What stands in the file, before `at` and `every` are put into one.
struct Form {
  Config config;
  std::optional<Cron> at;
  std::optional<Duration> every;
  std::vector<QualifiedName> needs;
};

Config to_config(Form form) {
  form.config.program.on_demand = true;
  if (form.at) form.config.when = job::AtTimes{*std::move(form.at)};
  if (form.every) form.config.when = job::Every{*form.every};
  for (QualifiedName& need : form.needs) {
    bool is_job = need.collection == "job";
    (is_job ? form.config.needs : form.config.program.needs).push_back(std::move(need.name));
  }
  return std::move(form.config);
}

constexpr auto of_program = [](auto member) {
  return [member](Form& form) -> auto& { return form.config.program.*member; };
};
constexpr auto of_config = [](auto member) {
  return [member](Form& form) -> auto& { return form.config.*member; };
};

Schema<job::Retry> retry() {
  return TableOf<job::Retry>("retry")
      .required("tries", &job::Retry::tries, integer_of<std::uint32_t>(1, 100).example("3"))
      .doc("how often it is tried altogether")
      .defaulted("backoff", &job::Retry::backoff, duration().range(0s, 24h).example("\"1m\""),
                 "\"1m\"")
      .doc("the wait before the second try; it doubles from try to try, up to an hour");
}

Schema<std::uint32_t> catch_up() {
  return any_of<std::uint32_t>(one_of<std::uint32_t>({{"none", 0}, {"once", 1}}),
                               integer_of<std::uint32_t>(0, job::kCatchUpMost));
}

void check_others(const Form& form, At& at) {
  auto needs = [&](std::string key, bool is_there, const std::string& what,
                   const std::string& help = "remove it, or say when the job is due") {
    if (is_there || !at.has({key})) return;
    at.error_at_key("needs-other-key", {key}, "'" + key + "' " + what).help = help;
  };
  bool has_times = form.at || form.every;
  needs("timezone", form.at.has_value(), "is the zone of 'at', and there is none");
  needs("catch_up", has_times, "is about due times, and a job without 'at' and 'every' has none");
  needs("parallel", form.config.tasks > 0, "is of the tasks of a job, and it has none",
        "remove it, or say how many tasks there are");
}

// When it is due, and what happens when that does not go together.
void add_schedule(TableOf<Form>& table) {
  table.optional("at", &Form::at, some(cron().example("\"15 3 * * *\"")))
      .doc("when it is due: minute, hour, day of month, month and day of week as in crontab(5)")
      .optional("every", &Form::every, some(duration().range(1s, 24h * 366).example("\"1h\"")))
      .doc("how often it is due, counted from one due time to the next; for the first time at once")
      .optional("timezone", of_config(&Config::timezone),
                some(time_zone().example("\"Europe/Berlin\"")))
      .doc("the time zone of at; without it, the one of [hammock]")
      .defaulted("overlap", of_config(&Config::overlap),
                 one_of<job::Overlap>({{"skip", job::Overlap::kSkip},
                                       {"queue", job::Overlap::kQueue},
                                       {"replace", job::Overlap::kReplace}})
                     .example("\"queue\""),
                 "\"skip\"")
      .doc(
          "what happens when it is due while a run is at work: no other one, another one after it, "
          "or another one in its place")
      .defaulted("catch_up", of_config(&Config::catch_up), catch_up().example("\"once\""),
                 "\"none\"")
      .doc(
          "how many runs are made up for when it was due while Hammock was away: \"none\", "
          "\"once\" or a number");
}

// Which runs have failed, what follows, and how many programs a run is.
void add_run(TableOf<Form>& table) {
  table
      .optional("timeout", of_config(&Config::timeout),
                some(duration().range(1s, 24h * 366).example("\"2h\"")))
      .doc("a try that takes longer is stopped, and has failed")
      .optional("stuck_after", of_config(&Config::stuck_after),
                some(duration().range(1s, 24h * 366).example("\"10m\"")))
      .doc(
          "a try that writes nothing and tells no progress (X_PROGRESS) for so long is stuck: it "
          "is stopped, and has failed")
      .optional("retry", of_config(&Config::retry),
                retry().example("{ tries = 3, backoff = \"1m\" }"))
      .doc("whether a run that failed is tried again")
      .optional("success_every", of_config(&Config::success_every),
                some(duration().range(1s, 24h * 366).example("\"26h\"")))
      .doc(
          "how often it has to succeed; when it does not, whatever the reason, it is late, and "
          "that is said")
      .optional("tasks", of_config(&Config::tasks),
                integer_of<std::uint32_t>(1, job::kTasksMost).example("64"))
      .doc(
          "a run is so many runs of the program, each with its number in HAMMOCK_TASK, from 0, and "
          "all of them in HAMMOCK_TASKS")
      .defaulted("parallel", of_config(&Config::parallel),
                 integer_of<std::uint32_t>(1, job::kParallelMost).example("4"), "1")
      .doc("how many tasks are at work at a time");
}

}  // namespace

Schema<Config> job_schema() {
  TableOf<Form> table("job");
  table
      .required("command", of_program(&service::Config::command),
                command_vector().example("[\"./backup.sh\"]"))
      .doc(
          "the program and its arguments; looked up in PATH, relative to directory when it holds a "
          "'/'");
  add_schedule(table);
  add_run(table);
  table
      .optional("needs", &Form::needs,
                unique_list_of(qualified_reference({"job", "service"}, "start order"))
                    .size(0, 1000)
                    .example("[\"service.db\", \"job.dump\"]"))
      .doc(
          "services that must be ready, and jobs whose last run must have succeeded, before it "
          "runs");
  add_endings(table, of_program);
  add_surroundings(table, of_program);
  table.at_most_one({"at", "every"}, "a job has one schedule")
      .rule("timezone needs at; catch_up needs at or every; parallel needs tasks",
            {"timezone", "catch_up", "at", "every", "parallel", "tasks"}, check_others);
  add_program_rules(table,
                    [](const Form& form) -> const service::Config& { return form.config.program; });
  return table.schema().transform(to_config);
}

}  // namespace hammock::config
