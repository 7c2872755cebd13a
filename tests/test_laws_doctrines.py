"""Doctrines: the moves that each leaves open, as the sources describe it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.agents import allies, huawei, us
from standoff.agents.doctrines import (
    AllyDoctrine,
    BeijingDoctrine,
    HuaweiDoctrine,
    NvidiaDoctrine,
    UsDoctrine,
    ally_permits,
    beijing_eases,
    beijing_escalates,
    beijing_permits,
    huawei_permits,
    nvidia_permits,
    us_concedes,
    us_escalates,
    us_permits,
)
from standoff.agents.moves import AllyMove, BeijingMove, HuaweiMove, NvidiaMove, UsMove
from standoff.world.parameters import Params
from standoff.world.state import World

from .actor_moves import OWN, chance_of, few, open_to
from .outlooks import beijing_values


@few
@given(world=..., p=..., of_huawei=st.sampled_from(HuaweiDoctrine), of_ally=st.sampled_from(AllyDoctrine))
def test_what_huawei_and_an_ally_may_not_do_has_no_chance(world: World, p: Params, of_huawei, of_ally):
    values = huawei.huawei_values(world, of_huawei, p)
    for move in HuaweiMove:
        assert (chance_of(values, p.huawei_precision, move) == 0.0) >= (not huawei_permits(of_huawei, move)), move
        assert math.isfinite(values[move])
    for exposure in OWN:
        values = allies.ally_values(exposure(p), world, of_ally, p)
        for stance in AllyMove:
            assert (chance_of(values, p.ally_precision, stance) > 0.0) <= ally_permits(of_ally, stance), stance


def test_escalation_and_concession_are_opposites():
    assert open_to(UsMove, us_escalates) == {
        "TIGHTEN_CHIPS", "TIGHTEN_TOOLS", "RAISE_TARIFFS", "RESTRICT_DESIGN_SOFTWARE"
    }  # fmt: skip
    assert open_to(UsMove, us_concedes) == {"RELAX_CHIPS", "RELAX_TOOLS", "CUT_TARIFFS", "LIFT_DESIGN_SOFTWARE"}
    assert open_to(BeijingMove, beijing_escalates) == {"RESTRICT_RARE_EARTHS", "ADVANCE_PROBE"}
    assert open_to(BeijingMove, beijing_eases) == {"RENEW_RARE_EARTHS", "CLEAR_PROBE", "RELENT"}


US_RULES = Params(us_freeze_control=0.75, us_update_trigger=0.7, us_slide_margin=0.4, open_ceiling=1.5)
ALL_US = set(UsMove.__members__)


@pytest.mark.parametrize(
    ("doctrine", "values", "moves"),
    [
        ("QUANTAL", {}, ALL_US),
        ("FREEZE", {"chip_control": 0.5}, {"TIGHTEN_CHIPS"}),
        ("FREEZE", {"chip_control": 0.75, "control_effectiveness": 0.5}, {"UPDATE_CONTROLS"}),
        ("FREEZE", {"chip_control": 0.75, "control_effectiveness": 0.8}, ALL_US - {"RELAX_CHIPS", "RELAX_TOOLS"}),
        ("FREEZE", {"chip_control": 1.0, "control_effectiveness": 0.8}, ALL_US - {"RELAX_CHIPS", "RELAX_TOOLS"}),
        # the domestic chip at .6 and the margin of .4 ask for a ceiling of an H20, which is control .5
        ("SLIDING_SCALE", {"chip_control": 0.25}, {"TIGHTEN_CHIPS"}),
        ("SLIDING_SCALE", {"chip_control": 0.5}, ALL_US - {"RELAX_CHIPS", "TIGHTEN_CHIPS"}),
        ("SLIDING_SCALE", {"chip_control": 0.75}, {"RELAX_CHIPS"}),
        ("SLIDING_SCALE", {"chip_control": 0.5, "domestic_chip_performance": 0.9}, {"RELAX_CHIPS"}),
        ("SLIDING_SCALE", {"chip_control": 0.5, "domestic_chip_performance": 0.9, "chip_floor": 0.5},
         ALL_US - {"RELAX_CHIPS", "TIGHTEN_CHIPS"}),
        ("SLIDING_SCALE", {"chip_control": 0.0, "domestic_chip_performance": 3.0},
         ALL_US - {"RELAX_CHIPS", "TIGHTEN_CHIPS"}),
        ("TRANSACTIONAL", {}, ALL_US - {"RELAX_CHIPS", "RELAX_TOOLS", "CUT_TARIFFS", "LIFT_DESIGN_SOFTWARE"}),
        ("TIT_FOR_TAT", {"beijing_escalated": 1.0},
         {"TIGHTEN_CHIPS", "TIGHTEN_TOOLS", "RAISE_TARIFFS", "RESTRICT_DESIGN_SOFTWARE"}),
        ("TIT_FOR_TAT", {"beijing_escalated": -1.0},
         {"RELAX_CHIPS", "RELAX_TOOLS", "CUT_TARIFFS", "LIFT_DESIGN_SOFTWARE"}),
        ("TIT_FOR_TAT", {"beijing_escalated": 0.0}, {"HOLD", "UPDATE_CONTROLS"}),
    ],
)  # fmt: skip
def test_a_us_doctrine_leaves_open_what_its_sentence_says(plain, doctrine, values, moves):
    world = plain(**values)

    assert open_to(UsMove, lambda move: us_permits(UsDoctrine[doctrine], move, world, US_RULES)) == moves


ALL_BEIJING = set(BeijingMove.__members__)


@pytest.mark.parametrize(
    ("doctrine", "values", "moves"),
    [
        ("QUANTAL", {}, ALL_BEIJING),
        ("PATIENT", {"subsidy": 0.4}, {"SUBSIDISE"}),
        ("PATIENT", {"subsidy": 0.5}, ALL_BEIJING - {"RESTRICT_RARE_EARTHS", "ADVANCE_PROBE"}),
        ("COERCIVE", {"rare_earth_restriction": 0.5}, {"RESTRICT_RARE_EARTHS"}),
        ("COERCIVE", {"rare_earth_restriction": 0.75}, ALL_BEIJING - {"RENEW_RARE_EARTHS", "CLEAR_PROBE"}),
        ("COERCIVE", {"rare_earth_restriction": 0.0, "truce_months": 3.0},
         ALL_BEIJING - {"RENEW_RARE_EARTHS", "CLEAR_PROBE"}),
        ("TIT_FOR_TAT", {"us_escalated": 1.0}, {"RESTRICT_RARE_EARTHS", "ADVANCE_PROBE"}),
        ("TIT_FOR_TAT", {"us_escalated": -1.0}, {"RENEW_RARE_EARTHS", "CLEAR_PROBE", "RELENT"}),
        ("TIT_FOR_TAT", {"us_escalated": 0.0}, {"HOLD", "SUBSIDISE", "STEER", "REVIEW_CHIPS"}),
    ],
)  # fmt: skip
def test_a_doctrine_of_beijing_leaves_open_what_its_sentence_says(plain, doctrine, values, moves):
    world = plain(**values)

    assert open_to(BeijingMove, lambda move: beijing_permits(BeijingDoctrine[doctrine], move, world)) == moves


@pytest.mark.parametrize(
    ("kind", "permits", "moves", "open_moves"),
    [
        (NvidiaDoctrine.LOBBYING, nvidia_permits, NvidiaMove, {"LOBBY", "REDESIGN"}),
        (NvidiaDoctrine.COMPLYING, nvidia_permits, NvidiaMove, set(NvidiaMove.__members__) - {"LOBBY"}),
        (HuaweiDoctrine.SPRINTING, huawei_permits, HuaweiMove, {"EXPAND_CAPACITY"}),
        (HuaweiDoctrine.FOLLOWING, huawei_permits, HuaweiMove, {"IMPROVE_CHIP", "BUILD_BRIDGE"}),
        (AllyDoctrine.STEADFAST, ally_permits, AllyMove, {"ALIGN"}),
        (AllyDoctrine.HEDGING, ally_permits, AllyMove, {"HEDGE"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_doctrine_of_a_firm_or_an_ally_leaves_open_what_its_sentence_says(kind, permits, moves, open_moves):
    assert open_to(moves, lambda move: permits(kind, move)) == open_moves
    assert open_to(moves, lambda move: permits(type(kind).QUANTAL, move)) == set(moves.__members__)


def test_a_doctrine_that_leaves_nothing_possible_holds(plain):
    """Answer easing by easing, with nothing left to ease."""
    eased = plain(
        beijing_escalated=-1.0, us_escalated=-1.0, chip_control=0.0, tool_control=0.0, tariff_on_china=0.1,
        rare_earth_restriction=0.0, steering=0.0,
    )  # fmt: skip
    p = Params()
    of_us = us.us_values(eased, UsDoctrine.TIT_FOR_TAT, us.voice_of(0.5, p), p)
    of_beijing = beijing_values(eased, BeijingDoctrine.TIT_FOR_TAT, p, access=0.0)

    assert chance_of(of_us, p.us_precision, UsMove.HOLD) == 1.0
    assert chance_of(of_beijing, p.beijing_precision, BeijingMove.HOLD) == 1.0
