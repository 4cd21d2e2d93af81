#include "core/config/config.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/config/parts.h"
#include "core/config/root.h"
#include "schema/lines.h"
#include "schema/read.h"
#include "schema/toml.h"

namespace hammock::config {
namespace {

// A variable that stands above a key of [hammock].
struct Override {
  std::string_view variable;
  std::string_view key;
  std::string Settings::* member;
  schema::Schema<std::string> (*rules)();
};

constexpr std::array<Override, 6> kOverrides = {
    {{"HAMMOCK_NAME", "name", &Settings::name, instance_name},
     {"HAMMOCK_TIMEZONE", "timezone", &Settings::timezone, time_zone},
     {"HAMMOCK_LISTEN", "listen", &Settings::listen, socket_address},
     {"HAMMOCK_PING_KEY", "ping_key", &Settings::ping_key, ping_key},
     {"HAMMOCK_API_KEY", "api_key", &Settings::api_key, api_key},
     {"HAMMOCK_API_KEY_READONLY", "api_key_readonly", &Settings::api_key_readonly, api_key}}};

void apply_override(const Override& one, const std::string& text, Settings& settings,
                    schema::Diagnostics& diagnostics) {
  schema::Schema<std::string> rules = one.rules();
  schema::Value value{text, schema::Lines(text).span(0, text.size())};
  schema::Context context(rules.description(), value, {});
  schema::Parsed<std::string> parsed = rules.read(context, value);
  if (parsed.whole) settings.*one.member = *std::move(parsed.value);
  for (schema::Diagnostic& diagnostic : context.diagnostics()) {
    diagnostic.file = "$" + std::string(one.variable);
    diagnostic.path = {std::string("hammock"), std::string(one.key)};
    diagnostic.message = "the variable " + std::string(one.variable) + ": " + diagnostic.message;
    diagnostic.doc = std::string(kDocFile) + "#hammock-" + std::string(one.key);
    if (diagnostic.why.empty()) {
      diagnostic.why =
          "it stands above '" + std::string(one.key) + "' of [hammock] and obeys the same rules";
    }
    diagnostics.push_back(diagnostic);
  }
}

// The rule that the schema has for the keys, for those that come from variables.
void check_overridden_keys(const Input& input, const Settings& settings,
                           schema::Diagnostics& diagnostics) {
  const auto same = same_keys(settings);
  if (!same) return;
  for (const Override& one : kOverrides) {
    const auto given = std::ranges::find_if(
        input.environment, [&](const auto& entry) { return entry.first == one.variable; });
    const bool is_one = one.key == same->first || one.key == same->second;
    if (!is_one || given == input.environment.end()) continue;
    schema::Diagnostic diagnostic;
    diagnostic.code = "contradiction";
    diagnostic.file = "$" + std::string(one.variable);
    diagnostic.path = {std::string("hammock"), std::string(one.key)};
    diagnostic.span = schema::Lines(given->second).span(0, given->second.size());
    diagnostic.message =
        fmt::format("the variable {}: {}", one.variable, same_keys_text(same->first, same->second));
    diagnostic.why = kDifferentKeys;
    diagnostic.help = kOtherKey;
    diagnostics.push_back(std::move(diagnostic));
    return;
  }
}

schema::Diagnostics apply_overrides(const Input& input, Settings& settings) {
  schema::Diagnostics diagnostics;
  for (const Override& one : kOverrides) {
    for (const auto& [variable, text] : input.environment) {
      if (variable == one.variable) apply_override(one, text, settings, diagnostics);
    }
  }
  if (diagnostics.empty()) check_overridden_keys(input, settings, diagnostics);
  return diagnostics;
}

// Moves the named values of a map into a list, in the order in which the document has them.
template <class T>
std::vector<T> in_order(const schema::Document& document, std::string_view table,
                        std::map<std::string, T>& named) {
  std::vector<T> list;
  list.reserve(named.size());
  const schema::Entry* entry = document.root.table()->find(table);
  if (!entry) return list;
  for (const schema::Entry& one : entry->value.table()->entries()) {
    auto found = named.find(one.key);
    if (found == named.end()) continue;
    found->second.name = one.key;
    list.push_back(std::move(found->second));
  }
  return list;
}

}  // namespace

Loaded load(Input input) {
  Settings overridden;
  auto parsed = schema::parse_toml(input.text, input.file);
  if (!parsed) {
    Loaded loaded{std::nullopt, {input.file, input.text, std::move(parsed).error(), {}}, {}};
    add(loaded.report, apply_overrides(input, overridden));
    return loaded;
  }
  schema::Outcome<Root> outcome =
      schema::read(root_schema(), *parsed, schema::ReadOptions{std::string(kDocFile)});
  Loaded loaded{std::nullopt, std::move(outcome.report), std::move(*parsed)};
  Settings& settings = outcome.value ? outcome.value->settings : overridden;
  add(loaded.report, apply_overrides(input, settings));
  if (!loaded.report.ok()) return loaded;
  Root& root = *outcome.value;
  loaded.configuration = Configuration{std::move(root.settings),
                                       in_order(loaded.document, "person", root.people),
                                       in_order(loaded.document, "service", root.services),
                                       in_order(loaded.document, "job", root.jobs),
                                       in_order(loaded.document, "heartbeat", root.heartbeats),
                                       in_order(loaded.document, "probe", root.probes),
                                       in_order(loaded.document, "timebomb", root.timebombs),
                                       std::move(input.folder)};
  for (job::Config& job : loaded.configuration->jobs) {
    job.program.name = job::program_name(job.name);
    job.program.tasks = job.tasks;
  }
  return loaded;
}

void add(schema::Report& report, schema::Diagnostics diagnostics) {
  std::move(diagnostics.begin(), diagnostics.end(), std::back_inserter(report.diagnostics));
  schema::sort(report.diagnostics);
}

}  // namespace hammock::config
