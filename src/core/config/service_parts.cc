// The tables inside of [service.*]: ready, restart, expected_exits, stop, reload, limits, logs.
#include <csignal>

#include <string_view>

#include "base/signals.h"
#include "base/text.h"
#include "core/config/parts.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in
using namespace std::chrono_literals;

namespace {

using How = decltype(service::Readiness::how);

struct ReadyForm {
  How how;
  Duration within = 30s;
  std::optional<Duration> every;
};

service::Readiness to_readiness(ReadyForm form) {
  if (auto* command = std::get_if<service::ReadyByCommand>(&form.how)) {
    command->every = form.every.value_or(command->every);
  }
  return {std::move(form.how), form.within};
}

void check_every(const ReadyForm& form, At& at) {
  if (!form.every) return;
  auto every = form.every.value();
  if (!std::holds_alternative<service::ReadyByCommand>(form.how)) {
    Diagnostic& diagnostic =
        at.error_at_key("needs-other-key", {std::string("every")},
                        "'every' says how often a command is run, and there is none");
    diagnostic.help = "remove it, or be ready by a command";
  } else if (every > form.within) {
    Diagnostic& diagnostic =
        at.error("contradiction", {std::string("every")},
                 "the command would be run only once: every is longer than within");
    diagnostic.expected = "at most " + format_duration(form.within);
    diagnostic.got = format_duration(every);
    at.relate(diagnostic, {std::string("within")}, "within is given here");
  }
}

void check_backoff(const service::RestartPolicy& policy, At& at) {
  if (policy.backoff <= policy.at_most) return;
  // The default of the other one stands nowhere: point to what was written.
  bool backoff_given = at.has({std::string("backoff")});
  Diagnostic& diagnostic =
      at.error("contradiction", {std::string(backoff_given ? "backoff" : "at_most")},
               "the first wait, " + format_duration(policy.backoff) +
                   ", is longer than the longest, " + format_duration(policy.at_most));
  diagnostic.expected = backoff_given ? "backoff of at most " + format_duration(policy.at_most)
                                      : "at_most of at least " + format_duration(policy.backoff);
  diagnostic.got = format_duration(backoff_given ? policy.backoff : policy.at_most);
  diagnostic.why = "the waits grow from backoff to at_most";
  if (backoff_given) at.relate(diagnostic, {std::string("at_most")}, "at_most is given here");
}

Schema<int> signal_number() {
  return signal().transform([](Signal s) { return s.number; });
}

std::optional<Problem> stop_signal_problem(int number) {
  bool ends = number != SIGSTOP && number != SIGTSTP && number != SIGTTIN && number != SIGTTOU &&
              number != SIGCONT && number != SIGCHLD && number != SIGURG && number != SIGWINCH;
  // Quite a few servers end gracefully by WINCH (Apache httpd) or by what else they define.
  if (ends || number == SIGWINCH || number == SIGURG) return std::nullopt;
  Problem problem;
  problem.code = "wrong-signal";
  problem.message = signal_name(number) + " does not end a program";
  problem.expected = "a signal that asks the program to end, such as \"TERM\", \"INT\" or \"QUIT\"";
  problem.suggestion = quote("TERM");
  return problem;
}

std::optional<Problem> reload_signal_problem(int number) {
  if (number != SIGKILL && number != SIGSTOP && number != SIGTERM) return std::nullopt;
  Problem problem;
  problem.code = "wrong-signal";
  problem.message = signal_name(number) + " cannot ask a program to read its configuration again";
  problem.expected = "a signal such as \"HUP\" or \"USR1\"";
  problem.suggestion = quote("HUP");
  return problem;
}

// `stop = "TERM"`: the table to write.
Hint as_signal(const std::string& text) {
  if (!parse_signal(text)) return {};
  return {"{ signal = " + quote(text) + " }", ""};
}

std::expected<std::uint32_t, Problem> read_percent(std::string text) {
  std::optional<std::uint64_t> number;
  if (text.ends_with('%'))
    number = parse_decimal(std::string_view(text).substr(0, text.size() - 1));
  if (number && *number >= 1 && *number <= 102'400) return static_cast<std::uint32_t>(*number);
  Problem problem;
  problem.code = number ? "out-of-range" : "bad-format";
  problem.expected =
      "a share of one core from \"1%\" to \"102400%\", such as \"150%\" for one and a half";
  problem.message = "expected " + problem.expected + ", got " + quote(text);
  return std::unexpected(std::move(problem));
}

template <class T>
auto maybe() {
  return [](T value) { return std::optional<T>(std::move(value)); };
}

Schema<std::uint64_t> bytes(std::uint64_t least, std::string example) {
  return schema::size().at_least(Size{least}).example(std::move(example)).transform([](Size s) {
    return s.bytes;
  });
}

}  // namespace

Schema<service::Readiness> readiness() {
  auto descriptor = integer_of<int>(3, 1023).transform(
      [](int number) { return service::ReadyByDescriptor{number}; });
  auto tcp = socket_address().transform(
      [](std::string text) { return service::ReadyByTcp{std::move(text)}; });
  auto command = command_vector().transform(
      [](std::vector<std::string> words) { return service::ReadyByCommand{std::move(words)}; });
  return TableOf<ReadyForm>("ready")
      .exactly_one_of(
          &ReadyForm::how,
          std::vector{option<How>("notify", literal(true).transform([](bool) {
                        return service::ReadyByNotify{};
                      }),
                                  "the program says READY=1 through NOTIFY_SOCKET (sd_notify)"),
                      option<How>("notify_fd", descriptor,
                                  "the program writes a line to this descriptor, as s6 has it"),
                      option<How>("tcp", tcp, "a connection to this address is accepted"),
                      option<How>("command", command, "this command ends with code 0")},
          "a program that was started is not yet one that can do its work")
      .defaulted("within", &ReadyForm::within, duration().range(1ms, 24h).example("\"30s\""),
                 "\"30s\"")
      .doc("the time for it; then the program is stopped and started again")
      .optional("every", &ReadyForm::every, some(duration().range(10ms, 1h).example("\"1s\"")))
      .doc("how often the command is run until it succeeds; without it every second")
      .removed("delay",
               "a delay proves nothing: say how readiness can be seen, by notify, notify_fd, "
               "tcp or command")
      .rule("every belongs to command, and is not longer than within",
            {"every", "within", "notify", "notify_fd", "tcp", "command"}, check_every)
      .schema()
      .on_string([](const std::string& text) {
        return Hint{text == "notify" ? "{ notify = true }" : "",
                    "say by what: notify, notify_fd, tcp or command"};
      })
      .transform(to_readiness);
}

Schema<service::RestartPolicy> restart_policy() {
  using Policy = service::RestartPolicy;
  return TableOf<Policy>("restart")
      .defaulted("backoff", &Policy::backoff, duration().range(1ms, 1h).example("\"500ms\""),
                 "\"500ms\"")
      .doc(
          "the upper end of the first wait after a crash that follows another; each wait is drawn "
          "at "
          "random below its upper end, which doubles")
      .defaulted("at_most", &Policy::at_most, duration().range(1ms, 24h).example("\"1m\""),
                 "\"1m\"")
      .doc("the cap of the waits; at the cap it goes on trying, for ever")
      .defaulted("stable_after", &Policy::stable_after,
                 duration().range(0s, 168h).example("\"30s\""), "\"30s\"")
      .doc("ready for so long, the next crash counts as the first, and is restarted at once")
      .rule("backoff is at most at_most", {"backoff", "at_most"}, check_backoff)
      .schema()
      .on_string([](const std::string&) {
        return Hint{"{ backoff = \"500ms\" }",
                    "a service is always restarted until it is stopped; this says how fast"};
      });
}

Schema<service::ExpectedExit> expected_exit() {
  using service::ExitMatch;
  return TableOf<service::ExpectedExit>("expected exit")
      .exactly_one_of(
          &service::ExpectedExit::exit,
          std::vector{option<ExitMatch>("code", integer_of<int>(0, 255).transform([](int code) {
                        return ExitMatch{false, code};
                      }),
                                        "the exit code"),
                      option<ExitMatch>("signal", signal().transform([](Signal s) {
                        return ExitMatch{true, s.number};
                      }),
                                        "the signal it dies by")},
          "a program ends by a code or by a signal")
      .required("because", &service::ExpectedExit::because,
                string().size(1, 200).example("\"the database restarts\""))
      .doc("why this is nothing to wake somebody for")
      .why("in a year nobody else will know");
}

Schema<service::StopPolicy> stop_policy() {
  using Policy = service::StopPolicy;
  return TableOf<Policy>("stop")
      .defaulted(
          "signal", &Policy::signal,
          signal_number().check("one that ends a program", stop_signal_problem).example("\"TERM\""),
          "\"TERM\"")
      .doc("what the program is asked to end by")
      .defaulted("within", &Policy::within, duration().range(0s, 1h).example("\"10s\""), "\"10s\"")
      .doc("its time to end; then it and all its children are killed")
      .schema()
      .on_string(as_signal);
}

Schema<service::Reload> reload() {
  struct Form {
    service::Reload how;
  };
  auto by_signal = signal_number()
                       .check("one that does not end a program", reload_signal_problem)
                       .example("\"HUP\"")
                       .transform([](int number) { return service::ReloadBySignal{number}; });
  auto by_command = command_vector().transform(
      [](std::vector<std::string> words) { return service::ReloadByCommand{std::move(words)}; });
  return TableOf<Form>("reload")
      .exactly_one_of(
          &Form::how,
          std::vector{
              option<service::Reload>("signal", by_signal, "send this signal to the program"),
              option<service::Reload>("command", by_command, "run this command")})
      .schema()
      .on_string(as_signal)
      .transform([](Form form) { return std::move(form.how); });
}

Schema<service::Limits> limits() {
  using service::Limits;
  auto count =
      integer_of<std::uint32_t>(1, 4'194'304).example("100").transform([](std::uint32_t n) {
        return std::uint64_t{n};
      });
  auto percent = quoted_number(string(), "share of a core", "a share of one core such as \"150%\"",
                               [](std::int64_t number) { return std::to_string(number) + "%"; })
                     .example("\"150%\"")
                     .parsed_by(read_percent);
  return TableOf<Limits>("limits")
      .optional("memory", &Limits::memory, some(enforced(bytes(1 << 20, "\"512MiB\""))))
      .doc(
          "of the program and its children together; beyond it the kernel ends one (needs cgroup "
          "v2)")
      .optional("processes", &Limits::processes, some(enforced(count)))
      .doc("how many processes and threads there may be at a time (needs cgroup v2)")
      .optional("cpu", &Limits::cpu_percent, some(enforced(percent)))
      .doc("the share of one core, \"150%\" is one and a half (needs cgroup v2)")
      .optional("open_files", &Limits::open_files,
                some(integer_of<std::uint32_t>(16, 1'073'741'816)
                         .example("4096")
                         .transform([](std::uint32_t n) { return std::uint64_t{n}; })))
      .doc("how many descriptors each process may have (RLIMIT_NOFILE)")
      .optional("core", &Limits::core, some(bytes(0, "\"0B\"")))
      .doc("how large a core dump may be (RLIMIT_CORE)");
}

Schema<service::Logs> logs() {
  using service::Logs;
  return TableOf<Logs>("logs")
      .defaulted("keep_bytes", &Logs::keep_bytes, bytes(64 << 10, "\"256MiB\""), "\"256MiB\"")
      .doc("how much output of each instance is kept; the oldest goes first")
      .optional("keep_for", &Logs::keep_for,
                some(duration().range(1min, 24h * 3660).example("\"30d\"")))
      .doc("output older than this goes, even when there is room");
}

}  // namespace hammock::config
