#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "wire/notify.h"
#include "wire/spec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hammock::wire;
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
  return 0;
}
