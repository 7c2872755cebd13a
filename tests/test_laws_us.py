"""The US administration: what its moves do, what is open to it, and that it wants what it is said to want."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.agents import us
from standoff.agents.choice import forbidden
from standoff.agents.doctrines import UsDoctrine, us_escalates, us_permits
from standoff.agents.moves import UsMove
from standoff.world.chips import chip_market
from standoff.world.parameters import Params
from standoff.world.state import Allies, World, with_truce

from .actor_moves import ENDS, PACE, chance_of, does, few, open_to
from .outlooks import us_now

ALLIES = set(Allies._fields)
US_DOES = {
    "HOLD": {}, "TIGHTEN_CHIPS": {"chip_control": 0.75, "control_effectiveness": 0.9, "control_form": 0.0} | ENDS,
    "RELAX_CHIPS": {"chip_control": 0.25}, "UPDATE_CONTROLS": {"control_effectiveness": 1.0, "control_form": 1.0},
    "TIGHTEN_TOOLS": {"tool_control": 0.75, "control_effectiveness": 0.9} | ENDS, "RELAX_TOOLS": {"tool_control": 0.25},
    "RAISE_TARIFFS": {"tariff_on_china": 0.65} | ENDS, "CUT_TARIFFS": {"tariff_on_china": 0.15},
    "RESTRICT_DESIGN_SOFTWARE": {"design_software_curb": 0.9} | ENDS,
    "LIFT_DESIGN_SOFTWARE": {"design_software_curb": 0.0},
    "PRESS_ALLIES": {"tariff_on_allies": 0.5} | dict.fromkeys(ALLIES, 0.6), "COURT_ALLIES": {"tariff_on_allies": 0.0},
}  # fmt: skip


@pytest.mark.parametrize("move", UsMove, ids=lambda move: move.name.lower())
def test_a_us_move_does_its_thing_alone(plain, move):
    world = plain(design_software_curb=0.4, control_form=0.5, truce_months=5.0)
    does(world, us.after_us(world, move, PACE), US_DOES[move.name])


def test_chips_are_tightened_by_letter_and_an_update_writes_the_rule(plain):
    """M07: whatever the form was before."""
    for form in (0.0, 1.0):
        forms = {move: us.after_us(plain(control_form=form), move, PACE).us.control_form for move in UsMove}
        written = {UsMove.TIGHTEN_CHIPS: 0.0, UsMove.UPDATE_CONTROLS: 1.0}
        assert forms == dict.fromkeys(UsMove, form) | written


@pytest.mark.parametrize(
    ("effectiveness", "form", "can"),
    [(0.5, 1.0, True), (0.998, 1.0, True), (0.9995, 1.0, False), (1.0, 1.0, False), (1.0, 0.0, True), (0.5, 0.0, True)],
)
def test_an_update_needs_worn_controls_or_a_letter(plain, effectiveness, form, can):
    levers = plain(control_effectiveness=effectiveness, control_form=form).us

    assert us.us_can(UsMove.UPDATE_CONTROLS, levers, Params()) == can


@given(world=..., p=..., move=st.sampled_from(UsMove))
def test_us_moves_keep_levers_in_range_and_above_the_law_and_the_tariff_floor(world: World, p: Params, move):
    after = us.after_us(world, move, p)

    assert all(0.0 <= level <= 1.0 for level in (*after.us, *after.allies))
    assert after.us.chip_control >= min(world.us.chip_control, world.us.chip_floor)
    assert after.us.tariff_on_china >= min(world.us.tariff_on_china, p.tariff_floor)


@few
@given(world=..., p=..., doctrine=st.sampled_from(UsDoctrine), dealmakers=st.floats(0.0, 1.0))
def test_what_the_us_cannot_or_may_not_do_has_no_chance(world: World, p: Params, doctrine, dealmakers):
    values = us.us_values(world, doctrine, us.voice_of(dealmakers, p), p)

    for move in UsMove:
        after = with_truce(us.after_us(world, move, p), world.politics.truce_months)
        nothing = after == world and move != UsMove.HOLD
        if nothing or (move != UsMove.HOLD and not us_permits(doctrine, move, us.as_us_sees(world), p)):
            assert chance_of(values, p.us_precision, move) == 0.0, move
        assert math.isfinite(values[move])
    assert max(values) > forbidden()


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
        us_nvidia_weight=0.3, us_dependence_weight=1.2, us_tool_sales=3.0, us_curb_cost=2.0, us_ally_tariff_gain=3.0,
        us_ally_tariff_harm=4.0, us_probe_cost=3.0, us_retaliation=16.0, us_division=0.5, rare_earth_cover=0.7,
        rare_earth_store=3.0, truce_tariff=0.3, h20_line=0.5,
    )  # fmt: skip
    world = plain(probe=0.6, design_software_curb=0.3, rare_earth_stock=0.0, non_china_rare_earth_share=0.5,
                  belief_dependence=0.75)  # fmt: skip
    market = chip_market(world, p)._replace(nvidia_revenue=10.0)
    terms = us_now(world, market, us.voice_of(0.0, p), p)

    heat = 1 / 7 + 0.1, 0.7  # what the US and Beijing do
    assert terms == pytest.approx(
        us.UsTerms(
            compute_lead=1.5 * 20 * math.log(5),
            huawei=-1.5 * 8 * math.log(1 + 0.25 * 0.6 * 1.2),
            rare_earths=-0.5 * 60 * 0.125,
            tariffs=160 * 0.4 - 200 * 0.16,
            nvidia=0.5 * 0.3 * 1.9 * 10,
            sales_forgone=-0.5 * (1.5 + 0.6),
            ally_tariffs=0.75 - 0.25,
            probes=-1.8,
            retaliation=-16 * (heat[0] + heat[1] - 2 * heat[0] * heat[1]) / 2,
        )
    )


@pytest.mark.parametrize(("belief", "weight"), [(0.0, 0.4), (0.5, 0.6), (1.0, 0.8)])
def test_nvidias_revenue_weighs_by_what_is_believed_of_dependence_and_not_by_standing(plain, belief, weight):
    """M67: .4 (1 + belief); standing works through the belief alone."""
    p = Params(us_nvidia_weight=0.4, us_dependence_weight=1.0)
    for standing in (0.0, 1.0):
        world = plain(belief_dependence=belief, lobbying=standing)
        market = chip_market(world, p)._replace(nvidia_revenue=10.0)
        assert us_now(world, market, us.voice_of(0.5, p), p).nvidia == pytest.approx(10 * weight)


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
        ("RELAX_CHIPS", {"tradable_chips": 0.0, "control_form": 0.0}, 3, (5, 2.4, 1, 0, 0)),
        ("RELAX_CHIPS", {"tradable_chips": 0.0, "control_form": 0.5}, 3, (5, 3.2, 1, 0, 0)),
        ("RELAX_CHIPS", {"tradable_chips": 1.0, "control_form": 0.0}, 3, (5, 0.72, 1, 0, 0)),
        ("RELAX_TOOLS", {"tradable_chips": 1.0}, 3, (5, 4, 1, 0, 0)),
        ("RELAX_TOOLS", {"tradable_chips": 1.0, "control_form": 0.0}, 3, (5, 4, 1, 0, 0)),
        ("CUT_TARIFFS", {"control_form": 0.0}, 3, (5, 0, 0, 0, 0)),
        ("CUT_TARIFFS", {"truce_months": 5.0}, 3, (5, 0, 0, 0, 0)),
        ("PRESS_ALLIES", {"truce_months": 5.0}, 3, (5, 0, 0, 0, 0)),
    ],
)
def test_what_a_us_move_costs_at_once(plain, move, world, month, costs):
    p = Params(
        us_move_cost=5.0, us_update_cost=2.0, us_concession_cost=4.0, us_letter_discount=0.4, congress_drag_cost=2.0,
        summit_value=6.0, truce_break_cost=7.0, summit_first=3.0, summit_interval=12.0,
    )  # fmt: skip

    assert us.us_costs(UsMove[move], plain(month=month, **world), us.voice_of(0.5, p), p) == pytest.approx(costs)


@pytest.mark.parametrize(
    ("tradable", "pressure", "form", "cost"),
    [(0.0, 0.0, 1.0, 10.0), (1.0, 0.0, 1.0, 3.0), (0.0, 0.0, 0.0, 7.5), (0.0, 0.0, 0.5, 8.75), (1.0, 0.0, 0.0, 2.25),
     (0.5, 2.0, 0.0, 8.875)],
)  # fmt: skip
def test_a_letter_is_withdrawn_more_cheaply_than_a_rule(tradable, pressure, form, cost):
    """10 (1 - .7 tradable), less a quarter for a letter; what Congress takes is not discounted."""
    p = Params(us_concession_cost=10.0, us_letter_discount=0.25, congress_drag_cost=2.0)

    assert us.concession_cost(tradable, pressure, form, p) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("move", "linkage", "restriction", "chance"),
    [("TIGHTEN_CHIPS", 0.0, 0.0, 0.6), ("UPDATE_CONTROLS", 0.0, 0.0, 0.3), ("RELAX_CHIPS", 2.0, 0.5, 0.2),
     ("RELAX_CHIPS", 1.0, 0.5, 0.0), ("RELAX_CHIPS", 2.0, 0.0, 0.0), ("RELAX_TOOLS", 2.0, 0.5, 0.0),
     ("CUT_TARIFFS", 2.0, 0.5, 0.2), ("CUT_TARIFFS", 1.0, 0.0, 0.0), ("RELAX_TOOLS", 3.0, 0.0, 0.0),
     ("HOLD", 2.0, 0.5, 0.0), ("PRESS_ALLIES", 2.0, 0.5, 0.0)],
)  # fmt: skip
def test_which_answers_the_us_reckons_with(plain, move, linkage, restriction, chance):
    p = Params(linkage=linkage, us_expected_reciprocity=0.2)
    world = plain(belief_beijing_retaliates=0.6, rare_earth_restriction=restriction)

    assert us.us_answer_chance(UsMove[move], world, p) == pytest.approx(chance)


TRADE = {"CUT_TARIFFS", "LIFT_DESIGN_SOFTWARE"}


@pytest.mark.parametrize(
    ("linkage", "answered"),
    [(0.0, set()), (1.0, TRADE), (2.0, TRADE | {"RELAX_CHIPS"}), (3.0, TRADE | {"RELAX_CHIPS", "RELAX_TOOLS"})],
)
def test_linkage_says_which_concessions_may_be_answered(plain, linkage, answered):
    """M05, M30, M57: minerals against trade, then against chips, then against tools."""
    p = Params(linkage=linkage, us_expected_reciprocity=0.2)
    world = plain(belief_beijing_retaliates=0.6, rare_earth_restriction=0.5)
    chances = {move.name: us.us_answer_chance(move, world, p) for move in UsMove}

    assert {name for name, chance in chances.items() if chance == 0.2} == answered
    assert {name for name, chance in chances.items() if chance == 0.6} == open_to(UsMove, us_escalates)
    assert chances["UPDATE_CONTROLS"] == pytest.approx(0.3)


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


def test_a_letter_is_relaxed_more_readily_than_a_rule(plain):
    """M07: by two fifths of 6 (1 - .35), and nothing else hangs on the form."""
    p = Params(us_concession_cost=6.0, us_letter_discount=0.4)
    letter, rule = plain(control_form=0.0), plain(control_form=1.0)

    assert us_gain(letter, "RELAX_CHIPS", p) - us_gain(rule, "RELAX_CHIPS", p) == pytest.approx(1.56)
    for move in UsMove:
        if move != UsMove.RELAX_CHIPS:
            assert us_gain(letter, move.name, p) == pytest.approx(us_gain(rule, move.name, p))


def test_a_us_that_believes_in_dependence_would_rather_relax_chips(plain):
    p = Params(us_dependence_weight=3.0)
    gains = [
        us_gain(plain(chip_control=0.75, belief_dependence=belief), "RELAX_CHIPS", p) for belief in (0.0, 0.5, 1.0)
    ]

    assert gains[0] < gains[1] < gains[2]
    assert gains[1] - gains[0] == pytest.approx(gains[2] - gains[1])


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
