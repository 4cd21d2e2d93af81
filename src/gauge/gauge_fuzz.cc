#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "gauge/disk.h"
#include "gauge/os_release.h"
#include "gauge/release_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hammock::gauge;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kPath = "/srv/data/x";
  if (auto mount = find_mount(bytes, kPath)) {
    HAMMOCK_ASSERT(kPath.starts_with(mount->mounted));
    HAMMOCK_ASSERT(mount->mounted == "/" || mount->mounted == kPath ||
                   kPath[mount->mounted.size()] == '/');
  }
  if (auto value = os_release_value("f", bytes, "A"); value && *value) {
    HAMMOCK_ASSERT((*value)->size() <= size);
  }
  // Whatever can be read can be written again and means the same, and each line finds itself.
  if (auto table = parse_release_table("f", bytes)) {
    std::string again;
    for (const Release& one : *table) {
      HAMMOCK_ASSERT(is_day(one.ends) && find_release(*table, one.product, one.release) == &one);
      HAMMOCK_ASSERT(newest_release(*table, one.product)->product == one.product);
      again.append(one.product).append(" ").append(one.release).append(" ").append(one.ends);
      again.append("\n");
    }
    auto same = parse_release_table("f", again);
    HAMMOCK_ASSERT(same && *same == *table);
  }
  return 0;
}
