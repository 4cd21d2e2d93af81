#include "shell/resolve/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "shell/resolve/accounts.h"

namespace hammock::resolve {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

constexpr std::uint64_t kAllCapabilities = (std::uint64_t{1} << 41) - 1;

// A host that can do everything, run by whoever runs the test.
HostFacts rich_host() {
  HostFacts host;
  host.uid = ::geteuid();
  host.gid = ::getegid();
  host.capabilities_effective = host.capabilities_permitted = host.capabilities_bounding =
      kAllCapabilities;
  host.memory_controller = host.processes_controller =
      host.cpu_controller = {"", Verdict::kYes, ""};
  host.nice_lowest = -20;
  host.oom_score_lowest = -1000;
  host.open_files_max = host.own_open_files = host.core_max = UINT64_MAX;
  host.has_time_zones = true;
  return host;
}

// One that can do nothing.
HostFacts poor_host() {
  HostFacts host = rich_host();
  host.capabilities_effective = host.capabilities_permitted = host.capabilities_bounding = 0;
  host.memory_controller = host.processes_controller =
      host.cpu_controller = {"", Verdict::kNo, "no cgroup v2 is mounted"};
  host.nice_lowest = host.oom_score_lowest = 0;
  host.open_files_max = 4096;
  host.core_max = 0;
  return host;
}

class Resolving : public ::testing::Test {
 protected:
  Resolving() {
    std::string pattern = (fs::temp_directory_path() / "hammock-resolve-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Resolving() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text, unsigned mode = 0600) {
    fs::path path = fs::path(folder_) / name;
    std::ofstream(path, std::ios::binary) << text;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }

  // keys of [service.web] besides its command.
  Resolved resolve_keys(const std::string& keys, const HostFacts& host) {
    return resolve_text("[service.web]\ncommand = [\"true\"]\n" + keys, host);
  }
  Resolved resolve_text(const std::string& text, const HostFacts& host) {
    config::Loaded loaded = config::load({text, "hammock.toml", folder_, {}});
    if (!loaded.configuration) {
      ADD_FAILURE() << text << loaded.report.diagnostics.front().message;
      return {};
    }
    return resolve(*loaded.configuration, loaded.document, host);
  }
  static std::vector<std::string> codes(const Resolved& resolved) {
    std::vector<std::string> list;
    for (const schema::Diagnostic& d : resolved.diagnostics) {
      list.push_back(std::string(d.severity == schema::Severity::kError ? "error " : "warning ") +
                     d.code + " " + std::to_string(d.span.line) + ":" +
                     std::to_string(d.span.column) + "-" + std::to_string(d.span.end_column));
    }
    return list;
  }

  std::string folder_;
};

TEST_F(Resolving, AHouseThatOneKeeperCouldNotHoldIsRefused) {
  const std::string text =
      "[service.a]\ncommand = [\"true\"]\ninstances = 30\n"
      "[service.b]\ncommand = [\"true\"]\ninstances = 4\n";
  HostFacts host = rich_host();
  host.own_open_files = 100;
  EXPECT_THAT(codes(resolve_text(text, host)), IsEmpty());
  host.own_open_files = 99;
  Resolved refused = resolve_text(text, host);
  ASSERT_THAT(codes(refused), ElementsAre("error too-few-open-files 4:1-12"));
  EXPECT_THAT(refused.diagnostics[0].message, HasSubstr("need 100 open files"));
}

TEST_F(Resolving, WhereNothingRunsNoFilesAreNeeded) {
  HostFacts host = rich_host();
  host.own_open_files = 0;
  EXPECT_THAT(codes(resolve_text("[probe.a]\ntcp = \"a.example:1\"\n", host)), IsEmpty());
  EXPECT_THAT(codes(resolve_text("[job.a]\ncommand = [\"true\"]\n", host)),
              ElementsAre("error too-few-open-files 1:1-8"));
}

TEST_F(Resolving, CommandsOfProbesAreProgramsToo) {
  Resolved resolved = resolve_text(
      "[probe.a]\ncommand = [\"true\", \"x\"]\nenv = { A = \"b\" }\n"
      "[probe.b]\ntcp = \"b.example:1\"\n"
      "[probe.c]\ncommand = [\"true\"]\nuser = \"nobody-is-called-so\"\n",
      rich_host());
  ASSERT_THAT(resolved.services, testing::SizeIs(2));
  EXPECT_EQ(resolved.services[0].name, "probe.a");
  EXPECT_THAT(resolved.services[0].spec.command, ElementsAre("true", "x"));
  EXPECT_THAT(resolved.services[0].spec.environment, testing::Contains("A=b"));
  ASSERT_THAT(resolved.diagnostics, testing::SizeIs(1));
  EXPECT_EQ(schema::path_text(resolved.diagnostics[0].path), "probe.c.user");
}

TEST_F(Resolving, APlainServiceInheritsNothing) {
  ::setenv("HAMMOCK_RESOLVE_TEST", "must not be seen", 1);
  Resolved resolved = resolve_keys("", rich_host());
  ::unsetenv("HAMMOCK_RESOLVE_TEST");
  EXPECT_THAT(codes(resolved), IsEmpty());
  ASSERT_EQ(resolved.services.size(), 1u);
  const wire::Spec& spec = resolved.services[0].spec;
  EXPECT_THAT(spec.command, ElementsAre("true"));
  EXPECT_EQ(spec.directory, folder_);
  EXPECT_FALSE(spec.uid || spec.gid || spec.nice || spec.capabilities || spec.memory_max);
  EXPECT_TRUE(spec.no_new_privileges);
  EXPECT_FALSE(spec.notify);
  EXPECT_EQ(resolved.services[0].blocked, std::nullopt);
  EXPECT_THAT(spec.environment, IsSupersetOf({std::string("LANG=C.UTF-8")}));
  for (const std::string& variable : spec.environment) {
    EXPECT_THAT(variable.substr(0, variable.find('=')),
                ::testing::AnyOf("PATH", "LANG", "HOME", "USER", "LOGNAME", "SHELL"));
  }
  EXPECT_TRUE(std::is_sorted(spec.environment.begin(), spec.environment.end()));
}

TEST_F(Resolving, TheSameConfigurationGivesTheSameImage) {
  Resolved one = resolve_keys("env = { B = \"2\", A = \"1\" }\n", rich_host());
  Resolved two = resolve_keys("env = { A = \"1\", B = \"2\" }\n", rich_host());
  Resolved three = resolve_keys("env = { A = \"1\", B = \"3\" }\n", rich_host());
  auto hash = [](const Resolved& r) {
    return wire::spec_hash(wire::encode_spec(r.services[0].spec));
  };
  EXPECT_EQ(hash(one), hash(two));
  EXPECT_NE(hash(one), hash(three));
}

// What only the brain needs to know must not make a running program look out of date.
TEST_F(Resolving, PolicyIsNoPartOfTheImage) {
  Resolved one = resolve_keys("", rich_host());
  Resolved two = resolve_keys(
      "instances = 3\nrestart = { backoff = \"1s\" }\nstop = { within = \"1s\" }\n", rich_host());
  EXPECT_EQ(one.services[0].spec, two.services[0].spec);
}

TEST_F(Resolving, LimitsAreHandedOn) {
  Resolved resolved = resolve_keys(
      "limits = { memory = \"512MiB\", processes = 10, cpu = \"150%\", open_files = 4096, core = "
      "\"0B\" }\n"
      "nice = -5\noom_score = -100\numask = \"0027\"\ncapabilities = [\"NET_BIND_SERVICE\", "
      "\"CHOWN\"]\n",
      rich_host());
  EXPECT_THAT(codes(resolved), IsEmpty());
  const wire::Spec& spec = resolved.services[0].spec;
  EXPECT_EQ(spec.memory_max, 512u << 20);
  EXPECT_EQ(spec.processes_max, 10u);
  EXPECT_EQ(spec.cpu_percent, 150u);
  EXPECT_THAT(spec.limits, ElementsAre(wire::SpecLimit{RLIMIT_NOFILE, 4096, 4096},
                                       wire::SpecLimit{RLIMIT_CORE, 0, 0}));
  EXPECT_EQ(spec.nice, -5);
  EXPECT_EQ(spec.oom_score, -100);
  EXPECT_EQ(spec.file_mode_mask, 027u);
  EXPECT_EQ(spec.capabilities, (1u << 10) | 1u);
}

TEST_F(Resolving, WhatTheHostCannotEnforceIsAnErrorAtItsValue) {
  Resolved resolved = resolve_keys(
      "nice = -5\n"
      "oom_score = -100\n"
      "capabilities = [\"CHOWN\"]\n"
      "limits = { memory = \"1MiB\", processes = 10, cpu = \"5%\", open_files = 5000, core = "
      "\"1B\" }\n",
      poor_host());
  EXPECT_FALSE(resolved.ok());
  EXPECT_THAT(
      codes(resolved),
      ElementsAre("error cannot-raise-priority 3:8-10", "error cannot-lower-oom-score 4:13-17",
                  "error cannot-grant-capability 5:16-25", "error cannot-enforce-limit 6:21-27",
                  "error cannot-enforce-limit 6:41-43", "error cannot-enforce-limit 6:51-55",
                  "error limit-too-high 6:70-74", "error limit-too-high 6:83-87"));
  EXPECT_THAT(resolved.diagnostics[3].message, HasSubstr("no cgroup v2 is mounted"));
}

TEST_F(Resolving, IfPossibleMakesItAWarningAndLeavesItOut) {
  Resolved resolved = resolve_keys(
      "nice = { value = -5, if_possible = true }\n"
      "capabilities = { value = [\"CHOWN\"], if_possible = true }\n"
      "limits = { memory = { value = \"1MiB\", if_possible = true } }\n",
      poor_host());
  EXPECT_TRUE(resolved.ok());
  EXPECT_THAT(codes(resolved), ElementsAre("warning cannot-raise-priority 3:8-42",
                                           "warning cannot-grant-capability 4:16-57",
                                           "warning cannot-enforce-limit 5:21-59"));
  EXPECT_EQ(resolved.services[0].spec.nice, std::nullopt);
  EXPECT_EQ(resolved.services[0].spec.memory_max, std::nullopt);
}

TEST_F(Resolving, AnotherUserNeedsPrivilege) {
  HostFacts host = rich_host();
  host.uid = host.gid = 12345;
  Resolved resolved = resolve_keys("user = \"root\"\n", host);
  EXPECT_THAT(codes(resolved), IsEmpty());
  const wire::Spec& spec = resolved.services[0].spec;
  EXPECT_EQ(spec.uid, 0u);
  EXPECT_EQ(spec.gid, 0u);
  EXPECT_THAT(spec.groups, Contains(0u));
  EXPECT_THAT(spec.environment, IsSupersetOf({"USER=root", "LOGNAME=root"}));

  host.capabilities_effective = 0;
  resolved = resolve_keys("user = \"root\"\n", host);
  EXPECT_THAT(codes(resolved), ElementsAre("error cannot-switch-user 3:8-14"));
  resolved = resolve_keys("user = { value = \"root\", if_possible = true }\n", host);
  EXPECT_THAT(codes(resolved), ElementsAre("warning cannot-switch-user 3:8-46"));
  EXPECT_EQ(resolved.services[0].spec.uid, std::nullopt);
}

TEST_F(Resolving, OneselfNeedsNone) {
  auto own = find_account(::geteuid());
  ASSERT_TRUE(own.has_value() && own->has_value()) << "the tests run as a user without an account";
  HostFacts host = poor_host();
  Resolved resolved = resolve_keys("user = \"" + (*own)->name + "\"\n", host);
  if (host.gid == (*own)->gid) {
    EXPECT_THAT(codes(resolved), IsEmpty());
  }
  EXPECT_EQ(resolved.services[0].spec.uid, std::nullopt);
}

TEST_F(Resolving, UnknownUsersAndGroups) {
  Resolved resolved = resolve_keys("user = \"no-such-user\"\n", rich_host());
  EXPECT_THAT(codes(resolved), ElementsAre("error unknown-user 3:8-22"));
  resolved = resolve_keys("group = \"no-such-group\"\n", rich_host());
  EXPECT_THAT(codes(resolved), ElementsAre("error unknown-group 3:9-24"));
  resolved = resolve_keys("user = { value = \"no-such-user\", if_possible = true }\n", rich_host());
  EXPECT_THAT(codes(resolved), ElementsAre("warning unknown-user 3:8-54"));
}

TEST_F(Resolving, NumbersAreUsersWhenTheGroupIsSaid) {
  Resolved resolved = resolve_keys("user = \"54321\"\ngroup = \"54322\"\n", rich_host());
  EXPECT_THAT(codes(resolved), IsEmpty());
  EXPECT_EQ(resolved.services[0].spec.uid, 54321u);
  EXPECT_EQ(resolved.services[0].spec.gid, 54322u);
  EXPECT_THAT(codes(resolve_keys("user = \"54321\"\n", rich_host())),
              ElementsAre("error unknown-user 3:8-15"));
}

TEST_F(Resolving, TheEnvironmentIsInLayers) {
  write("one.env", "A=file\nB=file\nC=file\n");
  write("two.env", "B=second\nPATH=/opt/bin:/bin\n");
  write("key", "s3cret\n");
  Resolved resolved = resolve_keys(
      "env_file = [\"one.env\", \"two.env\"]\nenv = { C = \"toml\" }\n"
      "secrets = { key = { file = \"key\", env = \"KEY\" }, plain = \"key\" }\n",
      rich_host());
  EXPECT_THAT(codes(resolved), IsEmpty());
  const wire::Spec& spec = resolved.services[0].spec;
  EXPECT_THAT(spec.environment,
              IsSupersetOf({"A=file", "B=second", "C=toml", "PATH=/opt/bin:/bin", "KEY=s3cret"}));
  EXPECT_THAT(spec.secrets, ElementsAre(wire::SpecSecret{"key", folder_ + "/key"},
                                        wire::SpecSecret{"plain", folder_ + "/key"}));
}

TEST_F(Resolving, WhatIsMissingIsAWarningAndBlocks) {
  Resolved resolved =
      resolve_keys("env_file = \".env\"\nsecrets = { key = \"nothing\" }\n", rich_host());
  EXPECT_TRUE(resolved.ok());
  EXPECT_THAT(codes(resolved), ElementsAre("warning env-file-unreadable 3:12-18",
                                           "warning secret-unreadable 4:19-28"));
  ASSERT_TRUE(resolved.services[0].blocked.has_value());
  EXPECT_THAT(*resolved.services[0].blocked, HasSubstr("No such file"));

  write(".env", "A=1\n");
  write("nothing", "x");
  EXPECT_EQ(resolve_keys("env_file = \".env\"\nsecrets = { key = \"nothing\" }\n", rich_host())
                .services[0]
                .blocked,
            std::nullopt);
}

TEST_F(Resolving, FaultsOfAnEnvFileStandInIt) {
  write(".env", "A=1\n\nB = 2\nA=3\n");
  Resolved resolved = resolve_keys("env_file = \".env\"\n", rich_host());
  EXPECT_FALSE(resolved.ok());
  EXPECT_THAT(codes(resolved),
              ElementsAre("error space-around-equals 3:2-3", "error duplicate-env 4:1-2"));
  EXPECT_EQ(resolved.diagnostics[0].file, folder_ + "/.env");
  ASSERT_EQ(resolved.diagnostics[1].related.size(), 1u);
  EXPECT_EQ(resolved.diagnostics[1].related[0].span.line, 1u);
  EXPECT_THAT(*resolved.services[0].blocked, HasSubstr("line 3"));
}

TEST_F(Resolving, UnreadableFilesAreToldFromMissingOnes) {
  write(".env", "A=1\n", 0);
  Resolved resolved = resolve_keys("env_file = \".env\"\n", rich_host());
  if (::geteuid() == 0) {
    EXPECT_THAT(codes(resolved), IsEmpty());
  } else {
    EXPECT_THAT(codes(resolved), ElementsAre("warning env-file-unreadable 3:12-18"));
    EXPECT_THAT(resolved.diagnostics[0].message, HasSubstr("Permission denied"));
  }
  fs::create_directory(fs::path(folder_) / "folder");
  resolved = resolve_keys("env_file = \"folder\"\n", rich_host());
  ASSERT_EQ(resolved.diagnostics.size(), 1u);
  EXPECT_THAT(resolved.diagnostics[0].message, HasSubstr("is a directory"));
}

TEST_F(Resolving, ProgramsAndFolders) {
  write("run.sh", "#!/bin/sh\n", 0600);
  auto with = [&](const std::string& command, const std::string& keys = "") {
    return codes(
        resolve_text("[service.web]\ncommand = [\"" + command + "\"]\n" + keys, rich_host()));
  };
  EXPECT_THAT(with("no-such-program-here"), ElementsAre("warning program-missing 2:12-34"));
  EXPECT_THAT(with("./run.sh"), ElementsAre("warning program-not-executable 2:12-22"));
  EXPECT_THAT(with("./missing.sh"), ElementsAre("warning program-missing 2:12-26"));
  EXPECT_THAT(with("/bin/sh"), IsEmpty());
  EXPECT_THAT(with("sh", "env = { PATH = \"/nowhere\" }\n"),
              ElementsAre("warning program-missing 2:12-16"));
  EXPECT_THAT(with("sh", "directory = \"nowhere\"\n"),
              ElementsAre("warning directory-missing 3:13-22"));
  ASSERT_EQ(::chmod((folder_ + "/run.sh").c_str(), 0700), 0);
  EXPECT_THAT(with("./run.sh"), IsEmpty());
}

TEST_F(Resolving, ReadinessDecidesWhatTheProgramIsHanded) {
  const std::string notify =
      "ready = { notify = true }\nwatchdog = \"30s\"\nstored_descriptors = 4\n"
      "listen = [\"127.0.0.1:8000\", \"/run/x.sock\"]\nnotify_access = \"all\"\n";
  wire::Spec spec = resolve_keys(notify, rich_host()).services[0].spec;
  EXPECT_TRUE(spec.notify);
  EXPECT_EQ(spec.watchdog_us, 30'000'000u);
  EXPECT_EQ(spec.stored_fds_max, 4u);
  EXPECT_EQ(spec.notify_access, 3);
  EXPECT_THAT(spec.listen_names, ElementsAre("web", "web"));
  EXPECT_EQ(resolve_keys("ready = { notify_fd = 5 }\n", rich_host()).services[0].spec.notify_fd, 5);

  wire::Spec once = spec_for_command(spec, {"check"});
  EXPECT_THAT(once.command, ElementsAre("check"));
  EXPECT_THAT(once.listen_names, IsEmpty());
  EXPECT_FALSE(once.notify);
  EXPECT_EQ(once.watchdog_us, 0u);
  EXPECT_EQ(once.environment, spec.environment);
}

TEST_F(Resolving, TasksAreNumberedByWhoStartsThem) {
  auto resolved = resolve_text("[job.search]\ncommand = [\"true\"]\ntasks = 64\n", rich_host());
  ASSERT_THAT(resolved.services, testing::SizeIs(1));
  EXPECT_TRUE(resolved.services[0].spec.is_array);
  EXPECT_THAT(resolved.services[0].spec.environment, testing::Contains("HAMMOCK_TASKS=64"));
}

TEST_F(Resolving, TimeZonesAreChecked) {
  HostFacts host = rich_host();
  host.has_time_zones = true;
  EXPECT_THAT(codes(resolve_text("[hammock]\ntimezone = \"Europe/Atlantis\"\n", host)),
              ElementsAre("error unknown-time-zone 2:12-29"));
  host.has_time_zones = false;
  EXPECT_THAT(codes(resolve_text("[hammock]\ntimezone = \"Europe/Atlantis\"\n", host)),
              ElementsAre("warning time-zones-missing 2:12-29"));
}

TEST_F(Resolving, ConfigurationFilesThatAreNotFit) {
  auto code = [&](const std::string& name) {
    ConfigurationFile file = read_configuration(folder_ + "/" + name, name);
    return file.diagnostics.empty() ? "fine: " + file.text : file.diagnostics[0].code;
  };
  EXPECT_EQ(code("none.toml"), "unreadable");
  fs::create_directory(fs::path(folder_) / "folder.toml");
  EXPECT_EQ(code("folder.toml"), "not-a-file");
  ASSERT_EQ(::mkfifo((folder_ + "/pipe.toml").c_str(), 0600), 0);
  EXPECT_EQ(code("pipe.toml"), "not-a-file");
  write("open.toml", "x", 0666);
  EXPECT_EQ(code("open.toml"), "world-writable");
  write("large.toml", std::string((16 << 20) + 1, '#'));
  EXPECT_EQ(code("large.toml"), "too-large");
  write("good.toml", "[hammock]\n", 0644);
  EXPECT_EQ(code("good.toml"), "fine: [hammock]\n");
  write("closed.toml", "x", 0);
  EXPECT_EQ(code("closed.toml"), ::geteuid() == 0 ? "fine: x" : "unreadable");
}

}  // namespace
}  // namespace hammock::resolve
