#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "courier/dns_message.h"
#include "wire/courier.h"

// Whatever a name server says can be told on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hammock;
  auto result = courier::parse_dns_answer({reinterpret_cast<const char*>(data), size});
  if (!result) return 0;
  wire::Answer answer;
  answer.what = *result;
  auto frame = wire::encode_answer(answer);
  HAMMOCK_ASSERT(frame.has_value());
  return 0;
}
