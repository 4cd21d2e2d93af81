// For the tests: a schema with a bit of everything.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "schema/containers.h"
#include "schema/scalars.h"
#include "schema/suggest.h"
#include "schema/table.h"
#include "schema/unions.h"

namespace hammock::schema {

struct Retry {
  Duration backoff{};
  Duration at_most{};
};
struct Notify {};
struct Command {
  std::vector<std::string> argv;
};
struct Ready {
  std::variant<std::monostate, Notify, Address, Command> how;
  Duration within{};
};
struct House {
  struct Program {
    std::vector<std::string> command;
    std::int64_t instances = 1;
    std::int64_t min_ready = 0;
    std::vector<std::string> needs;
    std::vector<Port> ports;
    std::optional<Retry> restart;
    std::optional<Ready> ready;
    std::optional<std::string> user, group, token;
  };
  std::string name;
  std::map<std::string, Program> services;
};

inline Schema<std::vector<std::string>> argv_schema() {
  return list_of(string())
      .not_empty()
      .example("[\"nginx\"]")
      .on_string([](const std::string& text) {
        return Hint{argument_vector(text), "there is no shell in between"};
      });
}

inline Schema<Retry> retry_schema() {
  return TableOf<Retry>("restart policy")
      .defaulted("backoff", &Retry::backoff, duration(), "\"500ms\"")
      .doc("The first wait.")
      .defaulted("at_most", &Retry::at_most, duration(), "\"1m\"")
      .rule("`at_most` is not below `backoff`", {"backoff", "at_most"},
            [](const Retry& retry, At& at) {
              if (retry.at_most >= retry.backoff) return;
              Diagnostic& d =
                  at.error("backoff-above-cap", {"backoff"}, "backoff is above at_most");
              at.relate(d, {"at_most"}, "the cap");
            });
}

inline Schema<Ready> ready_schema() {
  using How = decltype(Ready::how);
  return TableOf<Ready>("readiness")
      .exactly_one_of(
          &Ready::how,
          std::vector<Option<How>>{
              option<How>("notify", literal(true).transform([](bool) { return Notify{}; })),
              option<How>("tcp", address()),
              option<How>("command", argv_schema().transform(
                                         [](auto argv) { return Command{std::move(argv)}; }))},
          "one sign of readiness is enough")
      .defaulted("within", &Ready::within, duration(), "\"30s\"");
}

inline Schema<House::Program> program_schema() {
  using Program = House::Program;
  return TableOf<Program>("service")
      .required("command", &Program::command, argv_schema())
      .doc("What runs.")
      .why("a service without a program cannot run")
      .defaulted("instances", &Program::instances, integer().range(1, 1000), "1")
      .formerly("copies")
      .optional("min_ready", &Program::min_ready, integer().at_least(0))
      .optional("needs", &Program::needs, unique_list_of(reference("service", "needs")))
      .optional("ports", &Program::ports, unique_list_of(port()))
      .optional("restart", &Program::restart, retry_schema())
      .optional("ready", &Program::ready, ready_schema())
      .optional("user", &Program::user, string())
      .optional("group", &Program::group, string())
      .optional("token", &Program::token, string().size(8, 64).secret())
      .removed("pidfile", "nothing to do: programs are found without one")
      .all_or_none({"user", "group"})
      .rule("`min_ready` is not above `instances`", {"min_ready", "instances"},
            [](const Program& p, At& at) {
              if (p.min_ready <= p.instances) return;
              Diagnostic& d = at.error("floor-above-instances", {"min_ready"},
                                       "more must be ready than there are");
              at.relate(d, {"instances"}, "as many as there are");
            });
}

inline Schema<House> house_schema() {
  return TableOf<House>("")
      .required("name", &House::name, identifier())
      .optional("service", &House::services, collection("service", identifier(), program_schema()))
      .doc("The programs that are kept up.")
      .rule("no two services have the same port", {"service.*.ports"},
            [](const House& house, At& at) {
              std::map<Port, Path> first;
              for (const auto& [name, program] : house.services) {
                for (std::size_t i = 0; i < program.ports.size(); ++i) {
                  Path path{"service", name, "ports", i};
                  auto [place, is_new] = first.try_emplace(program.ports[i], path);
                  if (is_new) continue;
                  Diagnostic& d = at.error("port-twice", path, "two services have this port");
                  at.relate(d, place->second, "the other one");
                }
              }
            })
      .schema();
}

}  // namespace hammock::schema
