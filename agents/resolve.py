"""Resolve in closed form: ultimatums, brinkmanship, reputation, bluffs, attrition, punishment, beliefs.

What a threat is worth when the other side does not know how much one can bear. Costs and prizes are in any one
unit, chances in [0, 1], hazards and rates per month. Behind M27 to M29 (threats that pay), M52 and M57
(commitment) and the truces of M16 and M39; no history plays these laws yet.
"""

import math

from ..world.law import law

# Ultimatum and brink


@law
def ultimatum_demand(strength: float, cost: float, most: float) -> float:
    r"""Return the share that a side demands, on pain of war, of a rival whose cost of war is its secret.

        min(1, strength + max(0, most - cost) / 2)

    `strength` is the chance to win all by war, `cost` its own cost of war, the rival's is uniform in [0, `most`].
    Source: Fearon 1995, V4.

    >>> ultimatum_demand(0.5, 0.25, 0.5)
    0.625
    """
    return min(1.0, strength + 0.5 * max(0.0, most - cost))


@law
def war_chance(strength: float, demand: float, most: float) -> float:
    r"""Return the chance that a rival would rather fight than grant a demand.

        (demand - strength) / most,  within [0, 1]

    The rival's cost of war is uniform in [0, `most`]: who demands more than war would bring risks it. Source: Fearon
    1995, V4.

    >>> war_chance(0.5, 0.625, 0.5)
    0.25
    """
    excess = demand - strength
    if excess <= 0.0:
        return 0.0
    if excess >= most:
        return 1.0
    return excess / most


@law
def brink_needed(won: float, yielded: float, war: float) -> float:
    r"""Return the least chance of war that makes a rival yield, of its payoffs from three ends.

        (won - yielded) / (won - war)

    `won` if it defies and nothing happens, `yielded` if it gives in. Above 1 no threat is enough; infinite where war
    is no worse than winning. Source: Dixit and Skeath, V5.

    >>> brink_needed(2.0, -4.0, -8.0)
    0.6
    """
    if war >= won:
        return math.inf
    return (won - yielded) / (won - war)


@law
def brink_borne(hard: float, success: float, climbdown: float, war: float) -> float:
    r"""Return the greatest chance of war with which a threat is still better than none, for the one who makes it.

        (1 - hard) (success - climbdown) / (hard (climbdown - war))

    `hard` is the chance that the rival never yields. A threat is of use only between `brink_needed` and this; infinite
    where it costs nothing. Source: Dixit and Skeath, V5.

    >>> brink_borne(0.5, 1.0, -2.0, -10.0)
    0.375
    """
    lost = hard * (climbdown - war)
    if lost <= 0.0:
        return math.inf
    return (1.0 - hard) * (success - climbdown) / lost


# Reputation and bluff


@law
def deterring_reputation(gain: float, stages: int) -> float:
    r"""Return the reputation for being tough that deters a challenger with `stages` challengers to come, it included.

        gain^stages

    A challenger's payoff is `gain` in (0, 1) if the incumbent gives way, gain - 1 if it fights, 0 if it stays out.
    Source: Kreps and Wilson 1982, V6.

    >>> deterring_reputation(0.5, 3)
    0.125
    """
    line = 1.0
    for _ in range(stages):
        line = line * gain
    return line


@law
def deterred_chance(reputation: float, gain: float, peace: float, stages: int) -> float:
    r"""Return the chance that a challenger stays out: 1 above the deterring reputation, 0 below it.

    At it 1 / peace, so that the weak incumbent before was right to be undecided; `peace` above 1 is what the incumbent
    has of a month without challenge, a fight costs it 1. Source: Kreps and Wilson 1982, V6.

    >>> deterred_chance(0.25, 0.5, 4.0, 2)
    0.25
    """
    line = deterring_reputation(gain, stages)
    if reputation == line:  # exactly: a fight lifts the reputation to the very line
        return 1.0 / max(1.0, peace)
    return 1.0 if reputation > line else 0.0


@law
def bluff_chance(reputation: float, gain: float, stages: int) -> float:
    r"""Return the chance that a weak incumbent, challenged, fights as a tough one would, for its reputation.

        1 if reputation >= line, else (1 - line) reputation / ((1 - reputation) line),  line = gain^(stages - 1)

    `stages` counts the challengers left with this one; before the last there is no reputation to keep. Source: Kreps
    and Wilson 1982, V6.

    >>> bluff_chance(0.2, 0.5, 2)
    0.25
    """
    if stages <= 1:
        return 0.0
    line = deterring_reputation(gain, stages - 1)
    if reputation >= line:
        return 1.0
    return (1.0 - line) * reputation / ((1.0 - reputation) * line)


@law
def reputation_after_fight(reputation: float, gain: float, stages: int) -> float:
    r"""Return the reputation of an incumbent that has fought: max(reputation, gain^(stages - 1)).

    By Bayes' rule with `bluff_chance`; who gives way is known to be weak. A reputation of zero stays zero. Source:
    Kreps and Wilson 1982, V6.

    >>> reputation_after_fight(0.1, 0.5, 3)
    0.25
    """
    if reputation <= 0.0:
        return 0.0
    return max(reputation, deterring_reputation(gain, stages - 1))


@law
def mimic_chance(strong: float, line: float) -> float:
    r"""Return the chance that a weak type sends the signal of the strong.

        strong (1 - line) / ((1 - strong) line),  at most 1

    Just so often that a receiver who sees it believes in strength with probability `line`, at which challenging and
    leaving alone are the same to it. `strong` is the share of strong types. Source: Cho and Kreps 1987, V7 at line 1/2.

    >>> mimic_chance(0.2, 0.5)
    0.25
    """
    if strong >= line:
        return 1.0
    return strong * (1.0 - line) / ((1.0 - strong) * line)


@law
def call_chance(strong: float, line: float, cost: float, peace: float) -> float:
    r"""Return the chance that a receiver challenges although it saw the signal of the strong.

        1 - cost / peace,  0 where strength is likely enough (strong >= line)

    Just so often that the weak do not care to mimic: the signal costs them `cost`, being left alone is worth `peace`.
    Source: Cho and Kreps 1987, V7.

    >>> call_chance(0.1, 0.5, 1.0, 2.0), call_chance(0.6, 0.5, 1.0, 2.0)
    (0.5, 0.0)
    """
    if strong >= line or cost >= peace:
        return 0.0
    return 1.0 - cost / peace


# Attrition, punishment, belief


@law
def attrition_hazard(cost: float, prize: float) -> float:
    r"""Return a side's hazard of giving up in a war of attrition, per month: cost / prize of its rival.

    Just so that the rival, who pays `cost` a month for a `prize`, does not care when to give up. Infinite where there
    is no prize. Source: Maynard Smith 1974, V17.

    >>> attrition_hazard(2.0, 10.0)
    0.2
    """
    if prize <= 0.0:
        return math.inf
    return cost / prize


@law
def stubborn_hazard(demand: float, other_demand: float, other_rate: float) -> float:
    r"""Return a side's hazard of granting the other's demand, per month, if either may be too stubborn ever to.

        other_rate (1 - demand) / (demand + other_demand - 1)

    Demands are shares of the joint gain, `other_rate` is the other's discount rate. Infinite where the demands are
    compatible. Source: Abreu and Gul 2000, V18.

    >>> stubborn_hazard(0.75, 0.75, 0.1)
    0.05
    """
    excess = demand + other_demand - 1.0
    if excess <= 0.0:
        return math.inf
    return other_rate * (1.0 - demand) / excess


@law
def stubborn_after(hazard: float, stubborn: float) -> float:
    r"""Return after how many months of deadlock a side is known to be stubborn: ln(1 / stubborn) / hazard.

    `stubborn` is the chance that it is. The war ends at the earlier of the two sides' times. Source: Abreu and Gul
    2000, V18.

    >>> round(stubborn_after(0.05, 0.05), 4)
    59.9146
    """
    if hazard <= 0.0 or stubborn <= 0.0:
        return math.inf
    return math.log(1.0 / stubborn) / hazard


@law
def yields_at_once(hazard: float, stubborn: float, end: float) -> float:
    r"""Return the chance that a side grants the other's demand at the start: 1 - stubborn exp(hazard end), or none.

    `end` is the earlier of the two times of `stubborn_after`: the side that would take longer must make up for it.
    Source: Abreu and Gul 2000.

    >>> yields_at_once(0.05, 0.05, 0.0), yields_at_once(0.05, 1.0, 3.0)
    (0.95, 0.0)
    """
    return max(0.0, 1.0 - stubborn * math.exp(min(700.0, hazard * end)))


@law
def grim_patience(tempted: float, kept: float, punished: float) -> float:
    r"""Return the least patience, per round, at which a truce holds because a breach ends it for ever.

        (tempted - kept) / (tempted - punished)

    Payoffs of a round: of the breach, of the truce, after it. 0 if the truce is best anyway, 1, so never, if what
    follows is no worse than it. Source: folk theorem, Friedman 1971, V19.

    >>> grim_patience(5.0, 3.0, 1.0)
    0.5
    """
    if tempted <= kept:
        return 0.0
    if kept <= punished:
        return 1.0
    return (tempted - kept) / (tempted - punished)


@law
def beta_belief(yes: float, no: float, seen: float, trials: float) -> float:
    r"""Return the mean of a Beta belief after `seen` successes in `trials`.

        (yes + seen) / (yes + no + trials)

    The prior counts as `yes` successes and `no` failures; one half where there is neither prior nor trial. Source:
    Bayes' rule, V23.

    >>> round(beta_belief(2.0, 2.0, 3.0, 5.0), 6)
    0.555556
    """
    weight = yes + no + trials
    if weight <= 0.0:
        return 0.5
    return (yes + seen) / weight
