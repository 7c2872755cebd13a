"""A claim tried: two arms of runs that meet the same luck, and what the difference says."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ...model.ensemble import play
from ...world.parameters import FACTS
from ..settings import Settings
from .claims import Arm, Claim
from .measures import OVER, series

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"


class Finding(NamedTuple):
    """What an experiment found: the mean paired difference, high less low, with its 95 % interval."""

    id: str
    kind: str
    effect: float
    low: float
    high: float
    sd: float  # of the paired differences
    base: float  # mean of the low arm
    runs: int
    verdict: str
    holds: bool | None  # None is undecided


def verdict_of(low: float, high: float, rises: bool) -> str:
    """Return what an interval says of a claim: whether it is clear of zero, and on which side.

    >>> verdict_of(0.1, 0.3, rises=True), verdict_of(0.1, 0.3, rises=False), verdict_of(-0.1, 0.3, rises=True)
    ('holds', 'does not hold', 'undecided')
    """
    if low > 0.0 or high < 0.0:
        return HOLDS if (low > 0.0) == rises else FAILS
    return UNDECIDED


def arm_values(
    claim: Claim, arm: Arm, base: Settings, values: Mapping[str, float], first: int, end: int
) -> NDArray[np.float64]:
    """Play some runs of one arm and return its outcome in each.

    Parameters
    ----------
    claim, arm : Claim, Arm
        The experiment, and which of its arms.
    base : Settings
        The world in which it is tried; the claim has its own doctrines and months.
    values : mapping
        Numbers over what the arm sets; they may lie outside their range, to switch a mechanism off.
    first, end : int
        The runs: from the first to before the end.

    Returns
    -------
    float array, shape (end - first,)
        In the unit of the claim's outcome.
    """
    given = {**claim.both.values, **arm.values, **values}
    point, start = base.parameter_row(), base.state_row()
    for name, value in given.items():
        (point if name in FACTS else start)[name] = value
    n = end - first
    traces = play(
        np.repeat(point, n), np.repeat(start, n), np.arange(first, end), claim.months, base.seed,
        claim.doctrines(arm), base.developers, traces=n, script=claim.script(arm),
    ).traces  # fmt: skip
    month, last = claim.window
    return OVER[claim.over](series(traces, claim.outcome)[:, month - 1 : last])


def found(claim: Claim, low: NDArray[np.float64], high: NDArray[np.float64]) -> Finding:
    """Return what paired outcomes say of a claim, by Student's t.

    `low` and `high` have the shape (runs,), with 2 runs at least; a run has the same place in both.
    """
    gain = high - low
    n, sd, mean = len(gain), float(gain.std(ddof=1)), float(gain.mean())
    half = float(stats.t.ppf(0.975, n - 1)) * sd / n**0.5
    verdict = verdict_of(mean - half, mean + half, claim.rises)
    holds = None if verdict == UNDECIDED else verdict == HOLDS
    return Finding(claim.id, claim.kind, mean, mean - half, mean + half, sd, float(low.mean()), n, verdict, holds)
