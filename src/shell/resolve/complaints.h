// Where resolving puts what it finds out: diagnostics of one service, each at the value it is
// about.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "schema/diagnostic.h"
#include "schema/document.h"

namespace hammock::resolve {

class Complaints {
 public:
  Complaints(const schema::Document& document, std::string service)
      : document_(document), service_(std::move(service)) {}

  // `path` below [service.<name>], or [job.<name>] and [probe.<name>] for theirs. The reference is
  // good until the next one.
  schema::Diagnostic& error(std::string_view code, const schema::Path& path, std::string message) {
    return add(schema::Severity::kError, code, path, std::move(message));
  }
  schema::Diagnostic& warning(std::string_view code, const schema::Path& path,
                              std::string message) {
    return add(schema::Severity::kWarning, code, path, std::move(message));
  }
  // What this host cannot do: an error, or a warning when the setting says `if_possible = true`.
  schema::Diagnostic& not_enforceable(bool if_possible, std::string_view code,
                                      const schema::Path& path, std::string message);
  // In a file of its own: no path, and a place that the caller knows.
  schema::Diagnostic& in_file(std::string_view code, std::string file, schema::Span span,
                              std::string message);

  schema::Diagnostics take() { return std::move(diagnostics_); }
  const std::string& service() const { return service_; }

 private:
  schema::Span nearest_span(schema::Path path) const;
  schema::Diagnostic& add(schema::Severity severity, std::string_view code,
                          const schema::Path& path, std::string message);

  const schema::Document& document_;
  std::string service_;
  schema::Diagnostics diagnostics_;
};

}  // namespace hammock::resolve
