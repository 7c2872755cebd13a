"""Evolutionary dynamics: published numbers, closed forms, other solvers, and properties."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from standoff.experiments.games.dynamics import (
    alpha_rank,
    alpha_rank_symmetric,
    basin_shares,
    fixation_probability,
    jacobian,
    largest_eigenvalue,
    pareto_dominators,
    replicator,
    replicator_path,
    rest_point,
    traps,
    welfare_ratio,
)
from standoff.experiments.games.game import payoff_range, pure_profile
from standoff.world.checks import BadInput

ORACLE = json.loads((Path(__file__).parent / "oracles" / "alpha_rank.json").read_text(encoding="utf-8"))

HAWK = np.array([[-0.5, 2.0], [0.0, 1.0]])  # V = 2, C = 3
HAWK_DOVE = np.array([HAWK, HAWK.T])
PENNIES = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])
DILEMMA = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
HALF = (np.array([0.5, 0.5]), np.array([0.5, 0.5]))


def coordination(worth):
    """Return the game in which both get `worth` in the first convention and 1 in the second."""
    return np.array([np.diag([worth, 1.0])] * 2)


def pure_equilibria(table):
    """Return every pure profile that nobody would leave, by looking at all of them."""
    found = []
    for places in np.ndindex(table.shape[1:]):
        lines = [table[(i, *places[:i], slice(None), *places[i + 1 :])] for i in range(len(places))]
        if all(line[place] == line.max() for line, place in zip(lines, places, strict=True)):
            found.append(pure_profile(table.shape[1:], places))
    return found


def drawn_game(seed, *shape):
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (len(shape), *shape))


def drawn_profile(seed, *shape):
    rng = np.random.default_rng(seed)
    return tuple(rng.dirichlet(np.ones(size)) for size in shape)


SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


# Replicator flow


def test_hawks_and_doves_of_one_population_settle_at_two_thirds():
    """V / C of Maynard Smith: stable in one population, a saddle between two."""
    start = np.array([0.1, 0.9])
    end = rest_point(HAWK_DOVE, (start, start), horizon=150.0)
    mixed = (np.array([2 / 3, 1 / 3]),) * 2

    assert end[0] == pytest.approx([2 / 3, 1 / 3], abs=1e-6)
    # d/dx of x (1 - x) (V - C x) / 2 at V / C, in units of the range 2.5
    assert largest_eigenvalue(HAWK_DOVE, mixed, symmetric=True) == pytest.approx(-1 / 3 / 2.5, abs=1e-9)
    assert largest_eigenvalue(HAWK_DOVE, mixed) == pytest.approx(1 / 3 / 2.5, abs=1e-9)
    assert largest_eigenvalue(HAWK_DOVE, pure_profile((2, 2), (0, 1))) == pytest.approx(-0.5 / 2.5)


def test_two_populations_of_hawks_and_doves_split_by_the_diagonal():
    ends = [pure_profile((2, 2), places) for places in ((0, 1), (1, 0))]
    shares = basin_shares(HAWK_DOVE, [*ends, (np.array([2 / 3, 1 / 3]),) * 2], starts=2000)

    assert shares[2:] == pytest.approx([0.0, 0.0])
    assert stats.binomtest(round(2000 * shares[0]), 2000, 0.5).pvalue > 0.001


def test_odds_grow_exponentially_where_the_gap_is_constant():
    """Each gains 1 of a range of 4 by the second strategy, whatever the other does."""
    table = np.array([[[3.0, 0.0], [4.0, 1.0]], [[3.0, 4.0], [0.0, 1.0]]])
    times, (first, second) = replicator_path(table, (np.array([0.9, 0.1]), np.array([0.5, 0.5])), 40.0, 81)

    assert first[:, 1] / first[:, 0] == pytest.approx(np.exp(times / 4) / 9, rel=1e-7)
    assert second[:, 1] / second[:, 0] == pytest.approx(np.exp(times / 4), rel=1e-7)


def test_matching_pennies_go_round_for_ever():
    """The product of all probabilities is a constant of motion (Hofbauer & Sigmund 1998, chapter 10)."""
    _, (x, y) = replicator_path(PENNIES, (np.array([0.3, 0.7]), np.array([0.6, 0.4])), 200.0)

    assert x.prod(axis=1) * y.prod(axis=1) == pytest.approx(0.3 * 0.7 * 0.6 * 0.4, rel=1e-6)
    assert np.ptp(x[-60:, 0]) > 0.2
    assert basin_shares(PENNIES, [HALF]).tolist() == [0.0, 1.0]
    assert largest_eigenvalue(PENNIES, HALF) == 0.0
    assert rest_point(PENNIES, HALF, horizon=50.0) is not None
    assert rest_point(PENNIES, (np.array([0.3, 0.7]), HALF[1]), horizon=50.0) is None


def test_one_population_of_rock_paper_scissors_goes_round_and_a_bribe_for_draws_ends_it():
    """Zeeman 1980: the interior is a centre if the determinant is 0, and stable if winning pays more than losing."""
    for win, eigenvalue in ((1.0, 0.0), (2.0, -(2.0 - 1.0) / 6 / 3)):
        rock = np.array([[0.0, -1.0, win], [win, 0.0, -1.0], [-1.0, win, 0.0]])
        thirds = (np.full(3, 1 / 3),) * 2
        assert largest_eigenvalue(np.array([rock, rock.T]), thirds, symmetric=True) == pytest.approx(eigenvalue)


def separatrix_area(worth):
    """Return the area of starts that end in the first convention, by the curve through the saddle.

    dx/dy = x (1-x) (cy - 1) / y (1-y) (cx - 1) with c = worth + 1, so log x + worth log(1-x) is the same
    function of x and y along a path; the curve is its branch other than x = y.
    """
    saddle = 1 / (1 + worth)

    def level(x):
        return math.log(x) + worth * math.log1p(-x)

    def edge(x):
        low, high = (saddle, 1 - 1e-15) if x < saddle else (1e-300, saddle)
        return optimize.brentq(lambda y: level(y) - level(x), low, high) if x != saddle else saddle

    below = integrate.quad(edge, 1e-9, 1 - 1e-9, points=[saddle], limit=200)[0]
    return 1 - below


@pytest.mark.parametrize("worth", [1.0, 3.0, 8.0])
def test_basins_of_a_coordination_game(worth):
    shares = basin_shares(coordination(worth), [pure_profile((2, 2), (0, 0)), pure_profile((2, 2), (1, 1))], 4000)
    area = 0.5 if worth == 1.0 else separatrix_area(worth)

    assert shares[2] == pytest.approx(0.0, abs=1e-3)
    assert stats.binomtest(round(4000 * shares[0]), 4000, area).pvalue > 0.001


def test_what_is_strictly_dominated_dies_out():
    """Also if only by iteration: the second's last strategy is bad, then the first's middle one is."""
    table = np.array([[[4.0, 3.0, 0.0], [2.0, 2.0, 9.0], [1.0, 1.0, 1.0]], [[3.0, 2.0, 1.0]] * 3])
    shares = basin_shares(table, [pure_profile((3, 3), (0, 0))])
    end = rest_point(table, tuple(np.full(3, 1 / 3) for _ in range(2)))

    assert shares.tolist() == [1.0, 0.0]
    assert end[0] == pytest.approx([1, 0, 0], abs=1e-6)
    assert basin_shares(DILEMMA, [pure_profile((2, 2), (1, 1))]).tolist() == [1.0, 0.0]


def test_three_players_choose_the_same():
    """They are paid only if all agree; by symmetry each convention has half the starts."""
    agree = np.zeros((3, 2, 2, 2))
    agree[:, 0, 0, 0] = agree[:, 1, 1, 1] = 1.0
    shares = basin_shares(agree, [pure_profile((2, 2, 2), (k, k, k)) for k in (0, 1)], 2000)

    assert shares[2] < 0.005
    assert stats.binomtest(round(2000 * shares[0]), 2000, 0.5).pvalue > 0.001


@pytest.mark.parametrize(("players", "gap"), [(2, 1.0), (3, 1.0), (3, 0.2), (4, 0.5)])
def test_a_trap_is_as_wide_as_it_can_be(players, gap):
    """To stay pays the gap if all others stay, and to run pays 1 if any other runs: even at c^(n-1) = 1 / (1 + gap)."""
    table = np.zeros((players, *[2] * players))
    for places in np.ndindex(table.shape[1:]):
        for i, place in enumerate(places):
            alone = not any(places[:i] + places[i + 1 :])
            table[(i, *places)] = gap * alone if place == 0 else 1.0 - alone
    stay = pure_profile([2] * players, [0] * players)
    reach = traps(table, [stay])[0]

    assert reach == pytest.approx(1 - (1 / (1 + gap)) ** (1 / (players - 1)))
    for distance, end in ((reach - 0.01, 0.0), (reach + 0.01, 1.0)):
        start = (np.array([1 - distance, distance]),) * players
        assert rest_point(table, start)[0][1] == pytest.approx(end, abs=1e-5)


def test_a_continuum_of_rest_points_is_not_an_equilibrium_of_the_list():
    """Nobody's payoff depends on the own move: every start rests where it is."""
    table = np.array([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]]])

    assert basin_shares(table, [pure_profile((2, 2), (0, 0))])[1] > 0.98


def test_a_profile_that_is_no_equilibrium_has_no_basin():
    """Near a logit response the flow passes, to end at the corner."""
    corner, blurred = pure_profile((2, 2), (1, 1)), (np.array([0.2, 0.8]),) * 2

    assert basin_shares(DILEMMA, [blurred, corner]).tolist() == [0.0, 1.0, 0.0]
    assert basin_shares(DILEMMA, [pure_profile((2, 2), (0, 0)), corner]).tolist() == [0.0, 1.0, 0.0]


def test_basins_of_nothing_are_those_of_none():
    assert basin_shares(PENNIES, [], starts=16).tolist() == [1.0]


@pytest.mark.parametrize("seed", [3, 7])
def test_basins_are_those_of_single_paths_in_probabilities(seed):
    """The same flow written for one path at a time, in probabilities instead of logarithms, by another method."""
    table = drawn_game(seed, 3, 3) + 2 * np.array([np.eye(3)] * 2)
    ends = pure_equilibria(table)
    assert len(ends) > 1

    def velocity(_time, flat):
        return np.concatenate(replicator(table, (flat[:3], flat[3:])))

    rng = np.random.default_rng(1)
    counts = np.zeros(len(ends) + 1)
    for _ in range(60):
        start = np.concatenate([rng.dirichlet(np.ones(3)) for _ in range(2)])
        end = integrate.solve_ivp(velocity, (0, 200), start, method="LSODA", rtol=1e-6, atol=1e-9).y[:, -1]
        apart = [np.abs(end - np.concatenate(profile)).max() for profile in ends]
        counts[np.argmin(apart) if min(apart) < 1e-3 else -1] += 1
    shares = basin_shares(table, ends, 4000)

    for count, share in zip(counts, shares, strict=True):
        assert abs(count / 60 - share) < 4 * math.sqrt(share * (1 - share) / 60) + 0.002


@given(SEEDS, SHAPES)
@settings(max_examples=50)
def test_the_flow_stays_on_the_simplices_and_knows_no_currency(seed, shape):
    table, profile = drawn_game(seed, *shape), drawn_profile(seed, *shape)
    profile = (pure_profile(shape, [0] * len(shape))[0], *profile[1:])
    currency = np.linspace(0.5, 300.0, len(shape)).reshape(-1, *[1] * len(shape))
    here, there = replicator(table, profile), replicator(currency * table + 7 * currency, profile)

    assert here[0] == pytest.approx(np.zeros(shape[0]), abs=1e-12)
    for v, w in zip(here, there, strict=True):
        assert v.sum() == pytest.approx(0, abs=1e-12)
        assert w == pytest.approx(v, abs=1e-10)


@given(SEEDS, SHAPES)
@settings(max_examples=30)
def test_the_jacobian_is_the_slope_of_the_flow(seed, shape):
    table, profile = drawn_game(seed, *shape), drawn_profile(seed, *shape)
    flat, cuts, step = np.concatenate(profile), np.cumsum(shape)[:-1], 1e-6

    def velocity(x):
        return np.concatenate(replicator(table, tuple(np.split(x, cuts))))

    slope = [(velocity(flat + step * e) - velocity(flat - step * e)) / (2 * step) for e in np.eye(len(flat))]
    assert jacobian(table, profile) == pytest.approx(np.transpose(slope), abs=1e-7)


@given(SEEDS, st.sampled_from([(2, 2), (5, 4), (2, 3, 2)]))
@settings(max_examples=30)
def test_at_a_pure_profile_the_eigenvalues_are_the_payoff_gaps(seed, shape):
    table = drawn_game(seed, *shape)
    places = tuple(seed % size for size in shape)
    gaps = []
    for i, k in enumerate(places):
        line = table[(i, *places[:i], slice(None), *places[i + 1 :])]
        gaps += [(line[h] - line[k]) / payoff_range(table)[i] for h in range(shape[i]) if h != k]

    assert largest_eigenvalue(table, pure_profile(shape, places)) == pytest.approx(max(gaps), abs=1e-9)


def test_a_tie_is_not_stable_and_who_has_no_choice_is():
    tied = np.array([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 0.0]]])

    assert largest_eigenvalue(tied, pure_profile((2, 2), (0, 0))) == 0.0
    assert largest_eigenvalue(np.array([[[3.0]], [[4.0]]]), pure_profile((1, 1), (0, 0))) == -math.inf


def test_a_strategy_that_nobody_plays_stays_unplayed():
    _, (x, _) = replicator_path(DILEMMA, (np.array([1.0, 0.0]), np.array([0.5, 0.5])))

    assert x.tolist() == [[1.0, 0.0]] * len(x)


# Finite populations


@pytest.mark.parametrize(("strength", "chance"), [(0.1, 0.0842319861), (1.0, 0.6288050140)])
def test_one_hawk_among_19_doves(strength, chance):
    assert fixation_probability(HAWK, 20, strength) == pytest.approx(chance, abs=1e-9)


@given(SEEDS, st.integers(2, 30), st.floats(0, 5))
@settings(max_examples=40)
def test_fixation_is_absorption_of_the_chain(seed, population, strength):
    """The linear equations of the birth and death chain, its payoffs counted member by member."""
    worth = np.random.default_rng(seed).uniform(-1, 1, (2, 2))
    system, right = np.eye(population + 1), np.zeros(population + 1)
    right[-1] = 1.0
    for mutants in range(1, population):
        members = [0] * mutants + [1] * (population - mutants)
        means = []
        for kind in (0, 1):
            others = members.copy()
            others.remove(kind)
            means.append(np.mean([worth[kind, met] for met in others]))
        up = 1 / (1 + math.exp(-strength * (means[0] - means[1])))
        system[mutants, mutants + 1], system[mutants, mutants - 1] = -up, -(1 - up)

    assert fixation_probability(worth, population, strength) == pytest.approx(
        np.linalg.solve(system, right)[1], rel=1e-6, abs=1e-12
    )


def test_commitments_as_ranked_by_han_and_openspiel():
    """Han, Pereira, Santos & Lenaerts 2013: who proposes and who fakes, m = 20, strength 0.1."""
    case = ORACLE["one_population"]
    ranks = alpha_rank_symmetric(case["payoffs"], case["population"], case["strength"])

    assert ranks == pytest.approx([0.40966787, 0.07959841, 0.20506998, 0.08505983, 0.2206039], abs=1e-8)
    assert ranks == pytest.approx(case["stationary"], abs=1e-12)


@pytest.mark.parametrize("case", ORACLE["several_populations"], ids=lambda case: f"strength {case['strength']}")
def test_several_populations_as_ranked_by_openspiel(case):
    ranks = alpha_rank(np.array(case["payoffs"]), case["population"], case["strength"])

    assert ranks.ravel() == pytest.approx(case["stationary"], abs=1e-12)


@pytest.mark.parametrize("strength", [0.0, 1.0, 1e3, 1e6])
def test_equal_conventions_share_the_time_at_any_strength(strength):
    ranks = alpha_rank(coordination(1.0), 50, strength)

    assert ranks[0, 0] == pytest.approx(ranks[1, 1])
    assert ranks[0, 1] == pytest.approx(0.25 if strength == 0.0 else 0.0, abs=1e-6)
    assert alpha_rank_symmetric(np.eye(3), 50, strength) == pytest.approx(np.full(3, 1 / 3))


def test_strong_selection_leaves_the_only_sink():
    """A unique strict equilibrium that every path of better replies reaches; in pennies there is only the cycle."""
    assert alpha_rank(DILEMMA, 50, 1e9).tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert alpha_rank(PENNIES, 50, 1e9) == pytest.approx(np.full((2, 2), 0.25))


def test_a_game_of_one_profile_is_always_there():
    assert alpha_rank(np.array([[[3.0]], [[4.0]]])).tolist() == [[1.0]]
    assert alpha_rank_symmetric([[1.0]]).tolist() == [1.0]


@pytest.mark.parametrize(("population", "strength"), [(1, 1.0), (20, -1.0), (20, math.nan), (20, math.inf)])
def test_a_population_that_cannot_evolve_is_refused(population, strength):
    for wrong in (
        lambda: alpha_rank(DILEMMA, population, strength),
        lambda: alpha_rank_symmetric(HAWK, population, strength),
        lambda: fixation_probability(HAWK, population, strength),
    ):
        with pytest.raises(BadInput, match="allowed"):
            wrong()


# What equilibria are worth


def test_pareto_dominators():
    payoffs = [[10.0, 10.0], [8.0, 8.0], [1.0, 1.0], [11.0, 9.0], [9.95, 10.0]]

    assert pareto_dominators(payoffs) == [-1, 0, 0, -1, 0]
    assert pareto_dominators(payoffs, tolerance=0.1) == [-1, 0, 0, -1, -1]
    assert pareto_dominators([[3.0, 3.0], [3.0, 3.0]]) == [-1, -1]
    assert pareto_dominators([[1.0, -2.0]]) == [-1]


def test_none_dominates_each_other():
    rng = np.random.default_rng(5)
    for tolerance in (0.0, 0.5):
        payoffs = rng.integers(0, 4, (30, 2)).astype(float)
        named = pareto_dominators(payoffs, tolerance)
        for i, j in itertools.product(range(30), repeat=2):
            dominates = np.all(payoffs[j] >= payoffs[i] - tolerance) and np.any(payoffs[j] > payoffs[i] + tolerance)
            assert not (named[i] == -1 and dominates)
            assert not (named[i] == j and not dominates)
            assert not (named[i] == j and named[j] == i)


def test_welfare_counts_from_the_worst_sum_to_the_best():
    """Sums are 6, 5, 5 and 2 in the dilemma; the scale does not move with payoffs below 0."""
    mixed = (np.array([1.0, 0.0]), np.array([0.5, 0.5]))

    for shift in (0.0, -100.0):
        assert welfare_ratio(DILEMMA + shift, pure_profile((2, 2), (0, 0))) == 1.0
        assert welfare_ratio(DILEMMA + shift, pure_profile((2, 2), (1, 1))) == 0.0
        assert welfare_ratio(DILEMMA + shift, mixed) == pytest.approx((5.5 - 2) / 4)
    assert welfare_ratio(PENNIES, HALF) == 1.0
