"""The empirical game: what is said of an equilibrium holds of the true game as often as promised."""

import math
import os
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from standoff.experiments.games.game import payoff_range, pure_profile, regrets
from standoff.experiments.maps.empirical import (
    Budget,
    Runs,
    deviation_pairs,
    estimate,
    estimated_error,
    estimated_table,
    extended,
    gains,
    judge,
    near_equilibria,
    supports,
    verdict,
)

FULL = os.environ.get("STANDOFF_PROOFS") == "full"
PRISONERS = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
STAG_HUNT = np.array([[[10.0, 1.0], [8.0, 5.0]], [[10.0, 8.0], [1.0, 5.0]]])


def noisy(table, seed, common=4.0, own=2.0):
    """Return how a game with these true payoffs is played: luck that all profiles share, and luck of their own."""
    luck = np.random.default_rng((seed, 0)).standard_normal((5000, len(table)))

    def simulate(wanted):
        samples = {}
        for places, (first, end) in wanted.items():
            noise = np.random.default_rng((seed, 1, *places)).standard_normal((5000, len(table)))
            payoffs = table[(slice(None), *places)] + common * luck[first:end] + own * noise[first:end]
            samples[places] = Runs(payoffs, np.zeros(end - first, np.int64))
        return samples

    return simulate


def pure(table):
    """Find the pure equilibria."""
    return near_equilibria(table, np.zeros(len(table)))


@pytest.mark.parametrize("table", [PRISONERS, STAG_HUNT], ids=["prisoners", "stag hunt"])
def test_the_equilibria_of_a_known_game_are_certified(table):
    found = estimate(noisy(table, 1), (2, 2), pure, Budget(32, 2592, 3, 0.05))

    assert {supports(one.profile) for one in found.judged if one.status == "certified"} == {
        supports(profile) for profile in pure(table)
    }
    assert found.decided
    assert np.abs(found.table - table).max() < 4 * math.hypot(4.0, 2.0) / math.sqrt(32)


def truth_of(table, profile, tolerance):
    """Return whether a profile truly is an equilibrium within the tolerance."""
    return bool((regrets(table, profile) <= tolerance * payoff_range(table)).all())


def wrong_verdicts(repetitions, shape, looks):
    """Return in how many estimated games some verdict is wrong of the true game."""
    wrong = 0
    for seed in range(repetitions):
        table = np.random.default_rng(seed).uniform(0, 10, (len(shape), *shape))
        found = estimate(noisy(table, seed, own=3.0), shape, pure, looks)
        # The tolerance of the estimate is a share of an estimated range; the claim is about that tolerance.
        wrong += any(
            (one.status == "certified") != all(
                regret <= own.tolerance for regret, own in zip(regrets(table, one.profile), one.regrets, strict=True)
            )
            for one in found.judged
            if one.status != "undecided"
        )  # fmt: skip
    return wrong


@pytest.mark.parametrize("shape", [(2, 2), (5, 4), (2, 2, 3)], ids=str)
def test_a_verdict_is_wrong_in_at_most_one_game_of_twenty(shape):
    repetitions = 60
    assert wrong_verdicts(repetitions, shape, Budget(8, 72, 3, 0.02)) <= binom.ppf(0.999, repetitions, 0.05)


@pytest.mark.slow
def test_many_verdicts_are_wrong_as_seldom_as_promised():
    repetitions = 2000 if FULL else 300
    assert wrong_verdicts(repetitions, (5, 4), Budget(8, 216, 3, 0.02)) <= binom.ppf(0.999, repetitions, 0.05)


def test_more_runs_refute_an_equilibrium_that_luck_had_made():
    """The first eight runs favour defection's victim; the other runs do not."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((500, 2))

    def simulate(wanted):
        samples = {}
        for places, (first, end) in wanted.items():
            payoffs = PRISONERS[(slice(None), *places)] + noise[first:end] * (1.0 + sum(places))
            if places == (0, 0):
                payoffs = payoffs + 2.5 * (np.arange(first, end) < 8)[:, None]
            samples[places] = Runs(payoffs, np.zeros(end - first, np.int64))
        return samples

    early = estimate(simulate, (2, 2), pure, Budget(8, 8, 2, 0.05))
    late = estimate(simulate, (2, 2), pure, Budget(8, 512, 4, 0.05))
    cooperation = ((0,), (0,))
    status = [{supports(one.profile): one.status for one in found.judged} for found in (early, late)]

    assert status[0][cooperation] == "undecided"
    assert status[1] == {cooperation: "refuted", ((1,), (1,)): "certified"}
    refuted = next(one for one in late.judged if supports(one.profile) == cooperation)
    assert not refuted.current
    assert all(regret.low > regret.tolerance for regret in refuted.regrets)


def test_runs_go_where_they_decide():
    """Three of four doctrines lose by far: only the close pair is played on."""
    table = np.array([[[10.0], [9.8], [0.0], [-5.0]], [[0.0], [0.0], [0.0], [0.0]]])
    found = estimate(noisy(table, 3), (4, 1), pure, Budget(16, 1296, 3, 0.005))
    runs = {places: len(sample.regimes) for places, sample in found.samples.items()}

    assert runs[2, 0] == runs[3, 0] == 16
    assert runs[0, 0] == runs[1, 0] > 16
    assert found.saved == pytest.approx(1 - sum(runs.values()) / (4 * max(runs.values())))


def test_luck_that_a_profile_has_met_is_taken_out_of_its_estimate():
    """By hand: the other profile is 1 better than the reference on the runs of both, whatever these runs were."""
    reference = Runs(np.array([[10.0], [12.0], [2.0], [0.0]]), np.zeros(4, np.int64))
    other = Runs(np.array([[11.0], [13.0]]), np.zeros(2, np.int64))

    assert estimated_table({(0,): reference, (1,): other}, (2,)).tolist() == [[6.0, 7.0]]


def test_the_error_of_an_estimate_is_how_far_it_strays():
    """Over 600 repetitions the estimates of a profile with few runs spread as their errors say."""
    estimates, errors = [], []
    for seed in range(600):
        samples = noisy(PRISONERS, seed)({(0, 0): (0, 200), (0, 1): (0, 20), (1, 0): (0, 20), (1, 1): (0, 20)})
        estimates.append(estimated_table(samples, (2, 2))[0, 0, 1])
        errors.append(estimated_error(samples, (0, 1))[0])
    # The spread of 600 draws is known to some 3 %.
    assert np.std(estimates) == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=0.12)
    assert np.std(estimates) < 0.9 * math.hypot(4.0, 2.0) / math.sqrt(20)


def test_a_mixed_profile_is_judged_by_hand():
    """Matching pennies: each strategy gains nothing against the half and half of the other."""
    pennies = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])
    samples = {
        places: Runs(np.repeat(pennies[(slice(None), *places)][None], 5, axis=0), np.zeros(5, np.int64))
        for places in product(range(2), range(2))
    }
    half = (np.array([0.5, 0.5]), np.array([0.5, 0.5]))
    tilted = (np.array([0.75, 0.25]), np.array([0.5, 0.5]))
    tolerances = np.array([0.01, 0.01])

    assert judge(samples, half, tolerances, 4, True).status == "certified"
    assert [regret.estimate for regret in judge(samples, tilted, tolerances, 4, True).regrets] == [0.0, 0.5]
    assert verdict(samples, tilted, tolerances, 4).status == "refuted"


def test_gains_are_paired_on_common_luck():
    """By hand: the other strategy is better by exactly 1 on every run, though it has played fewer of them."""
    luck = np.array([[5.0], [-3.0], [8.0], [0.0]])
    samples = {(0,): Runs(luck, np.zeros(4, np.int64)), (1,): Runs(luck[:2] + 1.0, np.zeros(2, np.int64))}

    assert gains(samples, (np.array([1.0, 0.0]),), 0)[1].tolist() == [1.0, 1.0]


def test_one_run_decides_nothing():
    found = estimate(noisy(PRISONERS, 1), (2, 2), pure, Budget(1, 1, 2, 0.01))

    assert not found.decided
    assert all(math.isinf(regret.high) for one in found.judged for regret in one.regrets)


def test_a_longer_sample_begins_with_the_shorter():
    simulate = noisy(PRISONERS, 5)
    whole = simulate({(0, 0): (0, 30)})
    pieces = extended(simulate({(0, 0): (0, 10)}), simulate({(0, 0): (10, 30)}))

    assert (pieces[0, 0].payoffs == whole[0, 0].payoffs).all()


def test_every_pair_of_profiles_that_differ_in_one_place_is_counted():
    for shape in [(2, 2), (5, 4), (2, 3, 4)]:
        profiles = list(product(*map(range, shape)))
        pairs = sum(sum(a != b for a, b in zip(p, q, strict=True)) == 1 for p in profiles for q in profiles) / 2
        assert deviation_pairs(shape) == pairs


def test_near_equilibria_are_those_of_little_regret():
    rng = np.random.default_rng(8)
    for _ in range(20):
        table = rng.uniform(0, 1, (3, 2, 3, 2))
        near = {supports(profile) for profile in near_equilibria(table, np.full(3, 0.2))}
        profiles = [pure_profile(table.shape[1:], places) for places in product(range(2), range(3), range(2))]
        assert near == {supports(profile) for profile in profiles if regrets(table, profile).max() <= 0.2}
