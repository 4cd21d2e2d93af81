#include "shell/keeper_process.h"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "os/channel.h"
#include "wire/link.h"

namespace hammock::shell {

Result<Binaries> find_binaries() {
  std::array<char, 4096> target{};
  ssize_t size = readlink("/proc/self/exe", target.data(), target.size() - 1);
  if (size < 0) return fail_errno("read /proc/self/exe");
  std::string hammock(target.data(), static_cast<std::size_t>(size));
  constexpr std::string_view deleted = " (deleted)";
  if (hammock.ends_with(deleted)) hammock.resize(hammock.size() - deleted.size());
  return Binaries{hammock, hammock.substr(0, hammock.rfind('/')) + "/hammock-keeper"};
}

Result<StartedKeeper> start_keeper(const Binaries& binaries, const std::string& runtime,
                                   const std::string& state, const std::string& config) {
  auto pair = os::make_link_pair();
  if (!pair) return std::unexpected(pair.error());
  std::vector<std::string> texts = {binaries.keeper,  runtime, state,
                                    binaries.hammock, config,  "--adopt"};
  std::vector<char*> arguments;
  for (std::string& text : texts)
    arguments.push_back(text.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pair->second.get(), wire::kLinkFd);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                            static_cast<short>(POSIX_SPAWN_SETSID));
  pid_t pid = 0;
  int error =
      posix_spawn(&pid, binaries.keeper.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail_errno("start " + binaries.keeper, error);
  return StartedKeeper{pid, std::move(pair->first)};
}

}  // namespace hammock::shell
