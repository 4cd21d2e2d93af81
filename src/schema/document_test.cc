#include <gtest/gtest.h>

#include "schema/lines.h"
#include "schema/schema_testing.h"
#include "schema/suggest.h"
#include "schema/toml.h"

namespace hammock::schema {
namespace {

Faults syntax(std::string_view text) {
  auto document = parse_toml(text, "t.toml");
  return document ? Faults{} : summary(document.error());
}

std::string where(const Document& document, const Path& path) {
  auto found = locate(document.root, path);
  if (!found) return "nowhere";
  return place(found->key_span()) + " " + place(found->value->span);
}

TEST(Document, KnowsWhereEverythingStands) {
  auto document = parse_toml(
      "[hammock]\n"
      "name = \"acmé\"  # c\n"
      "\"quoted é\" = \"é\" \n"
      "a.b.c = 5\n"
      "x = [1, \"two\", { code = 75, b = true }]\n"
      "\n"
      "[service.\"we b\"]\n"
      "command = [\"a\",\n"
      "  \"b\" ]\n"
      "text = \"\"\"\n"
      "foo\n"
      "bar\"\"\"\n"
      "when = 2020-01-01T00:00:00Z\n"
      "[[arr]]\n"
      "z = 1\n"
      "[[arr]]\n"
      "z = -2.5\n",
      "t.toml");
  ASSERT_TRUE(document);
  EXPECT_EQ(where(*document, {"hammock"}), "1:2-9 1:1-10");
  EXPECT_EQ(where(*document, {"hammock", "name"}), "2:1-5 2:8-14");
  EXPECT_EQ(where(*document, {"hammock", "quoted é"}), "3:1-11 3:14-17");
  EXPECT_EQ(where(*document, {"hammock", "a"}), "4:1-2 4:1-2");
  EXPECT_EQ(where(*document, {"hammock", "a", "b", "c"}), "4:5-6 4:9-10");
  EXPECT_EQ(where(*document, {"hammock", "x"}), "5:1-2 5:5-40");
  EXPECT_EQ(where(*document, {"hammock", "x", std::size_t{1}}), "5:9-14 5:9-14");
  EXPECT_EQ(where(*document, {"hammock", "x", std::size_t{2}, "code"}), "5:18-22 5:25-27");
  EXPECT_EQ(where(*document, {"service", "we b"}), "7:10-16 7:1-17");
  EXPECT_EQ(where(*document, {"service", "we b", "command"}), "8:1-8 8:11-9:8");
  EXPECT_EQ(where(*document, {"service", "we b", "text"}), "10:1-5 10:8-12:7");
  EXPECT_EQ(where(*document, {"arr"}), "14:3-6 14:1-8");
  EXPECT_EQ(where(*document, {"arr", std::size_t{1}}), "16:1-8 16:1-8");
  EXPECT_EQ(where(*document, {"arr", std::size_t{2}}), "nowhere");
  auto when = locate(document->root, {"service", "we b", "when"});
  ASSERT_TRUE(when && when->value->moment());
  EXPECT_EQ(when->value->moment()->text, "2020-01-01T00:00:00Z");
}

TEST(Document, KeepsTheOrderOfTheDocumentAndFindsAmongMany) {
  std::string text;
  for (int i = 99; i >= 0; --i)
    text += fmt::format("k{} = {}\n", i, i);
  auto document = parse_toml(text, "t.toml");
  ASSERT_TRUE(document);
  const Table& table = *document->root.table();
  ASSERT_EQ(table.size(), 100U);
  EXPECT_EQ(table.entries().front().key, "k99");
  ASSERT_NE(table.find("k42"), nullptr);
  EXPECT_EQ(*table.find("k42")->value.integer(), 42);
  EXPECT_EQ(table.find("k100"), nullptr);
}

TEST(Bytes, AreCheckedBeforeTheGrammar) {
  EXPECT_EQ(syntax("\xEF\xBB\xBF"
                   "a = 1\n"),
            Faults{"1:1-2 byte-order-mark"});
  EXPECT_EQ(syntax("a = 1\nb = \"é\xFF\"\n"), Faults{"2:7-8 invalid-utf8"});
  EXPECT_EQ(syntax("a = \"\xC3"), Faults{"1:6-7 invalid-utf8"});
  EXPECT_EQ(syntax("a = \"\xED\xA0\x80\""), Faults{"1:6-7 invalid-utf8"});
  EXPECT_EQ(syntax(std::string_view("a = \"x\0y\"", 9)), Faults{"1:7-8 nul-byte"});
  EXPECT_EQ(syntax("a = " + std::string(65, '[')), Faults{"1:69-70 too-deep"});
  EXPECT_EQ(syntax("a = " + std::string(64, '[') + std::string(64, ']')), Faults{});
  EXPECT_EQ(syntax("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1"), Faults{"1:32-33 too-deep"});
  EXPECT_EQ(syntax("x = [\"\"\"a\"\"\"\", \"" + std::string(99, '[') + "\"]"), Faults{});
  EXPECT_EQ(syntax(std::string(kMaxDocumentBytes + 1, '\n')), Faults{"1:1-1 too-large"});
}

TEST(Bytes, GarbageNeverCrashes) {
  std::uint64_t state = 7;
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    text += "ab=[]{}\".'\n#1 ,\\"[(state >> 33) % 17];
  }
  EXPECT_FALSE(syntax(text).empty());
  EXPECT_FALSE(syntax(std::string(1'000'000, '{')).empty());
  EXPECT_FALSE(syntax("a = " + std::string(1'000'000, '"')).empty());
}

TEST(Syntax, NamesTheOffendingToken) {
  EXPECT_EQ(syntax("a = web app\n"), Faults{"1:5-8 syntax a → \"web\""});
  EXPECT_EQ(syntax("a = true2\n"), Faults{"1:5-10 syntax a → \"true2\""});
  EXPECT_EQ(syntax("b = 99999999999999999999\n"), Faults{"1:5-25 syntax b"});
  EXPECT_EQ(syntax("a = \"é\nb = 1\n"), Faults{"1:5-7 syntax a"});
  EXPECT_EQ(syntax("a = \"\"\"\nb = 1\n"), Faults{"1:5-8 syntax a"});
  EXPECT_EQ(syntax("a = \n"), Faults{"1:5-5 syntax a"});
  EXPECT_EQ(syntax("[a\nx = 1\n[b]\nx = 2\n"), Faults{"1:2-3 syntax a"});
  EXPECT_EQ(syntax("a = [1,\n2\nb = 3\n"), Faults{"3:1-2 syntax a"});
}

TEST(Syntax, GoesOnBehindAnError) {
  EXPECT_EQ(syntax("a = web\nb = 1\nc = \nb = 2\nd = 01\n"),
            (Faults{"1:5-8 syntax a → \"web\"", "3:5-5 syntax c", "4:1-2 duplicate-key b ~2:1-2",
                    "5:5-7 syntax d"}));
}

TEST(Syntax, DuplicatesPointToBothPlaces) {
  EXPECT_EQ(syntax("a = 1\nb = 2\na = 3\n"), Faults{"3:1-2 duplicate-key a ~1:1-2"});
  EXPECT_EQ(syntax("[s.web]\nx=1\n[s.web]\nx=2\n"), Faults{"3:4-7 duplicate-key s.web ~1:4-7"});
  EXPECT_EQ(syntax("a = 1\n[a.b]\n"), Faults{"2:2-3 duplicate-key a ~1:1-2"});
  EXPECT_EQ(syntax("t = [{x=1},{y=1,x=1,\"x\"=2}]\n"), Faults{"1:21-24 duplicate-key x ~1:17-18"});
  EXPECT_EQ(syntax("[a]\n[[a]]\n"), Faults{"2:3-4 duplicate-key a ~1:2-3"});
  EXPECT_EQ(syntax("a.b = 1\na.b.c = 2\n"), Faults{"2:3-4 duplicate-key a.b ~1:3-4"});
  EXPECT_EQ(syntax("a = 1\nb = 1\na = 2\nb = 2\na = 3\n"),
            (Faults{"3:1-2 duplicate-key a ~1:1-2", "4:1-2 duplicate-key b ~2:1-2",
                    "5:1-2 duplicate-key a ~1:1-2"}));
}

TEST(Lines, TurnOffsetsIntoPlacesAndBack) {
  Lines lines("é=1\r\nxyz");
  EXPECT_EQ(lines.count(), 2U);
  EXPECT_EQ(lines.line(1), "é=1");
  EXPECT_EQ(lines.line(3), "");
  EXPECT_EQ(place(lines.span(0, 3)), "1:1-3");
  EXPECT_EQ(place(lines.span(7, 9)), "2:2-4");
  EXPECT_EQ(lines.offset(1, 2), 2U);
  EXPECT_EQ(lines.offset(2, 99), 9U);
}

TEST(Suggest, IsSlowToGuess) {
  std::vector<std::string> keys{"command", "instances", "min_ready", "needs", "user"};
  EXPECT_EQ(nearest("comand", keys), std::vector<std::string>{"command"});
  EXPECT_EQ(nearest("ocmmand", keys), std::vector<std::string>{"command"});
  EXPECT_EQ(nearest("min-ready", keys), std::vector<std::string>{"min_ready"});
  EXPECT_EQ(nearest("Needs", keys), std::vector<std::string>{"needs"});
  EXPECT_TRUE(nearest("banana", keys).empty());
  EXPECT_TRUE(nearest("x", {"yy"}).empty());
  EXPECT_EQ(nearest("ab", {"ad", "ac", "ae", "af"}), (std::vector<std::string>{"ac", "ad", "ae"}));
  EXPECT_EQ(edit_distance("abcdef", "abdcef", 3), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting", 3), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3U);
  EXPECT_EQ(edit_distance("aé", "aè", 3), 1U);
}

TEST(Suggest, SplitsCommandsAsAShellWould) {
  EXPECT_EQ(argument_vector("gunicorn  app:api"), R"(["gunicorn", "app:api"])");
  EXPECT_EQ(argument_vector("say \"two words\" 'a \"b' \"\""),
            R"(["say", "two words", "a \"b", ""])");
  EXPECT_EQ(argument_vector("a && b"), R"(["sh", "-c", "a && b"])");
  EXPECT_EQ(argument_vector("echo $HOME"), R"(["sh", "-c", "echo $HOME"])");
  EXPECT_EQ(argument_vector(""), "[]");
}

}  // namespace
}  // namespace hammock::schema
