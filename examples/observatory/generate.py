"""Makes strain: coloured Gaussian noise with a few chirps in it.

    generate.py --templates M --seed S

The same seed makes the same bytes, so a try that was killed is simply done again. What was injected is
in injected.json, which only the merge reads.
"""

import argparse
import io
import pathlib

import numpy

import strain

INJECTIONS = 8
# Quieter ones are lost in a search of this size, or found by luck.
QUIETEST, LOUDEST = 13.0, 20.0
# Of two injections, so that each has its own cluster.
APART_SECONDS = 3 * strain.CLUSTER_SECONDS


def noise_psd(frequencies):
    """Of a detector: a seismic wall, a bucket, shot noise, and the lines of the mains."""
    f = numpy.maximum(frequencies, 10.0)
    shape = (25 / f) ** 8 + 1 + (f / 150) ** 2
    for line in (60, 180):
        shape += 200 * numpy.exp(-(((f - line) / 0.5) ** 2))
    return 1e-46 * shape


def noise(generator):
    """One segment, cut out of a longer one: what is made in one piece repeats at its ends."""
    samples = 2 * strain.SAMPLES
    frequencies = numpy.fft.rfftfreq(samples, 1 / strain.SAMPLE_RATE)
    white = numpy.fft.rfft(generator.standard_normal(samples))
    coloured = white * numpy.sqrt(noise_psd(frequencies) * strain.SAMPLE_RATE / 2)
    return numpy.fft.irfft(coloured, samples)[: strain.SAMPLES]


def chirp(chirp_mass, time, phase):
    """In the domain of time, where the templates of the search are made in that of frequency."""
    mass = chirp_mass * strain.SOLAR_MASS
    left = time - numpy.arange(strain.SAMPLES) / strain.SAMPLE_RATE
    # Beyond this the orbit is no orbit any more.
    last = 5 / 256 * mass * (numpy.pi * mass * strain.last_frequency(chirp_mass)) ** (-8 / 3)
    # It fades in below the band that is searched.
    first = 1.5 * strain.chirp_time(chirp_mass)
    there = (left > last) & (left < first)
    left = numpy.where(there, left, first)
    frequency = (5 / (256 * left)) ** (3 / 8) * mass ** (-5 / 8) / numpy.pi
    wave = frequency ** (2 / 3) * numpy.cos(phase - 2 * (left / (5 * mass)) ** (5 / 8))
    fade = numpy.clip((first - left) / (0.2 * first), 0, 1)
    return numpy.where(there, wave * fade, 0)


def optimal_snr(signal):
    frequencies = numpy.fft.rfftfreq(strain.SAMPLES, 1 / strain.SAMPLE_RATE)
    band = frequencies >= strain.LOW_FREQUENCY
    spectrum = numpy.fft.rfft(signal)[band] / strain.SAMPLE_RATE
    power = numpy.abs(spectrum) ** 2 / noise_psd(frequencies[band])
    return numpy.sqrt(4 * power.sum() / strain.SEGMENT_SECONDS)


def draw_times(generator):
    """Ends of chirps: far from each other, and whole within what is searched of a segment."""
    times = []
    while len(times) < INJECTIONS:
        segment = int(generator.integers(strain.SEGMENTS))
        edge = 2 * strain.EDGE_SECONDS
        time = float(generator.uniform(edge, strain.SEGMENT_SECONDS - edge))
        whole = segment * strain.SEGMENT_SECONDS + time
        if all(abs(whole - other) > APART_SECONDS for other in times):
            times.append(whole)
    return sorted(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--templates", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    folder = pathlib.Path.cwd()
    (folder / "strain").mkdir(exist_ok=True)
    generator = numpy.random.default_rng(options.seed)
    bank = strain.template_bank(options.templates)
    segments = [noise(generator) for _ in range(strain.SEGMENTS)]
    injected = []
    for whole in draw_times(generator):
        segment, time = divmod(whole, strain.SEGMENT_SECONDS)
        mass = float(generator.uniform(bank[-1], bank[0]))
        snr = float(generator.uniform(QUIETEST, LOUDEST))
        signal = chirp(mass, time, generator.uniform(0, 2 * numpy.pi))
        segments[int(segment)] += signal * (snr / optimal_snr(signal))
        injected.append({"time": round(whole, 4), "chirp_mass": round(mass, 4), "snr": round(snr, 2)})
    for number, samples in enumerate(segments):
        content = io.BytesIO()
        numpy.save(content, samples)
        strain.write_whole(strain.segment_path(folder, number), content.getvalue())
    strain.write_json(folder / "injected.json", injected)
    seconds = strain.SEGMENTS * strain.SEGMENT_SECONDS
    print(f"{seconds} s of strain with {len(injected)} injections, seed {options.seed}")


main()
