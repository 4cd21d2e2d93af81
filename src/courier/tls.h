// TLS as the courier wants it: with a report on the certificates whether or not they are good, for
// curl's connections and for those of our own. Over OpenSSL.
//
// Nothing is remembered: trusted certificates are looked up afresh for each handshake, no session
// is resumed, so that what is reported is what a first visitor would meet.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "wire/courier.h"

namespace hammock::courier {

// Watches one handshake, and decides it. It stays where it is while the connection lives.
class Handshake {
 public:
  // `host` is the name or the IP address that the certificate must stand for.
  Handshake(wire::TlsWish wish, std::string host);
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  // ssl_ctx: an SSL_CTX* before its first handshake. kInvalid when the CA file holds no
  // certificate.
  Result<void> watch(void* ssl_ctx);

  // Nothing until the server has shown its certificates.
  const std::optional<wire::TlsFacts>& facts() const { return facts_; }
  // When it had ended well.
  const std::optional<Steady>& ended() const { return ended_; }
  // Its certificates were not accepted, which is why the handshake failed.
  bool refused() const;

 private:
  friend struct HandshakeCallbacks;  // OpenSSL calls these
  wire::TlsWish wish_;
  std::string host_;
  std::optional<wire::TlsFacts> facts_;
  std::optional<Steady> ended_;
};

// A TLS client on a connected, non-blocking socket, which stays its owner's.
class TlsStream {
 public:
  static Result<TlsStream> make(int fd, const wire::TlsWish& wish, const std::string& host);
  TlsStream(TlsStream&&) noexcept;
  TlsStream& operator=(TlsStream&&) noexcept;
  ~TlsStream();

  enum class Step { kDone, kWantsRead, kWantsWrite, kClosed, kFailed };
  struct Moved {
    Step step = Step::kFailed;
    std::size_t bytes = 0;  // kDone
    long code = 0;          // kFailed: OpenSSL's, 0 when errno_value tells
    int errno_value = 0;
    std::string message;  // kFailed
  };
  Moved handshake();
  Moved read(std::span<char> into);
  Moved write(std::string_view bytes);
  const Handshake& watched() const;

 private:
  struct Parts;
  explicit TlsStream(std::unique_ptr<Parts> parts);
  Moved after(int result);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hammock::courier
