#include "cli/log_merge.h"

#include <algorithm>
#include <utility>

namespace hammock::cli {

void LogMerge::add(std::uint32_t instance, LogStream stream) {
  sources_.push_back({instance, std::move(stream), std::nullopt});
}

bool LogMerge::has(std::uint32_t instance) const {
  return std::ranges::find(sources_, instance, &Source::instance) != sources_.end();
}

std::optional<MergedLine> LogMerge::next() {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    if (!source.head) source.head = source.stream.next();
    if (!source.head) continue;
    bool sooner = !best ||
                  (source.head->at && sources_[*best].head->at &&
                   *source.head->at < *sources_[*best].head->at) ||
                  (!source.head->at && sources_[*best].head->at);
    if (sooner) best = i;
  }
  if (continuing_ && sources_[*continuing_].head) best = continuing_;
  if (!best) return std::nullopt;
  Source& chosen = sources_[*best];
  MergedLine merged{chosen.instance, std::move(*chosen.head)};
  chosen.head.reset();
  continuing_ = merged.line.whole ? std::nullopt : best;
  return merged;
}

std::optional<MergedLine> LogMerge::unfinished() {
  for (Source& source : sources_) {
    if (auto line = source.stream.unfinished())
      return MergedLine{source.instance, std::move(*line)};
  }
  return std::nullopt;
}

}  // namespace hammock::cli
