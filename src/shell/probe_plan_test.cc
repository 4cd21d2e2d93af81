#include "shell/probe_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace hammock::shell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

config::Configuration loaded(const std::string& text, const std::string& folder = "/srv") {
  auto loaded = config::load({text, "hammock.toml", folder, {}});
  EXPECT_TRUE(loaded.configuration) << text;
  return loaded.configuration.value_or(config::Configuration());
}
std::vector<std::string> witnesses(const std::string& probe) {
  auto setups =
      plan_probes(loaded("[hammock]\nwitnesses = [\"192.0.2.1:443\"]\n[probe.x]\n" + probe + "\n"));
  return setups.front()->witnesses;
}
probe::Target target(const std::string& probe) {
  return loaded("[probe.x]\n" + probe + "\n").probes.front().target;
}

TEST(ProbePlan, WitnessesAreOfTheHouseUnlessItNamesItsOwn) {
  EXPECT_THAT(witnesses("tcp = \"a.example:1\""), ElementsAre("192.0.2.1:443"));
  EXPECT_THAT(witnesses("tcp = \"a.example:1\"\nwitnesses = [\"b.example:2\"]"),
              ElementsAre("b.example:2"));
  EXPECT_THAT(witnesses("tcp = \"a.example:1\"\nwitnesses = []"), IsEmpty());
}

TEST(ProbePlan, WhatIsHereNeedsNone) {
  for (const char* here :
       {"tcp = \"127.0.0.1:1\"", "tcp = \"localhost:1\"", "tcp = \"[::1]:1\"",
        "http = \"http://127.0.0.9:80/\"", "http = \"https://[::1]:80/\"",
        "http = \"http://localhost\"", "http = \"http://a.example/\"\naddress = \"127.0.0.1\"",
        "dns = \"a.example\"\nresolvers = [\"127.0.0.1:5353\"]", "command = [\"true\"]"})
    EXPECT_THAT(witnesses(here), IsEmpty()) << here;
  for (const char* elsewhere :
       {"http = \"http://127.example/\"", "http = \"http://localhost.example/\"",
        "http = \"http://localhost/\"\naddress = \"192.0.2.1\"", "dns = \"localhost\"",
        "dns = \"a.example\"\nresolvers = [\"127.0.0.1\", \"192.0.2.1\"]"})
    EXPECT_THAT(witnesses(elsewhere), SizeIs(1)) << elsewhere;
  // Of its own it has, whatever it is.
  EXPECT_THAT(witnesses("tcp = \"127.0.0.1:1\"\nwitnesses = [\"b.example:2\"]"), SizeIs(1));
}

TEST(ProbePlan, TheIdentityIsThatOfTheTarget) {
  std::set<std::string> identities;
  const std::vector<std::string> all = {
      "http = \"http://a.example/\"",
      "http = \"http://a.example/\"\nmethod = \"HEAD\"",
      "http = \"http://a.example/\"\nbody = \"HEAD\"",
      "http = \"http://a.example/\"\nheaders = { A = \"b\" }",
      "http = \"http://a.example/\"\nstatus = [200]",
      "http = \"http://a.example/\"\ncontains = \"x\"",
      "http = \"http://a.example/\"\nlacks = \"x\"",
      "http = \"http://a.example/\"\njson = { \"/x\" = 1 }",
      "http = \"http://a.example/\"\nfamily = 6",
      "http = \"https://a.example/\"\nverify = false",
      "tcp = \"a.example:80\"",
      "tcp = \"a.example:80\"\ntls = true",
      "tcp = \"a.example:80\"\nstarttls = \"smtp\"",
      "tcp = \"a.example:80\"\nstarttls = \"imap\"",
      "tcp = \"a.example:80\"\nsend = \"x\"",
      "tcp = \"a.example:80\"\nexpect = \"x\"",
      "dns = \"a.example\"",
      "dns = \"a.example\"\ntype = \"MX\"",
      "dns = \"a.example\"\nrecords = [\"192.0.2.1\"]",
      "command = [\"a\", \"b\"]",
      "command = [\"a b\"]",
      "command = [\"a\", \"b\"]\nenv = { X = \"1\" }",
  };
  for (const std::string& one : all)
    identities.insert(identity_of(target(one)));
  EXPECT_THAT(identities, SizeIs(all.size()));
  EXPECT_EQ(identity_of(target(all[0])), identity_of(target(all[0] + "\nevery = \"5s\"")));
}

TEST(ProbePlan, CertificatesAreReadAndTheirFilesNamed) {
  std::string folder = testing::TempDir() + "/plan-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string text = "[probe.x]\nhttp = \"https://a.example/\"\nca = \"ca.pem\"\n";
  auto blocked = [&] { return plan_probes(loaded(text, folder)).front()->blocked; };
  EXPECT_THAT(blocked(), HasSubstr(folder + "/ca.pem"));
  EXPECT_THAT(blocked(), HasSubstr("put it there"));
  std::ofstream(folder + "/ca.pem") << "hello";
  EXPECT_THAT(blocked(), HasSubstr("there is no certificate"));
  std::ofstream(folder + "/ca.pem") << "-----BEGIN CERTIFICATE-----\n";
  EXPECT_EQ(blocked(), "");
  EXPECT_EQ(plan_probes(loaded(text, folder)).front()->ca, "-----BEGIN CERTIFICATE-----\n");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hammock::shell
