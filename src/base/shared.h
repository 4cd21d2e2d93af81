// Shared<T>: a value that never changes again, so that its copies may be one. For what is large and
// handed from one to the next: a configuration, a description.
#pragma once

#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace hammock {

template <class T>
class Shared {
 public:
  Shared() : Shared(T()) {}
  Shared(T value) : shared_(std::make_shared<const T>(std::move(value))) {}  // NOLINT: as a T is

  const T& operator*() const { return *shared_; }
  const T* operator->() const { return shared_.get(); }
  operator const T&() const { return *shared_; }  // NOLINT: as a T is

  friend bool operator==(const Shared& one, const Shared& other) {
    return one.shared_ == other.shared_ || *one.shared_ == *other.shared_;
  }

 private:
  std::shared_ptr<const T> shared_;
};

template <class T>
std::vector<Shared<T>> share_each(std::vector<T> values) {
  return {std::make_move_iterator(values.begin()), std::make_move_iterator(values.end())};
}

}  // namespace hammock
