// The ledger's file: created or taken over by the keeper, mapped read-only by everybody else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "os/unique_fd.h"
#include "wire/ledger.h"

namespace hammock::os {

class LedgerFile {
 public:
  // For the keeper, which must hold R/keeper.lock: takes over the file in place when boot and
  // version are ours, so that readers keep seeing it; else replaces it by an empty one.
  static Result<LedgerFile> create(const std::string& path,
                                   std::uint32_t capacity = wire::kSlotsMax);
  // For readers. kNotFound, kCorrupt; kUnavailable when it describes another boot.
  static Result<LedgerFile> read(const std::string& path);

  LedgerFile() = default;
  LedgerFile(LedgerFile&& other) noexcept
      : fd_(std::move(other.fd_)),
        base_(std::exchange(other.base_, nullptr)),
        bytes_(other.bytes_),
        fresh_(other.fresh_),
        reserved_(other.reserved_) {}
  LedgerFile& operator=(LedgerFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    std::swap(fresh_, other.fresh_);
    std::swap(reserved_, other.reserved_);
    return *this;
  }
  ~LedgerFile();

  wire::Ledger ledger() const { return wire::Ledger(base_, bytes_); }
  bool fresh() const { return fresh_; }  // create() made it anew
  // Makes sure that the bytes of slots up to `slot` can be written: a hole in a full file system
  // would kill the writer with SIGBUS. 0 or errno. Only after create().
  int reserve(std::uint32_t slot);

 private:
  UniqueFd fd_;
  void* base_ = nullptr;
  std::size_t bytes_ = 0;
  bool fresh_ = false;
  std::uint32_t reserved_ = 0;  // the slots before it are
};

}  // namespace hammock::os
