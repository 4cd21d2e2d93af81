#include "base/secret.h"

#include <cstddef>

namespace hammock {

bool is_same_secret(std::string_view given, std::string_view secret) {
  if (secret.empty()) return false;
  // Volatile, or the compiler may stop at the first difference.
  volatile std::size_t difference = given.size() ^ secret.size();
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto one = static_cast<unsigned char>(given[i]);
    const auto other = static_cast<unsigned char>(secret[i % secret.size()]);
    difference = difference | static_cast<std::size_t>(one ^ other);
  }
  return difference == 0;
}

}  // namespace hammock
