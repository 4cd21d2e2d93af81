// What an operator said about a probe, already valid: the values of [probe.*] in hammock.toml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/k_of_n.h"
#include "base/time.h"

namespace hammock::probe {

// How the name of a target becomes an address. 0: either family.
struct Route {
  std::uint8_t family = 0;             // 4, 6
  std::optional<std::string> address;  // connect to this one, whatever the name says
  std::vector<std::string> resolvers;  // "192.0.2.1", "192.0.2.1:53": ask these alone
  friend bool operator==(const Route&, const Route&) = default;
};

struct Tls {
  bool verify = true;
  std::optional<std::string> ca;           // a file of certificates: trust these alone
  std::optional<std::string> server_name;  // instead of the host of the target
  friend bool operator==(const Tls&, const Tls&) = default;
};

// Both ends belong to it: {200, 299}.
struct StatusRange {
  std::uint16_t first = 200;
  std::uint16_t last = 299;
  friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

// A value of a JSON document: what stands at `pointer` (RFC 6901) is `value`, itself JSON text
// ("\"ok\"", "3", "true", "null").
struct JsonWish {
  std::string pointer;
  std::string value;
  friend bool operator==(const JsonWish&, const JsonWish&) = default;
};

struct Http {
  std::string url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::uint32_t redirects = 0;  // so many are followed
  Route route;
  Tls tls;
  std::vector<StatusRange> status = {{}};
  std::optional<std::string> contains;  // the body does
  std::optional<std::string> lacks;     // the body does not have it
  std::vector<JsonWish> json;
  friend bool operator==(const Http&, const Http&) = default;
};

struct Tcp {
  std::string host;
  std::uint16_t port = 0;
  Route route;
  std::optional<Tls> tls;
  std::string starttls;  // "smtp", "imap", "pop3", "postgres": how TLS begins; empty: at once
  std::string send;
  std::string expect;  // empty: that it can be connected to is all
  friend bool operator==(const Tcp&, const Tcp&) = default;
};

struct Dns {
  std::string name;
  std::string type = "A";  // as IANA names it
  std::vector<std::string> resolvers;
  std::vector<std::string> records;  // each of them must be in the answer; none: any will do
  friend bool operator==(const Dns&, const Dns&) = default;
};

// A program that says how it is, as the Monitoring Plugins do.
struct Command {
  std::vector<std::string> command;
  std::optional<std::string> user;  // none: as Hammock
  std::vector<std::pair<std::string, std::string>> env;
  friend bool operator==(const Command&, const Command&) = default;
};

using Target = std::variant<Http, Tcp, Dns, Command>;

struct Config {
  std::string name;
  std::optional<std::string> description;  // for people
  Target target;
  Duration every = std::chrono::seconds(30);
  Duration timeout = std::chrono::seconds(10);  // of one try
  std::optional<Duration> within;               // slower is bad
  std::uint32_t retries = 1;        // so many more tries, each with a connection of its own, before
                                    // a result is bad
  std::optional<KOfN> fail_after;   // none: the first bad result takes it down
  std::uint32_t recover_after = 2;  // so many good results in a row bring it up again
  std::vector<std::string> depends_on;                // names of probes
  std::optional<std::vector<std::string>> witnesses;  // "HOST:PORT"; none: those of [hammock]
  friend bool operator==(const Config&, const Config&) = default;
};

// "https://shop.example/health", "tcp mail.example:25", "dns shop.example MX", without anything
// that may be secret: of a URL no query.
std::string target_text(const Target& target);

}  // namespace hammock::probe
