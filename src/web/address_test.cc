#include "web/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace hammock::web {
namespace {

std::string six(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text, &address.sin6_addr), 1) << text;
  return address_text(reinterpret_cast<const sockaddr*>(&address));
}

TEST(Address, IsShownAsPeopleWriteIt) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(address_text(reinterpret_cast<const sockaddr*>(&four)), "127.0.0.1");
  EXPECT_EQ(six("::1"), "::1");
  EXPECT_EQ(six("2001:db8:0:0::7"), "2001:db8::7");
  EXPECT_EQ(six("::ffff:192.0.2.1"), "192.0.2.1");
}

TEST(Address, IsEmptyForWhatIsNone) {
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  EXPECT_EQ(address_text(reinterpret_cast<const sockaddr*>(&path)), "");
  EXPECT_EQ(address_text(nullptr), "");
}

}  // namespace
}  // namespace hammock::web
