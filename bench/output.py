"""Output capture: a program writes lines of 100 bytes, singly and in blocks of 4 KiB; measured are the
time until the last byte stands in the log, and the processor time of the collecting processes. Every
collector rotates at 16 MiB and keeps all; the copy loop (the floor) does not rotate."""

import os
import time

from bench import figures, processes, scene as scenes
from bench.peers import BY_NAME
from bench.peers.peer import Program
from bench.scene import Scene, wait_for

SETTLE_S = 1.0  # whatever a collector does after the last byte counts as well
BLOCKS = (("singly", 100), ("in blocks", 4096))

# name → (binary, the command that reads stdin; {log} is a folder)
FILTERS = {
    "copy loop": ("cc", f"{scenes.BUILT}/copy {{log}}/current"),
    "s6-log": ("s6-log", "s6-log n20 s16777215 {log}"),
    "svlogd": ("svlogd", "svlogd -b 65536 {log}"),
    "multilog": ("multilog", "multilog s16777215 n20 {log}"),
}
DAEMONS = ("supervisord", "hammock")


def stored_bytes(paths):
    """The sum of the sizes; None while a rotation moves a file away under us."""
    try:
        return sum(os.stat(path).st_size for path in paths)
    except FileNotFoundError:
        return None


def through_filter(scene, command, program):
    """Starts collector and program on a FIFO; returns (pids of the collector, its files)."""
    log = scene.disk / "log"
    log.mkdir()
    if command.startswith("svlogd"):
        (log / "config").write_text("s16777215\nn20\n")
    pipe = scene.folder / "pipe"
    os.mkfifo(pipe)
    # Held open by a shell without end: the collector sees no end of file, and can be asked how much
    # processor time it has used.
    scene.start(["sh", "-c", f"exec 3<>{pipe}; exec sleep 100000"])
    pid = scene.start(["sh", "-c", f"exec {command.format(log=log)} <{pipe}"])
    scene.start(["sh", "-c", f"exec {' '.join(program.arguments(scene))} >{pipe}"])
    return lambda: [pid], lambda: sorted(log.glob("@*")) + list(log.glob("current"))


def through_daemon(scene, peer, program):
    launch = peer.setup(scene, [program], True)
    scene.start(launch.arguments, launch.environment)
    return scene.supervisor_pids, lambda: peer.log_files(scene, program)


def warm(folder, total):
    """Writes as much as will be written, and removes it. A virtual machine gets memory from its host
    on first touch, which costs more than the copy that is measured; so each run finds touched pages."""
    path = folder / "warm"
    block = bytes(1 << 20)
    with open(path, "wb", buffering=0) as file:
        for _ in range(0, total, len(block)):
            file.write(block)
    path.unlink()


def one(name, total, block):
    with Scene("output") as scene:
        program = Program(0, "flood", (total, block, "stay"))
        if name in FILTERS:
            pids, files = through_filter(scene, FILTERS[name][1], program)
        else:
            pids, files = through_daemon(scene, BY_NAME[name], program)
        scene.wait_records(lambda found: len(found) >= 1, 30)
        time.sleep(0.5)
        warm(scene.disk, 2 * total)
        before = processes.cpu_seconds(pids())
        with open(f"{scene.fifo}.go", "wb"):
            begins = scene.wait_records(lambda found: len(found) >= 1, 30)[0]
            wait_for(lambda: stored_bytes(files()) == total, 120, f"{name}: {total} bytes in the log",
                     pause=0.004)
        ended = time.monotonic_ns()
        time.sleep(SETTLE_S)
        used = processes.cpu_seconds(pids()) - before
    return {"mb_per_s": total / 1e6 / ((ended - begins.at_ns) / 1e9), "cpu_s_per_gb": used / (total / 1e9)}


def measure(names, total, rounds, say=lambda text: None):
    """{"singly" | "in blocks": {collector: {"mb_per_s", "cpu_s_per_gb": summaries}}}"""
    found = {}
    for label, block in BLOCKS:
        rows = {name: [] for name in names}
        for turn in range(rounds):
            for name in names:
                say(f"output: {label}, round {turn + 1} of {rounds}: {name}")
                rows[name].append(one(name, total, block))
        found[label] = {name: result(rows[name], rows.get("copy loop")) for name in names}
    return found


def result(rows, floors):
    speeds = [row["mb_per_s"] for row in rows]
    found = {"mb_per_s": figures.summary(speeds),
             "cpu_s_per_gb": figures.summary([row["cpu_s_per_gb"] for row in rows])}
    if floors:
        found["speed_ratio"] = figures.paired_ratio(speeds, [row["mb_per_s"] for row in floors])
    return found
