#include "shell/json_value.h"

#include <gtest/gtest.h>

namespace hammock::shell {
namespace {

std::string problem(std::string_view text) {
  auto json = parse_json(text);
  return json ? "none" : json.error().message;
}

TEST(JsonValue, ReadsEveryKindOfValue) {
  auto json = parse_json(R"( {"text":"a\u00e9\n","yes":true,"no":false,"none":null,"list":)"
                         R"([1,-2.5e1,"x",{}],"o":{"k":0}} )");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->at, 1U);
  EXPECT_EQ(*json->find("text")->as<std::string>(), "a\xc3\xa9\n");
  EXPECT_TRUE(*json->find("yes")->as<bool>());
  EXPECT_FALSE(*json->find("no")->as<bool>());
  EXPECT_TRUE(json->find("none")->is_null());
  const auto& list = *json->find("list")->as<Json::Array>();
  ASSERT_EQ(list.size(), 4U);
  EXPECT_EQ(*list[0].as<double>(), 1);
  EXPECT_EQ(*list[1].as<double>(), -25);
  EXPECT_EQ(*list[2].as<std::string>(), "x");
  EXPECT_TRUE(list[3].as<Json::Object>()->empty());
  EXPECT_EQ(*json->find("o")->find("k")->as<double>(), 0);
  EXPECT_EQ(json->find("absent"), nullptr);
  EXPECT_EQ(list[0].find("absent"), nullptr);
}

TEST(JsonValue, SaysWhereItStops) {
  EXPECT_EQ(problem(""), "expected a value at byte 0");
  EXPECT_EQ(problem("{"), "expected a string at byte 1");
  EXPECT_EQ(problem(R"({"a":1,"a":2})"), "expected a key that was not given yet at byte 10");
  EXPECT_EQ(problem("[1,]"), "expected a value at byte 3");
  EXPECT_EQ(problem("[1 2]"), "expected ',' or ']' at byte 3");
  EXPECT_EQ(problem(R"({"a" 1})"), "expected ':' at byte 5");
  EXPECT_EQ(problem("01"), "expected the end at byte 1");
  EXPECT_EQ(problem("1."), "expected a digit at byte 2");
  EXPECT_EQ(problem("-"), "expected a digit at byte 1");
  EXPECT_EQ(problem("1e"), "expected a digit at byte 2");
  EXPECT_EQ(problem("1e999"), "expected a smaller number at byte 5");
  EXPECT_EQ(problem("nul"), "expected a value at byte 0");
  EXPECT_EQ(problem("NaN"), "expected a value at byte 0");
  EXPECT_EQ(problem("1 1"), "expected the end at byte 2");
  EXPECT_EQ(problem("\"\xff\""), "the body is not UTF-8");
}

TEST(JsonValue, HasBounds) {
  const std::string open(kJsonDepthMax, '[');
  const std::string close(kJsonDepthMax, ']');
  EXPECT_EQ(problem(open + close), "none");
  EXPECT_EQ(problem("[" + open + close + "]"),
            "expected fewer levels at byte " + std::to_string(kJsonDepthMax));
  std::string many = "{\"k\":0";
  for (int i = 0; i < 100; ++i)
    many += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_NE(problem(many + "}"), "none");
}

}  // namespace
}  // namespace hammock::shell
