// [heartbeat.*]
#include "core/config/parts.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using namespace std::chrono_literals;
using heartbeat::Config;

namespace {

// What stands in the file, before `at` and `every` are put into one.
struct Form {
  Config config;
  std::optional<Cron> at;
  std::optional<Duration> every;
};

Config to_config(Form form) {
  if (form.at) form.config.when = heartbeat::AtTimes{*std::move(form.at)};
  if (form.every) form.config.when = heartbeat::Every{*form.every};
  return std::move(form.config);
}

constexpr auto of_config = [](auto member) {
  return [member](Form& form) -> auto& { return form.config.*member; };
};

void check_timezone(const Form& form, At& at) {
  if (form.at || !at.has({std::string("timezone")})) return;
  at.error_at_key("needs-other-key", {std::string("timezone")},
                  "'timezone' is the zone of 'at', and there is none")
      .help = "remove it, or say by 'at' when the ping is expected";
}

void check_success_within(const Form& form, At& at) {
  const auto& within = form.config.success_within;
  if (!within || !form.every || *within >= *form.every + form.config.grace) return;
  at.error("contradiction", {std::string("success_within")},
           "it is shorter than 'every' and 'grace' together, " +
               format_duration(*form.every + form.config.grace) +
               ": it would be down while its next ping is not late yet")
      .help = "allow at least so much, or let it be pinged more often";
}

Schema<std::string> uuid() {
  return string()
      .matching("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                "a UUID in small letters, as uuidgen prints it")
      .example("\"5c8c1e0a-7f3e-4d0b-9a52-6f0f6a1f2f10\"");
}

}  // namespace

Schema<Config> heartbeat_schema() {
  TableOf<Form> table("heartbeat");
  table.optional("every", &Form::every, some(duration().range(1s, 24h * 366).example("\"24h\"")))
      .doc("how long after a ping the next one is expected")
      .optional("at", &Form::at, some(cron().example("\"15 3 * * *\"")))
      .doc(
          "when a ping is expected: minute, hour, day of month, month and day of week as in "
          "crontab(5)")
      .optional("timezone", of_config(&Config::timezone),
                some(time_zone().example("\"Europe/Berlin\"")))
      .doc("the time zone of at; without it, the one of [hammock]")
      .defaulted("grace", of_config(&Config::grace),
                 duration().range(1s, 24h * 366).example("\"2h\""), "\"1h\"")
      .doc(
          "how much later than expected a ping may come; and how long a run may take that was "
          "begun by a start")
      .optional("fail_after", of_config(&Config::fail_after), some(k_of_n()))
      .doc(
          "how many of its newest outcomes must be failures until it is down; a ping that says so, "
          "one that does not come and a run that does not end are failures. Without it, the first")
      .optional("success_within", of_config(&Config::success_within),
                some(duration().range(1s, 24h * 366).example("\"26h\"")))
      .doc(
          "it is down when it has not succeeded for so long; without fail_after no failure takes "
          "it "
          "down before")
      .optional("uuid", of_config(&Config::uuid), some(uuid()))
      .doc(
          "what pings call it; without the key it is made of the names of the installation and of "
          "the heartbeat, and whoever knows these can ping")
      .optional("description", of_config(&Config::description),
                some(string().size(1, 500).example("\"copies the offsite backup\"")))
      .doc("what it is about, for people")
      .defaulted("manual_resume", of_config(&Config::manual_resume), boolean(), "false")
      .doc("a ping does not end a pause: somebody has to resume it")
      .defaulted("post_only", of_config(&Config::post_only), boolean(), "false")
      .doc("pings by other methods than POST, such as those of link previews, change nothing")
      .exactly_one({"every", "at"}, "without it nobody knows when a ping is missing")
      .rule("timezone needs at", {"timezone", "at"}, check_timezone)
      .rule("success_within is not below every and grace", {"success_within", "every", "grace"},
            check_success_within);
  return table.schema().transform(to_config);
}

}  // namespace hammock::config
