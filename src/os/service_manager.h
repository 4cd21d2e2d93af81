// What a program says to the service manager above it, as sd_notify(3) describes it.
#pragma once

#include <string_view>

namespace hammock::os {

// Sends one message, such as "READY=1". `socket`: the value of NOTIFY_SOCKET, a path, or '@' and an
// abstract name. False when it could not be sent; a manager that does not listen is not waited for.
bool tell_service_manager(std::string_view socket, std::string_view message);

}  // namespace hammock::os
