"""The bargaining table."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from standoff.agents.allies import ally_leans
from standoff.agents.bargaining import rubinstein_reservation
from standoff.agents.beijing import beijing_course
from standoff.agents.doctrines import UsDoctrine
from standoff.agents.us import as_us_sees, us_course, voice_of
from standoff.model.table import (
    PACKAGES,
    Package,
    Settlement,
    Table,
    acceptance,
    beijing_package_gain,
    bounded,
    gives_no_more,
    held_out,
    negotiate,
    no_talks,
    on_the_table,
    settled,
    talks_chance,
    us_package_cost,
    us_package_gain,
)
from standoff.world.parameters import Params
from standoff.world.state import World
from standoff.world.trade import agreed

from .outlooks import access_value, beijing_ahead, us_ahead

QUANTAL = UsDoctrine.QUANTAL
UNIT = st.floats(0.0, 1.0, exclude_max=True)
DOCTRINES = st.sampled_from(UsDoctrine)
FULL = {
    "chip_control": 1.0, "rare_earth_restriction": 1.0, "tariff_on_china": 1.0, "probe": 1.0,
    "design_software_curb": 1.0,
}  # fmt: skip


def open_packages(world, p, doctrine=QUANTAL):
    return [package for package in PACKAGES if on_the_table(package, world, doctrine, p)]


def test_packages_are_all_combinations_once():
    assert len(PACKAGES) == len(set(PACKAGES)) == 2 * 3 * 3 * 2 * 2
    for column in zip(*PACKAGES, strict=True):
        assert min(column) == 0.0
        assert len(set(column)) in (2, 3)


@pytest.mark.parametrize(
    ("package", "world", "may"),
    [
        # chips for minerals, tariffs for minerals, curbs for probes
        ((0.25, 0.25, 0.0, 0.0), FULL, True),
        ((0.0, 0.25, 0.25, 0.0), FULL, True),
        ((0.0, 0.0, 0.0, 1.0), FULL, True),
        # gifts
        ((0.25, 0.0, 0.0, 0.0), FULL, False),
        ((0.0, 0.25, 0.0, 0.0), FULL, False),
        ((0.0, 0.0, 0.25, 0.0), FULL, False),
        ((0.0, 0.0, 0.0, 0.0), FULL, False),
        # clearing is one-sided when only one side has something to clear
        ((0.0, 0.0, 0.0, 1.0), FULL | {"probe": 0.0}, False),
        ((0.0, 0.0, 0.0, 1.0), FULL | {"probe": 0.0, "review": 0.5}, True),
        ((0.0, 0.0, 0.0, 1.0), FULL | {"design_software_curb": 0.0}, False),
        ((0.0, 0.25, 0.0, 1.0), FULL | {"probe": 0.0}, True),
        ((0.25, 0.0, 0.0, 1.0), FULL | {"design_software_curb": 0.0}, True),
        # what does not exist cannot be given
        ((0.25, 0.25, 0.0, 0.0), FULL | {"rare_earth_restriction": 0.0}, False),
        ((0.0, 0.25, 0.25, 0.0), FULL | {"tariff_on_china": 0.15}, False),
        ((0.25, 0.25, 0.0, 0.0), FULL | {"chip_control": 0.0}, False),
        ((0.25, 0.25, 0.0, 0.0), FULL | {"chip_control": 0.5, "chip_floor": 0.5}, False),
        ((0.25, 0.25, 0.0, 0.0), FULL | {"chip_control": 0.75, "chip_floor": 0.5}, True),
        # tools: for minerals, for a probe, not for nothing; all of them or what is left of them
        ((0.0, 0.25, 0.0, 0.0, 0.25), FULL, True),
        ((0.0, 0.0, 0.0, 1.0, 0.25), FULL | {"design_software_curb": 0.0}, True),
        ((0.0, 0.0, 0.0, 0.0, 0.25), FULL, False),
        ((0.0, 0.25, 0.0, 0.0, 0.25), FULL | {"tool_control": 0.0}, False),
        ((0.0, 0.25, 0.0, 0.0, 0.25), FULL | {"tool_control": 0.1}, True),
    ],
)
def test_both_sides_give_something_that_exists(plain, package, world, may):
    whole = Package(*package, *[0.0] * (5 - len(package)))
    assert on_the_table(whole, plain(**world), QUANTAL, Params(linkage=3.0, tariff_floor=0.15)) == may


def test_linkage_says_what_may_be_linked(plain):
    """0 trade for trade only, 1 also minerals, 2 also chips, 3 also tools; more linkage only adds packages."""
    world = plain(**FULL)
    apart, minerals, chips, tools = (open_packages(world, Params(linkage=linkage)) for linkage in (0.0, 1.0, 2.0, 3.0))

    assert set(apart) < set(minerals) < set(chips) < set(tools)
    assert all(package.tools == 0.0 for package in chips)
    assert any(package.tools and package.chips for package in tools)
    assert any(package.tools and not package.chips for package in tools)
    assert all(package.chips == package.restriction == 0.0 for package in apart)
    assert all(package.chips == 0.0 for package in minerals)
    assert apart
    assert any(package.restriction for package in minerals)
    assert any(package.chips for package in chips)


def test_a_us_that_freezes_never_puts_chips_or_tools_up(plain):
    world, p = plain(**FULL), Params(linkage=3.0)
    frozen = open_packages(world, p, UsDoctrine.FREEZE)

    assert frozen == [package for package in open_packages(world, p) if package.chips == package.tools == 0.0]
    assert frozen


@given(world=..., p=...)
def test_what_is_passed_over_as_giving_no_more_gives_no_more(world: World, p: Params):
    """Some smaller package, agreed to, leaves the very same world."""
    for package in PACKAGES:
        if gives_no_more(package, world, p):
            smaller = (
                other
                for other in PACKAGES
                if other != package and all(a <= b for a, b in zip(other, package, strict=True))
            )
            assert any(agreed(world, other, p) == agreed(world, package, p) for other in smaller), package


@given(world=..., p=..., doctrine=DOCTRINES)
def test_no_package_on_the_table_is_a_gift(world: World, p: Params, doctrine):
    """Agreed to in full, it moves something of each side's."""
    for package in open_packages(world, p, doctrine):
        after = agreed(world, package, p)
        assert after.us != world.us, package
        assert after.beijing != world.beijing, package


@pytest.mark.parametrize(
    ("gain", "other", "chance"),
    [(0.0, 0.0, 0.5), (4.5, 5.5, 0.5), (10.0, 0.0, 1 / (1 + math.exp(-1.925))), (0.0, 10.0, 1 / (1 + math.exp(1.575))),
     (-5.0, 5.0, 1 / (1 + math.exp(1.75))), (2.0, -8.0, 1 / (1 + math.exp(-0.7)))],
)  # fmt: skip
def test_a_responder_accepts_by_the_logistic_of_its_surplus(gain, other, chance):
    """Precision .35 per $bn over .45 of the joint gain; of a loss it holds out for nothing."""
    assert acceptance(gain, gain + other, 0.45, Params(table_precision=0.35)) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("mine", "theirs", "share"),
    [(0.9, 0.9, 0.526316), (0.9, 0.8, 0.714286), (0.8, 0.9, 0.357143), (0.99, 0.99, 0.502513), (0.95, 0.9, 0.689655)],
)
def test_rubinsteins_offer_leaves_the_responder_just_as_willing_as_not(mine, theirs, share):
    """V1: the proposer's share is (1 - d2) / (1 - d1 d2); the rest is what the responder could hope for itself."""
    assert (1 - theirs) / (1 - mine * theirs) == pytest.approx(share, abs=1e-6)
    p, pie, held = Params(table_precision=1.0), 8.0, rubinstein_reservation(mine, theirs, 0.0)

    assert acceptance(pie * (1 - share), pie, held, p) == pytest.approx(0.5, abs=1e-5)
    assert acceptance(pie * (1 - share) + 0.1, pie, held, p) > 0.5
    assert acceptance(pie * (1 - share) - 0.1, pie, held, p) < 0.5


@given(p=..., gain=st.floats(-1e6, 1e6), lasting=st.floats(-1e6, 1e6), share=UNIT, more=st.floats(0.0, 100.0))
def test_acceptance_is_a_chance_that_grows_with_what_is_gained(p: Params, gain, lasting, share, more):
    assert 0.0 <= acceptance(gain, lasting, share, p) <= acceptance(gain + more, lasting, share, p) <= 1.0


def test_what_the_sides_hold_out_for_by_hand(plain):
    """A table that sits each month, 11 and 5 months of patience: .61 and .28 of the gain; no summit passes unused."""
    p = Params(talk_rate=1.0, us_patience=11 / 12, beijing_patience=5 / 12, summit_first=3.0, summit_interval=12.0,
               summit_value=10.0, us_division=0.0)  # fmt: skip
    patient, hasty = 11 / 12, 5 / 6
    shares = patient * (1 - hasty) / (2 - patient - hasty), hasty * (1 - patient) / (2 - patient - hasty)

    assert held_out(plain(month=0), voice_of(0.5, p), p) == pytest.approx((*shares, 0.0))
    rare = p._replace(talk_rate=0.0, talk_urgency=0.0)
    assert held_out(plain(month=0), voice_of(0.5, p), rare) == pytest.approx((0.0, 0.0, 5.0))
    assert held_out(plain(month=3), voice_of(0.5, p), rare).passing == pytest.approx(10.0)
    assert held_out(plain(month=4), voice_of(0.5, p), rare).passing == 0.0
    half = p._replace(talk_rate=0.5, talk_urgency=0.0)
    assert held_out(plain(month=1), voice_of(0.5, p), half).passing == pytest.approx(10 * 4 / 6 / 4)


@pytest.mark.parametrize(
    ("month", "world", "press"),
    [(6, {}, 0.0), (6, {"truce_months": 1.0}, 1.0), (6, {"truce_months": 2.0}, 0.0),
     (6, {"rare_earth_restriction": 0.5}, 0.5), (6, {"tariff_on_china": 0.65}, 0.5), (3, {}, 0.6), (2, {}, 0.5),
     (3, {"rare_earth_restriction": 1.0}, 1.0)],
)  # fmt: skip
def test_the_table_opens_more_often_at_a_summit_a_truces_end_or_in_open_hostility(plain, month, world, press):
    """.1 in a calm month and .9 x .4 x the strongest of the three more; a summit worth 6 against 4 presses .6."""
    p = Params(
        talk_rate=0.1, talk_urgency=0.4, summit_value=6.0, us_move_cost=4.0, summit_first=3.0, summit_interval=12.0,
        truce_tariff=0.3, h20_line=0.5,
    )  # fmt: skip
    calm = {"rare_earth_restriction": 0.0, "tariff_on_china": 0.3}

    assert talks_chance(plain(month=month, **{**calm, **world}), p) == pytest.approx(0.1 + 0.36 * press)


@given(world=..., p=...)
def test_the_chance_of_talks_is_a_chance(world: World, p: Params):
    assert p.talk_rate <= talks_chance(world, p) <= 1.0


def test_a_swap_costs_less_at_home_than_a_gift_and_a_summit_pays(plain):
    """.5 of (4 (1 - .7 x .5) + 2 x .5) = 1.8 for chips; at the summit the dealmakers' 6 are gained.

    Had chips been controlled by letter, .5 of (4 x .65 x .75 + 1) = 1.475. Tools are a rule and no more
    for sale than they were: .5 of (4 + 1) = 2.5, whatever is thought of chips.
    """
    p = Params(
        us_package_discount=0.5, us_concession_cost=4.0, congress_drag_cost=2.0, summit_value=6.0, summit_first=3.0,
        summit_interval=12.0, us_division=0.5, us_letter_discount=0.25,
    )  # fmt: skip
    even, calm = voice_of(0.5, p), plain(month=6)
    chips, tariffs = Package(0.25, 0.25, 0.0, 0.0, 0.0), Package(0.0, 0.25, 0.25, 0.0, 0.0)
    tools = Package(0.0, 0.25, 0.0, 0.0, 0.25)

    assert us_package_cost(chips, calm, even, p) == pytest.approx(1.8)
    assert us_package_cost(chips, plain(month=6, control_form=0.0), even, p) == pytest.approx(1.475)
    assert us_package_cost(tariffs, calm, even, p) == 0.0
    assert us_package_cost(tariffs, plain(month=3), even, p) == pytest.approx(-6.0)
    assert us_package_cost(tariffs, plain(month=3), voice_of(1.0, p), p) == pytest.approx(-9.0)
    for tradable, form in itertools.product((0.0, 0.5, 1.0), (0.0, 1.0)):
        world = plain(month=6, tradable_chips=tradable, control_form=form)
        assert us_package_cost(tools, world, even, p) == pytest.approx(2.5)
    assert us_package_cost(chips._replace(tools=0.25), calm, even, p) == pytest.approx(4.3)


def gains(package, world, voice, p):
    seen, leans = as_us_sees(world), ally_leans(world, p)
    return (
        us_package_gain(package, seen, us_course(leans, seen, p), voice, sum(us_ahead(seen, voice, p, leans)), p),
        beijing_package_gain(package, world, beijing_course(leans, world, p), sum(beijing_ahead(world, p)), p),
    )


def test_a_word_that_is_worth_nothing_buys_nothing(plain):
    """Beijing counts on no part of the US half, the US on little of Beijing's: what is given is all there is."""
    p = Params(beijing_retaliation=0.0, us_retaliation=0.0, beijing_durability=0.1)
    package = Package(0.0, 0.5, 0.5, 0.0, 0.0)
    broken, kept = plain(us_durability=0.0, tariff_on_china=0.9), plain(us_durability=1.0, tariff_on_china=0.9)

    assert gains(package, kept, voice_of(0.5, p), p)[1] > gains(package, broken, voice_of(0.5, p), p)[1] + 1.0
    doubtful, sure = (
        gains(package, kept, voice_of(0.5, p), p._replace(beijing_durability=share))[0] for share in (0.1, 1.0)
    )
    assert sure > doubtful + 1.0
    tools = package._replace(tools=0.25)
    assert gains(tools, broken, voice_of(0.5, p), p)[1] == gains(package, broken, voice_of(0.5, p), p)[1]
    assert gains(tools, kept, voice_of(0.5, p), p)[1] > gains(package, kept, voice_of(0.5, p), p)[1]


def test_promising_more_than_there_is_buys_no_more_credit(plain):
    """Of a restriction of .25 no more than .25 can be lifted, and the US counts on its share of that."""
    p = Params(beijing_durability=0.6)
    world, voice = plain(rare_earth_restriction=0.25, us_durability=0.5, tariff_on_china=0.4), voice_of(0.5, p)
    modest, boastful = Package(0.25, 0.25, 0.0, 0.0, 0.0), Package(0.25, 0.75, 0.0, 0.0, 0.0)

    assert agreed(world, modest, p) == agreed(world, boastful, p)
    assert gains(boastful, world, voice, p) == pytest.approx(gains(modest, world, voice, p))


@hypothesis_settings(max_examples=12)
@given(world=..., p=..., doctrine=DOCTRINES, proposer=UNIT, dealmakers=st.sampled_from([0.0, 0.4, 1.0]))
def test_the_offer_is_the_proposers_best_and_luck_decides_by_the_chance_of_acceptance(
    world: World, p: Params, doctrine, proposer, dealmakers
):
    """No package on the table has a higher gain x chance for whoever proposes."""
    voice = voice_of(dealmakers, p)
    short = voice._replace(lead=1.0 - p.us_misprice)
    hope = world.beliefs.belief_us_yields * access_value(world, p)
    mine, theirs = (0, 1) if proposer < 0.5 else (1, 0)
    worth, both, held = {}, {}, held_out(world, voice, p)
    for package in open_packages(world, p, doctrine):
        of_us, of_beijing = gains(package, world, short, p)
        both[bounded(package, world, p)] = gain = (of_us, of_beijing - hope)
        chance = acceptance(gain[theirs], sum(gain) - held.passing, held[theirs], p)
        worth[bounded(package, world, p)] = gain[mine] * chance, chance
    made = negotiate(world, doctrine, voice, proposer, 0.5, p)
    best = max((value for value, _ in worth.values()), default=0.0)

    assert made.proposer_is_us == (proposer < 0.5)
    if best <= 0.0:
        assert made.result == Table.WALK_OUT
    else:
        value, chance = worth[made.package]
        assert value == pytest.approx(best, rel=1e-9)
        assert (made.us_gain, made.beijing_gain) == pytest.approx(both[made.package], abs=1e-9)
        eager = negotiate(world, doctrine, voice, proposer, max(0.0, 0.999 * chance), p)
        weary = negotiate(world, doctrine, voice, proposer, min(1.0, 1.001 * chance + 1e-12), p)
        assert (eager.result, weary.result) == (Table.ACCEPTED, Table.REJECTED)


def test_what_beijing_hopes_to_get_for_nothing_it_will_not_pay_for(plain):
    """M28: its gain from a deal is net of the belief that the US yields, times what a step of chips is worth."""
    p = Params(beijing_autonomy_value=0.0, tariff_floor=0.15)
    of = [negotiate(plain(belief_us_yields=belief, chip_control=0.75, tariff_on_china=0.9), QUANTAL, voice_of(0.5, p),
                    0.0, 0.0, p) for belief in (0.0, 0.01)]  # fmt: skip
    access = access_value(plain(chip_control=0.75, tariff_on_china=0.9), p)

    assert access > 1.0
    assert of[0].package == of[1].package
    assert of[0].beijing_gain - of[1].beijing_gain == pytest.approx(0.01 * access)
    assert of[0].us_gain == pytest.approx(of[1].us_gain)


def test_with_nothing_to_trade_the_proposer_walks_out(plain):
    calm = plain(chip_control=0.0, rare_earth_restriction=0.0, tariff_on_china=0.1, probe=0.0)

    for proposer, accept in itertools.product((0.0, 0.9), (0.0, 0.9)):
        made = negotiate(calm, QUANTAL, voice_of(0.5, Params()), proposer, accept, Params())
        assert made.result == Table.WALK_OUT
        assert settled(calm, made, Params()) == calm


def test_a_deal_takes_effect_and_buys_a_truce(plain, changed):
    p, world = Params(truce_length=9.0, tariff_floor=0.15), plain(tariff_on_china=0.9)
    deal = Settlement(Table.ACCEPTED, 1.0, Package(0.25, 0.25, 0.5, 1.0, 0.25), 1.0, 1.0)
    after = settled(world, deal, p)

    assert changed(world, after) == {
        "chip_control", "rare_earth_restriction", "tariff_on_china", "truce_months", "tool_control"
    }  # fmt: skip
    assert after.politics.truce_months == 9.0
    assert after.us.tool_control == 0.25
    assert (after.us.chip_control, after.us.tariff_on_china) == pytest.approx((0.25, 0.4))
    assert after.beijing.rare_earth_restriction == 0.25
    for result in (Table.CLOSED, Table.WALK_OUT, Table.REJECTED):
        assert settled(world, deal._replace(result=result), p) == world
    assert settled(world, no_talks(), p) == world


def test_clearing_ends_curbs_probes_and_reviews_and_nothing_else(plain, changed):
    world = plain(design_software_curb=0.5, probe=1.0, review=1.0)
    deal = Settlement(Table.ACCEPTED, 1.0, Package(0.0, 0.0, 0.0, 1.0, 0.0), 1.0, 1.0)
    after = settled(world, deal, Params())

    assert changed(world, after) == {"design_software_curb", "probe", "review", "truce_months"}
    assert (after.us.design_software_curb, after.beijing.probe, after.beijing.review) == (0.0, 0.0, 0.0)


def test_tools_are_traded_only_where_everything_may_be_linked(plain):
    """A US to which tool controls are all cost offers or takes them under linkage 3, and never if it freezes."""
    p = Params(
        us_tool_sales=20.0, us_concession_cost=0.0, congress_drag_cost=0.0, us_huawei_cost=0.0, us_lead_value=5.0
    )  # fmt: skip
    world, voice = plain(tool_control=1.0, chip_control=0.0, tariff_on_china=0.1), voice_of(0.5, p)

    def tools(linkage, doctrine=QUANTAL):
        given = p._replace(linkage=linkage)
        return [negotiate(world, doctrine, voice, proposer, 0.0, given).package.tools for proposer in (0.0, 0.9)]

    assert tools(3.0) == [0.25, 0.25]
    assert tools(2.0) == tools(0.0) == tools(3.0, UsDoctrine.FREEZE) == [0.0, 0.0]


def test_a_review_alone_is_something_that_beijing_can_give(plain):
    calm = {"rare_earth_restriction": 0.0, "probe": 0.0}
    cleared = Package(0.0, 0.0, 0.25, 1.0, 0.0)

    assert on_the_table(cleared, plain(**calm, review=0.5), QUANTAL, Params())
    assert not on_the_table(cleared, plain(**calm, review=0.0), QUANTAL, Params())
    assert not gives_no_more(cleared, plain(**calm, review=0.5), Params())
