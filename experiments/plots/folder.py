"""A results folder, read strictly, part by part, and from its files alone."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyarrow import ArrowException

from ...model.outcomes import TRACKS
from ...world.checks import BadInput
from ..parts import checked_bytes, checksums, read_recipe
from .look import REGIMES, short
from .shares import Counts

KINDS = {"title": str, "question": str, "starts": list, "months": int, "runs": int, "seed": int, "vary": dict,
         "points": list, "law_digest": str}  # fmt: skip
MEASURED = (
    "mean_chip_control",
    "mean_rare_earth_restriction",
    "final_cuda_share",
    "mean_nvidia_revenue",
    "payoff_us",
    "payoff_beijing",
)
Level = float | int | str


class Results(NamedTuple):
    """What was asked and what came out."""

    title: str
    question: str
    starts: list[str]
    months: int
    runs: int
    seed: int
    law_digest: str
    preset: dict[str, Level]  # what was set for all runs: numbers, and doctrines other than quantal
    varied: list[str]
    points: list[dict[str, Level]]
    counts: Counts  # runs that each regime rules, shape (starts, points, regimes)
    sums: NDArray[np.float64]  # of MEASURED and of their squares, shape (2, starts, points, outcomes)
    paths: Any  # pandas table, one row for each run that was kept and each quarter


def read_folder(folder: Path) -> Results:
    """Return what a results folder holds.

    Raises
    ------
    BadInput
        If a file is missing, damaged or does not hold what the recipe promises.
    """
    recipe = _checked_recipe(folder)
    starts, points = recipe["starts"], recipe["points"]
    counts = np.zeros((len(starts), len(points), len(REGIMES)), np.int64)
    sums = np.zeros((2, len(starts), len(points), len(MEASURED)))
    names = [regime.name for regime in REGIMES]
    for part in _parts(folder, "outcomes", ["point", "start", "regime", *MEASURED]):
        cell = (_places(folder, part, "start", starts), _places(folder, part, "point", range(len(points))))
        np.add.at(counts, (*cell, _places(folder, part, "regime", names)), 1)
        measured = part[list(MEASURED)].to_numpy(np.float64)
        np.add.at(sums[0], cell, measured)
        np.add.at(sums[1], cell, measured**2)
    held = np.minimum(counts.sum(2), recipe["runs"]).sum()
    due = recipe["runs"] * len(starts) * len(points)
    if held < due:
        raise BadInput(f"results folder '{folder}' is not finished: {held} of {due} runs; run its sweep again first")
    kept = list(_parts(folder, "paths", ["point", "start", "run", "t", *TRACKS]))
    paths = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=["point", "start"])
    return Results(
        title=recipe["title"],
        question=recipe["question"],
        starts=starts,
        months=recipe["months"],
        runs=recipe["runs"],
        seed=recipe["seed"],
        law_digest=recipe["law_digest"],
        preset={**recipe.get("set", {}), **{k: v for k, v in recipe.get("doctrines", {}).items() if v != "quantal"}},
        varied=list(recipe["vary"]),
        points=points,
        counts=counts,
        sums=sums,
        paths=paths.astype({"start": str}),
    )


def footer(results: Results, more: str = "") -> str:
    """Return the line that says how a figure of a folder was made."""
    worlds = "" if len(results.points) == 1 else f"{len(results.points)} worlds x "
    parts = [
        f"Start: {' and '.join(results.starts)}",
        f"{worlds}{results.runs} run{'' if results.runs == 1 else 's'} of {results.months} months",
        f"seed {results.seed}",
        *(f"{name} = {short(level)}" for name, level in results.preset.items()),
        f"laws {results.law_digest[:16]}",
        *([more] if more else []),
    ]
    return "  |  ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def levels(results: Results, name: str) -> list[Level]:
    """Return the levels of a varied name: numbers in rising order, words in the order of the design."""
    seen = list(dict.fromkeys(point[name] for point in results.points))
    return sorted(seen) if are_numbers(seen) else seen


def are_numbers(values: list[Level]) -> bool:
    """Return whether every level is a number."""
    return all(isinstance(value, int | float) for value in values)


def is_grid(results: Results) -> bool:
    """Return whether every combination of levels is a point, once."""
    combinations = {tuple(point[name] for name in results.varied) for point in results.points}
    size = int(np.prod([len(levels(results, name)) for name in results.varied]))
    return len(combinations) == len(results.points) == size


def evenly(size: int, limit: int) -> list[int]:
    """Return at most `limit` places of `size`, evenly spread, both ends among them.

    >>> evenly(9, 4), evenly(3, 4)
    ([0, 3, 5, 8], [0, 1, 2])
    """
    if size <= limit:
        return list(range(size))
    return [round(i * (size - 1) / max(limit - 1, 1)) for i in range(limit)]


def chosen_points(results: Results, limit: int = 12) -> list[int]:
    """Return the points to show one beside the other: all, or at most `limit` chosen evenly.

    On a grid over two names whole levels are chosen, the second name within the first.
    """
    names = results.varied
    if len(names) == 1:
        order = levels(results, names[0])
        ordered = sorted(range(len(results.points)), key=lambda i: order.index(results.points[i][names[0]]))
        return [ordered[i] for i in evenly(len(ordered), limit)]
    if len(names) != 2 or not is_grid(results):
        return evenly(len(results.points), limit)
    outer, inner = (levels(results, name) for name in names)
    sizes = [(a, b) for a in range(1, len(outer) + 1) for b in range(1, len(inner) + 1) if a * b <= limit]
    a, b = max(sizes, key=lambda size: (size[0] * size[1], -abs(size[0] - size[1]), size[1]))
    place_of = {(point[names[0]], point[names[1]]): i for i, point in enumerate(results.points)}
    return [place_of[outer[i], inner[j]] for i in evenly(len(outer), a) for j in evenly(len(inner), b)]


def _checked_recipe(folder: Path) -> dict[str, Any]:
    recipe = read_recipe(folder)
    for key, kind in KINDS.items():
        if not isinstance(recipe.get(key), kind):
            raise BadInput(f"results folder '{folder}': recipe.json lacks '{key}', or it is no {kind.__name__}")
    varied = set(recipe["vary"])
    if not recipe["starts"] or recipe["runs"] < 1 or recipe["months"] < 1 or not recipe["points"]:
        raise BadInput(f"results folder '{folder}': recipe.json asks for no runs")
    if any(not isinstance(point, dict) or not varied <= set(point) for point in recipe["points"]):
        raise BadInput(f"results folder '{folder}': recipe.json has a point without {', '.join(sorted(varied))}")
    return recipe


def _parts(folder: Path, kind: str, columns: list[str]) -> Iterator[Any]:
    there = {path.stem for path in (folder / kind).glob("*.parquet")}
    written = {path.stem for path in (folder / "checks").glob("*.sha256")}
    for name in sorted(there | {name for name in written if f"{kind}/{name}.parquet" in checksums(folder, name)}):
        if (data := checked_bytes(folder, kind, name)) is None:
            wrong = f"{kind}/{name}.parquet is damaged, missing or not finished"
            raise BadInput(f"results folder '{folder}': {wrong}; run its sweep again")
        try:
            yield pd.read_parquet(BytesIO(data), columns=columns)
        except (OSError, ValueError, KeyError, ArrowException) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
            raise BadInput(f"results folder '{folder}': {kind}/{name}.parquet is damaged ({reason})") from None


def _places(folder: Path, part: Any, column: str, known: Any) -> NDArray[np.int64]:
    """Return the place of each row's value among the known ones."""
    places = pd.Index(list(known)).get_indexer(part[column].astype(int if column == "point" else str))
    if (places < 0).any():
        strange = part[column].iloc[int(np.argmax(places < 0))]
        raise BadInput(f"results folder '{folder}': unknown {column} '{strange}'; was it made by another version?")
    return np.asarray(places, np.int64)
