// The dead man's switch of jobs.
#include "core/job/test_jobs.h"

namespace hammock::job {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class Success : public testing::Test {
 protected:
  static job::Setup backup() {
    job::Setup setup = setup_of("backup", Every{24h});
    setup.config.success_every = 26h;
    return setup;
  }
  std::size_t said() const { return jobs.recorded<SuccessLate>().size(); }
  bool is_late() const { return jobs.report_of("backup").late.has_value(); }

  TestJobs jobs{{backup()}};
};

TEST_F(Success, LateIsSaidOnceAndEndsWithASuccess) {
  jobs.done("backup");
  jobs.pass(24h);
  jobs.fails("backup");
  jobs.pass(1h);
  EXPECT_FALSE(is_late());
  jobs.pass(1h);
  EXPECT_TRUE(is_late());
  jobs.pass(22h);
  jobs.fails("backup");
  jobs.pass(23h);
  EXPECT_EQ(said(), 1U);
  jobs.replace_brain(1h);
  EXPECT_TRUE(is_late());
  EXPECT_EQ(said(), 1U) << "the journal knows that it was said";
  jobs.done("backup");
  EXPECT_FALSE(is_late());
  jobs.pass(26h);
  EXPECT_EQ(said(), 2U) << "a run that hangs is no success";
}

TEST_F(Success, OneThatNeverSucceedsCountsFromWhenItWasAskedFor) {
  jobs.fails("backup");
  jobs.pass(25h);
  EXPECT_FALSE(is_late());
  jobs.replace_brain(2h);
  EXPECT_TRUE(is_late()) << "also when the time was up while nobody was there";
  EXPECT_EQ(jobs.recorded<SuccessLate>()[0].last, Instant{});
}

TEST_F(Success, AskedForAnewItCountsAnew) {
  jobs.pass(30h);
  EXPECT_TRUE(is_late());
  jobs.setups[0].config.success_every = 48h;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_FALSE(is_late());
  jobs.setups[0].config.success_every.reset();
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  jobs.pass(24h * 365);
  EXPECT_FALSE(is_late());
  EXPECT_EQ(said(), 1U);
  jobs.setups[0].config.success_every = 26h;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_FALSE(is_late());
  jobs.setups.clear();
  jobs.give(ConfigurationGiven{{}});
  jobs.pass(24h * 365);
  EXPECT_EQ(said(), 1U) << "of a job that is no longer configured nobody asks it";
}

TEST_F(Success, AnotherIntervalCountsFromTheSameSuccess) {
  jobs.pass(30h);
  ASSERT_TRUE(is_late());
  jobs.setups[0].config.success_every = 29h;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_TRUE(is_late());
}

TEST_F(Success, AClockThatWasAheadDoesNotPutItOff) {
  jobs.elapsed += 24h * 700;
  jobs.give(Wake{.all = true});
  jobs.done("backup");
  jobs.elapsed -= 24h * 700;
  jobs.give(Wake{.all = true});
  jobs.pass(25h);
  EXPECT_FALSE(is_late());
  jobs.replace_brain();
  jobs.pass(2h);
  EXPECT_TRUE(is_late());
}

TEST_F(Success, NothingIsLateWhereNobodyAsks) {
  TestJobs others({setup_of("other", Every{1h})});
  others.pass(24h * 30);
  EXPECT_THAT(others.recorded<SuccessAwaited>(), IsEmpty());
  EXPECT_THAT(others.recorded<SuccessLate>(), IsEmpty());
}

}  // namespace
}  // namespace hammock::job
