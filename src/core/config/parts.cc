// Addresses, commands, exits, environment: what several keys are made of.
#include "core/config/parts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/signals.h"
#include "base/text.h"
#include "base/variant.h"
#include "core/config/capabilities.h"
#include "schema/suggest.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in

namespace {

constexpr std::size_t kVariablesMax = 1000;

bool is_ipv4(std::string_view host) {
  auto parts = split(host, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           auto number = parse_decimal(part);
           return number && *number <= 255 && (part.size() == 1 || part.front() != '0');
         });
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos;
}

std::expected<std::string, Problem> literal_address(const Address& address) {
  using Result = std::expected<std::string, Problem>;
  return match(
      address,
      [](const TcpAddress& tcp) -> Result {
        std::string port = ":" + std::to_string(tcp.port);
        if (is_ipv6(tcp.host)) return "[" + tcp.host + "]" + port;
        if (is_ipv4(tcp.host)) return tcp.host + port;
        Problem problem;
        problem.code = "not-a-literal-address";
        problem.expected = "an address in digits such as \"127.0.0.1:8000\"";
        problem.message = "'" + tcp.host + "' is a name, not an address";
        problem.why = "a name server that does not answer must not keep a service down";
        if (tcp.host == "localhost") problem.suggestion = quote("127.0.0.1" + port);
        return std::unexpected(std::move(problem));
      },
      [](const UnixAddress& path) -> Result { return path.path; });
}

std::optional<Problem> first_word_problem(const std::vector<std::string>& words) {
  if (words.empty() || !words.front().empty()) return std::nullopt;
  Problem problem;
  problem.code = "empty-program";
  problem.message = "the first word names the program, and it is empty";
  return problem;
}

Schema<std::string> word() {
  return string().check("no NUL", [](const std::string& text) -> std::optional<Problem> {
    if (text.find('\0') == std::string::npos) return std::nullopt;
    Problem problem;
    problem.code = "nul-byte";
    problem.message = "a NUL byte ends a word for every program, so it cannot be part of one";
    return problem;
  });
}

// The value of a variable: people forget the quotes around numbers.
Schema<std::string> variable_value() {
  Description description = word().description();
  return Schema<std::string>(
      description, [inner = word(), description](Context& context, const Value& at) {
        if (at.boolean() || at.integer()) {
          std::string text =
              at.boolean() ? (*at.boolean() ? "true" : "false") : std::to_string(*at.integer());
          Diagnostic& diagnostic = context.wrong_type(at, description);
          if (!context.is_hidden()) diagnostic.suggestion = quote(text);
          diagnostic.why = "an environment holds text only";
          return Parsed<std::string>();
        }
        return inner.read(context, at);
      });
}

// Hammock tells a program these; a second meaning would be a lie.
std::optional<Problem> reserved_variable(const std::string& name) {
  constexpr std::array<std::string_view, 9> reserved = {
      "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID",    "LISTEN_FDNAMES",       "WATCHDOG_USEC",
      "WATCHDOG_PID",  "MAINPID",    "INVOCATION_ID", "CREDENTIALS_DIRECTORY"};
  bool ours = name.starts_with("HAMMOCK_");
  if (!ours && std::find(reserved.begin(), reserved.end(), name) == reserved.end())
    return std::nullopt;
  Problem problem;
  problem.code = "reserved-variable";
  problem.message = "'" + name + "' is set by Hammock";
  problem.why = "programs would take it for what Hammock says";
  return problem;
}

Schema<std::string> settable_variable() {
  return variable_name().check("not one that Hammock sets itself", reserved_variable);
}

}  // namespace

Schema<std::string> socket_address() {
  return address().parsed_by(literal_address);
}

Schema<std::vector<std::string>> command_vector() {
  return list_of(word())
      .size(1, 4096)
      .check("the program is not empty", first_word_problem)
      .on_string([](const std::string& text) {
        return Hint{argument_vector(text),
                    "write the program and each argument as a string of its own"};
      })
      .why(
          "no shell stands between Hammock and the program: signals reach it, quoting cannot go "
          "wrong");
}

std::string exit_text(const service::ExitMatch& exit) {
  return exit.by_signal ? "signal " + signal_name(exit.number)
                        : "code " + std::to_string(exit.number);
}

Schema<service::ExitMatch> exit_match() {
  auto code = integer_of<int>(0, 255).transform(
      [](int number) { return service::ExitMatch{false, number}; });
  auto by_signal = signal().transform([](Signal s) { return service::ExitMatch{true, s.number}; });
  Description description = code.description();
  description.shape = Shape::kAny;
  description.name = "exit";
  description.expects = "an exit code such as 78, or a signal such as \"KILL\"";
  description.minimum.clear();
  description.maximum.clear();
  description.of = {code.description(), by_signal.description()};
  description.accepts = code.description()->accepts | by_signal.description()->accepts;
  return Schema<service::ExitMatch>(
      description, [code, by_signal, description](Context& context, const Value& at) {
        if (at.integer()) return code.read(context, at);
        if (at.string()) return by_signal.read(context, at);
        context.wrong_type(at, description);
        return Parsed<service::ExitMatch>();
      });
}

Schema<std::vector<std::pair<std::string, std::string>>> environment() {
  return map_of(settable_variable(),
                variable_value().doc("what the program finds in this variable"))
      .size(0, kVariablesMax)
      .transform([](std::map<std::string, std::string> named) {
        return std::vector<std::pair<std::string, std::string>>(named.begin(), named.end());
      });
}

Schema<std::vector<std::string>> one_or_more_paths() {
  auto one = path().transform([](const std::filesystem::path& p) { return p.string(); });
  auto many = list_of(one);
  Description description = many.description();
  description.shape = Shape::kAny;
  description.expects = "a path, or a list of paths";
  description.of = {one.description(), many.description()};
  description.accepts = one.description()->accepts | many.description()->accepts;
  return Schema<std::vector<std::string>>(
      description, [one, many, description](Context& context, const Value& at) {
        if (at.array()) return many.read(context, at);
        if (!at.string()) {
          context.wrong_type(at, description);
          return Parsed<std::vector<std::string>>();
        }
        Parsed<std::string> parsed = one.read(context, at);
        if (!parsed.value) return Parsed<std::vector<std::string>>();
        return Parsed<std::vector<std::string>>(std::vector<std::string>{*std::move(parsed.value)});
      });
}

Schema<std::vector<std::string>> capability_list() {
  Description description = string().description();
  description.name = "capability";
  description.expects = "a capability such as \"NET_BIND_SERVICE\"";
  description.choices.assign(kCapabilityNames.begin(), kCapabilityNames.end());
  auto name = Schema<std::string>(description, [description](Context& context, const Value& at) {
    const std::string* text = at.string();
    if (!text) {
      context.wrong_type(at, description);
      return Parsed<std::string>();
    }
    if (std::find(kCapabilityNames.begin(), kCapabilityNames.end(), *text) !=
        kCapabilityNames.end()) {
      return Parsed<std::string>(*text);
    }
    Diagnostic& diagnostic =
        context.error("unknown-value", at, "there is no capability " + quote(*text));
    diagnostic.expected = description.expects;
    diagnostic.got = context.shown(at);
    std::string upper = to_upper(*text);
    if (upper.starts_with("CAP_")) upper.erase(0, 4);
    auto near = nearest(upper, description.choices);
    if (!near.empty()) diagnostic.suggestion = quote(near.front());
    diagnostic.help = "capabilities(7) lists them; they are written without CAP_";
    return Parsed<std::string>();
  });
  return unique_list_of(name).example("[\"NET_BIND_SERVICE\"]");
}

Schema<std::string> quoted_number(const Schema<std::string>& schema, std::string name,
                                  std::string expects,
                                  std::function<std::string(std::int64_t)> as_text) {
  Description description = schema.description();
  description.name = std::move(name);
  description.expects = std::move(expects);
  return Schema<std::string>(description, [schema, description, as_text = std::move(as_text)](
                                              Context& context, const Value& at) {
    if (!at.integer()) return schema.read(context, at);
    context.wrong_type(at, description).suggestion = quote(as_text(*at.integer()));
    return Parsed<std::string>();
  });
}

namespace {
std::expected<KOfN, Problem> read_k_of_n(std::string text) {
  const std::size_t of = text.find(" of ");
  std::optional<std::uint64_t> k;
  std::optional<std::uint64_t> n;
  if (of != std::string::npos) {
    k = parse_decimal(std::string_view(text).substr(0, of));
    n = parse_decimal(std::string_view(text).substr(of + 4));
  }
  const bool fits = k && n && *k >= 1 && *n <= kOutcomesMost && *k <= *n;
  if (fits) return KOfN{static_cast<std::uint32_t>(*k), static_cast<std::uint32_t>(*n)};
  Problem problem;
  problem.code = k && n ? "out-of-range" : "bad-format";
  problem.expected =
      "\"k of n\" such as \"3 of 5\", k from 1 to n and n up to " + std::to_string(kOutcomesMost);
  problem.message = "expected " + problem.expected + ", got " + quote(text);
  if (k && n && *k > *n && *n >= 1 && *k <= kOutcomesMost) {
    problem.suggestion = quote(std::to_string(*n) + " of " + std::to_string(*k));
  }
  return std::unexpected(std::move(problem));
}
}  // namespace

Schema<KOfN> k_of_n() {
  auto in_a_row = [](std::int64_t number) {
    return std::to_string(number) + " of " + std::to_string(number);
  };
  return quoted_number(string(), "k of n", "so many of the newest so many, as \"3 of 5\"", in_a_row)
      .example("\"3 of 5\"")
      .parsed_by(read_k_of_n);
}

Schema<std::vector<service::Secret>> secrets() {
  auto file =
      path().example("\"/etc/acme/db_password\"").transform([](const std::filesystem::path& p) {
        return p.string();
      });
  Schema<service::Secret> table =
      TableOf<service::Secret>("secret")
          .required("file", &service::Secret::file, file)
          .doc("where it is kept; relative to the folder of hammock.toml")
          .optional("env", &service::Secret::env,
                    settable_variable().transform(
                        [](std::string text) { return std::optional(std::move(text)); }))
          .doc("put it into this variable, too; other programs of the same user can then read it");
  Description description = table.description();
  description.shape = Shape::kAny;
  description.expects = "a path, or a table with file and env";
  description.of = {file.description(), table.description()};
  description.accepts |= file.description()->accepts;
  Schema<service::Secret> either(
      description, [file, table, description](Context& context, const Value& at) {
        if (at.table()) return table.read(context, at);
        if (!at.string()) {
          context.wrong_type(at, description);
          return Parsed<service::Secret>();
        }
        Parsed<std::string> parsed = file.read(context, at);
        if (!parsed.value) return Parsed<service::Secret>();
        return Parsed<service::Secret>(service::Secret{"", *std::move(parsed.value), std::nullopt});
      });
  Schema<std::string> name = string().size(1, 63).matching(
      "[A-Za-z0-9_][A-Za-z0-9_.-]*", "the name of a file: letters, digits, '_', '-' and '.'");
  return map_of(name, either)
      .size(0, 64)
      .transform([](std::map<std::string, service::Secret> named) {
        std::vector<service::Secret> list;
        for (auto& [key, secret] : named) {
          secret.name = key;
          list.push_back(std::move(secret));
        }
        return list;
      });
}

}  // namespace hammock::config
