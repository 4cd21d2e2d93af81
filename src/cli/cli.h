// The command line: everything that `hammock` does except being the brain.
//
// It holds no state of its own. What it knows it asks: the brain through R/control, the ledger and
// the log files directly when the brain does not answer, the configuration file. docs/cli.md is its
// page.
#pragma once

namespace hammock::cli {

// Carries out one command line and returns the exit code; `up` in the foreground replaces the
// process.
int main(int argc, char** argv);

}  // namespace hammock::cli
