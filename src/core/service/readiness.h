// How a copy becomes ready, and how it reloads.
#pragma once

#include "core/service/draft.h"

namespace hammock::service {

// Records that the copy is ready when it says so, or when its grace has passed. All instances are
// asked this before anything is decided about who may be ended.
void note_ready(Draft& draft, ServiceIndex index, std::uint32_t number);

// Sends the next probe or command when it is due.
void settle_check(Draft& draft, ServiceIndex index, std::uint32_t number);

// Ends a reload that is done, or whose time is up.
void settle_reload(Draft& draft, ServiceIndex index, std::uint32_t number);

}  // namespace hammock::service
