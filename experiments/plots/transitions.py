"""The regime transition graph: how long regimes last, and what follows them, pooled over all worlds of a map."""

import math

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from numpy.typing import NDArray

from .look import FAINT, INK, REGIMES, ink_on, place, sentence, sheet, write
from .map_folder import REGIME_WORDS, MapResults, made, span
from .shares import Counts
from .titles import start_name

WIDE, GAP, LEFT = 2.85, 0.2, 0.2  # inches
GRAPH, TABLE = 2.7, 1.55
QUESTION = "How long do regimes last, and what follows them?"
SHOWN = 0.02  # an arrow below this yearly probability is left out
RING = 0.92  # radius on which the regimes stand


def transitions_figure(results: MapResults) -> Figure:
    """Return for each start the graph of its transitions, and below it their yearly probabilities."""
    counts = passage_counts(results)
    rows = math.ceil(len(counts) / 2)
    pitch = GRAPH + TABLE + 0.75
    footer = made(
        results, f"{len(results.points)} worlds x {span(results.regimes['runs'])} runs", " and ".join(results.starts)
    )
    on = sheet(rows * pitch + 0.6, transitions_title(counts, results.months), results.question or QUESTION, footer)
    wide = WIDE if len(counts) > 1 else 3.4
    for k, own in enumerate(counts):
        left, top = LEFT + (WIDE + GAP) * (k % 2), pitch * (k // 2)
        ax = place(on, left, top + 0.15, wide, GRAPH)
        ax.set_title(f"From {start_name(results.starts[k])}")
        _graph(ax, own, results.months)
        _table(place(on, left + 0.3, top + GRAPH + 0.55, wide - 0.4, TABLE - 0.15), own)
    notes = (
        "The larger a disc, the more time is spent there; the months are those of a mean stay. The thicker an arrow,\n"
        f"the likelier that regime a year later; none below {100 * SHOWN:.0f} %. The table: these chances in %.\n"
        "Passages from quarter to quarter are counted, over all worlds; a year is four such steps."
    )
    write(on, 0.1, rows * pitch + 0.1, notes, va="top", size=7, linespacing=1.3, color=FAINT)
    return on.figure


def passage_counts(results: MapResults) -> Counts:
    """Return how often a quarter in one regime was followed by one in another, shape (starts, from, to)."""
    counts = np.zeros((len(results.starts), len(REGIMES), len(REGIMES)), np.int64)
    table = results.transitions
    places = (
        table["start"].map(results.starts.index),
        table["from"].map(REGIME_WORDS.index),
        table["to"].map(REGIME_WORDS.index),
    )
    np.add.at(counts, places, table["count"].to_numpy(np.int64))
    return counts


def yearly(counts: Counts) -> NDArray[np.float64]:
    """Return the chance to be in each regime a year later; a regime never seen stays as it is.

    >>> yearly(np.array([[1, 1], [0, 5]])).round(4).tolist()
    [[0.0625, 0.9375], [0.0, 1.0]]
    """
    seen = counts.sum(axis=1, keepdims=True)
    quarterly = np.where(seen > 0, counts / np.maximum(seen, 1), np.eye(len(counts)))
    return np.asarray(np.linalg.matrix_power(quarterly, 4))


def stays(counts: Counts) -> NDArray[np.float64]:
    """Return the mean months of a stay in each regime: its quarters by its exits; infinite if it was never left.

    >>> stays(np.array([[3, 1], [0, 5]])).tolist()
    [12.0, inf]
    """
    quarters = counts.sum(axis=1)
    exits = quarters - np.diag(counts)
    return np.where(exits > 0, 3.0 * quarters / np.maximum(exits, 1), np.inf)


def transitions_title(counts: Counts, length: int) -> str:
    """Return which regime takes most of the time, and which lasts longest."""
    total = counts.sum(axis=0)
    spent = total.sum(axis=1)
    if not spent.sum():
        return "No regime was seen for a quarter"
    months = np.where(spent > 0, stays(total), 0.0)
    first, longest = int(np.argmax(spent)), int(np.argmax(months))
    stay = f"{stay_words(months[longest], length)} at a time" if np.isfinite(months[longest]) else "and is never left"
    which = "it" if longest == first else REGIMES[longest].name
    text = f"{REGIMES[first].name} takes {100 * spent[first] / spent.sum():.0f} % of the time; {which} lasts"
    text = f"{text} longest, {stay}"
    return sentence(text)


def stay_words(months: float, length: int) -> str:
    """Return a mean stay in words; beyond the length of a run it is known to be long, but not how long.

    >>> stay_words(12.3, 84), stay_words(253.0, 84), stay_words(np.inf, 84)
    ('12 months', 'over 84 months', 'never left')
    """
    if np.isinf(months):
        return "never left"
    return f"over {length} months" if months > length else f"{months:.0f} months"


def _graph(ax: Axes, counts: Counts, length: int) -> None:
    """Draw the regimes on a circle and the arrows between them."""
    ax.set_xlim(-1.75, 1.75)
    ax.set_ylim(-1.6, 1.6)
    ax.set_aspect("equal")
    ax.axis("off")
    spent = counts.sum(axis=1) / max(counts.sum(), 1)
    radii = 0.09 + 0.3 * np.sqrt(spent)
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(REGIMES)) / len(REGIMES)
    spots = RING * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    chances, months = yearly(counts), stays(counts)
    for a, b in zip(*np.nonzero(chances >= SHOWN), strict=True):
        if a != b:
            _arrow(ax, spots[[a, b]], radii[[a, b]], chances[a, b], f"{REGIMES[a].letter}>{REGIMES[b].letter}")
    for k, (regime, spot) in enumerate(zip(REGIMES, spots, strict=True)):
        colour = to_rgb(regime.colour if spent[k] else "white")
        ax.add_patch(Circle(spot, radii[k], fc=colour, ec=INK, lw=0.6, zorder=3, gid=regime.letter))
        x, y = spot
        ax.text(x, y, regime.letter, ha="center", va="center", size=8, weight="bold", zorder=4, color=ink_on(colour))
        beside = abs(spot[0]) > 0.1
        facts = [stay_words(months[k], length), f"{100 * spent[k]:.0f} % of time"] if spent[k] else ["never seen"]
        lines = [*regime.name.split(), *facts] if beside else [regime.name, ", ".join(facts)]
        x, y = spot * (1 + (radii[k] + 0.06) / RING)
        ax.text(x, y, "\n".join(lines), size=6.5, linespacing=1.1, zorder=4,
                ha=("left" if spot[0] > 0 else "right") if beside else "center",
                va="center" if beside else ("bottom" if spot[1] > 0 else "top"))  # fmt: skip


def _arrow(ax: Axes, ends: NDArray[np.float64], radii: NDArray[np.float64], chance: float, name: str) -> None:
    """Draw a bent arrow from the rim of one disc to that of another."""
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    start, end = ends[0] + along * (radii[0] + 0.02), ends[1] - along * (radii[1] + 0.03)
    ax.add_patch(FancyArrowPatch(start, end, connectionstyle="arc3,rad=0.16", arrowstyle="-|>", gid=name,
                                 mutation_scale=5 + 6 * chance, lw=0.4 + 5 * chance, color=FAINT, alpha=0.75,
                                 shrinkA=0, shrinkB=0))  # fmt: skip


def _table(ax: Axes, counts: Counts) -> None:
    """Write the yearly probabilities, in per cent."""
    chances = yearly(counts)
    seen = counts.sum(axis=1) > 0
    letters = [regime.letter for regime in REGIMES]
    colours = colormaps["Greys"]
    for a, b in np.ndindex(chances.shape):
        colour = colours(0.75 * float(chances[a, b])) if seen[a] else (1.0, 1.0, 1.0)
        ax.add_patch(Rectangle((b - 0.5, a - 0.5), 1, 1, fc=colour, ec="white", lw=0.8))
        text = f"{100 * chances[a, b]:.0f}" if seen[a] else "-"
        ax.text(b, a, text, ha="center", va="center", size=6.5, color=ink_on(colour))
    ax.set_xlim(-0.5, len(letters) - 0.5)
    ax.set_ylim(len(letters) - 0.5, -0.5)
    ax.set_xticks(range(len(letters)), letters)
    ax.set_yticks(range(len(letters)), letters)
    ax.tick_params(length=0, top=False, labeltop=True, labelbottom=False, pad=1)
    ax.set_xlabel("a year later")
    ax.set_ylabel("now")
    ax.spines[:].set_visible(False)
