"""All extreme equilibria of a two-player game, and the components they span when the game is degenerate.

Equilibria are the pairs of vertices of the two best-response polytopes that carry all labels (Mangasarian 1964; von
Stengel 2002, "Computing equilibria for two-person games"). In a degenerate game there are more equilibria, but all of
them are mixes within the maximal sets of exchangeable extreme ones (Avis, Rosenberg, Savani and von Stengel 2010,
"Enumeration of Nash equilibria for two-player games").
"""

import math
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from .game import Payoffs, Profile

TIE = 1e-10  # payoffs that differ by less, in shares of the range, count as equal
UNCLEAR = (1e-11, 1e-9)  # between these a difference may be a tie that rounding hides, or no tie
NARROW = 1e-3  # columns of a smaller share of the range are not widened fully, lest rounding becomes a difference
SINGULAR = 1e8  # elements of an inverse: beyond this no vertex
CLEARLY_SINGULAR = 1e12
MOST_NUMBERS = 16_000_000  # of all bases' rows: 11 x 11 strategies, some 15 s

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Extremes(NamedTuple):
    """The extreme equilibria of a two-player game: the pairs (i, j) of mixed strategies firsts[i] and seconds[j]."""

    firsts: Floats  # shape (strategies found, strategies of the first player)
    seconds: Floats
    pairs: list[tuple[int, int]]
    clear: bool  # no difference of payoffs was so small that rounding may have decided


def enumerable(first: int, second: int) -> bool:
    """Return whether a game of these sizes is small enough for all its bases to be tried.

    >>> enumerable(11, 11), enumerable(12, 12), enumerable(200, 2)
    (True, False, True)
    """
    return math.comb(first + second, min(first, second)) * (first + second) <= MOST_NUMBERS


def extreme_equilibria(table: Payoffs) -> Extremes:
    """Return all extreme equilibria of a two-player game; `table` has the shape (2, m, n)."""
    xs, unplayed, best_replies, x_clear = _vertices(table[1].T)
    ys, unplayed_too, best_replies_too, y_clear = _vertices(table[0])
    x_labels = np.concatenate((unplayed, best_replies), axis=1)
    y_labels = np.concatenate((best_replies_too, unplayed_too), axis=1)
    uncovered = (~y_labels).T.astype(np.float32)
    pairs = []
    for start in range(0, len(xs), 1000):  # in blocks, so that no table of all pairs is needed
        missing = (~x_labels[start : start + 1000]).astype(np.float32) @ uncovered
        pairs += [(start + i, j) for i, j in np.argwhere(missing == 0.0).tolist()]
    return Extremes(xs, ys, pairs, x_clear and y_clear)


def equilibria_of(table: Payoffs) -> list[Profile]:
    """Return all extreme equilibria of a two-player game of shape (2, m, n), as profiles.

    >>> pennies = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])
    >>> [[chances.tolist() for chances in profile] for profile in equilibria_of(pennies)]
    [[[0.5, 0.5], [0.5, 0.5]]]
    """
    found = extreme_equilibria(table)
    return [(found.firsts[i], found.seconds[j]) for i, j in found.pairs]


def nash_subsets(pairs: list[tuple[int, int]]) -> Iterator[list[int]]:
    """Yield the maximal Nash subsets, each as places in `pairs`, of which any two may exchange strategies.

    Every mix of the equilibria of one subset (each player mixing on its own) is an equilibrium, and there are no
    others. They are the maximal complete bipartite parts of the graph of the pairs.

    >>> sorted(nash_subsets([(0, 0), (0, 1), (1, 1), (2, 2)]))
    [[0, 1], [1, 2], [3]]
    """
    firsts, seconds = sorted({i for i, _ in pairs}), sorted({j for _, j in pairs})
    graph = nx.Graph([((0, i), (1, j)) for i, j in pairs])
    graph.add_edges_from(combinations([(0, i) for i in firsts], 2))
    graph.add_edges_from(combinations([(1, j) for j in seconds], 2))
    place = {pair: k for k, pair in enumerate(pairs)}
    for clique in nx.find_cliques(graph):
        ours = [i for side, i in clique if side == 0]
        theirs = [j for side, j in clique if side == 1]
        if ours and theirs:
            yield sorted(place[i, j] for i in ours for j in theirs)


def _vertices(payoffs: Floats) -> tuple[Floats, Bools, Bools, bool]:
    """Return the vertices, but 0, of a player's best-response polytope: mixed strategies against which others tie.

    `payoffs` has a row for each reply and a column for each strategy that is mixed. A constant added to a column
    changes no best reply, and a column in another unit only means another unit of its probability; so each column is
    brought to between 1 and 2. Then the polytope y >= 0, worth @ y <= 1 is bounded, and no coordinate of it is above
    1. A vertex with k coordinates above 0 solves k of the rows as equations; all choices of k columns and k rows are
    tried. Beside the vertices, scaled to sum 1, come two masks (unplayed coordinates, rows that are best replies), and
    whether all was clear.
    """
    rows, columns = payoffs.shape
    low, high = payoffs.min(axis=0), payoffs.max(axis=0)
    span = float((high - low).max()) or 1.0
    units = np.maximum(high - low, NARROW * span) / span
    worth = 1.0 + (payoffs - low) / (units * span)
    ys, clear = [], True
    for k in range(1, min(rows, columns) + 1):
        played = np.array(list(combinations(range(columns), k)))
        tight = np.array(list(combinations(range(rows), k)))
        each = max(1, 2_000_000 // (len(tight) * (k * k + rows + columns)))  # memory of about 16 MB a block
        for start in range(0, len(played), each):
            found, sure = _solutions(worth, played[start : start + each], tight)
            ys.append(found)
            clear &= sure
    y = np.concatenate(ys)
    slack = np.concatenate((y, 1.0 - y @ worth.T), axis=1)
    clear &= not bool(((np.abs(slack) > UNCLEAR[0]) & (np.abs(slack) < UNCLEAR[1])).any())
    labels = slack <= TIE
    # The labels of a vertex belong to it alone, so equal labels are the same vertex found again.
    _, places = np.unique(np.packbits(labels, axis=1), axis=0, return_index=True)
    y, labels = y[places], labels[places]
    y = np.where(labels[:, :columns], 0.0, y) / units
    return y / y.sum(axis=1, keepdims=True), labels[:, :columns], labels[:, columns:], clear


def _solutions(worth: Floats, played: NDArray[np.intp], tight: NDArray[np.intp]) -> tuple[Floats, bool]:
    """Return the points of the polytope that solve the rows `tight` with the columns `played`, and if all was clear."""
    k = played.shape[1]
    square = worth[tight[None, :, :, None], played[:, None, None, :]].reshape(-1, k, k)
    columns = np.repeat(played, len(tight), axis=0)
    regular = np.linalg.det(square) != 0.0
    inverse = np.linalg.inv(square[regular])
    size = np.abs(inverse).max(axis=(1, 2))
    values = inverse.sum(axis=2, keepdims=True)
    values += inverse @ (1.0 - square[regular] @ values)  # so that the rows are tight to the last bits
    y = np.zeros((len(inverse), worth.shape[1]))
    np.put_along_axis(y, columns[regular], values[:, :, 0], axis=1)
    room = np.minimum(y.min(axis=1), 1.0 - (y @ worth.T).max(axis=1))
    unclear = (size > SINGULAR) & (size < CLEARLY_SINGULAR) & (room > -1e-3)
    return y[(size <= SINGULAR) & (room >= -TIE)], not bool(unclear.any())
