#include "shell/resolve/complaints.h"

#include "core/config/config.h"

namespace hammock::resolve {
namespace {

// Programs of jobs, probes and time bombs are called "job.NAME", "probe.NAME" and "timebomb.NAME";
// no service has a dot.
std::pair<std::string, std::string> place_of(const std::string& program) {
  const std::size_t dot = program.find('.');
  if (dot == std::string::npos) return {"service", program};
  return {program.substr(0, dot), program.substr(dot + 1)};
}

}  // namespace

// Of the value; where nothing was written (a default stands nowhere) of the key around it. One
// where a list is allowed stands for its only item.
schema::Span Complaints::nearest_span(schema::Path path) const {
  bool is_exact = true;
  for (; !path.empty(); path.pop_back()) {
    if (auto place = schema::locate(document_.root, path)) {
      return is_exact ? place->value->span : place->key_span();
    }
    is_exact = is_exact && std::holds_alternative<std::size_t>(path.back());
  }
  return {};
}

schema::Diagnostic& Complaints::add(schema::Severity severity, std::string_view code,
                                    const schema::Path& path, std::string message) {
  schema::Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.severity = severity;
  const auto [table, name] = place_of(service_);
  diagnostic.path = {table, name};
  diagnostic.path.insert(diagnostic.path.end(), path.begin(), path.end());
  diagnostic.message = std::move(message);
  diagnostic.doc = std::string(config::kDocFile) + "#" + table;
  diagnostic.span = nearest_span(diagnostic.path);
  for (const schema::PathStep& step : path) {
    if (const auto* key = std::get_if<std::string>(&step)) diagnostic.doc += "-" + *key;
    if (diagnostic.doc.ends_with("-value")) diagnostic.doc.resize(diagnostic.doc.size() - 6);
  }
  diagnostics_.push_back(std::move(diagnostic));
  return diagnostics_.back();
}

schema::Diagnostic& Complaints::not_enforceable(bool if_possible, std::string_view code,
                                                const schema::Path& path, std::string message) {
  if (if_possible) {
    schema::Diagnostic& diagnostic = warning(code, path, std::move(message));
    diagnostic.help = "it is left out, because of if_possible = true";
    return diagnostic;
  }
  schema::Diagnostic& diagnostic = error(code, path, std::move(message));
  diagnostic.why = "nothing that the configuration asks for is silently ignored";
  diagnostic.help = "to do without it on such a host, add if_possible = true";
  return diagnostic;
}

schema::Diagnostic& Complaints::in_file(std::string_view code, std::string file, schema::Span span,
                                        std::string message) {
  schema::Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.file = std::move(file);
  diagnostic.span = span;
  diagnostic.message = std::move(message);
  diagnostic.doc = std::string(config::kDocFile) + "#service-env_file";
  diagnostics_.push_back(std::move(diagnostic));
  return diagnostics_.back();
}

}  // namespace hammock::resolve
