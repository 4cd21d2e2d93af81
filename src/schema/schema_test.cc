#include <gtest/gtest.h>

#include <chrono>

#include "schema/containers.h"
#include "schema/read.h"
#include "schema/scalars.h"
#include "schema/table.h"

namespace hammock::schema {
namespace {

struct Web {
  std::vector<std::string> command;
  std::uint32_t instances = 1;
  std::optional<Duration> watchdog;
};

Schema<Web> web() {
  return TableOf<Web>("service")
      .required("command", &Web::command, list_of(string()).not_empty())
      .defaulted("instances", &Web::instances, integer_of<std::uint32_t>(1, 100), "1")
      .optional("watchdog", &Web::watchdog, duration());
}

TEST(Schema, ReadsATable) {
  auto outcome = read_text(web(), "command = [\"a\", \"b\"]\nwatchdog = \"1m30s\"\n", "x.toml");
  ASSERT_TRUE(outcome.value);
  EXPECT_EQ(outcome.value->command.size(), 2U);
  EXPECT_EQ(outcome.value->instances, 1U);
  EXPECT_EQ(outcome.value->watchdog, std::chrono::seconds(90));
}

}  // namespace
}  // namespace hammock::schema
