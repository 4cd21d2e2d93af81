// What a schema says about itself, as text: all of it comes from its Description.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "schema/description.h"

namespace hammock::schema {

// A reference for people: one section for each table, one entry for each key, with the anchors that
// diagnostics point to.
std::string markdown_reference(const Description& root, std::string_view title);

// JSON Schema, draft 2020-12, for editors. Rules that span several keys are beyond it.
std::string json_schema(const Description& root, std::string_view title);

// One key, in plain text. The path names it from the top ("service.*.restart.backoff", where any
// name stands for "*"), or from as far down as it is unambiguous ("restart.backoff"). An unknown or
// ambiguous path gives what was probably meant.
struct NoSuchKey {
  std::string message;
  std::vector<std::string> candidates;
};
std::expected<std::string, NoSuchKey> explain(const Description& root, std::string_view path);

// Every key as a path from the top, in the order of the schema.
std::vector<std::string> all_keys(const Description& root);

}  // namespace hammock::schema
