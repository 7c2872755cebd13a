"""The empirical game: payoffs known only from simulated runs, and how surely a profile is an equilibrium of it.

A profile is a list of doctrines, one for each player. Every profile plays the runs 0, 1, 2, ... of one seed, so that
two profiles are compared on the same luck. A profile found to be an equilibrium of the estimated game is judged by
the interval of its regret: it is certified, refuted or undecided, and what is undecided gets the next runs.

Sources: Wellman, Tuyls and Greenwald 2025 (empirical games); Cousins et al. 2022 (progressive sampling and pruning).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..games.game import Payoffs, Profile, payoff_range, pure_profile
from ..games.intervals import bernstein_bound, bootstrap_regret, gain_bounds

Places = tuple[int, ...]  # a pure profile: the place of each player's strategy
CONFIDENCE = 0.95
SUPPORTED = 1e-9  # a strategy with a lower probability is not played


class Runs(NamedTuple):
    """What the runs 0, 1, 2, ... of one profile came to."""

    payoffs: NDArray[np.float64]  # shape (runs, players)
    regimes: NDArray[np.int64]  # shape (runs,)


Samples = dict[Places, Runs]
Simulate = Callable[[dict[Places, tuple[int, int]]], Samples]
"""Plays, for each profile, the runs from a first to before an end."""
Find = Callable[[Payoffs], Iterable[Profile]]
"""Returns the equilibria of a table of payoffs."""


class Budget(NamedTuple):
    """How many runs a profile may get, and how near to an equilibrium is near enough."""

    first: int  # runs that every profile gets
    most: int  # runs that no profile exceeds
    growth: int  # by which an undecided profile's runs are multiplied at each look
    tolerance: float  # of each player's payoff range

    @property
    def looks(self) -> list[int]:
        """The runs of an undecided profile at each look."""
        steps = [self.first]
        while steps[-1] < self.most:
            steps.append(min(self.most, steps[-1] * self.growth))
        return steps

    def comparisons(self, shape: Sequence[int]) -> int:
        """Return how many comparisons of two profiles must all hold, at all looks together."""
        return deviation_pairs(shape) * len(self.looks)


class Regret(NamedTuple):
    """What one player could gain by leaving a profile for another of its strategies, in payoff units."""

    estimate: float
    low: float
    high: float
    tolerance: float
    bootstrap: float  # upper end of the bootstrap interval, for display
    bernstein: float  # upper bound that assumes no distribution


class Judged(NamedTuple):
    """A profile of the empirical game with its payoffs and regrets."""

    profile: Profile
    payoffs: NDArray[np.float64]
    errors: NDArray[np.float64]  # standard errors of the payoffs
    regrets: tuple[Regret, ...]
    status: str  # certified, undecided or refuted
    current: bool  # whether it is an equilibrium of the game as estimated now


class Estimate(NamedTuple):
    """What is known of an empirical game when the looks are over."""

    samples: Samples
    table: Payoffs
    judged: tuple[Judged, ...]
    open_profiles: int  # pure profiles near an equilibrium that are neither listed nor decided

    @property
    def decided(self) -> bool:
        """Whether every equilibrium is certified or refuted."""
        return all(judged.status != "undecided" for judged in self.judged)

    @property
    def runs(self) -> int:
        """How many runs were played."""
        return sum(len(runs.regimes) for runs in self.samples.values())

    @property
    def saved(self) -> float:
        """The share of runs that equal numbers for all profiles would have cost more."""
        most = max(len(runs.regimes) for runs in self.samples.values())
        return 1.0 - self.runs / (most * len(self.samples))


def estimate(simulate: Simulate, shape: Sequence[int], find: Find, budget: Budget) -> Estimate:
    """Estimate a game, giving further runs only to the profiles that decide an equilibrium.

    Parameters
    ----------
    simulate : callable
        Plays runs of profiles; run r has the same luck in all of them.
    shape : sequence of int
        The number of each player's strategies.
    find : callable
        Returns the equilibria of a table of payoffs.
    budget : Budget
        Runs and tolerance.

    Returns
    -------
    Estimate
        With every profile that was an equilibrium of the estimated game at any look.
    """
    samples = simulate(dict.fromkeys(product(*map(range, shape)), (0, budget.first)))
    comparisons = budget.comparisons(shape)
    listed: dict[tuple[Places, ...], Profile] = {}
    for runs in [*budget.looks[1:], 0]:
        table = estimated_table(samples, shape)
        tolerances = budget.tolerance * payoff_range(table)
        found = {supports(profile): profile for profile in find(table)}
        listed |= found
        near = [profile for profile in near_equilibria(table, tolerances) if supports(profile) not in listed]
        verdicts = [verdict(samples, profile, tolerances, comparisons) for profile in [*listed.values(), *near]]
        wanted = set().union(*(one.wanted for one in verdicts))
        more = {p: (len(samples[p].regimes), runs) for p in sorted(wanted) if len(samples[p].regimes) < runs}
        if not more:
            break
        samples = extended(samples, simulate(more))
    judged = tuple(judge(samples, profile, tolerances, comparisons, key in found) for key, profile in listed.items())
    open_profiles = sum(one.status == "undecided" for one in verdicts[len(listed) :])
    return Estimate(samples, table, judged, open_profiles)


def deviation_pairs(shape: Sequence[int]) -> int:
    """Return how many pairs of pure profiles differ in one player's strategy: the comparisons that a game needs.

    >>> deviation_pairs((5, 4))
    70
    """
    return math.prod(shape) * sum(size - 1 for size in shape) // 2


def supports(profile: Profile) -> tuple[Places, ...]:
    """Return the strategies that each player plays.

    >>> supports((np.array([0.5, 0.0, 0.5]), np.array([0.0, 1.0])))
    ((0, 2), (1,))
    """
    return tuple(tuple(int(i) for i in np.flatnonzero(chances > SUPPORTED)) for chances in profile)


def extended(samples: Samples, more: Samples) -> Samples:
    """Return the samples with the runs that follow on those already there."""
    return {**samples, **{places: joined([samples[places], runs]) for places, runs in more.items()}}


def joined(pieces: Sequence[Runs]) -> Runs:
    """Return the runs of several stretches as one."""
    return Runs(np.concatenate([piece.payoffs for piece in pieces]), np.concatenate([p.regimes for p in pieces]))


def estimated_table(samples: Samples, shape: Sequence[int]) -> Payoffs:
    """Return the estimated payoffs, shape (players, strategies of the first, ...).

    The profile with the most runs is the reference; any other is worth the reference plus their mean difference on
    the runs that both have played. So the luck that a profile with few runs has met is taken out of its estimate.
    """
    reference = max(samples.values(), key=lambda runs: len(runs.regimes)).payoffs
    mean = reference.mean(axis=0)
    table = np.empty((reference.shape[1], *shape))
    for places, (payoffs, _) in samples.items():
        cell: Any = (slice(None), *places)
        table[cell] = mean + (payoffs - reference[: len(payoffs)]).mean(axis=0)
    return table


def estimated_error(samples: Samples, places: Places) -> NDArray[np.float64]:
    """Return the standard errors of a profile's estimated payoffs, one for each player; infinite for a single run.

    The variance of a mean over the reference's N runs plus a mean difference over the n runs of both.
    """
    payoffs = samples[places].payoffs
    reference = max(samples.values(), key=lambda runs: len(runs.regimes)).payoffs
    short, long = len(payoffs), len(reference)
    if short < 2:
        return np.full(payoffs.shape[1], math.inf)
    difference = payoffs - reference[:short]
    shared = ((reference[:short] - reference[:short].mean(axis=0)) * difference).sum(axis=0) / (short - 1)
    variance = (reference.var(axis=0, ddof=1) + 2.0 * shared) / long + difference.var(axis=0, ddof=1) / short
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def near_equilibria(table: Payoffs, tolerances: NDArray[np.float64]) -> list[Profile]:
    """Return the pure profiles that no player could leave for a gain above its tolerance.

    >>> prisoners = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
    >>> len(near_equilibria(prisoners, np.array([0.1, 0.1]))), len(near_equilibria(prisoners, np.array([2.0, 2.0])))
    (1, 4)
    """
    within = np.ones(table.shape[1:], bool)
    for player, tolerance in enumerate(tolerances):
        within &= table[player] >= table[player].max(axis=player, keepdims=True) - tolerance
    return [pure_profile(within.shape, places) for places in np.argwhere(within).tolist()]


def worth(samples: Samples, profile: Profile, player: int) -> NDArray[np.float64]:
    """Return what a profile is worth to a player run by run, on the runs that all of its pure profiles have played."""
    played = [
        (samples[places].payoffs[:, player], math.prod(profile[i][k] for i, k in enumerate(places)))
        for places in product(*supports(profile))
    ]
    runs = min(len(payoffs) for payoffs, _ in played)
    return np.asarray(sum(chance * payoffs[:runs] for payoffs, chance in played))


def gains(samples: Samples, profile: Profile, player: int) -> dict[int, NDArray[np.float64]]:
    """Return, for each strategy, what a player gains by leaving a profile for it, run by run on common luck.

    A strategy that the profile plays for certain is left out: leaving it for itself gains nothing.
    """
    kept, size = worth(samples, profile, player), len(profile[player])
    gained = {}
    for strategy in range(size):
        if profile[player][strategy] < 1.0 - SUPPORTED:
            instead = worth(samples, deviation(profile, player, strategy), player)
            runs = min(len(instead), len(kept))
            gained[strategy] = instead[:runs] - kept[:runs]
    return gained


def deviation(profile: Profile, player: int, strategy: int) -> Profile:
    """Return the profile in which one player plays one strategy instead."""
    return (*profile[:player], np.eye(len(profile[player]))[strategy], *profile[player + 1 :])


class Verdict(NamedTuple):
    """Whether a profile is an equilibrium within the tolerances, and which runs would tell."""

    status: str  # certified, undecided or refuted
    low: tuple[float, ...]  # bounds of each player's regret
    high: tuple[float, ...]
    wanted: frozenset[Places]  # pure profiles whose runs would decide it


def verdict(samples: Samples, profile: Profile, tolerances: NDArray[np.float64], comparisons: int) -> Verdict:
    """Judge a profile by the intervals of what each player could gain by leaving it.

    Certified if no gain can exceed its player's tolerance, refuted if one surely does, else undecided. With
    probability CONFIDENCE all gains of the game lie in their intervals at all looks (Student's t on paired
    differences, Bonferroni over `comparisons`).
    """
    lows, highs, wanted, own = [], [], set[Places](), set(product(*supports(profile)))
    for player, tolerance in enumerate(tolerances):
        lows.append(0.0)
        highs.append(0.0)
        for strategy, gained in gains(samples, profile, player).items():
            low, high = gain_bounds(gained, CONFIDENCE, comparisons)
            lows[-1], highs[-1] = max(lows[-1], low), max(highs[-1], high)
            if low <= tolerance < high:
                wanted |= own.union(product(*supports(deviation(profile, player, strategy))))
    if any(low > tolerance for low, tolerance in zip(lows, tolerances, strict=True)):
        return Verdict("refuted", tuple(lows), tuple(highs), frozenset())
    return Verdict("undecided" if wanted else "certified", tuple(lows), tuple(highs), frozenset(wanted))


def judge(
    samples: Samples, profile: Profile, tolerances: NDArray[np.float64], comparisons: int, current: bool
) -> Judged:
    """Return a profile with its verdict, payoffs and regrets."""
    found = verdict(samples, profile, tolerances, comparisons)
    payoffs, errors, regrets = [], [], []
    for player, tolerance in enumerate(tolerances):
        own = worth(samples, profile, player)
        payoffs.append(own.mean())
        errors.append(own.std(ddof=1) / math.sqrt(len(own)) if len(own) > 1 else math.inf)
        gained = list(gains(samples, profile, player).values()) or [np.zeros(len(own))]
        common = min(map(len, gained))
        paired = np.stack([gain[:common] for gain in gained], axis=1)
        span = float(np.ptp(np.concatenate([runs.payoffs[:, player] for runs in samples.values()])))
        regrets.append(
            Regret(
                estimate=max(0.0, *(float(gain.mean()) for gain in gained)),
                low=found.low[player],
                high=found.high[player],
                tolerance=float(tolerance),
                bootstrap=bootstrap_regret(paired, CONFIDENCE)[1],
                bernstein=bernstein_bound(paired, 2.0 * span, CONFIDENCE, comparisons),
            )
        )
    return Judged(profile, np.array(payoffs), np.array(errors), tuple(regrets), found.status, current)
