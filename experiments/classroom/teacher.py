"""The teacher's pages: make a class, see all of it, pause it, end it."""

import asyncio
import hmac
from typing import Any

from nicegui import app, ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...agents.doctrines import DOCTRINES_OF
from ...agents.moves import ACTORS, ALLY_NAMES
from ...world.scenarios import DEFAULT, load_scenario, scenario_names
from ..history import told
from ..played.game import HELD
from ..played.words import BELIEVED, NAMES, capital
from .room import (
    AGENT,
    LOBBY,
    MONTHS,
    MOST_MONTHS,
    OVER,
    PAUSED,
    PLAYING,
    STUDENT,
    TIMER,
    TIMERS,
    TITLE_LETTERS,
    Room,
    Rooms,
)
from .widgets import (
    attempt,
    connected,
    heading,
    html,
    lines,
    listed,
    opened,
    page_column,
    paragraph,
    table,
    time_left,
    watch,
)

LEVERS = {
    "chip_control": "US: chip control",
    "tool_control": "US: tool control",
    "rare_earth_restriction": "Beijing: rare earths restricted",
    "steering": "Beijing: steering",
    "tariff_on_china": "US: tariff on China",
}
FIRST_PLAN = {"us": STUDENT, "beijing": STUDENT, "nvidia": STUDENT, "huawei": STUDENT}


STARTS = {name: f"{start.title} ({start.month})" for name in scenario_names() for start in [load_scenario(name)]}


def is_teacher(rooms: Rooms) -> bool:
    """Return whether this browser has shown the teacher's key."""
    return hmac.compare_digest(str(app.storage.browser.get("teacher", "")), rooms.store.teacher_key)


def register(rooms: Rooms) -> None:
    """Make the pages."""

    @ui.page("/teach", title="Standoff: classes")
    async def home(key: str = "") -> Response | None:
        if key:  # into the cookie and out of the address, which a projector would show
            if hmac.compare_digest(key.encode(), rooms.store.teacher_key.encode()):
                app.storage.browser["teacher"] = rooms.store.teacher_key
            return RedirectResponse("/teach")
        if not is_teacher(rooms):
            refused()
            return None
        await connected()
        with page_column():
            heading(1, "A new class")
            new_class(rooms)
            titles = await asyncio.to_thread(rooms.store.titles)
            if titles:
                heading(2, "Classes kept here")
                for code, title in titles.items():
                    ui.link(f"{code} {title}".strip(), f"/teach/{code}")
            ui.link("Sandbox", "/sandbox")
        return None

    @ui.page("/teach/{code}", title="Standoff: teacher")
    async def screen(request: Request, code: str) -> None:
        if not is_teacher(rooms):
            refused()
            return
        await connected()
        with page_column():
            if room := await opened(rooms, code, "/teach"):
                Screen(room, f"{request.url.scheme}://{request.url.netloc}/class/{room.code}").build()


def refused() -> None:
    """Tell somebody without the key how a teacher gets in."""
    with page_column():
        heading(1, "For the teacher")
        paragraph("Open the link for the teacher that `standoff serve` printed when it started.", "error")
        ui.link("Students join here", "/")


def new_class(rooms: Rooms) -> None:
    """Show the form of a new class."""
    wrong = ui.label().classes("error").props("role=alert")
    title = ui.input("Title", value="Chips and rare earths").props(f"maxlength={TITLE_LETTERS}")
    scenario = ui.select(STARTS, label="Scenario", value=DEFAULT)
    with ui.row():
        months = ui.number("Months", value=MONTHS, min=1, max=MOST_MONTHS, precision=0)
        timer = ui.number(
            "Seconds for a decision, 0 for no timer", value=TIMER, min=TIMERS[0], max=TIMERS[1], precision=0
        )
        seed = ui.number("Seed of all luck", value=1, min=0, precision=0)
        for field in (months, timer, seed):
            field.style("min-width: 14rem")
    heading(2, "Who plays")
    players: dict[str, Any] = {}
    with ui.element("div").classes("two"):
        for actor in HELD:
            choices = {STUDENT: "a student", AGENT: "the model's agent"}
            choices |= {
                name: f"doctrine: {name.replace('_', ' ')}"
                for name in (each.name.lower() for each in DOCTRINES_OF.get(actor, ()))
                if name != "quantal"
            }
            players[actor] = ui.select(choices, label=capital(NAMES[actor]), value=FIRST_PLAN.get(actor, AGENT))

    async def create() -> None:
        room = await attempt(
            wrong,
            lambda: rooms.new(
                title=str(title.value or ""),
                scenario=str(scenario.value),
                months=whole(months.value),
                timer=whole(timer.value),
                seed=whole(seed.value),
                plan={actor: str(player.value) for actor, player in players.items()},
            ),
        )
        if room:
            ui.navigate.to(f"/teach/{room.code}")

    ui.button("Create the class", on_click=create)


def whole(value: Any) -> Any:
    """Return a number field's value as a whole number if it is one; else as it is, to be refused by name."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Screen:
    """One open screen of the teacher."""

    def __init__(self, room: Room, link: str) -> None:
        self.room, self.link = room, link

    def build(self) -> None:
        """Build the page."""
        heading(1, self.room.title)
        with ui.element("div").classes("two"):
            html(f'<p>Code <span class="code">{self.room.code}</span></p>')
            with ui.column():
                paragraph("Students open")
                ui.link(self.link, self.link)
        self.status = ui.label().classes("status").props("role=status aria-live=polite")
        self.clock = ui.label()
        self.wrong = ui.label().classes("error").props("role=alert")
        with ui.row():
            self.go = ui.button("Begin", on_click=lambda: self.do(self.room.begin))
            self.stop = ui.button("Pause", on_click=lambda: self.do(self.room.pause))
            self.end = ui.button("End the game", on_click=self.ask_end)
            self.open = ui.button("Open the debrief", on_click=self.debrief)
        with ui.dialog() as self.sure, ui.card():
            paragraph("End the game here? In the debrief, agents play what is left. This cannot be undone.")
            with ui.row():
                ui.button("End it", on_click=self.really_end)
                ui.button("Go on playing", on_click=self.sure.close)
        self.main = ui.column().classes("page")
        self.change()
        watch(self.room, self.change)
        ui.timer(1.0, self.tick)

    def ask_end(self) -> None:
        """Ask before the game is ended."""
        self.sure.open()

    async def really_end(self) -> None:
        """End the game."""
        self.sure.close()
        await self.do(self.room.end)

    async def debrief(self) -> None:
        """Let students into the debrief, and go there."""
        await self.do(self.room.open_debrief)
        if self.room.debrief_open:
            ui.navigate.to(f"/debrief/{self.room.code}")

    async def do(self, act: Any, *given: str) -> None:
        """Ask the class for something."""
        await attempt(self.wrong, act, *given)
        self.change()

    def tick(self) -> None:
        """Show the timer."""
        self.clock.text = time_left(self.room)

    def change(self) -> None:
        """Show the class as it is now."""
        shown = self.room.shown
        self.go.text = "Go on" if shown.phase == PAUSED else "Begin"
        self.go.set_visibility(shown.phase in (LOBBY, PAUSED))
        self.stop.set_visibility(shown.phase == PLAYING)
        self.end.set_visibility(shown.phase in (PLAYING, PAUSED))
        self.open.set_visibility(shown.phase == OVER)
        asked = ", ".join(f"{NAMES[seat]} ({kind})" for seat, kind in shown.asked)
        month = f"{shown.month}, month {min(shown.t + 1, shown.months)} of {shown.months}"
        self.status.text = {
            LOBBY: "Students take their seats.",
            PLAYING: f"{month}. Waiting for {asked}.",
            PAUSED: f"{month}. Paused; {asked} to choose.",
            OVER: "The game is over.",
        }[shown.phase]
        self.tick()
        self.main.clear()
        with self.main:
            self.seats()
            if shown.phase != LOBBY:
                self.now()
                self.past()

    def seats(self) -> None:
        """Show who sits where; a seat can be freed, for a student whose phone is gone."""
        heading(2, "Seats")
        shown, asked = self.room.shown, dict(self.room.shown.asked)
        for seat in self.room.game.people:
            holder = shown.holders.get(seat)
            with ui.row().style("align-items: center"):
                state = "free" if holder is None else holder.name
                now = f", is asked for: {asked[seat]}" if seat in asked else ""
                ui.label(f"{capital(NAMES[seat])}: {state}{now}")
                if holder is not None and shown.phase != OVER:
                    ui.button("Free the seat", on_click=lambda seat=seat: self.do(self.room.free, seat)).props(
                        f'flat dense aria-label="Free the seat of {NAMES[seat]}"'
                    )

    def now(self) -> None:
        """Show the month that is being played."""
        shown = self.room.shown
        if shown.phase == OVER:
            return
        heading(2, f"This month, {shown.month}")
        said = [f"{capital(NAMES[seat])}: {move.replace('_', ' ')}" for seat, move in shown.moved.items()]
        listed([*said, *([f"The table: {shown.table}"] if shown.table else [])] or ["Nobody has moved yet."])

    def past(self) -> None:
        """Show levers, beliefs, payoffs and offers so far."""
        shown = self.room.shown
        if not shown.played:
            return
        months = [month["month"] for month in shown.played]
        with ui.element("div").classes("two"):
            with ui.column():
                heading(2, "Levers")
                lines(
                    "Levers", "0 to 1", months,
                    {words: [month["state"][name] for month in shown.played] for name, words in LEVERS.items()}, 0.0,
                )  # fmt: skip
            with ui.column():
                heading(2, "Beliefs")
                lines(
                    "Beliefs", "0 to 1", months,
                    {words: [state[name] for state in shown.beliefs] for name, words in BELIEVED.items()
                     if name != "us_estimate_of_capacity"}, 0.0, 1.0,
                )  # fmt: skip
            with ui.column():
                heading(2, "Payoffs")
                lines(
                    "Payoffs", "$bn a month", months,
                    {capital(NAMES[actor]): [month["payoffs"][actor] for month in shown.played]
                     for actor in ACTORS if actor not in (*ALLY_NAMES, "congress", "developers")},
                )  # fmt: skip
            with ui.column():
                heading(2, "Offers")
                offers = [month for month in shown.played if month["table"]["result"] != "closed"]
                if offers:
                    table(
                        "The table", ["month", "offer by", "result", "US gains", "Beijing gains"],
                        [[month["month"], NAMES[month["table"]["proposer"]], month["table"]["result"].replace("_", " "),
                          month["table"]["us_gain"], month["table"]["beijing_gain"]] for month in offers],
                    )  # fmt: skip
                else:
                    paragraph("The table has not opened yet.")
        heading(2, "What happened")
        before = [None, *shown.played[:-1]]
        listed(
            f"{month['month']}: {'; '.join(told(month, last)) or 'nothing'}."
            for month, last in reversed(list(zip(shown.played, before, strict=True)))
        )
