"""The US administration: dealmakers and security agencies under one roof.

It wants a lead in compute, rare earths, tariffs that please at home, Nvidia's revenue and Huawei contained;
dealmakers and agencies weigh these differently, and who speaks is itself uncertain (M20, M39, M120).
"""

import math
from typing import NamedTuple

from ..world.beliefs import summit_pull
from ..world.chips import Market, chip_market
from ..world.compute import compute_lead, drift, drift_without_chips
from ..world.fabs import even_focus
from ..world.law import law, total
from ..world.parameters import Params
from ..world.rare_earths import shortage_pain
from ..world.state import Allies, Huawei, UsLevers, World, with_allies, with_huawei, with_truce, with_us
from ..world.trade import Package, agreed, eased, mismatch, tightened
from .allies import ally_leans
from .choice import forbidden, logit_choice
from .doctrines import UsDoctrine, us_concedes, us_escalates, us_permits
from .moves import UsMove
from .outlook import outlook_years, step_with, trend_of, turns_course

US_MOVES = tuple(UsMove)


class Voice(NamedTuple):
    """How the speaker of the month weighs things, relative to the administration's mean."""

    security: float
    commerce: float
    lead: float  # 1, or less where the lead's value is overlooked at the table (M26)


class UsReading(NamedTuple):
    """What the US reads off chips and compute."""

    lead: float  # ln(US compute / Chinese compute)
    rival: float  # ln(1 + Huawei's capacity x performance x (1 + share abroad))
    revenue: float  # Nvidia's in China, $bn per year


class UsCourse(NamedTuple):
    """What the US reads at the start of each step of its look-ahead, and at the end."""

    leans: Allies  # where it expects the allies to go
    first: UsReading
    second: UsReading
    third: UsReading
    end: UsReading


class UsTerms(NamedTuple):
    """The US payoff term by term, in $bn per year, or in $bn over a look-ahead."""

    compute_lead: float
    huawei: float
    rare_earths: float
    tariffs: float
    nvidia: float
    sales_forgone: float
    ally_tariffs: float
    probes: float
    retaliation: float


class UsCosts(NamedTuple):
    """What a move costs the US at once, in $bn."""

    change: float
    audience: float
    congress: float
    summit: float
    truce: float


@law
def dealmaker_weight(world: World, p: Params) -> float:
    r"""Return the dealmakers' weight in the administration, in [.1, .9].

    It falls as Congress stirs. Mechanisms M51, M120. Source: MODEL.md, US administration.
    """
    return min(0.9, max(0.1, p.us_dealmaker_weight - p.us_congress_drag * world.politics.congress_pressure))


@law
def voice_of(dealmakers: float, p: Params) -> Voice:
    r"""Return how a speaker weighs security and commerce; `dealmakers` is their weight in [0, 1].

        security = 1 + d (1 - 2 w),  commerce = 1 - d (1 - 2 w),  d = us_division

    Mechanisms M20, M51, M120. Source: MODEL.md, US administration.

    >>> voice_of(0.5, Params())
    Voice(security=1.0, commerce=1.0, lead=1.0)
    """
    tilt = p.us_division * (1.0 - 2.0 * dealmakers)
    return Voice(security=1.0 + tilt, commerce=1.0 - tilt, lead=1.0)


@law
def speaker(world: World, u: float, p: Params) -> float:
    r"""Return the dealmakers' weight in this month's decision, drawn by `u`.

    With probability `us_coordination` the administration speaks as one; else one half speaks alone.
    Mechanism M20. Source: MODEL.md, US administration.
    """
    weight = dealmaker_weight(world, p)
    if u < p.us_coordination:
        return weight
    if (u - p.us_coordination) < (1.0 - p.us_coordination) * weight:
        return 1.0
    return 0.0


@law
def as_us_sees(world: World) -> World:
    r"""Return the world with Huawei's capacity and hidden stock as the US believes them. Mechanisms M74, M131."""
    now = world.huawei
    believed = Huawei(
        domestic_chip_performance=now.domestic_chip_performance,
        domestic_chip_capacity=world.beliefs.us_estimate_of_capacity,
        cann_maturity=now.cann_maturity,
        cuda_bridge=now.cuda_bridge,
        domestic_tool_share=now.domestic_tool_share,
        hidden_stock=0.0,
        memory_stock=now.memory_stock,
        huawei_abroad=now.huawei_abroad,
    )
    return with_huawei(world, believed)


@law
def us_reading(world: World, revenue: float) -> UsReading:
    """Return what the US reads off a world in which Nvidia earns `revenue` in China."""
    huawei = world.huawei
    rival = huawei.domestic_chip_capacity * huawei.domestic_chip_performance * (1.0 + huawei.huawei_abroad)
    return UsReading(compute_lead(world), math.log(1.0 + rival), revenue)


@law
def us_course(leans: Allies, world: World, p: Params) -> UsCourse:
    """Return what the US reads off the course that it expects of a world whose allies lean to `leans`."""
    years, focus = outlook_years(p), even_focus()
    market = chip_market(world, p)
    trend = trend_of(leans, world, market, p)
    first = us_reading(world, market.nvidia_revenue)
    world = step_with(trend, world, market, focus, years, p)
    market = chip_market(world, p)
    second = us_reading(world, market.nvidia_revenue)
    world = step_with(trend, world, market, focus, years, p)
    market = chip_market(world, p)
    third = us_reading(world, market.nvidia_revenue)
    return UsCourse(leans, first, second, third, us_reading(drift(world, market, focus, years, p), 0.0))


@law
def us_course_after(course: UsCourse, before: World, after: World, p: Params) -> UsCourse:
    r"""Return the course that the US expects after a change of levers; `course` is that of `before`.

    Of what a change does to the allies, the US foresees that pressing them costs alignment later (M13).
    """
    if not turns_course(before, after):
        return course
    leans = course.leans
    if before.us.tariff_on_allies != after.us.tariff_on_allies:
        leans = ally_leans(after, p)
    return us_course(leans, after, p)


@law
def lead_worth(reading: UsReading, voice: Voice, p: Params) -> float:
    """Return what the lead in compute is worth to the US, in $bn per year. Mechanisms M01, M26, M51."""
    return voice.security * voice.lead * p.us_lead_value * reading.lead


@law
def rival_cost(reading: UsReading, voice: Voice, p: Params) -> float:
    """Return what Huawei as a rival costs the US, in $bn per year. Mechanisms M51, M76."""
    return voice.security * p.us_huawei_cost * reading.rival


@law
def us_flow(reading: UsReading, world: World, voice: Voice, p: Params) -> UsTerms:
    r"""Return what the world is worth to the US, term by term, in $bn per year.

        security [lead ln(KU / K) - huawei ln(1 + q h (1 + abroad))]
        + commerce [nvidia (1 + dependence belief) revenue - loss pain - tool sales mu - curb]
        + gain tau - harm tau^2 + gain tauA - harm tauA^2 - probes - retaliation mismatch

    Mechanisms M01, M26, M33, M38, M42, M51, M53, M58, M67, M76, M78, M124.
    Source: MODEL.md, US administration.
    """
    us = world.us
    nvidia = p.us_nvidia_weight * (1.0 + p.us_dependence_weight * world.beliefs.belief_dependence)
    forgone = p.us_tool_sales * us.tool_control + p.us_curb_cost * us.design_software_curb
    tau, tau_allies = us.tariff_on_china, us.tariff_on_allies
    return UsTerms(
        compute_lead=lead_worth(reading, voice, p),
        huawei=-rival_cost(reading, voice, p),
        rare_earths=-voice.commerce * p.us_rare_earth_loss * shortage_pain(world, p),
        tariffs=p.us_tariff_gain * tau - p.us_tariff_harm * tau * tau,
        nvidia=voice.commerce * nvidia * reading.revenue,
        sales_forgone=-voice.commerce * forgone,
        ally_tariffs=p.us_ally_tariff_gain * tau_allies - p.us_ally_tariff_harm * tau_allies * tau_allies,
        probes=-p.us_probe_cost * world.beijing.probe,
        retaliation=-p.us_retaliation * mismatch(world, p),
    )


@law
def us_sum(total: UsTerms, flow: UsTerms, years: float) -> UsTerms:
    """Return `total` plus `years` of every term."""
    return UsTerms(
        compute_lead=total.compute_lead + years * flow.compute_lead,
        huawei=total.huawei + years * flow.huawei,
        rare_earths=total.rare_earths + years * flow.rare_earths,
        tariffs=total.tariffs + years * flow.tariffs,
        nvidia=total.nvidia + years * flow.nvidia,
        sales_forgone=total.sales_forgone + years * flow.sales_forgone,
        ally_tariffs=total.ally_tariffs + years * flow.ally_tariffs,
        probes=total.probes + years * flow.probes,
        retaliation=total.retaliation + years * flow.retaliation,
    )


@law
def us_future(reading: UsReading, voice: Voice, p: Params) -> UsTerms:
    r"""Return what the stocks at the end of the look-ahead are worth to the US, in $bn per year.

        security [lead ln(KU / K) - huawei ln(1 + q h (1 + abroad))]

    Mechanisms M01, M26, M35, M76, M132. Source: MODEL.md, look-ahead.
    """
    return UsTerms(
        compute_lead=lead_worth(reading, voice, p),
        huawei=-rival_cost(reading, voice, p),
        rare_earths=0.0,
        tariffs=0.0,
        nvidia=0.0,
        sales_forgone=0.0,
        ally_tariffs=0.0,
        probes=0.0,
        retaliation=0.0,
    )


@law
def us_outlook(course: UsCourse, world: World, voice: Voice, p: Params) -> UsTerms:
    r"""Return what the US expects of a world over its look-ahead, term by term, in $bn; `course` is that of its chips.

        sum over three steps of the flow, plus `us_patience` years of the stocks at the end

    Levers can be moved again, stocks cannot (M35): only stocks are carried beyond the look-ahead.
    Source: MODEL.md, look-ahead.
    """
    years = outlook_years(p)
    second = drift_without_chips(world, years, p)
    third = drift_without_chips(second, years, p)
    total = UsTerms(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    total = us_sum(total, us_flow(course.first, world, voice, p), years)
    total = us_sum(total, us_flow(course.second, second, voice, p), years)
    total = us_sum(total, us_flow(course.third, third, voice, p), years)
    return us_sum(total, us_future(course.end, voice, p), p.us_patience)


@law
def after_us(world: World, move: UsMove, p: Params) -> World:
    r"""Return the world right after a US move.

    Chips are tightened by letter, at once; an update writes the controls into a published rule. An
    escalation ends a truce. Mechanisms M07, M08, M13, M17, M34. Source: MODEL.md, US administration.
    """
    us, allies = world.us, world.allies
    chips, tools, curb = us.chip_control, us.tool_control, us.design_software_curb
    tau, tau_allies, bite = us.tariff_on_china, us.tariff_on_allies, us.control_effectiveness
    form, pressed = us.control_form, 0.0
    if move == UsMove.TIGHTEN_CHIPS:
        chips = tightened(chips)
        bite, form = 0.5 * (bite + 1.0), 0.0
    elif move == UsMove.RELAX_CHIPS:
        chips = eased(chips, min(chips, us.chip_floor))
    elif move == UsMove.UPDATE_CONTROLS:
        bite, form = 1.0, 1.0
    elif move == UsMove.TIGHTEN_TOOLS:
        tools = tightened(tools)
        bite = 0.5 * (bite + 1.0)
    elif move == UsMove.RELAX_TOOLS:
        tools = eased(tools, 0.0)
    elif move == UsMove.RAISE_TARIFFS:
        tau = tightened(tau)
    elif move == UsMove.CUT_TARIFFS:
        tau = eased(tau, min(tau, p.tariff_floor))
    elif move == UsMove.RESTRICT_DESIGN_SOFTWARE:
        curb = min(1.0, curb + 0.5)
    elif move == UsMove.LIFT_DESIGN_SOFTWARE:
        curb = 0.0
    elif move == UsMove.PRESS_ALLIES:
        tau_allies = tightened(tau_allies)
        pressed = p.ally_pressing
    elif move == UsMove.COURT_ALLIES:
        tau_allies = eased(tau_allies, 0.0)
    levers = UsLevers(chips, tools, curb, tau, tau_allies, us.chip_floor, bite, form)
    leaning = Allies(
        netherlands=min(1.0, allies.netherlands + pressed),
        japan=min(1.0, allies.japan + pressed),
        south_korea=min(1.0, allies.south_korea + pressed),
        taiwan=min(1.0, allies.taiwan + pressed),
    )
    after = with_allies(with_us(world, levers), leaning)
    if us_escalates(move):
        after = with_truce(after, 0.0)
    return after


@law
def us_can(move: UsMove, us: UsLevers, p: Params) -> bool:
    """Return whether a US move would change anything."""
    if move == UsMove.TIGHTEN_CHIPS:
        return us.chip_control < 1.0
    if move == UsMove.RELAX_CHIPS:
        return us.chip_control > us.chip_floor
    if move == UsMove.UPDATE_CONTROLS:
        return us.control_effectiveness < 0.999 or us.control_form < 1.0
    if move == UsMove.TIGHTEN_TOOLS:
        return us.tool_control < 1.0
    if move == UsMove.RELAX_TOOLS:
        return us.tool_control > 0.0
    if move == UsMove.RAISE_TARIFFS:
        return us.tariff_on_china < 1.0
    if move == UsMove.CUT_TARIFFS:
        return us.tariff_on_china > p.tariff_floor + 1e-9
    if move == UsMove.RESTRICT_DESIGN_SOFTWARE:
        return us.design_software_curb < 0.9
    if move == UsMove.LIFT_DESIGN_SOFTWARE:
        return us.design_software_curb > 0.1
    if move == UsMove.PRESS_ALLIES:
        return us.tariff_on_allies < 1.0
    if move == UsMove.COURT_ALLIES:
        return us.tariff_on_allies > 0.0
    return True


@law
def concession_cost(tradable: float, pressure: float, form: float, p: Params) -> float:
    r"""Return what a step of concession costs at home, in $bn.

        audience (1 - .7 tradable) (1 - letter discount (1 - form)) + drag pressure

    A subject already for sale embarrasses less, and so does a letter that nobody has read; a
    foundational control, such as that on tools, is a rule and not for sale. Mechanisms M05, M06, M07,
    M27, M57, M119.
    Source: MODEL.md, US administration.
    """
    shown = 1.0 - p.us_letter_discount * (1.0 - form)
    return p.us_concession_cost * (1.0 - 0.7 * tradable) * shown + p.congress_drag_cost * pressure


@law
def us_costs(move: UsMove, world: World, voice: Voice, p: Params) -> UsCosts:
    r"""Return what a US move costs at once, part by part, in $bn.

    Escalation offends a coming summit and breaks a truce; relaxing chips or tools meets the audience
    and Congress. Mechanisms M36, M37, M49, M57, M119. Source: MODEL.md, US administration.
    """
    politics = world.politics
    change, audience, congress, summit, truce = 0.0, 0.0, 0.0, 0.0, 0.0
    if move == UsMove.UPDATE_CONTROLS:
        change = p.us_update_cost
    elif move != UsMove.HOLD:
        change = p.us_move_cost
    if move in (UsMove.RELAX_CHIPS, UsMove.RELAX_TOOLS):
        tradable, form = 0.0, 1.0
        if move == UsMove.RELAX_CHIPS:
            tradable, form = world.beliefs.tradable_chips, world.us.control_form
        audience = concession_cost(tradable, 0.0, form, p)
        congress = concession_cost(tradable, politics.congress_pressure, form, p) - audience
    if us_escalates(move):
        summit = voice.commerce * p.summit_value * summit_pull(world.month, p)
        if politics.truce_months > 0.0:
            truce = p.truce_break_cost
    return UsCosts(change, audience, congress, summit, truce)


@law
def us_answer_chance(move: UsMove, world: World, p: Params) -> float:
    r"""Return the chance the US gives to Beijing answering a move, in [0, 1].

    Escalation is answered by two steps of restriction, with the learned belief (an update counts half);
    a concession on a subject that is linked to rare earths by two steps less, with
    `us_expected_reciprocity`. `linkage` says which subjects are linked. Mechanisms M05, M09, M30, M53.
    Source: MODEL.md, look-ahead.
    """
    if us_escalates(move):
        return world.beliefs.belief_beijing_retaliates
    if move == UsMove.UPDATE_CONTROLS:
        return 0.5 * world.beliefs.belief_beijing_retaliates
    linked = p.linkage > 0.5
    if move == UsMove.RELAX_CHIPS:
        linked = p.linkage > 1.5
    elif move == UsMove.RELAX_TOOLS:
        linked = p.linkage > 2.5
    if linked and us_concedes(move) and world.beijing.rare_earth_restriction > 0.0:
        return p.us_expected_reciprocity
    return 0.0


@law
def us_answered(move: UsMove, after: World, p: Params) -> World:
    """Return the world in which Beijing has answered a US move."""
    eases = 0.5
    if not us_concedes(move):
        eases = -0.5
    return agreed(after, Package(0.0, eases, 0.0, 0.0, 0.0), p)


@law
def us_value(move: UsMove, seen: World, course: UsCourse, doctrine: UsDoctrine, voice: Voice, p: Params) -> float:
    r"""Return what a US move is worth, in $bn over the look-ahead.

        (1 - a) V(world after the move) + a V(world after the answer) - costs

    with a the chance of an answer. `seen` is the world as the US sees it, `course` what it expects of
    chips if it holds. A doctrine that permits nothing possible leaves holding. Source: MODEL.md, look-ahead.
    """
    if not us_can(move, seen.us, p) or not us_permits(doctrine, move, seen, p):
        if move == UsMove.HOLD:
            return 0.5 * forbidden()
        return forbidden()
    after = after_us(seen, move, p)
    course = us_course_after(course, seen, after, p)
    value = total(us_outlook(course, after, voice, p))
    chance = us_answer_chance(move, seen, p)
    if chance > 0.0:
        value = (1.0 - chance) * value + chance * total(us_outlook(course, us_answered(move, after, p), voice, p))
    return value - total(us_costs(move, seen, voice, p))


@law
def us_values(world: World, doctrine: UsDoctrine, voice: Voice, p: Params) -> tuple[float, ...]:
    """Return the values of the US moves, in the order of US_MOVES."""
    seen = as_us_sees(world)
    course = us_course(ally_leans(seen, p), seen, p)
    return (
        us_value(UsMove.HOLD, seen, course, doctrine, voice, p),
        us_value(UsMove.TIGHTEN_CHIPS, seen, course, doctrine, voice, p),
        us_value(UsMove.RELAX_CHIPS, seen, course, doctrine, voice, p),
        us_value(UsMove.UPDATE_CONTROLS, seen, course, doctrine, voice, p),
        us_value(UsMove.TIGHTEN_TOOLS, seen, course, doctrine, voice, p),
        us_value(UsMove.RELAX_TOOLS, seen, course, doctrine, voice, p),
        us_value(UsMove.RAISE_TARIFFS, seen, course, doctrine, voice, p),
        us_value(UsMove.CUT_TARIFFS, seen, course, doctrine, voice, p),
        us_value(UsMove.RESTRICT_DESIGN_SOFTWARE, seen, course, doctrine, voice, p),
        us_value(UsMove.LIFT_DESIGN_SOFTWARE, seen, course, doctrine, voice, p),
        us_value(UsMove.PRESS_ALLIES, seen, course, doctrine, voice, p),
        us_value(UsMove.COURT_ALLIES, seen, course, doctrine, voice, p),
    )


@law
def choose_us(world: World, doctrine: UsDoctrine, dealmakers: float, u: float, p: Params) -> UsMove:
    """Return the US move, drawn by `u`, when dealmakers have this weight in the decision."""
    return US_MOVES[logit_choice(us_values(world, doctrine, voice_of(dealmakers, p), p), p.us_precision, u)]


@law
def us_payoff(world: World, market: Market, cost: float, p: Params) -> float:
    """Return what the month was worth to the administration as a whole, in $bn; `cost` is its move's."""
    reading = us_reading(world, market.nvidia_revenue)
    return total(us_flow(reading, world, voice_of(dealmaker_weight(world, p), p), p)) / 12.0 - cost
