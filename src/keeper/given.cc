// What a service manager kept for us while neither keeper nor brain lived (FDSTORE, at the brain's
// request): it gives it back to the process that it starts, which became the keeper.
#include <fcntl.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "keeper/state.h"
#include "os/file.h"
#include "os/service_manager.h"
#include "wire/hold_name.h"

namespace hammock::keeper {
namespace {

// Slots are known by the ledger: when it is gone, or the slot is another's by now, what had been
// stored belongs to nobody.
bool has_owner(const Keeper& k, const wire::Hold& hold) {
  if (hold.kind != wire::HoldKind::kStored) return true;
  if (hold.slot >= k.slots_end || !k.slots[hold.slot].defined) return false;
  const wire::SlotData& data = k.ledger.slot(hold.slot).data;
  return data.name() == hold.service.data() && data.instance == hold.index;
}

}  // namespace

void take_given(Keeper& k) {
  const int count = os::given_descriptors();
  const std::string token =
      os::read_file(std::string(k.runtime.view()) + "/fd-token").value_or("") + "/";
  const char* listed = std::getenv("LISTEN_FDNAMES");
  std::string_view names = listed == nullptr ? "" : listed;
  for (int i = 0; i < count; ++i) {
    os::UniqueFd fd(os::kGivenFirst + i);
    ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
    std::string_view name = names.substr(0, names.find(':'));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    if (token.size() != wire::kFdTokenBytes + 1 || !name.starts_with(token)) continue;
    name.remove_prefix(token.size());
    auto known = wire::hold_of_name(name);
    if (known && has_owner(k, *known)) hold(k, *known, std::move(fd), HoldFrom::kManager);
  }
  os::forget_given_descriptors();
}

}  // namespace hammock::keeper
