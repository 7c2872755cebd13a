"""What the debrief of a class tells, as data, and its CSV. Reckoned once, in a thread."""

import csv
import io
import itertools
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...agents.moves import ACTORS
from ...agents.us import voice_of
from ..maps.stage import open_moves, stage_payoffs
from ..played import debrief
from ..played.game import Choice, Game, Month
from ..settings import QUANTAL
from .room import Room

BINS = 16  # of a histogram


class Report(NamedTuple):
    """A debrief."""

    game: Game  # used under `lock`
    lock: threading.Lock
    ended_early: int  # months that students played, if fewer than all; else 0
    regime: str
    compared: dict[str, Any]  # see `debrief.against_agents`
    histograms: dict[str, dict[str, Any]]  # by actor
    tables: list[dict[str, Any]]
    regrets: dict[str, list[dict[str, Any]]]  # by student's seat
    leaked: dict[str, dict[str, list[float]]]
    equilibrium: list[dict[str, Any]]
    suggested: dict[str, Choice | None]


def report(room: Room) -> Report:
    """Return the debrief of a class that is over.

    Raises
    ------
    BadInput
        If it is not over.
    """
    played = room.shown.t
    game = room.finished()
    outcomes = debrief.ensemble_outcomes(game)
    mine = debrief.payoffs(game)
    return Report(
        game=game,
        lock=threading.Lock(),
        ended_early=played if played < game.settings.months else 0,
        regime=debrief.regime(game),
        compared=debrief.against_agents(game, outcomes),
        histograms={
            actor: histogram(outcomes[1:, place], mine[actor])
            for actor, place in debrief.PAYOFFS.items()
            if actor in game.people
        },
        tables=debrief.tables(game),
        regrets={seat: debrief.regrets(game, seat) for seat in game.people},
        leaked={seat: found for seat in game.people if (found := debrief.leaked(game, seat))},
        equilibrium=[equilibrium_of(game, month) for month in game.months],
        suggested={seat: debrief.suggestion(game, seat) for seat in game.people},
    )


def histogram(values: np.ndarray[Any, Any], mine: float) -> dict[str, Any]:
    """Return how often values fall into equal bins, and the bin of one's own.

    >>> found = histogram(np.array([0.0, 0.1, 1.0]), 0.9)
    >>> found["counts"][0], found["counts"][-1], found["mine"]
    (1, 1, 14)
    """
    low, high = float(min(values.min(), mine)), float(max(values.max(), mine))
    counts, edges = np.histogram(values, BINS, (low, high))
    place = min(int(np.searchsorted(edges, mine, "right")) - 1, BINS - 1)
    middles = [float(a + b) / 2.0 for a, b in itertools.pairwise(edges)]
    return {"middles": middles, "counts": [int(count) for count in counts], "mine": max(place, 0)}


def equilibrium_of(game: Game, month: Month) -> dict[str, Any]:
    """Return what the US and Beijing would have done in a month had both solved it as a game by backward induction.

    Beijing moves first and the US answers, as in the model; payoffs are each side's own outlook on the world that both
    moves leave. Moves that a doctrine forbids its actor are closed.

    Returns
    -------
    dict
        `month`; `us`, `beijing` as played; `us_best`, `beijing_best` in equilibrium; `us_lost`, `beijing_lost`: how
        much more the equilibrium was worth to each than what was played, in $bn over the look-ahead (negative if the
        play was worth more); `at_once`: pairs that are equilibria if both had moved at once.
    """
    start, p = month.start, game.model.params
    us_moves, beijing_moves = open_moves(start, QUANTAL, p)
    us, beijing = month.moves["us"], month.moves["beijing"]
    us_moves = us_moves if us in us_moves else [*us_moves, us]  # type: ignore[list-item]
    payoffs = stage_payoffs(start, us_moves, beijing_moves, voice_of(month.dealmakers, p), p)
    u, b = in_turn(payoffs)
    played = us_moves.index(us), beijing_moves.index(beijing)  # type: ignore[arg-type]
    stable = [
        f"US {us_moves[i].name.lower()}, Beijing {beijing_moves[j].name.lower()}".replace("_", " ")
        for i, j in np.ndindex(payoffs.shape[1:])
        if payoffs[0, i, j] >= payoffs[0, :, j].max() and payoffs[1, i, j] >= payoffs[1, i].max()
    ]
    return {
        "month": game.month_name(month.t),
        "us": us.name.lower(),
        "us_best": us_moves[u].name.lower(),
        "us_lost": float(payoffs[0, u, b] - payoffs[0][played]),
        "beijing": beijing.name.lower(),
        "beijing_best": beijing_moves[b].name.lower(),
        "beijing_lost": float(payoffs[1, u, b] - payoffs[1][played]),
        "at_once": stable,
    }


def in_turn(payoffs: np.ndarray[Any, Any]) -> tuple[int, int]:
    """Return the places of both moves in the subgame-perfect equilibrium if the second player moves first.

    Parameters
    ----------
    payoffs : float array, shape (2, moves of the follower, moves of the leader)

    >>> in_turn(np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]]))
    (1, 1)
    """
    answers = payoffs[0].argmax(axis=0)
    leader = int(payoffs[1][answers, np.arange(len(answers))].argmax())
    return int(answers[leader]), leader


def changed(found: Report, choice: Choice) -> dict[str, Any]:
    """Return the same luck with one choice made otherwise; see `debrief.replayed`."""
    with found.lock:
        return debrief.replayed(found.game, choice)


HEADER = (
    "t", "month", "seat", "by", "kind", "choice", "value", "best", "best_value", "regret", "unit", "agent",
    "agent_chance", "payoff_of_month",
)  # fmt: skip


def csv_text(room: Room, found: Report) -> str:
    """Return every choice of a class as CSV, a row each, with what the model thinks of it.

    `by` is student, timer, empty seat or agent. Names are left out: the file may be passed on.
    """
    file = io.StringIO()
    writer = csv.DictWriter(file, HEADER, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows(room, found))
    return file.getvalue()


def rows(room: Room, found: Report) -> Iterator[dict[str, Any]]:
    """Yield the rows of the CSV."""
    game = found.game
    by = {
        (entry["choice"]["t"], entry["choice"]["kind"], entry["choice"]["seat"]): entry["by"]
        for entry in room.shown.log
    }
    for month in game.months:
        name = game.month_name(month.t)
        for actor in ACTORS:
            row = {
                "t": month.t,
                "month": name,
                "seat": actor,
                "by": by.get((month.t, "move", actor), "agent"),
                "kind": "move",
                "choice": month.moves[actor].name.lower(),
                "payoff_of_month": repr(month.payoffs[actor]),
            }
            if actor in found.regrets:
                regret = found.regrets[actor][month.t]
                row |= {name: regret[name] for name in ("value", "best", "best_value", "regret", "unit", "agent")}
                row["agent_chance"] = regret["chance"]
            yield row
        for (t, kind, seat), choice in game.made.items():
            if t == month.t and kind != "move":
                who = by.get((t, kind, seat), "agent")
                yield {"t": t, "month": name, "seat": seat, "by": who, "kind": kind, "choice": choice.made}


class Reports:
    """The debriefs of this server, each made once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, Report] = {}

    def get(self, room: Room) -> Report:
        """Return the debrief of a class; whoever asks first waits for it."""
        with self._lock:
            if room.code not in self._made:
                self._made[room.code] = report(room)
            return self._made[room.code]
