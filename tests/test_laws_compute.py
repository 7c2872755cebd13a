"""Compute on both sides, and the month's physics put together."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.world.chips import chip_market
from standoff.world.compute import (
    compute_lead,
    drift,
    installed_flow,
    next_beijing,
    next_nvidia,
    next_stocks,
    next_us,
)
from standoff.world.fabs import even_focus
from standoff.world.parameters import Params
from standoff.world.state import World

MONTH = 1.0 / 12.0
CALM = Params(bandwidth_cap=0.0, frontier_performance=1.5, open_ceiling=1.5)


def after_months(world, months, p):
    for _ in range(months):
        world = drift(world, chip_market(world, p), even_focus(), MONTH, p)
    return world


def test_the_lead_is_the_logarithm_of_the_ratio(plain):
    """Five to one is ln 5; equal is nothing; behind is less than nothing."""
    assert compute_lead(plain(us_compute=20.0, china_compute=4.0)) == pytest.approx(1.6094379)
    assert compute_lead(plain(us_compute=4.0, china_compute=4.0)) == 0.0
    assert compute_lead(plain(us_compute=4.0, china_compute=8.0)) == pytest.approx(-0.6931472)


def test_what_china_adds_by_hand(plain):
    """.6 H20s sold, .2 frontier chips smuggled and rented at 1.5, .65 Huawei chips at .6."""
    world = plain()
    market = chip_market(world, CALM)._replace(
        nvidia_units=0.6, smuggled_units=0.12, rented_units=0.08, huawei_units=0.65
    )

    assert installed_flow(world, market, CALM) == pytest.approx(0.6 + 0.3 + 0.39)
    assert installed_flow(plain(chip_control=0.75), market, CALM) == pytest.approx(0.45 + 0.3 + 0.39)


@pytest.mark.parametrize(("inference", "legal"), [(0.0, 0.6 * 6 / 13), (0.5, 0.6), (1.0, 0.6 * 20 / 13)])
def test_nvidias_chips_add_more_the_more_demand_is_inference(plain, inference, legal):
    """M125: an H20 is .3 in training and 1 in inference, over the .65 at which it is defined."""
    p = CALM._replace(training_ratio=0.3, inference_reference=0.5)
    world = plain(inference_share=inference)
    market = chip_market(world, p)._replace(nvidia_units=0.6, smuggled_units=0.2, rented_units=0.0, huawei_units=0.5)

    assert installed_flow(world, market, p) == pytest.approx(legal + 0.3 + 0.3)


def test_demand_follows_the_logistic(plain):
    """D(t) = top / (1 + (top / D0 - 1) exp(-g t)), in monthly steps within one per cent."""
    p = Params(demand_growth=0.35, demand_ceiling=4.5)
    for years in (1, 3, 7):
        demand = after_months(plain(demand=2.0), 12 * years, p).stocks.demand
        assert demand == pytest.approx(4.5 / (1 + (4.5 / 2.0 - 1) * math.exp(-0.35 * years)), rel=0.01)


def test_foundry_supply_and_inference_close_their_gaps_exponentially(plain):
    p = Params(foundry_growth=0.33, foundry_ceiling=2.0, inference_speed=0.5, inference_ceiling=0.83)
    stocks = after_months(plain(foundry_supply=1.2, inference_share=0.5), 24, p).stocks

    assert 2.0 - stocks.foundry_supply == pytest.approx(0.8 * math.exp(-0.66), rel=0.02)
    assert 0.83 - stocks.inference_share == pytest.approx(0.33 * math.exp(-1.0), rel=0.03)


def test_compute_without_supply_retires_and_us_compute_compounds(plain):
    """After five years: exp(-.25 x 5) of China's, (1 + .36 / 12)^60 of the US's."""
    p = Params(compute_depreciation=0.24, us_compute_growth=0.36)
    world = plain(china_compute=40.0)
    market = chip_market(world, p)._replace(nvidia_units=0.0, smuggled_units=0.0, rented_units=0.0, huawei_units=0.0)
    for _ in range(60):
        world = world._replace(stocks=next_stocks(world, market, MONTH, p))

    assert world.stocks.china_compute == pytest.approx(40.0 * 0.98**60)
    assert world.stocks.us_compute == pytest.approx(20.0 * 1.03**60)


@pytest.mark.parametrize("years", [0.0, 0.25, 1.0])
def test_a_longer_step_is_a_longer_time(plain, years):
    """Every stock moves by its yearly rate times the years, to the letter."""
    p = Params(
        us_compute_growth=0.4, demand_growth=0.4, demand_ceiling=4.0, foundry_growth=0.5, foundry_ceiling=2.2,
        inference_speed=0.5, inference_ceiling=0.8, compute_depreciation=0.25,
    )  # fmt: skip
    world = plain()
    market = chip_market(world, p)
    then = next_stocks(world, market, years, p)

    assert then.us_compute == pytest.approx(20.0 + 8.0 * years)
    assert then.demand == pytest.approx(2.0 + 0.4 * years)
    assert then.foundry_supply == pytest.approx(1.2 + 0.5 * years)
    assert then.inference_share == pytest.approx(0.5 + 0.15 * years)
    assert then.china_compute == pytest.approx(4.0 + (installed_flow(world, market, p) - 1.0) * years)


def test_chinas_compute_settles_where_installing_balances_retiring(plain):
    """K = flow / depreciation."""
    p = Params(compute_depreciation=0.25)
    world = plain()
    market = chip_market(world, p)
    flow = installed_flow(world, market, p)
    settled = world._replace(stocks=world.stocks._replace(china_compute=flow / 0.25))

    assert next_stocks(settled, market, MONTH, p).china_compute == pytest.approx(flow / 0.25)


def test_controls_wear_and_curbs_fade(plain):
    """After a year: (1 - .24 / 12)^12 of their bite, (1 - .1)^12 of a curb; levers that are set stay set."""
    p = Params(control_decay=0.24, curb_fading=0.1)
    us = plain(design_software_curb=1.0, control_effectiveness=1.0).us
    for _ in range(12):
        us = next_us(us, MONTH, p)

    assert us.control_effectiveness == pytest.approx(0.98**12)
    assert us.design_software_curb == pytest.approx(0.9**12)
    assert (
        us._replace(control_effectiveness=1.0, design_software_curb=1.0)
        == plain(design_software_curb=1.0, control_effectiveness=1.0).us
    )


def test_subsidies_run_down_to_their_floor_and_no_further(plain):
    p = Params(subsidy_floor=0.3, subsidy_rundown=0.36)
    beijing = plain(subsidy=0.8).beijing
    for _ in range(12):
        beijing = next_beijing(beijing, MONTH, p)

    assert beijing.subsidy == pytest.approx(0.3 + 0.5 * 0.97**12)
    assert next_beijing(plain(subsidy=0.1).beijing, 1.0, p).subsidy == 0.1
    assert beijing._replace(subsidy=0.8) == plain(subsidy=0.8).beijing


@pytest.mark.parametrize("months", [1, 3, 6, 9])
def test_a_redesign_ships_after_its_months_at_the_ceiling_of_that_day(plain, months):
    p = Params(open_ceiling=1.5)
    world = plain(chip_control=0.75, compliant_performance=1.0, redesign_months_left=float(months))
    seen = []
    for _ in range(months + 2):
        world = world._replace(nvidia=next_nvidia(world, MONTH, p))
        seen.append(world.nvidia.compliant_performance)

    assert seen == [1.0] * (months - 1) + [0.75] * 3
    assert world.nvidia.redesign_months_left == 0.0


def test_standing_fades_by_its_share_a_month(plain):
    p = Params(lobbying_decay=0.05)
    world = plain(lobbying=0.8)
    for _ in range(6):
        world = world._replace(nvidia=next_nvidia(world, MONTH, p))

    assert world.nvidia.lobbying == pytest.approx(0.8 * 0.95**6)
    assert world.nvidia.china_supply == plain().nvidia.china_supply


@given(world=..., p=...)
def test_physics_moves_no_mind(world: World, p: Params):
    """Adoption, alignment, beliefs, politics and the calendar have laws of their own."""
    after = drift(world, chip_market(world, p), even_focus(), MONTH, p)

    for part in ("month", "allies", "adoption", "beliefs", "politics"):
        assert getattr(after, part) == getattr(world, part)


@given(world=..., p=..., years=st.floats(0.0, 1.0))
def test_physics_keeps_every_share_a_share_and_every_stock_a_stock(world: World, p: Params, years):
    after = drift(world, chip_market(world, p), even_focus(), years, p)

    for level in (*after.us, *after.beijing, after.nvidia.china_supply, after.nvidia.lobbying):
        assert 0.0 <= level <= 1.0
    assert all(math.isfinite(value) for part in (after.nvidia, after.huawei, after.stocks) for value in part)
    assert after.stocks.china_compute >= 0.1
    assert after.stocks.us_compute >= world.stocks.us_compute
    assert 0.0 <= after.stocks.inference_share <= 1.0


@given(world=..., p=...)
def test_demand_and_supply_move_towards_their_ceilings(world: World, p: Params):
    now, then = world.stocks, next_stocks(world, chip_market(world, p), MONTH, p)

    assert (then.demand - now.demand) * (p.demand_ceiling - now.demand) >= 0.0
    assert (then.foundry_supply - now.foundry_supply) * (p.foundry_ceiling - now.foundry_supply) >= 0.0
    assert then.demand > 0.0
    assert abs(p.foundry_ceiling - then.foundry_supply) <= abs(p.foundry_ceiling - now.foundry_supply)
