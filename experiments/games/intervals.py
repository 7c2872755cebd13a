"""What can be said of a regret when payoffs are means over runs.

Gains are samples, shaped (runs, deviations): what a run would have paid more under a deviation, paired
by common luck. The regret is the largest mean gain, or 0 if that is negative. All bounds hold at once
for all deviations, by Bonferroni; whoever looks at growing data several times, or picks from several
profiles, gives `comparisons` = deviations x profiles x looks.

| bound | holds | width |
| --- | --- | --- |
| bootstrap | nearly; knows correlation and skewness | least |
| Student | nearly, if means are nearly normal | little more |
| empirical Bernstein | always, within a known range | 3 times Student's for thousands of runs, 15 for tens |
| Hoeffding | always, within a known range | most, whatever the spread |

The first two know only what the sample shows: of a gain or loss so rare that most samples miss it they know nothing.
"""

import math

import numpy as np
from numpy.typing import NDArray

from ...world.checks import BadInput

Array = NDArray[np.float64]


# Half widths. `tail` is the chance, for one mean and one side, that the truth lies beyond.


def student_radius(deviation: Array | float, runs: int, tail: float) -> Array:
    """Return the half width of Student's interval by the sample's standard deviation; infinite for one run.

    >>> round(float(student_radius(16.0, 5000, 0.05 / 40 / 2)), 2)
    0.73
    """
    if runs < 2:
        return np.full(np.shape(deviation), math.inf)
    from scipy.special import stdtrit

    return np.asarray(-stdtrit(runs - 1, tail) * np.asarray(deviation) / math.sqrt(runs))


def bernstein_radius(deviation: Array | float, bound: float, runs: int, tail: float) -> Array:
    """Return the half width by the empirical Bernstein bound (Maurer & Pontil 2009, theorem 4).

    `deviation` is the sample's standard deviation, `bound` the distance between the least and the
    largest value a sample could have.

    >>> round(float(bernstein_radius(16.0, 200.0, 300, 0.05 / 40 / 2)), 1)
    16.3
    """
    if runs < 2:
        return np.full(np.shape(deviation), math.inf)
    surprise = math.log(2 / tail)
    spread = np.asarray(deviation) * math.sqrt(2 * surprise / runs)
    return np.asarray(spread + 7 * bound * surprise / (3 * (runs - 1)))


def hoeffding_radius(bound: float, runs: int, tail: float) -> float:
    """Return the half width by Hoeffding (1963), which knows the range alone.

    >>> round(hoeffding_radius(200.0, 300, 0.05 / 40 / 2), 1)
    22.2
    """
    return bound * math.sqrt(-math.log(tail) / (2 * runs))


def runs_needed(error: float, comparisons: int, confidence: float = 0.95, bound: float = 1.0) -> int:
    """Return how many runs bring as many means, all at once, within an error of the truth, by Hoeffding.

    For all payoffs of a game `comparisons` is profiles x players.

    >>> runs_needed(0.05, comparisons=50 * 2)
    1659
    """
    return math.ceil(math.log(2 * comparisons / (1 - confidence)) * bound**2 / (2 * error**2))


# Intervals


def _moments(gains: Array) -> tuple[Array, Array, int]:
    """Return means, standard deviations (0 for a single run) and the number of runs.

    Raises
    ------
    BadInput
        If there is no run or no deviation, or a gain is not a number.
    """
    gains = np.asarray(gains, np.float64)
    if gains.ndim != 2 or not gains.size:
        raise BadInput(f"gains have the shape {gains.shape}, not (runs, deviations) with at least one of each")
    if not np.isfinite(gains).all():
        raise BadInput("a gain is not a finite number")
    runs = len(gains)
    deviations = gains.std(axis=0, ddof=min(1, runs - 1))
    deviations[np.ptp(gains, axis=0) == 0] = 0.0  # not the rounding error of the mean
    return gains.mean(axis=0), deviations, runs


def _tail(confidence: float, comparisons: int | None, deviations: int) -> float:
    """Return the chance of error left for one side of one comparison, if both sides are of interest."""
    if not 0 < confidence < 1:
        raise BadInput(f"confidence is {confidence}; allowed: above 0 and below 1")
    comparisons = deviations if comparisons is None else comparisons
    if comparisons < deviations:
        raise BadInput(f"comparisons is {comparisons}; allowed: {deviations} (the deviations) or more")
    return (1 - confidence) / (2 * comparisons)


def gain_intervals(
    gains: Array, confidence: float = 0.95, comparisons: int | None = None
) -> tuple[Array, Array, Array]:
    """Return mean, low and high of each deviation's gain, by Student's t and Bonferroni.

    A gain that never varied has no width: nothing was seen that could give it one.
    """
    mean, deviation, runs = _moments(gains)
    half = student_radius(deviation, runs, _tail(confidence, comparisons, len(mean)))
    return mean, mean - half, mean + half


def gain_bounds(gains: Array, confidence: float = 0.95, comparisons: int = 1) -> tuple[float, float]:
    """Return low and high of the gain of a single deviation, shaped (runs,), one of several comparisons.

    >>> [round(bound, 3) for bound in gain_bounds(np.array([1.0, 2.0, 3.0]), confidence=0.5)]
    [1.529, 2.471]
    """
    _, low, high = gain_intervals(np.asarray(gains, np.float64)[:, None], confidence, comparisons)
    return float(low[0]), float(high[0])


def regret_interval(
    gains: Array, confidence: float = 0.95, comparisons: int | None = None
) -> tuple[float, float, float]:
    """Return the regret, low and high, by the largest of the gains' bounds.

    If every gain is within its interval, the largest is above the largest low and below the largest high.
    So the interval holds with at least the confidence, also at 0 and when deviations tie. The regret of
    the sample itself is too large on average: the largest of several means is chosen for its luck too.

    >>> gains = np.array([[1.0, -3.0], [2.0, -1.0], [3.0, -2.0]])
    >>> [round(bound, 3) for bound in regret_interval(gains, confidence=0.5)]
    [2.0, 1.074, 2.926]
    """
    mean, low, high = gain_intervals(gains, confidence, comparisons)
    return _regret(mean), _regret(low), _regret(high)


def bootstrap_regret(gains: Array, confidence: float = 0.95, draws: int = 1000, seed: int = 0) -> tuple[float, float]:
    """Return low and high of the regret by a bootstrap of runs, for display.

    The percentile bootstrap of the regret fails where it matters: the largest of resampled means is
    chosen for luck twice, so that with several good deviations its interval lies too high, and at a
    regret of 0 it is not even consistent (Andrews 2000). So what is resampled is the largest
    Student-type distance of any gain from its mean (max-t: Romano & Wolf 2005), whose limit is smooth,
    and the bounds of `regret_interval` are drawn with it.
    """
    mean, deviation, runs = _moments(gains)
    tail = _tail(confidence, 1, 1)
    if runs < 2:
        return 0.0, math.inf
    varied = deviation > 0
    if not varied.any():
        return _regret(mean), _regret(mean)
    centred = (np.asarray(gains, np.float64) - mean)[:, varied] / deviation[varied]
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, runs, (draws, runs)) + runs * np.arange(draws)[:, None]
    weights = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape) / runs
    shift = weights @ centred
    spread = np.sqrt(np.maximum(weights @ centred**2 - shift**2, 0.0) * runs / (runs - 1))
    # A resample of equal values has no spread of its own.
    distance = shift / np.where(spread > 1e-9, spread, 1.0)
    above = np.quantile(distance.max(axis=1), 1 - tail)
    below = np.quantile(distance.min(axis=1), tail)
    return _regret(mean - above * deviation), _regret(mean - below * deviation)


def bernstein_bound(gains: Array, bound: float, confidence: float = 0.95, comparisons: int | None = None) -> float:
    """Return what the regret does not exceed, by the empirical Bernstein bound; nothing is taken as normal.

    `bound` is the distance between the least and the largest gain a run could have; it must be known
    beforehand, not read off the data.
    """
    mean, deviation, runs = _moments(gains)
    _check_bound(gains, bound)
    return _regret(mean + bernstein_radius(deviation, bound, runs, 2 * _tail(confidence, comparisons, len(mean))))


def hoeffding_bound(gains: Array, bound: float, confidence: float = 0.95, comparisons: int | None = None) -> float:
    """Return what the regret does not exceed, by Hoeffding; arguments as in `bernstein_bound`."""
    mean, _, runs = _moments(gains)
    _check_bound(gains, bound)
    return _regret(mean + hoeffding_radius(bound, runs, 2 * _tail(confidence, comparisons, len(mean))))


def _check_bound(gains: Array, bound: float) -> None:
    """Raise BadInput if gains differ by more than they can."""
    seen = float(np.ptp(gains, axis=0).max())
    if not seen <= bound * (1 + 1e-12):
        raise BadInput(f"bound is {bound}, but gains of one deviation differ by {seen}")


def _regret(gains: Array) -> float:
    """Return the largest gain, never below 0."""
    return max(0.0, float(gains.max()))
