"""What is left after kill -9 of all supervisor processes, and after the next start.

Three programs under each peer, with its own way of keeping their output: a quiet one, a chatty one that
writes a numbered line every 5 ms and keeps a diary of them, and one that is killed while no supervisor
lives. Every process of the tool is killed at once, its log collectors with it. Then it is started again
in the same way as before."""

import collections
import os
import signal
import struct
import time

from bench import processes, scene as scenes
from bench.peers.peer import Program
from bench.scene import Late, Scene
from bench.supervised import Supervised

QUIET, CHATTY, DOOMED = 0, 1, 2
ALONE_S = 1.0     # how long no supervisor lives
SETTLE_S = 8.0    # what a tool has not done by then after its start counts as not done
NOTICE_S = 10.0


def programs():
    return [Program(QUIET), Program(CHATTY, "chatter"), Program(DOOMED)]


def copies(scene):
    """index → pids of the programs that live."""
    found = collections.defaultdict(list)
    for pid in scene.program_pids():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        found[int(words[1].split(b":")[0])].append(pid)
    return dict(found)


def diary(scene, pid):
    """(lines written, writes that failed) by its own account."""
    with open(f"{scene.fifo}.diary.{pid}", "rb") as file:
        return struct.unpack("=QQ", file.read(16))


def lines_of(pid, text):
    """The numbers of the lines that pid wrote; other text and torn lines do not count. A tool may
    put a timestamp before the line."""
    numbers = []
    for line in text.split(b"\n"):
        words = line.split()
        if len(words) >= 2 and words[-2] == str(pid).encode() and words[-1].isdigit():
            numbers.append(int(words[-1]))
    return numbers


def judge_output(written, numbers):
    """How the lines 1 … written arrived: (lost, doubled)."""
    counted = collections.Counter(n for n in numbers if n <= written)
    return written - len(counted), sum(counted.values()) - len(counted)


def first_start(scene, index, not_before_ns, deadline):
    """Milliseconds from not_before_ns until the first report of `index`; None when there is none."""
    try:
        seen = scene.wait_records(
            lambda found: any(r.index == index and r.event == scenes.STARTED for r in found), deadline)
    except Late:
        return None
    return next((r.at_ns - not_before_ns) / 1e6 for r in seen if r.index == index)


def logged(scene, peer, program):
    text = b""
    for path in peer.log_files(scene, program):
        try:
            text += path.read_bytes()
        except OSError:
            continue
    return text


def ending_of(scene, pid):
    """What the pen saw of an orphan's end: 'signal 13', or None while it lives."""
    for line in scene.log().splitlines():
        if line.startswith(f"pen: {pid} ended"):
            return line.partition("ended by ")[2] or line.partition("ended with ")[2]
    return None


def restart(scene, launch, settle_s):
    """Starts the tool again and watches; returns what came of it."""
    scene.records()
    began = time.monotonic_ns()
    scene.start(launch.arguments, launch.environment)
    doomed_ms = first_start(scene, DOOMED, began, settle_s)
    time.sleep(max(0.0, settle_s - (time.monotonic_ns() - began) / 1e9))
    return doomed_ms, copies(scene)


def notices_death(scene, pid):
    """Kills an old program; milliseconds until it is replaced, None when it never is."""
    if not processes.alive(pid):
        return None
    scene.records()
    began = time.monotonic_ns()
    os.kill(pid, signal.SIGKILL)
    return first_start(scene, QUIET, began, NOTICE_S)


def one(peer, settle_s=SETTLE_S):
    with Scene(peer.name) as scene:
        each = Supervised(peer, scene, programs())
        launch = peer.setup(scene, each.programs, True)
        each.launch(launch, 30)
        each.rest()
        time.sleep(1.0)
        old = {index: record.pid for index, record in each.latest.items()}
        killed = scene.kill_supervisors()
        os.kill(old[DOOMED], signal.SIGKILL)
        time.sleep(ALONE_S)
        survived = {index: processes.alive(old[index]) for index in (QUIET, CHATTY)}
        doomed_ms, now = restart(scene, launch, settle_s)
        notices_ms = notices_death(scene, old[QUIET])
        found = {
            "supervisor_processes_killed": killed,
            "survived": {"quiet": survived[QUIET], "chatty": survived[CHATTY]},
            "adopted": [now.get(index, []) == [old[index]] for index in (QUIET, CHATTY)],
            "copies": {"quiet": len(now.get(QUIET, [])), "chatty": len(now.get(CHATTY, []))},
            "death_meanwhile_replaced_ms": doomed_ms,
            "death_afterwards_replaced_ms": notices_ms,
        }
        found.update(output(scene, peer, old[CHATTY], each.programs[CHATTY]))
        return found


def output(scene, peer, pid, program):
    """Stops the old chatty program and looks at what has become of its lines."""
    if processes.alive(pid):
        os.kill(pid, signal.SIGSTOP)
    written, failed = diary(scene, pid)
    end = time.monotonic() + 5
    while True:
        lost, doubled = judge_output(written, lines_of(pid, logged(scene, peer, program)))
        if not lost or time.monotonic() > end:
            break
        time.sleep(0.05)
    return {"chatty_ended": ending_of(scene, pid), "lines_written": written, "writes_failed": failed,
            "lines_lost": lost, "lines_doubled": doubled}


def measure(peers, say=lambda text: None):
    """{peer: what was found}; the floor has nothing to show here."""
    found = {}
    for peer in peers:
        if peer.name == "floor":
            continue
        say(f"aftermath: {peer.name}")
        try:
            found[peer.name] = one(peer)
        except Late as late:
            found[peer.name] = {"failed": str(late)}
    return found
