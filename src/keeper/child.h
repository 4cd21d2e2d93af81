// The child between clone and exec. It is a copy of the keeper with one thread, without its state:
// what it needs of that is in the plan. It does what the spec says, step by step, and never
// returns. Each failure is left in the slot's `failure` word, then 127.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "keeper/state.h"
#include "wire/spec_view.h"

namespace hammock::keeper {

inline constexpr std::size_t kPassedMax = 512;          // descriptors passed to one program
inline constexpr std::size_t kChildBytesMax = 2 << 20;  // for its arguments and its environment

struct Passed {
  int fd = 0;
  std::array<char, wire::kHoldNameBytes> name{};
};
using AllPassed = BoundedVector<Passed, kPassedMax>;

struct ChildPlan {
  const os::Path& runtime;
  std::uint64_t identity;               // of the runtime directory
  std::uint64_t descriptor_soft_limit;  // as the keeper was started
  wire::Slot* entry;
  wire::SpecView spec;
  std::uint32_t slot;
  std::uint64_t generation;
  AllPassed& passed;
  std::span<char> memory;  // the child's, until it executes the program; at least kChildBytesMax
  int fifo = 0;            // of the output
  os::Path notify{};       // of the notify socket; empty: none
  os::Path ready{};        // fifo for notify_fd; empty: none
  os::Path secrets{};      // folder
};

[[noreturn]] void run_child(ChildPlan& plan);

// Ends the child: what failed and why goes to the ledger.
[[noreturn]] void give_up(const ChildPlan& plan, wire::Stage stage, int reason);

// child_rights.cc: each 0 or errno, in the order of the steps.
int set_limits(const ChildPlan& plan);
int set_priority(const ChildPlan& plan);
int drop_bounding_set(const ChildPlan& plan);
int set_groups(const ChildPlan& plan);
int set_user(const ChildPlan& plan);
int set_capabilities(const ChildPlan& plan);

// child_env.cc: builds argv and the environment and becomes the program; errno when that fails.
int become_program(const ChildPlan& plan);

}  // namespace hammock::keeper
