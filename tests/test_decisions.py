"""A decision taken apart is the decision that was taken: terms sum to values, chances are those that were drawn."""

import math

import pytest

from standoff.agents.doctrines import DOCTRINES_OF, doctrines_from
from standoff.agents.moves import ACTORS, MOVES_OF
from standoff.experiments.decisions import decision_lines, explain_decision
from standoff.experiments.history import month_name, play_history
from standoff.experiments.settings import make_settings
from standoff.model.luck import Chances, draw_luck
from standoff.world.checks import BadInput

LONE = [actor for actor in ACTORS if actor != "developers"]  # the developers are many, each with a draw of its own
CASES = {
    "as it is": ("july-2025", {}, {}, 1),
    "a hot start": ("hot", {"us_coordination": 0.3, "irritant_rate": 1.0}, {}, 2),
    "a calm start": ("calm", {"congress_pressure": 3.0, "look_ahead": 24.0}, {}, 3),
    "April, in kind": ("april-2025", {"linkage": 0.0}, {"us": "tit_for_tat", "beijing": "tit_for_tat"}, 4),
    "the ceiling slides": ("october-2022", {"us_precision": 0.2, "beijing_precision": 0.2}, {"us": "sliding_scale"}, 5),
    "all follow": (
        "january-2025",
        {},
        {"us": "freeze", "beijing": "coercive", "nvidia": "lobbying", "huawei": "following", "allies": "hedging"},
        6,
    ),
    "patience and trade": (
        "july-2025",
        {"type_spread": 0.7},
        {"us": "transactional", "beijing": "patient", "nvidia": "complying", "huawei": "sprinting"}
        | {"japan": "steadfast"},
        7,
    ),
}  # fmt: skip


def settings_of(case, months=12):
    scenario, values, doctrines, seed = CASES[case]
    return make_settings(scenario, values, doctrines_from(doctrines), seed=seed, months=months, developers=3)


@pytest.fixture(scope="module")
def decisions():
    """Every actor's decision in two months of each case."""
    found = {}
    for place, case in enumerate(CASES):
        settings = settings_of(case)
        for t in (0, 2 + place % 3):
            month = month_name(settings.scenario.month, t)
            for actor in ACTORS:
                found[case, t, actor] = explain_decision(actor, month, settings)
    return found


def each(decisions, actors):
    for (case, t, actor), decision in decisions.items():
        if actor in actors:
            yield case, t, actor, decision


@pytest.mark.parametrize("actor", ACTORS)
def test_the_terms_of_an_open_move_sum_to_its_value(decisions, actor):
    for case, t, _, decision in each(decisions, [actor]):
        for row in decision["moves"]:
            where = f"{case}, month {t}, {row['move']}"
            if row["open"]:
                assert sum(row["terms"].values()) == pytest.approx(row["value"], rel=1e-9, abs=1e-9), where
            else:
                assert row["value"] is None, where
                assert row["terms"] == {}, where


@pytest.mark.parametrize("actor", ACTORS)
def test_chances_sum_to_one_and_what_is_not_open_has_none(decisions, actor):
    for case, t, _, decision in each(decisions, [actor]):
        chances = {row["move"]: row["probability"] for row in decision["moves"]}
        where = f"{case}, month {t}"
        assert sum(chances.values()) == pytest.approx(1.0, abs=1e-12), where
        assert all(chances[row["move"]] == 0.0 for row in decision["moves"] if not row["open"]), where
        assert any(row["open"] for row in decision["moves"]), where
        assert list(chances) == [move.name.lower() for move in MOVES_OF[actor]], where


@pytest.mark.parametrize("actor", LONE)
def test_a_better_move_is_likelier_by_the_logit_of_its_advantage(decisions, actor):
    """ln(P(i) / P(j)) is precision x (value of i - value of j)."""
    for case, t, _, decision in each(decisions, [actor]):
        rows = [row for row in decision["moves"] if row["open"] and row["probability"] > 1e-12]
        for row in rows[1:]:
            odds = math.log(row["probability"] / rows[0]["probability"])
            advantage = decision["precision"] * (row["value"] - rows[0]["value"])
            assert odds == pytest.approx(advantage, rel=1e-6, abs=1e-6), f"{case}, month {t}"


def drawn_from(rows, chance):
    """Return the move on which `chance` falls when the moves lie one after another on [0, 1)."""
    for row in rows:
        chance -= row["probability"]
        if chance < 0.0:
            return row["move"]
    return None


@pytest.mark.parametrize("actor", LONE)
def test_the_move_is_the_one_that_the_months_luck_picks(decisions, actor):
    """From the chances that are reported and the draw that the engine was given."""
    picked = set()
    for case, t, _, decision in each(decisions, [actor]):
        settings = settings_of(case)
        luck = draw_luck(settings.seed, 0, settings.months, settings.developers)
        chance = luck.chances[t, Chances._fields.index(actor)]

        assert drawn_from(decision["moves"], chance) == decision["chosen"], f"{case}, month {t}"
        picked.add(decision["chosen"])
    assert len(picked) > 1 or actor == "congress"


def test_what_was_chosen_is_what_the_compiled_history_shows(decisions):
    for case in CASES:
        months, _ = play_history(settings_of(case))
        for _, t, actor, decision in ((c, *rest) for c, *rest in each(decisions, ACTORS) if c == case):
            assert decision["chosen"] == months[t]["moves"][actor], f"{case}, month {t}, {actor}"
            assert decision["month"] == months[t]["month"]


def test_the_decisions_are_worth_looking_at(decisions):
    """Open and closed moves, beliefs that weigh, and what a move costs at once all occur."""
    rows = [row for decision in decisions.values() for row in decision["moves"]]
    weighing = {name for row in rows for name, belief in row["beliefs"].items() if belief}
    at_once = {name for row in rows for name, value in row["terms"].items() if value and name.endswith("now")}

    assert sum(not row["open"] for row in rows) > 50
    assert len(weighing) >= 5
    assert len(at_once) >= 5


@pytest.mark.parametrize("actor", DOCTRINES_OF)
def test_a_doctrine_shows_in_what_is_open(decisions, actor):
    """Under every doctrine but quantal something that could be done is not open."""
    for case, t, _, decision in each(decisions, [actor]):
        if getattr(settings_of(case).doctrines, actor).name != "QUANTAL":
            assert not all(row["open"] for row in decision["moves"]), f"{case}, month {t}"


def test_the_us_is_heard_with_the_voice_that_spoke(decisions):
    weights = {decision["dealmakers_weight"] for *_, decision in each(decisions, ["us"])}

    assert all(0.0 <= weight <= 1.0 for weight in weights)
    assert len(weights) > 2


def test_a_decision_as_text_names_the_choice_and_every_move(decisions):
    for *_, actor, decision in each(decisions, ACTORS):
        first, *others = decision_lines(decision)

        assert {actor, decision["month"], decision["chosen"]} <= set(first.split())
        for row in decision["moves"]:
            assert sum(line.split()[0] == row["move"] for line in others if line.strip()) == 1, row["move"]


@pytest.mark.parametrize(
    ("actor", "month"), [("america", "2025-07"), ("us", "2025-06"), ("us", "2026-07"), ("us", "x")]
)
def test_a_decision_that_was_never_taken_is_told(actor, month):
    with pytest.raises(BadInput) as told:
        explain_decision(actor, month, settings_of("as it is"))
    assert "\n" not in str(told.value)
