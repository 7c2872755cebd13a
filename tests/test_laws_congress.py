"""Congress: what it does with its anger, and when."""

import pytest

from standoff.agents import congress
from standoff.agents.moves import CongressMove
from standoff.world.parameters import Params

from .actor_moves import PACE, chance_of, does

CONGRESS_DOES = {
    "WAIT": {}, "SCRUTINISE": {"congress_pressure": 0.4, "irritant_queue": 1.25},
    "LEGISLATE_FLOOR": {"congress_pressure": 0.05, "chip_floor": 0.5},
}  # fmt: skip


@pytest.mark.parametrize("move", CongressMove, ids=lambda move: move.name.lower())
def test_a_move_of_congress_does_its_thing_alone(plain, move):
    does(plain(), congress.after_congress(plain(), move, PACE), CONGRESS_DOES[move.name])


def test_a_floor_is_written_where_the_ceiling_stands_but_never_above_the_h20(plain):
    floors = [
        congress.after_congress(plain(chip_control=control), CongressMove.LEGISLATE_FLOOR, PACE).us.chip_floor
        for control in (0.25, 0.5, 1.0)
    ]

    assert floors == [0.25, 0.5, 0.5]


def test_a_law_that_would_bind_nobody_is_not_written(plain):
    bound, loose = plain(chip_floor=0.5, congress_pressure=4.0), plain(chip_floor=0.25, congress_pressure=4.0)
    p = Params(h20_line=0.5)

    assert chance_of(congress.congress_values(bound, p), 1.0, CongressMove.LEGISLATE_FLOOR) == 0.0
    assert chance_of(congress.congress_values(loose, p), 1.0, CongressMove.LEGISLATE_FLOOR) > 0.1


@pytest.mark.parametrize(
    ("anger", "best"), [(0.0, "WAIT"), (1.5, "WAIT"), (2.2, "SCRUTINISE"), (4.0, "LEGISLATE_FLOOR")]
)
def test_congress_waits_then_scrutinises_then_legislates(plain, anger, best):
    """Relief .25 and .8 of the anger, at .5 and 2: scrutiny pays from 2, a law beats it from 2.73."""
    p = Params(
        congress_scrutiny_relief=0.25, congress_scrutiny_cost=0.5, congress_floor_relief=0.8, congress_floor_cost=2.0
    )
    values = congress.congress_values(plain(congress_pressure=anger), p)

    assert CongressMove(values.index(max(values))).name == best


def test_congress_suffers_its_anger_and_its_work(plain):
    p = Params(congress_scrutiny_cost=0.4, congress_floor_cost=1.2)
    payoffs = [congress.congress_payoff(plain(congress_pressure=1.5), move, p) for move in CongressMove]

    assert payoffs == pytest.approx([-1.5, -1.9, -2.7])
