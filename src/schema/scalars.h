// Schemas of single values.
#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "schema/cron.h"
#include "schema/schema.h"
#include "schema/types.h"

namespace hammock::schema {

// true or false, nothing else.
Schema<bool> boolean();
// A whole number; true is none, and 3.0 is none.
Schema<std::int64_t> integer();
// The same in a narrower type; the type's own limits apply until a range is given.
template <std::integral I>
Schema<I> integer_of(I low = std::numeric_limits<I>::min(),
                     I high = std::numeric_limits<I>::max()) {
  return integer()
      .range(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high))
      .transform([](std::int64_t value) { return static_cast<I>(value); });
}
// An integer or a number with a fraction; finite.
Schema<double> number();
Schema<std::string> string();
// One of the words; anything else gets a "did you mean".
Schema<std::string> one_of(std::vector<std::string> words);
// The same, made into the value that belongs to the word.
template <class T>
Schema<T> one_of(std::vector<std::pair<std::string, T>> words) {
  std::vector<std::string> names;
  for (const auto& word : words)
    names.push_back(word.first);
  return one_of(std::move(names)).transform([words = std::move(words)](const std::string& text) {
    for (const auto& word : words) {
      if (word.first == text) return word.second;
    }
    return words.front().second;
  });
}
// Exactly this.
Schema<bool> literal(bool value);
Schema<std::int64_t> literal(std::int64_t value);
Schema<std::string> literal(std::string value);

// Strings that become values. See types.h for what each accepts.
Schema<Duration> duration();
Schema<Size> size();
Schema<Port> port();  // an integer from 1 to 65535
Schema<Signal> signal();
Schema<Address> address();
Schema<Url> url();
Schema<Instant> instant();  // a string or a TOML date-time with an offset
Schema<std::chrono::year_month_day> date();
Schema<DateRange> date_range();
Schema<Cron> cron();
// Not empty, no NUL; `..` and relative paths are allowed.
Schema<std::filesystem::path> path();
Schema<std::filesystem::path> absolute_path();
// Lower-case letters, digits and '-', beginning with a letter or digit; at most 63.
Schema<std::string> identifier();
// A name of an environment variable: letters, digits and '_', not beginning with a digit.
Schema<std::string> variable_name();
// A permission mask as people write it: the string "0022".
Schema<unsigned> octal(unsigned most = 07777);

// Words normalised before anything else looks at them.
Schema<std::string> trimmed(Schema<std::string> schema);
Schema<std::string> lower_case(Schema<std::string> schema);

// A string that is the name of an entry of a collection (see collection() in containers.h). Checked
// when the whole document has been read. With an edge, the entry around it and the entry it
// names are tied in the graph of that name, which must have no cycle.
Schema<std::string> reference(std::string collection, std::string edge = "");
// "collection.name", where the collection is one of these.
struct QualifiedName {
  std::string collection;
  std::string name;
  friend auto operator<=>(const QualifiedName&, const QualifiedName&) = default;
};
Schema<QualifiedName> qualified_reference(std::vector<std::string> collections,
                                          std::string edge = "");

}  // namespace hammock::schema
