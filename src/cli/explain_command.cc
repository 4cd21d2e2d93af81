#include "base/text.h"
#include "cli/commands.h"
#include "core/config/config.h"

namespace hammock::cli {

int run_explain(const Session& session, const Invocation& invocation) {
  std::string key = invocation.value("KEY").value_or("");
  auto text = config::explain(key);
  if (text) {
    session.out.write(*text);
    if (!text->ends_with('\n')) session.out.write("\n");
    return code(Exit::kDone);
  }
  std::vector<std::string> meant = text.error().candidates;
  for (std::string& one : meant)
    one = "`" + printable(one) + "`";
  std::string hint = meant.empty() ? "; `hammock explain` lists the tables"
                                   : "; did you mean " + join(meant, " or ") + "?";
  return say(session, Exit::kUsage, printable(text.error().message) + hint);
}

}  // namespace hammock::cli
