#include <algorithm>

#include "base/text.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

constexpr std::size_t kNameColumnsMin = 8;
constexpr std::size_t kNotesIndent = 4;

// What follows the name: health, ready, age, restarts. Ages are at most "9999d", restarts are shown
// as they are.
struct Row {
  std::string name;
  std::string health;
  std::string ready;
  std::string age;
  std::string restarts;
  Tone tone = Tone::kPlain;
  std::vector<std::string> notes;
};

Tone tone_of(std::string_view state) {
  if (state == "ready" || state == "up") return Tone::kGood;
  if (state == "starting" || state == "degraded" || state == "stopping" || state == "waiting" ||
      state == "blocked" || state == "reloading" || state == "backing-off") {
    return Tone::kBusy;
  }
  if (state == "down" || state == "crash-looping" || state == "failed") return Tone::kBad;
  if (state == "stopped" || state == "idle") return Tone::kFaint;
  return Tone::kUnsure;  // unknown, and what we do not know either, is never shown as good
}

void add_notes(const InstanceStatus& instance, Instant now, std::vector<std::string>& notes) {
  std::string reason = printable(instance.reason);
  if (!reason.empty() && std::ranges::find(notes, reason) == notes.end()) notes.push_back(reason);
  bool tell_exit = instance.last_exit && (instance.state != "ready" || instance.restarts > 0);
  if (tell_exit) {
    std::string note = "last exit: " + describe_exit(*instance.last_exit);
    if (instance.last_exit->at) note += ", " + relative(*instance.last_exit->at, now);
    notes.push_back(std::move(note));
  }
  if (instance.next_try) notes.push_back("next try " + relative(*instance.next_try, now));
  if (!instance.says.empty()) notes.push_back("says: " + printable(instance.says));
}

std::string age_of(const InstanceStatus& instance, Instant now) {
  return instance.since ? age_between(*instance.since, now) : "-";
}

Row service_row(const ServiceStatus& service, Instant now) {
  Row row;
  row.name = printable(service.name);
  row.health = printable(service.health);
  row.tone = tone_of(service.health);
  std::int64_t instances = static_cast<std::int64_t>(service.instances.size());
  row.ready =
      std::to_string(service.ready) + "/" + std::to_string(service.wanted.value_or(instances));
  if (!service.note.empty()) row.notes.push_back(printable(service.note));
  std::int64_t restarts = 0;
  for (const InstanceStatus& instance : service.instances)
    restarts += instance.restarts;
  row.restarts = std::to_string(restarts);
  row.age = "-";
  if (service.instances.size() == 1) {
    row.age = age_of(service.instances.front(), now);
    const InstanceStatus& only = service.instances.front();
    // When the brain is not there to judge, what the instance does is the best there is.
    if (service.health == "unknown") row.notes.push_back("state: " + printable(only.state));
    add_notes(only, now, row.notes);
  }
  return row;
}

Row instance_row(const InstanceStatus& instance, Instant now) {
  Row row;
  row.name = "  " + std::to_string(instance.n);
  row.health = printable(instance.state);
  row.tone = tone_of(instance.state);
  row.age = age_of(instance, now);
  row.restarts = std::to_string(instance.restarts);
  add_notes(instance, now, row.notes);
  return row;
}

struct Widths {
  std::size_t name = 7;  // "SERVICE"
  std::size_t health = 6;
  std::size_t ready = 5;
  std::size_t age = 3;
  std::size_t restarts = 8;
  bool show_restarts = true;
};

Widths measure(const std::vector<Row>& rows, std::size_t columns) {
  Widths widths;
  for (const Row& row : rows) {
    widths.name = std::max(widths.name, columns_of(row.name));
    widths.health = std::max(widths.health, columns_of(row.health));
    widths.ready = std::max(widths.ready, columns_of(row.ready));
    widths.age = std::max(widths.age, columns_of(row.age));
    widths.restarts = std::max(widths.restarts, columns_of(row.restarts));
  }
  auto others = [&] {
    return 2 + widths.health + 2 + widths.ready + 2 + widths.age +
           (widths.show_restarts ? 2 + widths.restarts : 0);
  };
  if (widths.name + others() > columns) widths.show_restarts = false;
  if (widths.name + others() > columns) {
    std::size_t left = columns > others() ? columns - others() : 0;
    widths.name = std::clamp(left, kNameColumnsMin, widths.name);
  }
  return widths;
}

std::string line_of(const Row& row, const Widths& widths, const Look& look) {
  std::string line = padded(shortened(row.name, widths.name), widths.name) + "  ";
  line += toned(look, row.tone, padded(row.health, widths.health)) + "  ";
  line += padded_left(row.ready, widths.ready) + "  " + padded_left(row.age, widths.age);
  if (widths.show_restarts) line += "  " + padded_left(row.restarts, widths.restarts);
  while (line.ends_with(' '))
    line.pop_back();
  return line + "\n";
}

std::string process_text(std::string_view who, const ProcessStatus& process) {
  std::string text(who);
  if (!process.pid) return text + " not running";
  text += " " + std::to_string(*process.pid);
  if (process.restarts > 0) text += " (restarts: " + std::to_string(process.restarts) + ")";
  return text;
}

std::string heading(const Status& status, const Look& look) {
  std::string text = wrapped(printable(status.name.value_or("hammock")) + ": " +
                                 process_text("brain", status.brain) + ", " +
                                 process_text("keeper", status.keeper),
                             look.width);
  if (status.from_ledger) {
    std::string note = wrapped(
        "The brain does not answer: this is read from the ledger, and what only the brain knows "
        "is unknown.",
        look.width);
    note.pop_back();
    text += toned(look, Tone::kUnsure, note) + "\n";
  }
  return text;
}

// Those that are quiet are shown by `hammock timebombs`.
std::string render_urgent(std::vector<TimebombStatus> timebombs, Instant now, const Look& look) {
  std::erase_if(timebombs, [](const TimebombStatus& one) { return one.status == "quiet"; });
  sort_by_urgency(timebombs);
  return render_timebombs(timebombs, now, look);
}

}  // namespace

std::string describe_exit(const LastExit& exit) {
  std::string text = printable(exit.exit_class);
  if (exit.signal) text += ", signal " + printable(*exit.signal);
  if (exit.code) text += ", code " + std::to_string(*exit.code);
  if (!exit.message.empty()) text += ": " + printable(exit.message);
  if (!exit.output_known) text += ", its last output may be missing";
  return text;
}

std::string render_status(const Status& status, Instant now, const Look& look) {
  std::vector<Row> rows;
  for (const ServiceStatus& service : status.services) {
    rows.push_back(service_row(service, now));
    if (service.instances.size() < 2) continue;
    for (const InstanceStatus& instance : service.instances) {
      rows.push_back(instance_row(instance, now));
    }
  }
  std::string text = heading(status, look);
  for (const std::string& note : status.notes) {
    text += toned(look, Tone::kBad, "!") + wrapped(printable(note), look.width, 2).substr(1);
  }
  // What follows the services, each part after an empty line.
  std::string others;
  for (const std::string& part :
       {render_jobs(status.jobs, now, look), render_heartbeats(status.heartbeats, now, look),
        render_probes(status.probes, now, look), render_urgent(status.timebombs, now, look)}) {
    if (!part.empty()) others += "\n" + part;
  }
  if (rows.empty()) return text + (others.empty() ? "There are no services.\n" : others);
  Widths widths = measure(rows, look.width);
  Row titles{"SERVICE", "HEALTH", "READY", "AGE", "RESTARTS", Tone::kPlain, {}};
  std::string title_line = line_of(titles, widths, look);
  title_line.pop_back();
  text += "\n" + toned(look, Tone::kFaint, title_line) + "\n";
  for (const Row& row : rows) {
    text += line_of(row, widths, look);
    for (const std::string& note : row.notes)
      text += wrapped(note, look.width, kNotesIndent);
  }
  return text + others;
}

}  // namespace hammock::cli
