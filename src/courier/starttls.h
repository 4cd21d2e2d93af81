// Asking a server, in its own protocol, to go on in TLS. Pure: bytes in, what to do out.
//
//   SMTP        RFC 3207    IMAP  RFC 9051, 6.2.1    POP3  RFC 2595, 4
//   PostgreSQL  SSLRequest  https://www.postgresql.org/docs/15/protocol-flow.html#id-1.10.6.7.12
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wire/courier.h"

namespace hammock::courier {

class StartTls {
 public:
  // More than that before the server agrees, and it does not speak the protocol.
  static constexpr std::size_t kBytesMax = 8192;

  // Not kNone.
  explicit StartTls(wire::StartTls protocol);

  // To be sent now; each text is there once.
  std::string take_unsent() { return std::exchange(unsent_, {}); }
  // What came from the server.
  void feed(std::string_view bytes);
  // It has agreed: its next byte is of TLS.
  bool is_agreed() const { return agreed_; }
  // Why that will not come to pass, as a sentence; nothing while it may.
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  void take_line(std::string_view line);
  void take_smtp(std::string_view line);
  void take_tagged(std::string_view line, std::string_view greeting, std::string_view good);
  void fail_with(std::string_view line);

  wire::StartTls protocol_;
  bool asked_ = false;    // to go on in TLS
  bool greeted_ = false;  // SMTP: the server knows our name
  bool agreed_ = false;
  std::string bytes_;  // of a line that is not whole
  std::size_t taken_ = 0;
  std::string unsent_;
  std::optional<std::string> failure_;
};

}  // namespace hammock::courier
