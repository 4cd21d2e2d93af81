"""What /proc says: who belongs to a world of the tests, and who is whose."""

import dataclasses
import os


@dataclasses.dataclass
class Process:
    pid: int
    parent: int
    session: int
    state: str
    ticks: int
    command: list
    environment: dict

    @property
    def service(self):
        return self.environment.get("HAMMOCK_SERVICE")


def split(data):
    return [word.decode(errors="replace") for word in data.split(b"\0") if word]


def remove_groups(folder):
    """Control groups can only be removed from the innermost outwards, and only empty."""
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(path)
        except OSError:
            pass  # somebody is in it: left to be seen


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def read(pid):
    """The process, or None when it has gone."""
    try:
        stat = read_file(f"/proc/{pid}/stat").decode(errors="replace")
        command = split(read_file(f"/proc/{pid}/cmdline"))
        environment = split(read_file(f"/proc/{pid}/environ"))
    except (FileNotFoundError, ProcessLookupError):
        return None
    except PermissionError:
        environment = []
    fields = stat[stat.rindex(")") + 2 :].split()
    return Process(
        pid=int(pid),
        parent=int(fields[1]),
        session=int(fields[3]),
        state=fields[0],
        ticks=int(fields[19]),
        command=command,
        environment=dict(word.split("=", 1) for word in environment if "=" in word),
    )


def is_same(process, slot):
    """Whether the process is the one that the ledger means: by the one identity it has recorded."""
    if slot.start_ticks:
        return process.ticks == slot.start_ticks
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        return os.fstat(handle).st_ino == slot.pidfs_inode
    finally:
        os.close(handle)


def everybody():
    found = (read(name) for name in os.listdir("/proc") if name.isdigit())
    return [process for process in found if process is not None]


def stopped(pid):
    process = read(pid)
    return process is None or process.state in "TtZX"


def alive(pid):
    process = read(pid)
    return process is not None and process.state not in "ZX"
