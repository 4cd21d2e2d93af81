#include "courier/dns.h"

#include "courier/dns_message.h"

namespace hammock::courier {
namespace {

Outcome outcome_of(const Lookup::Message& message) {
  if (!message) return message.error();
  auto result = parse_dns_answer(*message);
  if (result) return *result;
  return wire::Failed{wire::ErrandStage::kReceive, wire::Reason::kPeer, 0,
                      "the name server sent " + result.error().message};
}

}  // namespace

DnsErrand::DnsErrand(Loop& loop, const wire::DnsErrand& wish, Times times, Done done)
    : lookup_(Lookup::question(loop, {wish.resolvers, times.deadline - times.began}, wish.name,
                               wish.type, [this, times, done](const Lookup::Message& told) {
                                 if (told) trace_.phases.first_byte = times.since_began();
                                 done(outcome_of(told));
                               })) {}

}  // namespace hammock::courier
