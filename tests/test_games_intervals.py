"""Intervals of gains and regrets: published numbers, exact coverage, and a repeated game whose gains are known."""

import math
import os

import numpy as np
import pytest
from scipy import stats

from standoff.experiments.games.intervals import (
    bernstein_bound,
    bernstein_radius,
    bootstrap_regret,
    gain_bounds,
    gain_intervals,
    hoeffding_bound,
    hoeffding_radius,
    regret_interval,
    runs_needed,
    student_radius,
)
from standoff.experiments.plots.shares import wilson
from standoff.tests.repeated import AUTOMATA, expected_scores, play, trembles
from standoff.world.checks import BadInput

FULL = os.environ.get("STANDOFF_PROOFS") == "full"
TURNS = 10


# The repeated game itself


@pytest.mark.parametrize(
    ("one", "other", "scores"),
    [
        ("TFT", "TFT", (600, 600)),
        ("TFT", "ALLD", (199, 204)),
        ("Grudger", "ALLD", (199, 204)),
        ("TF2T", "ALLD", (198, 208)),
        ("WSLS", "ALLD", (100, 600)),
        ("TFT", "Alternator", (498, 503)),
        ("Grudger", "Alternator", (597, 107)),
    ],
)
def test_scores_of_200_turns_are_those_of_the_axelrod_library(one, other, scores):
    assert play(one, other, 200) == scores
    assert play(other, one, 200) == scores[::-1]
    assert expected_scores(one, other, 200) == scores


def test_expected_scores_with_trembles_by_hand():
    """Always cooperate against always defect: each of the four outcomes is a pair of slips."""
    e = 0.1
    cooperator = (1 - e) ** 2 * 0 + (1 - e) * e * 3 + e * (1 - e) * 1 + e**2 * 5
    defector = (1 - e) ** 2 * 5 + (1 - e) * e * 3 + e * (1 - e) * 1 + e**2 * 0

    assert expected_scores("ALLC", "ALLD", 7, e) == pytest.approx((7 * cooperator, 7 * defector), rel=1e-12)


def test_two_reciprocators_who_tremble_forget_how_they_began():
    """The chain of a pair of TFT with trembles is doubly stochastic: in the long run every outcome is as likely."""
    one, other = (np.array(expected_scores("TFT", "TFT", turns, 0.05)) for turns in (4000, 3999))

    assert one - other == pytest.approx(np.full(2, (3 + 0 + 5 + 1) / 4), abs=1e-9)


@pytest.mark.parametrize("pair", [("TFT", "TF2T"), ("WSLS", "Grudger"), ("WSLS", "WSLS"), ("Grudger", "Alternator")])
def test_simulated_matches_have_the_expected_scores(pair):
    scores = play(*pair, TURNS, trembles(np.random.default_rng(20), TURNS, 0.05, 20_000))

    for simulated, expected in zip(scores, expected_scores(*pair, TURNS, 0.05), strict=True):
        assert abs(simulated.mean() - expected) < 4 * simulated.std() / math.sqrt(20_000)


# Published numbers


def test_runs_for_a_uniform_approximation():
    """Hoeffding and a union over profiles and players, as in Areyan Viqueira, Cousins, Upfal & Greenwald 2019."""
    assert runs_needed(0.05, comparisons=50 * 2, confidence=0.95) == 1659
    assert hoeffding_radius(1.0, 1000, 0.05 / (2 * 49 * 2)) == pytest.approx(0.064319, abs=5e-7)  # √(ln(3920) / 2000)
    assert (runs_needed(0.06432, comparisons=49 * 2), runs_needed(0.06431, comparisons=49 * 2)) == (1000, 1001)
    assert runs_needed(10.0, comparisons=50 * 2, bound=200.0) == 1659  # only error / range counts


@pytest.mark.parametrize(
    ("runs", "hoeffding", "bernstein", "normal"), [(300, 22.2, 19.2, 2.98), (5000, 5.4, 1.83, 0.73)]
)
def test_a_game_of_40_cells_with_range_200_and_spread_16(runs, hoeffding, bernstein, normal):
    """Both sides, 40 means, 95 %.

    The Bernstein numbers are by Audibert, Munos & Szepesvari 2009, √(2 V ln(3/d) / n) + 3 R ln(3/d) / n; the
    bound of Maurer & Pontil is below. The normal quantile is 3.227; rounded to 3.2 it makes 2.96 and 0.72.
    """
    tail = 0.05 / 40 / 2
    audibert = 16 * math.sqrt(2 * math.log(3 * 40 / 0.05) / runs) + 3 * 200 * math.log(3 * 40 / 0.05) / runs

    assert hoeffding_radius(200.0, runs, tail) == pytest.approx(hoeffding, abs=0.05)
    assert audibert == pytest.approx(bernstein, abs=0.02)
    assert 0.8 * bernstein < bernstein_radius(16.0, 200.0, runs, tail) < bernstein
    assert student_radius(16.0, runs, tail) == pytest.approx(normal, rel=0.015)
    assert student_radius(16.0, 10**9, tail) * math.sqrt(10**9 / runs) == pytest.approx(normal, abs=0.005)


@pytest.mark.parametrize(("runs", "tail", "quantile"), [(10, 0.025, 2.262), (5, 0.005, 4.604), (2, 0.025, 12.706)])
def test_student_as_tabulated(runs, tail, quantile):
    assert student_radius(1.0, runs, tail) * math.sqrt(runs) == pytest.approx(quantile, abs=5e-4)


def test_gain_intervals_are_scipys():
    gains = np.random.default_rng(1).gamma(2.0, size=(30, 4))
    mean, low, high = gain_intervals(gains, 0.9)
    for k in range(4):
        theirs = stats.ttest_1samp(gains[:, k], 0.0).confidence_interval(1 - 0.1 / 4)
        assert (low[k], high[k]) == pytest.approx(tuple(theirs), rel=1e-9)
        assert gain_bounds(gains[:, k], 0.9, comparisons=4) == pytest.approx((low[k], high[k]), rel=1e-12)
    assert mean == pytest.approx(gains.mean(axis=0))


# The regret's interval by hand


def test_the_regret_is_between_the_largest_of_the_bounds():
    """With two runs the error of a mean is half their difference, and t is tan(67.5 degrees) at 7/8."""
    gains = np.array([[1.0, -4.0, 6.0], [3.0, 8.0, 6.5]])  # means 2, 2 and 6.25, errors 1, 6 and 0.25
    t = 1 + math.sqrt(2)

    assert regret_interval(gains[:, :2], confidence=0.5) == pytest.approx((2.0, 0.0, 2 + 6 * t))
    assert regret_interval(gains[:, 1:], confidence=0.5) == pytest.approx((6.25, 6.25 - t / 4, 2 + 6 * t))


def test_a_gain_that_never_varied_has_no_width():
    constant = np.full((10, 2), [0.1, -1.0])

    assert regret_interval(constant) == (pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.1))
    assert bootstrap_regret(constant) == (pytest.approx(0.1), pytest.approx(0.1))
    assert bernstein_bound(constant, 1.0) > 0.5  # it knows that 10 runs are few


def test_one_run_says_nothing():
    gains = np.array([[1.0, 2.0]])

    assert regret_interval(gains) == (2.0, 0.0, math.inf)
    assert bootstrap_regret(gains) == (0.0, math.inf)
    assert bernstein_bound(gains, 10.0) == math.inf


def test_losses_are_no_regret():
    gains = np.random.default_rng(3).normal(-5.0, 1.0, (100, 3))

    assert regret_interval(gains) == (0.0, 0.0, 0.0)
    assert bootstrap_regret(gains) == (0.0, 0.0)


def test_more_looks_make_every_bound_wider():
    gains = np.random.default_rng(4).normal(1.0, 1.0, (50, 3))
    once, often = regret_interval(gains), regret_interval(gains, comparisons=3 * 4)

    assert often[1] < once[1] < once[2] < often[2]
    assert bernstein_bound(gains, 12.0, comparisons=12) > bernstein_bound(gains, 12.0)
    assert hoeffding_bound(gains, 12.0, comparisons=12) > hoeffding_bound(gains, 12.0)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: regret_interval(np.zeros((0, 2))), "shape"),
        (lambda: regret_interval(np.zeros(3)), "shape"),
        (lambda: regret_interval(np.array([[1.0], [np.nan]])), "finite"),
        (lambda: regret_interval(np.zeros((5, 2)), confidence=95), "confidence is 95"),
        (lambda: regret_interval(np.zeros((5, 2)), comparisons=1), "comparisons is 1"),
        (lambda: bernstein_bound(np.array([[0.0], [3.0]]), 2.0), "bound is 2.0"),
        (lambda: hoeffding_bound(np.array([[0.0], [3.0]]), 2.0), "differ by 3.0"),
    ],
)
def test_wrong_input_is_told(wrong, told):
    with pytest.raises(BadInput, match=told):
        wrong()


# Coverage, exactly: a share has only n + 1 samples, and each one's chance is known


def coverage_of_share(p, runs, low, high):
    """Return the chance that low <= p <= high, these being by the number of successes 0..runs."""
    held = (low <= p) & (p <= high)
    return stats.binom.pmf(np.arange(runs + 1), runs, p)[held].sum()


@pytest.mark.parametrize("runs", [5, 20, 64, 300])
def test_bernstein_and_hoeffding_hold_for_every_share(runs):
    """Both ends of the claim: what the bounds leave out is never more than the tail, for any chance."""
    share = np.arange(runs + 1) / runs
    spread = np.sqrt(share * (1 - share) * runs / (runs - 1))
    for tail in (0.025, 0.001):
        for radius in (bernstein_radius(spread, 1.0, runs, tail), hoeffding_radius(1.0, runs, tail)):
            for p in np.linspace(0.0, 1.0, 401):
                assert coverage_of_share(p, runs, -np.inf, share + radius) >= 1 - tail - 1e-12
                assert coverage_of_share(p, runs, share - radius, np.inf) >= 1 - tail - 1e-12


@pytest.mark.parametrize("runs", [20, 64, 300])
def test_wilson_holds_on_average_over_all_shares(runs):
    """At single shares it is a little above or below (Brown, Cai & DasGupta 2001)."""
    low, high = wilson(np.arange(runs + 1), runs)
    held = [coverage_of_share(p, runs, low, high) for p in np.linspace(0.0005, 0.9995, 1000)]

    assert 0.95 <= np.mean(held) < 0.96
    assert min(held[100:-100]) > 0.91


# Coverage in the repeated game: samples of correlated and skewed gains with known means


def sampled_gains(one, other, chance, repetitions, runs, seed):
    """Return gains per turn of all deviations of the first player on common luck, and what they are in truth.

    Shapes (repetitions, runs, deviations) and (deviations,).
    """
    slips = trembles(np.random.default_rng(seed), TURNS, chance, repetitions, runs)
    instead = [name for name in AUTOMATA if name != one]
    kept = play(one, other, TURNS, slips)[0]
    gains = np.stack([play(name, other, TURNS, slips)[0] - kept for name in instead], axis=-1)
    known = np.array([expected_scores(name, other, TURNS, chance)[0] for name in instead])
    return gains / TURNS, (known - expected_scores(one, other, TURNS, chance)[0]) / TURNS


def enough(repetitions, confidence=0.95):
    """Return how often an interval that just holds its confidence holds at least, 999 times of 1000."""
    return stats.binom.ppf(0.001, repetitions, confidence)


def coverages(one, other, chance, repetitions, runs, seed):
    """Return how often each interval held the truth, and how much wider the Bernstein bound is than Student's."""
    gains, truth = sampled_gains(one, other, chance, repetitions, runs, seed)
    regret = max(0.0, truth.max())
    held = dict.fromkeys(("single", "all", "regret", "bernstein", "hoeffding"), 0)
    wider = []
    for sample in gains:
        _, low, high = gain_intervals(sample, comparisons=len(truth))
        held["all"] += bool(((low <= truth) & (truth <= high)).all())
        mean, half = sample.mean(axis=0), student_radius(sample.std(axis=0, ddof=1), runs, 0.025)
        held["single"] = held["single"] + (np.abs(mean - truth) <= half)
        estimate, low, high = regret_interval(sample)
        bound = bernstein_bound(sample, 10.0)
        held["regret"] += low <= regret <= high
        held["bernstein"] += regret <= bound
        held["hoeffding"] += regret <= hoeffding_bound(sample, 10.0)
        if high > estimate:  # both are 0 if a rare sample shows nothing but losses
            wider.append((bound - estimate) / (high - estimate))
    return held, float(np.median(wider)), gains


def check_coverages(one, other, chance, repetitions, runs, seed):
    held, wider, gains = coverages(one, other, chance, repetitions, runs, seed)

    assert held["single"].min() >= enough(repetitions)
    assert held["single"].max() <= stats.binom.ppf(0.9995, repetitions, 0.95)
    for kind in ("all", "regret", "bernstein", "hoeffding"):
        assert held[kind] >= enough(repetitions), kind
    assert wider > 1
    return gains, wider


@pytest.mark.parametrize(("one", "other"), [("TFT", "TFT"), ("ALLD", "Grudger")])
def test_intervals_hold_as_often_as_they_say(one, other):
    gains, _ = check_coverages(one, other, 0.1, repetitions=600, runs=64, seed=64)

    flat = gains.reshape(-1, gains.shape[-1])
    assert np.abs(np.corrcoef(flat.T) - np.eye(flat.shape[1])).max() > 0.3
    assert np.abs(stats.skew(flat)).max() > 0.25


def check_bootstrap(one, other, chance, repetitions, runs, seed):
    gains, truth = sampled_gains(one, other, chance, repetitions, runs, seed)
    bounds = np.array([bootstrap_regret(sample, draws=400, seed=k) for k, sample in enumerate(gains)])
    regret = max(0.0, truth.max())
    held = ((bounds[:, 0] <= regret) & (regret <= bounds[:, 1])).sum()

    assert held >= enough(repetitions)
    widths = [regret_interval(sample)[2] - regret_interval(sample)[1] for sample in gains]
    assert (bounds[:, 1] - bounds[:, 0]).mean() < 1.1 * np.mean(widths)


def test_the_bootstrap_holds_as_often_as_it_says():
    check_bootstrap("TFT", "TFT", 0.1, repetitions=250, runs=64, seed=65)


def test_the_bootstrap_knows_how_little_ten_runs_tell():
    """Without the spread of each resample it would hold in 89 % (the percentile interval of a normal mean)."""
    rng = np.random.default_rng(69)
    bounds = [bootstrap_regret(rng.normal(5.0, 1.0, (10, 1)), draws=400, seed=k) for k in range(1000)]

    assert sum(low <= 5.0 <= high for low, high in bounds) >= enough(1000)


def test_where_the_percentile_bootstrap_fails_ours_does_not():
    """Seven deviations gain the same: the largest resampled mean is lucky twice."""
    rng = np.random.default_rng(66)
    ours = theirs = 0
    for k in range(250):
        gains = rng.normal(0.5, 1.0, (64, 7))
        drawn = gains[rng.integers(0, 64, (400, 64))].mean(axis=1).max(axis=1)
        theirs += np.quantile(drawn, 0.025) <= 0.5 <= np.quantile(drawn, 0.975)
        low, high = bootstrap_regret(gains, draws=400, seed=k)
        ours += low <= 0.5 <= high

    assert theirs < enough(250, 0.8)
    assert ours >= enough(250)


def test_a_gain_too_rare_to_be_seen_fools_students_interval_but_not_bernsteins():
    """A grudge against TF2T pays only after two slips in a row."""
    gains, truth = sampled_gains("ALLC", "TF2T", 0.02, 400, 64, 67)
    rare = np.abs(stats.skew(gains.reshape(-1, gains.shape[-1]))).argmax()
    bounds = [gain_bounds(sample[:, rare]) for sample in gains]

    assert sum(low <= truth[rare] <= high for low, high in bounds) < 0.5 * 400
    assert all(truth[rare] <= bernstein_bound(sample[:, [rare]], 10.0) for sample in gains)


def test_wilson_holds_as_often_as_it_says_in_simulated_matches():
    """Two TFT cooperate throughout if nobody slips in any turn."""
    scores = play("TFT", "TFT", TURNS, trembles(np.random.default_rng(68), TURNS, 0.02, 2000, 64))
    low, high = wilson((sum(scores) == 6 * TURNS).sum(axis=1), 64)
    p = 0.98 ** (2 * TURNS)
    exact = coverage_of_share(p, 64, *wilson(np.arange(65), 64))

    assert stats.binomtest(int(((low <= p) & (p <= high)).sum()), 2000, exact).pvalue > 0.001
    assert exact > 0.94


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "other"), [("TFT", "TFT"), ("Grudger", "Grudger"), ("ALLD", "Grudger"), ("WSLS", "WSLS"), ("TF2T", "TFT")]
)
def test_intervals_hold_in_many_repetitions(one, other, record_property):
    for part in range(10 if FULL else 1):
        _, wider = check_coverages(one, other, 0.1, repetitions=1000, runs=256, seed=(256, part))
        record_property("bernstein_to_student", round(wider, 2))
    check_bootstrap(one, other, 0.1, repetitions=2000 if FULL else 300, runs=256, seed=257)
