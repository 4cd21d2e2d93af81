// The whole file: its tables, and the rules across them. Of this module only.
#pragma once

#include <map>
#include <string>

#include "core/config/parts.h"

namespace hammock::config {

struct Root {
  Settings settings;
  std::map<std::string, Person> people;
  std::map<std::string, service::Config> services;
  std::map<std::string, job::Config> jobs;
  std::map<std::string, heartbeat::Config> heartbeats;
  std::map<std::string, probe::Config> probes;
  std::map<std::string, timebomb::Config> timebombs;
};

// Built once: it is an immutable value, and costs more than reading a small file.
const schema::Schema<Root>& root_schema();

}  // namespace hammock::config
