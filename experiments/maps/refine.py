"""Which points of a grid are played, so that every border between labels is found at a fraction of the runs.

First a coarse grid is played. From then on every point has the label of the nearest played one, and the next to be
played is one with a neighbour of another label. This closes in on a border, follows it, and ends when labels change
only between played neighbours. So a region (points of one label, joined along the axes) in which any point is played
comes out whole and exact. One that lies between the played points is missed; none that holds a block of COARSE points
along each axis can be. Of labels without any order nearly all are played: it pays for large regions.

The package `adaptive` (Nijholt et al. 2019) was tried. Its learner places points in a continuous domain: rounded to a
grid, up to two in three fell where one had been, and it passed over islands of COARSE by COARSE points.
"""

import math
from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

COARSE = 4  # at most so many steps from one point of the coarse grid to the next
Place = tuple[int, ...]  # of a point, one number for each axis


def refine(shape: Place, label_of: Callable[[Place], str]) -> tuple[list[str], NDArray[np.int64]]:
    """Label all points of a grid and play few.

    Parameters
    ----------
    shape : tuple of int
        The number of points along each axis.
    label_of : callable
        Plays a point and returns its label; called once for each point that is played.

    Returns
    -------
    labels : list of str
        The label of each point, the last axis running fastest.
    source : int array, shape (points,)
        The played point that each label is from: the point itself, if it was played.

    >>> labels, source = refine((9,), lambda place: "low" if place[0] < 3 else "high")
    >>> labels.index("high"), np.unique(source).tolist()
    (3, [0, 2, 3, 4, 8])
    """
    known = np.full(shape, -1, np.int64)  # labels as numbers, in the order of their first appearance
    words: dict[str, int] = {}

    def play(place: Place) -> None:
        known[place] = words.setdefault(label_of(place), len(words))

    for place in coarse_grid(shape):
        play(place)
    while True:
        nearest = distance_transform_edt(known < 0, return_distances=False, return_indices=True)
        wanted = borders(known[tuple(nearest)]) & (known < 0)
        if not wanted.any():
            break
        play(tuple(int(i) for i in np.unravel_index(wanted.argmax(), shape)))
    source = np.ravel_multi_index(tuple(nearest), shape).ravel()
    names = list(words)
    return [names[i] for i in known.ravel()[source].tolist()], source


def coarse_grid(shape: Place) -> list[Place]:
    """Return the points that are always played, evenly spread and the corners among them.

    >>> coarse_grid((9,)), len(coarse_grid((40, 40)))
    ([(0,), (4,), (8,)], 121)
    """
    ticks = [np.linspace(0, size - 1, math.ceil((size - 1) / COARSE) + 1).round().astype(int) for size in shape]
    return list(product(*(tick.tolist() for tick in ticks)))


def borders(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return where a label differs from that of a neighbour along an axis.

    >>> borders(np.array([0, 0, 1, 1])).tolist()
    [False, True, True, False]
    """
    found = np.zeros(labels.shape, bool)
    for axis in range(labels.ndim):
        along, own = np.moveaxis(labels, axis, 0), np.moveaxis(found, axis, 0)
        changes = along[1:] != along[:-1]
        own[1:] |= changes
        own[:-1] |= changes
    return found
