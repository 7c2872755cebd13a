"""Stochastic games against closed forms and a second solver; the reduced game against the laws it is made of."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from scipy import optimize

from standoff.agents.allies import ally_leans
from standoff.agents.outlook import step_with, trend_of
from standoff.agents.us import dealmaker_weight, us_future, us_reading, voice_of
from standoff.experiments.games.stochastic import (
    equilibria_on,
    is_stable,
    logit_residual,
    logit_response,
    make_stochastic_game,
    period_payoffs,
    policy_values,
    response_slope,
    solve_logit,
    stacked,
    state_chain,
    trace,
    uniform_policy,
)
from standoff.experiments.maps.reduced import (
    CALM,
    CHIP_CONTROLS,
    HOT,
    RESTRICTIONS,
    STATES,
    branches,
    period_worth,
    reduced_game,
    reduced_table,
    start_policies,
    stationary_equilibria,
)
from standoff.experiments.plots.bifurcation import bifurcation_figure
from standoff.experiments.plots.look import look
from standoff.experiments.settings import make_settings
from standoff.world.checks import BadInput
from standoff.world.chips import chip_market
from standoff.world.fabs import even_focus
from standoff.world.law import total
from standoff.world.parameters import Params
from standoff.world.rare_earths import next_rare_earth_stock
from standoff.world.state import world_from

from .outlooks import beijing_ahead, beijing_ends, us_ahead

ORACLE = json.loads((Path(__file__).parent / "oracles" / "stochastic.json").read_text(encoding="utf-8"))
OCHS = [[[1.1141, 0], [0, 0.2785]], [[0, 1.1141], [1.1141, 0]]]
HUNT = [[[10.0, 1], [8, 5]], [[10, 8], [1, 5]]]


def always(game, states=1):
    """Return the one-state game, or the same in each of several states that follow each other by chance."""
    return np.stack([np.array(game, float)] * states)


def both(precision):
    return np.full(2, float(precision))


def random_game(seed, shape=(4, 3, 2), discounts=(0.9, 0.7)):
    rng = np.random.default_rng(seed)
    states, first, second = shape
    chances = rng.dirichlet(np.ones(states), (states, first, second))
    return make_stochastic_game(rng.uniform(0, 1, (states, 2, first, second)), chances, discounts), rng


def principal(game, precision):
    """Return the equilibrium to which the path from precision 0, where all is chance, leads."""
    curve = trace(lambda value: (game, both(value)), uniform_policy(game), 0.0, 0.0, precision)
    assert curve.parameters[-1] == precision
    return curve.policies[-1]


# Known solutions


@pytest.mark.parametrize(("precision", "up", "left"), [
    (0.5, 0.549654, 0.486174), (1, 0.586784, 0.451807), (2, 0.617522, 0.371982), (3, 0.616897, 0.314016)])  # fmt: skip
@pytest.mark.parametrize("discount", [0.0, 0.9])
def test_one_state_is_the_static_game_of_ochs(precision, up, left, discount):
    """V8. For ever the same state: what is to come is the same whatever one does."""
    game = make_stochastic_game(always(OCHS), np.ones((1, 2, 2, 1)), discount)
    found = solve_logit(game, both(precision), uniform_policy(game))
    assert found.residual < 1e-10
    assert found.policy[0, :, 0] == pytest.approx((up, left), abs=1e-5)


def test_without_a_future_each_state_is_a_static_game():
    """V8 and V9 side by side; where one goes next does not matter at discount 0."""
    chances = np.random.default_rng(1).dirichlet(np.ones(2), (2, 2, 2))
    game = make_stochastic_game(np.array([OCHS, HUNT], float), chances, 0.0)
    at_half, at_two = (principal(game, precision) for precision in (0.5, 2.0))
    assert at_half[0, :, 0] == pytest.approx((0.549654, 0.486174), abs=1e-5)
    assert at_half[1, :, 0] == pytest.approx((0.195846, 0.195846), abs=1e-5)
    assert at_two[0, :, 0] == pytest.approx((0.617522, 0.371982), abs=1e-5)
    assert at_two[1, :, 0] == pytest.approx((0.000337, 0.000337), abs=1e-5)


def test_one_alone_and_precise_solves_its_decision_problem():
    """The other has one move; the values are those of value iteration."""
    game, rng = random_game(3, (5, 3, 1), 0.8)
    best = np.zeros(5)
    for _ in range(400):
        best = (game.payoffs[:, 0, :, 0] + 0.8 * game.transitions[:, :, 0] @ best).max(axis=1)
    found = solve_logit(game, both(3000.0), uniform_policy(game))
    assert found.residual < 1e-8
    assert found.values[:, 0] == pytest.approx(best, abs=5 * math.log(3) / 3000)
    assert rng.random() < 1


def stay_or_leave(reward):
    """Stay for 1 a period or leave for good to a state that pays `reward`; half of a period's worth is lost."""
    payoffs, chances = np.zeros((2, 2, 2, 1)), np.zeros((2, 2, 1, 2))
    payoffs[0, 0, 0], payoffs[1, 0, :] = 1.0, reward
    chances[0, 0, 0, 0] = chances[0, 1, 0, 1] = 1.0
    chances[1, :, 0, 1] = 1.0
    return make_stochastic_game(payoffs, chances, 0.5)


@pytest.mark.parametrize("precision", [0.3, 4.0, 50.0])
def test_two_states_by_hand(precision):
    """A reward of 2 for ever is worth 4, and half of it 2; to stay is 1 + V / 2 = 2 too: a coin is thrown."""
    game = stay_or_leave(2.0)
    found = solve_logit(game, both(precision), uniform_policy(game))
    assert found.policy[0, 0] == pytest.approx((0.5, 0.5), abs=1e-9)
    assert found.values[:, 0] == pytest.approx((2.0, 4.0), abs=1e-9)


@pytest.mark.parametrize("reward", [0.5, 3.0])
def test_two_states_by_a_root(reward):
    def gap(stay):
        value = (stay + (1 - stay) * reward) / (1 - stay / 2)  # V = p (1 + V / 2) + (1 - p) reward
        return stay - 1 / (1 + math.exp(-1.5 * (1 + value / 2 - reward)))

    game = stay_or_leave(reward)
    found = solve_logit(game, both(1.5), uniform_policy(game))
    assert found.policy[0, 0, 0] == pytest.approx(optimize.brentq(gap, 0, 1, xtol=1e-14), abs=1e-10)


def test_a_symmetric_game_has_a_symmetric_solution():
    rng = np.random.default_rng(5)
    mine, chances = rng.uniform(0, 1, (3, 2, 2)), rng.dirichlet(np.ones(3), (3, 2, 2))
    chances = (chances + np.swapaxes(chances, 1, 2)) / 2
    game = make_stochastic_game(np.stack([mine, np.swapaxes(mine, 1, 2)], axis=1), chances, 0.9)
    found = solve_logit(game, both(1.0), uniform_policy(game))
    assert found.residual < 1e-10
    assert found.policy[:, 0] == pytest.approx(found.policy[:, 1], abs=1e-10)
    assert found.values[:, 0] == pytest.approx(found.values[:, 1], abs=1e-10)


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: f"{case['name']}-{case.get('scenario', '')}")
def test_a_second_solver_agrees(case):
    """V21 with games of our own: the prototype's game is recorded by six numbers only, too few to build it again."""
    weights = np.array(case["weights"], float)
    there = np.array(case["open"]) if "open" in case else None
    chances = weights / weights.sum(axis=-1, keepdims=True)
    game = make_stochastic_game(case["payoffs"], chances, case["discounts"], there)
    theirs = np.array(case["policy"])
    ours = principal(game, case["precision"])
    assert logit_residual(game, both(case["precision"]), ours) < 1e-8
    assert np.abs(ours - theirs).max() < 1e-6
    assert policy_values(game, ours) == pytest.approx(np.array(case["values"]), abs=1e-6)


# The parts


def test_the_slope_is_the_derivative():
    game, rng = random_game(7)
    precision = np.array([2.0, 3.0])
    policy = rng.dirichlet(np.ones(3), (4, 2)) * game.open_moves
    policy /= policy.sum(axis=-1, keepdims=True)
    slope = response_slope(game, precision, policy)
    for k, shift in enumerate(1e-6 * np.eye(policy.size)):
        ends = [logit_response(game, precision, policy + sign * shift.reshape(policy.shape)) for sign in (1, -1)]
        assert slope[:, k] == pytest.approx((ends[0] - ends[1]).ravel() / 2e-6, abs=1e-7)


def test_many_games_at_once_are_each_alone():
    games = [random_game(seed)[0] for seed in (1, 2, 3)]
    together = solve_logit(stacked(games), both(2.0), uniform_policy(games[0]))
    for game, policy, values in zip(games, together.policy, together.values, strict=True):
        alone = solve_logit(game, both(2.0), uniform_policy(game))
        assert policy == pytest.approx(alone.policy, abs=1e-9)
        assert values == pytest.approx(alone.values, abs=1e-8)


def test_closed_moves_are_never_played():
    game, _ = random_game(11, (3, 3, 3))
    shut = game.open_moves.copy()
    shut[1, 0, 2] = shut[2, 1, 0] = False
    less = make_stochastic_game(game.payoffs, game.transitions, game.discounts, shut)
    found = solve_logit(less, both(2.0), uniform_policy(less))
    assert found.residual < 1e-10
    assert found.policy[~shut].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("change", "words"), [
    ({"payoffs": np.zeros((2, 2, 2))}, "payoffs have the shape"),
    ({"payoffs": np.full((1, 2, 2, 2), np.nan)}, "not a finite"),
    ({"transitions": np.ones((2, 2, 2, 2))}, "transitions have the shape"),
    ({"transitions": np.full((1, 2, 2, 1), 0.9)}, "sum 1"),
    ({"discounts": 1.0}, "discount factor"),
    ({"open_moves": np.zeros((1, 2, 2), bool)}, "no move"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(change, words):
    parts = {"payoffs": always(OCHS), "transitions": np.ones((1, 2, 2, 1)), "discounts": 0.5}
    with pytest.raises(BadInput, match=words):
        make_stochastic_game(**(parts | change))


# Folds


def herd(strength):
    """Return the two who gain `strength` by doing alike and `bias` by the first deed: m = tanh(strength m + bias)."""

    def family(bias):
        mine = np.array([[strength + bias, bias - strength], [-strength - bias, strength - bias]])
        return make_stochastic_game(always([mine, mine.T]), np.ones((1, 2, 2, 1)), 0.0), both(1.0)

    return family


@pytest.mark.parametrize(("strength", "width"), [(1.2, 0.056391), (1.5, 0.207546), (2.0, 0.532840), (3.0, 1.303274)])
def test_folds_lie_where_brock_and_durlauf_have_them(strength, width):
    """V15b, and V15 on the curve: three equilibria without bias, the outer two stable."""
    family = herd(strength)
    start = solve_logit(*family(-2.0), uniform_policy(family(-2.0)[0]))
    curve = trace(family, start.policy, -2.0, -2.0, 2.0)
    assert curve.complete
    assert curve.residuals.max() < 1e-9
    assert sorted(curve.parameters[curve.folds]) == pytest.approx([-width, width], abs=1e-6)
    three = equilibria_on(curve, family, 0.0)
    means = [2 * policy[0, 0, 0] - 1 for policy in three]
    largest = {1.2: 0.658570, 1.5: 0.858560, 2.0: 0.957504, 3.0: 0.994902}[strength]
    assert sorted(means) == pytest.approx([-largest, 0.0, largest], abs=1e-5)
    stable = {round(mean, 3): bool(is_stable(*family(0.0), policy)) for mean, policy in zip(means, three, strict=True)}
    assert sorted(mean for mean in stable if stable[mean]) == pytest.approx([-largest, largest], abs=1e-3)


def test_no_fold_without_complementarity():
    family = herd(0.9)
    start = solve_logit(*family(-2.0), uniform_policy(family(-2.0)[0]))
    curve = trace(family, start.policy, -2.0, -2.0, 2.0)
    assert not curve.folds.any()
    assert (np.diff(curve.parameters) > 0).all()


def test_a_curve_starts_from_an_equilibrium():
    family = herd(2.0)
    with pytest.raises(BadInput, match="no equilibrium"):
        trace(family, uniform_policy(family(1.0)[0]), 1.0, -2.0, 2.0)


# The reduced game


def settings_with(scenario="calm", **values):
    return make_settings(scenario, values)


@pytest.mark.parametrize("scenario", ["calm", "july-2025", "hot"])
def test_three_quarters_add_up_to_the_look_ahead(scenario):
    """The actors' own outlook is the truth: three quarters' worth is it, less the stocks' worth at its start.

    Developers stand still: an outlook sees once where they go, a quarter that is played sees it anew.
    """
    settings = settings_with(scenario)
    p, world = Params(**settings.parameters)._replace(revision_rate=0.0), world_from(dict(settings.state))
    voice = voice_of(dealmaker_weight(world, p), p)
    future = total(us_future(us_reading(world, 0.0), voice, p))
    us = total(us_ahead(world, voice, p)) - p.us_patience * future
    beijing = total(beijing_ahead(world, p)) - p.beijing_patience * total(beijing_ends(world, p))
    worth, trend = np.zeros(2), trend_of(ally_leans(world, p), world, chip_market(world, p), p)
    for _ in range(3):
        worth += period_worth(world, p)
        world = step_with(trend, world, chip_market(world, p), even_focus(), 0.25, p)
    assert p.look_ahead == 9.0
    assert worth == pytest.approx((us, beijing), abs=1e-9)


def test_moves_lead_to_the_next_levels_and_the_stock_follows_its_law():
    settings = settings_with("july-2025")
    game, p = reduced_game(settings).game, Params(**settings.parameters)
    for s, (control, restriction, stock) in enumerate(STATES):
        for a, b in np.argwhere(game.open_moves[s, 0][:, None] & game.open_moves[s, 1]):
            levels = CHIP_CONTROLS.index(control) + a - 1, RESTRICTIONS.index(restriction) + b - 1
            there = CHIP_CONTROLS[levels[0]], RESTRICTIONS[levels[1]]
            chances = game.transitions[s, a, b]
            assert {STATES[t][:2] for t in np.flatnonzero(chances)} == {there}
            values = {"chip_control": there[0], "rare_earth_restriction": there[1],
                      "rare_earth_stock": stock * p.rare_earth_store}  # fmt: skip
            expected = next_rare_earth_stock(world_from({**settings.state, **values}), 0.25, p)
            assert chances @ [state[2] for state in STATES] * p.rare_earth_store == pytest.approx(expected, abs=1e-12)
    assert game.open_moves.sum() == 2 * (6 * 2 + 6 * 3 + 6 * 2)


def test_a_look_ahead_of_a_quarter_is_static():
    reduced = reduced_game(settings_with(look_ahead=3.0))
    found = solve_logit(reduced.game, reduced.precision, uniform_policy(reduced.game))
    assert reduced.game.discounts.tolist() == [0.0, 0.0]
    assert found.values == pytest.approx(period_payoffs(reduced.game, found.policy), abs=1e-12)


def test_retaliation_only_costs_what_the_mismatch_says():
    """From calm to a freeze answered by nothing the hostility differs by 1: half the norm's price, a quarter of it."""
    calm, norm = (reduced_game(settings_with(us_retaliation=r, beijing_retaliation=r)).game for r in (0.0, 40.0))
    frozen, hold = STATES.index((1.0, 0.0, 1.0)), (1, 1)
    cost = (calm.payoffs - norm.payoffs)[frozen][(slice(None), *hold)]
    assert cost == pytest.approx((5.0, 5.0), abs=1e-12)
    both_hot = STATES.index((1.0, 1.0, 0.0))
    assert (calm.payoffs - norm.payoffs)[both_hot][(slice(None), *hold)] == pytest.approx((0.0, 0.0), abs=1e-12)


def seven_years(settings, policy, corner):
    """Return mean hostility and yearly payoffs of 28 quarters that start in a corner, quarter by quarter."""
    reduced = reduced_game(settings)
    now, hostility, worth = np.eye(len(STATES))[STATES.index(corner)], np.zeros(2), np.zeros(2)
    for _ in range(28):
        hostility += now @ reduced.hostility / 28
        worth += now @ period_payoffs(reduced.game, policy) / 7
        now = now @ state_chain(reduced.game, policy)
    return hostility, worth


def test_an_escalation_trap():
    """Two equilibria: from heat one leads out and one stays, which is worse for both; in calm both stay calm."""
    settings = settings_with(look_ahead=18.0, us_retaliation=40.0, beijing_retaliation=40.0)
    found = stationary_equilibria(settings)
    assert found.residual.max() < 1e-8
    for policy in found.policy[[0, 2]]:
        assert seven_years(settings, policy, CALM)[0].max() < 0.01
    (out, better), (stays, worse) = (seven_years(settings, policy, HOT) for policy in found.policy[[0, 2]])
    assert out.max() < 0.2
    assert stays.min() > 0.9
    assert (better > worse + 0.1).all()


def test_at_the_defaults_of_july_there_is_one_equilibrium():
    found = stationary_equilibria(settings_with("july-2025"))
    assert found.residual.max() < 1e-8
    assert found.policy[0] == pytest.approx(found.policy[2], abs=1e-8)


NEAR = {"look_ahead": 18.0, "us_precision": 0.5, "beijing_precision": 0.5}


@pytest.fixture(scope="module")
def near_the_fold():
    return branches(settings_with(**NEAR), ("us_retaliation", "beijing_retaliation"), 27.0, 30.0, seeds=2)


def test_the_fold_bounds_the_trap(near_the_fold):
    """The whole curve lies above its fold; just above, the hot policy holds, and just below it falls apart."""
    found = near_the_fold
    assert found.complete
    assert found.residual.max() < 1e-8
    (k,) = np.flatnonzero(found.fold)
    (fold,) = found.folds
    own = found.curve == found.curve[k]
    assert found.parameter[own].min() == pytest.approx(fold, abs=1e-6)
    assert set(found.stable[own]) == {True, False}
    for value, kept in ((fold + 0.01, True), (fold - 0.01, False)):
        settings = settings_with(**NEAR, us_retaliation=value, beijing_retaliation=value)
        reduced = reduced_game(settings)
        policy = found.policies[own & found.stable][0]
        for _ in range(3000):  # the plain logit dynamics, no Newton
            policy = policy + 0.3 * (logit_response(reduced.game, reduced.precision, policy) - policy)
        assert (seven_years(settings, policy, HOT)[0].min() > 0.9) == kept


def test_where_it_folds_the_response_has_slope_one(near_the_fold):
    found = near_the_fold
    (k,) = np.flatnonzero(found.fold)
    value = found.parameter[k]
    reduced = reduced_game(settings_with(**NEAR, us_retaliation=value, beijing_retaliation=value))
    slope = response_slope(reduced.game, reduced.precision, found.policies[k])
    assert np.abs(np.linalg.eigvals(slope) - 1).min() < 1e-3


def test_only_known_numbers_within_their_range_are_swept():
    with pytest.raises(BadInput, match="unknown parameter"):
        branches(settings_with(), "us_retaliatoin", 0, 10)
    with pytest.raises(BadInput, match="out of range"):
        branches(settings_with(), "us_retaliation", 0, 90)


def test_the_starts_are_policies():
    game = reduced_game(settings_with()).game
    policies = start_policies(game)
    assert policies.sum(axis=-1) == pytest.approx(1.0)
    assert not policies[:, ~game.open_moves].any()


# The picture


def made_up():
    """Return a table with an S: calm up to 30, hot from 20, unstable between."""
    rows = [(0, 10.0, 0.1, "only"), (0, 21, 0.1, "calm"), (0, 29, 0.1, "calm"), (0, 30, 0.2, "unstable"),
            (0, 25, 0.5, "unstable"), (0, 20, 0.8, "unstable"), (0, 21, 0.9, "hot"), (0, 28, 0.9, "hot"),
            (0, 40, 0.9, "only")]  # fmt: skip
    table = pd.DataFrame(rows, columns=["curve", "us_retaliation", "hostility_from_hot", "branch"])
    table.insert(0, "us_retaliation", table.pop("us_retaliation"))
    table["order"] = range(len(table))
    table["us_value_from_hot"] = 50 - 30 * table["hostility_from_hot"]
    table["beijing_value_from_hot"] = 30 - 5 * table["hostility_from_hot"]
    table["stable"] = table["branch"] != "unstable"
    table["fold"] = [False, False, False, True, False, True, False, False, False]
    table["dominated"] = table["branch"] == "hot"
    return table


def test_the_picture_says_what_the_table_holds(tmp_path):
    made_up().to_parquet(tmp_path / "reduced.parquet")
    with look():
        figure = bifurcation_figure(pd.read_parquet(tmp_path / "reduced.parquet"), "A question?", "A footer.")
        figure.canvas.draw()
        texts = [text.get_text() for text in figure.findobj(Text)]
        top = figure.axes[0]
        lines = {line.get_gid(): line for line in top.lines}
        drawn, (wide, high) = figure.get_tightbbox(), figure.get_size_inches()
    assert "Calm and hot are both stable from 21 to 28, and hot is worse for both" in texts
    assert {"30.00", "20.00", "hot: worse for both"} <= set(texts)
    assert lines["unstable"].get_linestyle() == "--"
    assert lines["hot"].get_linestyle() == "-"
    assert sorted(lines["folds"].get_xdata()) == [20.0, 30.0]
    assert min(drawn.x0, drawn.y0, wide - drawn.x1, high - drawn.y1) >= 0


def test_means_from_a_corner_are_those_of_a_walk(near_the_fold):
    found = near_the_fold
    k = np.flatnonzero(found.stable)[0]
    settings = settings_with(**NEAR, us_retaliation=found.parameter[k], beijing_retaliation=found.parameter[k])
    for view, corner in enumerate((CALM, HOT)):
        hostility, worth = seven_years(settings, found.policies[k], corner)
        assert found.hostility[k, view] == pytest.approx(hostility, abs=1e-12)
        assert found.payoffs[k, view] == pytest.approx(worth, abs=1e-10)


def test_no_second_branch_is_said_plainly():
    table = made_up().iloc[[0, 1]].assign(branch="only", dominated=False)
    with look():
        figure = bifurcation_figure(table)
    assert any("no escalation trap" in text.get_text() for text in figure.findobj(Text))


@pytest.mark.slow
def test_the_whole_table():
    """The hot branch begins at its fold; from there on hot is worse for both, until calm costs Beijing more."""
    table = reduced_table(settings_with(**NEAR))
    assert table["residual"].max() < 1e-8
    hot = table[table["branch"] == "hot"]
    assert len(hot) > 5
    assert hot.sort_values("us_retaliation")["dominated"].to_numpy()[:5].all()
    assert hot["us_retaliation"].min() == pytest.approx(28.03, abs=0.05)
    assert (hot["hostility_from_hot"] > 0.9).all()
    assert (table.loc[table["branch"] == "calm", "hostility_from_hot"] < 0.2).all()
    assert {"calm", "hot", "only", "unstable"} <= set(table["branch"])
