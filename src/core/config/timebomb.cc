// [timebomb.*]
#include <array>

#include <fmt/format.h>

#include "base/variant.h"
#include "core/config/timebomb_values.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using namespace std::chrono_literals;
using timebomb::Config;
using timebomb::Target;

namespace {

// What stands in the file: the keys of every kind side by side.
struct Form {
  Config config;
  std::optional<Target> target;
  std::optional<Duration> every;
  std::optional<std::string> starttls;
  std::optional<std::string> server_name;
  std::optional<std::string> rdap;
  std::optional<std::string> bootstrap;
  std::optional<std::uint32_t> full_at;
  std::optional<Duration> max_age;
  std::optional<std::uint32_t> least;
  std::optional<QualifiedName> verified_by;
  std::optional<Duration> verified_within;
  std::optional<Duration> max_offset;
  std::optional<std::string> table;
  std::optional<Duration> rotate_every;
  std::optional<std::string> user;
  std::vector<std::pair<std::string, std::string>> env;
};

template <class T>
void take(T& member, std::optional<T>& given) {
  if (given) member = *std::move(given);
}

void fill(Form& form, timebomb::Certificate& certificate) {
  take(certificate.starttls, form.starttls);
  certificate.server_name = std::move(form.server_name);
}
void fill(Form&, timebomb::CertificateFile&) {}
void fill(Form& form, timebomb::Domain& domain) {
  domain.rdap = std::move(form.rdap);
  domain.bootstrap = std::move(form.bootstrap);
}
void fill(Form&, timebomb::Date&) {}
void fill(Form& form, timebomb::Disk& disk) {
  take(disk.full_percent, form.full_at);
}
void fill(Form& form, timebomb::Backup& backup) {
  take(backup.max_age, form.max_age);
  take(backup.least_percent, form.least);
  if (form.verified_by) backup.verified_by = std::move(form.verified_by->name);
  take(backup.verified_within, form.verified_within);
}
void fill(Form& form, timebomb::Postgres& postgres) {
  take(postgres.full_percent, form.full_at);
  postgres.user = std::move(form.user);
}
void fill(Form& form, timebomb::Clock& clock) {
  take(clock.most, form.max_offset);
}
void fill(Form& form, timebomb::EndOfLife& end) {
  end.table = std::move(form.table);
}
void fill(Form& form, timebomb::Secret& secret) {
  take(secret.rotate_every, form.rotate_every);
}
void fill(Form& form, timebomb::Command& command) {
  command.user = std::move(form.user);
  command.env = std::move(form.env);
}

Duration usual_every(const Target& target) {
  return match(
      target, [](const timebomb::Certificate&) -> Duration { return 12h; },
      [](const timebomb::CertificateFile&) -> Duration { return 1h; },
      [](const timebomb::Domain&) -> Duration { return 24h; },
      [](const timebomb::Date&) -> Duration { return 24h; },
      [](const timebomb::Disk&) -> Duration { return 1h; },
      [](const timebomb::Backup&) -> Duration { return 15min; },
      [](const timebomb::Postgres&) -> Duration { return 1h; },
      [](const timebomb::Clock&) -> Duration { return 1h; },
      [](const timebomb::EndOfLife&) -> Duration { return 24h; },
      [](const timebomb::Secret&) -> Duration { return 1h; },
      [](const timebomb::Command&) -> Duration { return 1h; });
}

Config to_config(Form form) {
  std::visit([&](auto& target) { fill(form, target); }, *form.target);
  form.config.target = *std::move(form.target);
  form.config.every = form.every.value_or(usual_every(form.config.target));
  return std::move(form.config);
}

// --- which keys go together ---

struct Belongs {
  std::string_view key;
  std::array<std::string_view, 2> kinds;
};
constexpr std::array<Belongs, 14> kBelongs = {{{"starttls", {"certificate"}},
                                               {"server_name", {"certificate"}},
                                               {"rdap", {"domain"}},
                                               {"bootstrap", {"domain"}},
                                               {"full_at", {"disk", "postgres"}},
                                               {"max_age", {"backup"}},
                                               {"least", {"backup"}},
                                               {"verified_by", {"backup"}},
                                               {"verified_within", {"backup"}},
                                               {"max_offset", {"clock"}},
                                               {"table", {"end_of_life"}},
                                               {"rotate_every", {"secret"}},
                                               {"user", {"postgres", "command"}},
                                               {"env", {"command"}}}};

void check_kind(const Form& form, At& at) {
  const std::string_view kind = timebomb::kind_of(*form.target);
  for (const Belongs& one : kBelongs) {
    const std::string key(one.key);
    if (one.kinds[0] == kind || one.kinds[1] == kind || !at.has({key})) continue;
    at.error_at_key("needs-other-key", {key},
                    fmt::format("'{}' belongs to {}{}{}", key, one.kinds[0],
                                one.kinds[1].empty() ? "" : " and ", one.kinds[1]))
        .help = "remove it";
  }
}

void check_pairs(const Form& form, At& at) {
  if (form.verified_within && !form.verified_by) {
    at.error_at_key("needs-other-key", {std::string("verified_within")},
                    "'verified_within' is about the job of 'verified_by', and there is none")
        .help = "remove it, or name the job that restores the backup";
  }
  if (form.rdap && form.bootstrap) {
    at.error_at_key("contradiction", {std::string("bootstrap")},
                    "'bootstrap' says where the registry is found out, and 'rdap' names it")
        .help = "remove one of them";
  }
}

// --- the table, in parts ---

void add_target(TableOf<Form>& table) {
  auto some_target = [](Schema<Target> schema) { return some(schema); };
  table.exactly_one_of(
      &Form::target,
      std::vector{option<std::optional<Target>>(
                      "certificate", some_target(certificate_target()),
                      "what this server shows, HOST or HOST:PORT, at every one of its "
                      "addresses; the first to end of its chain counts"),
                  option<std::optional<Target>>(
                      "certificate_file", some_target(certificate_file_target()),
                      "the certificates in this file, PEM or DER; the first to end counts"),
                  option<std::optional<Target>>(
                      "domain", some_target(domain_target()),
                      "the registration of this domain, as its registry says (RDAP)"),
                  option<std::optional<Target>>(
                      "date", some_target(date_target()),
                      "this day, when it begins in the zone of [hammock]: a licence, a "
                      "contract, a token"),
                  option<std::optional<Target>>(
                      "disk", some_target(disk_target()),
                      "the file system that this path is on: room and inodes, and when "
                      "they will be used up"),
                  option<std::optional<Target>>(
                      "backup", some_target(backup_target()),
                      "the newest file of this pattern (*, ?, [a-z], **): its age and size"),
                  option<std::optional<Target>>(
                      "postgres", some_target(postgres_target()),
                      "sequences, transaction numbers and replication slots of this "
                      "server, and when they will be used up; a connection string of "
                      "libpq, without a password"),
                  option<std::optional<Target>>(
                      "clock", some_target(clock_target()),
                      "the clock of this machine, beside those of these servers (NTP)"),
                  option<std::optional<Target>>(
                      "end_of_life", some_target(end_of_life_target()),
                      "when updates end: \"os\" for the system of this machine, or a "
                      "product and its release"),
                  option<std::optional<Target>>(
                      "secret", some_target(secret_target()),
                      "a secret that is replaced now and then: its file, or the day on "
                      "which it was replaced last"),
                  option<std::optional<Target>>(
                      "command", some_target(timebomb_command_target()),
                      "runs this program, which prints when it goes off: an instant such "
                      "as 2027-03-01T12:00:00Z, a day, or \"never\"; what follows on the "
                      "line is shown to people")},
      "a time bomb is one thing");
}

void add_network(TableOf<Form>& table) {
  table
      .optional("starttls", &Form::starttls,
                some(one_of({"smtp", "imap", "pop3", "postgres"}).example("\"smtp\"")))
      .doc("of certificate: ask the server in this protocol to go on in TLS")
      .optional("server_name", &Form::server_name,
                some(string().size(1, 253).example("\"shop.example\"")))
      .doc("of certificate: the name that is asked for, instead of the host")
      .optional("rdap", &Form::rdap,
                some(url().example("\"https://rdap.example/\"").transform([](const Url& url) {
                  return url.text;
                })))
      .doc("of domain: the RDAP service of its registry; without it, it is looked up")
      .optional("bootstrap", &Form::bootstrap,
                some(url()
                         .example("\"https://data.iana.org/rdap/dns.json\"")
                         .transform([](const Url& url) { return url.text; })))
      .doc("of domain: where it is looked up whose registry it is (RFC 9224); without it, at IANA");
}

void add_host(TableOf<Form>& table) {
  table.optional("full_at", &Form::full_at, some(percent(1, 100).example("\"90%\"")))
      .doc(
          "of disk and postgres: what counts as used up; without it 95% of a disk, 90% in postgres")
      .optional("max_age", &Form::max_age,
                some(duration().range(1s, 24h * 3660).example("\"26h\"")))
      .doc("of backup: how old the newest file may become; without it 26h")
      .optional("least", &Form::least, some(percent(0, 100).example("\"80%\"")))
      .doc(
          "of backup: the share of the usual size, the median of those before, that the newest one "
          "has at least; without it 50%. An empty file is never one")
      .optional("verified_by", &Form::verified_by,
                some(qualified_reference({"job"}).example("\"job.restore\"")))
      .doc(
          "of backup: a job that restores it and looks whether all is there; without one nobody "
          "knows")
      .optional("verified_within", &Form::verified_within,
                some(duration().range(1s, 24h * 3660).example("\"8d\"")))
      .doc("of backup: how long ago that job may have succeeded last; without it 8d")
      .optional("max_offset", &Form::max_offset,
                some(duration().range(1ms, 24h).example("\"100ms\"")))
      .doc("of clock: how far from the others it may be; without it 500ms")
      .optional(
          "table", &Form::table,
          some(path()
                   .example("\"end-of-life.txt\"")
                   .transform([](const std::filesystem::path& file) { return file.string(); })))
      .doc(
          "of end_of_life: a file of lines \"product release YYYY-MM-DD\"; without it the one that "
          "came with Hammock")
      .optional("rotate_every", &Form::rotate_every,
                some(duration().range(1min, 24h * 3660).example("\"30d\"")))
      .doc("of secret: how long it may be used; without it 90d")
      .optional("user", &Form::user, some(string().size(1, 32).example("\"postgres\"")))
      .doc("of postgres and command: who runs it; without it who runs Hammock")
      .optional("env", &Form::env, environment().example("{ LANG = \"C\" }"))
      .doc("of command: its environment, besides what every program gets");
}

void add_common(TableOf<Form>& table) {
  table
      .optional(
          "warn_before", [](Form& form) -> auto& { return form.config.warn_before; },
          some(rungs().example("\"21d\"")))
      .doc(
          "how long before it goes off it is told of, once each; one duration stands for itself "
          "and "
          "the usual rungs below it. Without it 30d, 14d, 7d, 3d and 1d, but nothing longer than a "
          "quarter of the whole time of what is replaced regularly")
      .optional("every", &Form::every, some(duration().range(1s, 24h * 30).example("\"6h\"")))
      .doc(
          "how often it is looked at; without it 15m for backup, 12h for certificate, 24h for "
          "domain, date and end_of_life, 1h for the others")
      .defaulted(
          "timeout", [](Form& form) -> auto& { return form.config.timeout; },
          duration().range(100ms, 10min).example("\"1m\""), "\"30s\"")
      .doc("the time of one look")
      .optional(
          "description", [](Form& form) -> auto& { return form.config.description; },
          some(string().size(1, 500).example("\"ask Anna for the new one\"")))
      .doc("what it is about, for people");
}

}  // namespace

Schema<Config> timebomb_schema() {
  TableOf<Form> table("timebomb");
  add_target(table);
  add_network(table);
  add_host(table);
  add_common(table);
  std::vector<std::string> keys = {"certificate", "certificate_file", "domain",   "date",
                                   "disk",        "backup",           "postgres", "clock",
                                   "end_of_life", "secret",           "command"};
  for (const Belongs& one : kBelongs)
    keys.emplace_back(one.key);
  table.rule("each kind has keys of its own", keys, check_kind)
      .rule("verified_within needs verified_by, and rdap goes without bootstrap",
            {"verified_by", "verified_within", "rdap", "bootstrap"}, check_pairs);
  return table.schema().transform(to_config);
}

}  // namespace hammock::config
