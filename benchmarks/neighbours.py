"""How much slower a chunk is played beside a neighbour: a thread or a process that plays another, or only hashes.

``python -m standoff.benchmarks.neighbours``

Prints, for each neighbour, the processor time of a chunk beside it over that of a chunk alone, before and after:
the median of the turns and their quartiles.
"""

import hashlib
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ..experiments.bench import FULL, seconds_of, turn_plan
from ..experiments.sweep import play_chunk

TURNS = 25


def neighbour(work: Callable[[], object], go: Any, idle: Any) -> None:
    """Work while `go` is set."""
    work()  # loads the laws
    idle.set()
    while True:
        go.wait()
        idle.clear()
        work()
        idle.set()


def main() -> None:
    """Measure and print."""
    chunk = partial(play_chunk, turn_plan(FULL), 0, FULL.runs)
    hashing = partial(hashlib.pbkdf2_hmac, "sha256", b"", b"", 300_000)
    chunk()
    processes, neighbours = multiprocessing.get_context("spawn"), {}
    for kind, start, event in (
        ("thread", threading.Thread, threading.Event),
        ("process", processes.Process, processes.Event),
    ):
        for does, work in (("plays", chunk), ("hashes", hashing)):
            go, idle = event(), event()
            start(target=neighbour, args=(work, go, idle), daemon=True).start()
            idle.wait()
            neighbours[f"a {kind} that {does}"] = go, idle
    slower: dict[str, list[float]] = {name: [] for name in neighbours}
    for _ in range(TURNS):
        for name, (go, idle) in neighbours.items():
            before = seconds_of(chunk)
            go.set()
            time.sleep(0.05)  # until it is at work
            beside = seconds_of(chunk)
            go.clear()
            time.sleep(0.02)
            idle.wait()
            slower[name].append(2.0 * beside / (before + seconds_of(chunk)))
    for name, ratios in slower.items():
        low, median, high = statistics.quantiles(ratios, n=4)
        print(f"beside {name:22} {median:.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
