"""The course that every actor expects when it looks ahead: the physics, and others doing as they usually do.

Chips are the dear part of it, and many moves leave them alone: a tariff, a probe, often the tap. What an
actor reads off a course of chips therefore serves every move that does not turn it.
"""

from typing import NamedTuple

from ..world.adoption import adoption_towards, appeal, stance_chances
from ..world.chips import Market
from ..world.compute import drift
from ..world.fabs import Focus
from ..world.law import inlined, law
from ..world.parameters import Params
from ..world.state import Adoption, Allies, World
from .allies import ally_leans, leaning_allies


class Trend(NamedTuple):
    """Where an actor expects others to go while it looks ahead."""

    allies: Allies
    stances: Adoption


@law
def outlook_years(p: Params) -> float:
    r"""Return the length of one of the three steps of the look-ahead, in years."""
    return p.look_ahead / 36.0


@law
def expected_step(world: World, market: Market, focus: Focus, years: float, p: Params) -> World:
    """Return the world that an actor expects after `years` if no government moves."""
    return step_with(trend_of(ally_leans(world, p), world, market, p), world, market, focus, years, p)


@law
def trend_of(leans: Allies, world: World, market: Market, p: Params) -> Trend:
    r"""Return where others go: allies to `leans`, developers to the stances that the market as it is suggests.

    Seen once, as a look-ahead begins: over nine months an actor does not follow how a changed market
    changes developers again.
    """
    return Trend(leans, stance_chances(appeal(world, market, p), 0.0))


@law
@inlined
def step_with(trend: Trend, world: World, market: Market, focus: Focus, years: float, p: Params) -> World:
    r"""Return the world that an actor expects after `years` if no government moves.

    Levers stay, Huawei has `focus`, allies and developers follow the trend.
    """
    allies = leaning_allies(world.allies, trend.allies, years, p)
    adoption = adoption_towards(world.adoption, trend.stances, min(1.0, 12.0 * p.revision_rate * years))
    after = drift(world, market, focus, years, p)
    return World(
        month=after.month,
        us=after.us,
        beijing=after.beijing,
        allies=allies,
        nvidia=after.nvidia,
        huawei=after.huawei,
        stocks=after.stocks,
        adoption=adoption,
        beliefs=after.beliefs,
        politics=after.politics,
    )


@law
def turns_course(before: World, after: World) -> bool:
    r"""Return whether two worlds that differ in levers and positions alone lead to different courses of chips.

    Tariffs on China, probes, the tap and a truce leave chips alone; allies count where tools are controlled.
    """
    us, then = before.us, after.us
    if us.chip_control != then.chip_control or us.tool_control != then.tool_control:
        return True
    if us.design_software_curb != then.design_software_curb or us.control_effectiveness != then.control_effectiveness:
        return True
    beijing, now = before.beijing, after.beijing
    if beijing.steering != now.steering or beijing.subsidy != now.subsidy or beijing.review != now.review:
        return True
    if before.nvidia.compliant_performance != after.nvidia.compliant_performance:
        return True
    if us.tool_control <= 0.0:
        return False
    if us.tariff_on_allies != then.tariff_on_allies:
        return True
    stood, stand = before.allies, after.allies
    if stood.netherlands != stand.netherlands or stood.japan != stand.japan:
        return True
    return stood.south_korea != stand.south_korea or stood.taiwan != stand.taiwan
