"""Recovery of the brain: kill -9 with many services, then the time until a new brain answers, knowing
that a service is ready. Only Hammock has such a process."""

import json
import os
import signal
import socket
import time

from bench import figures
from bench.peers import hammock
from bench.peers.peer import Program
from bench.scene import Late, Scene, wait_for
from bench.supervised import Supervised


def ask(path, request):
    """GET over the control socket; the JSON answer, or None when nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(5)
            link.connect(str(path))
            link.sendall(f"GET {request} HTTP/1.1\r\nHost: hammock\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while chunk := link.recv(65536):
                answer += chunk
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            return None
        if b"chunked" in head.lower():
            body = _unchunk(body)
        return json.loads(body)
    except (OSError, ValueError):
        return None


def _unchunk(body):
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole += body[:length]
        body = body[length + 2:]
        if not length:
            break
    return whole


def all_ready(status):
    return bool(status) and all(s["health"] == "ready" for s in status["services"])


def one(scene, label):
    """One kill of the brain; milliseconds until its successor says that `label` is ready."""
    control = hammock.runtime(scene) / "control"
    old = ask(control, "/v1/status")["brain"]["pid"]
    os.kill(old, signal.SIGKILL)
    began = time.monotonic_ns()
    end = began + 30 * 10**9
    while time.monotonic_ns() < end:
        answer = ask(control, f"/v1/status/{label}")
        if answer and answer["health"] == "ready":
            took = (time.monotonic_ns() - began) / 1e6
            new = ask(control, "/v1/status")
            if not new or new["brain"]["pid"] == old:
                raise Late("the brain that was killed still answers")
            return took
        time.sleep(0.0005)
    raise Late("no new brain answered within 30 s")


def measure(count, repeats, say=lambda text: None):
    with Scene("recovery") as scene:
        programs = [Program(i) for i in range(count)]
        each = Supervised(hammock.PEER, scene, programs)
        each.up(120)
        control = hammock.runtime(scene) / "control"
        wait_for(lambda: all_ready(ask(control, "/v1/status")), 60, "all services ready", 0.05)
        pids = sorted(scene.program_pids())
        samples = []
        for turn in range(repeats):
            say(f"recovery: kill {turn + 1} of {repeats}, {count} services")
            time.sleep(1.2)  # a brain that dies at once again would be paced
            samples.append(one(scene, programs[turn % count].label()))
        untouched = sorted(scene.program_pids()) == pids
    return {"services": count, "ms": figures.summary(samples), "samples_ms": samples,
            "programs_untouched": untouched}
