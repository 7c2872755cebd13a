"""Huawei: one focus a month, and where it pays."""

import pytest

from standoff.agents import huawei
from standoff.agents.doctrines import HuaweiDoctrine
from standoff.agents.moves import HuaweiMove
from standoff.world.chips import chip_market
from standoff.world.parameters import Params


@pytest.mark.parametrize("move", HuaweiMove, ids=lambda move: move.name.lower())
def test_a_focus_is_on_one_thing(move):
    focus = huawei.focus_of(move)

    assert sum(focus) == 1.0
    assert getattr(focus, move.name.lower().split("_")[1 if "BUILD" in move.name else 0]) == 1.0


def test_huaweis_month_by_hand(plain):
    """.3 x 8 x .6 a chip, for .65 M at home and a fifth of .25 M abroad."""
    p = Params(huawei_margin=0.3, huawei_price=8.0, huawei_focus_cost=0.05)
    market = chip_market(plain(), p)._replace(huawei_units=0.65)

    assert huawei.huawei_flow(plain(), market, p) == pytest.approx((1.44 * 0.65, 1.44 * 0.05))
    assert huawei.huawei_payoff(plain(), market, HuaweiMove.IMPROVE_CHIP, p) == pytest.approx(1.44 * 0.7 / 12)
    assert huawei.huawei_payoff(plain(), market, HuaweiMove.EXPAND_CAPACITY, p) == pytest.approx(1.44 * 0.7 / 12 - 0.05)


def test_huawei_reckons_with_a_months_cost_for_every_month_it_keeps_a_focus(plain):
    """Nine months of .1 more: only what costs money, and exports do as much as fabs."""
    cheap, dear = (
        huawei.huawei_values(plain(), HuaweiDoctrine.QUANTAL, Params(huawei_focus_cost=cost, look_ahead=9.0))
        for cost in (0.1, 0.2)
    )

    lost = [before - after for before, after in zip(cheap, dear, strict=True)]
    assert lost == pytest.approx([0.9, 0.0, 0.0, 0.0, 0.9])


def test_huawei_expands_what_is_short_and_improves_what_is_not(plain):
    """Many buyers and few fabs: capacity. Few buyers and many fabs: the chip, or markets abroad."""
    p = Params()
    short = plain(stay_cuda=0.05, dual_stack=0.0, move_to_cann=0.95, grey_market=0.0, rent_offshore=0.0,
                  hidden_stock=0.0, tool_control=0.0, chip_control=1.0)  # fmt: skip
    slack = plain(stay_cuda=0.95, dual_stack=0.0, move_to_cann=0.05, grey_market=0.0, rent_offshore=0.0,
                  hidden_stock=0.0, domestic_chip_capacity=2.0, chip_control=0.0, steering=0.0)  # fmt: skip
    of_short, of_slack = (huawei.huawei_values(world, HuaweiDoctrine.QUANTAL, p) for world in (short, slack))

    assert of_short[HuaweiMove.EXPAND_CAPACITY] > of_short[HuaweiMove.IMPROVE_CHIP]
    assert of_slack[HuaweiMove.EXPAND_CAPACITY] < min(
        of_slack[HuaweiMove.IMPROVE_CHIP], of_slack[HuaweiMove.EXPORT_ABROAD]
    )


def test_exports_share_a_shortage_of_memory(plain):
    """By hand: home memory equips six tenths, so of .05 M chips a year for abroad .03 M are sold."""
    p = Params(domestic_memory=0.5, huawei_margin=0.3, huawei_price=8.0)
    market = chip_market(plain(memory_stock=0.0), p)

    assert market.abroad_units == pytest.approx(0.03)
    assert huawei.huawei_flow(plain(memory_stock=0.0), market, p).abroad == pytest.approx(0.3 * 8.0 * 0.6 * 0.03)
