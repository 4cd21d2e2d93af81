// Any list of registries and any answer: a URL has the form that it promises, texts are printable.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#include "shell/rdap.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hammock;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = shell::rdap_url(text, "Shop.Example.")) {
    const auto lower = to_lower(*url);
    HAMMOCK_ASSERT(lower.starts_with("https://") || lower.starts_with("http://"));
    HAMMOCK_ASSERT(url->ends_with("/domain/shop.example"));
    HAMMOCK_ASSERT(printable(*url) == *url && url->find(' ') == url->npos);
  }
  if (const auto domain = shell::read_rdap(text)) {
    HAMMOCK_ASSERT(printable(domain->name) == domain->name);
    HAMMOCK_ASSERT(printable(domain->registrar) == domain->registrar);
  }
  return 0;
}
