"""What /proc says about processes: who descends from whom, memory, processor time."""

import os
import pathlib


def parents():
    """pid → parent's pid, of all processes."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            text = pathlib.Path("/proc", entry, "stat").read_bytes()
        except OSError:
            continue
        state, parent = text[text.rindex(b")") + 2:].split(maxsplit=2)[:2]
        if state != b"Z":
            found[int(entry)] = int(parent)
    return found


def descendants(root):
    """Pids of all living processes below root."""
    children = {}
    for pid, parent in parents().items():
        children.setdefault(parent, []).append(pid)
    found, todo = [], [root]
    while todo:
        for child in children.get(todo.pop(), ()):
            found.append(child)
            todo.append(child)
    return sorted(found)


def executable(pid):
    """Path of the program, or None when the process is gone."""
    try:
        return os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
    except OSError:
        return None


def alive(pid):
    """Whether pid runs; a zombie does not."""
    try:
        text = pathlib.Path("/proc", str(pid), "stat").read_bytes()
    except OSError:
        return False
    return text[text.rindex(b")") + 2:][:1] not in (b"Z", b"X")


def command_name(pid):
    try:
        return pathlib.Path("/proc", str(pid), "comm").read_text().strip()
    except OSError:
        return "?"


def pss_bytes(pid):
    """Proportional set size; 0 when the process is gone."""
    try:
        for line in pathlib.Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def cpu_seconds(pids):
    """Processor time that these processes have used, from the scheduler's nanoseconds."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                text = pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text()
                total += int(text.split()[0])
        except OSError:
            continue
    return total / 1e9
