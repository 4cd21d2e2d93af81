#include "cli/http.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace hammock::cli {
namespace {

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kCorrupt, "the answer is not HTTP as we know it: " + std::string(what));
}

bool is_token_byte(char c) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         marks.find(c) != std::string_view::npos;
}

// A line without its CRLF; nothing when it is not whole yet.
std::optional<std::string_view> whole_line(std::string_view input) {
  auto end = input.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  return input.substr(0, end);
}

}  // namespace

Result<void> HttpResponse::feed(std::string_view bytes) {
  input_ += bytes;
  for (;;) {
    auto more = step();
    if (!more) return std::unexpected(std::move(more).error());
    if (body_.size() > kBodyBytesMax) return malformed("its body is too large");
    if (!*more) return {};
  }
}

Result<void> HttpResponse::end() {
  if (state_ == State::kUntilClose) state_ = State::kDone;
  if (state_ == State::kDone) return {};
  return malformed(state_ == State::kHead && input_.empty() ? "it is empty" : "it was cut off");
}

Result<bool> HttpResponse::step() {
  switch (state_) {
    case State::kHead:
      return step_head();
    case State::kLength:
      return step_data(State::kDone);
    case State::kChunkSize:
      return step_chunk_size();
    case State::kChunkData:
      return step_data(State::kChunkEnd);
    case State::kChunkEnd:
      if (input_.size() < 2) return false;
      if (!input_.starts_with("\r\n")) return malformed("a chunk is longer than its size");
      input_.erase(0, 2);
      state_ = State::kChunkSize;
      return true;
    case State::kTrailers:
      return step_trailers();
    case State::kUntilClose:
      body_ += input_;
      input_.clear();
      return false;
    case State::kDone:
      if (!input_.empty()) return malformed("bytes follow its end");
      return false;
  }
  return false;
}

Result<bool> HttpResponse::step_head() {
  auto end = input_.find("\r\n\r\n");
  if (std::min(end, input_.size()) > kHeadBytesMax) return malformed("its head is too large");
  if (end == std::string::npos) return false;
  std::string head = input_.substr(0, end + 2);
  input_.erase(0, end + 4);
  std::string_view rest = head;
  bool first = true;
  while (auto line = whole_line(rest)) {
    HAMMOCK_TRY(first ? read_status_line(*line) : read_field(*line));
    first = false;
    rest.remove_prefix(line->size() + 2);
  }
  if (status_ >= 100 && status_ < 200) {  // an interim answer: the real one follows
    length_.reset();
    chunked_ = false;
    status_ = 0;
    return true;
  }
  if (chunked_ && length_) return malformed("it has a length and chunks");
  begin_body();
  return true;
}

Result<void> HttpResponse::read_status_line(std::string_view line) {
  bool ours = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!ours || line.size() < 12) return malformed("its first line is wrong");
  auto status = parse_decimal(line.substr(9, 3));
  bool ended = line.size() == 12 || line[12] == ' ';
  if (!status || *status < 100 || *status > 599 || !ended) {
    return malformed("its status is wrong");
  }
  status_ = static_cast<int>(*status);
  return {};
}

Result<void> HttpResponse::read_field(std::string_view line) {
  auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return malformed("a field has no name");
  std::string_view name = line.substr(0, colon);
  if (!std::ranges::all_of(name, is_token_byte)) return malformed("a field's name is wrong");
  std::string_view value = trim(line.substr(colon + 1));
  if (to_lower(name) == "content-length") {
    auto length = parse_decimal(value);
    if (!length) return malformed("its length is no number");
    if (length_ && *length_ != *length) return malformed("it has two lengths");
    if (*length > kBodyBytesMax) return malformed("its body is too large");
    length_ = length;
  }
  if (to_lower(name) == "transfer-encoding") {
    if (to_lower(value) != "chunked") return malformed("its encoding is not chunked");
    chunked_ = true;
  }
  return {};
}

void HttpResponse::begin_body() {
  if (status_ == 204 || status_ == 304) {
    state_ = State::kDone;
  } else if (chunked_) {
    state_ = State::kChunkSize;
  } else if (length_) {
    left_ = *length_;
    state_ = left_ == 0 ? State::kDone : State::kLength;
  } else {
    state_ = State::kUntilClose;
  }
}

bool HttpResponse::step_data(State after) {
  auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input_.size()));
  body_.append(input_, 0, take);
  input_.erase(0, take);
  left_ -= take;
  if (left_ > 0) return false;
  state_ = after;
  return true;
}

Result<bool> HttpResponse::step_chunk_size() {
  auto line = whole_line(input_);
  if ((line ? line->size() : input_.size()) > kLineBytesMax) {
    return malformed("a chunk's size line is too long");
  }
  if (!line) return false;
  std::string_view digits = trim(line->substr(0, line->find(';')));
  std::uint64_t size = 0;
  auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || error != std::errc() || stop != digits.data() + digits.size()) {
    return malformed("a chunk's size is no number");
  }
  if (size > kBodyBytesMax) return malformed("a chunk is too large");
  input_.erase(0, line->size() + 2);
  left_ = size;
  state_ = size == 0 ? State::kTrailers : State::kChunkData;
  return true;
}

Result<bool> HttpResponse::step_trailers() {
  auto line = whole_line(input_);
  if ((line ? line->size() : input_.size()) > kHeadBytesMax) {
    return malformed("its trailers are too long");
  }
  if (!line) return false;
  bool last = line->empty();
  input_.erase(0, line->size() + 2);
  if (last) state_ = State::kDone;
  return true;
}

std::string http_request(std::string_view method, std::string_view target, std::string_view body,
                         std::string_view type) {
  std::string request(method);
  request += " ";
  request += target;
  request += " HTTP/1.1\r\nHost: hammock\r\nConnection: close\r\n";
  if (!body.empty()) {
    request += "Content-Type: ";
    request += type;
    request += "\r\n";
  }
  if (!body.empty() || method == "POST") {
    request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  request += "\r\n";
  request += body;
  return request;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kept = "-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 kept.find(c) != std::string_view::npos;
    if (plain) {
      result += c;
    } else {
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 15];
    }
  }
  return result;
}

}  // namespace hammock::cli
