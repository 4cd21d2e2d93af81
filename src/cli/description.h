// The command line, described once, as data. The argument parser, the help texts, the man pages,
// the shell completions and docs/cli.md are all made from it, so they cannot disagree.
#pragma once

#include <string_view>
#include <vector>

#include "cli/exit_code.h"

namespace hammock::cli {

// What a word stands for: completion offers the right thing, and so does a suggestion.
enum class Words { kText, kService, kFile, kKey, kCommand, kProgram, kChoice };

struct Option {
  char letter = 0;         // 0: it has no short form
  std::string_view name;   // "format"
  std::string_view value;  // "FORMAT"; empty: a flag
  std::string_view help;   // one sentence
  Words words = Words::kText;
  std::vector<std::string_view> choices = {};  // the only values, when not empty
};

struct Argument {
  std::string_view name;  // "NAME"
  std::string_view help;
  Words words = Words::kText;
  bool required = true;
  bool rest = false;  // takes every word that is left
  std::vector<std::string_view> choices = {};
};

struct Example {
  std::string_view line;
  std::string_view meaning;
};

struct Command {
  std::string_view name;
  std::string_view summary;                 // a phrase without the final stop
  std::vector<std::string_view> text = {};  // paragraphs
  std::vector<Argument> arguments = {};
  std::vector<Option> options = {};
  std::vector<Example> examples = {};
};

struct ExitMeaning {
  Exit exit;
  std::string_view meaning;
};

struct Variable {
  std::string_view name;
  std::string_view meaning;
};

inline constexpr std::string_view kTagline =
    "keeps your programs running, and tells you what it knows";

const std::vector<Command>& commands();       // in the order of the help
const std::vector<Option>& global_options();  // valid before and after every command
const std::vector<ExitMeaning>& exit_meanings();
const std::vector<Variable>& variables();

// Null when there is no such command.
const Command* find_command(std::string_view name);
// Null when neither the command nor the global options have it.
const Option* find_option(const Command& command, std::string_view name);

}  // namespace hammock::cli
