"""The verb `mechanisms`: from options to experiments, a table and a picture."""

import json
import os
import re
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from ...world.checks import BadInput, known
from ..parts import keeping_work, locked, write_whole
from ..progress import Report, duration
from ..recipe import recipe_digest
from ..settings import LIMITS, make_settings, whole
from .claims import Claim, claims, replications
from .trials import Trials, try_claims

RUNS = 1024
MOST_VECTORS = 1000


def mechanisms_asked(arguments: Namespace, as_json: Callable[[object], None] | None) -> int:
    """Do what `standoff mechanisms` asks and return the exit code.

    Raises
    ------
    BadInput
        If an option is wrong, or asks for more runs than anybody could wait for.
    """
    chosen = _chosen(arguments.id, replications() if arguments.replications else claims())
    runs = RUNS if arguments.runs is None else whole("runs", arguments.runs)
    if runs < 2:
        raise BadInput("runs: a single run has no spread; allowed: 2 and more")
    base = make_settings(arguments.scenario, seed=whole("seed", arguments.seed))
    trials = Trials(chosen, base, runs, _vectors(arguments.robust))
    if trials.total > LIMITS["runs"][1]:
        raise BadInput(f"runs: this takes {trials.total} runs in all; allowed: {LIMITS['runs'][1]}")
    jobs = (os.cpu_count() or 1) if arguments.jobs is None else whole("jobs", arguments.jobs)
    folder = Path(arguments.out) if arguments.out else Path("results") / f"mechanisms-{recipe_digest(trials.recipe())}"
    began = perf_counter()
    with Report("mechanisms", trials.total) as report:
        rows = try_claims(trials, folder, jobs, report)
    from ..plots.mechanisms import draw_mechanisms

    with keeping_work(folder), locked(folder):
        write_whole(folder / "findings.json", json.dumps(rows, indent=1).encode())
        picture = None if arguments.replications else draw_mechanisms(rows, folder)
    if as_json is not None:
        as_json(rows)
        return 0
    print("\n".join([*table(rows, chosen), "", *summary(rows), f"{duration(perf_counter() - began)}; {folder}"]))
    if picture is not None:
        print(picture)
    return 0


def _chosen(ids: Sequence[str], named: dict[str, Claim]) -> tuple[Claim, ...]:
    if not ids:
        return tuple(named.values())
    wanted = [known("mechanism", name.upper(), named) for name in ids]
    return tuple(claim for name, claim in named.items() if name in wanted)


def _vectors(text: str | None) -> int:
    if text is None:
        return 0
    if not (re.fullmatch(r"[0-9]{1,4}", text) and 1 <= int(text) <= MOST_VECTORS):
        raise BadInput(f"robust: '{text}' is not a whole number from 1 to {MOST_VECTORS}")
    return int(text)


def table(rows: Sequence[dict[str, Any]], tried: Sequence[Claim]) -> list[str]:
    """Return the findings as lines: id, title, outcome, effect with interval, verdict, and how robust the sign is."""
    robust = rows[0]["robust_share"] is not None
    width = max(len(claim.title) for claim in tried)
    measured = max(len(claim.outcome) for claim in tried)
    lines = []
    for row, claim in zip(rows, tried, strict=True):
        effect = f"{row['effect']:+9.3f} [{row['low']:+9.3f}, {row['high']:+9.3f}]"
        share = f" {row['robust_share']:5.0%}" if robust else ""
        line = f"{row['id']:4} {claim.title:<{width}} {claim.kind:8} {claim.outcome:<{measured}} {effect} "
        lines.append(f"{line}{row['verdict']:13}{share}".rstrip())
    return lines


def summary(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return how many claims hold, of the core and of the others, and the median share of signs that hold."""
    lines = []
    for use in ("core", "should"):
        if mine := [row for row in rows if row["use"] == use]:
            held = sum(row["holds"] is True for row in mine)
            failed = sum(row["holds"] is False for row in mine)
            lines.append(f"{use}: {held} of {len(mine)} hold, {failed} do not, {len(mine) - held - failed} undecided")
    if rows[0]["robust_share"] is not None:
        middle = median(row["robust_share"] for row in rows)
        lines.append(f"random parameters: the median mechanism keeps its sign in {middle:.0%}")
    return lines
