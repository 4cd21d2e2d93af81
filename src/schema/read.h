// One reading of one document by one schema: the value, or everything that is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "schema/context.h"
#include "schema/schema.h"
#include "schema/toml.h"

namespace hammock::schema {

template <class T>
struct Outcome {
  std::optional<T> value;  // there exactly when the report has no error (it may have warnings)
  Report report;
};

namespace detail {
// Checks references and cycles, then sorts; the context is used up.
Report finish(Context& context, const Document& document);
}  // namespace detail

template <class T>
Outcome<T> read(const Schema<T>& schema, const Document& document, ReadOptions options = {}) {
  Context context(schema.description(), document.root, std::move(options));
  Parsed<T> parsed = schema.read(context, document.root);
  Outcome<T> outcome{std::nullopt, detail::finish(context, document)};
  if (outcome.report.ok()) outcome.value = std::move(parsed.value);
  return outcome;
}

// The same from text: a text that is not TOML gives a report as well.
template <class T>
Outcome<T> read_text(const Schema<T>& schema, std::string_view text, std::string file,
                     ReadOptions options = {}) {
  auto document = parse_toml(text, file);
  if (document) return read(schema, *document, std::move(options));
  return {std::nullopt,
          Report{std::move(file), std::string(text), std::move(document).error(), {}}};
}

}  // namespace hammock::schema
