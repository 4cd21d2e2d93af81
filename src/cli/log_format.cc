#include "cli/log_format.h"

#include "base/text.h"

namespace hammock::cli {
namespace {

std::string shown(std::string_view bytes, const Look& look) {
  if (!look.terminal) return std::string(bytes);
  std::string text;
  for (std::string_view part : split(bytes, '\t')) {
    if (part.data() != bytes.data()) text += '\t';
    text += printable(part);
  }
  return text;
}

Tone tone_of(std::uint32_t instance) {
  constexpr std::array<Tone, 3> tones = {Tone::kGood, Tone::kBusy, Tone::kUnsure};
  return tones[instance % tones.size()];
}

}  // namespace

std::string LogWriter::text_of(const MergedLine& merged) {
  std::string text;
  if (open_ && *open_ != merged.instance) {
    text += "\n";
    open_.reset();
  }
  if (!open_) {
    if (format_.times) {
      std::string at = merged.line.at ? format_instant_ms(*merged.line.at) : "?";
      text += toned(format_.look, Tone::kFaint, padded(at, 24)) + " ";
    }
    if (format_.name_instances) {
      std::string name = format_.service + "/" + std::to_string(merged.instance) + " |";
      text += toned(format_.look, tone_of(merged.instance), name) + " ";
    }
  }
  text += shown(merged.line.bytes, format_.look);
  open_.reset();
  if (merged.line.whole) {
    text += "\n";
  } else {
    open_ = merged.instance;
  }
  return text;
}

}  // namespace hammock::cli
