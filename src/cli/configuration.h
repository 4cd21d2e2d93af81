// hammock.toml as the commands need it: read, loaded, resolved on this host, and shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/session.h"
#include "core/config/config.h"
#include "schema/diagnostic.h"
#include "shell/resolve/resolve.h"

namespace hammock::cli {

struct CheckedFile {
  std::optional<config::Configuration> configuration;  // nothing when it has errors
  schema::Document document;
  schema::Report report;
};
// Reads and loads the file; asks nothing of this host but the file itself.
CheckedFile check_file(const Session& session, const std::string& path);

// The path as people know it: relative to the working directory when it is below.
std::string shown_path(const std::string& path);

// `format` is human, short, json or sarif.
std::string render_report(const schema::Report& report, std::string_view format, const Look& look);

struct Ready {
  config::Configuration configuration;
  resolve::Resolved resolved;
};
// Everything `up` and `run` need. Nothing when it is wrong or this host cannot carry it out: then
// all of it was shown on err. Warnings are shown as well.
std::optional<Ready> load_and_resolve(const Session& session);

}  // namespace hammock::cli
