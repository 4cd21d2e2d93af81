#include "shell/rdap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "schema/document.h"
#include "schema/types.h"
#include "shell/json_value.h"

namespace hammock::shell {
namespace {

constexpr std::size_t kDomainBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;

std::string quoted(std::string_view text) {
  return schema::quote(schema::shorten(text));
}

std::string_view kind(const Json* json) {
  constexpr std::array<std::string_view, 6> names = {"null",   "a boolean", "a number",
                                                     "a text", "an array",  "an object"};
  return json == nullptr ? "nothing" : names[json->value.index()];
}

std::string shown(const Json* json) {
  const auto* text = json == nullptr ? nullptr : json->as<std::string>();
  return text == nullptr ? std::string(kind(json)) : quoted(*text);
}

std::unexpected<Error> expected(std::string_view what, std::string_view where, const Json* got) {
  return fail(ErrorCode::kInvalid,
              fmt::format("expected {} in {}, got {}", what, where, shown(got)));
}

// An object of at most `bytes_max`.
Result<Json> parse_object(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return fail(ErrorCode::kInvalid, fmt::format("expected at most {}, got {}",
                                                 format_size(bytes_max), format_size(text.size())));
  }
  auto json = parse_json(text);
  if (json && json->as<Json::Object>() == nullptr)
    return fail(ErrorCode::kInvalid, fmt::format("expected an object, got {}", shown(&*json)));
  return json;
}

// A member that may be absent.
template <class T>
Result<const T*> optional_member(const Json& object, std::string_view key, std::string_view what) {
  const Json* member = object.find(key);
  if (member == nullptr) return static_cast<const T*>(nullptr);
  const T* value = member->as<T>();
  if (value == nullptr) return expected(what, fmt::format("\"{}\"", key), member);
  return value;
}

// In small letters without the dot at the end; nothing when it is not a domain in ASCII.
std::optional<std::string> plain_domain(std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  if (domain.empty() || domain.size() > kDomainBytesMax) return std::nullopt;
  std::string plain = to_lower(domain);
  for (const std::string_view label : split(plain, '.')) {
    const bool written =
        label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == label.npos;
    if (label.empty() || label.size() > kLabelBytesMax || !written) return std::nullopt;
  }
  return plain;
}

bool ends_with_labels(std::string_view domain, std::string_view suffix) {
  return domain == suffix || (domain.ends_with(suffix) && domain.size() > suffix.size() &&
                              domain[domain.size() - suffix.size() - 1] == '.');
}

// One entry of "services": domains, and the base URLs of who knows them.
struct Service {
  std::vector<std::string> domains;
  std::vector<std::string> urls;
};

Result<std::vector<std::string>> texts(const Json& json, std::string_view where) {
  const auto* items = json.as<Json::Array>();
  if (items == nullptr) return expected("an array of texts", where, &json);
  std::vector<std::string> texts;
  for (const Json& item : *items) {
    const auto* text = item.as<std::string>();
    if (text == nullptr) return expected("texts", where, &item);
    texts.push_back(*text);
  }
  return texts;
}

Result<Service> read_service(const Json& json) {
  const auto* parts = json.as<Json::Array>();
  if (parts == nullptr || parts->size() != 2)
    return expected("an array of domains and one of URLs", "\"services\"", &json);
  auto domains = texts((*parts)[0], "the domains of \"services\"");
  if (!domains) return std::unexpected(std::move(domains).error());
  auto urls = texts((*parts)[1], "the URLs of \"services\"");
  if (!urls) return std::unexpected(std::move(urls).error());
  return Service{*std::move(domains), *std::move(urls)};
}

Result<std::vector<Service>> read_services(std::string_view text) {
  auto json = parse_object(text, kRdapListBytesMax);
  if (!json) return std::unexpected(std::move(json).error());
  const Json* version = json->find("version");
  const auto* number = version == nullptr ? nullptr : version->as<std::string>();
  if (number == nullptr || *number != "1.0") return expected("\"1.0\"", "\"version\"", version);
  const Json* list = json->find("services");
  const auto* items = list == nullptr ? nullptr : list->as<Json::Array>();
  if (items == nullptr) return expected("an array", "\"services\"", list);
  std::vector<Service> services;
  for (const Json& item : *items) {
    auto service = read_service(item);
    if (!service) return std::unexpected(std::move(service).error());
    services.push_back(*std::move(service));
  }
  return services;
}

// Nothing that a request line or a terminal could take for something else.
bool is_base_url(std::string_view url, std::string_view scheme) {
  return to_lower(url.substr(0, scheme.size())) == scheme && url.size() > scheme.size() &&
         std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; }) &&
         url.find_first_of("\"<>\\^`{|}?#") == url.npos;
}

Result<std::string> domain_url(const Service& service, std::string_view suffix,
                               std::string_view domain) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    const auto url = std::ranges::find_if(
        service.urls, [&](const std::string& base) { return is_base_url(base, scheme); });
    if (url != service.urls.end())
      return fmt::format("{}{}domain/{}", *url, url->ends_with('/') ? "" : "/", domain);
  }
  return fail(ErrorCode::kInvalid,
              fmt::format("expected an https or http URL for {}, got {}", quoted(suffix),
                          service.urls.empty() ? "none" : quoted(service.urls.front())));
}

Result<std::string> find_url(std::string_view list, std::string_view domain) {
  const auto services = read_services(list);
  if (!services) return std::unexpected(services.error());
  const Service* best = nullptr;
  std::string longest;
  for (const Service& service : *services) {
    for (const std::string& entry : service.domains) {
      const auto suffix = plain_domain(entry);
      if (suffix && ends_with_labels(domain, *suffix) && suffix->size() > longest.size()) {
        best = &service;
        longest = *suffix;
      }
    }
  }
  if (best != nullptr) return domain_url(*best, longest, domain);
  return fail(ErrorCode::kNotFound,
              fmt::format("no registry is listed for {}, nor for a domain above it; whether it "
                          "expires cannot be asked by RDAP",
                          quoted(domain)));
}

// RFC 9083, 6: an object with an errorCode instead of a domain.
std::unexpected<Error> refusal(const Json& answer) {
  const auto* code = answer.find("errorCode")->as<double>();
  if (code == nullptr) return expected("a number", "\"errorCode\"", answer.find("errorCode"));
  const Json* title = answer.find("title");
  const bool unknown = *code == 404;
  return fail(unknown ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
              fmt::format("expected a domain, got the error {:.0f} {}", *code,
                          title == nullptr ? "without a title" : shown(title)));
}

Result<std::string> read_name(const Json& answer) {
  for (const std::string_view key : {"ldhName", "unicodeName"}) {
    auto name = optional_member<std::string>(answer, key, "a text");
    if (!name) return std::unexpected(std::move(name).error());
    if (*name != nullptr) return printable(**name);
  }
  return fail(ErrorCode::kInvalid, "expected the domain's name in \"ldhName\", got nothing");
}

// One event: when it says the domain expires.
Result<std::optional<Instant>> read_event(const Json& event) {
  const Json* action = event.find("eventAction");
  const auto* name = action == nullptr ? nullptr : action->as<std::string>();
  if (name == nullptr) return expected("a text", "\"eventAction\"", action);
  if (to_lower(*name) != "expiration") return std::optional<Instant>();
  const Json* date = event.find("eventDate");
  const auto* text = date == nullptr ? nullptr : date->as<std::string>();
  const auto instant = text == nullptr ? std::nullopt : std::optional(schema::read_instant(*text));
  if (!instant || !*instant)
    return expected("a point in time (RFC 3339)", "the \"eventDate\" of the expiration", date);
  return std::optional(**instant);
}

Result<std::optional<Instant>> read_expiration(const Json& answer) {
  auto events = optional_member<Json::Array>(answer, "events", "an array");
  if (!events) return std::unexpected(std::move(events).error());
  std::optional<Instant> expires;
  if (*events == nullptr) return expires;
  for (const Json& event : **events) {
    const auto said = read_event(event);
    if (!said) return std::unexpected(said.error());
    if (expires && *said && **said != *expires) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("expected one expiration, got {} and {}", format_instant(*expires),
                              format_instant(**said)));
    }
    if (*said) expires = *said;
  }
  return expires;
}

// RFC 7095: ["vcard", [["fn", {}, "text", "Example Registrar"], …]].
std::string formatted_name(const Json* card) {
  const auto* parts = card == nullptr ? nullptr : card->as<Json::Array>();
  const auto* lines =
      parts == nullptr || parts->size() < 2 ? nullptr : (*parts)[1].as<Json::Array>();
  if (lines == nullptr) return "";
  for (const Json& line : *lines) {
    const auto* words = line.as<Json::Array>();
    if (words == nullptr || words->size() < 4) continue;
    const auto* property = (*words)[0].as<std::string>();
    const auto* value = (*words)[3].as<std::string>();
    if (property != nullptr && value != nullptr && to_lower(*property) == "fn") return *value;
  }
  return "";
}

bool is_registrar(const Json& entity) {
  const Json* member = entity.find("roles");
  const auto* roles = member == nullptr ? nullptr : member->as<Json::Array>();
  return roles != nullptr && std::ranges::any_of(*roles, [](const Json& role) {
           const auto* text = role.as<std::string>();
           return text != nullptr && to_lower(*text) == "registrar";
         });
}

// A card that is not understood is one that does not say the name: nothing hangs on it.
Result<std::string> read_registrar(const Json& answer) {
  auto entities = optional_member<Json::Array>(answer, "entities", "an array");
  if (!entities) return std::unexpected(std::move(entities).error());
  if (*entities == nullptr) return std::string();
  const auto entity = std::ranges::find_if(**entities, is_registrar);
  if (entity == (*entities)->end()) return std::string();
  std::string name = printable(trim(formatted_name(entity->find("vcardArray"))));
  if (!name.empty()) return name;
  auto handle = optional_member<std::string>(*entity, "handle", "a text");
  if (!handle) return std::unexpected(std::move(handle).error());
  return *handle == nullptr ? std::string() : printable(**handle);
}

Result<RdapDomain> read_answer(std::string_view text) {
  const auto answer = parse_object(text, kRdapBytesMax);
  if (!answer) return std::unexpected(answer.error());
  if (answer->find("errorCode") != nullptr) return refusal(*answer);
  const Json* object = answer->find("objectClassName");
  const auto* what = object == nullptr ? nullptr : object->as<std::string>();
  if (what == nullptr || *what != "domain")
    return expected("\"domain\"", "\"objectClassName\"", object);

  auto name = read_name(*answer);
  if (!name) return std::unexpected(std::move(name).error());
  auto expires = read_expiration(*answer);
  if (!expires) return std::unexpected(std::move(expires).error());
  auto registrar = read_registrar(*answer);
  if (!registrar) return std::unexpected(std::move(registrar).error());
  RdapDomain domain{.name = *std::move(name),
                    .expires = *expires,
                    .statuses = {},
                    .registrar = *std::move(registrar)};
  if (const Json* status = answer->find("status")) {
    auto statuses = texts(*status, "\"status\"");
    if (!statuses) return std::unexpected(std::move(statuses).error());
    for (const std::string& word : *statuses)
      domain.statuses.push_back(printable(word));
  }
  return domain;
}

}  // namespace

Result<std::string> rdap_url(std::string_view bootstrap_json, std::string_view domain) {
  const auto plain = plain_domain(domain);
  if (!plain) {
    return fail(ErrorCode::kInvalid,
                fmt::format("expected a domain in its ASCII form, such as shop.example or "
                            "xn--bcher-kva.example, got {}",
                            quoted(domain)));
  }
  auto url = find_url(bootstrap_json, *plain);
  if (url || url.error().code == ErrorCode::kNotFound) return url;
  return within("the list of RDAP registries", std::move(url).error());
}

Result<RdapDomain> read_rdap(std::string_view json) {
  auto domain = read_answer(json);
  if (domain) return domain;
  return within("the RDAP answer", std::move(domain).error());
}

}  // namespace hammock::shell
