#include "cli/arguments.h"

#include <CLI/CLI.hpp>

#include "base/assert.h"
#include "base/text.h"
#include "cli/suggest.h"

namespace hammock::cli {
namespace {

std::string ticked(std::string_view word) {
  return "`" + printable(word) + "`";
}

// Where the command word is, and which words are for CLI11: all but it.
struct Split {
  std::optional<std::string> command;
  std::vector<std::string> words;
  bool help = false;
};

Split split_words(const std::vector<std::string>& words) {
  Split result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() < 2 || word[0] != '-') {
      result.command = word;
      result.words.insert(result.words.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                          words.end());
      return result;
    }
    if (word == "-h" || word == "--help") result.help = true;
    if (word == "--version") {
      result.command = "version";
      return result;
    }
    result.words.push_back(word);
    bool takes_next = word == "-c" || word == "--config";
    if (takes_next && i + 1 < words.size()) result.words.push_back(words[++i]);
  }
  return result;
}

std::string option_names(const Option& option) {
  std::string names = "--" + std::string(option.name);
  if (option.letter != 0) names = std::string("-") + option.letter + "," + names;
  return names;
}

UsageError unknown_word(const Command& command, const std::string& word) {
  std::string name(command.name);
  if (word.size() > 1 && word[0] == '-') {
    std::vector<std::string> known;
    for (const auto* options : {&command.options, &global_options()}) {
      for (const Option& option : *options)
        known.push_back("--" + std::string(option.name));
    }
    bool program = !command.arguments.empty() && command.arguments.back().rest;
    std::string hint = program ? "; options of the program come after `--`"
                               : did_you_mean(word.substr(0, word.find('=')), known);
    return {"`hammock " + name + "` has no option " + ticked(word) + hint};
  }
  return {"`hammock " + name + "` takes " +
          (command.arguments.empty()
               ? std::string("no argument")
               : std::to_string(command.arguments.size()) +
                     (command.arguments.size() == 1 ? " argument" : " arguments")) +
          ", but " + ticked(word) + " was given as well"};
}

std::optional<UsageError> bad_choice(std::string_view what, const std::string& got,
                                     const std::vector<std::string_view>& choices) {
  if (choices.empty() || std::ranges::find(choices, got) != choices.end()) return std::nullopt;
  std::vector<std::string> known(choices.begin(), choices.end());
  return UsageError{std::string(what) + " is one of " + join(known, ", ") + ", not " + ticked(got) +
                    did_you_mean(got, known)};
}

// Fills in the options; the first mistake, if any.
std::optional<UsageError> take_options(const Command& command, CLI::App& app, Invocation& into) {
  for (const auto* options : {&command.options, &global_options()}) {
    for (const Option& option : *options) {
      std::string name = "--" + std::string(option.name);
      const CLI::Option* found = app.get_option(name);
      if (option.value.empty()) {
        into.flags[std::string(option.name)] = found->count() > 0;
        continue;
      }
      if (found->count() == 0) continue;
      if (found->count() > 1) return UsageError{"`" + name + "` is given twice; give it once"};
      std::string value = found->results().front();
      if (auto wrong = bad_choice("`" + name + "`", value, option.choices)) return wrong;
      into.values[std::string(option.name)] = value;
    }
  }
  return std::nullopt;
}

std::optional<UsageError> take_arguments(const Command& command,
                                         const std::vector<std::string>& given, Invocation& into) {
  std::size_t next = 0;
  for (const Argument& argument : command.arguments) {
    if (argument.rest) {
      into.rest.assign(given.begin() + static_cast<std::ptrdiff_t>(std::min(next, given.size())),
                       given.end());
      next = given.size();
      if (into.rest.empty() && argument.required) {
        return UsageError{"`hammock " + std::string(command.name) + "` needs a command after `--`"};
      }
      continue;
    }
    if (next == given.size()) {
      if (!argument.required) break;
      return UsageError{"`hammock " + std::string(command.name) + "` needs " +
                        std::string(argument.name) + ": " + std::string(argument.help)};
    }
    const std::string& word = given[next++];
    if (auto wrong = bad_choice(argument.name, word, argument.choices)) return wrong;
    into.values[std::string(argument.name)] = word;
  }
  if (next < given.size()) return unknown_word(command, given[next]);
  return std::nullopt;
}

// CLI11 is given one command at a time, without its own help: the words decide, not its texts.
Parsed parse_command(const Command& command, std::vector<std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (const auto* options : {&command.options, &global_options()}) {
    for (const Option& option : *options) {
      if (option.value.empty()) {
        app.add_flag(option_names(option));
      } else {
        app.add_option(option_names(option))->take_all();
      }
    }
  }
  // The words of the program start at `--`; CLI11 would swallow the mark and lose the place.
  std::vector<std::string> after_mark;
  auto mark = std::ranges::find(words, "--");
  bool marked = mark != words.end();
  if (marked) {
    after_mark.assign(mark + 1, words.end());
    words.erase(mark, words.end());
  }
  std::ranges::reverse(words);
  try {
    app.parse(words);
  } catch (const CLI::ArgumentMismatch& mismatch) {
    std::string_view text = mismatch.what();  // "--format: 1 required TEXT missing"
    return UsageError{ticked(text.substr(0, text.find(':'))) + " needs a value"};
  } catch (const CLI::ParseError& error) {
    return UsageError{error.what()};
  }
  Invocation result;
  result.command = &command;
  if (auto wrong = take_options(command, app, result)) return *wrong;
  if (result.flag("help")) return HelpWanted{&command};
  std::vector<std::string> given = app.remaining();
  for (const std::string& word : given) {
    if (word.size() > 1 && word[0] == '-') return unknown_word(command, word);
  }
  given.insert(given.end(), after_mark.begin(), after_mark.end());
  if (auto wrong = take_arguments(command, given, result)) return *wrong;
  return result;
}

}  // namespace

bool Invocation::flag(std::string_view name) const {
  auto found = flags.find(name);
  HAMMOCK_ASSERT(found != flags.end());
  return found->second;
}

std::optional<std::string> Invocation::value(std::string_view name) const {
  auto is_argument = [&](const Argument& argument) { return argument.name == name; };
  HAMMOCK_ASSERT(find_option(*command, name) != nullptr ||
                 std::ranges::any_of(command->arguments, is_argument));
  auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

Parsed parse_arguments(const std::vector<std::string>& words) {
  Split split = split_words(words);
  if (!split.command) {
    if (split.help) return HelpWanted{};
    if (split.words.empty()) return UsageError{"a command is missing; `hammock help` lists them"};
    return UsageError{"a command is missing after " + ticked(split.words.back()) +
                      "; `hammock help` lists them"};
  }
  const Command* command = find_command(*split.command);
  if (command == nullptr) {
    std::vector<std::string> known;
    for (const Command& one : commands())
      known.emplace_back(one.name);
    return UsageError{"there is no command " + ticked(*split.command) +
                      did_you_mean(*split.command, known) + "; `hammock help` lists them"};
  }
  if (split.help) return HelpWanted{command};
  return parse_command(*command, std::move(split.words));
}

}  // namespace hammock::cli
