#include "core/probe/roll.h"
namespace hammock::probe {
void add(Roll&, const RollResult&, std::vector<Roll>&) {}
}  // namespace hammock::probe
