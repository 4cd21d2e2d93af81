// hammock-sim: many whole lives of a house, each from a seed.
//
//   hammock-sim --seeds 10000 [--from S] [--jobs N] [--twice]
//   hammock-sim --seed S [--trace] [--twice]
//
// Exit code 0 when every rule held for every seed, 1 when not, 64 for a wrong command line.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/text.h"
#include "sim/house.h"

namespace {

using hammock::sim::Outcome;

struct Options {
  std::uint64_t from = 1;
  std::uint64_t seeds = 100;
  std::uint64_t jobs = 2;
  bool trace = false;
  bool twice = false;
};

struct Tally {
  std::uint64_t seeds = 0;
  std::uint64_t failed = 0;
  std::uint64_t decisions = 0;
  std::uint64_t trace = 0;  // xor of the seeds' hashes: independent of the number of jobs
};

bool parse(int count, char** words, Options& options) {
  for (int i = 1; i < count; ++i) {
    std::string_view word = words[i];
    if (word == "--trace") {
      options.trace = true;
      continue;
    }
    if (word == "--twice") {
      options.twice = true;
      continue;
    }
    auto number = i + 1 < count ? hammock::parse_decimal(words[i + 1]) : std::nullopt;
    if (!number) return false;
    ++i;
    if (word == "--seeds")
      options.seeds = *number;
    else if (word == "--from")
      options.from = *number;
    else if (word == "--jobs")
      options.jobs = std::clamp<std::uint64_t>(*number, 1, 64);
    else if (word == "--seed")
      options.from = *number, options.seeds = 1, options.jobs = 1;
    else
      return false;
  }
  return true;
}

void run_one(std::uint64_t seed, const Options& options, Tally& tally) {
  Outcome outcome = hammock::sim::run_seed(seed, options.trace);
  if (options.twice && hammock::sim::run_seed(seed, false).trace != outcome.trace) {
    outcome.broken.push_back("the second run of the same seed went another way");
  }
  ++tally.seeds;
  tally.decisions += outcome.decisions;
  tally.trace ^= hammock::fnv1a(std::to_string(seed), outcome.trace);
  if (outcome.broken.empty()) return;
  ++tally.failed;
  std::fprintf(stderr, "seed %llu: %s\n  hammock-sim --seed %llu --trace\n",
               static_cast<unsigned long long>(seed), outcome.broken.front().c_str(),
               static_cast<unsigned long long>(seed));
}

Tally run_share(const Options& options, std::uint64_t share) {
  Tally tally;
  for (std::uint64_t i = share; i < options.seeds; i += options.jobs) {
    run_one(options.from + i, options, tally);
  }
  return tally;
}

// Each share in a process of its own; the tally comes back through a pipe.
bool run_all(const Options& options, Tally& total) {
  std::vector<int> answers;
  for (std::uint64_t share = 0; share < options.jobs; ++share) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) {
      Tally tally = run_share(options, share);
      bool told = write(ends[1], &tally, sizeof(tally)) == static_cast<ssize_t>(sizeof(tally));
      _exit(told ? 0 : 1);
    }
    close(ends[1]);
    answers.push_back(ends[0]);
  }
  bool complete = true;
  for (int answer : answers) {
    Tally tally;
    complete =
        complete && read(answer, &tally, sizeof(tally)) == static_cast<ssize_t>(sizeof(tally));
    close(answer);
    total.seeds += tally.seeds;
    total.failed += tally.failed;
    total.decisions += tally.decisions;
    total.trace ^= tally.trace;
  }
  while (wait(nullptr) > 0) {
  }
  return complete;
}

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!parse(count, words, options)) {
    std::fputs(
        "usage: hammock-sim [--seeds N] [--from S] [--jobs N] [--seed S] [--trace] [--twice]\n",
        stderr);
    return 64;
  }
  auto begin = std::chrono::steady_clock::now();
  Tally total;
  bool complete = true;
  if (options.jobs == 1)
    total = run_share(options, 0);
  else
    complete = run_all(options, total);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%llu seeds, %llu failed, %llu decisions, %.1f s, trace %s%s\n",
              static_cast<unsigned long long>(total.seeds),
              static_cast<unsigned long long>(total.failed),
              static_cast<unsigned long long>(total.decisions), seconds,
              hammock::hex64(total.trace).c_str(), complete ? "" : " (a worker died)");
  return complete && total.failed == 0 ? 0 : 1;
}
