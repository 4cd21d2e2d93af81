"""Pings: how many a second are answered, each on the disk before it is; on one connection and on 64,
kept and not. The floor is libmicrohttpd that answers OK and stores nothing, in turns with Hammock. At
the end the pings that are recorded are compared with those that were acknowledged."""

import socket
import subprocess

from bench import figures, scene as scenes
from bench.peers import hammock
from bench.recovery import ask
from bench.scene import Scene, wait_for

FLOOR = "microhttpd"
LOADS = tuple((connections, kept) for connections in (1, 64) for kept in (False, True))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def load(port, path, connections, kept, seconds):
    """Pings answered well; raises when one was not."""
    words = [scenes.BUILT / "pinger", "127.0.0.1", port, path, connections, int(kept), seconds]
    done = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True,
                          timeout=seconds + 60)
    good, bad = map(int, done.stdout.split())
    if bad:
        raise RuntimeError(f"{bad} of {good + bad} requests were not answered well")
    return good


def begin_hammock(scene, port):
    launch = hammock.setup(scene, [], False)
    config = scene.folder / "hammock.toml"
    config.write_text(f'[hammock]\nname = "bench"\nlisten = "127.0.0.1:{port}"\n'
                      '[heartbeat.copy]\nevery = "24h"\n')
    scene.start(launch.arguments, launch.environment)
    wait_for(lambda: answers(port), 30, "Hammock's answer")


def status(scene):
    return ask(hammock.runtime(scene) / "control", "/v1/status")["heartbeats"][0]


def measure(rounds=3, seconds=2.0, say=lambda text: None):
    rates = {name: {one: [] for one in LOADS} for name in (FLOOR, "hammock")}
    with Scene("pings") as scene:
        floor_port, port = free_port(), free_port()
        scene.start([scenes.BUILT / "bare_httpd", floor_port])
        begin_hammock(scene, port)
        wait_for(lambda: answers(floor_port), 30, "the floor's answer")
        path = "/ping/" + status(scene)["ping_url"].rsplit("/", 1)[1]
        acknowledged = 0
        for turn in range(rounds):
            say(f"pings: round {turn + 1} of {rounds}")
            for connections, kept in LOADS:
                rate = load(floor_port, "/", connections, kept, seconds) / seconds
                rates[FLOOR][connections, kept].append(rate)
                good = load(port, path, connections, kept, seconds)
                acknowledged += good
                rates["hammock"][connections, kept].append(good / seconds)
        recorded = status(scene)["pings"]
    rows = []
    for one in LOADS:
        floor, ours = rates[FLOOR][one], rates["hammock"][one]
        rows.append({"connections": one[0], "kept": one[1], "floor": figures.summary(floor),
                     "hammock": figures.summary(ours), "ratio": figures.paired_ratio(floor, ours)})
    return {"rows": rows, "acknowledged": acknowledged, "recorded": recorded}
