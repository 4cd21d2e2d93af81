#include "core/config/probe_values.h"

#include "base/dns_words.h"
#include "base/json.h"
#include "base/text.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using probe::Target;

namespace {

Problem bad_value(std::string code, std::string message, std::string expected = "") {
  Problem problem;
  problem.code = std::move(code);
  problem.message = std::move(message);
  problem.expected = std::move(expected);
  return problem;
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

std::optional<Problem> type_problem(const std::string& type) {
  if (dns_type(type)) return std::nullopt;
  return bad_value("bad-format", quote(type) + " is no type of DNS records",
                   "a type such as \"A\", \"AAAA\", \"MX\" or \"TXT\"");
}

}  // namespace

Schema<Target> http_target() {
  return url().example("\"https://shop.example/health\"").transform([](const Url& url) {
    probe::Http http;
    http.url = url.text;
    return Target(std::move(http));
  });
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

Schema<std::vector<probe::StatusRange>> status_ranges() {
  auto one = integer_of<std::uint16_t>(100, 599).transform(
      [](std::uint16_t status) { return probe::StatusRange{status, status}; });
  auto range = string().example("\"2xx\"").parsed_by(read_range);
  return list_of(any_of<probe::StatusRange>(one, range)).size(1, 20);
}

Schema<std::vector<std::pair<std::string, std::string>>> request_headers() {
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

Schema<std::vector<std::string>> name_servers() {
  auto one = string().matching(
      "[0-9]{1,3}(\\.[0-9]{1,3}){3}(:[0-9]{1,5})?|\\[[0-9A-Fa-f:.]+\\](:[0-9]{1,5})?|"
      "[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*",
      "an address in digits such as \"192.0.2.1\" or \"192.0.2.1:5353\"");
  return unique_list_of(one).size(1, 8).example("[\"192.0.2.53\"]");
}

Schema<std::string> record_type() {
  return string().check("a type of DNS records", type_problem).example("\"MX\"");
}

Schema<std::vector<std::string>> witnesses() {
  return unique_list_of(host_port().transform(text_of))
      .size(0, 8)
      .example("[\"192.0.2.1:443\", \"198.51.100.1:443\"]");
}

}  // namespace hammock::config
