#include "gauge/end_of_life.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "gauge/content.h"
#include "gauge/os_release.h"
#include "gauge/release_table.h"

namespace hammock::gauge {
namespace {

constexpr std::size_t kTableBytesMax = 1 << 20;
constexpr std::size_t kOsReleaseBytesMax = 64 << 10;

struct Subject {
  std::string product;
  std::string release;
  std::string title;
};

std::string answer(const Subject& subject, std::string_view ends, std::string_view source) {
  JsonWriter json;
  json.object([&] {
    json.member("product", subject.product);
    json.member("release", subject.release);
    json.member("title", subject.title);
    json.member("ends", ends);
    json.member("table", source);
  });
  return json.text();
}

Result<std::string> by_table(const std::string& file, const Subject& subject) {
  auto content = content_of(file, kTableBytesMax);
  if (!content) return std::unexpected(content.error());
  auto table = parse_release_table(file, *content);
  if (!table) return std::unexpected(table.error());
  const Release* found = find_release(*table, subject.product, subject.release);
  if (found != nullptr) return answer(subject, found->ends, file);
  const Release* newest = newest_release(*table, subject.product);
  const std::string most = newest == nullptr ? fmt::format("it has no line for {}", subject.product)
                                             : fmt::format("its newest line for {} is {}",
                                                           subject.product, newest->release);
  return fail(
      ErrorCode::kNotFound,
      fmt::format("{} does not list {} {}; {}: add \"{} {} YYYY-MM-DD\" once it is known", file,
                  subject.product, subject.release, most, subject.product, subject.release));
}

// The first that exists; its path in `file`.
Result<std::string> read_os_release(std::span<const std::string> files, std::string& file) {
  Result<std::string> content = fail(ErrorCode::kNotFound, "no file tells what this system is");
  for (const std::string& candidate : files) {
    file = candidate;
    content = content_of(candidate, kOsReleaseBytesMax);
    if (content || content.error().code != ErrorCode::kNotFound) break;
  }
  return content;
}

}  // namespace

Result<std::string> end_of_life_of_system(const std::string& table,
                                          std::span<const std::string> os_release_files) {
  std::string file;
  auto text = read_os_release(os_release_files, file);
  if (!text) return std::unexpected(text.error());
  std::array<std::string, 4> values;
  constexpr std::array<std::string_view, 4> names = {"ID", "VERSION_ID", "PRETTY_NAME",
                                                     "SUPPORT_END"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto value = os_release_value(file, *text, names[i]);
    if (!value) return std::unexpected(value.error());
    values[i] = std::move(*value).value_or("");
  }
  const auto& [id, version, pretty, support_end] = values;
  const Subject subject{id, version, pretty.empty() ? id + " " + version : printable(pretty)};
  if (!is_product(id) || !is_release(version)) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{} names no release: expected ID and VERSION_ID, got \"{}\" and "
                            "\"{}\"; a rolling release has no end of life, for others name the "
                            "product and its release",
                            file, printable(id.substr(0, 100)), printable(version.substr(0, 100))));
  }
  if (support_end.empty()) return by_table(table, subject);
  if (is_day(support_end)) return answer(subject, support_end, file);
  return fail(ErrorCode::kCorrupt,
              fmt::format("{}: expected SUPPORT_END=2028-06-30, a day, got \"{}\"", file,
                          printable(support_end.substr(0, 100))));
}

Result<std::string> look_end_of_life(Arguments arguments) {
  if ((arguments.size() != 1 && arguments.size() != 3) || arguments.front().empty()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("end-of-life: expected a table, and perhaps a product and its release, "
                            "got {} arguments",
                            arguments.size()));
  }
  const std::string table(arguments.front());
  if (arguments.size() == 1) {
    const std::array<std::string, 2> files = {"/etc/os-release", "/usr/lib/os-release"};
    return end_of_life_of_system(table, files);
  }
  const std::string product(arguments[1]);
  const std::string release(arguments[2]);
  if (!is_product(product) || !is_release(release)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("end-of-life: expected a product and its release as they stand in a "
                            "table, such as debian 12, got {} {}",
                            json_quote(product), json_quote(release)));
  }
  return by_table(table, {product, release, product + " " + release});
}

}  // namespace hammock::gauge
