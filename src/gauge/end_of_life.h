// hammock-gauge end-of-life TABLE [PRODUCT RELEASE]: the last day on which a release is supported,
// by a table (release_table.h), or what stands in it for this system.
//
// Without PRODUCT it is about this system: ID and VERSION_ID of os-release(5). A SUPPORT_END there
// is of the vendor, and wins over the table, which is not even read then. What the table does not
// list is an error: nobody knows whether it is still supported.
//
//   {"product":"debian","release":"12","title":"Debian GNU/Linux 12 (bookworm)",
//    "ends":"2028-06-30","table":"/usr/share/hammock/end-of-life.txt"}
//
// `table` is the file that says so: the table, or that of os-release. `release` is what was asked
// for, such as "22.04.5", also where the table says it of "22.04".
#pragma once

#include <span>

#include "gauge/kind.h"

namespace hammock::gauge {

// Of the system that the first of these files describes that exists.
Result<std::string> end_of_life_of_system(const std::string& table,
                                          std::span<const std::string> os_release_files);

Result<std::string> look_end_of_life(Arguments arguments);

}  // namespace hammock::gauge
