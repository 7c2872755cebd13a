"""Every number of the model: stated once with unit, range and source, and none without effect."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

import standoff
from standoff.agents.doctrines import doctrines_from
from standoff.experiments.settings import make_settings
from standoff.model.ensemble import play, play_runs
from standoff.world.chips import cuda_share
from standoff.world.parameters import FACTS, PARAMETER_ROW, Params
from standoff.world.scenarios import load_scenario
from standoff.world.state import STATE_FACTS, STATE_ROW, Adoption

NUMBERS = FACTS | STATE_FACTS
DATA = Path(standoff.__file__).parent / "world" / "data"
FIGURES = {
    row["id"]: row
    for row in csv.DictReader(
        line for line in (DATA / "figures.csv").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    )
}
LAST_MECHANISM, LAST_CHECK = 137, 24  # the M and V that the sources number
CITED = re.compile(r"\b(?:([FM])(\d{2,3})|(V)(\d{1,2})[bc]?)\b")


def cited(source):
    """Return the ids that a source names, as (letter, number); a range such as F052 to F054 names its ends."""
    return [(a or c, int(b or d)) for a, b, c, d in CITED.findall(source)]


def unfounded(source):
    """Return the ids that a source names and that do not exist."""
    return [
        f"{letter}{number}"
        for letter, number in cited(source)
        if (letter == "F" and f"F{number:03d}" not in FIGURES)
        or (letter == "M" and not 1 <= number <= LAST_MECHANISM)
        or (letter == "V" and not 1 <= number <= LAST_CHECK)
    ]


def well_founded(source):
    """Return whether a source says where a number comes from: an id, or the plain word that it is assumed."""
    kind, _, reason = source.partition(":")
    if kind == "assumption":
        return bool(reason.strip())
    return bool(cited(source)) or source.startswith("definition")


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_says_what_it_is_in_which_unit_and_range(name):
    fact = NUMBERS[name]

    assert len(fact.meaning) > 10
    assert fact.unit.strip()
    assert fact.low < fact.high
    assert name not in FACTS or fact.low <= getattr(Params(), name) <= fact.high


@pytest.mark.parametrize("name", FACTS)
def test_a_parameter_says_where_it_comes_from(name):
    source = FACTS[name].source

    assert well_founded(source)
    assert unfounded(source) == []


@pytest.mark.parametrize(
    "source", ["", "assumption", "assumption: ", "a guess", "everybody knows", "the F-series", "MODEL.md"]
)
def test_a_source_that_says_nothing_is_seen(source):
    assert not well_founded(source)


@pytest.mark.parametrize("source", ["F999", "F001 over F400", "M138", "V25", "assumption: M00"])
def test_a_source_that_does_not_exist_is_seen(source):
    assert unfounded(source)


def test_no_two_numbers_have_the_same_name_or_meaning():
    meanings = [fact.meaning for fact in NUMBERS.values()]

    assert not FACTS.keys() & STATE_FACTS.keys()
    assert len(meanings) == len(set(meanings))


def test_the_figures_are_well_formed():
    assert len(FIGURES) > 100
    for name, row in FIGURES.items():
        assert re.fullmatch(r"F\d{3}", name)
        assert row["quantity"], name
        assert row["source"], name
        if row["low"]:  # else a list, such as the steps of a tariff
            assert float(row["low"]) <= float(row["central"]) <= float(row["high"]), name


JULY = load_scenario("july-2025").state
ANCHORS = {
    # what, figure, what one unit of the figure is in the model
    "tariff_floor": (Params().tariff_floor, "F083", 1 / 125),
    "netherlands_vendor_exposure": (Params().netherlands_vendor_exposure, "F103", 1),
    "japan_vendor_exposure": (Params().japan_vendor_exposure, "F105", 1),
    "south_korea_vendor_exposure": (Params().south_korea_vendor_exposure, "F108", 1),
    "taiwan_vendor_exposure": (Params().taiwan_vendor_exposure, "F111", 1),
    "redesign_months": (Params().redesign_months, "F036", 1),
    "restock_months": (Params().restock_months, "F037", 1),
    "inference_ceiling": (Params().inference_ceiling, "F099", 1),
    "tariff_on_china in July 2025": (JULY["tariff_on_china"], "F087", 1 / 125),
    "tariff_on_china in April 2025": (load_scenario("april-2025").state["tariff_on_china"], "F086", 1 / 125),
    "tariff_on_allies in July 2025": (JULY["tariff_on_allies"], "F112", 1 / 100),
    "domestic_chip_performance in July 2025": (JULY["domestic_chip_performance"], "F031", 1),
    "hidden_stock in July 2025": (JULY["hidden_stock"], "F043", 1e-6 / 2),
    "memory_stock in July 2025": (JULY["memory_stock"], "F044", 1e-6 / 8),
    "inference_share in July 2025": (JULY["inference_share"], "F098", 1),
    "inference_reference": (Params().inference_reference, "F098", 1),
    "rare_earth_stock in July 2025": (JULY["rare_earth_stock"], "F064", 12 / 52),
    "CUDA share in July 2025": (cuda_share(Adoption(*(JULY[name] for name in Adoption._fields))), "F016", 1),
    "dependence in July 2025": (1 - JULY["non_china_rare_earth_share"], "F056", 1),
    "Huawei's sales in July 2025": (JULY["domestic_chip_capacity"] + Params().hidden_release, "F042", 1e-6),
}


@pytest.mark.parametrize("name", ANCHORS)
def test_a_number_taken_from_a_figure_lies_within_it(name):
    value, figure, unit = ANCHORS[name]
    low, high = float(FIGURES[figure]["low"]) * unit, float(FIGURES[figure]["high"]) * unit

    assert low - 0.005 <= value <= high + 0.005


# Every number matters

RUNS, MONTHS = 6, 40
# Numbers that act only under a condition: what is set, what is followed, and why.
CONDITIONS = {
    "us_freeze_control": ({}, {"us": "freeze"}, "the ceiling that freeze-in-place holds"),
    "us_update_trigger": ({}, {"us": "freeze"}, "when freeze-in-place updates"),
    "us_slide_margin": ({}, {"us": "sliding_scale"}, "where the sliding scale sets the ceiling"),
    "beijing_escalated": ({}, {"us": "tit_for_tat"}, "only a US that answers in kind remembers it"),
}
# Numbers whose effect a handful of runs may miss: settings under which it is seldom missed.
HALF_CUDA = {"stay_cuda": 0.3, "dual_stack": 0.3, "move_to_cann": 0.4, "grey_market": 0.0, "rent_offshore": 0.0}
SLIDES = {  # a ceiling that slides tips a subsidy only where access is worth much
    "belief_us_slides": 1.0,
    "beijing_planning_gain": 1.5,
    "beijing_autonomy_value": 0.0,
    "beijing_compute_value": 60.0,
}
STILL = {  # levers stay where they start, and no other line is crossed
    **dict.fromkeys(("us_move_cost", "us_update_cost", "beijing_move_cost"), 10.0),
    "us_coordination": 1.0,
    "talk_rate": 0.0,
    "talk_urgency": 0.0,
    "regime_hostility": 0.8,
    "regime_cuda_share": 0.2,
    "regime_deals": 5.0,
}
FAINT = {
    # runs that end between the ends of the range of a line
    "regime_cuda_share": {**STILL, **HALF_CUDA, "revision_rate": 0.01},
    "regime_chip_control": {**STILL, "chip_control": 0.5, "us_concession_cost": 10.0},
    "regime_restriction": {**STILL, "rare_earth_restriction": 0.5},
    "regime_hostility": {**STILL, "chip_control": 0.75, "rare_earth_restriction": 0.5},
    "regime_deals": {"talk_rate": 0.4},
    "us_misprice": {"talk_rate": 0.4},  # heard only at the table
    "grievance": {"grievance_weight": 15.0},  # it tips Beijing's first two moves
    "slides_prior_weight": SLIDES,
    "belief_us_slides": SLIDES,
    "beijing_planning_gain": SLIDES,
    "congress_floor_relief": {"congress_pressure": 4.0},  # laws are rare
    "congress_floor_cost": {"congress_pressure": 4.0},
    "bridge_chance": {"huawei_precision": FACTS["huawei_precision"].low, "switching_cost": 2.0},  # so are bridges
    "bridge_worth": {"huawei_precision": FACTS["huawei_precision"].low, "switching_cost": 2.0, "bridge_chance": 0.1},
}


def ends_of(name, values):
    """Yield the starting values and parameters at the low and the high end of a number's range."""
    for end in (NUMBERS[name].low, NUMBERS[name].high):
        given = {**values, name: end}
        if name in Adoption._fields:  # the other shares make room
            rest = {share: JULY[share] for share in Adoption._fields if share != name}
            given |= {share: value * (1.0 - end) / sum(rest.values()) for share, value in rest.items()}
        yield given


def moved(settings_of, doctrines):
    """Return by name whether the two ends of its range give different outcomes, run by run under common luck.

    `settings_of` holds, by name, what else is set. Differences in the last places are rounding, not effects.
    """
    if not hasattr(play_runs, "signatures"):
        pytest.skip("under NUMBA_DISABLE_JIT=1 this would take hours")
    base = make_settings()
    points, starts = [], []
    assert all(values.keys() <= NUMBERS.keys() for values in settings_of.values())
    for given in (given for name, values in settings_of.items() for given in ends_of(name, values)):
        points.append(tuple(given.get(name, base.parameters[name]) for name in FACTS))
        starts.append(tuple(given.get(name, base.state[name]) for name in STATE_FACTS))
    outcomes = play(
        np.repeat(np.array(points, PARAMETER_ROW), RUNS),
        np.repeat(np.array(starts, STATE_ROW), RUNS),
        np.tile(np.arange(RUNS), len(points)),
        MONTHS,
        7,
        doctrines_from(doctrines),
        developers=0,
    ).outcomes
    assert np.isfinite(outcomes).all()
    low, high = outcomes.reshape(len(settings_of), 2, RUNS, -1).swapaxes(0, 1)
    differ = ~np.isclose(low, high, rtol=1e-9, atol=1e-12)
    return dict(zip(settings_of, differ.any(axis=(1, 2)).tolist(), strict=True))


@pytest.fixture(scope="module")
def effects():
    return moved({name: FAINT.get(name, {}) for name in NUMBERS}, {})


@pytest.mark.parametrize("name", [name for name in NUMBERS if name not in CONDITIONS])
def test_a_number_moves_some_outcome(name, effects):
    """From one end of its range to the other, all else and all luck held fixed."""
    assert effects[name]


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_number_that_acts_under_a_condition_acts_under_it_and_only_there(name, effects):
    values, doctrines, reason = CONDITIONS[name]

    assert reason
    assert moved({name: values}, doctrines)[name]
    assert not effects[name]
