#include "courier/starttls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hammock::courier {
namespace {

using testing::HasSubstr;
using Protocol = wire::StartTls;

// What we say to each of these.
std::string talk(StartTls& start, std::initializer_list<std::string_view> server) {
  std::string said = start.take_unsent();
  for (std::string_view bytes : server) {
    start.feed(bytes);
    said += start.take_unsent();
  }
  return said;
}
std::string why(Protocol protocol, std::initializer_list<std::string_view> server) {
  StartTls start(protocol);
  talk(start, server);
  EXPECT_FALSE(start.is_agreed());
  return start.failure().value_or("");
}

TEST(StartTls, Smtp) {
  StartTls start(Protocol::kSmtp);
  EXPECT_EQ(talk(start, {"220-mail.exa", "mple\r\n220 ESMTP\r\n",
                         "250-mail.example\r\n250-SIZE 9\r\n", "250 STARTTLS\r\n", "220 go"}),
            "EHLO hammock\r\nSTARTTLS\r\n");
  EXPECT_FALSE(start.is_agreed());
  start.feed(" on\r\n");
  EXPECT_TRUE(start.is_agreed());
  EXPECT_FALSE(start.failure());
  EXPECT_THAT(why(Protocol::kSmtp, {"554 go away\r\n"}), HasSubstr("554 go away"));
  EXPECT_THAT(why(Protocol::kSmtp, {"220 x\r\n", "250 x\r\n", "502 no\r\n"}), HasSubstr("502 no"));
  EXPECT_EQ(why(Protocol::kSmtp, {"220 x\r\n", "250 x\r\n"}), "");  // not yet
}

TEST(StartTls, ImapAndPop3) {
  StartTls imap(Protocol::kImap);
  EXPECT_EQ(talk(imap, {"* OK ready\r\n", "* CAPABILITY IMAP4\r\na OK begin\r\n"}),
            "a STARTTLS\r\n");
  EXPECT_TRUE(imap.is_agreed());
  EXPECT_THAT(why(Protocol::kImap, {"* OK x\r\n", "a BAD no\r\n"}), HasSubstr("a BAD no"));
  EXPECT_THAT(why(Protocol::kImap, {"* BYE x\r\n"}), HasSubstr("* BYE x"));
  StartTls pop3(Protocol::kPop3);
  EXPECT_EQ(talk(pop3, {"+OK x\r\n", "+OK begin\r\n"}), "STLS\r\n");
  EXPECT_TRUE(pop3.is_agreed());
  EXPECT_THAT(why(Protocol::kPop3, {"+OK x\r\n", "-ERR no\r\n"}), HasSubstr("-ERR no"));
}

TEST(StartTls, Postgres) {
  StartTls start(Protocol::kPostgres);
  EXPECT_EQ(talk(start, {}), std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8));
  start.feed("S");
  EXPECT_TRUE(start.is_agreed());
  EXPECT_THAT(why(Protocol::kPostgres, {"N"}), HasSubstr("without TLS"));
  EXPECT_THAT(why(Protocol::kPostgres, {"E\x1b[2J"}), HasSubstr("E\\x1b[2J"));
  EXPECT_NE(why(Protocol::kPostgres, {"Smore"}), "");
}

TEST(StartTls, WhatComesBeforeTlsIsNotTakenForWhatComesWithin) {
  EXPECT_THAT(why(Protocol::kSmtp, {"220 x\r\n", "250 x\r\n", "220 x\r\n250 injected\r\n"}),
              HasSubstr("more before TLS"));
}

TEST(StartTls, NobodyTalksForEver) {
  const std::string line = "220-" + std::string(1000, 'x') + "\r\n";
  EXPECT_THAT(why(Protocol::kSmtp, {line, line, line, line, line, line, line, line, line}),
              HasSubstr("within 8192 bytes"));
  EXPECT_THAT(why(Protocol::kSmtp, {std::string(9000, 'x')}), HasSubstr("within 8192 bytes"));
}

}  // namespace
}  // namespace hammock::courier
