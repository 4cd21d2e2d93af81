"""python3 -B -m bench [MEASURE…] [--only PEER,…] [--n N]: measures Hammock beside its peers.

Measures: crash, scale, output, recovery, pings, probes, aftermath (all of them when none is named). `smoke` exercises
the harness in a few seconds with the floor and Hammock only. `render` writes docs/bench.md from the
results of the last runs."""

import argparse
import json
import pathlib
import signal
import sys
import time

from bench import (aftermath, crash, machine, output, pings, probes, recovery, report, scale, scene,
                   smoke)
from bench.peers import ALL, BY_NAME, hammock, installed

RESULTS = scene.ROOT / "bench" / "results"
MEASURES = ("crash", "scale", "output", "recovery", "pings", "probes", "aftermath")


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="MEASURE",
                        choices=[*MEASURES, "smoke", "render", []], default=[])
    parser.add_argument("--only", default="", help="peers, separated by commas; the floor always runs")
    parser.add_argument("--n", type=int, default=1000, help="services in scale and recovery (1000)")
    parser.add_argument("--repeats", type=int, default=200, help="kills per peer in crash (200)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of scale and output (3)")
    parser.add_argument("--idle", type=float, default=30, help="seconds at rest in scale (30)")
    parser.add_argument("--megabytes", type=int, default=200, help="through output capture (200)")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    return parser.parse_args(arguments)


def chosen_peers(only):
    """The peers to run; says which are left out because they are not there."""
    names = [name for name in only.split(",") if name]
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        sys.exit(f"script/bench: no peer {unknown[0]}; there are {', '.join(BY_NAME)}")
    peers = [peer for peer in ALL if not names or peer.name in names or peer.name == "floor"]
    for peer in peers:
        if not installed(peer):
            say(f"{peer.name} is left out: no {peer.binary}")
    return [peer for peer in peers if installed(peer)]


def collectors(peers):
    names = {peer.name for peer in peers}
    needed = {"s6-log": "s6", "svlogd": "runit", "multilog": "daemontools"}
    return [name for name in (*output.FILTERS, *output.DAEMONS)
            if needed.get(name, name) in names or name == "copy loop"]


def run(measure, peers, options):
    if measure == "crash":
        return crash.measure(peers, options.repeats, say=say)
    if measure == "scale":
        return scale.measure(peers, options.n, options.rounds, options.idle, say=say)
    if measure == "output":
        return output.measure(collectors(peers), options.megabytes * 10**6, options.rounds, say=say)
    if measure == "recovery":
        if hammock.PEER not in peers:
            return {}
        return recovery.measure(options.n, 10, say=say)
    if measure == "pings":
        return pings.measure(options.rounds, say=say) if hammock.PEER in peers else {}
    if measure == "probes":
        return probes.measure(say=say) if hammock.PEER in peers else {}
    return aftermath.measure(peers, say=say)


def main(arguments):
    options = parse(arguments)
    # A Ctrl-C or a SIGTERM unwinds the stack, and each scene takes its processes with it. When the
    # harness is killed, the pens see their stdin end and do the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.measures == ["render"]:
        path = scene.ROOT / "docs" / "bench.md"
        path.write_text(report.page(report.load(options.results)))
        say(f"wrote {path.relative_to(scene.ROOT)}")
        return 0
    scene.build_programs()
    if options.measures == ["smoke"]:
        return smoke.main(say)
    peers = chosen_peers(options.only)
    options.results.mkdir(parents=True, exist_ok=True)
    command = " ".join(["script/bench", *arguments])
    for measure in options.measures or MEASURES:
        began = time.time()
        found = run(measure, peers, options)
        document = {"measure": measure, "about": machine.about(command, began, peers), "found": found}
        (options.results / f"{measure}.json").write_text(json.dumps(document, indent=1) + "\n")
        print(report.section(document))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
