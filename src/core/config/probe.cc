// [probe.*]
#include <array>

#include "base/dns_words.h"
#include "base/json.h"
#include "base/text.h"
#include "base/variant.h"
#include "core/config/parts.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using namespace std::chrono_literals;
using probe::Config;
using probe::Target;

namespace {

constexpr Duration kUsualTimeout = 10s;

// What stands in the file: the keys of every kind side by side.
struct Form {
  Config config;
  Target target;
  std::optional<Duration> timeout;
  probe::Http http;
  std::optional<std::string> send;
  std::optional<std::string> expect;
  bool tls = false;
  std::optional<std::string> starttls;
  probe::Tls tls_wish;
  probe::Route route;
  std::optional<std::string> type;
  std::vector<std::string> records;
  std::optional<std::string> user;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<QualifiedName> depends_on;
};

constexpr auto of_config = [](auto member) {
  return [member](Form& form) -> auto& { return form.config.*member; };
};
constexpr auto of_http = [](auto member) {
  return [member](Form& form) -> auto& { return form.http.*member; };
};
constexpr auto of_route = [](auto member) {
  return [member](Form& form) -> auto& { return form.route.*member; };
};
constexpr auto of_tls = [](auto member) {
  return [member](Form& form) -> auto& { return form.tls_wish.*member; };
};

void fill(Form& form, probe::Http& http) {
  std::string url = std::move(http.url);
  http = std::move(form.http);
  http.url = std::move(url);
  http.route = std::move(form.route);
  http.tls = std::move(form.tls_wish);
}
void fill(Form& form, probe::Tcp& tcp) {
  tcp.route = std::move(form.route);
  if (form.tls || form.starttls) tcp.tls = std::move(form.tls_wish);
  tcp.starttls = std::move(form.starttls).value_or("");
  tcp.send = std::move(form.send).value_or("");
  tcp.expect = std::move(form.expect).value_or("");
}
void fill(Form& form, probe::Dns& dns) {
  dns.type = form.type.value_or("A");
  dns.resolvers = std::move(form.route.resolvers);
  dns.records = std::move(form.records);
}
void fill(Form& form, probe::Command& command) {
  command.user = std::move(form.user);
  command.env = std::move(form.env);
}

// All tries together have to fit between two evaluations.
Duration usual_timeout(const Config& config) {
  return std::min(kUsualTimeout, config.every / (config.retries + 1));
}

Config to_config(Form form) {
  std::visit([&](auto& target) { fill(form, target); }, form.target);
  form.config.target = std::move(form.target);
  form.config.timeout = form.timeout.value_or(usual_timeout(form.config));
  for (QualifiedName& parent : form.depends_on)
    form.config.depends_on.push_back(std::move(parent.name));
  return std::move(form.config);
}

// --- which keys go together ---

enum Kind : std::uint8_t { kHttp = 1, kTcp = 2, kDns = 4, kCommand = 8 };

Kind kind_of(const Target& target) {
  return match(
      target, [](const probe::Http&) { return kHttp; }, [](const probe::Tcp&) { return kTcp; },
      [](const probe::Dns&) { return kDns; }, [](const probe::Command&) { return kCommand; });
}

struct Belongs {
  std::string_view key;
  int kinds;
  std::string_view to;
};
constexpr std::array<Belongs, 22> kBelongs = {{
    {"method", kHttp, "http"},
    {"headers", kHttp, "http"},
    {"body", kHttp, "http"},
    {"follow", kHttp, "http"},
    {"status", kHttp, "http"},
    {"contains", kHttp, "http"},
    {"lacks", kHttp, "http"},
    {"json", kHttp, "http"},
    {"tls", kTcp, "tcp"},
    {"starttls", kTcp, "tcp"},
    {"send", kTcp, "tcp"},
    {"expect", kTcp, "tcp"},
    {"family", kHttp | kTcp, "http and tcp"},
    {"address", kHttp | kTcp, "http and tcp"},
    {"ca", kHttp | kTcp, "http and tcp"},
    {"verify", kHttp | kTcp, "http and tcp"},
    {"server_name", kHttp | kTcp, "http and tcp"},
    {"type", kDns, "dns"},
    {"records", kDns, "dns"},
    {"resolvers", kHttp | kTcp | kDns, "http, tcp and dns"},
    {"user", kCommand, "command"},
    {"env", kCommand, "command"},
}};

void check_kind(const Form& form, At& at) {
  const Kind kind = kind_of(form.target);
  for (const Belongs& one : kBelongs) {
    const std::string key(one.key);
    if ((one.kinds & kind) != 0 || !at.has({key})) continue;
    at.error_at_key("needs-other-key", {key}, "'" + key + "' belongs to " + std::string(one.to))
        .help = "remove it";
  }
}

bool has_tls(const Form& form) {
  const auto* http = std::get_if<probe::Http>(&form.target);
  return http != nullptr ? http->url.starts_with("https:") : form.tls || form.starttls;
}

void check_tls(const Form& form, At& at) {
  if (has_tls(form) || (kind_of(form.target) & (kHttp | kTcp)) == 0) return;
  for (const std::string key : {"ca", "verify", "server_name"}) {
    if (!at.has({key})) continue;
    at.error_at_key("needs-other-key", {key}, "'" + key + "' is about TLS, and there is none")
        .help = "remove it, look at https://, or say tls = true or starttls";
  }
}

void check_times(const Form& form, At& at) {
  const Config& config = form.config;
  const Duration timeout = form.timeout.value_or(usual_timeout(config));
  const Duration longest = timeout * (config.retries + 1);
  if (longest > config.every) {
    Diagnostic& diagnostic =
        at.error("contradiction", {std::string("timeout")},
                 "its tries may take " + format_duration(longest) +
                     " (retries = " + std::to_string(config.retries) +
                     "), and the next look is due after " + format_duration(config.every));
    diagnostic.expected = "at most " + format_duration(usual_timeout(config));
    diagnostic.got = format_duration(timeout);
    at.relate(diagnostic, {std::string("every")}, "every is given here");
  }
  if (config.within && *config.within > timeout) {
    Diagnostic& diagnostic =
        at.error("contradiction", {std::string("within")},
                 "a try ends after " + format_duration(timeout) + ", before it could be too slow");
    diagnostic.expected = "at most " + format_duration(timeout);
    at.relate(diagnostic, {std::string("timeout")}, "timeout is given here");
  }
}

// --- values ---

Problem bad_value(std::string code, std::string message, std::string expected = "") {
  Problem problem;
  problem.code = std::move(code);
  problem.message = std::move(message);
  problem.expected = std::move(expected);
  return problem;
}

Schema<Target> http_target() {
  return url().example("\"https://shop.example/health\"").transform([](const Url& url) {
    probe::Http http;
    http.url = url.text;
    return Target(std::move(http));
  });
}

// "HOST:PORT", where the host may be a name.
Schema<TcpAddress> host_port() {
  return address().parsed_by([](Address address) -> std::expected<TcpAddress, Problem> {
    if (auto* tcp = std::get_if<TcpAddress>(&address)) return std::move(*tcp);
    return std::unexpected(bad_value("bad-format", "a path of a socket is not in the network",
                                     "HOST:PORT such as \"192.0.2.1:443\""));
  });
}

std::string text_of(const TcpAddress& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Schema<Target> tcp_target() {
  return host_port().example("\"mail.example:25\"").transform([](TcpAddress address) {
    probe::Tcp tcp;
    tcp.host = std::move(address.host);
    tcp.port = address.port;
    return Target(std::move(tcp));
  });
}

Schema<Target> dns_target() {
  return string()
      .size(1, 253)
      .matching(
          "([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*"
          "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.?",
          "a name such as \"shop.example\"")
      .example("\"shop.example\"")
      .transform([](std::string name) {
        probe::Dns dns;
        dns.name = std::move(name);
        return Target(std::move(dns));
      });
}

Schema<Target> command_target() {
  return command_vector()
      .example("[\"/usr/lib/nagios/plugins/check_load\", \"-w\", \"4\", \"-c\", \"8\"]")
      .transform([](std::vector<std::string> words) {
        probe::Command command;
        command.command = std::move(words);
        return Target(std::move(command));
      });
}

std::expected<probe::StatusRange, Problem> read_range(std::string text) {
  const auto number = [](std::string_view digits) { return parse_decimal(digits).value_or(0); };
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (text.size() == 3 && text.ends_with("xx")) {
    first = number(text.substr(0, 1)) * 100;
    last = first + 99;
  } else if (text.size() == 7 && text[3] == '-') {
    first = number(text.substr(0, 3));
    last = number(text.substr(4));
  }
  if (first >= 100 && last <= 599 && first <= last) {
    return probe::StatusRange{static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
  }
  return std::unexpected(bad_value("bad-format", "expected statuses, got " + quote(text),
                                   "a class such as \"2xx\" or a range such as \"200-299\""));
}

Schema<std::vector<probe::StatusRange>> status_ranges() {
  auto one = integer_of<std::uint16_t>(100, 599).transform(
      [](std::uint16_t status) { return probe::StatusRange{status, status}; });
  auto range = string().example("\"2xx\"").parsed_by(read_range);
  return list_of(any_of<probe::StatusRange>(one, range)).size(1, 20);
}

Schema<std::vector<std::pair<std::string, std::string>>> headers() {
  auto name = string().size(1, 200).matching("[!#$%&'*+.^_`|~0-9A-Za-z-]+", "a name of a header");
  auto value = string().size(0, 8000).matching("[^\\x00-\\x08\\x0a-\\x1f\\x7f]*",
                                               "a text without control characters");
  return map_of(name.check("one that is not written by Hammock",
                           [](const std::string& text) -> std::optional<Problem> {
                             const std::string lower = to_lower(text);
                             if (lower != "content-length" && lower != "transfer-encoding") {
                               return std::nullopt;
                             }
                             return bad_value("bad-format", text + " is written by Hammock itself");
                           }),
                value)
      .size(0, 100)
      .transform([](std::map<std::string, std::string> named) {
        return std::vector<std::pair<std::string, std::string>>(named.begin(), named.end());
      });
}

Schema<std::vector<probe::JsonWish>> json_wishes() {
  auto pointer = string().size(0, 500).matching("(/.*)?", "a JSON pointer such as \"/status\"");
  auto text = string().transform([](const std::string& value) { return json_quote(value); });
  auto whole = integer().transform([](std::int64_t value) { return std::to_string(value); });
  auto truth =
      boolean().transform([](bool value) { return std::string(value ? "true" : "false"); });
  return map_of(pointer, any_of<std::string>(text, whole, truth))
      .size(1, 100)
      .transform([](std::map<std::string, std::string> named) {
        std::vector<probe::JsonWish> wishes;
        for (auto& [at, value] : named)
          wishes.push_back({at, std::move(value)});
        return wishes;
      });
}

Schema<std::string> ip_address() {
  return string().matching("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*",
                           "an address in digits such as \"192.0.2.1\"");
}

Schema<std::vector<std::string>> resolvers() {
  auto one = string().matching(
      "[0-9]{1,3}(\\.[0-9]{1,3}){3}(:[0-9]{1,5})?|\\[[0-9A-Fa-f:.]+\\](:[0-9]{1,5})?|"
      "[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*",
      "an address in digits such as \"192.0.2.1\" or \"192.0.2.1:5353\"");
  return unique_list_of(one).size(1, 8).example("[\"192.0.2.53\"]");
}

std::optional<Problem> type_problem(const std::string& type) {
  if (dns_type(type)) return std::nullopt;
  return bad_value("bad-format", quote(type) + " is no type of DNS records",
                   "a type such as \"A\", \"AAAA\", \"MX\" or \"TXT\"");
}

// --- the table, in parts ---

void add_target(TableOf<Form>& table) {
  table.exactly_one_of(
      &Form::target,
      std::vector{
          option<Target>("http", http_target(), "looks at this address of a web server"),
          option<Target>("tcp", tcp_target(), "connects to this host and port"),
          option<Target>("dns", dns_target(), "asks the name servers for this name"),
          option<Target>("command", command_target(),
                         "runs this program, whose exit status says how it is: 0 is good, 1 and 2 "
                         "are bad, 3 is unknown, as the Monitoring Plugins have it")},
      "a probe looks at one thing");
}

void add_http(TableOf<Form>& table) {
  table
      .optional(
          "method", of_http(&probe::Http::method),
          string().size(1, 30).matching("[A-Z]+", "a method such as \"HEAD\"").example("\"HEAD\""))
      .doc("of http: the method; without it GET")
      .optional("headers", of_http(&probe::Http::headers),
                headers().example("{ Accept = \"application/json\" }"))
      .doc(
          "of http: what is sent in headers; to another host only Accept, Accept-Language and "
          "User-Agent follow a redirect")
      .optional("body", of_http(&probe::Http::body), string().size(0, 65536).example("\"{}\""))
      .doc("of http: what is sent as the body")
      .optional("follow", of_http(&probe::Http::redirects),
                integer_of<std::uint32_t>(0, 20).example("5"))
      .doc(
          "of http: how many redirects are followed; without it none, and a redirect is the answer")
      .optional("status", of_http(&probe::Http::status),
                status_ranges().example("[200, \"3xx\", \"400-404\"]"))
      .doc("of http: which statuses are good; without it 200 to 299")
      .optional("contains", of_http(&probe::Http::contains),
                some(string().size(1, 1000).example("\"welcome\"")))
      .doc("of http: a text that the body has to contain; its first 256 KiB are looked at")
      .optional("lacks", of_http(&probe::Http::lacks),
                some(string().size(1, 1000).example("\"error\"")))
      .doc("of http: a text that the body must not contain; nor may it be longer than 256 KiB")
      .optional("json", of_http(&probe::Http::json),
                json_wishes().example("{ \"/database/ok\" = true }"))
      .doc("of http: JSON pointers (RFC 6901) into the body, and the values that stand there");
}

void add_others(TableOf<Form>& table) {
  table.optional("tls", &Form::tls, boolean().example("true"))
      .doc("of tcp: speak TLS from the first byte, and check the certificate")
      .optional("starttls", &Form::starttls,
                some(one_of({"smtp", "imap", "pop3", "postgres"}).example("\"smtp\"")))
      .doc("of tcp: ask the server in this protocol to go on in TLS, and check the certificate")
      .optional("send", &Form::send, some(string().size(1, 65536).example("\"PING\\r\\n\"")))
      .doc("of tcp: what is sent when the connection stands")
      .optional("expect", &Form::expect, some(string().size(1, 1000).example("\"220 \"")))
      .doc(
          "of tcp: a text that has to come within the first 4096 bytes; without it the connection "
          "is all")
      .optional(
          "family", of_route(&probe::Route::family),
          any_of<std::uint8_t>(
              literal(std::int64_t{4}).transform([](std::int64_t) { return std::uint8_t{4}; }),
              literal(std::int64_t{6}).transform([](std::int64_t) { return std::uint8_t{6}; }))
              .example("6"))
      .doc("of http and tcp: IPv4 or IPv6 alone")
      .optional("address", of_route(&probe::Route::address),
                some(ip_address().example("\"192.0.2.1\"")))
      .doc("of http and tcp: connect to this address, whatever the name says")
      .optional("resolvers", of_route(&probe::Route::resolvers), resolvers())
      .doc("ask these name servers alone; without it those of the machine")
      .optional("ca", of_tls(&probe::Tls::ca),
                some(path().example("\"ca.pem\"").transform([](const std::filesystem::path& file) {
                  return file.string();
                })))
      .doc(
          "of TLS: a file of certificates, and these alone are trusted; without it those of the "
          "machine")
      .optional("verify", of_tls(&probe::Tls::verify), boolean().example("false"))
      .doc("of TLS: false, and any certificate will do")
      .optional("server_name", of_tls(&probe::Tls::server_name),
                some(string().size(1, 253).example("\"shop.example\"")))
      .doc("of TLS: the name that is asked for and that the certificate has to stand for")
      .optional("type", &Form::type,
                some(string().check("a type of DNS records", type_problem).example("\"MX\"")))
      .doc("of dns: which records are asked for; without it A")
      .optional("records", &Form::records,
                unique_list_of(string().size(1, 1000)).size(0, 100).example("[\"192.0.2.80\"]"))
      .doc("of dns: records that have to be in the answer; without it any will do")
      .optional("user", &Form::user, some(string().size(1, 32).example("\"nagios\"")))
      .doc("of command: who runs it; without it who runs Hammock")
      .optional("env", &Form::env, environment().example("{ LANG = \"C\" }"))
      .doc("of command: its environment, besides what every program gets");
}

void add_judgement(TableOf<Form>& table) {
  table
      .defaulted("every", of_config(&Config::every), duration().range(1s, 24h).example("\"1m\""),
                 "\"30s\"")
      .doc("how often it is looked at")
      .optional("timeout", &Form::timeout, some(duration().range(100ms, 5min).example("\"5s\"")))
      .doc("the time of one try; without it 10s, or less when all tries have to fit into `every`")
      .optional("within", of_config(&Config::within),
                some(duration().range(1ms, 5min).example("\"2s\"")))
      .doc("an answer that takes longer is bad")
      .defaulted("retries", of_config(&Config::retries),
                 integer_of<std::uint32_t>(0, 5).example("2"), "1")
      .doc("how many more tries, each with a connection of its own, before a result is bad")
      .optional("fail_after", of_config(&Config::fail_after), some(k_of_n()))
      .doc("how many of its newest results must be bad until it is down; without it the first")
      .defaulted("recover_after", of_config(&Config::recover_after),
                 integer_of<std::uint32_t>(1, 20).example("3"), "2")
      .doc("how many good results in a row bring it up again")
      .optional("depends_on", &Form::depends_on,
                unique_list_of(qualified_reference({"probe"}, "dependency"))
                    .size(0, 20)
                    .example("[\"probe.uplink\"]"))
      .doc("what it stands on: while one of these is not good, its own failure says nothing")
      .optional("witnesses", of_config(&Config::witnesses), some(witnesses()))
      .doc("instead of those of [hammock]; an empty list for none")
      .optional("description", of_config(&Config::description),
                some(string().size(1, 500).example("\"what customers see\"")))
      .doc("what it is about, for people");
}

}  // namespace

Schema<std::vector<std::string>> witnesses() {
  return unique_list_of(host_port().transform(text_of))
      .size(0, 8)
      .example("[\"192.0.2.1:443\", \"198.51.100.1:443\"]");
}

Schema<Config> probe_schema() {
  TableOf<Form> table("probe");
  add_target(table);
  add_http(table);
  add_others(table);
  add_judgement(table);
  std::vector<std::string> keys = {"http", "tcp", "dns", "command"};
  for (const Belongs& one : kBelongs)
    keys.emplace_back(one.key);
  table.rule("each kind has keys of its own", keys, check_kind)
      .rule("ca, verify and server_name need TLS",
            {"http", "tls", "starttls", "ca", "verify", "server_name"}, check_tls)
      .rule("all tries fit into every, and within into timeout",
            {"every", "timeout", "retries", "within"}, check_times);
  return table.schema().transform(to_config);
}

}  // namespace hammock::config
