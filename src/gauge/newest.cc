#include "gauge/newest.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "os/unique_fd.h"

namespace hammock::gauge {
namespace {

struct Component {
  std::string text;
  bool is_any_depth = false;
  bool is_literal = false;

  bool matches(const char* name) const {
    if (is_any_depth) return *name != '.';
    if (is_literal) return text == name;
    return fnmatch(text.c_str(), name, FNM_PERIOD) == 0;
  }
};
using Pattern = std::vector<Component>;

Result<Pattern> parse_pattern(std::string_view text) {
  if (!text.starts_with('/') || text.ends_with('/') || text.size() > kPatternBytesMax) {
    return fail(ErrorCode::kInvalid,
                fmt::format("expected the absolute path of files, such as /backup/*.dump, in at "
                            "most {} bytes, got \"{}\"",
                            kPatternBytesMax, printable(text.substr(0, 200))));
  }
  Pattern pattern;
  for (std::string_view part : split(text, '/')) {
    if (part.empty()) continue;
    const bool is_any_depth = part == "**";
    const bool is_literal = part.find_first_of("*?[\\") == std::string_view::npos;
    pattern.push_back({std::string(part), is_any_depth, is_literal});
  }
  return pattern;
}

struct File {
  std::string path;
  struct timespec modified{};
  std::uint64_t bytes = 0;
};

bool is_newer(const File& a, const File& b) {
  if (a.modified.tv_sec != b.modified.tv_sec) return a.modified.tv_sec > b.modified.tv_sec;
  if (a.modified.tv_nsec != b.modified.tv_nsec) return a.modified.tv_nsec > b.modified.tv_nsec;
  return a.path < b.path;
}

// Nothing is there, or not any more.
bool is_gone(int errno_value) {
  return errno_value == ENOENT || errno_value == ENOTDIR || errno_value == ELOOP;
}

std::unexpected<Error> cannot_look(const std::string& path, int errno_value) {
  auto failed = fail_errno(fmt::format("cannot look into {}", path), errno_value);
  Error error = failed.error();
  if (error.code == ErrorCode::kNotPermitted) {
    error.message.append(
        ", and the newest file might be there: allow it to be read, or name a "
        "narrower pattern");
  }
  return std::unexpected(std::move(error));
}

// Which components of the pattern the next name may be for, ascending.
using Places = std::vector<std::size_t>;

class Walk {
 public:
  explicit Walk(const Pattern& pattern) : pattern_(pattern) {}

  Result<void> all() {
    Places start;
    enter(start, 0);
    return folder(AT_FDCWD, "/", start, 0);
  }
  std::string json() const;

 private:
  struct Closed {
    void operator()(DIR* listing) const { closedir(listing); }
  };

  void enter(Places& places, std::size_t place) const {
    if (place == pattern_.size() || std::ranges::find(places, place) != places.end()) return;
    places.push_back(place);
    if (pattern_[place].is_any_depth) enter(places, place + 1);
  }
  // Where names below the folder of this name may be; `depth` is false for one behind a link.
  Places below(const Places& places, const char* name, bool depth) const {
    Places next;
    for (std::size_t place : places) {
      if (!pattern_[place].matches(name)) continue;
      if (!pattern_[place].is_any_depth)
        enter(next, place + 1);
      else if (depth)
        enter(next, place);
    }
    return next;
  }
  bool is_wanted_file(const Places& places, const char* name) const {
    return std::ranges::any_of(places, [&](std::size_t place) {
      return place + 1 == pattern_.size() && pattern_[place].matches(name);
    });
  }

  Result<void> folder(int parent, const char* name, const Places& places, int flags);
  Result<void> list(os::UniqueFd fd, const Places& places);
  Result<void> entry(int fd, const char* name, unsigned char type, const Places& places);
  Result<void> real(int fd, const char* name, const Places& places, const struct stat& about);
  Result<void> link(int fd, const char* name, const Places& places);
  void add(const char* name, const struct stat& about);

  const Pattern& pattern_;
  std::string path_;  // of the folder that is looked into; empty for the root
  std::vector<File> newest_;
  std::uint64_t count_ = 0;
};

Result<void> Walk::folder(int parent, const char* name, const Places& places, int flags) {
  const bool is_named = places.size() == 1 && pattern_[places.front()].is_literal;
  // Who may only pass through a folder can still reach what is named.
  flags |= O_DIRECTORY | O_CLOEXEC | (is_named ? O_PATH : O_RDONLY);
  os::UniqueFd fd(::openat(parent, name, flags));
  const int errno_value = errno;
  const std::size_t path_size = path_.size();
  if (parent != AT_FDCWD) path_.append("/").append(name);
  Result<void> looked;
  if (!fd) {
    if (!is_gone(errno_value)) looked = cannot_look(path_.empty() ? "/" : path_, errno_value);
  } else if (is_named) {
    looked = entry(fd.get(), pattern_[places.front()].text.c_str(), DT_UNKNOWN, places);
  } else {
    looked = list(std::move(fd), places);
  }
  path_.resize(path_size);
  return looked;
}

Result<void> Walk::list(os::UniqueFd fd, const Places& places) {
  const std::unique_ptr<DIR, Closed> listing(fdopendir(fd.get()));
  if (!listing) return cannot_look(path_, errno);
  const int folder_fd = fd.release();
  while (true) {
    errno = 0;
    const dirent* found = readdir(listing.get());
    if (found == nullptr) {
      if (errno != 0 && !is_gone(errno)) return cannot_look(path_.empty() ? "/" : path_, errno);
      return {};
    }
    const std::string_view name = found->d_name;
    if (name == "." || name == "..") continue;
    HAMMOCK_TRY(entry(folder_fd, found->d_name, found->d_type, places));
  }
}

Result<void> Walk::entry(int fd, const char* name, unsigned char type, const Places& places) {
  const bool is_wanted = is_wanted_file(places, name);
  // Most of what is in a folder needs no further look.
  if (type != DT_UNKNOWN && type != DT_DIR && type != DT_REG && type != DT_LNK) return {};
  if (type == DT_REG && !is_wanted) return {};
  if (type == DT_DIR || !is_wanted) {
    const Places next = below(places, name, type == DT_DIR || type == DT_UNKNOWN);
    if (next.empty()) return {};
    if (type == DT_DIR) return folder(fd, name, next, O_NOFOLLOW);
  }
  struct stat about{};
  if (::fstatat(fd, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
    if (is_gone(errno)) return {};
    return cannot_look(fmt::format("{}/{}", path_, name), errno);
  }
  if (S_ISLNK(about.st_mode)) return link(fd, name, places);
  return real(fd, name, places, about);
}

Result<void> Walk::real(int fd, const char* name, const Places& places, const struct stat& about) {
  if (S_ISREG(about.st_mode) && is_wanted_file(places, name)) add(name, about);
  if (!S_ISDIR(about.st_mode)) return {};
  const Places next = below(places, name, true);
  return next.empty() ? Result<void>() : folder(fd, name, next, O_NOFOLLOW);
}

Result<void> Walk::link(int fd, const char* name, const Places& places) {
  struct stat about{};
  if (::fstatat(fd, name, &about, 0) != 0) {
    if (is_gone(errno)) return {};
    return cannot_look(fmt::format("{}/{}", path_, name), errno);
  }
  if (S_ISREG(about.st_mode) && is_wanted_file(places, name)) add(name, about);
  if (!S_ISDIR(about.st_mode)) return {};
  const Places next = below(places, name, false);
  return next.empty() ? Result<void>() : folder(fd, name, next, 0);
}

void Walk::add(const char* name, const struct stat& about) {
  ++count_;
  const bool is_full = newest_.size() == kNewestMax;
  // Spares the path of nearly every one of a million files.
  if (is_full && about.st_mtim.tv_sec < newest_.back().modified.tv_sec) return;
  File file{fmt::format("{}/{}", path_, name), about.st_mtim,
            static_cast<std::uint64_t>(std::max<off_t>(about.st_size, 0))};
  if (is_full && !is_newer(file, newest_.back())) return;
  if (is_full) newest_.pop_back();
  newest_.insert(std::ranges::upper_bound(newest_, file, is_newer), std::move(file));
}

std::string Walk::json() const {
  JsonWriter json;
  json.object([&] {
    json.member("files");
    json.array([&] {
      for (const File& file : newest_) {
        json.object([&] {
          json.member("path", file.path);
          json.member("modified", modified_text(file.modified));
          json.member("bytes", file.bytes);
        });
      }
    });
    json.member("count", count_);
  });
  return json.text();
}

}  // namespace

std::string modified_text(const struct timespec& modified) {
  constexpr std::int64_t kYear0 = -62'167'219'200;
  constexpr std::int64_t kYear9999Ends = 253'402'300'799;
  const std::int64_t second = std::clamp<std::int64_t>(modified.tv_sec, kYear0, kYear9999Ends);
  return format_instant_ms(
      Instant(std::chrono::seconds(second) + std::chrono::microseconds(modified.tv_nsec / 1000)));
}

Result<std::string> look_newest(Arguments arguments) {
  if (arguments.size() != 1) {
    return fail(ErrorCode::kInvalid,
                fmt::format("newest: expected one pattern, got {} arguments: quote it, so that no "
                            "shell expands it",
                            arguments.size()));
  }
  auto pattern = parse_pattern(arguments.front());
  if (!pattern) return std::unexpected(pattern.error());
  Walk walk(*pattern);
  HAMMOCK_TRY(walk.all());
  return walk.json();
}

}  // namespace hammock::gauge
