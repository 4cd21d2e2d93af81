#include "core/engine/engine.h"

#include <deque>
#include <set>

#include "base/assert.h"
#include "base/variant.h"

namespace hammock::engine {
namespace {

// Two rooms answer each other a few times at most; more means that they would go on for ever.
constexpr int kExchangesMost = 1'000'000;

// Each task is an instance of its job's program.
std::uint32_t instance_of(std::uint32_t task) {
  return task + 1;
}

void apply_to_services(State& state, const service::Fact& fact) {
  service::apply(std::get<service::State>(state), fact);
  const auto* started = std::get_if<service::BrainStarted>(&fact);
  if (started != nullptr && started->another_boot) {
    job::forget_processes(std::get<job::State>(state));
  }
}

// Which instance the fact is about; none: a whole service, or the house.
std::optional<std::uint32_t> instance_in(const service::Fact& fact) {
  return std::visit(
      [](const auto& some) -> std::optional<std::uint32_t> {
        if constexpr (requires { some.view.instance; })
          return some.view.instance;
        else if constexpr (requires { some.instance; })
          return some.instance;
        else
          return std::nullopt;
      },
      fact);
}

// What one event leads to, through all rooms.
class Step {
 public:
  Step(State& state, Now now) : state_(state), now_(now) {}

  Decision through(Event event) {
    queue_.push_back(std::move(event));
    int exchanges = 0;
    while (!queue_.empty()) {
      HAMMOCK_ASSERT(++exchanges <= kExchangesMost);
      Event next = std::move(queue_.front());
      queue_.pop_front();
      match(
          next, [&](const service::Event& of_service) { to_services(of_service); },
          [&](const job::Event& of_job) { to_jobs(of_job); },
          [&](const heartbeat::Event& of_heartbeat) { to_heartbeats(of_heartbeat); },
          [&](const probe::Event& of_probe) { to_probes(of_probe); },
          [&](const timebomb::Event& of_timebomb) { to_timebombs(of_timebomb); });
    }
    return std::move(decision_);
  }

 private:
  service::State& services() { return std::get<service::State>(state_); }
  job::State& jobs() { return std::get<job::State>(state_); }
  probe::State& probes() { return std::get<probe::State>(state_); }
  timebomb::State& timebombs() { return std::get<timebomb::State>(state_); }

  void to_services(const service::Event& event) {
    service::Decision decided = service::decide(services(), event, now_);
    std::set<std::pair<std::string, std::optional<std::uint32_t>>> touched;
    for (service::Fact& fact : decided.facts) {
      std::string_view name = service::service_of(fact);
      const bool matters =
          instance_in(fact) || std::holds_alternative<service::ServiceForgotten>(fact);
      if (matters && name.starts_with(kPrefix)) {
        touched.emplace(name.substr(kPrefix.size()), instance_in(fact));
      }
      apply_to_services(state_, fact);
      decision_.facts.emplace_back(std::move(fact));
    }
    for (service::Order& order : decided.orders)
      decision_.orders.emplace_back(std::move(order));
    bool open = service::house_is_open(services());
    // How programs are first: what was known of them may be of another boot.
    if (open != jobs().open) {
      tell_all();
      queue_.emplace_back(job::Event(job::HouseSeen{open}));
    }
    if (open != probes().open) queue_.emplace_back(probe::Event(probe::HouseSeen{open}));
    if (open != timebombs().open) {
      queue_.emplace_back(timebomb::Event(timebomb::HouseSeen{open}));
    }
    const auto* seen = std::get_if<service::SlotSeen>(&event);
    for (const auto& [name, instance] : touched) {
      if (!instance)
        tell(name);
      else if (seen == nullptr || seen->view.instance != *instance)
        tell_one(name, *instance, false);
    }
    if (seen != nullptr && seen->view.service.starts_with(kPrefix)) {
      tell_one(seen->view.service.substr(kPrefix.size()), seen->view.instance, true);
    }
    if (std::holds_alternative<service::Wake>(event)) {
      queue_.emplace_back(job::Event(job::Wake{}));
      queue_.emplace_back(heartbeat::Event(heartbeat::Wake{}));
      queue_.emplace_back(probe::Event(probe::Wake{}));
      queue_.emplace_back(timebomb::Event(timebomb::Wake{}));
    }
    if (const auto* slept = std::get_if<service::Slept>(&event)) {
      queue_.emplace_back(heartbeat::Event(heartbeat::Blinded{slept->time}));
      queue_.emplace_back(probe::Event(probe::Slept{}));
    }
  }

  // How the tries of this job go.
  void tell(const std::string& name) {
    auto found = jobs().jobs.find(name);
    if (found == jobs().jobs.end() || !found->second.run) return;
    for (std::uint32_t task = 0; task < found->second.run->tasks.size(); ++task)
      tell_one(name, instance_of(task), false);
  }
  void tell_one(const std::string& name, std::uint32_t instance, bool is_fresh) {
    auto found = jobs().jobs.find(name);
    if (found == jobs().jobs.end() || !found->second.run) return;
    const job::Job& job = found->second;
    const std::uint32_t task = instance - 1;
    if (task >= job.run->tasks.size() || !job.run->tasks[task].out) return;
    auto report = service::run_of(services(), job::program_name(name), instance_of(task));
    const std::string id = job::try_id(*job.run, job.run->tasks[task]);
    if (!report || report->id != id) {
      // It was taken out of the configuration before its program was asked for.
      if (job.configured || !jobs().known) return;
      report.emplace();
      report->id = id;
      report->stage = service::RunStage::kOver;
    }
    queue_.emplace_back(job::Event(job::ProgramSeen{name, task, *std::move(report), is_fresh}));
  }
  void tell_all() {
    for (const auto& [name, job] : jobs().jobs)
      tell(name);
  }

  void to_jobs(const job::Event& event) {
    job::Decision decided = job::decide(jobs(), event, now_);
    for (job::Fact& fact : decided.facts) {
      job::apply(jobs(), fact);
      decision_.facts.emplace_back(std::move(fact));
    }
    if (std::holds_alternative<job::ConfigurationGiven>(event)) tell_all();
    const auto* wake = std::get_if<job::Wake>(&event);
    // The clock was set, and heartbeats and time bombs go by it as well.
    if (wake != nullptr && wake->all) {
      queue_.emplace_back(heartbeat::Event(heartbeat::Wake{}));
      queue_.emplace_back(timebomb::Event(timebomb::ClockSet{}));
    }
    for (job::Order& order : decided.orders) {
      match(
          order,
          [&](const job::Start& start) {
            queue_.emplace_back(service::Event(service::RunAsked{
                job::program_name(start.job), instance_of(start.task), start.id}));
          },
          [&](const job::Stop& stop) {
            queue_.emplace_back(service::Event(service::RunUnwanted{
                job::program_name(stop.job), instance_of(stop.task), stop.id}));
          },
          [&](const job::Look& look) {
            give(service::Look{job::program_name(look.job), instance_of(look.task)});
          },
          [&](service::Reply& reply) { give(std::move(reply)); });
    }
  }

  void to_heartbeats(const heartbeat::Event& event) {
    auto& heartbeats = std::get<heartbeat::State>(state_);
    heartbeat::Decision decided = heartbeat::decide(heartbeats, event, now_);
    for (heartbeat::Fact& fact : decided.facts) {
      heartbeat::apply(heartbeats, fact);
      decision_.facts.emplace_back(std::move(fact));
    }
    for (heartbeat::Order& order : decided.orders)
      give(std::get<service::Reply>(std::move(order)));
  }

  void to_probes(const probe::Event& event) {
    probe::Decision decided = probe::decide(probes(), event, now_);
    for (probe::Fact& fact : decided.facts) {
      probe::apply(probes(), fact);
      decision_.facts.emplace_back(std::move(fact));
    }
    for (probe::Order& order : decided.orders)
      decision_.orders.emplace_back(std::move(order));
  }

  void to_timebombs(const timebomb::Event& event) {
    timebomb::Decision decided = timebomb::decide(timebombs(), event, now_);
    for (timebomb::Fact& fact : decided.facts) {
      timebomb::apply(timebombs(), fact);
      decision_.facts.emplace_back(std::move(fact));
    }
    for (timebomb::Order& order : decided.orders)
      decision_.orders.emplace_back(std::move(order));
  }

  void give(service::Order order) { decision_.orders.emplace_back(std::move(order)); }

  static constexpr std::string_view kPrefix = "job.";

  State& state_;
  Now now_;
  std::deque<Event> queue_;
  Decision decision_;
};

template <class Room>
Result<Fact> fact_of(std::string_view name, std::string_view json) {
  auto fact = [&] {
    if constexpr (std::is_same_v<Room, rooms::Service>)
      return service::fact_from_json(name, json);
    else if constexpr (std::is_same_v<Room, rooms::Heartbeat>)
      return heartbeat::fact_from_json(name, json);
    else if constexpr (std::is_same_v<Room, rooms::Probe>)
      return probe::fact_from_json(name, json);
    else if constexpr (std::is_same_v<Room, rooms::Timebomb>)
      return timebomb::fact_from_json(name, json);
    else
      return job::fact_from_json(name, json);
  }();
  if (!fact) return std::unexpected(std::move(fact).error());
  return Fact(std::move(*fact));
}

}  // namespace

State make_state(std::uint64_t seed) {
  return State(service::State(seed), job::State(), heartbeat::State(), probe::State(),
               timebomb::State());
}

Decision step(State& state, const Event& event, Now now) {
  return Step(state, now).through(event);
}

void apply(State& state, const Fact& fact) {
  match(
      fact, [&](const service::Fact& of_service) { apply_to_services(state, of_service); },
      [&](const job::Fact& of_job) { job::apply(std::get<job::State>(state), of_job); },
      [&](const heartbeat::Fact& of_heartbeat) {
        heartbeat::apply(std::get<heartbeat::State>(state), of_heartbeat);
      },
      [&](const probe::Fact& of_probe) { probe::apply(std::get<probe::State>(state), of_probe); },
      [&](const timebomb::Fact& of_timebomb) {
        timebomb::apply(std::get<timebomb::State>(state), of_timebomb);
      });
}

std::optional<Steady> next_wake(const State& state) {
  std::optional<Steady> first;
  for (const auto& wake : {service::next_wake(std::get<service::State>(state)),
                           job::next_wake(std::get<job::State>(state)),
                           heartbeat::next_wake(std::get<heartbeat::State>(state)),
                           probe::next_wake(std::get<probe::State>(state)),
                           timebomb::next_wake(std::get<timebomb::State>(state))}) {
    if (wake && (!first || *wake < *first)) first = wake;
  }
  return first;
}

std::string_view room_of(const Fact& fact) {
  return match(
      fact, [](const service::Fact&) { return rooms::Service::kName; },
      [](const job::Fact&) { return rooms::Job::kName; },
      [](const heartbeat::Fact&) { return rooms::Heartbeat::kName; },
      [](const probe::Fact&) { return rooms::Probe::kName; },
      [](const timebomb::Fact&) { return rooms::Timebomb::kName; });
}

std::string_view name_of(const Fact& fact) {
  return std::visit([](const auto& some) { return fact::name_of(some); }, fact);
}

Keep keep_of(const Fact& fact) {
  return std::visit([](const auto& some) { return fact::keep_of(some); }, fact);
}

std::string_view subject_of(const Fact& fact) {
  return match(
      fact, [](const service::Fact& some) { return service::service_of(some); },
      [](const job::Fact& some) { return job::job_of(some); },
      [](const heartbeat::Fact& some) { return heartbeat::heartbeat_of(some); },
      [](const probe::Fact& some) { return probe::probe_of(some); },
      [](const timebomb::Fact& some) { return timebomb::timebomb_of(some); });
}

std::string fields_json(const Fact& fact) {
  return match(
      fact, [](const service::Fact& some) { return service::fields_json(some); },
      [](const job::Fact& some) { return job::fields_json(some); },
      [](const heartbeat::Fact& some) { return heartbeat::fields_json(some); },
      [](const probe::Fact& some) { return probe::fields_json(some); },
      [](const timebomb::Fact& some) { return timebomb::fields_json(some); });
}

Result<Fact> fact_from_json(std::string_view room, std::string_view name, std::string_view json) {
  if (room == rooms::Service::kName) return fact_of<rooms::Service>(name, json);
  if (room == rooms::Job::kName) return fact_of<rooms::Job>(name, json);
  if (room == rooms::Heartbeat::kName) return fact_of<rooms::Heartbeat>(name, json);
  if (room == rooms::Probe::kName) return fact_of<rooms::Probe>(name, json);
  if (room == rooms::Timebomb::kName) return fact_of<rooms::Timebomb>(name, json);
  return fail(ErrorCode::kNotFound, "no room is called '" + std::string(room) + "'");
}

}  // namespace hammock::engine
