#include "gauge/clock.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/timex.h>

#include <array>
#include <functional>
#include <optional>
#include <thread>

#include "gauge/gauge.h"
#include "gauge/sntp.h"
#include "os/clock.h"
#include "os/unique_fd.h"

namespace hammock::gauge {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kFrom1900To1970 = 2'208'988'800;

void put(SntpPacket& packet, std::size_t at, std::uint64_t number) {
  for (std::size_t i = 0; i < 8; ++i)
    packet[at + i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
}

// As a server would write it; the era is lost.
std::uint64_t stamp(std::int64_t us) {
  const auto seconds = static_cast<std::uint64_t>(us / kSecond + kFrom1900To1970) << 32;
  // The least fraction that is not before the microsecond.
  return seconds | ((static_cast<std::uint64_t>(us % kSecond) << 32) / kSecond + 1);
}

// That of a good server, whose clock shows these times at its arrival and leaving.
SntpPacket answer(std::uint64_t token, std::int64_t arrived_us, std::int64_t left_us) {
  SntpPacket packet{};
  packet[0] = 4 << 3 | 4;
  packet[1] = 2;
  put(packet, 24, token);
  put(packet, 32, stamp(arrived_us));
  put(packet, 40, stamp(left_us));
  return packet;
}

SntpPacket kiss(std::uint64_t token, std::string_view code) {
  SntpPacket packet{};
  packet[0] = 3 << 6 | 4 << 3 | 4;
  for (std::size_t i = 0; i < code.size(); ++i)
    packet[12 + i] = static_cast<std::uint8_t>(code[i]);
  put(packet, 24, token);
  return packet;
}

// --- the parser ----------------------------------------------------------------------------------

TEST(Sntp, AQuestionTellsNothingButItsToken) {
  const SntpPacket packet = sntp_question(0x0102030405060708);
  SntpPacket expected{};
  expected[0] = 0x23;
  for (std::size_t i = 0; i < 8; ++i)
    expected[40 + i] = static_cast<std::uint8_t>(i + 1);
  EXPECT_EQ(packet, expected);
}

TEST(Sntp, OffsetIsOursMinusTheirsAndDelayIsWithoutTheServersOwnTime) {
  // Asked at 1000 s by our clock; 100 us there, 50 us within, 300 us back. Theirs is 7 s behind.
  const std::int64_t asked = 1000 * kSecond;
  const std::int64_t theirs = asked - 7 * kSecond;
  const auto packet = answer(9, theirs + 100, theirs + 150);
  const auto sample = read_sntp(packet, asked + 450, 450);
  ASSERT_TRUE(sample);
  EXPECT_EQ(*sample, (Sample{7 * kSecond + 100, 400, 2}));
}

TEST(Sntp, AnAnswerHasToGiveTheTokenBack) {
  const auto packet = answer(9, 0, 0);
  EXPECT_TRUE(answers(packet, 9));
  EXPECT_FALSE(answers(packet, 8));
  EXPECT_FALSE(answers(std::span(packet).first(47), 9));
}

TEST(Sntp, TheEraAfter2036IsUnderstood) {
  const std::int64_t rollover = ((std::int64_t{1} << 32) - kFrom1900To1970) * kSecond;
  for (const std::int64_t theirs : {rollover - 1, rollover + 5, rollover + kSecond,
                                    std::int64_t{4'000'000'000} * kSecond /* 2096 */}) {
    const auto sample = read_sntp(answer(1, theirs, theirs), theirs - 2 * kSecond, 0);
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->offset_us, -2 * kSecond) << theirs;
  }
  // Even by a clock that stands at 1970.
  const auto sample = read_sntp(answer(1, rollover + kSecond, rollover + kSecond), 0, 0);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->offset_us, -rollover - kSecond);
}

std::string refusal(const std::function<void(SntpPacket&)>& spoil) {
  const std::int64_t now = 1000 * kSecond;
  SntpPacket packet = answer(1, now, now);
  spoil(packet);
  const auto sample = read_sntp(packet, now + 100, 100);
  return sample ? "" : sample.error().message;
}

TEST(Sntp, WhatIsNoTimeIsRefusedWithAReason) {
  EXPECT_EQ(refusal([](SntpPacket&) {}), "");
  EXPECT_EQ(refusal([](SntpPacket& p) { p[0] = 3 << 6 | 4 << 3 | 4; }),
            "its own clock is not synchronised");
  EXPECT_EQ(refusal([](SntpPacket& p) { p[1] = 15; }), "");
  EXPECT_EQ(refusal([](SntpPacket& p) { p[1] = 16; }), "its stratum is 16, expected 1 to 15");
  EXPECT_EQ(refusal([](SntpPacket& p) { p[0] = 4 << 3 | 5; }), "an answer in mode 5, expected 4");
  EXPECT_EQ(refusal([](SntpPacket& p) { put(p, 40, 0); }), "an answer without a time");
  EXPECT_EQ(refusal([](SntpPacket& p) { put(p, 32, 0); }), "an answer without a time");
  EXPECT_EQ(refusal([](SntpPacket& p) { p = kiss(1, "RATE"); }),
            "it does not want to be asked (kiss-o'-death RATE)");
  EXPECT_EQ(refusal([](SntpPacket& p) { p = kiss(1, "\x1b[A"); }),
            "it does not want to be asked (kiss-o'-death \\x1b[A)");
}

TEST(Sntp, TimesThatCannotBeAreRefused) {
  const auto took = [](std::int64_t server_us) {
    return read_sntp(answer(1, 5000, 5000 + server_us), 9000, 100);
  };
  EXPECT_TRUE(took(1000));  // a millisecond may be the resolution of clocks
  EXPECT_EQ(took(1000)->delay_us, 0);
  ASSERT_FALSE(took(1200));
  EXPECT_THAT(took(1200).error().message, HasSubstr("took 1200 us for an answer that came after"));
  EXPECT_FALSE(took(-10));
  EXPECT_FALSE(read_sntp(std::array<std::uint8_t, 4>{}, 0, 0));
}

TEST(Clock, ServersAreNamesAndAddressesWithAPortOrWithout) {
  EXPECT_EQ(read_server("ntp.example").value(), (TimeServer{"ntp.example", 123}));
  EXPECT_EQ(read_server("ntp.example:1123").value(), (TimeServer{"ntp.example", 1123}));
  EXPECT_EQ(read_server("2001:db8::1").value(), (TimeServer{"2001:db8::1", 123}));
  EXPECT_EQ(read_server("[2001:db8::1]").value(), (TimeServer{"2001:db8::1", 123}));
  EXPECT_EQ(read_server("[::1]:65535").value(), (TimeServer{"::1", 65535}));
  for (const char* wrong : {"", ":123", "a:", "a:0", "a:65536", "a:x", "[::1", "[]:1", "[::1]1"}) {
    const auto server = read_server(wrong);
    ASSERT_FALSE(server) << wrong;
    EXPECT_EQ(server.error().code, ErrorCode::kInvalid);
  }
}

TEST(Clock, MedianIsTheMiddle) {
  EXPECT_EQ(median({5}), 5);
  EXPECT_EQ(median({900, -1, 3}), 3);
  EXPECT_EQ(median({10, 900, -900, 20}), 15);
}

// --- with servers --------------------------------------------------------------------------------

// Answers each question as told until it goes. `play` gets the token and the number of the
// question.
class Server {
 public:
  using Play = std::function<std::optional<SntpPacket>(std::uint64_t token, int number)>;

  explicit Server(Play play, bool answers_from_elsewhere = false)
      : play_(std::move(play)), socket_(bound()), elsewhere_(bound()) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    name_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    const int from = answers_from_elsewhere ? elsewhere_.get() : socket_.get();
    thread_ = std::jthread([this, from](const std::stop_token& stop) { serve(stop, from); });
  }
  ~Server() { finish(); }

  void finish() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
  }
  const std::string& name() const { return name_; }
  int asked() {
    finish();
    return asked_;
  }

 private:
  static os::UniqueFd bound() {
    os::UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  void serve(const std::stop_token& stop, int from) {
    while (!stop.stop_requested()) {
      pollfd one{socket_.get(), POLLIN, 0};
      if (poll(&one, 1, 5) != 1) continue;
      SntpPacket question{};
      sockaddr_in peer{};
      socklen_t size = sizeof peer;
      recvfrom(socket_.get(), question.data(), question.size(), 0,
               reinterpret_cast<sockaddr*>(&peer), &size);
      std::uint64_t token = 0;
      for (std::size_t i = 40; i < 48; ++i)
        token = token << 8 | question[i];
      const auto packet = play_(token, ++asked_);
      if (!packet) continue;
      sendto(from, packet->data(), packet->size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
    }
  }

  Play play_;
  os::UniqueFd socket_;
  os::UniqueFd elsewhere_;
  std::string name_;
  int asked_ = 0;
  std::jthread thread_;
};

// A good one, whose clock is behind ours by so much.
Server::Play behind(std::int64_t us) {
  return [us](std::uint64_t token, int) {
    const std::int64_t now = os::wall_us() - us;
    return answer(token, now, now);
  };
}

// The numbers after each `"key":`.
std::vector<std::int64_t> numbers(const std::string& json, const std::string& key) {
  const std::string before = "\"" + key + "\":";
  std::vector<std::int64_t> found;
  for (std::size_t at = json.find(before); at != std::string::npos; at = json.find(before, at + 1))
    found.push_back(std::strtoll(json.c_str() + at + before.size(), nullptr, 10));
  return found;
}

Result<std::string> look(std::string_view timeout_ms, const std::vector<std::string>& servers) {
  std::vector<std::string_view> arguments = {timeout_ms};
  for (const std::string& server : servers)
    arguments.push_back(server);
  return look_at_clock(arguments);
}

testing::Matcher<std::int64_t> near(std::int64_t us) {
  return AllOf(testing::Ge(us - kSecond / 2), testing::Le(us + kSecond / 2));
}

TEST(Clock, AllServersAreAskedAndTheMedianCounts) {
  Server first(behind(-5 * kSecond));
  Server second(behind(3 * kSecond));
  Server liar(behind(9000 * kSecond));
  const auto seen = look("10000", {first.name(), second.name(), liar.name()});
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_THAT(numbers(*seen, "offset_us"), ElementsAre(near(-5 * kSecond), near(3 * kSecond),
                                                       near(9000 * kSecond), near(3 * kSecond)));
  EXPECT_THAT(numbers(*seen, "stratum"), ElementsAre(2, 2, 2));
  timex state{};
  adjtimex(&state);
  const bool synchronised = (state.status & STA_UNSYNC) == 0;
  EXPECT_THAT(*seen, HasSubstr(synchronised ? R"("kernel":{"synchronised":true}})"
                                            : R"("kernel":{"synchronised":false}})"));
  EXPECT_THAT(*seen, StartsWith(R"({"servers":[{"server":")" + first.name() + R"(","offset_us":)"));
  EXPECT_EQ(first.asked(), 3);
}

TEST(Clock, OfThreeAnswersTheOneWithTheShortestWayCounts) {
  // The first and the third are held up on their way back, and are off by half of that besides.
  Server server([](std::uint64_t token, int number) {
    const auto packet = behind(number == 2 ? 3 * kSecond : 0)(token, number);
    if (number != 2) poll(nullptr, 0, 150);
    return packet;
  });
  const auto seen = look("10000", {server.name()});
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_THAT(numbers(*seen, "offset_us"), ElementsAre(near(3 * kSecond), near(3 * kSecond)));
}

TEST(Clock, WhoDoesNotAnswerIsUnknownAndTheOthersCount) {
  Server good(behind(0));
  Server silent([](std::uint64_t, int) { return std::nullopt; });
  const auto seen = look("300", {silent.name(), good.name()});
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_THAT(*seen, HasSubstr(R"({"server":")" + silent.name() +
                               R"(","unknown":"no answer within 300ms"},{"server":")" +
                               good.name() + R"(","offset_us":)"));
  EXPECT_EQ(silent.asked(), 3);
}

TEST(Clock, ALostAnswerIsAskedForAgain) {
  Server lossy([](std::uint64_t token, int number) -> std::optional<SntpPacket> {
    if (number < 3) return std::nullopt;
    return behind(2 * kSecond)(token, number);
  });
  const auto seen = look("1500", {lossy.name()});
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_THAT(numbers(*seen, "offset_us"), ElementsAre(near(2 * kSecond), near(2 * kSecond)));
}

std::string reason_for(Server& server) {
  const auto seen = look("300", {server.name()});
  return seen ? *seen : seen.error().message;
}

TEST(Clock, AKissOfDeathIsNamedAndEndsTheQuestions) {
  Server server([](std::uint64_t token, int) { return kiss(token, "DENY"); });
  EXPECT_EQ(reason_for(server), "no time server answered: " + server.name() +
                                    ": it does not want to be asked (kiss-o'-death DENY)");
  EXPECT_EQ(server.asked(), 1);
}

TEST(Clock, AnAnswerToAnotherQuestionIsNone) {
  Server server([](std::uint64_t token, int number) { return behind(0)(token + 1, number); });
  EXPECT_THAT(reason_for(server),
              HasSubstr(": no answer within 300ms, but one that is not to our question"));
  // Nor does it stand in the way of the right one: here each comes after a wrong kiss.
  Server forged([](std::uint64_t token, int number) {
    return number == 1 ? std::optional(kiss(token + 1, "DENY")) : behind(0)(token, number);
  });
  const auto seen = look("1500", {forged.name()});
  ASSERT_TRUE(seen) << seen.error().message;
}

TEST(Clock, AnAnswerFromAnotherPortIsNone) {
  Server server(behind(0), true);
  EXPECT_EQ(reason_for(server),
            "no time server answered: " + server.name() + ": no answer within 300ms");
  EXPECT_EQ(server.asked(), 3);
}

TEST(Clock, NobodyThereIsSaidAtOnce) {
  std::string name;
  {
    Server gone(behind(0));
    name = gone.name();
  }
  const auto began = os::steady_us();
  const auto seen = look("60000", {name});
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().message, "no time server answered: " + name + ": Connection refused");
  EXPECT_LT(os::steady_us() - began, 30 * kSecond);
}

TEST(Clock, ANameThatDoesNotExistIsAReason) {
  const auto seen = look("300", {"no.such.host.invalid."});
  ASSERT_FALSE(seen);
  EXPECT_THAT(seen.error().message, HasSubstr("no.such.host.invalid.: look up its address: "));
}

TEST(Clock, WithoutServersOnlyTheKernelIsAsked) {
  const auto seen = look("300", {});
  ASSERT_TRUE(seen);
  EXPECT_THAT(
      *seen,
      MatchesRegex(
          R"(\{"servers":\[\],"offset_us":null,"kernel":\{"synchronised":(true|false)\}\})"));
}

TEST(Clock, ArgumentsThatMakeNoSenseAreRefusedInASentence) {
  const auto refused = [](std::vector<std::string_view> arguments) {
    arguments.insert(arguments.begin(), "clock");
    const Printed printed = run(arguments);
    EXPECT_EQ(printed.exit_code, 64);
    EXPECT_EQ(printed.output, "");
    return printed.error;
  };
  EXPECT_THAT(refused({}), StartsWith("clock: expected TIMEOUT_MS, from 1 to 60000"));
  EXPECT_THAT(refused({"0"}), HasSubstr("got `0`"));
  EXPECT_THAT(refused({"60001"}), HasSubstr("got `60001`"));
  EXPECT_THAT(refused({"2s"}), HasSubstr("got `2s`"));
  EXPECT_THAT(refused({"100", "a:0"}), StartsWith("clock: `a:0` is no time server"));
  std::vector<std::string_view> many(18, "127.0.0.1:9");
  many[0] = "100";
  EXPECT_THAT(refused(many), StartsWith("clock: 17 time servers, expected at most 16"));
}

}  // namespace
}  // namespace hammock::gauge
