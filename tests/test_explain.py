"""Everything that has a name can be listed and explained, each number with unit, range and source."""

import ast
import json
import re
from pathlib import Path

import pytest

import standoff
from standoff.agents.doctrines import DOCTRINES_OF
from standoff.agents.moves import ACTORS, ALLY_NAMES, MOVES_OF
from standoff.experiments.catalogue import LISTS, laws, lines
from standoff.experiments.cli import LISTED, main
from standoff.experiments.explain import explain, number_line, rendered
from standoff.experiments.mechanisms import told
from standoff.experiments.mechanisms.claims import claims, read_claims
from standoff.experiments.mechanisms.told import experiment, mechanisms_named
from standoff.experiments.move_words import DOES, does
from standoff.experiments.questions import question_names
from standoff.model.compiled import law_digest
from standoff.model.ensemble import OUTCOMES, TRACKS
from standoff.world.checks import BadInput
from standoff.world.parameters import FACTS
from standoff.world.regimes import Regime
from standoff.world.scenarios import scenario_names
from standoff.world.state import STATE_FACTS

ROOT = Path(standoff.__file__).parent
OPTIONAL = {"M24", "M49", "M55", "M70", "M89", "M118", "M130"}  # of the record: in a law, but no claim
FINDING = {
    "id": "M29", "title": "threats that pay are repeated", "use": "core", "kind": "emergent", "effect": 0.125,
    "low": 0.0625, "high": 0.1875, "base": 0.25, "sd": 0.5, "runs": 777, "holds": True, "verdict": "holds",
    "robust_share": 0.8,
}  # fmt: skip


def written_laws():
    """Yield the functions marked @law in the sources."""
    for folder in ("world", "agents", "model"):
        for path in (ROOT / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef) and any(
                    isinstance(mark, ast.Name) and mark.id == "law" for mark in node.decorator_list
                ):
                    yield node


def test_every_law_that_is_written_is_listed():
    assert {node.name for node in written_laws() if not node.name.startswith("_")} == set(laws())


def test_lists_have_a_line_for_each_thing():
    assert tuple(LISTS) == LISTED
    names = {what: [entry["name"] for entry in make()] for what, make in LISTS.items()}

    assert names["scenarios"] == scenario_names()
    assert names["questions"] == question_names()
    assert names["mechanisms"] == list(claims())
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


def named_by_laws():
    """Return the ids that the docstrings of the written laws name, ranges spelt out."""
    found = set()
    for node in written_laws():
        if not node.name.startswith("_"):
            text = " ".join((ast.get_docstring(node) or "").split())
            found |= set(re.findall(r"\bM\d+", text))
            for first, last in re.findall(r"\bM(\d+) to M(\d+)", text):
                found |= {f"M{number:02}" for number in range(int(first), int(last))}
    return found


def test_every_claim_lives_in_a_law_and_laws_name_no_other_mechanism():
    assert set(claims()) - named_by_laws() == set()
    assert named_by_laws() - set(claims()) == OPTIONAL


def test_a_range_of_mechanisms_names_all_of_them():
    assert mechanisms_named("Mechanisms M08, M98 to\nM101 and F112. M3, M1234.") == {
        "M08", "M98", "M99", "M100", "M101"
    }  # fmt: skip
    assert mechanisms_named("The 9M of MODEL.md") == set()


@pytest.fixture
def findings(monkeypatch, tmp_path):
    """Keep findings in a folder of their own, and a recipe beside them."""
    monkeypatch.setattr(told, "KEPT", tmp_path)

    def keep(rows, **recipe):
        (tmp_path / "findings.json").write_text(rows if isinstance(rows, str) else json.dumps(rows))
        if recipe:
            (tmp_path / "recipe.json").write_text(json.dumps(recipe))

    return keep


@pytest.mark.parametrize("name", ["M29", "m29"])
def test_a_mechanism_is_explained_by_claim_source_experiment_law_and_finding(findings, name):
    findings([FINDING], law_digest=law_digest())
    (entry,) = explain(name)
    text = " ".join(rendered([entry]).split())

    assert "The more is learned from squeezes that paid, the more there are." in text
    assert "core, emergent; source: seeds 000, 002" in text
    assert "disputed: As M28: learning_gain." in text
    assert "Low: learning_gain 0.02 (" in text
    assert "High: learning_gain 0.6." in text
    assert "us plays cut_tariffs in month 1, cut_tariffs in month 3, cut_tariffs in month 5" in text
    assert "mean over months 7 to 36; claimed to be higher in the high arm." in text
    assert "found: holds: high less low is +0.125, 95 % interval +0.0625 to +0.188" in text
    assert "777 runs an arm; the sign holds at 80% of random parameters" in text
    laws_named = {law["name"]: law for law in entry["lives_in"]}
    assert {"next_beliefs", "beijing_value"} <= set(laws_named)  # the first says `M27 to M30`
    path, line = laws_named["next_beliefs"]["where"].split(":")
    assert "def next_beliefs(" in "".join((ROOT / path).read_text().splitlines()[int(line) - 1 : int(line) + 2])
    assert f"next_beliefs ({path}:{line}): Return the beliefs after a month" in text


def test_an_optional_mechanism_lists_its_laws_only():
    (entry,) = explain("M118")

    assert {law["name"] for law in entry["lives_in"]} == {"coalition"}
    assert entry.keys() == {"name", "kind", "meaning", "lives_in"}


def test_a_finding_that_is_missing_of_other_laws_or_damaged_is_not_told(findings):
    command = "`standoff mechanisms M29`"

    def what():
        (entry,) = explain("M29")
        assert entry["finding"] is None
        return entry["found"]

    assert what() == f"no finding is kept; {command} tries it"
    for damaged in ("[{", "{}", "[1]", '[{"id": "M29"}]', [FINDING | {"id": "M28"}]):
        findings(damaged, law_digest=law_digest())
        assert what() == f"no finding is kept; {command} tries it"
    findings([FINDING], law_digest="0" * 16)
    assert what() == f"the finding that is kept is of other laws; {command} tries it anew"


def test_the_recipe_beside_the_findings_says_of_which_laws_they_are(findings):
    findings([FINDING | {"verdict": "undecided", "robust_share": None}], law_digest=law_digest())
    (entry,) = explain("M29")

    assert entry["found"].startswith("undecided: ")
    assert "random parameters" not in entry["found"]
    assert entry["finding"]["runs"] == 777


def test_an_experiment_is_told_in_words():
    held = read_claims("""
        [M61]
        title = "t"
        claim = "c"
        source = "s"
        use = "should"
        kind = "built in"
        low = { subsidy = 0.25, moves = { nvidia = { 1 = "redesign", 2-12 = "comply" } } }
        high = { subsidy = 1.0, doctrine = { us = "freeze" } }
        outcome = "us.tighten_chips"
        over = "sum"
        window = [3, 10]
        months = 12
        direction = "down"
        off = { us_retaliation = 0.0 }
    """)["M61"]
    free = read_claims("""
        [M61]
        title = "t"
        claim = "c"
        source = "s"
        use = "core"
        kind = "emergent"
        low = {}
        high = { moves = { us = "hold" } }
        both = { chip_control = 0.75 }
        outcome = "deals"
        over = "end"
        months = 12
        direction = "up"
    """)["M61"]
    fact = STATE_FACTS["subsidy"]

    assert experiment(held) == (
        "Two arms of runs meet the same luck. "
        f"Low: subsidy 0.25 ({fact.meaning}, {fact.unit}), nvidia plays redesign in month 1, comply in months 2 to 12. "
        "High: subsidy 1, us follows freeze. "
        "In both: Washington, Beijing and Congress otherwise hold still and no talks open. "
        "Outcome: whether us plays tighten_chips, summed over months 3 to 10; "
        "claimed to be lower in the high arm."
    )
    text = experiment(free)
    assert "Low: as the start has it. High: us plays hold throughout. In both: chip_control 0.75 (" in text
    assert "hold still" not in text
    assert text.endswith("Outcome: deals, in month 12; claimed to be higher in the high arm.")


@pytest.mark.parametrize(("name", "near"), [("M9", "M09"), ("M04", "M03"), ("M290", "M29"), ("M28x", "M28")])
def test_a_misspelt_mechanism_gets_the_nearest(name, near):
    assert name not in claims()
    with pytest.raises(BadInput, match=rf"did you mean .*\b{near}\b"):
        explain(name)


@pytest.mark.parametrize("actor", ACTORS)
def test_every_move_says_what_it_does(actor):
    moves = [move.name.lower() for move in MOVES_OF[actor]]

    assert list(DOES["ally" if actor in ALLY_NAMES else actor]) == moves
    assert len({does(actor, move) for move in moves}) == len(moves)


def test_a_test_of_the_prototype_is_explained():
    (entry,) = explain("R05")

    assert entry["kind"] == "replication"
    assert "--replications" in entry["found"] or entry["finding"]["id"] == "R05"
