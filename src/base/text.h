// Small text functions that std does not have. ASCII only; bytes above 127 pass through untouched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hammock {

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// Decimal digits only, the whole text; nothing on overflow, signs, spaces or an empty text.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

// "64KiB", "512MiB": the largest binary unit that divides exactly or else with one decimal.
std::string format_size(std::uint64_t bytes);

// True when the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

// RFC 4648, with padding.
std::string base64(std::string_view bytes);
// Nothing when it is not that.
std::optional<std::string> from_base64(std::string_view text);

// Control characters and invalid UTF-8 become \xNN, so that no program can paint our terminal.
std::string printable(std::string_view bytes);

}  // namespace hammock
