"""Bargaining theory in closed form: who gets what of a joint gain, and which package two sides settle on.

Two kinds. Offers (Rubinstein, Stahl, drawn proposers): a responder holds out for the greater of what it has
without a deal, its outside option, and what waiting brings, its continuation. Divisions (Nash, Kalai and
Smorodinsky): the package that axioms pick from a list of gains. Patience is what a unit next round is worth
today, in [0, 1]; shares are of the joint gain, in [0, 1]. Behind M25 (linkage), M32 (urgency), M36 and M55
(deadlines) and M57 (outside options). The table plays the law of drawn proposers; the others are for comparison.
"""

import math
from typing import NamedTuple

from ..world.law import law

# Offers


@law
def rubinstein_share(proposer: float, responder: float) -> float:
    r"""Return the share of the side that makes the first of endless alternating offers.

        (1 - responder) / (1 - proposer responder)

    One half where both are patience itself, the limit of equal patience. Source: Rubinstein 1982, V1.

    >>> rubinstein_share(0.5, 0.5)
    0.6666666666666666
    """
    if proposer * responder >= 1.0:
        return 0.5
    return (1.0 - responder) / (1.0 - proposer * responder)


@law
def rubinstein_reservation(proposer: float, responder: float, outside: float) -> float:
    r"""Return the share that the first responder holds out for: max(outside option, continuation).

    The continuation is responder x its share as next proposer. An option below it changes nothing, one above
    it is all that the responder gets. Source: Binmore, Shaked and Sutton 1989, V2c.

    >>> rubinstein_reservation(0.5, 0.5, 0.25), rubinstein_reservation(0.5, 0.5, 0.4)
    (0.3333333333333333, 0.4)
    """
    return max(outside, responder * rubinstein_share(responder, proposer))


@law
def stahl_reservation(proposer: float, responder: float, outside: float, rounds: int) -> float:
    r"""Return the share that the first responder holds out for if there are `rounds` of offers, this one counted.

    By backward induction; in round t from the end, held(0) being 1 so that the last responder has no more to wait for:

        held(t) = max(outside, patience (1 - held(t - 1)))  of whoever responds then

    Only the first responder has an outside option. Source: Stahl 1972, V2, V2b; Binmore, Shaked and Sutton 1989.

    >>> stahl_reservation(0.5, 0.5, 0.0, 1), stahl_reservation(0.5, 0.5, 0.0, 2)
    (0.0, 0.5)
    """
    held = 1.0
    for left in range(max(1, rounds)):
        odd = (rounds - left) % 2 == 1  # in even rounds the first proposer responds
        held = (responder if odd else proposer) * (1.0 - held)
        if odd:
            held = max(outside, held)
    return held


@law
def stahl_share(proposer: float, responder: float, rounds: int) -> float:
    r"""Return the share of the side that makes the first of `rounds` alternating offers; after the last all is lost.

    Who offers last takes all that is left by then. Source: Stahl 1972, V2, V2b.

    >>> [stahl_share(0.5, 0.5, rounds) for rounds in (1, 2, 3)]
    [1.0, 0.5, 0.75]
    """
    return 1.0 - stahl_reservation(proposer, responder, 0.0, rounds)


@law
def monthly_patience(years: float) -> float:
    r"""Return what next month's dollar is worth to a side whose annuity factor is `years`: 12 y / (1 + 12 y).

    With it a dollar a year for ever, paid monthly, is worth `years` dollars.

    >>> monthly_patience(0.0), monthly_patience(0.25)
    (0.0, 0.75)
    """
    return 12.0 * years / (1.0 + 12.0 * years)


@law
def table_patience(monthly: float, chance: float) -> float:
    r"""Return what a unit of gain at the next sitting of a table is worth today, if it sits by chance.

        c m / (1 - m (1 - c))

    It sits each month with `chance` c; a month's patience is m. Source: Binmore, Rubinstein and Wolinsky 1986.

    >>> table_patience(0.5, 1.0), table_patience(0.5, 0.5)
    (0.5, 0.3333333333333333)
    """
    if chance <= 0.0:
        return 0.0
    return chance * monthly / (1.0 - monthly * (1.0 - chance))


@law
def drawn_proposer_reservation(own: float, other: float, outside: float) -> float:
    r"""Return the share that a responder holds out for if a fair coin says in every round who offers.

        max(outside, own (1 - other) / (2 - own - other))

    Who offers first gains less than in alternation, and patience is all that parts the sides. Source: Baron and
    Ferejohn 1989, for two who must agree.

    >>> drawn_proposer_reservation(0.5, 0.5, 0.0), drawn_proposer_reservation(0.5, 0.0, 0.0)
    (0.25, 0.3333333333333333)
    """
    if own + other >= 2.0:
        return max(outside, 0.5)
    return max(outside, own * (1.0 - other) / (2.0 - own - other))


# Divisions


@law
def acceptable(first: float, second: float, first_least: float, second_least: float) -> bool:
    r"""Return whether a package leaves both sides at least what they hold out for: the zone of possible agreement.

    >>> acceptable(3.0, 1.0, 2.0, 1.0), acceptable(3.0, 1.0, 2.0, 2.0)
    (True, False)
    """
    return first >= first_least and second >= second_least


@law
def zone_size(first: tuple[float, ...], second: tuple[float, ...], first_least: float, second_least: float) -> int:
    r"""Return how many packages lie in the zone of possible agreement; package i brings `first[i]` and `second[i]`.

    >>> zone_size((3.0, 0.0, 1.0), (1.0, 5.0, 1.0), 1.0, 1.0)
    2
    """
    size = 0
    for i in range(len(first)):
        if acceptable(first[i], second[i], first_least, second_least):
            size = size + 1
    return size


@law
def nash_place(first: tuple[float, ...], second: tuple[float, ...], first_least: float, second_least: float) -> int:
    r"""Return the place of the package with the greatest product of gains over what each holds out for.

        max (first - first_least) (second - second_least)

    The first among equals; -1 if none brings more to both. Gains in any units. Source: Nash 1950, V3b.

    >>> nash_place((5.0, 4.0, 2.5), (0.0, 4.0, 2.5), 0.0, 0.0)
    1
    """
    best, place = 0.0, -1
    for i in range(len(first)):
        mine, theirs = first[i] - first_least, second[i] - second_least
        if mine > 0.0 and theirs > 0.0 and mine * theirs > best:
            best, place = mine * theirs, i
    return place


@law
def kalai_smorodinsky_place(
    first: tuple[float, ...], second: tuple[float, ...], first_least: float, second_least: float
) -> int:
    r"""Return the place of the package that brings both as near as can be to the most each could hope for.

        max min((first - first_least) / (its greatest), (second - second_least) / (its greatest))

    The greatest gains are those of the zone of possible agreement; of equals the one that is better for the other
    side, then the first; -1 if none brings more to both. Source: Kalai and Smorodinsky 1975.

    >>> kalai_smorodinsky_place((9.0, 6.0, 0.0), (0.0, 1.0, 2.0), 0.0, 0.0)
    1
    """
    most, most_theirs = 0.0, 0.0
    for i in range(len(first)):
        if acceptable(first[i], second[i], first_least, second_least):
            most = max(most, first[i] - first_least)
            most_theirs = max(most_theirs, second[i] - second_least)
    best, beside, place = 0.0, 0.0, -1
    for i in range(len(first)):
        mine, theirs = first[i] - first_least, second[i] - second_least
        if mine > 0.0 and theirs > 0.0:
            worse, better = min(mine / most, theirs / most_theirs), max(mine / most, theirs / most_theirs)
            if worse > best or (worse == best and better > beside):
                best, beside, place = worse, better, i
    return place


@law
def nash_share(curvature: float) -> float:
    r"""Return the share x of a pie in Nash's solution where one side's utility is x, the other's (1 - x)^curvature.

        1 / (1 + curvature)

    The lower the other's curvature, in [0, 1], the more it fears to get nothing, and the less it gets. Source: Nash
    1950, V3 at one half.

    >>> nash_share(1.0), nash_share(0.5)
    (0.5, 0.6666666666666666)
    """
    return 1.0 / (1.0 + curvature)


@law
def kalai_smorodinsky_share(curvature: float) -> float:
    r"""Return the same share in Kalai and Smorodinsky's solution: both reach the same part of their greatest utility.

        x = (1 - x)^curvature

    By halving; at one half it is the golden ratio less one. Source: Kalai and Smorodinsky 1975, V3 at one half.

    >>> round(kalai_smorodinsky_share(1.0), 12), round(kalai_smorodinsky_share(0.5), 6)
    (0.5, 0.618034)
    """
    low, high = 0.0, 1.0
    for _ in range(50):
        x = 0.5 * (low + high)
        if x < math.exp(curvature * math.log(1.0 - x)):
            low = x
        else:
            high = x
    return 0.5 * (low + high)


class Linked(NamedTuple):
    """How two linked issues are divided."""

    first_issue: float  # share that goes to the first side
    second_issue: float


@law
def linked_shares(mine_first: float, mine_second: float, theirs_first: float, theirs_second: float) -> Linked:
    r"""Return the first side's shares of two divisible issues that are bargained over together.

    Nash's solution. Each side takes the issue that it values more against the other issue than the other side does;
    a side that would be left with too little keeps part of both. Apart, each issue is halved. Values are for the
    whole of an issue, 0 or more, in any unit. Source: V3b; Fisher and Ury's logroll.

    >>> linked_shares(4.0, 1.0, 1.0, 4.0)
    Linked(first_issue=1.0, second_issue=0.0)
    """
    turned = mine_first * theirs_second < mine_second * theirs_first  # the first side's issue is the second
    mine, rest, theirs, left = mine_first, mine_second, theirs_first, theirs_second
    if turned:
        mine, rest, theirs, left = mine_second, mine_first, theirs_second, theirs_first
    own, other = 1.0, 0.0
    if left < theirs:  # the other side wants some of the issue that the first side takes
        own = (theirs + left) / (2.0 * theirs)
    if mine < rest:  # the first side wants some of the issue that it leaves
        other = (rest - mine) / (2.0 * rest)
    if turned:
        return Linked(other, own)
    return Linked(own, other)
