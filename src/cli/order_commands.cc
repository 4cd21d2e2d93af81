#include <algorithm>
#include <filesystem>
#include <optional>

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

// The brain reads the file that it was started with; that one, when it is not the one meant here.
std::optional<std::string> other_file(const Session& session) {
  std::error_code ignored;
  bool is_meant =
      session.configuration_is_given || std::filesystem::exists(session.configuration, ignored);
  auto answer = ask(session.places.control(), "GET", "/v1/version", deadline_in(kAnswerWithin));
  if (!is_meant || !answer) return std::nullopt;
  auto file = answer->body["file"].text();
  if (!file || *file == session.configuration) return std::nullopt;
  return file;
}

}  // namespace

int carry_out(const Session& session, std::string_view verb, std::string_view subject,
              std::optional<std::uint64_t> count) {
  if (verb == "apply") {
    if (auto other = other_file(session)) {
      return say(session, Exit::kRefused,
                 "nothing was applied: Hammock runs from " + printable(*other) + ", not from " +
                     printable(session.configuration) +
                     "; to change over, `hammock down`, then `up` with the other file");
    }
  }
  Progress progress(session.out);
  auto end = give_order(session.places.control(), {std::string(verb), std::string(subject), count},
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
