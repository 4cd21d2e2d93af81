// The generated documentation is that of this schema, and says something about every key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/config/config.h"

namespace hammock::config {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

fs::path source_folder() {
  const char* folder = std::getenv("HAMMOCK_SOURCE_DIR");
  return folder ? fs::path(folder) : fs::current_path();
}

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// HAMMOCK_WRITE_DOCS=1 writes the file first.
void expect_generated(const std::string& name, const std::string& text) {
  fs::path path = source_folder() / "docs" / name;
  if (std::getenv("HAMMOCK_WRITE_DOCS")) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  EXPECT_EQ(slurp(path), text) << "run this test with HAMMOCK_WRITE_DOCS=1";
}

TEST(Reference, TheFilesInDocsAreThoseOfTheSchema) {
  expect_generated("configuration.md", reference_markdown());
  expect_generated("hammock.schema.json", json_schema());
}

TEST(Reference, EveryKeyIsExplained) {
  std::vector<std::string> keys = all_keys();
  EXPECT_THAT(keys, Contains("service.*.restart.backoff"));
  EXPECT_GE(keys.size(), 50u);
  for (const std::string& key : keys) {
    auto text = explain(key);
    ASSERT_TRUE(text.has_value()) << key;
    EXPECT_GE(text->size(), key.size() + 40) << key << ": " << *text;
  }
}

TEST(Reference, NamesStandForEveryName) {
  EXPECT_EQ(explain("service.web.restart.backoff").value(),
            explain("service.*.restart.backoff").value());
  EXPECT_EQ(explain("restart.backoff").value(), explain("service.*.restart.backoff").value());
  EXPECT_THAT(explain("service.*.instances").value(), HasSubstr("256"));
  auto unknown = explain("service.web.instnces");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_THAT(unknown.error().candidates, Contains(HasSubstr("instances")));
}

// The anchor of every diagnostic exists in the reference.
TEST(Reference, DiagnosticsPointIntoIt) {
  std::string reference = reference_markdown();
  std::set<std::string> anchors;
  for (const auto& entry : fs::directory_iterator(source_folder() / "tests/config")) {
    if (entry.path().extension() != ".toml") continue;
    Loaded loaded = load({slurp(entry.path()), "hammock.toml", "/", {}});
    for (const schema::Diagnostic& d : loaded.report.diagnostics) {
      auto hash = d.doc.find('#');
      if (hash != std::string::npos) anchors.insert(d.doc.substr(hash + 1));
    }
  }
  EXPECT_GE(anchors.size(), 20u);
  for (const std::string& anchor : anchors) {
    EXPECT_THAT(reference, HasSubstr("\"" + anchor + "\""));
  }
}

}  // namespace
}  // namespace hammock::config
