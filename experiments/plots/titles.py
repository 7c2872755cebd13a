"""What a figure found, in one plain line."""

import re

import numpy as np

from .folder import Results, are_numbers, levels
from .look import REGIMES, sentence, words
from .shares import Counts, leading, undecided, wilson


def start_name(start: str) -> str:
    """Return the name of a start as it is read.

    >>> start_name("july-2025"), start_name("calm")
    ('July 2025', 'calm')
    """
    return sentence(start.replace("-", " ")) if re.fullmatch(r"[a-z]+-\d{4}", start) else start


def split_by_start(counts: Counts) -> bool:
    """Return whether two starts lead surely to different regimes; `counts` has shape (starts, regimes)."""
    return len({leading(own) for own in counts if not undecided(own)}) > 1


def phase_title(results: Results, counts: Counts) -> str:
    """Return where the start decides, and who leads where; `counts` has shape (starts, points, regimes)."""
    size = len(results.points)
    unsure = sum(any(undecided(own) for own in counts[:, point]) for point in range(size))
    if len(counts) == 1:
        return sentence(_leaders(results, counts)) + (f"; {unsure} undecided" if unsure else "")
    torn = sum(split_by_start(counts[:, point]) for point in range(size))
    open_ones = f", {unsure} are undecided" if unsure else ""
    return f"The start decides in {torn} of {size} worlds{open_ones}; {_leaders(results, counts)}"


def spread_title(results: Results, counts: Counts) -> str:
    """Return which regime leads, and how often; `counts` has shape (starts, points, regimes)."""
    if len(results.points) > 1:
        return sentence(_leaders(results, counts))
    found = []
    for start, (own,) in zip(results.starts, counts, strict=True):
        first = leading(own)
        low, high = (100 * bound[first] for bound in wilson(own, own.sum()))
        origin = f" from {start_name(start)}" if len(counts) > 1 else ""
        share = 100 * own[first] / own.sum()
        found.append(f"{REGIMES[first].name} is where {share:.0f} % of runs{origin} end ({low:.0f} to {high:.0f} %)")
    return sentence(", ".join(found)).replace(" %", "\N{NO-BREAK SPACE}%")


def response_title(results: Results, counts: Counts) -> str:
    """Return what the varied name changes; `counts` has shape (starts, levels in order, regimes)."""
    found: dict[str, list[str]] = {}
    name = words(results.varied[0])
    rising = are_numbers(levels(results, results.varied[0]))
    for start, own in zip(results.starts, counts, strict=True):
        leaders = [leading(level) for level in own]
        first = leading(np.bincount(leaders, minlength=len(REGIMES)))
        if len(set(leaders)) == 1:
            finding = f"{REGIMES[first].name} leads at every level of {name}"
        elif leaders[0] != leaders[-1] and rising:
            finding = f"{REGIMES[leaders[0]].name} gives way to {REGIMES[leaders[-1]].name} as {name} rises"
        else:
            finding = f"{REGIMES[first].name} leads at {leaders.count(first)} of {len(leaders)} levels of {name}"
        found.setdefault(finding, []).append(start_name(start))
    if len(counts) == 1:
        return sentence(next(iter(found)))
    return sentence("; ".join(f"from {' and '.join(starts)}, {finding}" for finding, starts in found.items()))


def _leaders(results: Results, counts: Counts) -> str:
    """Return the regime that leads at most points, from each start."""
    size, found, before = len(results.points), "", -1
    for start, own in zip(results.starts, counts, strict=True):
        leaders = np.bincount([leading(point) for point in own], minlength=len(REGIMES))
        first = leading(leaders)
        origin = f" from {start_name(start)}" if len(counts) > 1 else ""
        if not found:
            found = f"{REGIMES[first].name} leads in {leaders[first]} of {size} worlds{origin}"
        else:
            regime = "" if first == before else f"{REGIMES[first].name} "
            found += f", {regime}in {leaders[first]}{origin}"
        before = first
    return found
