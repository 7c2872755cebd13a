"""Bargaining theory, against published numbers, brute force and the axioms."""

import itertools
import math
import os
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from standoff.agents import bargaining, resolve
from standoff.agents.bargaining import (
    acceptable,
    drawn_proposer_reservation,
    kalai_smorodinsky_place,
    kalai_smorodinsky_share,
    linked_shares,
    monthly_patience,
    nash_place,
    nash_share,
    rubinstein_reservation,
    rubinstein_share,
    stahl_reservation,
    stahl_share,
    table_patience,
    zone_size,
)
from standoff.model.compiled import compiled
from standoff.world.law import LAWS

few = settings(max_examples=30)
PATIENCE = st.floats(0.0, 0.99)
SHARE = st.floats(0.0, 1.0)
# Whole numbers, so that scaling by powers of two makes and breaks no tie.
PACKAGES = st.lists(st.tuples(st.integers(-9, 30), st.integers(-9, 30)), min_size=1, max_size=12)
LEAST = st.integers(-3, 6).map(float)


def columns(packages):
    first, second = zip(*packages, strict=True)
    return tuple(map(float, first)), tuple(map(float, second))


# Offers


@pytest.mark.parametrize(
    ("proposer", "responder", "share"),
    [(0.9, 0.9, 0.526316), (0.9, 0.8, 0.714286), (0.8, 0.9, 0.357143), (0.99, 0.99, 0.502513), (0.95, 0.9, 0.689655)],
)
def test_the_proposers_share_without_a_deadline(proposer, responder, share):
    """V1."""
    assert rubinstein_share(proposer, responder) == pytest.approx(share, abs=1e-6)


@few
@given(PATIENCE, PATIENCE)
def test_nobody_gains_by_another_offer_or_answer_in_rubinsteins_game(proposer, responder):
    """The offer leaves the responder just what it could get by refusing, and refusing is no better for the proposer."""
    now, next_time = rubinstein_share(proposer, responder), rubinstein_share(responder, proposer)

    assert 1.0 - now == pytest.approx(responder * next_time, abs=1e-12)
    assert now >= proposer * (1.0 - next_time) - 1e-12


@pytest.mark.parametrize(
    ("proposer", "responder", "shares"),
    [
        (0.9, 0.9, (1, 0.1, 0.91, 0.181, 0.8371, 0.24661, 0.778051, 0.299754)),
        (0.9, 0.8, (1, 0.2, 0.92, 0.344, 0.8624, 0.44768)),
    ],
)
def test_the_proposers_share_before_a_deadline(proposer, responder, shares):
    """V2, V2b."""
    for rounds, share in enumerate(shares, start=1):
        assert stahl_share(proposer, responder, rounds) == pytest.approx(share, abs=1e-6)


def best_reply_on_a_grid(patience, outside, rounds, pieces=1000):
    """Play `rounds` of offers in whole pieces by brute force; returns what player 0, who offers first, keeps.

    Player 1 alone may leave with `outside`, when it responds. Each offer that could be made is tried.
    """
    offers = np.arange(pieces + 1)
    after = np.zeros(2)  # what each gets if the coming round is not reached
    for t in reversed(range(rounds)):
        responder = (t + 1) % 2
        refusing = patience[responder] * after[responder]
        if responder == 1:
            refusing = max(refusing, outside * pieces)
        kept = np.where(offers >= refusing - 1e-9, pieces - offers, -1)  # the responder takes what is no worse
        offer = int(offers[kept.argmax()])
        after = np.zeros(2)
        after[responder], after[1 - responder] = offer, pieces - offer
    return after[0] / pieces


@pytest.mark.parametrize("patience", [(0.9, 0.9), (0.9, 0.8), (0.3, 0.95), (0.0, 0.5), (1.0, 0.7)])
@pytest.mark.parametrize("outside", [0.0, 0.2, 0.6])
def test_a_deadline_is_what_brute_force_over_all_offers_finds(patience, outside):
    """To one piece in a thousand a round."""
    for rounds in range(1, 9):
        found = best_reply_on_a_grid(patience, outside, rounds)
        assert 1.0 - stahl_reservation(*patience, outside, rounds) == pytest.approx(found, abs=rounds / 1000)


@few
@given(PATIENCE, PATIENCE, SHARE)
def test_a_deadline_far_off_is_none(proposer, responder, outside):
    far = [stahl_reservation(proposer, responder, outside, rounds) for rounds in (4000, 4001)]

    assert far == pytest.approx([rubinstein_reservation(proposer, responder, outside)] * 2, abs=1e-9)


@pytest.mark.parametrize(("outside", "share"), [(0.3, 0.473684), (0.6, 0.6)])
def test_an_outside_option_counts_only_above_what_waiting_brings(outside, share):
    """V2c."""
    assert rubinstein_reservation(0.9, 0.9, outside) == pytest.approx(share, abs=1e-6)


def test_two_of_equal_and_great_patience_halve():
    for patience in (0.9, 0.99, 0.9999, 1.0):
        assert abs(rubinstein_share(patience, patience) - 0.5) <= 1.0 - patience
        assert abs(drawn_proposer_reservation(patience, patience, 0.0) - 0.5) <= 1.0 - patience


@few
@given(PATIENCE, PATIENCE, st.floats(0.0, 0.01))
def test_patience_pays_its_owner(own, other, more):
    assert rubinstein_share(own + more, other) >= rubinstein_share(own, other) - 1e-12
    assert rubinstein_reservation(other, own + more, 0.0) >= rubinstein_reservation(other, own, 0.0) - 1e-12
    assert drawn_proposer_reservation(own + more, other, 0.0) >= drawn_proposer_reservation(own, other, 0.0) - 1e-12
    assert drawn_proposer_reservation(other, own + more, 0.0) <= drawn_proposer_reservation(other, own, 0.0) + 1e-12


@few
@given(PATIENCE, PATIENCE, st.floats(0.0, 0.9))
def test_drawn_proposers_settle_where_a_long_game_played_backwards_does(own, other, outside):
    """From a last round in which whoever offers takes all that the outside option leaves."""
    held, theirs = outside, 0.0
    for _ in range(4000):
        worth = 0.5 * (1.0 - theirs) + 0.5 * held
        held, theirs = max(outside, own * worth), other * (1.0 - worth)

    assert drawn_proposer_reservation(own, other, outside) == pytest.approx(held, abs=1e-9)


@pytest.mark.parametrize("years", [0.0, 0.1, 2.5, 6.0])
def test_monthly_patience_makes_a_dollar_a_year_worth_its_years(years):
    patience = monthly_patience(years)

    assert sum(patience**month / 12 for month in range(1, 5000)) == pytest.approx(years)


@pytest.mark.parametrize(("monthly", "chance"), [(0.97, 0.06), (0.97, 0.3), (0.9, 0.2), (1.0, 0.1), (0.95, 1.0)])
def test_waiting_for_the_table_is_what_many_waits_bring(monthly, chance):
    """200,000 waits: geometric months to the next sitting; within 4 errors."""
    worth = monthly ** np.random.default_rng(17).geometric(chance, 200_000)

    error = 4 * worth.std() / math.sqrt(worth.size)
    assert table_patience(monthly, chance) == pytest.approx(worth.mean(), abs=error + 1e-12)


def test_a_table_that_never_sits_is_worth_no_waiting():
    assert table_patience(1.0, 0.0) == 0.0


# Divisions


@given(PACKAGES, LEAST, LEAST)
def test_the_zone_holds_what_both_would_take(packages, least, theirs):
    inside = [a >= least and b >= theirs for a, b in packages]

    assert [acceptable(float(a), float(b), least, theirs) for a, b in packages] == inside
    assert zone_size(*columns(packages), least, theirs) == sum(inside)
    assert zone_size(*columns(packages), least + 1.0, theirs) <= sum(inside)


@given(PACKAGES, LEAST, LEAST)
def test_nashs_package_has_the_greatest_product_of_gains(packages, least, theirs):
    place = nash_place(*columns(packages), least, theirs)
    products = [(a - least) * (b - theirs) if a > least and b > theirs else 0.0 for a, b in packages]

    assert place == (products.index(max(products)) if max(products) else -1)


@given(PACKAGES, LEAST, LEAST)
def test_kalai_and_smorodinskys_package_is_the_most_even_part_of_the_hoped_for(packages, least, theirs):
    place = kalai_smorodinsky_place(*columns(packages), least, theirs)
    gains = [(a - least, b - theirs) for a, b in packages]
    zone = [(a, b) for a, b in gains if min(a, b) >= 0.0]
    best = max((min(a * max(y for _, y in zone), b * max(x for x, _ in zone)) for a, b in zone), default=0.0)

    if best == 0.0:
        assert place == -1
    else:
        a, b = gains[place]
        assert min(a * max(y for _, y in zone), b * max(x for x, _ in zone)) == best


@pytest.mark.parametrize("solution", [nash_place, kalai_smorodinsky_place])
@few
@given(PACKAGES, LEAST, LEAST, st.sampled_from([0.25, 1.0, 8.0]), st.integers(-40, 40))
def test_units_and_zeros_of_utility_do_not_matter(solution, packages, least, theirs, unit, zero):
    first, second = columns(packages)
    other = tuple(unit * gain + zero for gain in first)

    assert solution(other, second, unit * least + zero, theirs) == solution(first, second, least, theirs)


@pytest.mark.parametrize("solution", [nash_place, kalai_smorodinsky_place])
@few
@given(PACKAGES, LEAST, LEAST)
@example(packages=[(2, 4), (2, 6), (4, 1), (1, 8)], least=0.0, theirs=0.0)  # equal for the first side
def test_nothing_better_for_both_is_left_on_the_table(solution, packages, least, theirs):
    place = solution(*columns(packages), least, theirs)
    if place < 0:
        assert not any(a > least and b > theirs for a, b in packages)
        return
    a, b = packages[place]

    assert a > least
    assert b > theirs
    assert not any(x >= a and y >= b and (x, y) != (a, b) for x, y in packages)


@pytest.mark.parametrize("solution", [nash_place, kalai_smorodinsky_place])
@few
@given(PACKAGES, LEAST)
def test_sides_in_each_others_place_agree_on_the_same(solution, packages, least):
    """On lists that are their own mirror image: the chosen package and its mirror are equally good."""
    mirrored = list(itertools.chain(*(((a, b), (b, a)) for a, b in packages)))
    first, second = columns(mirrored)
    there, back = solution(first, second, least, least), solution(second, first, least, least)

    assert (there < 0) == (back < 0)
    if there >= 0:
        assert sorted(mirrored[there]) == sorted(mirrored[back])


@given(PACKAGES, LEAST, LEAST, st.data())
def test_nash_is_independent_of_irrelevant_alternatives(packages, least, theirs, data):
    """A package that was not chosen may go: the choice stays."""
    place = nash_place(*columns(packages), least, theirs)
    gone = data.draw(st.integers(0, len(packages) - 1))
    if place < 0 or gone == place:
        return
    fewer = packages[:gone] + packages[gone + 1 :]

    assert fewer[nash_place(*columns(fewer), least, theirs)] == packages[place]


def test_kalai_and_smorodinsky_are_not():
    """With (10, .1) gone the first side hopes for 7 and not for 10, and gets less."""
    first, second = (10.0, 5.0, 7.0), (0.1, 5.0, 3.0)

    assert kalai_smorodinsky_place(first, second, 0.0, 0.0) == 2
    assert kalai_smorodinsky_place(first[1:], second[1:], 0.0, 0.0) == 0
    assert nash_place(first, second, 0.0, 0.0) == nash_place(first[1:], second[1:], 0.0, 0.0) + 1 == 1


def test_what_the_other_side_would_never_take_is_not_hoped_for():
    """With its 20 the first side's ideal, (7, 3) would be the more even part."""
    assert kalai_smorodinsky_place((20.0, 5.0, 7.0), (-1.0, 5.0, 3.0), 0.0, 0.0) == 1
    assert kalai_smorodinsky_place((5.0, 3.0, -1.0), (5.0, 7.0, 20.0), 0.0, 0.0) == 0


def frontier(*corners, points=4001):
    """Return the best divisions of a set with these corners, as two tuples of gains."""
    x, y = zip(*corners, strict=True)
    first = np.linspace(x[0], x[-1], points)
    return tuple(first.tolist()), tuple(np.interp(first, x, y).tolist())


def test_more_to_divide_may_cost_a_side_in_nashs_solution_only():
    """Kalai and Smorodinsky's objection: the second side's best rises at every gain of the first, yet it gets less."""
    small, large = frontier((0.0, 1.0), (0.75, 0.75), (1.0, 0.0)), frontier((0.0, 1.0), (1.0, 0.7))
    assert all(more >= less for less, more in zip(small[1], large[1], strict=True))

    nash = [gains[1][nash_place(*gains, 0.0, 0.0)] for gains in (small, large)]
    even = [gains[1][kalai_smorodinsky_place(*gains, 0.0, 0.0)] for gains in (small, large)]
    assert nash == pytest.approx([0.75, 0.7], abs=1e-3)
    assert even == pytest.approx([0.75, 1 / 1.3], abs=1e-3)


@few
@given(st.floats(1.0, 4.0), st.floats(0.0, 3.0), st.floats(1.0, 3.0))
def test_more_to_divide_costs_no_side_in_kalai_and_smorodinskys(power, rounder, richer):
    """Concave frontiers richer (1 - x^power); to a step of the grid."""
    x = np.linspace(0.0, 1.0, 201)
    small, large = 1.0 - x**power, richer * (1.0 - x ** (power + rounder))
    gains = [
        second[kalai_smorodinsky_place(tuple(x.tolist()), tuple(second.tolist()), 0.0, 0.0)]
        for second in (small, large)
    ]

    assert gains[1] >= gains[0] - np.abs(np.diff(small)).max()


def test_the_two_solutions_of_a_pie_with_a_timid_side():
    """V3."""
    assert nash_share(0.5) == pytest.approx(0.666667, abs=1e-6)
    assert kalai_smorodinsky_share(0.5) == pytest.approx(0.618034, abs=1e-6)


@pytest.mark.parametrize("curvature", [0.1, 0.5, 0.8, 1.0])
def test_divisions_of_a_pie_are_those_of_a_search_and_of_a_list(curvature):
    x = np.linspace(0.0, 1.0, 100_001)
    timid = (1.0 - x) ** curvature
    nash, even = x[(x * timid).argmax()], x[np.minimum(x, timid).argmax()]

    assert nash_share(curvature) == pytest.approx(nash, abs=2e-5)
    assert kalai_smorodinsky_share(curvature) == pytest.approx(even, abs=2e-5)
    gains = tuple(x[::50].tolist()), tuple(timid[::50].tolist())
    assert gains[0][nash_place(*gains, 0.0, 0.0)] == pytest.approx(nash, abs=1e-3)
    assert gains[0][kalai_smorodinsky_place(*gains, 0.0, 0.0)] == pytest.approx(even, abs=1e-3)


def test_a_side_that_fears_nothing_more_gets_as_little_as_can_be():
    """At curvature 0 any crumb is as good as all of it."""
    assert nash_share(0.0) == 1.0
    assert kalai_smorodinsky_share(0.0) == pytest.approx(1.0)


def gains_of(shares, mine, theirs):
    return (
        mine[0] * shares[0] + mine[1] * shares[1],
        theirs[0] * (1.0 - shares[0]) + theirs[1] * (1.0 - shares[1]),
    )


def test_linked_issues_beat_halving_each():
    """V3b: A takes issue 1, B issue 2, product 16 against 6.25; the same from a list of all halves."""
    assert linked_shares(4.0, 1.0, 1.0, 4.0) == (1.0, 0.0)
    halves = list(itertools.product((0.0, 0.5, 1.0), repeat=2))
    gains = [gains_of(shares, (4.0, 1.0), (1.0, 4.0)) for shares in halves]

    place = nash_place(*columns(gains), 0.0, 0.0)
    assert halves[place] == (1.0, 0.0)
    assert math.prod(gains[place]) == 16.0
    assert math.prod(gains[halves.index((0.5, 0.5))]) == 6.25


VALUE = st.integers(0, 20).map(float)


@few
@given(VALUE, VALUE, VALUE, VALUE)
def test_linked_issues_go_where_a_search_over_all_divisions_finds(a, b, c, d):
    """No division on a grid has a greater product; half of each has none either."""
    shares = linked_shares(a, b, c, d)
    steps = np.linspace(0.0, 1.0, 61)
    x, y = np.meshgrid(steps, steps)
    mine, theirs = gains_of((x, y), (a, b), (c, d))

    assert all(0.0 <= share <= 1.0 for share in shares)
    assert math.prod(gains_of(shares, (a, b), (c, d))) >= (mine * theirs).max() - 1e-9


def test_rubinsteins_share_is_the_best_that_a_proposer_finds_in_the_zone():
    """On a list of divisions of one pie, to a step: what the theory of offers hands the table."""
    own = tuple((np.arange(1001) / 1000).tolist())
    other = own[::-1]
    least = rubinstein_reservation(0.9, 0.8, 0.0)
    zone = [gain for gain, theirs in zip(own, other, strict=True) if acceptable(gain, theirs, 0.0, least)]

    assert max(zone) == pytest.approx(rubinstein_share(0.9, 0.8), abs=1e-3)


# Compiled

RULES = [rule for module in (bargaining, resolve) for rule in vars(module).values() if rule in LAWS]


PAYOFFS = {
    "won",
    "yielded",
    "war",
    "success",
    "climbdown",
    "tempted",
    "kept",
    "punished",
    "first_least",
    "second_least",
}


def drawn_argument(rng, name, kind):
    if kind is float:
        low, high = (-10.0, 10.0) if name in PAYOFFS else (0.0, 1.0)
        return float(rng.choice([0.0, 0.5, 1.0, *rng.uniform(low, high, 5)]))
    if kind is int:
        return int(rng.integers(0, 6))
    assert kind == tuple[float, ...]
    return tuple(rng.choice([0.0, 1.0, *rng.normal(size=9)], 9).tolist())


def bits(value):
    return [
        part.hex() if isinstance(part, float) else part for part in (value if isinstance(value, tuple) else [value])
    ]


@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="nothing is compiled")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_law_compiled_is_the_law_as_written(rule):
    """To the last bit; a list of gains may be an array too."""
    rng, fast = np.random.default_rng(len(rule.__name__)), compiled(rule)
    kinds = {name: kind for name, kind in get_type_hints(rule).items() if name != "return"}
    for _ in range(100):
        given_to = [drawn_argument(rng, name, kind) for name, kind in kinds.items()]
        arrays = [np.array(value) if isinstance(value, tuple) else value for value in given_to]
        assert bits(rule(*given_to)) == bits(fast(*given_to)) == bits(fast(*arrays)), given_to
