// Any bytes at all: parsed, validated by a rich schema, rendered in every way.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#include "schema/house_testing.h"
#include "schema/read.h"
#include "schema/render.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hammock::schema;
  static const Schema<House> kSchema = house_schema();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto outcome = read_text(kSchema, text, "fuzz.toml", {"docs"});
  HAMMOCK_ASSERT(outcome.value.has_value() == outcome.report.ok());
  for (const Diagnostic& d : outcome.report.diagnostics) {
    HAMMOCK_ASSERT(d.span.line > 0 && d.span.column > 0);
    bool is_forward = d.span.line < d.span.end_line ||
                      (d.span.line == d.span.end_line && d.span.column <= d.span.end_column);
    HAMMOCK_ASSERT(is_forward);
  }
  HAMMOCK_ASSERT(hammock::is_utf8(render_human(outcome.report, {true})));
  HAMMOCK_ASSERT(hammock::is_utf8(render_json(outcome.report)));
  HAMMOCK_ASSERT(hammock::is_utf8(render_sarif(outcome.report)));
  HAMMOCK_ASSERT(hammock::is_utf8(render_short(outcome.report)));
  return 0;
}
