#include "cli/one_off.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "cli/one_off_child.h"
#include "os/file.h"
#include "os/unique_fd.h"

namespace hammock::cli {
namespace {

constexpr std::size_t kSecretBytesMax = 1 << 20;

// A folder that goes with its owner.
class SecretFolder {
 public:
  SecretFolder() = default;
  SecretFolder(SecretFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  SecretFolder& operator=(SecretFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  explicit SecretFolder(std::string path) : path_(std::move(path)) {}
  ~SecretFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<void> copy_secret(const wire::SpecSecret& secret, const std::string& folder, uid_t owner) {
  auto bytes = os::read_file(secret.source, kSecretBytesMax);
  if (!bytes) return within("copy the secret " + secret.name, bytes.error());
  std::string path = folder + "/" + secret.name;
  os::UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400));
  if (!file) return fail_errno("copy the secret " + secret.name);
  if (os::write_all(file.get(), *bytes) < 0 ||
      fchown(file.get(), owner, static_cast<gid_t>(-1)) != 0) {
    return fail_errno("copy the secret " + secret.name);
  }
  return {};
}

Result<SecretFolder> lay_out_secrets(wire::Spec& spec, const std::string& runtime) {
  if (spec.secrets.empty()) return SecretFolder();
  std::string path = runtime + "/run-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return fail_errno("make a folder for secrets in " + runtime);
  SecretFolder folder(path);
  uid_t owner = spec.uid.value_or(static_cast<uid_t>(-1));
  for (const wire::SpecSecret& secret : spec.secrets)
    HAMMOCK_TRY(copy_secret(secret, path, owner));
  if (chown(path.c_str(), owner, static_cast<gid_t>(-1)) != 0)
    return fail_errno("give away " + path);
  for (const char* variable : {"CREDENTIALS_DIRECTORY=", "HAMMOCK_SECRETS="}) {
    spec.environment.push_back(variable + path);
  }
  return folder;
}

// Signals go to the child; the parent only waits. The terminal's reach both, so the parent ignores
// them; what was sent to us alone is handed on.
volatile sig_atomic_t hand_on_to = 0;
void hand_on(int signal) {
  if (hand_on_to > 0) kill(hand_on_to, signal);
}

class ParentSignals {
 public:
  ParentSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      struct sigaction action{};
      action.sa_handler = i < 2 ? SIG_IGN : hand_on;
      sigaction(kSignals[i], &action, &before_[i]);
    }
  }
  ~ParentSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      sigaction(kSignals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array<int, 4> kSignals = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 4> before_{};
};

Result<OneOffEnd> wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return fail_errno("wait for the command");
  }
  hand_on_to = 0;
  return OneOffEnd{WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)};
}

}  // namespace

Result<OneOffEnd> run_one_off(wire::Spec spec, const std::string& runtime) {
  auto folder = lay_out_secrets(spec, runtime);
  if (!folder) return std::unexpected(std::move(folder).error());
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe");
  os::UniqueFd reader(ends[0]);
  os::UniqueFd writer(ends[1]);
  pid_t child = fork();
  if (child < 0) return fail_errno("start a process");
  if (child == 0) become_one_off(spec, writer.get());
  hand_on_to = child;
  ParentSignals signals;
  writer.reset();
  OneOffFailure failure;
  ssize_t got = os::read_all(reader.get(), {reinterpret_cast<char*>(&failure), sizeof failure});
  auto end = wait_for(child);
  if (got != sizeof failure) return end;
  std::string attempt(wire::stage_name(failure.stage));
  if (failure.stage == wire::Stage::kExec) attempt = "run " + spec.command.front();
  return fail_errno(attempt, failure.reason);
}

}  // namespace hammock::cli
