// The keys that every program has, be it kept up (service) or run to its end (job). `of` makes the
// access to a member of its service::Config within S. Of this module only.
#pragma once

#include "core/config/parts.h"

namespace hammock::config {

schema::Schema<std::uint32_t> permission_mask();
schema::Schema<std::string> account_name();
// One where a list is wanted.
schema::Hint as_list(const std::string& text);

// Which endings mean what, and how it is made to end.
template <class S, class Of>
void add_endings(schema::TableOf<S>& table, Of of) {
  using namespace schema;  // NOLINT: the language that schemas are written in
  using service::Config;
  table
      .optional("expected_exits", of(&Config::expected_exits),
                list_of(expected_exit())
                    .size(0, 64)
                    .example("[{ code = 75, because = \"the database restarts\" }]"))
      .doc("endings that are handled, counted, and told to nobody")
      .optional("no_retry_exits", of(&Config::no_retry_exits),
                list_of(exit_match()).size(0, 64).example("[78]"))
      .doc("endings after which trying again is useless: it waits for somebody")
      .optional("stop", of(&Config::stop), stop_policy())
      .doc("how it is stopped");
}

// Who it runs as, where, with what in its environment, and what it may use.
template <class S, class Of>
void add_surroundings(schema::TableOf<S>& table, Of of) {
  using namespace schema;  // NOLINT: the language that schemas are written in
  using service::Config;
  auto some = []<class T>(const Schema<T>& schema) {
    return schema.transform([](T value) { return std::optional<T>(std::move(value)); });
  };
  table.optional("user", of(&Config::user), some(enforced(account_name().example("\"web\""))))
      .doc("who it runs as; without it, as Hammock itself")
      .optional("group", of(&Config::group), some(enforced(account_name().example("\"www-data\""))))
      .doc("its group; without it, the user's")
      .optional("directory", of(&Config::directory),
                path().example("\"/srv/web\"").transform([](const std::filesystem::path& p) {
                  return std::optional<std::string>(p.string());
                }))
      .doc("where it runs; without it, the folder of hammock.toml, which relative paths are below")
      .defaulted("umask", of(&Config::file_mode_mask), permission_mask().example("\"0027\""),
                 "\"0022\"")
      .doc("the permissions that new files do not get")
      .optional("env", of(&Config::env), environment().example("{ PORT = \"8000\" }"))
      .doc("variables of its environment, which is built from zero; above those of env_file")
      .optional("env_file", of(&Config::env_file), one_or_more_paths().example("\".env\""))
      .doc("files of KEY=value lines; the later ones win")
      .optional("secrets", of(&Config::secrets),
                secrets().example("{ db_password = \"/etc/acme/db_password\" }"))
      .doc("files that it finds in $CREDENTIALS_DIRECTORY, readable by it alone")
      .optional("limits", of(&Config::limits), limits())
      .doc("what it may use")
      .optional("nice", of(&Config::nice), some(enforced(integer_of<int>(-20, 19).example("10"))))
      .doc("its priority; 19 gives way to everybody")
      .optional("oom_score", of(&Config::oom_score),
                some(enforced(integer_of<int>(-1000, 1000).example("500"))))
      .doc("who is ended first when the memory of the host runs out: 1000 first, -1000 never")
      .defaulted("no_new_privileges", of(&Config::no_new_privileges), boolean().example("false"),
                 "true")
      .doc("neither it nor its children can gain privileges, by setuid programs for example")
      .optional("capabilities", of(&Config::capabilities), some(enforced(capability_list())))
      .doc("the only privileges it has; an empty list takes all of them")
      .optional("logs", of(&Config::logs), logs())
      .doc("how much of its output is kept")
      .optional("checklist", of(&Config::checklist),
                identifier().example("\"web-down\"").transform([](std::string name) {
                  return std::optional(std::move(name));
                }))
      .doc("what somebody is to do when it is down");
}

// The rules between these keys.
template <class S, class Of>
void add_program_rules(schema::TableOf<S>& table, Of program) {
  auto check = [&](auto rule) {
    return [rule, program](const S& whole, schema::At& at) { rule(program(whole), at); };
  };
  table.rule("an exit is listed once", {"expected_exits", "no_retry_exits"}, check(check_exits))
      .rule("a variable is given once", {"env", "secrets"}, check(check_secret_variables));
}

}  // namespace hammock::config
