// Whether the data of a DNS record, as zone files write it (RFC 1035, 5.1), is what somebody wrote
// down in a configuration. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace hammock::shell {

// Of A and AAAA the addresses count, however they are written. Of TXT the bytes count, its strings
// put together; `wished` may be in quotes as a zone file has it, or stand for itself. Of all others
// the words count, in either case, without the dot at the end of a name and without quotes.
bool is_same_record(std::uint16_t type, std::string_view record, std::string_view wished);

}  // namespace hammock::shell
