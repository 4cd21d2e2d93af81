// What is worth a line in Hammock's log.
#include "base/signals.h"
#include "base/text.h"
#include "shell/brain.h"
#include "shell/threads.h"

namespace hammock::shell {

void Brain::note(const service::Fact& fact) {
  if (const auto* configured = std::get_if<service::ConfigurationApplied>(&fact)) {
    applied(*configured);
  } else if (const auto* started = std::get_if<service::BrainStarted>(&fact)) {
    if (started->by_up) remember_up();
  } else if (const auto* exit = std::get_if<service::InstanceExited>(&fact)) {
    // Of a job the end of its run is told.
    const bool is_job = service::is_on_demand(services(), exit->service);
    if (is_job || exit->exit_class == service::ExitClass::kStopped) return;
    bool expected = exit->exit_class == service::ExitClass::kExpected;
    log_.say(expected ? Level::kInfo : Level::kWarning, "a program ended",
             {{"service", exit->service},
              {"instance", std::to_string(exit->instance)},
              {"class", std::string(service::text_of(exit->exit_class))},
              {"code", std::to_string(exit->code)},
              {"signal", std::to_string(exit->signal)},
              {"stage", exit->stage},
              {"errno", std::to_string(exit->stage_errno)}});
  } else if (const auto* loop = std::get_if<service::CrashLoopEntered>(&fact)) {
    log_.say(Level::kError, "a program is crash-looping", {{"service", loop->service}});
  }
}

// Before it is stopped: afterwards nobody can look any more.
void Brain::note_stuck(const job::TryStopAsked& stop) {
  const auto& jobs = std::get<job::State>(state_).jobs;
  auto found = jobs.find(stop.job);
  if (found == jobs.end() || !found->second.run) return;
  const auto& tasks = found->second.run->tasks;
  const pid_t pid = stop.task < tasks.size() ? tasks[stop.task].pid : 0;
  log_.say(Level::kWarning, "a program is stuck",
           {{"job", stop.job},
            {"run", std::to_string(stop.number)},
            {"task", std::to_string(stop.task)},
            {"pid", std::to_string(pid)}});
  if (pid <= 1) return;
  for (const std::string& thread : threads_of(pid))
    log_.say(Level::kInfo, "a thread of the stuck program", {{"thread", thread}});
}

void Brain::note(const job::Fact& fact) {
  if (const auto* ended = std::get_if<job::RunEnded>(&fact)) {
    bool good = ended->outcome == job::Outcome::kSucceeded;
    log_.say(good ? Level::kInfo : Level::kWarning, "a run ended",
             {{"job", ended->job},
              {"run", std::to_string(ended->number)},
              {"outcome", std::string(text_of(ended->outcome))},
              {"why", ended->message}});
  } else if (const auto* missed = std::get_if<job::DuesMissed>(&fact)) {
    log_.say(Level::kWarning, "runs were missed",
             {{"job", missed->job}, {"count", std::to_string(missed->count)}});
  } else if (const auto* stop = std::get_if<job::TryStopAsked>(&fact)) {
    if (stop->reason == job::StopReason::kStuck) note_stuck(*stop);
  } else if (const auto* late = std::get_if<job::SuccessLate>(&fact)) {
    log_.say(Level::kError, "a job has not succeeded in time",
             {{"job", late->job},
              {"deadline", format_instant(late->deadline)},
              {"last_success",
               late->last == Instant{} ? std::string("never") : format_instant(late->last)}});
  }
}

void Brain::note(const probe::Fact& fact) {
  if (const auto* fell = std::get_if<probe::ProbeFell>(&fact)) {
    log_.say(
        Level::kError, "a probe is down",
        {{"probe", fell->probe}, {"since", format_instant(fell->since)}, {"why", fell->message}});
  } else if (const auto* rose = std::get_if<probe::ProbeRose>(&fact)) {
    log_.say(Level::kInfo, "a probe is up again",
             {{"probe", rose->probe}, {"down_since", format_instant(rose->down_since)}});
  } else if (const auto* began = std::get_if<probe::BlindnessBegan>(&fact)) {
    log_.say(Level::kWarning, "no witness can be reached: nothing is known of what is elsewhere",
             {{"witnesses", began->witnesses}, {"since", format_instant(began->since)}});
  } else if (const auto* ended = std::get_if<probe::BlindnessEnded>(&fact)) {
    log_.say(Level::kInfo, "I was blind",
             {{"from", format_instant(ended->since)}, {"until", format_instant(ended->at)}});
  } else if (const auto* together = std::get_if<probe::ProbesFellTogether>(&fact)) {
    log_.say(Level::kError, "many probes fell at once",
             {{"fallen", std::to_string(together->fallen)}, {"of", std::to_string(together->of)}});
  }
}

void Brain::note(const timebomb::Fact& fact) {
  if (const auto* warned = std::get_if<timebomb::TimebombWarned>(&fact)) {
    log_.say(Level::kWarning, "a time bomb ticks",
             {{"timebomb", warned->timebomb},
              {"goes_off", format_instant(warned->goes_off)},
              {"what", warned->evidence}});
  } else if (const auto* off = std::get_if<timebomb::TimebombWentOff>(&fact)) {
    log_.say(Level::kError, "a time bomb has gone off",
             {{"timebomb", off->timebomb},
              {"at", format_instant(off->goes_off)},
              {"what", off->evidence}});
  } else if (const auto* defused = std::get_if<timebomb::TimebombDefused>(&fact)) {
    log_.say(Level::kInfo, "a time bomb is defused",
             {{"timebomb", defused->timebomb}, {"what", defused->evidence}});
  } else if (const auto* unknown = std::get_if<timebomb::TimebombUnknown>(&fact)) {
    log_.say(Level::kWarning, "nothing is known of a time bomb",
             {{"timebomb", unknown->timebomb}, {"why", unknown->why}});
  } else if (const auto* known = std::get_if<timebomb::TimebombKnown>(&fact)) {
    log_.say(Level::kInfo, "a time bomb can be looked at again", {{"timebomb", known->timebomb}});
  }
}

}  // namespace hammock::shell
