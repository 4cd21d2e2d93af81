// One evaluation of a probe, from its first try to its result. Of this module only.
#pragma once

#include <string>

#include "core/probe/draft.h"

namespace hammock::probe {

void begin(Draft& draft, const std::string& name);
// The try that was out has ended.
void end_try(Draft& draft, const std::string& name, const Tried& tried);
// It waits for its grounds, and one of them was looked at.
void consult_again(Draft& draft, const std::string& name);
// What is out will not be answered, or says nothing any more.
void give_up(Draft& draft, const std::string& name, const std::string& why);

}  // namespace hammock::probe
