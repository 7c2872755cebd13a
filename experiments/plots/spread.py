"""Outcome distributions: how four tracks spread over time at each design point, and which regimes they end in."""

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .folder import Results, chosen_points, footer, is_grid
from .look import (
    FAINT,
    INK,
    REGIMES,
    START_COLOURS,
    START_LINES,
    WIDTH,
    Sheet,
    ink_on,
    label,
    place,
    regime_key,
    sentence,
    sheet,
    short,
    unit,
    words,
    write,
)
from .shares import Counts, wilson
from .titles import spread_title, start_name

SHOWN = ("chip_control", "rare_earth_restriction", "cuda_share", "nvidia_revenue")
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
LEFT, RIGHT = 0.95, 0.12  # inches
BANDED = 2  # more starts than this show medians only


def applies(results: Results) -> bool:
    """Return whether paths were kept for every point and start."""
    return len(results.paths.groupby(["point", "start"])) >= len(results.points) * len(results.starts)


def spread_figure(results: Results) -> Figure:
    """Return the distributions of a folder to which they apply."""
    points = chosen_points(results)
    counts = results.counts
    if len(points) == 1:
        return _single(results, counts)
    return _columns(results, points, counts)


def bands(paths: Any, track: str) -> tuple[Any, Any]:
    """Return the months and the QUANTILES of a track over the runs, shape (quantiles, months)."""
    table = paths.groupby("t")[track].quantile(list(QUANTILES)).unstack()
    return table.index.to_numpy(), table.to_numpy().T


def _fan(ax: Axes, results: Results, point: int, track: str) -> None:
    """Draw the bands of every start in one panel."""
    at_point = results.paths[results.paths["point"] == point]
    for k, start in enumerate(results.starts):
        months, lines = bands(at_point[at_point["start"] == start], track)
        colour = START_COLOURS[k % 6]
        if len(results.starts) <= BANDED:
            ax.fill_between(months, lines[0], lines[4], color=colour, alpha=0.16, lw=0)
            ax.fill_between(months, lines[1], lines[3], color=colour, alpha=0.26, lw=0)
        ax.plot(months, lines[2], color=colour, ls=START_LINES[k % 6], lw=1.2)
    ax.set_xlim(0, results.months)
    ax.grid(axis="y", color="#dddddd", lw=0.4)
    ax.set_axisbelow(True)


def _top(results: Results, track: str) -> float:
    """Return the upper end of a track's axis: 1 for shares."""
    if unit(track).startswith("share"):
        return 1.02
    return float(results.paths[track].quantile(0.97)) * 1.08 or 1.0


def _stack(ax: Axes, counts: Counts, wide: float) -> None:
    """Draw the regime shares of each start as a stacked bar; `wide` is the bar's width in inches.

    Each share's interval stands on the foot of its own segment, letters on the left, intervals on the right.
    """
    for k, own in enumerate(counts):
        runs = own.sum()
        low, high = wilson(own, runs)
        present = [i for i in range(len(REGIMES)) if own[i]]
        foot = 0.0
        for place_of, i in enumerate(present):
            share = own[i] / runs
            ax.bar(k, share, 0.84, foot, color=REGIMES[i].colour, ec="white", lw=0.5)
            x = k - 0.42 + 0.84 * (0.5 + 0.45 * (place_of + 0.5) / len(present))
            ax.plot([x, x], [foot + low[i], foot + high[i]], color=INK, lw=0.8, solid_capstyle="butt")
            if share > 0.12 and wide > 0.13:
                ax.text(k - 0.39, foot + 0.03, REGIMES[i].letter, size=6.5, weight="bold", va="bottom",
                        color=ink_on(to_rgb(REGIMES[i].colour)))  # fmt: skip
            foot += share
    ax.set_xlim(-0.5, len(counts) - 0.5)
    ax.set_xticks([])
    ax.spines[["left", "bottom"]].set_visible(False)


def _reach(counts: Counts) -> float:
    """Return how high the stacks with their intervals reach."""
    feet = (np.cumsum(counts, -1) - counts) / counts.sum(-1, keepdims=True)
    highs = wilson(counts, counts.sum(-1, keepdims=True))[1]
    return float(np.where(counts > 0, feet + highs, 1.0).max()) + 0.01


def _band_key(on: Sheet, left: float, results: Results) -> None:
    """Put the key of starts and bands on top of the body."""
    handles: list[Any] = []
    for k, start in enumerate(results.starts):
        name = f"median from {start_name(start)}" if len(results.starts) > 1 else "median"
        handles.append(Line2D([], [], color=START_COLOURS[k % 6], ls=START_LINES[k % 6], lw=1.2, label=name))
    if len(results.starts) <= BANDED:
        handles.append(Patch(fc=FAINT, alpha=0.45, label="25 to 75 % of runs"))
        handles.append(Patch(fc=FAINT, alpha=0.18, label="10 to 90 %"))
    on.figure.legend(handles=handles, loc="upper left", ncols=len(handles), borderaxespad=0, handlelength=1.9,
                     bbox_to_anchor=(left / WIDTH, 1 - (on.top + 0.02) / on.height), columnspacing=1.4)  # fmt: skip


def _columns(results: Results, points: list[int], counts: Counts) -> Figure:
    """Return a column for each point, a row for each track, the regimes below."""
    rows, fan, stack = len(SHOWN), 0.86, 1.05
    head = 0.3 + _header_height(results)
    foot = head + rows * (fan + 0.1)
    title = spread_title(results, counts)
    part = f"shown: {len(points)} of {len(results.points)} worlds" if len(points) < len(results.points) else ""
    on = sheet(foot + stack + 1.0, title, results.question, footer(results, part))
    _band_key(on, LEFT, results)
    gap = 0.05 if len(points) > 6 else 0.1
    wide = (WIDTH - LEFT - RIGHT - gap * (len(points) - 1)) / len(points)
    lefts = [LEFT + i * (wide + gap) for i in range(len(points))]
    _header(on, results, points, lefts, wide)
    for row, track in enumerate(SHOWN):
        for column, point in enumerate(points):
            ax = place(on, lefts[column], head + row * (fan + 0.1), wide, fan)
            _fan(ax, results, point, track)
            ax.set_ylim(0, _top(results, track))
            _month_ticks(ax, results.months, row == rows - 1, wide)
            ax.tick_params(labelleft=column == 0, left=column == 0)
        write(on, 0.1, head + row * (fan + 0.1) + fan / 2, _stacked(track), va="center", size=7, linespacing=1.2)
    write(on, LEFT + (WIDTH - LEFT - RIGHT) / 2, foot + 0.16, "months since the start", ha="center", va="top", size=7)
    for column, point in enumerate(points):
        ax = place(on, lefts[column], foot + 0.42, wide, stack)
        _stack(ax, counts[:, point], 0.84 * wide / len(results.starts))
        ax.set_ylim(0, _reach(counts[:, points]))
        ax.set_yticks([0, 0.5, 1] if column == 0 else [])
        if len(results.starts) > 1:
            for k in range(len(results.starts)):
                ax.plot([k - 0.4, k + 0.4], [-0.05, -0.05], color=START_COLOURS[k % 6], ls=START_LINES[k % 6], lw=1.6,
                        clip_on=False)  # fmt: skip
    write(on, 0.1, foot + 0.42 + stack / 2, "regime at\nthe end\n(share of\nruns)", va="center", size=7,
          linespacing=1.2)  # fmt: skip
    regime_key(on, LEFT, foot + 0.42 + stack + 0.14, 3)
    write(on, 4.45, foot + 0.42 + stack + 0.15, "lines: 95 % interval of a share,\nfrom the foot of its segment",
          va="top", size=7, linespacing=1.35)  # fmt: skip
    return on.figure


def _header_height(results: Results) -> float:
    return 0.68 if len(results.varied) == 2 else 0.34


def _header(on: Sheet, results: Results, points: list[int], lefts: list[float], wide: float) -> None:
    """Write the levels of the varied names above the columns."""
    top = 0.3
    if len(results.varied) > 2:
        text = (
            f"{len(points)} of {len(results.points)} points, each with its own {', '.join(map(words, results.varied))}"
        )
        write(on, LEFT, top, text if len(text) < 100 else text[:97] + "...", va="top", size=7)
        for left, point in zip(lefts, points, strict=True):
            write(on, left + wide / 2, top + 0.16, f"#{point}", va="top", ha="center", size=7, weight="bold")
        return
    for depth, name in enumerate(results.varied):
        write(on, LEFT, top + 0.33 * depth, label(name), va="top", size=7)
        values = [results.points[point][name] for point in points]
        grouped = depth == 0 and len(results.varied) == 2 and is_grid(results)
        begin = 0
        for i in range(1, len(points) + 1):
            if i < len(points) and grouped and values[i] == values[begin]:
                continue
            left, right = lefts[begin], lefts[i - 1] + wide
            y = top + 0.33 * depth + 0.13
            write(on, (left + right) / 2, y, short(values[begin]), va="top", ha="center", size=7, weight="bold")
            if grouped:
                height = 1 - (on.top + y + 0.135) / on.height
                line = Line2D([(left + 0.02) / WIDTH, (right - 0.02) / WIDTH], [height, height], color=FAINT, lw=0.6)
                on.figure.add_artist(line)
            begin = i


def _single(results: Results, counts: Counts) -> Figure:
    """Return four wide panels and the regimes of one point."""
    wide, high = 2.45, 1.25
    on = sheet(0.3 + 2 * (high + 0.5) + 0.5 + 1.35 * 1.0 + 0.12 * len(results.starts),
               spread_title(results, counts), results.question, footer(results))  # fmt: skip
    _band_key(on, 0.5, results)
    for k, track in enumerate(SHOWN):
        ax = place(on, 0.5 + (k % 2) * (wide + 0.65), 0.45 + (k // 2) * (high + 0.5), wide, high)
        _fan(ax, results, 0, track)
        ax.set_ylim(0, _top(results, track))
        ax.set_title(sentence(label(track)))
        _month_ticks(ax, results.months, True, wide)
        if k > 1:
            ax.set_xlabel("months since the start")
    ax = place(on, 1.5, 0.45 + 2 * (high + 0.5) + 0.3, 4.6, 1.1 + 0.12 * len(results.starts))
    _dots(ax, results, counts[:, 0])
    return on.figure


def _dots(ax: Axes, results: Results, counts: Counts) -> None:
    """Draw the share of each regime as a bar with its interval, one bar for each start."""
    thick = 0.8 / len(counts)
    for k, own in enumerate(counts):
        low, high = wilson(own, own.sum())
        for i, regime in enumerate(REGIMES):
            y = i + (k - (len(counts) - 1) / 2) * thick
            share = own[i] / own.sum()
            ax.barh(y, share, thick * 0.86, color=regime.colour, ec=INK, lw=0.3, hatch="////" if k % 2 else None)
            ax.plot([low[i], high[i]], [y, y], color=INK, lw=1)
            start = f"  {start_name(results.starts[k])}" if len(counts) > 1 else ""
            ax.text(high[i] + 0.012, y, f"{100 * share:.0f} %{start}", va="center", size=6.5)
    ax.set_yticks(range(len(REGIMES)), [regime.name for regime in REGIMES])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.12)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ax.set_title("Regime at the end (share of runs, with 95 % intervals)")


def _month_ticks(ax: Axes, months: int, named: bool, wide: float) -> None:
    """Tick the first and last month, and each year or two between when there is room."""
    if wide < 0.7:
        ax.set_xticks([0, months], ["0", str(months)] if named else ["", ""])
        first, last = ax.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")
        return
    step = next((step for step in (3, 6, 12, 24, 48) if months / step * 0.22 < wide), 120)
    ax.set_xticks(range(0, months + 1 if wide > 2 else months, step))
    ax.tick_params(labelbottom=named)


def _stacked(track: str) -> str:
    """Return the name and unit of a track in lines that fit beside a row."""
    return "\n".join(textwrap.wrap(words(track), 11) + textwrap.wrap(f"({unit(track)})", 12))
