// What the keys of [probe.*] hold. Of this module only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/parts.h"

namespace hammock::config {

// What is looked at, as far as one value says it.
schema::Schema<probe::Target> http_target();
schema::Schema<probe::Target> tcp_target();
schema::Schema<probe::Target> dns_target();
schema::Schema<probe::Target> command_target();

// 200, "2xx", "200-299", several of them.
schema::Schema<std::vector<probe::StatusRange>> status_ranges();
schema::Schema<std::vector<std::pair<std::string, std::string>>> request_headers();
schema::Schema<std::vector<probe::JsonWish>> json_wishes();
schema::Schema<std::string> ip_address();
schema::Schema<std::vector<std::string>> name_servers();
schema::Schema<std::string> record_type();

}  // namespace hammock::config
