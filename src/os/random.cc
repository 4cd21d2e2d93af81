#include "os/random.h"

#include <sys/random.h>

#include <array>
#include <string_view>

namespace hammock::os {

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  // Sixteen bytes come whole, once the kernel has any at all.
  [[maybe_unused]] ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);  // variant of RFC 9562
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

}  // namespace hammock::os
