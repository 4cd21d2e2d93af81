// The entries of a folder, without allocating: opendir(3) does.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "os/unique_fd.h"

namespace hammock::os {

// Calls visit(const char* name, unsigned char type) for every entry but "." and "..", in the order
// of getdents64(2); type is a DT_ constant. Entries may be removed meanwhile. A folder that cannot
// be opened has none.
template <class Visit>
void for_each_entry(const char* folder, Visit visit) {
  UniqueFd fd(::open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  alignas(8) std::array<char, 8192> entries;
  while (fd) {
    long count = ::syscall(SYS_getdents64, fd.get(), entries.data(), entries.size());
    if (count <= 0) return;
    for (long at = 0; at < count;) {
      const char* entry = entries.data() + at;
      std::uint16_t length = 0;
      std::memcpy(&length, entry + 16, sizeof length);  // ino, off, reclen, type, name
      at += length;
      const std::string_view name(entry + 19);
      if (name != "." && name != "..") visit(entry + 19, static_cast<unsigned char>(entry[18]));
    }
  }
}

}  // namespace hammock::os
