// Answers of name servers (RFC 1035, 4.1), as a value. Pure; the bytes are a stranger's.
#pragma once

#include <string_view>

#include "base/result.h"
#include "wire/courier.h"

namespace hammock::courier {

// The answer section, bounded by kCourierRecordsMax; kInvalid for what is no DNS message.
Result<wire::DnsResult> parse_dns_answer(std::string_view message);

}  // namespace hammock::courier
