"""What generate, search and merge share: the strain, the template bank, and files written whole.

Units: seconds, hertz, and solar masses for chirp masses.
"""

import json
import os

import numpy

SAMPLE_RATE = 1024
SEGMENTS = 16
SEGMENT_SECONDS = 64
SAMPLES = SAMPLE_RATE * SEGMENT_SECONDS
# At both ends of a segment the filter has wrapped around: nothing is looked for there.
EDGE_SECONDS = 6
LOW_FREQUENCY = 30.0
SOLAR_MASS = 4.925490947e-6  # G M / c^3, in seconds

HEAVIEST = 20.0
# The distance of two templates in the time that a chirp takes from LOW_FREQUENCY to its end. In this
# coordinate the loss between two templates is the same over the whole bank.
SPACING = 0.009

# The clusters of one signal, over all templates, lie within this distance of its loudest trigger.
CLUSTER_SECONDS = 5.0


def chirp_time(chirp_mass):
    """From LOW_FREQUENCY to coalescence, by the leading order."""
    mass = chirp_mass * SOLAR_MASS
    return 5 / 256 * mass * (numpy.pi * mass * LOW_FREQUENCY) ** (-8 / 3)


def template_bank(count):
    """Chirp masses, the heaviest first; the more templates, the lighter the last one."""
    times = chirp_time(HEAVIEST) + SPACING * numpy.arange(count)
    return HEAVIEST * (times / times[0]) ** (-3 / 5)


def last_frequency(chirp_mass):
    """Where the inspiral ends: the innermost stable orbit of two equal masses."""
    return 1 / (6**1.5 * numpy.pi * chirp_mass * 2**1.2 * SOLAR_MASS)


def write_whole(path, content):
    """The file is the old one or the new one, whenever this process or the host dies."""
    new = path.with_name(path.name + ".new")
    with open(new, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def write_json(path, value):
    write_whole(path, (json.dumps(value, indent=1) + "\n").encode())


def read_json(path):
    """What the file says; None when there is none."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None


def segment_path(folder, segment):
    return folder / "strain" / f"{segment:02}.npy"


def completion(task, tasks):
    """The line that a task leaves when it completes."""
    return f"task {task} of {tasks}"
