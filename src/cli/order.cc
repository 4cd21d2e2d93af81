#include "cli/order.h"

#include <poll.h>
#include <sys/random.h>

#include <optional>

#include "base/hash.h"
#include "base/json.h"
#include "cli/control.h"

namespace hammock::cli {
namespace {

constexpr int kRetryPauseMs = 50;

std::string new_id() {
  std::uint64_t number = 0;
  auto got = getrandom(&number, sizeof number, 0);
  if (got != sizeof number) {
    number ^=
        static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  }
  return "cli-" + hex64(number);
}

std::string body_of(const Order& order, const std::string& id) {
  JsonWriter json;
  json.object([&] {
    json.member("id", id);
    json.member("verb", order.verb);
    json.member("subject", order.subject.empty() ? std::nullopt : std::optional(order.subject));
    if (order.count) json.member("count", std::to_string(*order.count));
  });
  return json.text();
}

// One try: the end, or nothing when contact was lost, or an error that trying again would not heal.
Result<std::optional<OrderEnd>> try_once(const std::string& socket_path, const std::string& body,
                                         const std::function<void(std::string_view)>& told) {
  auto exchange = Exchange::begin(socket_path, http_request("POST", "/v1/commands", body),
                                  deadline_in(kAnswerWithin));
  if (!exchange) return std::unexpected(std::move(exchange).error());
  // A promise waits for the disk, so the head may take its time.
  auto status = exchange->status(deadline_in(std::chrono::seconds(30)));
  if (!status) return std::optional<OrderEnd>();
  if (*status != 200) {
    auto text = exchange->body(deadline_in(kAnswerWithin));
    auto json = text ? parse_json(*text) : Result<Json>(Json());
    return std::unexpected(error_of({*status, json ? *json : Json()}));
  }
  for (;;) {
    auto line = exchange->line(std::nullopt);
    if (!line || !*line) return std::optional<OrderEnd>();
    auto json = parse_json(**line);
    if (!json) return fail(ErrorCode::kCorrupt, "the brain's answer is no JSON");
    std::string state = (*json)["state"].text_or("");
    std::string message = (*json)["message"].text_or("");
    if (state == "done" || state == "refused" || state == "failed") {
      return std::optional(OrderEnd{state, message, (*json)["errors"]});
    }
    if (!message.empty()) told(message);
  }
}

}  // namespace

Result<OrderEnd> give_order(const std::string& socket_path, const Order& order,
                            const std::function<void(std::string_view)>& told,
                            std::chrono::milliseconds patience) {
  std::string body = body_of(order, new_id());
  bool had_contact = false;
  Deadline give_up = deadline_in(patience);
  for (;;) {
    auto end = try_once(socket_path, body, told);
    if (end && *end) return std::move(**end);
    if (end) {
      if (!had_contact) give_up = deadline_in(patience);
      had_contact = true;
      told("lost contact with the brain; asking again");
    } else if (end.error().code != ErrorCode::kUnavailable || !had_contact) {
      return std::unexpected(std::move(end).error());
    }
    if (std::chrono::steady_clock::now() >= give_up) {
      return fail(ErrorCode::kUnavailable, "the brain does not answer any more");
    }
    poll(nullptr, 0, kRetryPauseMs);
  }
}

}  // namespace hammock::cli
