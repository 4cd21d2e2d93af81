// What happens elsewhere, and how often somebody is told of it.
#include <string>

#include "core/probe/test_probes.h"

namespace hammock::probe {
namespace {

class Scenario : public Probes {
 protected:
  void many(int number, const std::function<void(probe::Setup&)>& change) {
    for (int i = 0; i < number; ++i) {
      probe::Setup setup = setup_of("host-" + std::to_string(i));
      change(setup);
      setups.push_back(std::move(setup));
    }
  }
  // The next result.
  void until_seen(const std::string& name) {
    const auto before = of(name).seen;
    while (of(name).seen == before)
      pass(100ms);
  }
  static void with_witnesses(probe::Setup& setup) {
    setup.witnesses = {"192.0.2.1:443", "198.51.100.1:443"};
  }
};

TEST_F(Scenario, OurOwnNetworkIsGone) {
  many(200, with_witnesses);
  begin();
  pass(1min);
  said.clear();
  for (const Duration length : {1s, 7s, 40s, 600s}) {
    network = false;
    pass(length);
    network = true;
    pass(2min + 1234ms);
  }
  EXPECT_EQ(count("probe fell"), 0);
  EXPECT_EQ(count("probe counted"), 0);
  EXPECT_LE(count("blindness began"), 4);
  EXPECT_GE(count("blindness began"), 2);
  EXPECT_EQ(count("blindness began"), count("blindness ended"));
  for (const Report& one : report(state, now()))
    EXPECT_EQ(one.shown, Shown::kUp) << one.name;
}

TEST_F(Scenario, BlindnessIsToldWithItsTimes) {
  many(20, with_witnesses);
  begin();
  pass(1min);
  network = false;
  const Instant since = now().wall;
  pass(4min);
  for (const Report& one : report(state, now())) {
    EXPECT_EQ(one.shown, Shown::kUnknown) << one.name;
    EXPECT_NE(one.message.find("no witness can be reached"), std::string::npos) << one.message;
  }
  network = true;
  const Instant until = now().wall;
  pass(1min);
  const auto& ended = std::get<BlindnessEnded>(journal.back());
  EXPECT_GE(ended.since, since);
  EXPECT_LE(ended.since, since + 10s);
  EXPECT_GE(ended.at, until);
  EXPECT_LE(ended.at, until + 10s);
}

TEST_F(Scenario, WhoeverIsDownFallsWhenWeSeeAgain) {
  many(1, with_witnesses);
  begin();
  pass(1min);
  network = false;
  pass(2min);
  network = true;
  gone = {"host-0"};
  pass(1min);
  EXPECT_EQ(count("blindness ended"), 1);  // a witness was seen, whatever the probe came to
  EXPECT_EQ(count("probe fell"), 1);
}

TEST_F(Scenario, WhatAWitnessSaidLongAgoSaysNothing) {
  many(1, with_witnesses);
  begin();
  gone = {"192.0.2.1:443", "198.51.100.1:443", "host-0"};
  pass(1min);
  gone.clear();
  pass(1min);
  asked.clear();
  gone = {"host-0"};
  pass(1min);
  EXPECT_EQ(of("host-0").shown, Shown::kDown);
}

TEST_F(Scenario, AnOutageThatHasEndedIsNotBelievedAgain) {
  many(10, [](probe::Setup& setup) {
    with_witnesses(setup);
    setup.config.every = 1s;
  });
  bad_takes = 1ms;
  gone = {"host-0"};  // whatever the network does
  begin();
  pass(10s);
  EXPECT_EQ(count("probe fell"), 1);
  network = false;
  pass(3s);
  network = true;
  pass(10s);
  EXPECT_EQ(count("blindness began"), 1);
  EXPECT_EQ(count("blindness ended"), 1);
  EXPECT_EQ(of("host-0").message, "connection refused");
}

TEST_F(Scenario, ALookThatIsNotAnsweredIsMadeAgain) {
  many(1, with_witnesses);
  gone = {"host-0"};
  begin();
  while (asked.size() < 3)
    pass(100ms);
  answers.clear();  // those of the witnesses
  pass(1min);
  EXPECT_EQ(count("probe fell"), 0);
  pass(40min);
  EXPECT_EQ(count("probe fell"), 1);
}

TEST_F(Scenario, AnAnswerToNobodyIsPassedOver) {
  many(1, with_witnesses);
  gone = {"host-0"};
  begin();
  while (asked.size() < 3)
    pass(100ms);
  give(Tried{999, "", "192.0.2.1:443", Verdict::kGood, 1ms, ""});
  EXPECT_EQ(asked.size(), 3U);  // it waits for the witnesses still
  give(Tried{999, "nobody", "", Verdict::kGood, 1ms, ""});
  EXPECT_EQ(count("probe fell"), 0);
}

TEST_F(Scenario, BlindnessOfWitnessesThatNobodyHasIsOver) {
  many(1, with_witnesses);
  begin();
  network = false;
  pass(1min);
  EXPECT_EQ(count("blindness began"), 1);
  setups.front().witnesses = {"203.0.113.1:443"};
  give(ConfigurationGiven{share_each(setups)});
  EXPECT_EQ(count("blindness ended"), 1);
}

TEST_F(Scenario, OneWitnessIsEnough) {
  many(1, with_witnesses);
  gone = {"192.0.2.1:443", "host-0"};
  begin();
  pass(1min);
  EXPECT_EQ(count("probe fell"), 1);
  EXPECT_EQ(count("blindness began"), 0);
}

TEST_F(Scenario, AParentAndTwoHundredDependants) {
  setups.push_back(setup_of("uplink"));
  many(200, [](probe::Setup& setup) { setup.config.depends_on = {"uplink"}; });
  const auto behind = [&](bool is_gone) {
    gone.clear();
    if (!is_gone) return;
    for (const probe::Setup& setup : setups)
      gone.insert(setup.config.name);
  };
  begin();
  pass(1min);
  said.clear();
  behind(true);
  pass(10min);
  EXPECT_EQ(said, std::vector<std::string>{"probe fell uplink"});
  EXPECT_EQ(of("host-7").shown, Shown::kUnknown);
  EXPECT_NE(of("host-7").message.find("probe.uplink is not good either"), std::string::npos);
  behind(false);
  pass(3min);
  EXPECT_EQ(said.size(), 2U);
  EXPECT_EQ(said.back(), "probe rose uplink");
  for (const Report& one : report(state, now()))
    EXPECT_EQ(one.shown, Shown::kUp) << one.name;
}

TEST_F(Scenario, AParentThatIsUpHidesNothing) {
  setups.push_back(setup_of("uplink"));
  many(2, [](probe::Setup& setup) { setup.config.depends_on = {"uplink"}; });
  begin();
  pass(1min);
  gone = {"host-1"};
  pass(2min);
  EXPECT_EQ(of("host-1").shown, Shown::kDown);
  EXPECT_EQ(count("probe fell"), 1);
}

TEST_F(Scenario, LooksAtAParentAreFewHoweverManyWait) {
  setups.push_back(setup_of("uplink"));
  many(200, [](probe::Setup& setup) { setup.config.depends_on = {"uplink"}; });
  for (const probe::Setup& setup : setups)
    gone.insert(setup.config.name);
  begin();
  pass(1min);
  asked.clear();
  pass(10min);
  const auto looks = std::ranges::count(asked, "uplink");
  EXPECT_LT(looks, 10 * 60 / 2 + 50);  // one at a time, each takes two seconds
}

TEST_F(Scenario, FlappingThirtyTimes) {
  many(1, [](probe::Setup& setup) { setup.config.fail_after = KOfN{3, 5}; });
  begin();
  pass(1min);
  said.clear();
  for (int i = 0; i < 30; ++i) {
    gone = {"host-0"};
    until_seen("host-0");
    gone.clear();
    until_seen("host-0");
  }
  pass(3min);
  EXPECT_EQ(count("probe fell"), 1);
  EXPECT_EQ(count("probe rose"), 1);
  EXPECT_EQ(of("host-0").shown, Shown::kUp);
}

TEST_F(Scenario, WeWereDownForTenMinutes) {
  many(20, with_witnesses);
  begin();
  pass(1min);
  said.clear();
  answers.clear();
  elapsed += 10min;
  restart();
  pass(2min);
  EXPECT_EQ(said, std::vector<std::string>());
}

TEST_F(Scenario, ManyThatFallTogetherAreOneEvent) {
  many(50, [](probe::Setup&) {});
  begin();
  pass(1min);
  for (const probe::Setup& setup : setups)
    gone.insert(setup.config.name);
  pass(5min);
  EXPECT_EQ(count("probe fell"), 50);
  ASSERT_EQ(count("probes fell together"), 1);
  const auto together = std::ranges::find_if(
      journal, [](const Fact& fact) { return std::holds_alternative<ProbesFellTogether>(fact); });
  EXPECT_EQ(std::get<ProbesFellTogether>(*together).fallen, 16U);
  EXPECT_EQ(std::get<ProbesFellTogether>(*together).of, 50U);
}

TEST_F(Scenario, AFewThatFallAreNot) {
  many(50, [](probe::Setup&) {});
  begin();
  pass(1min);
  for (int i = 0; i < 15; ++i)
    gone.insert("host-" + std::to_string(i));
  pass(5min);
  EXPECT_EQ(count("probe fell"), 15);
  EXPECT_EQ(count("probes fell together"), 0);
}

TEST_F(Scenario, EachIsLookedAtWithinOneIntervalOfAStart) {
  many(1000, [](probe::Setup& setup) { setup.config.every = 10s; });
  begin();
  pass(10s + 10ms);
  for (const Report& one : report(state, now()))
    EXPECT_EQ(one.shown, Shown::kUp) << one.name;
  asked.clear();
  pass(100s);
  EXPECT_EQ(asked.size(), 10'000U);
}

}  // namespace
}  // namespace hammock::probe
