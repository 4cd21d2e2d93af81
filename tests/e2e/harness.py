"""A world of its own for each test: a folder with a configuration, a runtime and a state
directory, and the real binaries working in it.

    class Example(harness.Case):
        def test_it(self):
            self.world.service("web", "chatty", "web")
            self.world.up()
            self.world.wait_ready("web")

At the end the world is taken down, and nothing of it may be left. Tests run as whoever calls them;
with HAMMOCK_E2E_USER=user root runs Hammock and its programs as the user nobody.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import ledger
import processes
from places import BINARIES, SOURCE, program

AS_USER = os.environ.get("HAMMOCK_E2E_USER") == "user" and os.geteuid() == 0
AS_ROOT = os.geteuid() == 0 and not AS_USER
NOBODY = 65534
PATIENCE = float(os.environ.get("HAMMOCK_E2E_PATIENCE", "1"))
MARK = "E2E_WORLD"

EXIT_OK, EXIT_REFUSED, EXIT_USAGE, EXIT_NOT_RUNNING = 0, 3, 64, 69
EXIT_TRY_AGAIN, EXIT_NOT_PERMITTED, EXIT_CONFIG = 75, 77, 78


def address():
    """A loopback address of this test process alone, so that every port of it is free."""
    pid = os.getpid()
    return f"127.{1 + pid // 62500 % 250}.{1 + pid // 250 % 250}.{1 + pid % 250}"


def toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + " }"
    return json.dumps(str(value))


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self):
        return self.out + self.err

    def json(self):
        return json.loads(self.out)


class World:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hk-"))
        self.runtime = self.folder / "run"
        self.state = self.folder / "state"
        self.config = self.folder / "hammock.toml"
        self.counters = self.folder / "counters"
        self.services = {}
        self.jobs = {}
        self.heartbeats = {}
        self.probes = {}
        self.timebombs = {}
        self.head = {"name": "world"}
        self.results = []
        self.calls = 0
        self.binaries = BINARIES
        for path in (self.runtime, self.state, self.counters):
            path.mkdir()
        self.own(self.folder, *self.folder.iterdir())

    # --- who and where -------------------------------------------------------------------------

    def own(self, *paths):
        """Gives files to the user that this world runs as."""
        for path in paths:
            if AS_USER:
                os.chown(path, NOBODY, NOBODY)

    def prefix(self):
        if not AS_USER:
            return []
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

    def environment(self, **extra):
        base = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "HAMMOCK_RUNTIME_DIR": str(self.runtime),
            "HAMMOCK_STATE_DIR": str(self.state),
            # A leak report is not possible in a process that is being traced or was killed.
            "ASAN_OPTIONS": "detect_leaks=0",
            MARK: str(self.folder),
        }
        return {**base, **extra}

    # --- configuration -------------------------------------------------------------------------

    def service(self, name, *command, **keys):
        """Adds [service.NAME]; the name of a test program stands for its path."""
        words = [str(word) for word in command]
        if "/" not in words[0] and os.path.exists(program(words[0])):
            words[0] = program(words[0])
        keys["env"] = {MARK: str(self.folder), **keys.get("env", {})}
        self.services[name] = {"command": words, **keys}

    def job(self, name, script, **keys):
        """Adds [job.NAME], whose program is a shell script."""
        keys["env"] = {MARK: str(self.folder), **keys.get("env", {})}
        self.jobs[name] = {"command": ["/bin/sh", "-c", script], **keys}

    def heartbeat(self, name, **keys):
        """Adds [heartbeat.NAME], and an address of this test alone where it is pinged."""
        self.head.setdefault("listen", f"{address()}:4040")
        self.heartbeats[name] = keys

    def probe(self, name, **keys):
        """Adds [probe.NAME]; a second between two looks unless it is told otherwise."""
        self.probes[name] = {"every": "1s", **keys}

    def timebomb(self, name, **keys):
        """Adds [timebomb.NAME]."""
        self.timebombs[name] = keys

    def text(self):
        lines = ["[hammock]"] + [f"{key} = {toml(value)}" for key, value in self.head.items()]
        for table, named in (
            ("service", self.services),
            ("job", self.jobs),
            ("heartbeat", self.heartbeats),
            ("probe", self.probes),
            ("timebomb", self.timebombs),
        ):
            for name, keys in named.items():
                lines += ["", f"[{table}.{name}]"]
                lines += [f"{key} = {toml(value)}" for key, value in keys.items()]
        return "\n".join(lines) + "\n"

    def write(self, text=None):
        self.config.write_text(self.text() if text is None else text)
        self.config.chmod(0o644)
        self.own(self.config)

    def file(self, name, text, mode=0o644):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        self.own(path)
        return path

    # --- commands ------------------------------------------------------------------------------

    def spawn(self, *args, pass_fds=(), **extra):
        """Starts `hammock ARGS`; its output goes to files, so that no daemon can hold us up."""
        self.calls += 1
        base = self.folder / f"call-{self.calls}"
        out, err = open(f"{base}.out", "w+"), open(f"{base}.err", "w+")
        command = self.prefix() + [str(self.binaries / "hammock"), *map(str, args)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=self.folder,
            env=self.environment(**extra),
            pass_fds=pass_fds,
        )
        process.files = (out, err)
        process.about = " ".join(map(str, args))
        return process

    def finish(self, process, within=30):
        try:
            code = process.wait(within * PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"`hammock {process.about}` did not end in {within} s") from None
        texts = []
        for file in process.files:
            file.seek(0)
            texts.append(file.read())
            file.close()
        result = Result(code, *texts)
        self.results.append((process.about, result))
        return result

    def cli(self, *args, code=EXIT_OK, within=30, **extra):
        """Runs `hammock ARGS` to its end. `code`: the exit code it must have; None: any."""
        result = self.finish(self.spawn(*args, **extra), within)
        if code is not None and result.code != code:
            words = " ".join(map(str, args))
            raise AssertionError(
                f"`hammock {words}` ended with {result.code}, not {code}:\n{result.text}"
            )
        return result

    def up(self, *args, code=EXIT_OK, within=60, **extra):
        """Writes the configuration and starts it; comes back when every service is ready."""
        self.write()
        return self.again(*args, code=code, within=within, **extra)

    def again(self, *args, code=EXIT_OK, within=60, **extra):
        return self.cli("up", "--detach", *args, code=code, within=within, **extra)

    def up_unready(self, **extra):
        """The same, where some service will not be ready now."""
        result = self.up("--within", "500ms", code=None, **extra)
        if result.code not in (EXIT_OK, EXIT_TRY_AGAIN):
            raise AssertionError(f"up ended with {result.code}:\n{result.text}")
        return result

    def down(self, within=60):
        return self.cli("down", within=within)

    def status(self, *args):
        return self.cli("status", "--json", *args).json()

    def service_status(self, name):
        for service in self.status()["services"]:
            if service["name"] == name:
                return service
        return None

    def job_status(self, name):
        for job in self.status()["jobs"]:
            if job["name"] == name:
                return job
        return None

    def heartbeat_status(self, name):
        for heartbeat in (self.status().get("heartbeats") or []):  # none while no brain answers
            if heartbeat["name"] == name:
                return heartbeat
        return None

    def probe_status(self, name):
        for probe in (self.status().get("probes") or []):  # none while no brain answers
            if probe["name"] == name:
                return probe
        return None

    def wait_probe(self, name, status, within=20):
        """Until the probe is shown so; what is known of it."""
        seen = []

        def reached():
            seen[:] = [self.probe_status(name)]
            return seen[0] is not None and seen[0]["status"] == status

        try:
            self.wait(reached, f"probe {name} is {status}", within)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {seen}") from error
        return seen[0]

    def events(self):
        """Every fact of the journal, the oldest first."""
        lines = self.cli("events", "--json", "-n", "all").out.splitlines()
        return [json.loads(line) for line in lines]

    def pings(self, name):
        """The pings of a heartbeat, the oldest first."""
        return self.cli("heartbeat", "history", name, "-n", "1000", "--json").json()[::-1]

    def history(self, name):
        """The runs that have ended, the oldest first."""
        return self.cli("job", "history", name, "-n", "1000", "--json").json()[::-1]

    def wait_run(self, name, number=1, within=20):
        """Until this run has ended; what is known of it."""
        self.wait(
            lambda: (self.job_status(name)["last"] or {"run": 0})["run"] >= number,
            f"run {number} of {name} has ended: {self.job_status(name)}",
            within,
        )
        return next(run for run in self.history(name) if run["run"] == number)

    # --- facts ---------------------------------------------------------------------------------

    def ledger(self):
        return ledger.read(self.runtime / "ledger")

    def slots(self, service, instance=None):
        found = self.ledger()
        return found.of(service, instance) if found else []

    def slot(self, service, instance=1):
        return self.slots(service, instance)[0]

    def pids(self, service):
        """Pids of the running instances, by instance number."""
        return {slot.instance: slot.pid for slot in self.slots(service) if slot.pid}

    def pid(self, service, instance=1):
        return self.pids(service).get(instance, 0)

    def identities(self, service):
        return {s.instance: (s.pid, s.generation) for s in self.slots(service) if s.pid}

    def keeper(self):
        return self.house("hammock-keeper")

    def brain(self):
        return self.house("brain")

    def house(self, which):
        """Pid of the living keeper or brain as /proc has it; 0 when there is none.

        Two may be there for a moment: one that `up` started and one that a brain started. The later
        one finds the lock taken and leaves.
        """
        deadline = time.monotonic() + 3 * PATIENCE
        while len(found := self.house_all(which)) > 1:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(found)} processes are the {which}: {found}")
            time.sleep(0.01)
        return found[0] if found else 0

    def house_all(self, which):
        alive = [p for p in self.processes() if self.is_house(p, which) and p.state not in "ZX"]
        # What was cloned and has not come to exec looks like its parent.
        pids = {p.pid for p in alive}
        return sorted(p.pid for p in alive if p.parent not in pids)

    def is_house(self, process, which):
        names = [os.path.basename(word) for word in process.command[:2]]
        if process.service is not None or not names:
            return False
        if which == "hammock-keeper":
            return names[0] == "hammock-keeper"
        return names == ["hammock", "brain"]

    def processes(self):
        """Every process of this world, zombies without a command line left out."""
        runtime, mark = str(self.runtime), str(self.folder)
        return [
            process
            for process in processes.everybody()
            if process.environment.get(MARK) == mark
            or process.environment.get("HAMMOCK_RUNTIME_DIR") == runtime
            or runtime in process.command
        ]

    def programs(self, service=None):
        found = [p for p in self.processes() if p.service and p.state not in "ZX"]
        return [p for p in found if service in (None, p.service)]

    def couriers(self):
        """Children of the brain; they have no environment by which they could be known."""
        brains = self.house_all("brain")
        return [p.pid for p in processes.everybody()
                if p.parent in brains and p.state not in "ZX" and p.command[:1]
                and os.path.basename(p.command[0]) == "hammock-courier"]

    def log(self, service, instance=1):
        """What the log has of an instance, as bytes."""
        folder = self.state / "logs" / service / str(instance)
        if not folder.is_dir():
            return b""
        return b"".join(path.read_bytes() for path in sorted(folder.glob("*.log")))

    def log_text(self, service, instance=1):
        return self.log(service, instance).decode(errors="replace")

    def house_log(self):
        """What keeper and brain said: the errors of the commands that started them."""
        parts = []
        for path in sorted(self.folder.glob("call-*.err")) + sorted(self.state.glob("*.log")):
            content = path.read_text(errors="replace")
            if content:
                parts.append(f"--- {path.name}\n{content[-8000:]}")
        return "\n".join(parts)

    # --- waiting -------------------------------------------------------------------------------

    def wait(self, fact, what, within=20):
        """Polls until `fact()` is true and returns it; fails with `what` after `within` seconds."""
        deadline = time.monotonic() + within * PATIENCE
        while True:
            value = fact()
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within} s: {what}")
            time.sleep(0.02)

    def wait_health(self, name, health, within=20):
        last = {}

        def reached():
            last["status"] = self.service_status(name)
            return last["status"] and last["status"]["health"] == health

        try:
            self.wait(reached, "", within)
        except AssertionError:
            raise AssertionError(
                f"{name} is not {health} within {within} s: {json.dumps(last.get('status'))}"
            ) from None
        return last["status"]

    def wait_ready(self, *names, within=20):
        for name in names:
            self.wait_health(name, "ready", within)

    def wait_log(self, service, text, instance=1, within=20):
        self.wait(
            lambda: text.encode() in self.log(service, instance),
            f"'{text}' in the log of {service}: {self.log(service, instance)[-500:]!r}",
            within,
        )

    def wait_house(self, within=20):
        """Until a keeper and a brain live and the brain answers."""
        self.wait(lambda: self.keeper() and self.brain(), "a keeper and a brain", within)
        self.wait(lambda: self.answers(), "the brain answers", within)

    def wait_watched(self, within=20):
        """Until the keeper that lives watches the programs: the brain has heard it say so."""
        self.wait_house(within)
        self.wait(
            lambda: self.status()["keeper"]["pid"] == self.keeper(), "the keeper watches", within
        )

    def answers(self):
        """The brain itself, and it knows the heartbeats, which follow a moment after the services."""
        result = self.cli("status", "--json", code=None)
        status = json.loads(result.out) if result.code == 0 else {"source": "ledger"}
        if status.get("source") == "ledger" or (self.heartbeats and not status["heartbeats"]):
            return False
        return status["brain"]["pid"] == self.brain() != 0

    # --- harm ----------------------------------------------------------------------------------

    def kill(self, pid, number=signal.SIGKILL):
        if pid <= 1:
            raise AssertionError(f"no process to kill: {pid}")
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    def pending(self, pid):
        """Whether a signal waits for the process."""
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        masks = [line.split()[1] for line in status.splitlines() if line.startswith(("ShdPnd", "SigPnd"))]
        return any(int(mask, 16) for mask in masks)

    def kill_brain(self):
        pid = self.brain()
        self.kill(pid)
        return pid

    def kill_keeper(self):
        pid = self.keeper()
        self.kill(pid)
        return pid

    def kill_both(self):
        """Stops both first, so that neither can replace the other.

        The brain dies first: the kernel continues stopped processes whose group is orphaned.
        """
        pids = [pid for pid in (self.brain(), self.keeper()) if pid]
        for pid in pids:
            self.kill(pid, signal.SIGSTOP)
        self.wait(lambda: all(processes.stopped(pid) for pid in pids), "both are stopped")
        for pid in pids:
            self.kill(pid)
        self.wait(lambda: not any(processes.alive(p) for p in pids), "both are dead")

    # --- the end -------------------------------------------------------------------------------

    def take_down(self):
        """Ends everything; returns what was wrong with the end."""
        wrong = []
        if self.keeper() or self.brain() or self.programs():
            result = self.cli("down", code=None, within=60)
            if result.code not in (EXIT_OK, EXIT_NOT_RUNNING):
                wrong.append(f"down ended with {result.code}: {result.text}")
        deadline = time.monotonic() + 5 * PATIENCE
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.02)
        for process in self.processes():
            wrong.append(f"left behind: {process.pid} {process.command} {process.service}")
        self.kill_everything()
        return wrong

    def kill_everything(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            left = [p.pid for p in self.processes() if p.state not in "ZX"]
            if not left:
                return
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for pid in left:
                    self.kill(pid, number)
            time.sleep(0.01)

    def groups(self):
        """The folder of the control groups that Hammock made, if it made any and has not left."""
        try:
            return pathlib.Path((self.runtime / "cgroup").read_text())
        except FileNotFoundError:
            return None

    def remove(self):
        if groups := self.groups():  # Hammock itself was killed
            processes.remove_groups(groups)
        shutil.rmtree(self.folder, ignore_errors=True)


def run_alone(what):
    """Of a script: what(world) returns what was wrong; says it, and exits with 0 or 1."""
    world = World()
    try:
        problems = what(world)
    except AssertionError as problem:
        problems = [str(problem)]
    problems += world.take_down()
    if problems:
        print(world.house_log())
    if not problems or not os.environ.get("HAMMOCK_E2E_KEEP"):
        world.remove()
    for problem in problems:
        print(f"WRONG: {problem}")
    raise SystemExit(1 if problems else 0)


class Case(unittest.TestCase):
    """A test with a world. `users`: who may run it ("root", "user")."""

    users = ("root", "user")
    seconds = 90
    maxDiff = None

    def setUp(self):
        self.world = World()

    def tearDown(self):
        wrong = []
        try:
            wrong = self.world.take_down()
        except Exception as problem:  # pylint: disable=broad-except
            wrong = [str(problem)]
            self.world.kill_everything()
        failed = wrong or self.failed()
        if failed:
            print(self.world.house_log())
            print(self.world.text())
        if not (failed and os.environ.get("HAMMOCK_E2E_KEEP")):
            self.world.remove()
        self.assertFalse(wrong, "\n".join(wrong))

    def failed(self):
        result = self._outcome.result
        problems = result.failures + result.errors
        return any(test is self for test, _ in problems)
