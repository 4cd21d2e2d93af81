// linecheck FOLDER [--counters DIR]: reads the log of chatty programs and says whether every line
// is there exactly once, whole and in order.
//
// FOLDER is a state directory's logs/: <service>/<instance>/<segment>.log. The segments of an
// instance are one stream of bytes. Lines are "NAME PID START SEQUENCE"; a run is (NAME, PID,
// START), stands in one stream, and counts 1, 2, 3, … With --counters each run that chatty counted
// must have as many lines as its writes returned for, or at most one write more (killed between the
// write and the count). With --cut-off PID,PID… the runs of these processes may lack their last
// lines: they died while nobody had their pipes open. Prints a JSON object; ends with 1 when there
// are problems.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <unordered_map>

#include "program.h"

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kProblemsShown = 20;

struct Run {
  std::uint64_t last = 0;
  std::string stream;
};

struct Findings {
  std::unordered_map<std::string, Run> runs;
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
  std::uint64_t problems = 0;
  std::vector<std::string> shown;

  void problem(const std::string& text) {
    ++problems;
    if (shown.size() < kProblemsShown) shown.push_back(text);
  }
};

// Checks one stream of bytes, given piece by piece.
class Stream {
 public:
  Stream(Findings& findings, std::string name) : findings_(findings), name_(std::move(name)) {}

  void feed(std::string_view bytes) {
    findings_.bytes += bytes.size();
    if (!partial_.empty()) {
      const std::size_t end = bytes.find('\n');
      partial_.append(bytes.substr(0, end));
      if (end == std::string_view::npos) return;
      line(partial_);
      partial_.clear();
      bytes.remove_prefix(end + 1);
    }
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos;
         end = bytes.find('\n')) {
      line(bytes.substr(0, end));
      bytes.remove_prefix(end + 1);
    }
    partial_ = bytes;
  }
  void finish() {
    if (!partial_.empty()) findings_.problem(name_ + ": ends inside a line: " + partial_);
  }

 private:
  void line(std::string_view text) {
    ++findings_.lines;
    const std::size_t space = text.rfind(' ');
    std::uint64_t sequence = 0;
    const char* first = text.data() + (space == std::string_view::npos ? text.size() : space + 1);
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, sequence);
    if (space == std::string_view::npos || error != std::errc{} || end != last ||
        std::count(text.begin(), text.end(), ' ') != 3) {
      findings_.problem(name_ + ": not a line of chatty: '" + std::string(text.substr(0, 200)) +
                        "'");
      return;
    }
    Run& run = find(text.substr(0, space));
    if (sequence != run.last + 1) {
      findings_.problem(name_ + ": '" + std::string(text) + "' comes after " +
                        std::to_string(run.last) +
                        (sequence <= run.last ? ": a line twice" : ": lines are missing"));
    }
    run.last = std::max(run.last, sequence);
  }

  Run& find(std::string_view key) {
    if (key == current_key_ && current_ != nullptr) return *current_;
    const auto [it, is_new] = findings_.runs.try_emplace(std::string(key));
    if (is_new)
      it->second.stream = name_;
    else if (it->second.stream != name_) {
      findings_.problem("the run '" + std::string(key) + "' is in " + it->second.stream + " and " +
                        name_);
    }
    current_key_ = key;
    current_ = &it->second;
    return it->second;
  }

  Findings& findings_;
  std::string name_;
  std::string partial_;
  std::string current_key_;
  Run* current_ = nullptr;  // std::unordered_map keeps its elements in place
};

void feed_file(const fs::path& path, Stream& stream) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (fd < 0 || fstat(fd, &status) != 0) _exit(66);
  if (status.st_size > 0) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED) _exit(66);
    madvise(mapped, size, MADV_SEQUENTIAL);
    stream.feed({static_cast<const char*>(mapped), size});
    munmap(mapped, size);
  }
  close(fd);
}

void check_instance(const fs::path& folder, Findings& findings) {
  std::map<std::uint64_t, fs::path> segments;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".log") continue;
    segments[std::stoull(entry.path().stem())] = entry.path();
  }
  const std::string name =
      folder.parent_path().filename().string() + "/" + folder.filename().string();
  Stream stream(findings, name);
  std::optional<std::uint64_t> before;
  for (const auto& [number, path] : segments) {
    if (before && number != *before + 1)
      findings.problem(name + ": segment " + std::to_string(*before + 1) + " is missing");
    before = number;
    feed_file(path, stream);
  }
  stream.finish();
}

void check_counters(const fs::path& folder, const std::string& cut_off, Findings& findings) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::uint64_t counted[2] = {};
    const int fd = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    const bool whole = pread(fd, counted, sizeof counted, 0) == sizeof counted;
    close(fd);
    if (!whole) continue;  // killed before it had written anything
    std::string key = entry.path().filename();
    std::replace(key.begin(), key.end(), '.', ' ');
    const auto it = findings.runs.find(key);
    const std::uint64_t logged = it == findings.runs.end() ? 0 : it->second.last;
    const std::size_t pid = key.find(' ') + 1;
    const bool may_lack = cut_off.contains("," + key.substr(pid, key.find(' ', pid) - pid) + ",");
    if ((logged < counted[0] && !may_lack) || logged > counted[0] + counted[1]) {
      findings.problem("the run '" + key + "' wrote " + std::to_string(counted[0]) +
                       " lines, the log has " + std::to_string(logged));
    }
  }
}

std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  return out + "\"";
}

}  // namespace

int main(int argc, char** argv) {
  program::Options options(argc, argv);
  const std::string counters = options.text("--counters");
  const std::string cut_off = "," + options.text("--cut-off") + ",";
  if (options.rest().size() != 1) return 64;
  Findings findings;
  for (const auto& service : fs::directory_iterator(options.rest()[0])) {
    if (!service.is_directory()) continue;
    for (const auto& instance : fs::directory_iterator(service.path())) {
      if (instance.is_directory()) check_instance(instance.path(), findings);
    }
  }
  if (!counters.empty()) check_counters(counters, cut_off, findings);
  std::string text = "{\"bytes\":" + std::to_string(findings.bytes) +
                     ",\"lines\":" + std::to_string(findings.lines) +
                     ",\"runs\":" + std::to_string(findings.runs.size()) +
                     ",\"problems\":" + std::to_string(findings.problems) + ",\"shown\":[";
  for (std::size_t i = 0; i < findings.shown.size(); ++i)
    text += (i > 0 ? "," : "") + json_text(findings.shown[i]);
  program::say(text + "]}");
  return findings.problems == 0 ? 0 : 1;
}
