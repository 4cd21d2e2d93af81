"""Many services: up until all have reported in, memory and processor time at rest, and the storm in which
all are killed at once. Each round goes through all peers; ratios are to the floor of the same round."""

import time

from bench import figures
from bench.peers.peer import Program
from bench.scene import Late, Scene
from bench.supervised import Supervised

SETTLE_S = 3
DEADLINE_S = 300


def one(peer, count, idle_s):
    """One peer, once. idle_s 0: memory and idleness are not measured."""
    with Scene(peer.name) as scene:
        each = Supervised(peer, scene, [Program(i) for i in range(count)])
        found = {"services": count, "up_ms": each.up(DEADLINE_S, 0.02) / 1e6}
        time.sleep(SETTLE_S)
        if idle_s:
            found["idle_cpu_s"] = each.idle_cpu(idle_s)
            found["idle_s"] = idle_s
            found["memory"] = each.memory()
        each.rest()
        found["storm_ms"] = each.storm(DEADLINE_S) / 1e6
        return found


def measure(peers, count, rounds, idle_s, say=lambda text: None):
    """{peer: {"up_ms", "storm_ms": summaries, "up_ratio", "storm_ratio", "pss_bytes_per_service", …}}"""
    rows = {peer.name: [] for peer in peers}
    # Not counted: the first to use so much memory pays for it alone, on a virtual machine above all.
    say("scale: warming up")
    one(peers[0], min(count, peers[0].most), 0)
    for turn in range(rounds):
        for peer in peers:
            asked = min(count, peer.most)
            say(f"scale: round {turn + 1} of {rounds}: {peer.name}, {asked} services")
            try:
                rows[peer.name].append(one(peer, asked, 0 if turn else idle_s))
            except Late as late:
                say(f"scale: {peer.name}: {late}")
                rows[peer.name].append(None)
    return {peer.name: result(rows[peer.name], rows.get("floor"), count) for peer in peers}


def result(rows, floors, count):
    done = [row for row in rows if row]
    if not done:
        return {"failed": True, "rounds": rows}
    found = {"services": done[0]["services"], "rounds": rows}
    for key in ("up", "storm"):
        values = [row and row[f"{key}_ms"] for row in rows]
        found[f"{key}_ms"] = figures.summary([v for v in values if v is not None])
        if floors and done[0]["services"] == count:  # fewer services than the floor had: no ratio
            floor = [row and row[f"{key}_ms"] for row in floors]
            found[f"{key}_ratio"] = figures.paired_ratio(values, floor)
    first = done[0]
    if "memory" in first:
        total = sum(entry["pss_bytes"] for entry in first["memory"].values())
        found["pss_bytes"] = total
        found["pss_bytes_per_service"] = total / first["services"]
        found["memory"] = first["memory"]
        found["idle_cpu_s"] = first["idle_cpu_s"]
        found["idle_s"] = first["idle_s"]
    return found
