#include "schema/scalars.h"

#include <fmt/format.h>

#include <cmath>

#include "base/signals.h"
#include "base/text.h"
#include "schema/suggest.h"

namespace hammock::schema {
namespace {

Description describe(Shape shape, unsigned accepts, std::string name, std::string expects) {
  Description d;
  d.shape = shape;
  d.accepts = accepts;
  d.name = std::move(name);
  d.expects = std::move(expects);
  return d;
}

// A string that is really a number or a boolean: write it without the quotes.
void suggest_unquoted(Diagnostic& d, const Context& context, const Value& value,
                      bool (*is_meant)(std::string_view)) {
  if (context.is_hidden() || !value.string()) return;
  std::string lower = to_lower(trim(*value.string()));
  if (!is_meant(lower)) return;
  d.suggestion = std::move(lower);
  d.help = "write it without quotes";
}

bool is_integer_text(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return parse_decimal(text).has_value();
}

// A string schema that reads text by a function of types.h. A hint for integers shows what to
// write.
template <class T>
Schema<T> from_text(std::string name, std::string expects, Read<T> (*reader)(std::string_view),
                    std::string (*hint_for_integer)(std::int64_t) = nullptr) {
  Description d =
      describe(Shape::kString, accept(Kind::kString), std::move(name), std::move(expects));
  return Schema<T>(d, [d, reader, hint_for_integer](Context& context, const Value& value) {
    if (!value.string()) {
      Diagnostic& diagnostic = context.wrong_type(value, d);
      if (hint_for_integer && value.integer() && *value.integer() >= 0 && !context.is_hidden()) {
        diagnostic.suggestion = hint_for_integer(*value.integer());
      }
      return Parsed<T>();
    }
    Read<T> read = reader(*value.string());
    if (read) return Parsed<T>(*std::move(read));
    detail::complain(context, value, read.error());
    return Parsed<T>();
  });
}

// The same, and a date or time without quotes as well.
template <class T>
Schema<T> from_moment(std::string name, std::string expects, Read<T> (*reader)(std::string_view)) {
  Schema<T> schema = from_text<T>(std::move(name), std::move(expects), reader);
  Description d = schema.description();
  d.accepts |= accept(Kind::kMoment);
  return Schema<T>(d, [schema](Context& context, const Value& value) {
    if (!value.moment()) return schema.read(context, value);
    return schema.read(context, Value{value.moment()->text, value.span});
  });
}

Schema<std::string> word(std::string name, std::string expects, std::string pattern) {
  return string().named(std::move(name), expects).matching(std::move(pattern), expects);
}

Read<std::filesystem::path> read_path(std::string_view text) {
  if (!text.empty() && text.find('\0') == std::string_view::npos) return text;
  Problem problem;
  problem.code = "bad-path";
  problem.message = "a path must not be empty";
  problem.expected = "a path";
  return std::unexpected(std::move(problem));
}

Read<std::filesystem::path> read_absolute_path(std::string_view text) {
  if (text.starts_with('/') && text.find('\0') == std::string_view::npos) return text;
  Problem problem;
  problem.code = "bad-path";
  problem.message = fmt::format("{} is not an absolute path", quote(shorten(text)));
  problem.expected = "a path that begins with /";
  return std::unexpected(std::move(problem));
}

}  // namespace

Schema<bool> boolean() {
  Description d = describe(Shape::kBoolean, accept(Kind::kBoolean), "boolean", "true or false");
  return Schema<bool>(d, [d](Context& context, const Value& value) {
    if (value.boolean()) return Parsed<bool>(*value.boolean());
    Diagnostic& diagnostic = context.wrong_type(value, d);
    suggest_unquoted(diagnostic, context, value,
                     [](std::string_view text) { return text == "true" || text == "false"; });
    return Parsed<bool>();
  });
}

Schema<std::int64_t> integer() {
  Description d = describe(Shape::kInteger, accept(Kind::kInteger), "integer", "an integer");
  return Schema<std::int64_t>(d, [d](Context& context, const Value& value) {
    if (value.integer()) return Parsed<std::int64_t>(*value.integer());
    suggest_unquoted(context.wrong_type(value, d), context, value, is_integer_text);
    return Parsed<std::int64_t>();
  });
}

Schema<double> number() {
  Description d = describe(Shape::kNumber, accept(Kind::kNumber) | accept(Kind::kInteger), "number",
                           "a number");
  return Schema<double>(d, [d](Context& context, const Value& value) {
    if (value.integer()) return Parsed<double>(static_cast<double>(*value.integer()));
    if (value.number() && std::isfinite(*value.number())) return Parsed<double>(*value.number());
    suggest_unquoted(context.wrong_type(value, d), context, value, is_integer_text);
    return Parsed<double>();
  });
}

Schema<std::string> string() {
  Description d = describe(Shape::kString, accept(Kind::kString), "string", "a string");
  return Schema<std::string>(d, [d](Context& context, const Value& value) {
    if (value.string()) return Parsed<std::string>(*value.string());
    Diagnostic& diagnostic = context.wrong_type(value, d);
    if (value.integer() && !context.is_hidden()) {
      diagnostic.suggestion = quote(fmt::format("{}", *value.integer()));
    }
    return Parsed<std::string>();
  });
}

Schema<std::string> one_of(std::vector<std::string> words) {
  std::vector<std::string> quoted;
  for (const std::string& one : words)
    quoted.push_back(quote(one));
  Description d = describe(Shape::kString, accept(Kind::kString), "word", alternatives(quoted));
  d.choices = std::move(words);
  return Schema<std::string>(d, [d](Context& context, const Value& value) {
    if (!value.string()) {
      context.wrong_type(value, d);
      return Parsed<std::string>();
    }
    for (const std::string& choice : d.choices) {
      if (choice == *value.string()) return Parsed<std::string>(choice);
    }
    detail::wrong_choice(context, value, *value.string(), d.choices);
    return Parsed<std::string>();
  });
}

namespace {

template <class T>
Schema<T> exactly(T wanted, Kind kind, std::string toml) {
  Description d = describe(Shape::kLiteral, accept(kind), "", toml);
  d.choices = {std::move(toml)};
  return Schema<T>(d, [d, wanted](Context& context, const Value& value) {
    const T* found = std::get_if<T>(&value.data);
    if (found && *found == wanted) return Parsed<T>(wanted);
    Diagnostic& diagnostic =
        context.error(found ? "unknown-value" : "wrong-type", value,
                      fmt::format("expected {}, got {}", d.expects, context.shown(value)));
    diagnostic.expected = diagnostic.suggestion = d.expects;
    return Parsed<T>();
  });
}

}  // namespace

Schema<bool> literal(bool value) {
  return exactly(value, Kind::kBoolean, value ? "true" : "false");
}
Schema<std::int64_t> literal(std::int64_t value) {
  return exactly(value, Kind::kInteger, fmt::format("{}", value));
}
Schema<std::string> literal(std::string value) {
  std::string toml = quote(value);
  return exactly(std::move(value), Kind::kString, std::move(toml));
}

Schema<Duration> duration() {
  return from_text<Duration>("duration", "a duration such as \"30s\"", read_duration,
                             [](std::int64_t n) { return quote(fmt::format("{}s", n)); })
      .example("\"30s\"");
}

Schema<Size> size() {
  return from_text<Size>("size", "a size such as \"512MiB\"", read_size,
                         [](std::int64_t n) { return quote(fmt::format("{}B", n)); })
      .example("\"512MiB\"");
}

Schema<Port> port() {
  return integer()
      .named("port", "a port")
      .range(1, 65535)
      .transform([](std::int64_t number) { return Port{static_cast<std::uint16_t>(number)}; })
      .example("8080");
}

Schema<Signal> signal() {
  return from_text<Signal>("signal", "the name of a signal such as \"TERM\"", read_signal,
                           [](std::int64_t n) {
                             if (n <= 0 || n >= 32) return std::string();
                             return quote(signal_name(static_cast<int>(n)));
                           })
      .example("\"TERM\"");
}

Schema<Address> address() {
  return from_text<Address>("address", "an address such as \"127.0.0.1:8000\"", read_address,
                            [](std::int64_t n) {
                              bool is_port = n >= 1 && n <= 65535;
                              return is_port ? quote(fmt::format("127.0.0.1:{}", n))
                                             : std::string();
                            })
      .example("\"127.0.0.1:8000\"");
}

Schema<Url> url() {
  return from_text<Url>("URL", "a URL such as \"https://shop.example/health\"", read_url)
      .example("\"https://shop.example/health\"");
}

Schema<Instant> instant() {
  return from_moment<Instant>("instant", "a point in time such as \"2026-12-01T08:00:00Z\"",
                              read_instant)
      .example("\"2026-12-01T08:00:00Z\"");
}

Schema<std::chrono::year_month_day> date() {
  return from_moment<std::chrono::year_month_day>("date", "a date such as \"2026-12-01\"",
                                                  read_date)
      .example("\"2026-12-01\"");
}

Schema<DateRange> date_range() {
  return from_moment<DateRange>("date range", "dates such as \"2026-12-01..2027-01-05\"",
                                read_date_range)
      .example("\"2026-12-01..2027-01-05\"");
}

Schema<Cron> cron() {
  return from_text<Cron>("schedule", "five fields such as \"15 3 * * *\", or @daily", read_cron)
      .example("\"15 3 * * *\"");
}

Schema<std::filesystem::path> path() {
  return from_text<std::filesystem::path>("path", "a path", read_path).example("\"data/shop.db\"");
}

Schema<std::filesystem::path> absolute_path() {
  return from_text<std::filesystem::path>("path", "an absolute path", read_absolute_path)
      .example("\"/srv/shop\"");
}

Schema<std::string> identifier() {
  return word("name", "a name of lower-case letters, digits and '-'", "[a-z0-9][a-z0-9-]{0,62}")
      .example("\"web\"");
}

Schema<std::string> variable_name() {
  return word("variable name", "a name of letters, digits and '_', such as PGHOST",
              "[A-Za-z_][A-Za-z0-9_]*")
      .example("\"PGHOST\"");
}

Schema<unsigned> octal(unsigned most) {
  return string()
      .named("mode", "octal digits such as \"0022\"")
      .matching("0?[0-7]{1,4}", "octal digits such as \"0022\"")
      .example("\"0022\"")
      .parsed_by([most](const std::string& text) -> Read<unsigned> {
        auto value = static_cast<unsigned>(std::stoul(text, nullptr, 8));
        if (value <= most) return value;
        Problem problem;
        problem.code = "out-of-range";
        problem.expected = fmt::format("at most \"{:04o}\"", most);
        problem.message = fmt::format("expected {}, got {}", problem.expected, quote(text));
        return std::unexpected(std::move(problem));
      });
}

Schema<std::string> trimmed(Schema<std::string> schema) {
  Description d = schema.description();
  return Schema<std::string>(d, [schema](Context& context, const Value& value) {
    if (!value.string()) return schema.read(context, value);
    return schema.read(context, Value{std::string(trim(*value.string())), value.span});
  });
}

Schema<std::string> lower_case(Schema<std::string> schema) {
  Description d = schema.description();
  return Schema<std::string>(d, [schema](Context& context, const Value& value) {
    if (!value.string()) return schema.read(context, value);
    return schema.read(context, Value{to_lower(*value.string()), value.span});
  });
}

Schema<std::string> reference(std::string collection, std::string edge) {
  Description d = describe(Shape::kString, accept(Kind::kString), collection + " name",
                           "the name of a " + collection);
  d.refers_to = collection;
  return Schema<std::string>(d, [d, collection, edge](Context& context, const Value& value) {
    if (!value.string()) {
      context.wrong_type(value, d);
      return Parsed<std::string>();
    }
    context.add_reference(collection, *value.string(), edge, value);
    return Parsed<std::string>(*value.string());
  });
}

Schema<QualifiedName> qualified_reference(std::vector<std::string> collections, std::string edge) {
  std::vector<std::string> shapes;
  for (const std::string& one : collections)
    shapes.push_back(quote(one + ".NAME"));
  Description d = describe(Shape::kString, accept(Kind::kString), "name", alternatives(shapes));
  return Schema<QualifiedName>(d, [d, collections, edge](Context& context, const Value& value) {
    if (!value.string()) {
      context.wrong_type(value, d);
      return Parsed<QualifiedName>();
    }
    const std::string& text = *value.string();
    std::size_t dot = text.find('.');
    for (const std::string& one : collections) {
      if (dot == std::string::npos || text.substr(0, dot) != one) continue;
      QualifiedName name{one, text.substr(dot + 1)};
      context.add_reference(name.collection, name.name, edge, value);
      return Parsed<QualifiedName>(std::move(name));
    }
    Diagnostic& diagnostic = context.error(
        "bad-format", value, fmt::format("expected {}, got {}", d.expects, context.shown(value)));
    diagnostic.expected = d.expects;
    auto near = nearest(text.substr(0, dot), collections);
    if (dot != std::string::npos && !near.empty()) {
      diagnostic.suggestion = quote(near.front() + text.substr(dot));
    }
    return Parsed<QualifiedName>();
  });
}

}  // namespace hammock::schema
