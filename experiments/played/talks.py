"""The table as people play it: every package that may be offered, with what it gains each side."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...agents.allies import ally_leans
from ...agents.beijing import access_value, beijing_course, beijing_outlook
from ...agents.doctrines import UsDoctrine
from ...agents.us import Voice, as_us_sees, dealmaker_weight, us_course, us_outlook, voice_of
from ...model.table import (
    PACKAGES,
    acceptance,
    beijing_package_gain,
    bounded,
    gives_no_more,
    held_out,
    on_the_table,
    us_package_gain,
)
from ...world.law import total
from ...world.parameters import Params
from ...world.state import World
from ...world.trade import Package
from ..history import package_words

SIDES = ("us", "beijing")
NO_OFFER = "none"
ACCEPT, REJECT = "accept", "reject"


class Offer(NamedTuple):
    """A package that may be offered."""

    package: Package  # one of PACKAGES; it may promise more than there is to give
    real: Package  # what would change
    us: float  # gain over no deal, $bn over the look-ahead
    beijing: float
    us_accepts: float  # chance, if it is Beijing's offer
    beijing_accepts: float

    @property
    def key(self) -> str:
        """The name of the offer in a saved game."""
        return key_of(self.package)

    @property
    def words(self) -> str:
        """What the offer changes."""
        return package_words(self.real._asdict())

    def gain(self, side: str) -> float:
        """Return what the offer gains a side."""
        return self.us if side == "us" else self.beijing

    def chance(self, side: str) -> float:
        """Return the chance that a side accepts the offer, by the law of the table."""
        return self.us_accepts if side == "us" else self.beijing_accepts


class Talks(NamedTuple):
    """An open table."""

    us_proposes: bool
    alone: Mapping[str, float]  # reservation value of each side: its outlook without a deal, $bn over the look-ahead
    offers: tuple[Offer, ...]
    estimates: Mapping[str, tuple[Offer, ...]]  # the same offers as each side can reckon them

    @property
    def proposer(self) -> str:
        """The side that makes the offer."""
        return SIDES[not self.us_proposes]

    @property
    def responder(self) -> str:
        """The side that answers it."""
        return SIDES[self.us_proposes]


def key_of(package: Package) -> str:
    """Return a package in short.

    >>> key_of(Package(0.25, 0.75, 0.0, 1.0, 0.0))
    'chips=0.25 restriction=0.75 cleared=1'
    """
    return " ".join(f"{name}={value:g}" for name, value in package._asdict().items() if value) or NO_OFFER


def other(side: str) -> str:
    """Return the opposite side."""
    return SIDES[side == "us"]


def talks_of(
    world: World, doctrine: UsDoctrine, voice: Voice, us_proposes: bool, p: Params, common: Params, start: World
) -> Talks:
    """Return an open table.

    Each side knows its own gains. The other's it reckons by the same laws, from numbers known to all (`common`), with
    what the other believes as it was at the `start`, and the US from its own estimate of Huawei.

    Parameters
    ----------
    world : World
        As the table finds it.
    doctrine : UsDoctrine
        Of the US: one that freezes never puts chips or tools up.
    voice : Voice
        Of the US speaker this month.
    us_proposes : bool
        Whether the US makes the offer.
    p, common : Params
        The parameters of the run, and the same before anything that nobody knows was drawn.
    start : World
        The start of the game.
    """
    alone, offers = _priced(world, doctrine, voice, p)
    beliefs, then = world.beliefs, start.beliefs
    for_us = as_us_sees(world)._replace(beliefs=beliefs._replace(belief_us_yields=then.belief_us_yields))
    for_beijing = world._replace(
        beliefs=beliefs._replace(
            us_estimate_of_capacity=world.huawei.domestic_chip_capacity, belief_dependence=then.belief_dependence
        )
    )
    reckoned = {
        "us": _priced(for_us, doctrine, voice, common)[1],
        "beijing": _priced(for_beijing, doctrine, voice_of(dealmaker_weight(world, common), common), common)[1],
    }
    estimates = {
        side: tuple(
            theirs._replace(us=mine.us) if side == "us" else theirs._replace(beijing=mine.beijing)
            for mine, theirs in zip(offers, reckoned[side], strict=True)
        )
        for side in SIDES
    }
    return Talks(us_proposes, alone, offers, estimates)


def _priced(world: World, doctrine: UsDoctrine, voice: Voice, p: Params) -> tuple[dict[str, float], tuple[Offer, ...]]:
    """Return what no deal is worth to each side, and every package with its gains, as ``negotiate`` reckons them."""
    seen, short = as_us_sees(world), Voice(voice.security, voice.commerce, 1.0 - p.us_misprice)
    leans = ally_leans(world, p)
    us_expects, beijing_expects = us_course(leans, seen, p), beijing_course(leans, world, p)
    us_alone = total(us_outlook(us_expects, seen, short, p))
    hoped = world.beliefs.belief_us_yields * access_value(beijing_expects, world, p)
    beijing_alone = total(beijing_outlook(beijing_expects, world, p)) + hoped
    held = held_out(world, voice, p)
    offers = []
    for package in PACKAGES:
        if on_the_table(package, world, doctrine, p) and not gives_no_more(package, world, p):
            us = us_package_gain(package, seen, us_expects, short, us_alone, p)
            beijing = beijing_package_gain(package, world, beijing_expects, beijing_alone, p)
            lasting = us + beijing - held.passing
            accepts = acceptance(us, lasting, held.us, p), acceptance(beijing, lasting, held.beijing, p)
            offers.append(Offer(package, bounded(package, world, p), us, beijing, *accepts))
    return {"us": us_alone, "beijing": beijing_alone}, tuple(offers)


def zone(offers: tuple[Offer, ...]) -> list[Offer]:
    """Return the zone of possible agreement: the offers by which both sides gain."""
    return [offer for offer in offers if offer.us > 0.0 and offer.beijing > 0.0]


def nash_point(offers: tuple[Offer, ...]) -> Offer | None:
    """Return the offer with the largest product of gains (Nash 1950), if there is a zone."""
    return max(zone(offers), key=lambda offer: offer.us * offer.beijing, default=None)


def talks_data(talks: Talks) -> dict[str, Any]:
    """Return an opened table as data: reservation values, the zone, and its Nash point."""
    point = nash_point(talks.offers)
    return {
        "proposer": talks.proposer,
        "reservation": dict(talks.alone),
        "packages": len(talks.offers),
        "zone": [offer_data(offer) for offer in zone(talks.offers)],
        "nash": None if point is None else offer_data(point),
    }


def offer_data(offer: Offer) -> dict[str, Any]:
    """Return an offer as data: the package in words, and its gains."""
    return {"package": offer.words, "us": offer.us, "beijing": offer.beijing}
