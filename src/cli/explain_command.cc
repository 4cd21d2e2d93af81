#include "base/text.h"
#include "cli/commands.h"
#include "core/config/config.h"

namespace hammock::cli {

int run_explain(const Session& session, const Invocation& invocation) {
  std::string key = invocation.value("KEY").value_or("");
  if (auto text = config::explain(key)) {
    session.out.write(*text);
    if (!text->ends_with('\n')) session.out.write("\n");
    return code(Exit::kDone);
  }
  std::vector<std::string> similar = config::similar_keys(key);
  for (std::string& one : similar) one = "`" + one + "`";
  std::string hint = similar.empty() ? "; `hammock explain` lists the tables"
                                     : "; did you mean " + join(similar, " or ") + "?";
  return say(session, Exit::kUsage, "there is no key `" + printable(key) + "` in hammock.toml" + hint);
}

}  // namespace hammock::cli
