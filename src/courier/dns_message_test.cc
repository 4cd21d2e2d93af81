#include "courier/dns_message.h"

#include <gmock/gmock.h>

#include <string>

namespace hammock::courier {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

std::string two(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

// A header, the question "a.example TYPE", and answers whose name points to the question's.
std::string message(unsigned flags, unsigned type, const std::vector<std::string>& answers) {
  std::string bytes = two(0x1234) + two(flags) + two(1) +
                      two(static_cast<unsigned>(answers.size())) + two(0) + two(0) +
                      "\1a\7example\0"s + two(type) + two(1);
  for (const std::string& data : answers) {
    bytes += two(0xc00c) + two(type) + two(1) + "\0\0\1\x2c"s +
             two(static_cast<unsigned>(data.size())) + data;
  }
  return bytes;
}

wire::DnsResult parsed(const std::string& bytes) {
  auto result = parse_dns_answer(bytes);
  EXPECT_TRUE(result);
  return result.value_or(wire::DnsResult{});
}

std::string only(unsigned type, const std::string& data) {
  auto result = parsed(message(0x8180, type, {data}));
  EXPECT_EQ(result.records.size(), 1U);
  return result.records.empty() ? "" : result.records.front().text;
}

TEST(DnsMessage, RecordsAreReadAsZoneFilesWriteThem) {
  wire::DnsResult result = parsed(message(0x8580, 1, {"\x7f\0\0\1"s, "\xc0\0\2\1"s}));
  EXPECT_EQ(result.rcode, 0);
  EXPECT_TRUE(result.authoritative);
  EXPECT_THAT(result.records, ElementsAre(wire::Record{"a.example.", 1, 300, "127.0.0.1"},
                                          wire::Record{"a.example.", 1, 300, "192.0.2.1"}));
  EXPECT_EQ(only(28, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"s), "2001:db8::1");
  EXPECT_EQ(only(5, "\1b\xc0\x0e"s), "b.example.");
  EXPECT_EQ(only(2, "\0"s), ".");
  EXPECT_EQ(only(15, "\0\x0a\4mail\xc0\x0e"s), "10 mail.example.");
  EXPECT_EQ(only(16, "\5a\"b\\c\1\xff"s), "\"a\\\"b\\\\c\" \"\\255\"");
  EXPECT_EQ(only(33, "\0\1\0\2\1\xbb\1s\0"s), "1 2 443 s.");
  EXPECT_EQ(only(257, "\0\5issueca.example"s), "0 issue \"ca.example\"");
  EXPECT_EQ(only(6, "\1n\0\1h\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"s), "n. h. 1 2 3 4 5");
  EXPECT_EQ(only(65, "\xab\xcd"s), "\\# 2 abcd");
}

TEST(DnsMessage, NoSuchNameIsAResult) {
  wire::DnsResult result = parsed(message(0x8183, 1, {}));
  EXPECT_EQ(result.rcode, 3);
  EXPECT_FALSE(result.authoritative);
  EXPECT_TRUE(result.records.empty());
}

TEST(DnsMessage, NamesAreEscaped) {
  EXPECT_EQ(only(5, "\4a.\x1b\xff\0"s), "a\\.\\027\\255.");
}

TEST(DnsMessage, WhatIsDamagedIsRefused) {
  EXPECT_FALSE(parse_dns_answer("short"));
  const std::string whole = message(0x8180, 1, {"\x7f\0\0\1"s});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_dns_answer(whole.substr(0, size))) << size;
  EXPECT_FALSE(parse_dns_answer(message(0x8180, 1, {"\x7f\0\0"s})));  // three bytes of an address
  EXPECT_FALSE(parse_dns_answer(message(0x8180, 5, {"\x40"s})));      // no length, no pointer
  EXPECT_FALSE(parse_dns_answer(message(0x8180, 5, {"\xff\xff"s})));  // points past the end
  EXPECT_FALSE(parse_dns_answer(message(0x8180, 5,
                                        {"\x05"
                                         "ab"s})));  // longer than its record
  // A name that is a pointer to itself.
  const std::string loop = message(0x8180, 5, {"\xc0\x27"s});
  EXPECT_EQ(loop.size(), 0x27U + 2);
  EXPECT_FALSE(parse_dns_answer(loop));
}

TEST(DnsMessage, RecordsAreBounded) {
  const std::vector<std::string> many(wire::kCourierRecordsMax + 10, "\x7f\0\0\1"s);
  EXPECT_EQ(parsed(message(0x8180, 1, many)).records.size(), wire::kCourierRecordsMax);
}

}  // namespace
}  // namespace hammock::courier
