"""Luck, drawn before play from a counter-based generator keyed by (seed, run) and nothing else.

Results then depend on no engine, chunk, worker or order, and design points share their luck
(common random numbers). A new chance takes a free slot, so that it does not shift the others.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..world.parameters import Params

SLOTS = 32  # reserved per month; changing it changes every history
TYPE_SLOTS = 16

TYPED = (
    "us_lead_value",
    "us_rare_earth_loss",
    "beijing_leverage_value",
    "beijing_restriction_harm",
    "beijing_compute_value",
    "performance_weight",
    "summit_value",
    "capacity_rate",
)


class Chances(NamedTuple):
    """The named chances of one month, each uniform in [0, 1)."""

    beijing: float
    us_speaker: float
    us: float
    irritant: float
    irritant_breaks: float
    talks: float
    proposer: float
    acceptance: float
    nvidia: float
    huawei: float
    netherlands: float
    japan: float
    south_korea: float
    taiwan: float
    congress: float
    bridge: float
    estimate: float


class Luck(NamedTuple):
    """All luck of one run; of several, with an axis of runs before the others."""

    types: NDArray[np.float64]  # shape (TYPE_SLOTS,), standard normal
    chances: NDArray[np.float64]  # shape (months, SLOTS), uniform in [0, 1)
    tastes: NDArray[np.float64]  # shape (developers,), standard normal within 3
    revisions: NDArray[np.float64]  # shape (months, developers), uniform in [0, 1)


def draw_luck(seed: int, run: int, months: int, developers: int) -> Luck:
    """Return the luck of run number `run` under `seed`; more months extend the same history."""
    return Luck(*(part[0] for part in draw_lucks(seed, [run], months, developers)))


def draw_lucks(seed: int, runs: Sequence[int] | NDArray[np.int64], months: int, developers: int) -> Luck:
    """Return the luck of several runs under `seed`."""
    n = len(runs)
    luck = Luck(
        types=np.empty((n, TYPE_SLOTS)),
        chances=np.empty((n, months, SLOTS)),
        tastes=np.empty((n, developers)),
        revisions=np.empty((n, months, developers)),
    )
    # One generator is set to the start of each stream: making four anew takes longer than their draws.
    philox = np.random.Philox(key=[seed, 0])
    generator, start = np.random.Generator(philox), philox.state
    fills: tuple[Any, ...] = (generator.standard_normal, generator.random, generator.standard_normal, generator.random)
    for i, run in enumerate(runs):
        for place, (fill, part) in enumerate(zip(fills, luck, strict=True)):
            start["state"]["key"][1] = run
            start["state"]["counter"][3] = place
            philox.state = start
            fill(out=part[i])
    np.clip(luck.tastes, -3.0, 3.0, out=luck.tastes)
    return luck


def typed_row(row: Any, luck: Luck) -> Any:
    """Return a copy of a parameter row, or of an array of them, with what nobody knows drawn anew.

    Each name in TYPED is multiplied by exp(type_spread z), z standard normal. Both engines read the result.
    """
    drawn = row.copy()
    for place, name in enumerate(TYPED):
        drawn[name] = row[name] * np.exp(row["type_spread"] * luck.types[..., place])
    return drawn


def params_of(row: NDArray[np.void]) -> Params:
    """Return a parameter row as the Params that plain Python reads."""
    return Params(*row.tolist())
