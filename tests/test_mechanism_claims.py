"""The record's claims as experiments: what they state, what they may set, and what they read."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from standoff.agents.moves import ACTORS, MOVES_OF, NvidiaMove, UsMove
from standoff.experiments.mechanisms.claims import CLAIMS, Arm, claims, read_claims
from standoff.experiments.mechanisms.measures import series
from standoff.experiments.settings import NUMBERS, make_settings
from standoff.model.ensemble import FREE, TRACE, play
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

# The law of a single month is what these claim, and it takes what they set straight into what they measure; M33
# counts the price of the move that it forces, and M13 its effect at once, which goes against the claim.
AT_ONCE = {"M13", "M33", "M60", "M61", "M76", "M80", "M93", "M95", "M104", "M105", "M124"}


def numbers_of(claim, arm):
    return {**claim.both.values, **arm.values}


def set_apart(claim):
    """Return the numbers that the two arms set differently."""
    low, high = numbers_of(claim, claim.low), numbers_of(claim, claim.high)
    return {name for name in low | high if low.get(name) != high.get(name)}


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
