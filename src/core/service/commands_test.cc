#include "core/service/test_house.h"

namespace hammock::service {
namespace {

TEST(Reload, BySignalEndsWhenTheProgramSaysSo) {
  auto web = setup_of("web");
  web.config.reload = ReloadBySignal{1};
  TestHouse house({web, setup_of("db")});
  house.ready("web");
  house.ready("db");
  house.command("r", Verb::kReload, "web");
  EXPECT_EQ(house.replies("r"), "accepted;");
  house.at("web").reloading = true;
  house.at("web").reloading_since = house.now().steady;
  house.give(SlotSeen{house.at("web")});
  EXPECT_EQ(report(house.state, "web")->instances[0].doing, Doing::kReloading);
  house.pass(5s);
  EXPECT_EQ(house.replies("r"), "accepted;");
  house.at("web").reloading = false;
  house.at("web").reloads_done = 1;
  house.give(SlotSeen{house.at("web")});
  EXPECT_EQ(house.replies("r"), "accepted;done;");
  house.command("r2", Verb::kReload, "db");
  EXPECT_EQ(house.replies("r2"), "refused;");
  house.command("r3", Verb::kReload, "web");
  house.at("web").reloading = true;
  house.at("web").reloading_since = house.now().steady;
  house.give(SlotSeen{house.at("web")});
  house.pass(31s);
  EXPECT_EQ(house.replies("r3"), "accepted;failed;");
}

TEST(Reload, BySignalWithoutAnAnswerIsDoneOnlyAfterItWasSent) {
  auto web = setup_of("web");
  web.config.reload = ReloadBySignal{1};
  web.config.ready.how = ReadyWhenStarted{};
  TestHouse house({web});
  house.pass(1s);
  house.command("r", Verb::kReload, "web");
  EXPECT_EQ(house.all<Signal>().size(), 1U);
  EXPECT_EQ(house.replies("r"), "accepted;");
  house.replace_brain([](const Fact&) { return true; });
  EXPECT_EQ(house.all<Signal>().size(), 2U);
  house.pass(1ms);
  EXPECT_EQ(house.all<Signal>().size(), 2U);
  EXPECT_EQ(house.recorded<CommandFinished>().size(), 1U);
}

TEST(Commands, TheSameIdIsTheSameCommand) {
  TestHouse house({setup_of("web")});
  house.ready("web");
  house.command("r", Verb::kRestart, "web");
  house.command("r", Verb::kRestart, "web");
  EXPECT_EQ(house.all<Signal>().size(), 1U);
  house.exit("web", 1, kTerm);
  house.ready("web");
  house.command("r", Verb::kRestart, "web");
  EXPECT_EQ(house.replies("r"), "accepted;accepted;done;done;");
  EXPECT_EQ(house.at("web").generation, 2U);
  EXPECT_EQ(house.recorded<CommandAccepted>().size(), 1U);
}

TEST(Commands, AcceptedOnesSurviveTheBrain) {
  TestHouse house({setup_of("web")});
  house.ready("web");
  house.keeper = false;
  house.command("r", Verb::kRestart, "web");  // accepted; its orders are lost with the brain
  house.keeper = true;
  house.replace_brain([](const Fact& fact) { return keep_of(fact) == Keep::kPromise; });
  EXPECT_EQ(house.all<Signal>().size(), 2U);
  house.exit("web", 1, kTerm);
  EXPECT_EQ(house.at("web").generation, 2U);
  house.ready("web");
  EXPECT_EQ(house.replies("r"), "accepted;done;");
}

TEST(Commands, UnknownServiceIsRefused) {
  TestHouse house({setup_of("web")});
  house.command("a", Verb::kStart, "wbe");
  EXPECT_EQ(house.replies("a"), "refused;");
  EXPECT_TRUE(house.recorded<CommandAccepted>().empty());
}

TEST(Commands, LaterContraryWins) {
  TestHouse house({setup_of("web")});
  house.command("a", Verb::kStart, "web");
  house.command("b", Verb::kStop, "web");
  EXPECT_EQ(house.replies("a"), "accepted;failed;");
  house.exit("web", 1, kTerm);
  EXPECT_EQ(house.replies("b"), "accepted;done;");
}

TEST(Facts, AreThereAndBackAsJson) {
  InstanceExited exit;
  exit.service = "we\"b\n\xc3\xa9";
  exit.instance = 3;
  exit.generation = ~0ULL;
  exit.exit_class = ExitClass::kStartFailed;
  exit.code = -1;
  exit.ran = Duration(-1);
  exit.at = Instant(123456789us);
  exit.was_ready = true;
  Fact fact = exit;
  auto back = fact_from_json(name_of(fact), fields_json(fact));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, fact);
  EXPECT_FALSE(fact_from_json("instance exited", "{\"instance\":\"x\"}"));
  EXPECT_FALSE(fact_from_json("instance exited", "{\"instance\":1"));
  EXPECT_FALSE(fact_from_json("slot observed", "{}")) << "moments are not journaled";
  auto partly = fact_from_json("instance exited", "{ \"instance\" : 4, \"unheard\": true }");
  ASSERT_TRUE(partly);
  EXPECT_EQ(std::get<InstanceExited>(*partly).instance, 4U);
}

}  // namespace
}  // namespace hammock::service
