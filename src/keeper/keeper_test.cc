#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <string_view>

#include "keeper/keeper.h"
#include "keeper/keeper_rig.h"

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

}  // namespace
}  // namespace hammock::keeper

int main(int count, char** values) {
  if (count > 1 && std::string_view(values[1]) == "brain") {
    return hammock::keeper::brain_main(count, values);
  }
  testing::InitGoogleMock(&count, values);
  return RUN_ALL_TESTS();
}
