#include "shell/timebomb_judge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "shell/test_timebomb_judge.h"

namespace hammock::shell {
namespace {

using timebomb::Backup;
using timebomb::CertificateFile;
using timebomb::Clock;
using timebomb::Command;
using timebomb::EndOfLife;
using timebomb::Secret;

TEST(JudgeGauge, SaysWhyItToldNothing) {
  const std::vector<std::pair<ProgramEnd, std::string>> ends = {
      {Exited{SIGKILL, ""}, "hammock-gauge: it was killed by SIGKILL"},
      {Exited{SIGKILL, kGood}, "hammock-gauge: it was killed by SIGKILL: " + std::string(kGood)},
      {exited(64, "what is it to measure?\nmore\n"),
       "hammock-gauge: it exited with 64: what is it to measure?"},
      {exited(127), "hammock-gauge: it could not be started (127)"},
      {exited(1, "\x1b[31m no\n"), "hammock-gauge: it exited with 1: \\x1b[31m no"},
      {exited(0, "{\"unknown\":\"open /x: No such file\"}\n"), "open /x: No such file"},
      {exited(0, ""), "hammock-gauge: expected a value at byte 0"},
      {exited(0, "so many files"), "hammock-gauge: expected a value at byte 0"},
      {exited(0, "{\"files\":[]} {}"), "hammock-gauge: expected the end at byte 13"},
      {exited(0, "{\"files\":["), "hammock-gauge: expected a value at byte 10"},
      {Overdue{30s}, "it could not be measured within 30s"},
      {NotStarted{"no such user 'ann'"}, "no such user 'ann'"}};
  for (const auto& [end, why] : ends) {
    for (const timebomb::Target& target :
         {timebomb::Target(backup()), timebomb::Target(CertificateFile{"/a.pem"}),
          timebomb::Target(Clock{{"a"}, 500ms}), timebomb::Target(EndOfLife{"x", "1", {}})})
      EXPECT_EQ(why_of(judge(target, end)), why);
    EXPECT_EQ(why_of(read_amounts(timebomb::Disk{"/"}, end)), why);
  }
  const std::string long_line = why_of(judge(backup(), exited(1, std::string(5000, 'x'))));
  EXPECT_LT(long_line.size(), 400U);
}

TEST(JudgeGauge, AnswersOfAnotherShapeAreUnknown) {
  for (const char* output :
       {"{}", "[]", "7", "null", "\"files\"", "{\"unknown\":\"\"}",
        R"({"files":{},"certificates":7,"offset_us":"1","ends":2027})",
        R"({"files":[7],"certificates":[7],"offset_us":[],"ends":"2027-02-30"})",
        R"({"files":[{}],"certificates":[{}],"offset_us":null,"ends":"soon"})"}) {
    for (const timebomb::Target& target :
         {timebomb::Target(backup()), timebomb::Target(Secret{"/key", 24h}),
          timebomb::Target(CertificateFile{"/a.pem"}), timebomb::Target(Clock{{"a"}, 500ms}),
          timebomb::Target(EndOfLife{"x", "1", {}}), timebomb::Target(timebomb::Disk{"/"}),
          timebomb::Target(timebomb::Postgres{"dbname=x", 90, {}})})
      EXPECT_NE(why_of(look(target, exited(0, output))), "") << output;
  }
}

TEST(JudgeBackup, IsAsGoodAsItsNewestFileIsYoung) {
  const Reading reading =
      reading_of(judge(backup(), files({{"/b/2", -2h, 100}, {"/b/1", -9h, 90}})));
  EXPECT_EQ(reading.goes_off, kNow + 22h);
  EXPECT_EQ(reading.begins, kNow - 2h);
  EXPECT_EQ(reading.identity, "/b/2 2027-01-15T06:00:00.000Z");
  EXPECT_EQ(reading.evidence, "/b/2 is of 2027-01-15T06:00:00Z, and may be as old as 1d");
}

TEST(JudgeBackup, NamesOfFilesPaintNoTerminal) {
  const Reading reading = reading_of(judge(backup(), files({{"/b/\\u001b[2J", -2h, 100}})));
  EXPECT_THAT(reading.evidence, StartsWith("/b/\\x1b[2J is of"));
}

TEST(JudgeBackup, ItsFilesSayWhenAndHowLarge) {
  EXPECT_EQ(why_of(judge(backup(), exited(0, R"({"files":[{"path":"/b/1","bytes":5}]})"))),
            "hammock-gauge: expected files, each with when it was modified and its bytes");
  EXPECT_NE(why_of(judge(backup(), exited(0, R"({"files":[{"path":"/b/1",)"
                                             R"("modified":"2027-01-15T06:00:00Z"}]})"))),
            "");
}

TEST(JudgeBackup, NoFileHasGoneOffAndKeepsItsInstant) {
  const Reading first = reading_of(judge(backup(), files({})));
  EXPECT_EQ(first.goes_off, kNow);
  EXPECT_EQ(first.identity, "no file since 2027-01-15T08:00:00Z");
  EXPECT_EQ(first.evidence, "there is no file /b/*");
  const Reading next = reading_of(judge(backup(), files({}), {kNow + 1h, first, {}}));
  EXPECT_EQ(next.goes_off, kNow);
  EXPECT_EQ(next.identity, first.identity);
  // Of what was there before, or of a clock that was ahead, it is none.
  Reading other = first;
  other.identity = "/b/1";
  const Reading again = reading_of(judge(backup(), files({}), {kNow + 1h, other, {}}));
  EXPECT_EQ(again.goes_off, kNow + 1h);
  EXPECT_NE(again.identity, first.identity) << "it is told of once more";
  EXPECT_EQ(reading_of(judge(backup(), files({}), {kNow - 1h, first, {}})).goes_off, kNow - 1h);
  other = first;
  other.goes_off.reset();
  EXPECT_EQ(reading_of(judge(backup(), files({}), {kNow + 1h, other, {}})).goes_off, kNow + 1h);
}

TEST(JudgeBackup, OneOfTheFutureIsUnknown) {
  EXPECT_EQ(why_of(judge(backup(), files({{"/b/1", 59min, 9}, {"/b/0", -1h, 9}}))), "");
  EXPECT_THAT(why_of(judge(backup(), files({{"/b/1", 61min, 9}, {"/b/0", -1h, 9}}))),
              HasSubstr("/b/1 is of 2027-01-15T09:01:00Z, which is in the future"));
}

TEST(JudgeBackup, AnEmptyOneIsNone) {
  const Reading reading = reading_of(judge(backup(), files({{"/b/1", -2h, 0}})));
  EXPECT_EQ(reading.goes_off, kNow - 2h);
  EXPECT_EQ(reading.evidence, "/b/1 is empty");
}

TEST(JudgeBackup, AFlawedOneOfTheFutureHasGoneOff) {
  const Reading first = reading_of(judge(backup(), files({{"/b/1", 9h, 0}})));
  EXPECT_EQ(first.goes_off, kNow);
  EXPECT_EQ(first.evidence, "/b/1 is empty");
  EXPECT_EQ(reading_of(judge(backup(), files({{"/b/1", 9h, 0}}), {kNow + 1h, first, {}})).goes_off,
            kNow);
}

TEST(JudgeBackup, AMuchSmallerOneIsNone) {
  const auto of = [](std::uint64_t newest) {
    return reading_of(judge(
        backup(),
        files(
            {{"/b/4", -1h, newest}, {"/b/3", -2h, 1}, {"/b/2", -3h, 1000}, {"/b/1", -4h, 2000}})));
  };
  EXPECT_EQ(of(500).goes_off, kNow + 23h);
  EXPECT_EQ(of(499).goes_off, kNow - 1h);
  EXPECT_EQ(of(499).evidence, "/b/4 has 499B, and those before it 1000B: less than 50%");
  EXPECT_EQ(of(1'000'000).goes_off, kNow + 23h);
  const auto second = files({{"/b/2", -1h, 499}, {"/b/1", -2h, 1000}});
  EXPECT_EQ(reading_of(judge(backup(), second)).goes_off, kNow - 1h);
  Backup any = backup();
  any.least_percent = 0;
  const auto two = files({{"/b/4", -1h, 1}, {"/b/2", -3h, 1000}});
  EXPECT_EQ(reading_of(judge(any, two)).goes_off, kNow + 23h);
}

TEST(JudgeBackup, OneThatIsBeingWrittenHasItsTime) {
  const auto of = [](Duration age, std::uint64_t bytes) {
    return reading_of(judge(
        backup(), files({{"/b/3", -age, bytes}, {"/b/2", -20h, 1000}, {"/b/1", -40h, 1000}})));
  };
  EXPECT_EQ(of(kBackupSettles - 1s, 0).goes_off, kNow + 4h);
  EXPECT_THAT(of(1s, 499).identity, StartsWith("/b/2 "));
  EXPECT_EQ(of(kBackupSettles, 0).goes_off, kNow - kBackupSettles);
  EXPECT_EQ(of(kBackupSettles, 0).evidence, "/b/3 is empty");
  // A whole one is the newest at once.
  EXPECT_EQ(of(1s, 1000).goes_off, kNow + 24h - 1s);
  // The one before may be none as well.
  const auto both = files({{"/b/3", -1s, 0}, {"/b/2", -20h, 0}, {"/b/1", -40h, 1000}});
  EXPECT_EQ(reading_of(judge(backup(), both)).evidence, "/b/2 is empty");
  EXPECT_EQ(reading_of(judge(backup(), files({{"/b/3", -1s, 0}}))).evidence, "/b/3 is empty");
}

class JudgeVerified : public testing::Test {
 protected:
  JudgeVerified() {
    wanted.verified_by = "restore";
    wanted.verified_within = days(8);
  }
  Sighting of(std::optional<Duration> ago, std::vector<Seen> seen = {{"/b/1", -2h, 100}}) const {
    Beside beside{kNow, {}, {}};
    if (ago) beside.verified = kNow - *ago;
    return judge(wanted, files(seen), beside);
  }
  Backup wanted = backup();
};

TEST_F(JudgeVerified, NeverIsUnknown) {
  EXPECT_EQ(why_of(of({})),
            "job restore has never succeeded: nobody knows whether /b/1 can be restored");
}

TEST_F(JudgeVerified, RecentlyLeavesTheFile) {
  const Reading reading = reading_of(of(1h));
  EXPECT_EQ(reading.goes_off, kNow + 22h);
  EXPECT_THAT(reading.evidence, EndsWith("; restored by job restore at 2027-01-15T07:00:00Z"));
  EXPECT_THAT(reading_of(of(days(8) - 22h)).identity, StartsWith("/b/1 "));
}

TEST_F(JudgeVerified, LongAgoGoesOffFirst) {
  const Reading reading = reading_of(of(days(8) - 22h + 1s));
  EXPECT_EQ(reading.goes_off, kNow + 22h - 1s);
  EXPECT_EQ(reading.begins, kNow - days(8) + 22h - 1s);
  EXPECT_THAT(reading.identity, StartsWith("restored 2027-01-0"));
  EXPECT_THAT(reading.evidence, HasSubstr("and that may be 8d ago"));
  EXPECT_EQ(reading_of(of(days(9))).goes_off, kNow - days(1));
}

TEST_F(JudgeVerified, DoesNotMatterToWhatHasGoneOff) {
  EXPECT_EQ(reading_of(of({}, {{"/b/1", -2h, 0}})).evidence, "/b/1 is empty");
  EXPECT_EQ(reading_of(of({}, {{"/b/1", -24h, 9}})).goes_off, kNow);
  EXPECT_EQ(reading_of(of({}, {})).identity, "no file since 2027-01-15T08:00:00Z");
  EXPECT_NE(why_of(of({}, {{"/b/1", -24h + 1s, 9}})), "");
}

TEST(JudgeSecret, IsReplacedNowAndThen) {
  const Reading reading = reading_of(judge(Secret{"/key", days(90)}, files({{"/key", -24h, 0}})));
  EXPECT_EQ(reading.goes_off, kNow + days(89));
  EXPECT_EQ(reading.begins, kNow - 24h);
  EXPECT_THAT(reading.evidence, EndsWith(", and is replaced after 90d"));
  EXPECT_EQ(why_of(judge(Secret{"/key", days(90)}, files({}))), "there is no file /key");
  EXPECT_THAT(why_of(judge(Secret{"/key", days(90)}, files({{"/key", days(1), 0}}))),
              HasSubstr("in the future"));
}

TEST(JudgeCertificateFile, IsTheFirstToEnd) {
  const auto one = [](const char* subject, const char* ends) {
    return fmt::format(R"({{"subject":"{0}","sha256":"of {0}","not_before":"2026-01-01T00:00:00Z",)"
                       R"("not_after":"{1}"}})",
                       subject, ends);
  };
  const auto of = [](const std::string& list) {
    return judge(CertificateFile{"/a.pem"}, exited(0, "{\"certificates\":[" + list + "]}"));
  };
  const Reading reading = reading_of(of(one("CN=a", "2027-03-01T00:00:00Z") + "," +
                                        one("CN=b\\n", "2027-02-01T00:00:00Z") + "," +
                                        one("CN=c", "2027-04-01T00:00:00Z")));
  EXPECT_EQ(reading.identity, "of CN=b\n");
  EXPECT_EQ(format_instant(*reading.goes_off), "2027-02-01T00:00:00Z");
  EXPECT_EQ(format_instant(*reading.begins), "2026-01-01T00:00:00Z");
  EXPECT_EQ(reading.evidence, "CN=b\\x0a in /a.pem ends");
  EXPECT_EQ(why_of(of("")), "there is no certificate in /a.pem");
  EXPECT_NE(why_of(of(one("CN=a", "some day"))), "");
}

TEST(JudgeEndOfLife, IsThatDay) {
  const Reading reading = reading_of(
      judge(EndOfLife{}, exited(0, R"({"product":"debian","release":"12",)"
                                   R"("title":"Debian \u001b12","ends":"2028-06-30"})")));
  EXPECT_EQ(reading.identity, "debian 12");
  EXPECT_EQ(format_instant(*reading.goes_off), "2028-06-30T00:00:00Z");
  EXPECT_EQ(reading.evidence, "Debian \\x1b12 gets updates until 2028-06-30");
  EXPECT_EQ(why_of(judge(EndOfLife{}, exited(0, R"({"ends":"so\u0007on"})"))),
            "'so\\x07on' is no day");
}

class JudgeClock : public testing::Test {
 protected:
  static Sighting of(const std::string& offset, const Beside& beside = {kNow, {}, {}}) {
    return judge(Clock{{"a.example", "b.example"}, 500ms},
                 exited(0, "{\"offset_us\":" + offset + "}"), beside);
  }
};

TEST_F(JudgeClock, MayBeOffByThatMuchOnBothSides) {
  for (const char* good : {"0", "-0", "0.4", "500000", "-500000", "-12"}) {
    const Reading reading = reading_of(of(good));
    EXPECT_EQ(reading.goes_off, std::nullopt) << good;
    EXPECT_EQ(reading.identity, "clock");
  }
  for (const char* bad : {"500001", "-500001", "1e12", "-1e12", "1e30", "-1e30", "1e308"})
    EXPECT_EQ(reading_of(of(bad)).goes_off, kNow) << bad;
  EXPECT_EQ(reading_of(of("1500000")).evidence, "1s ahead of a.example, b.example; 500ms may be");
  EXPECT_EQ(reading_of(of("-250400")).evidence, "250ms behind a.example, b.example; 500ms may be");
}

TEST_F(JudgeClock, KeepsSinceWhenItIsOff) {
  const Reading first = reading_of(of("600000"));
  EXPECT_EQ(reading_of(of("-700000", {kNow + 1h, first, {}})).goes_off, kNow);
  const Reading good = reading_of(of("0", {kNow + 2h, first, {}}));
  EXPECT_EQ(reading_of(of("600000", {kNow + 3h, good, {}})).goes_off, kNow + 3h);
}

TEST_F(JudgeClock, WithoutAnAnswerIsUnknown) {
  EXPECT_EQ(why_of(of("null")), "no server told the time");
}

class JudgeCommand : public testing::Test {
 protected:
  static Sighting of(const std::string& output, int status = 0) {
    return judge(Command{{"/bin/x"}, {}, {}}, exited(status, output));
  }
};

TEST_F(JudgeCommand, PrintsAnInstantOrADayOrNever) {
  Reading reading = reading_of(of("2027-03-01T12:00:00Z the licence of the shop\nmore\n"));
  EXPECT_EQ(format_instant(*reading.goes_off), "2027-03-01T12:00:00Z");
  EXPECT_EQ(reading.evidence, "the licence of the shop");
  EXPECT_EQ(reading.identity, "command") << "whatever it prints the next time";
  reading = reading_of(of("  2027-03-01\r\n"));
  EXPECT_EQ(format_instant(*reading.goes_off), "2027-03-01T00:00:00Z");
  EXPECT_EQ(reading.evidence, "2027-03-01");
  reading = reading_of(of("never   renewed by itself"));
  EXPECT_EQ(reading.goes_off, std::nullopt);
  EXPECT_EQ(reading.identity, "command");
  EXPECT_EQ(reading.evidence, "renewed by itself");
}

TEST_F(JudgeCommand, AnythingElseIsUnknown) {
  EXPECT_EQ(why_of(of("")),
            "it printed '', expected an instant such as 2027-03-01T12:00:00Z, a day, or never");
  for (const char* wrong : {"\n2027-03-01", "soon", "2027-02-30", "2027-03-01T25:00:00Z",
                            "nevermore", "Never", "1800000000", "2027-03-01x"})
    EXPECT_THAT(why_of(of(wrong)), StartsWith("it printed '")) << wrong;
  EXPECT_THAT(why_of(of("\x1b[31m\xff")), StartsWith("it printed '\\x1b[31m\\xff'"));
  EXPECT_THAT(why_of(of(std::string("2027-03-01\0", 11))),
              StartsWith("it printed '2027-03-01\\x00'"));
}

TEST_F(JudgeCommand, ThatFailedToldNothing) {
  EXPECT_EQ(why_of(of("2027-03-01\n", 3)), "it exited with 3: 2027-03-01");
  EXPECT_EQ(why_of(of("never", 64)), "it exited with 64: never");
  EXPECT_EQ(why_of(of("", 1)), "it exited with 1");
  const Command command{{"/bin/x"}, {}, {}};
  EXPECT_EQ(why_of(judge(command, Exited{SIGTERM, "never"})), "it was killed by SIGTERM: never");
  EXPECT_EQ(why_of(judge(command, Overdue{5s})), "it could not be measured within 5s");
  EXPECT_EQ(why_of(judge(command, NotStarted{"no"})), "no");
}

TEST(JudgeDay, IsTheConfigurations) {
  timebomb::Setup setup;
  setup.date = kNow;
  setup.config.target = timebomb::Date{};
  Reading reading = reading_of(judge_day(setup, kNow - days(9)));
  EXPECT_EQ(reading.goes_off, kNow);
  EXPECT_EQ(reading.begins, std::nullopt);
  EXPECT_EQ(reading.identity, "2027-01-15T08:00:00Z");
  EXPECT_EQ(reading.evidence, "by the configuration");
  setup.config.target = Secret{std::chrono::year_month_day{}, days(30)};
  reading = reading_of(judge_day(setup, kNow));
  EXPECT_EQ(reading.goes_off, kNow + days(30));
  EXPECT_EQ(reading.begins, kNow);
  EXPECT_EQ(reading.identity, "2027-02-14T08:00:00Z");
  EXPECT_EQ(reading.evidence, "it is replaced after 30d");
  EXPECT_THAT(why_of(judge_day(setup, kNow - 1s)), HasSubstr("2027-01-15, which is in the future"));
}

}  // namespace
}  // namespace hammock::shell
