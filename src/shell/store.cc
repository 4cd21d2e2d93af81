#include "shell/store.h"

#include <algorithm>

#include "base/hash.h"
#include "base/json.h"
#include "base/variant.h"

namespace hammock::shell {
namespace {

constexpr std::size_t kExpireEvery = 500;  // facts
constexpr std::uint64_t kFinishedPlaces =
    4096;  // commands whose end is remembered, by hash of the id

template <class Fact>
concept OfInstance = requires(const Fact& fact) {
  fact.service;
  fact.instance;
};

// Where a fact is remembered: the newest of each kind about each instance makes what the core
// knows. Names of services have no '/' and do not begin with '.'.
struct Keys {
  std::string remember;
  std::string forget;
};

Keys keys_of(const service::Fact& fact) {
  auto kind = [](const auto& some) { return std::string(std::decay_t<decltype(some)>::kName); };
  return std::visit(
      overloaded{
          [](const service::CommandAccepted& command) -> Keys {
            return {"./command/" + command.id, ""};
          },
          [](const service::CommandFinished& command) -> Keys {
            std::uint64_t place = fnv1a(command.id) % kFinishedPlaces;
            return {"./finished/" + std::to_string(place), "./command/" + command.id};
          },
          // The last one of another boot as well as the last one: what is older than it is of
          // processes that are gone.
          [](const service::BrainStarted& started) -> Keys {
            return {started.another_boot ? "./house/another boot" : "./house/brain started", ""};
          },
          [](const service::ServiceForgotten& gone) -> Keys { return {"", gone.service}; },
          [&]<class Some>(const Some& some) -> Keys {
            if constexpr (OfInstance<Some>) {
              return {some.service + "/" + kind(some) + "/" + std::to_string(some.instance), ""};
            } else if constexpr (requires { some.service; }) {
              return {some.service + "/" + kind(some), ""};
            } else {
              return {"./house/" + kind(some), ""};
            }
          },
      },
      fact);
}

// The newest of each kind about each job, or about each of its tasks, makes what the core knows;
// what services are called begins with no dot. A run that ends takes what is known of its tasks
// along.
Keys keys_of(const job::Fact& fact) {
  const std::string job = "./job/" + std::string(job::job_of(fact)) + "/";
  const std::string kind(fact::name_of(fact));
  return std::visit(
      [&]<class Some>(const Some& some) -> Keys {
        if constexpr (std::is_same_v<Some, job::RunEnded>) {
          return {job + kind, job + "task"};
        } else if constexpr (requires { some.task; }) {
          return {job + "task/" + std::to_string(some.task) + "/" + kind, ""};
        } else if constexpr (requires { some.trigger; }) {
          // What somebody asks for does not hide what was due.
          return {job + kind + "/" + std::string(text_of(some.trigger)), ""};
        } else {
          return {job + kind, ""};
        }
      },
      fact);
}

// The newest of each kind about each heartbeat makes what the core knows. One that is removed takes
// all of it along.
Keys keys_of(const heartbeat::Fact& fact) {
  const std::string kind(fact::name_of(fact));
  const std::string_view name = heartbeat::heartbeat_of(fact);
  if (name.empty()) return {"./watch/" + kind, ""};
  const std::string top = "./heartbeat/" + std::string(name);
  if (std::holds_alternative<heartbeat::HeartbeatRemoved>(fact)) return {"", top};
  return {top + "/" + kind, ""};
}

// The newest of those that say how it is makes what the core knows; one that is taken out takes all
// of it along. That many fell at once is history only.
Keys keys_of(const probe::Fact& fact) {
  const std::string probe = "./probe/" + std::string(probe::probe_of(fact));
  return match(
      fact, [&](const probe::ProbeCounted&) { return Keys{probe + "/state", ""}; },
      [&](const probe::ProbeFell&) { return Keys{probe + "/state", ""}; },
      [&](const probe::ProbeRose&) { return Keys{probe + "/state", ""}; },
      [&](const probe::ProbeDefined& defined) {
        return defined.identity.empty() ? Keys{"", probe} : Keys{probe + "/defined", ""};
      },
      [](const probe::BlindnessBegan& began) { return Keys{"./blind/" + began.witnesses, ""}; },
      [](const probe::BlindnessEnded& ended) { return Keys{"", "./blind/" + ended.witnesses}; },
      [](const probe::ProbesFellTogether&) { return Keys{}; },
      [](const probe::ProbesConfigured&) { return Keys{}; },
      [](const probe::ProbeMoved&) { return Keys{}; },
      [](const probe::LookMoved&) { return Keys{}; }, [](const probe::Numbered&) { return Keys{}; },
      [](const probe::HouseStood&) { return Keys{}; });
}

// The newest of each kind makes what the core knows: what was told stands whole in each fact that
// tells.
Keys keys_of(const timebomb::Fact& fact) {
  const std::string top = "./timebomb/" + std::string(timebomb::timebomb_of(fact));
  return match(
      fact,
      [&](const timebomb::TimebombDefined& defined) {
        return defined.identity.empty() ? Keys{"", top} : Keys{top + "/defined", ""};
      },
      [&](const timebomb::TimebombRead&) { return Keys{top + "/read", ""}; },
      [&](const timebomb::TimebombWarned&) { return Keys{top + "/told", ""}; },
      [&](const timebomb::TimebombWentOff&) { return Keys{top + "/told", ""}; },
      [&](const timebomb::TimebombDefused&) { return Keys{top + "/told", ""}; },
      [&](const timebomb::TimebombEased&) { return Keys{top + "/told", ""}; },
      [&](const timebomb::TimebombUnknown&) { return Keys{top + "/known", ""}; },
      [&](const timebomb::TimebombKnown&) { return Keys{top + "/known", ""}; },
      [](const timebomb::TimebombsConfigured&) { return Keys{}; },
      [](const timebomb::TimebombMoved&) { return Keys{}; },
      [](const timebomb::LooksNumbered&) { return Keys{}; },
      [](const timebomb::HouseStood&) { return Keys{}; });
}

bool is_below(std::string_view key, std::string_view top) {
  return key == top || (key.starts_with(top) && key.substr(top.size()).starts_with('/'));
}

std::string lost_fields(std::uint64_t count) {
  JsonWriter json;
  json.object([&] { json.member("count", count); });
  return json.text();
}

}  // namespace

// The journal forgets first and adds then: what was added before must not come back.
void append(Batch& batch, Batch later) {
  for (const std::string& top : later.forgotten) {
    for (NewFact& earlier : batch.facts) {
      if (is_below(earlier.key, top)) earlier.key.clear();
    }
  }
  std::ranges::move(later.facts, std::back_inserter(batch.facts));
  std::ranges::move(later.forgotten, std::back_inserter(batch.forgotten));
  batch.lasting |= later.lasting;
}

Batch batch_of(std::span<const engine::Fact> facts, Instant at) {
  Batch batch;
  for (const engine::Fact& fact : facts) {
    engine::Keep keep = engine::keep_of(fact);
    if (keep == engine::Keep::kMoment) continue;
    if (keep == engine::Keep::kPromise) batch.lasting = true;
    Keys keys = std::visit([](const auto& of_room) { return keys_of(of_room); }, fact);
    if (!keys.forget.empty()) append(batch, {.forgotten = {keys.forget}});
    batch.facts.push_back({std::string(engine::room_of(fact)), std::string(engine::name_of(fact)),
                           std::string(engine::subject_of(fact)), engine::fields_json(fact),
                           std::move(keys.remember), at});
  }
  return batch;
}

std::vector<std::string> Store::open(Now now) {
  auto opened = Journal::open(path_, boot_id_, now.wall);
  if (!opened) {
    failed(opened.error(), now);
    return {trouble_};
  }
  journal_ = std::move(opened->journal);
  newest_ = journal_->newest_fact().value_or(0);
  trouble_.clear();
  next_try_.reset();
  if (!opened->set_aside) return {};
  JsonWriter json;
  json.object([&] { json.member("message", *opened->set_aside); });
  waiting_.lasting = true;
  waiting_.facts.push_back({"shell", "journal set aside", "", json.text(), "", now.wall});
  retry(now);
  return {*opened->set_aside};
}

Result<void> Store::replay(const std::function<void(const engine::Fact&)>& apply) {
  if (!journal_) return {};
  return journal_->replay(newest_ - kFactsReplayed, [&](const Journal::Replayed& row) {
    // What another version wrote and this one does not know is passed over.
    auto fact = engine::fact_from_json(row.room, row.kind, row.fields);
    if (fact) apply(*fact);
  });
}

bool Store::record(std::span<const engine::Fact> facts, Now now) {
  auto can_wait = [](const engine::Fact& fact) {
    engine::Keep keep = engine::keep_of(fact);
    return keep == engine::Keep::kSample || keep == engine::Keep::kMoment;
  };
  const auto last = std::find_if_not(facts.rbegin(), facts.rend(), can_wait);
  const auto prompt = static_cast<std::size_t>(facts.rend() - last);
  append(samples_, batch_of(facts.first(prompt), now.wall));
  const bool recorded = prompt > 0 ? flush(now) : waiting_.empty();
  append(samples_, batch_of(facts.subspan(prompt), now.wall));
  if (samples_.facts.size() >= kSamplesMost) return flush(now);
  if (!samples_.empty() && !next_flush_) next_flush_ = now.steady + kSampleLag;
  return recorded;
}

bool Store::flush(Now now) {
  next_flush_.reset();
  Batch batch = std::exchange(samples_, {});
  return batch.empty() ? waiting_.empty() : write(std::move(batch), now);
}

bool Store::write(Batch batch, Now now) {
  if (!waiting_.empty()) {
    append(waiting_, std::move(batch));
    batch = std::exchange(waiting_, {});
  }
  if (journal_) {
    auto written = journal_->write(batch);
    if (written) {
      since_expiry_ += batch.facts.size();
      newest_ = *written;
      trouble_.clear();
      next_try_.reset();
      if (since_expiry_ >= kExpireEvery) expire(now);
      return true;
    }
    failed(written.error(), now);
  }
  waiting_ = std::move(batch);
  if (waiting_.facts.size() > kFactsWaiting) {
    auto excess = static_cast<std::ptrdiff_t>(waiting_.facts.size() - kFactsWaiting);
    waiting_.facts.erase(waiting_.facts.begin(), waiting_.facts.begin() + excess);
    dropped_ += static_cast<std::uint64_t>(excess);
  }
  return false;
}

// A journal that turns out to be damaged is closed; the next try sets it aside and begins a new
// one.
void Store::failed(const Error& error, Now now) {
  trouble_ = "the journal cannot be written: " + error.message;
  next_try_ = now.steady + kStoreRetry;
  if (error.code == ErrorCode::kCorrupt) journal_.reset();
}

void Store::retry(Now now) {
  if (!journal_) {
    open(now);
    if (!journal_) return;
  }
  if (dropped_ > 0) {
    waiting_.facts.push_back({"shell", "facts lost", "", lost_fields(dropped_), "", now.wall});
    dropped_ = 0;
  }
  if (!waiting_.empty()) {
    write({}, now);
  } else if (auto proof = journal_->prove_writable(now.wall); !proof) {
    failed(proof.error(), now);
  } else {
    trouble_.clear();
    next_try_.reset();
  }
}

Result<void> Store::prove(Now now) {
  if (!journal_) return fail(ErrorCode::kUnavailable, trouble_);
  auto proof = journal_->prove_writable(now.wall);
  if (!proof) {
    failed(proof.error(), now);
    return fail(ErrorCode::kUnavailable, trouble_);
  }
  if (!trouble_.empty()) retry(now);
  return {};
}

void Store::expire(Now now) {
  auto more = journal_->expire(now.wall, Retention{.common = heartbeat::PingTaken::kName});
  if (!more) return failed(more.error(), now);
  since_expiry_ = *more ? kExpireEvery : 0;
}

Result<std::vector<FactRow>> Store::facts_after(std::int64_t after, std::size_t limit) {
  if (!journal_) return fail(ErrorCode::kUnavailable, trouble_);
  return journal_->facts_after(after, limit);
}

Result<std::vector<FactRow>> Store::pings_of(std::string_view heartbeat, std::size_t limit,
                                             std::uint64_t skip) {
  if (!journal_) return fail(ErrorCode::kUnavailable, trouble_);
  return journal_->pings_of(heartbeat, limit, skip);
}

Result<std::vector<FactRow>> Store::flips_of(std::string_view heartbeat, Instant from, Instant to,
                                             std::size_t limit) {
  if (!journal_) return fail(ErrorCode::kUnavailable, trouble_);
  return journal_->flips_of(heartbeat, from, to, limit);
}

Result<std::vector<FactRow>> Store::changes_of(std::string_view probe, std::size_t limit) {
  if (!journal_) return fail(ErrorCode::kUnavailable, trouble_);
  constexpr std::string_view kRoom = engine::rooms::Probe::kName;
  auto fell = journal_->facts_about(kRoom, probe::ProbeFell::kName, probe, limit);
  auto rose = journal_->facts_about(kRoom, probe::ProbeRose::kName, probe, limit);
  if (!fell || !rose) return fell ? std::move(rose) : std::move(fell);
  std::ranges::move(*rose, std::back_inserter(*fell));
  std::ranges::sort(*fell, std::greater(), &FactRow::id);
  if (fell->size() > limit) fell->resize(limit);
  return fell;
}

Result<std::vector<FactRow>> Store::runs_of(std::string_view job, std::size_t limit) {
  if (!journal_) return fail(ErrorCode::kUnavailable, trouble_);
  return journal_->facts_about(engine::rooms::Job::kName, job::RunEnded::kName, job, limit);
}

}  // namespace hammock::shell
