#include "shell/pipes.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <utility>

#include "os/file.h"

namespace hammock::shell {

Pipes::Pipes(const std::string& runtime) : folder_(runtime + "/out/") {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) held_max_ = limit.rlim_cur / 2;
}

void Pipes::keep(std::uint32_t slot) {
  if (slot >= held_.size() || !held_[slot]) renew(slot);
}

void Pipes::renew(std::uint32_t slot) {
  if (slot >= held_.size()) held_.resize(slot + 1);
  if (!held_[slot] && held_count_ >= held_max_) return;
  std::string path = folder_ + std::to_string(slot) + ".fifo";
  os::UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return;
  if (!held_[slot]) ++held_count_;
  held_[slot] = std::move(fd);  // the old one is let go after the new one is open
}

void Pipes::begin(std::uint32_t slot, const std::function<bool()>& program_lives) {
  const os::UniqueFd held = os::open_read_fifo((folder_ + std::to_string(slot) + ".fifo").c_str());
  renew(slot);
  if (!held && !program_lives()) drop(slot);
}

os::UniqueFd Pipes::writer(std::uint32_t slot) const {
  const std::string path = folder_ + std::to_string(slot) + ".fifo";
  os::UniqueFd fd(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (fd) fcntl(fd.get(), F_SETFL, O_WRONLY);  // only opening must not wait
  return fd;
}

void Pipes::drop(std::uint32_t slot) {
  if (slot >= held_.size() || !held_[slot]) return;
  held_[slot].reset();
  --held_count_;
}

}  // namespace hammock::shell
