#include "cli/help.h"

namespace hammock::cli {
namespace {

// A cell of a table: a bar would end it.
std::string cell(std::string_view text) {
  std::string result;
  for (char c : text)
    result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string row(std::string_view term, std::string_view meaning) {
  return "| `" + std::string(term) + "` | " + cell(meaning) + " |\n";
}

std::string table_head(std::string_view first, std::string_view second) {
  return "| " + std::string(first) + " | " + std::string(second) + " |\n|---|---|\n";
}

std::string section(const Command& command) {
  std::string text = "\n### hammock " + std::string(command.name) + "\n\n";
  text += "`" + usage_of(command) + "`: " + std::string(command.summary) + ".\n";
  for (std::string_view paragraph : command.text)
    text += "\n" + wrapped(paragraph, 100);
  if (!command.arguments.empty() || !command.options.empty()) {
    text += "\n" + table_head("argument or option", "meaning");
  }
  for (const Argument& argument : command.arguments)
    text += row(argument.name, argument.help);
  for (const Option& option : command.options)
    text += row(option_heading(option), option.help);
  if (!command.examples.empty()) text += "\n```sh\n";
  std::size_t columns = 0;
  for (const Example& one : command.examples)
    columns = std::max(columns, columns_of(one.line));
  for (const Example& one : command.examples) {
    text += padded(one.line, columns) + "  # " + std::string(one.meaning) + "\n";
  }
  if (!command.examples.empty()) text += "```\n";
  return text;
}

}  // namespace

std::string cli_markdown() {
  std::string text =
      "# The command line\n\n"
      "This page is made from the description in `src/cli/description.cc`; `hammock help "
      "--markdown`\n"
      "prints it, `hammock help --man` prints it as a manual page.\n\n"
      "`hammock [-c FILE] COMMAND …`\n\n## Options of every command\n\n";
  text += table_head("option", "meaning");
  for (const Option& option : global_options())
    text += row(option_heading(option), option.help);
  text += "\n## Exit codes\n\n" + table_head("code", "meaning");
  for (const ExitMeaning& one : exit_meanings()) {
    text += row(std::to_string(code(one.exit)), one.meaning);
  }
  text += "\n## Environment\n\n" + table_head("variable", "meaning");
  for (const Variable& variable : variables())
    text += row(variable.name, variable.meaning);
  text += "\n## Commands\n";
  for (const Command& command : commands())
    text += section(command);
  text +=
      "\n## JSON\n\n"
      "`hammock status --json` prints the shape of `GET /v1/status` "
      "([control.md](formats/control.md)).\n"
      "When it is read from the ledger it has `\"source\":\"ledger\"`, and `want` and `name` are "
      "null,\n"
      "because only the brain knows them. `hammock events --json` prints one event a line.\n"
      "`hammock check --format json` prints\n\n"
      "```json\n"
      "{\"file\":\"hammock.toml\",\"ok\":false,\"errors\":[{\"code\":\"unknown-key\",\"severity\":"
      "\"error\",\n"
      "  "
      "\"path\":[\"service\",\"web\",\"comand\"],\"file\":\"hammock.toml\",\"line\":2,\"column\":1,"
      "\n"
      "  \"end_line\":2,\"end_column\":7,\"message\":\"…\",\"expected\":\"…\",\"got\":\"…\",\n"
      "  \"suggestion\":\"…\",\"help\":\"…\",\"related\":[],\"doc\":\"…\"}]}\n"
      "```\n";
  return text;
}

}  // namespace hammock::cli
