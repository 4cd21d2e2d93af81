#include <set>
#include <string>

#include "base/text.h"
#include "cli/commands.h"
#include "core/config/config.h"

namespace hammock::cli {

namespace {

// Every table, as a path that `explain` takes: whatever has keys below it.
int list_tables(const Session& session) {
  std::set<std::string> tables;
  for (const std::string& key : config::all_keys()) {
    auto dot = key.rfind('.');
    if (dot != std::string::npos) tables.insert(key.substr(0, dot));
  }
  for (const std::string& table : tables)
    session.out.write(table + "\n");
  return code(Exit::kDone);
}

}  // namespace

int run_explain(const Session& session, const Invocation& invocation) {
  std::string key = invocation.value("KEY").value_or("");
  if (key.empty()) return list_tables(session);
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
