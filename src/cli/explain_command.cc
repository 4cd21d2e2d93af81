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
  std::vector<std::string> similar = text.error().similar;
  for (std::string& one : similar)
    one = "`" + one + "`";
  std::string hint = similar.empty() ? "; `hammock explain` lists the tables"
                                     : "; did you mean " + join(similar, " or ") + "?";
  return say(session, Exit::kUsage,
             "there is no key `" + printable(key) + "` in hammock.toml" + hint);
}

}  // namespace hammock::cli
