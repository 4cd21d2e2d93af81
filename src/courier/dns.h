// The errand that asks name servers one question.
#pragma once

#include "courier/errand.h"
#include "courier/resolve.h"

namespace hammock::courier {

class DnsErrand {
 public:
  DnsErrand(Loop& loop, const wire::DnsErrand& wish, Times times, Done done);
  Trace trace() const { return trace_; }
  wire::ErrandStage stage() const { return wire::ErrandStage::kReceive; }

 private:
  Trace trace_;
  Lookup lookup_;
};

}  // namespace hammock::courier
