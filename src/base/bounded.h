// A vector that cannot grow past a named bound and never allocates: for the keeper, and for
// everything that hostile input could make grow.
#pragma once

#include <array>
#include <cstddef>

#include "base/assert.h"

namespace hammock {

template <class T, std::size_t kCapacity>
class BoundedVector {
 public:
  using value_type = T;
  using const_iterator = const T*;

  // False, and unchanged, when full.
  [[nodiscard]] bool push(const T& value) {
    if (size_ == kCapacity) return false;
    items_[size_++] = value;
    return true;
  }
  // Order is not kept.
  void remove_at(std::size_t index) {
    HAMMOCK_ASSERT(index < size_);
    items_[index] = items_[--size_];
  }
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == kCapacity; }
  T& operator[](std::size_t index) {
    HAMMOCK_ASSERT(index < size_);
    return items_[index];
  }
  const T& operator[](std::size_t index) const {
    HAMMOCK_ASSERT(index < size_);
    return items_[index];
  }
  T* begin() { return items_.data(); }
  T* end() { return items_.data() + size_; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }

 private:
  std::array<T, kCapacity> items_{};
  std::size_t size_ = 0;
};

}  // namespace hammock
