#include "cli/help.h"

namespace hammock::cli {
namespace {

// Text of roff: backslashes and hyphens escaped, no line that begins with a control character.
std::string roff(std::string_view text) {
  std::string result;
  bool line_start = true;
  for (char c : text) {
    if (line_start && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
    line_start = c == '\n';
  }
  return result;
}

std::string bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string title(std::string_view name) {
  return ".TH " + std::string(name) + " 1 \"\" \"Hammock " + std::string(version()) +
         "\" \"Hammock\"\n";
}

std::string term(std::string_view name, std::string_view meaning) {
  return ".TP\n" + bold(name) + "\n" + roff(meaning) + "\n";
}

std::string paragraphs(const Command& command) {
  std::string text;
  for (std::string_view paragraph : command.text)
    text += ".PP\n" + roff(paragraph) + "\n";
  return text;
}

std::string terms(const Command& command) {
  std::string text;
  for (const Argument& argument : command.arguments)
    text += term(argument.name, argument.help);
  for (const Option& option : command.options)
    text += term(option_heading(option), option.help);
  return text;
}

std::string examples(const Command& command) {
  std::string text;
  for (const Example& example : command.examples)
    text += term(example.line, example.meaning);
  return text;
}

std::string tail() {
  std::string text = ".SH ENVIRONMENT\n";
  for (const Variable& variable : variables())
    text += term(variable.name, variable.meaning);
  text += ".SH EXIT STATUS\n";
  for (const ExitMeaning& one : exit_meanings()) {
    text += term(std::to_string(code(one.exit)), one.meaning);
  }
  return text;
}

std::string global_terms() {
  std::string text;
  for (const Option& option : global_options())
    text += term(option_heading(option), option.help);
  return text;
}

std::string page_of_all() {
  std::string text = title("HAMMOCK");
  text += ".SH NAME\nhammock \\- " + roff(kTagline) + "\n";
  text += ".SH SYNOPSIS\n.B hammock\n[\\-c FILE] COMMAND ...\n";
  text += ".SH COMMANDS\n";
  for (const Command& command : commands()) {
    text += ".SS " + roff(usage_of(command)) + "\n" + roff(command.summary) + ".\n";
    text += paragraphs(command) + terms(command);
  }
  text += ".SH OPTIONS OF EVERY COMMAND\n" + global_terms();
  text += ".SH EXAMPLES\n";
  for (const Command& command : commands())
    text += examples(command);
  return text + tail();
}

}  // namespace

std::string man_page(const Command* command) {
  if (command == nullptr) return page_of_all();
  std::string name = "hammock-" + std::string(command->name);
  std::string text =
      title(name) + ".SH NAME\n" + roff(name) + " \\- " + roff(command->summary) + "\n";
  text += ".SH SYNOPSIS\n" + roff(usage_of(*command)) + "\n";
  text += ".SH DESCRIPTION\n" + roff(command->summary) + ".\n" + paragraphs(*command);
  text += ".SH OPTIONS\n" + terms(*command) + global_terms();
  if (!command->examples.empty()) text += ".SH EXAMPLES\n" + examples(*command);
  return text + tail() + ".SH SEE ALSO\nhammock(1)\n";
}

}  // namespace hammock::cli
