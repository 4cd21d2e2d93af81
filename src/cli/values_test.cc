// The small values: JSON, times, places, looks.
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/look.h"
#include "cli/places.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

using namespace std::chrono_literals;

TEST(Json, MissingThingsStayMissing) {
  auto json = parse_json(R"({"a":{"b":[1,2.5,"x",true,null]},"n":18446744073709551615})");
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["a"]["b"].items().size(), 5u);
  EXPECT_EQ((*json)["a"]["b"].items()[0].integer(), 1);
  EXPECT_EQ((*json)["a"]["b"].items()[0].text(), std::nullopt);
  EXPECT_TRUE((*json)["a"]["b"].items()[4].is_null());
  EXPECT_TRUE((*json)["x"]["y"]["z"].is_null());
  EXPECT_EQ((*json)["n"].integer(), std::nullopt);  // it does not fit
  auto again = parse_json(R"({"a":[1,null,"ü\n"],"b":{"c":true}})");
  ASSERT_TRUE(again);
  EXPECT_EQ(json_text(*again), R"({"a":[1,null,"ü\n"],"b":{"c":true}})");
  EXPECT_EQ(json_text((*json)["n"]), "18446744073709551615");
}

TEST(Json, RefusesWhatIsNotJson) {
  for (std::string_view text : {"", "{", "{\"a\":1}x", "nul", "\"\xff\"", "[1,]", "'x'"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
  EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')));
  EXPECT_FALSE(parse_json(std::string(1 << 20, '[')));
  EXPECT_TRUE(parse_json("\"" + std::string(100, '[') + "\""));
}

TEST(When, Durations) {
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("2h30m"), 150min);
  EXPECT_EQ(parse_duration("1d2h3m4s5ms6us"), 26h + 3min + 4s + 5ms + 6us);
  for (std::string_view text : {"", "10", "m", "10x", "30m2h", "1m1m", "-1m", "1.5h", "999999999d",
                                "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(When, Instants) {
  auto instant = parse_instant("2026-11-23T04:00:00Z");
  ASSERT_TRUE(instant);
  EXPECT_EQ(format_instant(*instant), "2026-11-23T04:00:00Z");
  EXPECT_EQ(parse_instant("2026-11-23 05:30:00+01:30"), instant);
  EXPECT_EQ(parse_instant("2026-11-22T23:00:00-05:00"), instant);
  EXPECT_EQ(parse_instant("2026-11-23T04:00:00.25Z"), *instant + 250ms);
  for (std::string_view text :
       {"2026-11-23", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T04:00:00", "nonsense", "2026-11-23T04:00:00.Z", "2026-11-23T04:00:00+1:00"}) {
    EXPECT_EQ(parse_instant(text), std::nullopt) << text;
  }
  EXPECT_EQ(age_between(*instant, *instant + 90s), "1m");
  EXPECT_EQ(age_between(*instant, *instant - 90s), "0s");
}

TEST(Places, FollowTheEnvironment) {
  auto places = find_places({{"HOME", "/home/ann"}, {"XDG_RUNTIME_DIR", "/run/user/7"}}, 7);
  ASSERT_TRUE(places);
  EXPECT_EQ(places->runtime, "/run/user/7/hammock");
  EXPECT_EQ(places->state, "/home/ann/.local/state/hammock");
  EXPECT_FALSE(places->runtime_is_fallback);
  places = find_places({{"HOME", "/home/ann"}}, 7);
  ASSERT_TRUE(places);
  EXPECT_EQ(places->runtime, "/tmp/hammock-7");
  EXPECT_TRUE(places->runtime_is_fallback);
  places = find_places({{"HOME", "/root"}, {"XDG_RUNTIME_DIR", "/run/user/0"}}, 0);
  ASSERT_TRUE(places);
  EXPECT_EQ(places->runtime, "/run/hammock");
  EXPECT_EQ(places->state, "/var/lib/hammock");
  places = find_places({{"HAMMOCK_RUNTIME_DIR", "/a/"}, {"HAMMOCK_STATE_DIR", "/b"}}, 7);
  ASSERT_TRUE(places);
  EXPECT_EQ(places->runtime, "/a");
  EXPECT_EQ(places->state, "/b");
  EXPECT_FALSE(find_places({{"HAMMOCK_RUNTIME_DIR", "a"}, {"HAMMOCK_STATE_DIR", "/b"}}, 7));
  EXPECT_FALSE(find_places({}, 7));
}

TEST(Places, AFallbackThatOthersCanWriteToIsNotTrusted) {
  char pattern[] = "/tmp/hammock-places-XXXXXX";
  ASSERT_NE(mkdtemp(pattern), nullptr);
  std::string folder = pattern;
  Places places{folder + "/r", folder + "/s/t", true};
  EXPECT_TRUE(make_places(places, geteuid()));
  struct stat found{};
  ASSERT_EQ(stat(places.runtime.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777u, 0700u);
  ASSERT_EQ(stat(places.state.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777u, 0750u);
  ASSERT_EQ(chmod(places.runtime.c_str(), 0777), 0);
  EXPECT_FALSE(check_places(places, geteuid()));
  ASSERT_EQ(chmod(places.runtime.c_str(), 0700), 0);
  EXPECT_FALSE(check_places(places, geteuid() + 1));
  ASSERT_EQ(rmdir(places.runtime.c_str()), 0);
  ASSERT_EQ(symlink("/etc", places.runtime.c_str()), 0);
  EXPECT_FALSE(check_places(places, geteuid()));
  unlink(places.runtime.c_str());
  rmdir(places.state.c_str());
  rmdir((folder + "/s").c_str());
  rmdir(folder.c_str());
}

TEST(Look, TextFitsItsColumns) {
  EXPECT_EQ(columns_of("größe…"), 6u);
  EXPECT_EQ(shortened("größe", 5), "größe");
  EXPECT_EQ(shortened("größe", 4), "grö…");
  EXPECT_EQ(shortened("größe", 0), "");
  EXPECT_EQ(padded("ü", 3), "ü  ");
  EXPECT_EQ(padded_left("ü", 3), "  ü");
  EXPECT_EQ(wrapped("one two  three", 7, 0), "one two\nthree\n");
  EXPECT_EQ(wrapped("one two", 6, 2), "  one\n  two\n");
  EXPECT_EQ(wrapped("unbreakable", 4, 0), "unbreakable\n");
  EXPECT_EQ(toned({true, true, 80}, Tone::kGood, "x"), "\x1b[32mx\x1b[0m");
  EXPECT_EQ(toned({true, false, 80}, Tone::kGood, "x"), "x");
}

}  // namespace
}  // namespace hammock::cli
