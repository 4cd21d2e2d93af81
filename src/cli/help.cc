#include "cli/help.h"

#include <algorithm>

namespace hammock::cli {
namespace {

// A term and its explanation: beside each other where there is room, else below each other.
std::string entry(std::string_view term, std::string_view meaning, std::size_t term_columns,
                  const Look& look) {
  constexpr std::size_t kIndent = 2;
  constexpr std::size_t kMeaningColumnsMin = 30;
  std::size_t column = kIndent + term_columns + 2;
  std::string shown = std::string(kIndent, ' ') + toned(look, Tone::kStrong, term);
  bool beside = columns_of(term) <= term_columns && column + kMeaningColumnsMin <= look.width;
  if (!beside) return shown + "\n" + wrapped(meaning, look.width, 6);
  std::string lines = wrapped(meaning, look.width, column);
  std::size_t used = kIndent + columns_of(term);
  return shown + std::string(column - used, ' ') + lines.substr(column);
}

std::string heading(std::string_view text, const Look& look) {
  return "\n" + toned(look, Tone::kStrong, text) + "\n";
}

template <class Items, class Term>
std::size_t widest(const Items& items, Term term) {
  std::size_t columns = 0;
  for (const auto& item : items)
    columns = std::max(columns, columns_of(term(item)));
  return columns;
}

std::string option_list(const std::vector<Option>& options, const Look& look) {
  std::size_t columns = widest(options, option_heading);
  std::string text;
  for (const Option& option : options) {
    text += entry(option_heading(option), option.help, columns, look);
  }
  return text;
}

std::string example_list(const std::vector<Example>& examples, const Look& look) {
  std::string text;
  for (const Example& example : examples) {
    text += "  " + toned(look, Tone::kStrong, example.line) + "\n";
    text += wrapped(example.meaning, look.width, 6);
  }
  return text;
}

}  // namespace

std::string_view version() {
  return HAMMOCK_VERSION;
}

std::string option_heading(const Option& option) {
  std::string text = option.letter == 0 ? "" : std::string("-") + option.letter + ", ";
  text += "--" + std::string(option.name);
  if (!option.value.empty()) text += " " + std::string(option.value);
  return text;
}

std::string usage_of(const Command& command) {
  std::string text = "hammock " + std::string(command.name);
  for (const Option& option : command.options) {
    std::string form =
        option.letter == 0 ? "--" + std::string(option.name) : std::string("-") + option.letter;
    if (!option.value.empty()) form += " " + std::string(option.value);
    text += " [" + form + "]";
  }
  for (const Argument& argument : command.arguments) {
    std::string form(argument.name);
    if (argument.rest) form = "-- " + form + "…";
    text += argument.required ? " " + form : " [" + form + "]";
  }
  return text;
}

std::string help_overview(const Look& look) {
  std::string text = wrapped("hammock " + std::string(kTagline) + ".", look.width);
  text += heading("Usage", look) + "  hammock [-c FILE] COMMAND …\n";
  text += heading("Commands", look);
  std::size_t columns = widest(commands(), [](const Command& command) { return command.name; });
  for (const Command& command : commands()) {
    text += entry(command.name, command.summary, columns, look);
  }
  text += heading("Options of every command", look) + option_list(global_options(), look);
  text += heading("Examples", look);
  text += example_list({{"hammock check", "is hammock.toml right?"},
                        {"hammock up --detach", "start everything in the background"},
                        {"hammock status", "what runs, what is ready?"},
                        {"hammock logs web -f", "what does web say?"},
                        {"hammock help logs", "explain one command"}},
                       look);
  text += heading("Environment", look);
  for (const Variable& variable : variables()) {
    text += entry(variable.name, variable.meaning, 19, look);
  }
  text += heading("Exit codes", look);
  for (const ExitMeaning& one : exit_meanings()) {
    text += entry(padded_left(std::to_string(code(one.exit)), 2), one.meaning, 2, look);
  }
  return text;
}

std::string help_of(const Command& command, const Look& look) {
  std::string text =
      wrapped("hammock " + std::string(command.name) + ": " + std::string(command.summary) + ".",
              look.width);
  text += heading("Usage", look) + wrapped(usage_of(command), look.width, 2);
  for (std::string_view paragraph : command.text)
    text += "\n" + wrapped(paragraph, look.width);
  if (!command.arguments.empty()) text += heading("Arguments", look);
  std::size_t columns = widest(command.arguments, [](const Argument& one) { return one.name; });
  for (const Argument& argument : command.arguments) {
    text += entry(argument.name, argument.help, columns, look);
  }
  std::vector<Option> options = command.options;
  options.insert(options.end(), global_options().begin(), global_options().end());
  text += heading("Options", look) + option_list(options, look);
  if (!command.examples.empty()) {
    text += heading("Examples", look) + example_list(command.examples, look);
  }
  return text;
}

}  // namespace hammock::cli
