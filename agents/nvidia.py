"""Nvidia: wants revenue from China and the world, less what influence and retooling cost."""

from typing import NamedTuple

from ..world.chips import Market, ceiling, chip_market
from ..world.fabs import even_focus
from ..world.law import law, total
from ..world.parameters import Params
from ..world.state import Allies, Nvidia, World, with_nvidia
from ..world.trade import Package, agreed
from .allies import ally_leans
from .choice import forbidden, logit_choice
from .doctrines import NvidiaDoctrine, nvidia_permits
from .moves import NvidiaMove
from .outlook import outlook_years, step_with, trend_of

NVIDIA_MOVES = tuple(NvidiaMove)


class NvidiaTerms(NamedTuple):
    """Nvidia's payoff term by term, in $bn per year, or in $bn over a look-ahead."""

    china: float
    elsewhere: float


@law
def nvidia_flow(world: World, market: Market, p: Params) -> NvidiaTerms:
    r"""Return what the world is worth to Nvidia, term by term, in $bn per year.

        China revenue + outside price x supply not allocated to China

    Mechanisms M68, M73. Source: MODEL.md, Nvidia.
    """
    spare = world.stocks.foundry_supply * (1.0 - world.nvidia.china_supply)
    return NvidiaTerms(china=market.nvidia_revenue, elsewhere=p.nvidia_outside_price * spare)


@law
def nvidia_outlook(leans: Allies, world: World, p: Params) -> NvidiaTerms:
    r"""Return what Nvidia expects of a world whose allies lean to `leans` over its look-ahead, term by term, in $bn.

    sum over three steps of the flow, plus `nvidia_patience` years of the last flow
    """
    years, focus = outlook_years(p), even_focus()
    china, elsewhere = 0.0, 0.0
    market = chip_market(world, p)
    trend = trend_of(leans, world, market, p)
    for _ in range(3):
        flow = nvidia_flow(world, market, p)
        china, elsewhere = china + years * flow.china, elsewhere + years * flow.elsewhere
        world = step_with(trend, world, market, focus, years, p)
        market = chip_market(world, p)
    last = nvidia_flow(world, market, p)
    return NvidiaTerms(china + p.nvidia_patience * last.china, elsewhere + p.nvidia_patience * last.elsewhere)


@law
def after_nvidia(world: World, move: NvidiaMove, p: Params) -> World:
    r"""Return the world right after a move of Nvidia.

    Lobbying adds to its standing, a redesign starts a clock, supply moves to or from China at the
    foundry's pace. Mechanisms M22, M65, M66, M73.
    """
    now = world.nvidia
    lobbying, supply, months_left = now.lobbying, now.china_supply, now.redesign_months_left
    if move == NvidiaMove.LOBBY:
        lobbying = lobbying + p.lobbying_gain * (1.0 - lobbying)
    elif move == NvidiaMove.REDESIGN:
        months_left = p.redesign_months
    elif move == NvidiaMove.SELL_INVENTORY:
        supply = supply + 1.5 * (1.0 - supply) / p.restock_months
    elif move == NvidiaMove.SHIFT_SUPPLY:
        supply = supply - supply / p.restock_months
    return with_nvidia(world, Nvidia(now.compliant_performance, supply, months_left, lobbying))


@law
def policy_stake(leans: Allies, world: World, now: float, p: Params) -> float:
    r"""Return what a step of chip policy is worth to Nvidia, in $bn over its look-ahead.

        [V(a step looser) - V(now)] + fear [V(now) - V(a step tighter)],  V(now) is `now`

    Mechanisms M65, M68. Source: MODEL.md, Nvidia.
    """
    looser = total(nvidia_outlook(leans, agreed(world, Package(0.25, 0.0, 0.0, 0.0, 0.0), p), p))
    step = Package(max(-0.25, world.us.chip_control - 1.0), 0.0, 0.0, 0.0, 0.0)
    tighter = total(nvidia_outlook(leans, agreed(world, step, p), p))
    return max(0.0, looser - now) + p.nvidia_fear * max(0.0, now - tighter)


@law
def nvidia_cost(move: NvidiaMove, p: Params) -> float:
    """Return what a move costs Nvidia at once, in $bn."""
    if move == NvidiaMove.LOBBY:
        return p.lobbying_cost
    if move == NvidiaMove.REDESIGN:
        return p.redesign_cost
    if move in (NvidiaMove.SELL_INVENTORY, NvidiaMove.SHIFT_SUPPLY):
        return p.restock_cost
    return 0.0


@law
def nvidia_can(move: NvidiaMove, world: World, p: Params) -> bool:
    """Return whether a move of Nvidia would change anything: a redesign runs once at a time."""
    if move == NvidiaMove.REDESIGN:
        gap = world.nvidia.compliant_performance - ceiling(world.us.chip_control, p)
        return world.nvidia.redesign_months_left <= 0.0 and abs(gap) > 1e-9
    return True


@law
def nvidia_value(
    move: NvidiaMove, leans: Allies, world: World, doctrine: NvidiaDoctrine, now: float, stake: float, p: Params
) -> float:
    r"""Return what a move is worth to Nvidia, in $bn over the look-ahead.

        V(after) - cost, and for lobbying  + reach x standing gained x policy stake

    Complying and lobbying leave the market as it is, worth `now`.
    Mechanisms M22, M65, M68, M73. Source: MODEL.md, Nvidia.
    """
    if not nvidia_can(move, world, p) or not nvidia_permits(doctrine, move):
        return forbidden()
    after = after_nvidia(world, move, p)
    value = now
    if move not in (NvidiaMove.COMPLY, NvidiaMove.LOBBY):
        value = total(nvidia_outlook(leans, after, p))
    return value - nvidia_cost(move, p) + p.nvidia_reach * (after.nvidia.lobbying - world.nvidia.lobbying) * stake


@law
def nvidia_values(world: World, doctrine: NvidiaDoctrine, p: Params) -> tuple[float, ...]:
    """Return the values of Nvidia's moves, in the order of NVIDIA_MOVES."""
    leans = ally_leans(world, p)
    now = total(nvidia_outlook(leans, world, p))
    stake = policy_stake(leans, world, now, p)
    return (
        nvidia_value(NvidiaMove.COMPLY, leans, world, doctrine, now, stake, p),
        nvidia_value(NvidiaMove.LOBBY, leans, world, doctrine, now, stake, p),
        nvidia_value(NvidiaMove.REDESIGN, leans, world, doctrine, now, stake, p),
        nvidia_value(NvidiaMove.SELL_INVENTORY, leans, world, doctrine, now, stake, p),
        nvidia_value(NvidiaMove.SHIFT_SUPPLY, leans, world, doctrine, now, stake, p),
    )


@law
def choose_nvidia(world: World, doctrine: NvidiaDoctrine, u: float, p: Params) -> NvidiaMove:
    """Return Nvidia's move, drawn by `u`."""
    return NVIDIA_MOVES[logit_choice(nvidia_values(world, doctrine, p), p.nvidia_precision, u)]


@law
def nvidia_payoff(world: World, market: Market, move: NvidiaMove, p: Params) -> float:
    """Return what the month was worth to Nvidia, in $bn."""
    return total(nvidia_flow(world, market, p)) / 12.0 - nvidia_cost(move, p)
