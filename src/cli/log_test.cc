#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/log_format.h"
#include "cli/log_merge.h"
#include "cli/log_stream.h"

namespace hammock::cli {
namespace {

using testing::ElementsAre;

Instant at(std::int64_t microseconds) {
  return Instant(Duration(microseconds));
}

class LogTest : public testing::Test {
 protected:
  LogTest() {
    char pattern[] = "/tmp/hammock-log-XXXXXX";
    EXPECT_NE(mkdtemp(pattern), nullptr);
    folder_ = pattern;
  }
  ~LogTest() override { std::filesystem::remove_all(folder_); }

  std::string path(std::uint64_t segment, std::string_view suffix) {
    return folder_ + "/" + wire::log_file_name(segment, suffix).data();
  }
  void append(std::uint64_t segment, std::string_view text) {
    std::ofstream(path(segment, ".log"), std::ios::app) << text;
  }
  void index(std::uint64_t segment, std::vector<wire::LogIndexEntry> entries) {
    std::ofstream file(path(segment, ".idx"), std::ios::app);
    for (const auto& entry : entries)
      file.write(reinterpret_cast<const char*>(&entry), 16);
  }
  static std::vector<std::string> all(LogStream& stream) {
    std::vector<std::string> lines;
    while (auto line = stream.next())
      lines.push_back(line->bytes + (line->whole ? "" : "+"));
    return lines;
  }
  std::vector<std::string> last(std::size_t count, std::size_t expected) {
    LogStream stream(folder_);
    EXPECT_EQ(stream.seek_last(count), expected);
    std::vector<std::string> lines = all(stream);
    if (auto rest = stream.unfinished()) lines.push_back(rest->bytes + "…");
    return lines;
  }

  std::string folder_;
};

TEST_F(LogTest, LinesCrossSegmentsAndHaveTheTimeOfTheirFirstByte) {
  append(1, "one\ntw");
  index(1, {{0, 100}, {4, 200}});
  append(2, "o\nthree\n");
  index(2, {{0, 300}, {2, 400}});
  append(10, "");
  LogStream stream(folder_);
  auto line = stream.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->bytes, "one");
  EXPECT_EQ(line->at, at(100));
  line = stream.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->bytes, "two");
  EXPECT_EQ(line->at, at(200));
  line = stream.next();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->at, at(400));
  EXPECT_FALSE(stream.next());
}

TEST_F(LogTest, GrowsWhileItIsRead) {
  LogStream stream(folder_ + "/later");
  EXPECT_FALSE(stream.next());
  folder_ += "/later";
  std::filesystem::create_directory(folder_);
  append(1, "one\ntw");
  EXPECT_THAT(all(stream), ElementsAre("one"));
  append(1, "o\n");
  EXPECT_THAT(all(stream), ElementsAre("two"));
  append(2, "three\nfo");
  EXPECT_THAT(all(stream), ElementsAre("three"));
  EXPECT_EQ(stream.unfinished()->bytes, "fo");
  EXPECT_FALSE(stream.unfinished());
  folder_.resize(folder_.size() - 6);
}

TEST_F(LogTest, MissingAndCutIndexesOnlyLoseTimes) {
  append(1, "one\ntwo\n");
  append(2, "three\nfour\n");
  index(2, {{0, 300}});
  std::ofstream(path(2, ".idx"), std::ios::app) << "12345";  // a cut entry
  append(3, "five\n");
  std::ofstream(path(3, ".idx"), std::ios::app) << "123";
  LogStream stream(folder_);
  std::vector<std::optional<Instant>> times;
  while (auto line = stream.next())
    times.push_back(line->at);
  EXPECT_THAT(times, ElementsAre(std::nullopt, std::nullopt, at(300), at(300), std::nullopt));
}

TEST_F(LogTest, SurvivesRetention) {
  for (std::uint64_t segment = 1; segment <= 4; ++segment) {
    append(segment, "line " + std::to_string(segment) + "\nbegun " + std::to_string(segment));
  }
  LogStream stream(folder_);
  EXPECT_EQ(stream.next()->bytes, "line 1");
  std::filesystem::remove(path(1, ".log"));
  std::filesystem::remove(path(2, ".log"));
  // What is open stays readable; what began before the gap ends there.
  EXPECT_EQ(stream.next()->bytes, "begun 1");
  EXPECT_EQ(stream.next()->bytes, "line 3");
  EXPECT_EQ(stream.next()->bytes, "begun 3line 4");
}

TEST_F(LogTest, TheLastLines) {
  EXPECT_THAT(last(3, 0), ElementsAre());
  append(1, "");
  EXPECT_THAT(last(3, 0), ElementsAre());
  append(2, "one\ntwo\nthr");
  append(3, "ee\nfour\n");
  append(4, "");
  EXPECT_THAT(last(0, 0), ElementsAre());
  EXPECT_THAT(last(1, 1), ElementsAre("four"));
  EXPECT_THAT(last(2, 2), ElementsAre("three", "four"));
  EXPECT_THAT(last(3, 3), ElementsAre("two", "three", "four"));
  EXPECT_THAT(last(4, 4), ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(last(9, 4), ElementsAre("one", "two", "three", "four"));
  append(4, "unended");
  EXPECT_THAT(last(1, 1), ElementsAre("unended…"));
  EXPECT_THAT(last(2, 2), ElementsAre("four", "unended…"));
}

TEST_F(LogTest, TheLastLinesOfManyChunks) {
  std::string text;
  for (int i = 0; i < 30'000; ++i)
    text += "line " + std::to_string(i) + "\n";
  append(1, text);
  append(2, "last\n");
  EXPECT_EQ(last(20'001, 20'001).front(), "line 10000");
}

TEST_F(LogTest, Since) {
  append(1, "one\ntwo\n");
  index(1, {{0, 100}, {4, 200}});
  append(2, "thr");
  index(2, {{0, 300}});
  append(3, "ee\nfour\n");
  index(3, {{0, 400}, {3, 500}});
  auto since = [&](std::int64_t us) {
    LogStream stream(folder_);
    stream.seek_since(at(us));
    return all(stream);
  };
  EXPECT_THAT(since(0), ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(since(101), ElementsAre("two", "three", "four"));
  EXPECT_THAT(since(300), ElementsAre("three", "four"));
  EXPECT_THAT(since(301), ElementsAre("four"));  // "three" began before
  EXPECT_THAT(since(501), ElementsAre());
  std::filesystem::remove(path(2, ".idx"));  // its file was changed just now, so it is shown
  EXPECT_THAT(since(501), ElementsAre("three", "four"));
}

TEST_F(LogTest, LongLinesComeInPieces) {
  append(1, std::string(kLogPieceBytes, 'a') + "\n" + std::string(kLogPieceBytes + 3, 'b') + "\n");
  LogStream stream(folder_);
  LogWriter writer({"web", false, false, {false, false, 80}});
  std::string text;
  while (auto line = stream.next()) {
    EXPECT_LE(line->bytes.size(), kLogPieceBytes);
    text += writer.text_of({1, *line});
  }
  EXPECT_EQ(text,
            std::string(kLogPieceBytes, 'a') + "\n" + std::string(kLogPieceBytes + 3, 'b') + "\n");
}

TEST_F(LogTest, MergesByTime) {
  std::string top = folder_;
  for (int instance = 1; instance <= 3; ++instance) {
    folder_ = top + "/" + std::to_string(instance);
    std::filesystem::create_directory(folder_);
    std::string n = std::to_string(instance);
    append(1, "a" + n + "\nb" + n + "\n");
    if (instance < 3) index(1, {{0, instance * 10}, {3, instance * 100}});
  }
  folder_ = top;
  LogMerge merge;
  for (std::uint32_t instance : {2u, 1u, 3u}) {
    merge.add(instance, LogStream(folder_ + "/" + std::to_string(instance)));
  }
  std::vector<std::string> lines;
  while (auto line = merge.next())
    lines.push_back(line->line.bytes);
  EXPECT_THAT(lines, ElementsAre("a3", "b3", "a1", "a2", "b1", "b2"));
}

TEST(LogFormat, TerminalsGetNoControlCharacters) {
  MergedLine line{2, {at(0), "a\tb\x1b[31m\xff\r", true}};
  LogWriter terminal({"web", true, true, {true, false, 80}});
  EXPECT_EQ(terminal.text_of(line), "1970-01-01T00:00:00.000Z web/2 | a\tb\\x1b[31m\\xff\\x0d\n");
  LogWriter file({"web", false, false, {false, false, 80}});
  EXPECT_EQ(file.text_of(line), "a\tb\x1b[31m\xff\r\n");
}

TEST(LogFormat, AnInterruptedLineEndsFirst) {
  LogWriter writer({"web", true, false, {false, false, 80}});
  EXPECT_EQ(writer.text_of({1, {std::nullopt, "be", false}}), "web/1 | be");
  EXPECT_EQ(writer.text_of({1, {std::nullopt, "gun", false}}), "gun");
  EXPECT_EQ(writer.text_of({2, {std::nullopt, "other", true}}), "\nweb/2 | other\n");
}

}  // namespace
}  // namespace hammock::cli
