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
    home_memory,
    licensed_share,
    smuggling_room,
)
from standoff.world.parameters import Params
from standoff.world.state import Adoption, World

SHARES = st.floats(0.0, 1.0)
RULES = Params(
    open_ceiling=1.5, h20_line=0.5, licence_slope=1.6, edge_share=0.1, nvidia_price=12.0, nvidia_price_floor=0.6,
    steering_bite=0.8, review_bite=0.6, autonomy_ratchet=0.3, ratchet_start=0.6, spill_to_huawei=0.6,
    hidden_release=0.45, domestic_memory=0.5, training_ratio=0.3, inference_reference=0.5,
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
    assert admitted_share(steering, 0.0, performance, RULES) == pytest.approx(left)


@pytest.mark.parametrize(
    ("steering", "review", "performance", "left"),
    [(0.0, 0.5, 0.3, 0.7), (0.0, 1.0, 0.3, 0.4), (0.5, 0.5, 0.3, 0.56), (1.0, 1.0, 1.2, 0.056)],
)
def test_a_review_closes_its_share_of_whatever_steering_leaves(steering, review, performance, left):
    """M94, M95: three tenths at the first step, six tenths once the energy rule is enforced."""
    assert admitted_share(steering, review, performance, RULES) == pytest.approx(left)


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
    capped = RULES._replace(bandwidth_cap=1.0)
    value = [chip_value(1.0, control, 0.5, capped) for control in (0.0, 0.5, 1.0)]

    assert value == pytest.approx([1.0, 0.4 / 0.65, 0.15 / 0.65])
    assert chip_value(0.8, 1.0, 0.5, RULES._replace(bandwidth_cap=0.0)) == pytest.approx(0.8)
    assert chip_value(1.0, 1.0, 0.0, capped) == chip_value(1.0, 0.0, 0.0, capped) == pytest.approx(0.3 / 0.65)


@pytest.mark.parametrize(("inference", "value"), [(0.0, 6 / 13), (0.5, 1.0), (0.83, 0.881 / 0.65), (1.0, 20 / 13)])
def test_the_same_chip_adds_more_as_demand_moves_to_inference(inference, value):
    """M125: .3 of an H20 in training and 1 in inference, over the .65 of mid-2025."""
    assert chip_value(1.0, 0.5, inference, RULES) == pytest.approx(value)
    assert chip_value(0.6, 0.5, inference, RULES) == pytest.approx(0.6 * value)


def test_another_reference_only_changes_the_unit():
    """Defined in pure inference, an H20 is worth 1 there and .65 in mid-2025."""
    p = RULES._replace(inference_reference=1.0)

    assert [chip_value(1.0, 0.5, inference, p) for inference in (0.5, 1.0)] == pytest.approx([0.65, 1.0])


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


@pytest.mark.parametrize(("review", "wanted", "sold", "to_huawei"), [(0.5, 0.665, 0.6, 1.174), (1.0, 0.38, 0.38, 1.42)])
def test_what_a_review_turns_away_from_nvidia_asks_for_huawei(plain, review, wanted, sold, to_huawei):
    """.95 of 1 M under steering, then .7 or .4 of it; .8 M wanted Huawei before, and unmet demand spills by .6."""
    market = chip_market(plain(review=review), RULES)

    assert market.wanted == pytest.approx(wanted)
    assert market.nvidia_units == pytest.approx(sold)
    assert market.huawei_demand == pytest.approx(to_huawei)


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


@pytest.mark.parametrize(("tools", "share"), [(0.0, 0.5), (0.2, 0.6), (1.0, 1.0)])
def test_chinese_tools_add_to_the_memory_made_at_home(tools, share):
    assert home_memory(tools, RULES) == pytest.approx(share)


@pytest.mark.parametrize(
    ("tools", "store", "supplied"),
    [(0.2, 1.0, 0.65), (0.2, 0.01, 0.65 * (0.6 + 0.12 / 0.7)), (0.2, 0.0, 0.39), (1, 0, 0.65)],
)
def test_foreign_memory_equips_what_memory_from_china_does_not(plain, tools, store, supplied):
    """M105: six tenths of .65 M dies at home and .05 M abroad; what is in store is at hand within the month."""
    market = chip_market(plain(domestic_tool_share=tools, memory_stock=store), RULES)

    assert market.huawei_supply == pytest.approx(supplied)
    assert market.huawei_units == pytest.approx(supplied)


@given(world=..., p=..., less=SHARES)
def test_a_smaller_store_of_memory_never_means_more_chips(world: World, p: Params, less):
    full = chip_market(world, p)
    poor, bare = (
        chip_market(world._replace(huawei=world.huawei._replace(memory_stock=part * world.huawei.memory_stock)), p)
        for part in (less, 0.0)
    )

    assert bare.huawei_units <= poor.huawei_units <= full.huawei_units
    assert bare.abroad_units <= poor.abroad_units <= full.abroad_units
    made = {"huawei_supply": 0.0, "huawei_units": 0.0, "abroad_units": 0.0}
    assert bare._replace(**made) == full._replace(**made)


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


@given(world=..., p=..., low=SHARES, high=SHARES, lever=st.sampled_from(["steering", "review"]))
def test_steering_or_a_review_moves_demand_from_nvidia_to_huawei(world: World, p: Params, low, high, lever):
    low, high = sorted((low, high))
    free, steered = (
        chip_market(world._replace(beijing=world.beijing._replace(**{lever: level})), p) for level in (low, high)
    )

    assert steered.wanted <= free.wanted
    assert steered.huawei_demand >= free.huawei_demand * (1 - 1e-12)
    assert steered.smuggled_units == free.smuggled_units


@given(p=..., performance=st.floats(0.05, 10.0), low=SHARES, high=SHARES, other=SHARES)
def test_what_beijing_admits_is_a_share_and_falls(p: Params, performance, low, high, other):
    low, high = sorted((low, high))

    assert 0.0 <= admitted_share(high, other, performance, p) <= admitted_share(low, other, performance, p) <= 1.0
    assert 0.0 <= admitted_share(other, high, performance, p) <= admitted_share(other, low, performance, p) <= 1.0
    assert admitted_share(low, other, 2 * performance, p) <= admitted_share(low, other, performance, p)


@given(p=..., performance=st.floats(0.1, 2.0), control=SHARES, inference=SHARES)
def test_a_cap_only_takes(p: Params, performance, control, inference):
    free, capped = (chip_value(performance, level, inference, p) for level in (0.0, control))

    assert 0.0 <= capped <= free
    assert free <= chip_value(performance, 0.0, 1.0, p)
    assert chip_value(performance, 0.0, p.inference_reference, p) == pytest.approx(performance)
