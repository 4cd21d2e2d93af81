// HAMMOCK_ASSERT(condition): a bug of ours ends the process at once and loudly; the keeper, or the
// brain, starts a new one. It stays on in release. What the world does wrong is a Result instead.
#pragma once

namespace hammock {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace hammock

#define HAMMOCK_ASSERT(condition) \
  ((condition) ? void(0) : ::hammock::assertion_failed(#condition, __FILE__, __LINE__))
