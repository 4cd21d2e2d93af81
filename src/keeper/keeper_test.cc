#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <string_view>

#include "base/hash.h"
#include "keeper/keeper.h"
#include "keeper/keeper_rig.h"
#include "os/file.h"
#include "wire/spec_view.h"

namespace hammock::keeper {
namespace {

using wire::Phase;

TEST(KeeperArguments, AreChecked) {
  auto parse = [](std::vector<const char*> values) {
    return parse_arguments(static_cast<int>(values.size()), const_cast<char**>(values.data()));
  };
  EXPECT_TRUE(parse({"k", "/r", "/s", "/h", "c"}));
  EXPECT_TRUE(parse({"k", "/r", "/s", "/h", "c", "--adopt"})->adopt);
  EXPECT_FALSE(parse({"k", "/r", "/s", "/h"}));
  EXPECT_FALSE(parse({"k", "/r", "/s", "/h", "c", "--other"}));
  EXPECT_FALSE(parse({"k", "relative", "/s", "/h", "c"}));
}

TEST(Keeper, RunsAProgramAndRecordsItsOutputAndExit) {
  Rig rig;
  rig.start_keeper();
  rig.greet();
  rig.define(0, "web");
  rig.spawn(0, shell_spec("echo hello; echo world >&2; exit 3"));
  wire::SlotCopy slot = rig.wait_exit(0, 1);
  const wire::ExitRecord exit = rig.exit_of(0, 1);
  EXPECT_TRUE(exit.status_known);
  EXPECT_EQ(exit.wait_status, 3 << 8);
  EXPECT_EQ(exit.stage, wire::Stage::kNone);
  EXPECT_GE(exit.ran_us, 0);
  EXPECT_EQ(slot.data.phase, Phase::kIdle);
  EXPECT_EQ(rig.log("web"), "hello\nworld\n");  // drained before the exit was told
}

class Started : public testing::Test {
 protected:
  Started() {
    rig.start_keeper();
    rig.greet();
    rig.define(0, "web");
  }
  // Runs to its end; the record of it.
  wire::ExitRecord outcome(const wire::Spec& spec) {
    std::uint64_t generation = rig.slot(0).data.generation + 1;
    rig.spawn(0, spec);
    rig.wait_exit(0, generation);
    return rig.exit_of(0, generation);
  }
  void expect_failure(const wire::Spec& spec, wire::Stage stage, int reason) {
    wire::ExitRecord exit = outcome(spec);
    EXPECT_EQ(wire::stage_name(exit.stage), wire::stage_name(stage));
    EXPECT_EQ(exit.stage_errno, reason) << std::strerror(exit.stage_errno);
    EXPECT_TRUE(exit.status_known);
    EXPECT_EQ(exit.wait_status, 127 << 8);
  }

  Rig rig;
};

TEST_F(Started, SaysAtWhichStageAStartFailed) {
  wire::Spec spec = shell_spec("exit 0");
  spec.command = {"/no/such/program"};
  expect_failure(spec, wire::Stage::kExec, ENOENT);
  spec.command = {"no-such-program"};
  expect_failure(spec, wire::Stage::kExec, ENOENT);
  spec.command = {"/etc/passwd"};
  expect_failure(spec, wire::Stage::kExec, EACCES);
  spec.command = {"passwd"};
  spec.environment = {"PATH=/nowhere:/etc:/nowhere/else"};
  expect_failure(spec, wire::Stage::kExec, EACCES);
  spec = shell_spec("exit 0");
  spec.directory = "/no/such/folder";
  expect_failure(spec, wire::Stage::kDirectory, ENOENT);
  spec = shell_spec("exit 0");
  spec.listen_names = {"http"};
  expect_failure(spec, wire::Stage::kSockets, EBADF);
  spec = shell_spec("exit 0");
  spec.limits = {{RLIMIT_NOFILE, 10, 5}};
  expect_failure(spec, wire::Stage::kLimits, EINVAL);
  spec = shell_spec("exit 0");
  spec.secrets = {{"key", "/no/such/secret"}};
  expect_failure(spec, wire::Stage::kSecrets, ENOENT);
  // After all that it still starts.
  EXPECT_EQ(outcome(shell_spec("exit 0")).wait_status, 0);
}

TEST_F(Started, RefusesASpecThatIsMissingOrDamaged) {
  wire::OrderMessage order = rig.order(wire::Order::kSpawn, 0);
  order.spec = 12345;
  rig.send(order);
  rig.wait_exit(0, 1);
  EXPECT_EQ(rig.exit_of(0, 1).stage, wire::Stage::kSpec);
  EXPECT_EQ(rig.exit_of(0, 1).stage_errno, ENOENT);
  std::string image = wire::encode_spec(shell_spec("exit 0"));
  order = rig.order(wire::Order::kSpawn, 0);
  order.spec = wire::spec_hash(image);
  image.back() = 'x';
  ASSERT_TRUE(os::write_file(rig.path("spec/" + hex64(order.spec)), image, 0600));
  rig.send(order);
  rig.wait_exit(0, 2);
  EXPECT_EQ(rig.exit_of(0, 2).stage_errno, EBADMSG);
}

TEST_F(Started, TheEnvironmentIsBuiltFromZero) {
  ::setenv("FROM_THE_KEEPER", "1", 1);
  wire::Spec spec = shell_spec("env | sort; umask; pwd; ulimit -n; exit 0");
  spec.environment = {"PATH=/usr/bin:/bin", "OWN=yes", "HAMMOCK_SERVICE=overruled", "LISTEN_FDX=1"};
  spec.watchdog_us = 30'000'000;
  spec.file_mode_mask = 027;
  spec.directory = "/usr";
  spec.limits = {{RLIMIT_NOFILE, 77, 88}};
  outcome(spec);
  std::string log = rig.log("web");
  EXPECT_THAT(log, testing::HasSubstr("HAMMOCK_SERVICE=web\n"));
  EXPECT_THAT(log, testing::HasSubstr("HAMMOCK_INSTANCE=1\n"));
  EXPECT_THAT(log, testing::HasSubstr("OWN=yes\n"));
  EXPECT_THAT(log, testing::HasSubstr("LISTEN_FDX=1\n"));
  EXPECT_THAT(log, testing::HasSubstr("WATCHDOG_USEC=30000000\n"));
  EXPECT_THAT(log, testing::HasSubstr("WATCHDOG_PID="));
  EXPECT_THAT(log, testing::HasSubstr("0027\n/usr\n77\n"));
  for (const char* other :
       {"overruled", "LISTEN_FDS", "NOTIFY_SOCKET", "HOME=", "FROM_THE_KEEPER"}) {
    EXPECT_THAT(log, testing::Not(testing::HasSubstr(other)));
  }
}

// As many as a spec may list, which is also close to what the kernel takes.
TEST_F(Started, ManyArgumentsAndALargeEnvironmentArePassedWhole) {
  wire::Spec spec = shell_spec("echo $# ${LAST}");
  spec.command.push_back("sh");
  spec.command.resize(wire::kSpecListMax, "x");
  spec.environment.assign(wire::kSpecListMax - 2, "E=1");  // the rig adds one
  spec.environment.push_back("LAST=yes");
  EXPECT_EQ(outcome(spec).stage_errno, 0);
  const std::string arguments = std::to_string(wire::kSpecListMax - 4);
  EXPECT_THAT(rig.log("web"), testing::HasSubstr(arguments + " yes\n"));
  outcome(shell_spec("echo $# ${LAST} small"));
  EXPECT_THAT(rig.log("web"), testing::EndsWith("\n0 small\n"));
}

TEST_F(Started, SignalsHaveTheirDefaultsAndNothingLeaks) {
  outcome(shell_spec("grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; ls /proc/self/fd | wc -l"));
  EXPECT_THAT(rig.log("web"), testing::HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(rig.log("web"), testing::HasSubstr("SigIgn:\t0000000000000000"));
  EXPECT_THAT(rig.log("web"), testing::EndsWith("\n4\n"));  // 0, 1, 2, and the folder that ls reads
  pid_t pid = rig.run(0, program_spec({"wait"}));
  EXPECT_TRUE(rig.until([&] { return ::getsid(pid) == pid; }));
}

TEST_F(Started, SignalsReachTheProgramAndItsEndIsExact) {
  pid_t pid = rig.run(0, program_spec({"end-on-term", "9"}));
  ASSERT_TRUE(rig.wait_log("web", "up"));
  rig.signal(0, SIGTERM);
  rig.wait_exit(0, 1);
  EXPECT_EQ(rig.exit_of(0, 1).wait_status, 9 << 8);
  EXPECT_EQ(rig.exit_of(0, 1).pid, pid);
  rig.run(0, program_spec({"wait"}));
  rig.signal(0, SIGKILL);
  rig.wait_exit(0, 2);
  EXPECT_TRUE(WIFSIGNALED(rig.exit_of(0, 2).wait_status));
  EXPECT_EQ(WTERMSIG(rig.exit_of(0, 2).wait_status), SIGKILL);
}

TEST_F(Started, OrdersOfAnotherGenerationAreVoid) {
  pid_t pid = rig.run(0, program_spec({"wait"}));
  for (wire::Order kind : {wire::Order::kSignal, wire::Order::kKill, wire::Order::kSpawn,
                           wire::Order::kArm, wire::Order::kSignalGroup}) {
    wire::OrderMessage order = rig.order(kind, 0, 1);
    order.generation -= 1;
    rig.send(order);
    auto refused = rig.wait_hint(wire::Hint::kRefused);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->message.value, ESTALE);
    EXPECT_EQ(refused->message.about, kind);
  }
  wire::OrderMessage order = rig.order(wire::Order::kSpawn, 0);
  rig.send(order);
  EXPECT_EQ(rig.wait_hint(wire::Hint::kRefused)->message.value, EBUSY);
  rig.send(rig.order(wire::Order::kForget, 0));
  EXPECT_EQ(rig.wait_hint(wire::Hint::kRefused)->message.value, EBUSY);
  order.slot = 4000;
  rig.send(order);
  EXPECT_EQ(rig.wait_hint(wire::Hint::kRefused)->message.value, ENOENT);
  order.order = static_cast<wire::Order>(999);
  rig.send(order);
  EXPECT_EQ(rig.wait_hint(wire::Hint::kRefused)->message.value, ENOSYS);
  EXPECT_TRUE(process_lives(pid));
}

TEST_F(Started, NothingStartsBeforeTheSocketsAreBack) {
  rig.brain_life.reset();
  rig.kill_keeper();
  rig.adopt();
  rig.greet(false);
  rig.spawn(0, shell_spec("exit 0"));
  auto refused = rig.wait_hint(wire::Hint::kRefused);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->message.value, EAGAIN);
}

TEST_F(Started, ReflexRestartsWhileTokensLast) {
  wire::Spec spec = program_spec({"wait"});
  pid_t first = rig.run(0, spec);
  rig.arm(0, spec, 2);
  rig.ping();
  kill_process(first);
  ASSERT_TRUE(rig.until([&] { return rig.slot(0).data.generation == 2; }));
  EXPECT_EQ(rig.exit_of(0, 1).by_reflex, 1);
  pid_t second = rig.main_of(0);
  EXPECT_EQ(rig.slot(0).data.reflex_tokens, 1U);
  kill_process(second);
  ASSERT_TRUE(rig.until([&] { return rig.slot(0).data.generation == 3; }));
  kill_process(rig.main_of(0));
  wire::SlotCopy slot = rig.wait_exit(0, 3);
  EXPECT_EQ(slot.data.phase, Phase::kIdle);
  EXPECT_EQ(slot.data.generation, 3U);
  EXPECT_EQ(slot.data.reflexes, 2U);
  EXPECT_EQ(rig.exit_of(0, 3).by_reflex, 0);
}

TEST_F(Started, ReflexSparesListedCodesFailedStartsAndKills) {
  wire::Spec spec = program_spec({"end-on-term", "78"});
  rig.run(0, spec);
  rig.arm(0, spec, 2, {75, 78});
  ASSERT_TRUE(rig.wait_log("web", "up"));
  rig.signal(0, SIGTERM);
  EXPECT_EQ(rig.wait_exit(0, 1).data.generation, 1U);
  EXPECT_EQ(rig.exit_of(0, 1).wait_status, 78 << 8);
  // Armed with something that cannot start: tried once, not again.
  wire::Spec broken = shell_spec("");
  broken.command = {"/no/such/program"};
  pid_t pid = rig.run(0, program_spec({"wait"}));
  rig.arm(0, broken, 2);
  rig.ping();
  kill_process(pid);
  wire::SlotCopy slot = rig.wait_exit(0, 3);
  EXPECT_EQ(slot.data.generation, 3U);
  EXPECT_EQ(rig.exit_of(0, 3).stage, wire::Stage::kExec);
  rig.run(0, program_spec({"wait"}));
  rig.arm(0, program_spec({"wait"}), 2);
  rig.send(rig.order(wire::Order::kKill, 0));
  EXPECT_EQ(rig.wait_exit(0, 4).data.generation, 4U);
}

TEST_F(Started, SecretsAreDeliveredPrivately) {
  ASSERT_TRUE(os::write_file(rig.base + "/secret", "s3cret", 0600));
  wire::Spec spec = shell_spec(
      "cat $CREDENTIALS_DIRECTORY/key; stat -c ' %a' $HAMMOCK_SECRETS/key $HAMMOCK_SECRETS");
  spec.secrets = {{"key", rig.base + "/secret"}};
  outcome(spec);
  outcome(spec);  // and again over the old ones
  EXPECT_EQ(rig.log("web"), "s3cret 400\n 700\ns3cret 400\n 700\n");
}

TEST_F(Started, UsersGroupsAndRights) {
  wire::Spec spec =
      shell_spec("id -u; id -g; id -G; grep -E 'NoNewPrivs|CapAmb' /proc/self/status; nice");
  spec.uid = 65534;
  spec.gid = 65534;
  spec.groups = {4, 65534};
  spec.nice = 5;
  if (::geteuid() != 0) return expect_failure(spec, wire::Stage::kGroups, EPERM);
  spec.capabilities = 1U << 10;  // CAP_NET_BIND_SERVICE
  outcome(spec);
  EXPECT_EQ(rig.log("web"),
            "65534\n65534\n65534 4\nCapAmb:\t0000000000000400\nNoNewPrivs:\t1\n5\n");
  // Its output can be opened again by its new user.
  spec.capabilities.reset();
  spec.command.back() = "echo again > /dev/stdout; echo err > /dev/stderr";
  outcome(spec);
  EXPECT_THAT(rig.log("web"), testing::EndsWith("again\nerr\n"));
}

TEST_F(Started, SocketsAreKeptAndPassedInOrder) {
  std::array<os::UniqueFd, 2> sockets;
  for (std::uint32_t i = 0; i < 2; ++i) {
    sockets[i].reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    wire::OrderMessage order;
    order.order = wire::Order::kHold;
    order.hold.kind = wire::HoldKind::kListen;
    order.hold.index = 1 - i;
    std::string_view("web").copy(order.hold.service.data(), 3);
    rig.send(order, sockets[i].get());
  }
  wire::Spec spec = program_spec({"sockets"});
  spec.listen_names = {"http", "https"};
  rig.run(0, spec);
  ASSERT_TRUE(rig.wait_log("web", "blocking"));
  EXPECT_EQ(rig.log("web"), "LISTEN_FDS=2 mine names=http:https 0f 1p 2p 3s 4s blocking\n");
  // A released one is no longer passed.
  wire::OrderMessage order;
  order.order = wire::Order::kRelease;
  order.hold.kind = wire::HoldKind::kListen;
  order.hold.index = 1;
  std::string_view("web").copy(order.hold.service.data(), 3);
  rig.send(order);
  rig.send(rig.order(wire::Order::kKill, 0));
  rig.wait_exit(0, 1);
  expect_failure(spec, wire::Stage::kSockets, EBADF);
}

TEST_F(Started, TermAndHupAreToldToTheBrainAndShutdownEndsTheKeeper) {
  ::kill(rig.keeper, SIGHUP);
  EXPECT_TRUE(rig.wait_hint(wire::Hint::kReloadRequested));
  ::kill(rig.keeper, SIGTERM);
  auto stop = rig.wait_hint(wire::Hint::kStopRequested);
  ASSERT_TRUE(stop);
  EXPECT_EQ(stop->message.value, SIGTERM);
  rig.send(rig.order(wire::Order::kShutdown, 0, 17));
  ASSERT_TRUE(rig.until([&] {
    return os::LedgerFile::read(rig.path("ledger"))->ledger().header().shutting_down == 1;
  }));
  rig.brain_life.reset();
  EXPECT_EQ(rig.wait_keeper(), 17);
}

TEST_F(Started, ABrainThatLivesButDoesNotTakeAStopIsReplaced) {
  ::kill(rig.keeper, SIGTERM);
  ASSERT_TRUE(rig.wait_hint(wire::Hint::kStopRequested));
  const pid_t deaf = rig.brain;
  wire::OrderMessage alive = rig.order(wire::Order::kTaken, 0);
  alive.value = static_cast<std::int64_t>(wire::Hint::kAlive);
  rig.send(alive);
  rig.accept_brain();
  EXPECT_NE(rig.brain, deaf);
  rig.greet();
  EXPECT_TRUE(rig.wait_hint(wire::Hint::kStopRequested));
}

TEST_F(Started, AStopDoesNotWaitAMinuteForABrainThatNeverGreets) {
  ::kill(rig.keeper, SIGTERM);
  ASSERT_TRUE(rig.wait_hint(wire::Hint::kStopRequested));
  kill_process(rig.brain);
  rig.accept_brain();
  const pid_t mute = rig.brain;
  rig.accept_brain();
  EXPECT_NE(rig.brain, mute);
  rig.greet();
  EXPECT_TRUE(rig.wait_hint(wire::Hint::kStopRequested));
}

TEST_F(Started, ASecondKeeperIsTurnedAway) {
  pid_t first = rig.keeper;
  auto pair = os::make_link_pair();
  rig.adopt();
  EXPECT_EQ(rig.wait_keeper(), 75);
  rig.keeper = first;
  // The same state directory under another runtime directory neither.
  std::string runtime = rig.runtime;
  rig.runtime = rig.base + "/other";
  rig.adopt();
  EXPECT_EQ(rig.wait_keeper(), 75);
  rig.keeper = first;
  rig.runtime = runtime;
}

}  // namespace
}  // namespace hammock::keeper

int main(int count, char** values) {
  if (count > 1 && std::string_view(values[1]) == "brain") {
    return hammock::keeper::brain_main(count, values);
  }
  if (count > 1 && std::string_view(values[1]) == "program") {
    return hammock::keeper::program_main(count, values);
  }
  testing::InitGoogleMock(&count, values);
  return RUN_ALL_TESTS();
}
