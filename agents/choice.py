"""Quantal response: better moves are likelier, no move is certain."""

import math

from ..world.law import law


@law
def forbidden() -> float:
    r"""Return the value of a move that is not open: low enough that its chance is exactly zero.

    >>> forbidden() < -1e8
    True
    """
    return -1e9


@law
def logit_chance(values: tuple[float, ...], precision: float, place: int) -> float:
    r"""Return the probability of the move at `place`.

        P(i) = exp(precision v_i) / sum_j exp(precision v_j)

    Source: McKelvey and Palfrey 1995.

    >>> logit_chance((1.0, 1.0), 2.0, 0)
    0.5
    """
    top, total = max(values), 0.0
    for value in values:
        total = total + math.exp(precision * (value - top))
    return math.exp(precision * (values[place] - top)) / total


@law
def logit_choice(values: tuple[float, ...], precision: float, u: float) -> int:
    r"""Return the place of the move drawn by `u`, uniform in [0, 1), with the chances of `logit_chance`.

    >>> logit_choice((0.0, 50.0), 1.0, 0.5)
    1
    """
    top, total, place = max(values), 0.0, 0
    for value in values:
        total = total + math.exp(precision * (value - top))
    left = u * total
    for value in values:
        left = left - math.exp(precision * (value - top))
        if left < 0.0:
            return place
        place = place + 1
    return place - 1
