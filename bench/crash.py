"""Crash to replacement: kill -9 of one program until main() of the one that replaces it. All peers run
at the same time, and each round kills once under each, so that a busy moment of the machine hits all."""

import contextlib
import random
import time

from bench import figures
from bench.peers.peer import Program
from bench.scene import Scene
from bench.supervised import Supervised

SERVICES = 40
SLOW_EVERY = 10  # a slow peer takes part in every tenth round


def measure(peers, repeats, services=SERVICES, say=lambda text: None):
    """{peer: {"samples_ms": [one per round, None where it did not take part], …}}"""
    chance = random.Random(1)
    samples = {peer.name: [] for peer in peers}
    with contextlib.ExitStack() as stack:
        running = []
        for peer in peers:
            scene = stack.enter_context(Scene(peer.name))
            supervised = Supervised(peer, scene, [Program(i) for i in range(services)])
            say(f"crash: {peer.name}: starting {services} services")
            supervised.up(120)
            running.append(supervised)
        for each in running:
            each.rest()
        for turn in range(repeats):
            chance.shuffle(running)
            for each in running:
                if each.peer.slow and turn % SLOW_EVERY:
                    samples[each.peer.name].append(None)
                    continue
                index = turn % services
                each.rest(index)
                samples[each.peer.name].append(each.crash(index, 30) / 1e6)
                time.sleep(chance.uniform(0.002, 0.006))
    return {name: result(values, samples.get("floor")) for name, values in samples.items()}


def result(values, floors):
    measured = [v for v in values if v is not None]
    found = {"samples_ms": values, **figures.summary(measured)}
    if floors:
        floor = figures.summary([v for v in floors if v is not None])
        found["median_ratio"] = figures.ratio(found["median"], floor["median"])
        found["p99_ratio"] = figures.ratio(found["p99"], floor["p99"])
    return found
