// For tests of whole command lines: folders of their own, and a brain that the test plays.
#pragma once

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "cli/run_cli.h"

namespace hammock::cli {

inline std::string http(int status, std::string_view body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// Answers each connection by what `answer` makes of the request's text, then closes it.
class PlayedBrain {
 public:
  using Answering = std::function<std::string(const std::string&)>;
  PlayedBrain(const std::string& path, Answering answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~PlayedBrain() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::vector<std::string> requests;  // to be read after the commands have ended

 private:
  void serve() {
    for (int peer; (peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; close(peer)) {
      std::string request = read_request(peer);
      requests.push_back(request);
      std::string text = answer_(request);
      [[maybe_unused]] ssize_t sent = send(peer, text.data(), text.size(), MSG_NOSIGNAL);
    }
  }
  static std::string read_request(int peer) {
    std::string text;
    char buffer[4096];
    for (;;) {
      auto head = text.find("\r\n\r\n");
      auto length = text.find("Content-Length: ");
      if (head != std::string::npos) {
        std::size_t body = length < head ? std::stoul(text.substr(length + 16)) : 0;
        if (text.size() >= head + 4 + body) return text;
      }
      ssize_t got = recv(peer, buffer, sizeof buffer, 0);
      if (got <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
    }
  }

  Answering answer_;
  int listener_ = -1;
  std::thread thread_;
};

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    char pattern[] = "/tmp/hammock-cli-XXXXXX";
    EXPECT_NE(mkdtemp(pattern), nullptr);
    folder_ = pattern;
    std::filesystem::create_directories(folder_ + "/r");
    std::filesystem::create_directories(folder_ + "/s/logs");
    std::filesystem::create_directories(folder_ + "/bin");
    environment_ = {{"HAMMOCK_RUNTIME_DIR", folder_ + "/r"},
                    {"HAMMOCK_STATE_DIR", folder_ + "/s"},
                    {"HAMMOCK_CONFIG", folder_ + "/hammock.toml"},
                    {"PATH", "/usr/bin:/bin"}};
  }
  ~CommandTest() override { std::filesystem::remove_all(folder_); }

  Ran run(std::vector<std::string> words) {
    int out = memfd_create("out", MFD_CLOEXEC);
    int err = memfd_create("err", MFD_CLOEXEC);
    Ran ran;
    ran.code = run_cli(words, environment_, folder_ + "/bin/hammock", out, err);
    ran.out = content(out);
    ran.err = content(err);
    return ran;
  }
  static std::string content(int fd) {
    std::string text(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    close(fd);
    return text;
  }
  void write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }

  std::string folder_;
  Environment environment_;
};

}  // namespace hammock::cli
