// What the tests of the gauges share: a scratch folder, and a look as the program takes it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gauge/gauge.h"
#include "os/file.h"

namespace hammock::gauge {

class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "hammock-gauge-XXXXXX";
    path_ = std::filesystem::canonical(mkdtemp(pattern.data()));
    std::filesystem::permissions(path_, std::filesystem::perms(0755));
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const {
    return std::string(path_).append("/").append(name);
  }
  // The path of a new file, with the folders on the way.
  std::string file(std::string_view name, std::string_view content = {}) const {
    std::string path = *this / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    EXPECT_TRUE(os::write_file(path, content, 0644));
    return path;
  }

 private:
  std::string path_;
};

// Root may read everything: while this lives we may not, whoever runs the tests.
class AsNobody {
 public:
  AsNobody() {
    if (is_root_) {
      EXPECT_EQ(seteuid(65534), 0);
    }
  }
  ~AsNobody() {
    if (is_root_) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  bool is_root_ = geteuid() == 0;
};

// The JSON that is printed, without its newline.
inline std::string look(const std::vector<std::string_view>& arguments) {
  const Printed printed = run(arguments);
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  EXPECT_EQ(printed.error, "");
  EXPECT_TRUE(printed.output.ends_with('\n'));
  return printed.output.substr(0, printed.output.find('\n'));
}

// The sentence with which arguments are refused.
inline std::string refusal(const std::vector<std::string_view>& arguments) {
  const Printed printed = run(arguments);
  EXPECT_EQ(printed.exit_code, 64);
  EXPECT_EQ(printed.output, "");
  return printed.error;
}

}  // namespace hammock::gauge
