// From the words of a command line to an Invocation, or to a sentence about what is wrong with
// them. Pure. The words before the command may be global options only, and a service may be called
// like a command: the first word that is no option is the command, every later one belongs to it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/description.h"

namespace hammock::cli {

struct Invocation {
  const Command* command = nullptr;  // never null in what parse_arguments() returns
  std::map<std::string, std::string, std::less<>> values;  // by the option's or argument's name
  std::map<std::string, bool, std::less<>> flags;
  std::vector<std::string> rest;  // of the argument that takes every word

  // Asking for a name that the description does not have is a bug.
  bool flag(std::string_view name) const;
  std::optional<std::string> value(std::string_view name) const;
};

struct HelpWanted {
  const Command* command = nullptr;  // null: the whole
};

struct UsageError {
  std::string message;  // for people: what was found, what was expected, what to do
};

using Parsed = std::variant<Invocation, HelpWanted, UsageError>;

// `words` without the program's own name.
Parsed parse_arguments(const std::vector<std::string>& words);

}  // namespace hammock::cli
