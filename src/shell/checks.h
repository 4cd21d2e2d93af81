// Checks under way: TCP connections and commands that answer whether an instance is ready, or carry
// out a reload. Each has a deadline and ends in exactly one CheckEnded; a newer check of the same
// instance and purpose replaces an older one, which then ends in none.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/service/orders.h"
#include "os/unique_fd.h"
#include "wire/spec.h"

namespace hammock::shell {

inline constexpr std::size_t kChecksMax =
    4096;  // beyond: "too many checks at once", tried again later

class Checks {
 public:
  // `watch` waits once for writability of a descriptor and then calls writable() with the number.
  explicit Checks(std::function<void(int fd, std::uint64_t number)> watch)
      : watch_(std::move(watch)) {}

  void connect(const service::ProbeTcp& probe, Steady now);
  // `spec` is what the command of `run` is started as.
  void run(const service::RunCommand& run, const wire::Spec& spec, Steady now, int output = -1);
  // It cannot even begin.
  void refuse(const service::RunCommand& run, std::string why);

  void writable(std::uint64_t number);
  // False: no child of ours.
  bool child_ended(pid_t pid, int wait_status);
  void expire(Steady now);
  std::optional<Steady> next_deadline() const;

  // What has ended since the last call.
  std::vector<service::CheckEnded> take_ended();

 private:
  struct Check {
    std::uint64_t number = 0;
    service::CheckEnded answer;
    Steady deadline{};
    os::UniqueFd socket;
    pid_t pid = 0;  // 0: a connection
  };
  bool begin(const service::Target& target, service::CheckPurpose purpose, Duration within,
             Steady now, Check& check);
  void end(Check& check, bool ok, std::string detail);

  std::function<void(int, std::uint64_t)> watch_;
  std::uint64_t next_ = 1;
  std::vector<Check> running_;
  std::vector<pid_t> abandoned_;  // killed children, to be reaped
  std::vector<service::CheckEnded> ended_;
};

}  // namespace hammock::shell
