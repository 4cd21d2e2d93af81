// Real small programs, wrapped: what passes through, what is kept, how it ends, and who is told.
#include "cli/wrap.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <csignal>

#include "cli/command_rig.h"
#include "core/heartbeat/ping.h"

namespace hammock::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

std::string content(int fd) {
  std::string text(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  return text;
}

struct Wrapped {
  WrapEnd end;
  std::string out;
  std::string err;
};

Wrapped wrap(const std::vector<std::string>& command, std::size_t kept = 10'000) {
  os::UniqueFd out(memfd_create("out", MFD_CLOEXEC));
  os::UniqueFd err(memfd_create("err", MFD_CLOEXEC));
  HeldSignals signals;
  auto end = run_wrapped(command, out.get(), err.get(), signals, kept);
  EXPECT_TRUE(end);
  return {end ? *end : WrapEnd{}, content(out.get()), content(err.get())};
}

Wrapped shell(const std::string& script, std::size_t kept = 10'000) {
  return wrap({"/bin/sh", "-c", script}, kept);
}

TEST(Wrap, PassesBothStreamsThroughByteForByte) {
  Wrapped wrapped = shell("printf 'a\\000\\377b'; printf 'oops\\n' >&2");
  EXPECT_EQ(wrapped.out, std::string("a\0\xff"
                                     "b",
                                     4));
  EXPECT_EQ(wrapped.err, "oops\n");
  EXPECT_EQ(wrapped.end.output.size(), 9U);
  Wrapped much = shell("head -c 3000000 /dev/zero | tr '\\0' x; printf end");
  EXPECT_EQ(much.out, std::string(3'000'000, 'x') + "end");
  EXPECT_EQ(much.end.output, std::string(9'997, 'x') + "end");
}

TEST(Wrap, EndsWithTheCodeOfTheCommand) {
  EXPECT_EQ(shell("exit 0").end.code, 0);
  EXPECT_EQ(shell("exit 7").end.code, 7);
  EXPECT_EQ(shell("kill -TERM $$").end.code, 128 + SIGTERM);
  Wrapped missing = wrap({"/nowhere/at-all", "x"});
  EXPECT_EQ(missing.end.code, 127);
  EXPECT_THAT(missing.end.not_begun, HasSubstr("run /nowhere/at-all: No such file"));
  EXPECT_EQ(wrap({"/etc/passwd"}).end.code, 126);
  EXPECT_EQ(wrap({"/tmp"}).end.code, 126);
}

TEST(Wrap, KeepsTheOrderWhereBothStreamsAreOne) {
  os::UniqueFd both(memfd_create("both", MFD_CLOEXEC));
  HeldSignals signals;
  auto end =
      run_wrapped({"/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done"},
                  both.get(), both.get(), signals, 6);
  ASSERT_TRUE(end);
  EXPECT_THAT(content(both.get()), StartsWith("o1\ne1\no2\ne2\no3\ne3\no4\ne4\n"));
  EXPECT_EQ(end->output, "o9\ne9\n");
}

TEST(Wrap, ATailKeepsTheEnd) {
  Tail tail(4);
  std::string all;
  for (std::string_view piece : {"a", "bc", "", "defghijklmn", "o", "p", "qrs", "tuvw"}) {
    tail.add(piece);
    all += piece;
    EXPECT_EQ(tail.text(), all.substr(all.size() - std::min<std::size_t>(all.size(), 4)));
  }
  Tail few(4);
  few.add("ab");
  EXPECT_EQ(few.text(), "ab");
}

TEST(Wrap, AChildLeftBehindDoesNotHoldItUp) {
  // The first is silent, the second never ends writing.
  Wrapped silent = shell("sleep 60 & echo $! >&2; echo done");
  EXPECT_EQ(silent.out, "done\n");
  kill(std::stoi(silent.err), SIGKILL);
  Wrapped loud = shell("yes & sleep 0.02; exit 5");
  EXPECT_EQ(loud.end.code, 5);
}

// What the kernel says of our signals: blocked and ignored ones.
std::string own_signals() {
  std::ifstream status("/proc/thread-self/status");
  std::string text;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk") || line.starts_with("SigIgn")) text += line + "\n";
  }
  return text;
}

TEST(Wrap, TheCommandHasTheSignalsThatItWouldHave) {
  auto* before = std::signal(SIGPIPE, SIG_DFL);
  for (auto* handler : {SIG_IGN, SIG_DFL}) {
    std::signal(SIGPIPE, handler);
    std::signal(SIGCHLD, handler);  // ignored, it would hide how the command ended
    const std::string own = own_signals();
    Wrapped wrapped = wrap({"/bin/grep", "-E", "SigBlk|SigIgn", "/proc/self/status"});
    EXPECT_EQ(wrapped.out, own);
    EXPECT_EQ(wrapped.end.code, 0);
    EXPECT_EQ(own_signals(), own);
  }
  std::signal(SIGPIPE, before);
}

TEST(Wrap, AClosedPipeIsSeenByTheNextWrite) {
  auto* before = std::signal(SIGPIPE, SIG_DFL);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  const std::string script =
      "echo first; read line <&" + std::to_string(go[0]) + "; echo second; exit 9";
  std::thread reader([&ends, &go] {
    char buffer[16];
    EXPECT_EQ(read(ends[0], buffer, sizeof buffer), 6);
    close(ends[0]);
    poll(nullptr, 0, 100);  // time to see it
    EXPECT_EQ(write(go[1], "\n", 1), 1);
  });
  os::UniqueFd err(memfd_create("err", MFD_CLOEXEC));
  HeldSignals signals;
  auto end = run_wrapped({"/bin/sh", "-c", script}, ends[1], err.get(), signals, 100);
  reader.join();
  std::signal(SIGPIPE, before);
  for (int fd : {ends[1], go[0], go[1]})
    close(fd);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 128 + SIGPIPE);
  EXPECT_EQ(end->write_failure, 0);
}

TEST(Wrap, AFullDiskIsSaid) {
  auto* before = std::signal(SIGPIPE, SIG_DFL);
  os::UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  os::UniqueFd err(memfd_create("err", MFD_CLOEXEC));
  HeldSignals signals;
  auto end = run_wrapped({"/bin/sh", "-c", "exec yes"}, full.get(), err.get(), signals, 100);
  std::signal(SIGPIPE, before);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 128 + SIGPIPE);
  EXPECT_EQ(end->write_failure, ENOSPC);
}

// Whole command lines, in a process of their own where signals are sent.
class WrapTest : public CommandTest {
 protected:
  static std::string recorded(const std::string&) { return http(200, R"({"n":1})"); }

  // `script` under wrap in a child, with `out` as its standard output.
  pid_t begin(const std::string& script, int out) {
    const pid_t child = fork();
    if (child != 0) return child;
    become_wrap(script, out);
  }
  [[noreturn]] void become_wrap(const std::string& script, int out) {
    int err = open("/dev/null", O_WRONLY | O_CLOEXEC);
    _exit(run_cli({"wrap", "backup", "--", "/bin/sh", "-c", script}, environment_, "", out, err));
  }
  static int code_of(pid_t child) {
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
};

std::string field(const std::string& request, const std::string& name) {
  const auto from = request.find(name + "=");
  if (from == std::string::npos) return "";
  const auto begin = from + name.size() + 1;
  return request.substr(begin, request.find_first_of("& ", begin) - begin);
}

TEST_F(WrapTest, TellsTheStartAndTheEndOfOneRun) {
  PlayedBrain brain(folder_ + "/r/control", recorded);
  Ran ran = run({"wrap", "backup", "--", "/bin/sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(ran.out, "out\n");
  EXPECT_EQ(ran.err, "err\n");
  ASSERT_EQ(brain.requests.size(), 2U);
  const std::string rid = field(brain.requests[0], "rid");
  EXPECT_TRUE(heartbeat::is_uuid(rid)) << rid;
  EXPECT_THAT(brain.requests[0],
              StartsWith("POST /v1/heartbeats/backup/pings?signal=start&rid=" + rid + " "));
  EXPECT_THAT(brain.requests[1],
              StartsWith("POST /v1/heartbeats/backup/pings?signal=fail&exit=3&rid=" + rid + " "));
  EXPECT_THAT(brain.requests[1], HasSubstr("out\n"));
  EXPECT_THAT(brain.requests[1], HasSubstr("err\n"));
  run({"wrap", "backup", "--", "true"});
  EXPECT_THAT(brain.requests[3], HasSubstr("signal=success&exit=0&rid="));
  EXPECT_NE(field(brain.requests[3], "rid"), rid);
  EXPECT_EQ(run({"wrap", "backup", "--", "no-such-program"}).code, 127);
  EXPECT_THAT(brain.requests[5], HasSubstr("signal=fail&exit=127"));
  EXPECT_THAT(brain.requests[5], HasSubstr("\r\n\r\nrun no-such-program: No such file"));
  EXPECT_EQ(run({"wrap", "backup", "--"}).code, 64);
}

TEST_F(WrapTest, RunsTheCommandWhenNobodyCanBeTold) {
  Ran ran = run({"wrap", "backup", "--", "/bin/sh", "-c", "echo out; exit 4"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_EQ(ran.out, "out\n");
  EXPECT_THAT(ran.err, MatchesRegex("hammock: nobody is told of `backup`, [^\n]*nobody listens.*"));
  EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1);
  environment_["HAMMOCK_RUNTIME_DIR"] = "relative";
  ran = run({"wrap", "backup", "--", "/bin/sh", "-c", "exit 4"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.err, HasSubstr("must be an absolute path"));
  environment_["HAMMOCK_RUNTIME_DIR"] = folder_ + "/r";
  // It goes away in the middle.
  int asked = 0;
  PlayedBrain brain(folder_ + "/r/control",
                    [&](const std::string&) { return ++asked == 1 ? recorded("") : ""; });
  ran = run({"wrap", "backup", "--", "/bin/sh", "-c", "exit 4"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.err, MatchesRegex("hammock: nobody was told how `backup` ended: [^\n]*\n"));
}

TEST_F(WrapTest, HandsSignalsOn) {
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = begin(
        "trap 'echo got; exit 6' INT TERM HUP QUIT; echo ready; "
        "while :; do sleep 0.01; done",
        ends[1]);
    close(ends[1]);
    char buffer[16];
    EXPECT_EQ(read(ends[0], buffer, sizeof buffer), 6);  // promptly: it has not ended
    kill(child, signal);
    EXPECT_EQ(read(ends[0], buffer, sizeof buffer), 4);
    EXPECT_EQ(code_of(child), 6) << signal;
    close(ends[0]);
  }
}

TEST_F(WrapTest, HandsSignalsOnWhileNobodyReads) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = begin("exec yes", ends[1]);
  pollfd writable{ends[1], POLLOUT, 0};
  while (poll(&writable, 1, 0) > 0)
    poll(nullptr, 0, 5);
  // The first ends the command; the second, the wait for somebody who takes its output.
  bool has_ended = false;
  for (int i = 0; i < 2000 && !has_ended; ++i) {
    kill(child, SIGTERM);
    poll(nullptr, 0, 5);
    has_ended = waitpid(child, nullptr, WNOHANG) == child;
  }
  EXPECT_TRUE(has_ended);
  if (!has_ended) kill(child, SIGKILL);
  for (int fd : ends)
    close(fd);
}

TEST_F(WrapTest, CtrlCReachesOnlyWhomTheTerminalSendsItTo) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_EQ(grantpt(master), 0);
  ASSERT_EQ(unlockpt(master), 0);
  const std::string terminal = ptsname(master);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    dup2(open(terminal.c_str(), O_RDWR), STDIN_FILENO);  // becomes the controlling terminal
    // In a session of its own, the command would not get it without us either.
    become_wrap(
        "exec setsid /bin/sh -c \"trap 'echo int' INT; trap 'echo term; exit 0' TERM; "
        "echo ready; while :; do sleep 0.01; done\"",
        ends[1]);
  }
  close(ends[1]);
  char buffer[64];
  EXPECT_EQ(read(ends[0], buffer, sizeof buffer), 6);
  EXPECT_EQ(::write(master, "\x03", 1), 1);
  poll(nullptr, 0, 100);  // time to do it wrong
  kill(child, SIGTERM);
  ssize_t got = read(ends[0], buffer, sizeof buffer);
  EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0))), "term\n");
  EXPECT_EQ(code_of(child), 0);
  close(ends[0]);
  close(master);
}

TEST_F(WrapTest, ADeathByASignalIsReportedAsItsCode) {
  PlayedBrain brain(folder_ + "/r/control", recorded);
  Ran ran = run({"wrap", "backup", "--", "/bin/sh", "-c", "kill -KILL $$"});
  EXPECT_EQ(ran.code, 137);
  EXPECT_THAT(brain.requests.back(), HasSubstr("signal=fail&exit=137&rid="));
}

}  // namespace
}  // namespace hammock::cli
