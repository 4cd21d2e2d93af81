#include <gtest/gtest.h>

#include "schema/house_testing.h"
#include "schema/schema_testing.h"

namespace hammock::schema {
namespace {

Faults house(std::string_view text) {
  return faults(house_schema(), text);
}
constexpr std::string_view kName = "name = 'a'\n";
Faults in_house(std::string_view rest) {
  return house(std::string(kName) + std::string(rest));
}

TEST(Tables, ReadAHouse) {
  auto outcome =
      read_text(house_schema(),
                "name = 'acme'\n"
                "[service.db]\ncommand = ['postgres']\nready = { tcp = '127.0.0.1:5432' }\n"
                "[service.web]\ncommand = ['gunicorn', 'app']\ninstances = 4\n"
                "needs = ['db']\n",
                "t.toml");
  ASSERT_TRUE(outcome.value);
  EXPECT_EQ(outcome.value->services.at("web").instances, 4);
  EXPECT_EQ(outcome.value->services.at("db").instances, 1);
  EXPECT_EQ(std::get<Address>(outcome.value->services.at("db").ready->how),
            Address(TcpAddress{"127.0.0.1", 5432}));
  EXPECT_EQ(outcome.value->services.at("db").ready->within, std::chrono::seconds(30));
}

TEST(Tables, MissingKeysStandAtTheHeader) {
  EXPECT_EQ(in_house("[service.web]\n"),
            Faults{"2:1-14 missing-key service.web.command → command = [\"nginx\"]"});
  EXPECT_EQ(house(""), Faults{"1:1-1 missing-key name → name = \"web\""});
  auto report = read_text(house_schema(), "name = 'a'\n[service.web]\n", "t").report;
  EXPECT_EQ(report.diagnostics.at(0).why, "a service without a program cannot run");
}

TEST(Tables, UnknownKeysStandAtTheKeyWithAGuess) {
  EXPECT_EQ(in_house("[service.web]\ncomand = ['x']\n"),
            Faults{"3:1-7 unknown-key service.web.comand → command"});
  auto d = read_text(house_schema(), "name='a'\n[service.web]\ncommand=['x']\nbackoff='1s'\n", "t")
               .report.diagnostics;
  ASSERT_EQ(summary(d), Faults{"4:1-8 unknown-key service.web.backoff"});
  EXPECT_EQ(d[0].help, "valid in [service.*.restart]");
  EXPECT_EQ(in_house("[service.web]\ncommand=['x']\nbanana=1\n"),
            Faults{"4:1-7 unknown-key service.web.banana"});
}

TEST(Tables, AMisspeltTableDoesNotCascade) {
  EXPECT_EQ(in_house("[servise.db]\nwhatever = 1\n[service.web]\ncommand=['x']\nneeds=['db']\n"),
            Faults{"2:2-9 unknown-key servise → service"});
}

TEST(Tables, FormerAndRemovedKeys) {
  auto outcome = read_text(house_schema(), "name='a'\n[service.w]\ncommand=['x']\ncopies=3\n", "t");
  EXPECT_EQ(summary(outcome.report.diagnostics),
            Faults{"4:1-7 renamed-key service.w.copies → instances"});
  ASSERT_TRUE(outcome.value);
  EXPECT_EQ(outcome.value->services.at("w").instances, 3);
  EXPECT_EQ(in_house("[service.w]\ncommand=['x']\ncopies=3\ninstances=2\n"),
            (Faults{"4:1-7 renamed-key service.w.copies → instances",
                    "5:1-10 duplicate-key service.w.instances → instances ~4:1-7"}));
  EXPECT_EQ(in_house("[service.w]\ncommand=['x']\npidfile='x'\n"),
            Faults{"4:1-8 removed-key service.w.pidfile"});
}

TEST(Tables, Groups) {
  std::string base = "[service.w]\ncommand=['x']\n";
  EXPECT_EQ(in_house(base + "user='u'\n"), Faults{"4:1-5 incomplete-keys service.w.user"});
  EXPECT_EQ(in_house(base + "user='u'\ngroup='g'\n"), Faults{});
  EXPECT_EQ(in_house(base + "ready={tcp='a:1', notify=true}\n"),
            Faults{"4:19-25 exclusive-keys service.w.ready.notify ~4:8-11"});
  EXPECT_EQ(in_house(base + "ready={within='1s'}\n"), Faults{"4:7-20 missing-key service.w.ready"});
  EXPECT_EQ(in_house(base + "ready={tpc='a:1'}\n"),
            Faults{"4:8-11 unknown-key service.w.ready.tpc → tcp"});
  EXPECT_EQ(in_house(base + "ready={notify=false}\n"),
            Faults{"4:15-20 unknown-value service.w.ready.notify → true"});
  struct Pair {
    int a = 0, b = 0;
  };
  auto some = TableOf<Pair>("pair")
                  .optional("a", &Pair::a, integer_of<int>())
                  .optional("b", &Pair::b, integer_of<int>())
                  .at_least_one({"a", "b"})
                  .schema();
  EXPECT_EQ(faults(some, ""), Faults{"1:1-1 missing-key"});
  EXPECT_EQ(faults(some, "a = 1\nb = 2"), Faults{});
}

TEST(Rules, SeeTheStructAndPointToBothPlaces) {
  EXPECT_EQ(in_house("[service.w]\ncommand=['x']\ninstances=2\nmin_ready=3\n"),
            Faults{"5:11-12 floor-above-instances service.w.min_ready ~4:11-12"});
  EXPECT_EQ(in_house("[service.w]\ncommand=['x']\nmin_ready=3\n"),
            Faults{"4:11-12 floor-above-instances service.w.min_ready"});
  EXPECT_EQ(in_house("[service.w]\ncommand=['x']\nrestart={backoff='2m'}\n"),
            Faults{"4:18-22 backoff-above-cap service.w.restart.backoff"});
}

TEST(Rules, AreNotAskedAboutWhatIsWrongButAreAskedAboutTheRest) {
  // min_ready is wrong: the floor is not compared; the ports of others still are.
  EXPECT_EQ(in_house("[service.a]\ncommand=['x']\nmin_ready='3'\nports=[80]\n"
                     "[service.b]\ncomand=['x']\nports=[80]\n"),
            (Faults{"4:11-14 wrong-type service.a.min_ready → 3",
                    "7:1-7 unknown-key service.b.comand → command",
                    "8:8-10 port-twice service.b.ports[0] ~5:8-10"}));
  EXPECT_EQ(in_house("[service.a]\ncommand=['x']\nports=[80, 0]\n"
                     "[service.b]\ncommand=['x']\nports=[80]\n"),
            Faults{"4:12-13 out-of-range service.a.ports[1]"});
}

TEST(Lists, ReportEveryBadItemAndDuplicates) {
  EXPECT_EQ(
      in_house("[service.w]\ncommand=['x', 5, true]\nports=[80, 'x', 80, 0]\n"),
      (Faults{"3:15-16 wrong-type service.w.command[1] → \"5\"",
              "3:18-22 wrong-type service.w.command[2]", "4:12-15 wrong-type service.w.ports[1]",
              "4:17-19 duplicate-item service.w.ports[2] ~4:8-10",
              "4:21-22 out-of-range service.w.ports[3]"}));
  EXPECT_EQ(value_faults(list_of(integer()).size(2, 3), "[1]"), Faults{"1:5-8 too-short v"});
  EXPECT_EQ(value_faults(list_of(integer()).size(0, 0), "[1]"), Faults{"1:5-8 too-long v"});
  EXPECT_EQ(value_faults(list_of(integer()), "{}"), Faults{"1:5-7 wrong-type v"});
}

TEST(Lists, Tuples) {
  auto pair = tuple_of(string(), integer());
  EXPECT_EQ(std::get<1>(read_value(pair, "['a', 7]").value->v), 7);
  EXPECT_EQ(value_faults(pair, "[1, 'a']"),
            (Faults{"1:6-7 wrong-type v[0] → \"1\"", "1:9-12 wrong-type v[1]"}));
  EXPECT_EQ(value_faults(pair, "['a']"), Faults{"1:5-10 too-short v"});
  EXPECT_EQ(value_faults(pair, "['a', 1, 2]"), Faults{"1:5-16 too-long v"});
}

TEST(Maps, CheckKeysAndValues) {
  auto env = map_of(variable_name(), string());
  EXPECT_EQ(read_value(env, "{A = 'x'}").value->v.at("A"), "x");
  EXPECT_EQ(value_faults(env, "{1A = 'x', B = 2}"),
            (Faults{"1:6-8 bad-format v.1A", "1:20-21 wrong-type v.B → \"2\""}));
  EXPECT_EQ(value_faults(map_of(lower_case(identifier()), integer()), "{a = 1, A = 2}"),
            Faults{"1:13-14 duplicate-key v.A ~1:6-7"});
}

TEST(References, ToNothingAreFoundAtTheEnd) {
  EXPECT_EQ(in_house("[service.web]\ncommand=['x']\nneeds=['bd', 'zebra', 'bd']\n"
                     "[service.db]\ncommand=['x']\n"),
            (Faults{"4:8-12 unknown-reference service.web.needs[0] → \"db\"",
                    "4:14-21 unknown-reference service.web.needs[1]",
                    "4:23-27 duplicate-item service.web.needs[2] ~4:8-12",
                    "4:23-27 unknown-reference service.web.needs[2] → \"db\""}));
  // A service that is wrong exists all the same.
  EXPECT_EQ(in_house("[service.web]\ncommand=['x']\nneeds=['db']\n[service.db]\ncommand=5\n"),
            Faults{"6:9-10 wrong-type service.db.command"});
}

TEST(References, CyclesShowEveryEdge) {
  std::string text;
  for (std::string_view edge : {"ab", "bc", "ca", "dd", "ea"}) {
    text += fmt::format("[service.{}]\ncommand=['x']\nneeds=['{}']\n", edge[0], edge[1]);
  }
  EXPECT_EQ(in_house(text), (Faults{"4:8-11 cycle service.a.needs[0] ~7:8-11 ~10:8-11",
                                    "13:8-11 cycle service.d.needs[0]"}));
  auto report = read_text(house_schema(), std::string(kName) + text, "t").report;
  EXPECT_EQ(report.diagnostics[0].message, "`needs` goes in a circle: a → b → c → a");
}

TEST(References, ALongChainIsNoCycleAndNoRecursion) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += fmt::format("[service.s{}]\ncommand=['x']\nneeds=['s{}']\n", i, i + 1);
  }
  EXPECT_EQ(in_house(text + "[service.s20000]\ncommand=['x']\n"), Faults{});
}

TEST(References, Qualified) {
  struct Two {
    std::map<std::string, std::int64_t> probes, services;
    std::vector<QualifiedName> on;
  };
  auto two =
      TableOf<Two>("")
          .optional("on", &Two::on, list_of(qualified_reference({"probe", "service"})))
          .optional("probe", &Two::probes, collection("probe", identifier(), integer()))
          .optional("service", &Two::services, collection("service", identifier(), integer()))
          .schema();
  EXPECT_EQ(faults(two, "on=['probe.a','service.a','prob.a','a']\nprobe={a=1}\n"),
            (Faults{"1:15-26 unknown-reference on[1]", "1:27-35 bad-format on[2] → \"probe.a\"",
                    "1:36-39 bad-format on[3]"}));
}

TEST(Unions, TheTagDecides) {
  struct Circle {
    double radius = 0;
  };
  struct Square {
    double side = 0;
  };
  using Figure = std::variant<Circle, Square>;
  auto figure = tagged<Figure>(
      "kind",
      {branch<Figure>(
           "circle",
           TableOf<Circle>("circle").required("radius", &Circle::radius, number()).schema()),
       branch<Figure>(
           "square",
           TableOf<Square>("square").required("side", &Square::side, number()).schema())});
  struct Box {
    std::optional<Figure> v;
  };
  auto box = TableOf<Box>("").required("v", &Box::v, figure).schema();
  EXPECT_EQ(std::get<Square>(*read_text(box, "v={kind='square',side=2}", "t").value->v).side, 2);
  EXPECT_EQ(faults(box, "v={kind='sqare',side=2}"),
            Faults{"1:9-16 unknown-value v.kind → \"square\""});
  EXPECT_EQ(faults(box, "v={kind='square',radius=2}"),
            (Faults{"1:3-27 missing-key v.side", "1:18-24 unknown-key v.radius"}));
  EXPECT_EQ(faults(box, "v={side=2}"), Faults{"1:3-11 missing-key v.kind"});
  EXPECT_EQ(faults(box, "v={knid='circle',radius=1}"), Faults{"1:4-8 unknown-key v.knid → kind"});
}

TEST(Unions, AnyOfSpeaksOfTheNearestBranch) {
  using Either = std::variant<std::int64_t, std::vector<std::int64_t>>;
  auto either = any_of<Either>(integer(), list_of(integer()));
  EXPECT_TRUE(takes(either, "1"));
  EXPECT_TRUE(takes(either, "[1]"));
  EXPECT_EQ(value_faults(either, "[1, 'x']"), Faults{"1:9-12 wrong-type v[1]"});
  auto text =
      any_of<std::string>(one_of({"always", "never"}), string().matching("[0-9]+", "digits"));
  EXPECT_EQ(value_faults(text, "'nevr'"), Faults{"1:5-11 no-alternative v → \"never\""});
  EXPECT_TRUE(takes(text, "'42'"));
}

TEST(Unions, ABranchThatWasLeftLeavesNothingBehind) {
  struct Root {
    std::map<std::string, std::int64_t> things;
    std::string pick;
  };
  auto pick = any_of<std::string>(
      all_of(reference("thing"), string().matching("t.*", "something with t")), string());
  auto root = TableOf<Root>("")
                  .optional("thing", &Root::things, collection("thing", identifier(), integer()))
                  .optional("pick", &Root::pick, pick)
                  .schema();
  EXPECT_EQ(faults(root, "pick = 'other'\n"), Faults{});
  EXPECT_EQ(faults(root, "pick = 'two'\n"), Faults{"1:8-13 unknown-reference pick"});
}

TEST(Unions, AllOfMaybeAndAnything) {
  auto both = all_of(string().size(3, 9), string().matching("[a-z]*", "small letters"));
  EXPECT_EQ(value_faults(both, "'A'"), (Faults{"1:5-8 bad-format v", "1:5-8 too-short v"}));
  auto limit = maybe(integer());
  EXPECT_EQ(read_value(limit, "'none'").value->v, std::nullopt);
  EXPECT_EQ(read_value(limit, "3").value->v, 3);
  EXPECT_EQ(value_faults(limit, "'nothing'"), Faults{"1:5-14 wrong-type v"});
  EXPECT_TRUE(takes(anything(), "[1, {a = 'x'}]"));
}

struct Tree {
  std::string name;
  std::vector<Tree> children;
};
const Schema<Tree>& tree() {
  static const Schema<Tree> kTree =
      TableOf<Tree>("tree")
          .required("name", &Tree::name, string())
          .optional("children", &Tree::children, list_of(recursive<Tree>("tree", tree)));
  return kTree;
}

TEST(Unions, SchemasMayContainThemselves) {
  EXPECT_EQ(faults(tree(), "name='a'\nchildren=[{name='b',children=[{nmae='c'}]}]\n"),
            Faults{"2:32-36 unknown-key children[0].children[0].nmae → name"});
}

TEST(Secrets, AreNeverShown) {
  auto outcome =
      read_text(house_schema(), "name='a'\n[service.w]\ncommand=['x']\ntoken='hunter2'\n", "t");
  const Diagnostic& d = outcome.report.diagnostics.at(0);
  EXPECT_EQ(d.code, "too-short");
  EXPECT_EQ(d.got, "a string (hidden)");
  EXPECT_EQ(outcome.report.secrets.size(), 1U);
  auto secret = one_of({"hunter1", "x"}).secret();
  auto one = read_value(secret, "'hunter2'").report.diagnostics.at(0);
  EXPECT_EQ(one.message.find("hunter2"), std::string::npos);
  EXPECT_EQ(one.suggestion, "");
  auto lasting = read_value(duration().secret(), "'hunter2'").report.diagnostics.at(0);
  EXPECT_EQ(lasting.message.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace hammock::schema
