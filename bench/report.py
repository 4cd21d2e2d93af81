"""Results as Markdown. Pure, but for load()."""

import json

TITLES = {
    "crash": "Crash to replacement",
    "scale": "Many services",
    "output": "Output capture",
    "recovery": "Recovery of the brain",
    "pings": "Pings",
    "probes": "Probes",
    "aftermath": "After kill -9 of every supervisor process",
}


def load(folder):
    """The documents of the last runs, in the order of TITLES."""
    found = []
    for measure in TITLES:
        path = folder / f"{measure}.json"
        if path.exists():
            found.append(json.loads(path.read_text()))
    return found


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def number(value, digits=3):
    """Few digits, so that nobody reads more into it than was measured; a dash for unknown."""
    if value is None:
        return "—"
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:.0f}"
    return f"{value:.{digits}g}"


def times(value):
    return "—" if value is None else f"{value:.2f} ×"


def crash_table(found):
    rows = [[name, str(row["count"]), number(row["median"]), number(row["p99"]),
             times(row.get("median_ratio")), times(row.get("p99_ratio"))]
            for name, row in found.items()]
    return table(["", "kills", "median ms", "p99 ms", "median / floor", "p99 / floor"], rows)


def scale_row(name, row):
    if row.get("failed"):
        return [name, *["did not finish"] + ["—"] * 6]
    per_service = row.get("pss_bytes_per_service")
    return [name, str(row["services"]), number(row["up_ms"]["median"] / 1e3), times(row.get("up_ratio")),
            number(row["storm_ms"]["median"] / 1e3), times(row.get("storm_ratio")),
            number(per_service / 1024 if per_service is not None else None),
            number(row.get("idle_cpu_s"))]


def scale_table(found):
    idle = next((row["idle_s"] for row in found.values() if row.get("idle_s")), 0)
    head = ["", "services", "all up, s", "/ floor", "all killed at once, s", "/ floor",
            "PSS per service, KiB", f"CPU s in {idle:g} s idle"]
    return table(head, [scale_row(name, row) for name, row in found.items()])


def memory_table(found):
    row = found.get("hammock", {})
    if "memory" not in row:
        return ""
    rows = [[name, str(entry["processes"]), number(entry["pss_bytes"] / 2**20)]
            for name, entry in sorted(row["memory"].items())]
    return "\n\nHammock's own processes in that run:\n\n" + table(["", "processes", "PSS, MiB"], rows)


def output_table(found):
    singly, blocks = found["singly"], found["in blocks"]
    rows = [[name, number(singly[name]["mb_per_s"]["median"]), number(singly[name]["cpu_s_per_gb"]["median"]),
             number(blocks[name]["mb_per_s"]["median"]), number(blocks[name]["cpu_s_per_gb"]["median"])]
            for name in singly]
    return table(["", "singly, MB/s", "CPU s/GB", "in 4 KiB blocks, MB/s", "CPU s/GB"], rows)


def recovery_table(found):
    if not found:
        return "Hammock was not part of this run."
    untouched = "untouched" if found["programs_untouched"] else "NOT all left alone"
    return (f"{found['services']} services, {found['ms']['count']} kills of the brain. Until a new one answers "
            f"what state a service is in: median {number(found['ms']['median'])} ms, at most "
            f"{number(found['ms']['most'])} ms. The programs were {untouched}.")


def pings_table(found):
    if not found:
        return "Hammock was not part of this run."
    rows = [[str(row["connections"]), "yes" if row["kept"] else "no", number(row["hammock"]["median"]),
             number(row["floor"]["median"]), times(row["ratio"])] for row in found["rows"]]
    head = ["connections", "kept", "durable pings/s", "libmicrohttpd that stores nothing", "floor / Hammock"]
    return (table(head, rows) + f"\n\n{found['acknowledged']} pings were acknowledged, "
            f"{found['recorded']} recorded.")


def probes_table(found):
    if not found:
        return "Hammock was not part of this run."
    rows = [[name, str(row["looks"]), number(row["cpu_s_per_1000"]), times(row["cpu_ratio"]),
             number(sum(row["pss_bytes"].values()) / 2**20)] for name, row in found["rows"].items()]
    head = ["", "looks", "CPU s per 1 000", "Hammock / this", "PSS, MiB"]
    ours = found["rows"]["hammock"]
    late = ours["late_ms"]
    return (table(head, rows) + f"\n\nHammock looked at {found['count']} targets every {found['every_s']} s, "
            f"{ours['skipped']} looks were left out. Late by: median {number(late['median'])} ms, p99 "
            f"{number(late['p99'])} ms, at most {number(late['most'])} ms. {number(ours['first_s'])} s after its "
            f"start each had been looked at once. It took {number(ours['cpu_share'] * 100)} % of one processor.")


def survivors(row):
    alive = row["survived"]
    if alive["quiet"] and alive["chatty"]:
        return "yes"
    ended = f" ({row['chatty_ended']})" if row.get("chatty_ended") else ""
    if alive["quiet"]:
        return f"the one that writes died{ended}"
    return "no"


def after_start(row):
    if all(row["adopted"]):
        return "adopted"
    doubled = [name for name, count in row["copies"].items() if count > 1]
    if doubled:
        return "**two copies**" if len(doubled) == 2 else f"**two copies** of the {doubled[0]} one"
    return "replaced"


def milliseconds(value):
    return "never" if value is None else f"after {number(value)} ms"


def lost_lines(row):
    lost, written = row["lines_lost"], row["lines_written"]
    text = f"{lost} of {written} lines lost"
    if row["lines_doubled"]:
        text += f", {row['lines_doubled']} doubled"
    if row["writes_failed"]:
        text += f", {row['writes_failed']} writes failed"
    return text


def aftermath_row(name, row):
    if "failed" in row:
        return [name, "did not finish"] + ["—"] * 4
    return [name, survivors(row), after_start(row), milliseconds(row["death_meanwhile_replaced_ms"]),
            milliseconds(row["death_afterwards_replaced_ms"]), lost_lines(row)]


def aftermath_table(found):
    head = ["", "programs live on", "after the next start", "one that died meanwhile is replaced",
            "an old one that dies later is replaced", "output of the old one"]
    return table(head, [aftermath_row(name, row) for name, row in found.items()])


TABLES = {
    "crash": crash_table,
    "scale": lambda found: scale_table(found) + memory_table(found),
    "output": output_table,
    "recovery": recovery_table,
    "pings": pings_table,
    "probes": probes_table,
    "aftermath": aftermath_table,
}


def section(document):
    about = document["about"]
    return (f"## {TITLES[document['measure']]}\n\n{TABLES[document['measure']](document['found'])}\n\n"
            f"`{about['command']}`, {about['date']}, {about['seconds']} s\n")


def page(documents):
    """docs/bench.md."""
    head = ("# Measured side by side\n\n"
            "Every table was made in one run on one machine, in which all took turns; so read the ratios, "
            "not the\nmilliseconds. The floor is a C loop of fork, exec and waitpid, or of read and write "
            "for output. `script/bench`\nmakes the tables again, `script/bench render` this page.\n")
    if not documents:
        return head + "\nNothing has been measured yet.\n"
    about = documents[-1]["about"]
    versions = {}
    for document in documents:
        versions.update(document["about"]["versions"])
    known = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    machine = (f"\nMachine: {about['cores']} cores of {about['processor']}, {about['memory_mb']} MB, Linux "
               f"{about['kernel']}.\nVersions: {known}.\n")
    return head + machine + "\n" + "\n".join(section(document) for document in documents)
