"""The audit of played moves: its months are those that were played, its payoffs those of the decisions, its regrets
those of textbooks and of Gambit."""

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from standoff.agents.beijing import BEIJING_MOVES, after_beijing, beijing_can
from standoff.agents.doctrines import BeijingDoctrine, Doctrines, UsDoctrine, doctrines_from
from standoff.agents.moves import BeijingMove, UsMove
from standoff.agents.us import choose_us, us_values, voice_of
from standoff.experiments.decisions import explain_decision
from standoff.experiments.games.game import make_game, pure_profile, regrets
from standoff.experiments.history import month_name
from standoff.experiments.maps.stage import (
    Faced,
    Stage,
    audit_summary,
    faced_months,
    open_moves,
    stage_audit,
    stage_gains,
    stage_of,
    stage_regrets,
)
from standoff.experiments.settings import QUANTAL, make_settings
from standoff.model.standoff import Standoff
from standoff.world.checks import BadInput
from standoff.world.parameters import Params
from standoff.world.state import World

ORACLES = Path(__file__).parent / "oracles"


# The months that are looked at are the months that were played


@pytest.mark.parametrize(
    ("scenario", "values", "doctrines", "developers", "run"),
    [
        ("july-2025", {}, {}, 40, 0),
        ("hot", {"us_coordination": 0.3, "irritant_rate": 1.0, "type_spread": 0.5}, {}, 0, 3),
        ("april-2025", {}, {"us": "freeze", "beijing": "tit_for_tat", "allies": "hedging"}, 3, 1),
    ],
)
def test_the_months_are_those_that_the_mesa_model_plays(scenario, values, doctrines, developers, run):
    """To the last bit: the world Beijing faced, who spoke for the US, both moves and the drawn types."""
    chosen = doctrines_from(doctrines)
    asked = make_settings(scenario, values, chosen, seed=5, months=15, developers=developers)
    model = Standoff(scenario, 5, run, 15, developers, chosen, **values)
    for faced in faced_months(asked, run, range(15)):
        model.step()
        assert faced.start == model.faced["beijing"]
        assert faced.dealmakers == model.dealmakers
        assert (faced.us, faced.beijing) == (model.seats["us"].move, model.seats["beijing"].move)
        assert faced.p == model.params
    assert faced.month == 14


# Payoffs are those by which the actors choose


@pytest.mark.parametrize(
    ("values", "t"),
    [
        ({"belief_us_yields": 0, "belief_beijing_retaliates": 0, "us_expected_reciprocity": 0, "truce_months": 0}, 0),
        ({}, 4),
    ],
)
def test_where_nobody_answers_a_move_is_worth_what_why_shows(values, t):
    asked = make_settings("july-2025", values, seed=2, months=6, developers=3)
    (faced,) = faced_months(asked, 0, [t])
    game = stage_of(faced, QUANTAL, QUANTAL).game
    moves = {player: {name: k for k, name in enumerate(game.strategies[i])} for i, player in enumerate(game.players)}
    hold, compared = moves["us"]["hold"], 0
    month = month_name(asked.scenario.month, t)
    why = {actor: explain_decision(actor, month, asked)["moves"] for actor in ("us", "beijing")}
    for row in why["us"]:
        assert row["open"] == (row["move"] in moves["us"])
        if row["open"] and not row["beliefs"]["Beijing answers"]:
            worth = game.payoffs[0, moves["us"][row["move"]], moves["beijing"][faced.beijing.name.lower()]]
            assert worth == pytest.approx(row["value"], abs=1e-9), row["move"]
            compared += 1
    for row in why["beijing"]:
        assert row["open"] == (row["move"] in moves["beijing"])
        if row["open"] and not row["beliefs"].get("the US yields"):
            worth = game.payoffs[1, hold, moves["beijing"][row["move"]]]
            assert worth == pytest.approx(row["value"], abs=1e-9), row["move"]
            compared += 1
    assert compared == sum(map(len, game.strategies)) if values else compared >= 8


def test_replies_are_to_the_move_that_was_played():
    """A squeeze changes what an unsure US does: its chances are those that `why` shows after it, not before."""
    values = {"rare_earth_restriction": 0.0, "us_precision": 0.1, "beijing_precision": 0.1}
    asked = make_settings("hot", values, doctrines_from({"beijing": "coercive"}), months=2, developers=3)
    (faced,) = faced_months(asked, 0, [0])
    stage = stage_of(faced, asked.doctrines, QUANTAL)
    moves, places = stage.game.strategies, stage.played
    why = {
        actor: {
            row["move"]: row["probability"] for row in explain_decision(actor, asked.scenario.month, asked)["moves"]
        }
        for actor in ("us", "beijing")
    }
    reply, unmoved = stage.replies[:, places[1]], stage.replies[:, moves[1].index("hold")]

    assert faced.beijing == BeijingMove.RESTRICT_RARE_EARTHS
    assert reply.tolist() == pytest.approx([why["us"][name] for name in moves[0]], abs=1e-12)
    assert stage.beijing_chances.tolist() == pytest.approx([why["beijing"][name] for name in moves[1]], abs=1e-12)
    assert np.abs(reply - unmoved).sum() > 0.01
    assert stage.replies.sum(axis=0).tolist() == pytest.approx([1.0] * len(moves[1]))


@given(world=..., p=...)
def test_what_is_open_to_the_us_does_not_hang_on_beijings_move(world: World, p: Params):
    """So that the month is a table; the US sees Beijing's move only in what its moves are worth."""
    for us in UsDoctrine:
        for move in BEIJING_MOVES:
            if beijing_can(move, world.beijing):
                doctrines = Doctrines(us=us)
                assert open_moves(after_beijing(world, move), doctrines, p)[0] == open_moves(world, doctrines, p)[0]


# Regrets, by hand


@pytest.mark.parametrize(
    ("payoffs", "equilibria"),
    [
        ([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [(1, 1)]),  # prisoner's dilemma
        ([[[10, 1], [8, 5]], [[10, 8], [1, 5]]], [(0, 0), (1, 1)]),  # stag hunt
        ([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], []),  # matching pennies
        ([[[-2, 5], [0, 0]], [[3, 0], [-1, 2]]], []),  # inspection game, Tsebelis 1990
    ],
)
def test_no_gain_is_an_equilibrium_of_the_textbooks(payoffs, equilibria):
    gains = stage_gains(np.array(payoffs, float))

    assert [tuple(map(int, place)) for place in np.argwhere((gains == 0.0).all(axis=0))] == equilibria


def leading():
    """Beijing's right dominates if nobody has seen it, but leading with left is worth 3 against 2."""
    us, beijing = [[2, 0], [1, 1]], [[3, 4], [0, 2]]
    game = make_game("leader", ("us", "beijing"), (("top", "bottom"), ("left", "right")), [us, beijing])
    best = np.eye(2)  # the US answers left by top, right by bottom
    return Stage(game, (1, 1), best, np.array([0.25, 0.75]), np.array([0.0, 1.0]))


def test_a_leader_may_regret_an_equilibrium():
    row = stage_regrets(leading())

    assert row["is_equilibrium"]
    assert row["pure_equilibria"] == 1
    assert (row["us_regret"], row["beijing_regret"]) == (0.0, 0.0)
    assert (row["us_regret_in_turn"], row["beijing_regret_in_turn"]) == (0.0, 1.0)
    assert (row["us_expected_regret"], row["beijing_expected_regret"]) == (0.0, 0.25)
    assert (row["us_expected_regret_in_turn"], row["beijing_expected_regret_in_turn"]) == (0.0, 0.75)
    assert (row["us_range"], row["beijing_range"]) == (2.0, 4.0)


def test_a_played_move_off_the_equilibrium_shows_its_loss():
    row = stage_regrets(leading()._replace(played=(0, 1)))

    assert not row["is_equilibrium"]
    assert (row["us_regret"], row["us_relative_regret"], row["us_regret_in_turn"]) == (1.0, 0.5, 1.0)
    assert row["beijing_regret"] == 0.0


def test_a_move_that_changes_nothing_loses_what_it_costs(plain):
    """A letter that bites fully gains nothing by becoming a rule; a probe that hurts nobody is still work."""
    p = Params(us_move_cost=10.0, us_update_cost=2.5, beijing_move_cost=4.0)
    p = p._replace(beijing_probe_cost=0.0, us_probe_cost=0.0, us_retaliation=0.0, beijing_retaliation=0.0)
    world = plain(control_effectiveness=1.0, control_form=0.0, belief_beijing_retaliates=0.0, steering=0.0)
    faced = Faced(0, 0, world, 0.5, UsMove.UPDATE_CONTROLS, BeijingMove.ADVANCE_PROBE, p)
    stage = stage_of(faced, QUANTAL, QUANTAL)
    row = stage_regrets(stage)
    us, beijing = (list(names) for names in stage.game.strategies)
    best = {"us": us[stage.us_values.argmax()], "beijing": beijing[stage.game.payoffs[1, 0].argmax()]}

    assert best == {"us": "hold", "beijing": "hold"}
    assert row["us_regret"] == pytest.approx(2.5, abs=1e-9)
    assert row["us_regret_in_turn"] == pytest.approx(2.5, abs=1e-9)
    assert row["beijing_regret"] == pytest.approx(4.0, abs=1e-9)
    assert row["beijing_regret_in_turn"] == pytest.approx(4.0, abs=1e-9)


def test_a_doctrine_that_forces_a_move_regrets_it_only_against_all_moves(plain):
    """Freeze-in-place must restore its ceiling, coercion must restrict; what that loses is the US's own reckoning."""
    p, doctrines = Params(), Doctrines(us=UsDoctrine.FREEZE, beijing=BeijingDoctrine.COERCIVE)
    world = plain(tariff_on_china=0.0)
    faced = Faced(0, 0, world, 0.5, UsMove.TIGHTEN_CHIPS, BeijingMove.RESTRICT_RARE_EARTHS, p)
    within = stage_regrets(stage_of(faced, doctrines, doctrines))
    stage = stage_of(faced, doctrines, QUANTAL)
    overall = stage_regrets(stage)
    values = us_values(after_beijing(world, faced.beijing), UsDoctrine.QUANTAL, voice_of(0.5, p), p)

    assert all(within[f"{side}_regret{when}"] == 0.0 for side in ("us", "beijing") for when in ("", "_in_turn"))
    assert within["is_equilibrium"]
    assert overall["us_regret_in_turn"] == pytest.approx(max(values) - values[UsMove.TIGHTEN_CHIPS], abs=1e-9)
    assert overall["us_regret_in_turn"] > 1.0
    # the forced move is certain, so what is expected is what was played
    assert overall["us_expected_regret_in_turn"] == pytest.approx(overall["us_regret_in_turn"])
    assert overall["beijing_expected_regret_in_turn"] == pytest.approx(overall["beijing_regret_in_turn"])
    assert stage.replies[stage.played[0]].tolist() == [1.0] * len(stage.beijing_chances)


# Precision


@settings(max_examples=4)
@given(world=...)
def test_the_regret_expected_in_turn_falls_with_precision(world: World):
    """d/dl E[v] is the variance of v under the logit, so it never falls; and max v - E[v] <= ln n / l."""
    before = math.inf
    for precision in (0.1, 0.5, 3.0):
        p = Params(us_precision=precision)
        us = choose_us(after_beijing(world, BeijingMove.HOLD), UsDoctrine.QUANTAL, 0.5, 0.3, p)
        stage = stage_of(Faced(0, 0, world, 0.5, us, BeijingMove.HOLD, p), QUANTAL, QUANTAL)
        expected = stage_regrets(stage)["us_expected_regret_in_turn"]
        assert expected <= before + 1e-9
        assert expected <= math.log(len(stage.us_values)) / precision
        before = expected


# The audit as a whole

COLUMNS = [
    *("run", "month", "us_move", "beijing_move", "us_moves", "beijing_moves"),
    *(
        f"{side}_{name}"
        for side in ("us", "beijing")
        for name in ("regret", "expected_regret", "range", "relative_regret")
    ),
    *(f"{side}_{name}" for side in ("us", "beijing") for name in ("regret_in_turn", "expected_regret_in_turn")),
    *("pure_equilibria", "is_equilibrium"),
]


def audit_of(runs=6, sample=8, seed=3, every_move=False, **values):
    return stage_audit(make_settings("july-2025", values, months=12, developers=3), runs, sample, seed, every_move)


@pytest.fixture(scope="module")
def audit():
    return audit_of()


def test_the_audit_has_a_row_for_each_sampled_month(audit):
    assert list(audit) == COLUMNS
    assert len(audit.drop_duplicates(["run", "month"])) == len(audit) == 8
    assert audit["run"].between(0, 5).all()
    assert audit["month"].between(0, 11).all()


def test_the_sample_hangs_on_its_seed_only():
    once, again, other = audit_of(sample=3), audit_of(sample=3), audit_of(sample=3, seed=4)

    assert again.equals(once)
    assert not other[["run", "month"]].equals(once[["run", "month"]])


def test_a_month_does_not_hang_on_the_sample(audit):
    """All months of the runs in the sample hold the sampled ones, with the same numbers."""
    whole = audit_of(runs=1, sample=12)
    both = audit.merge(whole, on=COLUMNS)

    assert whole["month"].tolist() == list(range(12))
    assert len(both) == (audit["run"] == 0).sum() > 0


def test_regrets_lie_within_the_range_and_say_what_an_equilibrium_is(audit):
    for side in ("us", "beijing"):
        for name in ("regret", "expected_regret"):
            assert audit[f"{side}_{name}"].between(0.0, audit[f"{side}_range"]).all()
        assert (audit[f"{side}_relative_regret"] * audit[f"{side}_range"]).to_numpy() == pytest.approx(
            audit[f"{side}_regret"].to_numpy()
        )
    none = (audit["us_regret"] == 0.0) & (audit["beijing_regret"] == 0.0)
    assert (none == audit["is_equilibrium"]).all()
    assert (audit.loc[none, "pure_equilibria"] >= 1).all()


def test_a_surer_hand_regrets_less(audit):
    """At its highest precision a side expects to lose at most ln(moves) / precision, and plays so."""
    sure, unsure = audit_of(us_precision=3.0), audit_of(us_precision=0.1)

    assert (sure["us_expected_regret_in_turn"] <= np.log(sure["us_moves"]) / 3.0).all()
    assert sure["us_regret_in_turn"].mean() < 0.3
    assert sure["us_regret_in_turn"].mean() < unsure["us_regret_in_turn"].mean()
    assert (
        sure["us_expected_regret_in_turn"].mean()
        < audit["us_expected_regret_in_turn"].mean()
        < unsure["us_expected_regret_in_turn"].mean()
    )


def test_the_summary_is_the_mean_of_runs_with_its_interval(audit):
    """One month a run makes the interval that of a plain mean; the share has Wilson's, 5 of 10 for one."""
    runs = audit.loc[[0] * 10].reset_index(drop=True)
    runs["run"], runs["us_range"] = range(10), 10.0
    runs["us_regret"] = [0.0, 10.0] * 5
    runs["is_equilibrium"] = [True, False] * 5
    found = audit_summary(runs)

    assert found.loc["us_relative_regret"].tolist() == pytest.approx([0.5, 0.5 - 0.30990, 0.5 + 0.30990], abs=1e-5)
    assert found.loc["share_equilibria"].round(3).tolist() == [0.5, 0.237, 0.763]
    runs["run"] = [0] * 2 + list(range(1, 9))  # two months of one run cancel
    narrower = audit_summary(runs).loc["us_relative_regret"]
    assert narrower["high"] - narrower["low"] < 2 * 0.30990


@pytest.mark.parametrize("sample", [0, 73, -1])
def test_a_sample_is_no_larger_than_the_months(sample):
    with pytest.raises(BadInput, match="allowed: 1 to 72"):
        audit_of(sample=sample)


# The whole chain against chance: what was played is what was expected

SIZES = {"small": 120, "full": 1000}
UNSURE = {"us_precision": 0.4, "beijing_precision": 0.4}  # much to regret, so that a mean of 0 would show


@pytest.mark.slow
@pytest.mark.parametrize("values", [{}, {"us_coordination": 0.3, "us_division": 0.9}])
def test_played_regrets_are_as_large_as_quantal_play_expects(values):
    """Each month's luck draws the moves from the chances that the audit reports, so the difference has mean 0."""
    sample = SIZES[os.environ.get("STANDOFF_PROOFS", "small")]
    asked = make_settings("hot", UNSURE | values, months=24, developers=0)
    found = stage_audit(asked, sample, sample, seed=7)
    for name in ("us_regret", "us_regret_in_turn", "beijing_regret", "beijing_regret_in_turn"):
        expected = found[name.replace("regret", "expected_regret")]
        surplus = found[name] - expected
        error = surplus.std() / math.sqrt(sample)
        assert abs(surplus.mean()) < 4.0 * error, f"{name}: {surplus.mean():.3f} +- {error:.3f}"
        assert expected.mean() > 4.0 * error, name


# Gambit


def agrees_with_gambit(one):
    """Assert that our regrets and pure equilibria of a game are those that Gambit found."""
    table = np.array(one["payoffs"])
    stable = np.argwhere((stage_gains(table) == 0.0).all(axis=0)).tolist()
    played = pure_profile(table.shape[1:], one["played"])
    mixed = tuple(np.array(chances) for chances in one["mixed"])

    assert stable == one["pure_equilibria"], one["title"]
    assert regrets(table, played).tolist() == pytest.approx(one["regrets_played"], abs=1e-9), one["title"]
    assert stage_gains(table)[:, *one["played"]].tolist() == pytest.approx(one["regrets_played"], abs=1e-9)
    assert regrets(table, mixed).tolist() == pytest.approx(one["regrets_mixed"], abs=1e-9), one["title"]
    assert regrets(table, mixed).max() == pytest.approx(one["max_regret_mixed"], abs=1e-9), one["title"]


def test_regrets_and_pure_equilibria_are_gambits():
    stored = json.loads((ORACLES / "stage_games.json").read_text(encoding="utf-8"))
    for one in stored["games"]:
        agrees_with_gambit(one)

    assert stored["source"].startswith("Gambit 16")
    assert len(stored["games"]) == 30
    assert {len(one["pure_equilibria"]) for one in stored["games"]} >= {0, 1, 2}
    assert sum(max(one["regrets_played"]) > 0.1 for one in stored["games"]) >= 10


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("pygambit"), reason="Gambit is no dependency: GPL, slow to build")
def test_gambit_says_the_same_of_this_days_games(tmp_path):
    """In a process of its own: pygambit has crashed beside other solvers."""
    script, games, out = ORACLES / "make_stage_oracle.py", tmp_path / "games.json", tmp_path / "answers.json"
    for arguments in (["games", str(games), "2"], ["answers", str(games), str(out)]):
        subprocess.run([sys.executable, str(script), *arguments], check=True)
    for one in json.loads(out.read_text(encoding="utf-8"))["games"]:
        agrees_with_gambit(one)
