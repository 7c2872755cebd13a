"""Luck, drawn before play from a counter-based generator keyed by (seed, run) and nothing else.

Results then depend on no engine, chunk, worker or order, and design points share their luck
(common random numbers). A new chance takes a free slot, so that it does not shift the others.
"""

from typing import NamedTuple

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
    """All luck of one run."""

    types: NDArray[np.float64]  # shape (TYPE_SLOTS,), standard normal
    chances: NDArray[np.float64]  # shape (months, SLOTS), uniform in [0, 1)
    tastes: NDArray[np.float64]  # shape (developers,), standard normal within 3
    revisions: NDArray[np.float64]  # shape (months, developers), uniform in [0, 1)


def draw_luck(seed: int, run: int, months: int, developers: int) -> Luck:
    """Return the luck of run number `run` under `seed`; more months extend the same history."""

    def stream(place: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[seed, run], counter=[0, 0, 0, place]))

    return Luck(
        types=stream(0).standard_normal(TYPE_SLOTS),
        chances=stream(1).random((months, SLOTS)),
        tastes=np.clip(stream(2).standard_normal(developers), -3.0, 3.0),
        revisions=stream(3).random((months, developers)),
    )


def typed_row(row: NDArray[np.void], luck: Luck) -> NDArray[np.void]:
    """Return a copy of a parameter row with what nobody knows drawn anew.

    Each name in TYPED is multiplied by exp(type_spread z), z standard normal. Both engines read the result.
    """
    drawn = row.copy()
    for name, z in zip(TYPED, luck.types, strict=False):
        drawn[name] = row[name] * np.exp(row["type_spread"] * z)
    return drawn


def params_of(row: NDArray[np.void]) -> Params:
    """Return a parameter row as the Params that plain Python reads."""
    return Params(*row.tolist())
