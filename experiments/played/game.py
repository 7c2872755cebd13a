"""A played game: settings, the seats that people hold and what they chose. All else is a replay.

The Mesa model plays a month. Where it needs a person who has not chosen yet, the try ends before anything has
changed, the game says whom it asks, and after the choice the month is tried anew: the same luck, the same month.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from ...agents.beijing import after_beijing
from ...agents.doctrines import Doctrines
from ...agents.moves import ACTORS, MOVES_OF
from ...agents.us import Voice, after_us
from ...model.ensemble import TRACE
from ...model.luck import Chances, params_of
from ...model.month import Irritant, irritant_of
from ...model.seats import SEATS, Actor
from ...model.standoff import Standoff, release
from ...model.table import Settlement, Table, no_talks
from ...world.checks import BadInput, known
from ...world.state import World, world_from
from ...world.trade import Package
from ..decisions import explained
from ..history import month_name, month_of, trace_row
from ..settings import Settings
from .talks import ACCEPT, NO_OFFER, REJECT, Offer, Talks, talks_of

HELD = tuple(actor for actor in ACTORS if actor != "developers")  # developers are many: nobody holds their seat
TOGETHER = HELD[2:]  # who choose at once, after the table
MOVE, OFFER, ANSWER = "move", "offer", "answer"


class Choice(NamedTuple):
    """What a person chose; a game is the list of these."""

    t: int  # month, from 0
    kind: str  # MOVE, OFFER or ANSWER
    seat: str
    made: str  # a move, the key of a package, or ACCEPT or REJECT
    about: str = ""  # of an answer: the key of the offer


@dataclass(frozen=True)
class Option:
    """One thing that a person may choose."""

    choice: str
    words: str
    payoff: float | None  # as the actor's own law expects it, in the unit of the ask; None if it is closed
    closed: str = ""  # why it may not be chosen
    terms: Mapping[str, float] | None = None  # what `payoff` is made of
    beliefs: Mapping[str, float] | None = None
    theirs: float | None = None  # of an offer: what it gains the other side, as this side can reckon
    chance: float | None = None  # of an offer: how likely the other side accepts, as this side can reckon


@dataclass(frozen=True)
class Ask:
    """What the game waits for. Its id names the month and the phase, so that a choice cannot count twice."""

    id: str
    t: int
    month: str
    seat: str
    kind: str
    unit: str
    options: tuple[Option, ...]
    reservation: float | None = None  # at the table: what no deal is worth, $bn over the look-ahead
    about: str = ""

    @property
    def open(self) -> tuple[Option, ...]:
        """The options that may be chosen."""
        return tuple(option for option in self.options if not option.closed)


class Month(NamedTuple):
    """A month that was played, with all that the debrief needs."""

    t: int
    start: World
    shown: World  # as the month's moves left it, before physics
    after: World
    faced: dict[str, World]  # the world that each actor faced when it chose
    dealmakers: float
    moves: dict[str, IntEnum]
    talks: Talks | None
    settlement: Settlement
    payoffs: dict[str, float]
    data: dict[str, Any]  # as `standoff run` tells it
    by_agent: tuple[str, ...]  # people's seats for which the agent decided: their choice was not possible, or not made


class Waiting(Exception):  # noqa: N818 (no error: a person is asked)
    """The month cannot go on without a person."""

    def __init__(self, kind: str, seat: str) -> None:
        super().__init__(kind, seat)
        self.kind, self.seat = kind, seat


class Seat(Actor):
    """A seat at which the model asks the person who holds it. Goes before an actor's class."""

    def choose(self, world: World, luck: Chances, *own: Any) -> IntEnum:
        """Return the person's move, or the agent's where nobody holds the seat."""
        sitting: Any = self.model
        sitting.faced[self.name] = world
        if self.name == "us":
            sitting.dealmakers = own[0]
        move: IntEnum | None = sitting.persons_move(self.name, world)
        if move is None:
            agent: Any = super()
            move = agent.choose(world, luck, *own)
        sitting.moved[self.name] = move
        return move


CLASSES: dict[str, type[Actor]] = {name: type(f"Seat of {name}", (Seat, SEATS[name]), {}) for name in HELD}


class Sitting(Standoff):
    """The model with people at its seats.

    Parameters
    ----------
    settings : Settings
    people : sequence of str
        The seats that people hold.
    made : mapping of (t, kind, seat) to Choice
        What they chose so far; read at every try.
    fill : bool
        Whether the agent decides where a person's choice is missing or no longer possible.
    """

    def __init__(
        self, settings: Settings, people: Iterable[str], made: Mapping[tuple[int, str, str], Choice], fill: bool
    ) -> None:
        numbers: dict[str, Any] = {**settings.parameters, **settings.state}
        self.people, self.made, self.fill = tuple(people), made, fill
        self.waiting: Waiting | None = None
        self.priced: tuple[World, Voice, Talks] | None = None
        self.reckoned: dict[str, tuple[World, float, tuple[str, tuple[Option, ...]]]] = {}
        self.common, self.first = params_of(settings.parameter_row()[0]), world_from(dict(settings.state))
        super().__init__(
            settings.scenario,
            seed=settings.seed,
            months=settings.months,
            developers=settings.developers,
            doctrines=settings.doctrines,
            seats=CLASSES,
            **numbers,
        )
        self.try_anew()

    def step(self) -> None:
        """Play one month, or end early if a person has to choose first: `waiting` says who."""
        try:
            super().step()
        except Waiting as waiting:  # not further: the clock of newer Mesa versions would stop for good
            self.waiting = waiting

    def try_anew(self) -> None:
        """Forget the try of a month that ended early."""
        self.waiting = None
        self.steps = self.world.month  # Mesa counted the try
        self.moved: dict[str, IntEnum] = {}
        self.talks: Talks | None = None
        self.on_offer: Offer | None = None
        self.settled_now = no_talks()
        self.by_agent: list[str] = []

    def persons_move(self, seat: str, world: World) -> IntEnum | None:
        """Return the move of the person in a seat; None if the agent is to decide."""
        if seat not in self.people:
            return None
        choice = self.made.get((world.month, MOVE, seat))
        if choice is None and not self.fill:
            raise Waiting(MOVE, seat)
        if choice is not None:
            for option in self.options(seat)[1]:
                if option.choice == choice.made and not option.closed:
                    return MOVES_OF[seat][choice.made.upper()]
        self._left_to_agent(seat, choice)
        return None

    def options(self, seat: str) -> tuple[str, tuple[Option, ...]]:
        """Return the unit and the moves of a seat that has come to choose; reckoned once for all tries."""
        world, dealmakers = self.faced[seat], self.dealmakers if seat == "us" else 0.0
        if seat not in self.reckoned or self.reckoned[seat][:2] != (world, dealmakers):
            found = move_options(seat, world, self.doctrines, self.dealmakers, self.params)
            self.reckoned[seat] = (world, dealmakers, found)
        return self.reckoned[seat][2]

    def _left_to_agent(self, seat: str, choice: Choice | None) -> None:
        if not self.fill:
            assert choice is not None  # noqa: S101
            raise BadInput(f"'{choice.made}' is not open to {seat} in month {choice.t}")
        self.by_agent.append(seat)

    def bargain(self, world: World, voice: Voice, luck: Chances) -> Settlement:
        """Return what an open table brings, asking the people on either side."""
        agents = super().bargain(world, voice, luck)
        us_proposes, p = luck.proposer < 0.5, self.params
        if self.priced is None or self.priced[:2] != (world, voice):  # a month that is tried anew opens the same table
            opened = talks_of(world, self.doctrines.us, voice, us_proposes, p, self.common, self.first)
            self.priced = (world, voice, opened)
        talks = self.priced[2]
        self.talks, self.at_table, by_us = talks, world, float(us_proposes)
        walk_out = Settlement(Table.WALK_OUT, by_us, Package(0.0, 0.0, 0.0, 0.0, 0.0), 0.0, 0.0)
        on_offer = next((offer for offer in talks.offers if offer.real == agents.package), None)
        if agents.result == Table.WALK_OUT:
            on_offer = None
        if talks.proposer in self.people:
            on_offer = self._persons_offer(talks, world.month, on_offer)
        self.on_offer = on_offer
        if on_offer is None:
            self.settled_now = walk_out
        else:
            accepted = luck.acceptance < on_offer.chance(talks.responder)
            if talks.responder in self.people:
                accepted = self._persons_answer(talks, world.month, on_offer, accepted)
            result = Table.ACCEPTED if accepted else Table.REJECTED
            self.settled_now = Settlement(result, by_us, on_offer.real, on_offer.us, on_offer.beijing)
        return self.settled_now

    def _persons_offer(self, talks: Talks, t: int, agents: Offer | None) -> Offer | None:
        choice = self.made.get((t, OFFER, talks.proposer))
        if choice is None and not self.fill:
            raise Waiting(OFFER, talks.proposer)
        if choice is not None:
            if choice.made == NO_OFFER:
                return None
            for offer in talks.offers:
                if offer.key == choice.made:
                    return offer
        self._left_to_agent(talks.proposer, choice)
        return agents

    def _persons_answer(self, talks: Talks, t: int, on_offer: Offer, agents: bool) -> bool:
        choice = self.made.get((t, ANSWER, talks.responder))
        if choice is None and not self.fill:
            raise Waiting(ANSWER, talks.responder)
        if choice is not None and choice.about == on_offer.key and choice.made in (ACCEPT, REJECT):
            return choice.made == ACCEPT
        self._left_to_agent(talks.responder, choice)
        return agents

    def agencies(self, start: World) -> Irritant:
        """Return what agencies did in the month that is being tried, after both governments moved."""
        moved: Any = self.moved
        luck, p = self._chances[start.month], self.params
        acted = after_us(after_beijing(start, moved["beijing"]), moved["us"], p)
        return irritant_of(acted, luck.irritant, luck.irritant_breaks, p)


class Game:
    """A game that people play.

    Parameters
    ----------
    settings : Settings
        The luck, the numbers, and the doctrines of the other actors.
    people : sequence of str
        The seats that people hold, of HELD.
    choices : sequence of Choice
        What they have chosen already; it is replayed at once.
    fill : bool
        Whether the agent of a seat decides where its person's choice is missing or no longer possible, for replays
        that differ from the game as it was played.

    Raises
    ------
    BadInput
        If a seat cannot be held, or its actor has a doctrine, or a choice does not fit into the game.

    Notes
    -----
    A game is used by one thread at a time.
    """

    def __init__(
        self, settings: Settings, people: Iterable[str], choices: Iterable[Choice] = (), fill: bool = False
    ) -> None:
        self.settings, self.people = settings, tuple(people)
        for place, seat in enumerate(self.people):
            known("seat", seat, HELD)
            if seat in self.people[:place]:
                raise BadInput(f"seat {seat} is given twice")
            doctrine = getattr(settings.doctrines, seat, None)
            if doctrine:
                raise BadInput(f"{seat} is played by a person, not by the doctrine {doctrine.name.lower()}")
        self.choices: list[Choice] = []
        self.made: dict[tuple[int, str, str], Choice] = {}
        for choice in choices:
            if (key := (choice.t, choice.kind, choice.seat)) in self.made:
                raise BadInput(f"{choice.seat} chose twice in month {choice.t}")
            self.made[key] = choice
            self.choices.append(choice)
        self.months: list[Month] = []
        self.model = Sitting(settings, self.people, self.made, fill)
        self._asks: list[Ask] | None = None
        try:
            self._advance()
            if not fill:
                self._check_choices()
        except BadInput:
            self.close()
            raise

    def _check_choices(self) -> None:
        asked = set().union(*(self._asked_in(month) for month in self.months))
        if self.model.running:
            asked |= self._asked_now()
        for choice in self.choices:
            if choice.seat not in self.people or (choice.t, choice.kind, choice.seat) not in asked:
                raise BadInput(f"nobody asked {choice.seat} for the {choice.kind} of month {choice.t}")

    @property
    def t(self) -> int:
        """The month to be played, from 0."""
        return len(self.months)

    @property
    def over(self) -> bool:
        """Whether all months are played."""
        return not self.model.running

    def month_name(self, t: int) -> str:
        """Return a month such as 2025-09."""
        return month_name(self.settings.scenario.month, t)

    def close(self) -> None:
        """Let go of the model."""
        release(self.model)

    def pending(self) -> list[Ask]:
        """Return what the game waits for: one ask, or those of all who choose at the same time."""
        if self._asks is None:
            self._asks = [self._ask(kind, seat) for kind, seat in self._waiting]
        return list(self._asks)

    def submit(self, seat: str, ask: str, choice: str) -> None:
        """Take a person's choice.

        Raises
        ------
        BadInput
            If the seat is not asked this now, has chosen already, or the choice is not open. Nothing changes then.
        """
        found = next((pending for pending in self.pending() if pending.id == ask and pending.seat == seat), None)
        if found is None:
            if any(ask == ask_id(self.month_name(old.t), old.kind, old.seat) for old in self.choices):
                raise BadInput(f"'{ask}' has been answered already")
            raise BadInput(f"'{ask}' is not asked of {seat} now")
        option = {option.choice: option for option in found.options}[
            known("choice", choice, [option.choice for option in found.options])
        ]
        if option.closed:
            raise BadInput(f"{choice} is closed: {option.closed}")
        made = Choice(found.t, found.kind, seat, choice, found.about)
        self.choices.append(made)
        self.made[made.t, made.kind, made.seat] = made
        if len(self._waiting) > 1:  # of those who choose at once, others are still asked
            self._waiting.remove((made.kind, seat))
            self._asks = [pending for pending in self.pending() if pending.id != ask]
            return
        self._advance()

    def _advance(self) -> None:
        """Play until a person is asked or the game is over."""
        model, self._waiting, self._asks = self.model, [], None
        while model.running:
            start = model.world
            model.try_anew()
            model.step()
            if waiting := model.waiting:
                self._waiting = [(waiting.kind, waiting.seat)]
                if waiting.kind == MOVE and waiting.seat in TOGETHER:
                    self._waiting = [
                        (MOVE, seat)
                        for seat in TOGETHER
                        if seat in self.people and (start.month, MOVE, seat) not in self.made
                    ]
                return
            self.months.append(self._played(start))

    def _played(self, start: World) -> Month:
        model = self.model
        return Month(
            t=start.month,
            start=start,
            shown=model.shown,
            after=model.world,
            faced=dict(model.faced),
            dealmakers=model.dealmakers,
            moves={actor: model.seats[actor].move for actor in ACTORS},
            talks=model.talks,
            settlement=model.settlement,
            payoffs={actor: model.seats[actor].payoff for actor in ACTORS},
            data=month_of(self.settings.scenario.month, start.month, dict(zip(TRACE, trace_row(model), strict=True))),
            by_agent=tuple(model.by_agent),
        )

    def _asked_in(self, month: Month) -> set[tuple[int, str, str]]:
        """Return what was asked in a month that is over."""
        asked = {(month.t, MOVE, seat) for seat in HELD}
        if month.talks:
            asked.add((month.t, OFFER, month.talks.proposer))
            if month.settlement.result != Table.WALK_OUT:
                asked.add((month.t, ANSWER, month.talks.responder))
        return asked

    def _asked_now(self) -> set[tuple[int, str, str]]:
        """Return what has been asked so far in the month that is not over."""
        model, (kind, seat) = self.model, self._waiting[0]
        asked = {(MOVE, actor) for actor in model.moved}
        if model.talks:
            asked.add((OFFER, model.talks.proposer))
        if kind == MOVE and seat in TOGETHER:
            asked |= {(MOVE, actor) for actor in TOGETHER}
            if model.talks and model.settled_now.result != Table.WALK_OUT:
                asked.add((ANSWER, model.talks.responder))
        return {(self.t, *each) for each in asked}

    def _ask(self, kind: str, seat: str) -> Ask:
        model, name = self.model, self.month_name(self.t)
        reservation, about, unit = None, "", "$bn over the look-ahead"
        if kind == MOVE:
            unit, options = model.options(seat)
        else:
            talks = model.talks
            assert talks is not None  # noqa: S101 (an offer or an answer is asked at an open table)
            reservation, rival = talks.alone[seat], talks.responder if kind == OFFER else talks.proposer
            reckoned = [
                Option(
                    offer.key,
                    offer.words,
                    offer.gain(seat),
                    theirs=offer.gain(rival),
                    chance=offer.chance(rival),
                )
                for offer in talks.estimates[seat]
            ]
            if kind == OFFER:
                options = (Option(NO_OFFER, "offer nothing and walk out", 0.0), *reckoned)
            else:
                assert model.on_offer is not None  # noqa: S101 (an answer is asked of an offer)
                about = model.on_offer.key
                offer = next(option for option in reckoned if option.choice == about)
                options = (
                    Option(ACCEPT, f"accept: {offer.words}", offer.payoff, theirs=offer.theirs),
                    Option(REJECT, "reject", 0.0, theirs=0.0),
                )
        return Ask(ask_id(name, kind, seat), self.t, name, seat, kind, unit, tuple(options), reservation, about)


def ask_id(month: str, kind: str, seat: str) -> str:
    """Return the id of an ask.

    >>> ask_id("2025-09", "move", "us")
    '2025-09:move:us'
    """
    return f"{month}:{kind}:{seat}"


def move_options(
    seat: str, world: World, doctrines: Doctrines, dealmakers: float, p: Any
) -> tuple[str, tuple[Option, ...]]:
    """Return the unit of a seat's payoffs and its moves as options, in the order of the moves."""
    decision = explained(seat, world, doctrines, dealmakers, p)
    return decision["unit"], tuple(
        Option(
            row["move"],
            row["move"].replace("_", " "),
            row["value"],
            "" if row["open"] else why_closed(row["move"], world),
            row["terms"],
            row["beliefs"],
        )
        for row in decision["moves"]
    )


def why_closed(move: str, world: World) -> str:
    """Return why a move is not open to an actor that follows no doctrine."""
    if move == "relax_chips" and world.us.chip_floor > 0.0:
        return f"the law of Congress forbids chip control below {world.us.chip_floor:.2f}"
    if move == "redesign" and world.nvidia.redesign_months_left > 0.0:
        return "a redesign is under way"
    if move == "legislate_floor":
        return "such a law is in force already"
    return "it would change nothing now"
