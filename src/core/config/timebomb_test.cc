#include <gmock/gmock.h>

#include "core/config/config.h"

namespace hammock::config {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using testing::ElementsAre;

timebomb::Config one_timebomb(const std::string& keys) {
  auto loaded =
      load({"[job.restore]\ncommand = [\"x\"]\n[timebomb.x]\n" + keys, "hammock.toml", "/srv", {}});
  EXPECT_TRUE(loaded.configuration) << keys;
  if (!loaded.configuration) return {};
  return loaded.configuration->timebombs.at(0);
}

template <class Target>
Target target_of(const std::string& keys) {
  return std::get<Target>(one_timebomb(keys).target);
}

TEST(TimebombConfig, CertificatesOfServers) {
  const auto usual = target_of<timebomb::Certificate>("certificate = \"shop.example\"\n");
  EXPECT_EQ(usual, (timebomb::Certificate{"shop.example", 443, "", std::nullopt}));
  EXPECT_EQ(target_of<timebomb::Certificate>("certificate = \"[::1]:25\"\nstarttls = \"smtp\"\n"
                                             "server_name = \"mail.example\"\n"),
            (timebomb::Certificate{"::1", 25, "smtp", "mail.example"}));
}

TEST(TimebombConfig, OtherKinds) {
  EXPECT_EQ(target_of<timebomb::CertificateFile>("certificate_file = \"a.pem\"\n").path, "a.pem");
  EXPECT_EQ(target_of<timebomb::Domain>("domain = \"Shop.Example\"\n").name, "shop.example");
  EXPECT_EQ(target_of<timebomb::Domain>("domain = \"a.example\"\nrdap = \"https://r.example/\"\n"),
            (timebomb::Domain{"a.example", "https://r.example/", std::nullopt}));
  const std::chrono::year_month_day day(std::chrono::year(2027), std::chrono::March,
                                        std::chrono::day(1));
  EXPECT_EQ(target_of<timebomb::Date>("date = \"2027-03-01\"\n").day, day);
  EXPECT_EQ(target_of<timebomb::Date>("date = 2027-03-01\n").day, day);
  EXPECT_EQ(target_of<timebomb::Disk>("disk = \"/srv\"\n"), (timebomb::Disk{"/srv", 95}));
  EXPECT_EQ(target_of<timebomb::Disk>("disk = \"/srv\"\nfull_at = \"80%\"\n").full_percent, 80U);
  EXPECT_EQ(target_of<timebomb::Postgres>("postgres = \"dbname=shop\"\nuser = \"postgres\"\n"),
            (timebomb::Postgres{"dbname=shop", 90, "postgres"}));
  EXPECT_EQ(target_of<timebomb::Clock>("clock = [\"a\", \"b:1\"]\nmax_offset = \"1s\"\n"),
            (timebomb::Clock{{"a", "b:1"}, 1s}));
  EXPECT_EQ(target_of<timebomb::EndOfLife>("end_of_life = \"os\"\n"), timebomb::EndOfLife());
  EXPECT_EQ(target_of<timebomb::EndOfLife>("end_of_life = \"postgresql 15\"\ntable = \"t\"\n"),
            (timebomb::EndOfLife{"postgresql", "15", "t"}));
  EXPECT_EQ(target_of<timebomb::Secret>("secret = \"/etc/token\"\n"),
            (timebomb::Secret{"/etc/token", days(90)}));
  EXPECT_EQ(target_of<timebomb::Secret>("secret = \"2027-03-01\"\nrotate_every = \"30d\"\n"),
            (timebomb::Secret{day, days(30)}));
  EXPECT_EQ(target_of<timebomb::Command>("command = [\"x\", \"y\"]\nenv = { A = \"b\" }\n"),
            (timebomb::Command{{"x", "y"}, std::nullopt, {{"A", "b"}}}));
}

TEST(TimebombConfig, Backups) {
  EXPECT_EQ(target_of<timebomb::Backup>("backup = \"*.dump\"\n"),
            (timebomb::Backup{"*.dump", 26h, 50, std::nullopt, days(8)}));
  EXPECT_EQ(
      target_of<timebomb::Backup>("backup = \"*.dump\"\nmax_age = \"2h\"\nleast = \"80%\"\n"
                                  "verified_by = \"job.restore\"\nverified_within = \"40d\"\n"),
      (timebomb::Backup{"*.dump", 2h, 80, "restore", days(40)}));
}

TEST(TimebombConfig, HowOftenDependsOnTheKind) {
  EXPECT_EQ(one_timebomb("domain = \"a.example\"\n").every, 24h);
  EXPECT_EQ(one_timebomb("certificate = \"a.example\"\n").every, 12h);
  EXPECT_EQ(one_timebomb("backup = \"x\"\n").every, 15min);
  EXPECT_EQ(one_timebomb("disk = \"x\"\n").every, 1h);
  EXPECT_EQ(one_timebomb("disk = \"x\"\nevery = \"5m\"\n").every, 5min);
  EXPECT_EQ(one_timebomb("disk = \"x\"\n").timeout, 30s);
}

TEST(TimebombConfig, TheLadder) {
  EXPECT_EQ(one_timebomb("disk = \"x\"\n").warn_before, std::nullopt);
  EXPECT_THAT(*one_timebomb("disk = \"x\"\nwarn_before = \"21d\"\n").warn_before,
              ElementsAre(days(21), days(14), days(7), days(3), days(1)));
  EXPECT_THAT(*one_timebomb("disk = \"x\"\nwarn_before = \"12h\"\n").warn_before, ElementsAre(12h));
  EXPECT_THAT(*one_timebomb("disk = \"x\"\nwarn_before = [\"2d\", \"9d\"]\n").warn_before,
              ElementsAre(days(9), days(2)));
  EXPECT_THAT(*one_timebomb("disk = \"x\"\nwarn_before = []\n").warn_before, testing::IsEmpty());
}

TEST(TimebombConfig, PasswordsAreFoundHoweverTheyAreWritten) {
  const auto is_valid = [](const std::string& conninfo) {
    return load({"[timebomb.x]\npostgres = \"" + conninfo + "\"\n", "hammock.toml", "/srv", {}})
        .configuration.has_value();
  };
  for (const char* good :
       {"dbname=shop passfile=/x", "postgresql://shop@db.example/shop", "host=a user=b",
        "postgresql://localhost:5432/shop?user=me@corp", "postgresql://[::1]:5432/shop"})
    EXPECT_TRUE(is_valid(good)) << good;
  for (const char* bad :
       {"password=x", "dbname=shop PASSWORD=x", "dbname=shop password  = x",
        "dbname=shop password\\t=x", "sslpassword=x", "postgresql://h/db?pass%77ord=x",
        "postgresql://shop:x@db.example/shop", "postgresql://shop:x@h"})
    EXPECT_FALSE(is_valid(bad)) << bad;
}

TEST(TimebombConfig, WhatItIsAboutIsSaidWithoutSecrets) {
  auto text = [](const std::string& keys) {
    return timebomb::target_text(one_timebomb(keys).target);
  };
  EXPECT_EQ(text("certificate = \"a.example\"\n"), "certificate a.example");
  EXPECT_EQ(text("certificate = \"a.example:25\"\n"), "certificate a.example:25");
  EXPECT_EQ(text("postgres = \"host=db dbname=shop options=-cx=y\"\n"), "postgres db/shop");
  EXPECT_EQ(text("postgres = \"dbname=shop\"\n"), "postgres shop");
  EXPECT_EQ(text("date = \"2027-03-01\"\n"), "date 2027-03-01");
  EXPECT_EQ(text("secret = \"2027-03-01\"\n"), "secret of 2027-03-01");
  EXPECT_EQ(text("end_of_life = \"os\"\n"), "end of life of this system");
  EXPECT_EQ(text("command = [\"x\", \"--token=y\"]\n"), "command x");
}

}  // namespace
}  // namespace hammock::config
