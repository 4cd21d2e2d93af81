// Errors are values across module boundaries.
//
// A function that the world can refuse returns Result<T>: a T, or an Error that says what was
// attempted, where, and why it failed. Ignoring a Result is a compile error. Bugs are not Results:
// they are HAMMOCK_ASSERT.
#pragma once

#include <cerrno>
#include <cstring>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace hammock {

// What a caller can do about it; the message says the rest.
enum class ErrorCode {
  kSystem,        // the kernel said no: errno_value tells
  kInvalid,       // input that breaks a rule
  kNotFound,      // a named thing does not exist
  kBusy,          // somebody else holds it; try again
  kNotPermitted,  // privilege is missing
  kCorrupt,       // stored bytes are not what was written
  kUnavailable,   // a peer does not answer
};

struct Error {
  ErrorCode code = ErrorCode::kSystem;
  std::string message;  // a whole sentence without the final stop, for people
  int errno_value = 0;  // 0 when no system call is to blame

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message), 0});
}

// "attempt: reason of errno". Call it before anything else can change errno.
inline std::unexpected<Error> fail_errno(std::string_view attempt, int errno_value = errno) {
  ErrorCode code = errno_value == ENOENT                           ? ErrorCode::kNotFound
                   : errno_value == EPERM || errno_value == EACCES ? ErrorCode::kNotPermitted
                                                                   : ErrorCode::kSystem;
  std::string message(attempt);
  message += ": ";
  message += std::strerror(errno_value);
  return std::unexpected(Error{code, std::move(message), errno_value});
}

// The same error, with what we were doing put in front: "open the journal: disk full".
inline std::unexpected<Error> within(std::string_view doing, Error error) {
  error.message = std::string(doing) + ": " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace hammock

// Returns the error of a Result<void>-like expression from the current function.
#define HAMMOCK_TRY(expression)                                 \
  do {                                                          \
    if (auto hammock_tried = (expression); !hammock_tried)      \
      return std::unexpected(std::move(hammock_tried).error()); \
  } while (false)
