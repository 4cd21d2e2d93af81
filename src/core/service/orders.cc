#include "core/service/orders.h"

#include "base/variant.h"

namespace hammock::service {

std::string_view order_name(const Order& order) {
  return match(
      order, [](const Define&) { return "define"; }, [](const Forget&) { return "forget"; },
      [](const Spawn&) { return "spawn"; }, [](const Signal&) { return "signal"; },
      [](const SignalGroup&) { return "signal group"; }, [](const Kill&) { return "kill"; },
      [](const Arm&) { return "arm"; }, [](const DropStored&) { return "drop stored"; },
      [](const Look&) { return "look"; }, [](const ProbeTcp&) { return "probe tcp"; },
      [](const RunCommand&) { return "run command"; }, [](const Reply&) { return "reply"; },
      [](const ExitHammock&) { return "exit"; });
}

std::string_view reply_word(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::kAccepted:
      return "accepted";
    case ReplyKind::kProgress:
      return "progress";
    case ReplyKind::kDone:
      return "done";
    case ReplyKind::kFailed:
      return "failed";
    case ReplyKind::kRefused:
      break;
  }
  return "refused";
}

}  // namespace hammock::service
