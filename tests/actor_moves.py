"""What the tests of several actors share: what a move changes, and what is open to it."""

import pytest
from hypothesis import settings as hypothesis_settings

from standoff.agents import allies
from standoff.agents.choice import logit_chance
from standoff.world.parameters import Params

few = hypothesis_settings(max_examples=25)
OWN = (
    allies.netherlands_exposure, allies.japan_exposure, allies.south_korea_exposure, allies.taiwan_exposure,
)  # fmt: skip
ENDS = {"truce_months": 0.0}
PACE = Params(
    tariff_floor=0.15, ally_pressing=0.1, lobbying_gain=0.2, redesign_months=6.0, restock_months=5.0, h20_line=0.5,
    congress_scrutiny_relief=0.2, congress_floor_relief=0.9,
)  # fmt: skip


def open_to(moves, permits):
    return {move.name for move in moves if permits(move)}


def chance_of(values, precision, move):
    return logit_chance(values, precision, move.value)


def does(before, after, expected):
    flat = {name: value for part in after[1:] for name, value in part._asdict().items()}
    old = {name: value for part in before[1:] for name, value in part._asdict().items()}
    assert {name for name in flat if flat[name] != old[name]} == set(expected)
    assert {name: flat[name] for name in expected} == pytest.approx(expected)
    assert after.month == before.month
