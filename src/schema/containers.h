// Lists and maps, and collections: maps whose names may be referred to.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "schema/schema.h"

namespace hammock::schema {

namespace detail {
Description list_description(const SharedDescription& item, bool unique);
Description map_description(const SharedDescription& key, const SharedDescription& value);
// Complains unless the value is a list; then the list.
const Array* expect_list(Context& context, const Value& value, const Description& description);
const Table* expect_table(Context& context, const Value& value, const Description& description);
void duplicate_item(Context& context, const Value& first, std::size_t first_index,
                    const Value& second);
// The key as a value that stands where the key does.
Value key_value(const Entry& entry);
Description tuple_description(std::vector<SharedDescription> items);
const Array* expect_tuple(Context& context, const Value& value, const Description& description,
                          std::size_t size);
// Two keys that are the same name once normalised.
void same_name(Context& context, const Table& table, const Entry& second, const std::string& name);

// Makes the entry known to its collection, and the owner of what is read inside; an empty
// collection does neither.
class InEntry {
 public:
  InEntry(Context& context, const std::string& collection, const Entry& entry)
      : context_(context), is_named_(!collection.empty()) {
    if (is_named_) {
      context_.enter_entry(context_.add_entry(collection, entry.key, entry.key_span));
    }
  }
  ~InEntry() {
    if (is_named_) context_.leave_entry();
  }
  InEntry(const InEntry&) = delete;
  InEntry& operator=(const InEntry&) = delete;

 private:
  Context& context_;
  bool is_named_;
};

template <bool kUnique, class T>
Schema<std::vector<T>> make_list(Schema<T> item) {
  Description description = list_description(item.description(), kUnique);
  auto reader = [item = std::move(item), description](Context& context, const Value& value) {
    const Array* array = expect_list(context, value, description);
    if (!array) return Parsed<std::vector<T>>();
    Parsed<std::vector<T>> list(std::vector<T>{});
    list.value->reserve(array->size());
    std::conditional_t<kUnique, std::map<T, std::size_t>, std::monostate> seen;
    for (std::size_t i = 0; i < array->size(); ++i) {
      InStep step(context, index_step(i));
      Parsed<T> parsed = item.read(context, (*array)[i]);
      if (!parsed.whole) list.whole = false;
      if (!parsed.value) continue;
      if constexpr (kUnique) {
        auto [first, is_new] = seen.try_emplace(*parsed.value, i);
        if (!is_new) {
          duplicate_item(context, (*array)[first->second], first->second, (*array)[i]);
          list.whole = false;
        }
      }
      list.value->push_back(*std::move(parsed.value));
    }
    return list;
  };
  return Schema<std::vector<T>>(std::move(description), std::move(reader));
}
}  // namespace detail

// Every bad item is reported.
template <class T>
Schema<std::vector<T>> list_of(Schema<T> item) {
  return detail::make_list<false>(std::move(item));
}
// The same, and no item twice; needs operator<.
template <class T>
Schema<std::vector<T>> unique_list_of(Schema<T> item) {
  return detail::make_list<true>(std::move(item));
}

// A list of exactly these, in this order.
template <class... Ts>
Schema<std::tuple<Ts...>> tuple_of(Schema<Ts>... items) {
  Description description = detail::tuple_description({items.description()...});
  auto reader = [items = std::tuple(std::move(items)...), description](Context& context,
                                                                       const Value& value) {
    const Array* array = detail::expect_tuple(context, value, description, sizeof...(Ts));
    if (!array) return Parsed<std::tuple<Ts...>>();
    auto read_one = [&](const auto& item, std::size_t index) {
      InStep step(context, index_step(index));
      return item.read(context, (*array)[index]);
    };
    return [&]<std::size_t... kAt>(std::index_sequence<kAt...>) {
      // Braces: read from left to right.
      std::tuple<Parsed<Ts>...> parsed{read_one(std::get<kAt>(items), kAt)...};
      if (!(std::get<kAt>(parsed).whole && ...)) return Parsed<std::tuple<Ts...>>();
      return Parsed<std::tuple<Ts...>>(
          std::tuple<Ts...>(*std::move(std::get<kAt>(parsed).value)...));
    }(std::index_sequence_for<Ts...>());
  };
  return Schema<std::tuple<Ts...>>(std::move(description), std::move(reader));
}

namespace detail {
template <class T>
Schema<std::map<std::string, T>> make_map(Schema<std::string> key, Schema<T> item,
                                          std::string collection) {
  Description description = map_description(key.description(), item.description());
  description.name = collection;
  auto reader = [key = std::move(key), item = std::move(item), collection, description](
                    Context& context, const Value& value) {
    using Map = std::map<std::string, T>;
    const Table* table = expect_table(context, value, description);
    if (!table) return Parsed<Map>();
    Parsed<Map> map(Map{});
    for (const Entry& entry : table->entries()) {
      InStep step(context, name_step(entry.key));
      Parsed<std::string> name = key.read(context, key_value(entry));
      InEntry owner(context, collection, entry);
      Parsed<T> parsed = item.read(context, entry.value);
      if (!parsed.whole || !name.whole) map.whole = false;
      if (!parsed.value || !name.whole) continue;
      auto [first, is_new] = map.value->try_emplace(*name.value, *std::move(parsed.value));
      if (!is_new) {
        same_name(context, *table, entry, first->first);
        map.whole = false;
      }
    }
    return map;
  };
  return Schema<std::map<std::string, T>>(std::move(description), std::move(reader));
}
}  // namespace detail

// A table whose keys are names of the user's.
template <class T>
Schema<std::map<std::string, T>> map_of(Schema<std::string> key, Schema<T> item) {
  return detail::make_map(std::move(key), std::move(item), "");
}

// A map whose entries can be named by reference(name).
template <class T>
Schema<std::map<std::string, T>> collection(std::string name, Schema<std::string> key,
                                            Schema<T> item) {
  return detail::make_map(std::move(key), std::move(item), std::move(name));
}

}  // namespace hammock::schema
