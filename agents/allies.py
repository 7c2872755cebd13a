"""The allies: the Netherlands, Japan, South Korea and Taiwan, each with its own exposures.

An ally wants vendor sales to China, US security as far as the US word is durable, low tariffs and no
rare-earth reprisals. It takes a stance on tool controls each month; alignment follows slowly.
"""

from typing import NamedTuple

from ..world.beliefs import summit_pull
from ..world.law import law, total
from ..world.parameters import Params
from ..world.state import Allies, World
from .choice import forbidden, logit_choice
from .doctrines import AllyDoctrine, ally_permits
from .moves import AllyMove

ALLY_MOVES = tuple(AllyMove)


class Exposure(NamedTuple):
    """What one ally has at stake, relative to the others."""

    security: float
    vendors: float
    rare_earths: float


class AllyTerms(NamedTuple):
    """An ally's payoff term by term, in $bn per year."""

    base: float
    security: float
    vendor_sales: float
    rare_earths: float
    tariffs: float
    hedging: float
    effort: float
    compensation: float


@law
def netherlands_exposure(p: Params) -> Exposure:
    """Return what the Netherlands has at stake."""
    return Exposure(p.netherlands_security, p.netherlands_vendor_exposure, p.netherlands_rare_earth_exposure)


@law
def japan_exposure(p: Params) -> Exposure:
    """Return what Japan has at stake."""
    return Exposure(p.japan_security, p.japan_vendor_exposure, p.japan_rare_earth_exposure)


@law
def south_korea_exposure(p: Params) -> Exposure:
    """Return what South Korea has at stake."""
    return Exposure(p.south_korea_security, p.south_korea_vendor_exposure, p.south_korea_rare_earth_exposure)


@law
def taiwan_exposure(p: Params) -> Exposure:
    """Return what Taiwan has at stake."""
    return Exposure(p.taiwan_security, p.taiwan_vendor_exposure, p.taiwan_rare_earth_exposure)


@law
def bargain_chance(world: World, p: Params) -> float:
    r"""Return how likely allies think a bargain over their heads is, in [0, 1]: truce and summit.

        .5 [truce] + .5 summit pull

    Mechanism M112. Source: MODEL.md, allies.
    """
    chance = 0.5 * summit_pull(world.month, p)
    if world.politics.truce_months > 0.0:
        chance = chance + 0.5
    return chance


@law
def ally_terms_given(
    bargain: float, alignment: float, asking: float, own: Exposure, world: World, p: Params
) -> AllyTerms:
    r"""Return what an alignment is worth to an ally, term by term, in $bn per year.

        x (base + security Dur - vendors - reprisals rho - tariffs tauA - hedging P(bargain)) - c x^2 / 2

    and, for one that asks, compensation mu less the cost of asking. Mechanisms M13, M63, M78, M110,
    M111, M112, M117. Source: MODEL.md, allies.
    """
    return AllyTerms(
        base=alignment * p.ally_base,
        security=alignment * p.ally_security * own.security * world.politics.us_durability,
        vendor_sales=-alignment * p.ally_vendor_loss * own.vendors,
        rare_earths=-alignment * p.ally_rare_earth_loss * own.rare_earths * world.beijing.rare_earth_restriction,
        tariffs=-alignment * p.ally_tariff_loss * world.us.tariff_on_allies,
        hedging=-alignment * p.ally_hedging * bargain,
        effort=-0.5 * p.ally_curvature * alignment * alignment,
        compensation=asking * (p.ally_compensation * world.us.tool_control - p.ally_asking_cost),
    )


@law
def ally_terms(alignment: float, asking: float, own: Exposure, world: World, p: Params) -> AllyTerms:
    """Return what an alignment is worth to an ally, term by term, in $bn per year."""
    return ally_terms_given(bargain_chance(world, p), alignment, asking, own, world, p)


@law
def ally_lean_given(bargain: float, own: Exposure, world: World, p: Params) -> float:
    r"""Return the alignment at which an ally would settle, in [0, 1]: the top of its payoff in closed form.

    Source: MODEL.md, allies.
    """
    unit = ally_terms_given(bargain, 1.0, 0.0, own, world, p)
    return min(1.0, max(0.0, (total(unit) - unit.effort) / p.ally_curvature))


@law
def ally_lean(own: Exposure, world: World, p: Params) -> float:
    """Return the alignment at which an ally would settle, in [0, 1]."""
    return ally_lean_given(bargain_chance(world, p), own, world, p)


@law
def ally_leans(world: World, p: Params) -> Allies:
    """Return the alignment at which each ally would settle."""
    bargain = bargain_chance(world, p)
    return Allies(
        netherlands=ally_lean_given(bargain, netherlands_exposure(p), world, p),
        japan=ally_lean_given(bargain, japan_exposure(p), world, p),
        south_korea=ally_lean_given(bargain, south_korea_exposure(p), world, p),
        taiwan=ally_lean_given(bargain, taiwan_exposure(p), world, p),
    )


@law
def leaning_allies(now: Allies, leans: Allies, years: float, p: Params) -> Allies:
    r"""Return the alignments after `years` if each ally leans where its payoff points.

    What the other actors expect, so that Washington sees that pressing now costs alignment later (M13).
    """
    speed = min(1.0, 12.0 * p.ally_speed * years)
    return Allies(
        netherlands=now.netherlands + speed * (leans.netherlands - now.netherlands),
        japan=now.japan + speed * (leans.japan - now.japan),
        south_korea=now.south_korea + speed * (leans.south_korea - now.south_korea),
        taiwan=now.taiwan + speed * (leans.taiwan - now.taiwan),
    )


@law
def stance_level(move: AllyMove) -> float:
    r"""Return the alignment to which a stance leads, in [0, 1].

    >>> stance_level(AllyMove.HEDGE)
    0.33
    """
    if move == AllyMove.ALIGN:
        return 1.0
    if move in (AllyMove.PARTIAL, AllyMove.ASK_COMPENSATION):
        return 0.66
    if move == AllyMove.HEDGE:
        return 0.33
    return 0.0


@law
def ally_value(move: AllyMove, bargain: float, own: Exposure, world: World, doctrine: AllyDoctrine, p: Params) -> float:
    """Return what a stance is worth to an ally once it has settled, in $bn per year; `bargain` is a chance."""
    if not ally_permits(doctrine, move):
        return forbidden()
    asking = 0.0
    if move == AllyMove.ASK_COMPENSATION:
        asking = 1.0
    return total(ally_terms_given(bargain, stance_level(move), asking, own, world, p))


@law
def ally_values(own: Exposure, world: World, doctrine: AllyDoctrine, p: Params) -> tuple[float, ...]:
    """Return the values of an ally's moves, in the order of ALLY_MOVES."""
    bargain = bargain_chance(world, p)
    return (
        ally_value(AllyMove.ALIGN, bargain, own, world, doctrine, p),
        ally_value(AllyMove.PARTIAL, bargain, own, world, doctrine, p),
        ally_value(AllyMove.HEDGE, bargain, own, world, doctrine, p),
        ally_value(AllyMove.DEFECT, bargain, own, world, doctrine, p),
        ally_value(AllyMove.ASK_COMPENSATION, bargain, own, world, doctrine, p),
    )


@law
def choose_ally(own: Exposure, world: World, doctrine: AllyDoctrine, u: float, p: Params) -> AllyMove:
    """Return the stance an ally takes, drawn by `u`."""
    return ALLY_MOVES[logit_choice(ally_values(own, world, doctrine, p), p.ally_precision, u)]


@law
def alignment_after(alignment: float, move: AllyMove, p: Params) -> float:
    """Return an ally's alignment after a month of this stance, in [0, 1]."""
    return alignment + p.ally_speed * (stance_level(move) - alignment)


@law
def ally_payoff(alignment: float, move: AllyMove, own: Exposure, world: World, p: Params) -> float:
    """Return what the month was worth to an ally, in $bn."""
    asking = 0.0
    if move == AllyMove.ASK_COMPENSATION:
        asking = 1.0
    return total(ally_terms(alignment, asking, own, world, p)) / 12.0
