"""Kill a sweep at random moments, again and again, and see whether it comes to the same end as one left in peace.

``python tests/kill_sweep.py [--kills N] [--seed N] [options of standoff sweep]``

Options of the sweep take the place of SWEEP. Exit code 0: the same digest, the same bytes; 1: not so.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from standoff.experiments.parts import digest

# 134 parts of two chunks, each chunk played in less than a second.
SWEEP = ["--vary", "us_lead_value=10,30", "--vary", "us_rare_earth_loss=20,60", "--runs", "10000"]
COLD = 10  # one kill in so many meets laws that are not yet compiled
AIMED = 4  # one kill in so many waits until a part is written and its checksum is not


def command(verb, *options):
    return [sys.executable, "-m", "standoff.experiments.cli", verb, *options]


def play(options, folder, cache=None):
    """Start a sweep; with a cache of its own, its laws are compiled there."""
    return subprocess.Popen(
        command("sweep", *options, "--out", str(folder)),
        env={**os.environ, **({"XDG_CACHE_HOME": str(cache)} if cache else {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finished(options, folder):
    """Play a sweep to its end."""
    if code := play(options, folder).wait():
        sys.exit(f"kill_sweep: the sweep ends with {code}; to see why: {' '.join(command('sweep', *options))}")


def start(cache=None):
    """Return how long a command takes until the laws are loaded, or compiled."""
    began = time.monotonic()
    environment = {**os.environ, **({"XDG_CACHE_HOME": str(cache)} if cache else {})}
    subprocess.run(command("run", "--months", "1"), env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def outcomes(folder):
    """Return when each part's outcomes were written."""
    return {path.stem: path.stat().st_mtime_ns for path in folder.glob("outcomes/part-*")}


def unchecked(folder, before):
    """Return whether a part was written since then, and its checksum was not."""
    return any(not (folder / f"checks/{part}.sha256").exists() for part, _ in outcomes(folder).items() - before.items())


def state(folder, before):
    """Return in words how far a sweep came before it was killed."""
    if not (folder / "recipe.json").exists():
        return "before the recipe"
    if list(folder.rglob(".*.tmp")) or list(folder.rglob(".*.part")):
        return "in the midst of a file"
    if unchecked(folder, before):
        return "between a part and its checksum"
    if (folder / "summary.csv").exists():
        return "in the summary or the figures"
    return "between parts" if outcomes(folder) != before else "before a part was written"


def killed(process, folder, before, wait, aimed):
    """Kill a sweep after a wait, and return whether it was still running."""
    deadline = time.monotonic() + wait
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    while aimed and process.poll() is None and not unchecked(folder, before):
        time.sleep(0.0005)
    process.kill()
    return process.wait() != 0


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def compared(folder, reference):
    """Return what is wrong with a sweep that was killed, in words."""
    wrong = [] if digest(folder) == digest(reference) else ["the digests differ"]
    one, other = contents(folder), contents(reference)
    return wrong + [f"{name} differs" for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="default: 50")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the moments (default 1)")
    asked, options = parser.parse_known_args()
    options, luck = options or SWEEP, random.Random(asked.seed)
    print(f"standoff sweep {' '.join(options)}", flush=True)
    with tempfile.TemporaryDirectory() as place:
        reference, folder, cache = Path(place) / "in-peace", Path(place) / "killed-1", Path(place) / "cache"
        began = time.monotonic()
        finished(options, reference)
        longest = 2.0 * start()  # so that half of the waits end before anything is played
        print(f"in peace: {time.monotonic() - began:.0f} s; kills after 0 to {longest:.1f} s", flush=True)
        cold, kills, rounds, states, wrong = asked.kills // COLD, 0, 1, Counter(), []
        began = time.monotonic()
        while kills < asked.kills:
            if cold and kills == cold:  # what kills left of the cache serves to compile the laws
                start(cache)
            before, aimed = outcomes(folder), kills % AIMED == AIMED - 1 and kills >= cold
            process = play(options, folder, cache if cold else None)
            if killed(process, folder, before, luck.uniform(0.0, longest), aimed):
                kills += 1
                states[state(folder, before)] += 1
                continue
            wrong += compared(folder, reference)
            rounds += 1
            folder = Path(place) / f"killed-{rounds}"
        finished(options, folder)
        wrong += compared(folder, reference)
        print(
            f"{kills} kills in {time.monotonic() - began:.0f} s, {rounds} sweep{'s' * (rounds > 1)} played to the end"
        )
        for text, count in states.most_common():
            print(f"  {count:3} {text}")
        print(
            "\n".join(wrong) or f"same digest {digest(reference)[:16]}, same bytes in {len(contents(reference))} files"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
