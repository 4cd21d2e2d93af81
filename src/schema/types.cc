#include "schema/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/signals.h"
#include "base/text.h"
#include "schema/suggest.h"

namespace hammock::schema {
namespace {

std::unexpected<Problem> refuse(std::string code, std::string_view text, std::string expected,
                                std::string help = "", std::string suggestion = "") {
  Problem problem;
  problem.code = std::move(code);
  problem.message = fmt::format("{} is not {}", quote(shorten(text)), expected);
  problem.expected = std::move(expected);
  problem.help = std::move(help);
  problem.suggestion = std::move(suggestion);
  return std::unexpected(std::move(problem));
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 6> kTimeUnits{{{"d", 86'400'000'000},
                                          {"h", 3'600'000'000},
                                          {"m", 60'000'000},
                                          {"s", 1'000'000},
                                          {"ms", 1'000},
                                          {"us", 1}}};
constexpr std::array<Unit, 9> kSizeUnits{{{"B", 1},
                                          {"KiB", 1ULL << 10},
                                          {"MiB", 1ULL << 20},
                                          {"GiB", 1ULL << 30},
                                          {"TiB", 1ULL << 40},
                                          {"kB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"TB", 1'000'000'000'000}}};

constexpr std::uint64_t kMostMicroseconds = 100ULL * 366 * 86'400'000'000;  // a century
constexpr std::uint64_t kMostBytes = 1ULL << 60;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// factor × number, or nothing when it exceeds the limit.
std::optional<std::uint64_t> multiply(std::uint64_t number, std::uint64_t factor,
                                      std::uint64_t limit) {
  if (number != 0 && factor > limit / number) return std::nullopt;
  return number * factor;
}

// The number and the letters behind it at the front of text, which is advanced.
struct Quantity {
  std::uint64_t number;
  std::string_view unit;
};
std::optional<Quantity> take_quantity(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits]))
    ++digits;
  std::size_t end = digits;
  while (end < text.size() && !is_digit(text[end]))
    ++end;
  auto number = parse_decimal(text.substr(0, digits));
  if (!number) return std::nullopt;
  Quantity quantity{*number, text.substr(digits, end - digits)};
  text.remove_prefix(end);
  return quantity;
}

// What was probably meant by a length of time with other words or spaces; empty when unclear.
std::string duration_suggestion(std::string_view text) {
  std::string compact;
  for (char c : to_lower(text)) {
    if (c != ' ') compact += c;
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kWords{
      {{"days", "d"},
       {"day", "d"},
       {"hours", "h"},
       {"hour", "h"},
       {"hrs", "h"},
       {"hr", "h"},
       {"minutes", "m"},
       {"minute", "m"},
       {"mins", "m"},
       {"min", "m"},
       {"seconds", "s"},
       {"second", "s"},
       {"secs", "s"},
       {"sec", "s"},
       {"milliseconds", "ms"},
       {"millisecond", "ms"},
       {"msec", "ms"},
       {"µs", "us"}}};
  std::string_view rest = compact;
  auto quantity = take_quantity(rest);
  if (!quantity || !rest.empty()) return "";
  std::string unit(quantity->unit);
  for (const auto& [word, short_unit] : kWords) {
    if (unit == word) unit = short_unit;
  }
  if (unit == "w" || unit == "weeks" || unit == "week") {
    if (quantity->number > 5000) return "";
    return quote(fmt::format("{}d", quantity->number * 7));
  }
  if (unit.empty()) unit = "s";
  if (std::ranges::find(kTimeUnits, unit, &Unit::name) == kTimeUnits.end()) return "";
  std::string suggestion = fmt::format("{}{}", quantity->number, unit);
  return read_duration(suggestion) ? quote(suggestion) : "";
}

std::string size_suggestion(std::string_view text) {
  std::string compact;
  for (char c : to_lower(text)) {
    if (c != ' ') compact += c;
  }
  std::string_view rest = compact;
  auto quantity = take_quantity(rest);
  if (!quantity || !rest.empty()) return "";
  constexpr std::string_view kPrefixes = "kmgt";
  std::string_view unit = quantity->unit;
  if (unit.empty() || unit == "b") return quote(fmt::format("{}B", quantity->number));
  std::size_t power = kPrefixes.find(unit.front());
  if (power == std::string_view::npos) return "";
  constexpr std::array<std::string_view, 4> kBinary{"KiB", "MiB", "GiB", "TiB"};
  return quote(fmt::format("{}{}", quantity->number, kBinary[power]));
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (std::string_view label : split(host, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
      return false;
    }
    for (char c : label) {
      bool good =
          is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
      if (!good) return false;
    }
  }
  return true;
}

bool is_dotted_quad(std::string_view host) {
  auto parts = split(host, '.');
  if (parts.size() != 4) return false;
  for (std::string_view part : parts) {
    auto number = parse_decimal(part);
    if (!number || *number > 255 || (part.size() > 1 && part.front() == '0')) return false;
  }
  return true;
}

// RFC 4291, 2.2: groups of up to four hexadecimal digits, one "::", perhaps a dotted quad at the
// end, perhaps a %zone.
bool is_ipv6(std::string_view host) {
  host = host.substr(0, host.find('%'));
  std::size_t gap = host.find("::");
  bool has_gap = gap != std::string_view::npos;
  if (has_gap && host.find("::", gap + 1) != std::string_view::npos) return false;
  auto count = [](std::string_view text, bool is_last) -> std::optional<std::size_t> {
    if (text.empty()) return 0;
    std::size_t groups = 0;
    auto parts = split(text, ':');
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (is_last && i + 1 == parts.size() && is_dotted_quad(parts[i])) return groups + 2;
      if (parts[i].empty() || parts[i].size() > 4) return std::nullopt;
      if (parts[i].find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
        return std::nullopt;
      }
      ++groups;
    }
    return groups;
  };
  auto before = count(has_gap ? host.substr(0, gap) : host, !has_gap);
  auto after = count(has_gap ? host.substr(gap + 2) : "", true);
  if (!before || !after) return false;
  return has_gap ? *before + *after <= 7 : *before == 8;
}

// A name or an IPv4 address. What looks like four numbers must be an address.
bool is_host(std::string_view host) {
  bool is_numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return is_numeric ? is_dotted_quad(host) : is_host_name(host);
}

std::optional<std::uint16_t> read_port(std::string_view text) {
  auto number = parse_decimal(text);
  if (!number || *number == 0 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

std::string limit_text(Size value) {
  return quote(format_size(value.bytes));
}
std::string limit_text(Port value) {
  return fmt::format("{}", value.number);
}

Read<Duration> read_duration(std::string_view text) {
  std::string_view rest = text;
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  const std::string expected = "a duration such as \"30s\", \"1h30m\" or \"500ms\"";
  while (!rest.empty() || text.empty()) {
    auto quantity = take_quantity(rest);
    std::size_t unit = next_unit;
    while (unit < kTimeUnits.size() && (!quantity || kTimeUnits[unit].name != quantity->unit)) {
      ++unit;
    }
    if (unit == kTimeUnits.size()) {
      return refuse("bad-duration", text, expected, "units, largest first: d h m s ms us",
                    duration_suggestion(text));
    }
    auto part = multiply(quantity->number, kTimeUnits[unit].factor, kMostMicroseconds - total);
    if (!part) return refuse("bad-duration", text, expected, "at most a hundred years");
    total += *part;
    next_unit = unit + 1;
  }
  return Duration(static_cast<Duration::rep>(total));
}

Read<Size> read_size(std::string_view text) {
  std::string_view rest = text;
  auto quantity = take_quantity(rest);
  const std::string expected = "a size such as \"512MiB\" or \"4KiB\"";
  for (const Unit& unit : kSizeUnits) {
    if (!quantity || !rest.empty() || quantity->unit != unit.name) continue;
    auto bytes = multiply(quantity->number, unit.factor, kMostBytes);
    if (!bytes) return refuse("bad-size", text, expected, "at most 1 EiB");
    return Size{*bytes};
  }
  return refuse("bad-size", text, expected, "units: B KiB MiB GiB TiB, or kB MB GB TB",
                size_suggestion(text));
}

Read<Signal> read_signal(std::string_view text) {
  if (auto number = parse_signal(text)) return Signal{*number};
  static const std::vector<std::string> kUsual{"HUP",  "INT",  "QUIT", "KILL",  "USR1", "USR2",
                                               "TERM", "CONT", "STOP", "WINCH", "ABRT"};
  std::string bare = to_upper(text);
  if (bare.starts_with("SIG")) bare.erase(0, 3);
  auto near = nearest(bare, kUsual);
  return refuse("bad-signal", text, "the name of a signal such as \"TERM\"",
                "usual ones: " + alternatives(kUsual), near.empty() ? "" : quote(near.front()));
}

Read<Address> read_address(std::string_view text) {
  const std::string expected =
      "an address such as \"127.0.0.1:8000\", \"[::1]:8000\" or \"/run/web.sock\"";
  std::string_view path = text.starts_with("unix:") ? text.substr(5) : text;
  if (path.starts_with('/')) {
    constexpr std::size_t kLongestSocketPath = 107;  // sun_path of unix(7), with its NUL
    if (path.size() > kLongestSocketPath || path.find('\0') != std::string_view::npos) {
      return refuse("bad-address", text, expected, "a socket's path has at most 107 bytes");
    }
    return UnixAddress{std::string(path)};
  }
  std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    std::size_t close = text.find("]:");
    bool good = close != std::string_view::npos && is_ipv6(text.substr(1, close - 1));
    auto port = good ? read_port(text.substr(close + 2)) : std::nullopt;
    if (port) return TcpAddress{std::string(text.substr(1, close - 1)), *port};
    return refuse("bad-address", text, expected);
  }
  if (colon == std::string_view::npos) {
    bool is_port = read_port(text).has_value();
    return refuse("bad-address", text, expected,
                  is_port ? "name the address to listen on" : "the port is missing",
                  is_port ? quote("127.0.0.1:" + std::string(text)) : "");
  }
  std::string_view host = text.substr(0, colon);
  auto port = read_port(text.substr(colon + 1));
  if (host.find(':') != std::string_view::npos) {
    bool is_v6 = port && is_ipv6(host);
    return refuse("bad-address", text, expected, "an IPv6 address stands in brackets",
                  is_v6 ? quote(fmt::format("[{}]:{}", host, *port)) : "");
  }
  if (host == "*") {
    return refuse("bad-address", text, expected, "every address is 0.0.0.0 (or [::])",
                  port ? quote(fmt::format("0.0.0.0:{}", *port)) : "");
  }
  if (!port) return refuse("bad-address", text, expected, "a port is a number from 1 to 65535");
  if (!host.empty() && !is_host(host)) return refuse("bad-address", text, expected);
  if (host.empty()) {
    return refuse("bad-address", text, expected, "name the address to listen on",
                  quote(fmt::format("127.0.0.1:{}", *port)));
  }
  return TcpAddress{std::string(host), *port};
}

std::string format_address(const Address& address) {
  if (const auto* unix_socket = std::get_if<UnixAddress>(&address)) {
    return "unix:" + unix_socket->path;
  }
  const auto& tcp = std::get<TcpAddress>(address);
  bool is_v6 = tcp.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", tcp.host, tcp.port)
               : fmt::format("{}:{}", tcp.host, tcp.port);
}

Read<Url> read_url(std::string_view text) {
  const std::string expected = "a URL such as \"https://shop.example/health\"";
  std::size_t mark = text.find("://");
  if (mark == std::string_view::npos) {
    bool is_bare = is_host(text.substr(0, text.find_first_of(":/?")));
    return refuse("bad-url", text, expected, "begins with http:// or https://",
                  is_bare ? quote("https://" + std::string(text)) : "");
  }
  Url url;
  url.scheme = to_lower(text.substr(0, mark));
  if (url.scheme != "http" && url.scheme != "https") {
    return refuse("bad-url", text, expected, "begins with http:// or https://");
  }
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) {
      return refuse("bad-url", text, expected, "no spaces: write %20");
    }
  }
  std::string_view rest = text.substr(mark + 3);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  std::string_view target = rest.substr(authority.size());
  target = target.substr(0, target.find('#'));
  if (authority.find('@') != std::string_view::npos) {
    return refuse("bad-url", text, expected, "a password does not belong into a URL");
  }
  std::size_t close = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  bool is_v6 = close != std::string_view::npos;
  std::size_t colon = is_v6 ? close + 1 : authority.find(':');
  std::string_view host = authority.substr(0, colon);
  std::string_view port = colon < authority.size() ? authority.substr(colon) : "";
  bool is_good_host = is_v6 ? is_ipv6(authority.substr(1, close - 1)) : is_host(host);
  auto number = port.starts_with(':') ? read_port(port.substr(1)) : std::nullopt;
  if (!is_good_host || (!port.empty() && !number)) return refuse("bad-url", text, expected);
  url.host = is_v6 ? std::string(authority.substr(1, close - 1)) : to_lower(host);
  url.port = number.value_or(url.scheme == "http" ? 80 : 443);
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  url.text = text;
  return url;
}

}  // namespace hammock::schema
