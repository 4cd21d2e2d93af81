#include "shell/management_spec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "base/variant.h"
#include "shell/management_api.h"

namespace hammock::shell {
namespace {

constexpr std::size_t kNameMost = 100;  // characters, as of the tags
constexpr std::size_t kTagsMost = 500;
constexpr std::size_t kSuffixesMost = heartbeat::kCreatedMost + 1;

// What is wrong with a value, in the words that clients know; nothing: it is good.
using Wrong = std::optional<std::string>;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Wrong read_text(const Json& json, std::optional<std::string>& into, std::size_t most) {
  const auto* text = json.as<std::string>();
  if (text == nullptr) return "is not a string";
  if (text->contains('\0')) return "contains a null character";
  if (characters(*text) > most) return "is too long";
  into = *text;
  return std::nullopt;
}

Wrong read_seconds(const Json& json, std::optional<Duration>& into) {
  const auto* number = json.as<double>();
  if (number == nullptr) return "is not a number";
  if (std::floor(*number) != *number) return "is not a whole number";
  if (*number < std::chrono::duration<double>(kApiLeast).count()) return "is too small";
  if (*number > std::chrono::duration<double>(kApiMost).count()) return "is too large";
  into = std::chrono::seconds(static_cast<std::int64_t>(*number));
  return std::nullopt;
}

Wrong read_flag(const Json& json, std::optional<bool>& into) {
  const auto* flag = json.as<bool>();
  if (flag == nullptr) return "is not a boolean";
  into = *flag;
  return std::nullopt;
}

Wrong read_name(const Json& json, CheckSpec& spec) {
  return read_text(json, spec.name, kNameMost);
}

Wrong read_slug(const Json& json, CheckSpec& spec) {
  if (Wrong wrong = read_text(json, spec.slug, heartbeat::kNameBytesMax)) return wrong;
  if (spec.slug->empty()) return spec.slug.reset(), std::nullopt;
  const bool is_slug = std::ranges::all_of(*spec.slug,
                                           [](char c) {
                                             return (c >= 'a' && c <= 'z') ||
                                                    (c >= '0' && c <= '9') || c == '-' || c == '_';
                                           }) &&
                       !std::string_view("-_").contains(spec.slug->front());
  return is_slug ? std::nullopt : Wrong("does not match pattern [a-z0-9][a-z0-9_-]*");
}

Wrong read_tags(const Json& json, CheckSpec& spec) {
  if (Wrong wrong = read_text(json, spec.tags, kTagsMost)) return wrong;
  std::string tidy = *spec.tags;
  std::ranges::replace_if(tidy, [](char c) { return c >= '\t' && c <= '\r'; }, ' ');
  std::vector<std::string> words;
  for (std::string_view word : split(tidy, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  spec.tags = join(words, " ");
  return std::nullopt;
}

Wrong read_description(const Json& json, CheckSpec& spec) {
  return read_text(json, spec.description, SIZE_MAX);
}
Wrong read_timeout(const Json& json, CheckSpec& spec) {
  return read_seconds(json, spec.timeout);
}
Wrong read_grace(const Json& json, CheckSpec& spec) {
  return read_seconds(json, spec.grace);
}
Wrong read_manual_resume(const Json& json, CheckSpec& spec) {
  return read_flag(json, spec.manual_resume);
}

Wrong read_schedule(const Json& json, CheckSpec& spec) {
  std::optional<std::string> text;
  if (Wrong wrong = read_text(json, text, kNameMost)) return wrong;
  auto cron = schema::read_cron(*text);
  if (!cron) return "is not a valid cron expression";
  spec.schedule = *std::move(cron);
  return std::nullopt;
}

Wrong read_timezone(const Json& json, CheckSpec& spec) {
  return read_text(json, spec.timezone, kNameMost);
}

Wrong read_methods(const Json& json, CheckSpec& spec) {
  std::optional<std::string> text;
  if (Wrong wrong = read_text(json, text, kNameMost)) return wrong;
  if (!text->empty() && *text != "POST") return "has unexpected value";
  spec.post_only = *text == "POST";
  return std::nullopt;
}

Wrong read_unique(const Json& json, CheckSpec& spec) {
  constexpr std::array<std::pair<std::string_view, Unique>, 5> words = {
      {{"name", Unique::kName},
       {"slug", Unique::kSlug},
       {"tags", Unique::kTags},
       {"timeout", Unique::kTimeout},
       {"grace", Unique::kGrace}}};
  const auto* items = json.as<Json::Array>();
  if (items == nullptr) return "is not an array";
  for (const Json& item : *items) {
    const auto* text = item.as<std::string>();
    const auto found = std::ranges::find_if(
        words, [&](const auto& word) { return text != nullptr && word.first == *text; });
    if (found == words.end()) return "has unexpected value";
    spec.unique.push_back(found->second);
  }
  return std::nullopt;
}

// There are none: "*" is all of them, and "" is none.
Wrong read_channels(const Json& json, CheckSpec&) {
  const auto* text = json.as<std::string>();
  if (text == nullptr) return "is not a string";
  if (!text->empty() && *text != "*") return "has unexpected value: Hammock has no channels";
  return std::nullopt;
}

Wrong read_no_text(const Json& json, CheckSpec&) {
  const auto* text = json.as<std::string>();
  if (text == nullptr) return "is not a string";
  return text->empty() ? std::nullopt : Wrong("is not supported: Hammock has no such filter");
}
Wrong read_no_flag(const Json& json, CheckSpec&) {
  const auto* flag = json.as<bool>();
  if (flag == nullptr) return "is not a boolean";
  return *flag ? Wrong("is not supported: Hammock has no such filter") : std::nullopt;
}
Wrong read_key(const Json&, CheckSpec&) {
  return std::nullopt;  // it was looked at already
}

struct Field {
  std::string_view name;
  Wrong (*read)(const Json&, CheckSpec&);
};
constexpr std::array<Field, 22> kFields = {{{"api_key", read_key},
                                            {"name", read_name},
                                            {"slug", read_slug},
                                            {"tags", read_tags},
                                            {"desc", read_description},
                                            {"timeout", read_timeout},
                                            {"grace", read_grace},
                                            {"schedule", read_schedule},
                                            {"tz", read_timezone},
                                            {"manual_resume", read_manual_resume},
                                            {"methods", read_methods},
                                            {"unique", read_unique},
                                            {"channels", read_channels},
                                            {"subject", read_no_text},
                                            {"subject_fail", read_no_text},
                                            {"start_kw", read_no_text},
                                            {"success_kw", read_no_text},
                                            {"failure_kw", read_no_text},
                                            {"filter_subject", read_no_flag},
                                            {"filter_body", read_no_flag},
                                            {"filter_http_body", read_no_flag},
                                            {"filter_default_fail", read_no_flag}}};

std::string validation(std::string_view field, std::string_view wrong) {
  return "json validation error: " + printable(field) + " " + std::string(wrong);
}

web::Response invalid(std::string_view field, std::string_view wrong) {
  return api_error(400, validation(field, wrong));
}

bool is_given(const CheckSpec& spec, Unique unique) {
  switch (unique) {
    case Unique::kName:
      return spec.name.has_value();
    case Unique::kSlug:
      return spec.slug.has_value();
    case Unique::kTags:
      return spec.tags.has_value();
    case Unique::kTimeout:
      return spec.timeout.has_value();
    case Unique::kGrace:
      return spec.grace.has_value();
  }
  return false;
}

bool is_like(const CheckSpec& spec, Unique unique, const heartbeat::Report& heartbeat) {
  const heartbeat::Setup& setup = heartbeat.setup;
  switch (unique) {
    case Unique::kName:
      return *spec.name == (setup.title.empty() ? heartbeat.name : setup.title);
    case Unique::kSlug:
      return *spec.slug == heartbeat.name;
    case Unique::kTags:
      return *spec.tags == setup.tags;
    case Unique::kTimeout: {
      const auto* every = std::get_if<heartbeat::Every>(&setup.config.when);
      return every != nullptr && every->distance == *spec.timeout;
    }
    case Unique::kGrace:
      return setup.config.grace == *spec.grace;
  }
  return false;
}

// "The nightly copy" → "the-nightly-copy"; letters that are not ASCII are left out.
std::string slug_of(std::string_view name) {
  std::string slug;
  for (char c : to_lower(name)) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_letter || (c == '_' && !slug.empty()))
      slug += c;
    else if (std::string_view(" -\t").contains(c) && !slug.empty() && slug.back() != '-')
      slug += '-';
  }
  slug.resize(std::min(slug.size(), heartbeat::kNameBytesMax));
  while (!slug.empty() && std::string_view("-_").contains(slug.back()))
    slug.pop_back();
  return slug.empty() ? "check" : slug;
}

bool is_configured(const heartbeat::State& state, const std::string& name) {
  auto found = state.heartbeats.find(name);
  return found != state.heartbeats.end() && found->second.configured;
}

web::Response of_the_file(const std::string& name) {
  return api_error(
      403, "heartbeat " + name + " is in hammock.toml: change it there and run `hammock apply`");
}

// What it is to be called, or why it cannot be.
std::variant<std::string, web::Response> new_name(const CheckSpec& spec,
                                                  const heartbeat::State& state) {
  const std::string wanted = spec.slug ? *spec.slug : slug_of(spec.name.value_or(""));
  if (is_configured(state, wanted)) return of_the_file(wanted);
  std::string name = wanted;
  for (std::size_t n = 2; heartbeat::find_name(state, name); ++n) {
    if (spec.slug) {
      return api_error(
          403, "slug " + wanted + " is taken: with \"unique\": [\"slug\"] that one is changed");
    }
    if (n > kSuffixesMost) return api_error(403, "all names like " + wanted + " are taken");
    const std::string suffix = "-" + std::to_string(n);
    name = wanted.substr(0, heartbeat::kNameBytesMax - suffix.size()) + suffix;
  }
  if (heartbeat::may_create(state, name)) return name;
  return api_error(403, "there are " + std::to_string(heartbeat::kCreatedMost) +
                            " heartbeats that hammock.toml does not name: remove some");
}

// The setup with what is said of it; what is wrong with it.
std::optional<web::Response> put(const CheckSpec& spec, heartbeat::Setup& setup,
                                 const FindZone& find_zone) {
  heartbeat::Config& config = setup.config;
  if (spec.name) setup.title = *spec.name;
  if (spec.tags) setup.tags = *spec.tags;
  if (spec.description) {
    config.description = spec.description->empty() ? std::nullopt : spec.description;
  }
  if (spec.grace) config.grace = *spec.grace;
  if (spec.manual_resume) config.manual_resume = *spec.manual_resume;
  if (spec.post_only) config.post_only = *spec.post_only;
  if (spec.schedule)
    config.when = heartbeat::AtTimes{*spec.schedule};
  else if (spec.timeout)
    config.when = heartbeat::Every{*spec.timeout};
  const bool has_times = std::holds_alternative<heartbeat::AtTimes>(config.when);
  if (spec.timezone) {
    auto zone = find_zone(*spec.timezone);
    if (!zone) return invalid("tz", "is not a valid timezone");
    if (has_times) setup.zone = *std::move(zone);
  }
  if (!has_times) {
    setup.zone = schedule::Zone::utc();
    config.timezone.reset();
  } else if (spec.timezone || !config.timezone) {
    config.timezone = setup.zone.name();
  }
  return std::nullopt;
}

}  // namespace

Result<CheckSpec> read_spec(const Json& object) {
  const auto* members = object.as<Json::Object>();
  if (members == nullptr) return fail(ErrorCode::kInvalid, validation("value", "is not an object"));
  CheckSpec spec;
  for (const auto& [name, value] : *members) {
    const auto field = std::ranges::find(kFields, std::string_view(name), &Field::name);
    if (field == kFields.end()) return fail(ErrorCode::kInvalid, validation(name, "is unknown"));
    if (Wrong wrong = field->read(value, spec)) {
      return fail(ErrorCode::kInvalid, validation(name, *wrong));
    }
  }
  for (Unique unique : spec.unique) {
    if (!is_given(spec, unique)) {
      return fail(ErrorCode::kInvalid, validation("unique", "names a field that is not given"));
    }
  }
  return spec;
}

SpecOutcome give(const CheckSpec& spec, const heartbeat::State& state, Instant now,
                 const std::string& uuid, const FindZone& find_zone) {
  if (!spec.unique.empty()) {
    const auto reports = heartbeat::report(state, now);
    const auto like = std::ranges::find_if(reports, [&](const heartbeat::Report& one) {
      return std::ranges::all_of(spec.unique,
                                 [&](Unique unique) { return is_like(spec, unique, one); });
    });
    if (like != reports.end()) return change(spec, *like, find_zone);
  }
  auto name = new_name(spec, state);
  if (auto* wrong = std::get_if<web::Response>(&name)) return std::move(*wrong);
  SpecIsNew made;
  made.setup.uuid = uuid;
  made.setup.config.name = std::get<std::string>(std::move(name));
  if (auto wrong = put(spec, made.setup, find_zone)) return *std::move(wrong);
  return made;
}

SpecOutcome change(const CheckSpec& spec, const heartbeat::Report& heartbeat,
                   const FindZone& find_zone) {
  if (spec.slug && *spec.slug != heartbeat.name) {
    return invalid("slug",
                   "cannot be changed: " + heartbeat.name + " is pinged and remembered by it");
  }
  SpecChanges changed{heartbeat.setup};
  const heartbeat::Setup& before = heartbeat.setup;
  if (auto wrong = put(spec, changed.setup, find_zone)) return *std::move(wrong);
  // A configured one may have its zone from the house.
  if (!heartbeat.created && !before.config.timezone) changed.setup.config.timezone.reset();
  if (!heartbeat.created && changed.setup.title == heartbeat.name) changed.setup.title.clear();
  if (changed.setup == before) return SpecIsSame{heartbeat.name};
  if (!heartbeat.created) return of_the_file(heartbeat.name);
  return changed;
}

}  // namespace hammock::shell
