// A configuration as the shell carries it out: read from a text, resolved against this host, its
// specs written to R/spec. And the copies of what was applied, in S/applied, so that a brain that
// is replaced goes on with what was applied and not with what the file says by now.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/heartbeat/facts.h"
#include "core/job/facts.h"
#include "core/probe/facts.h"
#include "core/service/events.h"
#include "core/timebomb/facts.h"
#include "shell/management_api.h"
#include "shell/resolve/host.h"
#include "shell/spec_files.h"
#include "wire/spec.h"

namespace hammock::shell {

struct ServicePlan {
  std::string name;
  std::vector<std::string> listen;
  service::Logs logs;
  std::uint64_t spec = 0;
  std::optional<std::string> blocked;  // why it cannot be started at the moment
};

struct Plan {
  std::string digest;
  std::string name;                            // of the house
  std::vector<ServicePlan> services;           // and the programs of jobs; sorted by name
  std::vector<Shared<service::Setup>> setups;  // for the core; in the order of the file
  std::vector<Shared<job::Setup>> jobs;        // for the core; their programs are among the setups
  std::vector<Shared<heartbeat::Setup>> heartbeats;  // for the core
  bool has_heartbeats = false;
  std::vector<Shared<probe::Setup>> probes;        // for the core
  std::vector<Shared<timebomb::Setup>> timebombs;  // for the core
  struct Program {
    wire::Spec spec;
    std::optional<std::string> blocked;  // why it cannot be run at the moment
  };
  std::map<std::string, Program, std::less<>> probe_programs;     // of those that are commands
  std::map<std::string, Program, std::less<>> timebomb_programs;  // of those that need one
  std::string listen;                                             // where pings are served
  std::string ping_key;
  ApiKeys api_keys;
  std::string specs;  // the text of KnownSpecs, without the blocked services
  const ServicePlan* find(std::string_view service) const;
};

// What services were resolved to when their configuration was applied. As long as the specs are
// there, a brain that is replaced goes on with them, whatever became of an env_file, a secret or an
// account meanwhile: applied is applied. After a boot R/spec is empty, and all is resolved anew.
using KnownSpecs = std::map<std::string, std::uint64_t, std::less<>>;
// One line each: the hash as 16 hex digits, a space, the name.
KnownSpecs parse_known_specs(std::string_view text);

struct Refusal {
  std::string message;  // for people, one line
  std::string errors;   // JSON array, as `hammock check --format json` has it; may be empty
};

struct PlanSource {
  std::string text;
  std::string file;    // as people know it
  std::string folder;  // that relative paths are below
};

std::string folder_of(const std::string& file);
std::string digest_of(std::string_view text);

// Reads the configuration file.
std::expected<PlanSource, Refusal> read_source(const std::string& path);
// Validates, resolves what is not known, writes the specs.
std::expected<Plan, Refusal> make_plan(const PlanSource& source, const resolve::HostFacts& host,
                                       const SpecFiles& specs, const KnownSpecs& known = {});

// The copies: texts in files that are named by their digest and what they are ("….toml",
// "….specs").
class AppliedCopies {
 public:
  explicit AppliedCopies(std::string folder) : folder_(std::move(folder)) {}
  // On the disk when it returns.
  Result<void> keep(const std::string& name, std::string_view text) const;
  Result<std::string> read(const std::string& name) const;
  void remove_others(const std::set<std::string>& names) const;

 private:
  std::string path_of(const std::string& name) const { return folder_ + "/" + name; }
  std::string folder_;
};

}  // namespace hammock::shell
