// Randomness of the kernel.
#pragma once

#include <string>

namespace hammock::os {

// Version 4 of RFC 9562, in lower case: nobody can guess it.
std::string random_uuid();

}  // namespace hammock::os
