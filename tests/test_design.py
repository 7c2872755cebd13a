"""Designs give the points they promise, in a fixed order, and refuse what makes no sense."""

import numpy as np
import pytest

from standoff.agents.doctrines import doctrines_from
from standoff.experiments.design import design_points, parse_vary, visiting_order
from standoff.experiments.questions import load_question, question_names
from standoff.experiments.recipe import Plan, plan_of
from standoff.experiments.settings import make_settings, month_index, parse_set
from standoff.world.checks import BadInput

LEAD, LOSS = "us_lead_value", "us_rare_earth_loss"


def test_a_grid_crosses_all_values_the_last_axis_fastest():
    axes = parse_vary([f"{LEAD}=10:30:3", "chip_control=.5,1"])

    assert design_points(axes, "grid", None, 1) == [(10, 0.5), (10, 1), (20, 0.5), (20, 1), (30, 0.5), (30, 1)]


def test_levels_read_as_people_write_them():
    assert [point for (point,) in design_points(parse_vary(["chip_control=0:1:11"]), "grid", None, 1)][3] == 0.3


def test_no_axis_is_one_point():
    assert design_points([], "grid", None, 1) == [()]


def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_axis():
    points = np.array(design_points(parse_vary([f"{LEAD}=10:20", f"{LOSS}=40:60"]), "lhs", 25, 7))

    slices = np.floor((points - [10, 40]) / [10, 20] * 25)
    assert np.array_equal(np.sort(slices, axis=0), np.arange(25)[:, None] * [1, 1])


def test_a_sobol_design_fills_every_quarter_alike():
    points = np.array(design_points(parse_vary([f"{LEAD}=10:20", f"{LOSS}=40:60"]), "sobol", 16, 7))

    quarters, counts = np.unique(np.floor((points - [10, 40]) / [5, 10]), axis=0, return_counts=True)
    assert len(quarters) == 4
    assert set(counts) == {4}


def test_listed_values_are_drawn_alike_by_lhs():
    drawn = [value for (value,) in design_points(parse_vary(["linkage=0,1,2"]), "lhs", 30, 7)]

    assert {value: drawn.count(value) for value in drawn} == {0.0: 10, 1.0: 10, 2.0: 10}


@pytest.mark.parametrize("design", ["lhs", "sobol"])
def test_a_spread_design_follows_its_seed_alone(design):
    axes = parse_vary([f"{LEAD}=10:20"])

    assert design_points(axes, design, 8, 3) == design_points(axes, design, 8, 3)
    assert design_points(axes, design, 8, 3) != design_points(axes, design, 8, 4)


def test_a_spread_design_takes_the_n_on_which_the_axes_agree():
    assert len(design_points(parse_vary([f"{LEAD}=10:20:8", f"{LOSS}=40:60:8"]), "sobol", None, 1)) == 8


@pytest.mark.parametrize("count", [1, 2, 3, 7, 60, 400, 1001])
def test_every_beginning_of_the_visits_is_spread_over_the_design(count):
    order = visiting_order(count)

    assert sorted(order.tolist()) == list(range(count))
    for first in (count // 8, count // 2):
        if first:
            seen = np.sort(order[:first])
            gaps = np.diff([*seen, seen[0] + count])
            assert gaps.max() <= 4 * count / first


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("us_lead_value", "NAME=LOW:HIGH:N"),
        ("us_lead_value=", "NAME=LOW:HIGH:N"),
        ("=1,2", "NAME=LOW:HIGH:N"),
        ("us_lead_valu=1,2", "us_lead_value"),
        ("us_lead_value=,", "no values"),
        ("us_lead_value=a,b", "not a number"),
        ("us_lead_value=nan,10", "out of range"),
        ("us_lead_value=10,1000", "out of range"),
        ("us_lead_value=10,20,10", "twice"),
        ("us_lead_value=10:20:3:4", "form"),
        ("us_lead_value=20:10:3", "lower value first"),
        ("us_lead_value=10:10:3", "lower value first"),
        ("us_lead_value=10:1e9:3", "out of range"),
        ("us_lead_value=10:20:1", "whole number"),
        ("us_lead_value=10:20:x", "whole number"),
        ("us_lead_value=10:20:2.5", "whole number"),
        ("us_lead_value=10:20:99999999", "whole number"),
    ],
)
def test_bad_syntax_of_vary_is_told(text, says):
    with pytest.raises(BadInput, match=says):
        parse_vary([text])


def test_a_name_varied_twice_is_told():
    with pytest.raises(BadInput, match="given twice"):
        parse_vary(["us_lead_value=10,20", "us_lead_value=30,40"])


@pytest.mark.parametrize(
    ("axes", "design", "points", "says"),
    [
        (["us_lead_value=10:20"], "grid", None, "needs us_lead_value=10:20:N"),
        (["us_lead_value=10:20:3"], "grid", 5, "--points goes with"),
        (["us_lead_value=10:20"], "lhs", None, "needs --points"),
        ([f"{LEAD}=10:20:4", f"{LOSS}=40:60:8"], "lhs", None, "needs --points"),
        (["us_lead_value=10:20"], "sobol", 6, "4 or 8"),
        ([], "sobol", 8, "needs a --vary"),
        (["us_lead_value=10:20:3"], "gird", None, "grid"),
        ([f"{LEAD}=10:20:9999", f"{LOSS}=40:60:9999"], "grid", None, "99980001 points"),
    ],
)
def test_an_impossible_design_is_told(axes, design, points, says):
    with pytest.raises(BadInput, match=says):
        design_points(parse_vary(axes), design, points, 1)


# Questions, read from files


@pytest.mark.parametrize("name", question_names())
def test_every_declared_question_can_be_asked(name):
    plan = plan_of(load_question(name))

    assert plan.question.text.endswith("?")
    assert plan.total >= 64


def asked(tmp_path, text) -> Plan:
    (tmp_path / "mine.toml").write_text(text)
    return plan_of(load_question(str(tmp_path / "mine.toml")))


def test_a_users_question_is_read(tmp_path):
    plan = asked(
        tmp_path,
        'start = "july-2025"\nruns = 5\nmonths = 12\n[vary]\nus_lead_value = "10:30:3"\nchip_control = [0.5, 1]\n'
        '[set]\nsubsidy = 0.25\n[doctrines]\nus = "freeze"\nallies = "steadfast"\n',
    )

    assert (plan.question.name, plan.total, len(plan.points)) == ("mine", 30, 6)
    assert plan.starts[0].state["subsidy"] == 0.25
    assert plan.question.doctrines.taiwan.name == "STEADFAST"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("runs =", "not TOML"),
        ("run = 5", "did you mean runs"),
        ("runs = 0", "whole number"),
        ("runs = true", "whole number"),
        ("runs = 1.5", "whole number"),
        ("seed = -1", "whole number"),
        ("months = 1201", "whole number"),
        ("title = 5", "must be text"),
        ("start = 5", "must be a scenario"),
        ("start = []", "no scenario"),
        ('start = ["july-2025", "july-2025"]', "twice"),
        ('start = "july-2052"', "july-2025"),
        ('design = "gird"', "grid"),
        ("vary = 5", "must be a table"),
        ("[vary]\nus_lead_value = 5", "list of values"),
        ("[vary]\nus_lead_value = []", "no values"),
        ("[vary]\nus_lead_value = ['a']", "not a number"),
        ("[vary]\nus_lead_valu = [5, 6]", "us_lead_value"),
        ("[set]\nus_lead_value = nan", "out of range"),
        ("[set]\nus_lead_value = '5'", "not a number"),
        ("[set]\nus_lead_value = 10\n[vary]\nus_lead_value = [10, 20]", "both set and varied"),
        ("[set]\nstay_cuda = 0.0", "sum to"),
        ("[vary]\nstay_cuda = [0.1, 0.2]", "sum to"),
        ("[doctrines]\nus = 'patient'", "allowed: quantal, freeze"),
        ("[doctrines]\ncongress = 'quantal'", "unknown actor"),
    ],
)
def test_a_bad_question_file_is_told(tmp_path, text, says):
    with pytest.raises(BadInput, match=says) as told:
        asked(tmp_path, text)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["absent.toml", "./", "no\0name.toml"])
def test_an_unreadable_question_file_is_told(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="cannot be read"):
        load_question(name)


def test_a_binary_question_file_is_told(tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not a text file"):
        load_question(str(tmp_path / "mine.toml"))


# Settings


def test_what_is_set_reaches_the_row_it_belongs_to():
    settings = make_settings(values={"us_lead_value": 33, "chip_control": 1})

    assert settings.parameter_row()["us_lead_value"] == 33.0
    assert settings.state_row()["chip_control"] == 1.0
    assert make_settings().state_row()["chip_control"] != 1.0


def test_the_scenario_sets_parameters_and_the_user_overrules_it(tmp_path):
    (tmp_path / "mine.toml").write_text('base = "july-2025"\n[parameters]\nus_lead_value = 31\n')

    assert make_settings(str(tmp_path / "mine.toml")).parameters["us_lead_value"] == 31.0
    assert make_settings(str(tmp_path / "mine.toml"), {"us_lead_value": 32}).parameters["us_lead_value"] == 32.0


def test_one_ally_may_differ_from_the_allies():
    doctrines = doctrines_from({"japan": "steadfast", "allies": "hedging"})

    assert [doctrines.japan.name, doctrines.taiwan.name] == ["STEADFAST", "HEDGING"]


@pytest.mark.parametrize("texts", [["us_lead_value"], ["us_lead_value=1", "us_lead_value=2"], ["us_lead_value=5 5"]])
def test_a_bad_set_is_told(texts):
    with pytest.raises(BadInput):
        parse_set(texts)


def test_months_are_counted_from_the_start():
    scenario = make_settings().scenario

    assert month_index("2025-07", scenario, 84) == 0
    assert month_index("2026-01", scenario, 84) == 6
    for text in ("2025-06", "2032-07", "2025-13", "7", "2025-7"):
        with pytest.raises(BadInput):
            month_index(text, scenario, 84)
