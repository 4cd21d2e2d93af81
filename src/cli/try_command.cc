#include <poll.h>

#include "cli/commands.h"
#include "cli/try.h"
#include "courier/client/client.h"
#include "os/clock.h"
#include "os/file.h"

namespace hammock::cli {
namespace {

// The courier keeps the deadline itself; this is for one that cannot.
constexpr std::chrono::seconds kPatience{3};

Result<wire::Answer> ask_courier(const Session& session, const wire::Request& request) {
  auto client = courier::Client::start(courier::courier_beside(session.program));
  if (!client) return std::unexpected(client.error());
  HAMMOCK_TRY(client->ask(request));
  const Steady deadline =
      os::read_clocks().steady + std::chrono::milliseconds(request.within_ms) + kPatience;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - os::read_clocks().steady);
    if (left.count() <= 0) break;
    pollfd wait{client->fd(), POLLIN, 0};
    if (client->wants_write()) wait.events |= POLLOUT;
    poll(&wait, 1, static_cast<int>(left.count()));
    HAMMOCK_TRY(client->flush());
    auto answers = client->take();
    if (!answers) return std::unexpected(answers.error());
    if (!answers->empty()) return std::move(answers->front());
  }
  return fail(ErrorCode::kUnavailable, "the courier does not answer");
}

bool is_refused(const wire::Answer& answer) {
  const auto* failed = std::get_if<wire::Failed>(&answer.what);
  return failed != nullptr && failed->stage == wire::ErrandStage::kAsked;
}

}  // namespace

int run_try(const Session& session, const Invocation& invocation) {
  std::string ca;
  if (auto path = invocation.value("ca")) {
    auto read = os::read_file(*path, wire::kCourierCaBytesMax);
    if (!read) return say(session, read.error());
    ca = std::move(*read);
  }
  auto request = try_request(invocation, ca);
  if (!request) return say(session, request.error());
  auto answer = ask_courier(session, *request);
  if (!answer) {
    // A courier that is missing is no mistake in the command line.
    if (answer.error().code == ErrorCode::kNotFound) {
      return say(session, Exit::kConfiguration,
                 answer.error().message + "; it is installed together with hammock");
    }
    return say(session, answer.error());
  }
  if (is_refused(*answer)) {
    return say(session, Exit::kUsage, verdict_of(*request, *answer).sentence);
  }
  if (invocation.flag("json")) {
    session.out.write(try_json(*request, *answer) + "\n");
  } else {
    session.out.write(
        render_try(*request, *answer, invocation.flag("body"), wall_now(), session.out.look()));
  }
  return code(verdict_of(*request, *answer).good ? Exit::kDone : Exit::kAgain);
}

}  // namespace hammock::cli
