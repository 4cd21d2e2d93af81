#include "cli/doctor.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace hammock::cli {
namespace {

using resolve::Verdict;

std::string_view mark_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kYes:
      return "✓";
    case Verdict::kNo:
      return "✗";
    case Verdict::kUnknown:
      break;
  }
  return "?";
}

Tone tone_of(const Finding& finding) {
  if (finding.ability.verdict == Verdict::kYes) return Tone::kGood;
  if (finding.needed) return Tone::kBad;
  return finding.ability.verdict == Verdict::kNo ? Tone::kBusy : Tone::kUnsure;
}

}  // namespace

bool Findings::ok() const {
  return std::ranges::all_of(findings, [](const Finding& finding) {
    return !finding.needed || finding.ability.verdict == Verdict::kYes;
  });
}

std::string render_findings(const Findings& findings, const Look& look) {
  std::string text;
  for (const Finding& finding : findings.findings) {
    std::string line = finding.ability.name;
    if (!finding.ability.detail.empty()) line += ": " + printable(finding.ability.detail);
    if (finding.needed && finding.ability.verdict != Verdict::kYes) line += " (needed)";
    std::string lines = wrapped(line, look.width, 2);
    text += toned(look, tone_of(finding), mark_of(finding.ability.verdict)) + lines.substr(1);
  }
  return text;
}

std::string findings_to_json(const Findings& findings) {
  JsonWriter json;
  json.object([&] {
    json.member("ok", findings.ok());
    json.member("facts");
    json.array([&] {
      for (const Finding& finding : findings.findings) {
        json.object([&] {
          json.member("name", finding.ability.name);
          json.member("verdict", resolve::verdict_text(finding.ability.verdict));
          json.member("detail", finding.ability.detail);
          json.member("needed", finding.needed);
        });
      }
    });
  });
  return json.text();
}

}  // namespace hammock::cli
