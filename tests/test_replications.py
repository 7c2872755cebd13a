"""The prototype's findings, as experiments: each can be read, tries something, and does not measure what it sets."""

from pathlib import Path

import numpy as np
import pytest

import standoff.experiments.mechanisms
from standoff.agents.moves import ACTORS, BeijingMove, UsMove
from standoff.experiments.mechanisms.claims import read_claims
from standoff.experiments.mechanisms.measures import OVER, series
from standoff.model.ensemble import FREE, TRACE
from standoff.model.table import Table

FOUND = read_claims(
    Path(standoff.experiments.mechanisms.__file__).with_name("replications.toml").read_text(encoding="utf-8")
)
BEIJING = ACTORS.index("beijing")
CHANGES = {BeijingMove.RESTRICT_RARE_EARTHS: 0.25, BeijingMove.RENEW_RARE_EARTHS: -0.25}


@pytest.fixture(params=FOUND, ids=list(FOUND))
def entry(request):
    return FOUND[request.param]


def dial(claim, arm):
    """Return the restriction in each month of an arm in which Beijing is scripted, added up by hand."""
    level, path = {**claim.both.values, **arm.values}["rare_earth_restriction"], []
    for move in claim.script(arm)[:, BEIJING]:
        level += CHANGES.get(move, 0.0)
        path.append(level)
    return np.array(path)


def test_ids_are_consecutive():
    assert list(FOUND) == [f"R{n:02d}" for n in range(1, len(FOUND) + 1)]


def test_the_arms_differ(entry):
    def plan(arm):
        return (
            {**entry.both.values, **arm.values},
            entry.doctrines(arm),
            entry.script(arm).tolist(),
        )

    assert plan(entry.low) != plan(entry.high)


def test_the_outcome_is_not_what_the_arms_set(entry):
    set_by_arms = set()
    for arm in (entry.low, entry.high, entry.both):
        set_by_arms |= arm.values.keys()
        set_by_arms |= {f"{actor}.{move}" for actor, named in arm.moves.items() for move in moves_named(named)}

    assert entry.outcome not in set_by_arms


def moves_named(named):
    return [named] if isinstance(named, str) else list(named.values())


def test_the_outcome_is_measured_when_nobody_forces_it(entry):
    """An outcome that is a move must be free in the window, in both arms."""
    actor = entry.outcome.partition(".")[0]
    if "." in entry.outcome:
        first, last = entry.window
        for arm in (entry.low, entry.high):
            assert (entry.script(arm)[first - 1 : last, ACTORS.index(actor)] == FREE).all()


def test_off_names_no_number_that_tells_the_arms_apart(entry):
    apart = {
        name
        for name in entry.low.values.keys() | entry.high.values.keys()
        if entry.low.values.get(name) != entry.high.values.get(name)
    }
    assert not apart & entry.off.keys()


@pytest.mark.parametrize(("name", "arm", "top"), [("R53", "high", 0.5), ("R54", "high", 1.0), ("R57", "low", 0.5)])
def test_temporary_is_four_months_in_eighteen(name, arm, top):
    path = dial(FOUND[name], getattr(FOUND[name], arm))

    assert path.min() == 0.0
    assert path.max() == top
    for first in range(0, 72, 18):
        assert (path[first : first + 18] == top).sum() == 4


@pytest.mark.parametrize("name", ["R55", "R56", "R57", "R58"])
def test_for_good_is_every_month(name):
    path = dial(FOUND[name], FOUND[name].high)

    assert (path == path[0]).all()
    assert path[0] > 0.0


@pytest.mark.parametrize("name", ["R53", "R54", "R55", "R56", "R57", "R58"])
def test_both_of_beijings_scripts_cost_the_same(name):
    paid = [(FOUND[name].script(arm)[:, BEIJING] != BeijingMove.HOLD) for arm in (FOUND[name].low, FOUND[name].high)]

    assert (FOUND[name].script(FOUND[name].low)[:, BEIJING] != FREE).all()
    assert np.array_equal(*paid)


def traces(**columns):
    """Return the traces of one run that stays at 0 but for some columns, a value a month."""
    months = len(next(iter(columns.values())))
    made = np.zeros((1, months, len(TRACE)))
    for name, values in columns.items():
        made[0, :, TRACE.index(name)] = values
    return made


def test_what_the_us_gives_is_counted_alone_and_at_the_table():
    agreed, refused = Table.ACCEPTED, Table.REJECTED
    month = traces(
        move_us=[UsMove.HOLD, UsMove.RELAX_CHIPS, UsMove.CUT_TARIFFS, UsMove.HOLD, UsMove.RELAX_CHIPS, UsMove.HOLD],
        table_result=[agreed, Table.CLOSED, refused, agreed, agreed, refused],
        table_chips=[0.25, 0, 0.25, 0, 0.25, 0.25],
        table_cleared=[0, 0, 0, 1, 0, 0],
    )

    assert series(month, "chip_relaxations").tolist() == [[1, 1, 0, 0, 2, 0]]
    assert series(month, "us_gives").tolist() == [[1, 1, 1, 0, 1, 0]]


def test_controls_tightened_and_offences():
    month = traces(
        move_us=[UsMove.UPDATE_CONTROLS, UsMove.TIGHTEN_TOOLS, UsMove.RAISE_TARIFFS, UsMove.HOLD, UsMove.TIGHTEN_CHIPS],
        irritant=[0, 0, 0, 1, 1],
    )

    assert series(month, "control_acts").tolist() == [[1, 1, 0, 0, 1]]
    assert series(month, "offences").tolist() == [[0, 1, 1, 1, 1]]


def test_any_is_whether_it_happened_at_all():
    assert OVER["any"](np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])).tolist() == [1, 0]
