"""The sweep: the keeper or the brain is killed at each system call of an operation.

    sweep.py [--target keeper|brain] [--operation NAME] [--part I/N] [--every N] [--seconds S]

Operations: start (of Hammock), spawn (of a program), exit (of a program), apply (of a changed
configuration), stop, ping (of a heartbeat, by a client that tries until it is told OK). First the operation runs once to count the target's system calls, then once
for each n (every N-th, or as many as fit into the seconds), killed as it enters call n. After each:
what was asked for is carried out, no other program noticed, nothing runs twice, nothing is left.
HAMMOCK_SWEEP_EVERY=1 visits every call. A part is every N-th of those calls, from the I-th on. Without a
target or an operation all are done, many at a time: most of the time each of them waits.
"""

import argparse
import concurrent.futures
import os
import queue
import subprocess
import sys
import threading
import time

import harness
import storm

OPERATIONS = ("start", "spawn", "exit", "apply", "stop", "ping")
TARGETS = ("keeper", "brain")
START_PARTS = 6  # it takes longest
AT_ONCE_PER_CPU = 4


class Sweeper:
    """tests/sweep/sweeper.cc, told through its stdin."""

    def __init__(self, world):
        command = [
            harness.program("sweeper"),
            *world.prefix(),
            harness.BINARIES / "hammock",
            "up",
            "--detach",
        ]
        out = open(world.folder / f"call-sweeper-{time.monotonic_ns()}.err", "w")
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out,
            cwd=world.folder, env=world.environment(), text=True, bufsize=1,
        )
        self.lines = queue.Queue()
        self.killed = None
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            words = line.split()
            if words and words[0] == "killed":
                self.killed = (int(words[1]), int(words[2]))
            else:
                self.lines.put(line)

    def tell(self, text, answer):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        while True:
            words = self.lines.get(timeout=30 * harness.PATIENCE).split()
            if words and words[0] == answer:
                return words

    def arm(self, target, call):
        self.killed = None
        self.tell(f"arm {target} {call}", "armed")

    def count(self):
        return int(self.tell("count", "count")[1])

    def release(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class Sweep:
    """A world with two bystanders and a service that the operation is about."""

    def __init__(self, operation, target):
        self.operation, self.target = operation, target
        self.world = harness.World()
        self.sweeper = None
        for name in ("bystander", "subject"):
            self.chatty(name)
        self.world.services["bystander"]["instances"] = 2
        self.world.heartbeat("copy", every="24h")
        self.ping_url = None
        self.acknowledged = []
        self.version = 1

    def chatty(self, name, *more):
        self.world.service(
            name,
            "chatty",
            name,
            "--pause-us",
            2000,
            "--counters",
            self.world.counters,
            "--notify",
            *more,
            ready={"notify": True},
            restart={"backoff": "10ms", "at_most": "100ms"},  # it is killed again and again
        )

    # --- one operation: prepare() before it is armed, act() while it is, expect() afterwards --

    def begin(self):
        self.world.write()
        self.sweeper = Sweeper(self.world)
        self.world.wait_house()
        self.world.wait_ready("bystander", "subject")

    def prepare(self):
        if self.operation == "spawn":
            self.command("stop", "subject")
            self.world.wait_health("subject", "stopped")
        elif self.operation == "stop":
            self.command("start", "subject")
            self.world.wait_ready("subject")
        elif self.operation == "ping":
            self.ping_url = self.world.wait(
                lambda: self.world.heartbeat_status("copy"), "copy is known"
            )["ping_url"]
        self.bystanders = self.world.identities("bystander")
        self.subject = self.world.pid("subject")

    def act(self):
        """Starts the operation; the process of a command, or None."""
        world = self.world
        if self.operation in ("spawn", "stop"):
            return world.spawn({"spawn": "start", "stop": "stop"}[self.operation], "subject")
        if self.operation == "exit":
            world.kill(self.subject)
            return None
        if self.operation == "ping":
            self.ping()
            return None
        self.version += 1
        # Another one each time, and never so much that the oldest lines are let go.
        self.chatty("subject", "--burst", 1 + self.version % 50)
        world.write()
        return world.spawn("apply")

    def ping(self):
        """Until it is told OK; each with words of its own."""
        body = f"ping {len(self.acknowledged)}"
        command = ["curl", "-fsS", "-m", "20", "--retry", "50", "--retry-delay", "1",
                   "--retry-all-errors", "--data-raw", body,
                   self.ping_url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.stdout != "OK":
            raise AssertionError(f"{body} was not taken: {done.stdout}{done.stderr}")
        self.acknowledged.append(body)

    def check_pings(self):
        """Each that was acknowledged is there; a client that was not told may have said it twice."""
        # The kill may come only now.
        pings = self.command("heartbeat", "history", "copy", "-n", "1000", "--json").json()[::-1]
        if [ping["n"] for ping in pings] != list(range(1, len(pings) + 1)):
            raise AssertionError(f"the numbers of the pings: {[ping['n'] for ping in pings]}")
        lost = set(self.acknowledged) - {ping["body"] for ping in pings}
        if lost:
            raise AssertionError(f"acknowledged and not recorded: {lost}")

    def again(self):
        """What somebody does whose command got no answer: the same again, until it is answered."""
        words = {"spawn": ["start", "subject"], "stop": ["stop", "subject"], "apply": ["apply"]}[
            self.operation
        ]
        self.command(*words)

    def command(self, *words):
        """Commands are safe to repeat: not running or try again means just that."""
        last = None

        def done():
            nonlocal last
            last = self.world.cli(*words, code=None)
            return last.code == 0

        self.world.wait(
            done, f"{words} is carried out; last answer {last and last.text}", within=30
        )
        return last

    def expect(self):
        world = self.world
        if self.operation == "ping":
            self.check_pings()
        elif self.operation == "stop":
            world.wait_health("subject", "stopped")
            if world.programs("subject"):
                raise AssertionError("subject still runs")
        else:
            if self.operation != "spawn":
                world.wait(
                    lambda: world.pid("subject") not in (0, self.subject), "subject is another one"
                )
            world.wait_ready("subject")
        if world.identities("bystander") != self.bystanders:
            raise AssertionError(
                f"bystanders were {self.bystanders}, are {world.identities('bystander')}"
            )
        problems = storm.check_copies(world)
        if problems:
            raise AssertionError("; ".join(problems))

    def once(self, call):
        """The operation once, killed at `call`; whether the kill happened."""
        self.prepare()
        self.sweeper.arm(self.target, call)
        process = self.act()
        if process is not None:
            result = self.world.finish(process, within=60)
            if result.code != 0:
                self.world.wait(
                    lambda: self.sweeper.killed,
                    f"the kill that explains why {process.about} ended with {result.code}: "
                    f"{result.text}",
                    within=5,
                )
                self.again()
        self.expect()
        self.world.wait_house()
        return self.sweeper.killed is not None

    def end(self):
        self.world.down()
        self.sweeper.release()
        return storm.check_lines(self.world)


class StartSweep(Sweep):
    """Start is about Hammock itself: each time it begins from nothing, killed on its way up."""

    def begin(self):
        self.world.write()

    def once(self, call):
        world = self.world
        self.sweeper = Sweeper(world)
        self.sweeper.arm(self.target, call)
        world.wait(
            lambda: self.sweeper.killed or self.all_ready(), "all are ready, or the kill", within=30
        )
        killed = self.sweeper.killed is not None
        if killed:
            world.again()
        world.wait_house()
        world.wait_ready("bystander", "subject")
        self.counted = self.sweeper.count()
        problems = storm.check_copies(world)
        if problems:
            raise AssertionError("; ".join(problems))
        world.down()
        self.sweeper.release()
        if world.processes():
            raise AssertionError(f"left behind: {[p.command for p in world.processes()]}")
        return killed

    def all_ready(self):
        slots = self.world.ledger().slots if self.world.ledger() else []
        return len(slots) == 3 and all(slot.pid and slot.ready for slot in slots)

    def end(self):
        return storm.check_lines(self.world)


def sweep(operation, target, part, every, seconds):
    """Returns what was wrong. `every` 0: as many calls as fit into the seconds, evenly spread."""
    one = (StartSweep if operation == "start" else Sweep)(operation, target)
    problems = []
    try:
        one.begin()
        one.once(0)
        count = one.counted if operation == "start" else one.sweeper.count()
        first, parts = part
        calls = list(range(1 + (first - 1) * every, count + 1, every * parts)) if every else spread(count)
        deadline = time.monotonic() + seconds
        done = 0
        for call in calls:
            if not every and time.monotonic() > deadline:
                break
            try:
                one.once(call)
            except AssertionError as problem:
                raise AssertionError(
                    f"{target} killed at call {call} of {operation}: {problem}"
                ) from None
            done += 1
        print(f"{operation}: {target} killed at {done} of {count} calls", flush=True)
        problems = one.end()
    except AssertionError as problem:
        problems.append(str(problem))
    problems += one.world.take_down()
    if one.sweeper and one.sweeper.process.poll() is None:
        one.sweeper.release()
    if problems:
        print(one.world.house_log())
    if not problems or not os.environ.get("HAMMOCK_E2E_KEEP"):
        one.world.remove()
    return problems


def spread(count):
    """1 … count in an order whose every beginning is evenly spread."""
    step = count
    seen = set()
    while step >= 1:
        for call in range(max(1, step // 2), count + 1, step):
            if call not in seen:
                seen.add(call)
                yield call
        step //= 2
    yield from (call for call in range(1, count + 1) if call not in seen)


def fraction(text):
    first, parts = (int(word) for word in text.split("/"))
    return first, parts


def all_at_once(options):
    """Every operation and target that was not chosen otherwise, in processes of their own."""
    pieces = [
        (operation, target, f"{part}/{parts}")
        for operation in ([options.operation] if options.operation else OPERATIONS)
        for target in ([options.target] if options.target else TARGETS)
        for parts in [START_PARTS if operation == "start" and options.every else 1]
        for part in range(1, parts + 1)
    ]

    def run(piece):
        words = [word for pair in zip(("--operation", "--target", "--part"), piece) for word in pair]
        words += ["--every", str(options.every), "--seconds", str(options.seconds)]
        result = subprocess.run(
            [sys.executable, "-u", __file__, *words], stdout=subprocess.PIPE, text=True, check=False
        )
        print(" ".join(piece) + "\n" + result.stdout, flush=True)
        return result.returncode

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE_PER_CPU * os.cpu_count()) as pool:
        return max(pool.map(run, pieces))


def main():
    parser = argparse.ArgumentParser(
        description="Kill Hammock at every system call of an operation."
    )
    parser.add_argument("--target", choices=TARGETS)
    parser.add_argument("--operation", choices=OPERATIONS)
    parser.add_argument("--part", type=fraction, default=(1, 1), metavar="I/N")
    parser.add_argument(
        "--every", type=int, default=int(os.environ.get("HAMMOCK_SWEEP_EVERY", "0"))
    )
    parser.add_argument("--seconds", type=float, default=25)
    options = parser.parse_args()
    if not options.operation or not options.target:
        sys.exit(all_at_once(options))
    problems = sweep(
        options.operation, options.target, options.part, options.every, options.seconds
    )
    for problem in problems:
        print(f"WRONG: {problem}", flush=True)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
