// The restart policy: what an exit means, and how long to wait before the next try.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/service/state.h"

namespace hammock::service {

// What the slot's record means for this service. `unwanted`: the copy was to go anyway, so that an
// end by our signals is taken for ours even if the memory of having sent them was lost.
InstanceExited classify(const Config& config, const Instance& instance, const SlotExit& exit,
                        bool unwanted, Steady now);

// True for the ends that nobody asked for: they count, and are paced.
bool is_failure(const InstanceExited& exit);
// The start was taken back because the keeper died in the middle of it: that says nothing about the
// program.
bool is_revoked(const InstanceExited& exit);

// Full jitter: evenly between 0 and min(cap, backoff · 2^attempt), and from the cap when
// crash-looping. The same arguments give the same wait.
Duration backoff_wait(const RestartPolicy& policy, std::uint64_t seed, const std::string& service,
                      std::uint32_t instance, std::uint64_t generation, std::uint32_t attempt,
                      bool crash_looping);

// How many restarts by reflex the keeper may do for this ready copy: 1 when the last run was stable
// or this is the first, else 0.
std::uint32_t reflex_tokens(const Setup& setup, const Instance& instance, bool shall_run);

// The exit codes that reflex must leave to us: 0 (it meant to end) and those of no_retry_exits.
std::array<std::uint8_t, 32> no_reflex_codes(const Config& config);

}  // namespace hammock::service
