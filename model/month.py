"""The month, in the order in which things happen.

1. Beijing moves; an escalation ends a truce.
2. The US moves, having seen it; an escalation ends a truce.
3. A US agency may act on its own; Beijing may take it as a breach.
4. The table may open: offer, acceptance, truce.
5. Nvidia, Huawei, the allies and Congress choose at once.
6. Developers reconsider.
7. Payoffs are booked, then physics runs for a month.
8. Beliefs, the US word and tempers are updated.

Firms choose after the table, so a ban is answered by lobbying in the same month.
Both engines, ``standoff.py`` and ``ensemble.py``, play these steps with the laws below.
"""

from typing import NamedTuple

from ..agents.allies import (
    alignment_after,
    ally_payoff,
    japan_exposure,
    netherlands_exposure,
    south_korea_exposure,
    taiwan_exposure,
)
from ..agents.beijing import beijing_costs, beijing_payoff
from ..agents.congress import after_congress, congress_payoff
from ..agents.developers import developers_payoff
from ..agents.doctrines import beijing_eases, beijing_escalates, us_concedes, us_escalates
from ..agents.huawei import focus_of, huawei_payoff
from ..agents.moves import HuaweiMove, Moves, UsMove
from ..agents.nvidia import after_nvidia, nvidia_payoff
from ..agents.us import Voice, us_costs, us_payoff
from ..world.adoption import Appeal
from ..world.beliefs import Record, next_beliefs, next_politics, summit_pull
from ..world.chips import Market
from ..world.compute import drift
from ..world.law import law, total
from ..world.parameters import Params
from ..world.state import Allies, Huawei, UsLevers, World, with_allies, with_truce, with_us
from .table import Settlement, Table, us_package_cost


class Irritant(NamedTuple):
    """What a US agency did on its own: 1 or 0 each."""

    acted: float
    broke_truce: float


class Payoffs(NamedTuple):
    """What the month was worth to each actor, in $bn; Congress in units of anger, developers in utility."""

    us: float
    beijing: float
    nvidia: float
    huawei: float
    netherlands: float
    japan: float
    south_korea: float
    taiwan: float
    congress: float
    developers: float


@law
def irritant_chance(world: World, p: Params) -> float:
    r"""Return the chance of an agency measure this month, in [0, 1].

        min(1, (1 - coordination) rate queue (1 - hush)),  hush = pull value / (value + move cost)

    A summit hushes agencies in so far as it is worth more than a change of policy costs. Mechanisms
    M20, M36, M39, M137. Source: MODEL.md, politics.
    """
    hush = summit_pull(world.month, p) * p.summit_value / (p.summit_value + p.us_move_cost)
    return min(1.0, (1.0 - p.us_coordination) * p.irritant_rate * world.politics.irritant_queue * (1.0 - hush))


@law
def irritant_of(world: World, acts: float, breaks: float, p: Params) -> Irritant:
    """Return what agencies do in step 3; `acts` and `breaks` are chances in [0, 1)."""
    if acts >= irritant_chance(world, p):
        return Irritant(0.0, 0.0)
    if world.politics.truce_months > 0.0 and breaks < p.irritant_breaks_truce:
        return Irritant(1.0, 1.0)
    return Irritant(1.0, 0.0)


@law
def agency_acts(world: World, irritant: Irritant) -> World:
    """Return the world after step 3: the measure is a design-software curb. Mechanisms M16, M39."""
    if irritant.acted < 0.5:
        return world
    us = world.us
    curb = min(1.0, us.design_software_curb + 0.5)
    levers = UsLevers(
        us.chip_control,
        us.tool_control,
        curb,
        us.tariff_on_china,
        us.tariff_on_allies,
        us.chip_floor,
        us.control_effectiveness,
        us.control_form,
    )
    after = with_us(world, levers)
    if irritant.broke_truce > 0.5:
        after = with_truce(after, 0.0)
    return after


@law
def others_act(world: World, moves: Moves, p: Params) -> World:
    """Return the world after step 5; Huawei's focus works through the physics of step 7."""
    world = after_congress(after_nvidia(world, moves.nvidia, p), moves.congress, p)
    allies = world.allies
    aligned = Allies(
        netherlands=alignment_after(allies.netherlands, moves.netherlands, p),
        japan=alignment_after(allies.japan, moves.japan, p),
        south_korea=alignment_after(allies.south_korea, moves.south_korea, p),
        taiwan=alignment_after(allies.taiwan, moves.taiwan, p),
    )
    return with_allies(world, aligned)


@law
def record_of(start: World, moves: Moves, irritant: Irritant, settlement: Settlement) -> Record:
    """Return what the month showed, for beliefs and politics to learn from."""
    chip_step, conceded, escalated, broke, deal, deal_chips = 0.0, 0.0, irritant.acted, irritant.broke_truce, 0.0, 0.0
    hostile, eased, other, pressed = 0.0, 0.0, 0.0, 0.0
    if moves.us in (UsMove.RELAX_TOOLS, UsMove.LIFT_DESIGN_SOFTWARE):
        other = 1.0
    if moves.us == UsMove.TIGHTEN_CHIPS:
        chip_step = 1.0
    elif moves.us == UsMove.RELAX_CHIPS:
        chip_step = -1.0
    if us_concedes(moves.us):
        conceded = 1.0
    if us_escalates(moves.us):
        escalated = 1.0
        if start.politics.truce_months > 0.0 and not beijing_escalates(moves.beijing):
            broke = 1.0
    if beijing_escalates(moves.beijing):
        hostile = 1.0
    if beijing_eases(moves.beijing):
        eased = 1.0
    if settlement.result == Table.ACCEPTED:
        deal = 1.0
        if settlement.package.chips > 0.0:
            deal_chips = 1.0
        if settlement.package.tools > 0.0 or (settlement.package.cleared > 0.5 and start.us.design_software_curb > 0.1):
            other = 1.0
    if start.beijing.rare_earth_restriction > 0.24:
        pressed = 1.0
    return Record(
        chip_step, conceded, escalated, hostile, eased, deal, deal_chips, broke, irritant.acted, other, pressed
    )


@law
def payoffs_of(
    start: World,
    acted: World,
    world: World,
    market: Market,
    moves: Moves,
    settlement: Settlement,
    voice: Voice,
    look: Appeal,
    p: Params,
) -> Payoffs:
    """Return step 7's payoffs: what the levers now set are worth, less what the moves cost.

    Beijing moved from `start`, the US from `acted`, the world after step 1.
    """
    us_cost = total(us_costs(moves.us, acted, voice, p))
    if settlement.result == Table.ACCEPTED:
        us_cost = us_cost + us_package_cost(settlement.package, acted, voice, p)
    beijing_cost = beijing_costs(moves.beijing, start, 0.0, p)
    allies = world.allies
    return Payoffs(
        us=us_payoff(world, market, us_cost, p),
        beijing=beijing_payoff(world, market, beijing_cost.change + beijing_cost.truce, p),
        nvidia=nvidia_payoff(world, market, moves.nvidia, p),
        huawei=huawei_payoff(world, market, moves.huawei, p),
        netherlands=ally_payoff(allies.netherlands, moves.netherlands, netherlands_exposure(p), world, p),
        japan=ally_payoff(allies.japan, moves.japan, japan_exposure(p), world, p),
        south_korea=ally_payoff(allies.south_korea, moves.south_korea, south_korea_exposure(p), world, p),
        taiwan=ally_payoff(allies.taiwan, moves.taiwan, taiwan_exposure(p), world, p),
        congress=congress_payoff(world, moves.congress, p),
        developers=developers_payoff(world.adoption, look),
    )


@law
def bridge_comes(world: World, moves: Moves, chance: float, p: Params) -> float:
    """Return how far CUDA programs run on Huawei's chips after this month's work on the bridge (M88)."""
    bridge = world.huawei.cuda_bridge
    if moves.huawei == HuaweiMove.BUILD_BRIDGE and chance < p.bridge_chance:
        bridge = 1.0
    return bridge


@law
def next_world(
    world: World, market: Market, moves: Moves, seen: Record, bridge_chance: float, noise: float, p: Params
) -> World:
    """Return the world at the start of the next month: steps 7 and 8. `noise` is in [-1, 1]."""
    bridge = bridge_comes(world, moves, bridge_chance, p)
    after = drift(world, market, focus_of(moves.huawei), 1.0 / 12.0, p)
    built = after.huawei
    return World(
        month=world.month + 1,
        us=after.us,
        beijing=after.beijing,
        allies=after.allies,
        nvidia=after.nvidia,
        huawei=Huawei(
            domestic_chip_performance=built.domestic_chip_performance,
            domestic_chip_capacity=built.domestic_chip_capacity,
            cann_maturity=built.cann_maturity,
            cuda_bridge=bridge,
            domestic_tool_share=built.domestic_tool_share,
            hidden_stock=built.hidden_stock,
            memory_stock=built.memory_stock,
            huawei_abroad=built.huawei_abroad,
        ),
        stocks=after.stocks,
        adoption=after.adoption,
        beliefs=next_beliefs(world, seen, noise, p),
        politics=next_politics(world, seen, p),
    )
