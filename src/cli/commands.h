// One function for each command, in a file of its own. Each returns the exit code.
#pragma once

#include "cli/session.h"

namespace hammock::cli {

int run_check(const Session& session, const Invocation& invocation);
int run_up(const Session& session, const Invocation& invocation);
int run_down(const Session& session, const Invocation& invocation);
int run_apply(const Session& session, const Invocation& invocation);
int run_status(const Session& session, const Invocation& invocation);
int run_logs(const Session& session, const Invocation& invocation);
int run_service_order(const Session& session, const Invocation& invocation);  // start, stop, …
int run_run(const Session& session, const Invocation& invocation);
int run_explain(const Session& session, const Invocation& invocation);
int run_job(const Session& session, const Invocation& invocation);
int run_heartbeat(const Session& session, const Invocation& invocation);
int run_probe(const Session& session, const Invocation& invocation);
int run_timebombs(const Session& session, const Invocation& invocation);
int run_ping(const Session& session, const Invocation& invocation);
int run_wrap(const Session& session, const Invocation& invocation);
int run_try(const Session& session, const Invocation& invocation);
int run_next(const Session& session, const Invocation& invocation);
int run_doctor(const Session& session, const Invocation& invocation);
int run_events(const Session& session, const Invocation& invocation);
int run_version(const Session& session, const Invocation& invocation);
int run_completion(const Session& session, const Invocation& invocation);
int run_help(const Session& session, const Invocation& invocation);

// Carries out an order with its progress shown; what `apply` and the orders about services, jobs
// and heartbeats share.
int carry_out(const Session& session, std::string_view verb, std::string_view subject,
              std::optional<std::uint64_t> count = std::nullopt);

// 64: "there is no heartbeat `bakup`; did you mean `backup`?"
int say_unknown_heartbeat(const Session& session, std::string_view name,
                          const std::vector<std::string>& known);

}  // namespace hammock::cli
