// Reads one HTTP/1.1 response (RFC 9112) as it arrives, in pieces of any size. Pure. It is strict:
// what a correct server would not send is an error, not a guess.
//
// Bodies come by Content-Length, in chunks, or until the peer closes. Everything has a bound: the
// head kHeadBytesMax, a chunk's size line kLineBytesMax, what was decoded and not taken
// kBodyBytesMax.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hammock::cli {

class HttpResponse {
 public:
  static constexpr std::size_t kHeadBytesMax = 16 << 10;
  static constexpr std::size_t kLineBytesMax = 256;
  static constexpr std::size_t kBodyBytesMax = 64 << 20;

  // Bytes of the peer, in order. After an error nothing more may be fed.
  Result<void> feed(std::string_view bytes);
  // The peer closed: kCorrupt when the response is not whole.
  Result<void> end();

  bool head_done() const { return state_ != State::kHead; }
  bool done() const { return state_ == State::kDone; }
  int status() const { return status_; }  // 0 before head_done()
  // Decoded body that was not taken yet.
  std::string& body() { return body_; }

 private:
  enum class State {
    kHead,
    kLength,
    kUntilClose,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailers,
    kDone,
  };

  Result<bool> step();  // true: more can be done with what is there
  Result<bool> step_head();
  Result<bool> step_chunk_size();
  Result<bool> step_trailers();
  bool step_data(State after);
  Result<void> read_status_line(std::string_view line);
  Result<void> read_field(std::string_view line);
  void begin_body();

  State state_ = State::kHead;
  int status_ = 0;
  std::optional<std::uint64_t> length_;
  bool chunked_ = false;
  std::uint64_t left_ = 0;  // of the body or of the chunk
  std::string input_;       // fed, not yet understood
  std::string body_;
};

// "POST /v1/commands HTTP/1.1 …" with Host, Connection: close and, when there is a body, its length
// and type. A POST without a body says that it has none.
std::string http_request(std::string_view method, std::string_view target,
                         std::string_view body = {}, std::string_view type = "application/json");

// Bytes of a path or query that are not unreserved (RFC 3986) as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace hammock::cli
