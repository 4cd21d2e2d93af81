#include "gauge/content.h"

#include <fmt/format.h>

#include "base/text.h"
#include "os/file.h"

namespace hammock::gauge {

Result<std::string> content_of(const std::string& path, std::size_t bytes_max) {
  auto content = os::read_file(path, bytes_max);
  if (content || content.error().code != ErrorCode::kInvalid) return content;
  return fail(ErrorCode::kUnavailable,
              fmt::format("{} is longer than {}: is it the file that was meant?", path,
                          format_size(bytes_max)));
}

}  // namespace hammock::gauge
