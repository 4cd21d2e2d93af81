// What the keys of [timebomb.*] hold. Of this module only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/parts.h"

namespace hammock::config {

// What it is about, as far as one value says it.
schema::Schema<timebomb::Target> certificate_target();
schema::Schema<timebomb::Target> certificate_file_target();
schema::Schema<timebomb::Target> domain_target();
schema::Schema<timebomb::Target> date_target();
schema::Schema<timebomb::Target> disk_target();
schema::Schema<timebomb::Target> backup_target();
schema::Schema<timebomb::Target> postgres_target();
schema::Schema<timebomb::Target> clock_target();
schema::Schema<timebomb::Target> end_of_life_target();
schema::Schema<timebomb::Target> secret_target();
schema::Schema<timebomb::Target> timebomb_command_target();

// "95%", of low to high.
schema::Schema<std::uint32_t> percent(std::uint32_t low, std::uint32_t high);
// Durations, the longest first; one alone stands for itself and the usual rungs below it.
schema::Schema<std::vector<Duration>> rungs();

}  // namespace hammock::config
