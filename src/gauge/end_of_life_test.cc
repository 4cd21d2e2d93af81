#include "gauge/end_of_life.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <cstdlib>

#include "gauge/gauge_testing.h"
#include "gauge/os_release.h"
#include "gauge/release_table.h"

namespace hammock::gauge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string table_error(std::string_view text) {
  auto table = parse_release_table("t", text);
  EXPECT_FALSE(table);
  if (table) return {};
  EXPECT_EQ(table.error().code, ErrorCode::kCorrupt);
  return table.error().message;
}

TEST(ReleaseTable, LinesCommentsAndBlanks) {
  auto table = parse_release_table("t",
                                   "# a comment\n\n  \t\n"
                                   "debian 12 2028-06-30\n"
                                   "\tubuntu\t 24.04  2029-05-31 # ubuntu.com\r\n"
                                   "x+y_z-1 R8.B 9999-12-31#c");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(*table, ElementsAre(Release{"debian", "12", "2028-06-30"},
                                  Release{"ubuntu", "24.04", "2029-05-31"},
                                  Release{"x+y_z-1", "R8.B", "9999-12-31"}));
}

TEST(ReleaseTable, AnythingElseIsNamedWithItsLine) {
  constexpr std::string_view kLine =
      "expected a line such as \"debian 12 2028-06-30 # a comment\", got ";
  EXPECT_EQ(table_error("\n\ndebian 12"), fmt::format("t:3: {}\"debian 12\"", kLine));
  EXPECT_EQ(table_error("debian 12 2028-06-30 lts\n"),
            fmt::format("t:1: {}\"debian 12 2028-06-30 lts\"", kLine));
  EXPECT_EQ(table_error("Debian 12 2028-06-30"),
            fmt::format("t:1: {}\"Debian 12 2028-06-30\"", kLine));
  EXPECT_EQ(table_error("debian 1\x1b 2028-06-30"),
            fmt::format("t:1: {}\"debian 1\\x1b 2028-06-30\"", kLine));
  EXPECT_THAT(table_error("a 1 " + std::string(500, '9') + " x"),
              testing::SizeIs(testing::Lt(300U)));
  for (std::string_view day : {"2028-06-31", "2028-6-30", "2028-13-01", "2028-00-01", "2027-02-29",
                               "30.6.2028", "2028-06", "1969-12-31", "2028-06-3x", "+028-06-30"}) {
    EXPECT_EQ(table_error(fmt::format("a 1 2028-06-30\na 2 {}", day)),
              fmt::format("t:2: expected a day such as 2028-06-30 as the third word, "
                          "got \"a 2 {}\"",
                          day));
  }
  EXPECT_EQ(table_error("a 1 2028-06-30\nb 1 2028-06-30\na 1 2029-06-30"),
            "t:3: expected one line for each, and line 1 was it, got \"a 1 2029-06-30\"");
}

TEST(ReleaseTable, TheLongestOfTheLeadingComponents) {
  const std::vector<Release> table = {{"u", "22", "2022-01-01"},
                                      {"u", "22.04", "2022-02-02"},
                                      {"u", "22.10.1", "2022-03-03"},
                                      {"v", "22.04.5", "2022-04-04"},
                                      {"u", "2", "2022-05-05"}};
  const auto ends = [&](std::string_view product, std::string_view release) {
    const Release* found = find_release(table, product, release);
    return found == nullptr ? "none" : found->ends;
  };
  EXPECT_EQ(ends("u", "22.04"), "2022-02-02");
  EXPECT_EQ(ends("u", "22.04.5"), "2022-02-02");
  EXPECT_EQ(ends("u", "22.10"), "2022-01-01");
  EXPECT_EQ(ends("u", "22.041"), "2022-01-01");  // whole components only
  EXPECT_EQ(ends("u", "221"), "none");
  EXPECT_EQ(ends("u", "3"), "none");
  EXPECT_EQ(ends("v", "22.04"), "none");  // a longer one says nothing about it
  EXPECT_EQ(ends("w", "22.04"), "none");
}

TEST(ReleaseTable, TheNewestIsByNumber) {
  const std::vector<Release> table = {{"python", "3.9", "2025-10-31"},
                                      {"python", "3.14", "2030-10-31"},
                                      {"python", "3", "2020-01-01"},
                                      {"node", "24", "2028-04-30"}};
  ASSERT_NE(newest_release(table, "python"), nullptr);
  EXPECT_EQ(newest_release(table, "python")->release, "3.14");
  EXPECT_EQ(newest_release(table, "ruby"), nullptr);
}

std::string value(std::string_view text, std::string_view name = "NAME") {
  auto found = os_release_value("f", text, name);
  if (!found) return found.error().message;
  return found->value_or("(none)");
}

TEST(OsRelease, QuotingIsThatOfAShell) {
  EXPECT_EQ(value("NAME=debian"), "debian");
  EXPECT_EQ(value("NAME="), "");
  EXPECT_EQ(value("NAME=\"\"\n"), "");
  EXPECT_EQ(value("NAME='Debian GNU/Linux'"), "Debian GNU/Linux");
  EXPECT_EQ(value("NAME=\"it's \\\"a\\\" \\$1 \\`x\\` \\\\ \\n\""), "it's \"a\" $1 `x` \\ \\n");
  EXPECT_EQ(value("NAME='a\\\"b'"), "a\\\"b");
  EXPECT_EQ(value("NAME=a\\ b"), "a b");
  EXPECT_EQ(value("  NAME=x \r\n"), "x");
}

TEST(OsRelease, TheLastLineOfThatNameCounts) {
  EXPECT_EQ(value("NAME=a\nNAME=\nNAME=b\n"), "b");
  EXPECT_EQ(value("#NAME=c\nNAME2=d\nMY_NAME=e\nNAME\nOTHER=\"x\n"), "(none)");
  EXPECT_EQ(value(""), "(none)");
}

TEST(OsRelease, WhatBreaksTheRulesIsNamed) {
  for (std::string_view wrong :
       {"\"a", "'a", "\"a\"b", "'a'\"b\"", "a b", "a\"b", "\"a\\", "a\\", "$x", "a;b"}) {
    EXPECT_EQ(
        value(fmt::format("X=1\nNAME={}\n", wrong)),
        fmt::format("f:2: expected NAME= and one value, in quotes if need be, got {}", wrong));
  }
}

std::string of_system(const std::string& table, const std::array<std::string, 2>& files) {
  auto looked = end_of_life_of_system(table, files);
  if (looked) return *looked;
  EXPECT_NE(looked.error().code, ErrorCode::kInvalid);
  return looked.error().message;
}

constexpr std::string_view kTable = "debian 12 2028-06-30\ndebian 13 2030-06-30\n";

TEST(EndOfLife, OfThisSystem) {
  const Folder folder;
  const std::string table = folder.file("table", kTable);
  const std::string etc = folder.file(
      "etc", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n");
  const std::string usr = folder.file("usr", "VERSION_ID=13\nID=debian\n");
  EXPECT_EQ(of_system(table, {etc, usr}),
            fmt::format(
                R"j({{"product":"debian","release":"12","title":"Debian GNU/Linux 12 (bookworm)",)j"
                R"("ends":"2028-06-30","table":"{}"}})",
                table));
  EXPECT_EQ(of_system(table, {folder / "none", usr}),
            fmt::format(R"({{"product":"debian","release":"13","title":"debian 13",)"
                        R"("ends":"2030-06-30","table":"{}"}})",
                        table));
  EXPECT_EQ(of_system(table, {folder / "none", folder / "neither"}),
            fmt::format("cannot read {}/neither: No such file or directory", folder.path()));
  // That there is no first is one thing, that it cannot be read another.
  EXPECT_THAT(of_system(table, {folder.path(), usr}), HasSubstr("Is a directory"));
}

TEST(EndOfLife, WhatTheVendorSaysWins) {
  const Folder folder;
  const std::string table = folder.file("table", "fedora 41 2000-01-01\n");
  const std::string etc = folder.file("etc", "ID=fedora\nVERSION_ID=41\nSUPPORT_END=2025-12-15\n");
  EXPECT_EQ(of_system(table, {etc, etc}),
            fmt::format(R"({{"product":"fedora","release":"41","title":"fedora 41",)"
                        R"("ends":"2025-12-15","table":"{}"}})",
                        etc));
  const std::string soon = folder.file("soon", "ID=fedora\nVERSION_ID=41\nSUPPORT_END=soon\n");
  EXPECT_EQ(of_system(table, {soon, soon}),
            fmt::format("{}: expected SUPPORT_END=2028-06-30, a day, got \"soon\"", soon));
}

TEST(EndOfLife, ASystemWithoutARelease) {
  const Folder folder;
  const std::string table = folder.file("table", kTable);
  const std::string rolling = folder.file("rolling", "ID=arch\nPRETTY_NAME=Arch\n");
  EXPECT_THAT(of_system(table, {rolling, rolling}),
              HasSubstr("names no release: expected ID and VERSION_ID, got \"arch\" and \"\""));
  const std::string broken = folder.file("broken", "ID=debian\nVERSION_ID=\"12\n");
  EXPECT_THAT(of_system(table, {broken, broken}), HasSubstr("/broken:2: expected VERSION_ID="));
}

TEST(EndOfLife, OfWhatIsNamed) {
  const Folder folder;
  const std::string table = folder.file("table", kTable);
  EXPECT_EQ(look({"end-of-life", table, "debian", "12.5"}),
            fmt::format(R"({{"product":"debian","release":"12.5","title":"debian 12.5",)"
                        R"("ends":"2028-06-30","table":"{}"}})",
                        table));
  EXPECT_EQ(look({"end-of-life", table, "debian", "99"}),
            fmt::format(R"({{"unknown":"{} does not list debian 99; its newest line for debian is )"
                        R"(13: add \"debian 99 YYYY-MM-DD\" once it is known"}})",
                        table));
  EXPECT_THAT(look({"end-of-life", table, "node", "24"}),
              HasSubstr("does not list node 24; it has no line for node: add"));
}

TEST(EndOfLife, ATableThatCannotBeUsedIsUnknown) {
  const Folder folder;
  const std::string table = folder.file("table", "debian 12 2028-06-30\nnonsense\n");
  EXPECT_THAT(look({"end-of-life", table, "debian", "12"}),
              HasSubstr(fmt::format(R"({{"unknown":"{}:2: expected a line)", table)));
  EXPECT_THAT(look({"end-of-life", folder / "none", "debian", "12"}), HasSubstr(R"("unknown")"));
  const std::string huge = folder.file("huge", std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(look({"end-of-life", huge, "debian", "12"}), HasSubstr("is longer than 1MiB"));
}

TEST(EndOfLife, TheTableThatIsShipped) {
  const char* source = std::getenv("HAMMOCK_SOURCE_DIR");
  ASSERT_NE(source, nullptr) << "ctest sets it";
  const std::string table = std::string(source) + "/packaging/end-of-life.txt";
  EXPECT_THAT(look({"end-of-life", table, "debian", "12"}), HasSubstr(R"("ends":"2028-06-30")"));
  EXPECT_THAT(look({"end-of-life", table, "ubuntu", "24.04"}), HasSubstr(R"("2029-05-31")"));
  EXPECT_THAT(look({"end-of-life", table, "rocky", "9.4"}), HasSubstr(R"("2032-05-31")"));
  EXPECT_THAT(look({"end-of-life", table, "alpine", "3.22.1"}), HasSubstr(R"("2027-05-01")"));
  EXPECT_THAT(look({"end-of-life", table, "postgresql", "16.4"}), HasSubstr(R"("2028-11-09")"));
  EXPECT_THAT(look({"end-of-life", table, "nginx", "1.28"}), HasSubstr("no line for nginx"));
}

TEST(EndOfLife, Arguments) {
  EXPECT_THAT(refusal({"end-of-life"}), HasSubstr("got 0 arguments"));
  EXPECT_THAT(refusal({"end-of-life", ""}), HasSubstr("expected a table"));
  EXPECT_THAT(refusal({"end-of-life", "/t", "debian"}), HasSubstr("got 2 arguments"));
  EXPECT_THAT(refusal({"end-of-life", "/t", "debian", "12", "x"}), HasSubstr("got 4 arguments"));
  EXPECT_THAT(refusal({"end-of-life", "/t", "Debian", "12"}), HasSubstr("got \"Debian\" \"12\""));
  EXPECT_THAT(refusal({"end-of-life", "/t", "debian", ""}), HasSubstr("got \"debian\" \"\""));
}

}  // namespace
}  // namespace hammock::gauge
