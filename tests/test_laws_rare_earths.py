"""Rare earths: the tap, the stock behind it and the supply that grows elsewhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.world.parameters import Params
from standoff.world.rare_earths import (
    next_cutoff_memory,
    next_rare_earth_share,
    next_rare_earth_stock,
    shortage,
    shortage_pain,
)
from standoff.world.state import World

MONTH = 1.0 / 12.0
RULES = Params(
    rare_earth_cover=0.7, rare_earth_store=3.0, rare_earth_refill=0.15, rare_earth_draw=0.6, rare_earth_growth=0.08,
    rare_earth_baseline=0.1, rare_earth_room=0.9, memory_fading=0.5,
)  # fmt: skip


@pytest.mark.parametrize(
    ("restriction", "elsewhere", "stock", "short"),
    [(0.0, 0.2, 0.0, 0.0), (1.0, 0.2, 0.0, 0.8), (1.0, 0.2, 3.0, 0.24), (1.0, 0.2, 6.0, 0.24),
     (0.5, 0.2, 1.5, 0.26), (1.0, 1.0, 0.0, 0.0)],
)  # fmt: skip
def test_a_shortage_is_what_neither_others_nor_the_stock_cover(plain, restriction, elsewhere, stock, short):
    world = plain(rare_earth_restriction=restriction, non_china_rare_earth_share=elsewhere, rare_earth_stock=stock)

    assert shortage(world, RULES) == pytest.approx(short)


def test_pain_turns_steep(plain):
    """A quarter short hurts an eighth, all short all: the power 1.5."""
    empty = {"rare_earth_stock": 0.0, "non_china_rare_earth_share": 0.0}

    assert shortage_pain(plain(rare_earth_restriction=0.25, **empty), RULES) == pytest.approx(0.125)
    assert shortage_pain(plain(rare_earth_restriction=1.0, **empty), RULES) == pytest.approx(1.0)


def test_six_weeks_of_stock_last_some_two_months_and_a_half_of_a_cut_off(plain):
    """F064 and F065: 1.5 months at .6 a month, nothing from elsewhere."""
    world, months = plain(rare_earth_restriction=1.0, non_china_rare_earth_share=0.0, rare_earth_stock=1.5), 0
    while world.stocks.rare_earth_stock > 0.0:
        stock = next_rare_earth_stock(world, MONTH, RULES)
        world = world._replace(stocks=world.stocks._replace(rare_earth_stock=stock))
        months += 1

    assert months == 3


@pytest.mark.parametrize(
    ("restriction", "stock", "after"), [(1.0, 3.0, 2.4), (0.0, 0.0, 0.15), (0.0, 2.95, 3.0), (1.0, 0.1, 0.0)]
)
def test_a_month_of_the_stock_by_hand(plain, restriction, stock, after):
    world = plain(rare_earth_restriction=restriction, rare_earth_stock=stock, non_china_rare_earth_share=0.0)

    assert next_rare_earth_stock(world, MONTH, RULES) == pytest.approx(after)


def test_use_of_the_weapon_breeds_rivals(plain):
    """A year of cut-off: .08 x (.1 + 1 + .5) x (.9 - .2) = .0896; a calm one without memory a sixteenth of that."""
    used = plain(rare_earth_restriction=1.0, cutoff_memory=0.5)
    calm = plain(rare_earth_restriction=0.0, cutoff_memory=0.0)

    assert next_rare_earth_share(used, 1.0, RULES) == pytest.approx(0.2896)
    assert next_rare_earth_share(calm, 1.0, RULES) == pytest.approx(0.2 + 0.0896 / 16)


def test_others_grow_towards_their_room_as_the_exponential_does(plain):
    """dN = g b (room - N) has N(t) = room - (room - N0) exp(-g b t)."""
    world = plain(rare_earth_restriction=0.0, cutoff_memory=0.0)
    for _ in range(120):
        share = next_rare_earth_share(world, MONTH, RULES)
        world = world._replace(stocks=world.stocks._replace(non_china_rare_earth_share=share))

    assert share == pytest.approx(0.9 - 0.7 * math.exp(-0.008 * 10), abs=1e-4)


def test_the_memory_of_a_standing_cut_off_settles_at_its_years(plain):
    """dm = rho - .5 m comes to rest at two years; without a cut-off half is gone in ln 2 / .5 years."""
    world = plain(rare_earth_restriction=1.0, cutoff_memory=2.0)
    faded = plain(rare_earth_restriction=0.0, cutoff_memory=2.0)
    months = 0
    while faded.stocks.cutoff_memory > 1.0:
        memory = next_cutoff_memory(faded, MONTH, RULES)
        faded = faded._replace(stocks=faded.stocks._replace(cutoff_memory=memory))
        months += 1

    assert next_cutoff_memory(world, MONTH, RULES) == pytest.approx(2.0)
    assert months == math.ceil(12 * math.log(2) / 0.5)


@given(world=..., p=..., tap=st.floats(0.0, 1.0))
def test_shortage_is_a_share_that_grows_with_the_tap_and_shrinks_with_rivals_and_stock(world: World, p: Params, tap):
    beijing, stocks = world.beijing, world.stocks
    looser = world._replace(beijing=beijing._replace(rare_earth_restriction=tap * beijing.rare_earth_restriction))
    more = max(tap, stocks.non_china_rare_earth_share)
    freer = world._replace(stocks=stocks._replace(non_china_rare_earth_share=more))
    fuller = world._replace(stocks=stocks._replace(rare_earth_stock=stocks.rare_earth_stock + tap))

    for eased in (looser, freer, fuller):
        assert 0.0 <= shortage(eased, p) <= shortage(world, p) <= 1.0
        assert 0.0 <= shortage_pain(eased, p) <= shortage_pain(world, p) <= 1.0


@given(world=..., p=..., years=st.floats(0.0, 1.0))
def test_stocks_stay_in_the_store_and_rivals_never_shrink_nor_outgrow_their_room(world: World, p: Params, years):
    share = world.stocks.non_china_rare_earth_share

    assert 0.0 <= next_rare_earth_stock(world, years, p) <= p.rare_earth_store
    assert share <= next_rare_earth_share(world, years / 12, p) <= max(share, p.rare_earth_room)
    assert next_cutoff_memory(world, years, p) >= 0.0
