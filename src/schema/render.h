// A report as text.
//
// human: for people, with the line, a caret under the offending token, and colour when asked for.
// short: one line each, file:line:column: code: message.
// json:  {"file","ok","errors":[…]}; warnings are among the errors, told apart by "severity".
// sarif: SARIF 2.1.0 (OASIS), for code-review tools.
// Nothing that a document holds can paint the terminal, and secrets are masked everywhere.
#pragma once

#include <string>

#include "schema/diagnostic.h"

namespace hammock::schema {

struct HumanStyle {
  bool colour = false;
};

std::string render_human(const Report& report, HumanStyle style = {});
std::string render_short(const Report& report);
std::string render_json(const Report& report);
std::string render_sarif(const Report& report);

// "no-colour" by convention: true when text for this environment may have colour. Pass the value of
// NO_COLOR (null when unset) and whether the output is a terminal.
bool wants_colour(const char* no_color, bool is_terminal);

}  // namespace hammock::schema
