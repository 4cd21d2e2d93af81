// What the schema says about itself.
#include "core/config/config.h"
#include "core/config/root.h"

namespace hammock::config {

namespace {
constexpr std::string_view kTitle = "hammock.toml";
}

std::string reference_markdown() {
  return schema::markdown_reference(root_schema().description(), kTitle);
}

std::string json_schema() {
  return schema::json_schema(root_schema().description(), kTitle);
}

std::expected<std::string, schema::NoSuchKey> explain(std::string_view key) {
  return schema::explain(root_schema().description(), key);
}

std::vector<std::string> all_keys() {
  return schema::all_keys(root_schema().description());
}

}  // namespace hammock::config
