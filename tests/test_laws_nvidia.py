"""Nvidia: what its moves do, what is open to it, and that it wants what it is said to want."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.agents import nvidia
from standoff.agents.choice import forbidden
from standoff.agents.doctrines import NvidiaDoctrine, nvidia_permits
from standoff.agents.moves import NvidiaMove
from standoff.world.chips import chip_market
from standoff.world.parameters import Params
from standoff.world.state import World

from .actor_moves import PACE, chance_of, does, few
from .outlooks import nvidia_ahead, policy_stake

NVIDIA_DOES = {
    "COMPLY": {}, "LOBBY": {"lobbying": 0.6}, "REDESIGN": {"redesign_months_left": 6.0},
    "SELL_INVENTORY": {"china_supply": 0.65}, "SHIFT_SUPPLY": {"china_supply": 0.4},
}  # fmt: skip


@pytest.mark.parametrize("move", NvidiaMove, ids=lambda move: move.name.lower())
def test_a_move_of_nvidia_does_its_thing_alone(plain, move):
    does(plain(), nvidia.after_nvidia(plain(), move, PACE), NVIDIA_DOES[move.name])


@few
@given(world=..., p=..., doctrine=st.sampled_from(NvidiaDoctrine))
def test_what_nvidia_cannot_or_may_not_do_has_no_chance(world: World, p: Params, doctrine):
    values = nvidia.nvidia_values(world, doctrine, p)

    for move in NvidiaMove:
        running = move == NvidiaMove.REDESIGN and world.nvidia.redesign_months_left > 0.0
        if running or not nvidia_permits(doctrine, move):
            assert chance_of(values, p.nvidia_precision, move) == 0.0, move
        assert math.isfinite(values[move])
    assert max(values) > 0.5 * forbidden()


def test_a_redesign_towards_the_chip_one_already_sells_is_no_move(plain):
    p = Params(open_ceiling=1.5)

    assert not nvidia.nvidia_can(NvidiaMove.REDESIGN, plain(chip_control=0.5, compliant_performance=1.0), p)
    assert nvidia.nvidia_can(NvidiaMove.REDESIGN, plain(chip_control=0.75, compliant_performance=1.0), p)
    assert nvidia.nvidia_can(NvidiaMove.REDESIGN, plain(chip_control=0.25, compliant_performance=1.0), p)


def test_nvidias_month_by_hand(plain):
    """Revenue in China and the half of its supply that it does not send there, at 6; a redesign costs .8."""
    p = Params(nvidia_outside_price=6.0, redesign_cost=0.8)
    market = chip_market(plain(), p)._replace(nvidia_revenue=9.0)

    assert nvidia.nvidia_flow(plain(), market, p) == pytest.approx((9.0, 3.6))
    assert nvidia.nvidia_payoff(plain(), market, NvidiaMove.COMPLY, p) == pytest.approx(12.6 / 12)
    assert nvidia.nvidia_payoff(plain(), market, NvidiaMove.REDESIGN, p) == pytest.approx(12.6 / 12 - 0.8)


def nvidia_gain(world, move, p):
    values = nvidia.nvidia_values(world, NvidiaDoctrine.QUANTAL, p)
    return values[NvidiaMove[move]] - values[NvidiaMove.COMPLY]


def test_lobbying_is_worth_the_standing_it_gains_times_what_is_at_stake(plain):
    """.2 of the half still to gain, times 1 of reach, times the stake, less its cost."""
    p = Params(lobbying_gain=0.2, nvidia_reach=1.0, lobbying_cost=0.25)
    stake = policy_stake(plain(), p)

    assert stake > 1.0
    assert nvidia_gain(plain(lobbying=0.5), "LOBBY", p) == pytest.approx(0.1 * stake - 0.25)
    assert nvidia_gain(plain(lobbying=1.0), "LOBBY", p) == pytest.approx(-0.25)


@pytest.mark.parametrize("control", [0.25, 0.5, 0.75])
def test_what_is_at_stake_is_a_step_gained_and_with_its_weight_a_step_lost(plain, control):
    looser, now, tighter = (
        sum(nvidia_ahead(plain(chip_control=control + step), Params())) for step in (-0.25, 0.0, 0.25)
    )
    for fear in (0.0, 0.3, 1.0):
        stake = policy_stake(plain(chip_control=control), Params(nvidia_fear=fear))
        assert stake == pytest.approx(max(looser - now, 0.0) + fear * max(now - tighter, 0.0))


def test_more_is_at_stake_at_the_line_than_far_from_it(plain):
    """The H20 is legal at .5 and not at .75: under a freeze a step looser sells little."""
    p = Params()
    line, freeze = (policy_stake(plain(chip_control=control), p) for control in (0.75, 1.0))

    assert line > freeze + 0.5
    assert freeze >= 0.0


def test_supply_goes_where_it_earns(plain):
    """Barred from China with all supply there, shift it; wanted in China with none there, send it."""
    p = Params(nvidia_outside_price=6.0)
    barred = plain(chip_control=1.0, china_supply=1.0)
    starved = plain(china_supply=0.05, stay_cuda=0.9, dual_stack=0.1, move_to_cann=0.0, grey_market=0.0,
                    rent_offshore=0.0)  # fmt: skip

    assert nvidia_gain(barred, "SHIFT_SUPPLY", p) > 0.0 > nvidia_gain(barred, "SELL_INVENTORY", p)
    assert nvidia_gain(starved, "SELL_INVENTORY", p) > 0.0 > nvidia_gain(starved, "SHIFT_SUPPLY", p)


def test_a_product_above_the_line_is_worth_redesigning(plain):
    """M22: by letter the old chip sells a tenth, a new one all that is licensed."""
    p = Params(look_ahead=12.0)

    assert nvidia_gain(plain(chip_control=0.75, china_supply=0.9, stay_cuda=0.4), "REDESIGN", p) > 0.0
