"""The month: what each step does to the world, what is remembered of it, and what is measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.agents.beijing import after_beijing, beijing_costs
from standoff.agents.moves import (
    AllyMove,
    BeijingMove,
    CongressMove,
    DeveloperMove,
    HuaweiMove,
    Moves,
    NvidiaMove,
    UsMove,
)
from standoff.agents.us import after_us, dealmaker_weight, us_costs, voice_of
from standoff.model.month import (
    Irritant,
    agency_acts,
    bridge_comes,
    irritant_chance,
    irritant_of,
    next_world,
    others_act,
    payoffs_of,
    record_of,
)
from standoff.model.outcomes import (
    Window,
    add_counts,
    add_payoffs,
    add_snapshot,
    add_window,
    ends_of,
    no_counts,
    no_payoffs,
    no_snapshot,
    snapshot,
)
from standoff.model.table import Package, Settlement, Table, no_talks, us_package_cost
from standoff.world.adoption import appeal
from standoff.world.beliefs import Record
from standoff.world.chips import chip_market
from standoff.world.parameters import Params
from standoff.world.state import (
    STATE_FACTS,
    World,
    with_adoption,
    with_allies,
    with_beijing,
    with_huawei,
    with_nvidia,
    with_politics,
    with_truce,
    with_us,
    world_from,
)

from .outlooks import beijing_now, us_now

STILL = Moves(
    us=UsMove.HOLD, beijing=BeijingMove.HOLD, nvidia=NvidiaMove.COMPLY, huawei=HuaweiMove.IMPROVE_CHIP,
    netherlands=AllyMove.PARTIAL, japan=AllyMove.PARTIAL, south_korea=AllyMove.PARTIAL, taiwan=AllyMove.PARTIAL,
    congress=CongressMove.WAIT, developers=DeveloperMove.STAY_CUDA,
)  # fmt: skip
NOBODY = Irritant(0.0, 0.0)
DEAL = Settlement(Table.ACCEPTED, 1.0, Package(0.25, 0.25, 0.0, 0.0, 0.0), 1.0, 1.0)
UNIT = st.floats(0.0, 1.0, exclude_max=True)
MOVES = st.builds(Moves, *(st.sampled_from(type(move)) for move in STILL))


@pytest.mark.parametrize("move", UsMove, ids=lambda move: move.name.lower())
def test_a_us_escalation_ends_a_truce_and_nothing_else_does(plain, move):
    ends = after_us(plain(truce_months=5.0), move, Params()).politics.truce_months == 0.0

    assert ends == (move.name in ("TIGHTEN_CHIPS", "TIGHTEN_TOOLS", "RAISE_TARIFFS", "RESTRICT_DESIGN_SOFTWARE"))


@pytest.mark.parametrize("move", BeijingMove, ids=lambda move: move.name.lower())
def test_an_escalation_of_beijing_ends_a_truce_and_nothing_else_does(plain, move):
    ends = after_beijing(plain(truce_months=5.0), move).politics.truce_months == 0.0

    assert ends == (move.name in ("RESTRICT_RARE_EARTHS", "ADVANCE_PROBE"))


HOUSE = Params(us_coordination=0.6, irritant_rate=0.25, irritant_breaks_truce=0.5, summit_value=6.0, us_move_cost=4.0,
               summit_first=3.0, summit_interval=12.0)  # fmt: skip


@pytest.mark.parametrize(
    ("month", "queue", "chance"), [(6, 0.0, 0.0), (6, 1.0, 0.1), (6, 4.0, 0.4), (3, 1.0, 0.04), (0, 1.0, 0.07)]
)
def test_agencies_act_more_the_longer_their_queue_and_less_before_a_summit(plain, month, queue, chance):
    """(1 - .6) x .25 a measure; a summit worth 6 against 4 hushes .6 of it, at half its pull .3."""
    assert irritant_chance(plain(month=month, irritant_queue=queue), HOUSE) == pytest.approx(chance)


def test_a_house_that_moves_as_one_has_no_agencies_of_its_own(plain):
    one = HOUSE._replace(us_coordination=1.0, irritant_rate=1.0)

    assert irritant_chance(plain(irritant_queue=4.0), one) == 0.0
    assert irritant_of(plain(irritant_queue=4.0), 0.0, 0.0, one) == NOBODY


@pytest.mark.parametrize(
    ("acts", "breaks", "truce", "done"),
    [(0.05, 0.4, 5.0, (1.0, 1.0)), (0.05, 0.6, 5.0, (1.0, 0.0)), (0.05, 0.4, 0.0, (1.0, 0.0)),
     (0.15, 0.4, 5.0, (0.0, 0.0))],
)  # fmt: skip
def test_a_measure_may_break_a_truce_that_there_is(plain, acts, breaks, truce, done):
    assert irritant_of(plain(month=6, truce_months=truce), acts, breaks, HOUSE) == done


@pytest.mark.parametrize(("irritant", "truce"), [((1.0, 0.0), 5.0), ((1.0, 1.0), 0.0)])
def test_a_measure_is_a_curb_on_design_software(plain, changed, irritant, truce):
    before = plain(truce_months=5.0, design_software_curb=0.2)
    after = agency_acts(before, Irritant(*irritant))

    assert changed(before, after) == {"design_software_curb"} | ({"truce_months"} if truce == 0.0 else set())
    assert after.us.design_software_curb == 0.7
    assert after.politics.truce_months == truce
    assert agency_acts(before, NOBODY) == before


def test_firms_allies_and_congress_act_on_their_own_things(plain, changed):
    before = plain()
    moves = STILL._replace(nvidia=NvidiaMove.LOBBY, congress=CongressMove.SCRUTINISE, japan=AllyMove.ALIGN)
    after = others_act(before, moves, Params(ally_speed=0.1))

    assert changed(before, after) == {
        "lobbying", "congress_pressure", "irritant_queue", "netherlands", "japan", "south_korea", "taiwan"
    }  # fmt: skip
    assert after.allies.japan == pytest.approx(0.55)
    assert after.allies.taiwan == pytest.approx(0.516)


@pytest.mark.parametrize(
    ("world", "moves", "irritant", "settlement", "shows"),
    [
        ({"rare_earth_restriction": 0.0}, {}, (0, 0), None, set()),
        ({}, {}, (0, 0), None, {"pressed"}),
        ({"rare_earth_restriction": 0.2}, {}, (0, 0), None, set()),
        ({}, {"us": "RELAX_CHIPS"}, (0, 0), None, {"us_conceded", "pressed"}),
        ({}, {"us": "CUT_TARIFFS"}, (0, 0), None, {"us_conceded", "pressed"}),
        ({}, {"us": "TIGHTEN_CHIPS"}, (0, 0), None, {"us_escalated", "pressed"}),
        ({"truce_months": 3.0}, {"us": "RAISE_TARIFFS"}, (0, 0), None, {"us_escalated", "us_broke", "pressed"}),
        ({"truce_months": 3.0}, {"us": "RAISE_TARIFFS", "beijing": "RESTRICT_RARE_EARTHS"}, (0, 0), None,
         {"us_escalated", "beijing_escalated", "pressed"}),
        ({"truce_months": 3.0}, {}, (1, 0), None, {"us_escalated", "irritant", "pressed"}),
        ({"truce_months": 3.0}, {}, (1, 1), None, {"us_escalated", "irritant", "us_broke", "pressed"}),
        ({}, {"beijing": "ADVANCE_PROBE"}, (0, 0), None, {"beijing_escalated", "pressed"}),
        ({}, {"beijing": "RELENT"}, (0, 0), None, {"beijing_eased", "pressed"}),
        ({}, {"beijing": "STEER"}, (0, 0), None, {"pressed"}),
        ({}, {}, (0, 0), DEAL, {"deal", "deal_chip_step", "pressed"}),
        ({}, {}, (0, 0), DEAL._replace(package=Package(0.0, 0.25, 0.25, 0.0, 0.0)), {"deal", "pressed"}),
        ({}, {"beijing": "REVIEW_CHIPS"}, (0, 0), None, {"pressed"}),
        # another control eased: alone, for something, or by clearing curbs that were there
        ({}, {"us": "RELAX_TOOLS"}, (0, 0), None, {"us_conceded", "other_eased", "pressed"}),
        ({"design_software_curb": 0.5}, {"us": "LIFT_DESIGN_SOFTWARE"}, (0, 0), None,
         {"us_conceded", "other_eased", "pressed"}),
        ({}, {}, (0, 0), DEAL._replace(package=Package(0.0, 0.25, 0.0, 0.0, 0.25)), {"deal", "other_eased", "pressed"}),
        ({}, {}, (0, 0), DEAL._replace(package=Package(0.25, 0.25, 0.0, 0.0, 0.25)),
         {"deal", "deal_chip_step", "other_eased", "pressed"}),
        ({"design_software_curb": 0.5, "probe": 0.5}, {}, (0, 0),
         DEAL._replace(package=Package(0.0, 0.0, 0.0, 1.0, 0.0)), {"deal", "other_eased", "pressed"}),
        ({"probe": 0.5}, {}, (0, 0), DEAL._replace(package=Package(0.0, 0.0, 0.25, 1.0, 0.0)), {"deal", "pressed"}),
        ({"design_software_curb": 0.5}, {}, (0, 0),
         DEAL._replace(package=Package(0.0, 0.25, 0.25, 0.0, 0.0)), {"deal", "pressed"}),
        ({}, {}, (0, 0), DEAL._replace(package=Package(0.0, 0.25, 0.0, 0.0, 0.25), result=Table.REJECTED), {"pressed"}),
        ({}, {}, (0, 0), DEAL._replace(result=Table.REJECTED), {"pressed"}),
    ],
)  # fmt: skip
def test_what_a_month_shows(plain, world, moves, irritant, settlement, shows):
    kinds = {"us": UsMove, "beijing": BeijingMove}
    made = STILL._replace(**{actor: kinds[actor][move] for actor, move in moves.items()})
    seen = record_of(plain(**world), made, Irritant(*map(float, irritant)), settlement or no_talks())

    assert {name for name, value in seen._asdict().items() if value and name != "chip_step"} == shows
    assert seen.chip_step == {"TIGHTEN_CHIPS": 1.0, "RELAX_CHIPS": -1.0}.get(moves.get("us"), 0.0)


def test_a_bridge_comes_only_to_those_who_build_it_and_stays(plain):
    p, builds = Params(bridge_chance=0.03), STILL._replace(huawei=HuaweiMove.BUILD_BRIDGE)

    assert bridge_comes(plain(), builds, 0.029, p) == 1.0
    assert bridge_comes(plain(), builds, 0.031, p) == 0.0
    assert bridge_comes(plain(), STILL, 0.0, p) == 0.0
    assert bridge_comes(plain(cuda_bridge=1.0), STILL, 0.9, p) == 1.0


@given(world=..., p=..., moves=MOVES, chance=UNIT, noise=st.floats(-1.0, 1.0))
def test_a_month_passes_and_the_ranges_hold(world: World, p: Params, moves, chance, noise):
    """Physics, beliefs and politics together leave no share outside [0, 1]; adoption and alignment wait."""
    seen = record_of(world, moves, NOBODY, no_talks())
    after = next_world(world, chip_market(world, p), moves, seen, chance, noise, p)

    assert after.month == world.month + 1
    assert (after.allies, after.adoption) == (world.allies, world.adoption)
    beliefs = after.beliefs._replace(us_estimate_of_capacity=0.0)
    assert all(0.0 <= level <= 1.0 for level in (*after.us, *after.beijing, *beliefs))
    assert -1.0 <= after.politics.grievance <= 1.0
    assert 0.0 <= after.huawei.memory_stock <= world.huawei.memory_stock
    assert after.huawei.cuda_bridge in (world.huawei.cuda_bridge, 1.0)


def test_beliefs_and_tempers_are_about_the_month_and_not_about_what_physics_makes_of_it(plain):
    """A tenth of the way from .3 to the .25 + .2 that Huawei had, whatever it builds this month."""
    p = Params(estimate_lag=10.0, hidden_release=0.4, capacity_rate=0.8, irritant_arrivals=1.2, congress_forgetting=0.1)
    after = next_world(plain(), chip_market(plain(), p), STILL, Record(*[0.0] * len(Record._fields)), 0.9, 0.0, p)

    assert after.beliefs.us_estimate_of_capacity == pytest.approx(0.315)
    assert after.huawei.domestic_chip_capacity > 0.25
    assert after.politics.congress_pressure == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("law", "part"),
    [(with_us, "us"), (with_beijing, "beijing"), (with_allies, "allies"), (with_nvidia, "nvidia"),
     (with_huawei, "huawei"), (with_adoption, "adoption"), (with_politics, "politics")],
)  # fmt: skip
def test_a_part_is_exchanged_alone(law, part):
    """In a world in which every field has a value of its own."""
    world = world_from({name: 1.0 + place for place, name in enumerate(STATE_FACTS)})
    other = type(getattr(world, part))(*(-1.0 - place for place in range(len(getattr(world, part)))))

    assert law(world, other) == world._replace(**{part: other})
    assert with_truce(world, 0.5) == world._replace(politics=world.politics._replace(truce_months=0.5))


def test_what_a_month_was_worth_is_a_twelfth_of_the_flow_less_what_its_moves_cost(plain):
    """The US pays for its move, for the truce and at the table; Beijing for its move, hopes not counted."""
    p = Params(truce_break_cost=5.0, us_move_cost=5.0, beijing_move_cost=4.0, grievance_weight=6.0)
    start = plain(truce_months=3.0, grievance=1.0)
    moves = STILL._replace(us=UsMove.RAISE_TARIFFS, beijing=BeijingMove.RESTRICT_RARE_EARTHS)
    acted = after_beijing(start, moves.beijing)
    world = after_us(acted, moves.us, p)
    market, voice = chip_market(world, p), voice_of(1.0, p)
    paid = payoffs_of(start, acted, world, market, moves, DEAL, voice, appeal(world, market, p), p)

    together = voice_of(dealmaker_weight(world, p), p)
    us = sum(us_now(world, market, together, p)) / 12
    assert paid.us == pytest.approx(
        us - sum(us_costs(moves.us, acted, voice, p)) - us_package_cost(DEAL.package, acted, voice, p)
    )
    assert sum(us_costs(moves.us, acted, voice, p)) == pytest.approx(5.0 + 0.5 * p.summit_value * (1 + p.us_division))
    assert paid.beijing == pytest.approx(sum(beijing_now(world, market, p)) / 12 - 4.0 - 5.0)
    assert beijing_costs(moves.beijing, start, 0.0, p).grievance == -6.0
    assert paid.nvidia == pytest.approx((market.nvidia_revenue + p.nvidia_outside_price * 0.6) / 12)


# What is measured


def test_a_month_counts_what_happened(plain):
    quiet = Record(*[0.0] * len(Record._fields))
    start = plain(truce_months=3.0)
    cases = {
        "chip_relaxations": (STILL._replace(us=UsMove.RELAX_CHIPS), no_talks(), quiet),
        "chip_tightenings": (STILL._replace(us=UsMove.TIGHTEN_CHIPS), no_talks(), quiet),
        "updates": (STILL._replace(us=UsMove.UPDATE_CONTROLS), no_talks(), quiet),
        "tariff_rises": (STILL._replace(us=UsMove.RAISE_TARIFFS), no_talks(), quiet),
        "restrictions": (STILL._replace(beijing=BeijingMove.RESTRICT_RARE_EARTHS), no_talks(), quiet),
        "renewals": (STILL._replace(beijing=BeijingMove.RENEW_RARE_EARTHS), no_talks(), quiet),
        "subsidies": (STILL._replace(beijing=BeijingMove.SUBSIDISE), no_talks(), quiet),
        "lobbying_months": (STILL._replace(nvidia=NvidiaMove.LOBBY), no_talks(), quiet),
        "walk_outs": (STILL, DEAL._replace(result=Table.WALK_OUT), quiet),
        "refusals": (STILL, DEAL._replace(result=Table.REJECTED), quiet),
        "deals": (STILL, no_talks(), quiet._replace(deal=1.0)),
        "chip_deals": (STILL, no_talks(), quiet._replace(deal_chip_step=1.0)),
        "breaks": (STILL, no_talks(), quiet._replace(us_broke=1.0)),
        "irritants": (STILL, no_talks(), quiet._replace(irritant=1.0)),
    }

    assert set(cases) == set(no_counts()._fields)
    for name, (moves, settlement, seen) in cases.items():
        counted = add_counts(no_counts(), start, moves, settlement, seen)
        assert counted == no_counts()._replace(**{name: 1.0}), name
        assert add_counts(counted, start, moves, settlement, seen) == no_counts()._replace(**{name: 2.0}), name
    hostile = quiet._replace(beijing_escalated=1.0)
    assert add_counts(no_counts(), start, STILL, no_talks(), hostile).breaks == 1.0
    assert add_counts(no_counts(), plain(truce_months=0.0), STILL, no_talks(), hostile).breaks == 0.0


def test_sums_are_taken_field_by_field(plain):
    p, world = Params(), plain()
    now = snapshot(world, chip_market(world, p), p)
    paid = no_payoffs()._make(float(place + 1) for place in range(10))
    ramp = now._make(float(place + 1) for place in range(len(now)))

    assert add_snapshot(no_snapshot(), ramp) == ramp
    assert add_snapshot(ramp, ramp) == tuple(2 * value for value in ramp)
    assert add_payoffs(no_payoffs(), paid) == paid
    assert add_payoffs(paid, paid) == tuple(2 * value for value in paid)


def test_a_window_adds_the_tracks_it_is_named_after(plain):
    p = Params()
    now = snapshot(plain(), chip_market(plain(), p), p)
    window = add_window(Window(*[1.0] * 6), now, 1.0)

    assert window.deals == 2.0
    for name in window._fields[:-1]:
        assert getattr(window, name) == 1.0 + getattr(now, name)


def test_a_run_ends_where_its_world_is(plain):
    ends = ends_of(plain(us_estimate_of_capacity=0.3, domestic_chip_capacity=0.25))

    assert ends.final_estimate_error == pytest.approx(0.05)
    assert ends.final_cuda_share == pytest.approx(0.6)
    assert ends.final_grey_share == 0.05
    flat = {name: value for part in plain()[1:] for name, value in part._asdict().items()}
    for name, value in ends._asdict().items():
        if name.removeprefix("final_") in flat:
            assert value == flat[name.removeprefix("final_")], name
