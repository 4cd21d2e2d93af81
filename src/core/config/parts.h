// The pieces that the schema of hammock.toml is put together from. Of this module only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/k_of_n.h"
#include "core/config/config.h"
#include "core/heartbeat/config.h"
#include "core/job/config.h"
#include "core/probe/config.h"
#include "core/service/config.h"
#include "core/timebomb/config.h"
#include "schema/containers.h"
#include "schema/scalars.h"
#include "schema/schema.h"
#include "schema/table.h"
#include "schema/unions.h"

namespace hammock::config {

// [hammock]
schema::Schema<std::string> instance_name();
schema::Schema<std::string> time_zone();
schema::Schema<std::string> ping_key();
schema::Schema<std::string> api_key();
// Two of the keys that have the same value, by their names.
std::optional<std::pair<std::string_view, std::string_view>> same_keys(const Settings& settings);
std::string same_keys_text(std::string_view one, std::string_view other);
inline constexpr const char* kDifferentKeys = "each of the keys lets people do other things";
inline constexpr const char* kOtherKey = "take another text, such as `openssl rand -hex 16` prints";
schema::Schema<Settings> settings_schema();
// [person.*], without the name
schema::Schema<Person> person_schema();
// [service.*], without the name
schema::Schema<service::Config> service_schema();

// An address with a literal host, "127.0.0.1:80" or "[::1]:80", or an absolute path of a socket.
schema::Schema<std::string> socket_address();
// At least one word, the first of them not empty. A string gets the vector to write.
schema::Schema<std::vector<std::string>> command_vector();
// A code from 0 to 255, or the name of a signal.
schema::Schema<service::ExitMatch> exit_match();
std::string exit_text(const service::ExitMatch& exit);

// A string that holds a number with something around it ("150%", "0022"): for an integer as_text
// says what was probably meant.
schema::Schema<std::string> quoted_number(const schema::Schema<std::string>& schema,
                                          std::string name, std::string expects,
                                          std::function<std::string(std::int64_t)> as_text);

schema::Schema<service::Readiness> readiness();
schema::Schema<service::RestartPolicy> restart_policy();
schema::Schema<service::ExpectedExit> expected_exit();
schema::Schema<service::StopPolicy> stop_policy();
schema::Schema<service::Reload> reload();
schema::Schema<service::Limits> limits();
schema::Schema<service::Logs> logs();
schema::Schema<std::vector<service::Secret>> secrets();
schema::Schema<std::vector<std::pair<std::string, std::string>>> environment();
schema::Schema<std::vector<std::string>> one_or_more_paths();
schema::Schema<std::vector<std::string>> capability_list();

// "3 of 5": an outcome counts once k of the newest n were bad.
schema::Schema<KOfN> k_of_n();

// [job.*], without the name
schema::Schema<job::Config> job_schema();

// [heartbeat.*], without the name
schema::Schema<heartbeat::Config> heartbeat_schema();

// [probe.*], without the name
schema::Schema<probe::Config> probe_schema();
// "HOST:PORT" each, as probe::Setup has them.
schema::Schema<std::vector<std::string>> witnesses();

// [timebomb.*], without the name
schema::Schema<timebomb::Config> timebomb_schema();

// Rules of every program.
void check_exits(const service::Config& program, schema::At& at);
void check_secret_variables(const service::Config& program, schema::At& at);

// The rules between the keys of one service.
void add_service_rules(schema::TableOf<service::Config>& table);

// For a key that may be left out.
template <class T>
schema::Schema<std::optional<T>> some(const schema::Schema<T>& plain) {
  return plain.transform([](T value) { return std::optional<T>(std::move(value)); });
}

// `T`, or { value = T, if_possible = true }.
template <class T>
schema::Schema<service::Enforced<T>> enforced(schema::Schema<T> plain) {
  using Both = service::Enforced<T>;
  schema::Schema<Both> table =
      schema::TableOf<Both>("setting")
          .required("value", &Both::value, plain)
          .doc("the setting itself")
          .defaulted("if_possible", &Both::if_possible, schema::boolean(), "false")
          .doc("do without it, with a warning, where the host cannot enforce it");
  schema::Description description = plain.description();
  description.shape = schema::Shape::kAny;
  description.of = {plain.description(), table.description()};
  description.accepts |= table.description()->accepts;
  return schema::Schema<Both>(
      std::move(description), [plain, table](schema::Context& context, const schema::Value& value) {
        if (value.table()) return table.read(context, value);
        schema::Parsed<T> parsed = plain.read(context, value);
        if (!parsed.value) return schema::Parsed<Both>();
        return schema::Parsed<Both>(Both{*std::move(parsed.value), false}, parsed.whole);
      });
}

}  // namespace hammock::config
