// Slots: whose they are, and when they are given back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "keeper/keeper_rig.h"

namespace hammock::keeper {
namespace {

using wire::Phase;

class Slots : public testing::Test {
 protected:
  Slots() {
    rig.start_keeper();
    rig.greet();
    rig.define(0, "web");
  }
  // Runs it to its end.
  void run(std::uint32_t slot, const wire::Spec& spec) {
    std::uint64_t generation = rig.slot(slot).data.generation + 1;
    rig.spawn(slot, spec);
    rig.wait_exit(slot, generation);
  }
  bool forget(std::uint32_t slot) {
    rig.send(rig.order(wire::Order::kForget, slot));
    return rig.until([&] { return rig.slot(slot).data.phase == Phase::kFree; });
  }

  Rig rig;
};

TEST_F(Slots, AreForgottenAndUsedAgain) {
  run(0, shell_spec("echo first"));
  ASSERT_TRUE(forget(0));
  rig.define(0, "other", 2);
  EXPECT_EQ(rig.slot(0).data.generation, 1U);  // goes on: exits stay distinguishable
  EXPECT_EQ(rig.exit_of(0, 1).generation, 0U);
  run(0, shell_spec("echo second"));
  EXPECT_EQ(rig.log("other", 2), "second\n");
  EXPECT_EQ(rig.log("web"), "first\n");
  wire::OrderMessage evil;
  evil.order = wire::Order::kDefine;
  evil.slot = 1;
  std::string_view("../evil").copy(evil.service.data(), 7);
  rig.send(evil);
  EXPECT_EQ(rig.wait_hint(wire::Hint::kRefused)->message.value, EINVAL);
}

TEST_F(Slots, ATaskKnowsItsNumber) {
  wire::Spec spec = shell_spec("echo task $HAMMOCK_TASK");
  rig.define(1, "search", 64);
  run(1, spec);
  spec.is_array = true;
  run(1, spec);
  EXPECT_EQ(rig.log("search", 64), "task\ntask 63\n");
}

TEST_F(Slots, AreNotForgottenWhileTheirOutputWaits) {
  const std::filesystem::path logs = rig.state + "/logs";
  std::filesystem::create_directories(logs);
  std::ofstream(logs / "web") << "in the way";
  run(0, shell_spec("echo precious"));
  rig.send(rig.order(wire::Order::kForget, 0));
  auto refused = rig.wait_hint(wire::Hint::kRefused);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->message.value, EBUSY);
  std::filesystem::remove(logs / "web");
  ASSERT_TRUE(rig.wait_log("web", "precious\n"));
  EXPECT_TRUE(forget(0));
}

}  // namespace
}  // namespace hammock::keeper
