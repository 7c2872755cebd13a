"""The folder of an equilibrium map, read strictly, and from its files alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyarrow import ArrowException

from ...world.checks import BadInput
from ..games.game import Game, Payoffs, Profile, make_game
from ..parts import read_recipe
from .folder import MEASURED, Level, Results, is_grid
from .look import REGIMES, short, words
from .phase import Apart

KINDS = {"title": str, "question": str, "starts": list, "months": int, "seed": int, "vary": dict, "points": list,
         "law_digest": str, "scenario": str, "players": list, "strategies": dict}  # fmt: skip
REGIME_WORDS = tuple(regime.name.replace(" ", "_") for regime in REGIMES)
SHARES = [f"{regime}_share" for regime in REGIME_WORDS]
STATUSES = ("certified", "undecided", "refuted")
PLAYED = 0.005  # a doctrine with a lower probability is not named


class MapResults(NamedTuple):
    """What was asked and what came out; the tables are pandas tables."""

    title: str
    question: str
    starts: list[str]  # of the regimes
    months: int
    seed: int
    law_digest: str
    preset: dict[str, Level]
    varied: list[str]
    points: list[dict[str, Level]]
    scenario: str  # start of the games
    players: list[str]
    doctrines: dict[str, list[str]]  # of each player
    regimes: Any  # one row for each point and start; none in the folder of one game
    transitions: Any  # counted passages from quarter to quarter, likewise
    payoffs: Any  # one row for each point and profile
    equilibria: Any  # one row for each point and equilibrium
    source: list[int]  # of each point the one whose equilibria it has: itself, if its game was played


class Equilibrium(NamedTuple):
    """An equilibrium of the game at one point; arrays over the players are in their order."""

    number: int
    kind: str  # pure, mixed or logit
    precision: float
    profile: Profile
    payoffs: NDArray[np.float64]  # $bn per year
    errors: NDArray[np.float64]  # standard errors of the payoffs
    regrets: NDArray[np.float64]  # shape (players, 4): estimate, low, high, tolerance
    outside: NDArray[np.float64]  # what a rule outside the list would gain; NaN if not searched
    status: str
    stable: bool  # under the replicator
    dominated_by: int  # -1 if none
    shares: NDArray[np.float64]  # of the regimes
    runs: int

    @property
    def stands(self) -> bool:
        """Whether it counts: a Nash equilibrium, and not refuted."""
        return self.kind != "logit" and self.status != "refuted"

    @property
    def regime(self) -> int:
        """The place of the regime that it leads to most often."""
        return int(np.argmax(self.shares))


class Trap(NamedTuple):
    """An equilibrium that another one of the same world Pareto-dominates."""

    worse: Equilibrium
    better: Equilibrium

    @property
    def loss(self) -> float:
        """What all players together lose, in $bn per year."""
        return float((self.better.payoffs - self.worse.payoffs).sum())


def read_map(folder: Path) -> MapResults:
    """Return what the folder of a map, or of one game, holds.

    Raises
    ------
    BadInput
        If a file is missing, damaged or does not hold what the recipe promises.
    """
    recipe = _checked_recipe(folder)
    players, doctrines = recipe["players"], recipe["strategies"]
    varied, size = list(recipe["vary"]), len(recipe["points"])
    on_a_map = bool(varied)

    errors = [f"{player}_payoff_se" for player in players]  # not finite with a single run
    worth = [f"{player}_payoff" for player in players]
    payoffs = _table(folder, "payoffs", ["point", *players, *errors], ["runs", *SHARES, *worth], size)
    for player in players:
        _known(folder, payoffs, "payoffs", player, doctrines[player])
    source = _source(folder, size) if "refine" in recipe else list(range(size))
    due = len(set(source)) * int(np.prod([len(doctrines[player]) for player in players]))
    held = len(payoffs.drop_duplicates(["point", *players]))
    if held < due or held < len(payoffs):
        raise _fault(folder, f"payoffs.parquet holds {held} of {due} profiles; run its map again first")

    chances = [f"{player}_{doctrine}" for player in players for doctrine in doctrines[player]]
    judged = ("payoff_se", "regret", "regret_low", "regret_high", "tolerance", "deviation_regret")
    columns = ["point", "layer", "equilibrium", "kind", "precision", "status", "stable", "pareto_dominated_by",
               *(f"{player}_{what}" for player in players for what in judged)]  # fmt: skip
    equilibria = _table(folder, "equilibria", columns, [*chances, *worth, *SHARES, "runs"], size)
    equilibria = equilibria[equilibria["layer"].astype(str) == "doctrines"]
    _known(folder, equilibria, "equilibria", "status", STATUSES)
    _known(folder, equilibria, "equilibria", "kind", ("pure", "mixed", "logit"))
    for player in players:
        sums = equilibria[[f"{player}_{doctrine}" for doctrine in doctrines[player]]].sum(axis=1)
        if (abs(sums - 1.0) > 1e-6).any():
            raise _fault(folder, f"equilibria.parquet: probabilities of {player} do not add up to 1")

    regimes, transitions = pd.DataFrame(), pd.DataFrame()
    if on_a_map:
        regimes = _table(folder, "regimes", ["point", "start", "tv_distance", "tv_low"], [*SHARES, "runs"], size)
        _known(folder, regimes, "regimes", "start", recipe["starts"])
        held, due = len(regimes.drop_duplicates(["point", "start"])), size * len(recipe["starts"])
        if held < due or held < len(regimes):
            raise _fault(folder, f"regimes.parquet holds {held} of {due} points and starts; run its map again first")
        transitions = _table(folder, "transitions", ["point", "start", "from", "to"], ["count"], size)
        _known(folder, transitions, "transitions", "start", recipe["starts"])
        for end in ("from", "to"):
            _known(folder, transitions, "transitions", end, REGIME_WORDS)
    return MapResults(
        **{key: recipe[key] for key in ("title", "question", "starts", "months", "seed", "law_digest", "scenario")},
        preset=recipe.get("set", {}),
        varied=varied,
        points=recipe["points"],
        players=players,
        doctrines=doctrines,
        regimes=regimes,
        transitions=transitions,
        payoffs=payoffs,
        equilibria=equilibria,
        source=source,
    )


class Face(NamedTuple):
    """The game of the first two players at one point, all others keeping to what they do in an equilibrium."""

    table: Payoffs  # shape (2, strategies of the first, of the second)
    errors: NDArray[np.float64]  # standard errors, or more than them, in the same shape
    shares: NDArray[np.float64]  # of the regimes, shape (regimes, strategies of the first, of the second)
    equilibria: list[Equilibrium]  # those in which the others do so
    note: str  # what the others do; empty if there are none


def read_reduced(folder: Path) -> Any:
    """Return the equilibria of the reduced game, or None if the folder holds none."""
    if not (folder / "reduced.parquet").exists():
        return None
    return _parquet(folder, "reduced")


def is_map(results: MapResults) -> bool:
    """Return whether the folder is a grid over one or two names."""
    return len(results.varied) in (1, 2) and is_grid(as_results(results))


def as_results(results: MapResults) -> Results:
    """Return the regimes of a map as those of a sweep: shares times runs are counts."""
    counts = np.zeros((len(results.starts), len(results.points), len(REGIMES)), np.int64)
    runs = np.ones(1)
    if len(results.regimes):
        places = (results.regimes["start"].map(results.starts.index), results.regimes["point"])
        runs = results.regimes["runs"].to_numpy(np.float64)
        counts[places] = np.rint(results.regimes[SHARES].to_numpy(np.float64) * runs[:, None])
    return Results(
        title=results.title,
        question=results.question,
        starts=results.starts,
        months=results.months,
        runs=int(runs.max()),
        seed=results.seed,
        law_digest=results.law_digest,
        preset=results.preset,
        varied=results.varied,
        points=results.points,
        counts=counts,
        sums=np.zeros((2, len(results.starts), len(results.points), len(MEASURED))),
        paths=pd.DataFrame(columns=["point", "start"]),
    )


def starts_apart(results: MapResults) -> Apart:
    """Return of each point how far its starts lead apart, and whether the interval excludes 0."""
    rows = results.regimes.drop_duplicates("point").set_index("point").sort_index()
    return [(float(far), bool(low > 0.0)) for far, low in zip(rows["tv_distance"], rows["tv_low"], strict=True)]


def game_at(results: MapResults, point: int) -> Game:
    """Return the estimated game between doctrines at a point, payoffs in $bn per year."""
    rows = profile_rows(results, point)
    names = [results.doctrines[player] for player in results.players]
    shape = tuple(len(own) for own in names)
    payoffs = [rows[f"{player}_payoff"].to_numpy(np.float64).reshape(shape) for player in results.players]
    return make_game(world(results, point), results.players, names, payoffs)


def profile_rows(results: MapResults, point: int) -> Any:
    """Return the rows of a point's payoffs, the last player's doctrine running fastest."""
    order = pd.MultiIndex.from_product([results.doctrines[player] for player in results.players])
    return results.payoffs[results.payoffs["point"] == point].set_index(results.players).reindex(order)


def equilibria_at(results: MapResults, point: int) -> list[Equilibrium]:
    """Return the equilibria of a point, refuted ones and logit ones among them."""
    players = results.players

    def over_players(row: Any, ending: str) -> NDArray[np.float64]:
        return np.array([row[f"{player}_{ending}"] for player in players], np.float64)

    found = []
    rows = results.equilibria[results.equilibria["point"] == point].sort_values("equilibrium")
    for row in rows.to_dict("records"):
        chances = tuple(
            np.array([row[f"{player}_{doctrine}"] for doctrine in results.doctrines[player]], np.float64)
            for player in players
        )
        regrets = [over_players(row, ending) for ending in ("regret", "regret_low", "regret_high", "tolerance")]
        found.append(
            Equilibrium(
                number=int(row["equilibrium"]),
                kind=str(row["kind"]),
                precision=float(row["precision"]),
                profile=chances,
                payoffs=over_players(row, "payoff"),
                errors=over_players(row, "payoff_se"),
                regrets=np.stack(regrets, axis=1),
                outside=over_players(row, "deviation_regret"),
                status=str(row["status"]),
                stable=row["stable"] is True or row["stable"] == 1,
                dominated_by=int(row["pareto_dominated_by"]),
                shares=np.array([row[share] for share in SHARES], np.float64),
                runs=int(row["runs"]),
            )
        )
    return found


def face_at(results: MapResults, point: int) -> Face:
    """Return the game of the first two players at a point, and its equilibria.

    Raises
    ------
    BadInput
        If there are further players and no equilibrium stands, so that nothing says what they do.
    """
    game, equilibria, rows = game_at(results, point), equilibria_at(results, point), profile_rows(results, point)
    two, others = game.players[:2], range(2, len(game.players))
    measured = [game.payoffs[:2]]
    for columns in ([f"{player}_payoff_se" for player in two], SHARES):
        measured.append(rows[columns].to_numpy(np.float64).T.reshape(-1, *game.payoffs.shape[1:]))
    note = ""
    if others:
        kept = next((one for one in equilibria if one.stands), None)
        if kept is None:
            raise BadInput(f"no equilibrium stands at point {point}, so nothing says what {game.players[2]} does")
        for i in reversed(others):
            measured = [own @ kept.profile[i] for own in measured]
        equilibria = [
            one for one in equilibria if all(np.allclose(one.profile[i], kept.profile[i], atol=1e-6) for i in others)
        ]
        note = ", ".join(f"{words(game.players[i])}: {played(results, i, kept.profile[i])}" for i in others)
    return Face(measured[0], measured[1], measured[2], equilibria, note)


def trap_among(equilibria: Sequence[Equilibrium]) -> Trap | None:
    """Return the trap with the greatest loss among the equilibria that stand; one that escalates comes first."""
    standing = {one.number: one for one in equilibria if one.stands}
    traps = [Trap(one, standing[one.dominated_by]) for one in standing.values() if one.dominated_by in standing]
    return max(traps, key=lambda trap: (escalates(trap.worse), trap.loss), default=None)


def escalates(equilibrium: Equilibrium) -> bool:
    """Return whether escalation is what an equilibrium leads to most often."""
    return REGIMES[equilibrium.regime].name == "escalation"


def played(results: MapResults, player: int, chances: NDArray[np.float64]) -> str:
    """Return the doctrines that a player plays, the likeliest first."""
    names = results.doctrines[results.players[player]]
    used = [k for k in np.argsort(-chances, kind="stable") if chances[k] >= PLAYED]
    if len(used) == 1:
        return short(names[used[0]])
    return " + ".join(f"{100 * chances[k]:.0f} % {short(names[k])}" for k in used)


def pairing(results: MapResults, equilibrium: Equilibrium) -> str:
    """Return who plays what in an equilibrium, in words."""
    return " / ".join(played(results, i, chances) for i, chances in enumerate(equilibrium.profile))


def world(results: MapResults, point: int) -> str:
    """Return where a point lies, in words."""
    return ", ".join(f"{words(name)} = {short(level)}" for name, level in results.points[point].items())


def made(results: MapResults, runs: str, start: str | None = None) -> str:
    """Return the line that says how a figure of a map was made."""
    parts = [
        f"Start: {start or results.scenario}",
        f"{runs} of {results.months} months",
        f"seed {results.seed}",
        *(f"{name} = {short(level)}" for name, level in results.preset.items()),
        f"laws {results.law_digest[:16]}",
    ]
    return "  |  ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def span(values: Any) -> str:
    """Return the range of whole numbers as it is read.

    >>> span([300, 300]), span([300, 4800])
    ('300', '300 to 4800')
    """
    low, high = int(min(values)), int(max(values))
    return str(low) if low == high else f"{low} to {high}"


def _fault(folder: Path, what: str) -> BadInput:
    return BadInput(f"map folder '{folder}': {what}")


def _checked_recipe(folder: Path) -> dict[str, Any]:
    recipe = read_recipe(folder)
    recipe.setdefault("strategies", recipe.get("doctrines"))
    for key, kind in KINDS.items():
        if not isinstance(recipe.get(key), kind):
            raise _fault(folder, f"recipe.json lacks '{key}', or it is no {kind.__name__}")
    players, doctrines = recipe["players"], recipe["strategies"]
    if len(players) < 2 or not recipe["points"] or (recipe["vary"] and not recipe["starts"]):
        raise _fault(folder, "recipe.json asks for no game")
    if any(not isinstance(doctrines.get(player), list) or not doctrines[player] for player in players):
        raise _fault(folder, "recipe.json lacks the doctrines of a player")
    if any(not isinstance(point, dict) or not set(recipe["vary"]) <= set(point) for point in recipe["points"]):
        raise _fault(folder, f"recipe.json has a point without {', '.join(recipe['vary'])}")
    return recipe


def _parquet(folder: Path, name: str) -> Any:
    path = folder / f"{name}.parquet"
    if not path.exists():
        raise _fault(folder, f"lacks {path.name}; run its map again first")
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError, KeyError, ArrowException) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise _fault(folder, f"{path.name} is damaged ({reason})") from None


def _table(folder: Path, name: str, columns: Sequence[str], numbers: Sequence[str], points: int) -> Any:
    """Return a table that has these columns, finite where they are numbers, and no unknown point."""
    path, table = folder / f"{name}.parquet", _parquet(folder, name)
    missing = [column for column in (*columns, *numbers) if column not in table]
    if missing:
        raise _fault(folder, f"{path.name} lacks the column '{missing[0]}'; was it made by another version?")
    for column in ("point", *numbers) if len(table) else ():  # an empty column has no type
        if not pd.api.types.is_numeric_dtype(table[column]) or not np.isfinite(table[column].astype(float)).all():
            raise _fault(folder, f"{path.name}: '{column}' has a value that is no finite number")
    strange = table["point"][~table["point"].isin(range(points))]
    if len(strange):
        raise _fault(folder, f"{path.name}: unknown point '{strange.iloc[0]}'")
    return table.astype({"point": int})


def _source(folder: Path, points: int) -> list[int]:
    table = _table(folder, "labels", ["point"], ["source"], points).sort_values("point")
    source: list[int] = table["source"].astype(int).tolist()
    if table["point"].tolist() != list(range(points)) or any(
        not 0 <= i < points or source[i] != i for i in set(source)
    ):
        raise _fault(folder, "labels.parquet does not say for each point whose label it has; run its map again first")
    return source


def _known(folder: Path, table: Any, name: str, column: str, known: Sequence[str]) -> None:
    strange = table[column][~table[column].astype(str).isin(known)]
    if len(strange):
        raise _fault(folder, f"{name}.parquet: unknown {column} '{strange.iloc[0]}'; allowed: {', '.join(known)}")
