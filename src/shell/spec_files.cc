#include "shell/spec_files.h"

#include <unistd.h>

#include <filesystem>
#include <vector>

#include "base/hash.h"
#include "os/file.h"

namespace hammock::shell {

std::string SpecFiles::path_of(std::uint64_t hash) const {
  return folder_ + "/" + hex64(hash);
}

Result<std::uint64_t> SpecFiles::keep(const std::string& image) const {
  std::uint64_t hash = wire::spec_hash(image);
  if (is_there(hash)) return hash;
  // The environment in it may hold what was a secret file.
  auto written = os::write_file(path_of(hash), image, 0600);
  if (!written && written.error().code == ErrorCode::kNotFound) {
    if (int error = os::make_folders(folder_.c_str(), 0700); error != 0) {
      return fail_errno("make " + folder_, error);
    }
    written = os::write_file(path_of(hash), image, 0600);
  }
  if (!written) return std::unexpected(written.error());
  return hash;
}

bool SpecFiles::is_there(std::uint64_t hash) const {
  return access(path_of(hash).c_str(), F_OK) == 0;
}

Result<wire::Spec> SpecFiles::read(std::uint64_t hash) const {
  auto image = os::read_file(path_of(hash));
  if (!image) return std::unexpected(image.error());
  return wire::decode_spec(*image);
}

void SpecFiles::remove_others(const std::unordered_set<std::uint64_t>& used) const {
  std::unordered_set<std::string> names;
  for (std::uint64_t hash : used)
    names.insert(hex64(hash));
  std::vector<std::filesystem::path> unused;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (!names.contains(entry.path().filename())) unused.push_back(entry.path());
  }
  for (const auto& path : unused)
    std::filesystem::remove(path, error);
}

}  // namespace hammock::shell
