// What good files become. The bad ones are in config_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <iostream>
#include <random>

#include "core/config/config.h"

namespace hammock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

Loaded load_text(std::string text,
                 std::vector<std::pair<std::string, std::string>> environment = {}) {
  return load({std::move(text), "hammock.toml", "/srv/acme", std::move(environment)});
}

Configuration good(std::string text) {
  Loaded loaded = load_text(std::move(text));
  for (const schema::Diagnostic& d : loaded.report.diagnostics) {
    ADD_FAILURE() << d.span.line << ":" << d.span.column << " " << d.code << " " << d.message;
  }
  return loaded.configuration.value_or(Configuration{});
}

service::Config one_service(const std::string& keys) {
  Configuration configuration = good("[service.web]\ncommand = [\"web\"]\n" + keys);
  if (configuration.services.size() == 1) return configuration.services[0];
  ADD_FAILURE() << keys;
  return {};
}

TEST(Load, AnEmptyFileIsAnIdleHammock) {
  Configuration configuration = good("");
  EXPECT_EQ(configuration.settings, Settings{});
  EXPECT_THAT(configuration.services, IsEmpty());
  EXPECT_EQ(configuration.folder, "/srv/acme");
}

TEST(Load, WithoutKeysTheDefaultsOfTheValuesHold) {
  service::Config expected;
  expected.name = "web";
  expected.command = {"web"};
  EXPECT_EQ(one_service(""), expected);
}

TEST(Load, TheExampleOfTheReference) {
  Configuration configuration = good(R"([hammock]
name     = "acme"
timezone = "Europe/Berlin"
listen   = "127.0.0.1:4040"

[person.support]
email = "support@acme.example"
phone = "+49301234567"
away  = ["2026-12-01..2027-01-05", "2027-02-01"]

[service.web]
command        = ["gunicorn", "app:api"]
instances      = 4
min_ready      = 2
needs          = ["db"]
listen         = ["127.0.0.1:8000"]
ready          = { notify = true, within = "10s" }
watchdog       = "30s"
restart        = { backoff = "250ms", at_most = "2m", stable_after = "1m" }
expected_exits = [{ code = 75, because = "the database restarts" }]
stop           = { signal = "INT", within = "20s" }
user           = "web"
env_file       = ".env"
limits         = { memory = "512MiB", open_files = 4096 }
checklist      = "web-down"

[service.db]
command = ["postgres", "-D", "/srv/pg"]
ready   = { tcp = "127.0.0.1:5432", within = "30s" }
)");
  EXPECT_EQ(configuration.settings,
            (Settings{"acme", "Europe/Berlin", "127.0.0.1:4040", "", "", ""}));
  ASSERT_EQ(configuration.people.size(), 1u);
  using std::chrono::year, std::chrono::month, std::chrono::day, std::chrono::year_month_day;
  auto date = [](int y, unsigned m, unsigned d) {
    return year_month_day{year{y}, month{m}, day{d}};
  };
  EXPECT_EQ(
      configuration.people[0],
      (Person{"support",
              "support@acme.example",
              "+49301234567",
              {{date(2026, 12, 1), date(2027, 1, 5)}, {date(2027, 2, 1), date(2027, 2, 1)}}}));
  ASSERT_EQ(configuration.services.size(), 2u);
  const service::Config& web = configuration.services[0];
  EXPECT_EQ(web.name, "web") << "services keep the order of the file";
  EXPECT_EQ(web.instances, 4u);
  EXPECT_EQ(web.min_ready, 2u);
  EXPECT_THAT(web.needs, ElementsAre("db"));
  EXPECT_THAT(web.listen, ElementsAre("127.0.0.1:8000"));
  EXPECT_EQ(web.ready, (service::Readiness{service::ReadyByNotify{}, 10s}));
  EXPECT_EQ(web.watchdog, 30s);
  EXPECT_EQ(web.restart, (service::RestartPolicy{250ms, 2min, 1min}));
  EXPECT_THAT(web.expected_exits,
              ElementsAre(service::ExpectedExit{{false, 75}, "the database restarts"}));
  EXPECT_EQ(web.stop, (service::StopPolicy{2, 20s}));
  EXPECT_EQ(web.user, (service::Enforced<std::string>{"web", false}));
  EXPECT_THAT(web.env_file, ElementsAre(".env"));
  EXPECT_EQ(web.limits.memory, (service::Enforced<std::uint64_t>{512u << 20, false}));
  EXPECT_EQ(web.limits.open_files, 4096u);
  EXPECT_EQ(web.checklist, "web-down");
  EXPECT_EQ(configuration.services[1].ready,
            (service::Readiness{service::ReadyByTcp{"127.0.0.1:5432"}, 30s}));
}

TEST(Load, EveryWayToBeReady) {
  EXPECT_EQ(one_service("ready = { notify_fd = 5 }\n").ready.how,
            decltype(service::Readiness::how)(service::ReadyByDescriptor{5}));
  EXPECT_EQ(one_service("ready = { command = [\"pg_isready\"], every = \"250ms\" }\n").ready,
            (service::Readiness{service::ReadyByCommand{{"pg_isready"}, 250ms}, 30s}));
  EXPECT_EQ(one_service("ready = { tcp = \"unix:/run/x.sock\" }\n").ready.how,
            decltype(service::Readiness::how)(service::ReadyByTcp{"/run/x.sock"}));
}

TEST(Load, SettingsThatMayBeImpossible) {
  service::Config service = one_service(
      "user = { value = \"web\", if_possible = true }\nnice = 5\n"
      "limits = { cpu = { value = \"150%\", if_possible = true }, processes = { value = 9 } }\n"
      "capabilities = { value = [\"CHOWN\"], if_possible = true }\noom_score = -500\n");
  EXPECT_EQ(service.user, (service::Enforced<std::string>{"web", true}));
  EXPECT_EQ(service.nice, (service::Enforced<int>{5, false}));
  EXPECT_EQ(service.oom_score, (service::Enforced<int>{-500, false}));
  EXPECT_EQ(service.limits.cpu_percent, (service::Enforced<std::uint32_t>{150, true}));
  EXPECT_EQ(service.limits.processes, (service::Enforced<std::uint64_t>{9, false}));
  EXPECT_EQ(service.capabilities, (service::Enforced<std::vector<std::string>>{{"CHOWN"}, true}));
}

TEST(Load, TheRestOfTheKeys) {
  service::Config service = one_service(
      "umask = \"0027\"\nenv = { B = \"2\", A = \"\" }\nenv_file = [\"a\", \"/b\"]\ndirectory = "
      "\"sub\"\n"
      "secrets = { key = \"/etc/key\", api = { file = \"api\", env = \"API_KEY\" } }\n"
      "no_retry_exits = [78, \"KILL\"]\nreload = { signal = \"USR1\" }\nno_new_privileges = false\n"
      "notify_access = \"all\"\nstored_descriptors = 8\nessential = true\n"
      "logs = { keep_bytes = \"1MiB\", keep_for = \"30d\" }\n");
  EXPECT_EQ(service.file_mode_mask, 027u);
  EXPECT_THAT(service.env, ElementsAre(std::pair("A", ""), std::pair("B", "2")));
  EXPECT_THAT(service.env_file, ElementsAre("a", "/b"));
  EXPECT_EQ(service.directory, "sub");
  EXPECT_THAT(service.secrets, ElementsAre(service::Secret{"api", "api", "API_KEY"},
                                           service::Secret{"key", "/etc/key", std::nullopt}));
  EXPECT_THAT(service.no_retry_exits,
              ElementsAre(service::ExitMatch{false, 78}, service::ExitMatch{true, 9}));
  EXPECT_EQ(service.reload, service::Reload(service::ReloadBySignal{10}));
  EXPECT_FALSE(service.no_new_privileges);
  EXPECT_EQ(service.notify_access, service::NotifyAccess::kAll);
  EXPECT_EQ(service.stored_descriptors, 8u);
  EXPECT_TRUE(service.essential);
  EXPECT_EQ(service.logs, (service::Logs{1 << 20, 24h * 30}));
  EXPECT_EQ(one_service("reload = { command = [\"kick\"] }\n").reload,
            service::Reload(service::ReloadByCommand{{"kick"}}));
}

// The borders of the rules: one step further is in tests/config.
TEST(Load, WhatIsJustAllowed) {
  EXPECT_EQ(one_service("instances = 2\nmin_ready = 1\n").min_ready, 1u);
  EXPECT_EQ(one_service("instances = 2\nmin_ready = 2\nlisten = [\"/run/w.sock\"]\n").min_ready,
            2u);
  EXPECT_EQ(one_service("restart = { backoff = \"1m\" }\n").restart.backoff, 1min);
  EXPECT_EQ(one_service("limits = { open_files = 16 }\n").limits.open_files, 16u);
  EXPECT_EQ(one_service("stop = { within = \"1h\" }\n").stop.within, 1h);
  EXPECT_EQ(one_service("instances = 256\n").instances, 256u);
  EXPECT_EQ(
      one_service("ready = { tcp = \"127.0.0.1:1\" }\nlisten = [\"127.0.0.1:2\"]\n").listen.size(),
      1u);
  good(
      "[service.a]\ncommand = [\"a\"]\nrestart_with = [\"b\"]\n"
      "[service.b]\ncommand = [\"b\"]\nrestart_with = [\"a\"]\n");
  good(
      "[service.a]\ncommand = [\"a\"]\nlisten = [\"127.0.0.1:80\"]\n"
      "[service.b]\ncommand = [\"b\"]\nlisten = [\"127.0.0.2:80\", \"[::1]:80\", "
      "\"127.0.0.1:81\"]\n");
}

TEST(Load, VariablesStandAboveTheFile) {
  Loaded loaded =
      load_text("[hammock]\nname = \"file\"\nlisten = \"127.0.0.1:1\"\n",
                {{"HAMMOCK_LISTEN", "[::1]:80"}, {"HAMMOCK_CONFIG", "/x"}, {"PATH", "?"}});
  ASSERT_TRUE(loaded.configuration.has_value());
  EXPECT_EQ(loaded.configuration->settings.listen, "[::1]:80");
  EXPECT_EQ(loaded.configuration->settings.name, "file");
}

TEST(Load, DiagnosticsOfOthersTakeTheirPlace) {
  Loaded loaded = load_text("[service.web]\ncommand = 5\n");
  ASSERT_EQ(loaded.report.diagnostics.size(), 1u);
  schema::Diagnostic earlier;
  earlier.code = "earlier";
  earlier.span = {1, 1, 1, 2};
  add(loaded.report, {earlier});
  ASSERT_EQ(loaded.report.diagnostics.size(), 2u);
  EXPECT_EQ(loaded.report.diagnostics[0].code, "earlier");
}

std::string many_services(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    std::string number = std::to_string(i);
    text += "[service.s" + number + "]\ncommand = [\"web\", \"--port\", \"" + number +
            "\"]\nready = { notify = true, within = \"10s\" }\nlimits = { open_files = 4096 }\n"
            "listen = [\"/run/s" +
            number + ".sock\"]\n";
    if (i > 0) text += "needs = [\"s" + std::to_string(i / 2) + "\"]\n";
  }
  return text;
}

double cpu_seconds_of(const std::string& text, std::size_t services) {
  std::clock_t begin = std::clock();
  Loaded loaded = load_text(text);
  double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  EXPECT_TRUE(loaded.configuration.has_value());
  EXPECT_EQ(loaded.configuration.value_or(Configuration{}).services.size(), services);
  return seconds;
}

// Prints what it takes; that it does not grow faster than the file is seen in the two numbers.
TEST(Load, TenThousandServices) {
  load_text("");
  std::cout << "1000 services: " << cpu_seconds_of(many_services(1000), 1000) << " s CPU\n"
            << "10000 services: " << cpu_seconds_of(many_services(10'000), 10'000) << " s CPU\n";
}

// Half of it is made of what the grammar knows, so that it gets further than the first byte.
TEST(Load, AMegabyteOfGarbage) {
  std::mt19937 random(20261123);
  const std::vector<std::string> words = {
      "[service.", "]\n", "command",     " = ",   "[\"a\"]\n", "\"", "needs",      "{", "}", "\n",
      "'''",       "0x",  "[[person.]]", "a.b.c", "\\u00e9",   "#",  "2026-01-01", "="};
  std::string bytes, tokens;
  while (bytes.size() < (1 << 20))
    bytes += static_cast<char>(random());
  while (tokens.size() < (1 << 20))
    tokens += words[random() % words.size()];
  for (const std::string& text : {bytes, tokens}) {
    Loaded loaded = load_text(text);
    EXPECT_FALSE(loaded.configuration.has_value());
    EXPECT_FALSE(loaded.report.ok());
  }
}

probe::Config one_probe(const std::string& keys) {
  auto loaded = load({"[probe.x]\n" + keys, "hammock.toml", "/srv", {}});
  EXPECT_TRUE(loaded.configuration) << keys;
  return loaded.configuration ? loaded.configuration->probes.front() : probe::Config();
}

TEST(Load, AProbeOfHttp) {
  const probe::Config config = one_probe(
      "http = \"https://shop.example/health?x=1\"\nmethod = \"POST\"\n"
      "headers = { Accept = \"text/plain\" }\nbody = \"{}\"\nfollow = 5\n"
      "status = [204, \"3xx\", \"400-404\"]\ncontains = \"a\"\nlacks = \"b\"\n"
      "json = { \"/s\" = \"o\\\"k\", \"/n\" = 3, \"/t\" = true }\nfamily = 6\n"
      "address = \"2001:db8::1\"\nresolvers = [\"192.0.2.1:53\"]\nca = \"ca.pem\"\n"
      "verify = false\nserver_name = \"s.example\"\nevery = \"1m\"\ntimeout = \"20s\"\n"
      "within = \"2s\"\nretries = 2\nfail_after = \"3 of 5\"\nrecover_after = 4\n"
      "witnesses = [\"[2001:db8::2]:443\"]\ndescription = \"d\"\n");
  const auto& http = std::get<probe::Http>(config.target);
  EXPECT_EQ(http.url, "https://shop.example/health?x=1");
  EXPECT_EQ(http.method, "POST");
  EXPECT_THAT(http.headers, ElementsAre(Pair("Accept", "text/plain")));
  EXPECT_EQ(http.body, "{}");
  EXPECT_EQ(http.redirects, 5U);
  EXPECT_THAT(http.status, ElementsAre(probe::StatusRange{204, 204}, probe::StatusRange{300, 399},
                                       probe::StatusRange{400, 404}));
  EXPECT_EQ(http.contains, "a");
  EXPECT_EQ(http.lacks, "b");
  EXPECT_THAT(http.json, ElementsAre(probe::JsonWish{"/n", "3"}, probe::JsonWish{"/s", R"("o\"k")"},
                                     probe::JsonWish{"/t", "true"}));
  EXPECT_EQ(http.route, (probe::Route{6, "2001:db8::1", {"192.0.2.1:53"}}));
  EXPECT_EQ(http.tls, (probe::Tls{false, "ca.pem", "s.example"}));
  EXPECT_EQ(config.every, std::chrono::minutes(1));
  EXPECT_EQ(config.timeout, std::chrono::seconds(20));
  EXPECT_EQ(config.within, std::chrono::seconds(2));
  EXPECT_EQ(config.retries, 2U);
  EXPECT_EQ(config.fail_after, (KOfN{3, 5}));
  EXPECT_EQ(config.recover_after, 4U);
  EXPECT_EQ(config.witnesses, std::vector<std::string>{"[2001:db8::2]:443"});
  EXPECT_EQ(config.description, "d");
}

TEST(Load, ProbesOfOtherKinds) {
  const auto tcp = std::get<probe::Tcp>(
      one_probe("tcp = \"[::1]:25\"\ntls = true\nsend = \"a\\r\\n\"\nexpect = \"b\"\n").target);
  EXPECT_EQ(tcp.host, "::1");
  EXPECT_EQ(tcp.port, 25);
  EXPECT_EQ(tcp.tls, probe::Tls());
  EXPECT_EQ(tcp.send, "a\r\n");
  EXPECT_EQ(tcp.expect, "b");
  EXPECT_EQ(std::get<probe::Tcp>(one_probe("tcp = \"a.example:25\"\n").target).tls, std::nullopt);
  const auto mail = std::get<probe::Tcp>(
      one_probe("tcp = \"a.example:25\"\nstarttls = \"smtp\"\nca = \"ca.pem\"\n").target);
  EXPECT_EQ(mail.starttls, "smtp");
  ASSERT_TRUE(mail.tls);
  EXPECT_EQ(mail.tls->ca, "ca.pem");
  EXPECT_EQ(std::get<probe::Dns>(one_probe("dns = \"a.example\"\ntype = \"MX\"\n"
                                           "records = [\"10 b.example\"]\n")
                                     .target),
            (probe::Dns{"a.example", "MX", {}, {"10 b.example"}}));
  EXPECT_EQ(std::get<probe::Command>(one_probe("command = [\"check\", \"x\"]\nuser = \"nobody\"\n"
                                               "env = { A = \"b\" }\n")
                                         .target),
            (probe::Command{{"check", "x"}, "nobody", {{"A", "b"}}}));
}

TEST(Load, ProbesHaveDefaultsThatFit) {
  const probe::Config config = one_probe("tcp = \"a.example:1\"\n");
  EXPECT_EQ(config, [] {
    probe::Config usual;
    usual.name = std::string_view("x");
    probe::Tcp tcp;
    tcp.host = std::string_view("a.example");
    tcp.port = 1;
    usual.target = tcp;
    return usual;
  }());
  EXPECT_EQ(one_probe("tcp = \"a.example:1\"\nevery = \"1s\"\n").timeout,
            std::chrono::milliseconds(500));
  EXPECT_EQ(one_probe("tcp = \"a.example:1\"\nevery = \"12s\"\nretries = 2\n").timeout,
            std::chrono::seconds(4));
}

TEST(Load, ProbesNameThoseThatTheyDependOn) {
  auto loaded =
      load({"[hammock]\nwitnesses = [\"192.0.2.1:443\"]\n[probe.b]\ntcp = \"b.example:1\"\n"
            "depends_on = [\"probe.a\"]\n[probe.a]\ntcp = \"a.example:1\"\n",
            "hammock.toml",
            "/srv",
            {}});
  ASSERT_TRUE(loaded.configuration);
  EXPECT_THAT(loaded.configuration->settings.witnesses, ElementsAre("192.0.2.1:443"));
  ASSERT_THAT(loaded.configuration->probes, testing::SizeIs(2));
  EXPECT_EQ(loaded.configuration->probes[0].name, "b");
  EXPECT_THAT(loaded.configuration->probes[0].depends_on, ElementsAre("a"));
}

}  // namespace
}  // namespace hammock::config
