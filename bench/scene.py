"""Where a supervisor is measured: a folder of its own, the FIFO into which its programs report, and the
pen (programs/pen.c) that keeps everything below it together and leaves nothing behind."""

import dataclasses
import fcntl
import os
import pathlib
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import time

from bench import processes

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "bench" / "programs"
BUILT = ROOT / "build" / "bench"

RECORD = struct.Struct("=IiqII")
STARTED, FLOOD_BEGINS, FLOOD_ENDS = 1, 2, 3
PIPE_BYTES = 1 << 20


class Late(Exception):
    """Something did not happen within its deadline."""


@dataclasses.dataclass(frozen=True)
class Record:
    index: int
    pid: int
    at_ns: int
    event: int
    parent: int


def build_programs():
    """Compiles programs/*.c where they are newer; static, so that exec costs everybody the same."""
    BUILT.mkdir(parents=True, exist_ok=True)
    flags = ("-O2 -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wshadow -Wconversion "
             "-Werror").split()
    newest_shared = max((PROGRAMS / f).stat().st_mtime for f in ("report.c", "report.h"))
    for name in ("reporter", "chatter", "flood", "floor", "copy", "pen", "pinger", "bare_httpd"):
        source, target = PROGRAMS / f"{name}.c", BUILT / name
        newest = max(source.stat().st_mtime, newest_shared)
        if target.exists() and target.stat().st_mtime >= newest:
            continue
        sources = [source]
        if name in ("reporter", "chatter", "flood"):
            sources.append(PROGRAMS / "report.c")
        # Of libmicrohttpd there is no static one that needs nothing else.
        how = ["-lmicrohttpd"] if name == "bare_httpd" else ["-static"]
        temporary = BUILT / f".{name}.{os.getpid()}"
        subprocess.run(["cc", *flags, "-o", temporary, *sources, *how], check=True)
        temporary.replace(target)


def fast_folder():
    """A folder in memory where there is one: supervisors that keep state files are faster there."""
    shared = pathlib.Path("/dev/shm")
    return shared if os.access(shared, os.W_OK) and shared.is_dir() else None


class Scene:
    """Use as a context manager: at its end every process is killed and the folder removed."""

    def __init__(self, name):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"bench-{name}-", dir=fast_folder()))
        self.disk = pathlib.Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
        for folder in (self.folder, self.disk):
            folder.chmod(0o755)
        self.fifo = self.folder / "report"
        os.mkfifo(self.fifo)
        os.mkfifo(f"{self.fifo}.go")
        self._reader = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        _widen(self._reader)
        self._rest = b""
        self._pen = None
        self._afterwards = []

    def __enter__(self):
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                       "HOME": str(self.folder), "LANG": "C.UTF-8"}
        self._pen = subprocess.Popen(
            [BUILT / "pen", self.folder / "log"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            cwd=self.folder, env=environment, start_new_session=True, bufsize=0)
        return self

    def __exit__(self, *_):
        self._pen.stdin.close()
        try:
            self._pen.wait(60)
        finally:
            self._pen.stdout.close()
            os.close(self._reader)
            for action in self._afterwards:
                action()
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.rmtree(self.disk, ignore_errors=True)

    def afterwards(self, action):
        """Called when everything has ended, before the folders are removed."""
        self._afterwards.append(action)

    def start(self, arguments, environment=()):
        """Starts a command in the pen; returns its pid."""
        words = [str(a) for a in arguments]
        if environment:
            words = ["/usr/bin/env", *(f"{k}={v}" for k, v in environment), *words]
        self._pen.stdin.write("\0".join(words).encode() + b"\n")
        return int(self._pen.stdout.readline())

    def log(self):
        """What the supervisor has said."""
        return (self.folder / "log").read_text(errors="replace")

    def all_pids(self):
        return processes.descendants(self._pen.pid)

    def program_pids(self):
        """The programs that are supervised."""
        return [p for p in self.all_pids() if _is_program(processes.executable(p))]

    def supervisor_pids(self):
        """Every process of the tool itself, its log collectors with it. The harness's own copy loop
        of the floor is one of them."""
        return [p for p in self.all_pids() if not _is_program(processes.executable(p))]

    def records(self):
        """The reports that have come in; does not wait."""
        while True:
            try:
                self._rest += os.read(self._reader, PIPE_BYTES)
            except BlockingIOError:
                break
        whole = len(self._rest) // RECORD.size * RECORD.size
        found = [Record(*fields) for fields in RECORD.iter_unpack(self._rest[:whole])]
        self._rest = self._rest[whole:]
        return found

    def wait_records(self, wanted, deadline, batch=0.0):
        """Waits until `wanted(records so far)` holds and returns them all. `batch`: seconds between
        two looks, so that the harness does not compete with what it measures; 0 looks at once.
        Raises Late."""
        end = time.monotonic() + deadline
        found = self.records()
        while not wanted(found):
            left = end - time.monotonic()
            if left <= 0:
                raise Late(f"only {len(found)} reports within {deadline} s")
            select.select([self._reader], [], [], left)
            if batch:
                time.sleep(batch)
            found += self.records()
        return found

    def kill_supervisors(self):
        """kill -9 of all at once: they are stopped first, so that none sees another one's death."""
        known = set()
        while new := [p for p in self.supervisor_pids() if p not in known]:
            for pid in new:
                _signal(pid, signal.SIGSTOP)
            known.update(new)
        for pid in known:
            _signal(pid, signal.SIGKILL)
        wait_for(lambda: not any(processes.alive(p) for p in known), 30, "the supervisors' end")
        return len(known)


def _is_program(executable):
    return executable in (str(BUILT / "reporter"), str(BUILT / "chatter"), str(BUILT / "flood"))


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _widen(descriptor):
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except OSError:
        pass  # an ordinary user's share of pipe memory is used up: the default holds 2 700 reports


def wait_for(condition, deadline, what, pause=0.002):
    """Polls until condition() holds; raises Late with `what`."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            raise Late(f"{what} did not come within {deadline} s")
        time.sleep(pause)
