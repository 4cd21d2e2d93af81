"""Arithmetic of the benchmarks: percentiles and ratios. Pure."""

import math


def percentile(values, percent):
    """The nearest-rank percentile: a value that was really measured. Raises ValueError on nothing."""
    if not values:
        raise ValueError("a percentile of nothing")
    if not 0 < percent <= 100:
        raise ValueError(f"percent {percent} is not in (0, 100]")
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def median(values):
    """The middle value, or the mean of the two in the middle."""
    if not values:
        raise ValueError("a median of nothing")
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def summary(values):
    """What is kept of a list of measurements."""
    return {
        "count": len(values),
        "median": median(values),
        "p99": percentile(values, 99),
        "least": min(values),
        "most": max(values),
    }


def ratio(value, floor):
    """value / floor; None when either is missing or the floor is zero: unknown is not good."""
    if value is None or not floor:
        return None
    return value / floor


def paired_ratio(values, floors):
    """The median of value/floor over rounds that have both: what happened to the machine meanwhile
    happened to both. None when no round has both."""
    ratios = [v / f for v, f in zip(values, floors) if v is not None and f]
    return median(ratios) if ratios else None
