// ledger_layout: says where the fields of the ledger are, for the reader in tests/e2e/ledger.py,
// which is compared with it.
#include <cstddef>
#include <string>

#include "program.h"
#include "wire/ledger.h"

int main() {
  using namespace hammock::wire;
  std::string text = "{";
  const auto add = [&](const char* name, std::size_t offset) {
    text += std::string(text.size() > 1 ? "," : "") + "\"" + name + "\":" + std::to_string(offset);
  };
  add("header", kHeaderBytes);
  add("slot", kSlotBytes);
  add("boot_id", offsetof(Header, boot_id));
  add("keeper_pid", offsetof(Header, keeper_pid));
  add("brain_started_us", offsetof(Header, brain_started_us));
  add("slots_used", offsetof(Header, slots_used));
  add("shutting_down", offsetof(Header, shutting_down));
  add("life", offsetof(Slot, life));
  add("data", offsetof(Slot, data));
  add("instance", offsetof(SlotData, instance));
  add("generation", offsetof(SlotData, generation));
  add("start_ticks", offsetof(SlotData, start_ticks));
  add("reflex_tokens", offsetof(SlotData, reflex_tokens));
  add("log_segment", offsetof(SlotData, log_segment));
  add("said", offsetof(SlotData, said));
  add("main_pid", offsetof(SlotData, said) + offsetof(Said, main_pid));
  add("ready", offsetof(SlotData, said) + offsetof(Said, ready));
  add("status", offsetof(SlotData, said) + offsetof(Said, status));
  add("exits", offsetof(SlotData, exits));
  add("exit_record", sizeof(ExitRecord));
  add("wait_status", offsetof(ExitRecord, wait_status));
  add("stage", offsetof(ExitRecord, stage));
  add("data_bytes", sizeof(SlotData));
  program::say(text + "}");
}
