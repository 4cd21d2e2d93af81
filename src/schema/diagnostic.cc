#include "schema/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace hammock::schema {

void sort(Diagnostics& diagnostics) {
  auto key = [](const Diagnostic& d) { return std::tie(d.file, d.span, d.code, d.message); };
  std::ranges::sort(diagnostics, {}, key);
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

}  // namespace hammock::schema
