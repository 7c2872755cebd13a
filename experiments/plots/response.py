"""What one varied name does: regime shares and means of key outcomes against its levels."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from .folder import MEASURED, Level, Results, are_numbers, evenly, footer, levels
from .look import (
    FAINT,
    REGIMES,
    START_COLOURS,
    START_LINES,
    START_MARKERS,
    WIDTH,
    Sheet,
    label,
    place,
    sentence,
    sheet,
    short,
    unit,
    words,
    write,
)
from .shares import Counts, mean_interval, wilson
from .titles import response_title, start_name

OUTLINED = [withStroke(linewidth=1.9, foreground=FAINT)]  # yellow is lost on white without it


def applies(results: Results) -> bool:
    """Return whether the folder varies one name over at least two levels, each once."""
    return len(results.varied) == 1 and len(levels(results, results.varied[0])) == len(results.points) > 1


def response_figure(results: Results) -> Figure:
    """Return the response of a folder to which it applies."""
    name = results.varied[0]
    steps = levels(results, name)
    order = [next(i for i, point in enumerate(results.points) if point[name] == step) for step in steps]
    counts = results.counts[:, order]
    x = places(steps)
    starts = len(results.starts)
    columns = min(starts, 2)
    rows = -(-starts // columns)
    wide, high = (WIDTH - 0.5 - 0.15 - 0.45 * (columns - 1)) / columns, 1.7
    below = rows * (high + 0.6) + 0.5
    on = sheet(below + 2 * 1.62 + 0.25, response_title(results, counts), results.question, footer(results))
    for k, start in enumerate(results.starts):
        ax = place(on, 0.5 + (wide + 0.45) * (k % columns), 0.2 + (high + 0.6) * (k // columns), wide, high)
        _shares(ax, x, counts[k])
        _levels_axis(ax, x, steps, wide)
        ax.set_xlabel(label(name))
        ax.set_title(f"Regime at the end from {start_name(start)} (share of runs)")
    _shares_key(on, 0.2 + rows * (high + 0.6) - 0.08, counts)
    third = (WIDTH - 0.5 - 0.15 - 2 * 0.45) / 3
    for k, outcome in enumerate(MEASURED):
        ax = place(on, 0.5 + (third + 0.45) * (k % 3), below + 0.27 + 1.58 * (k // 3), third, 0.98)
        _means(ax, x, results, order, k)
        _levels_axis(ax, x, steps, third)
        ax.set_title(f"{sentence(words(outcome))}\n({unit(outcome)})", size=7, linespacing=1.15)
        if k > 2:
            ax.set_xlabel(words(name))
    _starts_key(on, below + 0.27 + 1.58 * 2 - 0.16, results)
    return on.figure


def places(steps: list[Level]) -> list[float]:
    """Return where the levels stand on the axis: numbers where they belong, words side by side.

    >>> places([1.0, 4.0]), places(["freeze", "quantal"])
    ([1.0, 4.0], [0.0, 1.0])
    """
    if are_numbers(steps):
        return [float(step) for step in steps]
    return [float(i) for i in range(len(steps))]


def _levels_axis(ax: Axes, x: list[float], steps: list[Level], wide: float) -> None:
    """Tick the levels themselves, as many as fit `wide` inches without touching."""
    span = (x[-1] - x[0]) or 1.0
    names = [short(step) for step in steps]
    kept: list[int] = []
    for i in [0, len(x) - 1, *evenly(len(x), len(x))]:
        room = [abs(x[i] - x[j]) / span * wide - 0.032 * (len(names[i]) + len(names[j])) for j in kept]
        if all(free > 0.06 for free in room):
            kept.append(i)
    ax.set_xticks([x[i] for i in kept], [names[i] for i in kept])
    ax.set_xlim(x[0] - 0.04 * span, x[-1] + 0.04 * span)
    ax.grid(axis="y", color="#dddddd", lw=0.4)
    ax.set_axisbelow(True)


def _shares(ax: Axes, x: list[float], counts: Counts) -> None:
    step = 0.003 * (x[-1] - x[0])  # so that equal shares do not hide each other
    for i, regime in enumerate(REGIMES):
        own = counts[:, i]
        if not own.any():
            continue
        low, high = wilson(own, counts.sum(1))
        ax.fill_between(x, low, high, color=regime.colour, alpha=0.22, lw=0)
        aside = [at + (i - 2.5) * step for at in x]
        ax.plot(aside, own / counts.sum(1), color=regime.colour, marker=regime.marker, ms=4, mew=0,
                path_effects=OUTLINED)  # fmt: skip
    ax.set_ylim(-0.02, 1.02)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])


def _means(ax: Axes, x: list[float], results: Results, order: list[int], outcome: int) -> None:
    for k in range(len(results.starts)):
        cells = [(*results.sums[:, k, point, outcome], results.counts[k, point].sum()) for point in order]
        mean, half = np.array([mean_interval(float(total), float(squares), int(n)) for total, squares, n in cells]).T
        aside = [at + (k - (len(results.starts) - 1) / 2) * 0.02 * (x[-1] - x[0]) for at in x]
        ax.errorbar(aside, mean, half, color=START_COLOURS[k % 6], ls=START_LINES[k % 6], marker=START_MARKERS[k % 6],
                    ms=3.2, lw=1, elinewidth=0.9, capsize=1.8, capthick=0.9)  # fmt: skip


def _shares_key(on: Sheet, top: float, counts: Counts) -> None:
    handles: list[Any] = [
        Line2D([], [], color=r.colour, marker=r.marker, ms=4, mew=0, path_effects=OUTLINED, label=r.name)
        for i, r in enumerate(REGIMES)
        if counts[:, :, i].any()
    ]
    on.figure.legend(handles=handles, loc="upper left", ncols=3, borderaxespad=0, columnspacing=1.2,
                     bbox_to_anchor=(0.5 / WIDTH, 1 - (on.top + top) / on.height))  # fmt: skip


def _starts_key(on: Sheet, top: float, results: Results) -> None:
    if len(results.starts) == 1:
        write(on, 0.5, top + 0.02, "Means over runs with 95 % intervals", va="top", size=7)
        return
    handles: list[Any] = [
        Line2D([], [], color=START_COLOURS[k % 6], ls=START_LINES[k % 6], marker=START_MARKERS[k % 6], ms=3.2, lw=1,
               label=f"mean from {start_name(start)}, 95 % interval")
        for k, start in enumerate(results.starts)
    ]  # fmt: skip
    on.figure.legend(handles=handles, loc="upper left", ncols=2, borderaxespad=0,
                     bbox_to_anchor=(0.5 / WIDTH, 1 - (on.top + top) / on.height))  # fmt: skip
