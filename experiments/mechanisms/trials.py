"""All claims tried: at the default numbers, and at random ones to see how far a sign can be trusted."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple, get_type_hints

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
from .trial import Finding, arm_values, found

CHUNK = 64  # runs that a thread plays at once: their traces are some 30 MB an arm
VECTOR_RUNS = 64  # runs of each arm at a random vector, where only the sign is asked
SWITCHES = {"linkage"}  # a reading of the sources, not a quantity: nothing lies between two of its values


class Piece(NamedTuple):
    """What a thread plays at once: both arms of a claim at a vector, from the first to before the end run."""

    vector: int  # 0 is the default numbers
    place: int  # of the claim
    first: int
    end: int


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

    def pieces(self, vector: int) -> Iterator[Piece]:
        """Yield the pieces of one vector, claim by claim."""
        runs = VECTOR_RUNS if vector else self.runs
        for place in range(len(self.claims)):
            for first in range(0, runs, CHUNK):
                yield Piece(vector, place, first, min(first + CHUNK, runs))

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
    BadInput
        If the folder cannot be written, is in use, or belongs to another recipe.
    Stopped
        If the user interrupts or the disk is full; finished claims and vectors are kept.
    RunError
        If the model cannot play a run.
    """
    with opened(folder, trials.recipe(), ("findings", "vectors")), stop_on_signal() as stop:
        missing = _missing(trials, folder)
        with ThreadPoolExecutor(jobs) as pool:
            try:
                if missing:
                    warm_up(trials.base, pool, stop, report)
                    report.begin(sum(2 * (piece.end - piece.first) for piece in missing))
                signs: dict[int, dict[str, float]] = {}
                for vector, claim, low, high in _outcomes(trials, missing, folder, pool, jobs, stop, report):
                    with keeping_work(folder):
                        if vector == 0:
                            _write(_finding_file(folder, claim), found(claim, low, high)._asdict())
                            continue
                        signs.setdefault(vector, {})[claim.id] = float((high - low).mean())
                        if len(signs[vector]) == len(trials.claims):
                            _write(_vector_file(folder, vector), signs.pop(vector))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        return _collected(trials, folder)


def _missing(trials: Trials, folder: Path) -> list[Piece]:
    untried = {place for place, claim in enumerate(trials.claims) if _finding(folder, claim) is None}
    missing = [piece for piece in trials.pieces(0) if piece.place in untried]
    for vector in range(1, trials.vectors + 1):
        if _effects(folder, vector, trials.claims) is None:
            missing += trials.pieces(vector)
    return missing


def _outcomes(
    trials: Trials,
    missing: Sequence[Piece],
    folder: Path,
    pool: ThreadPoolExecutor,
    jobs: int,
    stop: Event,
    report: Report,
) -> Iterator[tuple[int, Claim, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield each claim at each vector once it is played: vector, claim, and the outcomes of the low and the high arm.

    Threads are fed so slowly that memory does not grow with the number of vectors.
    """
    worlds = [trials.base, *random_settings(trials.base, trials.vectors)]
    left = Counter(piece[:2] for piece in missing)
    played: dict[tuple[int, int], dict[int, NDArray[np.float64]]] = {key: {} for key in left}
    waiting = iter(missing)
    running: dict[Future[NDArray[np.float64]], Piece] = {}
    while not stop.is_set():
        while len(running) < 2 * jobs and (piece := next(waiting, None)):
            claim, world = trials.claims[piece.place], worlds[piece.vector]
            running[pool.submit(both_arms, claim, world, piece)] = piece
        if not running:
            return
        for future in wait(running, POLL, FIRST_COMPLETED).done:
            piece = running.pop(future)
            key = piece[:2]
            played[key][piece.first] = future.result()
            left[key] -= 1
            report.advance(2 * (piece.end - piece.first))
            if left[key] == 0:
                low, high = np.concatenate([arms for _, arms in sorted(played.pop(key).items())], axis=1)
                yield piece.vector, trials.claims[piece.place], low, high
    raise Stopped(f"interrupted; finished claims and vectors are kept in '{folder}', the same command goes on")


def both_arms(claim: Claim, base: Settings, piece: Piece) -> NDArray[np.float64]:
    """Return the outcomes of both arms in a piece's runs, shape (2, runs), low first.

    Raises
    ------
    RunError
        If a run fails or has no finite outcome.
    """
    named = f"{claim.id}, vector {piece.vector}, runs {piece.first} to {piece.end - 1}, seed {base.seed}"
    try:
        arms = np.stack([arm_values(claim, arm, base, {}, piece.first, piece.end) for arm in (claim.low, claim.high)])
    except ArithmeticError as error:
        raise RunError(f"{named} failed: {error}") from error
    if not np.isfinite(arms).all():
        raise RunError(f"{named}: {claim.outcome} is not finite")
    return arms


def _read(path: Path, kinds: Mapping[str, Any]) -> Any:
    """Return the entries of a file, or None if it is not there, or damaged: they are not these, of these kinds."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError):
        return None
    if not isinstance(kept, dict) or kept.keys() != kinds.keys():
        return None
    return kept if all(isinstance(kept[name], kind) for name, kind in kinds.items()) else None


def _write(path: Path, entries: Mapping[str, Any]) -> None:
    write_whole(path, json.dumps(entries).encode())


def _finding_file(folder: Path, claim: Claim) -> Path:
    return folder / "findings" / f"{claim.id}.json"


def _vector_file(folder: Path, vector: int) -> Path:
    return folder / "vectors" / f"{vector:03d}.json"


def _finding(folder: Path, claim: Claim) -> Any:
    return _read(_finding_file(folder, claim), get_type_hints(Finding))


def _effects(folder: Path, vector: int, tried: Sequence[Claim]) -> Any:
    return _read(_vector_file(folder, vector), {claim.id: float for claim in tried})


def _collected(trials: Trials, folder: Path) -> list[dict[str, Any]]:
    vectors = [_effects(folder, vector, trials.claims) for vector in range(1, trials.vectors + 1)]
    rows = []
    for claim in trials.claims:
        share = None
        if vectors:
            share = float(
                np.mean([effects[claim.id] > 0.0 if claim.rises else effects[claim.id] < 0.0 for effects in vectors])
            )
        rows.append({**_finding(folder, claim), "title": claim.title, "use": claim.use, "robust_share": share})
    return rows
