// What `hammock doctor` prints, as a value and its renderers. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/look.h"
#include "shell/resolve/host.h"

namespace hammock::cli {

struct Finding {
  resolve::Ability ability;
  bool needed = false;  // the configuration, or Hammock itself, cannot do without
};

struct Findings {
  std::vector<Finding> findings;
  bool ok() const;  // nothing that is needed is missing or unknown
};

std::string render_findings(const Findings& findings, const Look& look);
std::string findings_to_json(const Findings& findings);

}  // namespace hammock::cli
