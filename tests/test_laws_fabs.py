"""Chinese fabs, tools and software."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.world.chips import chip_market
from standoff.world.fabs import Focus, coalition, effort, even_focus, next_huawei, tool_denial
from standoff.world.parameters import Params
from standoff.world.state import Allies, World

RULES = Params(
    autonomous_effort=0.4, induced_effort=0.2, subsidy_effort=0.6, learning_effort=0.5, focus_effort=0.8,
    performance_rate=0.1, capacity_rate=0.6, software_rate=0.2, tool_rate=0.05, tool_bite_performance=0.5,
    tool_bite_capacity=0.8, curb_bite=0.2, capacity_room=1.25, bridge_chance=0.03, export_gain=0.25, export_decay=0.3,
    netherlands_tool_weight=0.4, japan_tool_weight=0.3, south_korea_tool_weight=0.1, taiwan_tool_weight=0.2,
    hidden_release=0.45, domestic_memory=0.5,
)  # fmt: skip
NOTHING = Focus(0.0, 0.0, 0.0, 0.0, 0.0)
SHARES = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("aligned", "weight"), [((1, 0, 0, 0), 0.4), ((0, 1, 0, 0), 0.3), ((0, 0, 1, 0), 0.1), ((0, 0, 0, 1), 0.2)]
)
def test_an_ally_counts_by_the_tools_it_makes(aligned, weight):
    assert coalition(Allies(*map(float, aligned)), RULES) == pytest.approx(weight)


def test_weights_are_relative():
    """Doubled, they weigh the same; all aligned is one whatever they are."""
    heavy = RULES._replace(**{name: 0.6 for name in Params._fields if name.endswith("_tool_weight")})

    assert coalition(Allies(1.0, 1.0, 1.0, 1.0), heavy) == pytest.approx(1.0)
    assert coalition(Allies(1.0, 0.0, 0.0, 0.0), heavy) == pytest.approx(0.25)


def test_denial_is_the_product_of_four_things(plain):
    """.5 of control, .8 effective, half the coalition, four fifths not yet made at home: .16."""
    assert tool_denial(plain(), RULES) == pytest.approx(0.16)
    for missing in ({"tool_control": 0.0}, {"control_effectiveness": 0.0}, {"domestic_tool_share": 1.0},
                    dict.fromkeys(Allies._fields, 0.0)):  # fmt: skip
        assert tool_denial(plain(**missing), RULES) == 0.0


@pytest.mark.parametrize(
    ("given_to", "sum_"),
    [((0, 0, 0, 0), 0.4), ((1, 0, 0, 0), 0.6), ((0, 1, 0, 0), 1.0), ((0, 0, 1, 0), 0.9), ((0, 0, 0, 1), 1.2),
     ((0.5, 0.5, 0.5, 0.5), 1.45)],
)  # fmt: skip
def test_effort_is_a_sum_that_starts_above_zero(given_to, sum_):
    """No US policy ends it: the autonomous part stays (M81)."""
    assert effort(*map(float, given_to), RULES) == pytest.approx(sum_)


def test_a_year_of_huawei_by_hand(plain):
    """Severity .5, subsidy .5, 700,000 of 2 M units served: effort .4 + .1 + .3 + .5 x .35 = .975.

    Denial .16 stops .08 of performance and .128 of capacity; capacity is a tenth of its room of 2.5 M.
    Of .65 M chips at home and .05 M abroad, memory from China equips six tenths.
    """
    world = plain()
    market = chip_market(world, RULES)._replace(huawei_units=0.65)
    after = next_huawei(world, market, NOTHING, 1.0, RULES)

    assert after.domestic_chip_performance == pytest.approx(0.6 * (1 + 0.1 * 0.975 * 0.92))
    assert after.domestic_chip_capacity == pytest.approx(0.25 * (1 + 0.6 * 0.975 * 0.872 * 0.9))
    assert after.cann_maturity == pytest.approx(0.5 + 0.2 * 0.975 * 0.5)
    assert after.domestic_tool_share == pytest.approx(0.2 + 0.05 * (0.4 + 0.2 * 0.25 + 0.3) * 0.8)
    assert after.hidden_stock == pytest.approx(1.0 - (0.65 - 0.25 * 0.8))
    assert after.memory_stock == pytest.approx(1.0 - 0.4 * 0.7)
    assert after.huawei_abroad == pytest.approx(0.2 - 0.3 * 0.2)
    assert after.cuda_bridge == 0.0


@pytest.mark.parametrize(
    ("focus", "field"),
    [("expand", "domestic_chip_capacity"), ("improve", "domestic_chip_performance"), ("bridge", "cuda_bridge"),
     ("native", "cann_maturity"), ("export", "huawei_abroad")],
)  # fmt: skip
def test_a_focus_speeds_its_own_thing_and_nothing_else(plain, focus, field):
    world = plain()
    market = chip_market(world, RULES)
    usual = next_huawei(world, market, NOTHING, 0.25, RULES)
    focused = next_huawei(world, market, NOTHING._replace(**{focus: 1.0}), 0.25, RULES)

    assert getattr(focused, field) > getattr(usual, field)
    assert focused._replace(**{field: 0.0}) == usual._replace(**{field: 0.0})


def test_whoever_looks_ahead_expects_the_bridge_by_its_monthly_chance(plain):
    """A quarter of a year on it alone: three times .03 of what is missing."""
    world = plain(cuda_bridge=0.2)
    bridge = next_huawei(world, chip_market(world, RULES), NOTHING._replace(bridge=1.0), 0.25, RULES).cuda_bridge

    assert bridge == pytest.approx(0.2 + 3 * 0.03 * 0.8)


def test_a_design_software_curb_slows_the_chip_and_not_the_fab(plain):
    world, curbed = plain(), plain(design_software_curb=1.0)
    market = chip_market(world, RULES)
    free, slow = (next_huawei(place, market, NOTHING, 1.0, RULES) for place in (world, curbed))

    assert (slow.domestic_chip_performance - 0.6) == pytest.approx(0.8 * (free.domestic_chip_performance - 0.6))
    assert slow.domestic_chip_capacity == free.domestic_chip_capacity


def test_nobody_builds_beyond_the_room(plain):
    full = plain(domestic_chip_capacity=2.5)

    assert next_huawei(full, chip_market(full, RULES), even_focus(), 1.0, RULES).domestic_chip_capacity == 2.5


@given(world=..., p=..., level=SHARES)
def test_tool_control_slows_the_fabs_this_month(world: World, p: Params, level):
    """What it breeds comes later, through the tools made at home (M78, M82)."""
    market = chip_market(world, p)
    looser = world._replace(us=world.us._replace(tool_control=level * world.us.tool_control))
    tight, loose = (next_huawei(place, market, even_focus(), 1 / 12, p) for place in (world, looser))

    assert tight.domestic_chip_capacity <= loose.domestic_chip_capacity
    assert tight.domestic_chip_performance <= loose.domestic_chip_performance
    assert tight.domestic_tool_share >= loose.domestic_tool_share


@given(world=..., p=..., level=SHARES)
def test_subsidy_speeds_everything_at_home(world: World, p: Params, level):
    market = chip_market(world, p)
    poorer = world._replace(beijing=world.beijing._replace(subsidy=level * world.beijing.subsidy))
    paid, unpaid = (next_huawei(place, market, even_focus(), 1 / 12, p) for place in (world, poorer))

    assert all(more >= less for more, less in zip(paid, unpaid, strict=True))


@given(world=..., p=...)
def test_what_is_built_stays_within_bounds_and_never_shrinks(world: World, p: Params):
    """Performance, capacity, software, bridge and tools only grow; the hidden stock only shrinks."""
    before, after = world.huawei, next_huawei(world, chip_market(world, p), even_focus(), 1 / 12, p)

    for name in ("domestic_chip_performance", "domestic_chip_capacity", "cann_maturity", "cuda_bridge",
                 "domestic_tool_share"):  # fmt: skip
        assert getattr(after, name) >= getattr(before, name), name
    assert max(after.cann_maturity, after.cuda_bridge, after.domestic_tool_share) <= 1.0
    assert 0.0 <= after.hidden_stock <= before.hidden_stock
    assert 0.0 <= after.huawei_abroad <= 0.5


@given(world=..., p=...)
def test_what_leaves_the_hidden_stock_is_what_is_sold_beyond_capacity(world: World, p: Params):
    world = world._replace(huawei=world.huawei._replace(memory_stock=10.0))  # enough for every die
    market = chip_market(world, p)
    after = next_huawei(world, market, even_focus(), 1 / 12, p)
    own = world.huawei.domestic_chip_capacity * (1 - world.huawei.huawei_abroad)

    used = world.huawei.hidden_stock - after.hidden_stock
    assert used * 12 == pytest.approx(max(market.huawei_units - own, 0.0), rel=1e-9, abs=1e-9)


def test_where_memory_is_short_chips_take_more_dies(plain):
    """By hand: .65 M dies at home, .2 M of them own; six tenths are equipped, and all .39 M chips are sold."""
    world, p = plain(memory_stock=0.0), RULES._replace(domestic_memory=0.5)
    market = chip_market(world, p)

    assert market.huawei_units == pytest.approx(0.39)
    assert next_huawei(world, market, NOTHING, 1.0, p).hidden_stock == pytest.approx(1.0 - 0.45)


@pytest.mark.parametrize(
    ("tools", "domestic", "store", "left"),
    [(0.2, 0.5, 0.1, 0.03), (0.2, 0.5, 0.05, 0.0), (0.0, 0.0, 0.5, 0.325), (1.0, 0.0, 0.1, 0.1), (0.0, 1.0, 0.1, 0.1)],
)
def test_the_store_of_foreign_memory_pays_for_what_home_cannot_equip(plain, tools, domestic, store, left):
    """A quarter of a year of .7 M chips a year, .175 M: two fifths of them, or all, or none."""
    world, p = plain(domestic_tool_share=tools, memory_stock=store), RULES._replace(domestic_memory=domestic)
    market = chip_market(world, p)._replace(huawei_units=0.65)

    assert next_huawei(world, market, NOTHING, 0.25, p).memory_stock == pytest.approx(left)


def test_the_store_is_left_alone_while_home_memory_equips_all_that_is_made(plain):
    """Six tenths of .7 M dies can be equipped at home, more than the .35 M that are made."""
    market = chip_market(plain(), RULES)._replace(huawei_units=0.3)

    assert next_huawei(plain(), market, NOTHING, 0.25, RULES._replace(domestic_memory=0.5)).memory_stock == 1.0


def test_without_memory_the_fabs_end_at_what_china_can_equip(plain):
    """M105: .65 M dies a year, .05 M of memory in store: full for a month or two, then six tenths."""
    p = RULES._replace(capacity_rate=0.0, tool_rate=0.0, export_decay=0.0)
    world, sold = plain(memory_stock=0.05, hidden_stock=10.0), []
    for _ in range(6):
        market = chip_market(world, p)
        sold.append(market.huawei_units)
        world = world._replace(huawei=next_huawei(world, market, NOTHING, 1 / 12, p))

    # A month draws .4 x .7 / 12 = .0233 M: .0267 and .0033 M are left, then none. Exports share the shortage.
    assert sold == pytest.approx([0.65, 0.65, 0.65 * (0.6 + 0.04 / 0.7), 0.39, 0.39, 0.39])


@given(world=..., p=..., years=st.floats(0.0, 1.0))
def test_memory_is_only_drawn_and_never_beyond_the_chips_made(world: World, p: Params, years):
    market = chip_market(world, p)
    before, after = world.huawei, next_huawei(world, market, even_focus(), years, p)
    made = market.huawei_units + before.domestic_chip_capacity * before.huawei_abroad

    assert 0.0 <= after.memory_stock <= before.memory_stock
    assert before.memory_stock - after.memory_stock <= made * years * (1 + 1e-9) + 1e-12


def test_others_expect_an_even_focus():
    assert even_focus() == Focus(0.2, 0.2, 0.2, 0.2, 0.2)
