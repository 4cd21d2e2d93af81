#include "shell/observe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <memory>

#include "shell/link.h"

namespace hammock::shell {
namespace {

constexpr std::uint32_t kCapacity = 8;

// A ledger in memory, written as the keeper would.
class ObserveTest : public testing::Test {
 protected:
  ObserveTest()
      : bytes_(static_cast<std::byte*>(std::aligned_alloc(4096, rounded())), &std::free),
        ledger_(bytes_.get(), wire::ledger_bytes(kCapacity)) {
    std::fill_n(bytes_.get(), rounded(), std::byte{});
    new (bytes_.get()) wire::Header();
    ledger_.header().capacity = kCapacity;
    ledger_.header().slots_used = kCapacity;
  }
  static std::size_t rounded() { return (wire::ledger_bytes(kCapacity) + 4095) / 4096 * 4096; }

  void define(std::uint32_t slot, std::string_view service, std::uint32_t instance) {
    wire::SlotWriter writer(ledger_.slot(slot));
    copy_text(writer->service, service);
    writer->instance = instance;
    writer->phase = wire::Phase::kIdle;
  }
  void run(std::uint32_t slot, std::uint64_t generation, std::uint32_t pid) {
    ledger_.slot(slot).life = wire::make_life(generation, pid);
    wire::SlotWriter writer(ledger_.slot(slot));
    writer->phase = wire::Phase::kRunning;
    writer->generation = generation;
  }
  std::optional<service::SlotView> look(std::uint32_t slot) {
    auto event = book_.look(ledger_, slot, Duration(0));
    if (!event || !std::holds_alternative<service::SlotSeen>(*event)) return std::nullopt;
    return std::get<service::SlotSeen>(*event).view;
  }

  std::unique_ptr<std::byte, decltype(&std::free)> bytes_;
  wire::Ledger ledger_;
  SlotBook book_;
};

TEST_F(ObserveTest, ReadsEverySlotAtOnce) {
  define(1, "web", 1);
  define(4, "web", 2);
  run(4, 3, 77);
  auto views = book_.read_all(ledger_, Duration(0));
  ASSERT_EQ(views.size(), 2U);
  EXPECT_EQ(views[0].service, "web");
  EXPECT_EQ(views[0].slot, 1U);
  EXPECT_EQ(views[0].pid, 0);
  EXPECT_EQ(views[1].instance, 2U);
  EXPECT_EQ(views[1].pid, 77);
  EXPECT_EQ(views[1].phase, service::SlotPhase::kRunning);
  EXPECT_EQ(book_.find("web", 2), 4U);
  EXPECT_EQ(book_.find("web", 3), std::nullopt);
}

TEST_F(ObserveTest, ASlotThatHasNotChangedTellsNobody) {
  define(0, "web", 1);
  book_.read_all(ledger_, Duration(0));
  EXPECT_FALSE(look(0));
  run(0, 1, 5);
  ASSERT_TRUE(look(0));
  EXPECT_FALSE(look(0));
  EXPECT_TRUE(book_.look_again(ledger_, "web", 1, Duration(0)));
}

TEST_F(ObserveTest, SignsOfLifeAreMovedOnByTheTimeThatTheMachineSlept) {
  define(0, "job.search", 1);
  run(0, 1, 5);
  EXPECT_EQ(book_.read_all(ledger_, Duration(0))[0].active, std::nullopt);
  ledger_.slot(0).active_us = 1000;
  auto view = book_.read_all(ledger_, Duration(500))[0];
  EXPECT_EQ(view.active, Steady(Duration(1500)));
  EXPECT_FALSE(view.output_held);
  wire::SlotWriter(ledger_.slot(0))->log_errno = ENOSPC;
  EXPECT_TRUE(book_.read_all(ledger_, Duration(0))[0].output_held);
}

TEST_F(ObserveTest, APidOfAnotherGenerationIsNobody) {
  define(0, "web", 1);
  run(0, 2, 5);
  ledger_.slot(0).life = wire::make_life(1, 5);
  EXPECT_EQ(book_.read_all(ledger_, Duration(0))[0].pid, 0);
  ledger_.slot(0).life = wire::make_life(2, wire::kRevoked);
  EXPECT_EQ(book_.read_all(ledger_, Duration(0))[0].pid, 0);
}

TEST_F(ObserveTest, ExitsComeInOrderWithWhatIsKnown) {
  define(0, "web", 1);
  {
    wire::SlotWriter writer(ledger_.slot(0));
    for (std::uint64_t generation = 3; generation <= 6; ++generation) {
      wire::ExitRecord& record = writer->exits[generation % wire::kExitsKept];
      record.generation = generation;
      record.wait_status = static_cast<int>(generation) << 8;
      record.status_known = generation != 4;
      record.ran_us = generation == 5 ? -1 : 1000;
    }
    writer->exits[6 % wire::kExitsKept].stage = wire::Stage::kExec;
    writer->exits[6 % wire::kExitsKept].stage_errno = ENOENT;
  }
  auto exits = book_.read_all(ledger_, Duration(0))[0].exits;
  ASSERT_EQ(exits.size(), 4U);
  EXPECT_EQ(exits[0].generation, 3U);
  EXPECT_EQ(WEXITSTATUS(*exits[0].wait_status), 3);
  EXPECT_EQ(exits[1].wait_status, std::nullopt);
  EXPECT_EQ(exits[2].ran, std::nullopt);
  EXPECT_EQ(exits[3].stage_name, wire::stage_name(wire::Stage::kExec));
  EXPECT_EQ(exits[3].stage_errno, ENOENT);
  EXPECT_EQ(exits[2].stage_name, "");
}

TEST_F(ObserveTest, TimesOfNotifyAreBroughtToOurClock) {
  define(0, "web", 1);
  {
    wire::SlotWriter writer(ledger_.slot(0));
    writer->said.reloading_us = 1000;
    writer->said.watchdog_us = 500;
  }
  auto view = book_.read_all(ledger_, Duration(7))[0];
  EXPECT_EQ(view.reloading_since, Steady(Duration(1007)));
  EXPECT_EQ(view.watchdog_fed, Steady(Duration(500)));
  EXPECT_EQ(view.extend_until, std::nullopt);
}

TEST_F(ObserveTest, AFreedSlotIsGoneOnce) {
  define(0, "web", 1);
  book_.read_all(ledger_, Duration(0));
  {
    wire::SlotWriter(ledger_.slot(0))->phase = wire::Phase::kFree;
  }
  auto event = book_.look(ledger_, 0, Duration(0));
  ASSERT_TRUE(event && std::holds_alternative<service::SlotGone>(*event));
  EXPECT_EQ(std::get<service::SlotGone>(*event).service, "web");
  EXPECT_FALSE(book_.look(ledger_, 0, Duration(0)));
  EXPECT_EQ(book_.find("web", 1), std::nullopt);
}

TEST_F(ObserveTest, ReservesTheLowestFreeSlotUntilItIsFull) {
  define(0, "db", 1);
  book_.read_all(ledger_, Duration(0));
  EXPECT_EQ(book_.reserve(ledger_, "db", 1), 0U);
  EXPECT_EQ(book_.reserve(ledger_, "web", 1), 1U);
  EXPECT_EQ(book_.reserve(ledger_, "web", 1), 1U);
  EXPECT_FALSE(look(1)) << "reserved, but not in the ledger yet";
  define(1, "web", 1);
  EXPECT_TRUE(look(1));
  for (std::uint32_t n = 2; n <= kCapacity - 1; ++n) {
    EXPECT_EQ(book_.reserve(ledger_, "web", n), n);
  }
  EXPECT_EQ(book_.reserve(ledger_, "more", 1), std::nullopt);
  book_.release(3);
  EXPECT_EQ(book_.reserve(ledger_, "more", 1), 3U);
}

TEST_F(ObserveTest, ATornSlotIsLookedAtAgain) {
  define(0, "web", 1);
  book_.read_all(ledger_, Duration(0));
  ledger_.slot(0).sequence.fetch_add(1);
  EXPECT_FALSE(look(0));
  EXPECT_EQ(book_.torn(), std::vector<std::uint32_t>{0});
  EXPECT_FALSE(book_.look_again(ledger_, "web", 1, Duration(0)));
  ledger_.slot(0).sequence.fetch_add(1);
  EXPECT_TRUE(look(0));
  EXPECT_TRUE(book_.torn().empty());
}

TEST_F(ObserveTest, ANewLogSegmentIsNoticedOnce) {
  define(0, "web", 2);
  book_.read_all(ledger_, Duration(0));
  EXPECT_TRUE(book_.take_segment_changes().empty());
  {
    wire::SlotWriter(ledger_.slot(0))->log_segment = 3;
  }
  look(0);
  auto changes = book_.take_segment_changes();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].service, "web");
  EXPECT_EQ(changes[0].instance, 2U);
  EXPECT_EQ(changes[0].writing, 3U);
  EXPECT_TRUE(book_.take_segment_changes().empty());
}

}  // namespace
}  // namespace hammock::shell
