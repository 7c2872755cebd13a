"""Threats, reputation, signals and attrition, against published numbers and the equilibria that they claim to be."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from standoff.agents.resolve import (
    attrition_hazard,
    beta_belief,
    bluff_chance,
    brink_borne,
    brink_needed,
    call_chance,
    deterred_chance,
    deterring_reputation,
    grim_patience,
    mimic_chance,
    reputation_after_fight,
    stubborn_after,
    stubborn_hazard,
    ultimatum_demand,
    war_chance,
    yields_at_once,
)

few = settings(max_examples=30)
CHANCE = st.floats(0.01, 0.99)

# Ultimatum and brink


@pytest.mark.parametrize(
    ("strength", "cost", "most", "demand", "war"),
    [(0.5, 0.1, 0.4, 0.65, 0.375), (0.6, 0.05, 0.3, 0.725, 0.416667), (0.5, 0.4, 0.4, 0.5, 0.0)],
)
def test_the_ultimatum_of_one_who_does_not_know_the_others_cost(strength, cost, most, demand, war):
    """V4."""
    assert ultimatum_demand(strength, cost, most) == pytest.approx(demand, abs=1e-6)
    assert war_chance(strength, demand, most) == pytest.approx(war, abs=1e-6)


@few
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.01, 1.0))
def test_no_other_demand_on_a_grid_is_worth_more(strength, cost, most):
    """Against 500 rivals whose costs are spread evenly, each of whom takes what is no worse than war."""
    rivals = (np.arange(500) + 0.5) / 500 * most
    demand = np.append(np.linspace(0.0, 1.0, 101), ultimatum_demand(strength, cost, most))[:, None]
    worth = np.where(demand <= strength + rivals, demand, strength - cost).mean(axis=1)

    assert worth[-1] >= worth.max() - 2 / 500


@few
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.01, 1.0))
def test_war_is_as_likely_as_rivals_who_would_fight_are_many(strength, demand, most):
    rivals = (np.arange(1000) + 0.5) / 1000 * most

    assert war_chance(strength, demand, most) == pytest.approx((strength + rivals < demand).mean(), abs=1e-3)


def test_without_a_secret_there_is_no_war():
    assert ultimatum_demand(0.5, 0.1, 0.0) == 0.5
    assert war_chance(0.5, 0.5, 0.0) == 0.0
    assert war_chance(0.5, 0.6, 0.0) == 1.0


SOFT = (2.0, -4.0, -8.0)  # the rival defies and nothing happens, yields, fights
OURS = (1.0, -2.0, -10.0)  # the rival yields, we climb down, war


def test_brinkmanship_over_cuba():
    """V5: effective above .6, bearable below .375 (1 - p) / p, both only while p < .384615."""
    assert brink_needed(*SOFT) == pytest.approx(0.6, abs=1e-6)
    caps = [brink_borne(hard, *OURS) for hard in (0.1, 0.2, 0.3)]
    assert caps == pytest.approx([3.375, 1.5, 0.875], abs=1e-6)
    assert brink_borne(0.384614, *OURS) > brink_needed(*SOFT) > brink_borne(0.384616, *OURS)


PAYOFF = st.floats(-10.0, 10.0)


@few
@given(CHANCE, PAYOFF, PAYOFF, PAYOFF)
def test_at_what_is_needed_a_soft_rival_is_undecided(risk, won, yielded, war):
    assume(won - war > 0.1)
    needed = brink_needed(won, yielded, war)
    assume(abs(risk - needed) > 1e-9)

    assert (yielded > risk * war + (1 - risk) * won) == (risk > needed)


@few
@given(CHANCE, CHANCE, st.floats(0.0, 5.0), st.floats(-5.0, -0.1), st.floats(-20.0, -5.1))
def test_beyond_what_is_borne_no_threat_is_better(risk, hard, success, climbdown, war):
    """A hard rival defies: then war or climbing down; a soft one yields."""
    borne = brink_borne(hard, success, climbdown, war)
    assume(abs(risk - borne) > 1e-9)
    threat = hard * (risk * war + (1 - risk) * climbdown) + (1 - hard) * success

    assert (threat > climbdown) == (risk < borne)


def test_the_ends_of_the_brink():
    assert brink_borne(0.0, *OURS) == math.inf
    assert brink_needed(1.0, 0.0, 1.0) == math.inf


# Reputation and bluff


def test_the_chain_store():
    """V6, reputation .1, gain .5; the last line for a monopoly worth 4."""
    assert [deterred_chance(0.1, 0.5, 4.0, stages) for stages in (5, 4, 3)] == [1.0, 1.0, 0.0]
    fights = [bluff_chance(0.1, 0.5, 4), bluff_chance(0.1, 0.5, 3), bluff_chance(0.25, 0.5, 2)]
    assert fights == pytest.approx([0.777778, 1 / 3, 1 / 3], abs=1e-6)
    assert [reputation_after_fight(0.1, 0.5, 3), reputation_after_fight(0.25, 0.5, 2)] == [0.25, 0.5]
    assert deterred_chance(0.25, 0.5, 4.0, 2) == 0.25


def weak_worth(reputation, gain, peace, stages):
    """Return what a weak incumbent expects, after checking that nobody gains by another move from here on."""
    if stages == 0:
        return 0.0
    fights = bluff_chance(reputation, gain, stages)
    out = deterred_chance(reputation, gain, peace, stages)
    seen = reputation + (1 - reputation) * fights  # the chance of a fight
    after = reputation_after_fight(reputation, gain, stages)
    assert after * seen == pytest.approx(reputation)  # Bayes
    entering = gain - seen
    assert entering == pytest.approx(0.0) if 0 < out < 1 else entering * (0.5 - out) > 0

    fighting = -1.0 + weak_worth(after, gain, peace, stages - 1)
    giving_way = weak_worth(0.0, gain, peace, stages - 1)
    if 0 < fights < 1:
        assert fighting == pytest.approx(giving_way)
    else:
        assert (fighting >= giving_way) == (fights == 1.0)
    challenged = max(fighting, giving_way)
    return out * (peace + weak_worth(reputation, gain, peace, stages - 1)) + (1 - out) * challenged


@few
@given(st.floats(0.001, 0.95), st.floats(0.05, 0.95), st.floats(1.1, 9.0), st.integers(1, 6))
def test_nobody_in_the_chain_store_gains_by_another_move(reputation, gain, peace, stages):
    assume(all(abs(reputation - gain**n) > 1e-9 for n in range(7)))  # on the line by chance: another equilibrium

    assert weak_worth(reputation, gain, peace, stages) >= 0.0


def test_without_a_doubt_the_paradox_of_the_chain_store():
    """Known to be weak, it gives way to each challenger in turn, as backward induction says."""
    for stages in range(1, 30):
        assert deterred_chance(0.0, 0.5, 4.0, stages) == 0.0
        assert bluff_chance(0.0, 0.5, stages) == 0.0
        assert reputation_after_fight(0.0, 0.5, stages) == 0.0


def test_a_long_future_makes_a_small_doubt_deter():
    """With gain .5, a doubt of one in a thousand keeps challengers out until ten are left."""
    out = [deterred_chance(0.001, 0.5, 4.0, stages) for stages in range(1, 30)]

    assert out == [0.0] * 9 + [1.0] * 20
    assert deterring_reputation(0.5, 0) == 1.0


def test_beer_or_quiche():
    """V7: one strong in ten; mimicking costs 1, peace is worth 2, a challenge pays against the weak as it costs."""
    assert mimic_chance(0.1, 0.5) == pytest.approx(1 / 9, abs=1e-9)
    assert call_chance(0.1, 0.5, 1.0, 2.0) == pytest.approx(0.5, abs=1e-9)


@few
@given(CHANCE, CHANCE, st.floats(0.1, 5.0), st.floats(0.1, 5.0))
def test_bluffs_and_calls_leave_each_other_undecided(strong, line, cost, more):
    """Where strength is too rare to be believed; else all mimic and nobody calls."""
    peace = cost + more
    mimics, calls = mimic_chance(strong, line), call_chance(strong, line, cost, peace)
    believed = strong / (strong + (1 - strong) * mimics)

    if strong >= line:
        assert (mimics, calls) == (1.0, 0.0)
    else:
        assert believed == pytest.approx(line)
        assert (1 - calls) * peace - cost == pytest.approx(0.0, abs=1e-12)


# Attrition, punishment, belief


def within(draws, truth, errors=4):
    return abs(draws.mean() - truth) <= errors * draws.std() / math.sqrt(draws.size)


def test_in_a_war_of_attrition_it_does_not_matter_when_one_gives_up():
    """V17: .2 a month, 5 months on average; whoever plans to give up at t wins as much as it pays, to 4 errors."""
    hazard = attrition_hazard(2.0, 10.0)
    rival = np.random.default_rng(8).exponential(1 / hazard, 200_000)

    assert hazard == pytest.approx(0.2)
    assert within(rival, 5.0)
    for t in (0.5, 3.0, 12.0):
        assert within(10.0 * (rival < t) - 2.0 * np.minimum(rival, t), 0.0)
    assert attrition_hazard(2.0, 0.0) == math.inf


@pytest.mark.parametrize(
    ("demands", "hazards", "end"), [((0.75, 0.75), (0.05, 0.05), 59.9146), ((0.6, 0.8), (0.1, 0.05), 29.9573)]
)
def test_bargaining_with_a_reputation_for_stubbornness(demands, hazards, end):
    """V18: five in a hundred are stubborn, 10 % a month discounted."""
    first, second = stubborn_hazard(*demands, 0.1), stubborn_hazard(*demands[::-1], 0.1)

    assert (first, second) == pytest.approx(hazards, abs=1e-6)
    assert min(stubborn_after(first, 0.05), stubborn_after(second, 0.05)) == pytest.approx(end, abs=1e-4)


@pytest.mark.parametrize(
    ("demands", "stubborn", "rates"),
    [((0.75, 0.75), (0.05, 0.05), (0.1, 0.1)), ((0.6, 0.8), (0.05, 0.05), (0.1, 0.1)),
     ((0.7, 0.5), (0.02, 0.2), (0.03, 0.08))],
)  # fmt: skip
def test_the_stubborn_are_known_at_one_time_and_nobody_minds_when_to_yield(demands, stubborn, rates):
    """The payoff of yielding at any moment, summed over the other's moments of yielding, is the same."""
    hazards = [stubborn_hazard(demands[i], demands[1 - i], rates[1 - i]) for i in (0, 1)]
    end = min(stubborn_after(*one) for one in zip(hazards, stubborn, strict=True))
    at_once = [yields_at_once(*one, end) for one in zip(hazards, stubborn, strict=True)]

    assert min(at_once) == pytest.approx(0.0, abs=1e-12)
    t = np.linspace(0.0, end, 40_001)
    for i in (0, 1):
        j = 1 - i
        still = (1.0 - at_once[j]) * np.exp(-hazards[j] * t)  # the other has not yielded
        assert still[-1] == pytest.approx(stubborn[j])
        discount = np.exp(-rates[i] * t)
        winning = -np.diff(still) * (discount[:-1] + discount[1:]) / 2
        won = at_once[j] + np.concatenate([[0.0], np.cumsum(winning)])
        worth = demands[i] * won + still * discount * (1.0 - demands[j])
        assert np.ptp(worth) < 1e-6


def test_the_ends_of_stubbornness():
    assert stubborn_hazard(0.5, 0.5, 0.1) == math.inf  # no conflict
    assert stubborn_after(0.1, 0.0) == math.inf  # reason alone never ends
    assert stubborn_after(0.1, 1.0) == 0.0
    assert yields_at_once(0.1, 0.0, 20.0) == 1.0


def test_a_truce_by_threat_of_no_truce():
    """V19: of the dilemma with 5, 3, 1, 0."""
    assert grim_patience(5.0, 3.0, 1.0) == 0.5


@few
@given(st.floats(0.05, 0.95), st.floats(0.1, 9.0), st.floats(0.1, 9.0))
def test_a_breach_pays_just_below_that_patience(patience, temptation, loss):
    """The breach once and then punishment, against the truce, each summed over a thousand rounds."""
    tempted, kept, punished = 2.0 + temptation, 2.0, 2.0 - loss
    least = grim_patience(tempted, kept, punished)
    assume(abs(patience - least) > 1e-6)
    weights = patience ** np.arange(1000)
    breach = tempted + punished * weights[1:].sum()

    assert (breach < kept * weights.sum()) == (patience > least)


def test_truces_that_need_no_threat_and_truces_that_none_can_hold():
    assert grim_patience(2.0, 3.0, 1.0) == 0.0
    assert grim_patience(5.0, 1.0, 1.0) == 1.0


def test_the_belief_after_three_of_five():
    """V23."""
    assert beta_belief(2.0, 2.0, 3.0, 5.0) == pytest.approx(5 / 9, abs=1e-15)
    assert beta_belief(0.0, 0.0, 0.0, 0.0) == 0.5


@few
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 9), st.integers(0, 9))
def test_a_belief_is_bayes_rule_summed_over_a_grid(yes, no, seen, failed):
    x = (np.arange(2000) + 0.5) / 2000
    weight = x ** (yes - 1 + seen) * (1 - x) ** (no - 1 + failed)

    assert beta_belief(yes, no, seen, seen + failed) == pytest.approx((x * weight).sum() / weight.sum(), abs=1e-5)
