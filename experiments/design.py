"""Designs: which values the varied numbers take together."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..world.checks import BadInput, checked, known
from .settings import LIMITS, NUMBERS, number, once, split_assignment

DESIGNS = ("grid", "lhs", "sobol")
SYNTAX = "LOW:HIGH:N or a,b,c"


class Axis(NamedTuple):
    """How one number is varied: over a range, in `steps` if they are given, or over a list of values."""

    name: str
    low: float = 0.0
    high: float = 0.0
    steps: int | None = None
    values: tuple[float, ...] = ()


def parse_vary(texts: Sequence[str]) -> list[Axis]:
    """Return the axes that --vary options describe.

    >>> parse_vary(["us_lead_value=10:20:3"])
    [Axis(name='us_lead_value', low=10.0, high=20.0, steps=3, values=())]
    """
    pairs = once("--vary", (split_assignment("--vary", text, SYNTAX) for text in texts))
    return [parse_axis(name, text) for name, text in pairs.items()]


def parse_axis(name: str, text: str) -> Axis:
    """Return one axis from LOW:HIGH, LOW:HIGH:N or a,b,c.

    Raises
    ------
    BadInput
        If the name, the syntax or a value is wrong.
    """
    fact = NUMBERS[known("parameter", name, NUMBERS)]
    if ":" not in text:
        return axis_of_values(name, [number(name, piece) for piece in text.split(",") if piece.strip()])
    pieces = text.split(":")
    if len(pieces) > 3:
        raise BadInput(f"{name}: '{text}' is not of the form {SYNTAX}")
    low, high = (checked(name, number(name, piece), fact) for piece in pieces[:2])
    if low >= high:
        raise BadInput(f"{name}: {low:g}:{high:g} is empty; write the lower value first")
    steps = None
    if len(pieces) == 3:
        last = LIMITS["points"][1]
        if not (re.fullmatch(r"[0-9]{1,9}", pieces[2].strip()) and 2 <= int(pieces[2]) <= last):
            raise BadInput(f"{name}: N is '{pieces[2]}', not a whole number from 2 to {last}")
        steps = int(pieces[2])
    return Axis(name, low, high, steps)


def axis_of_values(name: str, values: Sequence[object]) -> Axis:
    """Return an axis over listed values, each checked and none twice."""
    fact = NUMBERS[known("parameter", name, NUMBERS)]
    numbers = tuple(checked(name, value, fact) for value in values)
    if not numbers:
        raise BadInput(f"{name}: no values; write NAME={SYNTAX}")
    if len(set(numbers)) < len(numbers):
        raise BadInput(f"{name}: a value is listed twice")
    return Axis(name, values=numbers)


def design_points(axes: Sequence[Axis], design: str, points: int | None, seed: int) -> list[tuple[float, ...]]:
    """Return the points of a design, each one value for each axis.

    Parameters
    ----------
    axes : sequence of Axis
        None of them gives one point without values.
    design : str
        ``grid`` crosses the values of all axes; ``lhs`` (Latin hypercube) and ``sobol`` (scrambled) spread
        a number of points over the ranges.
    points : int or None
        The number of points of ``lhs`` and ``sobol``; if None, the N on which all axes agree.
    seed : int
        Seed of ``lhs`` and ``sobol``.

    Returns
    -------
    list of tuple
        In an order that never depends on anything else.
    """
    known("design", design, DESIGNS)
    if design == "grid":
        if points is not None:
            raise BadInput("--points goes with --design lhs or sobol; a grid has one N for each --vary")
        return _grid(axes)
    if not axes:
        raise BadInput(f"--design {design} needs a --vary")
    return _spread(axes, design, _point_count(axes, design, points), seed)


def _grid(axes: Sequence[Axis]) -> list[tuple[float, ...]]:
    levels: list[Sequence[float]] = []
    for axis in axes:
        if axis.values:
            levels.append(axis.values)
        elif axis.steps is None:
            raise BadInput(f"{axis.name}: a grid needs {axis.name}={axis.low:g}:{axis.high:g}:N")
        else:
            levels.append([_clean(value) for value in np.linspace(axis.low, axis.high, axis.steps)])
    # Python's integers do not overflow, so the size is known before anything is built.
    total = 1
    for level in levels:
        total *= len(level)
    if total > LIMITS["points"][1]:
        raise BadInput(f"the grid has {total} points; allowed: {LIMITS['points'][1]}")
    mesh = np.stack(np.meshgrid(*levels, indexing="ij"), -1).reshape(-1, len(levels)) if levels else np.empty((1, 0))
    return [tuple(row) for row in mesh.tolist()]


def _point_count(axes: Sequence[Axis], design: str, points: int | None) -> int:
    if points is None:
        steps = {axis.steps for axis in axes if not axis.values}
        if len(steps) != 1 or None in steps:
            raise BadInput(f"--design {design} needs --points N")
        points = steps.pop()
    assert points is not None  # noqa: S101 (for mypy: one N, and it is not None)
    if design == "sobol" and points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        raise BadInput(f"a Sobol design is balanced at powers of two only: not {points}, but {below} or {2 * below}")
    return points


def _spread(axes: Sequence[Axis], design: str, points: int, seed: int) -> list[tuple[float, ...]]:
    from scipy.stats import qmc

    sampler = (qmc.LatinHypercube if design == "lhs" else qmc.Sobol)(len(axes), rng=np.random.default_rng(seed))
    unit = sampler.random(points)
    columns = [_placed(axis, unit[:, i]) for i, axis in enumerate(axes)]
    return list(zip(*columns, strict=True))


def _placed(axis: Axis, unit: NDArray[np.float64]) -> list[float]:
    """Return where numbers in [0, 1) lie on the axis."""
    if axis.values:
        return [axis.values[int(u * len(axis.values))] for u in unit]
    return [_clean(axis.low + u * (axis.high - axis.low)) for u in unit]


def _clean(value: float) -> float:
    """Return the value that twelve digits state, so that .3 does not read .30000000000000004."""
    return float(f"{value:.12g}")


def visiting_order(count: int) -> NDArray[np.int64]:
    """Return all places below `count` in an order whose every beginning is spread over them.

    >>> visiting_order(5).tolist()
    [0, 3, 1, 4, 2]
    """
    stride = max(1, round(count * 0.6180339887498949))
    while np.gcd(stride, count) != 1:
        stride += 1
    return np.arange(count, dtype=np.int64) * stride % count
