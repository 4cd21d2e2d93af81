// [service.*]
#include "core/config/parts.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using namespace std::chrono_literals;
using service::Config;

namespace {

template <class T>
Schema<std::optional<T>> some(const Schema<T>& schema) {
  return schema.transform([](T value) { return std::optional<T>(std::move(value)); });
}

// One where a list is wanted.
Hint as_list(const std::string& text) {
  return {"[" + quote(text) + "]", ""};
}

Schema<std::uint32_t> permission_mask() {
  std::string expects = "an octal mask such as \"0022\"";
  Schema<unsigned> octal_text = octal(0777);
  Description description = octal_text.description();
  description.expects = expects;
  return Schema<std::uint32_t>(
      description, [octal_text, description](Context& context, const Value& at) {
        if (at.integer()) {
          // 022 is no TOML, and 22 may be meant as octal or not: what is meant must be seen.
          std::string digits = std::to_string(*at.integer());
          bool is_octal = *at.integer() >= 0 && digits.find_first_of("89") == std::string::npos;
          Diagnostic& diagnostic = context.wrong_type(at, description);
          diagnostic.suggestion = is_octal && digits.size() < 5
                                      ? quote(std::string(4 - digits.size(), '0') + digits)
                                      : "\"0022\"";
          return Parsed<std::uint32_t>();
        }
        Parsed<unsigned> parsed = octal_text.read(context, at);
        if (!parsed.value) return Parsed<std::uint32_t>();
        return Parsed<std::uint32_t>(std::uint32_t{*parsed.value}, parsed.whole);
      });
}

Schema<std::string> account_name() {
  return string().size(1, 32).matching("[A-Za-z0-9_][A-Za-z0-9_.-]*\\$?",
                                       "a name such as \"web\", or a number");
}

Schema<std::vector<std::string>> names_of_services(std::string edge) {
  return unique_list_of(reference("service", std::move(edge)))
      .size(0, 1000)
      .on_string(as_list)
      .example("[\"db\"]");
}

void add_life(TableOf<Config>& table) {
  table
      .required("command", &Config::command,
                command_vector().example("[\"gunicorn\", \"app:api\"]"))
      .doc(
          "the program and its arguments; looked up in PATH, relative to directory when it holds a "
          "'/'")
      .defaulted("instances", &Config::instances,
                 integer_of<std::uint32_t>(1, service::kInstancesMax).example("4"), "1")
      .doc("how many copies of it run")
      .defaulted("min_ready", &Config::min_ready,
                 integer_of<std::uint32_t>(0, service::kInstancesMax).example("2"), "0")
      .doc("no command may take the ready instances below this")
      .optional("needs", &Config::needs, names_of_services("start order"))
      .doc("services that must be ready before it is started")
      .optional("after", &Config::after, names_of_services("start order"))
      .doc("services that are started before it, if they are wanted at all")
      .optional("restart_with", &Config::restart_with, names_of_services(""))
      .doc(
          "when one of these was restarted, it is restarted, too; name each other, and all go "
          "together")
      .optional("ready", &Config::ready, readiness())
      .doc("how it is seen that the program can do its work; without it, it was started and lives")
      .optional("watchdog", &Config::watchdog,
                some(duration().range(100ms, 24h).example("\"30s\"")))
      .doc("the program says WATCHDOG=1 at least so often, or it is taken for hung and restarted")
      .optional("restart", &Config::restart, restart_policy())
      .doc("how it is restarted when it ends")
      .optional("expected_exits", &Config::expected_exits,
                list_of(expected_exit())
                    .size(0, 64)
                    .example("[{ code = 75, because = \"the database restarts\" }]"))
      .doc("endings that are handled, counted, and told to nobody")
      .optional("no_retry_exits", &Config::no_retry_exits,
                list_of(exit_match()).size(0, 64).example("[78]"))
      .doc("endings after which trying again is useless: it waits for somebody")
      .optional("stop", &Config::stop, stop_policy())
      .doc("how it is stopped")
      .optional("reload", &Config::reload, reload())
      .doc("how `hammock reload` makes it read its configuration again")
      .defaulted("essential", &Config::essential, boolean().example("true"), "false")
      .doc("when it ends, Hammock ends with its code: for containers");
}

void add_surroundings(TableOf<Config>& table) {
  table
      .optional("listen", &Config::listen,
                unique_list_of(socket_address())
                    .size(0, 64)
                    .on_string(as_list)
                    .example("[\"127.0.0.1:8000\"]"))
      .doc("sockets that are held open for it, also while it restarts, and passed as LISTEN_FDS")
      .optional("user", &Config::user, some(enforced(account_name().example("\"web\""))))
      .doc("who it runs as; without it, as Hammock itself")
      .optional("group", &Config::group, some(enforced(account_name().example("\"www-data\""))))
      .doc("its group; without it, the user's")
      .optional("directory", &Config::directory,
                path().example("\"/srv/web\"").transform([](const std::filesystem::path& p) {
                  return std::optional<std::string>(p.string());
                }))
      .doc("where it runs; without it, the folder of hammock.toml, which relative paths are below")
      .defaulted("umask", &Config::file_mode_mask, permission_mask().example("\"0027\""),
                 "\"0022\"")
      .doc("the permissions that new files do not get")
      .optional("env", &Config::env, environment().example("{ PORT = \"8000\" }"))
      .doc("variables of its environment, which is built from zero; above those of env_file")
      .optional("env_file", &Config::env_file, one_or_more_paths().example("\".env\""))
      .doc("files of KEY=value lines; the later ones win")
      .optional("secrets", &Config::secrets,
                secrets().example("{ db_password = \"/etc/acme/db_password\" }"))
      .doc("files that it finds in $CREDENTIALS_DIRECTORY, readable by it alone")
      .optional("limits", &Config::limits, limits())
      .doc("what it may use")
      .optional("nice", &Config::nice, some(enforced(integer_of<int>(-20, 19).example("10"))))
      .doc("its priority; 19 gives way to everybody")
      .optional("oom_score", &Config::oom_score,
                some(enforced(integer_of<int>(-1000, 1000).example("500"))))
      .doc("who is ended first when the memory of the host runs out: 1000 first, -1000 never")
      .defaulted("no_new_privileges", &Config::no_new_privileges, boolean().example("false"),
                 "true")
      .doc("neither it nor its children can gain privileges, by setuid programs for example")
      .optional("capabilities", &Config::capabilities, some(enforced(capability_list())))
      .doc("the only privileges it has; an empty list takes all of them")
      .defaulted("notify_access", &Config::notify_access,
                 one_of<service::NotifyAccess>({{"none", service::NotifyAccess::kNone},
                                                {"main", service::NotifyAccess::kMain},
                                                {"exec", service::NotifyAccess::kExec},
                                                {"all", service::NotifyAccess::kAll}})
                     .example("\"all\""),
                 "\"main\"")
      .doc(
          "whose messages through NOTIFY_SOCKET are heard: of nobody, of the program, of the "
          "program "
          "and what we run for it, or of all its children")
      .defaulted("stored_descriptors", &Config::stored_descriptors,
                 integer_of<std::uint32_t>(0, 256).example("8"), "0")
      .doc("how many descriptors it may leave with us over a restart (FDSTORE)")
      .optional("logs", &Config::logs, logs())
      .doc("how much of its output is kept")
      .optional("checklist", &Config::checklist,
                identifier().example("\"web-down\"").transform([](std::string name) {
                  return std::optional(std::move(name));
                }))
      .doc("what somebody is to do when it is down");
}

}  // namespace

Schema<Config> service_schema() {
  TableOf<Config> table("service");
  add_life(table);
  add_surroundings(table);
  add_service_rules(table);
  return table;
}

}  // namespace hammock::config
