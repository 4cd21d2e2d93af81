#include "shell/resolve/env_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hammock::resolve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> pairs(const EnvFile& file) {
  std::vector<std::string> result;
  for (const EnvEntry& entry : file.entries)
    result.push_back(entry.name + "=" + entry.value);
  return result;
}

// "code:the faulty bytes", what a caret would underline.
std::vector<std::string> faults(std::string_view text) {
  std::vector<std::string> result;
  for (const EnvFault& fault : parse_env_file(text).faults) {
    result.push_back(fault.code + ":" +
                     std::string(text.substr(fault.begin, fault.end - fault.begin)));
  }
  return result;
}

TEST(EnvFile, ReadsWhatAShellWouldRead) {
  EnvFile file = parse_env_file(
      "# comment\n\n  A=1\nexport B=two # why\nC=\nD='a $b \\n'\nE=\"x\\ty\\\"\\$\"\nF=a#b\n"
      "URL=postgres://u:p@h/db?x=1&y=2\nG='one\ntwo'\n_h9=\"\"\nI= # nothing\n");
  EXPECT_THAT(file.faults, IsEmpty());
  EXPECT_THAT(pairs(file),
              ElementsAre("A=1", "B=two", "C=", "D=a $b \\n", "E=x\ty\"$", "F=a#b",
                          "URL=postgres://u:p@h/db?x=1&y=2", "G=one\ntwo", "_h9=", "I="));
}

TEST(EnvFile, LineEndingsMayBeOfWindowsAndTheLastMayMiss) {
  EnvFile file = parse_env_file("A=1\r\n\r\nB='2'\r\nC=3");
  EXPECT_THAT(file.faults, IsEmpty());
  EXPECT_THAT(pairs(file), ElementsAre("A=1", "B=2", "C=3"));
}

TEST(EnvFile, AnEmptyFileIsFine) {
  EXPECT_THAT(parse_env_file("").entries, IsEmpty());
}

TEST(EnvFile, EveryFaultIsReportedAtItsBytes) {
  EXPECT_THAT(faults("=1\n9A=2\nB\nC =3\nD= 4\nE=a b\nF=$HOME\nG=a\\b\nH=it's\nI-J=1\nK='x'y\n"),
              ElementsAre("bad-env-name:=1", "bad-env-name:9A=2", "missing-equals:B",
                          "space-around-equals: ", "space-around-equals: ", "unquoted-space:b",
                          "no-expansion:$", "quote-needed:\\", "quote-needed:'", "bad-env-name:-",
                          "unquoted-space:y"));
}

TEST(EnvFile, FaultsInQuotesDoNotCascade) {
  EXPECT_THAT(faults("A=\"\\q\nnot a line\"\nB=`x`\nC=\"$x\nalso not\"\nD=1\n"),
              ElementsAre("bad-escape:\\q", "no-expansion:`", "no-expansion:$"));
  EXPECT_THAT(faults("A=1\nB=\"never\nC=2\n"), ElementsAre("unterminated-quote:\""));
  EXPECT_THAT(faults("B='never"), ElementsAre("unterminated-quote:'"));
}

TEST(EnvFile, ADuplicateKnowsTheFirst) {
  EnvFile file = parse_env_file("A=1\nB=2\nA=3\n");
  ASSERT_EQ(file.faults.size(), 1u);
  EXPECT_EQ(file.faults[0].code, "duplicate-env");
  EXPECT_EQ(file.faults[0].begin, 8u);
  EXPECT_EQ(file.faults[0].first, 0u);
  EXPECT_THAT(pairs(file), ElementsAre("A=1", "B=2"));
}

TEST(EnvFile, BytesThatNoEnvironmentCanHold) {
  EXPECT_THAT(faults("\xef\xbb\xbf"
                     "A=1\n"),
              ElementsAre("byte-order-mark:\xef\xbb\xbf"));
  EXPECT_THAT(faults(std::string_view("A=1\0\nB=2\n", 9)),
              ElementsAre("nul-byte:" + std::string(1, '\0')));
  EXPECT_THAT(faults("A=1\nB=gr\xc3\xbc\xc3"
                     "x\n"),
              ElementsAre("invalid-utf8:\xc3"));
  EXPECT_THAT(faults("A=gr\xfcn\n"), ElementsAre("invalid-utf8:\xfc"));
}

}  // namespace
}  // namespace hammock::resolve
