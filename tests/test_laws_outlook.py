"""Looking ahead: the path that actors expect, and what patience counts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.agents import allies, beijing, huawei, nvidia, us
from standoff.agents.choice import forbidden
from standoff.agents.doctrines import UsDoctrine
from standoff.agents.moves import BeijingMove, UsMove
from standoff.agents.outlook import expected_step, outlook_years, step_with, trend_of, turns_course
from standoff.model.table import PACKAGES
from standoff.world.chips import chip_market
from standoff.world.fabs import even_focus
from standoff.world.law import total
from standoff.world.parameters import Params
from standoff.world.state import Allies, World
from standoff.world.trade import agreed

from .actor_moves import OWN, few
from .outlooks import beijing_ahead, beijing_ends, huawei_ahead, nvidia_ahead, us_ahead, us_now


@pytest.mark.parametrize(("months", "years"), [(3.0, 1 / 12), (9.0, 0.25), (24.0, 2 / 3)])
def test_three_steps_make_the_look_ahead(months, years):
    assert outlook_years(Params(look_ahead=months)) == pytest.approx(years)


def test_the_expected_path_moves_allies_and_developers_and_no_lever_that_must_be_set(plain):
    p = Params(ally_speed=0.2, revision_rate=0.1)
    world = plain()
    after = expected_step(world, chip_market(world, p), even_focus(), 1 / 12, p)

    for lever in ("chip_control", "tool_control", "tariff_on_china", "tariff_on_allies", "chip_floor", "control_form"):
        assert getattr(after.us, lever) == getattr(world.us, lever)
    for lever in ("rare_earth_restriction", "steering", "probe", "review"):
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
        domestic_memory=1.0,
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
    held = us_ahead(world, voice, still)

    assert held.tariffs == pytest.approx(0.75 * us_now(world, market, voice, still).tariffs)
    assert held.nvidia == pytest.approx(0.75 * us_now(world, market, voice, still).nvidia)
    # Compute is not frozen: China installs, so the lead falls from what it is now.
    later = expected_step(expected_step(world, market, even_focus(), 0.25, still), market, even_focus(), 0.5, still)
    ends = [us_now(place, market, voice, still).compute_lead for place in (later, world)]
    assert 0.75 * ends[0] - 1e-9 <= held.compute_lead <= 0.75 * ends[1] + 1e-9
    of_nvidia, of_huawei = nvidia_ahead(world, still), huawei_ahead(world, even_focus(), still)
    assert sum(of_nvidia) == pytest.approx(0.75 * sum(nvidia.nvidia_flow(world, market, still)))
    assert sum(of_huawei) == pytest.approx(0.75 * sum(huawei.huawei_flow(world, market, still)))


def test_patience_counts_stocks_for_its_years(plain):
    """A year more of US patience adds a year of what stands at the end; levers can be moved again and add nothing."""
    voice = us.voice_of(0.5, Params())
    short, long = (us_ahead(plain(), voice, Params(us_patience=years)) for years in (1.0, 2.0))
    longer = us_ahead(plain(), voice, Params(us_patience=3.0))

    for term in short._fields:
        step, next_step = (getattr(b, term) - getattr(a, term) for a, b in ((short, long), (long, longer)))
        assert step == pytest.approx(next_step)
        assert (step != 0.0) == (term in ("compute_lead", "huawei"))


def test_beijings_patience_counts_compute_autonomy_and_the_leverage_that_is_left(plain):
    """A year more of it, at the end of the look-ahead: ln K, 1 - s, and 12 for each share that has no other source."""
    p = Params(beijing_future_leverage=12.0, beijing_compute_value=28.0, beijing_autonomy_value=14.0)
    short, long = (sum(beijing_ahead(plain(), p._replace(beijing_patience=years))) for years in (1.0, 2.0))
    future = beijing_ends(plain(), p)

    assert future.compute == pytest.approx(28 * math.log(4))
    assert future.autonomy == pytest.approx(14 * 0.4)
    assert future.leverage == pytest.approx(12 * 0.8)
    assert sum(future) == pytest.approx(future.compute + future.autonomy + future.leverage)
    world = plain()
    trend = trend_of(allies.ally_leans(world, p), world, chip_market(world, p), p)
    for _ in range(3):
        world = step_with(trend, world, chip_market(world, p), even_focus(), outlook_years(p), p)
    assert long - short == pytest.approx(sum(beijing_ends(world, p)))


@few
@given(world=..., p=..., data=st.data())
def test_a_course_is_shared_only_where_it_is_the_same_to_the_last_bit(world: World, p: Params, data):
    """A change of levers that is said not to turn the course of chips leaves all that is read off it."""
    moves = st.one_of(st.sampled_from(UsMove), st.sampled_from(BeijingMove), st.sampled_from(PACKAGES))
    move = data.draw(moves)
    if isinstance(move, UsMove):
        after = us.after_us(world, move, p)
    elif isinstance(move, BeijingMove):
        after = beijing.after_beijing(world, move)
    else:
        after = agreed(world, move, p)
    leans = allies.ally_leans(world, p)
    if not turns_course(world, after):
        assert us.us_course(leans, after, p) == us.us_course(leans, world, p)
        assert beijing.beijing_course(leans, after, p) == beijing.beijing_course(leans, world, p)


@pytest.mark.parametrize(
    "change",
    [{"chip_control": 0.75}, {"tool_control": 0.25}, {"design_software_curb": 0.5}, {"control_effectiveness": 0.5},
     {"steering": 0.75}, {"subsidy": 0.75}, {"review": 0.5}, {"compliant_performance": 0.6}, {"netherlands": 0.7},
     {"japan": 0.7}, {"south_korea": 0.7}, {"taiwan": 0.7}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_what_touches_chips_turns_their_course(plain, change):
    assert turns_course(plain(), plain(**change))
    leans = Allies(1.0, 0.0, 1.0, 0.0)
    assert us.us_course(leans, plain(), Params()) != us.us_course(leans, plain(**change), Params())


def test_tariffs_on_allies_turn_the_course_by_where_allies_lean(plain):
    p, calm, pressed = Params(), plain(), plain(tariff_on_allies=0.75)
    leans = allies.ally_leans(calm, p)
    course = us.us_course(leans, calm, p)

    assert us.us_course(leans, pressed, p) == course
    assert us.us_course_after(course, calm, pressed, p) == us.us_course(allies.ally_leans(pressed, p), pressed, p)
    assert us.us_course_after(course, calm, pressed, p) != course


@pytest.mark.parametrize("name", ["tariff_on_china", "probe", "truce_months", "control_form"])
def test_what_does_not_touch_chips_does_not_turn_their_course(plain, name):
    """The tap neither: what it does to the allies is not foreseen."""
    assert not turns_course(plain(), plain(**{name: 1.0}))
    assert not turns_course(plain(), plain(rare_earth_restriction=1.0))
    assert not turns_course(plain(tool_control=0.0), plain(tool_control=0.0, netherlands=0.9))


@few
@given(world=..., p=..., doctrine=st.sampled_from(UsDoctrine))
def test_what_the_us_makes_of_its_moves_is_what_it_would_make_of_each_alone(world: World, p: Params, doctrine):
    voice, seen = us.voice_of(0.3, p), us.as_us_sees(world)
    values = us.us_values(world, doctrine, voice, p)
    leans = allies.ally_leans(seen, p)
    for move in UsMove:
        if values[move] > 0.5 * forbidden():
            after, chance = us.after_us(seen, move, p), us.us_answer_chance(move, seen, p)
            pressed = after.us.tariff_on_allies != seen.us.tariff_on_allies
            there = allies.ally_leans(after, p) if pressed and after.us.tool_control > 0.0 else leans
            value = total(us_ahead(after, voice, p, there))
            if chance > 0.0:
                answered = total(us_ahead(us.us_answered(move, after, p), voice, p, there))
                value = (1.0 - chance) * value + chance * answered
            assert values[move] == value - total(us.us_costs(move, seen, voice, p))
