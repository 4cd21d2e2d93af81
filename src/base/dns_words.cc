#include "base/dns_words.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace hammock {
namespace {

constexpr auto kTypes = std::to_array<std::pair<std::uint16_t, std::string_view>>({
    {1, "A"},     {2, "NS"},     {5, "CNAME"},  {6, "SOA"},   {12, "PTR"},    {13, "HINFO"},
    {15, "MX"},   {16, "TXT"},   {28, "AAAA"},  {33, "SRV"},  {35, "NAPTR"},  {39, "DNAME"},
    {43, "DS"},   {44, "SSHFP"}, {46, "RRSIG"}, {47, "NSEC"}, {48, "DNSKEY"}, {52, "TLSA"},
    {64, "SVCB"}, {65, "HTTPS"}, {257, "CAA"},
});
constexpr auto kRcodes = std::to_array<std::string_view>(
    {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
     "NXRRSET", "NOTAUTH", "NOTZONE"});
constexpr std::string_view kAnyType = "TYPE";  // RFC 3597

}  // namespace

std::optional<std::uint16_t> dns_type(std::string_view text) {
  const std::string upper = to_upper(text);
  for (const auto& [number, name] : kTypes) {
    if (name == upper) return number;
  }
  if (!upper.starts_with(kAnyType)) return std::nullopt;
  const auto number = parse_decimal(std::string_view(upper).substr(kAnyType.size()));
  if (!number || *number == 0 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

std::string dns_type_text(std::uint16_t type) {
  for (const auto& [number, name] : kTypes) {
    if (number == type) return std::string(name);
  }
  return std::string(kAnyType) + std::to_string(type);
}

std::string dns_rcode_text(std::uint8_t rcode) {
  if (rcode < kRcodes.size()) return std::string(kRcodes.at(rcode));
  return "RCODE" + std::to_string(rcode);
}

}  // namespace hammock
