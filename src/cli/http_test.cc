#include "cli/http.h"

#include <gmock/gmock.h>

namespace hammock::cli {
namespace {

using testing::HasSubstr;

struct Read {
  HttpResponse response;
  std::string error;
};

// Fed in pieces of `piece` bytes, then closed.
Read read_response(std::string_view bytes, std::size_t piece) {
  Read read;
  while (!bytes.empty() && read.error.empty()) {
    auto fed = read.response.feed(bytes.substr(0, piece));
    if (!fed) read.error = fed.error().message;
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (read.error.empty()) {
    auto ended = read.response.end();
    if (!ended) read.error = ended.error().message;
  }
  return read;
}

constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\nb;x=y\r\n, 11 bytes \r\n0\r\nTrailer: 1\r\n\r\n";

TEST(Http, ReadsEveryKindOfBodyInPiecesOfAnySize) {
  for (std::size_t piece : {1UZ, 2UZ, 3UZ, 7UZ, 1000UZ}) {
    Read length = read_response("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", piece);
    EXPECT_EQ(length.error, "");
    EXPECT_EQ(length.response.status(), 404);
    EXPECT_EQ(length.response.body(), "hello");
    EXPECT_TRUE(length.response.done());
    Read chunked = read_response(kChunked, piece);
    EXPECT_EQ(chunked.error, "");
    EXPECT_EQ(chunked.response.body(), "hello, 11 bytes ");
    Read closed = read_response("HTTP/1.0 200 OK\r\n\r\nuntil the end", piece);
    EXPECT_EQ(closed.error, "");
    EXPECT_EQ(closed.response.body(), "until the end");
    Read interim = read_response(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", piece);
    EXPECT_EQ(interim.error, "");
    EXPECT_EQ(interim.response.status(), 200);
    EXPECT_EQ(interim.response.body(), "ok");
    EXPECT_EQ(read_response("HTTP/1.1 204 No Content\r\n\r\n", piece).error, "");
  }
}

TEST(Http, RefusesWhatIsMalformed) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "empty"},
      {"HTTP/1.1 200", "cut off"},
      {"SSH-2.0-OpenSSH\r\n\r\n", "first line"},
      {"HTTP/2 200 OK\r\n\r\n", "first line"},
      {"HTTP/1.1 2x0 OK\r\n\r\n", "status"},
      {"HTTP/1.1 099 OK\r\n\r\n", "status"},
      {"HTTP/1.1 2000\r\n\r\n", "status"},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "no name"},
      {"HTTP/1.1 200 OK\r\nContent Length: 1\r\n\r\nx", "name is wrong"},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no number"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "no number"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "two lengths"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", "too large"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nxx", "cut off"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxx", "follow"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "not chunked"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "and chunks"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "no number"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "no number"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n", "too large"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", "longer than its size"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", "cut off"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(300, '1'), "too long"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "head is too large"},
      {std::string(20'000, 'x'), "head is too large"},
  };
  for (const auto& [bytes, expected] : cases) {
    for (std::size_t piece : {1UZ, 100'000UZ}) {
      EXPECT_THAT(read_response(bytes, piece).error, HasSubstr(expected)) << bytes.substr(0, 80);
    }
  }
}

TEST(Http, BoundsABodyThatNeverEnds) {
  HttpResponse response;
  ASSERT_TRUE(response.feed("HTTP/1.1 200 OK\r\n\r\n"));
  std::string piece(8 << 20, 'x');
  bool refused = false;
  for (int i = 0; i < 10 && !refused; ++i)
    refused = !response.feed(piece);
  EXPECT_TRUE(refused);
}

TEST(Http, WritesRequests) {
  EXPECT_EQ(http_request("GET", "/v1/status"),
            "GET /v1/status HTTP/1.1\r\nHost: hammock\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(http_request("POST", "/v1/commands", "{}"), HasSubstr("Content-Length: 2\r\n\r\n{}"));
  EXPECT_THAT(http_request("POST", "/x", "a", "text/plain"),
              HasSubstr("Content-Type: text/plain\r\nContent-Length: 1\r\n\r\na"));
  EXPECT_THAT(http_request("POST", "/x"), HasSubstr("\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(percent_encoded("a b/ü"), "a%20b%2F%C3%BC");
}

}  // namespace
}  // namespace hammock::cli
