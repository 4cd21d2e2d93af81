#include "os/file.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "os/fixed_text.h"

namespace hammock::os {
namespace {

struct flock whole_file(short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

ssize_t read_all(int fd, std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    ssize_t count = ::read(fd, into.data() + done, into.size() - done);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(done);
}

ssize_t write_all(int fd, std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(done);
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return fail_errno("cannot read " + path);
  std::string content;
  std::array<char, 16384> part;
  while (true) {
    ssize_t count = ::read(fd.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot read " + path);
    if (count == 0) return content;
    content.append(part.data(), static_cast<std::size_t>(count));
    if (content.size() > bytes_max) return fail(ErrorCode::kInvalid, path + " is too long");
  }
}

Result<void> write_file(const std::string& path, std::string_view content, mode_t mode) {
  std::string temporary = path + ".tmp" + std::to_string(getpid());
  UniqueFd fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return fail_errno("cannot create " + temporary);
  ssize_t written = write_all(fd.get(), content);
  int reason = written < 0 ? static_cast<int>(-written) : 0;
  if (reason == 0 && ::fchmod(fd.get(), mode) != 0) reason = errno;
  if (reason == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) reason = errno;
  if (reason == 0) return {};
  ::unlink(temporary.c_str());
  return fail_errno("cannot write " + path, reason);
}

UniqueFd open_read_fifo(const char* path) {
  return UniqueFd(::open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));  // or ENXIO
}

int make_folders(const char* path, mode_t mode) {
  if (::mkdir(path, mode) == 0) return 0;
  if (errno == EEXIST) return 0;
  if (errno != ENOENT) return errno;
  Path part;
  std::string_view rest = path;
  while (!rest.empty()) {
    std::size_t end = rest.find('/', 1);
    part.add(rest.substr(0, end));
    rest.remove_prefix(std::min(end, rest.size()));
    if (!part.fits()) return ENAMETOOLONG;
    if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) return errno;
  }
  return 0;
}

ssize_t read_small(const char* path, std::span<char> into) {
  UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!fd) return -errno;
  return read_all(fd.get(), into);
}

int write_small(const char* path, std::string_view bytes) {
  UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
  if (!fd) return errno;
  ssize_t count = write_all(fd.get(), bytes);
  return count < 0 ? static_cast<int>(-count) : 0;
}

bool is_same_open_file(int a, int b) {
  const long order = ::syscall(SYS_kcmp, ::getpid(), ::getpid(), KCMP_FILE, a, b);
  if (order >= 0) return order == 0;
  struct stat first{};
  struct stat second{};
  struct statfs fs{};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino && ::fstatfs(a, &fs) == 0 &&
         fs.f_type != ANON_INODE_FS_MAGIC;
}

Result<UniqueFd> lock_file(const std::string& path, mode_t mode) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return fail_errno("cannot open " + path);
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(fd.get(), F_SETLK, &lock) == 0) return fd;
  if (errno == EACCES || errno == EAGAIN) {
    return fail(ErrorCode::kBusy,
                path + " is held by process " + std::to_string(lock_holder(path)));
  }
  return fail_errno("cannot lock " + path);
}

pid_t lock_holder(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return errno == ENOENT ? 0 : -1;
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(fd.get(), F_GETLK, &lock) != 0) return -1;
  return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

}  // namespace hammock::os
