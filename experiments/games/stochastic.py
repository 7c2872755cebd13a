"""Finite stochastic games of two players: stationary logit equilibria, their stability, branches and folds.

Sources: McKelvey and Palfrey 1995 (logit); Breitmoser, Tan and Zizzo 2010, Eibelshaeuser and Poensgen 2019
(logit Markov-perfect equilibrium); Keller 1977 (pseudo-arclength continuation).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...world.checks import BadInput

Floats = NDArray[np.float64]
Policy = NDArray[np.float64]  # shape (..., states, 2, moves): each player's chance of each move in each state
SOLVED = 1e-8  # the largest residual of what may be called an equilibrium
CORRECTED = 1e-10  # the residual of a point on a curve
FOLD_WIDTH = 1e-4  # of arclength
MOST_POINTS = 2000  # of a curve, each way


class StochasticGame(NamedTuple):
    """A game, or many at once along leading axes; the player with fewer moves has closed ones at the end."""

    payoffs: Floats  # shape (..., states, 2, moves, moves): of each player for a period, first player's move first
    transitions: Floats  # shape (..., states, moves, moves, states): chances of the next state
    discounts: Floats  # shape (..., 2): each player's, per period
    open_moves: NDArray[np.bool_]  # shape (..., states, 2, moves)


Family = Callable[[float], tuple[StochasticGame, Floats]]  # the game and the precision at a parameter's value


class Solution(NamedTuple):
    """Policies with the values they give; `residual` is the sup norm of policy - logit response."""

    policy: Policy
    values: Floats  # shape (..., states, 2)
    residual: Floats  # shape (...)


def make_stochastic_game(
    payoffs: Any, transitions: Any, discounts: Any, open_moves: NDArray[np.bool_] | None = None
) -> StochasticGame:
    """Return a stochastic game in which everything fits together.

    Parameters
    ----------
    payoffs : array_like
        Shape (..., states, 2, k1, k2).
    transitions : array_like
        Shape (..., states, k1, k2, states).
    discounts : float or array_like
        One for both players, or shape (..., 2); in [0, 1).
    open_moves : array of bool, optional
        Shape (..., states, 2, max(k1, k2)); every move is open if left out.

    Raises
    ------
    BadInput
        If shapes disagree, payoffs are not finite, chances do not sum to one, or a player has no move.
    """
    worth, chances = np.asarray(payoffs, np.float64), np.asarray(transitions, np.float64)
    shape = worth.shape[-4:]
    if len(shape) != 4 or shape[1] != 2:
        raise BadInput(f"payoffs have the shape {worth.shape}, not (..., states, 2, moves, moves)")
    states, _, first, second = shape
    if chances.shape[-4:] != (states, first, second, states):
        raise BadInput(f"transitions have the shape {chances.shape}, not (..., {states}, {first}, {second}, {states})")
    if not np.isfinite(worth).all():
        raise BadInput("a payoff is not a finite number")
    if not (chances >= 0).all() or np.abs(chances.sum(axis=-1) - 1).max() > 1e-9:
        raise BadInput("the chances of the next state are not all at least 0 with the sum 1")
    discount = np.broadcast_to(np.asarray(discounts, np.float64), np.broadcast_shapes(np.shape(discounts), (2,)))
    if not ((discount >= 0) & (discount < 1)).all():
        raise BadInput(f"a discount factor lies in [0, 1), not at {np.ravel(discounts)}")
    moves = max(first, second)
    there = np.zeros((states, 2, moves), bool)
    there[:, 0, :first] = there[:, 1, :second] = True
    if open_moves is not None:
        there = there & open_moves
    if not there.any(axis=-1).all():
        raise BadInput("a player has no move in some state")
    fill = [(0, moves - first), (0, moves - second)]
    worth = np.pad(worth, [(0, 0)] * (worth.ndim - 2) + fill)
    chances = np.pad(chances, [(0, 0)] * (chances.ndim - 3) + [*fill, (0, 0)])
    return StochasticGame(worth, chances, discount, there)


def stacked(games: list[StochasticGame]) -> StochasticGame:
    """Return games of one shape as one batch, along a new first axis."""
    return StochasticGame(*(np.stack(parts) for parts in zip(*games, strict=True)))


def with_axis(games: StochasticGame) -> StochasticGame:
    """Return a batch of games with a second axis of length 1, for several starts each."""
    return StochasticGame(
        games.payoffs[:, None], games.transitions[:, None], games.discounts[:, None], games.open_moves[:, None]
    )


def uniform_policy(game: StochasticGame) -> Policy:
    """Return the policy in which every open move is equally likely."""
    return np.asarray(game.open_moves / game.open_moves.sum(axis=-1, keepdims=True))


def pair_chances(policy: Policy) -> Floats:
    """Return the chance of each pair of moves, shape (..., states, moves, moves)."""
    return np.asarray(policy[..., 0, :, None] * policy[..., 1, None, :])


def state_chain(game: StochasticGame, policy: Policy) -> Floats:
    """Return the chances of the next state under a policy, shape (..., states, states)."""
    return np.asarray((_by_pair(pair_chances(policy))[..., None, :] @ _by_pair(game.transitions, 1))[..., 0, :])


def _by_pair(array: Floats, after: int = 0) -> Floats:
    """Return an array whose two axes of moves, with `after` axes behind them, are one."""
    end = array.ndim - after
    return array.reshape(*array.shape[: end - 2], -1, *array.shape[end:])


def stationary_distribution(chain: Floats) -> Floats:
    """Return the long-run share of time in each state of a chain with one recurrent class.

    >>> stationary_distribution(np.array([[0.9, 0.1], [0.3, 0.7]])).round(12).tolist()
    [0.75, 0.25]
    """
    states = chain.shape[-1]
    balance = np.swapaxes(chain, -1, -2) - np.eye(states)
    balance[..., -1, :] = 1.0
    return np.asarray(np.linalg.solve(balance, np.eye(states)[:, -1:])[..., 0])


def period_payoffs(game: StochasticGame, policy: Policy) -> Floats:
    """Return each player's expected payoff of a period in each state, shape (..., states, 2)."""
    return np.asarray((_by_pair(game.payoffs) @ _by_pair(pair_chances(policy))[..., None])[..., 0])


def policy_values(game: StochasticGame, policy: Policy) -> Floats:
    """Return what a policy is worth from each state on, shape (..., states, 2): V = u + discount P V."""
    chain, now = state_chain(game, policy), np.swapaxes(period_payoffs(game, policy), -1, -2)
    system = np.eye(chain.shape[-1]) - game.discounts[..., None, None] * chain[..., None, :, :]
    return np.asarray(np.swapaxes(np.linalg.solve(system, now[..., None])[..., 0], -1, -2))


def stage_payoffs(game: StochasticGame, values: Floats) -> Floats:
    """Return u + discount P V for each pair of moves, shape (..., states, 2, moves, moves)."""
    states, moves = game.transitions.shape[-1], game.transitions.shape[-2]
    rows = game.transitions.reshape(*game.transitions.shape[:-4], -1, states)
    later = np.swapaxes(rows @ (game.discounts[..., None, :] * values), -1, -2)
    later = np.swapaxes(later.reshape(*later.shape[:-1], states, moves, moves), -3, -4)
    return np.asarray(game.payoffs + later)


def move_values(stage: Floats, policy: Policy) -> Floats:
    """Return what each move is worth against the other's policy, shape (..., states, 2, moves)."""
    first = stage[..., 0, :, :] @ policy[..., 1, :, None]
    second = policy[..., 0, None, :] @ stage[..., 1, :, :]
    return np.stack([first[..., 0], second[..., 0, :]], axis=-2)


def logit_choice(values: Floats, open_moves: NDArray[np.bool_], precision: Floats) -> Policy:
    """Return chances proportional to exp(precision value) over the open moves; precision of shape (..., 2)."""
    weighed = np.where(open_moves, precision[..., None, :, None] * values, -np.inf)
    shares = np.exp(weighed - weighed.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def logit_response(game: StochasticGame, precision: Floats, policy: Policy) -> Policy:
    """Return the logit response to a policy that is expected to last."""
    stage = stage_payoffs(game, policy_values(game, policy))
    return logit_choice(move_values(stage, policy), game.open_moves, precision)


def logit_residual(game: StochasticGame, precision: Floats, policy: Policy) -> Floats:
    """Return the sup norm of policy - logit response, shape (...); 0 if and only if it is an equilibrium."""
    return np.asarray(np.abs(policy - logit_response(game, precision, policy)).max(axis=(-3, -2, -1)))


def response_slope(game: StochasticGame, precision: Floats, policy: Policy) -> Floats:
    r"""Return the derivative of the logit response by the policy, shape (..., n, n), n = states x 2 x moves.

        dV_i / d chance_j(t, b) = (1 - discount P)^-1 (s, t) W_ij(t, b)

    where W_ij(t, b) is what it is worth to i that j plays b in t.
    """
    batch = np.broadcast_shapes(policy.shape[:-3], game.payoffs.shape[:-4], game.discounts.shape[:-1])
    states, _, moves = policy.shape[-3:]
    stage = stage_payoffs(game, policy_values(game, policy))
    worth = move_values(stage, policy)
    response = logit_choice(worth, game.open_moves, precision)
    first, second = policy[..., 0, :], policy[..., 1, :]
    to_other = np.stack(
        [(first[..., None, :] @ stage[..., 0, :, :])[..., 0, :], (stage[..., 1, :, :] @ second[..., None])[..., 0]], -2
    )
    chain = state_chain(game, policy)
    lasting = np.linalg.inv(np.eye(states) - game.discounts[..., None, None] * chain[..., None, :, :])
    slope = np.zeros((*batch, states, 2, moves, states, 2, moves))
    here = np.arange(states)
    for i in (0, 1):
        if i == 0:
            follows = (second[..., None, None, :] @ game.transitions)[..., 0, :]
        else:
            follows = (first[..., None, None, :] @ np.swapaxes(game.transitions, -3, -2))[..., 0, :]
        reached = follows @ lasting[..., None, i, :, :]
        reached = game.discounts[..., i, None, None, None] * reached  # shape (..., states, moves, states)
        for j in (0, 1):
            by_play = worth[..., i, :] if i == j else to_other[..., i, :]
            part = reached[..., None] * by_play[..., None, None, :, :]
            if i != j:
                direct = stage[..., i, :, :] if i == 0 else np.swapaxes(stage[..., i, :, :], -1, -2)
                part[..., here, :, here, :] += np.moveaxis(direct, -3, 0)
            slope[..., :, i, :, :, j, :] = part
    size = states * 2 * moves
    flat = slope.reshape(*batch, states, 2, moves, size)
    flat -= response[..., None, :] @ flat
    flat *= (precision[..., None, :, None] * response)[..., None]
    return flat.reshape(*batch, size, size)


def is_stable(game: StochasticGame, precision: Floats, policy: Policy) -> NDArray[np.bool_]:
    """Return whether the logit dynamics, d policy / dt = response - policy, come back to an equilibrium."""
    growth = np.linalg.eigvals(response_slope(game, precision, policy)).real.max(axis=-1) - 1.0
    return np.asarray(growth < 0.0)


def solve_logit(
    game: StochasticGame, precision: Floats, start: Policy, sweeps: int = 400, damping: float = 0.3
) -> Solution:
    """Return stationary logit equilibria, one for each game and start along the leading axes.

    Damped iteration of the response leads from the start into a basin; Newton steps, halved until the
    residual falls, finish. Look at `residual`: what stays above SOLVED is no equilibrium.

    Parameters
    ----------
    game : StochasticGame
    precision : array
        Shape (2,) or (..., 2), per unit of payoff.
    start : Policy
        Leading axes broadcast against the game's.
    sweeps, damping : int, float
        Of the iteration.
    """
    batch = np.broadcast_shapes(start.shape[:-3], game.payoffs.shape[:-4], game.discounts.shape[:-1],
                                precision.shape[:-1])  # fmt: skip
    policy = np.broadcast_to(start, batch + start.shape[-3:]).copy()
    for _ in range(sweeps):
        response = logit_response(game, precision, policy)
        moved = np.abs(response - policy).max()
        policy += damping * (response - policy)
        if moved < 1e-4:
            break
    size = int(np.prod(policy.shape[-3:]))
    residual = logit_residual(game, precision, policy)
    for _ in range(40):
        if (residual < 1e-13).all():
            break
        gap = (policy - logit_response(game, precision, policy)).reshape(*batch, size, 1)
        step = np.linalg.solve(np.eye(size) - response_slope(game, precision, policy), gap).reshape(policy.shape)
        share = np.ones(batch)
        for _ in range(20):
            trial = policy - share[..., None, None, None] * step
            reached = logit_residual(game, precision, trial)
            worse = reached > residual
            if not worse.any():
                break
            share = np.where(worse, share / 2, share)
        better = reached < residual
        if not better.any():
            break
        policy = np.where(better[..., None, None, None], trial, policy)
        residual = np.where(better, reached, residual)
    return Solution(policy, policy_values(game, policy), residual)


class Curve(NamedTuple):
    """A connected curve of equilibria over one parameter, in the order of its arclength."""

    parameters: Floats  # shape (points,)
    policies: Policy  # shape (points, states, 2, moves)
    residuals: Floats  # shape (points,)
    folds: NDArray[np.bool_]  # where the curve turns back
    complete: bool  # both ends lie on the ends of the interval, or the curve is closed


class _Point(NamedTuple):
    place: Floats  # the policy, flat, and the parameter's share of the way from low to high
    tangent: Floats  # of length 1
    fold: bool = False


class _Path:
    """The equations of an equilibrium over an interval: policy - logit response = 0."""

    def __init__(self, family: Family, low: float, high: float, shape: tuple[int, ...]) -> None:
        self.low, self.high, self.shape = low, high, shape
        self.game = lru_cache(4)(lambda share: family(low + share * (high - low)))

    def gap(self, place: Floats) -> Floats:
        game, precision = self.game(place[-1])
        policy = place[:-1].reshape(self.shape)
        return np.asarray((policy - logit_response(game, precision, policy)).ravel())

    def slope(self, place: Floats) -> Floats:
        game, precision = self.game(place[-1])
        return np.eye(place.size - 1) - response_slope(game, precision, place[:-1].reshape(self.shape))

    def by_parameter(self, place: Floats) -> Floats:
        shift = 1e-6 if place[-1] < 0.5 else -1e-6
        return np.asarray((self.gap(np.append(place[:-1], place[-1] + shift)) - self.gap(place)) / shift)

    def corrected(self, place: Floats, normal: Floats) -> Floats | None:
        """Return where the curve meets the plane through `place` with this normal; none if Newton gets nowhere.

        Games are what costs, one for each value of the parameter: its derivative is taken once.
        """
        if not 0 <= place[-1] <= 1:
            return None
        start, by_parameter = place, self.by_parameter(place)
        for _ in range(8):
            gap = np.append(self.gap(place), normal @ (place - start))
            if np.abs(gap).max() < CORRECTED:
                return place
            equations = np.column_stack([self.slope(place), by_parameter])
            place = place - np.linalg.solve(np.vstack([equations, normal]), gap)
            if not 0 <= place[-1] <= 1:
                return None
        return None

    def point(self, place: Floats, before: Floats) -> _Point:
        """Return the point at `place`; its tangent goes on where `before` went."""
        equations = np.column_stack([self.slope(place), self.by_parameter(place)])
        ahead = np.linalg.solve(np.vstack([equations, before]), np.eye(place.size)[-1])
        return _Point(place, ahead / np.linalg.norm(ahead))

    def step(self, point: _Point, length: float) -> _Point | None:
        """Return the point about `length` further on, or none if the curve bends too much for such a step."""
        place = self.corrected(point.place + length * point.tangent, point.tangent)
        if place is None or np.linalg.norm(place - point.place) > 1.5 * length:
            return None
        after = self.point(place, point.tangent)
        return after if after.tangent @ point.tangent > 0.8 else None

    def fold(self, point: _Point, length: float) -> _Point | None:
        """Return the fold within a step, by bisection of the arclength."""
        near, far, found = 0.0, length, None
        while far - near > FOLD_WIDTH:
            middle = (near + far) / 2
            trial = self.step(point, middle)
            if trial is None:
                return None
            if trial.tangent[-1] * point.tangent[-1] > 0:
                near = middle
            else:
                far, found = middle, trial
        return found._replace(fold=True) if found else None

    def end(self, point: _Point) -> _Point | None:
        """Return the point at the end of the interval that the tangent reaches next."""
        share = float(point.tangent[-1] > 0)
        length = (share - point.place[-1]) / point.tangent[-1]
        place = point.place + length * point.tangent
        place[-1] = share
        place = self.corrected(place, np.eye(place.size)[-1])
        if place is None or np.linalg.norm(place - point.place) > 2 * length:
            return None
        return self.point(place, point.tangent)

    def walk(self, start: _Point, longest: float) -> tuple[list[_Point], str]:
        """Return the points after `start`, and how the walk ended: at the end, closed or stuck."""
        points: list[_Point] = []
        point, length = start, longest / 8
        while len(points) < MOST_POINTS and length > 1e-7:
            ahead = (point.place + length * point.tangent)[-1]
            if not 0 <= ahead <= 1:
                last = self.end(point)
                if last is not None:
                    return [*points, last], "end"
                length /= 2
                continue
            after = self.step(point, length)
            if after is None:
                length /= 2
                continue
            if after.tangent[-1] * point.tangent[-1] < 0:
                fold = self.fold(point, length)
                if fold is None:
                    length /= 2
                    continue
                points.append(fold)
            points.append(after)
            if (
                len(points) > 3
                and np.linalg.norm(after.place - start.place) < length
                and after.tangent @ start.tangent > 0.5
            ):
                return points, "closed"
            if after.tangent @ point.tangent > 0.95:
                length = min(1.5 * length, longest)
            point = after
        return points, "stuck"


NOWHERE: list[_Point] = []  # beyond an end of the interval


def trace(family: Family, policy: Policy, parameter: float, low: float, high: float, longest: float = 0.25) -> Curve:
    """Return the whole curve of equilibria through one of them, by pseudo-arclength continuation.

    The curve is followed both ways, past its folds and along unstable parts, to the ends of [low, high].
    A fold is where the parameter turns back; bisection brackets its arclength to FOLD_WIDTH, so that the
    parameter, which is flat there, is right to about the square of that, times high - low.

    Parameters
    ----------
    family : callable
        Returns the game and the precision at a value of the parameter.
    policy : Policy
        An equilibrium at `parameter`, shape (states, 2, moves).
    longest : float
        The longest step, in units in which a chance and the interval have length 1.

    Raises
    ------
    BadInput
        If the policy is no equilibrium.
    """
    path = _Path(family, low, high, policy.shape)
    place = np.append(policy.ravel(), (parameter - low) / (high - low))
    if np.abs(path.gap(place)).max() > SOLVED:
        raise BadInput(f"the policy to start from is no equilibrium at {parameter:g}")
    start = path.point(place, np.eye(place.size)[-1])
    ahead, how = path.walk(start, longest) if place[-1] < 1 else (NOWHERE, "end")
    behind, how_behind = NOWHERE, "end"
    if how != "closed" and place[-1] > 0:
        behind, how_behind = path.walk(start._replace(tangent=-start.tangent), longest)
    elif how == "closed":
        ahead = [*ahead, start]
    points = [*reversed(behind), start, *ahead]
    places = np.array([point.place for point in points])
    residuals = np.array([np.abs(path.gap(each)).max() for each in places])
    return Curve(
        low + places[:, -1] * (high - low),
        places[:, :-1].reshape(-1, *policy.shape),
        residuals,
        np.array([point.fold for point in points]),
        "stuck" not in (how, how_behind),
    )


def equilibria_on(curve: Curve, family: Family, parameter: float) -> list[Policy]:
    """Return the equilibria of a curve at one value of the parameter."""
    game, precision = family(parameter)
    left, right = curve.parameters[:-1], curve.parameters[1:]
    found = []
    for k in np.flatnonzero((np.minimum(left, right) <= parameter) & (parameter <= np.maximum(left, right))):
        share = (parameter - left[k]) / (right[k] - left[k])
        between = (1 - share) * curve.policies[k] + share * curve.policies[k + 1]
        solution = solve_logit(game, precision, between, sweeps=0)
        if solution.residual < SOLVED:
            found.append(solution.policy)
    return found
