"""The bargaining table: packages over chips, rare earths, tariffs, curbs and probes.

One side makes the offer that serves it best, weighing how likely it is accepted; the other accepts,
more likely the more it gains beyond what it could hope for by making the next offer itself.
"""

import math
from enum import IntEnum
from typing import NamedTuple

from ..agents.allies import ally_leans
from ..agents.bargaining import drawn_proposer_reservation, monthly_patience, table_patience
from ..agents.beijing import BeijingCourse, access_value, beijing_course, beijing_course_after, beijing_outlook
from ..agents.doctrines import UsDoctrine
from ..agents.us import UsCourse, Voice, as_us_sees, concession_cost, us_course, us_course_after, us_outlook
from ..world.beliefs import summit_pull
from ..world.law import law, total
from ..world.parameters import Params
from ..world.state import World, with_truce
from ..world.trade import Package, agreed, beijing_hostility, us_hostility


class Table(IntEnum):
    """How the month ended at the table."""

    CLOSED = 0
    WALK_OUT = 1
    REJECTED = 2
    ACCEPTED = 3


class Settlement(NamedTuple):
    """What happened at the table."""

    result: Table
    proposer_is_us: float
    package: Package
    us_gain: float  # $bn over the look-ahead, as the US saw it
    beijing_gain: float


PACKAGES = tuple(
    Package(chips, restriction, tariff, cleared, tools)
    for tools in (0.0, 0.25)
    for chips in (0.0, 0.25)
    for restriction in (0.0, 0.25, 0.75)
    for tariff in (0.0, 0.25, 0.5)
    for cleared in (0.0, 1.0)
)


@law
def talks_chance(world: World, p: Params) -> float:
    r"""Return the chance that the table opens this month, in [0, 1].

        talk + (1 - talk) urgency x max(summit, truce about to end, hostility of either side)

    Mechanisms M36, M37, M55. Source: MODEL.md, table.
    """
    pull = summit_pull(world.month, p) * p.summit_value / (p.summit_value + p.us_move_cost)
    press = max(pull, us_hostility(world.us, p), beijing_hostility(world.beijing))
    left = world.politics.truce_months
    if left > 0.0 and left <= 1.0:
        press = 1.0
    return p.talk_rate + (1.0 - p.talk_rate) * p.talk_urgency * press


@law
def on_the_table(package: Package, world: World, doctrine: UsDoctrine, p: Params) -> bool:
    r"""Return whether a package may be offered: each side gives something that exists today.

    `linkage` 0 keeps rare earths and chips off the table, 1 puts rare earths on it, 2 chips as well, 3
    tools too; a US that freezes never puts chips or tools up. Mechanisms M05, M25, M30, M57. Source: MODEL.md, table.
    """
    if package.chips > 0.0:
        above = world.us.chip_control - package.chips >= world.us.chip_floor - 1e-9
        if p.linkage < 1.5 or not above or doctrine == UsDoctrine.FREEZE:
            return False
    if package.tools > 0.0 and (p.linkage < 2.5 or world.us.tool_control <= 0.0 or doctrine == UsDoctrine.FREEZE):
        return False
    if package.restriction > 0.0 and (p.linkage < 0.5 or world.beijing.rare_earth_restriction <= 0.0):
        return False
    if package.tariff > 0.0 and world.us.tariff_on_china <= p.tariff_floor + 1e-9:
        return False
    curb_lifted = package.cleared > 0.5 and world.us.design_software_curb > 0.1
    probe_lifted = package.cleared > 0.5 and (world.beijing.probe > 0.1 or world.beijing.review > 0.1)
    us_gives = package.chips > 0.0 or package.tools > 0.0 or package.tariff > 0.0 or curb_lifted
    beijing_gives = package.restriction > 0.0 or probe_lifted
    return us_gives and beijing_gives


@law
def gives_no_more(package: Package, world: World, p: Params) -> bool:
    r"""Return whether a smaller package already gives all that there is to give.

    >>> from ..world.state import world_from, STATE_FACTS
    >>> world = world_from({name: 0.25 for name in STATE_FACTS})
    >>> [gives_no_more(Package(0.25, restriction, 0.0, 0.0, 0.0), world, Params()) for restriction in (0.25, 0.75)]
    [False, True]
    """
    us, beijing = world.us, world.beijing
    restriction = package.restriction > 0.25 and beijing.rare_earth_restriction <= 0.25
    tariff = package.tariff > 0.25 and us.tariff_on_china - p.tariff_floor <= 0.25
    lifted = us.design_software_curb + beijing.probe + beijing.review
    cleared = package.cleared > 0.5 and lifted <= 0.0
    return restriction or tariff or cleared


@law
def bounded(package: Package, world: World, p: Params) -> Package:
    r"""Return a package that promises no more than there is to give.

    >>> from ..world.state import world_from, STATE_FACTS
    >>> world = world_from({name: 0.25 for name in STATE_FACTS})
    >>> bounded(Package(0.25, 0.75, 0.0, 0.0, 0.0), world, Params()).restriction
    0.25
    """
    tariff = min(package.tariff, max(0.0, world.us.tariff_on_china - p.tariff_floor))
    restriction = min(package.restriction, world.beijing.rare_earth_restriction)
    return Package(package.chips, restriction, tariff, package.cleared, min(package.tools, world.us.tool_control))


@law
def us_package_cost(package: Package, world: World, voice: Voice, p: Params) -> float:
    r"""Return what agreeing costs the US at home, in $bn; a summit's gain is negative.

        discount x concession cost [of chips, of tools] - commerce x summit x pull

    Mechanisms M30, M32, M36. Source: MODEL.md, table.
    """
    cost = -voice.commerce * p.summit_value * summit_pull(world.month, p)
    if package.chips > 0.0:
        cost = cost + p.us_package_discount * concession_cost(
            world.beliefs.tradable_chips, world.politics.congress_pressure, world.us.control_form, p
        )
    if package.tools > 0.0:
        cost = cost + p.us_package_discount * concession_cost(0.0, world.politics.congress_pressure, 1.0, p)
    return cost


class HeldOut(NamedTuple):
    """What each side would rather wait for than accept less."""

    us: float  # share of the joint gain that lasts, in [0, 1]
    beijing: float
    passing: float  # part of the joint gain that is lost by waiting, in $bn


@law
def held_out(world: World, voice: Voice, p: Params) -> HeldOut:
    r"""Return what both sides hold out for this month.

    The next proposer is drawn and the next sitting is a matter of chance: `drawn_proposer_reservation` with
    `table_patience`. What a summit adds is lost unless the table sits before it is over:

        passing = commerce x summit x pull x (1 - P(talks))^months to it

    Mechanisms M32, M36, M37. Source: MODEL.md, table.
    """
    chance = talks_chance(world, p)
    us = table_patience(monthly_patience(p.us_patience), chance)
    beijing = table_patience(monthly_patience(p.beijing_patience), chance)
    passing = voice.commerce * p.summit_value * summit_pull(world.month, p)
    until = (p.summit_first - world.month) % p.summit_interval
    for _ in range(6):  # earlier a summit has no pull
        if until >= 1.0:
            passing = passing * (1.0 - chance)
            until = until - 1.0
    return HeldOut(drawn_proposer_reservation(us, beijing, 0.0), drawn_proposer_reservation(beijing, us, 0.0), passing)


@law
def acceptance(gain: float, lasting: float, share: float, p: Params) -> float:
    r"""Return the chance that a responder accepts, in [0, 1].

        1 / (1 + exp(-precision (gain - max(0, share x lasting))))

    `share` is what it holds out for of what lasts of the joint gain, `lasting`, in $bn. Source: MODEL.md, table.

    >>> acceptance(1.0, 2.0, 0.5, Params())
    0.5
    """
    surplus = gain - max(0.0, share * lasting)
    return 1.0 / (1.0 + math.exp(min(60.0, max(-60.0, -p.table_precision * surplus))))


@law
def us_package_gain(package: Package, seen: World, course: UsCourse, voice: Voice, before: float, p: Params) -> float:
    r"""Return what a package gains the US, in $bn, counting on a share `beijing_durability` of Beijing's half.

    `course` and `before` are the outlook without a deal. The speaker may overlook part of the lead's value (M26).
    """
    real = bounded(package, seen, p)
    counted = Package(real.chips, p.beijing_durability * real.restriction, real.tariff, real.cleared, real.tools)
    after = agreed(seen, counted, p)
    course = us_course_after(course, seen, after, p)
    return total(us_outlook(course, after, voice, p)) - before - us_package_cost(package, seen, voice, p)


@law
def beijing_package_gain(package: Package, world: World, course: BeijingCourse, before: float, p: Params) -> float:
    """Return what a package gains Beijing, in $bn, counting on the US half as far as the US word is durable."""
    word, real = world.politics.us_durability, bounded(package, world, p)
    counted = Package(word * real.chips, real.restriction, word * real.tariff, real.cleared, word * real.tools)
    after = agreed(world, counted, p)
    course = beijing_course_after(course, world, after, p)
    return total(beijing_outlook(course, after, p)) - before


@law
def negotiate(
    world: World, doctrine: UsDoctrine, voice: Voice, proposer: float, accept: float, p: Params
) -> Settlement:
    r"""Return what an open table brings; `proposer` and `accept` are chances in [0, 1).

    The proposer offers the package with the best  own gain x P(accepted),  and walks out if none gains.
    Beijing's gain is net of the free concession it hopes for,  belief_us_yields x access. Mechanisms
    M25, M26, M28, M30, M32, M45, M57. Source: MODEL.md, table.
    """
    seen = as_us_sees(world)
    short = Voice(voice.security, voice.commerce, 1.0 - p.us_misprice)
    leans = ally_leans(world, p)
    us_expects, beijing_expects = us_course(leans, seen, p), beijing_course(leans, world, p)
    us_before = total(us_outlook(us_expects, seen, short, p))
    hoped = world.beliefs.belief_us_yields * access_value(beijing_expects, world, p)
    beijing_before = total(beijing_outlook(beijing_expects, world, p)) + hoped
    held = held_out(world, voice, p)
    us_proposes = proposer < 0.5
    best, offer, us_gain, beijing_gain = 0.0, PACKAGES[0], 0.0, 0.0
    for package in PACKAGES:
        if on_the_table(package, world, doctrine, p) and not gives_no_more(package, world, p):
            for_us = us_package_gain(package, seen, us_expects, short, us_before, p)
            for_beijing = beijing_package_gain(package, world, beijing_expects, beijing_before, p)
            lasting = for_us + for_beijing - held.passing
            worth = for_beijing * acceptance(for_us, lasting, held.us, p)
            if us_proposes:
                worth = for_us * acceptance(for_beijing, lasting, held.beijing, p)
            if worth > best:
                best, offer, us_gain, beijing_gain = worth, package, for_us, for_beijing
    by_us, lasting = 0.0, us_gain + beijing_gain - held.passing
    chance = acceptance(us_gain, lasting, held.us, p)
    if us_proposes:
        by_us = 1.0
        chance = acceptance(beijing_gain, lasting, held.beijing, p)
    result = Table.REJECTED
    if best <= 0.0:
        result = Table.WALK_OUT
    elif accept < chance:
        result = Table.ACCEPTED
    return Settlement(result, by_us, bounded(offer, world, p), us_gain, beijing_gain)


@law
def no_talks() -> Settlement:
    """Return the settlement of a month in which the table stays closed."""
    return Settlement(Table.CLOSED, 0.0, PACKAGES[0], 0.0, 0.0)


@law
def settled(world: World, settlement: Settlement, p: Params) -> World:
    """Return the world after the table: an accepted package takes effect and buys a truce."""
    if settlement.result != Table.ACCEPTED:
        return world
    return with_truce(agreed(world, settlement.package, p), p.truce_length)
