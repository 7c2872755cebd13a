"""The actors: what their moves do, what is open to them, and that they want what they are said to want."""

import math

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import optimize

from standoff.agents import allies, beijing, congress, huawei, nvidia, us
from standoff.agents.choice import forbidden, logit_chance
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
from standoff.agents.moves import AllyMove, BeijingMove, CongressMove, HuaweiMove, NvidiaMove, UsMove
from standoff.agents.outlook import expected_step, outlook_years
from standoff.world.chips import chip_market
from standoff.world.fabs import even_focus
from standoff.world.parameters import Params
from standoff.world.state import Allies, World

ALLIES = set(Allies._fields)
OWN = (
    allies.netherlands_exposure, allies.japan_exposure, allies.south_korea_exposure, allies.taiwan_exposure,
)  # fmt: skip
few = hypothesis_settings(max_examples=25)


def open_to(moves, permits):
    return {move.name for move in moves if permits(move)}


def chance_of(values, precision, move):
    return logit_chance(values, precision, move.value)


# What moves do, and nothing else

US_DOES = {
    "HOLD": {}, "TIGHTEN_CHIPS": {"chip_control": 0.75, "control_effectiveness": 0.9},
    "RELAX_CHIPS": {"chip_control": 0.25}, "UPDATE_CONTROLS": {"control_effectiveness": 1.0},
    "TIGHTEN_TOOLS": {"tool_control": 0.75, "control_effectiveness": 0.9}, "RELAX_TOOLS": {"tool_control": 0.25},
    "RAISE_TARIFFS": {"tariff_on_china": 0.65}, "CUT_TARIFFS": {"tariff_on_china": 0.15},
    "RESTRICT_DESIGN_SOFTWARE": {"design_software_curb": 0.9}, "LIFT_DESIGN_SOFTWARE": {"design_software_curb": 0.0},
    "PRESS_ALLIES": {"tariff_on_allies": 0.5} | dict.fromkeys(ALLIES, 0.6), "COURT_ALLIES": {"tariff_on_allies": 0.0},
}  # fmt: skip
BEIJING_DOES = {
    "HOLD": {}, "RESTRICT_RARE_EARTHS": {"rare_earth_restriction": 0.75},
    "RENEW_RARE_EARTHS": {"rare_earth_restriction": 0.25}, "SUBSIDISE": {"subsidy": 0.75}, "STEER": {"steering": 0.5},
    "RELENT": {"steering": 0.0}, "ADVANCE_PROBE": {"probe": 0.9}, "CLEAR_PROBE": {"probe": 0.0},
}  # fmt: skip
NVIDIA_DOES = {
    "COMPLY": {}, "LOBBY": {"lobbying": 0.6}, "REDESIGN": {"redesign_months_left": 6.0},
    "SELL_INVENTORY": {"china_supply": 0.65}, "SHIFT_SUPPLY": {"china_supply": 0.4},
}  # fmt: skip
CONGRESS_DOES = {
    "WAIT": {}, "SCRUTINISE": {"congress_pressure": 0.4, "irritant_queue": 1.25},
    "LEGISLATE_FLOOR": {"congress_pressure": 0.05, "chip_floor": 0.5},
}  # fmt: skip
PACE = Params(
    tariff_floor=0.15, ally_pressing=0.1, lobbying_gain=0.2, redesign_months=6.0, restock_months=5.0, h20_line=0.5,
    congress_scrutiny_relief=0.2, congress_floor_relief=0.9,
)  # fmt: skip


def does(before, after, expected):
    flat = {name: value for part in after[1:] for name, value in part._asdict().items()}
    old = {name: value for part in before[1:] for name, value in part._asdict().items()}
    assert {name for name in flat if flat[name] != old[name]} == set(expected)
    assert {name: flat[name] for name in expected} == pytest.approx(expected)
    assert after.month == before.month


@pytest.mark.parametrize("move", UsMove, ids=lambda move: move.name.lower())
def test_a_us_move_does_its_thing_alone(plain, move):
    world = plain(design_software_curb=0.4)
    does(world, us.after_us(world, move, PACE), US_DOES[move.name])


@pytest.mark.parametrize("move", BeijingMove, ids=lambda move: move.name.lower())
def test_a_move_of_beijing_does_its_thing_alone(plain, move):
    world = plain(probe=0.4)
    does(world, beijing.after_beijing(world, move), BEIJING_DOES[move.name])


@pytest.mark.parametrize("move", NvidiaMove, ids=lambda move: move.name.lower())
def test_a_move_of_nvidia_does_its_thing_alone(plain, move):
    does(plain(), nvidia.after_nvidia(plain(), move, PACE), NVIDIA_DOES[move.name])


@pytest.mark.parametrize("move", CongressMove, ids=lambda move: move.name.lower())
def test_a_move_of_congress_does_its_thing_alone(plain, move):
    does(plain(), congress.after_congress(plain(), move, PACE), CONGRESS_DOES[move.name])


@pytest.mark.parametrize("move", HuaweiMove, ids=lambda move: move.name.lower())
def test_a_focus_is_on_one_thing(move):
    focus = huawei.focus_of(move)

    assert sum(focus) == 1.0
    assert getattr(focus, move.name.lower().split("_")[1 if "BUILD" in move.name else 0]) == 1.0


@pytest.mark.parametrize(
    ("move", "after"),
    [("ALIGN", 0.6), ("PARTIAL", 0.532), ("HEDGE", 0.466), ("DEFECT", 0.4), ("ASK_COMPENSATION", 0.532)],
)
def test_alignment_follows_a_stance_slowly(move, after):
    assert allies.alignment_after(0.5, AllyMove[move], Params(ally_speed=0.2)) == pytest.approx(after)


def test_a_floor_is_written_where_the_ceiling_stands_but_never_above_the_h20(plain):
    floors = [
        congress.after_congress(plain(chip_control=control), CongressMove.LEGISLATE_FLOOR, PACE).us.chip_floor
        for control in (0.25, 0.5, 1.0)
    ]

    assert floors == [0.25, 0.5, 0.5]


@given(world=..., p=..., move=st.sampled_from(UsMove))
def test_us_moves_keep_levers_in_range_and_above_the_law_and_the_tariff_floor(world: World, p: Params, move):
    after = us.after_us(world, move, p)

    assert all(0.0 <= level <= 1.0 for level in (*after.us, *after.allies))
    assert after.us.chip_control >= min(world.us.chip_control, world.us.chip_floor)
    assert after.us.tariff_on_china >= min(world.us.tariff_on_china, p.tariff_floor)


@given(world=..., p=..., of_beijing=st.sampled_from(BeijingMove), of_nvidia=st.sampled_from(NvidiaMove))
def test_other_moves_keep_levers_in_range(world: World, p: Params, of_beijing, of_nvidia):
    firm = nvidia.after_nvidia(world, of_nvidia, p).nvidia

    assert all(0.0 <= level <= 1.0 for level in beijing.after_beijing(world, of_beijing).beijing)
    assert 0.0 <= firm.china_supply <= 1.0
    assert 0.0 <= firm.lobbying <= 1.0


# What is open


@few
@given(world=..., p=..., doctrine=st.sampled_from(UsDoctrine), dealmakers=st.floats(0.0, 1.0))
def test_what_the_us_cannot_or_may_not_do_has_no_chance(world: World, p: Params, doctrine, dealmakers):
    values = us.us_values(world, doctrine, us.voice_of(dealmakers, p), p)

    for move in UsMove:
        nothing = us.after_us(world, move, p) == world and move not in (UsMove.HOLD, UsMove.UPDATE_CONTROLS)
        if nothing or (move != UsMove.HOLD and not us_permits(doctrine, move, us.as_us_sees(world), p)):
            assert chance_of(values, p.us_precision, move) == 0.0, move
        assert math.isfinite(values[move])
    assert max(values) > forbidden()


@few
@given(world=..., p=..., doctrine=st.sampled_from(BeijingDoctrine))
def test_what_beijing_cannot_or_may_not_do_has_no_chance(world: World, p: Params, doctrine):
    values = beijing.beijing_values(world, doctrine, beijing.access_value(world, p), p)

    for move in BeijingMove:
        nothing = beijing.after_beijing(world, move) == world and move != BeijingMove.HOLD
        if nothing or (move != BeijingMove.HOLD and not beijing_permits(doctrine, move, world)):
            assert chance_of(values, p.beijing_precision, move) == 0.0, move
        assert math.isfinite(values[move])
    assert max(values) > forbidden()


@few
@given(world=..., p=..., doctrine=st.sampled_from(NvidiaDoctrine))
def test_what_nvidia_cannot_or_may_not_do_has_no_chance(world: World, p: Params, doctrine):
    values = nvidia.nvidia_values(world, doctrine, nvidia.policy_stake(world, p), p)

    for move in NvidiaMove:
        running = move == NvidiaMove.REDESIGN and world.nvidia.redesign_months_left > 0.0
        if running or not nvidia_permits(doctrine, move):
            assert chance_of(values, p.nvidia_precision, move) == 0.0, move
        assert math.isfinite(values[move])
    assert max(values) > 0.5 * forbidden()


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


def test_a_redesign_towards_the_chip_one_already_sells_is_no_move(plain):
    p = Params(open_ceiling=1.5)

    assert not nvidia.nvidia_can(NvidiaMove.REDESIGN, plain(chip_control=0.5, compliant_performance=1.0), p)
    assert nvidia.nvidia_can(NvidiaMove.REDESIGN, plain(chip_control=0.75, compliant_performance=1.0), p)
    assert nvidia.nvidia_can(NvidiaMove.REDESIGN, plain(chip_control=0.25, compliant_performance=1.0), p)


def test_a_law_that_would_bind_nobody_is_not_written(plain):
    bound, loose = plain(chip_floor=0.5, congress_pressure=4.0), plain(chip_floor=0.25, congress_pressure=4.0)
    p = Params(h20_line=0.5)

    assert chance_of(congress.congress_values(bound, p), 1.0, CongressMove.LEGISLATE_FLOOR) == 0.0
    assert chance_of(congress.congress_values(loose, p), 1.0, CongressMove.LEGISLATE_FLOOR) > 0.1


# Doctrines, as the sources describe them


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
        ("TIT_FOR_TAT", {"us_escalated": 0.0}, {"HOLD", "SUBSIDISE", "STEER"}),
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
    of_beijing = beijing.beijing_values(eased, BeijingDoctrine.TIT_FOR_TAT, 0.0, p)

    assert chance_of(of_us, p.us_precision, UsMove.HOLD) == 1.0
    assert chance_of(of_beijing, p.beijing_precision, BeijingMove.HOLD) == 1.0


# What they want: the US


@pytest.mark.parametrize(("dealmakers", "security", "commerce"), [(0.0, 1.4, 0.6), (0.5, 1.0, 1.0), (1.0, 0.6, 1.4)])
def test_agencies_weigh_security_and_dealmakers_commerce(dealmakers, security, commerce):
    voice = us.voice_of(dealmakers, Params(us_division=0.4))

    assert voice == pytest.approx((security, commerce, 1.0))


def test_who_speaks_is_drawn_with_the_chances_of_a_divided_house(plain):
    """.6 of months as one, with .7 - .2 x .5 = .6; else dealmakers alone .24 of months and agencies .16."""
    p = Params(us_coordination=0.6, us_dealmaker_weight=0.7, us_congress_drag=0.2)
    voices = [us.speaker(plain(congress_pressure=0.5), (i + 0.5) / 1000, p) for i in range(1000)]

    assert [voices.count(voice) for voice in (1.0, 0.0)] == [240, 160]
    assert [voice for voice in voices if 0.0 < voice < 1.0] == pytest.approx([0.6] * 600)


def test_a_month_of_the_us_by_hand(plain):
    """Every term alone, in $bn a year."""
    p = Params(
        us_lead_value=20.0, us_huawei_cost=8.0, us_rare_earth_loss=60.0, us_tariff_gain=160.0, us_tariff_harm=200.0,
        us_nvidia_weight=0.3, us_lobbying_weight=1.2, us_tool_sales=3.0, us_curb_cost=2.0, us_ally_tariff_gain=3.0,
        us_ally_tariff_harm=4.0, us_probe_cost=3.0, us_retaliation=16.0, us_division=0.5, rare_earth_cover=0.7,
        rare_earth_store=3.0, truce_tariff=0.3, h20_line=0.5,
    )  # fmt: skip
    world = plain(probe=0.6, design_software_curb=0.3, rare_earth_stock=0.0, non_china_rare_earth_share=0.5)
    market = chip_market(world, p)._replace(nvidia_revenue=10.0)
    terms = us.us_flow(world, market, us.voice_of(0.0, p), p)

    heat = 1 / 7 + 0.1, 0.7  # what the US and Beijing do
    assert terms == pytest.approx(
        us.UsTerms(
            compute_lead=1.5 * 20 * math.log(5),
            huawei=-1.5 * 8 * math.log(1 + 0.25 * 0.6 * 1.2),
            rare_earths=-0.5 * 60 * 0.125,
            tariffs=160 * 0.4 - 200 * 0.16,
            nvidia=0.5 * 0.3 * 1.6 * 10,
            sales_forgone=-0.5 * (1.5 + 0.6),
            ally_tariffs=0.75 - 0.25,
            probes=-1.8,
            retaliation=-16 * (heat[0] + heat[1] - 2 * heat[0] * heat[1]) / 2,
        )
    )


def test_the_us_judges_huawei_by_its_estimate(plain):
    seen = us.as_us_sees(plain(us_estimate_of_capacity=0.9, domestic_chip_capacity=0.2, hidden_stock=1.0))

    assert seen.huawei.domestic_chip_capacity == 0.9
    assert seen.huawei.hidden_stock == 0.0
    assert seen.huawei._replace(domestic_chip_capacity=0.25, hidden_stock=1.0) == plain().huawei


@pytest.mark.parametrize(
    ("move", "world", "month", "costs"),
    [
        # change, audience, congress, summit, truce
        ("HOLD", {"truce_months": 5.0}, 3, (0, 0, 0, 0, 0)),
        ("UPDATE_CONTROLS", {"truce_months": 5.0}, 3, (2, 0, 0, 0, 0)),
        ("TIGHTEN_CHIPS", {}, 6, (5, 0, 0, 0, 0)),
        ("TIGHTEN_CHIPS", {"truce_months": 5.0}, 3, (5, 0, 0, 6, 7)),
        ("RAISE_TARIFFS", {}, 0, (5, 0, 0, 3, 0)),
        ("RELAX_CHIPS", {"tradable_chips": 1.0}, 3, (5, 1.2, 1, 0, 0)),
        ("RELAX_CHIPS", {"tradable_chips": 0.0, "congress_pressure": 2.0}, 3, (5, 4, 4, 0, 0)),
        ("RELAX_TOOLS", {"tradable_chips": 1.0}, 3, (5, 4, 1, 0, 0)),
        ("CUT_TARIFFS", {"truce_months": 5.0}, 3, (5, 0, 0, 0, 0)),
        ("PRESS_ALLIES", {"truce_months": 5.0}, 3, (5, 0, 0, 0, 0)),
    ],
)
def test_what_a_us_move_costs_at_once(plain, move, world, month, costs):
    p = Params(
        us_move_cost=5.0, us_update_cost=2.0, us_concession_cost=4.0, congress_drag_cost=2.0, summit_value=6.0,
        truce_break_cost=7.0, summit_first=3.0, summit_interval=12.0,
    )  # fmt: skip

    assert us.us_costs(UsMove[move], plain(month=month, **world), us.voice_of(0.5, p), p) == pytest.approx(costs)


@pytest.mark.parametrize(
    ("move", "linkage", "restriction", "chance"),
    [("TIGHTEN_CHIPS", 0.0, 0.0, 0.6), ("UPDATE_CONTROLS", 0.0, 0.0, 0.3), ("RELAX_CHIPS", 2.0, 0.5, 0.2),
     ("RELAX_CHIPS", 1.0, 0.5, 0.0), ("RELAX_CHIPS", 2.0, 0.0, 0.0), ("RELAX_TOOLS", 2.0, 0.5, 0.0),
     ("CUT_TARIFFS", 2.0, 0.5, 0.2), ("HOLD", 2.0, 0.5, 0.0), ("PRESS_ALLIES", 2.0, 0.5, 0.0)],
)  # fmt: skip
def test_which_answers_the_us_reckons_with(plain, move, linkage, restriction, chance):
    p = Params(linkage=linkage, us_expected_reciprocity=0.2)
    world = plain(belief_beijing_retaliates=0.6, rare_earth_restriction=restriction)

    assert us.us_answer_chance(UsMove[move], world, p) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("move", "before", "after"),
    [("TIGHTEN_CHIPS", 0.25, 0.75), ("UPDATE_CONTROLS", 0.25, 0.75), ("TIGHTEN_TOOLS", 0.75, 1.0),
     ("RELAX_CHIPS", 0.75, 0.25), ("CUT_TARIFFS", 0.25, 0.0)],
)  # fmt: skip
def test_an_answer_is_two_steps_of_the_tap_and_nothing_else(plain, changed, move, before, after):
    world = plain(rare_earth_restriction=before)
    answered = us.us_answered(UsMove[move], world, Params())

    assert changed(world, answered) == {"rare_earth_restriction"}
    assert answered.beijing.rare_earth_restriction == after


def us_gain(world, move, p, dealmakers=0.5):
    """Return what a move is worth to the US beyond holding."""
    values = us.us_values(world, UsDoctrine.QUANTAL, us.voice_of(dealmakers, p), p)
    return values[UsMove[move]] - values[UsMove.HOLD]


def test_the_more_the_lead_is_worth_the_more_a_tightening_is(plain):
    gains = [us_gain(plain(), "TIGHTEN_CHIPS", Params(us_lead_value=value)) for value in (5.0, 20.0, 80.0)]

    assert gains == sorted(gains)
    assert gains[2] > gains[0] + 1.0


def test_agencies_would_rather_tighten_than_dealmakers(plain):
    p = Params(us_division=0.5)

    assert us_gain(plain(), "TIGHTEN_CHIPS", p, 0.0) > us_gain(plain(), "TIGHTEN_CHIPS", p, 1.0) + 0.5


def test_a_us_that_fears_an_answer_tightens_less(plain):
    """M09, without the wish to see like answered by like, which would welcome it."""
    p = Params(us_retaliation=0.0, us_rare_earth_loss=100.0)
    gains = [
        us_gain(plain(belief_beijing_retaliates=fear, rare_earth_restriction=0.0, rare_earth_stock=0.0),
                "TIGHTEN_CHIPS", p)
        for fear in (0.0, 0.5, 1.0)
    ]  # fmt: skip

    assert gains[0] > gains[1] > gains[2]
    assert gains[0] - gains[1] == pytest.approx(gains[1] - gains[2])


def test_nothing_is_better_than_holding_when_moves_are_dear_and_the_world_is_calm(plain):
    """Levers at rest, tariffs at the US's own optimum: gain / (2 harm) = .4."""
    p = Params(us_move_cost=10.0, us_update_cost=10.0, us_tariff_gain=160.0, us_tariff_harm=200.0, us_lead_value=5.0)
    world = plain(rare_earth_restriction=0.0, tariff_on_china=0.4)

    for move in UsMove:
        if move != UsMove.HOLD and us.us_can(move, world.us, p):
            assert us_gain(world, move.name, p) < 0.0, move


@pytest.mark.parametrize(("tariff", "better"), [(0.9, "CUT_TARIFFS"), (0.16, "RAISE_TARIFFS")])
def test_tariffs_are_pulled_towards_what_pays_at_home(plain, tariff, better):
    p = Params(us_tariff_gain=160.0, us_tariff_harm=200.0, us_retaliation=0.0)
    world = plain(tariff_on_china=tariff, belief_beijing_retaliates=0.0, rare_earth_restriction=0.0)
    other = {"CUT_TARIFFS": "RAISE_TARIFFS", "RAISE_TARIFFS": "CUT_TARIFFS"}[better]

    assert us_gain(world, better, p) > 0.0 > us_gain(world, other, p)


def test_under_a_cut_off_a_us_that_expects_an_answer_gives_way(plain):
    """Full restriction, no stock: a tariff cut that is surely answered beats standing firm."""
    p = Params(us_rare_earth_loss=140.0, us_expected_reciprocity=1.0, us_retaliation=0.0)
    world = plain(rare_earth_restriction=1.0, rare_earth_stock=0.0, tariff_on_china=0.65)

    unanswered = us_gain(world, "CUT_TARIFFS", p._replace(us_expected_reciprocity=0.0))
    assert us_gain(world, "CUT_TARIFFS", p) > max(5.0, unanswered + 1.0)


# What they want: Beijing


def test_a_month_of_beijing_by_hand(plain):
    """Every term alone, in $bn a year; Huawei's .65 M chips of .6 meet .39 of the demand of 2 M twice over."""
    p = Params(
        beijing_compute_value=28.0, beijing_autonomy_value=14.0, beijing_tariff_harm=18.0, beijing_rare_earth_rent=14.0,
        beijing_leverage_value=16.0, beijing_restriction_harm=12.0, beijing_subsidy_cost=15.0,
        beijing_steering_cost=10.0, beijing_curb_harm=6.0, beijing_probe_cost=1.5, beijing_retaliation=16.0,
        truce_tariff=0.3, h20_line=0.5,
    )  # fmt: skip
    world = plain(probe=0.6, design_software_curb=0.3, steering=0.5)
    terms = beijing.beijing_flow(world, chip_market(world, p)._replace(huawei_units=0.65), p)

    heat = 1 / 7 + 0.1, 0.7
    assert terms == pytest.approx(
        beijing.BeijingTerms(
            compute=28 * math.log(4),
            autonomy=14 * 0.4,
            tariffs=-7.2,
            rare_earth_rent=14 * 0.8,
            leverage=8.0 - 3.0,
            subsidy=-15 * 0.25,
            steering=-10 * 0.25 * (1.2 - 0.39),
            curbs=-1.8,
            probes=-0.9,
            retaliation=-16 * (heat[0] + heat[1] - 2 * heat[0] * heat[1]) / 2,
        )
    )


def test_beijings_tap_pays_most_where_leverage_is_twice_its_harm(plain):
    p = Params(beijing_leverage_value=16.0, beijing_restriction_harm=16.0)
    held = [
        beijing.beijing_flow(plain(rare_earth_restriction=rho), chip_market(plain(), p), p).leverage
        for rho in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]

    assert held == pytest.approx([0.0, 3.0, 4.0, 3.0, 0.0])


@pytest.mark.parametrize(
    ("move", "world", "costs"),
    [("HOLD", {}, (0, 0, 0, 0)), ("SUBSIDISE", {}, (2, 0, 0, -2.5)), ("STEER", {"truce_months": 5.0}, (4, 0, 0, 0)),
     ("RESTRICT_RARE_EARTHS", {"grievance": 0.5}, (4, 0, -3, 0)),
     ("RESTRICT_RARE_EARTHS", {"truce_months": 5.0}, (4, 7, 0, 0)),
     ("ADVANCE_PROBE", {"truce_months": 5.0}, (4, 7, 0, 0)),
     ("CLEAR_PROBE", {"truce_months": 5.0, "grievance": 1.0}, (4, 0, 0, 0))],
)  # fmt: skip
def test_what_a_move_of_beijing_costs_at_once(plain, move, world, costs):
    """An agency's measure makes a restriction cheaper; a ceiling that slides pays for progress."""
    p = Params(beijing_move_cost=4.0, beijing_budget_cost=2.0, irritant_grievance=6.0, truce_break_cost=7.0,
               beijing_planning_gain=0.5)  # fmt: skip

    assert beijing.beijing_costs(BeijingMove[move], plain(**world), 10.0, p) == pytest.approx(costs)


def test_what_beijing_hopes_a_squeeze_will_bring(plain, changed):
    """A step of chips, with half the belief that they are for sale; else a step of tariffs and the end of curbs."""
    p, world = Params(tariff_floor=0.15), plain(tariff_on_china=0.9, design_software_curb=0.5, belief_us_yields=1.0)
    chips, trade = beijing.chips_yielded(world, p), beijing.trade_yielded(world, p)

    assert changed(world, chips) == {"chip_control"}
    assert chips.us.chip_control == 0.25
    assert changed(world, trade) == {"tariff_on_china", "design_software_curb"}
    assert (trade.us.tariff_on_china, trade.us.design_software_curb) == pytest.approx((0.65, 0.0))
    squeezed = beijing.after_beijing(world, BeijingMove.RESTRICT_RARE_EARTHS)
    hopes = [sum(beijing.beijing_outlook(yielded(squeezed, p), p))
             for yielded in (beijing.chips_yielded, beijing.trade_yielded)]  # fmt: skip
    for tradable in (0.0, 0.6, 1.0):
        sure = world._replace(beliefs=world.beliefs._replace(tradable_chips=tradable))
        worth = beijing.beijing_value(BeijingMove.RESTRICT_RARE_EARTHS, sure, BeijingDoctrine.QUANTAL, 0.0, p)
        expected = 0.5 * tradable * hopes[0] + (1 - 0.5 * tradable) * hopes[1] - p.beijing_move_cost
        assert worth == pytest.approx(expected)


def beijing_gain(world, move, p):
    values = beijing.beijing_values(world, BeijingDoctrine.QUANTAL, beijing.access_value(world, p), p)
    return values[BeijingMove[move]] - values[BeijingMove.HOLD]


def test_a_us_that_yields_is_pressed(plain):
    """M28, M29, linear in the belief; nothing else hangs on it."""
    p = Params(beijing_retaliation=0.0, beijing_autonomy_value=0.0)
    worlds = [plain(belief_us_yields=belief, tariff_on_china=0.9) for belief in (0.0, 0.5, 1.0)]
    gains = [beijing_gain(world, "RESTRICT_RARE_EARTHS", p) for world in worlds]

    assert gains[0] < gains[1] < gains[2]
    assert gains[1] - gains[0] == pytest.approx(gains[2] - gains[1])
    for move in ("RENEW_RARE_EARTHS", "SUBSIDISE", "STEER", "RELENT", "ADVANCE_PROBE"):
        assert beijing_gain(worlds[0], move, p) == pytest.approx(beijing_gain(worlds[2], move, p))


def test_a_ceiling_that_slides_pays_for_progress(plain):
    """M03: the subsidy earns belief x planning gain x what a step of access is worth."""
    p = Params(beijing_autonomy_value=0.0, beijing_planning_gain=0.5)
    fixed, slides = plain(belief_us_slides=0.0, chip_control=0.75), plain(belief_us_slides=0.8, chip_control=0.75)
    access = beijing.access_value(fixed, p)

    assert access > 0.1
    gained = beijing_gain(slides, "SUBSIDISE", p) - beijing_gain(fixed, "SUBSIDISE", p)
    assert gained == pytest.approx(0.8 * 0.5 * access)


def test_access_is_worth_nothing_where_there_is_none_to_gain(plain):
    assert beijing.access_value(plain(chip_control=0.0), Params()) == 0.0
    assert beijing.access_value(plain(chip_floor=0.5), Params()) == 0.0


@given(world=..., p=...)
@few
def test_access_is_never_worth_less_than_nothing(world: World, p: Params):
    assert beijing.access_value(world, p) >= 0.0


def test_autonomy_makes_steering_worth_more(plain):
    gains = [beijing_gain(plain(), "STEER", Params(beijing_autonomy_value=value)) for value in (0.0, 20.0, 40.0)]

    assert gains[0] < gains[1] < gains[2]


# What they want: firms


def test_nvidias_month_by_hand(plain):
    """Revenue in China and the half of its supply that it does not send there, at 6; a redesign costs .8."""
    p = Params(nvidia_outside_price=6.0, redesign_cost=0.8)
    market = chip_market(plain(), p)._replace(nvidia_revenue=9.0)

    assert nvidia.nvidia_flow(plain(), market, p) == pytest.approx((9.0, 3.6))
    assert nvidia.nvidia_payoff(plain(), market, NvidiaMove.COMPLY, p) == pytest.approx(12.6 / 12)
    assert nvidia.nvidia_payoff(plain(), market, NvidiaMove.REDESIGN, p) == pytest.approx(12.6 / 12 - 0.8)


def nvidia_gain(world, move, p, stake=None):
    stake = nvidia.policy_stake(world, p) if stake is None else stake
    values = nvidia.nvidia_values(world, NvidiaDoctrine.QUANTAL, stake, p)
    return values[NvidiaMove[move]] - values[NvidiaMove.COMPLY]


def test_lobbying_is_worth_the_standing_it_gains_times_what_is_at_stake(plain):
    """.2 of the half still to gain, times 1 of reach, times 30, less its cost."""
    p = Params(lobbying_gain=0.2, nvidia_reach=1.0, lobbying_cost=0.25)

    assert nvidia_gain(plain(lobbying=0.5), "LOBBY", p, 30.0) == pytest.approx(0.1 * 30 - 0.25)
    assert nvidia_gain(plain(lobbying=1.0), "LOBBY", p, 30.0) == pytest.approx(-0.25)


@pytest.mark.parametrize("control", [0.25, 0.5, 0.75])
def test_what_is_at_stake_is_a_step_gained_and_with_its_weight_a_step_lost(plain, control):
    looser, now, tighter = (
        sum(nvidia.nvidia_outlook(plain(chip_control=control + step), Params())) for step in (-0.25, 0.0, 0.25)
    )
    for fear in (0.0, 0.3, 1.0):
        stake = nvidia.policy_stake(plain(chip_control=control), Params(nvidia_fear=fear))
        assert stake == pytest.approx(max(looser - now, 0.0) + fear * max(now - tighter, 0.0))


def test_more_is_at_stake_at_the_line_than_far_from_it(plain):
    """The H20 is legal at .5 and not at .75: under a freeze a step looser sells little."""
    p = Params()
    line, freeze = (nvidia.policy_stake(plain(chip_control=control), p) for control in (0.75, 1.0))

    assert line > freeze + 0.5
    assert freeze >= 0.0


def test_supply_goes_where_it_earns(plain):
    """Barred from China with all supply there, shift it; wanted in China with none there, send it."""
    p = Params(nvidia_outside_price=6.0)
    barred = plain(chip_control=1.0, china_supply=1.0)
    starved = plain(china_supply=0.05, stay_cuda=0.9, dual_stack=0.1, move_to_cann=0.0, grey_market=0.0,
                    rent_offshore=0.0)  # fmt: skip

    assert nvidia_gain(barred, "SHIFT_SUPPLY", p) > 0.0 > nvidia_gain(barred, "SELL_INVENTORY", p)
    assert nvidia_gain(starved, "SELL_INVENTORY", p) > 0.0 > nvidia_gain(starved, "SHIFT_SUPPLY", p)


def test_a_product_above_the_line_is_worth_redesigning(plain):
    """M22: by letter the old chip sells a tenth, a new one all that is licensed."""
    p = Params(look_ahead=12.0)

    assert nvidia_gain(plain(chip_control=0.75, china_supply=0.9, stay_cuda=0.4), "REDESIGN", p) > 0.0


def test_huaweis_month_by_hand(plain):
    """.3 x 8 x .6 a chip, for .65 M at home and a fifth of .25 M abroad."""
    p = Params(huawei_margin=0.3, huawei_price=8.0, huawei_focus_cost=0.05)
    market = chip_market(plain(), p)._replace(huawei_units=0.65)

    assert huawei.huawei_flow(plain(), market, p) == pytest.approx((1.44 * 0.65, 1.44 * 0.05))
    assert huawei.huawei_payoff(plain(), market, HuaweiMove.IMPROVE_CHIP, p) == pytest.approx(1.44 * 0.7 / 12)
    assert huawei.huawei_payoff(plain(), market, HuaweiMove.EXPAND_CAPACITY, p) == pytest.approx(1.44 * 0.7 / 12 - 0.05)


def test_huawei_reckons_with_a_months_cost_for_every_month_it_keeps_a_focus(plain):
    """Nine months of .1 more: only what costs money, and exports do as much as fabs."""
    cheap, dear = (
        huawei.huawei_values(plain(), HuaweiDoctrine.QUANTAL, Params(huawei_focus_cost=cost, look_ahead=9.0))
        for cost in (0.1, 0.2)
    )

    lost = [before - after for before, after in zip(cheap, dear, strict=True)]
    assert lost == pytest.approx([0.9, 0.0, 0.0, 0.0, 0.9])


def test_huawei_expands_what_is_short_and_improves_what_is_not(plain):
    """Many buyers and few fabs: capacity. Few buyers and many fabs: the chip, or markets abroad."""
    p = Params()
    short = plain(stay_cuda=0.05, dual_stack=0.0, move_to_cann=0.95, grey_market=0.0, rent_offshore=0.0,
                  hidden_stock=0.0, tool_control=0.0, chip_control=1.0)  # fmt: skip
    slack = plain(stay_cuda=0.95, dual_stack=0.0, move_to_cann=0.05, grey_market=0.0, rent_offshore=0.0,
                  hidden_stock=0.0, domestic_chip_capacity=2.0, chip_control=0.0, steering=0.0)  # fmt: skip
    of_short, of_slack = (huawei.huawei_values(world, HuaweiDoctrine.QUANTAL, p) for world in (short, slack))

    assert of_short[HuaweiMove.EXPAND_CAPACITY] > of_short[HuaweiMove.IMPROVE_CHIP]
    assert of_slack[HuaweiMove.EXPAND_CAPACITY] < min(
        of_slack[HuaweiMove.IMPROVE_CHIP], of_slack[HuaweiMove.EXPORT_ABROAD]
    )


# What they want: allies and Congress


def test_an_allys_payoff_by_hand(plain):
    """Half aligned: .5 x (2 + 7 x .5 - 5 x .4 - 2 x .5 x 1 - 6 x .25 - 0) - 4 / 8."""
    p = Params(
        ally_base=2.0, ally_security=7.0, ally_vendor_loss=5.0, ally_rare_earth_loss=2.0, ally_tariff_loss=6.0,
        ally_hedging=1.5, ally_curvature=4.0, ally_compensation=0.8, ally_asking_cost=0.6,
    )  # fmt: skip
    own = allies.Exposure(security=1.0, vendors=0.4, rare_earths=1.0)

    assert sum(allies.ally_terms(0.5, 0.0, own, plain(month=6), p)) == pytest.approx(0.5 * 1.0 - 0.5)
    assert sum(allies.ally_terms(0.5, 1.0, own, plain(month=6), p)) == pytest.approx(0.0 + 0.8 * 0.5 - 0.6)
    assert allies.ally_lean(own, plain(month=6), p) == pytest.approx(0.25)
    truce = plain(month=6, truce_months=3.0)
    assert allies.ally_lean(own, truce, p) == pytest.approx((1.0 - 0.75) / 4)


@pytest.mark.parametrize(("month", "truce", "chance"), [(6, 0.0, 0.0), (6, 2.0, 0.5), (3, 0.0, 0.5), (0, 1.0, 0.75)])
def test_allies_smell_a_bargain_in_a_truce_and_before_a_summit(plain, month, truce, chance):
    p = Params(summit_first=3.0, summit_interval=12.0)

    assert allies.bargain_chance(plain(month=month, truce_months=truce), p) == pytest.approx(chance)


@given(world=..., p=..., exposure=st.sampled_from(OWN))
def test_an_ally_leans_where_its_payoff_is_highest(world: World, p: Params, exposure):
    """The closed form against a search for the top."""
    own = exposure(p)

    def loss(alignment):
        return -sum(allies.ally_terms(alignment, 0.0, own, world, p))

    found = optimize.minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-9})
    lean = allies.ally_lean(own, world, p)
    assert lean == pytest.approx(found.x, abs=1e-4)
    assert loss(lean) <= found.fun + 1e-12


@given(world=..., p=..., exposure=st.sampled_from(OWN))
def test_the_best_stance_is_the_one_nearest_to_the_lean(world: World, p: Params, exposure):
    """A quadratic payoff falls off alike on both sides, so among levels the nearest wins."""
    own, p = exposure(p), p._replace(ally_compensation=0.0)
    values = allies.ally_values(own, world, AllyDoctrine.QUANTAL, p)[:4]
    unbounded = allies.ally_terms(1.0, 0.0, own, world, p)
    top = (sum(unbounded) - unbounded.effort) / p.ally_curvature
    distances = [abs(allies.stance_level(move) - top) for move in list(AllyMove)[:4]]

    best = values.index(max(values))
    assert distances[best] == pytest.approx(min(distances), abs=1e-9)


def test_asking_pays_only_while_tools_are_controlled(plain):
    p, own = Params(ally_compensation=0.8, ally_asking_cost=0.6), allies.Exposure(1.0, 0.4, 1.0)
    for control, better in ((1.0, True), (0.5, False)):
        values = allies.ally_values(own, plain(tool_control=control), AllyDoctrine.QUANTAL, p)
        assert (values[AllyMove.ASK_COMPENSATION] > values[AllyMove.PARTIAL]) == better


@given(world=..., p=..., less=st.floats(0.0, 1.0), exposure=st.sampled_from(OWN))
def test_a_durable_word_draws_allies_and_tariffs_and_reprisals_drive_them_off(world: World, p: Params, less, exposure):
    own, lean = exposure(p), allies.ally_lean(exposure(p), world, p)
    fickle = world._replace(politics=world.politics._replace(us_durability=less * world.politics.us_durability))
    kinder = world._replace(us=world.us._replace(tariff_on_allies=less * world.us.tariff_on_allies))
    calmer = world._replace(
        beijing=world.beijing._replace(rare_earth_restriction=less * world.beijing.rare_earth_restriction)
    )

    assert allies.ally_lean(own, fickle, p) <= lean + 1e-12
    assert allies.ally_lean(own, kinder, p) >= lean - 1e-12
    assert allies.ally_lean(own, calmer, p) >= lean - 1e-12


def test_each_ally_has_its_own_stakes():
    """Japan's vendors sell four times as much of their output to China as Taiwan's (F105, F111)."""
    p = Params()
    stakes = [exposure(p) for exposure in OWN]

    assert len(set(stakes)) == 4
    for name, own in zip(Allies._fields, stakes, strict=True):
        assert own.security == getattr(p, f"{name}_security")
        assert own.vendors == getattr(p, f"{name}_vendor_exposure")
        assert own.rare_earths == getattr(p, f"{name}_rare_earth_exposure")


@pytest.mark.parametrize(
    ("anger", "best"), [(0.0, "WAIT"), (1.5, "WAIT"), (2.2, "SCRUTINISE"), (4.0, "LEGISLATE_FLOOR")]
)
def test_congress_waits_then_scrutinises_then_legislates(plain, anger, best):
    """Relief .25 and .8 of the anger, at .5 and 2: scrutiny pays from 2, a law beats it from 2.73."""
    p = Params(
        congress_scrutiny_relief=0.25, congress_scrutiny_cost=0.5, congress_floor_relief=0.8, congress_floor_cost=2.0
    )
    values = congress.congress_values(plain(congress_pressure=anger), p)

    assert CongressMove(values.index(max(values))).name == best


def test_congress_suffers_its_anger_and_its_work(plain):
    p = Params(congress_scrutiny_cost=0.4, congress_floor_cost=1.2)
    payoffs = [congress.congress_payoff(plain(congress_pressure=1.5), move, p) for move in CongressMove]

    assert payoffs == pytest.approx([-1.5, -1.9, -2.7])


# Looking ahead


@pytest.mark.parametrize(("months", "years"), [(3.0, 1 / 12), (9.0, 0.25), (24.0, 2 / 3)])
def test_three_steps_make_the_look_ahead(months, years):
    assert outlook_years(Params(look_ahead=months)) == pytest.approx(years)


def test_the_expected_path_moves_allies_and_developers_and_no_lever_that_must_be_set(plain):
    p = Params(ally_speed=0.2, revision_rate=0.1)
    world = plain()
    after = expected_step(world, chip_market(world, p), even_focus(), 1 / 12, p)

    for lever in ("chip_control", "tool_control", "tariff_on_china", "tariff_on_allies", "chip_floor"):
        assert getattr(after.us, lever) == getattr(world.us, lever)
    for lever in ("rare_earth_restriction", "steering", "probe"):
        assert getattr(after.beijing, lever) == getattr(world.beijing, lever)
    assert (after.month, after.beliefs, after.politics) == (world.month, world.beliefs, world.politics)
    for name, exposure in zip(Allies._fields, OWN, strict=True):
        lean = allies.ally_lean(exposure(p), world, p)
        assert getattr(after.allies, name) == pytest.approx(0.5 + 0.2 * (lean - 0.5))
    assert sum(after.adoption) == pytest.approx(1.0)
    assert after.adoption != world.adoption


@few
@given(world=..., p=...)
def test_an_outlook_without_patience_in_a_frozen_world_is_the_flow_times_the_time(world: World, p: Params):
    """Nine months of the same are three quarters of a year of it."""
    still = p._replace(
        look_ahead=9.0, us_patience=0.0, beijing_patience=0.0, nvidia_patience=0.0, huawei_patience=0.0,
        **dict.fromkeys((
            "demand_growth", "foundry_growth", "inference_speed", "compute_depreciation", "us_compute_growth",
            "performance_rate", "capacity_rate", "software_rate", "tool_rate", "bridge_chance", "export_gain",
            "export_decay", "rare_earth_growth", "rare_earth_refill", "rare_earth_draw", "control_decay", "curb_fading",
            "subsidy_rundown", "lobbying_decay", "revision_rate", "ally_speed", "memory_fading", "hidden_release",
        ), 0.0),
    )  # fmt: skip
    world = world._replace(
        nvidia=world.nvidia._replace(redesign_months_left=0.0),
        beijing=world.beijing._replace(rare_earth_restriction=0.0),
        huawei=world.huawei._replace(domestic_chip_performance=0.05),
    )
    market, voice = chip_market(world, still), us.voice_of(0.3, still)
    held = us.us_outlook(world, voice, still)

    assert held.tariffs == pytest.approx(0.75 * us.us_flow(world, market, voice, still).tariffs)
    assert held.nvidia == pytest.approx(0.75 * us.us_flow(world, market, voice, still).nvidia)
    # Compute is not frozen: China installs, so the lead falls from what it is now.
    later = expected_step(expected_step(world, market, even_focus(), 0.25, still), market, even_focus(), 0.5, still)
    ends = [us.us_flow(place, market, voice, still).compute_lead for place in (later, world)]
    assert 0.75 * ends[0] - 1e-9 <= held.compute_lead <= 0.75 * ends[1] + 1e-9
    of_nvidia, of_huawei = nvidia.nvidia_outlook(world, still), huawei.huawei_outlook(world, even_focus(), still)
    assert sum(of_nvidia) == pytest.approx(0.75 * sum(nvidia.nvidia_flow(world, market, still)))
    assert sum(of_huawei) == pytest.approx(0.75 * sum(huawei.huawei_flow(world, market, still)))


def test_patience_counts_stocks_for_its_years(plain):
    """A year more of US patience adds a year of what stands at the end; levers can be moved again and add nothing."""
    voice = us.voice_of(0.5, Params())
    short, long = (us.us_outlook(plain(), voice, Params(us_patience=years)) for years in (1.0, 2.0))
    longer = us.us_outlook(plain(), voice, Params(us_patience=3.0))

    for term in short._fields:
        step, next_step = (getattr(b, term) - getattr(a, term) for a, b in ((short, long), (long, longer)))
        assert step == pytest.approx(next_step)
        assert (step != 0.0) == (term in ("compute_lead", "huawei"))


def test_beijings_patience_counts_compute_autonomy_and_the_leverage_that_is_left(plain):
    """A year more of it, at the end of the look-ahead: ln K, 1 - s, and 12 for each share that has no other source."""
    p = Params(beijing_future_leverage=12.0, beijing_compute_value=28.0, beijing_autonomy_value=14.0)
    short, long = (sum(beijing.beijing_outlook(plain(), p._replace(beijing_patience=years))) for years in (1.0, 2.0))
    future = beijing.beijing_future(plain(), p)

    assert future.compute == pytest.approx(28 * math.log(4))
    assert future.autonomy == pytest.approx(14 * 0.4)
    assert future.leverage == pytest.approx(12 * 0.8)
    assert sum(future) == pytest.approx(future.compute + future.autonomy + future.leverage)
    world = plain()
    for _ in range(3):
        world = expected_step(world, chip_market(world, p), even_focus(), outlook_years(p), p)
    assert long - short == pytest.approx(sum(beijing.beijing_future(world, p)))
