"""Quantal response, against values known from the literature."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.agents.choice import forbidden, logit_chance, logit_choice

VALUES = st.lists(st.floats(-500.0, 500.0), min_size=1, max_size=12).map(tuple)
PRECISIONS = st.floats(0.05, 40.0)


def chances(values, precision):
    return [logit_chance(values, precision, place) for place in range(len(values))]


@pytest.mark.parametrize(
    ("values", "precision", "expected"),
    [((0.0, 0.0), 1.0, (0.5, 0.5)), ((1.0, 0.0), math.log(3), (0.75, 0.25)), ((2.0, 1.0), math.log(3), (0.75, 0.25)),
     ((math.log(1), math.log(2), math.log(3)), 1.0, (1 / 6, 2 / 6, 3 / 6)),
     ((math.log(2), 0.0), 2.0, (0.8, 0.2)), ((800.0, 0.0), 3.0, (1.0, 0.0))],
)  # fmt: skip
def test_odds_are_the_exponential_of_the_advantage(values, precision, expected):
    assert chances(values, precision) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("precision", "row", "column"),
    [(0.5, 0.549654, 0.486174), (1.0, 0.586784, 0.451807), (2.0, 0.617522, 0.371982), (3.0, 0.616897, 0.314016)],
)
def test_the_equilibria_of_the_ochs_game_are_answers_to_themselves(precision, row, column):
    """V8: matching pennies of 1.1141 against .2785 (McKelvey and Palfrey 1995), equilibria as Gambit traces them."""
    of_row = (1.1141 * column, 0.2785 * (1 - column))
    of_column = (1.1141 * (1 - row), 1.1141 * row)

    assert logit_chance(of_row, precision, 0) == pytest.approx(row, abs=2e-6)
    assert logit_chance(of_column, precision, 0) == pytest.approx(column, abs=2e-6)


@pytest.mark.parametrize(("precision", "stag"), [(0.2, 0.429254), (0.5, 0.195846), (1.0, 0.020264), (2.0, 0.000337)])
def test_the_equilibria_of_a_stag_hunt_are_answers_to_themselves(precision, stag):
    """V9: [[10, 1], [8, 5]], both players alike."""
    values = (10 * stag + (1 - stag), 8 * stag + 5 * (1 - stag))

    assert logit_chance(values, precision, 0) == pytest.approx(stag, abs=2e-6)


@given(VALUES, PRECISIONS)
def test_chances_sum_to_one_and_follow_the_values(values, precision):
    got = chances(values, precision)

    assert sum(got) == pytest.approx(1.0, abs=1e-12)
    assert all(0.0 <= chance <= 1.0 for chance in got)
    ranked = sorted(range(len(values)), key=values.__getitem__)
    assert [got[place] for place in ranked] == sorted(got)


@given(VALUES, PRECISIONS, st.integers(-300, 300))
def test_only_differences_of_value_count(values, precision, shift):
    shifted = tuple(value + shift for value in values)

    assert chances(shifted, precision) == pytest.approx(chances(values, precision), rel=1e-6, abs=1e-9)


@given(VALUES, PRECISIONS, st.integers(0, 11), st.floats(0.0, 1.0, exclude_max=True))
def test_what_is_forbidden_has_no_chance_at_all(values, precision, place, u):
    """Not a small one: exactly none, as long as something else is open."""
    values = (*values, 0.0)
    place = place % (len(values) - 1)
    closed = (*values[:place], forbidden(), *values[place + 1 :])

    assert logit_chance(closed, precision, place) == 0.0
    assert logit_choice(closed, precision, u) != place
    assert logit_choice((*values, forbidden()), precision, u) != len(values)
    assert logit_chance((forbidden(), 0.5 * forbidden()), precision, 0) == 0.0


@given(VALUES, PRECISIONS)
def test_draws_spread_evenly_over_the_unit_interval_fall_by_the_chances(values, precision):
    """Of 400 evenly spaced draws, each move gets its share to within one draw."""
    drawn = [logit_choice(values, precision, (i + 0.5) / 400) for i in range(400)]

    for place, chance in enumerate(chances(values, precision)):
        assert abs(drawn.count(place) - 400 * chance) <= 1.0 + 1e-6
    assert drawn == sorted(drawn)


@given(VALUES, PRECISIONS)
def test_the_ends_of_the_unit_interval_are_moves_too(values, precision):
    assert 0 <= logit_choice(values, precision, 0.0) < len(values)
    assert 0 <= logit_choice(values, precision, math.nextafter(1.0, 0.0)) < len(values)
