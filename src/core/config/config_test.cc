#include "core/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace hammock::config {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

fs::path source_folder() {
  const char* folder = std::getenv("HAMMOCK_SOURCE_DIR");
  return folder ? fs::path(folder) : fs::current_path();
}

// Everything that a person is promised of a mistake: place, code, message, suggestion, other
// places.
std::string described(const schema::Report& report) {
  std::ostringstream text;
  auto place = [&](const schema::Span& span) {
    text << span.line << ':' << span.column;
    if (span.end_line != span.line)
      text << '-' << span.end_line << ':' << span.end_column;
    else
      text << '-' << span.end_column;
  };
  for (const schema::Diagnostic& d : report.diagnostics) {
    if (!d.file.empty()) text << d.file << ':';
    place(d.span);
    text << (d.severity == schema::Severity::kError ? " error " : " warning ") << d.code << ": "
         << printable(d.message) << '\n';
    if (!d.suggestion.empty()) text << "    write " << printable(d.suggestion) << '\n';
    if (!d.help.empty()) text << "    help " << printable(d.help) << '\n';
    for (const schema::Related& related : d.related) {
      text << "    see ";
      place(related.span);
      text << ' ' << printable(related.message) << '\n';
    }
  }
  return text.str();
}

Loaded load_text(std::string text,
                 std::vector<std::pair<std::string, std::string>> environment = {}) {
  return load({std::move(text), "hammock.toml", "/srv/acme", std::move(environment)});
}

// A comment "#! NAME=value" in the first line of a case is the environment of it.
std::vector<std::pair<std::string, std::string>> environment_of(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> environment;
  if (!text.starts_with("#! ")) return environment;
  for (std::string_view word : split(std::string_view(text).substr(3, text.find('\n') - 3), ' ')) {
    auto equals = word.find('=');
    environment.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return environment;
}

// tests/config/<case>.toml is explained as <case>.expected says, to the column.
// HAMMOCK_WRITE_CASES=1 writes what is said now; read it before you keep it.
TEST(MalformedFiles, EachIsExplainedExactly) {
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(source_folder() / "tests/config")) {
    if (entry.path().extension() == ".toml") cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  ASSERT_GE(cases.size(), 60u);
  for (const fs::path& path : cases) {
    std::string text = slurp(path);
    Loaded loaded = load_text(text, environment_of(text));
    std::string said = described(loaded.report);
    EXPECT_EQ(loaded.configuration.has_value(), loaded.report.ok()) << path;
    EXPECT_FALSE(loaded.report.ok()) << path << " has nothing wrong with it";
    fs::path expected = fs::path(path).replace_extension(".expected");
    if (std::getenv("HAMMOCK_WRITE_CASES")) std::ofstream(expected, std::ios::binary) << said;
    EXPECT_EQ(slurp(expected), said) << path;
  }
}

TEST(MalformedFiles, TheSameIsSaidEveryTime) {
  std::string text =
      "[service.a]\nx = 1\ny = 2\nneeds = [\"b\", \"c\"]\n[service.d]\nneeds = [\"d\"]\n";
  EXPECT_EQ(described(load_text(text).report), described(load_text(text).report));
}

// Every error points to the reference, and no two share a place and a code.
TEST(MalformedFiles, EachErrorIsDocumented) {
  for (const auto& entry : fs::directory_iterator(source_folder() / "tests/config")) {
    if (entry.path().extension() != ".toml") continue;
    for (const schema::Diagnostic& d : load_text(slurp(entry.path())).report.diagnostics) {
      EXPECT_FALSE(d.code.empty()) << entry.path();
      EXPECT_TRUE(d.doc.empty() || d.doc.starts_with(kDocFile)) << entry.path() << d.doc;
    }
  }
}

}  // namespace
}  // namespace hammock::config
