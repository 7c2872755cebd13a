"""The reduced stochastic game: two governments, three levers' worth of states, the project's own payoffs.

What forward-looking governments would do if the world were no larger than this: a benchmark beside the
simulated histories. Each quarter the US relaxes, holds or tightens chip control while Beijing renews, holds
or restricts rare earths; the rest of the world stays as the scenario has it.

The 18 states are chip control (.5, .75, 1) x restriction (0, .5, 1) x US stock of rare earths (none, full).
Chip control starts at the line of the H20, because only what lies above it counts as hostile; its three
levels then stand at hostility 0, .5 and 1 as the three of the restriction do. The stock is the third part
because its law moves it both ways. The share of supply outside China only grows, so that in the long run
every equilibrium would sit in its highest level; it is a number of the scenario here and can be swept.

Payoffs, costs and moves are the laws' own. Assumptions of the reduction:

- A period is a quarter. A move of Beijing is two of its monthly steps, paid twice; one of the US is one step.
- What a quarter adds to the stocks (compute, Huawei, supply elsewhere) is worth to each side what its own
  look-ahead pays for stocks: its patience, in years. The stocks themselves stay at the scenario's.
- The discount factor is 1 - quarter / look_ahead, so that a lasting flow is worth as many years of it as in
  the actors' own look-ahead; the precision is theirs for the same reason. At a look-ahead of one quarter
  nobody looks ahead.
- The stock goes to full or none with chances that keep its expectation at that of its law.
- Truces and summits have clocks that the states lack: neither is under way.

Moves cost much and choices are nearly sure, so that calm and hot states can both last for centuries under one
and the same equilibrium: long-run means then weigh events that nobody lives to see (`relaxation` says how
long the long run is). What tells equilibria apart is what they make of a start, over as many months as a
simulated history has. From the calm corner nearly all keep calm; from the hot corner some lead out, some do not.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...agents.beijing import (
    BeijingTerms,
    after_beijing,
    beijing_can,
    beijing_costs,
    beijing_flow,
    beijing_future,
    beijing_reading,
    beijing_sum,
)
from ...agents.moves import BeijingMove, UsMove
from ...agents.outlook import expected_step
from ...agents.us import (
    UsTerms,
    after_us,
    dealmaker_weight,
    us_can,
    us_costs,
    us_flow,
    us_future,
    us_reading,
    us_sum,
    voice_of,
)
from ...world.chips import chip_market
from ...world.fabs import even_focus
from ...world.law import total
from ...world.parameters import Params
from ...world.rare_earths import next_rare_earth_stock
from ...world.state import World, with_beijing, with_us, world_from
from ...world.trade import beijing_hostility, us_hostility
from ..games.stochastic import (
    SOLVED,
    Curve,
    Floats,
    Policy,
    Solution,
    StochasticGame,
    equilibria_on,
    is_stable,
    make_stochastic_game,
    period_payoffs,
    solve_logit,
    stacked,
    state_chain,
    stationary_distribution,
    trace,
    uniform_policy,
    with_axis,
)
from ..settings import Settings, checked_values

YEARS = 0.25  # of a period
CHIP_CONTROLS, RESTRICTIONS, STOCKS = (0.5, 0.75, 1.0), (0.0, 0.5, 1.0), (0.0, 1.0)  # stocks as shares of the store
STATES = tuple(itertools.product(CHIP_CONTROLS, RESTRICTIONS, STOCKS))
US_MOVES = (UsMove.RELAX_CHIPS, UsMove.HOLD, UsMove.TIGHTEN_CHIPS)
BEIJING_MOVES = (BeijingMove.RENEW_RARE_EARTHS, BeijingMove.HOLD, BeijingMove.RESTRICT_RARE_EARTHS)
BEIJING_STEPS = 2  # monthly steps of a quarter's move
STARTS = ("calm", "uniform", "hot")
RETALIATION = ("us_retaliation", "beijing_retaliation")
CALM, HOT = (0.5, 0.0, 1.0), (1.0, 1.0, 0.0)  # the corners of STATES
APART = 0.05  # of hostility: stable equilibria nearer than this are called by one name


class ReducedGame(NamedTuple):
    """The game with what its states are worth knowing for; states in the order of STATES."""

    game: StochasticGame  # payoffs in $bn per quarter
    precision: Floats  # of the US and of Beijing, 1 per $bn
    hostility: Floats  # of the US and of Beijing, shape (states, 2)


def reduced_game(settings: Settings) -> ReducedGame:
    """Return the reduced game at the settings' parameters and start."""
    return _game(settings.parameters, settings.state)


def _game(parameters: Mapping[str, float], state: Mapping[str, float]) -> ReducedGame:
    p, base = Params(**parameters), world_from(dict(state))
    costs = move_costs(base, p)
    worlds = [_world(base, *levels, p) for levels in STATES]
    worth = np.array([period_worth(world, p) for world in worlds])
    full = [next_rare_earth_stock(world, YEARS, p) / p.rare_earth_store for world in worlds]
    payoffs = np.zeros((len(STATES), 2, len(US_MOVES), len(BEIJING_MOVES)))
    transitions = np.zeros((len(STATES), len(US_MOVES), len(BEIJING_MOVES), len(STATES)))
    open_moves = np.zeros((len(STATES), 2, 3), bool)
    controls_after = {level: [_control(base, level, move, p) for move in US_MOVES] for level in CHIP_CONTROLS}
    restrictions_after = {level: [_restriction(base, level, move) for move in BEIJING_MOVES] for level in RESTRICTIONS}
    for s, (control, restriction, stock) in enumerate(STATES):
        controls, restrictions = controls_after[control], restrictions_after[restriction]
        open_moves[s] = [[c in CHIP_CONTROLS for c in controls], [r in RESTRICTIONS for r in restrictions]]
        for a, b in itertools.product(*(np.flatnonzero(moves) for moves in open_moves[s])):
            after = STATES.index((controls[a], restrictions[b], stock))
            payoffs[s, :, a, b] = worth[after] - (costs[0, a], costs[1, b])
            transitions[s, a, b, STATES.index((controls[a], restrictions[b], 1.0))] = full[after]
            transitions[s, a, b, STATES.index((controls[a], restrictions[b], 0.0))] = 1.0 - full[after]
        transitions[s][~(open_moves[s, 0][:, None] & open_moves[s, 1])] = np.eye(len(STATES))[s]
    discount = 1.0 - 12.0 * YEARS / p.look_ahead
    hostility = np.array([(us_hostility(world.us, p), beijing_hostility(world.beijing)) for world in worlds])
    game = make_stochastic_game(payoffs, transitions, discount, open_moves)
    return ReducedGame(game, np.array([p.us_precision, p.beijing_precision]), hostility)


def _world(base: World, chip_control: float, restriction: float, stock: float, p: Params) -> World:
    """Return the scenario's world with other levers and another stock."""
    levers = base.us._replace(chip_control=chip_control), base.beijing._replace(rare_earth_restriction=restriction)
    world = with_beijing(with_us(base, levers[0]), levers[1])
    return world._replace(stocks=base.stocks._replace(rare_earth_stock=stock * p.rare_earth_store))


def _control(base: World, level: float, move: UsMove, p: Params) -> float | None:
    """Return the chip control after a US move, or none if the move is not open."""
    world = with_us(base, base.us._replace(chip_control=level))
    return after_us(world, move, p).us.chip_control if us_can(move, world.us, p) else None


def _restriction(base: World, level: float, move: BeijingMove) -> float | None:
    """Return the restriction after a quarter's move of Beijing, or none if the move is not open."""
    world = with_beijing(base, base.beijing._replace(rare_earth_restriction=level))
    for _ in range(BEIJING_STEPS):
        if not beijing_can(move, world.beijing):
            return None
        world = after_beijing(world, move)
    return world.beijing.rare_earth_restriction


def period_worth(world: World, p: Params) -> tuple[float, float]:
    """Return what a quarter in a world is worth to the US and to Beijing, in $bn, stocks gained included."""
    market, voice = chip_market(world, p), voice_of(dealmaker_weight(world, p), p)
    after = expected_step(world, market, even_focus(), YEARS, p)
    seen, then = us_reading(world, market.nvidia_revenue), us_reading(after, 0.0)
    us = us_sum(UsTerms(*[0.0] * len(UsTerms._fields)), us_flow(seen, world, voice, p), YEARS)
    us = us_sum(us, us_future(seen, voice, p), -p.us_patience)
    us = us_sum(us, us_future(then, voice, p), p.us_patience)
    now, later = beijing_reading(world, market.huawei_units), beijing_reading(after, 0.0)
    beijing = beijing_sum(BeijingTerms(*[0.0] * len(BeijingTerms._fields)), beijing_flow(now, world, p), YEARS)
    beijing = beijing_sum(beijing, beijing_future(now, world, p), -p.beijing_patience)
    beijing = beijing_sum(beijing, beijing_future(later, after, p), p.beijing_patience)
    return total(us), total(beijing)


def move_costs(world: World, p: Params) -> Floats:
    """Return what each move costs the US and Beijing at once, in $bn, shape (2, moves); no truce, no summit."""
    voice = voice_of(dealmaker_weight(world, p), p)
    us = [total(us_costs(move, world, voice, p)._replace(summit=0.0, truce=0.0)) for move in US_MOVES]
    beijing = [total(beijing_costs(move, world, 0.0, p)._replace(truce=0.0)) for move in BEIJING_MOVES]
    return np.array([us, [BEIJING_STEPS * cost for cost in beijing]])


def start_policies(game: StochasticGame) -> Policy:
    """Return the policies in the order of STARTS, shape (3, states, 2, moves).

    Calm eases wherever it can, hot escalates wherever it can, and either holds where it cannot.
    """
    uniform = uniform_policy(game)
    calm, hot = (np.where(game.open_moves[..., [end]], np.eye(3)[end], np.eye(3)[1]) for end in (0, 2))
    return np.stack([calm, uniform, hot])


def stationary_equilibria(settings: Settings) -> Solution:
    """Return the logit equilibria that the three starts lead to, in the order of STARTS."""
    reduced = reduced_game(settings)
    return solve_logit(reduced.game, reduced.precision, start_policies(reduced.game))


VIEWS = ("from_calm", "from_hot", "long_run")  # means over the settings' months from a corner, and over all time


class Branches(NamedTuple):
    """Equilibria over a parameter, curve by curve, each in the order of its arclength; n points."""

    names: tuple[str, ...]  # swept together
    curve: NDArray[np.int64]  # of each point
    parameter: Floats
    hostility: Floats  # means of the US's and Beijing's, shape (n, views, 2)
    levers: Floats  # means of chip control, restriction and the stock's share of the store, shape (n, views, 3)
    payoffs: Floats  # means of the US's and Beijing's, in $bn per year, shape (n, views, 2)
    relaxation: Floats  # years in which the memory of the start falls to 1/e
    stable: NDArray[np.bool_]  # under the logit dynamics
    fold: NDArray[np.bool_]
    residual: Floats
    policies: Policy  # shape (n, states, 2, moves)
    complete: bool  # every curve was followed to its end

    @property
    def folds(self) -> Floats:
        """Return the parameter's values at the folds, in the order of the points."""
        return self.parameter[self.fold]


def branches(
    settings: Settings, names: str | Sequence[str], low: float, high: float, seeds: int = 13, longest: float = 0.12
) -> Branches:
    """Return the equilibria over [low, high] of one parameter, or of several set to the same value.

    At `seeds` values the three starts are solved; each equilibrium that no known curve passes through
    gets its curve traced. A curve that no start leads to at any of these values is missed.

    Raises
    ------
    BadInput
        If a name is unknown or an end is out of its range.
    """
    together = (names,) if isinstance(names, str) else tuple(names)
    for end in (low, high):
        checked_values(dict.fromkeys(together, end))

    def at(value: float) -> ReducedGame:
        swept = dict.fromkeys(together, value)
        return _game(
            {name: swept.get(name, old) for name, old in settings.parameters.items()},
            {name: swept.get(name, old) for name, old in settings.state.items()},
        )

    def family(value: float) -> tuple[StochasticGame, Floats]:
        return at(value)[:2]

    curves: list[Curve] = []
    values = np.linspace(low, high, seeds)
    games = [at(value) for value in values]
    batch = with_axis(stacked([each.game for each in games]))
    precision = np.stack([each.precision for each in games])[:, None]
    found = solve_logit(batch, precision, start_policies(games[0].game))
    for value, policies, residuals in zip(values, found.policy, found.residual, strict=True):
        for policy in policies[residuals < SOLVED]:
            known = [each for curve in curves for each in equilibria_on(curve, family, float(value))]
            if all(np.abs(policy - each).max() > 1e-6 for each in known):
                curves.append(trace(family, policy, float(value), low, high, longest))
    games = [at(value) for curve in curves for value in curve.parameters]
    return _described(together, curves, games, max(1, round(settings.months / (12 * YEARS))))


def _described(names: tuple[str, ...], curves: list[Curve], games: list[ReducedGame], periods: int) -> Branches:
    """Return the points of the curves with what they mean."""
    batch = stacked([each.game for each in games])
    policies = np.concatenate([curve.policies for curve in curves])
    chains = state_chain(batch, policies)
    share = np.concatenate([_visits(chains, periods), stationary_distribution(chains)[:, None]], axis=1)
    slowest = np.sort(np.abs(np.linalg.eigvals(chains)), axis=1)[:, -2]
    return Branches(
        names=names,
        curve=np.repeat(np.arange(len(curves)), [len(curve.parameters) for curve in curves]),
        parameter=np.concatenate([curve.parameters for curve in curves]),
        hostility=share @ np.stack([each.hostility for each in games]),
        levers=share @ np.array(STATES),
        payoffs=share @ period_payoffs(batch, policies) / YEARS,
        relaxation=-YEARS / np.log(slowest),
        stable=is_stable(batch, np.stack([each.precision for each in games]), policies),
        fold=np.concatenate([curve.folds for curve in curves]),
        residual=np.concatenate([curve.residuals for curve in curves]),
        policies=policies,
        complete=all(curve.complete for curve in curves),
    )


def _visits(chains: Floats, periods: int) -> Floats:
    """Return the mean share of time in each state from the calm and from the hot corner, shape (n, 2, states)."""
    now = np.broadcast_to(np.eye(len(STATES))[[STATES.index(CALM), STATES.index(HOT)]], (len(chains), 2, len(STATES)))
    spent = np.zeros(now.shape)
    for _ in range(periods):
        spent = spent + now / periods
        now = now @ chains
    return spent


def reduced_table(
    settings: Settings, names: str | Sequence[str] = RETALIATION, low: float = 0.0, high: float = 60.0, seeds: int = 13
) -> pd.DataFrame:
    """Return the branches as a table, from which alone the bifurcation diagram can be drawn.

    One row for each point, curve by curve, in the order along the curve. The swept names come first, then
    curve, order, branch, dominated, stable, fold, residual, relaxation (years); then, for each of VIEWS,
    the means hostility (of both sides), us_hostility, beijing_hostility, chip_control,
    rare_earth_restriction, rare_earth_stock (share of the store), us_value and beijing_value ($bn per year),
    as hostility_from_hot.

    `branch` goes by hostility from the hot corner: calm or hot where stable equilibria differ in it (or
    between), only where they do not, and unstable. A point is dominated if from the hot corner another
    stable equilibrium of other hostility at the same value is better for both.
    """
    found = branches(settings, names, low, high, seeds)
    order = np.concatenate([np.arange(count) for count in np.bincount(found.curve)])
    kinds, dominated = _compared(found)
    columns: dict[str, Any] = dict.fromkeys(found.names, found.parameter)
    columns |= {"curve": found.curve, "order": order, "branch": kinds, "dominated": dominated}
    columns |= {"stable": found.stable, "fold": found.fold, "residual": found.residual}
    columns |= {"relaxation": found.relaxation}
    for k, view in enumerate(VIEWS):
        columns[f"hostility_{view}"] = found.hostility[:, k].mean(axis=1)
        for named, means in (
            (("us_hostility", "beijing_hostility"), found.hostility),
            (("chip_control", "rare_earth_restriction", "rare_earth_stock"), found.levers),
            (("us_value", "beijing_value"), found.payoffs),
        ):
            columns |= {f"{name}_{view}": mean for name, mean in zip(named, means[:, k].T, strict=True)}
    return pd.DataFrame(columns)


def _compared(found: Branches) -> tuple[list[str], list[bool]]:
    """Return of each point its kind of branch, and whether another stable equilibrium there dominates it."""
    view = VIEWS.index("from_hot")
    measures = np.column_stack([found.hostility[:, view].mean(axis=1), found.payoffs[:, view]])
    pieces = _stable_pieces(found)
    kinds, dominated = [], []
    for value, stable, (own, *payoffs) in zip(found.parameter, found.stable, measures, strict=True):
        there = [
            [np.interp(value, *line) for line in _lines(found.parameter[piece], measures[piece])]
            for piece in pieces
            if found.parameter[piece].min() <= value <= found.parameter[piece].max()
        ]
        rivals = [rival for rival in there if abs(rival[0] - own) > APART]
        dominated.append(any(us > payoffs[0] and beijing > payoffs[1] for _, us, beijing in rivals))
        levels = [rival[0] for rival in there]
        if not stable:
            kinds.append("unstable")
        elif not rivals:
            kinds.append("only")
        elif own <= min(levels) + APART:
            kinds.append("calm")
        else:
            kinds.append("hot" if own >= max(levels) - APART else "between")
    return kinds, dominated


def _stable_pieces(found: Branches) -> list[slice]:
    """Return the stretches of at least two stable points between folds; over each the parameter runs one way."""
    breaks = np.flatnonzero((np.diff(found.curve) != 0) | (np.diff(found.stable) != 0) | found.fold[1:]) + 1
    turns = np.flatnonzero(found.fold) + 1
    ends = np.unique([0, *breaks, *turns, len(found.curve)])
    pieces = [slice(a, b) for a, b in itertools.pairwise(ends) if b - a > 1]
    return [piece for piece in pieces if found.stable[piece].all()]


def _lines(values: Floats, measures: Floats) -> list[tuple[Floats, Floats]]:
    """Return each measure over rising values, as np.interp wants them."""
    rising = np.argsort(values)
    return [(values[rising], measure[rising]) for measure in measures.T]
