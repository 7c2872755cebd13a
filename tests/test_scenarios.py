"""Scenarios: every number says where it comes from, and a file that breaks a rule is told so in one line."""

import csv
import re
import tomllib
from pathlib import Path

import pytest

import standoff
from standoff.model.ensemble import OUTCOMES
from standoff.model.standoff import Standoff, release
from standoff.world.checks import BadInput
from standoff.world.parameters import FACTS
from standoff.world.scenarios import DEFAULT, load_scenario, scenario_names
from standoff.world.state import STATE_FACTS, Adoption, state_values, world_from

WORLD = Path(standoff.__file__).parent / "world"
SHIPPED = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (WORLD / "scenarios").glob("*.toml")}
FIGURES = {
    row[0]
    for row in csv.reader((WORLD / "data" / "figures.csv").read_text(encoding="utf-8").splitlines())
    if re.fullmatch(r"F\d{3}", row[0])
}
DATES = {
    row[0]
    for row in csv.reader((WORLD / "data" / "timeline.csv").read_text(encoding="utf-8").splitlines())
    if re.match(r"\d{4}-\d{2}-\d{2}", row[0])
}
ENTRIES = [
    pytest.param(entry, id=f"{scenario}-{name}")
    for scenario, data in SHIPPED.items()
    for table in ("state", "parameters")
    for name, entry in data.get(table, {}).items()
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_number_of_a_scenario_cites_a_figure_or_an_event_or_says_what_is_assumed(entry):
    source = entry["source"]
    figures = set(re.findall(r"\bF\d{3}\b", source))
    dates = set(re.findall(r"timeline (\d{4}-\d{2}(?:-\d{2})?)", source))

    assert set(entry) == {"value", "source"}
    assert re.match(r"F\d{3}\b|assumption: \S", source) or dates
    assert figures <= FIGURES
    assert all(any(date.startswith(cited) for date in DATES) for cited in dates)


def test_the_scenarios_of_the_design_are_there():
    assert set(scenario_names()) == set(SHIPPED)
    assert {"october-2022", "january-2025", "april-2025", DEFAULT, "calm", "hot"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_is_complete_within_range_and_sums_to_one(name):
    scenario = load_scenario(name)

    assert list(scenario.state) == list(STATE_FACTS)
    assert all(STATE_FACTS[field].low <= value <= STATE_FACTS[field].high for field, value in scenario.state.items())
    assert all(FACTS[field].low <= value <= FACTS[field].high for field, value in scenario.parameters.items())
    assert all(type(value) is float for value in (*scenario.state.values(), *scenario.parameters.values()))
    assert sum(scenario.state[share] for share in Adoption._fields) == pytest.approx(1.0, abs=1e-9)
    assert set(scenario.sources) >= {*scenario.state, *scenario.parameters}
    assert re.fullmatch(r"\d{4}-\d{2}", scenario.month)
    assert scenario.title
    assert len(scenario.story.split()) > 10
    assert state_values(world_from(scenario.state)) == scenario.state


def test_hot_is_hotter_than_calm_in_every_lever_it_sets():
    calm, hot = load_scenario("calm").state, load_scenario("hot").state

    for lever in ("chip_control", "tariff_on_china", "rare_earth_restriction", "probe"):
        assert calm[lever] < hot[lever]
    assert calm["truce_months"] > hot["truce_months"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_plays(name):
    model = Standoff(name, months=2).play()
    measured = model.outcomes()
    release(model)

    assert len(measured) == len(OUTCOMES)


# A user's own file


def written(tmp_path, text, name="mine.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_users_scenario_takes_what_it_does_not_say_from_its_base(tmp_path):
    base = load_scenario("hot")
    mine = load_scenario(
        written(
            tmp_path,
            'base = "hot"\nmonth = "2026-03"\n[state]\nchip_control = 1\n'
            'lobbying = { value = 0.25, source = "my own" }\n[parameters]\nus_lead_value = 33\n',
        )
    )

    assert mine.state == base.state | {"chip_control": 1.0, "lobbying": 0.25}
    assert mine.parameters == base.parameters | {"us_lead_value": 33.0}
    assert (mine.name, mine.title, mine.month, mine.story) == ("mine", "mine", "2026-03", "")
    assert mine.sources["lobbying"] == "my own"
    assert mine.sources["chip_control"] == "the user's"
    assert mine.sources["subsidy"] == base.sources["subsidy"]


def test_a_users_scenario_without_a_base_states_everything(tmp_path):
    state = load_scenario("calm").state
    lines = [f"{name} = {value!r}" for name, value in sorted(state.items())]
    path = written(tmp_path, 'month = "2030-01"\n[state]\n' + "\n".join(lines))

    assert load_scenario(path).state == state
    assert list(load_scenario(path).state) == list(STATE_FACTS)


@pytest.mark.parametrize("text", ["", "\ufeff", 'title = "x"'])
def test_an_empty_scenario_is_told_what_it_lacks(tmp_path, text):
    with pytest.raises(BadInput):
        load_scenario(written(tmp_path, text))


BASED = 'base = "july-2025"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # not TOML
        ("base =", "not TOML"),
        (BASED + "[state\nsubsidy = 1", "not TOML"),
        (BASED + BASED, "not TOML"),
        (BASED + "[state]\nsubsidy = 0.1\nsubsidy = 0.2", "not TOML"),
        ("a = " + "[" * 5000 + "]" * 5000, "not TOML"),
        ("\0", "not TOML"),
        # unknown names, with the nearest ones
        (BASED + "[states]\nsubsidy = 1", "did you mean state"),
        (BASED + 'titel = "x"', "did you mean title"),
        (BASED + "[state]\nchip_contol = 1", "did you mean chip_control"),
        (BASED + "[parameters]\nus_lead_valu = 9", "did you mean us_lead_value"),
        (BASED + "[state]\nus_lead_value = 9", "unknown entry"),
        (BASED + '[state]\n"chip\\ncontrol" = 1', "unknown entry"),
        (BASED + "[parameters]\nchip_control = 1", "unknown entry"),
        (BASED + "[state]\nsubsidy = { value = 0.5, sauce = 'x' }", "did you mean source"),
        ('base = "july-2052"', "did you mean july-2025"),
        # wrong types
        (BASED + "title = 5", "title: must be text"),
        (BASED + "month = 2025-07-01", "month: must be text"),
        ("base = 5", "base: must be text"),
        (BASED + "story = []", "story: must be text"),
        (BASED + "state = 5", "must be a table"),
        (BASED + "parameters = []", "must be a table"),
        (BASED + "[[state]]\nsubsidy = 1", "must be a table"),
        (BASED + "[state]\nsubsidy = '0.5'", "not a number"),
        (BASED + "[state]\nsubsidy = true", "not a number"),
        (BASED + "[state]\nsubsidy = [0.5]", "not a number"),
        (BASED + "[state]\nsubsidy = 2025-07-01", "not a number"),
        (BASED + "[state]\nsubsidy = { source = 'x' }", "lacks a value"),
        (BASED + "[state]\nsubsidy = { value = { value = 1 } }", "not a number"),
        # values
        (BASED + "[state]\nsubsidy = nan", "out of range"),
        (BASED + "[state]\nsubsidy = inf", "out of range"),
        (BASED + "[state]\nsubsidy = -0.01", "out of range; allowed: 0 to 1"),
        (BASED + "[state]\nsubsidy = 1.01", "out of range"),
        (BASED + "[state]\ndemand = 1" + "0" * 400, "out of range"),
        (BASED + "[parameters]\nus_lead_value = 1e9", "out of range"),
        (BASED + "[state]\nstay_cuda = 0.9", "sum to"),
        (BASED + "[state]\nstay_cuda = 0.0\nmove_to_cann = 0.0", "sum to"),
        # months
        ('base = "july-2025"\nmonth = "2025-13"', "not of the form"),
        ('base = "july-2025"\nmonth = "7/2025"', "not of the form"),
        ('base = "july-2025"\nmonth = "2025-07\\n"', "not of the form"),
        ('base = "july-2025"\nmonth = "٢٠٢٥-07"', "not of the form"),
        # what is missing
        ('month = "2025-07"\n[state]\nsubsidy = 0.5', "lacks chip_control"),
        ("[state]\nsubsidy = 0.5", "month"),
    ],
)
def test_a_broken_scenario_is_told_in_one_line(tmp_path, text, says):
    with pytest.raises(BadInput, match=re.escape(says)) as told:
        load_scenario(written(tmp_path, text))
    assert "\n" not in str(told.value)
    assert "mine.toml" in str(told.value)
    assert len(str(told.value)) < 600


def test_bytes_that_are_no_text_are_told(tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(BadInput, match="not a text file"):
        load_scenario(str(tmp_path / "mine.toml"))


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    (tmp_path / "folder.toml").mkdir()

    for name in ("absent.toml", "folder.toml", "mine.toml/", "no\0name.toml"):
        with pytest.raises(BadInput, match="cannot be read") as told:
            load_scenario(str(tmp_path / name))
        assert "\n" not in str(told.value)


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(BadInput, match="april-2025"):
        load_scenario("april-2052")
    with pytest.raises(BadInput, match="calm"):
        load_scenario("")


def test_a_user_cannot_climb_out_of_the_shipped_scenarios_by_a_base(tmp_path):
    """A base is a shipped scenario; a path, even to a file that is there, is not."""
    written(tmp_path, BASED, "other.toml")

    for base in ("./other.toml", "../scenarios/calm", str(tmp_path / "other.toml"), "mine"):
        with pytest.raises(BadInput, match="unknown scenario"):
            load_scenario(written(tmp_path, f'base = "{base}"'))


def test_a_scenario_that_is_its_own_base_is_told(monkeypatch, tmp_path):
    """Shipped files may have bases; a ring of them ends in a message and not in a crash."""
    from standoff.world import scenarios

    folder = tmp_path / "scenarios"
    folder.mkdir()
    for name, base in (("first", "second"), ("second", "first"), ("alone", "alone")):
        written(folder, f'base = "{base}"', f"{name}.toml")
    monkeypatch.setattr(scenarios, "files", lambda package: tmp_path)  # noqa: ARG005

    for name in ("first", "alone"):
        with pytest.raises(BadInput, match="its own base") as told:
            load_scenario(name)
        assert "\n" not in str(told.value)
