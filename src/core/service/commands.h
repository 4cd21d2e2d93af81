// Commands: accepted once, durably, before anything is done; finished when the world is as asked,
// or when it is clear that it will not be soon. What was asked goes on either way: a start that
// failed is retried, it is only the waiting that ends.
#pragma once

#include "core/service/draft.h"

namespace hammock::service {

void command_given(Draft& draft, const CommandGiven& event);

// Ends those commands of the service that are done, or failed.
void settle_commands(Draft& draft, ServiceIndex index);

// Everything off after a stop of the house: its command ends, and Hammock.
void settle_house(Draft& draft);

void finish_command(Draft& draft, const std::string& id, const std::string& service, bool ok,
                    std::string message);

// True when the id was seen before; then it has been answered.
bool answer_known_command(Draft& draft, const std::string& id);

}  // namespace hammock::service
