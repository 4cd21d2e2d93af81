// For tests with the real courier: where it is, and servers that the test plays.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace hammock::courier {

enum class Afterwards { kKeep, kClose };

// Accepts on 127.0.0.1 and does something with each connection; it keeps them until the end, or
// closes each: then there may be thousands.
class PlayedServer {
 public:
  explicit PlayedServer(std::function<void(int)> play, Afterwards afterwards = Afterwards::kKeep)
      : play_(std::move(play)), afterwards_(afterwards) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 1024), 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int peer; (peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
        ++accepted_;
        play_(peer);
        if (afterwards_ == Afterwards::kKeep)
          peers_.push_back(peer);
        else
          close(peer);
      }
    });
  }
  ~PlayedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (int peer : peers_)
      close(peer);
    close(listener_);
  }
  std::uint16_t port() const { return port_; }
  std::size_t accepted() const { return accepted_; }

 private:
  std::function<void(int)> play_;
  Afterwards afterwards_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::vector<int> peers_;
  std::atomic<std::size_t> accepted_ = 0;
  std::thread thread_;
};

inline void say(int peer, std::string_view text) {
  EXPECT_EQ(send(peer, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}
inline void greet(int peer) {
  say(peer, "220 hello\r\n");
}
inline void stay_silent(int /*peer*/) {}

// All programs are built into one folder.
inline std::string courier_binary() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "hammock-courier";
}

}  // namespace hammock::courier
