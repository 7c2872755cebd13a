"""The record's claims as experiments: what they may set, what they measure, and that each can be switched off."""

import json
import signal
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_rel

from standoff.agents.moves import ACTORS, MOVES_OF, BeijingMove, CongressMove, NvidiaMove, UsMove
from standoff.experiments.cli import main
from standoff.experiments.endings import RunError, Stopped
from standoff.experiments.mechanisms import trial, trials
from standoff.experiments.mechanisms.claims import CLAIMS, Arm, claims, read_claims
from standoff.experiments.mechanisms.document import with_tables
from standoff.experiments.mechanisms.measures import OVER, SERIES, series
from standoff.experiments.mechanisms.trial import FAILS, UNDECIDED, arm_values, found
from standoff.experiments.mechanisms.trials import Piece, Trials, both_arms, try_claims
from standoff.experiments.parts import locked
from standoff.experiments.progress import Report
from standoff.experiments.settings import NUMBERS, make_settings
from standoff.model import ensemble
from standoff.model.ensemble import FREE, OUTCOMES, TRACE, Played, play
from standoff.model.table import Table
from standoff.world.checks import BadInput
from standoff.world.state import Adoption

# The rows that the record marks as the core of the model.
CORE = {
    f"M{number:02}"
    for number in (
        1, 2, 3, 5, 6, 7, 8, 9, 20, 23, 25, 26, 27, 28, 29, 30, 32, 35, 36, 39, 40, 51, 53, 57, 58, 59, 60, 63, 64, 65,
        67, 73, 74, 81, 82, 84, 86, 87, 88, 90, 91, 92, 93, 94, 95, 101, 102, 104, 105, 108, 110, 111, 112, 117, 119,
        120, 124, 125, 131, 132,
    )
}  # fmt: skip
WRITTEN = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))
HELD = [name for name, entry in WRITTEN.items() if entry.get("held", entry["kind"] == "built in")]
BUILT_IN = [name for name, entry in WRITTEN.items() if entry["kind"] == "built in"]

# The law of a single month is what these claim, and it takes what they set straight into what they measure; M33
# counts the price of the move that it forces, and M13 its effect at once, which goes against the claim.
AT_ONCE = {"M13", "M33", "M60", "M61", "M76", "M80", "M93", "M95", "M104", "M105", "M124"}


def numbers_of(claim, arm):
    return {**claim.both.values, **arm.values}


def set_apart(claim):
    """Return the numbers that the two arms set differently."""
    low, high = numbers_of(claim, claim.low), numbers_of(claim, claim.high)
    return {name for name in low | high if low.get(name) != high.get(name)}


# --- what the claims state


def test_every_core_row_of_the_record_is_tried_and_many_others():
    assert len(CORE) == 60
    assert {name for name, claim in claims().items() if claim.use == "core"} == CORE
    assert len(claims().keys() - CORE) >= 25


def test_every_entry_reads_as_sentences_with_a_source():
    for name, entry in WRITTEN.items():
        for text in (entry["claim"], entry.get("disputed", "Nothing.")):
            assert text[0].isupper(), name
            assert text.endswith("."), name
        assert not entry["title"].endswith("."), name
        assert entry["source"].strip(), name


def test_every_number_is_within_its_range_and_no_share_is_set():
    for name, entry in WRITTEN.items():
        for part in (entry["low"], entry["high"], entry.get("both", {})):
            numbers = {key: value for key, value in part.items() if key not in ("moves", "doctrine")}
            assert all(NUMBERS[key].low <= value <= NUMBERS[key].high for key, value in numbers.items()), name
            assert not numbers.keys() & set(Adoption._fields), name  # they must sum to one


def test_the_arms_of_every_claim_differ():
    for name, claim in claims().items():
        scripts = [claim.script(arm) for arm in (claim.low, claim.high)]
        same_doctrines = claim.doctrines(claim.low) == claim.doctrines(claim.high)
        assert set_apart(claim) or not same_doctrines or not np.array_equal(*scripts), name


def test_what_switches_a_mechanism_off_leaves_what_the_arms_set():
    for name, claim in claims().items():
        assert claim.off.keys() <= NUMBERS.keys(), name
        assert not claim.off.keys() & set_apart(claim), name


def any_traces(rng, runs=6, months=12):
    """Return traces of no world, in which every outcome has something to count."""
    traces = rng.uniform(0.1, 0.9, (runs, months, len(TRACE)))
    for at, name in enumerate(TRACE):
        if (actor := name.removeprefix("move_")) in ACTORS:
            traces[:, :, at] = rng.integers(0, len(MOVES_OF[actor]), (runs, months))
        elif name == "table_result":
            traces[:, :, at] = rng.integers(0, len(Table), (runs, months))
    return traces


def test_no_outcome_is_read_from_what_its_experiment_sets():
    """Neither from a number in which the arms differ, nor from the moves of an actor who is forced meanwhile."""
    traces, others = any_traces(np.random.default_rng(1)), any_traces(np.random.default_rng(2))
    for claim in claims().values():
        window = slice(claim.window[0] - 1, claim.window[1])
        forced = (np.stack([claim.script(arm)[window] for arm in (claim.low, claim.high)]) != FREE).any(axis=(0, 1))
        names = set_apart(claim) | {f"move_{ACTORS[place]}" for place in np.flatnonzero(forced)}
        measured = series(traces, claim.outcome)
        for name in names & set(TRACE):
            changed = traces.copy()
            changed[:, :, TRACE.index(name)] = others[:, :, TRACE.index(name)]
            np.testing.assert_array_equal(series(changed, claim.outcome), measured, f"{claim.id}: {name}")


def first_month(claim, arm, base):
    """Return the outcome of the first month in which nobody moves but whom this arm forces."""
    point, start = base.parameter_row(), base.state_row()
    quiet = {"talk_rate": 0.0, "talk_urgency": 0.0, "irritant_rate": 0.0, "revision_rate": 0.0}
    for name, value in (numbers_of(claim, arm) | quiet).items():
        (point if name in point.dtype.names else start)[name] = value
    script = replace(claim, both=Arm()).script(arm)[:1]
    script = np.where(script == FREE, 0, script)
    traces = play(
        point, start, np.zeros(1, int), 1, 1, claim.doctrines(arm), base.developers, traces=1, script=script
    ).traces
    return series(traces, claim.outcome)[0, 0]


def test_the_effects_take_moves_or_time():
    """An intervention that is itself what is measured shows before anybody has moved and anything has grown."""
    base = make_settings()
    at_once = {
        name
        for name, claim in claims().items()
        if abs(first_month(claim, claim.high, base) - first_month(claim, claim.low, base)) > 1e-12
    }
    assert at_once <= AT_ONCE


GOOD = """
[M99]
title = "a title"
claim = "A claim."
source = "seed 000"
use = "core"
kind = "built in"
low = { review = 0.0, moves = { nvidia = "comply" } }
high = { review = 1.0, moves = { nvidia = { 2-3 = "lobby", 5 = "redesign" } }, doctrine = { us = "freeze" } }
outcome = "nvidia_revenue"
window = [2, 6]
months = 6
direction = "down"
off = { review_bite = 0.0 }
"""


def test_a_good_entry_is_read():
    (claim,) = read_claims(GOOD).values()
    nvidia = claim.script(claim.high)[:, ACTORS.index("nvidia")]
    lobby, redesign = NvidiaMove.LOBBY, NvidiaMove.REDESIGN
    assert nvidia.tolist() == [FREE, lobby, lobby, FREE, redesign, FREE]
    assert (claim.script(claim.high)[:, ACTORS.index("us")] == UsMove.HOLD).all()
    assert (claim.script(claim.low)[:, ACTORS.index("nvidia")] == NvidiaMove.COMPLY).all()
    assert claim.doctrines(claim.high).us.name == "FREEZE"
    assert claim.doctrines(claim.low).us.name == "QUANTAL"
    assert claim.window == (2, 6)
    assert not claim.rises


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ("window", "windw", "unknown key 'windw': did you mean window"),
        ('"lobby"', '"loby"', "unknown move of nvidia 'loby': did you mean lobby"),
        ("5 =", "7 =", "'7' is not a month"),
        ("2-3", "0-3", "'0-3' is not a month"),
        ("[2, 6]", "[2, 7]", "window: [2, 7] is not a first and a last month within 1 to 6"),
        ("[2, 6]", "[5, 2]", "window: [5, 2] is not"),
        ("[2, 6]", "[1]", "window: [1] is not"),
        ("[2, 6]", "3", "window: '3' is not of the kind"),
        ("months = 6", 'months = "six"', "months: 'six' is not a whole number"),
        ("2-3", "3-2", "'3-2' is not a month"),
        ('"comply" }', "3 }", "moves: '3' is not of the kind"),
        ("review_bite = 0.0", 'review_bite = "x"', "review_bite: 'x' is not of the kind"),
        ("review_bite = 0.0", "review_bit = 0.0", "did you mean review_bite"),
        ('kind = "built in"', 'kind = "built in"\nheld = "no"', "held: 'no' is not of the kind"),
        ('title = "a title"', "title = 3", "title: '3' is not of the kind"),
        ("off = { review_bite = 0.0 }", "", "off is missing"),
        ("review = 1.0", "review = 1.1", "review: 1.1 is out of range; allowed: 0 to 1"),
        ("review = 1.0", "reviw = 1.0", "'reviw': did you mean review"),
        ('"nvidia_revenue"', '"nvidia_revenu"', "unknown outcome 'nvidia_revenu': did you mean nvidia_revenue"),
        ('"nvidia_revenue"', '"us.relax_chip"', "unknown outcome 'us.relax_chip': did you mean us.relax_chips"),
        ('"freeze"', '"freze"', "'freze': did you mean freeze"),
        ("us =", "usa =", "unknown actor 'usa': did you mean us"),
        ("built in", "builtin", "unknown kind 'builtin': did you mean built in"),
        ('"down"', '"dwn"', "unknown direction 'dwn': did you mean down"),
        ('title = "a title"', "", "title is missing"),
        ("[M99]", "[M99", "not TOML"),
    ],
)
def test_a_bad_entry_gets_one_line_that_names_it(good, bad, named):
    assert good in GOOD
    with pytest.raises(BadInput) as caught:
        read_claims(GOOD.replace(good, bad, 1))
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("M99: " if "TOML" not in named else "claims: ")
    assert named in line


# --- what is measured


def traces_of(**columns):
    """Return the traces of one run in which these columns are given month by month and all others are 0."""
    traces = np.zeros((1, len(next(iter(columns.values()))), len(TRACE)))
    for name, months in columns.items():
        traces[0, :, TRACE.index(name)] = months
    return traces


US_MONTHS = {"move_us": list(range(12))}  # each move once, in the order of UsMove
RESULTS = {"table_result": [Table.CLOSED, Table.WALK_OUT, Table.REJECTED, Table.ACCEPTED, Table.ACCEPTED]}
BY_HAND = {
    "cuda_share": (
        {"stay_cuda": [0.5, 0.1], "dual_stack": [0.2, 0.2], "grey_market": [0.1, 0], "rent_offshore": [0.05, 0]},
        [0.75, 0.2],
    ),
    "leading_stack": ({"stay_cuda": [0.5, 0.9, 0.0], "dual_stack": [0.0, 0.0, 0.5]}, [0.0, 0.8, 0.5]),
    "compute_lead": ({"us_compute": [20, 20 * np.e], "china_compute": [20, 20]}, [0, 1]),
    # The tools of the four weigh .35, .35, .1 and .2.
    "alignment": (
        {
            "netherlands": [1, 0, 0, 0, 0.5], "japan": [0, 1, 0, 0, 0.5], "south_korea": [0, 0, 1, 0, 0.5],
            "taiwan": [0, 0, 0, 1, 0.5],
        },
        [0.35, 0.35, 0.1, 0.2, 0.5],
    ),
    "admitted": ({"wanted": [1, 0, 0], "nvidia_demand": [4, 2, 0]}, [0.25, 0, 1]),
    "us_concessions": (US_MONTHS, [0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0]),
    "us_escalations": (US_MONTHS, [0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0]),
    "control_acts": (US_MONTHS, [0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
    "offences": (
        {"move_us": [UsMove.HOLD, UsMove.HOLD, UsMove.RAISE_TARIFFS, UsMove.RAISE_TARIFFS], "irritant": [0, 1, 0, 1]},
        [0, 1, 1, 1],
    ),
    "truce": ({"truce_months": [0, 0.5, 9]}, [0, 1, 1]),
    "deals": (RESULTS, [0, 0, 0, 1, 1]),
    "no_deal": (RESULTS, [0, 1, 1, 0, 0]),
    "chip_deals": ({**RESULTS, "table_chips": [0.25, 0.25, 0.25, 0.25, 0]}, [0, 0, 0, 1, 0]),
    "chip_asks": (
        {
            "table_result": [Table.REJECTED, Table.ACCEPTED, Table.REJECTED, Table.ACCEPTED, Table.WALK_OUT],
            "table_proposer_is_us": [0, 0, 1, 0, 0],
            "table_chips": [0.25, 0.25, 0.25, 0, 0.25],
        },
        [1, 1, 0, 0, 0],
    ),
    "chip_relaxations": (
        {
            "move_us": [UsMove.RELAX_CHIPS, UsMove.RELAX_CHIPS, UsMove.HOLD, UsMove.RELAX_TOOLS],
            "table_result": [Table.CLOSED, Table.ACCEPTED, Table.ACCEPTED, Table.REJECTED],
            "table_chips": [0, 0.25, 0.25, 0.25],
        },
        [1, 2, 1, 0],
    ),
    "us_gives": (
        {
            "move_us": [UsMove.CUT_TARIFFS, 0, 0, 0, 0, UsMove.CUT_TARIFFS],
            "table_result": [Table.CLOSED, *[Table.ACCEPTED] * 3, Table.REJECTED, Table.ACCEPTED],
            "table_chips": [0, 0.25, 0, 0, 0.25, 0.25],
            "table_tariff": [0, 0, 0.5, 0, 0.5, 0],
            "table_restriction": [0, 0.25, 0.25, 0.25, 0.25, 0.25],
        },
        [1, 1, 1, 0, 0, 1],
    ),
    # A step is a quarter: one of chips, one of tools and two of tariff, less three of restriction, are one.
    "price_paid": (
        {
            "table_result": [Table.ACCEPTED, Table.ACCEPTED, Table.REJECTED],
            "table_chips": [0.25, 0, 0.25], "table_tools": [0.25, 0, 0.25], "table_tariff": [0.5, 0, 0.5],
            "table_restriction": [0.75, 0.5, 0.75],
        },
        [1, -2, 0],
    ),
    "chip_reversals": ({"chip_control": [0.5, 0.75, 0.75, 0.5, 0.25, 0.5, 0.5, 0.75]}, [0, 0, 0, 1, 0, 1, 0, 0]),
    "estimate_error": ({"us_estimate_of_capacity": [0.5, 0.2], "domestic_chip_capacity": [0.2, 0.5]}, [0.3, -0.3]),
}  # fmt: skip


@pytest.mark.parametrize("name", SERIES)
def test_a_series_by_hand(name):
    columns, expected = BY_HAND[name]
    np.testing.assert_allclose(series(traces_of(**columns), name), [expected], atol=1e-12)


def test_a_series_may_be_a_column_or_a_move():
    traces = traces_of(probe=[0.5, 0.25], move_beijing=[BeijingMove.STEER, BeijingMove.REVIEW_CHIPS])
    assert series(traces, "probe").tolist() == [[0.5, 0.25]]
    assert series(traces, "beijing.review_chips").tolist() == [[0, 1]]
    assert len(set(TRACE)) == len(TRACE)


def test_chip_control_turns_in_each_run_by_itself():
    """A turn is counted against the last change, however long ago, and never against another run's."""
    up_down, down_up = [0.5, 0.75, 0.75, 0.75, 0.5], [0.5, 0.25, 0.5, 0.25, 0.25]
    traces = np.concatenate([traces_of(chip_control=months) for months in (up_down, [0.5] * 5, down_up)])
    assert series(traces, "chip_reversals").tolist() == [[0, 0, 0, 0, 1], [0] * 5, [0, 0, 1, 1, 0]]


@pytest.mark.parametrize(("way", "expected"), [("mean", [3, 1]), ("sum", [9, 3]), ("end", [6, 0]), ("any", [6, 3])])
def test_the_ways_over_a_window_by_hand(way, expected):
    assert OVER[way](np.array([[1.0, 2.0, 6.0], [0.0, 3.0, 0.0]])).tolist() == expected
    assert set(OVER) == {"mean", "sum", "end", "any"}


def test_series_count_what_the_engine_counts():
    base, n = make_settings(), 12
    played = play(
        np.repeat(base.parameter_row(), n), np.repeat(base.state_row(), n), np.arange(n), 36, 1, None, 40, traces=n
    )

    def counted(name):
        return played.outcomes[:, OUTCOMES.index(name)]

    def summed(*names):
        return sum(series(played.traces, name).sum(axis=1) for name in names)

    assert counted("deals").sum() > 0
    np.testing.assert_array_equal(summed("deals"), counted("deals"))
    np.testing.assert_array_equal(summed("chip_deals"), counted("chip_deals"))
    np.testing.assert_array_equal(summed("no_deal"), counted("walk_outs") + counted("refusals"))
    np.testing.assert_array_equal(summed("irritant"), counted("irritants"))
    np.testing.assert_array_equal(summed("beijing.restrict_rare_earths"), counted("restrictions"))
    np.testing.assert_allclose(summed("cuda_share"), 36 * counted("mean_cuda_share"))
    np.testing.assert_allclose(summed("compute_lead"), 36 * counted("mean_compute_lead"))
    np.testing.assert_allclose(summed("alignment"), 36 * counted("mean_alignment"))


# --- how a claim is tried

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


# --- switched off, and held


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


# --- tried, interrupted, and tried again


@pytest.fixture
def few(monkeypatch):
    """Return two short claims to be tried in pieces of 4 runs, at 2 random vectors."""
    monkeypatch.setattr(trials, "CHUNK", 4)
    monkeypatch.setattr(trials, "VECTOR_RUNS", 8)
    short = (replace(claims()[name], months=12, window=(1, 12)) for name in ("M13", "M60"))
    return Trials(tuple(short), make_settings(), runs=10, vectors=2)


@pytest.fixture
def whole_folder(few, tmp_path):
    """Return a folder in which the claims were tried to the end."""
    folder = tmp_path / "whole"
    try_claims(few, folder, 1, Report("whole", few.total))
    return folder


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.json")}


def test_what_is_found_is_what_the_arms_say(few, whole_folder):
    rows = try_claims(few, whole_folder, 1, Report("again", few.total))
    for row, claim in zip(rows, few.claims, strict=True):
        finding = found(claim, *(arm_values(claim, arm, few.base, {}, 0, 10) for arm in (claim.low, claim.high)))
        assert row == finding._asdict() | {key: row[key] for key in ("title", "use", "robust_share")}
        effects = [json.loads((whole_folder / "vectors" / f"00{k}.json").read_text())[claim.id] for k in (1, 2)]
        assert row["robust_share"] == np.mean([effect > 0 if claim.rises else effect < 0 for effect in effects])


@pytest.mark.parametrize("after", [1, 4, 7])
def test_what_is_interrupted_goes_on_to_the_same_end(few, whole_folder, tmp_path, after):
    folder, pieces = tmp_path / "cut", []

    class Impatient(Report):
        def advance(self, runs):
            pieces.append(runs)
            if len(pieces) == after:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(Stopped, match="the same command goes on"):
        try_claims(few, folder, 1, Impatient("cut", few.total))
    assert files_in(folder).items() < files_in(whole_folder).items()
    rows = try_claims(few, folder, 1, Report("on", few.total))
    assert files_in(folder) == files_in(whole_folder)
    assert rows == try_claims(few, whole_folder, 1, Report("again", few.total))


@pytest.mark.parametrize("name", ["findings/M60.json", "vectors/001.json"])
@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b"[]", b"null", b"3", b'{"M13": 1.0, "M60": "x"}', b"\xff"])
def test_what_is_damaged_is_tried_again(few, whole_folder, name, damage):
    before = files_in(whole_folder)
    (whole_folder / name).write_bytes(damage)
    try_claims(few, whole_folder, 1, Report("again", few.total))
    assert files_in(whole_folder) == before


def test_a_folder_in_use_or_of_another_recipe_is_refused(few, whole_folder):
    with pytest.raises(BadInput, match="runs: 11, not 10"):
        try_claims(replace(few, runs=11), whole_folder, 1, Report("other", few.total))
    with locked(whole_folder), pytest.raises(BadInput, match="is writing into"):
        try_claims(few, whole_folder, 1, Report("second", few.total))


def test_a_run_that_fails_is_named(few, monkeypatch):
    monkeypatch.setattr(trials, "arm_values", lambda *_: np.array([np.nan]))
    with pytest.raises(RunError, match="M13, vector 2, runs 4 to 7, seed 1: alignment is not finite"):
        both_arms(few.claims[0], few.base, Piece(2, 0, 4, 8))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("M061", "unknown mechanism 'M061'"),
        ("M60 --runs 1", "runs: a single run has no spread"),
        ("--runs 100000000", "allowed: 100000000"),
        ("M60 --robust 0", "robust: '0' is not a whole number from 1 to 1000"),
        ("M60 --robust 1001", "robust: '1001' is not"),
        (f"M60 --robust {'9' * 5000}", "is not a whole number from 1 to 1000"),
    ],
)
def test_bad_options_get_one_line(options, named, capsys, tmp_path):
    assert main(["mechanisms", *options.split(), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert named in told.err
    assert told.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_tables_are_written_between_their_marks_only():
    text = "# Title\n<!-- mechanisms -->\nold\n<!-- end -->\nmore\n<!-- replications -->\nold\n<!-- end -->\nlast\n"
    written = with_tables(text, [], [])
    assert written.startswith("# Title\n<!-- mechanisms -->\n| id |")
    assert written.endswith("<!-- end -->\nlast\n")
    assert "old" not in written
    with pytest.raises(BadInput, match="replications"):
        with_tables(text.replace("<!-- replications -->", ""), [], [])
