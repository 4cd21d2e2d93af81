// [service.*]
#include <functional>

#include "core/config/program_keys.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using namespace std::chrono_literals;
using service::Config;

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

namespace {

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
      .optional("reload", &Config::reload, reload())
      .doc("how `hammock reload` makes it read its configuration again")
      .defaulted("essential", &Config::essential, boolean().example("true"), "false")
      .doc("when it ends, Hammock ends with its code: for containers");
}

void add_sockets(TableOf<Config>& table) {
  table
      .optional("listen", &Config::listen,
                unique_list_of(socket_address())
                    .size(0, 64)
                    .on_string(as_list)
                    .example("[\"127.0.0.1:8000\"]"))
      .doc("sockets that are held open for it, also while it restarts, and passed as LISTEN_FDS")
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
      .doc("how many descriptors it may leave with us over a restart (FDSTORE)");
}

}  // namespace

Schema<Config> service_schema() {
  TableOf<Config> table("service");
  auto own = [](auto member) { return member; };
  add_life(table);
  add_endings(table, own);
  add_sockets(table);
  add_surroundings(table, own);
  add_service_rules(table);
  add_program_rules(table, std::identity());
  return table;
}

}  // namespace hammock::config
