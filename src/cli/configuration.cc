#include "cli/configuration.h"

#include <filesystem>
#include <utility>

#include "schema/render.h"

namespace hammock::cli {

std::string shown_path(const std::string& path) {
  std::error_code failed;
  auto here = std::filesystem::current_path(failed);
  if (failed) return path;
  std::string relative = std::filesystem::path(path).lexically_relative(here).string();
  return relative.empty() || relative.starts_with("..") ? path : relative;
}

CheckedFile check_file(const Session& session, const std::string& path) {
  std::string shown = shown_path(path);
  resolve::ConfigurationFile file = resolve::read_configuration(path, shown);
  if (schema::has_errors(file.diagnostics)) {
    return {std::nullopt, {}, {shown, std::move(file.text), std::move(file.diagnostics), {}}};
  }
  config::Input input;
  input.text = std::move(file.text);
  input.file = shown;
  input.folder = std::filesystem::path(path).parent_path();
  input.environment.assign(session.environment.begin(), session.environment.end());
  config::Loaded loaded = config::load(std::move(input));
  config::add(loaded.report, std::move(file.diagnostics));
  return {std::move(loaded.configuration), std::move(loaded.document), std::move(loaded.report)};
}

std::string render_report(const schema::Report& report, std::string_view format, const Look& look) {
  if (format == "short") return schema::render_short(report);
  if (format == "json") return schema::render_json(report);
  if (format == "sarif") return schema::render_sarif(report);
  return schema::render_human(report, {look.colour});
}

std::optional<Ready> load_and_resolve(const Session& session) {
  CheckedFile checked = check_file(session, session.configuration);
  std::optional<Ready> ready;
  if (checked.configuration) {
    ready.emplace();
    ready->resolved =
        resolve::resolve(*checked.configuration, checked.document, resolve::probe_host());
    config::add(checked.report, ready->resolved.diagnostics);
    ready->configuration = std::move(*checked.configuration);
  }
  if (!checked.report.diagnostics.empty()) {
    session.err.write(render_report(checked.report, "human", session.err.look()));
  }
  if (!checked.report.ok()) ready.reset();
  return ready;
}

}  // namespace hammock::cli
