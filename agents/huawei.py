"""Huawei: wants margin at home and abroad; each month it puts its weight on one thing."""

from typing import NamedTuple

from ..world.chips import Market, chip_market
from ..world.fabs import Focus
from ..world.law import law, total
from ..world.parameters import Params
from ..world.state import World
from .allies import ally_leans
from .choice import forbidden, logit_choice
from .doctrines import HuaweiDoctrine, huawei_permits
from .moves import HuaweiMove
from .outlook import Trend, outlook_years, step_with, trend_of

HUAWEI_MOVES = tuple(HuaweiMove)


class HuaweiTerms(NamedTuple):
    """Huawei's payoff term by term, in $bn per year, or in $bn over a look-ahead."""

    home: float
    abroad: float


@law
def focus_of(move: HuaweiMove) -> Focus:
    r"""Return the focus that a move of Huawei is.

    >>> focus_of(HuaweiMove.IMPROVE_CHIP).improve
    1.0
    """
    expand, improve, bridge, native, export = 0.0, 0.0, 0.0, 0.0, 0.0
    if move == HuaweiMove.EXPAND_CAPACITY:
        expand = 1.0
    elif move == HuaweiMove.IMPROVE_CHIP:
        improve = 1.0
    elif move == HuaweiMove.BUILD_BRIDGE:
        bridge = 1.0
    elif move == HuaweiMove.BUILD_NATIVE:
        native = 1.0
    else:
        export = 1.0
    return Focus(expand, improve, bridge, native, export)


@law
def huawei_flow(world: World, market: Market, p: Params) -> HuaweiTerms:
    r"""Return what the world is worth to Huawei, term by term, in $bn per year.

        margin x price x h x (units at home + units abroad)

    Mechanisms M74, M76. Source: MODEL.md, Huawei.
    """
    huawei = world.huawei
    unit = p.huawei_margin * p.huawei_price * huawei.domestic_chip_performance
    return HuaweiTerms(home=unit * market.huawei_units, abroad=unit * market.abroad_units)


@law
def huawei_outlook(trend: Trend, world: World, focus: Focus, p: Params) -> HuaweiTerms:
    r"""Return what Huawei expects if it keeps a focus over its look-ahead, term by term, in $bn.

        sum over three steps of the flow, plus `huawei_patience` years of the last flow

    A focus is a policy, not a month's act, so it is judged as if kept. Source: MODEL.md, Huawei.
    """
    years = outlook_years(p)
    home, abroad = 0.0, 0.0
    market = chip_market(world, p)
    for _ in range(3):
        flow = huawei_flow(world, market, p)
        home, abroad = home + years * flow.home, abroad + years * flow.abroad
        world = step_with(trend, world, market, focus, years, p)
        market = chip_market(world, p)
    last = huawei_flow(world, market, p)
    return HuaweiTerms(home + p.huawei_patience * last.home, abroad + p.huawei_patience * last.abroad)


@law
def huawei_cost(move: HuaweiMove, p: Params) -> float:
    """Return what a month of a focus costs Huawei beyond its subsidy, in $bn."""
    if move in (HuaweiMove.EXPAND_CAPACITY, HuaweiMove.EXPORT_ABROAD):
        return p.huawei_focus_cost
    return 0.0


@law
def huawei_value(move: HuaweiMove, trend: Trend, world: World, doctrine: HuaweiDoctrine, p: Params) -> float:
    """Return what a focus is worth to Huawei, in $bn over the look-ahead. Mechanisms M74, M76, M87, M88, M89."""
    if not huawei_permits(doctrine, move):
        return forbidden()
    return total(huawei_outlook(trend, world, focus_of(move), p)) - p.look_ahead * huawei_cost(move, p)


@law
def huawei_values(world: World, doctrine: HuaweiDoctrine, p: Params) -> tuple[float, ...]:
    """Return the values of Huawei's moves, in the order of HUAWEI_MOVES."""
    trend = trend_of(ally_leans(world, p), world, chip_market(world, p), p)
    return (
        huawei_value(HuaweiMove.EXPAND_CAPACITY, trend, world, doctrine, p),
        huawei_value(HuaweiMove.IMPROVE_CHIP, trend, world, doctrine, p),
        huawei_value(HuaweiMove.BUILD_BRIDGE, trend, world, doctrine, p),
        huawei_value(HuaweiMove.BUILD_NATIVE, trend, world, doctrine, p),
        huawei_value(HuaweiMove.EXPORT_ABROAD, trend, world, doctrine, p),
    )


@law
def choose_huawei(world: World, doctrine: HuaweiDoctrine, u: float, p: Params) -> HuaweiMove:
    """Return Huawei's focus of the month, drawn by `u`."""
    return HUAWEI_MOVES[logit_choice(huawei_values(world, doctrine, p), p.huawei_precision, u)]


@law
def huawei_payoff(world: World, market: Market, move: HuaweiMove, p: Params) -> float:
    """Return what the month was worth to Huawei, in $bn."""
    return total(huawei_flow(world, market, p)) / 12.0 - huawei_cost(move, p)
