"""Beijing: what its moves do, what is open to it, and that it wants what it is said to want."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.agents import beijing, nvidia
from standoff.agents.allies import ally_leans
from standoff.agents.choice import forbidden
from standoff.agents.doctrines import BeijingDoctrine, beijing_permits
from standoff.agents.moves import BeijingMove, NvidiaMove
from standoff.world.beliefs import Record, next_politics
from standoff.world.chips import chip_market
from standoff.world.parameters import Params
from standoff.world.state import World, with_truce

from .actor_moves import ENDS, chance_of, does, few
from .outlooks import access_value, beijing_ahead, beijing_now, beijing_values

BEIJING_DOES = {
    "HOLD": {}, "RESTRICT_RARE_EARTHS": {"rare_earth_restriction": 0.75} | ENDS,
    "RENEW_RARE_EARTHS": {"rare_earth_restriction": 0.25}, "SUBSIDISE": {"subsidy": 0.75}, "STEER": {"steering": 0.5},
    "RELENT": {"steering": 0.0, "review": 0.0}, "ADVANCE_PROBE": {"probe": 0.9} | ENDS, "CLEAR_PROBE": {"probe": 0.0},
    "REVIEW_CHIPS": {"review": 0.9},
}  # fmt: skip


@pytest.mark.parametrize("move", BeijingMove, ids=lambda move: move.name.lower())
def test_a_move_of_beijing_does_its_thing_alone(plain, move):
    world = plain(probe=0.4, review=0.4, truce_months=5.0)
    does(world, beijing.after_beijing(world, move), BEIJING_DOES[move.name])


def test_a_review_takes_two_steps_and_is_dropped_in_one(plain):
    """M94, M95: opened, enforced, no further; relenting drops it whole, and a step of steering with it."""
    world, levels = plain(steering=0.75), []
    for move in (BeijingMove.REVIEW_CHIPS, BeijingMove.REVIEW_CHIPS, BeijingMove.REVIEW_CHIPS, BeijingMove.RELENT):
        levels.append((world.beijing.review, beijing.beijing_can(move, world.beijing)))
        world = beijing.after_beijing(world, move)

    assert levels == [(0.0, True), (0.5, True), (1.0, False), (1.0, True)]
    assert (world.beijing.review, world.beijing.steering) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("steering", "review", "can"), [(0.0, 0.0, False), (0.0, 0.5, True), (0.5, 0.0, True), (0.5, 1.0, True)]
)
def test_beijing_can_relent_on_a_review_alone(plain, steering, review, can):
    assert beijing.beijing_can(BeijingMove.RELENT, plain(steering=steering, review=review).beijing) == can


@given(world=..., p=..., of_beijing=st.sampled_from(BeijingMove), of_nvidia=st.sampled_from(NvidiaMove))
def test_other_moves_keep_levers_in_range(world: World, p: Params, of_beijing, of_nvidia):
    firm = nvidia.after_nvidia(world, of_nvidia, p).nvidia

    assert all(0.0 <= level <= 1.0 for level in beijing.after_beijing(world, of_beijing).beijing)
    assert 0.0 <= firm.china_supply <= 1.0
    assert 0.0 <= firm.lobbying <= 1.0


@few
@given(world=..., p=..., doctrine=st.sampled_from(BeijingDoctrine))
def test_what_beijing_cannot_or_may_not_do_has_no_chance(world: World, p: Params, doctrine):
    values = beijing_values(world, doctrine, p)

    for move in BeijingMove:
        after = with_truce(beijing.after_beijing(world, move), world.politics.truce_months)
        nothing = after == world and move != BeijingMove.HOLD
        if nothing or (move != BeijingMove.HOLD and not beijing_permits(doctrine, move, world)):
            assert chance_of(values, p.beijing_precision, move) == 0.0, move
        assert math.isfinite(values[move])
    assert max(values) > forbidden()


def test_a_month_of_beijing_by_hand(plain):
    """Every term alone, in $bn a year; Huawei's .65 M chips of .6 meet .39 of the demand of 2 M twice over."""
    p = Params(
        beijing_compute_value=28.0, beijing_autonomy_value=14.0, beijing_tariff_harm=18.0, beijing_rare_earth_rent=14.0,
        beijing_leverage_value=16.0, beijing_restriction_harm=12.0, beijing_subsidy_cost=15.0,
        beijing_steering_cost=10.0, beijing_curb_harm=6.0, beijing_probe_cost=1.5, beijing_retaliation=16.0,
        truce_tariff=0.3, h20_line=0.5,
    )  # fmt: skip
    world = plain(probe=0.6, design_software_curb=0.3, steering=0.5, review=0.3)
    terms = beijing_now(world, chip_market(world, p)._replace(huawei_units=0.65), p)

    heat = 1 / 7 + 0.1, 0.5 + 0.9 / 3
    assert terms == pytest.approx(
        beijing.BeijingTerms(
            compute=28 * math.log(4),
            autonomy=14 * 0.4,
            tariffs=-7.2,
            rare_earth_rent=14 * 0.8,
            leverage=0.8 * 8.0 - 3.0,
            subsidy=-15 * 0.25,
            steering=-10 * (0.25 + 0.09) * (1.2 - 0.39),
            curbs=-1.8,
            probes=-0.9,
            retaliation=-16 * (heat[0] + heat[1] - 2 * heat[0] * heat[1]) / 2,
        )
    )


@pytest.mark.parametrize(
    ("elsewhere", "held"),
    [(0.0, [0.0, 3.0, 4.0, 3.0, 0.0]), (0.5, [0.0, 1.0, 0.0, -3.0, -8.0]), (1.0, [0.0, -1.0, -4.0, -9.0, -16.0])],
)
def test_beijings_tap_pays_while_the_world_depends_on_it(plain, elsewhere, held):
    """M59: 16 rho (1 - N) - 16 rho^2, at its best at half of what the world cannot get elsewhere."""
    p = Params(beijing_leverage_value=16.0, beijing_restriction_harm=16.0)
    leverage = [
        beijing_now(
            plain(rare_earth_restriction=rho, non_china_rare_earth_share=elsewhere), chip_market(plain(), p), p
        ).leverage
        for rho in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]

    assert leverage == pytest.approx(held)


@pytest.mark.parametrize(
    ("move", "world", "costs"),
    [("HOLD", {}, (0, 0, 0, 0)), ("SUBSIDISE", {}, (2, 0, 0, -2.5)), ("STEER", {"truce_months": 5.0}, (4, 0, 0, 0)),
     ("REVIEW_CHIPS", {"truce_months": 5.0, "grievance": 1.0}, (2, 0, 0, 0)),
     ("RELENT", {"review": 0.5, "grievance": -1.0}, (4, 0, 0, 0)),
     ("RESTRICT_RARE_EARTHS", {"grievance": 0.5}, (4, 0, -3, 0)),
     ("RESTRICT_RARE_EARTHS", {"grievance": -0.5}, (4, 0, 3, 0)),
     ("RENEW_RARE_EARTHS", {"grievance": 0.5}, (4, 0, 3, 0)), ("RENEW_RARE_EARTHS", {"grievance": -1.0}, (4, 0, -6, 0)),
     ("ADVANCE_PROBE", {"grievance": -1.0}, (4, 0, 0, 0)),
     ("RESTRICT_RARE_EARTHS", {"truce_months": 5.0}, (4, 7, 0, 0)),
     ("ADVANCE_PROBE", {"truce_months": 5.0}, (4, 7, 0, 0)),
     ("CLEAR_PROBE", {"truce_months": 5.0, "grievance": 1.0}, (4, 0, 0, 0))],
)  # fmt: skip
def test_what_a_move_of_beijing_costs_at_once(plain, move, world, costs):
    """An agency's measure makes a restriction cheaper, an obligation a renewal; a ceiling that slides pays."""
    p = Params(beijing_move_cost=4.0, beijing_budget_cost=2.0, grievance_weight=6.0, truce_break_cost=7.0,
               beijing_planning_gain=0.5)  # fmt: skip

    assert beijing.beijing_costs(BeijingMove[move], plain(**world), 10.0, p) == pytest.approx(costs)


@pytest.mark.parametrize(("gift", "owed"), [(0.0, 6.0), (0.5, 3.0), (1.0, 0.0)])
def test_a_concession_made_alone_taxes_the_next_squeeze_and_pays_for_a_renewal(plain, gift, owed):
    """M30: the whole weight of 6 if it is read as half of a swap, nothing if it is read as a gift."""
    p = Params(gift_reading=gift, grievance_weight=6.0, beijing_move_cost=4.0)
    conceded = Record(*[0.0] * 11)._replace(us_conceded=1.0)
    world = plain()._replace(politics=next_politics(plain(), conceded, p))
    costs = {move.name: sum(beijing.beijing_costs(move, world, 0.0, p)) for move in BeijingMove}

    assert costs["RESTRICT_RARE_EARTHS"] == pytest.approx(4.0 + owed)
    assert costs["RENEW_RARE_EARTHS"] == pytest.approx(4.0 - owed)
    assert costs["CLEAR_PROBE"] == costs["STEER"] == costs["ADVANCE_PROBE"] == 4.0


def test_what_beijing_hopes_a_squeeze_will_bring(plain, changed):
    """A step of tariffs and the end of curbs at least; chips in so far as they are for sale, if they may be linked."""
    p, world = Params(tariff_floor=0.15), plain(tariff_on_china=0.9, design_software_curb=0.5, belief_us_yields=1.0)
    trade = beijing.trade_yielded(world, p)

    assert changed(world, trade) == {"tariff_on_china", "design_software_curb"}
    assert (trade.us.tariff_on_china, trade.us.design_software_curb) == pytest.approx((0.65, 0.0))
    squeezed = beijing.after_beijing(world, BeijingMove.RESTRICT_RARE_EARTHS)
    leans = ally_leans(world, p)
    hope, fear = (sum(beijing_ahead(place, p, leans)) for place in (beijing.trade_yielded(squeezed, p), squeezed))
    for yields, tradable, linkage, prize in ((1.0, 0.0, 2.0, 0.0), (1.0, 0.6, 2.0, 6.0), (1.0, 1.0, 2.0, 10.0),
                                             (1.0, 1.0, 3.0, 10.0), (1.0, 1.0, 1.0, 0.0), (1.0, 1.0, 0.0, 0.0),
                                             (0.5, 1.0, 2.0, 10.0), (0.0, 1.0, 2.0, 10.0)):  # fmt: skip
        sure = world._replace(beliefs=world.beliefs._replace(belief_us_yields=yields, tradable_chips=tradable))
        values = beijing_values(sure, BeijingDoctrine.QUANTAL, p._replace(linkage=linkage), access=10.0)
        worth = values[BeijingMove.RESTRICT_RARE_EARTHS]
        expected = (1.0 - yields) * fear + yields * (hope + prize) - p.beijing_move_cost
        assert worth == pytest.approx(expected)


@pytest.mark.parametrize(("linkage", "won"), [(0.0, 0.0), (1.0, 0.0), (2.0, 0.5), (3.0, 0.5)])
def test_chips_for_sale_invite_a_squeeze_only_where_they_may_be_linked(plain, linkage, won):
    """M06, M57: half the access, with an even belief that the US yields; no other move gains by it."""
    p = Params(linkage=linkage, beijing_autonomy_value=0.0)
    shut, sold = (plain(chip_control=0.75, tradable_chips=tradable) for tradable in (0.0, 1.0))
    access = access_value(shut, p)

    assert access > 0.1
    for move in BeijingMove:
        gained = beijing_gain(sold, move.name, p) - beijing_gain(shut, move.name, p)
        expected = won * access if move == BeijingMove.RESTRICT_RARE_EARTHS else 0.0
        assert gained == pytest.approx(expected, abs=1e-9)


def beijing_gain(world, move, p):
    values = beijing_values(world, BeijingDoctrine.QUANTAL, p)
    return values[BeijingMove[move]] - values[BeijingMove.HOLD]


def test_a_us_that_yields_is_pressed(plain):
    """M28, M29, linear in the belief; nothing else hangs on it."""
    p = Params(beijing_retaliation=0.0, beijing_autonomy_value=0.0)
    worlds = [plain(belief_us_yields=belief, tariff_on_china=0.9) for belief in (0.0, 0.5, 1.0)]
    gains = [beijing_gain(world, "RESTRICT_RARE_EARTHS", p) for world in worlds]

    assert gains[0] < gains[1] < gains[2]
    assert gains[1] - gains[0] == pytest.approx(gains[2] - gains[1])
    for move in ("RENEW_RARE_EARTHS", "SUBSIDISE", "STEER", "RELENT", "ADVANCE_PROBE", "REVIEW_CHIPS"):
        assert beijing_gain(worlds[0], move, p) == pytest.approx(beijing_gain(worlds[2], move, p))


def test_a_ceiling_that_slides_pays_for_progress(plain):
    """M03: the subsidy earns belief x planning gain x what a step of access is worth."""
    p = Params(beijing_autonomy_value=0.0, beijing_planning_gain=0.5)
    fixed, slides = plain(belief_us_slides=0.0, chip_control=0.75), plain(belief_us_slides=0.8, chip_control=0.75)
    access = access_value(fixed, p)

    assert access > 0.1
    gained = beijing_gain(slides, "SUBSIDISE", p) - beijing_gain(fixed, "SUBSIDISE", p)
    assert gained == pytest.approx(0.8 * 0.5 * access)


def test_access_is_worth_nothing_where_there_is_none_to_gain(plain):
    assert access_value(plain(chip_control=0.0), Params()) == 0.0
    assert access_value(plain(chip_floor=0.5), Params()) == 0.0


@given(world=..., p=...)
@few
def test_access_is_never_worth_less_than_nothing(world: World, p: Params):
    assert access_value(world, p) >= 0.0


def test_autonomy_makes_steering_worth_more_once_domestic_chips_can_fill_the_gap(plain):
    """M92: with little to move to, steering only makes compute scarce."""
    able = plain(domestic_chip_capacity=2.0, domestic_chip_performance=1.0)
    gains = [beijing_gain(able, "STEER", Params(beijing_autonomy_value=value)) for value in (0.0, 20.0, 40.0)]

    assert gains[0] + 0.1 < gains[1] < gains[2] - 0.1
    assert gains[2] > beijing_gain(plain(), "STEER", Params(beijing_autonomy_value=40.0))


def test_a_restriction_is_worth_less_where_the_world_can_do_without(plain):
    """M59, over three quarters of a year of a quarter more restriction, at 20 for what has no other source."""
    p = Params(beijing_leverage_value=20.0, rare_earth_growth=0.0, beijing_patience=0.0, look_ahead=9.0)
    gains = [
        beijing_gain(plain(belief_us_yields=0.0, non_china_rare_earth_share=share), "RESTRICT_RARE_EARTHS", p)
        for share in (0.0, 0.4, 0.8)
    ]

    assert [gains[0] - gains[1], gains[1] - gains[2]] == pytest.approx([0.75 * 0.25 * 20 * 0.4] * 2)
