#include "cli/wrap.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <optional>

#include "os/file.h"
#include "os/poll.h"
#include "os/process.h"

namespace hammock::cli {
namespace {

constexpr int kNotFound = 127;  // as env(1) and shells say it
constexpr int kNotExecutable = 126;
constexpr std::size_t kReadBytes = 16384;

struct Pipe {
  os::UniqueFd reader;
  os::UniqueFd writer;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe");
  return Pipe{os::UniqueFd(ends[0]), os::UniqueFd(ends[1])};
}

// One stream on its way from the command to where it belongs. It is read only when all that was
// read is written: the command waits for its reader as it would without us.
class Passage {
 public:
  Passage(os::UniqueFd from, int to, Tail& tail) : from_(std::move(from)), to_(to), tail_(tail) {
    fcntl(from_.get(), F_SETFL, O_NONBLOCK);
  }

  bool is_over() const { return waiting_.empty() && (!from_ || left_ == 0U); }
  int failure() const { return failure_; }

  pollfd source() const { return {waiting_.empty() && !is_over() ? from_.get() : -1, POLLIN, 0}; }
  // Asked for nothing, it still tells when its reader is gone: the command is to learn of that from
  // its next write, not from the one after it.
  pollfd sink() const {
    return {is_over() ? -1 : to_, static_cast<short>(waiting_.empty() ? 0 : POLLOUT), 0};
  }

  void turn(const pollfd& source, const pollfd& sink) {
    if ((sink.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
      give_up(0);
    } else if ((sink.revents & POLLOUT) != 0) {
      write_some();
    } else if (source.revents != 0) {
      read_some();
    }
  }

  // The command has ended, so all that it wrote is in the pipe by now; what comes later is others'.
  void command_ended() {
    int bytes = 0;
    if (from_ && ioctl(from_.get(), FIONREAD, &bytes) == 0) {
      left_ = static_cast<std::size_t>(std::max(bytes, 0));
    } else {
      left_ = 0;
    }
  }

  // Nobody takes it any more: the pipe is closed, and the next write of the command fails.
  void give_up(int failure) {
    if (failure_ == 0 && failure != EPIPE) failure_ = failure;
    waiting_.clear();
    if (from_) read_some();
    waiting_.clear();
    from_.reset();
  }

 private:
  void read_some() {
    std::array<char, kReadBytes> buffer;
    const std::size_t most = std::min(left_.value_or(buffer.size()), buffer.size());
    ssize_t got = read(from_.get(), buffer.data(), most);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      from_.reset();
      return;
    }
    waiting_.assign(buffer.data(), static_cast<std::size_t>(got));
    tail_.add(waiting_);
    if (left_) *left_ -= static_cast<std::size_t>(got);
  }

  // A pipe that can be written to takes this much without blocking, and we must not block: signals
  // are to be handed on while the reader sleeps.
  void write_some() {
    ssize_t written = write(to_, waiting_.data(), std::min<std::size_t>(waiting_.size(), PIPE_BUF));
    if (written >= 0) {
      waiting_.erase(0, static_cast<std::size_t>(written));
    } else if (errno != EAGAIN && errno != EINTR) {
      give_up(errno);
    }
  }

  os::UniqueFd from_;  // empty: nothing more comes
  int to_;
  Tail& tail_;
  std::string waiting_;              // read and not written yet
  std::optional<std::size_t> left_;  // to be read, since the command has ended
  int failure_ = 0;
};

class Wrapping {
 public:
  Wrapping(os::UniqueFd handle, const HeldSignals& signals, std::vector<Passage>& passages)
      : handle_(std::move(handle)), signals_(signals), passages_(passages) {}

  // Until the command has ended and its output is passed on.
  void run() {
    while (!ended_ || !std::ranges::all_of(passages_, &Passage::is_over)) {
      std::vector<pollfd> polled = {{signals_.fd(), POLLIN, 0},
                                    {ended_ ? -1 : handle_.get(), POLLIN, 0}};
      for (const Passage& passage : passages_) {
        polled.push_back(passage.source());
        polled.push_back(passage.sink());
      }
      const int ready = poll(polled.data(), polled.size(), impatient_ ? 0 : -1);
      if (ready == 0) break;  // told to end, and nobody takes the rest
      if (ready < 0) continue;
      if (polled[0].revents != 0) hand_on();
      for (std::size_t i = 0; i < passages_.size(); ++i)
        passages_[i].turn(polled[2 + 2 * i], polled[3 + 2 * i]);
      if (polled[1].revents != 0) {
        ended_ = true;
        for (Passage& passage : passages_)
          passage.command_ended();
      }
    }
  }

 private:
  void hand_on() {
    signalfd_siginfo info{};
    while (read(signals_.fd(), &info, sizeof info) == sizeof info) {
      const int signal = static_cast<int>(info.ssi_signo);
      // The terminal has sent these to its whole foreground group.
      const bool has_it = info.ssi_code == SI_KERNEL && (signal == SIGINT || signal == SIGQUIT);
      if (!ended_ && !has_it) os::pidfd_signal(handle_.get(), signal);
      impatient_ = ended_;
    }
  }

  os::UniqueFd handle_;
  const HeldSignals& signals_;
  std::vector<Passage>& passages_;
  bool ended_ = false;
  bool impatient_ = false;  // a signal came after the command's end
};

// What the child must have at hand between fork and exec.
struct ChildPlan {
  std::vector<char*> arguments;
  int out = -1;
  int err = -1;
  int report = -1;  // takes errno when exec fails; closes at exec
};

[[noreturn]] void become(const ChildPlan& plan, const HeldSignals& signals) {
  if (dup2(plan.out, STDOUT_FILENO) >= 0 && dup2(plan.err, STDERR_FILENO) >= 0) {
    signals.put_back();
    execvp(plan.arguments.front(), plan.arguments.data());
  }
  const int reason = errno;
  os::write_all(plan.report, {reinterpret_cast<const char*>(&reason), sizeof reason});
  _exit(kNotFound);
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

WrapEnd not_begun(const std::string& program, int reason) {
  WrapEnd end;
  end.code = reason == ENOENT ? kNotFound : kNotExecutable;
  end.not_begun = fail_errno("run " + program, reason).error().message;
  return end;
}

}  // namespace

void fill_standard_streams() {
  int fd = 0;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

void Tail::add(std::string_view bytes) {
  if (bytes.size() > bytes_max_) bytes.remove_prefix(bytes.size() - bytes_max_);
  text_ += bytes;
  if (text_.size() > 2 * bytes_max_) text_.erase(0, text_.size() - bytes_max_);
}

std::string Tail::text() const {
  return text_.size() > bytes_max_ ? text_.substr(text_.size() - bytes_max_) : text_;
}

HeldSignals::HeldSignals() {
  pthread_sigmask(SIG_SETMASK, nullptr, &before_);
  auto fd = os::make_signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2});
  if (fd) fd_ = std::move(*fd);
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, &pipe_before_);
  // Ignored, it would reap the command before we learn how that ended.
  action.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &action, &child_before_);
}

HeldSignals::~HeldSignals() {
  while (fd_ && os::next_signal(fd_.get()) != 0) {
  }
  put_back();
}

void HeldSignals::put_back() const {
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  sigaction(SIGCHLD, &child_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Result<WrapEnd> run_wrapped(const std::vector<std::string>& command, int out, int err,
                            const HeldSignals& signals, std::size_t kept_bytes) {
  if (signals.fd() < 0) return fail(ErrorCode::kSystem, "signals cannot be handed on");
  // One pipe for both where both go to one place, so that their order stays as it was.
  const bool is_one = os::is_same_open_file(out, err);
  auto out_pipe = make_pipe();
  if (!out_pipe) return std::unexpected(std::move(out_pipe).error());
  auto err_pipe = is_one ? Result<Pipe>(Pipe()) : make_pipe();
  if (!err_pipe) return std::unexpected(std::move(err_pipe).error());
  auto report = make_pipe();
  if (!report) return std::unexpected(std::move(report).error());

  ChildPlan plan;
  plan.out = out_pipe->writer.get();
  plan.err = is_one ? plan.out : err_pipe->writer.get();
  plan.report = report->writer.get();
  for (const std::string& word : command)
    plan.arguments.push_back(const_cast<char*>(word.c_str()));
  plan.arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) return fail_errno("start a process");
  if (child == 0) become(plan, signals);

  out_pipe->writer.reset();
  err_pipe->writer.reset();
  report->writer.reset();
  int reason = 0;
  const ssize_t got =
      os::read_all(report->reader.get(), {reinterpret_cast<char*>(&reason), sizeof reason});
  if (got == sizeof reason) {
    wait_for(child);
    return not_begun(command.front(), reason);
  }
  os::UniqueFd handle = os::open_pidfd(child);
  if (!handle) {
    // Without a handle it could not be waited for together with its output.
    auto error = fail_errno("watch the command");
    kill(child, SIGKILL);
    wait_for(child);
    return error;
  }
  Tail tail(kept_bytes);
  std::vector<Passage> passages;
  passages.emplace_back(std::move(out_pipe->reader), out, tail);
  if (!is_one) passages.emplace_back(std::move(err_pipe->reader), err, tail);
  Wrapping(std::move(handle), signals, passages).run();
  WrapEnd end;
  end.code = wait_for(child);
  end.output = tail.text();
  for (const Passage& passage : passages) {
    if (end.write_failure == 0) end.write_failure = passage.failure();
  }
  return end;
}

}  // namespace hammock::cli
