// [probe.*]
#include <array>

#include "base/variant.h"
#include "core/config/probe_values.h"

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
                request_headers().example("{ Accept = \"application/json\" }"))
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
      .optional("resolvers", of_route(&probe::Route::resolvers), name_servers())
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
      .optional("type", &Form::type, some(record_type()))
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
                unique_list_of(qualified_reference({"probe"}, "depends_on"))
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
