#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "wire/hold_name.h"
#include "wire/ledger.h"
#include "wire/link.h"
#include "wire/log_index.h"

namespace hammock::wire {
namespace {

struct alignas(4096) Page {
  std::array<std::byte, 4096> bytes{};
};

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() : pages_(2 + ledger_bytes(4) / sizeof(Page)) {
    new (pages_.data()) Header;
    header().capacity = 4;
  }
  Header& header() { return *reinterpret_cast<Header*>(pages_.data()); }
  Ledger ledger(std::size_t bytes = ledger_bytes(4)) { return Ledger(pages_.data(), bytes); }

  std::vector<Page> pages_;
};

TEST_F(LedgerTest, SaysWhyItIsNotOne) {
  EXPECT_EQ(ledger().problem(), nullptr);
  EXPECT_STREQ(Ledger().problem(), "it is too short");
  EXPECT_STREQ(ledger(ledger_bytes(4) - 1).problem(), "it is cut short");
  header().version = 77;
  EXPECT_STREQ(ledger().problem(), "it was written by another version");
  header().version = kLedgerVersion;
  header().capacity = kSlotsMax + 1;
  EXPECT_STREQ(ledger().problem(), "its capacity is out of range");
  header().magic = 1;
  EXPECT_STREQ(ledger().problem(), "it is not a ledger");
}

TEST_F(LedgerTest, SlotsDoNotOverlapAndEndInside) {
  Ledger l = ledger();
  for (std::uint32_t i = 0; i + 1 < 4; ++i) {
    EXPECT_EQ(
        reinterpret_cast<std::byte*>(&l.slot(i + 1)) - reinterpret_cast<std::byte*>(&l.slot(i)),
        static_cast<std::ptrdiff_t>(kSlotBytes));
  }
  EXPECT_LE(reinterpret_cast<std::byte*>(&l.slot(3)) + kSlotBytes,
            pages_.front().bytes.data() + ledger_bytes(4));
}

TEST_F(LedgerTest, WriterShowsAndAWriterKilledInsideIsTorn) {
  Slot& slot = ledger().slot(1);
  {
    SlotWriter writer(slot);
    writer->generation = 7;
    EXPECT_TRUE(read_slot(slot).torn);
  }
  SlotCopy copy = read_slot(slot);
  EXPECT_FALSE(copy.torn);
  EXPECT_EQ(copy.data.generation, 7U);
  // Killed inside: the destructor never ran. The next writer repairs.
  slot.sequence.fetch_add(1);
  EXPECT_TRUE(read_slot(slot).torn);
  {
    SlotWriter repair(slot);
  }
  EXPECT_FALSE(read_slot(slot).torn);
}

TEST_F(LedgerTest, DamagedTextIsTerminated) {
  Slot& slot = ledger().slot(0);
  std::memset(static_cast<void*>(&slot.data), 'x', sizeof slot.data);
  EXPECT_EQ(read_slot(slot).data.name().size(), kNameBytes - 1);
}

TEST_F(LedgerTest, ReadersNeverSeeHalfAChange) {
  Slot& slot = ledger().slot(2);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::uint64_t i = 1; !stop; ++i) {
      SlotWriter w(slot);
      w->generation = i;
      w->said.status.fill(static_cast<char>('a' + i % 26));
      w->spec = i;
    }
  });
  for (int good = 0; good < 2000;) {
    SlotCopy copy = read_slot(slot);
    if (copy.torn) continue;
    ++good;
    ASSERT_EQ(copy.data.generation, copy.data.spec);
    ASSERT_EQ(copy.data.said.status[0], copy.data.said.status[kStatusBytes - 2]);
  }
  stop = true;
  writer.join();
}

TEST(Life, PacksGenerationAndPid) {
  std::uint64_t life = make_life(5, 1234);
  EXPECT_EQ(life_generation(life), 5U);
  EXPECT_EQ(life_pid(life), 1234U);
  EXPECT_EQ(life_pid(make_life(5, kRevoked)), kRevoked);
}

TEST(Stages, AllHaveNames) {
  for (std::uint32_t i = 0; i <= static_cast<std::uint32_t>(Stage::kExec); ++i) {
    EXPECT_NE(stage_name(static_cast<Stage>(i)), "unknown") << i;
  }
  EXPECT_EQ(stage_name(static_cast<Stage>(99)), "unknown");
}

TEST(Link, MessagesFitOneSmallPacket) {
  EXPECT_LE(sizeof(OrderMessage), 512U);
  EXPECT_LE(sizeof(HintMessage), 512U);
}

TEST(LogIndex, FindsTheTimeOfAnOffset) {
  std::vector<LogIndexEntry> entries = {{0, 100}, {10, 200}, {10, 250}, {30, 300}};
  EXPECT_EQ(log_time_at({}, 5), std::nullopt);
  EXPECT_EQ(log_time_at(entries, 0), 100);
  EXPECT_EQ(log_time_at(entries, 9), 100);
  EXPECT_EQ(log_time_at(entries, 10), 250);
  EXPECT_EQ(log_time_at(entries, 29), 250);
  EXPECT_EQ(log_time_at(entries, 1 << 20), 300);
}

TEST(LogIndex, NamesAreSortableAndReadable) {
  EXPECT_STREQ(log_file_name(42, ".log").data(), "00000042.log");
  EXPECT_STREQ(log_file_name(kLogSegmentMax, ".idx").data(), "99999999.idx");
  EXPECT_EQ(log_file_number("00000042.log"), 42U);
  EXPECT_EQ(log_file_number("00000042.log.zst"), 42U);
  for (const char* other : {"", ".", "0000042.log", "0000004x.log", "00000042", "notes.txt"}) {
    EXPECT_EQ(log_file_number(other), std::nullopt) << other;
  }
}

TEST(HoldName, SaysWhatAManagerKeepsAndBack) {
  Hold listening;
  listening.kind = HoldKind::kListen;
  listening.index = 2;
  std::string_view("web.1").copy(listening.service.data(), listening.service.size());
  EXPECT_EQ(name_of_hold(listening), "listen/2/web.1");
  auto back = hold_of_name("listen/2/web.1");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->kind, HoldKind::kListen);
  EXPECT_EQ(back->index, 2U);
  EXPECT_STREQ(back->service.data(), "web.1");
  EXPECT_STREQ(back->name.data(), "web.1");
  Hold stored;
  stored.kind = HoldKind::kStored;
  stored.slot = 7;
  stored.index = 3;
  stored.flags = 1;
  std::string_view("web.1").copy(stored.service.data(), stored.service.size());
  std::string_view("my/state").copy(stored.name.data(), stored.name.size());
  EXPECT_EQ(name_of_hold(stored), "stored/7/web.1/3/1/my/state");
  back = hold_of_name("stored/7/web.1/3/1/my/state");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->slot, 7U);
  EXPECT_STREQ(back->service.data(), "web.1");
  EXPECT_EQ(back->index, 3U);
  EXPECT_EQ(back->flags, 1U);
  EXPECT_STREQ(back->name.data(), "my/state");
}

TEST(HoldName, WhatIsNotOursOrTooLongHasNone) {
  Hold notify;
  notify.kind = HoldKind::kNotify;
  EXPECT_EQ(name_of_hold(notify), "");
  Hold stored;
  stored.kind = HoldKind::kStored;
  std::fill_n(stored.name.begin(), 250, 'x');
  EXPECT_EQ(name_of_hold(stored), "");
  std::string_view("a:b").copy(stored.name.data(), stored.name.size());
  EXPECT_EQ(name_of_hold(stored), "");
  for (std::string_view name :
       {"", "stored", "listen/", "listen/web", "listen/1", "listen/1/", "listen/-1/web",
        "listen/99999999999/web", "stored/1/state", "stored/1/0/", "stored/1//1/0/state",
        "stored/1/web/1/0/", "stored/1/web/1/state", "other/1/web"}) {
    EXPECT_FALSE(hold_of_name(name)) << name;
  }
  EXPECT_FALSE(hold_of_name("listen/1/" + std::string(300, 'x')));
}

}  // namespace
}  // namespace hammock::wire
