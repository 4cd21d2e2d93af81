// For the tests: a report in a few words.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "schema/read.h"
#include "schema/table.h"

namespace hammock::schema {

inline std::string place(const Span& s) {
  return fmt::format("{}:{}-{}{}", s.line, s.column,
                     s.end_line == s.line ? "" : fmt::format("{}:", s.end_line), s.end_column);
}

// "3:1-8 unknown-key service.web.comand → command ~1:2-5": place, code, path, suggestion, related.
inline std::vector<std::string> summary(const Diagnostics& diagnostics) {
  std::vector<std::string> lines;
  for (const Diagnostic& d : diagnostics) {
    std::string line = fmt::format("{} {}", place(d.span), d.code);
    if (!d.path.empty()) line += " " + path_text(d.path);
    if (!d.suggestion.empty()) line += " → " + d.suggestion;
    for (const Related& related : d.related)
      line += " ~" + place(related.span);
    lines.push_back(line);
  }
  return lines;
}

template <class T>
std::vector<std::string> faults(const Schema<T>& schema, std::string_view text) {
  return summary(read_text(schema, text, "t.toml").report.diagnostics);
}

// A document that is one key `v` with this value.
template <class T>
struct Boxed {
  T v{};
};
template <class T>
Schema<Boxed<T>> boxed(Schema<T> schema) {
  return TableOf<Boxed<T>>("").required("v", &Boxed<T>::v, std::move(schema));
}
template <class T>
Outcome<Boxed<T>> read_value(const Schema<T>& schema, std::string_view toml) {
  return read_text(boxed(schema), "v = " + std::string(toml), "t.toml");
}
// The faults of one value, as summary.
template <class T>
std::vector<std::string> value_faults(const Schema<T>& schema, std::string_view toml) {
  return summary(read_value(schema, toml).report.diagnostics);
}
template <class T>
bool takes(const Schema<T>& schema, std::string_view toml) {
  return read_value(schema, toml).value.has_value();
}

using Faults = std::vector<std::string>;

}  // namespace hammock::schema
