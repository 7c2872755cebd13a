"""A student's pages: join a class, take a seat, move, bargain."""

from typing import Any

from nicegui import app, ui

from ..move_words import does
from ..played.game import ANSWER, MOVE, OFFER, Ask
from ..played.talks import NO_OFFER, other
from ..played.words import NAMES, SHORT, capital, signed, situation_lines
from .room import LOBBY, NAME_LETTERS, OVER, PAUSED, Room, Rooms
from .widgets import attempt, connected, heading, html, listed, opened, page_column, paragraph, table, time_left, watch

OFFERS_SHOWN = 12  # of some hundreds: the best first


def register(rooms: Rooms) -> None:
    """Make the pages."""

    @ui.page("/", title="Standoff: join a class")
    async def join() -> None:
        with page_column():
            heading(1, "Standoff")
            paragraph("Who holds the leverage? A class plays the contest over chips and rare earths.")
            wrong = ui.label().classes("error").props("role=alert")
            code = ui.input("Code of your class").props("maxlength=12 autocomplete=off autocapitalize=characters")

            async def enter() -> None:
                if room := await attempt(wrong, rooms.get, str(code.value or "")):
                    ui.navigate.to(f"/class/{room.code}")

            code.on("keydown.enter", enter)
            ui.button("Join", on_click=enter)
            ui.link("Without a class: the sandbox", "/sandbox")

    @ui.page("/class/{code}", title="Standoff: class")
    async def table_of(code: str) -> None:
        token: str = app.storage.browser["id"]
        await connected()
        with page_column():
            if room := await opened(rooms, code):
                Seated(room, token).build()


class Seated:
    """One open page of a student."""

    def __init__(self, room: Room, token: str) -> None:
        self.room, self.token = room, token
        self.chosen: dict[str, Any] = {}  # by ask: what is marked but not sent
        self.seats: Any = None
        self.before: object = None

    @property
    def seat(self) -> str | None:
        """The seat of this browser, looked up anew each time."""
        return self.room.seat_of(self.token)

    def build(self) -> None:
        """Build the page."""
        heading(1, self.room.title)
        self.status = ui.label().classes("status").props("role=status aria-live=polite")
        self.clock = ui.label()
        self.wrong = ui.label().classes("error").props("role=alert")
        self.main = ui.column().classes("page")
        self.change()
        watch(self.room, self.change)
        ui.timer(1.0, self.tick)

    def change(self) -> None:
        """Show what has changed; what is marked stays marked as long as the same is asked."""
        shown, seat = self.room.shown, self.seat
        self.status.text = self.told()
        self.tick()
        asks = tuple(ask.id for ask in shown.views[seat]["asks"]) if seat and seat in shown.views else ()
        now = (shown.phase, shown.t, seat, asks, shown.table, shown.debrief_open)
        if now == self.before:
            if self.seats is not None and self.seats.options != self.all_seats():
                self.seats.set_options(self.all_seats(), value=self.seats.value)  # the name typed so far stays
            return
        self.before, self.seats = now, None
        self.wrong.text = ""
        self.main.clear()
        with self.main:
            if seat is None or seat not in shown.views:
                self.take_seat()
            else:
                self.played(shown.views[seat])

    def tick(self) -> None:
        """Show the timer."""
        self.clock.text = time_left(self.room)

    def told(self) -> str:
        """Return in a sentence what the class waits for."""
        shown, seat = self.room.shown, self.seat
        if shown.phase == OVER:
            return "The game is over."
        if shown.phase == LOBBY:
            return "Waiting for the teacher to begin." if seat else "Choose a seat."
        if shown.phase == PAUSED:
            return "The teacher has paused the class."
        asked = dict(shown.asked)
        if seat in asked:
            return {MOVE: "Your move.", OFFER: "Your offer.", ANSWER: "Your answer."}[asked[seat]]
        return f"Waiting for {' and '.join(NAMES[each] for each in asked)}."

    def all_seats(self) -> dict[str, str]:
        """Return the names of all seats for students.

        All stay in the list: a browser sends a place in it, which must not shift while others sit down.
        """
        holders = self.room.shown.holders
        return {seat: capital(NAMES[seat]) + " (taken)" * (seat in holders) for seat in self.room.game.people}

    def take_seat(self) -> None:
        """Let the student take a seat."""
        if self.room.shown.phase == OVER:
            return
        heading(2, "Take a seat")
        name = ui.input("Your name").props(f"maxlength={NAME_LETTERS} autocomplete=off")
        seats = ui.radio(self.all_seats()).props('aria-label="Seat"').classes("choices")
        self.seats = seats

        async def sit() -> None:
            if seats.value is None:
                self.wrong.text = "Mark a seat first."
                return
            await self.do(self.room.sit, self.token, str(seats.value), str(name.value or ""))

        ui.button("Take this seat", on_click=sit)

    async def do(self, act: Any, *given: str) -> None:
        """Ask the class for something."""
        await attempt(self.wrong, act, *given)
        self.change()

    def played(self, seen: dict[str, Any]) -> None:
        """Show what the actor knows and what it is asked."""
        shown, seat = self.room.shown, str(seen["seat"])
        heading(2, f"{capital(NAMES[seat])}: {shown.month}, month {min(shown.t + 1, shown.months)} of {shown.months}")
        if shown.phase == OVER:
            if shown.debrief_open:
                ui.link("Open the debrief", f"/debrief/{self.room.code}")
            else:
                paragraph("The teacher will open the debrief.")
        if seen["news"]:
            html("<h3>Last month</h3>")
            listed(capital(line) for line in seen["news"])
        if seen["now"]:
            html("<h3>This month so far</h3>")
            listed(capital(line) for line in seen["now"])
        if shown.phase != LOBBY:
            for ask in seen["asks"]:
                self.asked(ask)
        html("<h3>What you know</h3>")
        listed(situation_lines(seen))

    def asked(self, ask: Ask) -> None:
        """Show one question with its options."""
        heading(3, {MOVE: "Your move", OFFER: "Your offer", ANSWER: "Your answer"}[ask.kind])
        options = list(ask.open)
        if ask.kind == MOVE:
            paragraph(f"Beside each move, the payoff that your actor's own reckoning expects ({ask.unit}). It may err.")
        else:
            rival = SHORT[other(ask.seat)]
            paragraph(
                f"Without a deal you expect {ask.reservation:.1f} $bn: your reservation value. Gains are counted from "
                f"there, in $bn; those of {rival} are estimates. Where both gain is the zone of possible agreement."
            )
        if ask.kind == OFFER:
            walk_out = [option for option in options if option.choice == NO_OFFER]
            offers = [option for option in options if option.choice != NO_OFFER]
            offers.sort(key=lambda option: -(option.payoff or 0.0) * (option.chance or 0.0))
            options = [*walk_out, *offers[:OFFERS_SHOWN]]
        words = {option.choice: told_option(ask, option) for option in options}
        marked = self.chosen.get(ask.id)
        radio = ui.radio(words, value=marked if marked in words else None).classes("choices")
        radio.props["aria-label"] = "Options"
        radio.on_value_change(lambda event: self.chosen.update({ask.id: event.value}))

        async def send() -> None:
            if radio.value is None:
                self.wrong.text = "Mark one of the options first."
                return
            await self.do(self.room.submit, self.token, ask.id, str(radio.value))

        ui.button({MOVE: "Move", OFFER: "Send the offer", ANSWER: "Answer"}[ask.kind], on_click=send)
        closed = [option for option in ask.options if option.closed]
        if closed:
            with ui.element("details"):
                ui.html("Closed this month", sanitize=False, tag="summary")
                listed(f"{option.words}: {option.closed}" for option in closed)
        if ask.kind == MOVE:
            with ui.element("details"):
                ui.html("What the moves do", sanitize=False, tag="summary")
                listed(f"{capital(option.words)}: {does(ask.seat, option.choice)}" for option in ask.options)
            with ui.element("details"):
                ui.html("What the figures are made of", sanitize=False, tag="summary")
                names = list(dict.fromkeys(name for option in ask.open for name in option.terms or {}))
                table(
                    "Terms of each move",
                    ["move", "all", *(name.replace("_", " ") for name in names)],
                    [
                        [option.words, option.payoff, *((option.terms or {}).get(name) for name in names)]
                        for option in ask.open
                    ],
                )


def told_option(ask: Ask, option: Any) -> str:
    """Return an option with the figures that belong to it."""
    if ask.kind == MOVE:
        return f"{option.words} ({option.payoff:.2f})"
    if option.choice == NO_OFFER or option.theirs is None:
        return str(option.words)
    chance = "" if option.chance is None else f", accepted {option.chance:.0%}"
    both = " [both gain]" if option.payoff > 0.0 and option.theirs > 0.0 else ""
    theirs = f"{SHORT[other(ask.seat)]} about {signed(option.theirs)}"
    return f"{option.words}: you {signed(option.payoff)}, {theirs}{chance}{both}"
