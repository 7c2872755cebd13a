"""The chip market in China."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.world.chips import (
    admitted_share,
    ceiling,
    chip_market,
    chip_value,
    cuda_share,
    licensed_share,
    smuggling_room,
)
from standoff.world.parameters import Params
from standoff.world.state import Adoption, World

SHARES = st.floats(0.0, 1.0)
RULES = Params(
    open_ceiling=1.5, h20_line=0.5, licence_slope=1.6, edge_share=0.1, nvidia_price=12.0, nvidia_price_floor=0.6,
    steering_bite=0.8, autonomy_ratchet=0.3, ratchet_start=0.6, spill_to_huawei=0.6, hidden_release=0.45,
    smuggling_capacity=0.15, smuggling_leak=1.5, offshore_capacity=0.25,
)  # fmt: skip


@pytest.mark.parametrize(
    ("control", "best", "licensed"), [(0.0, 1.5, 1.0), (0.5, 1.0, 1.0), (0.75, 0.75, 0.6), (1.0, 0.5, 0.2)]
)
def test_the_steps_of_chip_control_are_the_rules_of_2022_to_2025(control, best, licensed):
    """An H20 is just legal at .5; by letter .6 of licences are granted, under a freeze .2."""
    assert ceiling(control, RULES) == pytest.approx(best)
    assert licensed_share(control, RULES) == pytest.approx(licensed)


def test_no_licence_is_granted_twice_over():
    assert licensed_share(1.0, Params(licence_slope=2.5, h20_line=0.5)) == 0.0


@pytest.mark.parametrize(
    ("steering", "performance", "left"), [(0.0, 0.3, 1.0), (0.5, 0.6, 0.8), (1.0, 0.6, 0.2), (0.0, 0.9, 0.85),
                                          (0.0, 1.2, 0.7), (0.0, 9.0, 0.7), (0.5, 1.2, 0.56)],
)  # fmt: skip
def test_half_of_steering_is_a_signal_and_a_proven_chip_closes_the_door(steering, performance, left):
    """1 - .8 g^2, times 1 - .3 from where the domestic chip is twice what it was."""
    assert admitted_share(steering, performance, RULES) == pytest.approx(left)


@pytest.mark.parametrize(("effectiveness", "room"), [(1.0, 0.15), (0.5, 0.2625), (0.0, 0.375)])
def test_worn_controls_leak(effectiveness, room):
    assert smuggling_room(effectiveness, RULES) == pytest.approx(room)


@pytest.mark.parametrize(
    ("adoption", "share"),
    [((1, 0, 0, 0, 0), 1), ((0, 1, 0, 0, 0), 0.5), ((0, 0, 1, 0, 0), 0), ((0, 0, 0, 1, 0), 1), ((0, 0, 0, 0, 1), 1)],
)
def test_smuggled_and_rented_chips_run_cuda_too(adoption, share):
    assert cuda_share(Adoption(*map(float, adoption))) == share


def test_a_cap_on_bandwidth_takes_inference_and_leaves_training():
    """i = .5, training worth .3: of .5 + .15 only .15 is left under a full cap, .4 under half of one."""
    capped = Params(bandwidth_cap=1.0, training_ratio=0.3)
    value = [chip_value(1.0, control, 0.5, capped) for control in (0.0, 0.5, 1.0)]

    assert value == pytest.approx([1.0, 0.4 / 0.65, 0.15 / 0.65])
    assert chip_value(0.8, 1.0, 0.5, Params(bandwidth_cap=0.0)) == pytest.approx(0.8)
    assert chip_value(1.0, 1.0, 0.0, Params(bandwidth_cap=1.0)) == pytest.approx(1.0)


def test_a_month_of_the_market_by_hand(plain):
    """Demand 2, half of it for legal CUDA, supply .5 x 1.2, steering .25 closes a twentieth."""
    market = chip_market(plain(), RULES)

    assert market.wanted == pytest.approx(0.95)
    assert market.offered == pytest.approx(0.6)
    assert market.nvidia_units == pytest.approx(0.6)
    assert market.nvidia_revenue == pytest.approx(7.2)
    assert market.smuggled_units == pytest.approx(0.1)
    assert market.rented_units == pytest.approx(0.1)
    assert market.huawei_demand == pytest.approx(0.8 + 0.05 + 0.6 * 0.35)
    assert market.huawei_supply == pytest.approx(0.2 + 0.45)
    assert market.huawei_units == pytest.approx(0.65)


def test_above_the_ceiling_only_the_edge_of_a_product_is_sold(plain):
    """By letter: .6 of licences, a tenth of them, at the price of a chip of .75."""
    market = chip_market(plain(chip_control=0.75), RULES)

    assert market.offered == pytest.approx(0.6 * 0.6 * 0.1)
    assert market.nvidia_revenue == pytest.approx(12.0 * (0.6 + 0.4 * 0.75) * 0.036)


def test_a_redesigned_chip_sells_again_at_its_own_price(plain):
    market = chip_market(plain(chip_control=0.75, compliant_performance=0.75), RULES)

    assert market.nvidia_units == pytest.approx(0.6 * 0.6)
    assert market.nvidia_revenue == pytest.approx(10.8 * 0.36)


@pytest.mark.parametrize(("stock", "sold"), [(1.0, 0.65), (0.02, 0.44), (0.0, 0.2)])
def test_the_hidden_stock_is_released_at_its_rate_until_it_is_gone(plain, stock, sold):
    assert chip_market(plain(hidden_stock=stock), RULES).huawei_units == pytest.approx(sold)


@given(world=..., p=...)
def test_nobody_sells_more_than_is_wanted_or_than_there_is(world: World, p: Params):
    """Units are conserved: what buyers get is at most what they want, in sum at most demand."""
    market, demand = chip_market(world, p), world.stocks.demand

    assert all(flow >= 0.0 for flow in market)
    assert market.nvidia_units <= min(market.wanted, market.offered)
    assert market.huawei_units <= min(market.huawei_demand, market.huawei_supply)
    assert market.offered <= world.stocks.foundry_supply * world.nvidia.china_supply * (1 + 1e-12)
    bought = market.nvidia_units + market.huawei_units + market.smuggled_units + market.rented_units
    assert bought <= demand * (1 + 1e-9)
    assert market.nvidia_revenue <= market.nvidia_units * p.nvidia_price * 2.0


@given(world=..., p=..., low=SHARES, high=SHARES)
def test_tighter_control_never_lets_more_through(world: World, p: Params, low, high):
    low, high = sorted((low, high))
    loose, tight = (
        chip_market(world._replace(us=world.us._replace(chip_control=control)), p) for control in (low, high)
    )

    assert tight.offered <= loose.offered
    assert tight.nvidia_revenue <= loose.nvidia_revenue * (1 + 1e-12)
    assert tight.huawei_demand >= loose.huawei_demand * (1 - 1e-12)


@given(world=..., p=..., low=SHARES, high=SHARES)
def test_steering_moves_demand_from_nvidia_to_huawei(world: World, p: Params, low, high):
    low, high = sorted((low, high))
    free, steered = (
        chip_market(world._replace(beijing=world.beijing._replace(steering=steering)), p) for steering in (low, high)
    )

    assert steered.wanted <= free.wanted
    assert steered.huawei_demand >= free.huawei_demand * (1 - 1e-12)
    assert steered.smuggled_units == free.smuggled_units


@given(p=..., performance=st.floats(0.05, 10.0), low=SHARES, high=SHARES)
def test_what_beijing_admits_is_a_share_and_falls(p: Params, performance, low, high):
    low, high = sorted((low, high))

    assert 0.0 <= admitted_share(high, performance, p) <= admitted_share(low, performance, p) <= 1.0
    assert admitted_share(low, 2 * performance, p) <= admitted_share(low, performance, p)


@given(p=..., performance=st.floats(0.1, 2.0), control=SHARES, inference=SHARES)
def test_a_cap_only_takes(p: Params, performance, control, inference):
    value = chip_value(performance, control, inference, p)

    assert 0.0 <= value <= performance * (1 + 1e-12)
