// `hammock up` under a service manager, when Hammock runs already: the manager's main process, the
// keeper, was killed, and the brain was quicker to start another one. A main process that ends
// would be started again and again, so this one stays for as long as the house does, and passes on
// what the manager says to it.
#pragma once

#include <optional>

#include "cli/session.h"

namespace hammock::cli {

// Whether a service manager waits for word of us: NOTIFY_SOCKET is set.
bool is_managed();

// The exit code, once the house has ended in order. Nothing when keeper and brain are gone and the
// programs may still be there: become the keeper then. A signal that nobody took is pending then.
// Exit::kAgain instead when the manager keeps descriptors for us: it gives them to the process that
// it starts next.
std::optional<int> stand_in(const Session& session);

}  // namespace hammock::cli
