#include "gauge/postgres.h"

#include <gmock/gmock.h>

#include <array>
#include <limits>

#include "gauge/gauge.h"
#include "gauge/postgres_amounts.h"

namespace hammock::gauge {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

std::pair<std::int64_t, std::int64_t> counted(const Sequence& sequence, std::int64_t last) {
  Amount amount;
  count_sequence(sequence, last, amount);
  return {amount.used, amount.most.value_or(-1)};
}

TEST(PostgresAmounts, ASequenceEndsWhereItOrItsColumnDoes) {
  using testing::Pair;
  EXPECT_THAT(counted({1, kMost, true, 4}, 2'000'000'000), Pair(2'000'000'000, 2'147'483'647));
  EXPECT_THAT(counted({1, kMost, true, 2}, 7), Pair(7, 32'767));
  EXPECT_THAT(counted({1, kMost, true, 8}, 7), Pair(7, kMost));
  EXPECT_THAT(counted({1, 9'999, true, 4}, 9'998), Pair(9'998, 9'999));
  // Some people go on below zero when they are at the end.
  EXPECT_THAT(counted({-2'147'483'648, 2'147'483'647, true, 4}, -5), Pair(-5, 2'147'483'647));
  EXPECT_THAT(counted({-1000, -1, true, 4}, -10), Pair(990, 999));
  EXPECT_THAT(counted({kLeast, 0, true, 8}, 0), Pair(kMost, kMost));
}

TEST(PostgresAmounts, ADescendingSequenceCountsItsSteps) {
  using testing::Pair;
  EXPECT_THAT(counted({kLeast, -1, false, 4}, -2'000'000'000), Pair(1'999'999'999, 2'147'483'647));
  EXPECT_THAT(counted({kLeast, -1, false, 2}, -1), Pair(0, 32'767));
  EXPECT_THAT(counted({1, 1000, false, 8}, 100), Pair(900, 999));
  EXPECT_THAT(counted({kLeast, kMost, false, 8}, kLeast), Pair(kMost, kMost));
}

TEST(PostgresAmounts, TheFullestAreThoseWithTheLeastLeftInProportion) {
  const auto amount = [](const char* what, std::int64_t used, std::int64_t most) {
    return Amount{"sequence", what, used, most, std::nullopt};
  };
  const auto seen =
      fullest({amount("half", 50'000, 100'000), amount("over", 40'000, 32'767),
               amount("empty", 1, kMost), amount("full", 9, 10), amount("none", 0, 0)},
              3);
  EXPECT_THAT(seen, ElementsAre(Field(&Amount::what, "over"), Field(&Amount::what, "full"),
                                Field(&Amount::what, "half")));
}

TEST(PostgresAmounts, WhereAServerRefusesToWriteDependsOnItsVersion) {
  EXPECT_EQ(transactions_most(150'018), 2'144'483'647);
  EXPECT_EQ(transactions_most(140'000), 2'144'483'647);
  EXPECT_EQ(transactions_most(130'022), 2'146'483'647);
  EXPECT_EQ(multixacts_most(140'000), 2'144'483'647);
  EXPECT_EQ(multixacts_most(130'022), 2'147'483'547);
}

TEST(PostgresAmounts, AnAgeIsOrdinaryUntilAutovacuumHadItsTime) {
  EXPECT_EQ(ordinary_age(200'000'000, 2'144'483'647), 300'000'000);
  EXPECT_EQ(ordinary_age(2'000'000'000, 2'144'483'647), 2'072'241'823);
}

TEST(PostgresAmounts, ASlotCountsWhatItRetainsAndALostOneIsFull) {
  EXPECT_EQ(count_slot({"a", "physical", false, "reserved", 5, std::nullopt}),
            (Amount{"slot", "a (physical, inactive)", 5, std::nullopt, std::nullopt}));
  EXPECT_EQ(count_slot({"a", "logical", true, "extended", 5, 7}),
            (Amount{"slot", "a (logical, active)", 5, 7, std::nullopt}));
  EXPECT_EQ(count_slot({"a", "logical", true, "", -5, std::nullopt}),
            (Amount{"slot", "a (logical, active)", 0, std::nullopt, std::nullopt}));
  EXPECT_EQ(count_slot({"a", "physical", false, "lost", 0, 7}),
            (Amount{"slot", "a (physical, lost)", 7, 7, std::nullopt}));
  EXPECT_EQ(count_slot({"a", "physical", false, "lost", 0, std::nullopt}),
            (Amount{"slot", "a (physical, lost)", 1, 1, std::nullopt}));
}

TEST(PostgresAmounts, AsJson) {
  const Amounts amounts{"15.18",
                        "shop",
                        {{"sequence", "public.\"a b\"", 1, 2, std::nullopt},
                         {"transactions", "database shop", 3, 4, 5},
                         {"slot", "s (physical, inactive)", 6, std::nullopt, std::nullopt}},
                        7};
  EXPECT_EQ(
      to_json(amounts),
      R"x({"server":"15.18","database":"shop","amounts":[)x"
      R"x({"kind":"sequence","what":"public.\"a b\"","used":1,"most":2},)x"
      R"x({"kind":"transactions","what":"database shop","used":3,"most":4,"quiet_below":5},)x"
      R"x({"kind":"slot","what":"s (physical, inactive)","used":6,"most":null}],"hidden":7})x");
}

TEST(PostgresAmounts, AMessageIsOneLineThatQuotesNoSecret) {
  EXPECT_EQ(without_secrets("at \"db\", port 5432 failed:\n\tis it \"there\"?\n", {"5432", "if"}),
            "at \"db\", port 5432 failed:  is it \"there\"?");
  EXPECT_EQ(without_secrets("no file \"/s/key\" for \"db\"", {"/s/key"}),
            "no file (not shown) for \"db\"");
  EXPECT_EQ(without_secrets("no parameter \"a.b\"", {"-c a.b=c"}), "no parameter (not shown)");
  EXPECT_EQ(without_secrets("no file \"a\"b\" and \"a\"b\"", {"a\"b"}),
            "no file (not shown) and (not shown)");
  EXPECT_EQ(without_secrets("\"\" and \"half", {"half an hour"}), "\"\" and (not shown)");
}

std::string refused(std::vector<std::string_view> arguments) {
  arguments.insert(arguments.begin(), "postgres");
  const Printed printed = run(arguments);
  EXPECT_EQ(printed.exit_code, 64);
  EXPECT_EQ(printed.output, "");
  return printed.error;
}

TEST(Postgres, APasswordAmongTheArgumentsIsRefusedAndNotRepeated) {
  for (const char* conninfo :
       {"host=a password=s3cret", "password = 's3cret'", "postgresql://u:s3cret@a/db",
        "postgres://a/db?password=s3cret", "postgresql://u@a/?user=x&password=s3cret"}) {
    EXPECT_THAT(refused({"5", conninfo}),
                AllOf(HasSubstr("has a password"), HasSubstr("list of processes"),
                      HasSubstr("passfile=FILE"), Not(HasSubstr("s3cret"))))
        << conninfo;
  }
  EXPECT_THAT(refused({"5", "host=a sslpassword=s3cret"}),
              AllOf(HasSubstr("has a sslpassword"), Not(HasSubstr("s3cret"))));
}

TEST(Postgres, WhatLibpqDoesNotUnderstandIsNotRepeated) {
  for (const char* conninfo : {"s3cret", "host=a s3cret", "host=a passwrod=s3cret",
                               "postgresql://u:s3cret@[a/db", "host=a x='s3cret"}) {
    EXPECT_THAT(refused({"5", conninfo}),
                AllOf(StartsWith("postgres: CONNINFO is neither"), Not(HasSubstr("s3cret"))))
        << conninfo;
  }
}

TEST(Postgres, ArgumentsThatMakeNoSenseAreRefusedInASentence) {
  EXPECT_THAT(refused({}), HasSubstr("expected TIMEOUT_S and CONNINFO, got 0"));
  EXPECT_THAT(refused({"5"}), HasSubstr("got 1"));
  EXPECT_THAT(refused({"5", "host=a", "x"}), HasSubstr("got 3"));
  for (const char* timeout : {"", "0", "3601", "5s", "-1"})
    EXPECT_THAT(refused({timeout, "host=a"}),
                HasSubstr("expected TIMEOUT_S first, from 1 to 3600"));
}

TEST(Postgres, WhoIsNotThereIsUnknownAndTheErrorShowsNoPaths) {
  const std::array<std::string_view, 3> arguments = {
      "postgres", "5",
      "host=/no/such/folder port=4711 dbname=shop user=ann passfile=/hidden/place "
      "options='-c hidden.place=1'"};
  const Printed printed = run(arguments);
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_THAT(printed.output, StartsWith(R"({"unknown":"connect to database shop as ann: )"));
  EXPECT_THAT(printed.output, AllOf(HasSubstr("/no/such/folder/.s.PGSQL.4711"),
                                    Not(HasSubstr("hidden")), Not(HasSubstr("\\n"))));
  EXPECT_EQ(printed.error, "");
}

TEST(Postgres, AWrongValueOfAnythingElseIsNotShown) {
  const std::array<std::string_view, 3> arguments = {"postgres", "5",
                                                     "host=/no sslmode=s3cret user=ann"};
  const Printed printed = run(arguments);
  EXPECT_THAT(printed.output, AllOf(HasSubstr("sslmode"), Not(HasSubstr("s3cret"))));
}

}  // namespace
}  // namespace hammock::gauge
