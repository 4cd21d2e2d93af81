#include "shell/dns_record.h"

#include <arpa/inet.h>

#include <array>
#include <optional>
#include <string>

#include "base/text.h"

namespace hammock::shell {
namespace {

// As IANA numbers them.
constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kTxt = 16;
constexpr std::uint16_t kAaaa = 28;

using Address = std::array<unsigned char, sizeof(in6_addr)>;

std::optional<Address> address_of(int family, std::string_view text) {
  Address address{};
  const std::string terminated(text);
  if (inet_pton(family, terminated.c_str(), address.data()) != 1) return std::nullopt;
  return address;
}

// The strings of a TXT record without their quotes and escapes, put together.
std::string bytes_of(std::string_view text) {
  constexpr std::size_t kDigits = 3;
  std::string bytes;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '\\' && i + 1 < text.size()) {
      const auto code = parse_decimal(text.substr(i + 1, kDigits));
      if (code && i + kDigits < text.size() && *code < 256) {
        bytes += static_cast<char>(*code);
        i += kDigits;
      } else {
        bytes += text[++i];
      }
    } else if (quoted || c != ' ') {
      bytes += c;
    }
  }
  return bytes;
}

std::string words_of(std::string_view text) {
  std::string words;
  for (std::string_view word : split(text, ' ')) {
    if (word.size() >= 2 && word.starts_with('"') && word.ends_with('"')) {
      word = word.substr(1, word.size() - 2);
    }
    if (word.size() > 1 && word.ends_with('.')) word.remove_suffix(1);
    if (!word.empty()) words += to_lower(word) + " ";
  }
  return words;
}

}  // namespace

bool is_same_record(std::uint16_t type, std::string_view record, std::string_view wished) {
  wished = trim(wished);
  if (type == kA || type == kAaaa) {
    const int family = type == kA ? AF_INET : AF_INET6;
    const auto address = address_of(family, wished);
    return address && address == address_of(family, record);
  }
  if (type == kTxt) {
    return bytes_of(record) == (wished.starts_with('"') ? bytes_of(wished) : wished);
  }
  return words_of(record) == words_of(wished);
}

}  // namespace hammock::shell
