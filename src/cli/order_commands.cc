#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/order.h"

namespace hammock::cli {
namespace {

// The errors of a refused configuration, a line each: file:line:column: code: message.
void show_errors(const Session& session, const Json& errors) {
  for (const Json& error : errors.items()) {
    std::string place = printable(error["file"].text_or(""));
    if (auto line = error["line"].integer()) place += ":" + std::to_string(*line);
    if (auto column = error["column"].integer()) place += ":" + std::to_string(*column);
    session.err.write(place + ": " + printable(error["code"].text_or("error")) + ": " +
                      printable(error["message"].text_or("")) + "\n");
  }
}

int end_of(const Session& session, const OrderEnd& end) {
  std::string message = printable(end.message);
  if (end.state == "done") {
    session.out.write((message.empty() ? "done" : message) + "\n");
    return code(Exit::kDone);
  }
  show_errors(session, end.errors);
  if (!end.errors.items().empty()) {
    return say(session, Exit::kConfiguration,
               message.empty() ? "the configuration has mistakes; nothing was changed" : message);
  }
  bool refused = end.state == "refused";
  return say(session, refused ? Exit::kRefused : Exit::kAgain,
             (refused ? "refused: " : "failed: ") + message);
}

}  // namespace

int carry_out(const Session& session, std::string_view verb, std::string_view subject) {
  Progress progress(session.out);
  auto end = give_order(session.places.control(), {std::string(verb), std::string(subject)},
                        [&](std::string_view text) { progress.show(printable(text)); });
  progress.clear();
  if (end) return end_of(session, *end);
  if (end.error().code == ErrorCode::kUnavailable) {
    // 503: it runs, but can promise nothing; its sentence says why.
    bool answered = brain_status(session).has_value();
    return answered ? say(session, end.error()) : say_not_running(session);
  }
  return say(session, end.error());
}

int run_apply(const Session& session, const Invocation&) {
  return carry_out(session, "apply", "");
}

int run_service_order(const Session& session, const Invocation& invocation) {
  std::string name = *invocation.value("NAME");
  // Asked first, so that a name that nobody knows is a mistake of the command line, not a refusal.
  auto status = brain_status(session);
  if (status) {
    auto known = service_names(*status);
    if (std::ranges::find(known, name) == known.end()) {
      return say_unknown_service(session, name, known);
    }
  } else if (status.error().code == ErrorCode::kNotPermitted) {
    return say(session, status.error());
  }
  return carry_out(session, invocation.command->name, name);
}

}  // namespace hammock::cli
