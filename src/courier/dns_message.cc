#include "courier/dns_message.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace hammock::courier {
namespace {

// As IANA numbers them.
enum Type : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kDname = 39,
  kCaa = 257,
};

constexpr std::size_t kHeaderBytes = 12;
constexpr int kJumpsMax = 32;  // of one compressed name: there are no longer ones in earnest
constexpr std::size_t kNameTextMax = wire::kCourierTextBytesMax - 8;

// A character of a name or a text, as zone files write it.
void put_escaped(std::string& text, char byte, std::string_view special) {
  const auto value = static_cast<unsigned char>(byte);
  if (value < 0x20 || value > 0x7e) {
    std::array<char, 4> digits = {'\\', static_cast<char>('0' + value / 100),
                                  static_cast<char>('0' + value / 10 % 10),
                                  static_cast<char>('0' + value % 10)};
    text.append(digits.data(), digits.size());
    return;
  }
  if (special.find(byte) != std::string_view::npos) text += '\\';
  text += byte;
}

class Reader {
 public:
  explicit Reader(std::string_view whole) : whole_(whole), end_(whole.size()) {}

  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value = value << 8 | byte();
    return value;
  }
  std::uint8_t byte() {
    if (at_ >= end_) {
      broken_ = true;
      return 0;
    }
    return static_cast<std::uint8_t>(whole_[at_++]);
  }
  std::string_view take(std::size_t size) {
    if (size > end_ - at_) {
      broken_ = true;
      size = end_ - at_;
    }
    at_ += size;
    return whole_.substr(at_ - size, size);
  }
  // A name, with its pointers to what stands before (RFC 1035, 4.1.4).
  std::string name() {
    std::string text;
    std::size_t after = 0;  // where reading goes on, once there was a pointer
    const std::size_t end = end_;
    for (int jumps = 0; !broken_;) {
      const std::uint8_t size = byte();
      if (size == 0) break;
      if (size < 0x40) {
        for (char c : take(size))
          put_escaped(text, c, ".\\\"();@$ ");
        text += '.';
      } else if (size >= 0xc0 && ++jumps <= kJumpsMax) {
        const std::size_t target = (size & 0x3fU) << 8 | byte();
        if (after == 0) after = at_;
        at_ = target;
        end_ = whole_.size();
        broken_ = broken_ || target >= whole_.size();
      } else {
        broken_ = true;
      }
      broken_ = broken_ || text.size() > kNameTextMax;
    }
    if (after != 0) at_ = after;
    end_ = end;
    if (at_ > end_) {
      broken_ = true;
      at_ = end_;
    }
    return text.empty() ? "." : text;
  }
  // For the data of one record; what is left of it is skipped by the next.
  void narrow(std::size_t size) {
    if (size > whole_.size() - at_)
      broken_ = true;
    else
      end_ = at_ + size;
  }
  void widen() {
    at_ = end_;
    end_ = whole_.size();
  }
  std::size_t left() const { return end_ - at_; }
  bool is_broken() const { return broken_; }

 private:
  std::string_view whole_;
  std::size_t at_ = 0;
  std::size_t end_;
  bool broken_ = false;
};

std::string address(Reader& reader, int family, std::size_t bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  std::array<char, sizeof(in6_addr)> raw{};
  reader.take(bytes).copy(raw.data(), bytes);
  inet_ntop(family, raw.data(), text.data(), text.size());
  return text.data();
}

std::string escaped(std::string_view bytes) {
  std::string text;
  for (char c : bytes)
    put_escaped(text, c, "\"\\");
  return text;
}

std::string quoted(std::string_view bytes) {
  return '"' + escaped(bytes) + '"';
}

std::string texts(Reader& reader) {
  std::string text;
  while (reader.left() > 0 && !reader.is_broken() && text.size() < wire::kCourierTextBytesMax) {
    if (!text.empty()) text += ' ';
    text += quoted(reader.take(reader.byte()));
  }
  return text;
}

std::string numbers(Reader& reader, std::initializer_list<std::size_t> sizes) {
  std::string text;
  for (std::size_t size : sizes)
    text += std::to_string(reader.number(size)) + " ";
  return text;
}

std::string numbers_and_name(Reader& reader, std::initializer_list<std::size_t> sizes) {
  std::string text = numbers(reader, sizes);
  text += reader.name();
  return text;
}

std::string start_of_authority(Reader& reader) {
  std::string text = reader.name();
  text += ' ';
  text += reader.name();
  text += ' ';
  text += numbers(reader, {4, 4, 4, 4, 4});
  text.pop_back();
  return text;
}

std::string certification_authority(Reader& reader) {  // RFC 8659
  std::string text = numbers(reader, {1});
  text += escaped(reader.take(reader.byte())) + " ";
  return text + quoted(reader.take(reader.left()));
}

std::string unknown(Reader& reader) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::size_t kShownMax = 512;
  std::string text = "\\# " + std::to_string(reader.left()) + " ";
  for (char c : reader.take(std::min(reader.left(), kShownMax))) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string data(Reader& reader, std::uint16_t type) {
  switch (type) {
    case kA:
      return address(reader, AF_INET, sizeof(in_addr));
    case kAaaa:
      return address(reader, AF_INET6, sizeof(in6_addr));
    case kNs:
    case kCname:
    case kPtr:
    case kDname:
      return reader.name();
    case kMx:
      return numbers_and_name(reader, {2});
    case kSrv:
      return numbers_and_name(reader, {2, 2, 2});
    case kSoa:
      return start_of_authority(reader);
    case kTxt:
      return texts(reader);
    case kCaa:
      return certification_authority(reader);
    default:
      return unknown(reader);
  }
}

}  // namespace

Result<wire::DnsResult> parse_dns_answer(std::string_view message) {
  if (message.size() < kHeaderBytes) {
    return fail(ErrorCode::kInvalid, "a DNS message of " + std::to_string(message.size()) +
                                         " bytes, shorter than its header");
  }
  Reader reader(message);
  reader.number(2);
  const std::uint32_t flags = reader.number(2);
  const std::uint32_t questions = reader.number(2);
  const std::uint32_t answers = reader.number(2);
  reader.number(4);
  wire::DnsResult result;
  result.rcode = static_cast<std::uint8_t>(flags & 0xf);
  result.authoritative = (flags & 0x400) != 0;
  for (std::uint32_t i = 0; i < questions && !reader.is_broken(); ++i) {
    reader.name();
    reader.number(4);
  }
  for (std::uint32_t i = 0; i < answers && !reader.is_broken(); ++i) {
    if (result.records.size() == wire::kCourierRecordsMax) break;
    wire::Record record;
    record.name = reader.name();
    record.type = static_cast<std::uint16_t>(reader.number(2));
    reader.number(2);
    record.ttl_s = reader.number(4);
    reader.narrow(reader.number(2));
    record.text = data(reader, record.type);
    if (reader.is_broken()) break;
    reader.widen();
    if (record.text.size() > wire::kCourierHeaderBytesMax) {
      return fail(ErrorCode::kInvalid, "a DNS record that is too long");
    }
    result.records.push_back(std::move(record));
  }
  if (reader.is_broken()) return fail(ErrorCode::kInvalid, "a DNS message that is damaged");
  return result;
}

}  // namespace hammock::courier
