#include "core/config/timebomb_values.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "core/timebomb/ladder.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using namespace std::chrono_literals;
using timebomb::Target;

namespace {

constexpr std::uint16_t kHttps = 443;
constexpr const char* kHostName =
    "([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*"
    "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";

Problem bad_value(std::string code, std::string message, std::string expected) {
  Problem problem;
  problem.code = std::move(code);
  problem.message = std::move(message);
  problem.expected = std::move(expected);
  return problem;
}

std::expected<Target, Problem> read_server(const std::string& text) {
  timebomb::Certificate certificate;
  const bool has_port = text.find(':') != std::string::npos;
  auto address = read_address(has_port ? text : fmt::format("{}:{}", text, kHttps));
  auto* tcp = address ? std::get_if<TcpAddress>(&*address) : nullptr;
  if (tcp == nullptr || tcp->host.empty()) {
    return std::unexpected(bad_value("bad-format", "expected a server, got " + quote(text),
                                     "HOST or HOST:PORT such as \"shop.example:443\""));
  }
  certificate.host = std::move(tcp->host);
  certificate.port = tcp->port;
  return Target(std::move(certificate));
}

Schema<std::string> path_text() {
  return path().transform([](const std::filesystem::path& file) { return file.string(); });
}

// Without the %XX of a URI.
std::string decoded(const std::string& text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned char byte = 0;
    const char* digits = &text[at] + 1;
    const bool is_escape = text[at] == '%' && at + 2 < text.size() &&
                           std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    plain += is_escape ? static_cast<char>(byte) : text[at];
    if (is_escape) at += 2;
  }
  return plain;
}

// "password" or "sslpassword", followed by an '='; however it is written.
bool gives_password(const std::string& given) {
  constexpr std::string_view kWord = "password";
  const std::string text = to_lower(decoded(given));
  for (std::size_t at = text.find(kWord); at != std::string_view::npos;
       at = text.find(kWord, at + 1)) {
    const std::size_t after = text.find_first_not_of(" \t\r\n", at + kWord.size());
    if (after != std::string_view::npos && text[after] == '=') return true;
  }
  return false;
}

std::optional<Problem> conninfo_problem(const std::string& text) {
  if (text.find("://") == std::string::npos && text.find('=') == std::string::npos) {
    return bad_value("bad-format", "it says neither a host nor a database",
                     "a connection string such as \"host=/run/postgresql dbname=shop\"");
  }
  // In a URI between the user and the '@' of the authority.
  const std::size_t scheme = text.find("://");
  std::string authority;
  if (scheme != std::string::npos) {
    authority = text.substr(scheme + 3, text.find_first_of("/?#", scheme + 3) - scheme - 3);
  }
  const std::size_t sign = authority.rfind('@');
  const bool has_one_in_url =
      sign != std::string::npos && authority.substr(0, sign).find(':') != std::string::npos;
  if (!gives_password(text) && !has_one_in_url) return std::nullopt;
  return bad_value("secret-in-file", "there is a password in the connection string",
                   "a connection string without a password: say passfile=FILE, or peer");
}

}  // namespace

Schema<Target> certificate_target() {
  return string().size(1, 300).example("\"shop.example:443\"").parsed_by(read_server);
}

Schema<Target> certificate_file_target() {
  return path_text().example("\"/etc/ssl/shop.pem\"").transform([](std::string path) {
    return Target(timebomb::CertificateFile{std::move(path)});
  });
}

Schema<Target> domain_target() {
  return string()
      .size(3, 253)
      .matching(fmt::format("[A-Za-z0-9-]+\\.{}", kHostName), "a domain such as \"shop.example\"")
      .example("\"shop.example\"")
      .transform([](const std::string& name) {
        timebomb::Domain domain;
        domain.name = to_lower(name);
        return Target(std::move(domain));
      });
}

Schema<Target> date_target() {
  return date().example("\"2027-03-01\"").transform([](std::chrono::year_month_day day) {
    return Target(timebomb::Date{day});
  });
}

Schema<Target> disk_target() {
  return path_text().example("\"/srv\"").transform([](std::string path) {
    timebomb::Disk disk;
    disk.path = std::move(path);
    return Target(std::move(disk));
  });
}

Schema<Target> backup_target() {
  return path_text().example("\"/backup/shop-*.dump\"").transform([](std::string pattern) {
    timebomb::Backup backup;
    backup.pattern = std::move(pattern);
    return Target(std::move(backup));
  });
}

Schema<Target> postgres_target() {
  return string()
      .size(1, 1000)
      .check("a connection string without a password", conninfo_problem)
      .secret()
      .example("\"host=/run/postgresql dbname=shop user=hammock\"")
      .transform([](std::string conninfo) {
        timebomb::Postgres postgres;
        postgres.conninfo = std::move(conninfo);
        return Target(std::move(postgres));
      });
}

Schema<Target> clock_target() {
  auto server = string().size(1, 300).matching("[^\\s-]\\S*", "a time server, HOST or HOST:PORT");
  return unique_list_of(server)
      .size(1, 8)
      .example("[\"ptbtime1.ptb.de\", \"ptbtime2.ptb.de\"]")
      .transform([](std::vector<std::string> servers) {
        timebomb::Clock clock;
        clock.servers = std::move(servers);
        return Target(std::move(clock));
      });
}

Schema<Target> end_of_life_target() {
  return string()
      .size(1, 200)
      .matching("os|[a-z0-9][a-z0-9.+_-]* [0-9A-Za-z][0-9A-Za-z.+_-]*",
                "\"os\", or a product and its release such as \"postgresql 15\"")
      .example("\"os\"")
      .transform([](const std::string& text) {
        timebomb::EndOfLife end;
        if (const std::size_t space = text.find(' '); space != std::string::npos) {
          end.product = text.substr(0, space);
          end.release = text.substr(space + 1);
        }
        return Target(std::move(end));
      });
}

Schema<Target> secret_target() {
  using Changed = std::variant<std::string, std::chrono::year_month_day>;
  auto file = string().size(2, 4096).matching(".*/.*", "a path with a '/'");
  return any_of<Changed>(date(), file)
      .example("\"/etc/acme/token\"")
      .transform([](Changed changed) {
        timebomb::Secret secret;
        secret.changed = std::move(changed);
        return Target(std::move(secret));
      });
}

Schema<Target> timebomb_command_target() {
  return command_vector()
      .example("[\"./licence-ends\"]")
      .transform([](std::vector<std::string> words) {
        timebomb::Command command;
        command.command = std::move(words);
        return Target(std::move(command));
      });
}

Schema<std::uint32_t> percent(std::uint32_t low, std::uint32_t high) {
  const std::string expected = fmt::format("from \"{}%\" to \"{}%\"", low, high);
  return quoted_number(string(), "share", "a share such as \"95%\"",
                       [](std::int64_t number) { return std::to_string(number) + "%"; })
      .parsed_by(
          [low, high, expected](const std::string& text) -> std::expected<std::uint32_t, Problem> {
            std::optional<std::uint64_t> number;
            if (text.ends_with('%'))
              number = parse_decimal(std::string_view(text).substr(0, text.size() - 1));
            if (number && *number >= low && *number <= high)
              return static_cast<std::uint32_t>(*number);
            return std::unexpected(
                bad_value("bad-format", "expected a share, got " + quote(text), expected));
          });
}

Schema<std::vector<Duration>> rungs() {
  auto one = duration().range(1s, 24h * 3660);
  auto from = one.transform([](Duration first) {
    std::vector<Duration> ladder = {first};
    for (Duration usual : timebomb::kUsualRungs) {
      if (usual < first) ladder.push_back(usual);
    }
    return ladder;
  });
  auto all = unique_list_of(one).size(0, 20).transform([](std::vector<Duration> ladder) {
    std::ranges::sort(ladder, std::greater());
    return ladder;
  });
  return any_of<std::vector<Duration>>(from, all);
}

}  // namespace hammock::config
