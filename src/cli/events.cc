#include "cli/events.h"

#include "base/text.h"

namespace hammock::cli {

Event event_from_json(const Json& json) {
  return {json["id"].integer().value_or(0), json["at"].text_or("?"), json["fact"].text_or("?"),
          json["subject"].text_or(""), json["fields"]};
}

std::string render_event(const Event& event, const Look& look) {
  std::string text = toned(look, Tone::kFaint, printable(event.at)) + "  ";
  text += toned(look, Tone::kStrong, printable(event.fact));
  if (!event.subject.empty()) text += " " + printable(event.subject);
  std::string fields;
  for (const Json::Member& member : event.fields.members()) {
    if (member.value.is_null()) continue;
    std::string value = member.value.text().value_or(json_text(member.value));
    bool plain = value.find_first_of(" \"=") == std::string::npos && !value.empty();
    bool nested = member.value.is_array() || member.value.is_object();
    fields += " " + printable(member.key) + "=" +
              (plain || nested ? printable(value) : "\"" + printable(value) + "\"");
  }
  return text + toned(look, Tone::kFaint, fields);
}

}  // namespace hammock::cli
