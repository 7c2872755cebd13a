"""Who leads and how surely: shares of regimes and what can be said of them."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Z95 = 1.959963984540054


def wilson(count: Any, runs: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's 95 % interval of a share, low and high.

    >>> low, high = wilson(5, 10)
    >>> round(float(low), 3), round(float(high), 3)
    (0.237, 0.763)
    """
    n = np.asarray(runs, np.float64)
    share = np.asarray(count, np.float64) / n
    middle = share + Z95**2 / (2 * n)
    half = Z95 * np.sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    # At 0 and 1 the formula is exact, its rounding is not.
    low = np.where(share == 0.0, 0.0, (middle - half) / (1 + Z95**2 / n))
    high = np.where(share == 1.0, 1.0, (middle + half) / (1 + Z95**2 / n))
    return low, high


def leading(counts: Counts) -> int:
    """Return which regime has the most runs; of equals the first.

    >>> leading(np.array([2, 5, 3]))
    1
    """
    return int(np.argmax(counts))


def undecided(counts: Counts) -> bool:
    """Return whether the interval of the leading share overlaps that of the next.

    >>> undecided(np.array([55, 45, 0])), undecided(np.array([80, 20, 0]))
    (True, False)
    """
    low, high = wilson(counts, counts.sum())
    first = leading(counts)
    second = np.delete(np.arange(len(counts)), first)[leading(np.delete(counts, first))]
    return bool(low[first] <= high[second])


def distance(one: Counts, other: Counts) -> float:
    """Return the total-variation distance of two distributions, in [0, 1].

    >>> distance(np.array([10, 0]), np.array([5, 5]))
    0.5
    """
    return float(0.5 * np.abs(one / one.sum() - other / other.sum()).sum())


def beyond_chance(one: Counts, other: Counts, draws: int = 1000) -> bool:
    """Return whether two distributions lie farther apart than 95 % of pairs drawn from their mixture.

    Starts share their luck, which brings them closer; so the test errs towards no difference.

    >>> beyond_chance(np.array([20, 0]), np.array([2, 18])), beyond_chance(np.array([11, 9]), np.array([9, 11]))
    (True, False)
    """
    rng = np.random.default_rng(0)
    mixture = (one + other) / (one + other).sum()
    first = rng.multinomial(one.sum(), mixture, draws) / one.sum()
    second = rng.multinomial(other.sum(), mixture, draws) / other.sum()
    return bool(distance(one, other) > np.quantile(0.5 * np.abs(first - second).sum(1), 0.95))


def mean_interval(total: float, squares: float, runs: int) -> tuple[float, float]:
    """Return a mean and half the width of its 95 % interval, by the sum of the values and of their squares.

    With a single run the width is NaN.

    >>> mean, half = mean_interval(6.0, 20.0, 2)
    >>> mean, round(half, 2)
    (3.0, 1.96)
    """
    mean = total / runs
    if runs < 2:
        return mean, float("nan")
    variance = max(squares - total * mean, 0.0) / (runs - 1)
    return mean, Z95 * math.sqrt(variance / runs)
