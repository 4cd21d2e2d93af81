// ledger_layout: says where the fields of the ledger are, as JSON, for the reader in
// tests/e2e/ledger.py.
#include <cstddef>
#include <string>

#include "program.h"
#include "wire/ledger.h"

namespace {

std::string text = "{";

void add(const char* name, std::size_t value) {
  text += std::string(text.size() > 1 ? "," : "") + "\"" + name + "\":" + std::to_string(value);
}

}  // namespace

int main() {
  using namespace hammock::wire;
  add("magic_value", kLedgerMagic);
  add("header_bytes", kHeaderBytes);
  add("slot_bytes", kSlotBytes);
  add("exit_bytes", sizeof(ExitRecord));
  add("exits_kept", kExitsKept);

  add("capacity", offsetof(Header, capacity));
  add("keeper_pid", offsetof(Header, keeper_pid));
  add("keeper_starts", offsetof(Header, keeper_starts));
  add("brain_pid", offsetof(Header, brain_pid));
  add("brain_starts", offsetof(Header, brain_starts));
  add("slots_used", offsetof(Header, slots_used));
  add("shutting_down", offsetof(Header, shutting_down));

  add("sequence", offsetof(Slot, sequence));
  add("life", offsetof(Slot, life));
  add("active", offsetof(Slot, active_us));
  const std::size_t data = offsetof(Slot, data);
  add("service", data + offsetof(SlotData, service));
  add("instance", data + offsetof(SlotData, instance));
  add("phase", data + offsetof(SlotData, phase));
  add("generation", data + offsetof(SlotData, generation));
  add("pidfs_inode", data + offsetof(SlotData, pidfs_inode));
  add("start_ticks", data + offsetof(SlotData, start_ticks));
  add("reflex_tokens", data + offsetof(SlotData, reflex_tokens));
  add("reflexes", data + offsetof(SlotData, reflexes));
  add("log_segment", data + offsetof(SlotData, log_segment));
  const std::size_t said = data + offsetof(SlotData, said);
  add("main_pid", said + offsetof(Said, main_pid));
  add("ready", said + offsetof(Said, ready));
  add("status", said + offsetof(Said, status));
  add("exits", data + offsetof(SlotData, exits));

  add("exit_generation", offsetof(ExitRecord, generation));
  add("exit_pid", offsetof(ExitRecord, pid));
  add("exit_wait_status", offsetof(ExitRecord, wait_status));
  add("exit_status_known", offsetof(ExitRecord, status_known));
  add("exit_output_known", offsetof(ExitRecord, output_known));
  add("exit_by_reflex", offsetof(ExitRecord, by_reflex));
  add("exit_stage", offsetof(ExitRecord, stage));
  add("exit_stage_errno", offsetof(ExitRecord, stage_errno));
  program::say(text + "}");
}
