#include "os/ledger_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <new>

#include "os/process.h"
#include "os/unique_fd.h"

namespace hammock::os {
namespace {

struct Mapping {
  void* base = nullptr;
  std::size_t bytes = 0;
  UniqueFd fd;
};

// An empty mapping when the file is too short to hold a ledger.
Result<Mapping> map_file(const std::string& path, int open_flags, int protection) {
  UniqueFd fd(::open(path.c_str(), open_flags | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return fail_errno("cannot open " + path);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail_errno("cannot stat " + path);
  auto bytes = static_cast<std::size_t>(info.st_size);
  if (bytes < wire::kHeaderBytes) return Mapping{};
  void* base = ::mmap(nullptr, bytes, protection, MAP_SHARED, fd.get(), 0);
  if (base == MAP_FAILED) return fail_errno("cannot map " + path);
  return Mapping{base, bytes, std::move(fd)};
}

// Complete before it gets its name: a reader never finds half a header.
Result<Mapping> make_file(const std::string& path, std::uint32_t capacity) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  std::size_t bytes = wire::ledger_bytes(capacity);
  {
    UniqueFd fd(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return fail_errno("cannot create " + temporary);
    if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) {
      return fail_errno("cannot size " + temporary);
    }
    // A hole that cannot be filled later would kill the keeper with SIGBUS: take the header and the
    // first slots now, so that a full runtime directory is refused here. Later slots are checked
    // when they are defined.
    if (int reason = ::posix_fallocate(fd.get(), 0, wire::kHeaderBytes); reason != 0) {
      return fail_errno("cannot fill " + temporary, reason);
    }
  }
  auto mapping = map_file(temporary, O_RDWR, PROT_READ | PROT_WRITE);
  if (!mapping) return mapping;
  auto* header = new (mapping->base) wire::Header;
  header->capacity = capacity;
  header->boot_id = boot_id();
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    int reason = errno;
    ::munmap(mapping->base, mapping->bytes);
    return fail_errno("cannot name " + path, reason);
  }
  return mapping;
}

}  // namespace

Result<LedgerFile> LedgerFile::create(const std::string& path, std::uint32_t capacity) {
  LedgerFile file;
  auto existing = map_file(path, O_RDWR, PROT_READ | PROT_WRITE);
  if (existing && existing->base != nullptr) {
    file.base_ = existing->base;
    file.bytes_ = existing->bytes;
    file.fd_ = std::move(existing->fd);
    if (file.ledger().problem() == nullptr && file.ledger().header().boot_id == boot_id()) {
      return file;
    }
  }
  auto made = make_file(path, capacity);
  if (!made) return std::unexpected(std::move(made).error());
  LedgerFile anew;
  anew.base_ = made->base;
  anew.bytes_ = made->bytes;
  anew.fd_ = std::move(made->fd);
  anew.fresh_ = true;
  return anew;
}

Result<LedgerFile> LedgerFile::read(const std::string& path) {
  auto mapping = map_file(path, O_RDONLY, PROT_READ);
  if (!mapping) return std::unexpected(std::move(mapping).error());
  LedgerFile file;
  file.base_ = mapping->base;
  file.bytes_ = mapping->bytes;
  if (const char* problem = file.ledger().problem()) {
    return fail(ErrorCode::kCorrupt, path + ": " + problem);
  }
  if (file.ledger().header().boot_id != boot_id()) {
    return fail(ErrorCode::kUnavailable, path + " describes an earlier boot of this machine");
  }
  return file;
}

// Some slots at a time, because a thousand are asked for in a row; where the disk is almost full,
// the one alone.
int LedgerFile::reserve(std::uint32_t slot) {
  constexpr std::uint32_t kAtOnce = 64;
  if (slot < reserved_) return 0;
  const std::uint32_t capacity = ledger().capacity();
  int reason = 0;
  for (std::uint32_t end : {std::min(slot / kAtOnce * kAtOnce + kAtOnce, capacity), slot + 1}) {
    reason = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(wire::ledger_bytes(end)));
    if (reason != 0) continue;
    reserved_ = end;
    break;
  }
  return reason;
}

LedgerFile::~LedgerFile() {
  if (base_ != nullptr) ::munmap(base_, bytes_);
}

}  // namespace hammock::os
