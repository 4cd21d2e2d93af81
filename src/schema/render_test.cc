#include "schema/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/house_testing.h"
#include "schema/introspect.h"
#include "schema/schema_testing.h"

namespace hammock::schema {
namespace {

using testing::HasSubstr;
using testing::Not;

Report report_of(std::string_view text) {
  return read_text(house_schema(), text, "hammock.toml", {"docs/configuration.md"}).report;
}

constexpr std::string_view kTwoPlaces =
    "name = 'a'\n"
    "[service.w]\n"
    "command = ['é', 'x']\n"
    "instances = 2\n"
    "min_ready = 3\n";

TEST(Human, ShowsThePlaceTheCaretAndTheOtherPlace) {
  EXPECT_EQ(render_human(report_of(kTwoPlaces)),
            "error[floor-above-instances]: more must be ready than there are\n"
            "  --> hammock.toml:5:13  (service.w.min_ready)\n"
            "    5 | min_ready = 3\n"
            "      |             ^\n"
            "    4 | instances = 2\n"
            "      |             - as many as there are\n"
            "      = see: docs/configuration.md#service\n"
            "\n"
            "hammock.toml: 1 error\n");
}

TEST(Human, PutsTheCaretUnderCodePoints) {
  std::string text = render_human(report_of("name = 'a'\n[service.w]\ncommand = ['é', 5]\n"));
  EXPECT_THAT(text, HasSubstr("    3 | command = ['é', 5]\n      |                 ^\n"));
  EXPECT_THAT(text, HasSubstr("= write: \"5\"\n"));
}

TEST(Human, ColoursOnlyWhenAsked) {
  EXPECT_THAT(render_human(report_of(kTwoPlaces)), Not(HasSubstr("\x1b")));
  EXPECT_THAT(render_human(report_of(kTwoPlaces), {true}), HasSubstr("\x1b[1;31m"));
  EXPECT_TRUE(wants_colour(nullptr, true));
  EXPECT_TRUE(wants_colour("", true));
  EXPECT_FALSE(wants_colour("1", true));
  EXPECT_FALSE(wants_colour(nullptr, false));
}

TEST(Human, MasksSecretsAndCannotPaintTheTerminal) {
  std::string text = render_human(
      report_of("name = 'a'\nservice.w = {command=['x'], token='hunter2', bad='\\u001b[31m'}\n"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("token=*********, bad"));
  std::string painted = render_human(report_of("name = \"\\u001b[31m\"\n"));
  EXPECT_THAT(painted, Not(HasSubstr("\x1b")));
  EXPECT_THAT(render_human(report_of("name = '\x1b[31m'\n")), Not(HasSubstr("\x1b")));
}

TEST(Human, SurvivesOddPlaces) {
  EXPECT_THAT(render_human(report_of("")), HasSubstr("hammock.toml:1:1"));
  EXPECT_THAT(render_human(report_of("name = ")), HasSubstr("a value is missing"));
  EXPECT_THAT(render_human(report_of("name = [" + std::string(5000, '1'))), HasSubstr("…"));
  EXPECT_THAT(render_human(report_of("name = '''\n\n\n'''\n")), HasSubstr("^"));
  Report other;
  other.diagnostics.push_back({});
  other.diagnostics[0].file = "HAMMOCK_X";
  EXPECT_THAT(render_human(other), HasSubstr("--> HAMMOCK_X\n"));
  EXPECT_EQ(render_human(report_of("name = 'a'\n")), "hammock.toml: valid\n");
}

TEST(Short, IsOneLineEach) {
  EXPECT_EQ(render_short(report_of("name = 5\nx = 1\n")),
            "hammock.toml:1:8: wrong-type: expected a name of lower-case letters, digits and '-', "
            "got the integer 5\n"
            "hammock.toml:2:1: unknown-key: unknown key `x`\n");
}

TEST(Json, HasThePromisedShape) {
  EXPECT_EQ(render_json(report_of("name='a'\n[service.w]\ncommand=['x']\nports=[80,80]\n")),
            "{\"file\":\"hammock.toml\",\"ok\":false,\"errors\":[{\"code\":\"duplicate-item\","
            "\"severity\":\"error\",\"path\":[\"service\",\"w\",\"ports\",1],"
            "\"file\":\"hammock.toml\",\"line\":4,\"column\":11,\"end_line\":4,\"end_column\":13,"
            "\"message\":\"the integer 80 is already item 1 of this list\",\"expected\":\"\","
            "\"got\":\"the integer 80\",\"why\":\"\",\"suggestion\":\"\","
            "\"help\":\"remove one of the two\",\"related\":[{\"file\":\"hammock.toml\",\"line\":4,"
            "\"column\":8,\"message\":\"it is here first\"}],"
            "\"doc\":\"docs/configuration.md#service-ports\"}]}\n");
  EXPECT_EQ(render_json(report_of("name = 'a'\n")),
            "{\"file\":\"hammock.toml\",\"ok\":true,\"errors\":[]}\n");
}

TEST(Sarif, NamesRuleLevelAndRegion) {
  std::string text = render_sarif(report_of(kTwoPlaces));
  EXPECT_THAT(text, HasSubstr("\"version\":\"2.1.0\""));
  EXPECT_THAT(text, HasSubstr("\"columnKind\":\"unicodeCodePoints\""));
  EXPECT_THAT(text, HasSubstr("\"ruleId\":\"floor-above-instances\",\"level\":\"error\""));
  EXPECT_THAT(text, HasSubstr("\"region\":{\"startLine\":5,\"startColumn\":13,\"endLine\":5,"
                              "\"endColumn\":14}"));
  EXPECT_THAT(text, HasSubstr("\"relatedLocations\":[{\"physicalLocation\""));
}

TEST(Explain, FindsAKeyFromTheTopOrFromBelow) {
  auto root = house_schema();
  const Description& d = root.description();
  for (const char* path :
       {"service.*.restart.backoff", "service.web.restart.backoff", "restart.backoff", "backoff"}) {
    auto text = explain(d, path);
    ASSERT_TRUE(text) << path;
    EXPECT_EQ(*text,
              "service.*.restart.backoff\n\n  The first wait.\n\n"
              "  type: a duration such as \"30s\"\n  needed: no\n  default: \"500ms\"\n"
              "  example: \"30s\"\n");
  }
  EXPECT_THAT(*explain(d, "service"), HasSubstr("    command "));
  EXPECT_THAT(*explain(d, "service.web"), HasSubstr("    command "));
  EXPECT_THAT(*explain(d, "instances"), HasSubstr("from 1 to 1000"));
  EXPECT_THAT(*explain(d, "instances"), HasSubstr("formerly: copies"));
}

TEST(Explain, GuessesWhatWasMeant) {
  auto root = house_schema();
  auto wrong = explain(root.description(), "restart.backof");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().candidates, std::vector<std::string>{"service.*.restart.backoff"});
  auto several = explain(root.description(), "command");
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().candidates,
            (std::vector<std::string>{"service.*.command", "service.*.ready.command"}));
  EXPECT_TRUE(explain(root.description(), "xyzzy").error().candidates.empty());
  EXPECT_FALSE(explain(root.description(), ""));
}

TEST(Reference, ListsEveryKeyWithTheAnchorsOfDiagnostics) {
  auto root = house_schema();
  std::string text = markdown_reference(root.description(), "hammock.toml");
  for (const char* part :
       {"# hammock.toml\n", "## `[service]`", "## `[service.*]`", "### `service.*.instances`",
        "<a id=\"service-restart-backoff\"></a>", "- default: \"500ms\"", "- needed: always",
        "- rule: Exactly one of `notify`, `tcp` or `command`.",
        "- rule: `min_ready` is not above `instances`", "(never shown)"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("pidfile")));
}

TEST(JsonSchema, SaysWhatAnEditorNeeds) {
  auto root = house_schema();
  std::string text = json_schema(root.description(), "hammock.toml");
  for (const char* part :
       {"\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"",
        "\"instances\":{\"type\":\"integer\",\"default\":1,\"minimum\":1,\"maximum\":1000}",
        "\"required\":[\"command\"],\"additionalProperties\":false",
        "\"propertyNames\":{\"type\":\"string\"", "\"pattern\":\"^(?:[a-z0-9][a-z0-9-]{0,62})$\"",
        "\"notify\":{\"const\":true}",
        "\"allOf\":[{\"oneOf\":[{\"required\":[\"notify\"]},{\"required\":[\"tcp\"]},",
        "\"dependentRequired\":{\"user\":[\"user\",\"group\"]", "\"uniqueItems\":true",
        "\"copies\":{\"deprecated\":true", "\"writeOnly\":true"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace hammock::schema
