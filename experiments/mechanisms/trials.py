"""All claims tried: at the default numbers, and at random ones to see how far a sign can be trusted."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from ...world.parameters import FACTS
from ..endings import RunError, Stopped
from ..parts import keeping_work, opened, write_whole
from ..progress import Report
from ..recipe import LAWS
from ..settings import Settings
from ..sweep import POLL, stop_on_signal, warm_up
from .claims import Claim
from .trial import arm_values, found

CHUNK = 64  # runs that a thread plays at once: their traces are some 30 MB an arm
VECTOR_RUNS = 64  # runs of each arm at a random vector, where only the sign is asked
SWITCHES = {"linkage"}


@dataclass(frozen=True)
class Trials:
    """What is to be tried, in which world, how often, and at how many random vectors."""

    claims: tuple[Claim, ...]
    base: Settings
    runs: int
    vectors: int

    def recipe(self) -> dict[str, Any]:
        """Return all that the findings depend on, as JSON holds it."""
        stated = json.dumps([repr(claim) for claim in self.claims])
        return {
            "claims": [claim.id for claim in self.claims],
            "claims_digest": hashlib.sha256(stated.encode()).hexdigest()[:16],
            "scenario": self.base.scenario.name,
            "parameters": dict(self.base.parameters),
            "state": dict(self.base.state),
            "seed": self.base.seed,
            "developers": self.base.developers,
            "runs": self.runs,
            "vectors": self.vectors,
            "vector_runs": VECTOR_RUNS,
            "law_digest": LAWS,
        }

    def tasks(self, vector: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield the pieces of one vector: vector, place of the claim, first run, run after the last."""
        runs = VECTOR_RUNS if vector else self.runs
        for place in range(len(self.claims)):
            for first in range(0, runs, CHUNK):
                yield vector, place, first, min(first + CHUNK, runs)

    @property
    def total(self) -> int:
        """How many runs there are."""
        return 2 * len(self.claims) * (self.runs + self.vectors * VECTOR_RUNS)


def random_settings(base: Settings, vectors: int) -> list[Settings]:
    """Return settings at random parameters: a Latin hypercube over all ranges; definitions and switches stay."""
    names = [name for name, fact in FACTS.items() if name not in SWITCHES and not fact.source.startswith("definition")]
    drawn = qmc.LatinHypercube(len(names), rng=np.random.default_rng(base.seed)).random(vectors)
    given = []
    for row in drawn:
        values = dict(base.parameters)
        for name, place in zip(names, row.tolist(), strict=True):
            values[name] = FACTS[name].low + place * (FACTS[name].high - FACTS[name].low)
        given.append(replace(base, parameters=values))
    return given


def try_claims(trials: Trials, folder: Path, jobs: int, report: Report) -> list[dict[str, Any]]:
    """Play what `folder` lacks and return the findings, in the order of the claims.

    Raises
    ------
    Stopped
        If the user interrupts or the disk is full; finished claims and vectors are kept.
    """
    worlds = [trials.base, *random_settings(trials.base, trials.vectors)]
    with opened(folder, trials.recipe(), ("findings", "vectors")), stop_on_signal() as stop:
        missing = [task for task in trials.tasks(0) if _read(_finding_file(folder, trials.claims[task[1]])) is None]
        for vector in range(1, len(worlds)):
            if _read(_vector_file(folder, vector)) is None:
                missing += trials.tasks(vector)
        with ThreadPoolExecutor(jobs) as pool:
            try:
                _play(trials, worlds, missing, folder, pool, jobs, stop, report)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        return _collected(trials, folder)


Piece = tuple[int, int, int, int]


def _play(
    trials: Trials,
    worlds: Sequence[Settings],
    missing: Sequence[Piece],
    folder: Path,
    pool: ThreadPoolExecutor,
    jobs: int,
    stop: Event,
    report: Report,
) -> None:
    if missing:
        warm_up(trials.base, pool, stop, report)
        report.begin(sum(2 * (end - first) for _, _, first, end in missing))
    left: dict[tuple[int, int], int] = {}
    for vector, place, _, _ in missing:
        left[vector, place] = left.get((vector, place), 0) + 1
    pieces: dict[tuple[int, int], dict[int, NDArray[np.float64]]] = {key: {} for key in left}
    signs: dict[int, dict[str, float]] = {}
    waiting = iter(missing)
    running: dict[Future[NDArray[np.float64]], Piece] = {}
    while not stop.is_set():
        while len(running) < 2 * jobs and (piece := next(waiting, None)):
            vector, place, first, end = piece
            running[pool.submit(both_arms, trials.claims[place], worlds[vector], first, end)] = piece
        if not running:
            return
        for future in wait(running, POLL, FIRST_COMPLETED).done:
            vector, place, first, end = running.pop(future)
            pieces[vector, place][first] = future.result()
            left[vector, place] -= 1
            report.advance(2 * (end - first))
            if left[vector, place]:
                continue
            claim = trials.claims[place]
            low, high = np.concatenate([arms for _, arms in sorted(pieces.pop((vector, place)).items())], axis=1)
            with keeping_work(folder):
                if vector == 0:
                    write_whole(_finding_file(folder, claim), json.dumps(found(claim, low, high)._asdict()).encode())
                    continue
                signs.setdefault(vector, {})[claim.id] = float((high - low).mean())
                if len(signs[vector]) == len(trials.claims):
                    write_whole(_vector_file(folder, vector), json.dumps(signs.pop(vector)).encode())
    raise Stopped(f"interrupted; finished claims are kept in '{folder}', the same command goes on")


def both_arms(claim: Claim, base: Settings, first: int, end: int) -> NDArray[np.float64]:
    """Return the outcomes of both arms, shape (2, runs).

    Raises
    ------
    RunError
        If a run fails or has no finite outcome.
    """
    try:
        arms = np.stack([arm_values(claim, arm, base, {}, first, end) for arm in (claim.low, claim.high)])
    except ArithmeticError as error:
        raise RunError(f"{claim.id}, runs {first} to {end - 1}, seed {base.seed} failed: {error}") from error
    if not np.isfinite(arms).all():
        raise RunError(f"{claim.id}, runs {first} to {end - 1}, seed {base.seed}: {claim.outcome} is not finite")
    return arms


def _read(path: Path) -> Any:
    """Return what a file holds, or None if it is not there or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _finding_file(folder: Path, claim: Claim) -> Path:
    return folder / "findings" / f"{claim.id}.json"


def _vector_file(folder: Path, vector: int) -> Path:
    return folder / "vectors" / f"{vector:03d}.json"


def _collected(trials: Trials, folder: Path) -> list[dict[str, Any]]:
    signs = [_read(_vector_file(folder, vector)) for vector in range(1, trials.vectors + 1)]
    rows = []
    for claim in trials.claims:
        finding = _read(_finding_file(folder, claim))
        share = None
        if signs:
            share = float(
                np.mean([(effects[claim.id] > 0.0) == claim.rises and effects[claim.id] != 0.0 for effects in signs])
            )
        rows.append({**finding, "title": claim.title, "use": claim.use, "robust_share": share})
    return rows
