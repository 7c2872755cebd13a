"""Logit quantal response equilibria along the principal branch, from the centroid to its limit.

A quantal response equilibrium of precision L: every player plays each strategy with probability proportional to
exp(L x what it is worth) (McKelvey and Palfrey 1995, "Quantal Response Equilibria for Normal Form Games"). The branch
that starts from random play at L = 0 is followed by pseudo-arclength continuation in the logarithms of the
probabilities (Turocy 2005, "A dynamic homotopy interpretation of the logistic quantal response equilibrium
correspondence"), so that it gets around folds; in almost every game it leads to one equilibrium.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ...world.checks import BadInput
from .game import Payoffs, Profile
from .supports import normalised, pair_payoffs, polished

FIRST_STEP = 0.05
FORK = 1e-3  # a longer step to the other side may be one back to where the branch came from
STEEPEST = 0.95  # cosine of the largest turn in a step
MOST_STEPS = 1_000
FARTHEST = 1e8  # precision x payoff range beyond which no limit is sought

Floats = NDArray[np.float64]


class Point(NamedTuple):
    """A point of the branch: the logarithms of all probabilities and, last, the precision x the payoff range."""

    place: Floats
    direction: Floats
    side: float  # sign of the determinant of the slopes and the direction: it changes at forks, and by going back


class Fit(NamedTuple):
    """The precision under which the observed play is the likeliest."""

    precision: float
    profile: Profile
    log_likelihood: float


def logit_response(table: Payoffs, precision: float, start: Profile | None = None) -> Profile:
    """Return the quantal response equilibrium of a precision on the principal branch, the first that is met.

    Parameters
    ----------
    table
        Payoffs, shape (players, strategies of the first, ..., of the last).
    precision
        At least 0, per unit of payoff.
    start
        A profile close to the one sought, such as that of a game which is almost the same: tried before the branch.

    >>> pennies = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])
    >>> [chances.tolist() for chances in logit_response(pennies, 3.0)]
    [[0.5, 0.5], [0.5, 0.5]]
    """
    if start is not None:
        scaled, scale = _scaled(table)
        with np.errstate(divide="ignore"):
            rough = np.maximum(np.log(np.concatenate(start)), -700.0)
        near = _landed(scaled, rough, _checked(precision) * scale)
        if near is not None:
            return _profile(scaled, near)
    return logit_responses(table, [precision])[0]


def logit_responses(table: Payoffs, precisions: Sequence[float]) -> list[Profile]:
    """Return the quantal response equilibria of several precisions, with the branch followed once.

    Raises
    ------
    ArithmeticError
        If the branch cannot be followed so far; no game is known in which it cannot.
    """
    scaled, scale = _scaled(table)
    order = sorted(range(len(precisions)), key=lambda k: _checked(precisions[k]))
    found: dict[int, Profile] = {}
    waiting = iter(order)
    k = next(waiting, None)
    for before, after in _steps(scaled, [precisions[place] * scale for place in order]):
        while k is not None and precisions[k] * scale <= after.place[-1]:
            sought = precisions[k] * scale
            share = (sought - before.place[-1]) / max(after.place[-1] - before.place[-1], 1e-300)
            rough = before.place + share * (after.place - before.place)
            landed = _landed(scaled, rough[:-1], sought)
            found[k] = _profile(scaled, after.place[:-1] if landed is None else landed)
            k = next(waiting, None)
        if k is None:
            break
    if k is not None:
        raise ArithmeticError(f"the logit branch was lost before the precision {precisions[k]}")
    return [found[k] for k in range(len(precisions))]


def _checked(precision: float) -> float:
    if not 0.0 <= precision < math.inf:
        raise BadInput(f"precision: {precision} is not a finite number from 0")
    return precision


def limit_equilibrium(table: Payoffs) -> Profile | None:
    """Return the equilibrium to which the principal branch leads, or None if it is not reached."""
    scaled, _ = _scaled(table)
    fair = normalised(table)
    next_try = 1.0
    for _, after in _steps(scaled, []):
        if after.place[-1] > FARTHEST:
            return None
        if after.place[-1] < next_try:
            continue
        next_try = 2.0 * after.place[-1]
        rough = _profile(scaled, after.place[:-1])
        sharp = polished(fair, rough)
        # Close by, or it may be the limit of another branch.
        if sharp is not None and max(np.abs(a - b).max() for a, b in zip(sharp, rough, strict=True)) < 1e-2:
            return sharp
    return None


def fit_precision(table: Payoffs, plays: Sequence[Sequence[float]]) -> Fit:
    """Return the precision on the principal branch that makes observed play the likeliest.

    `plays` holds for each player how often each of its strategies was seen.
    """
    counts = np.concatenate([np.asarray(played, np.float64) for played in plays])
    sizes = [len(played) for played in plays]
    if sizes != list(table.shape[1:]) or not np.isfinite(counts).all() or counts.min() < 0.0 or counts.sum() == 0.0:
        raise BadInput(f"plays: expected how often each of {list(table.shape[1:])} strategies was seen")
    scaled, scale = _scaled(table)
    points: list[Point] = []
    for before, after in _steps(scaled, []):
        points += [before] * (not points) + [after]
        if after.place[-1] > 1e4:
            break
    likely = [float(_logarithms(scaled, point.place[:-1]) @ counts) for point in points]
    best = int(np.argmax(likely))
    low, high = points[max(best - 1, 0)], points[min(best + 1, len(points) - 1)]

    def at(share: float) -> tuple[float, Floats]:
        rough = low.place + share * (high.place - low.place)
        if best not in (0, len(points) - 1):  # around the bend through the best point
            middle = points[best].place
            rough = (
                low.place * (1 - share)
                + high.place * share
                + 4 * share * (1 - share) * (middle - (low.place + high.place) / 2)
            )
        landed = _landed(scaled, rough[:-1], max(0.0, float(rough[-1])))
        return float(rough[-1]), rough[:-1] if landed is None else landed

    share = minimize_scalar(
        lambda share: -float(_logarithms(scaled, at(share)[1]) @ counts),
        bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-10},
    ).x  # fmt: skip
    precision, logs = at(float(share))
    return Fit(precision / scale, _profile(scaled, logs), float(_logarithms(scaled, logs) @ counts))


def _scaled(table: Payoffs) -> tuple[Payoffs, float]:
    """Return a game with the same quantal responses at another precision, and what multiplies the precision."""
    flat = table.reshape(len(table), -1)
    scale = float((flat.max(axis=1) - flat.min(axis=1)).max()) or 1.0
    return (table - flat.min(axis=1).reshape(-1, *[1] * (table.ndim - 1))) / scale, scale


def _split(table: Payoffs, values: Floats) -> list[Floats]:
    return np.split(values, np.cumsum(table.shape[1:])[:-1])


def _logarithms(table: Payoffs, logs: Floats) -> Floats:
    """Return the logarithms of probabilities that sum exactly to 1."""
    return np.concatenate([part - _log_sum(part) for part in _split(table, logs)])


def _profile(table: Payoffs, logs: Floats) -> Profile:
    return tuple(np.exp(part) for part in _split(table, _logarithms(table, logs)))


def _log_sum(values: Floats) -> float:
    top = values.max()
    return float(top + np.log(np.exp(values - top).sum()))


def _gap(table: Payoffs, logs: Floats, precision: float) -> tuple[Floats, Floats]:
    """Return by how much the logarithms miss the logit responses to themselves, and the slopes in (logs, precision)."""
    total = len(logs)
    places = np.concatenate(([0], np.cumsum(table.shape[1:])))
    chances = tuple(np.exp(part) for part in _split(table, logs))
    gap, slope = np.empty(total), np.eye(total, total + 1)
    for i in range(len(chances)):
        mine = slice(places[i], places[i + 1])
        others = [k for k in range(len(chances)) if k != i]
        effects = [pair_payoffs(table, chances, i, k) for k in others]
        worth = effects[0] @ chances[others[0]] if others else table[i]
        response = precision * worth
        response = response - _log_sum(response)
        weights = np.exp(response)
        gap[mine] = logs[mine] - response
        slope[mine, total] = weights @ worth - worth
        for k, worths in zip(others, effects, strict=True):
            effect = worths * chances[k]
            slope[mine, places[k] : places[k + 1]] = precision * (weights @ effect - effect)
    return gap, slope


def _landed(table: Payoffs, rough: Floats, precision: float) -> Floats | None:
    """Return the logit response at one precision next to a rough one by Newton's method, or None."""
    logs = rough
    for _ in range(20):
        gap, slope = _gap(table, logs, precision)
        try:
            step = np.linalg.solve(slope[:, :-1], -gap)
        except np.linalg.LinAlgError:
            return None
        logs = logs + step
        if not (np.abs(step).max() < 1e3 and logs.max() < 1.0):
            return None
        if np.abs(step).max() < 1e-12 * (1.0 + np.abs(logs).max()):
            return logs
    return None


def _steps(table: Payoffs, stops: Sequence[float]) -> Iterator[tuple[Point, Point]]:
    """Yield the steps along the branch, each from a point to the next, until it is too far to go on.

    A step that would pass the next of the precisions `stops` is cut so that it ends there or little beyond.
    """
    sizes = table.shape[1:]
    place = np.concatenate([*(np.full(size, -math.log(size)) for size in sizes), [0.0]])
    ahead = np.zeros(len(place))
    ahead[-1] = 1.0
    point = Point(place, _direction(_gap(table, place[:-1], 0.0)[1], ahead), 1.0)
    length = FIRST_STEP
    for _ in range(MOST_STEPS):
        near = next((stop for stop in stops if stop > point.place[-1]), math.inf)
        if point.direction[-1] > 0.0:
            length = min(length, max(1.05 * (near - point.place[-1]) / point.direction[-1], FIRST_STEP))
        after, easy = _next(table, point, length)
        while after is None:
            length /= 2.0
            if length < 1e-9:
                return
            after, easy = _next(table, point, length)
        yield point, after
        point = after
        if easy:
            length *= 2.0


def _next(table: Payoffs, point: Point, length: float) -> tuple[Point | None, bool]:
    """Return the point a length farther along the branch, or None if the step was too bold, and if it was easy."""
    guess = point.place + length * point.direction
    place = guess
    for _ in range(6):
        gap, slope = _gap(table, place[:-1], float(place[-1]))
        square = np.concatenate((slope, point.direction[None, :]))
        missed = np.append(gap, point.direction @ (place - guess))
        try:
            step = np.linalg.solve(square, -missed)
        except np.linalg.LinAlgError:
            return None, False
        place = place + step
        if place[:-1].max() > 1.0:  # a probability above e
            return None, False
        off = np.abs(place - guess).max()
        if not off < 0.3 * length:
            return None, False
        if np.abs(step).max() < 1e-11 * (1.0 + np.abs(place).max()):
            break
    else:
        return None, False
    _, slope = _gap(table, place[:-1], float(place[-1]))
    direction = _direction(slope, point.direction)
    if direction @ point.direction < STEEPEST or place[-1] < 0.0:
        return None, False
    side = float(np.linalg.slogdet(np.concatenate((slope, direction[None, :])))[0])
    if side != point.side and length > FORK:
        return None, False
    return Point(place, direction, side), bool(off < 0.1 * length)


def _direction(slope: Floats, before: Floats) -> Floats:
    """Return the unit vector along the branch that goes on as before."""
    try:
        along = np.linalg.solve(np.concatenate((slope, before[None, :])), np.append(np.zeros(len(slope)), 1.0))
    except np.linalg.LinAlgError:  # at a fork: straight on
        return before
    return np.asarray(along / np.sqrt(along @ along))
