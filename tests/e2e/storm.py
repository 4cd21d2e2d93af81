"""The storm: many services of all kinds, and random kill -9 of the brain, the keeper and both.

    storm.py [--services N] [--kills K] [--seed S]

HAMMOCK_STORM_SERVICES, HAMMOCK_STORM_KILLS and HAMMOCK_SEED say the same. The seed is printed; it
decides who is killed, when, and what is asked of Hammock meanwhile. At the end must hold:

* no service has another pid than at the beginning, unless it was told to restart or crashed itself;
* every program runs once: nothing that carries our mark is outside the ledger;
* every line of every service is in its log exactly once, whole and in order;
* every exit is recorded: each generation but the running one has its exit in the journal;
* every command that Hammock accepted is carried out.
"""

import argparse
import collections
import dataclasses
import json
import os
import random
import sqlite3
import subprocess
import time

import harness
import processes

KINDS = ("steady", "parent", "notify", "descriptor", "fast", "crasher", "served", "told", "rolled")


@dataclasses.dataclass
class Asked:
    """A command under way or ended, and what must be true once it was carried out."""

    process: object
    verb: str
    service: str
    before: dict
    code: int | None = None


class Storm:
    def __init__(self, services, kills, seed):
        self.count, self.kills = services, kills
        self.random = random.Random(seed)
        self.world = harness.World()
        self.kinds = {}
        self.asked = []
        self.wants_up = {}
        self.killed = {"brain": 0, "keeper": 0, "both": 0}
        self.ups = 0

    # --- the world -----------------------------------------------------------------------------

    def build(self):
        at = harness.address()
        for number in range(self.count):
            kind = KINDS[number % len(KINDS)]
            name = f"{kind}-{number}"
            self.kinds[name] = kind
            self.wants_up[name] = True
            chatty = ["chatty", name, "--counters", self.world.counters]
            keys = {"logs": {"keep_bytes": "64GiB"}}
            pace = [
                "--pause-us",
                self.random.choice((500, 1000, 3000)),
                "--burst",
                self.random.choice((1, 5, 40)),
            ]
            if kind == "parent":
                chatty += ["--children", 2]
            if kind in ("notify", "rolled"):
                chatty += ["--notify"]
                keys["ready"] = {"notify": True}
            if kind == "descriptor":
                chatty += ["--ready-fd", 9]
                keys["ready"] = {"notify_fd": 9}
            if kind == "fast":
                pace = ["--pause-us", 50, "--burst", 1] if number > 9 else []
            if kind == "crasher":
                pace = ["--pause-us", 1000, "--exit-after", 700, "--exit-code", 9]
                keys["restart"] = {"backoff": "100ms", "at_most": "500ms", "stable_after": "200ms"}
            if kind == "served":
                keys["listen"] = [f"{at}:{8000 + number}"]
            if kind == "rolled":
                keys.update(instances=3, min_ready=2)
            self.world.service(name, *chatty, *pace, **keys)

    def start(self):
        self.world.up("--within", "60s", within=90)
        self.first = {name: self.world.identities(name) for name in self.kinds}

    # --- the storm -----------------------------------------------------------------------------

    def strike(self):
        victim = self.random.choice(("brain", "keeper", "brain", "keeper", "both"))
        self.killed[victim] += 1
        # One look for both, so that "both" means both of the same moment.
        houses = {"brain": "brain", "keeper": "hammock-keeper"}
        found = {which: self.world.house_all(name) for which, name in houses.items()}
        for which in ("brain", "keeper"):
            if victim in (which, "both"):
                for pid in found[which]:
                    self.world.kill(pid)
        if not any(processes.alive(pid) for pid in self.house_pids()):
            self.revive()

    def house_pids(self):
        return self.world.house_all("hammock-keeper") + self.world.house_all("brain")

    def revive(self):
        """When both are dead, somebody starts Hammock again, as an operator or an init would."""
        self.ups += 1
        self.asked.append(
            Asked(self.world.spawn("up", "--detach", "--within", "30s"), "up", "", {})
        )

    def command(self):
        """Asks something of a service of which nobody is asking anything at the moment."""
        name = self.random.choice(
            [n for n, kind in self.kinds.items() if kind in ("told", "rolled", "served")]
        )
        if any(a.service == name and a.process.poll() is None for a in self.asked):
            return
        verbs = ("restart", "restart", "stop") if self.wants_up[name] else ("start",)
        verb = self.random.choice(verbs)
        before = self.world.identities(name)
        self.asked.append(Asked(self.world.spawn(verb, name), verb, name, before))
        self.wants_up[name] = verb != "stop"

    def rage(self):
        begun = time.monotonic()
        for number in range(self.kills):
            if number % 3 == 0:
                self.command()
            pause = self.random.choice((0.0, 0.005, 0.02, 0.05, 0.1, 0.25))
            deadline = time.monotonic() + pause
            while time.monotonic() < deadline:
                time.sleep(0.002)
            self.strike()
            if number % 25 == 24:
                print(
                    f"{number + 1} kills, {time.monotonic() - begun:.0f} s, {self.killed}",
                    flush=True,
                )

    # --- afterwards ----------------------------------------------------------------------------

    def calm(self):
        """Everybody who asked has an answer, and all is as it was last wanted."""
        self.world.wait(self.all_answered, "every command has ended", within=120)
        self.world.wait_house(within=40)
        for asked in self.asked:
            result = self.world.finish(asked.process)
            asked.code, asked.text = result.code, result.text
        for name, up in self.wants_up.items():
            # A command without an answer may have been accepted or not: asking again is safe. Who
            # said READY while both were dead was heard by nobody: it is tried again, and is ready
            # below.
            if any(a.service == name and a.code != 0 for a in self.asked):
                again = self.world.cli("start" if up else "stop", name, code=None, within=60)
                if again.code not in (0, harness.EXIT_TRY_AGAIN):
                    raise AssertionError(again.text)
        for name, up in self.wants_up.items():
            if self.kinds[name] != "crasher":
                self.world.wait_health(name, "ready" if up else "stopped", within=60)

    def all_answered(self):
        if not self.house_pids():
            self.revive()
        return all(asked.process.poll() is not None for asked in self.asked)

    def check(self):
        problems = self.check_identities() + check_copies(self.world) + self.check_commands()
        slots = self.world.ledger().slots
        self.world.down()
        unheld = unheld_ends(self.world)
        print(f"{len(unheld)} programs ended while nobody held their output", flush=True)
        return problems + check_journal(self.world, slots) + check_lines(self.world, unheld)

    def check_identities(self):
        problems = []
        for name, kind in self.kinds.items():
            told = any(a.service == name for a in self.asked)
            now = self.world.identities(name)
            if not told and kind != "crasher" and now != self.first[name]:
                problems.append(f"{name} was {self.first[name]}, is {now}, and nobody told it to")
        return problems

    def check_commands(self):
        problems = []
        for asked in self.asked:
            if asked.verb == "restart" and asked.code == 0:
                kept = set(asked.before.items()) & set(self.world.identities(asked.service).items())
                if kept:
                    problems.append(
                        f"restart of {asked.service} was answered with done, but {kept} still run"
                    )
            if asked.code not in (
                0, harness.EXIT_NOT_RUNNING, harness.EXIT_TRY_AGAIN, harness.EXIT_REFUSED
            ):
                problems.append(
                    f"{asked.verb} {asked.service} ended with {asked.code}: {asked.text}"
                )
        return problems


def check_copies(world):
    """Every process of a service belongs to the one program that the ledger has for it.

    Programs come and go between our look at the ledger and our look at the processes, so a look
    counts when the ledger is the same after it, and what is wrong must be so in two of them.
    """
    before = None
    for _ in range(200):
        leaders = pids(world)
        problems = look_at_copies(world)
        if not problems:
            return []
        if leaders == pids(world):
            if before is not None and set(problems) & before:
                return sorted(set(problems) & before)
            before = set(problems)
        time.sleep(0.05)
    return problems


def pids(world):
    return [(slot.pid, slot.generation) for slot in world.ledger().slots]


def look_at_copies(world):
    found = world.ledger()
    leaders = {slot.pid: slot for slot in found.slots if slot.pid}
    problems = []
    for slot in leaders.values():
        process = processes.read(slot.pid)
        if process is None or process.state in "ZX" or not processes.is_same(process, slot):
            problems.append(
                f"the ledger says that {slot.service}/{slot.instance} is {slot.pid}: {process}"
            )
    for process in world.programs():
        if process.session not in leaders:
            problems.append(f"nobody knows {process.pid} {process.command} of {process.service}")
    return problems


def check_journal(world, slots):
    """Each start has its exit, once; each accepted command was finished.

    `slots`: the ledger before the end.
    """
    journal = sqlite3.connect(f"file:{world.state}/journal.db?mode=ro", uri=True)
    rows = journal.execute("SELECT kind, fields FROM facts ORDER BY id").fetchall()
    journal.close()
    facts = [(kind, json.loads(fields)) for kind, fields in rows]
    exits = [
        (fields["service"], fields["instance"], fields["generation"])
        for kind, fields in facts
        if kind == "instance exited"
    ]
    counts = collections.Counter(exits)
    problems = [f"the exit of {key} is recorded {n} times" for key, n in counts.items() if n > 1]
    for slot in slots:
        for generation in range(1, slot.generation + 1):
            key = (slot.service, slot.instance, generation)
            if key not in exits:
                problems.append(f"the exit of {key} is not recorded")
    finished = {fields["id"] for kind, fields in facts if kind == "command finished"}
    for kind, fields in facts:
        if kind == "command accepted" and fields["id"] not in finished:
            problems.append(f"accepted and never finished: {fields}")
    return problems


def unheld_ends(world):
    """The processes of which the journal says that nobody held their pipe when they ended.

    Keeper and brain were both dead then; the kernel frees a pipe with the last who has it open, and
    with it what was not read of it.
    """
    journal = sqlite3.connect(f"file:{world.state}/journal.db?mode=ro", uri=True)
    rows = journal.execute("SELECT fields FROM facts WHERE kind = 'instance exited'").fetchall()
    journal.close()
    ends = [json.loads(fields) for (fields,) in rows]
    return [end["pid"] for end in ends if not end["output_known"]]


def check_lines(world, cut_off=()):
    command = [harness.program("linecheck"), world.state / "logs", "--counters", world.counters]
    if cut_off:
        command += ["--cut-off", ",".join(str(pid) for pid in cut_off)]
    out = subprocess.run(command, capture_output=True, check=False, text=True)
    found = json.loads(out.stdout)
    print(
        f"{found['lines']} lines, {found['bytes'] >> 20} MiB, {found['runs']} runs in the logs",
        flush=True,
    )
    return [] if out.returncode == 0 else found["shown"] + [
        f"{found['problems']} problems with lines"
    ]


def storm(services, kills, seed):
    """Returns what was wrong; the world is gone afterwards, unless something was."""
    print(f"HAMMOCK_SEED={seed}: {services} services, {kills} kills", flush=True)
    weather = Storm(services, kills, seed)
    problems = []
    try:
        weather.build()
        weather.start()
        weather.rage()
        weather.calm()
        problems = weather.check()
    except AssertionError as problem:
        problems.append(str(problem))
    problems += weather.world.take_down()
    if problems:
        print(weather.world.house_log())
    else:
        print(f"{weather.killed} killed, {weather.ups} times up again, {len(weather.asked)} asked")
    if not problems or not os.environ.get("HAMMOCK_E2E_KEEP"):
        weather.world.remove()
    return problems


def main():
    parser = argparse.ArgumentParser(description="Kill Hammock at random, and look what is lost.")
    parser.add_argument(
        "--services", type=int, default=int(os.environ.get("HAMMOCK_STORM_SERVICES", "50"))
    )
    parser.add_argument(
        "--kills", type=int, default=int(os.environ.get("HAMMOCK_STORM_KILLS", "300"))
    )
    parser.add_argument(
        "--seed", type=int, default=int(os.environ.get("HAMMOCK_SEED", random.randrange(1 << 31)))
    )
    options = parser.parse_args()
    problems = storm(options.services, options.kills, options.seed)
    for problem in problems:
        print(f"WRONG: {problem}")
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main()
