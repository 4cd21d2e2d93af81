"""Exercises the harness with the floor and Hammock, few services, little data: does each measurement
come to an end, with figures, and leave nothing behind? It judges no speed."""

import os

from bench import aftermath, crash, machine, output, pings, processes, recovery, report, scale
from bench.peers import floor, hammock, installed

SERVICES = 5


def check(condition, what, problems):
    if not condition:
        problems.append(what)


def main(say):
    problems = []
    if not installed(hammock.PEER):
        say(f"smoke: no {hammock.PEER.binary}; build it first")
        return 1
    peers = [floor.PEER, hammock.PEER]
    found = crash.measure(peers, 4, SERVICES, say)
    check(found["hammock"]["count"] == 4 and found["hammock"]["least"] > 0, "crash", problems)
    documents = [{"measure": "crash", "found": found}]

    found = scale.measure(peers, SERVICES, 1, 0.2, say)
    check(found["hammock"].get("pss_bytes", 0) > 0, "scale", problems)
    documents.append({"measure": "scale", "found": found})

    found = output.measure(["copy loop", "hammock"], 2_000_000, 1, say)
    check(found["singly"]["hammock"]["mb_per_s"]["median"] > 0, "output", problems)
    documents.append({"measure": "output", "found": found})

    found = recovery.measure(SERVICES, 1, say)
    check(found["programs_untouched"], "recovery: programs were touched", problems)
    documents.append({"measure": "recovery", "found": found})

    found = pings.measure(1, 0.3, say)
    check(0 < found["acknowledged"] <= found["recorded"], f"pings: {found}", problems)
    documents.append({"measure": "pings", "found": found})

    say("aftermath: hammock")
    row = aftermath.one(hammock.PEER, settle_s=2)
    check(all(row["adopted"]), f"aftermath: not adopted: {row}", problems)
    check(not row["lines_lost"] and not row["lines_doubled"], f"aftermath: output: {row}", problems)
    documents.append({"measure": "aftermath", "found": {"hammock": row}})

    for document in documents:
        document["about"] = machine.about("smoke", 0, peers)
        print(report.section(document))
    left = [p for p in processes.descendants(os.getpid())]
    check(not left, f"processes left behind: {left}", problems)
    for problem in problems:
        say(f"smoke: {problem}")
    return 1 if problems else 0
