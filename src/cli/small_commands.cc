#include "base/json.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/help.h"

namespace hammock::cli {

int run_version(const Session& session, const Invocation& invocation) {
  auto answer = ask(session.places.control(), "GET", "/v1/version", deadline_in(kAnswerWithin));
  std::optional<std::string> running;
  if (answer && answer->status == 200) running = answer->body["version"].text();
  if (invocation.flag("json")) {
    JsonWriter json;
    json.object([&] {
      json.member("version", version());
      json.member("running", running);
    });
    session.out.write(json.text() + "\n");
    return code(Exit::kDone);
  }
  session.out.write("hammock " + std::string(version()) + "\n");
  if (running && *running != version()) {
    session.out.write("running: " + *running + "; `hammock down` and `hammock up` change over\n");
  }
  return code(Exit::kDone);
}

int run_completion(const Session& session, const Invocation& invocation) {
  session.out.write(completion_script(*invocation.value("SHELL")));
  return code(Exit::kDone);
}

int run_help(const Session& session, const Invocation& invocation) {
  const Command* command = nullptr;
  if (auto name = invocation.value("COMMAND")) {
    command = find_command(*name);
    if (command == nullptr) {
      return say(session, Exit::kUsage,
                 "there is no command `" + *name + "`; `hammock help` lists them");
    }
  }
  Look look = session.out.look();
  constexpr std::size_t kReadableWidth = 100;
  look.width = std::min(look.width, kReadableWidth);
  if (invocation.flag("man")) {
    session.out.write(man_page(command));
  } else if (invocation.flag("markdown")) {
    session.out.write(cli_markdown());
  } else {
    session.out.write(command == nullptr ? help_overview(look) : help_of(*command, look));
  }
  return code(Exit::kDone);
}

}  // namespace hammock::cli
