#include "schema/containers.h"

#include <fmt/format.h>

namespace hammock::schema::detail {

Description list_description(const SharedDescription& item, bool unique) {
  Description d;
  d.shape = Shape::kList;
  std::string plural = item->name.empty() ? "value" : item->name;
  plural += plural.ends_with('s') ? "es" : "s";
  d.expects = "a list of " + plural;
  d.accepts = accept(Kind::kArray);
  d.unique = unique;
  d.of = {item};
  return d;
}

Description tuple_description(std::vector<SharedDescription> items) {
  Description d;
  d.shape = Shape::kList;
  d.accepts = accept(Kind::kArray);
  d.expects = fmt::format("a list of exactly {}:", items.size());
  for (const SharedDescription& item : items) {
    d.expects += (&item == items.data() ? " " : ", ") + item->expects;
  }
  d.min_size = d.max_size = items.size();
  d.of = std::move(items);
  return d;
}

Description map_description(const SharedDescription& key, const SharedDescription& value) {
  Description d;
  d.shape = Shape::kMap;
  d.expects = "a table";
  d.accepts = accept(Kind::kTable);
  d.of = {value, key};
  return d;
}

const Array* expect_list(Context& context, const Value& value, const Description& description) {
  if (!value.array()) context.wrong_type(value, description);
  return value.array();
}

const Table* expect_table(Context& context, const Value& value, const Description& description) {
  if (!value.table()) context.wrong_type(value, description);
  return value.table();
}

const Array* expect_tuple(Context& context, const Value& value, const Description& description,
                          std::size_t size) {
  const Array* array = expect_list(context, value, description);
  if (!array || array->size() == size) return array;
  wrong_size(context, value, description, array->size(), array->size() < size);
  return nullptr;
}

void duplicate_item(Context& context, const Value& first, std::size_t first_index,
                    const Value& second) {
  Diagnostic& d = context.error(
      "duplicate-item", second,
      fmt::format("{} is already item {} of this list", context.shown(second), first_index + 1));
  d.help = "remove one of the two";
  d.related.push_back({first.span, "it is here first"});
}

Value key_value(const Entry& entry) {
  return Value{entry.key, entry.key_span};
}

void same_name(Context& context, const Table& table, const Entry& second, const std::string& name) {
  Diagnostic& d = context.error_at("duplicate-key", second.key_span,
                                   fmt::format("`{}` is the same name as an earlier one", name));
  for (const Entry& entry : table.entries()) {
    if (&entry == &second) break;
    if (entry.key == name) d.related.push_back({entry.key_span, "the earlier one"});
  }
}

}  // namespace hammock::schema::detail
