// The steps of resolving one service. Each fills its part of the spec from the service and the
// host, and complains about what cannot be.
#pragma once

#include <optional>
#include <string>

#include "core/service/config.h"
#include "shell/resolve/accounts.h"
#include "shell/resolve/complaints.h"
#include "shell/resolve/files.h"
#include "shell/resolve/host.h"
#include "wire/spec.h"

namespace hammock::resolve {

// uid, gid, groups. The account that the program will run as, as far as it is known.
std::optional<Account> resolve_identity(const service::Config& service, const HostFacts& host,
                                        Accounts& accounts, Complaints& complaints,
                                        wire::Spec& spec);

// limits, nice, oom_score, capabilities.
void resolve_limits(const service::Config& service, const HostFacts& host, Complaints& complaints,
                    wire::Spec& spec);

// environment and secrets. A reason when the service cannot be started with it.
std::optional<std::string> resolve_environment(const service::Config& service,
                                               const std::string& folder,
                                               const std::optional<Account>& account,
                                               const HostFacts& host, Complaints& complaints,
                                               wire::Spec& spec);

// Warns when the program or the folder is not there; needs the environment of the spec.
void check_presence(const service::Config& service, Presence& presence, Complaints& complaints,
                    const wire::Spec& spec);

}  // namespace hammock::resolve
