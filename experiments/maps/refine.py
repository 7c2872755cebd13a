"""Which points of a grid are played so that every border between their labels is found.

A coarse grid is played first; then, in ever finer ones, the points at which the label of the nearest played point
changes, until it changes only between neighbours that are both played. So a region (points of one label, joined along
the axes) that holds a played point is right to the last point. What can be missed is a region that lies wholly between
played points: none that holds COARSE points in a row along every axis. This is bisection; where labels change from
point to point everywhere, all is played.

The package `adaptive` (Nijholt et al. 2019) chooses points of a continuous domain by a number: it places two points on
one of the grid and has no rule that says when every border is found.
"""

from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

COARSE = 4  # points from one of the first played to the next; a power of 2
Point = tuple[int, ...]


def refine(
    shape: Point, label_of: Callable[[list[Point]], list[Hashable]], coarse: int = COARSE
) -> tuple[list[Hashable], NDArray[np.int64]]:
    """Label all points of a grid, playing few of them.

    Parameters
    ----------
    shape : tuple of int
        The number of points along each axis.
    label_of : callable
        Plays points and returns their labels; called with some at once, never twice with one.
    coarse : int
        Points from one of the first played to the next along an axis, a power of 2.

    Returns
    -------
    labels : list
        The label of each point, the last axis running fastest.
    source : int array, shape (points,)
        The played point whose label each point has: itself if it was played, else the nearest.

    >>> labels, source = refine((9,), lambda points: ["low" if point[0] < 3 else "high" for point in points])
    >>> labels.index("high"), sorted(set(source.tolist()))
    (3, [0, 2, 3, 4, 8])
    """
    places: dict[Hashable, int] = {}
    known = np.full(shape, -1)  # the place of a played point's label

    def play(points: NDArray[np.int64]) -> None:
        some = [tuple(point) for point in points.tolist()]
        for point, label in zip(some, label_of(some), strict=True):
            known[point] = places.setdefault(label, len(places))

    step = coarse
    play(np.argwhere(lattice(shape, step)))
    while step:
        grid = np.ix_(*(ticks(size, step) for size in shape))
        ...
