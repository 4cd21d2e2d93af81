"""Where the binaries and the test programs are."""

import os
import pathlib

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("HAMMOCK_BINARY_DIR", SOURCE / "build/release/bin"))


def program(name):
    return str(BINARIES.parent / "test-programs" / name)
