#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "wire/courier.h"
#include "wire/notify.h"
#include "wire/spec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hammock::wire;
  constexpr std::size_t kHeadBytes = 8;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (std::size_t fds : {0U, 1U}) {
    auto notify = parse_notify(bytes, fds);
    if (notify) HAMMOCK_ASSERT(!(notify->stopping && notify->ready));
  }
  // Whatever can be read can be written again and means the same.
  auto spec = decode_spec(bytes);
  if (spec) {
    auto again = decode_spec(encode_spec(*spec));
    HAMMOCK_ASSERT(again && *again == *spec);
  }
  if (auto order = decode_order(bytes)) {
    auto frame = encode_order(*order);
    auto again = frame ? decode_order(frame->substr(kHeadBytes)) : order;
    HAMMOCK_ASSERT(frame && again && *again == *order);
  }
  if (auto answer = decode_answer(bytes)) {
    auto frame = encode_answer(*answer);
    auto again = frame ? decode_answer(frame->substr(kHeadBytes)) : answer;
    HAMMOCK_ASSERT(frame && again && *again == *answer);
  }
  Frames frames;
  frames.feed(bytes);
  for (auto next = frames.next(); next && *next; next = frames.next()) {
    HAMMOCK_ASSERT((*next)->size() <= bytes.size());
  }
  return 0;
}
