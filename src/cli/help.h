// Texts made from the description of the command line: help, manual page, Markdown, completions.
// Pure.
#pragma once

#include <string>

#include "cli/description.h"
#include "cli/look.h"

namespace hammock::cli {

std::string_view version();

std::string help_overview(const Look& look);
std::string help_of(const Command& command, const Look& look);

// "usage: hammock logs [-f] [-n N] … NAME", without a newline.
std::string usage_of(const Command& command);
// "-n, --lines N"
std::string option_heading(const Option& option);

// roff with man(7) macros: one page for everything when `command` is null, else hammock-COMMAND(1).
std::string man_page(const Command* command);

// docs/cli.md.
std::string cli_markdown();

// `shell` is bash, zsh or fish.
std::string completion_script(std::string_view shell);

}  // namespace hammock::cli
