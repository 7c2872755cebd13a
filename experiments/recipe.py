"""The recipe of a sweep: all that its results depend on, fixed before the first run."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..model.compiled import law_digest
from ..world.checks import BadInput
from ..world.scenarios import check_shares
from ..world.state import Adoption
from .design import Axis, design_points, visiting_order
from .questions import Question
from .settings import DEVELOPERS, LIMITS, Settings, doctrine_names, make_settings

# About half a second of work: after an interrupt, threads finish the chunk that they play.
CHUNK_WORK = 150 * 84 * DEVELOPERS
PARTS = 200  # a sweep has about this many parts, or one a chunk if it is small
PART_ROWS = 50_000
PATHS, PATHS_PER_CELL = 8192, 64
LAWS = law_digest()  # of the laws as they were loaded, whoever edits them meanwhile
LIBRARIES = ("numba", "numpy", "pandas", "pyarrow", "scipy")


@cache
def versions() -> dict[str, str]:
    """Return the versions of this package and of the libraries that results may depend on."""
    return {"standoff": __version__} | {library: version(library) for library in LIBRARIES}


class Rows(NamedTuple):
    """Which runs a stretch of a sweep's rows are."""

    point: NDArray[np.int64]
    start: NDArray[np.int64]
    run: NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """A sweep: a question with everything in it resolved and checked.

    Its rows are numbered: all cells (a point from a start) play run 0, then all play run 1, and so on,
    in an order that spreads every beginning over the design.
    """

    question: Question
    starts: tuple[Settings, ...]
    points: tuple[tuple[float, ...], ...]

    @property
    def start_names(self) -> list[str]:
        """The names of the starts, in the order of the question."""
        return [start.scenario.name for start in self.starts]

    @property
    def varied(self) -> list[str]:
        """The names that the points give values for."""
        return [axis.name for axis in self.question.axes]

    @property
    def cells(self) -> int:
        """How many pairs of a point and a start there are."""
        return len(self.points) * len(self.starts)

    @property
    def total(self) -> int:
        """How many runs there are."""
        return self.cells * self.question.runs

    @property
    def path_runs(self) -> int:
        """How many runs of each cell keep their path over time."""
        return min(self.question.runs, PATHS_PER_CELL, PATHS // self.cells)

    @property
    def chunk_rows(self) -> int:
        """How many rows a thread plays at once; it never depends on how many threads there are."""
        return max(1, CHUNK_WORK // (self.question.months * max(self.question.developers, DEVELOPERS)))

    @property
    def part_rows(self) -> int:
        """How many rows a part holds: whole chunks."""
        chunks = -(-self.total // self.chunk_rows)
        return self.chunk_rows * max(1, min(-(-chunks // PARTS), PART_ROWS // self.chunk_rows))

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return -(-self.total // self.part_rows)

    def part_size(self, part: int) -> int:
        """Return how many rows a part holds."""
        return min(self.total - part * self.part_rows, self.part_rows)

    def chunks(self, part: int) -> Iterator[tuple[int, int]]:
        """Yield the first row and the row after the last of each chunk of a part."""
        end = min(self.total, (part + 1) * self.part_rows)
        for first in range(part * self.part_rows, end, self.chunk_rows):
            yield first, min(first + self.chunk_rows, end)

    def rows(self, first: int, end: int) -> Rows:
        """Return which runs the rows from `first` to before `end` are."""
        place = np.arange(first, end, dtype=np.int64)
        cell = self._order[place % self.cells]
        return Rows(cell // len(self.starts), cell % len(self.starts), place // self.cells)

    def kept_paths(self, first: int, end: int) -> int:
        """Return how many of these rows keep their path; they are the first ones."""
        return max(0, min(end, self.path_runs * self.cells) - first)

    def values(self, point: int) -> dict[str, float]:
        """Return the varied values at a point."""
        return dict(zip(self.varied, self.points[point], strict=True))

    @cached_property
    def table(self) -> NDArray[np.float64]:
        """The varied values, shape (points, varied names)."""
        return np.array(self.points, np.float64).reshape(len(self.points), len(self.varied))

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return visiting_order(self.cells)

    def recipe(self) -> dict[str, Any]:
        """Return all that the results depend on, as JSON holds it."""
        question = self.question
        return {
            "name": question.name,
            "title": question.title,
            "question": question.text,
            "starts": self.start_names,
            "vary": {axis.name: _described(axis) for axis in question.axes},
            "design": question.design,
            "runs": question.runs,
            "months": question.months,
            "seed": question.seed,
            "developers": question.developers,
            "doctrines": doctrine_names(question.doctrines),
            "set": dict(question.values),
            "scenarios": {
                start.scenario.name: {
                    "title": start.scenario.title,
                    "month": start.scenario.month,
                    "parameters": dict(start.parameters),
                    "state": dict(start.state),
                }
                for start in self.starts
            },
            "law_digest": LAWS,
            "versions": versions(),
            "chunk_rows": self.chunk_rows,
            "part_rows": self.part_rows,
            "path_runs": self.path_runs,
            "points": [self.values(point) for point in range(len(self.points))],
        }


def plan_of(question: Question) -> Plan:
    """Return the plan of a question.

    Raises
    ------
    BadInput
        If a start is unknown or given twice, a number is both set and varied, or a point is impossible.
    """
    for axis in question.axes:
        if axis.name in question.values:
            raise BadInput(f"{axis.name} is both set and varied")
    starts = tuple(
        make_settings(name, question.values, question.doctrines, question.seed, question.months, question.developers)
        for name in question.starts
    )
    names = [start.scenario.name for start in starts]
    if not names:
        raise BadInput("start: no scenario given")
    if len(set(names)) < len(names):
        raise BadInput(f"start: a scenario is given twice ({', '.join(names)})")
    points = tuple(design_points(question.axes, question.design, question.points, question.seed))
    plan = Plan(question, starts, points)
    if plan.total > LIMITS["runs"][1]:
        raise BadInput(f"{len(points)} points x {len(starts)} starts x {question.runs} runs = {plan.total} runs; "
                       f"allowed: {LIMITS['runs'][1]}")  # fmt: skip
    if not {*Adoption._fields}.isdisjoint(plan.varied):
        for start in starts:
            for point in range(len(points)):
                check_shares({**start.state, **plan.values(point)})
    return plan


def size_line(plan: Plan) -> str:
    """Return how large a plan is, in a line."""
    question = plan.question
    factors = [(len(plan.points), "point"), (len(plan.starts), "start"), (question.runs, "run")]
    counted = " x ".join(f"{count} {name}{'' if count == 1 else 's'}" for count, name in factors)
    return (
        f"{question.name}: {counted} = {plan.total} runs of {question.months} months from {', '.join(plan.start_names)}"
    )


def recipe_digest(recipe: dict[str, Any]) -> str:
    """Return 8 hexadecimal digits that name a recipe."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:8]


def difference(one: Any, other: Any, where: str = "") -> str:
    """Return the first entry in which two recipes differ, with both values; empty if they are the same.

    >>> difference({"runs": 2, "seed": 1}, {"runs": 3, "seed": 1})
    'runs: 2, not 3'
    """
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            if found := difference(one.get(key), other.get(key), f"{where}.{key}" if where else str(key)):
                return found
        return ""
    if one == other:
        return ""
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return where
    return f"{where}: {one}, not {other}"


def _described(axis: Axis) -> Any:
    """Return an axis as a question file states it."""
    if axis.values:
        return list(axis.values)
    return f"{axis.low:g}:{axis.high:g}" + ("" if axis.steps is None else f":{axis.steps}")
