#include "shell/timebomb_judge.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>

#include "base/assert.h"
#include "base/text.h"
#include "base/variant.h"
#include "schema/types.h"
#include "shell/command.h"
#include "shell/gauge_output.h"

namespace hammock::shell {
namespace {

using timebomb::Reading;
using timebomb::Sighting;
using timebomb::Unread;

// What has gone off goes on having gone off at the same time.
Instant off_since(const std::string& identity, const Beside& beside) {
  const auto& before = beside.before;
  const bool is_same =
      before && before->identity == identity && before->goes_off && *before->goes_off <= beside.now;
  return is_same ? *before->goes_off : beside.now;
}

Reading gone_off(std::string identity, std::string evidence, const Beside& beside) {
  Reading reading;
  reading.goes_off = off_since(identity, beside);
  reading.identity = std::move(identity);
  reading.evidence = std::move(evidence);
  return reading;
}

// --- files ---

struct File {
  std::string path;
  Instant modified{};
  std::uint64_t bytes = 0;
};

// None: it does not say which files there are, and so not that there is none.
std::optional<std::vector<File>> files_in(const Json& output) {
  const Json* given = output.find("files");
  if (given == nullptr || given->as<Json::Array>() == nullptr) return std::nullopt;
  std::vector<File> files;
  for (const Json& one : list_in(output, "files")) {
    const auto modified = instant_in(one, "modified");
    if (!modified || !number_in(one, "bytes")) return std::nullopt;
    files.push_back({printable(text_in(one, "path")), *modified, amount_in(one, "bytes")});
  }
  return files;
}

Unread no_files() {
  return {"hammock-gauge: expected files, each with when it was modified and its bytes"};
}

Reading lasts(const File& file, Duration time, std::string_view doing) {
  Reading reading;
  reading.identity = fmt::format("{} {}", file.path, format_instant_ms(file.modified));
  reading.begins = file.modified;
  reading.goes_off = file.modified + time;
  reading.evidence = fmt::format("{} is of {}, and {} {}", file.path, format_instant(file.modified),
                                 doing, format_duration(time));
  return reading;
}

std::uint64_t median_bytes(std::span<const File> files) {
  std::vector<std::uint64_t> sizes;
  for (const File& file : files)
    sizes.push_back(file.bytes);
  std::ranges::sort(sizes);
  return sizes[sizes.size() / 2];
}

// Why it is none: empty, or much smaller than those before it. Empty: it is one.
std::string flaw_of(const File& file, std::span<const File> before,
                    const timebomb::Backup& backup) {
  if (file.bytes == 0) return fmt::format("{} is empty", file.path);
  if (before.empty()) return {};
  const std::uint64_t usual = median_bytes(before);
  if (static_cast<double>(file.bytes) >= static_cast<double>(usual) * backup.least_percent / 100) {
    return {};
  }
  return fmt::format("{} has {}, and those before it {}: less than {}%", file.path,
                     format_size(file.bytes), format_size(usual), backup.least_percent);
}

Sighting judge_verified(const timebomb::Backup& backup, Reading newest, const Beside& beside) {
  if (!beside.verified) {
    return Unread{fmt::format("job {} has never succeeded: nobody knows whether {} can be restored",
                              *backup.verified_by,
                              newest.identity.substr(0, newest.identity.rfind(' ')))};
  }
  const Instant goes_off = *beside.verified + backup.verified_within;
  if (goes_off >= *newest.goes_off) {
    newest.evidence += fmt::format("; restored by job {} at {}", *backup.verified_by,
                                   format_instant(*beside.verified));
    return newest;
  }
  Reading reading;
  reading.identity = fmt::format("restored {}", format_instant_ms(*beside.verified));
  reading.begins = beside.verified;
  reading.goes_off = goes_off;
  reading.evidence =
      fmt::format("job {} restored it last at {}, and that may be {} ago", *backup.verified_by,
                  format_instant(*beside.verified), format_duration(backup.verified_within));
  return reading;
}

// Each time that there is none is one of its own.
Reading no_backup(const timebomb::Backup& backup, const Beside& beside) {
  constexpr std::string_view kNone = "no file since ";
  const auto& before = beside.before;
  const bool was_none = before && before->identity.starts_with(kNone);
  std::string identity =
      was_none ? before->identity : fmt::format("{}{}", kNone, format_instant(beside.now));
  return gone_off(std::move(identity), fmt::format("there is no file {}", backup.pattern), beside);
}

// Empty: it is not.
std::string of_the_future(const File& file, Instant now) {
  if (file.modified <= now + kFutureMost) return {};
  return fmt::format("{} is of {}, which is in the future: nobody knows how old it is", file.path,
                     format_instant(file.modified));
}

Sighting judge_backup(const timebomb::Backup& backup, const Json& output, const Beside& beside) {
  const auto all = files_in(output);
  if (!all) return no_files();
  std::span<const File> files = *all;
  if (files.empty()) {
    return no_backup(backup, beside);
  }
  std::string flaw = flaw_of(files.front(), files.subspan(1), backup);
  // It may be that it is being written.
  if (!flaw.empty() && files.size() > 1 && beside.now - files.front().modified < kBackupSettles) {
    files = files.subspan(1);
    flaw = flaw_of(files.front(), files.subspan(1), backup);
  }
  const File& newest = files.front();
  Reading reading = lasts(newest, backup.max_age, "may be as old as");
  if (!flaw.empty()) {
    reading.goes_off = std::min(newest.modified, off_since(reading.identity, beside));
    reading.evidence = std::move(flaw);
  } else if (std::string why = of_the_future(newest, beside.now); !why.empty()) {
    return Unread{std::move(why)};
  }
  if (!backup.verified_by || *reading.goes_off <= beside.now) return reading;
  return judge_verified(backup, std::move(reading), beside);
}

Sighting judge_secret(const timebomb::Secret& secret, const Json& output, Instant now) {
  const auto files = files_in(output);
  if (!files) return no_files();
  if (files->empty()) {
    return Unread{fmt::format("there is no file {}", std::get<std::string>(secret.changed))};
  }
  if (std::string why = of_the_future(files->front(), now); !why.empty()) {
    return Unread{std::move(why)};
  }
  return lasts(files->front(), secret.rotate_every, "is replaced after");
}

Sighting judge_certificates(const timebomb::CertificateFile& file, const Json& output,
                            Instant now) {
  const Json* first = nullptr;
  for (const Json& one : list_in(output, "certificates")) {
    const auto ends = instant_in(one, "not_after");
    if (ends && (first == nullptr || *ends < *instant_in(*first, "not_after"))) first = &one;
  }
  if (first == nullptr) return Unread{fmt::format("there is no certificate in {}", file.path)};
  Reading reading;
  reading.identity = text_in(*first, "sha256");
  reading.begins = instant_in(*first, "not_before");
  reading.goes_off = instant_in(*first, "not_after");
  reading.evidence = fmt::format("{} in {} ends", printable(text_in(*first, "subject")), file.path);
  if (reading.begins && *reading.begins > now) {
    reading.evidence += fmt::format("; it is not valid before {}", format_instant(*reading.begins));
  }
  return reading;
}

// --- others ---

constexpr double kOffsetMost = 1e18;  // microseconds: what is beyond is as far off as that

Sighting judge_clock(const timebomb::Clock& clock, const Json& output, const Beside& beside) {
  const auto offset = number_in(output, "offset_us");
  if (!offset) return Unread{"no server told the time"};
  const Duration off(static_cast<std::int64_t>(std::min(std::abs(*offset), kOffsetMost)));
  const std::string evidence = fmt::format(
      "{} {} {}; {} may be", format_duration(std::chrono::round<std::chrono::milliseconds>(off)),
      *offset > 0 ? "ahead of" : "behind", fmt::join(clock.servers, ", "),
      format_duration(clock.most));
  if (off > clock.most) return gone_off("clock", evidence, beside);
  Reading reading;
  reading.identity = "clock";
  reading.evidence = evidence;
  return reading;
}

Sighting judge_end_of_life(const Json& output) {
  const auto day = schema::read_date(text_in(output, "ends"));
  if (!day) return Unread{fmt::format("'{}' is no day", printable(text_in(output, "ends")))};
  Reading reading;
  reading.identity = fmt::format("{} {}", text_in(output, "product"), text_in(output, "release"));
  reading.goes_off = Instant(std::chrono::sys_days(*day));
  reading.evidence = fmt::format("{} gets updates until {}", printable(text_in(output, "title")),
                                 text_in(output, "ends"));
  return reading;
}

Sighting judge_command(const ProgramEnd& end) {
  const auto* exited = std::get_if<Exited>(&end);
  if (exited == nullptr) {
    auto read = read_gauge(end);  // how it did not
    return std::get<Unread>(std::move(read));
  }
  const std::string line = first_line(exited->output);
  if (!WIFEXITED(exited->wait_status) || WEXITSTATUS(exited->wait_status) != 0) {
    return Unread{how_it_failed(*exited)};
  }
  const std::string word = line.substr(0, line.find(' '));
  Reading reading;
  reading.evidence = trim(std::string_view(line).substr(word.size()));
  if (reading.evidence.empty()) reading.evidence = line;
  // A program that reckons from now prints another instant each time.
  reading.identity = "command";
  if (word == "never") return reading;
  if (auto instant = schema::read_instant(word)) {
    reading.goes_off = *instant;
  } else if (auto day = schema::read_date(word)) {
    reading.goes_off = Instant(std::chrono::sys_days(*day));
  } else {
    return Unread{fmt::format(
        "it printed '{}', expected an instant such as 2027-03-01T12:00:00Z, a day, or never",
        word)};
  }
  return reading;
}

}  // namespace

Sighting judge_day(const timebomb::Setup& setup, Instant now) {
  HAMMOCK_ASSERT(setup.date.has_value());
  Reading reading;
  reading.goes_off = setup.date;
  if (const auto* secret = std::get_if<timebomb::Secret>(&setup.config.target)) {
    if (*setup.date > now) {
      return Unread{
          fmt::format("it was replaced on {}, which is in the future: expected the day of "
                      "the last change",
                      day_text(*setup.date))};
    }
    reading.begins = setup.date;
    reading.goes_off = *setup.date + secret->rotate_every;
    reading.evidence =
        fmt::format("it is replaced after {}", format_duration(secret->rotate_every));
  } else {
    reading.evidence = "by the configuration";
  }
  reading.identity = format_instant(*reading.goes_off);
  return reading;
}

Sighting judge_program(const timebomb::Setup& setup, const ProgramEnd& end, const Beside& beside) {
  const timebomb::Target& target = setup.config.target;
  if (std::holds_alternative<timebomb::Command>(target)) return judge_command(end);
  const auto read = read_gauge(end);
  if (const auto* unread = std::get_if<Unread>(&read)) return *unread;
  const Json& output = std::get<Json>(read);
  if (const auto* file = std::get_if<timebomb::CertificateFile>(&target)) {
    return judge_certificates(*file, output, beside.now);
  }
  if (const auto* backup = std::get_if<timebomb::Backup>(&target)) {
    return judge_backup(*backup, output, beside);
  }
  if (const auto* secret = std::get_if<timebomb::Secret>(&target)) {
    return judge_secret(*secret, output, beside.now);
  }
  if (const auto* clock = std::get_if<timebomb::Clock>(&target)) {
    return judge_clock(*clock, output, beside);
  }
  HAMMOCK_ASSERT(std::holds_alternative<timebomb::EndOfLife>(target));
  return judge_end_of_life(output);
}

}  // namespace hammock::shell
