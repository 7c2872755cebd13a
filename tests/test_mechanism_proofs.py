"""Slow proofs of the mechanisms: what is off is gone, the interval covers, and other runs say the same."""

import json
import os
from dataclasses import replace
from statistics import median

import numpy as np
import pytest
from scipy.stats import binom

from standoff.experiments.cli import main
from standoff.experiments.mechanisms.claims import claims
from standoff.experiments.mechanisms.trial import FAILS, HOLDS, arm_values, found
from standoff.experiments.settings import make_settings

FULL = os.environ.get("STANDOFF_PROOFS") == "full"
RUNS = 1024 if FULL else 256
SAMPLES = 50_000 if FULL else 4_000
SWITCHED = [name for name, claim in claims().items() if claim.off]


def tried(claim, base, values, first, end):
    return found(claim, *(arm_values(claim, arm, base, values, first, end) for arm in (claim.low, claim.high)))


@pytest.mark.slow
@pytest.mark.parametrize("developers", [0, 40])
@pytest.mark.parametrize("name", SWITCHED)
def test_a_mechanism_shows_as_claimed_and_vanishes_when_it_is_off(name, developers):
    claim, base = claims()[name], make_settings(developers=developers)
    on, off = (tried(claim, base, values, 0, RUNS) for values in ({}, claim.off))
    # Forty developers have luck of their own, in which a small effect may drown; the limit of many has none.
    assert on.verdict == HOLDS if developers == 0 else on.verdict != FAILS
    drowned = developers > 0 and off.low <= 0.0 <= off.high
    assert drowned or abs(off.effect) < abs(on.effect) / 20.0


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 8, 64])
def test_the_interval_covers_the_true_difference_19_times_in_20(n):
    claim = next(iter(claims().values()))
    rng = np.random.default_rng(n)
    low = rng.normal(3.0, 5.0, (SAMPLES, n))
    high = low + rng.normal(0.4, 1.0, low.shape)
    findings = [found(claim, *pair) for pair in zip(low, high, strict=True)]
    covered = sum(finding.low <= 0.4 <= finding.high for finding in findings)
    assert binom.ppf(1e-4, SAMPLES, 0.95) <= covered <= binom.ppf(1.0 - 1e-4, SAMPLES, 0.95)


@pytest.mark.slow
def test_without_a_difference_the_verdict_is_wrong_1_time_in_20():
    claim = next(iter(claims().values()))
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(SAMPLES, 2, 16))
    for rises in (True, False):
        verdicts = [found(replace(claim, rises=rises), *pair).verdict for pair in pairs]
        for verdict in (HOLDS, FAILS):
            told = verdicts.count(verdict)
            assert binom.ppf(1e-4, SAMPLES, 0.025) <= told <= binom.ppf(1.0 - 1e-4, SAMPLES, 0.025)


@pytest.mark.slow
@pytest.mark.parametrize("name", claims())
def test_other_runs_agree(name):
    """Two samples of runs that share none differ by no more than their errors say; 4.5 of them is 1 in 100,000."""
    claim, base = claims()[name], make_settings()
    one, other = (tried(claim, base, {}, first, first + RUNS // 2) for first in (0, RUNS // 2))
    errors = [(finding.high - finding.low) / (2.0 * 1.98) for finding in (one, other)]  # Student's t at 127 and more
    assert abs(one.effect - other.effect) <= 4.5 * float(np.hypot(*errors))


@pytest.mark.slow
def test_most_mechanisms_hold_and_keep_their_sign(tmp_path, capsys):
    """The command itself: 54 of the 60 core mechanisms hold, and the median sign is kept in four of five worlds."""
    size = [] if FULL else ["--runs", "192"]

    assert (
        main(["mechanisms", "--robust", "10" if FULL else "4", "--format", "json", "--out", str(tmp_path), *size]) == 0
    )

    core = [row for row in json.loads(capsys.readouterr().out) if row["use"] == "core"]
    assert len(core) == 60
    assert sum(row["holds"] is True for row in core) >= (54 if FULL else 48)
    assert median(row["robust_share"] for row in core) >= 0.8
