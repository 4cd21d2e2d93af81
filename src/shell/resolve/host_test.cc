#include "shell/resolve/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shell/resolve/accounts.h"
#include "shell/resolve/files.h"

namespace hammock::resolve {
namespace {

TEST(Host, SaysWhoWeAreAndWhatWeMay) {
  HostFacts facts = probe_host();
  EXPECT_EQ(facts.uid, ::geteuid());
  EXPECT_EQ(facts.gid, ::getegid());
  EXPECT_LE(facts.nice_lowest, ::getpriority(PRIO_PROCESS, 0));
  EXPECT_LE(facts.oom_score_lowest, 1000);
  EXPECT_GE(facts.oom_score_lowest, -1000);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_GE(facts.open_files_max, limit.rlim_cur);
  if (::geteuid() != 0) {
    EXPECT_EQ(facts.open_files_max, limit.rlim_max);
  }
  // What we may hand on is among what we have.
  EXPECT_EQ(facts.capabilities_effective & ~facts.capabilities_permitted, 0u);
}

TEST(Host, ControllersAreNeverGreenWithoutAReason) {
  HostFacts facts = probe_host();
  for (const Ability& ability :
       {facts.memory_controller, facts.processes_controller, facts.cpu_controller}) {
    EXPECT_FALSE(ability.name.empty());
    EXPECT_FALSE(ability.detail.empty()) << ability.name;
  }
}

TEST(Host, AbilitiesHaveNamesThatDiffer) {
  std::vector<std::string> names;
  for (const Ability& ability : host_abilities(probe_host()))
    names.push_back(ability.name);
  EXPECT_GE(names.size(), 12u);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_EQ(verdict_text(Verdict::kUnknown), "unknown");
}

TEST(Host, AbilitiesFollowTheFacts) {
  HostFacts facts = probe_host();
  facts.capabilities_effective = 0;
  facts.open_files_max = 1024;
  facts.memory_controller = {"memory limits", Verdict::kNo, "invented"};
  for (const Ability& ability : host_abilities(facts)) {
    if (ability.name == "running programs as other users" || ability.name == "memory limits" ||
        ability.name == "open files for a thousand services") {
      EXPECT_EQ(ability.verdict, Verdict::kNo) << ability.name;
    }
  }
}

TEST(Host, TimeZones) {
  EXPECT_TRUE(knows_time_zone("UTC"));
  EXPECT_FALSE(knows_time_zone("Europe/Atlantis"));
  EXPECT_FALSE(knows_time_zone("../../../etc/passwd"));
  EXPECT_FALSE(knows_time_zone("/etc/localtime"));
  EXPECT_FALSE(knows_time_zone("Europe"));
  EXPECT_EQ(knows_time_zone("Europe/Berlin"), probe_host().has_time_zones);
}

TEST(Host, Capabilities) {
  EXPECT_EQ(capability_number("CHOWN"), 0);
  EXPECT_EQ(capability_number("NET_BIND_SERVICE"), 10);
  EXPECT_EQ(capability_number("SYS_ADMIN"), 21);
  EXPECT_EQ(capability_number("CHECKPOINT_RESTORE"), 40);
  EXPECT_EQ(capability_number("CAP_CHOWN"), std::nullopt);
}

TEST(Accounts, AreFoundOrNot) {
  auto root = find_account("root");
  ASSERT_TRUE(root.has_value());
  ASSERT_TRUE(root->has_value());
  EXPECT_EQ((*root)->uid, 0u);
  auto nobody = find_account("no-such-user-here");
  ASSERT_TRUE(nobody.has_value());
  EXPECT_FALSE(nobody->has_value());
  auto group = find_group("no-such-group-here");
  ASSERT_TRUE(group.has_value());
  EXPECT_FALSE(group->has_value());
  auto groups = groups_of("root", 0);
  ASSERT_TRUE(groups.has_value());
  EXPECT_THAT(*groups, ::testing::Contains(0u));
}

TEST(Files, PathsAreBelowTheFolder) {
  EXPECT_EQ(below("/srv/acme", ".env"), "/srv/acme/.env");
  EXPECT_EQ(below("/srv/acme", "./a/../b/"), "/srv/acme/b");
  EXPECT_EQ(below("/srv/acme", "/etc/x"), "/etc/x");
  EXPECT_EQ(below("/srv/acme", "../.."), "/");
  EXPECT_EQ(below("/srv", "."), "/srv");
}

}  // namespace
}  // namespace hammock::resolve
