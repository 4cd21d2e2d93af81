// The strong types that scalars are read into, and how text becomes them.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"
#include "schema/schema.h"

namespace hammock::schema {

struct Size {
  std::uint64_t bytes = 0;
  friend auto operator<=>(const Size&, const Size&) = default;
};

struct Port {
  std::uint16_t number = 0;
  friend auto operator<=>(const Port&, const Port&) = default;
};

struct Signal {
  int number = 0;
  friend auto operator<=>(const Signal&, const Signal&) = default;
};

// Host is a name or a literal address, without brackets; empty means every address.
struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;
  friend auto operator<=>(const TcpAddress&, const TcpAddress&) = default;
};
// A socket in the file system; an absolute path.
struct UnixAddress {
  std::string path;
  friend auto operator<=>(const UnixAddress&, const UnixAddress&) = default;
};
using Address = std::variant<TcpAddress, UnixAddress>;

// "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock".
std::string format_address(const Address& address);

// RFC 3986, with an authority: scheme "http" or "https", in lower case.
struct Url {
  std::string scheme;
  std::string host;
  std::uint16_t port = 0;  // the scheme's own when not given
  std::string target;      // path and query, begins with '/'
  std::string text;        // as written
  friend auto operator<=>(const Url&, const Url&) = default;
};

// Both days belong to it.
struct DateRange {
  std::chrono::year_month_day first, last;
  friend auto operator<=>(const DateRange&, const DateRange&) = default;
};

// Each gives the value, or what is wrong with the text. Nothing is trimmed or guessed.
template <class T>
using Read = std::expected<T, Problem>;

// One or more of a whole number and a unit (d, h, m, s, ms, us), largest first: "1h30m", "500ms".
Read<Duration> read_duration(std::string_view text);
// A whole number and a unit: B, KiB, MiB, GiB, TiB, or kB, MB, GB, TB (powers of 1000).
Read<Size> read_size(std::string_view text);
Read<Signal> read_signal(std::string_view text);
Read<Address> read_address(std::string_view text);
Read<Url> read_url(std::string_view text);
// RFC 3339 with an offset: "2026-12-01T08:00:00Z", "2026-12-01 09:00:00+01:00".
Read<Instant> read_instant(std::string_view text);
Read<std::chrono::year_month_day> read_date(std::string_view text);
// "2026-12-01..2027-01-05", or one day.
Read<DateRange> read_date_range(std::string_view text);

// As limits are written in messages.
std::string limit_text(Size value);
std::string limit_text(Port value);

}  // namespace hammock::schema
