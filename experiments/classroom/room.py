"""A class: its seats, its timer and its one game. Knows nothing of the web; used from several threads."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...agents.doctrines import DOCTRINES_OF, doctrines_from
from ...agents.moves import ACTORS
from ...world.checks import BadInput, known
from ...world.state import state_values
from ..history import package_words
from ..played.game import ANSWER, HELD, MOVE, OFFER, Ask, Game
from ..played.saves import document_of, game_from, world_digest
from ..played.talks import ACCEPT, NO_OFFER, REJECT, Talks
from ..played.view import view
from ..settings import Settings, make_settings
from .store import Store

LOBBY, PLAYING, PAUSED, OVER = "lobby", "playing", "paused", "over"
STUDENT, AGENT = "student", "agent"  # who plays an actor, besides its doctrines
MONTHS = 12  # default length of a class: a lesson is short
MOST_MONTHS = 84
TIMER = 120  # seconds for a decision, default; 0 is no timer
TIMERS = (0, 3600)
NAME_LETTERS, TITLE_LETTERS = 30, 60


class Holder(NamedTuple):
    """Who sits at a seat."""

    token: str  # of the browser
    name: str


@dataclass(frozen=True)
class Shown:
    """What pages show of a class: made once after every change, then only read."""

    version: int
    phase: str
    t: int
    month: str
    months: int
    asked: tuple[tuple[str, str], ...]  # seat and kind of all that is waited for
    holders: Mapping[str, Holder]
    views: Mapping[str, dict[str, Any]]  # by seat, what its actor knows
    played: tuple[dict[str, Any], ...]  # the months that are over, as data
    beliefs: tuple[Mapping[str, float], ...]  # the state after each
    moved: Mapping[str, str]  # the moves made this month
    table: str  # what happens at the table now, in words
    log: tuple[Mapping[str, Any], ...]  # every choice, and who made it
    debrief_open: bool


class Room:
    """A class.

    Parameters
    ----------
    store : Store
        Keeps every event before it is acknowledged.
    code : str
        Of a class in the store.
    clock : callable
        Seconds that never go back.

    Raises
    ------
    BadInput
        If there is no such class, or its file cannot be replayed.
    """

    def __init__(self, store: Store, code: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.store, self.code, self.clock = store, code, clock
        self._lock = threading.RLock()
        self._version = 0
        self._deadline: float | None = None
        self._left: float | None = None  # seconds, while paused
        self._timed = ""  # the ask that the deadline is for
        self._load()

    # Making and loading

    @classmethod
    def new(
        cls,
        store: Store,
        title: str,
        scenario: str,
        months: int,
        plan: Mapping[str, str],
        timer: int = TIMER,
        seed: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> "Room":
        """Create a class.

        Parameters
        ----------
        title : str
        scenario : str
            One that is shipped.
        months : int
        plan : mapping of actor to str
            STUDENT, AGENT or the name of a doctrine; actors left out are agents.
        timer : int
            Seconds for a decision; 0 is no timer.
        seed : int
            Of all luck.

        Raises
        ------
        BadInput
            Naming the first thing that is wrong.
        """
        settings, people = planned(scenario, months, plan, seed)
        if isinstance(timer, bool) or not isinstance(timer, int) or not TIMERS[0] <= timer <= TIMERS[1]:
            raise BadInput(f"timer: '{timer}' is not a whole number of seconds from {TIMERS[0]} to {TIMERS[1]}")
        title = cleaned("title", title, TITLE_LETTERS)
        game = Game(settings, people)
        document = document_of(game)
        game.close()
        return cls(store, store.new({"event": "class", "title": title, "timer": timer, "game": document}), clock)

    def _load(self) -> None:
        first, *events = self.store.events(self.code)
        self.holders: dict[str, Holder] = {}
        self.phase, self.debrief_open = LOBBY, False
        self._log: list[dict[str, Any]] = []
        try:
            if first["event"] != "class":
                raise BadInput("its first line is no class")
            self.title, self.timer = str(first["title"]), int(first["timer"])
            for event in events:
                self._replay(event)
            choices = [entry["choice"] for entry in self._log]
            self.game = game_from({**first["game"], "choices": choices})
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"the file of class {self.code} cannot be replayed: {error}") from None
        if self._log and self._log[-1]["world"] != world_digest(self.game):
            raise BadInput(f"class {self.code} does not come out as it was played: the model has changed since")
        if self.game.over:
            self.phase = OVER
        self._go_on()

    def _replay(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "sit":
            self.holders[known("seat", event["seat"], HELD)] = Holder(event["token"], event["name"])
        elif kind == "leave":
            self.holders.pop(event["seat"], None)
        elif kind == "choice":
            self._log.append(event)
        elif kind == "phase":
            self.phase = known("phase", event["phase"], (PLAYING, PAUSED, OVER))
        elif kind == "debrief":
            self.debrief_open = True
        else:
            raise BadInput(f"unknown event '{kind}'")

    # Students

    def seat_of(self, token: str) -> str | None:
        """Return the seat that a browser holds."""
        return next((seat for seat, holder in self.holders.items() if holder.token == token), None)

    def sit(self, token: str, seat: str, name: str) -> None:
        """Give a seat to a browser.

        Raises
        ------
        BadInput
            If there is no such seat for students, it is taken, or the browser has another.
        """
        with self._lock:
            name = cleaned("name", name, NAME_LETTERS)
            known("seat", seat, self.game.people)
            if self.phase == OVER:
                raise BadInput("the game is over")
            mine = self.seat_of(token)
            if mine:
                raise BadInput(f"you already hold the seat {mine}")
            if seat in self.holders:
                raise BadInput(f"the seat {seat} is taken")
            self._keep({"event": "sit", "seat": seat, "token": token, "name": name})
            self.holders[seat] = Holder(token, name)
            self._show()

    def submit(self, token: str, ask: str, choice: str) -> None:
        """Take a student's choice; it is on disk when this returns.

        Raises
        ------
        BadInput
            If the browser holds no seat, the class does not play, or the game does not take the choice.
        """
        with self._lock:
            seat = self.seat_of(token)
            if seat is None:
                raise BadInput("you hold no seat in this class")
            if self.phase != PLAYING:
                raise BadInput(
                    {LOBBY: "the class has not begun", PAUSED: "the class is paused"}.get(
                        self.phase, "the game is over"
                    )
                )
            self._choose(seat, ask, choice, "student")
            self._go_on()

    # The teacher

    def begin(self) -> None:
        """Start the class, or go on after a pause.

        Raises
        ------
        BadInput
            If nobody has taken a seat, or the game is over.
        """
        with self._lock:
            if self.phase == OVER:
                raise BadInput("the game is over")
            if not self.holders:
                raise BadInput("nobody has taken a seat yet")
            self._enter(PLAYING)
            self._go_on()

    def pause(self) -> None:
        """Stop the clock; no choice is taken until the class goes on."""
        with self._lock:
            if self.phase != PLAYING:
                raise BadInput("the class is not playing")
            self._enter(PAUSED)
            self._left = None if self._deadline is None else max(self._deadline - self.clock(), 0.0)
            self._deadline = None
            self._show()

    def end(self) -> None:
        """End the game where it is, for the debrief."""
        with self._lock:
            if self.phase == LOBBY:
                raise BadInput("the class has not begun")
            if self.phase != OVER:
                self._enter(OVER)
            self._deadline = None
            self._show()

    def open_debrief(self) -> None:
        """Let students see the debrief of a game that is over."""
        with self._lock:
            if self.phase != OVER:
                raise BadInput("the game is not over yet")
            if not self.debrief_open:
                self._keep({"event": "debrief"})
                self.debrief_open = True
                self._show()

    def free(self, seat: str) -> None:
        """Take a seat from whoever holds it; the model decides for it until somebody sits down."""
        with self._lock:
            if seat not in self.holders:
                raise BadInput(f"nobody holds the seat {seat[:20]}")
            self._keep({"event": "leave", "seat": seat})
            del self.holders[seat]
            self._go_on()

    def tick(self) -> None:
        """Let the model decide for those whom the timer caught."""
        if self._deadline is None or self.clock() < self._deadline:
            return
        with self._lock:
            if self.phase != PLAYING or self._deadline is None or self.clock() < self._deadline:
                return
            for ask in self.game.pending():
                self._choose(ask.seat, ask.id, likeliest(ask), "timer")
            self._go_on()

    def finished(self) -> Game:
        """Return the game for the debrief: what students left undone is left to the agents of their seats."""
        with self._lock:
            if self.phase != OVER:
                raise BadInput("the game is not over yet")
            settings, people, choices = self.game.settings, self.game.people, list(self.game.choices)
        return Game(settings, people, choices, fill=True)

    # Inside, under the lock

    def _keep(self, event: dict[str, Any]) -> None:
        try:
            self.store.append(self.code, event)
        except OSError as error:
            raise BadInput(f"the server's disk refuses ({error.strerror}): nothing has changed, try again") from None

    def _enter(self, phase: str) -> None:
        if phase != self.phase:
            self._keep({"event": "phase", "phase": phase})
            self.phase = phase

    def _choose(self, seat: str, ask: str, choice: str, by: str) -> None:
        self.game.submit(seat, ask, choice)
        made = self.game.choices[-1]
        entry = {"event": "choice", "choice": made._asdict(), "by": by, "world": world_digest(self.game)}
        try:
            self._keep(entry)
        except BadInput:  # what is not kept has not happened
            self.game.close()
            self._load()
            raise
        self._log.append(entry)

    def _go_on(self) -> None:
        """Decide for empty seats, see whether the game is over, and set the timer."""
        while self.phase == PLAYING and self.holders and not self.game.over:
            empty = next((ask for ask in self.game.pending() if ask.seat not in self.holders), None)
            if empty is None:
                break
            self._choose(empty.seat, empty.id, likeliest(empty), "empty seat")
        if self.game.over and self.phase in (PLAYING, PAUSED):
            self._enter(OVER)
        self._set_timer()
        self._show()

    def _set_timer(self) -> None:
        if self.phase != PLAYING or not self.timer:
            self._deadline = None
            return
        first = self.game.pending()[0]
        asked = f"{first.t} {first.kind} {first.seat if first.kind != MOVE or first.seat in HELD[:2] else ''}"
        if asked != self._timed:  # those who choose at once share one timer
            self._timed, self._left = asked, None
            self._deadline = self.clock() + self.timer
        elif self._deadline is None:
            self._deadline = self.clock() + (self.timer if self._left is None else self._left)

    def _show(self) -> None:
        game = self.game
        self._version += 1
        playing = self.phase in (PLAYING, PAUSED)
        model = game.model
        moved = {seat: move.name.lower() for seat, move in model.moved.items()} if playing else {}
        if playing:
            moved |= {
                seat: game.made[t, kind, seat].made for t, kind, seat in game.made if t == game.t and kind == MOVE
            }
        self.shown = Shown(
            version=self._version,
            phase=self.phase,
            t=game.t,
            month=game.month_name(min(game.t, game.settings.months - 1)),
            months=game.settings.months,
            asked=tuple((ask.seat, ask.kind) for ask in game.pending()) if playing else (),
            holders=dict(self.holders),
            views={seat: view(game, seat) for seat in self.holders},
            played=tuple(month.data for month in game.months),
            beliefs=tuple(state_values(month.after) for month in game.months),
            moved=moved,
            table=_table_words(model.talks, model.on_offer) if playing else "",
            log=tuple(self._log),
            debrief_open=self.debrief_open,
        )

    def seconds_left(self) -> int | None:
        """Return what is left on the timer, in whole seconds."""
        deadline = self._deadline
        return None if deadline is None else max(0, round(deadline - self.clock()))


def planned(scenario: str, months: int, plan: Mapping[str, str], seed: int) -> tuple[Settings, list[str]]:
    """Return the settings of a class and the seats for students.

    Raises
    ------
    BadInput
        Naming what is unknown, or that no seat is for a student.
    """
    doctrines = {}
    for actor, player in plan.items():
        known("actor", actor, ACTORS)
        allowed = [STUDENT] if actor in HELD else []
        allowed += [AGENT, *(each.name.lower() for each in DOCTRINES_OF.get(actor, ()))]
        known(f"player of {actor}", player, allowed)
        if player not in (STUDENT, AGENT):
            doctrines[actor] = player
    people = [actor for actor in HELD if plan.get(actor) == STUDENT]
    if not people:
        raise BadInput("at least one seat must be for a student")
    if isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= MOST_MONTHS:
        raise BadInput(f"months: '{months}' is not a whole number from 1 to {MOST_MONTHS}")
    return make_settings(scenario, doctrines=doctrines_from(doctrines), seed=seed, months=months), people


def cleaned(what: str, text: str, most: int) -> str:
    r"""Return a name without anything that does not print.

    >>> cleaned("name", "  Ada\n Lovelace ", 30)
    'Ada Lovelace'
    """
    if not isinstance(text, str) or len(text) > 40 * most:
        raise BadInput(f"{what}: at most {most} letters")
    name = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    if not 1 <= len(name) <= most:
        raise BadInput(f"{what}: write 1 to {most} letters")
    return name


def likeliest(ask: Ask) -> str:
    """Return what the model thinks best: decided for a seat that is empty or too late."""
    if ask.kind == ANSWER:
        return ACCEPT if (ask.options[0].payoff or 0.0) > 0.0 else REJECT
    if ask.kind == OFFER:
        return max(
            ask.open,
            key=lambda option: 0.0 if option.choice == NO_OFFER else (option.payoff or 0.0) * (option.chance or 0.0),
        ).choice
    return max(ask.open, key=lambda option: option.payoff or 0.0).choice


def _table_words(talks: Talks | None, on_offer: Any) -> str:
    if talks is None:
        return ""
    if on_offer is None:
        return f"open; {talks.proposer} makes the offer"
    return f"{talks.proposer} offers {package_words(on_offer.real._asdict())}"


class Rooms:
    """All classes of a store, each loaded when it is first asked for."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self.store, self.clock = store, clock
        self._rooms: dict[str, Room] = {}
        self._lock = threading.Lock()

    def get(self, code: str) -> Room:
        """Return a class by its code, in whatever case it was typed.

        Raises
        ------
        BadInput
            If there is none.
        """
        code = code.strip().upper()
        self.store.path(code)
        with self._lock:
            if code not in self._rooms:
                self._rooms[code] = Room(self.store, code, self.clock)
            return self._rooms[code]

    def new(self, **given: Any) -> Room:
        """Create a class; see `Room.new`."""
        room = Room.new(self.store, **given, clock=self.clock)
        with self._lock:
            return self._rooms.setdefault(room.code, room)

    def tick(self) -> None:
        """Let every class look at its timer."""
        for room in list(self._rooms.values()):
            room.tick()
