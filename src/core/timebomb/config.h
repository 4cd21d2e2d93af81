// What an operator said about a time bomb, already valid: the values of [timebomb.*] in
// hammock.toml.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace hammock::timebomb {

// What a server shows: the first to go of its certificate and those it rests on, at every address.
struct Certificate {
  std::string host;
  std::uint16_t port = 443;
  std::string starttls;                    // "smtp", …; empty: TLS from the first byte
  std::optional<std::string> server_name;  // instead of the host
  friend bool operator==(const Certificate&, const Certificate&) = default;
};
// The first to go of those in a file.
struct CertificateFile {
  std::string path;
  friend bool operator==(const CertificateFile&, const CertificateFile&) = default;
};
struct Domain {
  std::string name;
  std::optional<std::string> rdap;       // the base URL of the registry's service
  std::optional<std::string> bootstrap;  // where it is found out; none: at IANA
  friend bool operator==(const Domain&, const Domain&) = default;
};
// A licence, a contract, a token: it goes off when that day begins, in the zone of the house.
struct Date {
  std::chrono::year_month_day day{};
  friend bool operator==(const Date&, const Date&) = default;
};
// The file system that this path is on.
struct Disk {
  std::string path;
  std::uint32_t full_percent = 95;
  friend bool operator==(const Disk&, const Disk&) = default;
};
struct Backup {
  std::string pattern;  // of its files, absolute
  Duration max_age = std::chrono::hours(26);
  std::uint32_t least_percent = 50;        // of the usual size, the newest one has
  std::optional<std::string> verified_by;  // a job
  Duration verified_within = std::chrono::days(8);
  friend bool operator==(const Backup&, const Backup&) = default;
};
struct Postgres {
  std::string conninfo;  // without a password
  std::uint32_t full_percent = 90;
  std::optional<std::string> user;  // who asks; none: as Hammock
  friend bool operator==(const Postgres&, const Postgres&) = default;
};
struct Clock {
  std::vector<std::string> servers;
  Duration most = std::chrono::milliseconds(500);
  friend bool operator==(const Clock&, const Clock&) = default;
};
struct EndOfLife {
  std::string product;  // empty: the operating system of this machine
  std::string release;
  std::optional<std::string> table;  // none: the one that came with Hammock
  friend bool operator==(const EndOfLife&, const EndOfLife&) = default;
};
// What has to be replaced now and then: a file, or what was changed on that day.
struct Secret {
  std::variant<std::string, std::chrono::year_month_day> changed;
  Duration rotate_every = std::chrono::days(90);
  friend bool operator==(const Secret&, const Secret&) = default;
};
// A program that prints when it goes off.
struct Command {
  std::vector<std::string> command;
  std::optional<std::string> user;
  std::vector<std::pair<std::string, std::string>> env;
  friend bool operator==(const Command&, const Command&) = default;
};

using Target = std::variant<Certificate, CertificateFile, Domain, Date, Disk, Backup, Postgres,
                            Clock, EndOfLife, Secret, Command>;

struct Config {
  std::string name;
  std::optional<std::string> description;  // for people
  Target target;
  Duration every = std::chrono::hours(1);
  Duration timeout = std::chrono::seconds(30);
  // When it is told of, before it goes off, the longest first; none: kUsualRungs.
  std::optional<std::vector<Duration>> warn_before;
  friend bool operator==(const Config&, const Config&) = default;
};

// "certificate shop.example:443", "disk /srv": what it is about, without anything secret.
std::string target_text(const Target& target);
// "certificate", "domain", …
std::string_view kind_of(const Target& target);

}  // namespace hammock::timebomb
