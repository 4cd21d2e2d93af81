// Any bytes: no crash, offsets inside the text, faults in order, names well formed.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "shell/resolve/env_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  hammock::resolve::EnvFile file = hammock::resolve::parse_env_file(text);
  std::size_t last = 0;
  for (const hammock::resolve::EnvFault& fault : file.faults) {
    HAMMOCK_ASSERT(fault.begin >= last && fault.begin <= fault.end && fault.end <= size);
    last = fault.begin;
  }
  for (const hammock::resolve::EnvEntry& entry : file.entries) {
    HAMMOCK_ASSERT(!entry.name.empty() && entry.value.find('\0') == std::string::npos);
    HAMMOCK_ASSERT(text.substr(entry.offset).starts_with(entry.name));
  }
  return 0;
}
