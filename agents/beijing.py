"""Beijing: one leadership over the commerce ministry, the market regulator and the planners.

It wants AI compute, a market off the US stack (never worth nothing), the rent and the leverage of rare
earths, and trade without tariffs; it pays for subsidy and for steering buyers away from the better chip.
"""

import math
from typing import NamedTuple

from ..world.chips import Market, ceiling, chip_market, cuda_share
from ..world.compute import drift_without_chips
from ..world.fabs import even_focus
from ..world.law import law, total
from ..world.parameters import Params
from ..world.state import Allies, BeijingLevers, Nvidia, World, with_beijing, with_nvidia, with_truce
from ..world.trade import Package, agreed, eased, mismatch, tightened
from .allies import ally_leans
from .choice import forbidden, logit_choice
from .doctrines import BeijingDoctrine, beijing_escalates, beijing_permits
from .moves import BeijingMove
from .outlook import outlook_years, step_with, trend_of, turns_course

BEIJING_MOVES = tuple(BeijingMove)


class BeijingReading(NamedTuple):
    """What Beijing reads off chips and compute."""

    compute: float  # ln of Chinese compute
    off_cuda: float  # share of developers' work
    filled: float  # how far Huawei's chips can fill the demand, in [0, 1]


class BeijingCourse(NamedTuple):
    """What Beijing reads at the start of each step of its look-ahead, and at the end."""

    leans: Allies  # where it expects the allies to go
    first: BeijingReading
    second: BeijingReading
    third: BeijingReading
    end: BeijingReading


class BeijingTerms(NamedTuple):
    """Beijing's payoff term by term, in $bn per year, or in $bn over a look-ahead."""

    compute: float
    autonomy: float
    tariffs: float
    rare_earth_rent: float
    leverage: float
    subsidy: float
    steering: float
    curbs: float
    probes: float
    retaliation: float


class BeijingCosts(NamedTuple):
    """What a move costs or earns Beijing at once, in $bn; gains are negative."""

    change: float
    truce: float
    grievance: float
    access: float


@law
def beijing_reading(world: World, huawei_units: float) -> BeijingReading:
    """Return what Beijing reads off a world in which Huawei sells so many chips at home, in M per year."""
    return BeijingReading(
        compute=math.log(world.stocks.china_compute),
        off_cuda=1.0 - cuda_share(world.adoption),
        filled=min(1.0, 2.0 * huawei_units * world.huawei.domestic_chip_performance / world.stocks.demand),
    )


@law
def beijing_course(leans: Allies, world: World, p: Params) -> BeijingCourse:
    """Return what Beijing reads off the course that it expects of a world whose allies lean to `leans`."""
    years, focus = outlook_years(p), even_focus()
    market = chip_market(world, p)
    trend = trend_of(leans, world, market, p)
    first = beijing_reading(world, market.huawei_units)
    world = step_with(trend, world, market, focus, years, p)
    market = chip_market(world, p)
    second = beijing_reading(world, market.huawei_units)
    world = step_with(trend, world, market, focus, years, p)
    market = chip_market(world, p)
    third = beijing_reading(world, market.huawei_units)
    world = step_with(trend, world, market, focus, years, p)
    return BeijingCourse(leans, first, second, third, beijing_reading(world, 0.0))


@law
def beijing_course_after(course: BeijingCourse, before: World, after: World, p: Params) -> BeijingCourse:
    """Return the course that Beijing expects after a change of levers; `course` is that of `before`."""
    if not turns_course(before, after):
        return course
    return beijing_course(course.leans, after, p)


@law
def beijing_flow(reading: BeijingReading, world: World, p: Params) -> BeijingTerms:
    r"""Return what the world is worth to Beijing, term by term, in $bn per year.

        compute ln K + autonomy (1 - s) - harm tau + rent (1 - N)
        + leverage rho (1 - N) - harm rho^2 - subsidy sub^2 - steering (g^2 + v^2) (1.2 - filled)
        - curbs - probes - retaliation mismatch

    Steering g and review v cost less as domestic chips can fill the gap. Mechanisms M35, M38, M40, M58,
    M64, M81, M92, M94, M95, M97, M100, M101, M124, M130. Source: MODEL.md, Beijing.
    """
    beijing, us, stocks = world.beijing, world.us, world.stocks
    rho, share = beijing.rare_earth_restriction, stocks.non_china_rare_earth_share
    closed = beijing.steering * beijing.steering + beijing.review * beijing.review
    return BeijingTerms(
        compute=p.beijing_compute_value * reading.compute,
        autonomy=p.beijing_autonomy_value * reading.off_cuda,
        tariffs=-p.beijing_tariff_harm * us.tariff_on_china,
        rare_earth_rent=p.beijing_rare_earth_rent * (1.0 - share),
        leverage=p.beijing_leverage_value * rho * (1.0 - share) - p.beijing_restriction_harm * rho * rho,
        subsidy=-p.beijing_subsidy_cost * beijing.subsidy * beijing.subsidy,
        steering=-p.beijing_steering_cost * closed * (1.2 - reading.filled),
        curbs=-p.beijing_curb_harm * us.design_software_curb,
        probes=-p.beijing_probe_cost * beijing.probe,
        retaliation=-p.beijing_retaliation * mismatch(world, p),
    )


@law
def beijing_sum(total: BeijingTerms, flow: BeijingTerms, years: float) -> BeijingTerms:
    """Return `total` plus `years` of every term."""
    return BeijingTerms(
        compute=total.compute + years * flow.compute,
        autonomy=total.autonomy + years * flow.autonomy,
        tariffs=total.tariffs + years * flow.tariffs,
        rare_earth_rent=total.rare_earth_rent + years * flow.rare_earth_rent,
        leverage=total.leverage + years * flow.leverage,
        subsidy=total.subsidy + years * flow.subsidy,
        steering=total.steering + years * flow.steering,
        curbs=total.curbs + years * flow.curbs,
        probes=total.probes + years * flow.probes,
        retaliation=total.retaliation + years * flow.retaliation,
    )


@law
def beijing_future(reading: BeijingReading, world: World, p: Params) -> BeijingTerms:
    r"""Return what the stocks at the end of the look-ahead are worth to Beijing, in $bn per year.

        compute ln K + autonomy (1 - s) + future leverage (1 - N)

    Mechanisms M35, M59. Source: MODEL.md, look-ahead.
    """
    return BeijingTerms(
        compute=p.beijing_compute_value * reading.compute,
        autonomy=p.beijing_autonomy_value * reading.off_cuda,
        tariffs=0.0,
        rare_earth_rent=0.0,
        leverage=p.beijing_future_leverage * (1.0 - world.stocks.non_china_rare_earth_share),
        subsidy=0.0,
        steering=0.0,
        curbs=0.0,
        probes=0.0,
        retaliation=0.0,
    )


@law
def beijing_outlook(course: BeijingCourse, world: World, p: Params) -> BeijingTerms:
    r"""Return what Beijing expects of a world over its look-ahead, term by term, in $bn; `course` is that of its chips.

        sum over three steps of the flow, plus `beijing_patience` years of the stocks at the end

    Source: MODEL.md, look-ahead.
    """
    years = outlook_years(p)
    second = drift_without_chips(world, years, p)
    third = drift_without_chips(second, years, p)
    end = drift_without_chips(third, years, p)
    total = BeijingTerms(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    total = beijing_sum(total, beijing_flow(course.first, world, p), years)
    total = beijing_sum(total, beijing_flow(course.second, second, p), years)
    total = beijing_sum(total, beijing_flow(course.third, third, p), years)
    return beijing_sum(total, beijing_future(course.end, end, p), p.beijing_patience)


@law
def after_beijing(world: World, move: BeijingMove) -> World:
    r"""Return the world right after a move of Beijing; an escalation ends a truce.

    A review of foreign chips needs no new law, and its second step is the energy rule enforced.
    Mechanisms M40, M42, M92, M94, M95. Source: MODEL.md, Beijing.
    """
    rho, steering, subsidy, probe, review = world.beijing
    if move == BeijingMove.RESTRICT_RARE_EARTHS:
        rho = tightened(rho)
    elif move == BeijingMove.RENEW_RARE_EARTHS:
        rho = eased(rho, 0.0)
    elif move == BeijingMove.SUBSIDISE:
        subsidy = tightened(subsidy)
    elif move == BeijingMove.STEER:
        steering = tightened(steering)
    elif move == BeijingMove.RELENT:
        steering, review = eased(steering, 0.0), 0.0
    elif move == BeijingMove.ADVANCE_PROBE:
        probe = min(1.0, probe + 0.5)
    elif move == BeijingMove.CLEAR_PROBE:
        probe = 0.0
    elif move == BeijingMove.REVIEW_CHIPS:
        review = min(1.0, review + 0.5)
    after = with_beijing(world, BeijingLevers(rho, steering, subsidy, probe, review))
    if beijing_escalates(move):
        after = with_truce(after, 0.0)
    return after


@law
def beijing_can(move: BeijingMove, beijing: BeijingLevers) -> bool:
    """Return whether a move of Beijing would change anything."""
    if move == BeijingMove.RESTRICT_RARE_EARTHS:
        return beijing.rare_earth_restriction < 1.0
    if move == BeijingMove.RENEW_RARE_EARTHS:
        return beijing.rare_earth_restriction > 0.0
    if move == BeijingMove.SUBSIDISE:
        return beijing.subsidy < 1.0
    if move == BeijingMove.STEER:
        return beijing.steering < 1.0
    if move == BeijingMove.RELENT:
        return beijing.steering > 0.0 or beijing.review > 0.0
    if move == BeijingMove.ADVANCE_PROBE:
        return beijing.probe < 1.0
    if move == BeijingMove.CLEAR_PROBE:
        return beijing.probe > 0.0
    if move == BeijingMove.REVIEW_CHIPS:
        return beijing.review < 1.0
    return True


@law
def opened(world: World, p: Params) -> World:
    """Return the world with a step less of chip control and Nvidia's product already at the new ceiling."""
    after = agreed(world, Package(0.25, 0.0, 0.0, 0.0, 0.0), p)
    if after.us.chip_control >= world.us.chip_control:
        return world
    now = after.nvidia
    product = max(now.compliant_performance, ceiling(after.us.chip_control, p))
    return with_nvidia(after, Nvidia(product, now.china_supply, now.redesign_months_left, now.lobbying))


@law
def access_value(course: BeijingCourse, world: World, p: Params) -> float:
    r"""Return what one step less of chip control is worth to Beijing over its look-ahead, in $bn, at least 0.

    What a US concession, or a sliding scale that follows Chinese progress, would bring (M03, M27), the
    better product included.
    """
    after = opened(world, p)
    then = total(beijing_outlook(beijing_course_after(course, world, after, p), after, p))
    return max(0.0, then - total(beijing_outlook(course, world, p)))


@law
def beijing_costs(move: BeijingMove, world: World, access: float, p: Params) -> BeijingCosts:
    r"""Return what a move costs Beijing at once, part by part, in $bn; gains are negative.

        subsidise also earns  belief_us_slides x planning gain x access:
        if the ceiling follows Chinese progress, progress is paid twice (M02, M03)

    A grievance earns a restriction and taxes a renewal, an obligation the other way round; a budget
    decision, or a review under rules that stand, is cheaper than a diplomatic act.
    Mechanisms M03, M30, M37, M39, M95. Source: MODEL.md, Beijing.
    """
    change, truce, grievance, gain = 0.0, 0.0, 0.0, 0.0
    if move == BeijingMove.SUBSIDISE:
        change = p.beijing_budget_cost
        gain = world.beliefs.belief_us_slides * p.beijing_planning_gain * access
    elif move == BeijingMove.REVIEW_CHIPS:
        change = p.beijing_budget_cost
    elif move != BeijingMove.HOLD:
        change = p.beijing_move_cost
    if move == BeijingMove.RESTRICT_RARE_EARTHS:
        grievance = -p.grievance_weight * world.politics.grievance
    elif move == BeijingMove.RENEW_RARE_EARTHS:
        grievance = p.grievance_weight * world.politics.grievance
    if beijing_escalates(move) and world.politics.truce_months > 0.0:
        truce = p.truce_break_cost
    return BeijingCosts(change, truce, grievance, -gain)


@law
def trade_yielded(after: World, p: Params) -> World:
    """Return the world in which the US has answered a squeeze by lower tariffs and no curbs."""
    return agreed(after, Package(0.0, 0.0, 0.25, 1.0, 0.0), p)


@law
def chip_prize(world: World, access: float, p: Params) -> float:
    r"""Return what a squeeze may win in chips, in $bn: tradable x access, as far as chips are thought to be for sale.

    A US that keeps chips off the table (`linkage` below 2) is believed. Mechanisms M06, M27, M57.
    Source: MODEL.md, Beijing.
    """
    if p.linkage < 1.5:
        return 0.0
    return world.beliefs.tradable_chips * access


@law
def beijing_value(
    move: BeijingMove, world: World, course: BeijingCourse, doctrine: BeijingDoctrine, access: float, p: Params
) -> float:
    r"""Return what a move is worth to Beijing, in $bn over the look-ahead.

        (1 - y) V(after) + y [V(trade yielded) + chip prize] - costs

    where, for a restriction, y is the belief that the US yields: tariffs and curbs at least, and chips
    as far as they are for sale; else y = 0. Mechanisms M27, M28, M29, M40. Source: MODEL.md, look-ahead.
    """
    if not beijing_can(move, world.beijing) or not beijing_permits(doctrine, move, world):
        if move == BeijingMove.HOLD:
            return 0.5 * forbidden()
        return forbidden()
    after = after_beijing(world, move)
    course = beijing_course_after(course, world, after, p)
    value = total(beijing_outlook(course, after, p))
    if move == BeijingMove.RESTRICT_RARE_EARTHS:
        yielded = trade_yielded(after, p)
        course = beijing_course_after(course, after, yielded, p)
        yields, prize = world.beliefs.belief_us_yields, chip_prize(world, access, p)
        value = (1.0 - yields) * value + yields * (total(beijing_outlook(course, yielded, p)) + prize)
    return value - total(beijing_costs(move, world, access, p))


@law
def beijing_values(
    world: World, course: BeijingCourse, doctrine: BeijingDoctrine, access: float, p: Params
) -> tuple[float, ...]:
    """Return the values of Beijing's moves, in the order of BEIJING_MOVES."""
    return (
        beijing_value(BeijingMove.HOLD, world, course, doctrine, access, p),
        beijing_value(BeijingMove.RESTRICT_RARE_EARTHS, world, course, doctrine, access, p),
        beijing_value(BeijingMove.RENEW_RARE_EARTHS, world, course, doctrine, access, p),
        beijing_value(BeijingMove.SUBSIDISE, world, course, doctrine, access, p),
        beijing_value(BeijingMove.STEER, world, course, doctrine, access, p),
        beijing_value(BeijingMove.RELENT, world, course, doctrine, access, p),
        beijing_value(BeijingMove.ADVANCE_PROBE, world, course, doctrine, access, p),
        beijing_value(BeijingMove.CLEAR_PROBE, world, course, doctrine, access, p),
        beijing_value(BeijingMove.REVIEW_CHIPS, world, course, doctrine, access, p),
    )


@law
def choose_beijing(world: World, doctrine: BeijingDoctrine, u: float, p: Params) -> BeijingMove:
    """Return Beijing's move, drawn by `u`."""
    course = beijing_course(ally_leans(world, p), world, p)
    values = beijing_values(world, course, doctrine, access_value(course, world, p), p)
    return BEIJING_MOVES[logit_choice(values, p.beijing_precision, u)]


@law
def beijing_payoff(world: World, market: Market, cost: float, p: Params) -> float:
    """Return what the month was worth to Beijing, in $bn; `cost` is its move's."""
    return total(beijing_flow(beijing_reading(world, market.huawei_units), world, p)) / 12.0 - cost
