#include "gauge/newest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdint>
#include <limits>

#include "gauge/gauge_testing.h"

namespace hammock::gauge {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr long kNoon = 1'796'126'400;  // 2026-12-01T12:00:00Z
constexpr std::string_view kNothing = R"({"files":[],"count":0})";

void touch(const std::string& path, long second, long nanosecond = 0) {
  const struct timespec times[2] = {{second, nanosecond}, {second, nanosecond}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0) << path;
}

// "3: b a c" for three files, the newest of them b: the names below the folder.
std::string found(const Folder& folder, std::string_view pattern) {
  std::string json = look({"newest", folder / pattern});
  const auto count_at = json.rfind(R"("count":)");
  if (count_at == std::string::npos) return json;
  std::string text = json.substr(count_at + 8, json.size() - count_at - 9) + ":";
  const std::string key = fmt::format(R"("path":"{}/)", folder.path());
  for (auto at = json.find(key); at != std::string::npos; at = json.find(key, at + 1)) {
    const auto begin = at + key.size();
    text.append(" ").append(json.substr(begin, json.find('"', begin) - begin));
  }
  return text;
}

TEST(Newest, TheNewestStandsFirst) {
  const Folder folder;
  touch(folder.file("1.dump", "one"), kNoon, 250'999'999);
  touch(folder.file("2.dump", "three"), kNoon + 60);
  touch(folder.file("note.txt"), kNoon + 120);
  EXPECT_EQ(
      look({"newest", folder / "*.dump"}),
      fmt::format(
          R"({{"files":[{{"path":"{0}/2.dump","modified":"2026-12-01T12:01:00.000Z","bytes":5}},)"
          R"({{"path":"{0}/1.dump","modified":"2026-12-01T12:00:00.250Z","bytes":3}}],"count":2}})",
          folder.path()));
}

TEST(Newest, EqualSecondsAreToldApartAndEqualTimesStandInTheOrderOfPaths) {
  const Folder folder;
  touch(folder.file("a"), kNoon, 1);
  touch(folder.file("b"), kNoon, 2);
  touch(folder.file("d"), kNoon);
  touch(folder.file("c"), kNoon);
  EXPECT_EQ(found(folder, "*"), "4: b a c d");
}

// 40 files, neither in the order of their names nor in that of their making. That in which a folder
// lists them depends on their names.
void expect_eleven(char prefix, long second, long nanosecond) {
  const Folder folder;
  std::vector<std::string> by_age(40);
  for (long i = 0; i < 40; ++i) {
    const long youth = i * 7 % 40;
    const std::string name = fmt::format("{}{:02}", prefix, i);
    touch(folder.file(name), kNoon + youth * second, youth * nanosecond);
    by_age[static_cast<std::size_t>(39 - youth)] = name;
  }
  std::string expected = "40:";
  for (std::size_t i = 0; i < 11; ++i)
    expected.append(" ").append(by_age[i]);
  EXPECT_EQ(found(folder, "*"), expected);
}
TEST(Newest, ElevenAreNamedAndAllAreCounted) {
  for (char prefix = 'a'; prefix <= 'h'; ++prefix) {
    expect_eleven(prefix, 1, 0);
    expect_eleven(prefix, 0, 1);
  }
}

TEST(Newest, NothingMatches) {
  const Folder folder;
  folder.file("a.txt");
  EXPECT_EQ(look({"newest", folder / "*.dump"}), kNothing);
  EXPECT_EQ(look({"newest", folder / "b.txt"}), kNothing);
  EXPECT_EQ(look({"newest", folder / "nowhere/*"}), kNothing);
  EXPECT_EQ(look({"newest", folder / "a.txt/*"}), kNothing);
}

TEST(Newest, EachComponentIsMatchedByItself) {
  const Folder folder;
  touch(folder.file("a/1/x.dump"), kNoon + 1);
  touch(folder.file("b/1/x.dump"), kNoon + 2);
  touch(folder.file("b/2/y.dump"), kNoon + 3);
  touch(folder.file("b/x.dump"), kNoon + 4);
  EXPECT_EQ(found(folder, "*/*/*.dump"), "3: b/2/y.dump b/1/x.dump a/1/x.dump");
  EXPECT_EQ(found(folder, "?/1/[x-z].dump"), "2: b/1/x.dump a/1/x.dump");
  EXPECT_EQ(found(folder, "b/2/*"), "1: b/2/y.dump");
  EXPECT_EQ(found(folder, "b//./2/../x.dump"), "1: b/./2/../x.dump");
  EXPECT_EQ(found(folder, "*x.dump"), "0:");  // a star stops at a slash
  EXPECT_EQ(found(folder, "[ab]/x.dump"), "1: b/x.dump");
}

TEST(Newest, TwoStarsAreAnyDepth) {
  const Folder folder;
  touch(folder.file("x"), kNoon + 1);
  touch(folder.file("a/x"), kNoon + 2);
  touch(folder.file("a/b/x"), kNoon + 3);
  touch(folder.file("a/b/a/b/x"), kNoon + 4);
  touch(folder.file("a/y"), kNoon);
  EXPECT_EQ(found(folder, "**/x"), "4: a/b/a/b/x a/b/x a/x x");
  EXPECT_EQ(found(folder, "a/**/x"), "3: a/b/a/b/x a/b/x a/x");
  EXPECT_EQ(found(folder, "**"), "5: a/b/a/b/x a/b/x a/x x a/y");
  EXPECT_EQ(found(folder, "**/*/x"), "3: a/b/a/b/x a/b/x a/x");
  // More than one way leads to a/b/a/b/x.
  EXPECT_EQ(found(folder, "**/a/**/b/**/x"), "2: a/b/a/b/x a/b/x");
  EXPECT_EQ(found(folder, "**/**/x"), "4: a/b/a/b/x a/b/x a/x x");
}

TEST(Newest, ALeadingDotIsMatchedByADotOnly) {
  const Folder folder;
  touch(folder.file(".1.dump.Xa3f"), kNoon + 2);
  touch(folder.file("1.dump"), kNoon);
  touch(folder.file(".old/2.dump"), kNoon + 1);
  EXPECT_EQ(found(folder, "*"), "1: 1.dump");
  EXPECT_EQ(found(folder, "**/*"), "1: 1.dump");
  EXPECT_EQ(found(folder, "**"), "1: 1.dump");
  EXPECT_EQ(found(folder, ".*"), "1: .1.dump.Xa3f");
  EXPECT_EQ(found(folder, ".old/*"), "1: .old/2.dump");
}

TEST(Newest, OnlyRegularFilesCount) {
  const Folder folder;
  touch(folder.file("file"), kNoon);
  folder.file("folder/inside");
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(found(folder, "*"), "1: file");
  EXPECT_EQ(found(folder, "fifo"), "0:");
  EXPECT_EQ(found(folder, "folder"), "0:");
}

TEST(Newest, LinksAreFollowedButNotByTwoStars) {
  const Folder folder;
  touch(folder.file("real/x"), kNoon + 5);
  touch(folder.file("top/y"), kNoon);
  const auto link = [&](std::string_view to, std::string_view name) {
    ASSERT_EQ(symlink(std::string(to).c_str(), (folder / name).c_str()), 0);
  };
  link("../real", "top/folder");
  link("../real/x", "top/file");
  link("nowhere", "top/dangling");
  link("loop", "top/loop");
  link("y/z", "top/through-a-file");
  link("..", "top/up");
  EXPECT_EQ(found(folder, "top/*"), "2: top/file top/y");  // as old as what it points to
  EXPECT_EQ(found(folder, "top/folder/x"), "1: top/folder/x");
  EXPECT_EQ(found(folder, "top/f*/x"), "1: top/folder/x");
  EXPECT_EQ(found(folder, "top/**/x"), "0:");
  EXPECT_EQ(found(folder, "top/**/*"), "2: top/file top/y");
  EXPECT_EQ(found(folder, "top/loop"), "0:");
  EXPECT_EQ(found(folder, "top/folder/**"), "1: top/folder/x");
}

TEST(Newest, AFolderThatCannotBeReadIsNamed) {
  const Folder folder;
  folder.file("open/1.dump");
  const std::string closed = folder.file("open/closed/2.dump");
  ASSERT_EQ(chmod((folder / "open/closed").c_str(), 0), 0);
  {
    const AsNobody nobody;
    const std::string named = fmt::format(
        R"({{"unknown":"cannot look into {}/open/closed: Permission denied, and)", folder.path());
    EXPECT_THAT(look({"newest", folder / "open/closed/*"}), StartsWith(named));
    EXPECT_THAT(look({"newest", folder / "open/**/*.dump"}), StartsWith(named));
    EXPECT_THAT(look({"newest", folder / "*/*/*.dump"}), StartsWith(named));
    EXPECT_THAT(look({"newest", closed}), HasSubstr("open/closed"));
    EXPECT_EQ(found(folder, "open/*"), "1: open/1.dump");
  }
  ASSERT_EQ(chmod((folder / "open/closed").c_str(), 0711), 0);
  {
    const AsNobody nobody;
    // What is named can be reached through a folder that cannot be listed; its owner may.
    EXPECT_EQ(found(folder, "open/closed/2.dump"), "1: open/closed/2.dump");
  }
  ASSERT_EQ(chmod((folder / "open/closed").c_str(), 0755), 0);
}

TEST(Newest, TimesOfOtherCenturies) {
  const Folder folder;
  const std::string path = folder.file("far");
  touch(path, 4'102'444'800);
  EXPECT_THAT(look({"newest", path}), HasSubstr(R"("modified":"2100-01-01T00:00:00.000Z")"));
  EXPECT_EQ(modified_text({-1, 999'000'000}), "1969-12-31T23:59:59.999Z");
  // Not every file system can hold these.
  EXPECT_EQ(modified_text({253'402'300'799, 0}), "9999-12-31T23:59:59.000Z");
  EXPECT_EQ(modified_text({253'402'300'800, 0}), "9999-12-31T23:59:59.000Z");
  EXPECT_EQ(modified_text({std::numeric_limits<std::int64_t>::max(), 0}),
            "9999-12-31T23:59:59.000Z");
  EXPECT_EQ(modified_text({std::numeric_limits<std::int64_t>::min(), 0}),
            "0000-01-01T00:00:00.000Z");
}

TEST(Newest, Arguments) {
  EXPECT_THAT(refusal({"newest"}), HasSubstr("expected one pattern, got 0 arguments"));
  EXPECT_THAT(refusal({"newest", "/a", "/b"}), HasSubstr("got 2 arguments"));
  for (std::string_view wrong : {"", "b/*.dump", "*.dump", "/", "/b/"})
    EXPECT_THAT(refusal({"newest", wrong}), HasSubstr("expected the absolute path")) << wrong;
  EXPECT_THAT(refusal({"newest", "/" + std::string(kPatternBytesMax, 'a')}),
              HasSubstr("at most 4096 bytes"));
}

}  // namespace
}  // namespace hammock::gauge
