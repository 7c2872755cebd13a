"""Everything that has a name can be listed and explained, each number with unit, range and source."""

import ast
import json
from pathlib import Path

import pytest

import standoff
from standoff.agents.doctrines import DOCTRINES_OF
from standoff.agents.moves import MOVES_OF
from standoff.experiments.catalogue import LISTS, laws, lines
from standoff.experiments.cli import LISTED, main
from standoff.experiments.explain import explain, number_line, rendered
from standoff.experiments.questions import question_names
from standoff.model.ensemble import OUTCOMES, TRACKS
from standoff.world.checks import BadInput
from standoff.world.parameters import FACTS
from standoff.world.regimes import Regime
from standoff.world.scenarios import scenario_names
from standoff.world.state import STATE_FACTS

ROOT = Path(standoff.__file__).parent


def written_laws():
    """Return the names of the functions marked @law in the sources."""
    for folder in ("world", "agents", "model"):
        for path in (ROOT / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef) and any(
                    isinstance(mark, ast.Name) and mark.id == "law" for mark in node.decorator_list
                ):
                    yield node.name


def test_every_law_that_is_written_is_listed():
    assert {name for name in written_laws() if not name.startswith("_")} == set(laws())


def test_lists_have_a_line_for_each_thing():
    assert tuple(LISTS) == LISTED
    names = {what: [entry["name"] for entry in make()] for what, make in LISTS.items()}

    assert names["scenarios"] == scenario_names()
    assert names["questions"] == question_names()
    assert names["parameters"] == [*FACTS, *STATE_FACTS]
    assert names["outcomes"] == list(OUTCOMES)
    assert len(names["regimes"]) == len(Regime)
    assert len(names["moves"]) == sum(map(len, MOVES_OF.values()))
    assert len(names["doctrines"]) == sum(map(len, DOCTRINES_OF.values()))
    for make in LISTS.values():
        assert all("\n" not in line and line.strip() for line in lines(make()))
        json.dumps(make(), allow_nan=False)


@pytest.mark.parametrize("what", LISTED)
def test_every_list_says_what_each_thing_is(what):
    silent = [entry["name"] for entry in LISTS[what]() if what != "moves" and not entry["meaning"]]

    assert silent == []


@pytest.mark.parametrize("what", LISTED)
def test_everything_listed_is_explained(what):
    for entry in LISTS[what]():
        entries = explain(entry["name"])
        kinds = {found["kind"] for found in entries}

        assert kinds & {what.removesuffix("s"), "starting value"}
        assert entry["name"] in rendered(entries)
        json.dumps(entries, allow_nan=False)


@pytest.mark.parametrize("name", [*FACTS, *STATE_FACTS])
def test_every_number_is_shown_with_unit_range_and_source(name):
    fact = FACTS.get(name) or STATE_FACTS[name]
    entry = next(entry for entry in explain(name) if "low" in entry)
    text = rendered([entry])

    assert f"{entry['value']:g} {fact.unit}, from {fact.low:g} to {fact.high:g}; source: {entry['source']}" in text
    assert fact.meaning in text
    assert entry["source"].strip()


def test_a_law_is_shown_with_docstring_signature_code_and_its_numbers():
    (law,) = explain("regime_of")
    text = rendered([law])

    assert law["where"].startswith("model/outcomes.py:")
    assert law["signature"] == "regime_of(window: Window, months: float, p: Params) -> Regime"
    assert "Return the regime of a run from its window's sums" in text
    assert "window.cuda_share / months" in text
    assert law["code"].count("Return the regime") == 0
    permits = next(entry for entry in explain("us_permits") if entry["kind"] == "law")
    assert {"us_slide_margin", "chip_floor"} <= {number["name"] for number in permits["numbers"]}


def test_a_parameter_names_the_laws_that_read_it():
    assert explain("us_slide_margin")[0]["laws"] == ["us_permits"]


def test_a_doctrine_is_shown_with_its_rule_and_the_law():
    (freeze,) = explain("freeze")

    assert "never gives on chips" in freeze["meaning"]
    assert "us_permits" in rendered([freeze])
    assert "UsDoctrine.FREEZE" in rendered([freeze])


def test_a_move_names_the_laws_that_know_it():
    (move,) = explain("tighten_chips")

    assert move["actor"] == "us"
    assert {"us_escalates", "after_us"} <= set(move["laws"])


def test_a_regime_is_shown_with_its_thresholds():
    (regime,) = explain("escalation")

    assert "regime_hostility" in rendered([regime])


def test_a_scenario_shows_its_own_numbers_and_sources():
    (scenario,) = explain("july-2025")

    assert {number["name"] for number in scenario["numbers"]} >= set(STATE_FACTS)
    assert all(number_line(number).split("source: ")[1] for number in scenario["numbers"])


def test_one_name_may_stand_for_several_things():
    assert {entry["actor"] for entry in explain("hold")} == {"us", "beijing"}
    assert {entry["kind"] for entry in explain("japan")} == {"starting value", "actor"}


@pytest.mark.parametrize("name", ["managed dependence", "Managed-Dependence", "MANAGED_DEPENDENCE"])
def test_a_name_may_be_written_in_several_ways(name):
    assert explain(name)[0]["name"] == "managed dependence"


@pytest.mark.parametrize("track", TRACKS)
def test_tracks_are_explained(track):
    assert explain(track)


@pytest.mark.parametrize(
    ("name", "near"), [("us_led_value", "us_lead_value"), ("tighten-chip", "tighten_chips"), ("zzz", "standoff list")]
)
def test_an_unknown_name_is_told_with_the_nearest(name, near):
    with pytest.raises(BadInput, match=near):
        explain(name)


def test_explaining_prints_text_or_json(capsys):
    assert main(["explain", "managed", "dependence"]) == 0
    assert capsys.readouterr().out.startswith("managed dependence: regime\n")
    assert main(["explain", "us_lead_value", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["unit"] == FACTS["us_lead_value"].unit
