#include "shell/resolve/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/text.h"
#include "os/unique_fd.h"

namespace hammock::resolve {
namespace {

std::string_view file_kind(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

Result<FileText> read_regular_file(const std::string& path, std::size_t bytes_max) {
  os::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) {
    if (errno == ENXIO) return fail(ErrorCode::kInvalid, "it is a socket, not a file");
    return fail_errno("it cannot be opened");
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail_errno("it cannot be examined");
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalid,
                "it is " + std::string(file_kind(status.st_mode)) + ", not a file");
  }
  FileText result{{}, static_cast<unsigned>(status.st_mode) & 07777U};
  std::array<char, 65536> buffer{};
  for (;;) {
    ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("it cannot be read");
    if (count == 0) return result;
    result.text.append(buffer.data(), static_cast<std::size_t>(count));
    if (result.text.size() > bytes_max) {
      return fail(ErrorCode::kInvalid, "it is larger than " + format_size(bytes_max));
    }
  }
}

std::string below(const std::string& folder, const std::string& path) {
  const bool is_plain = path.starts_with('/') && !path.ends_with('/') &&
                        path.find("//") == std::string::npos &&
                        path.find("/.") == std::string::npos;
  if (is_plain) return path;  // the usual case; what follows costs ten times as much
  std::string whole = (std::filesystem::path(folder) / path).lexically_normal().string();
  if (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
  return whole;
}

bool Presence::ask(const std::string& path, int mode) {
  auto [entry, is_new] = answers_.try_emplace({path, mode});
  if (is_new) entry->second = ::access(path.c_str(), mode) == 0;
  return entry->second;
}

}  // namespace hammock::resolve
