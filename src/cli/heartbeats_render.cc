// Heartbeats and their pings for people.
#include "base/text.h"
#include "cli/status.h"
#include "cli/table.h"

namespace hammock::cli {
namespace {

Tone tone_of_status(std::string_view status) {
  if (status == "up") return Tone::kGood;
  if (status == "down") return Tone::kBad;
  if (status == "paused" || status == "new") return Tone::kFaint;
  return Tone::kUnsure;  // grace, unknown, and what we do not know either
}

Tone tone_of_ping(const PingRecord& ping) {
  if (ping.ignored) return Tone::kFaint;
  if (ping.signal == "success") return Tone::kGood;
  if (ping.signal == "fail") return Tone::kBad;
  if (ping.signal == "start") return Tone::kBusy;
  return ping.signal == "log" ? Tone::kFaint : Tone::kUnsure;
}

std::string relative_or_dash(const std::optional<Instant>& at, Instant now) {
  return at ? relative(*at, now) : std::string("-");
}

Line heartbeat_line(const HeartbeatStatus& heartbeat, Instant now) {
  Line line{{printable(heartbeat.name), printable(heartbeat.status),
             relative_or_dash(heartbeat.last_ping, now), relative_or_dash(heartbeat.expected, now),
             printable(heartbeat.schedule)},
            tone_of_status(heartbeat.status)};
  if (heartbeat.status == "down" && heartbeat.since) {
    line.notes.push_back("down since " + format_instant(*heartbeat.since) + ", " +
                         relative(*heartbeat.since, now));
  }
  if (heartbeat.status == "grace" && heartbeat.deadline) {
    line.notes.push_back("down " + relative(*heartbeat.deadline, now) + ", unless it pings");
  }
  if (heartbeat.started) {
    line.notes.push_back("a run began " + relative(*heartbeat.started, now) + " and has not ended");
  }
  if (!heartbeat.note.empty()) line.notes.push_back(printable(heartbeat.note));
  return line;
}

std::string signal_text(const PingRecord& ping) {
  std::string text = printable(ping.signal);
  if (ping.exit_status) text += " (exit " + std::to_string(*ping.exit_status) + ")";
  if (ping.ignored) text += ", ignored";
  return text;
}

std::string from_text(const PingRecord& ping) {
  std::string text = printable(ping.method);
  if (!text.empty() && !ping.remote.empty()) text += " ";
  text += printable(ping.remote);
  return text.empty() ? std::string("-") : text;
}

// The first line that says something.
std::string first_line(std::string_view body) {
  for (std::string_view line : split(body, '\n')) {
    if (auto text = trim(line); !text.empty()) return printable(text);
  }
  return {};
}

}  // namespace

std::string render_heartbeats(const std::vector<HeartbeatStatus>& heartbeats, Instant now,
                              const Look& look) {
  if (heartbeats.empty()) return {};
  std::vector<Line> lines;
  for (const HeartbeatStatus& heartbeat : heartbeats)
    lines.push_back(heartbeat_line(heartbeat, now));
  return table({"HEARTBEAT", "STATE", "LAST PING", "EXPECTED", "DUE"}, lines, look);
}

std::string render_pings(const std::vector<PingRecord>& pings, const Look& look) {
  std::vector<Line> lines;
  for (const PingRecord& ping : pings) {
    lines.push_back(
        {{std::to_string(ping.number), signal_text(ping), ping.at ? format_instant(*ping.at) : "-",
          ping.took ? format_duration(*ping.took) : "-", from_text(ping), first_line(ping.body)},
         tone_of_ping(ping)});
  }
  return table({"N", "SIGNAL", "AT", "TOOK", "FROM", "SAYS"}, lines, look, LastColumn::kCut);
}

}  // namespace hammock::cli
