#include "gauge/disk.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cstdint>
#include <limits>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "gauge/content.h"

namespace hammock::gauge {
namespace {

constexpr std::size_t kMountinfoBytesMax = 64 << 20;
constexpr const char* kMountinfo = "/proc/self/mountinfo";

// "\040" is a space.
std::string unescape(std::string_view text) {
  std::string result;
  const auto is_octal = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '\\' && i + 3 < text.size() && text[i + 1] <= '3' &&
                           is_octal(i + 1) && is_octal(i + 2) && is_octal(i + 3);
    if (!is_escape) {
      result += text[i];
      continue;
    }
    result +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
    i += 3;
  }
  return result;
}

// "36 35 98:0 /root /mounted rw,noatime master:1 - type device rw": before the dash there may be
// any number of fields.
std::optional<Mount> parse_mount(std::string_view line) {
  const auto fields = split(line, ' ');
  for (std::size_t dash = 6; dash + 2 < fields.size(); ++dash) {
    if (fields[dash] != "-") continue;
    Mount mount{unescape(fields[dash + 2]), unescape(fields[4]), unescape(fields[dash + 1])};
    if (!mount.mounted.starts_with('/')) return std::nullopt;
    return mount;
  }
  return std::nullopt;
}

bool lies_in(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max()
                                                : product;
}

// `unit` is what one of these is worth.
void write_share(JsonWriter& json, std::uint64_t all, std::uint64_t free, std::uint64_t available,
                 std::uint64_t unit) {
  const std::uint64_t used = all > free ? all - free : 0;
  json.object([&] {
    json.member("used", times(used, unit));
    json.member("most", times(used + available, unit));
  });
}

}  // namespace

std::optional<Mount> find_mount(std::string_view mountinfo, std::string_view path) {
  std::optional<Mount> found;
  for (std::string_view line : split(mountinfo, '\n')) {
    auto mount = parse_mount(line);
    if (!mount || !lies_in(path, mount->mounted)) continue;
    // A later one at the same place covers the earlier.
    if (!found || mount->mounted.size() >= found->mounted.size()) found = std::move(mount);
  }
  return found;
}

std::string disk_json(std::string_view path, const Mount& mount, const struct statvfs& about) {
  JsonWriter json;
  json.object([&] {
    json.member("path", path);
    json.member("device", mount.device);
    json.member("mounted", mount.mounted);
    json.member("type", mount.type);
    json.member("bytes");
    write_share(json, about.f_blocks, about.f_bfree, about.f_bavail, about.f_frsize);
    json.member("inodes");
    if (about.f_files == 0)
      json.null();
    else
      write_share(json, about.f_files, about.f_ffree, about.f_favail, 1);
  });
  return json.text();
}

Result<std::string> look_disk(Arguments arguments) {
  if (arguments.size() != 1 || !arguments.front().starts_with('/')) {
    return fail(ErrorCode::kInvalid,
                fmt::format("disk: expected one absolute path, such as /srv, got {}",
                            arguments.size() == 1 ? json_quote(arguments.front())
                                                  : fmt::format("{} arguments", arguments.size())));
  }
  const std::string path(arguments.front());
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  if (!real) return fail_errno(fmt::format("cannot look at {}", path));
  struct statvfs about{};
  if (::statvfs(real.get(), &about) != 0) return fail_errno(fmt::format("statvfs of {}", path));
  auto mountinfo = content_of(kMountinfo, kMountinfoBytesMax);
  if (!mountinfo) return std::unexpected(mountinfo.error());
  const auto mount = find_mount(*mountinfo, real.get());
  if (!mount) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} does not say on which file system {} lies", kMountinfo, path));
  }
  return disk_json(path, *mount, about);
}

}  // namespace hammock::gauge
