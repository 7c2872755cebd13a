"""Pure equilibria of a game of any number of players, and the strategies that strict dominance leaves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .game import Payoffs, Profile

MOST_COMPARISONS = 100_000_000  # for one player; larger tables keep their dominated strategies


def pure_equilibria(table: Payoffs) -> list[Profile]:
    """Return all equilibria in pure strategies: profiles in which every player's strategy is a best response.

    >>> stag_hunt = np.array([[[10.0, 1.0], [8.0, 5.0]], [[10.0, 8.0], [1.0, 5.0]]])
    >>> [[chances.tolist() for chances in profile] for profile in pure_equilibria(stag_hunt)]
    [[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]]
    """
    return [profile_of(table.shape[1:], places) for places in stable_places(table).tolist()]


def stable_places(table: Payoffs) -> NDArray[np.intp]:
    """Return the strategies played in each pure equilibrium; shape (equilibria, players)."""
    stable = np.ones(table.shape[1:], np.bool_)
    for player, worth in enumerate(table):
        stable &= worth >= worth.max(axis=player, keepdims=True)
    return np.argwhere(stable)


def profile_of(sizes: Sequence[int], places: Sequence[int]) -> Profile:
    """Return the pure profile of one strategy each, without a table of all strategies by all."""
    profile = tuple(np.zeros(size) for size in sizes)
    for chances, place in zip(profile, places, strict=True):
        chances[place] = 1.0
    return profile


def undominated(table: Payoffs, margin: float) -> list[NDArray[np.intp]]:
    """Return the strategies of each player that survive when strictly dominated ones go, round after round.

    Strictly dominated: another pure strategy is better by more than `margin` whatever the others do. No equilibrium
    is lost, and what remains does not depend on the order.

    >>> prisoners = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
    >>> [left.tolist() for left in undominated(prisoners, 0.0)]
    [[1], [1]]
    """
    left = [np.arange(size) for size in table.shape[1:]]
    players = range(len(left))
    before = None
    while before != (before := [len(strategies) for strategies in left]):
        for i in players:
            worth = np.moveaxis(table[i][np.ix_(*left)], i, 0).reshape(len(left[i]), -1)
            if len(worth) * worth.size > MOST_COMPARISONS:
                continue
            beaten = [bool(((worth - row).min(axis=1) > margin).any()) for row in worth]
            left[i] = left[i][~np.array(beaten)]
    return left
