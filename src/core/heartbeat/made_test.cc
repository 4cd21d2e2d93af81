// Heartbeats that are in no configuration.
#include "core/heartbeat/made.h"

#include "core/heartbeat/test_heartbeats.h"

namespace hammock::heartbeat {
namespace {

using Given = Setup;  // in a test, Setup is a trap of gtest
using testing::ElementsAre;
using testing::SizeIs;

constexpr std::string_view kUuid = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0";

schedule::Zone berlin() {
  return schedule::Zone("Europe/Berlin", {{Instant::min(), 1h}});
}

Setup nightly() {
  Setup setup;
  setup.uuid = kUuid;
  setup.title = "The nightly \"copy\"";
  setup.tags = std::string_view("prod db");
  setup.config.name = std::string_view("nightly");
  setup.config.description = "copies";
  setup.config.when = AtTimes{*schema::read_cron("15 3 * * *")};
  setup.config.timezone = "Europe/Berlin";
  setup.zone = berlin();
  setup.config.grace = 30min;
  setup.config.manual_resume = true;
  setup.config.post_only = true;
  return setup;
}

class Made : public Heartbeats {
 protected:
  void make(Given setup, bool is_new = true) {
    give(SetupGiven{"c", std::move(setup), is_new, "api"});
  }
  // The next process, on a host that knows these zones.
  void again(std::vector<schedule::Zone> zones) {
    setups.clear();
    away(1h);
    give(ConfigurationGiven{{}, std::move(zones)});
  }
  const Given& setup_now(std::string_view name = "nightly") const {
    return state.heartbeats.find(name)->second.setup;
  }
};

TEST_F(Made, IsTheSameAfterADeath) {
  make(nightly());
  EXPECT_EQ(setup_now(), nightly());
  EXPECT_EQ(find_uuid(state, kUuid), "nightly");
  EXPECT_THAT(zones_wanted(state), ElementsAre("Europe/Berlin"));
  again({berlin()});
  EXPECT_EQ(setup_now(), nightly());
  EXPECT_EQ(find_uuid(state, kUuid), "nightly");
  EXPECT_THAT(replies, ElementsAre("done: it is as it was said"));
}

TEST_F(Made, AZoneThatIsGoneIsSaid) {
  make(nightly());
  again({});
  const auto reports = report(state, now().wall);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].note,
            "its time zone Europe/Berlin is not known on this host: its times are taken as UTC");
  EXPECT_EQ(reports[0].schedule, "at 15 3 * * * UTC");
}

// The form that an older Hammock wrote.
TEST_F(Made, AnOlderFactIsOneThatAPingMade) {
  auto fact = fact_from_json("heartbeat created", R"({"heartbeat":"old","at":5})");
  ASSERT_TRUE(fact);
  heartbeat::apply(state, *fact);
  EXPECT_EQ(schedule_text(setup_now("old")), "every 1d");
  EXPECT_EQ(setup_now("old").config.grace, 1h);
  EXPECT_EQ(setup_now("old").uuid, "");
  EXPECT_FALSE(find_uuid(state, ""));
  // It can be given one.
  Given setup = setup_now("old");
  setup.uuid = kUuid;
  make(setup, false);
  EXPECT_EQ(find_uuid(state, kUuid), "old");
}

TEST_F(Made, WhoComesSecondIsRefused) {
  make(nightly());
  make(nightly());
  Given other = nightly();
  other.config.name = std::string_view("other");
  make(other);         // the UUID is taken
  make(other, false);  // there is none to change
  Given configured = nightly();
  configured.config.name = std::string_view("copy");
  configured.uuid = setups[0].uuid;
  make(configured, false);
  configured.uuid = std::string_view("0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f1");
  make(configured, true);
  Given wrong = nightly();
  wrong.config.name = std::string_view("Not a name");
  wrong.uuid = configured.uuid;
  make(wrong);
  EXPECT_THAT(replies, SizeIs(7));
  EXPECT_EQ(std::ranges::count(replies, "refused: somebody was first; ask again"), 6);
  EXPECT_FALSE(find_name(state, "other"));
}

TEST_F(Made, AnotherScheduleBeginsItsTimeAnew) {
  Given setup = nightly();
  setup.config.when = Every{1h};
  setup.config.post_only = false;
  make(setup);
  give(PingGiven{"nightly", Ping{}});
  pass(50min);
  setup.title = std::string_view("another");
  make(setup, false);
  EXPECT_EQ(state.heartbeats["nightly"].deadline, at(1h + 30min));
  setup.config.when = Every{2h};
  make(setup, false);
  EXPECT_EQ(state.heartbeats["nightly"].deadline, at(50min + 2h + 30min));
}

TEST_F(Made, ThePingThatMakesOneGivesItsUuid) {
  give(PingGiven{"fresh", Ping{}, true, std::string(kUuid)});
  EXPECT_EQ(find_uuid(state, kUuid), "fresh");
  give(CommandGiven{"c", Verb::kRemove, "fresh", "uid 0"});
  EXPECT_FALSE(find_uuid(state, kUuid));
}

// Somebody who moves one into the configuration under another name takes its UUID along.
TEST_F(Made, TheConfigurationHasTheUuidFirst) {
  make(nightly());
  for (const char* name : {"another", "zebra"}) {
    Given configured = setup_of(name);
    configured.uuid = kUuid;
    reconfigure(configured);
    EXPECT_EQ(find_uuid(state, kUuid), name);
  }
}

}  // namespace
}  // namespace hammock::heartbeat
