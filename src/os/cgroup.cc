#include "os/cgroup.h"

#include <array>
#include <charconv>

#include "base/text.h"
#include "os/file.h"

namespace hammock::os {
namespace {

// The next line of `text`, which is advanced past it.
std::string_view next_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// /proc/self/mountinfo: "36 35 98:0 /root /mount/point rw … - cgroup2 source options".
std::optional<std::pair<std::string, std::string>> cgroup2_mount() {
  auto table = read_file("/proc/self/mountinfo");
  if (!table) return std::nullopt;
  for (std::string_view line : split(*table, '\n')) {
    std::size_t dash = line.find(" - cgroup2 ");
    if (dash == std::string_view::npos) continue;
    auto fields = split(line.substr(0, dash), ' ');
    if (fields.size() >= 5) return std::pair(std::string(fields[3]), std::string(fields[4]));
  }
  return std::nullopt;
}

// `file` is a line of words.
bool has_word(const char* folder, std::string_view file, std::string_view wanted) {
  Path path(folder, "/", file);
  std::array<char, 512> content;
  ssize_t count = path.fits() ? read_small(path.c_str(), content) : -1;
  if (count < 0) return false;
  std::string_view text(content.data(), static_cast<std::size_t>(count));
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find_first_of(" \n"));
    if (word == wanted) return true;
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return false;
}

}  // namespace

std::optional<std::string> own_cgroup() {
  auto mount = cgroup2_mount();
  auto groups = read_file("/proc/self/cgroup");
  if (!mount || !groups) return std::nullopt;
  for (std::string_view line : split(*groups, '\n')) {
    if (!line.starts_with("0::/")) continue;
    std::string_view path = line.substr(3);
    // In a container the mount shows a part of the tree; paths are relative to the namespace's
    // root.
    if (mount->first != "/" && path.starts_with(mount->first)) {
      path.remove_prefix(mount->first.size());
    }
    std::string folder = mount->second + std::string(path);
    while (folder.size() > 1 && folder.back() == '/')
      folder.pop_back();
    return folder;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> cgroup_value(const char* folder, std::string_view file,
                                          std::string_view key) {
  Path path(folder, "/", file);
  std::array<char, 1024> content;
  ssize_t count = path.fits() ? read_small(path.c_str(), content) : -1;
  if (count < 0) return std::nullopt;
  std::string_view text(content.data(), static_cast<std::size_t>(count));
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') {
      return parse_decimal(line.substr(key.size() + 1));
    }
  }
  return std::nullopt;
}

bool cgroup_has_controller(const char* folder, std::string_view controller) {
  return has_word(folder, "cgroup.controllers", controller);
}

void cgroup_hand_on(const char* folder, std::string_view controller) {
  constexpr std::string_view kFile = "cgroup.subtree_control";
  if (!cgroup_has_controller(folder, controller) || has_word(folder, kFile, controller)) return;
  FixedText<64> word;
  word.add("+").add(controller);
  (void)cgroup_write(folder, kFile, word.view());
}

int cgroup_write(const char* folder, std::string_view file, std::string_view value) {
  Path path(folder, "/", file);
  return path.fits() ? write_small(path.c_str(), value) : ENAMETOOLONG;
}

}  // namespace hammock::os
