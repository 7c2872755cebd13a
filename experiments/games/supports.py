"""Equilibria by their supports: a rough profile made exact, and a search through the supports of a small game."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from .game import Payoffs, Profile, deviation_payoffs, regrets

CERTAIN = 1e-9  # a regret below this share of the player's payoff range is none
SAME = 1e-7  # profiles closer than this in every probability are one
STARTS = 12  # of Newton's method in each support
ROUNDS = 40
BLOCK = 2_000_000  # numbers in a batch

Support = tuple[NDArray[np.intp], ...]  # of each player the places of the strategies it plays


def normalised(table: Payoffs) -> Payoffs:
    """Return the same game with every player's payoffs between 0 and 1, or all 0 if they are all the same."""
    flat = table.reshape(len(table), -1)
    low, high = flat.min(axis=1), flat.max(axis=1)
    shape = (-1, *[1] * (table.ndim - 1))
    return np.asarray((table - low.reshape(shape)) / np.where(high > low, high - low, 1.0).reshape(shape))


def pair_payoffs(table: Payoffs, profile: Profile, player: int, other: int) -> NDArray[np.float64]:
    """Return what each strategy is worth to a player against each strategy of another, the rest keeping to the profile.

    Shape (strategies of the player, strategies of the other).
    """
    worth = table[player]
    for third in reversed(range(len(profile))):
        if third not in (player, other):
            worth = np.moveaxis(worth, third, -1) @ profile[third]
    return np.asarray(worth if player < other else worth.T)


def certified(table: Payoffs, profile: Profile, most: float = CERTAIN) -> bool:
    """Return whether a profile of a normalised game is an equilibrium: no regret is above `most`."""
    return bool(regrets(table, profile).max() <= most)


def same(first: Profile, second: Profile) -> bool:
    """Return whether two profiles are one."""
    return all(bool((np.abs(a - b) < SAME).all()) for a, b in zip(first, second, strict=True))


def polished(table: Payoffs, profile: Profile) -> Profile | None:
    """Return the equilibrium next to a rough one of a normalised game, or None if there is none.

    What is played hardly ever is dropped, and Newton's method makes the rest exactly indifferent.
    """
    for least in (1e-2, 1e-3, 1e-4, 1e-6, 1e-9):
        support = tuple(np.flatnonzero(chances > least * chances.max()) for chances in profile)
        sharp = _indifferent(table, profile, support)
        if sharp is not None and certified(table, sharp):
            return sharp
    return None


def _indifferent(table: Payoffs, profile: Profile, support: Support) -> Profile | None:
    """Return the profile near a rough one that makes each player indifferent within the support."""
    inner = np.stack([worth[np.ix_(*support)] for worth in table])
    sizes = [len(places) for places in support]
    rough = [chances[places] / chances[places].sum() for chances, places in zip(profile, support, strict=True)]
    values = [deviation_payoffs(inner, tuple(rough), i).mean() for i in range(len(sizes))]
    x = np.concatenate([*rough, values])
    last = math.inf
    for _ in range(ROUNDS):
        gap, slope = _system(inner[None], x[None, :], sizes)
        step = np.linalg.lstsq(slope[0], -gap[0], rcond=1e-10)[0]
        x = x + step
        size = float(np.abs(step).max())
        if not size < 1e3:
            return None
        if size < 1e-14 or (size < 1e-9 and size >= last):  # as sharp as it gets
            break
        last = size
    parts = np.split(x, np.cumsum(sizes))[:-1]
    if min(part.min() for part in parts) < -1e-12:
        return None
    return _widened(table, support, parts)


def _system(
    inner: Payoffs, x: NDArray[np.float64], sizes: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the equations of indifference and their slopes for a batch of games and points.

    `inner` has the shape (batch, players, strategies of the first, ..., of the last). A point holds the probabilities
    of all players and then what the game is worth to each of them. The equations: each strategy is worth that
    (deviation payoff - value = 0), and each player's probabilities sum to 1.
    """
    players, total = len(sizes), sum(sizes)
    places = np.concatenate(([0], np.cumsum(sizes)))
    chances = [x[:, places[i] : places[i + 1]] for i in range(players)]
    gap = np.empty_like(x)
    slope = np.zeros((len(x), x.shape[1], x.shape[1]))
    for i in range(players):
        mine = slice(places[i], places[i + 1])
        for k in range(players):
            if k != i:
                worth = _contracted(inner[:, i], chances, i, k)
                slope[:, mine, places[k] : places[k + 1]] = worth
                gap[:, mine] = np.einsum("zjk,zk->zj", worth, chances[k]) - x[:, total + i, None]
        slope[:, mine, total + i] = -1.0
        gap[:, total + i] = chances[i].sum(axis=1) - 1.0
        slope[:, total + i, mine] = 1.0
    return gap, slope


def _contracted(
    worth: NDArray[np.float64], chances: Sequence[NDArray[np.float64]], player: int, other: int
) -> NDArray[np.float64]:
    """Return what the player's strategies are worth against the other's, the rest mixing: (batch, own, other's)."""
    axes = list(range(1, worth.ndim))
    for third in reversed(range(len(chances))):
        if third not in (player, other):
            here = axes.index(third + 1) + 1
            mix = chances[third].reshape(len(worth), *[-1 if k == here else 1 for k in range(1, worth.ndim)])
            worth = (worth * mix).sum(axis=here)
            axes.remove(third + 1)
    return worth if player < other else worth.swapaxes(1, 2)


def mixed_equilibria(table: Payoffs) -> list[Profile]:
    """Return the mixed equilibria of a normalised game that Newton's method finds in all of its supports.

    Isolated ones only, and no proof that these are all: a system of several players' equations can have more
    solutions than were found from the starting points.
    """
    of_sizes: dict[tuple[int, ...], list[Support]] = {}
    for support in _supports(table):
        of_sizes.setdefault(tuple(len(places) for places in support), []).append(support)
    found: list[Profile] = []
    for sizes, supports in of_sizes.items():
        each = max(1, BLOCK // (_starts(sizes) * (sum(sizes) + len(sizes)) ** 2))
        for start in range(0, len(supports), each):
            for profile in _roots(table, supports[start : start + each], sizes):
                if not any(same(profile, other) for other in found):
                    found.append(profile)
    return found


def _starts(sizes: tuple[int, ...]) -> int:
    """Return from how many points the equations are solved: they are linear if only two players mix."""
    return 1 if sum(size > 1 for size in sizes) == 2 else STARTS


def _supports(table: Payoffs) -> Iterator[Support]:
    """Yield the supports that can carry an isolated mixed equilibrium.

    No strategy in it is strictly worse than another one against all that the others play (Porter, Nudelman and Shoham
    2008), and no player has more strategies to balance than the others have free probabilities.
    """
    each = [
        [np.array(places) for k in range(1, size + 1) for places in combinations(range(size), k)]
        for size in table.shape[1:]
    ]
    for support in product(*each):
        free = [len(places) - 1 for places in support]
        if sum(free) == 0 or 2 * max(free) > sum(free):
            continue
        if all(_sensible(table[i], support, i) for i in range(len(support))):
            yield support


def _sensible(worth: NDArray[np.float64], support: Support, player: int) -> bool:
    seen = worth[np.ix_(*(np.arange(worth.shape[i]) if i == player else s for i, s in enumerate(support)))]
    seen = np.moveaxis(seen, player, 0).reshape(worth.shape[player], -1)
    return not any(bool(((seen - seen[own]).min(axis=1) > CERTAIN).any()) for own in support[player])


def _roots(table: Payoffs, supports: list[Support], sizes: tuple[int, ...]) -> list[Profile]:
    """Return the equilibria found in supports of equal sizes, all solved as one batch."""
    rng = np.random.default_rng(0)  # the same starting points in every run
    starts, total = _starts(sizes), sum(sizes)
    mixes = [rng.dirichlet(np.ones(size), starts) for size in sizes]
    x = np.tile(np.concatenate([*mixes, np.full((starts, len(sizes)), 0.5)], axis=1), (len(supports), 1))
    games = np.stack([np.stack([worth[np.ix_(*support)] for worth in table]) for support in supports])
    place = np.repeat(np.arange(len(supports)), starts)  # of the support of each point
    done: list[tuple[int, NDArray[np.float64]]] = []
    for _ in range(ROUNDS):
        gap, slope = _system(games[place], x, sizes)
        away = (gap * gap).sum(axis=1)
        inside = x[:, :total].min(axis=1) > SAME
        done += [(int(place[k]), x[k]) for k in np.flatnonzero((away < 1e-20) & inside)]
        going = (away >= 1e-20) & (np.abs(x).max(axis=1) < 10.0)
        x, gap, slope, away, place = x[going], gap[going], slope[going], away[going], place[going]
        if not len(x):
            break
        # Levenberg's damping goes with the gap, so that the end is Newton's.
        turned = slope.transpose(0, 2, 1)
        normal = turned @ slope + (np.minimum(away, 1.0) * 1e-3 + 1e-13)[:, None, None] * np.eye(x.shape[1])
        x = x - np.linalg.solve(normal, turned @ gap[:, :, None])[:, :, 0]
    found: list[Profile] = []
    for k, point in done:
        rough = _widened(table, supports[k], np.split(point[:total], np.cumsum(sizes)[:-1]))
        if not certified(table, rough, 1e-6) or any(same(rough, other) for other in found):
            continue
        sharp = _indifferent(table, rough, supports[k])
        if sharp is not None and certified(table, sharp):
            found.append(sharp)
    return found


def _widened(table: Payoffs, support: Support, parts: Sequence[NDArray[np.float64]]) -> Profile:
    """Return a profile of the game from the probabilities of what is played."""
    profile = []
    for size, places, part in zip(table.shape[1:], support, parts, strict=True):
        chances = np.zeros(size)
        chances[places] = np.maximum(part, 0.0)
        profile.append(chances / chances.sum())
    return tuple(profile)
