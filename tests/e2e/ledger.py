"""Reads R/ledger (src/wire/ledger.h), as anybody may while every process of Hammock is dead.

The places of the fields come from the test program ledger_layout: they cannot disagree with C++.
"""

import dataclasses
import functools
import json
import pathlib
import struct
import subprocess
import time

from places import program

PHASES = ("free", "idle", "starting", "running")
REVOKED = 0xFFFFFFFF


@functools.cache
def layout():
    out = subprocess.run([program("ledger_layout")], capture_output=True, check=True)
    return json.loads(out.stdout)


class View:
    """Bytes of the ledger from a base on; fields by name."""

    def __init__(self, data, base=0):
        self.data, self.base = data, base

    def at(self, field):
        return self.base + layout()[field]

    def u8(self, field):
        return self.data[self.at(field)]

    def u32(self, field):
        return struct.unpack_from("<I", self.data, self.at(field))[0]

    def i32(self, field):
        return struct.unpack_from("<i", self.data, self.at(field))[0]

    def u64(self, field):
        return struct.unpack_from("<Q", self.data, self.at(field))[0]

    def text(self, field):
        at = self.at(field)
        return self.data[at : self.data.index(b"\0", at)].decode(errors="replace")


@dataclasses.dataclass
class Exit:
    generation: int
    pid: int
    wait_status: int
    known: bool
    output_known: bool
    by_reflex: bool
    stage: int
    stage_errno: int


@dataclasses.dataclass
class Slot:
    index: int
    service: str
    instance: int
    phase: str
    generation: int
    life_pid: int
    pidfs_inode: int
    start_ticks: int
    tokens: int
    reflexes: int
    log_segment: int
    ready: bool
    main_pid: int
    status: str
    exits: list

    @property
    def pid(self):
        """The program's pid while it runs; 0 otherwise."""
        return self.life_pid if self.phase == "running" and self.life_pid != REVOKED else 0


@dataclasses.dataclass
class Ledger:
    keeper_pid: int
    keeper_starts: int
    brain_pid: int
    brain_starts: int
    shutting_down: bool
    slots: list

    def of(self, service, instance=None):
        found = [slot for slot in self.slots if slot.service == service]
        return [slot for slot in found if instance in (None, slot.instance)]


def parse_exit(view):
    return Exit(
        generation=view.u64("exit_generation"),
        pid=view.i32("exit_pid"),
        wait_status=view.i32("exit_wait_status"),
        known=view.u8("exit_status_known") != 0,
        output_known=view.u8("exit_output_known") != 0,
        by_reflex=view.u8("exit_by_reflex") != 0,
        stage=view.u32("exit_stage"),
        stage_errno=view.i32("exit_stage_errno"),
    )


def parse_slot(data, index):
    base = layout()["header_bytes"] + index * layout()["slot_bytes"]
    view = View(data, base)
    exits = [
        parse_exit(View(data, base + layout()["exits"] + i * layout()["exit_bytes"]))
        for i in range(layout()["exits_kept"])
    ]
    return view.u32("sequence"), Slot(
        index=index,
        service=view.text("service"),
        instance=view.u32("instance"),
        phase=PHASES[view.u32("phase")],
        generation=view.u64("generation"),
        life_pid=view.u64("life") & 0xFFFFFFFF,
        pidfs_inode=view.u64("pidfs_inode"),
        start_ticks=view.u64("start_ticks"),
        tokens=view.u32("reflex_tokens"),
        reflexes=view.u32("reflexes"),
        log_segment=view.u64("log_segment"),
        ready=view.u8("ready") != 0,
        main_pid=view.i32("main_pid"),
        status=view.text("status"),
        exits=sorted((e for e in exits if e.generation), key=lambda e: e.generation),
    )


def parse(data):
    whole = len(data) >= layout()["header_bytes"]
    if not whole or struct.unpack_from("<Q", data)[0] != layout()["magic_value"]:
        raise ValueError("not a ledger")
    header = View(data)
    used = min(header.u32("slots_used"), header.u32("capacity"))
    slots = [parse_slot(data, index) for index in range(used)]
    found = Ledger(
        keeper_pid=header.i32("keeper_pid"),
        keeper_starts=header.u32("keeper_starts"),
        brain_pid=header.i32("brain_pid"),
        brain_starts=header.u32("brain_starts"),
        shutting_down=header.u32("shutting_down") != 0,
        slots=[slot for _, slot in slots if slot.phase != "free"],
    )
    return any(sequence % 2 for sequence, _ in slots), found


def read(path):
    """The ledger, or None. A copy taken while a slot is written is taken again."""
    found = None
    for _ in range(100):
        try:
            torn, found = parse(pathlib.Path(path).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        if not torn:
            return found
        time.sleep(0.001)
    return found
