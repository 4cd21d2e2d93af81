// The errand that makes one TCP connection, with TLS or without: it tries the addresses of the host
// one after the other, sends, and reads until it saw what is expected.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "courier/errand.h"
#include "courier/resolve.h"
#include "courier/starttls.h"
#include "courier/tls.h"
#include "os/unique_fd.h"

namespace hammock::courier {

class TcpErrand {
 public:
  TcpErrand(Loop& loop, wire::TcpErrand wish, Times times, Done done);
  TcpErrand(const TcpErrand&) = delete;
  TcpErrand& operator=(const TcpErrand&) = delete;
  ~TcpErrand();
  Trace trace() const;
  wire::ErrandStage stage() const { return stage_; }

 private:
  void connect_next();
  void connected_or_not();
  void not_connected(int error);
  void go_on();  // as far as it goes without waiting
  bool agree();
  bool shake();
  bool send();
  bool receive();
  void wait_for(std::uint32_t events);
  bool wait_or_fail(const TlsStream::Moved& moved);
  TlsStream::Moved read_some(std::span<char> into);
  TlsStream::Moved write_some(std::string_view bytes);
  void fail(wire::Reason reason, std::int64_t code, std::string message);
  void end(Outcome outcome);

  Loop& loop_;
  wire::TcpErrand wish_;
  Times times_;
  Done done_;
  wire::ErrandStage stage_ = wire::ErrandStage::kResolve;
  Trace trace_;
  std::vector<std::string> addresses_;  // those still to be tried, the next one last
  std::string address_;
  os::UniqueFd socket_;
  std::optional<StartTls> start_;  // until the server has agreed
  std::string start_unsent_;
  std::optional<TlsStream> tls_;
  Loop::TimerId patience_ = 0;  // with this address
  std::string unsent_;
  std::string received_;
  Lookup lookup_;
};

}  // namespace hammock::courier
