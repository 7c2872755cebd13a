"""The storyboard of one history: every actor's moves above, what they did to the world below."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...world.checks import BadInput
from .look import VERMILLION, sentence, sheet
from .story_lanes import TRUCE, Months, draw_lanes, draw_signs_key, lanes_height, lanes_of, truce_breaks, truces
from .story_panels import draw_developers, draw_panels, panels_height, panels_of

DEVELOPERS = 0.48  # inches
KEYS = ("month", "moves", "table", "irritant", "truce_broken", "state", "market", "payoffs")
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def story_figure(months: list[dict[str, Any]], footer: str, title: str = "") -> Figure:
    """Return the storyboard of a history, its months as `standoff run` writes them.

    Raises
    ------
    BadInput
        If there is no month, or one lacks a part.
    """
    if not months:
        raise BadInput("a history without months cannot be drawn")
    for i, month in enumerate(months):
        missing = [key for key in KEYS if key not in month]
        if missing:
            raise BadInput(f"month {i} of the history lacks {', '.join(missing)}")
    lanes, panels = lanes_of(months), panels_of(months)
    first = 0.2
    second = first + lanes_height(lanes)
    third = second + DEVELOPERS + 0.1
    fourth = third + 0.5
    headline, ends = told(months)
    on = sheet(
        fourth + panels_height(panels) + 0.16,
        title or headline,
        f"{headline}; {ends}" if title else sentence(ends),
        footer,
    )
    above = draw_lanes(on, first, lanes, months)
    developers = draw_developers(on, second, DEVELOPERS, months)
    draw_signs_key(on, third)
    below = draw_panels(on, fourth, panels, months)
    for ax in [*above, *below]:
        for begin, end in truces(months):
            ax.axvspan(begin - 0.5, end + 0.5, color=TRUCE, lw=0, zorder=0.5)
    for ax in [*above, developers, *below]:
        for i, _ in truce_breaks(months):
            ax.axvline(i - 0.5, color=VERMILLION, lw=0.8, ls=(0, (2, 1.5)), zorder=1.5)
    _calendar(above, developers, below, months)
    return on.figure


def told(months: Months) -> tuple[str, str]:
    """Return what happened, counted, and how the two main levers moved."""
    deals = sum(month["table"]["result"] == "accepted" for month in months)
    breaks = [who for _, who in truce_breaks(months)]
    names = {"us": "the US", "beijing": "Beijing", "agencies": "US agencies"}
    by = ", ".join(f"{breaks.count(who)} by {name}" for who, name in names.items() if who in breaks)
    headline = (
        f"{calendar(months[0]['month'])} to {calendar(months[-1]['month'])}: "
        f"{deals} deal{'' if deals == 1 else 's'}, {len(breaks)} broken truce{'' if len(breaks) == 1 else 's'}"
        f"{f' ({by})' if by else ''}"
    )
    ends = [months[0]["state"], months[-1]["state"]]
    chips, rare = ([f"{end[name]:.2f}" for end in ends] for name in ("chip_control", "rare_earth_restriction"))
    return headline, f"chip control from {chips[0]} to {chips[1]}, rare-earth restriction from {rare[0]} to {rare[1]}"


def calendar(month: str) -> str:
    """Return a month as it is read.

    >>> calendar("2025-07")
    'Jul 2025'
    """
    year, number = month.split("-")
    return f"{NAMES[int(number) - 1]} {year}"


def _calendar(above: Sequence[Axes], developers: Axes, below: Sequence[Axes], months: Months) -> None:
    """Tick the months on top and at the bottom, with a line through everything at each new year."""
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60) if len(months) / s <= 11), 120)
    ticks, names = [], []
    for i, month in enumerate(months):
        year, number = (int(part) for part in month["month"].split("-"))
        if number == 1:
            for ax in [*above, *below]:
                ax.axvline(i - 0.5, color="#B8B8B8", lw=0.4, zorder=0.7)
        if (12 * year + number - 1) % step == 0:
            ticks.append(i)
            names.append(str(year) if number == 1 else NAMES[number - 1])
    for ax in [*above, developers, *below]:
        ax.set_xticks([])
    for ax, side in ((above[0], "top"), (below[-1], "bottom")):
        ax.set_xticks(ticks, names)
        ax.tick_params(axis="x", length=0, pad=3, top=side == "top", bottom=side == "bottom",
                       labeltop=side == "top", labelbottom=side == "bottom")  # fmt: skip
