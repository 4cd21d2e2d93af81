// One instance: what its slot says, and what to do about it.
#pragma once

#include "core/service/draft.h"

namespace hammock::service {

// Takes in what the slot says: new starts, new ends, and what follows from an end.
void absorb_slot(Draft& draft, ServiceIndex index, const SlotView& view);

// Does what is due for this instance: start it, wait for it to be ready, watch it, stop it.
void settle_instance(Draft& draft, ServiceIndex index, std::uint32_t number);

// Asks the present copy to end. Idempotent; the signal follows when the instance is settled.
void ask_stop(Draft& draft, ServiceIndex index, std::uint32_t number, StopReason reason);

// Copies that run now are to be replaced, and those of services that restart with this one.
void mark_for_restart(Draft& draft, ServiceIndex index, const std::string& because);
void mark_companions(Draft& draft, ServiceIndex index);

void check_ended(Draft& draft, ServiceIndex index, const CheckEnded& event);
void order_refused(Draft& draft, ServiceIndex index, const OrderRefused& event);

// Sends the reload signal, or runs the reload command, for one copy that is ready.
void send_reload(Draft& draft, ServiceIndex index, std::uint32_t number,
                 const std::string& command);

}  // namespace hammock::service
