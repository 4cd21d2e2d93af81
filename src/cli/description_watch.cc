#include "cli/description_watch.h"

namespace hammock::cli {
namespace {

const Option kJson = {0, "json", "", "Print JSON for programs instead of text for people."};

const Argument kHeartbeat = {"NAME", "A heartbeat.", Words::kText};

}  // namespace

Command heartbeat_command() {
  return {"heartbeat",
          "show heartbeats and their pings, and pause, resume or remove one",
          {"A heartbeat is a dead-man's switch: something elsewhere pings, and when it does not in "
           "time, the heartbeat is down. `list` shows every one; `history NAME` its pings, the "
           "newest first. `pause NAME` expects nothing of it until `resume NAME`. `remove "
           "NAME` forgets one that a ping has made, not the configuration.",
           "`hammock ping` and `hammock wrap` send pings from this machine."},
          {{"ACTION",
            "list, history, pause, resume or remove.",
            Words::kChoice,
            true,
            false,
            {"list", "history", "pause", "resume", "remove"}},
           {"NAME", "A heartbeat.", Words::kText, false}},
          {{'n', "count", "N", "How many pings to show, at most 1000; 20 when not given."}, kJson},
          {{"hammock heartbeat list", "all heartbeats"},
           {"hammock heartbeat history backup -n 5", "its last five pings"},
           {"hammock heartbeat pause backup", "while the machine that pings is away"}}};
}

Command probe_command() {
  return {"probe",
          "show probes, and how they were",
          {"A probe looks at something over the network, again and again. `list` shows every one; "
           "`history NAME` for how long it was up, down, and for how long nobody knows, by the "
           "hours of the last day or the days of the last month, and when it went down and up.",
           "`hammock try` looks once at anything."},
          {{"ACTION", "list or history.", Words::kChoice, true, false, {"list", "history"}},
           {"NAME", "A probe.", Words::kText, false}},
          {{0, "days", "", "history: the days of the last month instead of the hours."}, kJson},
          {{"hammock probe list", "all probes"},
           {"hammock probe history shop", "the last 24 hours of one"},
           {"hammock probe history shop --days", "the last month"}}};
}

Command ping_command() {
  return {"ping",
          "send one ping of a heartbeat",
          {"Says that the work was done, or what the options say. It prints nothing when the ping "
           "is recorded. While the brain is being started again it goes on trying for ten seconds, "
           "rather recording a ping twice than not at all."},
          {kHeartbeat},
          {{0, "start", "", "The work has begun; its end is to be told by another ping."},
           {0, "fail", "", "The work has failed."},
           {0, "log", "", "Only keep the message."},
           {0, "exit", "N", "The work has ended with this exit code: 0 is a success."},
           {0, "rid", "UUID", "Names the run, so that its start and its end find each other."},
           {0, "message", "TEXT",
            "What to keep with it, at most 10000 bytes; `-` reads it from standard input."}},
          {{"hammock ping backup", "it was done"},
           {"hammock ping backup --fail --message \"no space\"", "it failed, and why"},
           {"hammock ping backup --log --message - < backup.log", "keep what it wrote"}}};
}

Command timebombs_command() {
  return {
      "timebombs",
      "show what will go off by itself, and when",
      {"Certificates, domains, disks, backups and whatever else is in [timebomb.*]: the most "
       "urgent first, with the date, by what that is known, and what nobody can say.",
       "With --within those that go off until then, may go off by a forecast, or are unknown: "
       "nothing that is not listed will surprise you. It exits with 75 when there is any."},
      {},
      {{0, "within", "DURATION", "Only what may go off within this, such as 5w or 10d."}, kJson},
      {{"hammock timebombs", "all of them"},
       {"hammock timebombs --within 5w", "can I leave for five weeks?"}}};
}

Command wrap_command() {
  return {"wrap",
          "run a command, and tell a heartbeat how it went",
          {"Sends a ping when the command begins and one when it ends, with its exit code and the "
           "last 10000 bytes of its output, and ends with its code (128 + signal when a signal "
           "ended it, 127 when it is not found, 126 when it cannot be executed). Signals are "
           "handed on to it.",
           "A Hammock that is not there or does not answer within ten seconds never keeps the "
           "command from running and never changes the code: a line on standard error says that "
           "nobody was told.",
           "Output is passed through as it comes, but the command sees a pipe, not a terminal: "
           "some programs then use no colours, or write later. What the command leaves running in "
           "the background loses its output when the command ends."},
          {kHeartbeat,
           {"CMD", "The command and its arguments, after `--`.", Words::kProgram, true, true}},
          {},
          {{"hammock wrap backup -- /usr/local/bin/backup.sh /srv", "in a crontab, for example"}}};
}

Command try_command() {
  return {
      "try",
      "make one request to the network, and show what came of it",
      {"As a probe would make it: through the courier, over a fresh connection, without a proxy. "
       "It shows how long each phase took, counted from the start, and of TLS the certificates: "
       "whom they are for, who issued them and how long they are valid, also when they are not "
       "accepted. No Hammock needs to run.",
       "It exits with 0 when it is good: a status below 400, a DNS answer with records, a "
       "connection with what was expected of it, in time and with accepted certificates; else "
       "with 75."},
      {{"WHAT",
        "http, tcp, tls or dns.",
        Words::kChoice,
        true,
        false,
        {"http", "tcp", "tls", "dns"}},
       {"TARGET", "A URL; HOST:PORT (443 for tls when not given); or a name for dns."}},
      {{0, "timeout", "DURATION", "How long it may take as a whole; 10s when not given."},
       kJson,
       {0, "resolver", "ADDRESS",
        "The name server to ask, such as 192.0.2.1 or [2001:db8::1]:5353; several with commas. "
        "Else those of the machine."},
       {0, "address", "IP", "Connect to this address, instead of asking for the host's."},
       {0, "family", "FAMILY", "Only IPv4 or only IPv6.", Words::kChoice, {"4", "6"}},
       {0, "ca", "FILE", "Trust the certificates in this PEM file alone.", Words::kFile},
       {0, "insecure", "", "Go on when the certificates are not accepted; they are shown."},
       {0, "server-name", "NAME", "The name that the certificate must stand for."},
       {0,
        "starttls",
        "PROTOCOL",
        "tls: ask the server in this protocol to go on in TLS.",
        Words::kChoice,
        {"smtp", "imap", "pop3", "postgres"}},
       {0, "method", "METHOD", "http: the method; GET when not given."},
       {0, "follow", "N", "http: follow at most N redirects, up to 20; none when not given."},
       {0, "body", "", "http: show the beginning of the body."},
       {0, "send", "TEXT", "tcp: send this; \\r, \\n, \\t and \\0 are what they usually are."},
       {0, "expect", "TEXT", "tcp: read until this was seen."},
       {0, "type", "TYPE", "dns: the type of the records; A when not given."}},
      {{"hammock try http https://shop.example/health", "is it there, and until when?"},
       {"hammock try tls mail.example:993", "the certificates of a mail server"},
       {"hammock try tls mail.example:25 --starttls smtp", "the same, where mail comes in"},
       {"hammock try tcp 127.0.0.1:22 --expect SSH-", "does it greet?"},
       {"hammock try dns shop.example --type MX --resolver 192.0.2.1", "ask one name server"}}};
}

}  // namespace hammock::cli
