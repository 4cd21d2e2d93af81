// The keeper: parent of every program. It starts what it is ordered to start, holds what programs
// must not lose (their output, their sockets, their stored descriptors), sees how they end, and
// writes all of it to the ledger (wire/ledger.h). It decides nothing but the reflex. It is one
// thread around one epoll set; after start it allocates nothing, and nothing it does waits for
// anybody.
//
// It may be killed at any instruction. A new one finds the programs through the ledger, reopens
// their output by path, gets the descriptors back from the brain, and goes on.
#pragma once

#include <string>

#include "base/result.h"

namespace hammock::keeper {

struct Options {
  std::string runtime;  // absolute folder R
  std::string state;    // absolute folder S
  std::string hammock;  // the program that is started as the brain
  std::string config;   // passed to it
  bool adopt = false;   // descriptor 3 is the link to a brain that lives
};

// argv of hammock-keeper; kInvalid says what is wrong with it.
Result<Options> parse_arguments(int count, char** values);

// Runs until the brain orders kShutdown, and returns its value; or 75 when another keeper has the
// runtime or state directory, 71 when the system refuses something that is needed to begin.
int run(const Options& options);

}  // namespace hammock::keeper
