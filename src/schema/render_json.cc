#include "base/json.h"
#include "schema/render.h"

namespace hammock::schema {
namespace {

std::string_view severity_text(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

void write_path(JsonWriter& json, const Path& path) {
  json.array([&] {
    for (const PathStep& step : path) {
      std::visit([&](const auto& one) { json.value(one); }, step);
    }
  });
}

void write_diagnostic(JsonWriter& json, const Report& report, const Diagnostic& d) {
  const std::string& file = d.file.empty() ? report.file : d.file;
  json.object([&] {
    json.member("code", d.code);
    json.member("severity", severity_text(d.severity));
    json.member("path");
    write_path(json, d.path);
    json.member("file", file);
    json.member("line", d.span.line);
    json.member("column", d.span.column);
    json.member("end_line", d.span.end_line);
    json.member("end_column", d.span.end_column);
    json.member("message", d.message);
    json.member("expected", d.expected);
    json.member("got", d.got);
    json.member("why", d.why);
    json.member("suggestion", d.suggestion);
    json.member("help", d.help);
    json.member("related");
    json.array([&] {
      for (const Related& related : d.related) {
        json.object([&] {
          json.member("file", file);
          json.member("line", related.span.line);
          json.member("column", related.span.column);
          json.member("message", related.message);
        });
      }
    });
    json.member("doc", d.doc);
  });
}

// SARIF wants relative or file: URIs; the name is given as it was.
void write_location(JsonWriter& json, const std::string& file, const Span& span) {
  json.member("physicalLocation");
  json.object([&] {
    json.member("artifactLocation");
    json.object([&] { json.member("uri", file); });
    if (span.line == 0) return;
    json.member("region");
    json.object([&] {
      json.member("startLine", span.line);
      json.member("startColumn", span.column);
      json.member("endLine", span.end_line);
      json.member("endColumn", span.end_column);
    });
  });
}

void write_result(JsonWriter& json, const Report& report, const Diagnostic& d) {
  const std::string& file = d.file.empty() ? report.file : d.file;
  json.object([&] {
    json.member("ruleId", d.code);
    json.member("level", severity_text(d.severity));
    json.member("message");
    std::string text = d.message;
    if (!d.help.empty()) text += " (" + d.help + ")";
    json.object([&] { json.member("text", text); });
    json.member("locations");
    json.array([&] { json.object([&] { write_location(json, file, d.span); }); });
    if (d.related.empty()) return;
    json.member("relatedLocations");
    json.array([&] {
      for (const Related& related : d.related) {
        json.object([&] {
          write_location(json, file, related.span);
          json.member("message");
          json.object([&] { json.member("text", related.message); });
        });
      }
    });
  });
}

}  // namespace

std::string render_json(const Report& report) {
  JsonWriter json;
  json.object([&] {
    json.member("file", report.file);
    json.member("ok", report.ok());
    json.member("errors");
    json.array([&] {
      for (const Diagnostic& d : report.diagnostics)
        write_diagnostic(json, report, d);
    });
  });
  return json.text() + "\n";
}

std::string render_sarif(const Report& report) {
  JsonWriter json;
  json.object([&] {
    json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json.member("version", "2.1.0");
    json.member("runs");
    json.array([&] {
      json.object([&] {
        json.member("tool");
        json.object([&] {
          json.member("driver");
          json.object([&] { json.member("name", "hammock"); });
        });
        // Columns count code points, not UTF-16 units.
        json.member("columnKind", "unicodeCodePoints");
        json.member("results");
        json.array([&] {
          for (const Diagnostic& d : report.diagnostics)
            write_result(json, report, d);
        });
      });
    });
  });
  return json.text() + "\n";
}

}  // namespace hammock::schema
