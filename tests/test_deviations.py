"""The search outside the list: its numbers change behaviour and no payoff, and it finds a gain where one is."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.agents.beijing import beijing_costs, beijing_payoff
from standoff.agents.huawei import huawei_payoff
from standoff.agents.moves import BeijingMove, HuaweiMove, NvidiaMove, UsMove
from standoff.agents.nvidia import nvidia_payoff
from standoff.agents.us import dealmaker_weight, us_costs, us_payoff, voice_of
from standoff.experiments.games.game import pure_profile
from standoff.experiments.maps.deviations import RULES, Rule, candidates, deviation_search, gains
from standoff.experiments.maps.doctrine_game import DoctrineGame, parse_players, play_profile
from standoff.experiments.settings import make_settings
from standoff.world.checks import BadInput
from standoff.world.chips import chip_market
from standoff.world.parameters import FACTS, Params
from standoff.world.state import World


@pytest.fixture(scope="module")
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


def short_game(**values):
    return DoctrineGame(make_settings(values=values, months=12), ("us", "beijing"))


RULE_NUMBERS = sorted(name for names in RULES.values() for name in names)


@given(st.from_type(World), st.from_type(Params), st.sampled_from(RULE_NUMBERS), st.floats(0, 1))
def test_no_number_of_a_rule_enters_a_payoff(world, p, name, place):
    fact = FACTS[name]
    other = p._replace(**{name: fact.low + place * (fact.high - fact.low)})

    def payoffs(params):
        market, voice = chip_market(world, params), voice_of(dealmaker_weight(world, params), params)
        own = beijing_costs(BeijingMove.RESTRICT_RARE_EARTHS, world, 0.0, params)
        return (
            us_payoff(world, market, sum(us_costs(UsMove.TIGHTEN_CHIPS, world, voice, params)), params),
            beijing_payoff(world, market, own.change + own.truce, params),
            nvidia_payoff(world, market, NvidiaMove.LOBBY, params),
            huawei_payoff(world, market, HuaweiMove.EXPAND_CAPACITY, params),
        )

    assert payoffs(p) == payoffs(other)


def test_a_noisy_player_gains_by_precision(pool):
    """A US whose moves are nearly random is beaten by the same US with a steadier hand."""
    game = short_game(us_precision=0.1)
    profile = pure_profile(game.shape, (0, 0))
    rules = [Rule(0, (("us_precision", 0.1),)), Rule(0, (("us_precision", 3.0),))]
    gained = gains(game, profile, 0, rules, 0, 200, pool, Event())

    assert (gained[0] == 0.0).all()
    assert gained[1].mean() > 3 * gained[1].std() / np.sqrt(200)
    found = deviation_search(game, profile, 0, 8, pool, Event())
    assert found.low > 0.0
    assert found.low < found.regret < found.high


def test_the_best_of_many_is_measured_on_runs_that_did_not_choose_it(pool, monkeypatch):
    """All rules are worth the same: chance makes one look best, and the interval must not believe it."""
    import standoff.experiments.maps.deviations as module

    seen = []

    def noise(_game, _profile, _player, rules, first, end, *_):
        seen.append((first, end))
        return np.random.default_rng((first, len(rules))).standard_normal((len(rules), end - first))

    monkeypatch.setattr(module, "gains", noise)
    found = deviation_search(short_game(), pure_profile((5, 4), (0, 0)), 0, 64, pool, Event())

    assert found.low == 0.0
    assert all(one[1] == other[0] for one, other in pairwise(seen))


def test_rules_are_spread_over_doctrines_and_ranges():
    game = short_game()
    found = candidates(game, 0, RULES["us"], 64)

    assert {rule.doctrine for rule in found} == set(range(5))
    for i, name in enumerate(RULES["us"]):
        values = [rule.numbers[i][1] for rule in found]
        assert FACTS[name].low <= min(values) < max(values) <= FACTS[name].high


def test_a_mixed_opponent_is_met_in_proportion(pool):
    """By hand: the gain against a mixture is the mixture of the gains."""
    game = short_game()
    rules = [Rule(1, ())]
    mixed = (np.eye(5)[0], np.array([0.25, 0.75, 0.0, 0.0]))
    pure = [gains(game, pure_profile((5, 4), (0, k)), 0, rules, 0, 8, pool, Event())[0] for k in (0, 1)]

    both = gains(game, mixed, 0, rules, 0, 8, pool, Event())[0]
    np.testing.assert_allclose(both, 0.25 * pure[0] + 0.75 * pure[1], rtol=0, atol=1e-9)


def test_the_bloc_of_allies_earns_what_its_members_earn():
    settings = make_settings(months=6)
    bloc = DoctrineGame(settings, ("us", "allies"))
    each = DoctrineGame(settings, ("us", "netherlands", "japan", "south_korea", "taiwan"))
    together = play_profile(bloc, (1, 2), 0, 5).payoffs
    apart = play_profile(each, (1, 2, 2, 2, 2), 0, 5).payoffs

    assert bloc.shape == (5, 3)
    np.testing.assert_allclose(together[:, 1], apart[:, 1:].sum(axis=1), rtol=1e-12)
    assert (together[:, 0] == apart[:, 0]).all()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("us", "needs two of them"),
        ("us,bejing", "did you mean beijing"),
        ("us,us", "us is named twice"),
        ("allies,japan", "japan is named twice"),
        ("", "unknown player ''"),
    ],
)
def test_wrong_players_are_named(text, says):
    with pytest.raises(BadInput, match=says):
        parse_players(text)
