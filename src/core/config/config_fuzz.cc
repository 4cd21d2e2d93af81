// Any bytes: no crash; a configuration exactly when there is no error; places inside the text.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "core/config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hammock;
  std::string text(reinterpret_cast<const char*>(data), size);
  auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
  config::Loaded loaded = config::load({text, "hammock.toml", "/", {{"HAMMOCK_LISTEN", text}}});
  HAMMOCK_ASSERT(loaded.configuration.has_value() == loaded.report.ok());
  for (const schema::Diagnostic& diagnostic : loaded.report.diagnostics) {
    HAMMOCK_ASSERT(!diagnostic.code.empty() && !diagnostic.message.empty());
    HAMMOCK_ASSERT(diagnostic.span.line <= lines);
    HAMMOCK_ASSERT(diagnostic.span.line <= diagnostic.span.end_line);
  }
  return 0;
}
