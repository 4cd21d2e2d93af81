#include "cli/arguments.h"

#include <gmock/gmock.h>

#include "cli/suggest.h"

namespace hammock::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Invocation invocation(std::vector<std::string> words) {
  Parsed parsed = parse_arguments(words);
  if (const auto* error = std::get_if<UsageError>(&parsed)) {
    ADD_FAILURE() << error->message;
    return {find_command("help"), {}, {}, {}};
  }
  return std::get<Invocation>(parsed);
}

std::string mistake(std::vector<std::string> words) {
  Parsed parsed = parse_arguments(words);
  const auto* error = std::get_if<UsageError>(&parsed);
  return error == nullptr ? "" : error->message;
}

TEST(Arguments, OptionsStandAnywhereInAnyForm) {
  for (std::vector<std::string> words : std::vector<std::vector<std::string>>{
           {"logs", "web", "-f", "-n", "5", "--since", "10m"},
           {"logs", "-fn5", "--since=10m", "web"},
           {"logs", "--follow", "--lines=5", "web", "--since", "10m"}}) {
    Invocation logs = invocation(words);
    EXPECT_EQ(logs.command->name, "logs");
    EXPECT_EQ(logs.value("NAME"), "web");
    EXPECT_TRUE(logs.flag("follow"));
    EXPECT_FALSE(logs.flag("times"));
    EXPECT_EQ(logs.value("lines"), "5");
    EXPECT_EQ(logs.value("since"), "10m");
    EXPECT_EQ(logs.value("instance"), std::nullopt);
  }
}

TEST(Arguments, GlobalOptionsStandBeforeAndAfterTheCommand) {
  EXPECT_EQ(invocation({"-c", "a.toml", "up"}).value("config"), "a.toml");
  EXPECT_EQ(invocation({"--config=a.toml", "up"}).value("config"), "a.toml");
  EXPECT_EQ(invocation({"up", "-c", "a.toml"}).value("config"), "a.toml");
  EXPECT_EQ(invocation({"up", "-ca.toml", "-d"}).value("config"), "a.toml");
}

TEST(Arguments, AServiceMayBeCalledLikeACommand) {
  EXPECT_EQ(invocation({"start", "status"}).value("NAME"), "status");
  EXPECT_EQ(invocation({"logs", "up"}).value("NAME"), "up");
}

TEST(Arguments, RunTakesEverythingAfterTheMark) {
  Invocation run = invocation({"run", "web", "--", "ls", "-l", "--", "-c", "x"});
  EXPECT_EQ(run.value("NAME"), "web");
  EXPECT_THAT(run.rest, ElementsAre("ls", "-l", "--", "-c", "x"));
  EXPECT_EQ(run.value("config"), std::nullopt);
  EXPECT_THAT(invocation({"run", "web", "ls"}).rest, ElementsAre("ls"));
  EXPECT_THAT(mistake({"run", "web", "ls", "-l"}), HasSubstr("come after `--`"));
  EXPECT_THAT(mistake({"run", "web", "--"}), HasSubstr("needs a command"));
}

TEST(Arguments, MistakesSayWhatWasMeant) {
  EXPECT_THAT(mistake({}), HasSubstr("a command is missing"));
  EXPECT_THAT(mistake({"-c", "x"}), HasSubstr("a command is missing"));
  EXPECT_THAT(mistake({"stauts"}), HasSubstr("did you mean `status`?"));
  EXPECT_THAT(mistake({"frobnicate"}), HasSubstr("no command `frobnicate`; `hammock help`"));
  EXPECT_THAT(mistake({"logs", "web", "--folow"}), HasSubstr("did you mean `--follow`?"));
  EXPECT_THAT(mistake({"logs"}), HasSubstr("needs NAME"));
  EXPECT_THAT(mistake({"stop", "a", "b"}), HasSubstr("takes 1 argument, but `b`"));
  EXPECT_THAT(mistake({"down", "a"}), HasSubstr("takes no argument"));
  EXPECT_THAT(mistake({"check", "--format", "jsn"}), HasSubstr("did you mean `json`?"));
  EXPECT_THAT(mistake({"check", "--format"}), HasSubstr("`--format` needs a value"));
  EXPECT_THAT(mistake({"logs", "web", "-n", "1", "-n", "2"}), HasSubstr("given twice"));
  EXPECT_THAT(mistake({"completion", "tcsh"}), HasSubstr("one of bash, zsh, fish"));
  EXPECT_THAT(mistake({"\x1b[31mx"}), HasSubstr("\\x1b[31mx"));
}

TEST(Arguments, HelpIsHeardEverywhere) {
  EXPECT_EQ(std::get<HelpWanted>(parse_arguments({"--help"})).command, nullptr);
  EXPECT_EQ(std::get<HelpWanted>(parse_arguments({"logs", "-h"})).command, find_command("logs"));
  EXPECT_EQ(std::get<HelpWanted>(parse_arguments({"-h", "logs"})).command, find_command("logs"));
  EXPECT_EQ(invocation({"--version"}).command->name, "version");
}

TEST(Suggest, OnlyWhatIsNear) {
  EXPECT_EQ(did_you_mean("wbe", {"db", "web"}), "; did you mean `web`?");
  EXPECT_EQ(did_you_mean("back", {"backup", "web"}), "; did you mean `backup`?");
  EXPECT_EQ(did_you_mean("zzzz", {"backup", "web"}), "");
  EXPECT_EQ(did_you_mean("", {"web"}), "");
}

}  // namespace
}  // namespace hammock::cli
