"""Normal-form games: payoffs of every profile, expected payoffs, and regret."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...world.checks import BadInput

Payoffs = NDArray[np.float64]  # shape (players, strategies of the first, ..., strategies of the last)
Profile = tuple[NDArray[np.float64], ...]  # for each player the probabilities of its strategies


class Game(NamedTuple):
    """A normal-form game of any number of players."""

    title: str
    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]  # of each player
    payoffs: Payoffs


def make_game(title: str, players: Sequence[str], strategies: Sequence[Sequence[str]], payoffs: Any) -> Game:
    """Return a game in which everything fits together.

    Raises
    ------
    BadInput
        If names are missing or double, the payoffs have another shape, or one of them is not finite.
    """
    if not players:
        raise BadInput("a game needs at least one player")
    if len(strategies) != len(players) or not all(strategies):
        raise BadInput("each player needs at least one strategy")
    named = [("player", players), *((f"strategy of {p}", s) for p, s in zip(players, strategies, strict=True))]
    for what, names in named:
        if len(set(names)) < len(names):
            doubled = next(name for name, count in Counter(names).items() if count > 1)
            raise BadInput(f"{what} '{doubled}' is named twice")
    table = np.asarray(payoffs, np.float64)
    shape = (len(players), *(len(names) for names in strategies))
    if table.shape != shape:
        raise BadInput(f"payoffs have the shape {table.shape}, not {shape}")
    wrong = np.argwhere(~np.isfinite(table))
    if wrong.size:
        player, *profile = wrong[0]
        played = ", ".join(strategies[i][k] for i, k in enumerate(profile))
        worth = table[tuple(wrong[0])]
        raise BadInput(f"the payoff of {players[player]} at ({played}) is {worth}, not a finite number")
    return Game(title, tuple(players), tuple(tuple(names) for names in strategies), table)


def pure_profile(shape: Sequence[int], places: Sequence[int]) -> Profile:
    """Return the profile in which each player plays the strategy at its place.

    >>> [chances.tolist() for chances in pure_profile((2, 3), (1, 0))]
    [[0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    return tuple((np.arange(size) == place).astype(float) for size, place in zip(shape, places, strict=True))


def deviation_payoffs(table: Payoffs, profile: Profile, player: int) -> NDArray[np.float64]:
    """Return what each strategy is worth to a player while all others keep to the profile.

    >>> prisoners = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
    >>> deviation_payoffs(prisoners, pure_profile((2, 2), (0, 0)), 0).tolist()
    [3.0, 5.0]
    """
    worth = table[player]
    for other in reversed(range(len(profile))):
        if other != player:
            worth = np.moveaxis(worth, other, -1) @ profile[other]
    return np.asarray(worth)


def expected_payoffs(table: Payoffs, profile: Profile) -> NDArray[np.float64]:
    """Return what the profile is worth to each player."""
    return np.array([deviation_payoffs(table, profile, i) @ profile[i] for i in range(len(profile))])


def regrets(table: Payoffs, profile: Profile) -> NDArray[np.float64]:
    """Return what each player could gain by its best deviation, never below 0.

    A profile is an equilibrium if and only if all are 0; it is an e-equilibrium if none is above e.

    >>> prisoners = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
    >>> regrets(prisoners, pure_profile((2, 2), (0, 0))).tolist()
    [2.0, 2.0]
    """
    gains = []
    for i, chances in enumerate(profile):
        worth = deviation_payoffs(table, profile, i)
        gains.append(max(0.0, float(worth.max() - worth @ chances)))
    return np.array(gains)


def payoff_range(table: Payoffs) -> NDArray[np.float64]:
    """Return the distance between each player's best and worst payoff."""
    flat = table.reshape(len(table), -1)
    return np.asarray(flat.max(axis=1) - flat.min(axis=1))
