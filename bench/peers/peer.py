"""What the harness must know of a supervisor. An adapter is one value of Peer: `setup` writes the
supervisor's configuration for some programs and says how it is started. The other verbs (start, pids,
kill, stop) are the same for all and are the scene's."""

import dataclasses
from typing import Callable

from bench import scene as scenes


@dataclasses.dataclass(frozen=True)
class Program:
    index: int
    name: str = "reporter"       # of bench/programs
    more: tuple = ()             # arguments after the place
    notify: int = -1             # descriptor for a supervisor that hands one out

    def place(self, scene):
        return f"{self.index}:{self.notify}:{scene.fifo}"

    def executable(self):
        return str(scenes.BUILT / self.name)

    def arguments(self, scene):
        return [self.executable(), self.place(scene), *map(str, self.more)]

    def label(self):
        return f"p{self.index:05d}"


@dataclasses.dataclass(frozen=True)
class Launch:
    arguments: list
    environment: tuple = ()      # pairs
    settled: Callable = lambda: True  # becomes true once the supervisor is fully at work


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    package: str                 # of Debian; "" when it is not one
    binary: str                  # its presence says that the peer is installed
    setup: Callable              # (scene, programs, logged) → Launch
    log_files: Callable = lambda scene, program: []  # where the output of a logged program is
    rest_s: float = 1.3          # a program must have run so long before it is killed again
    slow: bool = False           # takes a second for a restart: fewer repeats
    most: int = 10_000           # more services than this it cannot, or not in bearable time
    note: str = ""


def run_file(folder, scene, program):
    """An executable ./run that costs no shell: the program itself is its interpreter. Programs with
    several arguments need a shell, as a #! line passes only one."""
    folder.mkdir(parents=True)
    path = folder / "run"
    words = program.arguments(scene)
    if len(words) == 2:
        path.write_text(f"#!{words[0]} {words[1]}\n")
    else:
        path.write_text(f"#!/bin/sh\nexec {' '.join(words)}\n")
    path.chmod(0o755)


def log_run_file(folder, command):
    folder.mkdir(parents=True)
    (folder / "run").write_text(f"#!/bin/sh\nexec {command}\n")
    (folder / "run").chmod(0o755)
