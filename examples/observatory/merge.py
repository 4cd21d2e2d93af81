"""Puts the results of all tasks together: what was found, and whether it is what was injected.

    merge.py --tasks N --templates M

It writes found.json and report.txt. Its exit code is 0 when every task completed once with every
template, everything injected was found, and nothing else was; else it is 1.
"""

import argparse
import pathlib

import strain

# Of a detection. In a search of this size the loudest noise has 6 to 7; an injection of SNR 13 is found
# with 12.5, give or take 1.1.
DETECTION_SNR = 8.0
# How well a detection must know what was injected, in seconds. The mass is compared by its chirp time, in
# which the template bank is evenly spaced.
TIME_TOLERANCE = 0.05
CHIRP_TIME_TOLERANCE = 0.06


def read_results(folder, tasks, templates):
    """All triggers, and what is wrong with the tasks."""
    wrong, triggers, done = [], [], []
    for task in range(tasks):
        base = folder / "work" / f"task.{task}"
        result = strain.read_json(base.with_suffix(base.suffix + ".result"))
        if result is None or (result["task"], result["tasks"]) != (task, tasks):
            wrong.append(f"task {task} has no result")
            continue
        triggers += result["triggers"]
        done += result["done"]
        completed = base.with_suffix(base.suffix + ".completed")
        lines = completed.read_text().splitlines() if completed.exists() else []
        if lines != [strain.completion(task, tasks)]:
            wrong.append(f"task {task} completed {len(lines)} times: {lines}")
    if sorted(done) != list(range(templates)):
        wrong.append(f"{len(done)} of {templates} templates were searched: {sorted(done)}")
    for path in sorted((folder / "work").glob("*.twice")):
        wrong.append(f"{path.name}: {path.read_text().strip()}")
    return triggers, wrong


def cluster(triggers):
    """The loudest of each cluster over all templates, the loudest first."""
    found = []
    for trigger in sorted(triggers, key=lambda t: (-t["snr"], t["template"], t["time"])):
        if all(abs(trigger["time"] - other["time"]) > strain.CLUSTER_SECONDS for other in found):
            found.append(trigger)
    return found


def is_same(injection, detection):
    times = [strain.chirp_time(one["chirp_mass"]) for one in (injection, detection)]
    return (
        abs(injection["time"] - detection["time"]) < TIME_TOLERANCE
        and abs(times[0] - times[1]) < CHIRP_TIME_TOLERANCE
    )


def compare(injected, found):
    """Lines for people, and what is wrong."""
    lines = ["    time s   chirp mass    SNR   found at   chirp mass    SNR"]
    wrong, left = [], list(found)
    for injection in injected:
        row = f"{injection['time']:10.3f} {injection['chirp_mass']:12.3f} {injection['snr']:6.1f}"
        same = next((d for d in left if is_same(injection, d)), None)
        if same:
            left.remove(same)
            row += f" {same['time']:10.3f} {same['chirp_mass']:12.3f} {same['snr']:6.1f}"
        else:
            row += "   missed"
            wrong.append(f"the injection at {injection['time']} s was missed")
        lines.append(row)
    for other in left:
        wrong.append(f"nothing was injected at {other['time']} s, found with SNR {other['snr']}")
    return lines, wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, required=True)
    parser.add_argument("--templates", type=int, required=True)
    options = parser.parse_args()
    folder = pathlib.Path.cwd()
    triggers, wrong = read_results(folder, options.tasks, options.templates)
    clusters = cluster(triggers)
    found = sorted((c for c in clusters if c["snr"] >= DETECTION_SNR), key=lambda c: c["time"])
    noise = [c["snr"] for c in clusters if c["snr"] < DETECTION_SNR]
    injected = strain.read_json(folder / "injected.json")
    lines, differences = compare(injected, found)
    wrong += differences
    lines += [
        "",
        f"{len(found)} found, {len(injected)} injected; {len(triggers)} triggers",
        f"quietest found {min((f['snr'] for f in found), default=0):.2f}, threshold {DETECTION_SNR}, "
        f"loudest noise {max(noise, default=0):.2f}",
        *(f"WRONG: {line}" for line in wrong),
        f"{options.tasks} tasks, {options.templates} templates: {'WRONG' if wrong else 'all is well'}",
    ]
    strain.write_json(folder / "found.json", found)
    strain.write_whole(folder / "report.txt", ("\n".join(lines) + "\n").encode())
    print("\n".join(lines), flush=True)
    raise SystemExit(1 if wrong else 0)


main()
