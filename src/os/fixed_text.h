// Text of bounded length on the stack, always NUL-terminated: paths and short lines for code that
// may not allocate. What does not fit is dropped and remembered: ask fits() before using a path.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace hammock::os {

template <std::size_t kBytes>
class FixedText {
 public:
  FixedText() { bytes_[0] = '\0'; }
  template <class... Parts>
  explicit FixedText(const Parts&... parts) : FixedText() {
    (add(parts), ...);
  }

  FixedText& add(std::string_view text) {
    const std::size_t count = std::min(text.size(), kBytes - 1 - size_);
    fits_ = fits_ && count == text.size();
    text.copy(bytes_.data() + size_, count);
    size_ += count;
    bytes_[size_] = '\0';
    return *this;
  }
  FixedText& add(std::integral auto number) {
    std::array<char, 24> digits;
    auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return add(std::string_view(digits.data(), end));
  }
  // Sixteen hexadecimal digits.
  FixedText& add_hex(unsigned long long number) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      add(std::string_view("0123456789abcdef").substr((number >> shift) & 15, 1));
    }
    return *this;
  }

  const char* c_str() const { return bytes_.data(); }
  std::string_view view() const { return {bytes_.data(), size_}; }
  bool fits() const { return fits_; }

 private:
  std::array<char, kBytes> bytes_;  // only what is used is written
  std::size_t size_ = 0;
  bool fits_ = true;
};

using Path = FixedText<512>;

}  // namespace hammock::os
