"""Audit of an equilibrium: the search for a profitable deviation outside the list of doctrines.

A rule is a doctrine together with the numbers by which its player chooses: how precisely, how far-sightedly, from
which threshold on. None of these numbers enters a payoff, so that changing them changes behaviour and nothing else.
One step of policy-space response oracles (Lanctot et al. 2017), with the best response sought by random search.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from threading import Event
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...world.parameters import FACTS
from ..games.game import Profile
from ..games.intervals import gain_bounds
from .doctrine_game import DoctrineGame, play_all, play_runs
from .empirical import CONFIDENCE, Places, Runs, supports

RULES = {
    "us": (
        "us_precision",
        "us_patience",
        "us_expected_reciprocity",
        "us_freeze_control",
        "us_slide_margin",
        "us_update_trigger",
    ),
    "beijing": ("beijing_precision", "beijing_patience", "beijing_planning_gain", "grievance_weight"),
    "nvidia": ("nvidia_precision",),
    "huawei": ("huawei_precision",),
}
"""The numbers by which a player chooses and that enter no payoff. The allies share theirs, so they have none."""

SCREENED = 16  # runs of every rule
KEPT = 4  # one of so many rules passes each screening
CONFIRMED = 128  # fresh runs of the last one, on which its gain is measured


class Rule(NamedTuple):
    """How a player might play instead."""

    doctrine: int
    numbers: tuple[tuple[str, float], ...]  # that differ from the settings


class Search(NamedTuple):
    """The best rule that a search found for one player, and what it gains over the equilibrium, in payoff units."""

    rule: str
    regret: float
    low: float
    high: float


def deviation_search(
    game: DoctrineGame, profile: Profile, player: int, rules: int, pool: ThreadPoolExecutor, stop: Event
) -> Search | None:
    """Search for a profitable deviation of one player from a profile; None if it has no numbers of its own.

    All rules are screened on few runs, the best quarter on three times as many more, and the gain of the best is
    measured on runs that no screening has seen: so that being the best of many does not flatter it.
    """
    names = RULES.get(game.players[player])
    if names is None:
        return None
    found = candidates(game, player, names, rules)
    first, scores = 0, np.zeros(len(found))
    for runs in (SCREENED, 3 * SCREENED):
        gained = gains(game, profile, player, found, first, first + runs, pool, stop)
        scores = (scores * first + gained.sum(axis=1)) / (first + runs)
        best = np.argsort(-scores, kind="stable")[: max(1, len(found) // KEPT)]
        found, scores, first = [found[i] for i in best], scores[best], first + runs
    gain = gains(game, profile, player, found[:1], first, first + CONFIRMED, pool, stop)[0]
    low, high = gain_bounds(gain, CONFIDENCE)
    return Search(_named(game, player, found[0]), max(0.0, float(gain.mean())), max(0.0, low), max(0.0, high))


def candidates(game: DoctrineGame, player: int, names: Sequence[str], rules: int) -> list[Rule]:
    """Return rules spread over the doctrines and the ranges of their numbers, by a Sobol sequence."""
    from scipy.stats import qmc

    unit = qmc.Sobol(1 + len(names), rng=np.random.default_rng(game.settings.seed)).random(rules)
    doctrines = (unit[:, 0] * game.shape[player]).astype(int)
    low, high = np.array([(FACTS[name].low, FACTS[name].high) for name in names]).T
    values = low + unit[:, 1:] * (high - low)
    return [
        Rule(int(doctrine), tuple((name, float(value)) for name, value in zip(names, row, strict=True)))
        for doctrine, row in zip(doctrines, values, strict=True)
    ]


def gains(
    game: DoctrineGame, profile: Profile, player: int, rules: Sequence[Rule], first: int, end: int,
    pool: ThreadPoolExecutor, stop: Event,
) -> NDArray[np.float64]:  # fmt: skip
    """Return what each rule gains over the profile, run by run on the same luck: shape (rules, end - first)."""
    own = [(Rule(k, ()), float(profile[player][k])) for k in supports(profile)[player]]
    weights: dict[Places, float] = {}
    for places in product(*(p if i != player else (0,) for i, p in enumerate(supports(profile)))):
        weights[places] = float(np.prod([profile[i][k] for i, k in enumerate(places) if i != player]))
    tasks = [(rule, places) for rule in [*(rule for rule, _ in own), *rules] for places in weights]

    def work(task: tuple[Rule, Places]) -> Runs:
        rule, places = task
        settings = replace(game.settings, parameters={**game.settings.parameters, **dict(rule.numbers)})
        met = (*places[:player], rule.doctrine, *places[player + 1 :])
        return play_runs(settings, game.doctrines(met), game.players, first, end)

    played = play_all(tasks, work, pool, stop)
    worth: dict[Rule, NDArray[np.float64]] = {}
    for (rule, places), runs in zip(tasks, played, strict=True):
        worth[rule] = worth.get(rule, 0.0) + weights[places] * runs.payoffs[:, player]
    kept = sum(chance * worth[rule] for rule, chance in own)
    return np.array([worth[rule] - kept for rule in rules])


def _named(game: DoctrineGame, player: int, rule: Rule) -> str:
    numbers = ", ".join(f"{name} = {value:.3g}" for name, value in rule.numbers)
    return f"{game.strategies[player][rule.doctrine]} with {numbers}"
