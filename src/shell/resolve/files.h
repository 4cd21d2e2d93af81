// Reading the files that a configuration names: whole, bounded, and never a device or a pipe, which
// could block us or never end.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "base/result.h"

namespace hammock::resolve {

struct FileText {
  std::string text;
  unsigned mode = 0;  // permission bits
};

// Symbolic links are followed. Errors: kNotFound, kNotPermitted, kSystem; kInvalid when it is not a
// regular file or holds more than `bytes_max`. The message says what and why, without the path.
Result<FileText> read_regular_file(const std::string& path, std::size_t bytes_max);

// `path` when it is absolute, else below `folder`; "." and ".." are resolved as text.
std::string below(const std::string& folder, const std::string& path);

// What access(2) says of paths, each asked once: a thousand services are often one program.
class Presence {
 public:
  bool is_there(const std::string& path) { return ask(path, F_OK); }
  bool is_executable(const std::string& path) { return ask(path, X_OK); }

 private:
  bool ask(const std::string& path, int mode);
  std::map<std::pair<std::string, int>, bool> answers_;
};

}  // namespace hammock::resolve
