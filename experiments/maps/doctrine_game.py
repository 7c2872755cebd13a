"""The game between doctrines: its players are actors, its strategies their doctrines, its payoffs simulated."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Event
from typing import NamedTuple, TypeVar

import numpy as np

from ...agents.doctrines import DOCTRINES_OF, Doctrines, doctrines_from
from ...agents.moves import ALLY_NAMES
from ...model.ensemble import OUTCOMES, play
from ...world.checks import BadInput, known
from ..endings import RunError, Stopped
from ..progress import Report
from ..settings import Settings
from .empirical import Places, Runs, Samples, Simulate, joined

BLOC = "allies"  # the four allies as one player: one doctrine for all, the sum of their payoffs
PLAYERS = ("us", "beijing")
ALL_PLAYERS = tuple(DOCTRINES_OF)
CHUNK = 64  # runs that a thread plays at once
POLL = 0.2  # seconds between looks at whether the user wants to stop


class DoctrineGame(NamedTuple):
    """Who plays for doctrines, in which world; all other actors follow the doctrines of the settings."""

    settings: Settings
    players: tuple[str, ...]

    @property
    def strategies(self) -> tuple[tuple[str, ...], ...]:
        """The doctrines of each player."""
        return tuple(
            tuple(doctrine.name.lower() for doctrine in DOCTRINES_OF[_actors(player)[0]]) for player in self.players
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """How many doctrines each player has."""
        return tuple(len(names) for names in self.strategies)

    def doctrines(self, places: Places) -> Doctrines:
        """Return the doctrines that all actors follow in a pure profile."""
        names = {
            player: self.strategies[i][place]
            for i, (player, place) in enumerate(zip(self.players, places, strict=True))
        }
        return doctrines_from(names, self.settings.doctrines)


def parse_players(text: str) -> tuple[str, ...]:
    """Return the players that a list names.

    >>> parse_players("us, beijing, allies")
    ('us', 'beijing', 'allies')
    """
    players = tuple(known("player", name.strip(), [*ALL_PLAYERS, BLOC]) for name in text.split(","))
    actors = [actor for player in players for actor in _actors(player)]
    if doubled := [actor for actor in actors if actors.count(actor) > 1]:
        raise BadInput(f"players: {doubled[0]} is named twice")
    if len(players) < 2:
        raise BadInput("players: a game needs two of them, such as us,beijing")
    return players


def _actors(player: str) -> tuple[str, ...]:
    return ALLY_NAMES if player == BLOC else (player,)


def play_profile(game: DoctrineGame, places: Places, first: int, end: int) -> Runs:
    """Play the runs from `first` to before `end` of a pure profile."""
    return play_runs(game.settings, game.doctrines(places), game.players, first, end)


def play_runs(settings: Settings, doctrines: Doctrines, players: Sequence[str], first: int, end: int) -> Runs:
    """Play runs and return the payoffs of the players, in $bn per year, and the regimes.

    Raises
    ------
    RunError
        Naming the run that fails or gives no finite payoff.
    """
    runs = np.arange(first, end, dtype=np.int64)
    try:
        outcomes = play(
            np.repeat(settings.parameter_row(), end - first),
            np.repeat(settings.state_row(), end - first),
            runs, settings.months, settings.seed, doctrines, settings.developers,
        ).outcomes  # fmt: skip
    except ArithmeticError as error:
        raise RunError(f"runs {first} to {end - 1}, seed {settings.seed} failed: {error} ({doctrines})") from error
    payoffs = np.stack(
        [sum(outcomes[:, OUTCOMES.index(f"payoff_{actor}")] for actor in _actors(player)) for player in players], axis=1
    )
    failed = np.flatnonzero(~np.isfinite(payoffs).all(axis=1))
    if failed.size:
        raise RunError(f"run {first + int(failed[0])}, seed {settings.seed} has no finite payoff ({doctrines})")
    return Runs(payoffs, outcomes[:, OUTCOMES.index("regime")].astype(np.int64))


Task = tuple[Places, int, int]  # a profile, its first run, and the run after its last
T = TypeVar("T")


def in_threads(game: DoctrineGame, pool: ThreadPoolExecutor, stop: Event, report: Report | None = None) -> Simulate:
    """Return how the profiles of a game are played: in the threads of a pool, until somebody stops it.

    Raises
    ------
    Stopped
        From the returned function, when `stop` is set.
    """

    def simulate(wanted: dict[Places, tuple[int, int]]) -> Samples:
        tasks = [
            (places, at, min(at + CHUNK, end))
            for places, (first, end) in wanted.items()
            for at in range(first, end, CHUNK)
        ]
        done = play_all(tasks, lambda task: play_profile(game, *task), pool, stop, report)
        pieces: dict[Places, list[Runs]] = {places: [] for places in wanted}
        for task, runs in zip(tasks, done, strict=True):
            pieces[task[0]].append(runs)
        return {places: joined(runs) for places, runs in pieces.items()}

    return simulate


def play_all(
    tasks: Sequence[T], work: Callable[[T], Runs], pool: ThreadPoolExecutor, stop: Event, report: Report | None = None
) -> list[Runs]:
    """Do all tasks in the threads of a pool and return what they came to, in their order.

    Raises
    ------
    Stopped
        When `stop` is set; tasks that have not begun never do.
    """
    futures = [pool.submit(work, task) for task in tasks]
    running = set(futures)
    while running:
        done, running = wait(running, POLL, FIRST_COMPLETED)
        for future in done:
            if report:
                report.advance(len(future.result().regimes))
        if stop.is_set():
            for future in running:
                future.cancel()
            raise Stopped("interrupted")
    return [future.result() for future in futures]
