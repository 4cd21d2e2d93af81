#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "schema/read.h"
#include "schema/suggest.h"

namespace hammock::schema::detail {
namespace {

// Collection, then name, then the index among the context's entries.
using Names = std::map<std::string, std::unordered_map<std::string, std::size_t>>;

Names index_entries(const Context& context) {
  Names names;
  const auto& entries = context.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    names[entries[i].collection].try_emplace(entries[i].name, i);
  }
  return names;
}

void unknown_reference(const Reference& reference, const Names& names, Context& context) {
  Diagnostic& d = context.error_at(
      "unknown-reference", reference.span,
      fmt::format("there is no {} named {}", reference.collection, quote(reference.name)));
  d.path = reference.path;
  d.got = quote(reference.name);
  if (auto hash = d.doc.find('#'); hash != std::string::npos) d.doc.erase(hash);
  if (!d.doc.empty() && !reference.anchor.empty()) d.doc += "#" + reference.anchor;
  std::vector<std::string> known;
  if (auto found = names.find(reference.collection); found != names.end()) {
    for (const auto& [name, index] : found->second)
      known.push_back(name);
  }
  std::sort(known.begin(), known.end());
  d.expected = known.empty() ? fmt::format("the name of a {} (there is none)", reference.collection)
                             : fmt::format("one of {}", alternatives(known));
  if (auto near = nearest(reference.name, known); !near.empty()) {
    d.suggestion = quote(near.front());
    return;
  }
  for (const auto& [collection, entries] : names) {
    if (entries.contains(reference.name)) {
      d.help = fmt::format("{} is a {}, not a {}", quote(reference.name), collection,
                           reference.collection);
    }
  }
}

struct Edge {
  std::size_t to;
  const Reference* reference;
};
using Graph = std::map<std::size_t, std::vector<Edge>>;

// One cycle for each knot (strongly connected part), found without recursion: entries are visited
// in the order of the document, and an edge to an entry that is still open closes a cycle.
class CycleFinder {
 public:
  CycleFinder(const Graph& graph, std::size_t entries) : graph_(graph), state_(entries) {}

  std::vector<std::vector<const Reference*>> find() {
    for (const auto& [entry, edges] : graph_) {
      if (state_[entry] == State::kNew) visit(entry);
    }
    return std::move(cycles_);
  }

 private:
  enum class State : unsigned char { kNew, kOpen, kDone };
  struct Frame {
    std::size_t entry;
    std::size_t next = 0;
  };

  void visit(std::size_t start) {
    std::vector<Frame> stack{{start}};
    state_[start] = State::kOpen;
    while (!stack.empty()) {
      Frame& top = stack.back();
      const std::vector<Edge>* edges = edges_of(top.entry);
      if (!edges || top.next == edges->size()) {
        state_[top.entry] = State::kDone;
        stack.pop_back();
        continue;
      }
      std::size_t to = (*edges)[top.next++].to;
      if (state_[to] == State::kOpen)
        close(stack, to);
      else if (state_[to] == State::kNew) {
        state_[to] = State::kOpen;
        stack.push_back({to});
      }
    }
  }

  const std::vector<Edge>* edges_of(std::size_t entry) const {
    auto found = graph_.find(entry);
    return found == graph_.end() ? nullptr : &found->second;
  }

  // The edges taken from `to` down to the top of the stack, the last of which leads back. Entries
  // that are in a reported cycle already are not reported again.
  void close(const std::vector<Frame>& stack, std::size_t to) {
    auto begin = std::find_if(stack.begin(), stack.end(),
                              [&](const Frame& frame) { return frame.entry == to; });
    bool is_known = std::any_of(
        begin, stack.end(), [&](const Frame& frame) { return reported_.contains(frame.entry); });
    if (is_known) return;
    std::vector<const Reference*> cycle;
    for (auto frame = begin; frame != stack.end(); ++frame) {
      cycle.push_back((*edges_of(frame->entry))[frame->next - 1].reference);
      reported_.insert(frame->entry);
    }
    cycles_.push_back(std::move(cycle));
  }

  const Graph& graph_;
  std::vector<State> state_;
  std::set<std::size_t> reported_;
  std::vector<std::vector<const Reference*>> cycles_;
};

void report_cycle(std::vector<const Reference*> cycle, Context& context) {
  auto first = std::min_element(cycle.begin(), cycle.end(),
                                [](const auto* a, const auto* b) { return a->span < b->span; });
  std::rotate(cycle.begin(), first, cycle.end());
  auto owner = [&](const Reference& reference) { return context.entries()[reference.owner].name; };
  std::string chain;
  for (const Reference* edge : cycle)
    chain += owner(*edge) + " → ";
  chain += owner(*cycle.front());
  const Reference& start = *cycle.front();
  Diagnostic d = context.error_at(
      "cycle", start.span,
      cycle.size() == 1 ? fmt::format("{} names itself in `{}`", quote(start.name), start.edge)
                        : fmt::format("`{}` goes in a circle: {}", start.edge, chain));
  d.path = start.path;
  d.got = quote(start.name);
  d.help = cycle.size() == 1 ? "remove it" : "remove one of these";
  for (std::size_t i = 1; i < cycle.size(); ++i) {
    d.related.push_back({cycle[i]->span, fmt::format("{} → {}", owner(*cycle[i]), cycle[i]->name)});
  }
  context.diagnostics().back() = std::move(d);
}

void check_references(Context& context) {
  if (context.references().empty()) return;
  Names names = index_entries(context);
  std::map<std::string, Graph> graphs;
  for (const Reference& reference : context.references()) {
    const auto entries = names.find(reference.collection);
    bool is_known = entries != names.end() && entries->second.contains(reference.name);
    if (!is_known) {
      unknown_reference(reference, names, context);
    } else if (!reference.edge.empty() && reference.owner != kNoOwner) {
      std::size_t to = entries->second.at(reference.name);
      graphs[reference.edge][reference.owner].push_back({to, &reference});
    }
  }
  for (const auto& [name, graph] : graphs) {
    for (auto& cycle : CycleFinder(graph, context.entries().size()).find()) {
      report_cycle(std::move(cycle), context);
    }
  }
}

}  // namespace

Report finish(Context& context, const Document& document) {
  check_references(context);
  sort(context.diagnostics());
  return Report{document.file, document.text, std::move(context.diagnostics()), context.secrets()};
}

}  // namespace hammock::schema::detail
