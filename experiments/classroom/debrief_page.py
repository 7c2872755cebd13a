"""The debrief of a class, for the teacher and, when it is opened, for the class."""

import asyncio
from typing import Any

from nicegui import app, ui

from ...agents.moves import ACTORS
from ..decisions import explained
from ..played.debrief import RUNS
from ..played.game import MOVE, Choice
from ..played.words import BELIEVED, NAMES, capital, signed
from .debriefing import Report, Reports, changed, csv_text
from .room import OVER, Room, Rooms
from .teacher import is_teacher
from .widgets import (
    COLOURS,
    attempt,
    connected,
    heading,
    html,
    lines,
    opened,
    page_column,
    paragraph,
    table,
    table_text,
)


def register(rooms: Rooms) -> None:
    """Make the page."""
    reports = Reports()

    @ui.page("/debrief/{code}", title="Standoff: debrief")
    async def debrief(code: str) -> None:
        teaches, token = is_teacher(rooms), app.storage.browser["id"]
        await connected()
        with page_column():
            room = await opened(rooms, code)
            if room is None:
                return
            if not teaches and not (room.debrief_open and room.seat_of(token)):
                heading(1, "Not open")
                paragraph("The debrief is for the class, once the teacher has opened it.", "error")
                return
            heading(1, f"Debrief: {room.title}")
            if room.shown.phase != OVER:
                paragraph("The game is not over yet.", "error")
                return
            status = ui.label("Playing the same game with agents, to compare ...").props("role=status aria-live=polite")
            found = await asyncio.to_thread(reports.get, room)
            status.text = ""
            Debrief(room, found).build()


class Debrief:
    """One open debrief."""

    def __init__(self, room: Room, found: Report) -> None:
        self.room, self.found = room, found
        self.months = [month["month"] for month in found.regrets[found.game.people[0]]]

    def build(self) -> None:
        """Build the page."""
        found = self.found
        early = ""
        if found.ended_early:
            early = f" Students played {found.ended_early} of {len(self.months)} months, agents the rest."
        paragraph(f"The game ended as {found.regime}.{early}")
        ui.button("Download all choices as CSV", on_click=self.download)
        self.compared()
        self.table()
        self.regret()
        self.beliefs()
        self.equilibrium()
        self.otherwise()

    async def download(self) -> None:
        """Send the CSV."""
        text = await asyncio.to_thread(csv_text, self.room, self.found)
        ui.download.content(text.encode(), f"standoff-{self.room.code}.csv", "text/csv")

    def compared(self) -> None:
        """Place the class among games that agents play."""
        heading(2, f"The class against {RUNS - 1} games of agents")
        paragraph(
            "Payoffs in $bn a year (Congress in anger, developers in utility). Agents: agents in all seats, the same "
            "luck. Did worse: share of games of other luck with a lower payoff, and its 95 % interval."
        )
        table(
            "Payoffs", ["actor", "class", "agents, same luck", "agents, mean", "did worse"],
            [[capital(NAMES[actor]) + (" (student)" if actor in self.found.game.people else ""), row["payoff"],
              row["agent"], row["mean"], f"{row['quantile']:.0%} ({row['low']:.0%} to {row['high']:.0%})"]
             for actor, row in self.found.compared.items()],
        )  # fmt: skip
        with ui.element("div").classes("two"):
            for actor, bins in self.found.histograms.items():
                with ui.column():
                    heading(3, capital(NAMES[actor]))
                    histogram(f"Games of agents by the payoff of {NAMES[actor]}", bins)

    def table(self) -> None:
        """Show the zone of possible agreement and reservation values over time."""
        heading(2, "The table: zone of possible agreement and reservation values")
        found = self.found.tables
        if not found:
            paragraph("The table never opened.")
            return
        months = [row["month"] for row in found]
        with ui.element("div").classes("two"):
            with ui.column():
                lines(
                    "Reservation values", "$bn", months,
                    {capital(NAMES[side]): [row["reservation"][side] for row in found] for side in ("us", "beijing")},
                )  # fmt: skip
            with ui.column():
                lines(
                    "Offers in the zone, and all offers", "offers", months,
                    {"by which both gain": [float(len(row["zone"])) for row in found],
                     "on the table": [float(row["packages"]) for row in found]}, 0.0,
                )  # fmt: skip
        table(
            "Each time the table opened; gains over no deal in $bn, as each side's own law reckons them",
            ["month", "offer by", "result", "US", "Beijing", "in the zone", "Nash point", "US left", "Beijing left"],
            [[row["month"], NAMES[row["proposer"]], row["result"].replace("_", " "), signed(row["got"]["us"]),
              signed(row["got"]["beijing"]), len(row["zone"]), row["nash"]["package"] if row["nash"] else "none",
              signed(row["left"]["us"]), signed(row["left"]["beijing"])] for row in found],
        )  # fmt: skip
        paragraph("Left: what each would have gained more by the best offer that was better for both.")

    def regret(self) -> None:
        """Show the regret of each move."""
        heading(2, "Regret of each move")
        paragraph(
            "The best open move's value less the chosen one's, by the actor's own law. Somebody who knows better than "
            "the model may do well with regret."
        )
        for seat, rows in self.found.regrets.items():
            name = capital(NAMES[seat])
            heading(3, name)
            regrets = {name: [row["regret"] for row in rows]}
            lines(f"Regret of {NAMES[seat]}", rows[0]["unit"], self.months, regrets, 0.0)
            words = table_text(
                f"Moves of {NAMES[seat]}",
                ["month", "chosen", "regret", "best", "an agent would", "chance of the chosen", "by"],
                [[row["month"], plain(row["chosen"]), row["regret"], plain(row["best"]), plain(row["agent"]),
                  f"{row['chance']:.0%}", "agent" if row["by_agent"] else "class"] for row in rows],
            )  # fmt: skip
            html(f"<details><summary>Every move of {NAMES[seat]}</summary>{words}</details>")

    def beliefs(self) -> None:
        """Show what others came to believe."""
        if not self.found.leaked:
            return
        heading(2, "What others learned")
        places = ["start", *self.months]
        with ui.element("div").classes("two"):
            for seat, traces in self.found.leaked.items():
                with ui.column():
                    heading(3, f"From {NAMES[seat]}")
                    lines(
                        f"Learned from {NAMES[seat]}",
                        "",
                        places,
                        {BELIEVED[name]: trace for name, trace in traces.items()},
                    )

    def equilibrium(self) -> None:
        """Show equilibrium play."""
        heading(2, "Had both solved the month as a game")
        paragraph(
            "Each month as a game of Beijing, which moves first, and the US, which answers: equilibrium by backward "
            "induction, with each side's own outlook as payoff. Lost: what the equilibrium was worth more, in $bn over "
            "the look-ahead; below 0, the play was better for that side. Last, pure equilibria had both moved at once."
        )
        table(
            "Play and equilibrium",
            ["month", "Beijing", "in equilibrium", "lost", "US", "in equilibrium", "lost", "at once"],
            [[row["month"], plain(row["beijing"]), plain(row["beijing_best"]), row["beijing_lost"], plain(row["us"]),
              plain(row["us_best"]), row["us_lost"], "; ".join(row["at_once"][:2]) or "none"]
             for row in self.found.equilibrium],
        )  # fmt: skip

    def otherwise(self) -> None:
        """Let one move be changed."""
        heading(2, "One move otherwise")
        paragraph(
            "The same luck is played again with one move changed; later choices are kept where they are possible."
        )
        made: dict[str, dict[int, str]] = {}  # by seat, the months in which somebody of the class moved
        for t, kind, actor in self.found.game.made:
            if kind == MOVE:
                made.setdefault(actor, {})[t] = self.months[t]
        if not made:
            paragraph("Nobody of the class has moved.")
            return
        suggested = self.found.suggested
        first = next((actor for actor in made if suggested[actor]), next(iter(made)))
        seat = ui.select({actor: capital(NAMES[actor]) for actor in made}, label="Seat", value=first)
        month = ui.select({}, label="Month")
        choice = ui.select([], label="Move instead")
        wrong = ui.label().classes("error").props("role=alert")

        def offered() -> None:
            moves = self.other_moves(str(seat.value), int(month.value))
            choice.set_options({move: plain(move) for move in moves}, value=moves[0] if moves else None)

        def suggest() -> None:
            better, months = suggested[str(seat.value)], made[str(seat.value)]
            month.set_options(months, value=better.t if better else next(iter(months)))
            offered()

        seat.on_value_change(suggest)
        month.on_value_change(offered)
        suggest()

        async def replay() -> None:
            made = Choice(int(month.value), MOVE, str(seat.value), str(choice.value))
            if told := await attempt(wrong, changed, self.found, made):
                result.clear()
                with result:
                    self.replayed(told)

        ui.button("Play it again", on_click=replay)
        result = ui.column().classes("page").props("role=status aria-live=polite")

    def other_moves(self, seat: str, t: int) -> list[str]:
        """Return the moves that were open and not made, the best first."""
        game = self.found.game
        month = game.months[t]
        rows = explained(seat, month.faced[seat], game.settings.doctrines, month.dealmakers, game.model.params)["moves"]
        rows = [row for row in rows if row["open"] and row["move"] != month.moves[seat].name.lower()]
        return [row["move"] for row in sorted(rows, key=lambda row: -row["value"])]

    def replayed(self, told: dict[str, Any]) -> None:
        """Show what a change would have brought."""
        table(
            "Payoffs in $bn a year", ["actor", "as played", "changed", "differs"],
            [[capital(NAMES[actor]), told["before"][actor], told["after"][actor], f"{told['difference'][actor]:+.2f}"]
             for actor in ACTORS],
        )  # fmt: skip
        paragraph(f"Ended as {told['regime_before']}; changed, as {told['regime_after']}. One history is one luck.")
        if told["agent_decided"]:
            kept = ", ".join(f"{month} ({NAMES[seat]})" for month, seat in told["agent_decided"])
            paragraph(f"There the choice made in class was not possible and the agent decided: {kept}.")


def plain(move: str) -> str:
    """Return a move in words."""
    return move.replace("_", " ")


def histogram(title: str, bins: dict[str, Any]) -> None:
    """Show how often agents earned what, and where the class is."""
    mine = bins["mine"]
    names = [f"{middle:.3g}" for middle in bins["middles"]]
    data = [
        {"value": count, "itemStyle": {"color": COLOURS[1] if i == mine else COLOURS[0]}}
        for i, count in enumerate(bins["counts"])
    ]
    chart = ui.echart(
        {
            "animation": False,
            "grid": {"left": 40, "right": 10, "top": 30, "bottom": 40},
            "xAxis": {"type": "category", "data": names, "name": "$bn a year", "nameLocation": "middle", "nameGap": 26},
            "yAxis": {"type": "value", "name": "games"},
            "series": [
                {
                    "type": "bar",
                    "data": data,
                    "barCategoryGap": "5%",
                    "markLine": {
                        "symbol": "none",
                        "data": [{"xAxis": mine}],
                        "label": {"formatter": "the class", "color": "#1a1a1a"},
                        "lineStyle": {"color": COLOURS[1], "width": 2},
                    },
                }
            ],
        }
    ).classes("chart")
    chart.props["role"] = "img"
    chart.props["aria-label"] = f"{title}; the class lies at {names[mine]}. The table above gives its share."
