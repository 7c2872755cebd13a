"""Evolutionary dynamics over a normal-form game: replicator flow, basins, Moran process and α-rank.

Time runs in units in which each player's payoffs span 1, so that paths, basins and eigenvalues of
games in other currencies compare. Each player is a population of its own unless said otherwise.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...world.checks import BadInput
from .game import Payoffs, Profile, deviation_payoffs, payoff_range

Array = NDArray[np.float64]
HORIZON = 1000.0  # a gap of 1 % of the range has then made odds of e^10
NEAR = 0.01  # the distance in probability at which a flow has arrived, if it also rests
RESTING = 1e-3  # speed in probability; a circle that wide is smaller than NEAR
FLAT = 1e-8  # an eigenvalue below this may be a rounded 0: that of a double 0 is the root of a rounding error
NEVER = -1e9  # the logarithm of a probability that is 0 and stays 0


def scaled(table: Payoffs) -> Payoffs:
    """Return the payoffs divided by each player's range; a player who cannot gain keeps its own."""
    span = payoff_range(table)
    return table / np.where(span > 0, span, 1.0).reshape(-1, *[1] * (table.ndim - 1))


def replicator(table: Payoffs, profile: Profile) -> Profile:
    """Return the velocity of the replicator flow, one population a player (Taylor & Jonker 1978).

    From a symmetric profile of a symmetric game it is the flow of a single population.

    >>> prisoners = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
    >>> half = np.array([0.5, 0.5])
    >>> [v.round(3).tolist() for v in replicator(prisoners, (half, half))]
    [[-0.075, 0.075], [-0.075, 0.075]]
    """
    table = scaled(table)
    worth = [deviation_payoffs(table, profile, i) for i in range(len(profile))]
    return tuple(x * (u - u @ x) for x, u in zip(profile, worth, strict=True))


def _flow(table: Payoffs) -> Callable[[float, Array], Array]:
    """Return d log x / dt of many profiles at once; a column is a profile, all players one below the other.

    In logarithms no probability leaves [0, 1], and near a strict equilibrium the flow is a straight line.
    Sums of probabilities may drift by errors of integration; they are divided out.
    """
    players = range(len(table))
    flat = [np.moveaxis(own, i, 0).reshape(own.shape[i], -1) for i, own in enumerate(scaled(table))]

    def velocity(_time: float, logs: Array) -> Array:
        chances = _as_profiles(table, logs)
        growth = np.empty_like(logs)
        low = 0
        for i in players:
            others = np.ones((1, logs.shape[1]))
            for j in players:
                if j != i:
                    others = (others[:, None] * chances[j]).reshape(-1, logs.shape[1])
            worth = flat[i] @ others
            growth[low : low + len(worth)] = worth - (worth * chances[i]).sum(axis=0)
            low += len(worth)
        return growth

    return velocity


def _integrated(table: Payoffs, logs: Array, times: Sequence[float] | Array, accuracy: float) -> Array:
    """Return the logarithms at each of the times: (strategies of all players, profiles, times)."""
    from scipy.integrate import solve_ivp

    velocity = _flow(table)
    solved = solve_ivp(
        lambda t, flat: velocity(t, flat.reshape(logs.shape)).ravel(),
        (times[0], times[-1]),
        logs.ravel(),
        method="DOP853",
        t_eval=times,
        rtol=accuracy,
        atol=accuracy,
    )
    return np.asarray(solved.y).reshape(*logs.shape, -1)


def _as_profiles(table: Payoffs, logs: Array) -> Profile:
    """Return for each player the probabilities of its strategies, a row each."""
    chances = np.exp(logs)
    parts = []
    low = 0
    for size in table.shape[1:]:
        part = chances[low : low + size]
        parts.append(part / part.sum(axis=0))
        low += size
    return tuple(parts)


def _logs(profile: Sequence[Array]) -> Array:
    """Return the logarithms of probabilities, all players one below the other."""
    chances = np.concatenate(profile)
    return np.where(chances > 0, np.log(np.where(chances > 0, chances, 1.0)), NEVER)


def replicator_path(table: Payoffs, start: Profile, horizon: float = 100.0, points: int = 201) -> tuple[Array, Profile]:
    """Return the times, and for each player its probabilities at them: (points, strategies)."""
    times = np.linspace(0.0, horizon, points)
    logs = _integrated(table, _logs(start)[:, None], times, 1e-10)
    return times, tuple(chances.T for chances in _as_profiles(table, logs[:, 0]))


def rest_point(table: Payoffs, start: Profile, horizon: float = HORIZON) -> Profile | None:
    """Return where the flow from a start has come to rest at the horizon, or None if it still moves."""
    _, path = replicator_path(table, start, horizon, 2)
    end = tuple(chances[-1] for chances in path)
    return end if max(np.abs(v).max() for v in replicator(table, end)) < 1e-6 else None


def traps(table: Payoffs, equilibria: Sequence[Profile]) -> Array:
    """Return how far from each equilibrium the flow surely ends there; 0 if it is not strict.

    A strict equilibrium loses at least a gap g by any deviation, and in the scaled game nobody gains
    more than 1. So if every other player keeps to it with a chance c, and c^(n-1) > 1 / (1 + g), it
    stays the best reply of all: the flow cannot leave, and nothing else is left to be played.
    """
    table = scaled(table)
    reach = []
    for profile in equilibria:
        gaps = []
        for i, chances in enumerate(profile):
            worth = deviation_payoffs(table, profile, i)
            place = int(np.argmax(chances))
            gaps.append(float(np.min(np.delete(worth[place] - worth, place), initial=np.inf)))
        strict = all(chances.max() > 1 - 1e-9 for chances in profile) and min(gaps) > 0
        others = max(len(profile) - 1, 1)
        reach.append(1.0 - (1.0 + min(gaps)) ** (-1.0 / others) if strict else 0.0)
    return np.array(reach)


def basin_shares(
    table: Payoffs, equilibria: Sequence[Profile], starts: int = 512, seed: int = 0, horizon: float = HORIZON
) -> Array:
    """Return the share of random starts from which the replicator flow ends at each equilibrium.

    Starts are uniform on the simplices, Dirichlet(1); a share p has the standard error √(p(1-p)/starts).
    A start belongs to a strict equilibrium as soon as it surely ends there (see `traps`), to another if
    it rests within 0.01 of it at the horizon. The last number is the share that ends at none: on a cycle,
    on a continuum of rest points away from the listed ones, or not yet anywhere.
    """
    rng = np.random.default_rng(seed)
    logs = _logs([rng.dirichlet(np.ones(size), starts).T for size in table.shape[1:]])
    homes = np.array([np.concatenate(profile) for profile in equilibria]).reshape(-1, len(logs), 1)
    reach = traps(table, equilibria)[:, None]
    counts = np.zeros(len(equilibria) + 1)
    now = 0.0
    for then in horizon / 2.0 ** np.arange(6, -1, -1):
        logs = _integrated(table, logs, (now, then), 1e-5)[:, :, -1]
        chances = np.concatenate(_as_profiles(table, logs))
        apart = np.abs(chances - homes).max(axis=1)
        inside = apart <= reach
        if then == horizon:
            speed = np.abs(chances * _flow(table)(then, logs)).max(axis=0)
            inside |= (apart <= NEAR) & (speed <= RESTING)
        arrived = inside.any(axis=0)
        if equilibria:
            nearest = np.where(inside, apart, np.inf)[:, arrived].argmin(axis=0)
            counts[:-1] += np.bincount(nearest, minlength=len(equilibria))
        logs, now = logs[:, ~arrived], then
        if not logs.size:
            break
    counts[-1] = logs.shape[1]
    return counts / starts


def jacobian(table: Payoffs, profile: Profile) -> Array:
    """Return the derivatives of the replicator velocity, all players side by side."""
    table = scaled(table)
    sizes = [len(chances) for chances in profile]
    ends = np.cumsum([0, *sizes])
    spans = [slice(low, high) for low, high in itertools.pairwise(ends)]
    matrix = np.zeros((ends[-1], ends[-1]))
    for i, x in enumerate(profile):
        worth = deviation_payoffs(table, profile, i)
        matrix[spans[i], spans[i]] = np.diag(worth - worth @ x) - np.outer(x, worth)
        for j, size in enumerate(sizes):
            if j != i:
                against = [(*profile[:j], pure, *profile[j + 1 :]) for pure in np.eye(size)]
                pairs = np.column_stack([deviation_payoffs(table, each, i) for each in against])
                matrix[spans[i], spans[j]] = x[:, None] * (pairs - x @ pairs)
    return matrix


def largest_eigenvalue(table: Payoffs, profile: Profile, symmetric: bool = False) -> float:
    """Return the largest real part of the eigenvalues of the replicator flow at a rest point.

    The profile is asymptotically stable if it is below 0, and unstable if it is above. Only
    perturbations inside the simplices count. With one population a player only strict equilibria are
    stable, and a mixed one has at best 0 (Ritzberger & Weibull 1995). `symmetric` means one population
    that plays a symmetric game against itself: all players are perturbed alike.

    >>> hawk = np.array([[-0.5, 2.0], [0.0, 1.0]])
    >>> mixed = np.array([2 / 3, 1 / 3])
    >>> [round(largest_eigenvalue(np.array([hawk, hawk.T]), (mixed, mixed), alike), 6) for alike in (False, True)]
    [0.133333, -0.133333]
    """
    blocks = [_sum_zero(len(chances)) for chances in profile]
    if symmetric:
        basis = np.vstack(blocks) / math.sqrt(len(profile))
    else:
        from scipy.linalg import block_diag

        basis = block_diag(*blocks)
    if not basis.shape[1]:
        return -math.inf  # nobody has a choice
    largest = float(np.linalg.eigvals(basis.T @ jacobian(table, profile) @ basis).real.max())
    return largest if abs(largest) > FLAT else 0.0


def _sum_zero(size: int) -> Array:
    """Return an orthonormal basis, as columns, of the vectors whose sum is 0."""
    return np.asarray(np.linalg.qr(np.column_stack([np.ones(size), np.eye(size)[:, 1:]]))[0][:, 1:])


# Finite populations


def _log_fixation(edges: Array, strength: float) -> Array:
    """Return log ρ by the payoff edges of the mutants when 1, 2, .. are there, along the last axis."""
    logs = np.zeros((*edges.shape[:-1], edges.shape[-1] + 1))
    logs[..., 1:] = -strength * np.cumsum(edges, axis=-1)
    return -np.asarray(np.logaddexp.reduce(logs, axis=-1))


def _log_fixation_of_gains(gains: Array, population: int, strength: float) -> Array:
    """Return log ρ by an edge that is the same however many mutants are there."""
    pull = strength * np.abs(gains)
    drawn = np.where(pull > 0, pull, 1.0)
    logs = np.log(np.expm1(-drawn) / np.expm1(-population * drawn)) + (population - 1) * strength * np.minimum(gains, 0)
    return np.where(pull > 0, logs, -math.log(population))


def _edges(worth: Array, population: int) -> Array:
    """Return the edge of 1, 2, .. mutants over the residents in one population without self-play.

    `worth` is shaped (.., 2, 2), the mutant first.
    """
    mutants = np.arange(1, population)
    residents = population - mutants
    mm, mr, rm, rr = (worth[..., i, j, None] for i in (0, 1) for j in (0, 1))
    return np.asarray(((mutants - 1) * mm + residents * mr - mutants * rm - (residents - 1) * rr) / (population - 1))


def fixation_probability(worth: Any, population: int, strength: float) -> float:
    """Return the chance that one mutant takes over a population of residents.

    Moran process with pairwise comparison: a player copies another with the chance
    1 / (1 + exp(-strength × payoff edge)) (Traulsen, Nowak & Pacheco 2006).

    Parameters
    ----------
    worth : (2, 2)
        The row player's payoffs, the mutant's strategy first.
    population, strength
        Number of players; selection strength per unit of payoff.

    >>> round(fixation_probability([[-0.5, 2.0], [0.0, 1.0]], population=20, strength=0.1), 10)
    0.0842319861
    """
    _check_population(population, strength)
    return math.exp(_log_fixation(_edges(np.asarray(worth, np.float64), population), strength))


def alpha_rank(table: Payoffs, population: int = 50, strength: float = 1.0) -> Array:
    """Return how long evolution stays at each pure profile, one population a player; its sum is 1.

    Stationary distribution of α-rank (Omidshafiei et al. 2019), in the shape of the profiles. `strength`
    is per unit of payoff. Any strength will do: as it grows, only sinks of the better replies remain.

    >>> stags = np.array([[[4.0, 0.0], [3.0, 2.0]], [[4.0, 3.0], [0.0, 2.0]]])
    >>> alpha_rank(stags, population=20, strength=0.5).round(3).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    _check_population(population, strength)
    shape = table.shape[1:]
    count = math.prod(shape)
    places = np.indices(shape).reshape(len(shape), -1)
    chain = np.full((count, count), -np.inf)
    for i, own in enumerate(table):
        others = np.delete(places, i, axis=0)
        moves = (others[:, :, None] == others[:, None, :]).all(axis=0) & ~np.eye(count, dtype=bool)
        gains = (own.ravel()[None, :] - own.ravel()[:, None])[moves]
        chain[moves] = _log_fixation_of_gains(gains, population, strength)
    return np.exp(_log_stationary(chain)).reshape(shape)


def alpha_rank_symmetric(worth: Any, population: int = 50, strength: float = 1.0) -> Array:
    """Return how long one population stays at each strategy of a symmetric game for two; its sum is 1.

    `worth` holds the row player's payoffs; members meet all others but not themselves.
    """
    _check_population(population, strength)
    worth = np.asarray(worth, np.float64)
    resident, mutant = np.indices(worth.shape)
    pairs = np.array(
        [[worth[mutant, mutant], worth[mutant, resident]], [worth[resident, mutant], worth[resident, resident]]]
    )
    chain = _log_fixation(_edges(np.moveaxis(pairs, (0, 1), (-2, -1)), population), strength)
    np.fill_diagonal(chain, -np.inf)
    return np.exp(_log_stationary(chain))


def _log_stationary(chain: Array) -> Array:
    """Return the logarithms of the stationary distribution by those of the chances to move.

    The elimination of Grassmann, Taksar & Heyman (1985): nothing is subtracted, so that in logarithms
    even chances below the smallest number leave a definite answer. Chances may have any common factor.
    """
    if len(chain) == 1:
        return np.zeros(1)
    left = chain.copy()
    for last in range(len(left) - 1, 0, -1):
        left[:last, last] -= np.logaddexp.reduce(left[last, :last])
        left[:last, :last] = np.logaddexp(left[:last, :last], left[:last, last, None] + left[None, last, :last])
    logs = np.zeros(1)
    for new in range(1, len(left)):
        logs = np.append(logs, np.logaddexp.reduce(logs + left[:new, new]))
    return np.asarray(logs - np.logaddexp.reduce(logs))


def _check_population(population: int, strength: float) -> None:
    """Raise BadInput if there is nobody to copy, or copying prefers the worse."""
    if population < 2:
        raise BadInput(f"population is {population}; allowed: 2 or more")
    if not 0.0 <= strength < math.inf:
        raise BadInput(f"strength is {strength}; allowed: 0 or more")


# What equilibria are worth


def pareto_dominators(payoffs: Any, tolerance: float = 0.0) -> list[int]:
    """Return for each equilibrium the place of one that Pareto-dominates it, or -1.

    One dominates another if no player loses more than the tolerance and one gains more than it; of
    several the one with the largest sum is named. `payoffs` has a row an equilibrium, a column a player.

    >>> pareto_dominators([[4, 4], [2, 2], [5, 1]])
    [-1, 0, -1]
    """
    worth = np.asarray(payoffs, np.float64)
    named = []
    for own in worth:
        better = (worth >= own - tolerance).all(axis=1) & (worth > own + tolerance).any(axis=1)
        named.append(int(np.where(better, worth.sum(axis=1), -np.inf).argmax()) if better.any() else -1)
    return named


def welfare_ratio(table: Payoffs, profile: Profile) -> float:
    """Return the sum of payoffs as a share of the way from the worst sum of any profile to the best.

    So it lies in [0, 1] whatever the signs and zeros of payoffs; if all profiles have the same sum, it is 1.

    >>> prisoners = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
    >>> welfare_ratio(prisoners, (np.array([0.0, 1.0]), np.array([0.0, 1.0])))
    0.0
    """
    total = table.sum(axis=0)
    here = float(deviation_payoffs(total[None], profile, 0) @ profile[0])
    low, high = float(total.min()), float(total.max())
    return (here - low) / (high - low) if high > low else 1.0
