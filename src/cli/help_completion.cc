#include <algorithm>

#include "base/assert.h"
#include "base/text.h"
#include "cli/help.h"

namespace hammock::cli {
namespace {

// How the scripts learn the services: from whatever knows them, in silence.
constexpr std::string_view kServiceNames =
    "hammock status --json 2>/dev/null | grep -o '{\"name\":\"[^\"]*\",\"want\"' | cut -d'\"' -f4";

std::string words_of(const std::vector<std::string_view>& words) {
  return join(std::vector<std::string>(words.begin(), words.end()), " ");
}

std::string command_names() {
  std::vector<std::string_view> names;
  for (const Command& command : commands())
    names.push_back(command.name);
  return words_of(names);
}

std::vector<Option> options_of(const Command& command) {
  std::vector<Option> options = command.options;
  options.insert(options.end(), global_options().begin(), global_options().end());
  return options;
}

// The bash word list for the first argument of a command.
std::string bash_words(const Argument& argument) {
  switch (argument.words) {
    case Words::kService:
      return "$(" + std::string(kServiceNames) + ")";
    case Words::kCommand:
      return command_names();
    case Words::kChoice:
      return words_of(argument.choices);
    case Words::kText:
    case Words::kFile:
    case Words::kKey:
    case Words::kProgram:
      break;
  }
  return {};
}

std::string bash_case(const Command& command) {
  std::vector<std::string> branches;
  for (const Option& option : command.options) {
    if (option.choices.empty()) continue;
    branches.push_back("if [[ $previous == --" + std::string(option.name) + " ]]; then words='" +
                       words_of(option.choices) + "'");
  }
  std::vector<std::string> names;
  for (const Option& option : options_of(command))
    names.push_back("--" + std::string(option.name));
  branches.push_back("if [[ $current == -* ]]; then words='" + join(names, " ") + "'");
  std::string text =
      "    " + std::string(command.name) + ")\n      " + join(branches, "\n      el");
  std::string words = command.arguments.empty() ? "" : bash_words(command.arguments.front());
  if (!words.empty()) text += "\n      else words=\"" + words + "\"";
  return text + "\n      fi ;;\n";
}

std::string bash_script() {
  std::string text =
      "# bash completion of hammock\n"
      "_hammock() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local command='' words='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "      -c|--config) ((i++)) ;;\n"
      "      -*) ;;\n"
      "      *) command=${COMP_WORDS[i]}; break ;;\n"
      "    esac\n"
      "  done\n"
      "  case $command in\n"
      "    '') words='" +
      command_names() + "' ;;\n";
  for (const Command& command : commands())
    text += bash_case(command);
  return text +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _hammock hammock\n";
}

// Inside of single quotes, and of zsh's [explanation].
std::string quiet(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '\'')
      result += "’";
    else if (c == '[' || c == ']' || c == ':')
      result += std::string("\\") + c;
    else
      result += c;
  }
  return result;
}

std::string zsh_action(Words words, const std::vector<std::string_view>& choices) {
  switch (words) {
    case Words::kService:
      return "_hammock_services";
    case Words::kFile:
      return "_files";
    case Words::kChoice:
      return "(" + words_of(choices) + ")";
    case Words::kCommand:
      return "(" + command_names() + ")";
    case Words::kText:
    case Words::kKey:
      return " ";
    case Words::kProgram:
      return "_normal";
  }
  return " ";
}

std::string zsh_case(const Command& command) {
  std::string text = "    " + std::string(command.name) + ") _arguments";
  for (const Option& option : options_of(command)) {
    std::string tail = "[" + quiet(option.help) + "]";
    if (!option.value.empty()) {
      tail += ":" + to_lower(option.value) + ":" + zsh_action(option.words, option.choices);
    }
    text += " \\\n      '--" + std::string(option.name) + tail + "'";
    if (option.letter != 0) text += " \\\n      '-" + std::string(1, option.letter) + tail + "'";
  }
  for (const Argument& argument : command.arguments) {
    text += " \\\n      '" + std::string(argument.rest ? "*" : "") + ":" + to_lower(argument.name) +
            ":" + zsh_action(argument.words, argument.choices) + "'";
  }
  return text + " ;;\n";
}

std::string zsh_script() {
  std::string text =
      "#compdef hammock\n"
      "_hammock_services() { compadd -- ${(f)\"$(" +
      std::string(kServiceNames) +
      ")\"} }\n"
      "_hammock() {\n"
      "  local -a commands=(\n";
  for (const Command& command : commands()) {
    text += "    '" + std::string(command.name) + ":" + quiet(command.summary) + "'\n";
  }
  text +=
      "  )\n"
      "  if ((CURRENT == 2)); then _describe command commands; return; fi\n"
      "  local command=$words[2]\n"
      "  shift words; ((CURRENT--))\n"
      "  case $command in\n";
  for (const Command& command : commands())
    text += zsh_case(command);
  return text + "  esac\n}\ncompdef _hammock hammock\n";
}

std::string fish_line(std::string_view condition, std::string_view rest) {
  return "complete -c hammock -n '" + std::string(condition) + "' " + std::string(rest) + "\n";
}

std::string fish_command(const Command& command) {
  std::string name(command.name);
  std::string text =
      fish_line("__fish_use_subcommand", "-a " + name + " -d '" + quiet(command.summary) + "'");
  std::string here = "__fish_seen_subcommand_from " + name;
  for (const Option& option : command.options) {
    std::string form = "-l " + std::string(option.name);
    if (option.letter != 0) form += std::string(" -s ") + option.letter;
    if (!option.value.empty()) form += " -r";
    if (!option.choices.empty()) form += " -a '" + words_of(option.choices) + "'";
    text += fish_line(here, form + " -d '" + quiet(option.help) + "'");
  }
  for (const Argument& argument : command.arguments) {
    if (argument.words == Words::kService) text += fish_line(here, "-a '(__hammock_services)'");
    if (argument.words == Words::kFile) text += fish_line(here, "-F");
    if (argument.words == Words::kChoice) {
      text += fish_line(here, "-a '" + words_of(argument.choices) + "'");
    }
    if (argument.words == Words::kCommand) text += fish_line(here, "-a '" + command_names() + "'");
  }
  return text;
}

std::string fish_script() {
  std::string text =
      "# fish completion of hammock\n"
      "function __hammock_services\n  " +
      std::string(kServiceNames) + "\nend\ncomplete -c hammock -f\n";
  for (const Option& option : global_options()) {
    text += "complete -c hammock -l " + std::string(option.name) + " -s " + option.letter +
            (option.value.empty() ? "" : " -r -F") + " -d '" + quiet(option.help) + "'\n";
  }
  for (const Command& command : commands())
    text += fish_command(command);
  return text;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  HAMMOCK_ASSERT(shell == "fish");
  return fish_script();
}

}  // namespace hammock::cli
