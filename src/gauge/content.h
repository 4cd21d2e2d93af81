// What stands in a file that somebody named, whole. A file that is too long is something that could
// not be found out, not arguments that make no sense.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace hammock::gauge {

Result<std::string> content_of(const std::string& path, std::size_t bytes_max);

}  // namespace hammock::gauge
