"""How a claim is tried: its two arms, their luck, the interval and the verdict; and that it can be switched off."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_rel

from standoff.agents.moves import ACTORS, MOVES_OF, BeijingMove, CongressMove, UsMove
from standoff.experiments.mechanisms import trial
from standoff.experiments.mechanisms.claims import CLAIMS, claims, read_claims
from standoff.experiments.mechanisms.trial import FAILS, UNDECIDED, arm_values, found
from standoff.experiments.settings import make_settings
from standoff.model import ensemble
from standoff.model.ensemble import FREE, TRACE, Played, play

WRITTEN = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))
HELD = [name for name, entry in WRITTEN.items() if entry.get("held", entry["kind"] == "built in")]
BUILT_IN = [name for name, entry in WRITTEN.items() if entry["kind"] == "built in"]

SIMPLE = """
[M99]
title = "a title"
claim = "A claim."
source = "seed 000"
use = "core"
kind = "emergent"
low = { review = 0.25, us_move_cost = 2.0 }
high = { review = 0.75 }
both = { us_move_cost = 4.0, probe = 0.5 }
outcome = "steering"
months = 6
direction = "up"
"""


@pytest.fixture
def simple():
    return read_claims(SIMPLE)["M99"]


def test_an_arm_is_played_as_stated(monkeypatch, simple):
    """Arms go over both, given values over arms; the window is counted from 1 and holds its last month."""
    calls = []

    def fake(points, starts, runs, months, seed, _, developers, *, traces, script):
        calls.append((points, starts, runs.tolist(), seed, developers, script.tolist()))
        kept = np.zeros((traces, months, len(TRACE)))
        kept[:, :, TRACE.index("steering")] = np.arange(1, months + 1) + 100 * runs[:, None]
        return Played(np.zeros(0), np.zeros(0), kept)

    monkeypatch.setattr(trial, "play", fake)
    base = make_settings(seed=7, developers=3)
    claim = replace(simple, window=(3, 5), over="sum")
    assert arm_values(claim, claim.low, base, {}, 2, 4).tolist() == [612.0, 912.0]
    arm_values(claim, claim.high, base, {"probe": 9.0, "us_patience": -1.0}, 2, 4)
    (low, low_start, *rest), (high, high_start, *other) = calls
    assert rest == other == [[2, 3], 7, 3, [[FREE] * len(ACTORS)] * 6]
    assert low["us_move_cost"].tolist() == [2, 2]
    assert high["us_move_cost"].tolist() == [4, 4]
    assert high["us_patience"].tolist() == [-1, -1]
    assert low_start[["review", "probe"]].tolist() == [(0.25, 0.5)] * 2
    assert high_start[["review", "probe"]].tolist() == [(0.75, 9.0)] * 2
    for name in set(low.dtype.names) - {"us_move_cost", "us_patience"}:
        assert low[name].tolist() == high[name].tolist() == [base.parameters[name]] * 2


@pytest.mark.parametrize("n", [2, 5, 64])
def test_the_interval_is_that_of_the_paired_t_test(simple, n):
    rng = np.random.default_rng(n)
    low = rng.normal(3.0, 2.0, n)
    high = low + rng.normal(0.4, 1.0, n)
    finding, expected = found(simple, low, high), ttest_rel(high, low).confidence_interval(0.95)
    assert (finding.low, finding.high) == pytest.approx((expected.low, expected.high))
    assert finding.effect == pytest.approx(high.mean() - low.mean())
    assert finding.base == pytest.approx(low.mean())
    assert finding.runs == n


@pytest.mark.parametrize(
    ("gain", "rises", "verdict"),
    [(5.0, True, "holds"), (5.0, False, "does not hold"), (-5.0, True, "does not hold"), (-5.0, False, "holds"),
     (0.0, True, "undecided"), (0.0, False, "undecided")],
)  # fmt: skip
def test_the_verdict_by_hand(simple, gain, rises, verdict):
    low = np.zeros(4)
    high = gain + np.array([1.0, -1.0, 1.0, -1.0])  # mean `gain`, and an interval of 1.84 on either side
    assert found(replace(simple, rises=rises), low, high).verdict == verdict


@pytest.mark.parametrize("name", ["M05", "M60", "M131"])
def test_equal_arms_give_exactly_nothing(name):
    claim = replace(claims()[name], high=claims()[name].low)
    low, high = (arm_values(claim, arm, make_settings(), {}, 0, 6) for arm in (claim.low, claim.high))
    finding = found(claim, low, high)
    assert (finding.effect, finding.low, finding.high) == (0.0, 0.0, 0.0)
    assert finding.verdict == UNDECIDED


def test_both_arms_meet_the_same_luck(monkeypatch):
    met = []

    def spy(*asked):
        met.append(ensemble_draws(*asked))
        return met[-1]

    ensemble_draws = ensemble.draw_lucks
    monkeypatch.setattr(ensemble, "draw_lucks", spy)
    claim = claims()["M65"]
    for arm in (claim.low, claim.high):
        arm_values(claim, arm, make_settings(), {}, 3, 6)
    for low, high in zip(*met, strict=True):
        np.testing.assert_array_equal(low, high)
    assert not np.array_equal(met[0].chances[0], met[0].chances[1])


def test_a_run_is_the_same_however_the_runs_are_cut():
    claim, base = claims()["M28"], make_settings()
    whole = arm_values(claim, claim.high, base, {}, 0, 6)
    parts = [arm_values(claim, claim.high, base, {}, first, end) for first, end in ((0, 1), (1, 4), (4, 6))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert len(set(whole)) > 1


@pytest.fixture
def kept(monkeypatch):
    """Return the list to which the traces of every arm that is tried are added."""
    traces = []

    def spy(*asked, **named):
        played = play(*asked, **named)
        traces.append(played.traces)
        return played

    monkeypatch.setattr(trial, "play", spy)
    return traces


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_mechanism_shows_and_vanishes_when_it_is_off(name, kept):
    """With many developers, whose law has no luck of its own; the proofs play forty of them, and more runs."""
    claim, base = claims()[name], make_settings(developers=0)
    on, off = (
        found(claim, *(arm_values(claim, arm, base, values, 0, 16) for arm in (claim.low, claim.high)))
        for values in ({}, claim.off)
    )
    assert on.effect != 0.0
    assert on.verdict != FAILS
    assert abs(off.effect) < abs(on.effect) / 20.0
    assert all(np.isfinite(traces).all() for traces in kept)  # off, a law may meet a number out of its range


@pytest.mark.parametrize("name", HELD)
def test_held_governments_do_not_move_and_the_table_stays_closed(name, kept):
    claim = claims()[name]
    hold = {"us": UsMove.HOLD, "beijing": BeijingMove.HOLD, "congress": CongressMove.WAIT}
    for arm, part in ((claim.low, "low"), (claim.high, "high")):
        arm_values(claim, arm, make_settings(), {}, 0, 4)
        (traces,) = kept
        kept.clear()
        forced = {**WRITTEN[name].get("both", {}).get("moves", {}), **WRITTEN[name][part].get("moves", {})}
        for actor, move in hold.items():
            months = np.full(claim.months, move)
            for span, other in forced.get(actor, {}).items():
                first, _, last = span.partition("-")
                months[int(first) - 1 : int(last or first)] = MOVES_OF[actor][other.upper()]
            assert (traces[:, :, TRACE.index(f"move_{actor}")] == months).all()
        for quiet in ("table_result", "irritant", "truce_broken"):
            assert (traces[:, :, TRACE.index(quiet)] == 0).all()
