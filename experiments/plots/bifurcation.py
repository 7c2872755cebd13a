"""The bifurcation diagram of the reduced game: what becomes of a hot start, over a parameter."""

import itertools
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .look import BLUE, FAINT, INK, ORANGE, VERMILLION, WIDTH, Sheet, label, place, sheet, short, unit, words

COLOURS = {"calm": BLUE, "between": ORANGE, "hot": VERMILLION, "only": INK, "unstable": FAINT}
NAMES = {
    "calm": "stable, the calmer of several",
    "between": "stable, between calm and hot",
    "hot": "stable, the hotter of several",
    "only": "stable, one level of hostility only",
    "unstable": "unstable",
}
LEFT, RIGHT, GAP = 0.62, 0.15, 0.62  # inches


def bifurcation_figure(table: Any, question: str = "", footer: str = "") -> Figure:
    """Return the diagram of a table of `reduced_table`, drawn from it alone.

    Above, mean hostility from the hot corner on: stable branches solid, unstable ones dashed, folds ringed with
    their values. Below, what each branch is worth to either side.
    """
    names = list(table.columns[: list(table.columns).index("curve")])
    across = names[0]
    wide, half = WIDTH - LEFT - RIGHT, (WIDTH - LEFT - RIGHT - GAP) / 2
    on = sheet(5.35, _title(table, across), question, footer)
    top = place(on, LEFT, 0.22, wide, 2.5)
    _lines(top, table, across, "hostility_from_hot")
    _mark_folds(top, table, across)
    top.set_ylim(-0.05, 1.05)
    top.set_ylabel("mean hostility of both sides (share)")
    top.set_title("From a hot start: hostility under each stationary equilibrium")
    for k, side in enumerate(("us_value_from_hot", "beijing_value_from_hot")):
        ax = place(on, LEFT + k * (half + GAP), 3.35, half, 1.15)
        _lines(ax, table, across, side)
        ax.set_title(f"{'US' if k == 0 else 'Beijing'} payoff from there ($bn per year)")
        ax.set_xlabel(_label(names))
        if k == 0:  # Beijing's lines may lie too close for words
            _name_dominated(ax, table, across, side)
    top.set_xlabel(_label(names))
    _key(on, table)
    return on.figure


def _label(names: list[str]) -> str:
    """Return the swept names with their unit.

    >>> _label(["us_retaliation", "beijing_retaliation"])
    'US and Beijing retaliation ($bn per year)'
    """
    if len(names) == 1:
        return label(names[0])
    *firsts, last = (words(name) for name in names)
    tail = last.split()[-1]
    if all(first.endswith(f" {tail}") for first in firsts):
        firsts = [first.removesuffix(f" {tail}") for first in firsts]
    measure = f" ({unit(names[0])})" if unit(names[0]) else ""
    return f"{', '.join(firsts)} and {last}{measure}"


def _title(table: Any, across: str) -> str:
    """Return what the table shows in one sentence."""
    hot = table[table["branch"] == "hot"]
    if hot.empty:
        return "One level of hostility at each value: no escalation trap here"
    low, high = short(float(hot[across].min())), short(float(hot[across].max()))
    worse = hot[hot["dominated"]]
    if worse.empty:
        return f"Calm and hot are both stable from {low} to {high}; neither is worse for both"
    if len(worse) == len(hot):
        return f"Calm and hot are both stable from {low} to {high}, and hot is worse for both"
    first, last = short(float(worse[across].min())), short(float(worse[across].max()))
    return f"Calm and hot are both stable from {low} to {high}; hot is worse for both from {first} to {last}"


def _lines(ax: Axes, table: Any, across: str, up: str) -> None:
    """Draw each curve in stretches of one kind; a stretch takes the first point of the next, so that none gapes."""
    for _, curve in table.groupby("curve"):
        kinds = curve["branch"].to_numpy()
        x, y = curve[across].to_numpy(), curve[up].to_numpy()
        starts = [0, *(np.flatnonzero(kinds[1:] != kinds[:-1]) + 1), len(kinds)]
        for first, after in itertools.pairwise(starts):
            kind = kinds[first]
            ax.plot(x[first : after + 1], y[first : after + 1], color=COLOURS[kind], gid=kind,
                    ls="--" if kind == "unstable" else "-", lw=0.8 if kind == "unstable" else 1.5,
                    zorder=3 if kind == "unstable" else 2)  # fmt: skip


def _name_dominated(ax: Axes, table: Any, across: str, up: str) -> None:
    """Write above the hot branch that it is dominated, from where it is."""
    worse = table[(table["branch"] == "hot") & table["dominated"]]
    if not worse.empty:
        first = worse.loc[worse[across].idxmin()]
        ax.annotate("hot: worse for both", (first[across], first[up]), (0, 4), textcoords="offset points",
                    size=6.5, color=COLOURS["hot"])  # fmt: skip


def _mark_folds(ax: Axes, table: Any, across: str) -> None:
    """Ring the folds; those that lie on each other share one number."""
    folds = table[table["fold"]].sort_values(across)
    ax.plot(folds[across], folds["hostility_from_hot"], "o", mfc="white", mec=INK, ms=4, mew=0.8, zorder=4, gid="folds")
    width = float(table[across].max() - table[across].min())
    written: list[tuple[float, float]] = []
    for x, y in zip(folds[across], folds["hostility_from_hot"], strict=True):
        if all(abs(x - a) > 0.03 * width or abs(y - b) > 0.06 for a, b in written):
            written.append((x, y))
            above = y < 0.5
            ax.annotate(f"{x:.2f}", (x, y), (0, 6 if above else -6), textcoords="offset points", ha="center",
                        va="bottom" if above else "top", size=6.5)  # fmt: skip


def _key(on: Sheet, table: Any) -> None:
    kinds = [kind for kind in COLOURS if (table["branch"] == kind).any()]
    lines = [Line2D([], [], color=COLOURS[kind], ls="--" if kind == "unstable" else "-", label=NAMES[kind])
             for kind in kinds]  # fmt: skip
    if table["fold"].any():
        lines.append(Line2D([], [], ls="", marker="o", mfc="white", mec=INK, ms=4, mew=0.8, label="fold"))
    on.figure.legend(
        handles=lines,
        loc="upper left",
        bbox_to_anchor=(LEFT / WIDTH, 1 - (on.top + 4.95) / on.height),
        ncols=3,
        borderaxespad=0,
        handlelength=1.8,
        columnspacing=1.2,
    )
