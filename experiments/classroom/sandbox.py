"""The sandbox: sliders, one history from a calm and a hot start, and a small ensemble of the same numbers."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
from nicegui import ui
from numpy.typing import NDArray
from starlette.requests import Request

from ...model.compiled import law_digest
from ...model.ensemble import OUTCOMES, TRACE, play
from ...world.checks import BadInput, checked, known
from ...world.parameters import FACTS, Params
from ...world.regimes import Regime
from ..history import month_name
from ..plots.shares import wilson
from ..settings import SEED, Settings, make_settings, number, whole
from .widgets import connected, heading, line_options, page_column, paragraph, table_text

MONTHS = 84
RUNS = 48  # of the small ensemble, the shown history among them
STARTS = ("calm", "hot")
STEPS = {  # of the sliders
    "us_retaliation": 2.0,
    "beijing_retaliation": 2.0,
    "us_lead_value": 1.0,
    "us_rare_earth_loss": 5.0,
    "look_ahead": 3.0,
    "us_precision": 0.1,
    "beijing_precision": 0.1,
    "talk_rate": 0.02,
}
FIRST: dict[str, float] = {name: float(getattr(Params(), name)) for name in STEPS}
FOLD = {"us_retaliation": 60.0, "beijing_retaliation": 60.0, "look_ahead": 18.0}  # see questions/retaliation-fold.toml
TRACES = {"US chip control": "chip_control", "rare earths restricted": "rare_earth_restriction"}


class Drawn(NamedTuple):
    """What one start leads to."""

    months: list[str]
    lines: dict[str, list[float]]  # of the shown history
    low: list[float]  # of the first line over the ensemble, the tenth percentile
    high: list[float]  # the ninetieth
    regimes: dict[str, int]  # how many runs ended in each
    hostile: float  # mean share of months in which both sides were hostile enough for escalation
    digest: str  # of every number of the shown history


def asked(query: Mapping[str, str]) -> tuple[dict[str, float], int]:
    """Return the numbers and the seed that a share link names.

    Raises
    ------
    BadInput
        If it names anything else, or a number is out of range.

    >>> asked({"us_retaliation": "40", "seed": "3"})
    ({'us_retaliation': 40.0}, 3)
    """
    values, seed = {}, SEED
    for name, text in query.items():
        if name == "seed":
            seed = whole("seed", text)
        else:
            known("number of the sandbox", name, [*STEPS, "seed"])
            values[name] = number(name, text)
    make_settings("calm", values)
    return values, seed


def link(values: Mapping[str, float], seed: int) -> str:
    """Return the share link of some numbers: every digit of those that differ from the default.

    >>> link({"us_retaliation": 40.1, "talk_rate": FIRST["talk_rate"]}, 3)
    '/sandbox?us_retaliation=40.1&seed=3'
    """
    named = {name: repr(value) for name, value in values.items() if value != FIRST[name]}
    return "/sandbox?" + urlencode({**named, "seed": seed})


def drawn(values: Mapping[str, float], seed: int, start: str, runs: int) -> Drawn:
    """Play some runs from a start; the first is the history that is shown.

    The history is the same however many runs are played.
    """
    settings = make_settings(start, values, seed=seed, months=MONTHS)
    played = play(
        np.repeat(settings.parameter_row(), runs),
        np.repeat(settings.state_row(), runs),
        np.arange(runs, dtype=np.int64),
        MONTHS,
        seed,
        settings.doctrines,
        settings.developers,
        traces=runs,
    )
    return told(settings, played.traces, played.outcomes)


def told(settings: Settings, traces: NDArray[np.float64], outcomes: NDArray[np.float64]) -> Drawn:
    """Return what is shown of some runs."""
    first = TRACE.index(next(iter(TRACES.values())))
    low, high = np.quantile(traces[:, :, first], (0.1, 0.9), axis=0)
    regimes = Counter(Regime(int(regime)).name.lower().replace("_", " ") for regime in outcomes[:, -1])
    hostile = [OUTCOMES.index(f"mean_{side}_hostility") for side in ("us", "beijing")]
    digest = hashlib.sha256(law_digest().encode() + np.ascontiguousarray(traces[0]).tobytes()).hexdigest()
    return Drawn(
        [month_name(settings.scenario.month, t) for t in range(traces.shape[1])],
        {words: traces[0, :, TRACE.index(name)].tolist() for words, name in TRACES.items()},
        low.tolist(),
        high.tolist(),
        dict(regimes),
        float(outcomes[:, hostile].mean()),
        digest[:16],
    )


def counted(count: int, runs: int) -> str:
    """Return how many of the runs, with the 95 % interval of the share if there is more than one run.

    >>> counted(27, 48)
    '27 of 48 (42 to 69 %)'
    """
    low, high = wilson(count, runs)
    return f"{count} of {runs}" + f" ({100 * low:.0f} to {100 * high:.0f} %)" * (runs > 1)


def register() -> None:
    """Make the page."""

    @ui.page("/sandbox", title="Standoff: sandbox")
    async def sandbox(request: Request) -> None:
        try:
            values, seed = asked(dict(request.query_params))
            wrong = ""
        except BadInput as error:
            values, seed, wrong = {}, SEED, f"This link cannot be followed: {error}. The defaults are shown."
        await connected()
        with page_column():
            heading(1, "Sandbox")
            if wrong:
                paragraph(wrong, "error")
            await Sandbox({name: values.get(name, FIRST[name]) for name in STEPS}, seed).build()


class Sandbox:
    """One open sandbox."""

    def __init__(self, values: dict[str, float], seed: int) -> None:
        self.values, self.seed = values, seed
        self.wanted = 0  # counts changes: only the last is drawn
        self.busy = asyncio.Lock()

    async def build(self) -> None:
        """Build the page."""
        paragraph(
            "The same numbers and the same luck, from a calm and from a hot start. Where both end alike, the past does "
            "not matter. Beyond the fold, each start tends to stay in its own regime: history decides."
        )
        self.labels: dict[str, Any] = {}
        with ui.element("div").classes("two"):
            for name, step in STEPS.items():
                fact = FACTS[name]
                with ui.element("div"):
                    self.labels[name] = ui.html("", sanitize=False, tag="label").props(f"for={name}")
                    # the browser's own slider: Quasar's cannot be read by screen readers where it takes the keyboard
                    slider = ui.element("input").classes("slider")
                    slider.props(f"id={name} type=range min={fact.low} max={fact.high} step={step}")
                    slider.on(
                        "input",
                        lambda event, name=name: self.moved(name, event.args),
                        throttle=0.1,
                        js_handler="(event) => emit(event.target.value)",
                    )
                    self.name(name)
        with ui.row():
            ui.button("Another luck", on_click=self.other_luck)
            ui.button("Where the fold is", on_click=lambda: self.jump(FOLD))
            ui.button("Defaults", on_click=lambda: self.jump(FIRST))
        self.status = ui.label().props("role=status aria-live=polite")
        self.charts: dict[str, Any] = {}
        self.tables: dict[str, Any] = {}
        with ui.element("div").classes("two"):
            for start in STARTS:
                with ui.column():
                    heading(2, f"From a {start} start")
                    chart = ui.echart(line_options("0 to 1", [], {name: [] for name in TRACES}, 0.0)).classes("chart")
                    chart.props["role"] = "img"
                    chart.props["aria-label"] = f"Chart: the history from a {start} start. The table below sums it up."
                    self.charts[start] = chart
                    self.tables[start] = ui.html("", sanitize=False)
        paragraph(f"Lines: one history. Shaded: chip control in 8 of 10 of {RUNS} histories of other luck.")
        with ui.row():
            paragraph("Share link, which gives these two histories to the last bit:")
            self.link = ui.link("", "")
        self.digest = ui.label()
        self.place()
        await self.redraw()

    def name(self, name: str) -> None:
        """Write a slider's label."""
        fact, value = FACTS[name], self.values[name]
        self.labels[name].set_content(
            f"<b>{escape(name.replace('_', ' '))}: {value:g}</b> {escape(fact.unit)}<br>{escape(fact.meaning)}"
        )

    def place(self) -> None:
        """Put the sliders where the numbers are. As a property it would jump back under a moving finger."""
        moves = "".join(f'document.getElementById("{name}").value = {value!r};' for name, value in self.values.items())
        ui.run_javascript(moves)

    async def moved(self, name: str, value: object) -> None:
        """Take a slider's new value; whatever else a browser may send is passed over."""
        try:
            self.values[name] = checked(name, float(str(value)[:40]), FACTS[name])
        except ValueError:
            return
        self.name(name)
        await self.redraw()

    async def other_luck(self) -> None:
        """Take the next seed."""
        self.seed += 1
        await self.redraw()

    async def jump(self, values: Mapping[str, float]) -> None:
        """Set several numbers."""
        for name, value in values.items():
            self.values[name] = value
            self.name(name)
        self.place()
        await self.redraw()

    async def redraw(self) -> None:
        """Draw the histories at once, then the ensemble, unless something has changed by then."""
        self.wanted += 1
        mine, values, seed = self.wanted, dict(self.values), self.seed
        address = link(values, seed)
        self.link.text = address
        self.link.props["href"] = address
        for runs in (1, RUNS):
            async with self.busy:
                if mine != self.wanted:
                    return
                self.status.text = "Playing the ensemble ..." if runs > 1 else "Playing ..."
                found = {start: await asyncio.to_thread(drawn, values, seed, start, runs) for start in STARTS}
            if mine != self.wanted:
                return
            self.show(found, runs)
        self.status.text = "Drawn."

    def show(self, found: Mapping[str, Drawn], runs: int) -> None:
        """Show what was found."""
        for start, each in found.items():
            band = (each.low, each.high) if runs > 1 else None
            chart = self.charts[start]
            chart.options.clear()
            chart.options.update(line_options("0 to 1", each.months, each.lines, 0.0, None, band))
            chart.update()
            last = {name: line[-1] for name, line in each.lines.items()}
            rows: list[list[object]] = [[f"{name}, last month", value] for name, value in last.items()]
            rows += [[f"ended as {name}", counted(count, runs)] for name, count in sorted(each.regimes.items())]
            rows.append(["hostility, mean of both sides", each.hostile])
            self.tables[start].set_content(table_text(f"{start} start", ["what", "value"], rows))
        self.digest.text = "Fingerprint of the two histories: " + " ".join(each.digest for each in found.values())
