"""All that the solvers here can say about a normal-form game: equilibria, each with its regret, and if they are all."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from ...world.checks import BadInput, printable
from .gambit import METHODS, gambit_profiles, installed
from .game import Game, Payoffs, Profile, expected_payoffs, regrets
from .logit import limit_equilibrium
from .pure import profile_of, stable_places, undominated
from .supports import CERTAIN, SAME, certified, mixed_equilibria, normalised, polished
from .two_players import enumerable, extreme_equilibria, nash_subsets

MOST_SYSTEMS = 32_000  # supports x pairs of players: 5 x 4 x 3 strategies, or 6 players of 2; some seconds
MOST_STRATEGIES = 60  # of all players, for the logit branch
MOST_EQUILIBRIA = 10_000
MOST_NUMBERS = 5_000_000
MOST_EXCHANGED = 500  # equilibria in components of several; beyond it their sets are not told


class Equilibrium(NamedTuple):
    """A profile whose regrets are 0 but for rounding: below a 1e-9th of the payoff range of each player."""

    profile: Profile
    payoffs: tuple[float, ...]  # of each player
    regrets: tuple[float, ...]
    kind: str  # pure or mixed
    method: str  # that found it: pure, extreme, logit, supports, or one of Gambit's
    component: int  # equilibria with the same number, from 0, lie in one connected set of equilibria


class Solution(NamedTuple):
    """The equilibria of a game: pure ones first."""

    equilibria: tuple[Equilibrium, ...]
    complete: bool  # there are no others, but within the components that have several ends
    note: str  # what else there is to know, or nothing


Found = list[tuple[Profile, str]]  # profiles and the methods that found them


def solve(game: Game) -> Solution:
    """Return the equilibria of a game.

    Strictly dominated strategies go first. If then at most two players have a choice, all extreme equilibria are found;
    otherwise all pure ones, the limit of the logit branch, and the mixed ones that a search through the supports and,
    if it is installed, Gambit finds.

    >>> from .game import make_game
    >>> stag = make_game("stag hunt", ["a", "b"], [["stag", "hare"]] * 2, [[[10, 1], [8, 5]], [[10, 8], [1, 5]]])
    >>> [(found.kind, found.profile[0].round(3).tolist()) for found in solve(stag).equilibria]
    [('pure', [1.0, 0.0]), ('pure', [0.0, 1.0]), ('mixed', [0.667, 0.333])]
    """
    flat = game.payoffs.reshape(len(game.players), -1)
    with np.errstate(over="ignore"):
        span = flat.max(axis=1) - flat.min(axis=1)
    if not np.isfinite(span).all():
        raise BadInput(f"the payoffs of {game.players[int(np.argmax(span))]} are too far apart to be compared")
    fair = normalised(game.payoffs)
    left = undominated(fair, CERTAIN)
    inner = np.ix_(np.arange(len(fair)), *left)
    choosing = [i for i, strategies in enumerate(left) if len(strategies) > 1]
    if len(choosing) <= 2 and enumerable(*[*(len(left[i]) for i in choosing), 1, 1][:2]):
        found, complete, note = _all(fair[inner], choosing)
    else:
        strategies = tuple(tuple(names[k] for k in kept) for names, kept in zip(game.strategies, left, strict=True))
        found, complete, note = _some(game._replace(strategies=strategies, payoffs=game.payoffs[inner]), fair[inner])
    whole = [(_whole(profile, left, fair.shape[1:]), method) for profile, method in found]
    sure = [(profile, method) for profile, method in whole if certified(fair, profile)]
    complete = complete and len(sure) == len(found)
    sure = _distinct(sure)
    equilibria = tuple(
        Equilibrium(
            profile,
            tuple(expected_payoffs(game.payoffs, profile).tolist()),
            tuple((regrets(fair, profile) * span).tolist()),
            "pure" if _is_pure(profile) else "mixed",
            method,
            component,
        )
        for (profile, method), component in zip(sure, _components([profile for profile, _ in sure]), strict=True)
    )
    return Solution(equilibria, complete, note)


def _all(table: Payoffs, choosing: Sequence[int]) -> tuple[Found, bool, str]:
    """Return all extreme equilibria of a game in which at most two players have a choice."""
    sizes = [table.shape[1 + i] for i in choosing]
    game = np.zeros((2, *[*sizes, 1, 1][:2]))
    game[: len(choosing)] = table[list(choosing)].reshape(len(choosing), *game.shape[1:])
    extremes = extreme_equilibria(game)
    found = []
    for i, j in extremes.pairs[:MOST_EQUILIBRIA]:
        mixes = dict(zip(choosing, (extremes.firsts[i], extremes.seconds[j]), strict=False))
        profile = tuple(mixes.get(player, np.ones(1)) for player in range(len(table)))
        found.append((profile, "pure" if _is_pure(profile) else "extreme"))
    notes = []
    if not extremes.clear:
        notes.append("Some payoffs differ by so little that rounding may hide a tie: equilibria may be missing.")
    if len(extremes.pairs) > MOST_EQUILIBRIA:
        notes.append(f"Of {len(extremes.pairs)} extreme equilibria {MOST_EQUILIBRIA} are listed.")
    return found, not notes, " ".join(notes)


def _some(game: Game, fair: Payoffs) -> tuple[Found, bool, str]:
    """Return the equilibria that are found of a game too large for all; `fair` has its payoffs normalised."""
    sizes = fair.shape[1:]
    shown = " x ".join(map(str, sizes))
    notes = [f"The game of {shown} strategies is not solved completely: there may be other mixed equilibria."]
    pure = stable_places(fair)
    listed = min(MOST_EQUILIBRIA, MOST_NUMBERS // sum(sizes))
    found: Found = [(profile_of(sizes, places), "pure") for places in pure[:listed].tolist()]
    if len(pure) > listed:
        notes.append(f"Of {len(pure)} pure equilibria the first {listed} are listed.")
    if sum(sizes) > MOST_STRATEGIES or len(sizes) * fair.size > MOST_NUMBERS:
        notes.append("It is so large that only pure equilibria were sought.")
        return found, False, " ".join(notes)
    limit = limit_equilibrium(game.payoffs)
    if limit is None:
        notes.append("The logit branch was not followed to its limit.")
    else:
        found.append((limit, "logit"))
    supports = math.prod(2**size - 1 for size in sizes)
    if supports * len(sizes) ** 2 <= MOST_SYSTEMS:
        found += [(profile, "supports") for profile in mixed_equilibria(fair)]
    else:
        more = "leave out strategies" if installed() else "leave out strategies, or install the extra 'gambit'"
        notes.append(f"Its {supports} supports are too many to be searched; to find more, {more}.")
    if installed():
        for method in METHODS:
            exact = [polished(fair, profile) for profile in gambit_profiles(game, method)]
            found += [(profile, f"gambit {method}") for profile in exact if profile is not None]
    return found, False, " ".join(notes)


def _whole(profile: Profile, left: Sequence[NDArray[np.intp]], sizes: Sequence[int]) -> Profile:
    """Return a profile of the whole game from one of the strategies that dominance left."""
    whole = tuple(np.zeros(size) for size in sizes)
    for chances, places, part in zip(whole, left, profile, strict=True):
        chances[places] = part
    return whole


def _is_pure(profile: Profile) -> bool:
    return all(bool((chances == 1.0).any()) for chances in profile)


def _distinct(found: Found) -> Found:
    """Return each equilibrium once, pure ones first, in the order of their strategies."""
    pure: dict[tuple[int, ...], tuple[Profile, str]] = {}
    mixed: list[tuple[Profile, str]] = []
    rows = np.zeros((len(found), sum(len(chances) for chances in found[0][0]) if found else 0))
    for profile, method in found:
        if _is_pure(profile):
            pure.setdefault(tuple(int(chances.argmax()) for chances in profile), (profile, method))
            continue
        row = np.concatenate(profile)
        if not mixed or np.abs(rows[: len(mixed)] - row).max(axis=1).min() > SAME:
            rows[len(mixed)] = row
            mixed.append((profile, method))
    order = sorted(range(len(mixed)), key=lambda k: tuple(-rows[k].round(9)))
    return [pure[places] for places in sorted(pure)] + [mixed[k] for k in order]


def _components(profiles: Sequence[Profile]) -> list[int]:
    """Return the number of the connected set of equilibria in which each profile lies.

    Between equilibria that differ in the strategy of one player only, all mixes are equilibria.

    >>> one, two = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    >>> _components([(one, one), (two, two), (one, two)])
    [0, 0, 0]
    """
    graph = nx.Graph()
    for k, keys in enumerate(_keys(profiles)):
        graph.add_edges_from((k, (i, *keys[:i], *keys[i + 1 :])) for i in range(len(keys)))
    number: dict[Any, int] = {}
    count = 0
    for k in range(len(profiles)):
        if k not in number:
            number |= dict.fromkeys(nx.node_connected_component(graph, k), count)
            count += 1
    return [number[k] for k in range(len(profiles))]


def _keys(profiles: Sequence[Profile]) -> list[tuple[int, ...]]:
    """Return for each profile the numbers of its mixed strategies, of which equal ones have the same."""
    names: dict[tuple[int, bytes], int] = {}
    keys = []
    for profile in profiles:
        rounded = [(i, (chances.round(6) + 0.0).tobytes()) for i, chances in enumerate(profile)]
        keys.append(tuple(names.setdefault(key, len(names)) for key in rounded))
    return keys


def exchangeable(solution: Solution) -> list[list[int]]:
    """Return the sets of equilibria, by their places, of which all mixes are equilibria: the maximal Nash subsets.

    Each player may mix what it plays in those of a set. Single equilibria are left out, and there is none unless the
    solution is complete and at most 500 equilibria share their components with others.
    """
    count = Counter(found.component for found in solution.equilibria)
    shared = [k for k, found in enumerate(solution.equilibria) if count[found.component] > 1]
    if not solution.complete or not 0 < len(shared) <= MOST_EXCHANGED:
        return []
    keys = _keys([solution.equilibria[k].profile for k in shared])
    # At most two players have a choice where all equilibria are known.
    varied = [i for i in range(len(keys[0])) if len({key[i] for key in keys}) > 1]
    pairs = [(key[varied[0]], key[varied[-1]] if len(varied) > 1 else 0) for key in keys]
    return sorted([shared[k] for k in subset] for subset in nash_subsets(pairs) if len(subset) > 1)


def document(game: Game, solution: Solution) -> dict[str, Any]:
    """Return a solution as one JSON object."""
    return {
        "players": list(game.players),
        "strategies": [list(names) for names in game.strategies],
        "equilibria": [
            {
                "profile": [chances.tolist() for chances in found.profile],
                "payoffs": list(found.payoffs),
                "regret": max(found.regrets),
                "kind": found.kind,
                "method": found.method,
                "component": found.component,
            }
            for found in solution.equilibria
        ],
        "complete": solution.complete,
    }


def lines(game: Game, solution: Solution) -> list[str]:
    """Return a solution as text."""
    count = len(solution.equilibria)
    sizes = " x ".join(str(len(names)) for names in game.strategies)
    told = [f"{game.title or 'a game'}: {sizes} strategies"]
    told.append(
        f"{count} equilibri{'um' if count == 1 else 'a'}, " + ("all there are" if solution.complete else "found")
    )
    count_in = Counter(found.component for found in solution.equilibria)
    for k, found in enumerate(solution.equilibria):
        shared = count_in[found.component] > 1
        told += ["", f"{k + 1}  {found.kind}" + (f", component {found.component}" if shared else "")]
        for player, names, chances, worth, regret in zip(
            game.players, game.strategies, found.profile, found.payoffs, found.regrets, strict=True
        ):
            played = [f"{names[place]} {chances[place]:.6g}" for place in np.flatnonzero(chances)]
            mix = names[int(np.argmax(chances))] if len(played) == 1 else ", ".join(played)
            told.append(f"   {player}: {mix}; payoff {worth:.6g}, regret {regret:.1g}")
        told.append(f"   found by: {found.method}")
    sets = exchangeable(solution)
    if sets:
        told += ["", "Degenerate: between these equilibria all mixes are equilibria, each player mixing on its own"]
        told += ["   " + ", ".join(str(k + 1) for k in subset) for subset in sets]
    return [printable(line) for line in told]
