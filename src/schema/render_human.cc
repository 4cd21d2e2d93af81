#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "schema/lines.h"
#include "schema/render.h"

namespace hammock::schema {
namespace {

constexpr std::size_t kWidestLine = 160;  // columns of a source line that are shown

struct Paint {
  bool on;
  std::string operator()(std::string_view code, std::string_view text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
};
constexpr std::string_view kRed = "1;31", kYellow = "1;33", kBlue = "1;34", kCyan = "36",
                           kGreen = "32", kBold = "1";

// Code points of a line, cut into strings.
std::vector<std::string_view> cells(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at + 1;
    while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U)
      ++end;
    cells.push_back(line.substr(at, end - at));
    at = end;
  }
  return cells;
}

// The columns of the span on this line: [first, last), from 1.
std::pair<std::uint32_t, std::uint32_t> columns_on(const Span& span, std::uint32_t line,
                                                   std::uint32_t line_end) {
  std::uint32_t first = span.line == line ? span.column : 1;
  std::uint32_t last = span.end_line == line ? span.end_column : line_end;
  return {first, last};
}

class Snippets {
 public:
  Snippets(const Report& report, Paint paint)
      : report_(report), lines_(report.text), paint_(paint) {}

  // "  12 | line" and "     | ^^^^ note".
  void append(std::string& out, const Span& span, std::string_view note, bool is_main) const {
    if (span.line == 0 || span.line > lines_.count()) return;
    std::vector<std::string_view> line = cells(lines_.line(span.line));
    auto line_end = static_cast<std::uint32_t>(line.size() + 1);
    auto [first, last] = columns_on(span, span.line, line_end);
    first = std::min(first, line_end);
    last = std::clamp(last, first + 1, std::max(first + 1, line_end));
    std::vector<bool> masked = mask(span.line, line.size());
    // A very long line is shown around its mark.
    std::size_t from = first > kWidestLine ? first - kWidestLine / 2 : 0;
    std::size_t upto = std::min(line.size(), from + kWidestLine);
    std::string shown = from > 0 ? "…" : "";
    std::string under = from > 0 ? " " : "";
    for (std::size_t i = from; i < std::max<std::size_t>(upto, last - 1); ++i) {
      std::string cell = i >= line.size() ? "" : masked[i] ? "*" : printable_cell(line[i]);
      bool is_marked = i + 1 >= first && i + 1 < last;
      std::size_t width = i >= line.size() ? 1 : count_code_points(cell);
      if (i < upto) shown += cell;
      if (i < upto || i < from + kWidestLine)
        under += std::string(width, is_marked ? (is_main ? '^' : '-') : ' ');
    }
    while (under.ends_with(' '))
      under.pop_back();
    if (upto < line.size()) shown += "…";
    std::string gutter = fmt::format("{:>5}", span.line);
    fmt::format_to(std::back_inserter(out), "{} {}\n", paint_(kBlue, gutter + " |"), shown);
    std::string mark = under.substr(under.find_first_not_of(' ') == std::string::npos
                                        ? under.size()
                                        : under.find_first_not_of(' '));
    under.resize(under.size() - mark.size());
    fmt::format_to(std::back_inserter(out), "{} {}{}", paint_(kBlue, "      |"), under,
                   paint_(is_main ? kRed : kBlue, mark));
    if (!note.empty())
      fmt::format_to(std::back_inserter(out), " {}", paint_(is_main ? kRed : kBlue, note));
    out += '\n';
  }

 private:
  static std::string printable_cell(std::string_view cell) {
    return cell == "\t" ? std::string(" ") : printable(cell);
  }

  // Which cells of the line belong to a secret.
  std::vector<bool> mask(std::uint32_t line, std::size_t size) const {
    std::vector<bool> masked(size, false);
    for (const Span& secret : report_.secrets) {
      if (secret.line > line || secret.end_line < line) continue;
      auto [first, last] = columns_on(secret, line, static_cast<std::uint32_t>(size + 1));
      for (std::size_t i = first; i < last && i <= size; ++i)
        masked[i - 1] = true;
    }
    return masked;
  }

  const Report& report_;
  Lines lines_;
  Paint paint_;
};

void append_note(std::string& out, const Paint& paint, std::string_view label,
                 std::string_view text) {
  if (text.empty()) return;
  fmt::format_to(std::back_inserter(out), "      {} {}\n",
                 paint(kCyan, fmt::format("= {}:", label)), printable(text));
}

}  // namespace

bool wants_colour(const char* no_color, bool is_terminal) {
  return is_terminal && (no_color == nullptr || *no_color == '\0');
}

std::string render_human(const Report& report, HumanStyle style) {
  Paint paint{style.colour};
  Snippets snippets(report, paint);
  std::string out;
  std::size_t errors = 0;
  std::size_t warnings = 0;
  for (const Diagnostic& d : report.diagnostics) {
    bool is_error = d.severity == Severity::kError;
    ++(is_error ? errors : warnings);
    std::string file = printable(d.file.empty() ? report.file : d.file);
    fmt::format_to(std::back_inserter(out), "{}: {}\n",
                   paint(is_error ? kRed : kYellow,
                         fmt::format("{}[{}]", is_error ? "error" : "warning", d.code)),
                   paint(kBold, printable(d.message)));
    fmt::format_to(std::back_inserter(out), "  {} {}", paint(kBlue, "-->"), file);
    if (d.span.line > 0) {
      fmt::format_to(std::back_inserter(out), ":{}:{}", d.span.line, d.span.column);
    }
    if (!d.path.empty()) {
      fmt::format_to(std::back_inserter(out), "  ({})", printable(path_text(d.path)));
    }
    out += '\n';
    if (d.file.empty()) snippets.append(out, d.span, "", true);
    for (const Related& related : d.related) {
      if (d.file.empty()) snippets.append(out, related.span, printable(related.message), false);
    }
    // Only what the message does not say already.
    if (d.message.find(d.expected) == std::string::npos) {
      append_note(out, paint, "expected", d.expected);
    }
    if (!d.suggestion.empty()) append_note(out, paint, "write", d.suggestion);
    append_note(out, paint, "help", d.help);
    append_note(out, paint, "why", d.why);
    append_note(out, paint, "see", d.doc);
    out += '\n';
  }
  if (errors + warnings == 0) {
    return fmt::format("{}: {}\n", report.file, paint(kGreen, "valid"));
  }
  auto count = [](std::size_t n, std::string_view noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
  };
  fmt::format_to(std::back_inserter(out), "{}: {}{}{}\n", report.file,
                 errors > 0 ? count(errors, "error") : "", errors > 0 && warnings > 0 ? ", " : "",
                 warnings > 0 ? count(warnings, "warning") : "");
  return out;
}

std::string render_short(const Report& report) {
  std::string out;
  for (const Diagnostic& d : report.diagnostics) {
    fmt::format_to(std::back_inserter(out), "{}:{}:{}: {}: {}\n",
                   printable(d.file.empty() ? report.file : d.file), d.span.line, d.span.column,
                   d.code, printable(d.message));
  }
  return out;
}

}  // namespace hammock::schema
