"""What the pages are built of: plain HTML for text and tables, ECharts for pictures, each with its table beside it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, TypeVar

from nicegui import ui

from ...world.checks import BadInput
from ..played.words import capital
from ..plots.look import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, VERMILLION
from .room import Room, Rooms

Result = TypeVar("Result")

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, INK)
SYMBOLS = (
    "circle",
    "rect",
    "triangle",
    "diamond",
    "emptyCircle",
    "emptyRect",
    "emptyTriangle",
)  # lines are told apart without colour
DARK_BLUE = "#1f4e79"
CHART = 250  # pixels, without the legend
LOOK = """
:root { --nicegui-default-padding: 0.75rem; --nicegui-default-gap: 0.75rem; }
body { color: #1a1a1a; background: #ffffff; font-size: 1rem; line-height: 1.4; }
.page { width: 100%; max-width: 62rem; margin: 0 auto; align-items: stretch; }
.page > * { max-width: 100%; }
h1 { font-size: 1.5rem; line-height: 1.3; font-weight: 700; margin: 0.2rem 0; }
h2 { font-size: 1.2rem; line-height: 1.3; font-weight: 700; margin: 0.8rem 0 0.2rem; }
h3 { font-size: 1.05rem; line-height: 1.3; font-weight: 700; margin: 0.5rem 0 0.1rem; }
p { margin: 0.2rem 0; }
.scroll { overflow-x: auto; }
table.plain { border-collapse: collapse; font-size: 0.92rem; }
table.plain caption { text-align: left; font-weight: 700; padding: 0.2rem 0; }
table.plain th, table.plain td { border-bottom: 1px solid #b0b0b0; padding: 0.2rem 0.6rem; text-align: right; }
table.plain th:first-child, table.plain td:first-child { text-align: left; }
table.words th, table.words td { text-align: left; }
summary { cursor: pointer; padding: 0.3rem 0; display: list-item; list-style: disclosure-closed inside; }
details[open] > summary { list-style-type: disclosure-open; }
.code { font-size: 2.6rem; font-weight: 700; letter-spacing: 0.25rem; }
.status { font-weight: 700; padding: 0.5rem 0.7rem; background: #e8eef4; border-left: 6px solid #1f4e79; }
a.nicegui-link { color: #1f4e79; text-decoration: underline; }
.error { color: #8f1d0f; font-weight: 700; }
.choices .q-radio { min-height: 44px; }
.chart { width: 100%; height: 17rem; }
.slider { display: block; width: 100%; height: 2rem; accent-color: #1f4e79; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; width: 100%; }
.two > * { min-width: 0; }
:focus-visible { outline: 3px solid #b04a00 !important; outline-offset: 2px; }
"""


def look() -> None:
    """Give all pages one look; colours keep a contrast of 4.5 to 1 and more."""
    ui.add_css(LOOK, shared=True)


def html(text: str) -> ui.html:
    """Show HTML of our own making: everything in it that somebody typed has gone through `escape`."""
    return ui.html(text, sanitize=False)


def heading(level: int, text: str) -> ui.html:
    """Show a heading."""
    return html(f"<h{level}>{escape(text)}</h{level}>")


def paragraph(text: str, style: str = "") -> ui.html:
    """Show a paragraph."""
    return html(f'<p class="{style}">{escape(text)}</p>')


def listed(items: Iterable[str]) -> ui.html:
    """Show a list."""
    return html("<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>")


def table_text(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]], words: bool = False) -> str:
    """Return a table as HTML, with its heads marked for screen readers."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(
        "<tr>"
        f'<th scope="row">{escape(str(row[0]))}</th>'
        + "".join(f"<td>{escape(shown(cell))}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    style = "plain words" if words else "plain"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="{style}">'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]], words: bool = False) -> ui.html:
    """Show a table."""
    return html(table_text(caption, header, rows, words))


def shown(cell: object) -> str:
    """Return a cell as text.

    >>> shown(0.126), shown(None), shown("hold")
    ('0.13', '', 'hold')
    """
    if cell is None:
        return ""
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def lines(
    title: str,
    unit: str,
    places: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    low: float | None = None,
    high: float | None = None,
) -> None:
    """Show lines over months, and the same as a table that can be opened.

    Parameters
    ----------
    title, unit : str
        What is shown, and in what.
    places : sequence of str
        The months.
    series : mapping of str to sequence of float or None
        By name; None is a gap.
    low, high : float, optional
        Ends of the axis.
    """
    chart = ui.echart(line_options(unit, places, series, low, high)).classes("chart")
    chart.style(f"height: {CHART + legend_height(series)}px")
    chart.props["role"], chart.props["aria-label"] = "img", f"Chart: {title}. The table below says the same."
    rows = [[place, *(values[i] for values in series.values())] for i, place in enumerate(places)]
    html(
        f"<details><summary>{escape(title)} as a table</summary>{table_text(title, ['month', *series], rows)}</details>"
    )


def line_options(
    unit: str,
    places: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    low: float | None = None,
    high: float | None = None,
    band: tuple[Sequence[float], Sequence[float]] | None = None,
) -> dict[str, Any]:
    """Return the options of a chart of lines; see `lines`. A `band`, low and high, is shaded behind them."""
    drawn: list[dict[str, Any]] = []
    if band:
        bottom, top = band
        area = {"type": "line", "symbol": "none", "lineStyle": {"opacity": 0}, "stack": "band", "silent": True}
        drawn.append({**area, "name": "", "data": list(bottom)})
        width = [b - a for a, b in zip(bottom, top, strict=True)]
        drawn.append({**area, "name": "", "data": width, "areaStyle": {"color": COLOURS[0], "opacity": 0.2}})
    for i, (name, values) in enumerate(series.items()):
        colour, symbol = COLOURS[i % len(COLOURS)], SYMBOLS[i % len(SYMBOLS)]
        drawn.append(
            {
                "name": name,
                "type": "line",
                "data": list(values),
                "symbol": symbol if len(places) <= 40 else "none",
                "symbolSize": 7,
                "color": colour,
                "lineStyle": {"type": ("solid", "dashed", "dotted")[i % 3]},
            }
        )
    axis = {"axisLabel": {"color": INK}, "nameTextStyle": {"color": INK}}
    return {
        "animation": False,
        "aria": {"enabled": False},
        "grid": {"left": 48, "right": 16, "top": 40 + legend_height(series), "bottom": 28},
        "legend": {"data": list(series), "top": 0, "left": 0, "textStyle": {"color": INK}, "itemGap": 6}
        | ({"orient": "vertical"} if long_names(series) else {}),
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": list(places), **axis},
        "yAxis": {"type": "value", "name": unit, "min": low, "max": high, "scale": low is None, **axis},
        "series": drawn,
    }


def long_names(series: Iterable[str]) -> bool:
    """Return whether a legend needs a line for each name."""
    return sum(len(name) + 8 for name in series) > 60


def legend_height(series: Iterable[str]) -> int:
    """Return the height of a legend in pixels."""
    names = list(series)
    return 21 * (len(names) if long_names(names) else 1)


def page_column() -> ui.column:
    """Return the column that holds a page."""
    ui.colors(primary=DARK_BLUE)  # the default has too little contrast
    return ui.column().classes("page").props("role=main")


async def connected() -> None:
    """Wait until the browser has answered; a click before that would be lost."""
    waiting, client = paragraph("Connecting ..."), ui.context.client
    await client.connected()
    if client.is_deleted:  # it never answered: nobody is there to show the page to
        raise asyncio.CancelledError
    waiting.delete()


async def attempt(wrong: ui.label, act: Callable[..., Result], *given: object) -> Result | None:
    """Do something in a thread and return what it gives, or tell in the label `wrong` why it was refused."""
    wrong.text = ""
    try:
        return await asyncio.to_thread(act, *given)
    except BadInput as error:
        wrong.text = capital(str(error))
        return None


async def opened(rooms: Rooms, code: str, back: str = "/") -> Room | None:
    """Return a class, or tell that there is none of this code."""
    wrong = ui.label().classes("error").props("role=alert")
    room = await attempt(wrong, rooms.get, code)
    if room is None:
        heading(1, "No such class")
        ui.link("Back", back)
    else:
        wrong.delete()
    return room


def time_left(room: Room) -> str:
    """Return what is left of a decision's time, in words; nothing without a timer."""
    left = room.seconds_left()
    return "" if left is None else f"Time left for this decision: {left // 60}:{left % 60:02d}"


def watch(room: Room, change: Callable[[], None], every: float = 0.5) -> None:
    """Call `change` when the class has changed, for as long as the page is open."""
    seen = [room.shown.version]

    def look_again() -> None:
        if seen[0] != room.shown.version:
            seen[0] = room.shown.version
            change()

    ui.timer(every, look_again)
