#include "cli/description.h"

#include <algorithm>

#include "cli/description_watch.h"

namespace hammock::cli {
namespace {

const Argument kName = {"NAME", "A service of the configuration.", Words::kService};

const Option kJson = {0, "json", "", "Print JSON for programs instead of text for people."};

Command check_command() {
  return {
      "check",
      "check the configuration, and say everything that is wrong with it",
      {"Reads the file and reports every independent mistake at once: its place, what was "
       "expected, what was found and what was probably meant. Nothing is started or changed.",
       "Whether this host can carry it out (users, limits, files) is asked by `hammock doctor`."},
      {{"FILE", "The file to check instead of the one that would be used.", Words::kFile, false}},
      {{0,
        "format",
        "FORMAT",
        "How to print: human, short (a line each), json or sarif.",
        Words::kChoice,
        {"human", "short", "json", "sarif"}}},
      {{"hammock check", "check ./hammock.toml"},
       {"hammock check --format sarif > hammock.sarif", "for a code review tool"}}};
}

Command up_command() {
  return {"up",
          "start everything, and stay",
          {"Checks the configuration and this host, then starts the keeper, which starts the "
           "brain, which starts the services. Programs of an earlier life that still run are "
           "adopted, never started twice.",
           "Without --detach it stays in the foreground, as systemd and containers want it. With "
           "--detach it goes to the background and this command waits until every service is "
           "ready; it exits with 75 when one is not, and says which and why.",
           "When Hammock already runs, the configuration is read again, as `hammock apply` does."},
          {},
          {{'d', "detach", "", "Run in the background, and wait until every service is ready."},
           {0, "within", "DURATION",
            "With --detach: how long to wait for readiness; 2m when not given."}},
          {{"hammock up", "in the foreground"},
           {"hammock up --detach", "in the background, once everything is ready"}}};
}

Command down_command() {
  return {"down",
          "stop every service, then Hammock itself",
          {"Stops the services in the reverse order of their needs, each as its `stop` says, and "
           "shows the progress. It ends when the keeper has ended."},
          {},
          {},
          {{"hammock down", "stop everything"}}};
}

Command status_command() {
  return {"status",
          "show what runs, what is ready and what is not",
          {"Asks the brain. When it does not answer within two seconds, the ledger is read "
           "directly, and the output says so: then what only the brain knows is `unknown`."},
          {{"NAME", "Only this service.", Words::kService, false}},
          {kJson, {'w', "watch", "", "Show it again whenever it changes, until interrupted."}},
          {{"hammock status", "all services"},
           {"hammock status web --json", "one service, for a program"}}};
}

Command logs_command() {
  return {"logs",
          "show what a service wrote",
          {"Reads the log files directly, so it works when everything else is dead. The lines of "
           "several instances are put in the order of time, each with the name of its instance "
           "in front. On a terminal, bytes that could paint it are shown as \\xNN."},
          {kName},
          {{'f', "follow", "", "Go on with new lines until interrupted."},
           {'n', "lines", "N", "The last N lines, or `all`; 100 when not given."},
           {0, "since", "T",
            "Only lines since then: an age such as 10m or 2h30m, or an instant such as "
            "2026-11-23T04:00:00Z."},
           {0, "instance", "N", "Only this instance."},
           {'t', "times", "", "Put the time in front of each line."}},
          {{"hammock logs web -f", "follow it"},
           {"hammock logs web --since 10m --instance 2", "ten minutes of one instance"}}};
}

Command named(std::string_view name, std::string_view summary, std::vector<std::string_view> text,
              std::vector<Example> examples) {
  return {name, summary, std::move(text), {kName}, {}, std::move(examples)};
}

Command run_command() {
  return {
      "run",
      "run a command as a service would be run",
      {"Runs the command once, in the foreground, with the user, environment, directory, umask "
       "and limits of the service, and exits with its code (128 + signal when a signal ended "
       "it). It is not supervised, gets no sockets, and its limits on memory, processes and "
       "CPU are not those of the service's group."},
      {kName, {"CMD", "The command and its arguments, after `--`.", Words::kProgram, true, true}},
      {},
      {{"hammock run web -- ./manage.py migrate", "a one-off in the surroundings of web"}}};
}

Command explain_command() {
  return {"explain",
          "explain a key of hammock.toml",
          {"Says what it means, what it takes, its default and where it is valid."},
          {{"KEY", "A key or a table: `service.restart.backoff`, `service`, `restart`.",
            Words::kKey, false}},
          {},
          {{"hammock explain service.ready", "one key"}, {"hammock explain", "all tables"}}};
}

Command job_command() {
  return {
      "job",
      "show jobs and their runs, and begin, stop or skip one",
      {"`list` shows every job; `history NAME` its runs that have ended, the newest first. `run "
       "NAME` begins a run now; when one is at work, the job's overlap decides. `stop NAME` stops "
       "the run that is at work. `skip NAME` passes over the next due time, or the next -n of "
       "them; 0 takes that back.",
       "What a job writes is shown by `hammock logs job.NAME`."},
      {{"ACTION",
        "list, run, stop, skip or history.",
        Words::kChoice,
        true,
        false,
        {"list", "run", "stop", "skip", "history"}},
       {"NAME", "A job of the configuration.", Words::kText, false}},
      {{'n', "count", "N", "How many runs to show (20), or due times to skip (1)."}, kJson},
      {{"hammock job list", "all jobs"},
       {"hammock job run backup", "begin a run now"},
       {"hammock job skip backup -n 2", "not the next two times"}}};
}

Command next_command() {
  return {"next",
          "say when a schedule is due",
          {"Takes the name of a job, or five fields of crontab(5), with L, 5#2, 5L and @daily, in "
           "any time zone. In the "
           "nights in which clocks change it goes by the rules of Debian's cron: what names its "
           "hour runs once a day, at once after a gap and only the first time when the hour comes "
           "twice; what begins with * follows the time that passes.",
           "What zones do after 2037 is not known: they stay as they are then."},
          {{"NAME", "A job of the configuration file.", Words::kText, false}},
          {{0, "cron", "EXPR", "The schedule: \"minute hour day month weekday\"."},
           {0, "tz", "ZONE", "An IANA time zone; the job's, or the machine's own when not given."},
           {0, "after", "INSTANT", "Such as 2026-03-28T12:00:00Z; now when not given."},
           {'n', "count", "N", "How many, at most 1000; 10 when not given."},
           kJson},
          {{"hammock next backup -n 3", "the next three times of a job"},
           {"hammock next --cron \"30 2 * * *\" --tz Europe/Berlin", "the next ten runs"}}};
}

Command doctor_command() {
  return {"doctor",
          "ask this host what it can do, and whether the configuration fits it",
          {"Each line is one fact: ✓ yes, ✗ no, ? nobody can tell. It exits with 78 when something "
           "is missing that the configuration needs."},
          {},
          {kJson},
          {{"hammock doctor", "before the first `hammock up` on a new machine"}}};
}

Command events_command() {
  return {
      "events",
      "show what happened",
      {"The facts of the journal: starts, exits, readiness, commands. It asks the brain. "
       "When that does not answer: `sqlite3 -readonly STATE/journal.db 'SELECT * FROM facts'`."},
      {},
      {{'f', "follow", "", "Go on with new events until interrupted."},
       kJson,
       {'n', "lines", "N", "The last N events, or `all`; 50 when not given."}},
      {{"hammock events -f", "follow"}, {"hammock events --json -n all", "one object a line"}}};
}

Command help_command() {
  return {"help",
          "explain a command",
          {},
          {{"COMMAND", "The command to explain.", Words::kCommand, false}},
          {{0, "man", "", "Print it as a manual page, in roff."},
           {0, "markdown", "", "Print all of it as Markdown."}},
          {{"hammock help logs", "one command"},
           {"hammock help --man | man -l -", "read the manual page"}}};
}

std::vector<Command> all_commands() {
  return {
      check_command(),
      up_command(),
      down_command(),
      {"apply",
       "read the configuration again and change what changed",
       {"Services whose configuration is as before keep running untouched. When the file has "
        "mistakes, they are shown and nothing changes."},
       {},
       {},
       {{"hammock apply", "after editing hammock.toml"}}},
      status_command(),
      logs_command(),
      named("start", "start a service that was stopped",
            {"It stays wanted across restarts of Hammock."}, {{"hammock start web", "start it"}}),
      named("stop", "stop a service, and keep it stopped",
            {"It stays stopped until `hammock start`, also across restarts of Hammock."},
            {{"hammock stop web", "stop it"}}),
      named("restart", "restart a service, or try again now",
            {"With several instances it rolls: one after the other, never below min_ready, and it "
             "stops at the first one that does not become ready. A crash-looping service is tried "
             "again at once."},
            {{"hammock restart web", "restart it"}}),
      named("reload", "tell a service to read its configuration again",
            {"As its `reload` says: a signal, or a command, whose output is in the log of the "
             "service."},
            {{"hammock reload nginx", "reload it"}}),
      run_command(),
      explain_command(),
      job_command(),
      next_command(),
      heartbeat_command(),
      probe_command(),
      timebombs_command(),
      ping_command(),
      wrap_command(),
      try_command(),
      doctor_command(),
      events_command(),
      {"version", "print the version", {}, {}, {kJson}, {{"hammock version", "print it"}}},
      {"completion",
       "print the completion script for a shell",
       {},
       {{"SHELL", "bash, zsh or fish.", Words::kChoice, true, false, {"bash", "zsh", "fish"}}},
       {},
       {{"hammock completion bash > /etc/bash_completion.d/hammock", "for everybody"},
        {"hammock completion fish > ~/.config/fish/completions/hammock.fish", "for fish"}}},
      help_command(),
  };
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = all_commands();
  return all;
}

const std::vector<Option>& global_options() {
  static const std::vector<Option> all = {
      {'c', "config", "FILE",
       "The configuration file; else ./hammock.toml, else the file that HAMMOCK_CONFIG names.",
       Words::kFile},
      {'h', "help", "", "Explain the command, with examples."},
  };
  return all;
}

const std::vector<ExitMeaning>& exit_meanings() {
  static const std::vector<ExitMeaning> all = {
      {Exit::kDone, "done"},
      {Exit::kRefused, "refused: it would have harmed something; the message says what"},
      {Exit::kUsage, "the command line is wrong: unknown command, option or service"},
      {Exit::kNotRunning, "Hammock is not running here"},
      {Exit::kAgain, "not now: it failed or took too long, and trying again is sensible"},
      {Exit::kNotPermitted, "not permitted: run it as the user that Hammock runs as, or as root"},
      {Exit::kConfiguration, "the configuration has mistakes, or this host cannot carry it out"},
  };
  return all;
}

const std::vector<Variable>& variables() {
  static const std::vector<Variable> all = {
      {"HAMMOCK_CONFIG", "the configuration file, when there is no ./hammock.toml and no -c"},
      {"HAMMOCK_RUNTIME_DIR",
       "where the ledger and the control socket are: /run/hammock as root, else "
       "$XDG_RUNTIME_DIR/hammock, else /tmp/hammock-<uid>"},
      {"HAMMOCK_STATE_DIR",
       "where the journal and the logs are: /var/lib/hammock as root, else "
       "$XDG_STATE_HOME/hammock, else ~/.local/state/hammock"},
      {"NO_COLOR", "when set to anything, no colours"},
      {"COLUMNS", "the width of the output, when it is not a terminal"},
  };
  return all;
}

const Command* find_command(std::string_view name) {
  auto found = std::ranges::find(commands(), name, &Command::name);
  return found == commands().end() ? nullptr : &*found;
}

const Option* find_option(const Command& command, std::string_view name) {
  for (const auto* options : {&command.options, &global_options()}) {
    auto found = std::ranges::find(*options, name, &Option::name);
    if (found != options->end()) return &*found;
  }
  return nullptr;
}

}  // namespace hammock::cli
