"""One task of the search: a matched filter with its part of the template bank over all strain.

    HAMMOCK_TASK=N HAMMOCK_TASKS=OF search.py --templates M

It may be killed at any instant. After every template it leaves a checkpoint, from which the next try
goes on; a try that finds the result finished does nothing.
"""

import argparse
import fcntl
import os
import pathlib
import sys

import numpy

import strain

# Of a trigger. The noise alone has some hundreds of them; what is a signal is for the merge to say.
TRIGGER_SNR = 5.0
PSD_SECONDS = 4

FREQUENCIES = numpy.fft.rfftfreq(strain.SAMPLES, 1 / strain.SAMPLE_RATE)


def estimate_psd(samples):
    """By Welch's method. The median does not see a chirp that is in few of the pieces."""
    length = PSD_SECONDS * strain.SAMPLE_RATE
    window = numpy.hanning(length)
    pieces = numpy.lib.stride_tricks.sliding_window_view(samples, length)[:: length // 2]
    power = numpy.abs(numpy.fft.rfft(pieces * window)) ** 2
    # The median of an exponential distribution is ln 2 of its mean.
    psd = 2 * numpy.median(power, axis=0) / numpy.log(2) / (strain.SAMPLE_RATE * (window**2).sum())
    return numpy.interp(FREQUENCIES, numpy.fft.rfftfreq(length, 1 / strain.SAMPLE_RATE), psd)


def whiten(samples):
    """The spectrum over the PSD, and the PSD."""
    ramp = numpy.clip(numpy.arange(strain.SAMPLES) / strain.SAMPLE_RATE, 0, 1)
    psd = estimate_psd(samples)
    return numpy.fft.rfft(samples * ramp * ramp[::-1]) / psd, psd


def template(chirp_mass):
    """In the stationary phase approximation, with coalescence at time 0."""
    band = (FREQUENCIES >= strain.LOW_FREQUENCY) & (FREQUENCIES < strain.last_frequency(chirp_mass))
    f = FREQUENCIES[band]
    phase = 3 / 128 * (numpy.pi * chirp_mass * strain.SOLAR_MASS * f) ** (-5 / 3)
    wave = numpy.zeros(len(FREQUENCIES), complex)
    wave[band] = f ** (-7 / 6) * numpy.exp(-1j * phase)
    return wave


def matched_filter(wave, whitened, psd):
    """The SNR at every sample, for a coalescence there with any phase."""
    norm = numpy.sqrt(4 * (numpy.abs(wave) ** 2 / psd).sum() / strain.SEGMENT_SECONDS)
    spectrum = numpy.zeros(strain.SAMPLES, complex)
    spectrum[: len(FREQUENCIES)] = whitened * wave.conj()
    return numpy.abs(numpy.fft.ifft(spectrum)) * (4 / norm)


def triggers(snr):
    """(sample, SNR) of the loudest sample of each cluster."""
    edge = strain.EDGE_SECONDS * strain.SAMPLE_RATE
    reach = int(strain.CLUSTER_SECONDS * strain.SAMPLE_RATE)
    snr[:edge] = snr[-edge:] = 0
    found = []
    while snr[peak := int(snr.argmax())] >= TRIGGER_SNR:
        found.append((peak, float(snr[peak])))
        snr[max(0, peak - reach) : peak + reach] = 0
    return found


def search(number, chirp_mass, data):
    """What one template finds."""
    wave = template(chirp_mass)
    found = []
    for segment, (whitened, psd) in enumerate(data):
        for sample, snr in triggers(matched_filter(wave, whitened, psd)):
            time = segment * strain.SEGMENT_SECONDS + sample / strain.SAMPLE_RATE
            found.append(
                {
                    "time": round(time, 4),
                    "template": number,
                    "chirp_mass": round(float(chirp_mass), 4),
                    "snr": round(snr, 3),
                }
            )
    return found


def append(path, line):
    """In one write, behind whatever is there: that something happened twice would be seen."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(descriptor, (line + "\n").encode())
    os.close(descriptor)


def be_alone(base):
    """Ends this try when another one of the same task is at work, and leaves word for the merge.

    The kernel takes the lock from whoever dies, so a try that was killed is in nobody's way.
    """
    lock = os.open(f"{base}.lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        append(f"{base}.twice", f"pid {os.getpid()} met another one")
        sys.exit("another try of this task is at work")


def complete(base, task, tasks):
    """Says so once: a try that is killed between the result and this line leaves it to the next."""
    path = pathlib.Path(f"{base}.completed")
    line = strain.completion(task, tasks)
    if not path.exists() or line not in path.read_text().splitlines():
        append(path, line)
    pathlib.Path(f"{base}.checkpoint").unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--templates", type=int, required=True)
    options = parser.parse_args()
    task, tasks = int(os.environ["HAMMOCK_TASK"]), int(os.environ["HAMMOCK_TASKS"])
    folder = pathlib.Path.cwd()
    (folder / "work").mkdir(exist_ok=True)
    base = f"{folder}/work/task.{task}"
    be_alone(base)
    result, checkpoint = pathlib.Path(f"{base}.result"), pathlib.Path(f"{base}.checkpoint")
    bank = strain.template_bank(options.templates)
    mine = list(range(options.templates))[task * len(bank) // tasks : (task + 1) * len(bank) // tasks]
    begun = {"task": task, "tasks": tasks, "bank": len(bank), "done": [], "triggers": []}
    if strain.read_json(result):
        print(f"task {task} was complete already", flush=True)
        complete(base, task, tasks)
        return
    state = strain.read_json(checkpoint) or begun
    print(f"task {task}: {len(state['done'])} of {len(mine)} templates are done", flush=True)
    data = [
        whiten(numpy.load(strain.segment_path(folder, number)))
        for number in range(strain.SEGMENTS)
    ]
    for number in mine[len(state["done"]) :]:
        state["triggers"] += search(number, bank[number], data)
        state["done"].append(number)
        strain.write_json(checkpoint, state)
    strain.write_json(result, state)
    complete(base, task, tasks)
    print(f"task {task}: complete, {len(state['triggers'])} triggers", flush=True)


main()
