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

}  // namespace
}  // namespace hammock::config
