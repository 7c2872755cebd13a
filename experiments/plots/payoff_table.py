"""The game between doctrines at one point: payoffs, best replies, equilibria and how sure they are."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Patch, Rectangle
from numpy.typing import NDArray

from .look import FAINT, INK, REGIMES, WIDTH, Sheet, faded, place, regime_key, sheet, short, words, write
from .map_folder import (
    PLAYED,
    Equilibrium,
    Face,
    MapResults,
    face_at,
    made,
    pairing,
    played,
    profile_rows,
    span,
    trap_among,
    world,
)

LEFT, HEAD, HIGH = 0.95, 0.42, 0.52  # inches: names of the rows, names of the columns, a cell
LINE = 0.135  # inches between lines of the list
SPACE = 0.05  # between entries
LISTED = 8  # equilibria in the list
FRAMES = {"certified": "-", "undecided": "--"}
TIE = 1e-9  # $bn per year
COLUMNS = (("", 0.12), ("player", 0.34), ("plays", 0.82), ("payoff", 2.62), ("regret, 95 % interval", 3.28),
           ("allowed", 4.38), ("outside", 4.84), ("status", 5.3))  # inches  # fmt: skip


def payoff_table_figure(results: MapResults, point: int) -> Figure:
    """Return the table of the game of the first two players at a point."""
    face = face_at(results, point)
    rows, columns = face.table.shape[1:]
    shown = ranked(face)[:LISTED]
    entries = [_entry(results, one) for one in shown]
    long = sum(SPACE + LINE * len(lines) for lines in entries) + 2 * LINE + SPACE
    at = profile_rows(results, point)
    on = sheet(
        HEAD + HIGH * rows + 1.05 + long,
        table_title(results, face),
        _question(results, point, face),
        made(results, f"{int(at['runs'].sum())} runs, {span(at['runs'])} of each profile,"),
    )
    wide = (WIDTH - LEFT - 0.1) / columns
    ax = place(on, LEFT, HEAD, wide * columns, HIGH * rows)
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.axis("off")
    _names(on, results, wide)
    _cells(ax, face)
    _replies(ax, face.table)
    _frames(ax, shown)
    top = HEAD + HIGH * rows + 0.12
    _key(on, top)
    _list(on, top + 0.88, entries, len(face.equilibria) - len(shown))
    return on.figure


def ranked(face: Face) -> list[Equilibrium]:
    """Return the equilibria, those that stand first; on pictures their numbers run from 1."""
    return sorted(face.equilibria, key=lambda one: (not one.stands, one.kind == "logit"))


def table_title(results: MapResults, face: Face) -> str:
    """Return which equilibria there are, and whether one is a trap."""
    standing = [one for one in face.equilibria if one.stands]
    certified = sum(one.status == "certified" for one in standing)
    trap = trap_among(standing)
    if not standing:
        return "No pair of doctrines is an equilibrium"
    if len(standing) == 1:
        text = f"The one equilibrium is {called(results, face, standing[0])}"
    else:
        text = f"{len(standing)} equilibria"
    if trap:
        text += f": {called(results, face, trap.worse)} is Pareto-dominated by {called(results, face, trap.better)}"
    elif len(standing) > 1 and any(one.kind == "pure" for one in standing):
        text += f": {', '.join(called(results, face, one) for one in standing if one.kind == 'pure')}"
    if certified == len(standing):
        return text + ("; certified" if len(standing) == 1 else "; all certified")
    return text + ("; undecided" if len(standing) == 1 else f"; {len(standing) - certified} undecided")


def replies(table: NDArray[np.float64]) -> list[NDArray[np.bool_]]:
    """Return of each player in which cells it plays a best reply to the other, shape (rows, columns).

    >>> prisoners = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
    >>> [best.tolist() for best in replies(prisoners)]
    [[[False, False], [True, True]], [[False, True], [False, True]]]
    """
    first, second = table
    return [first >= first.max(axis=0) - TIE, second >= second.max(axis=1, keepdims=True) - TIE]


def called(results: MapResults, face: Face, one: Equilibrium) -> str:
    """Return a short name of an equilibrium: what is played, or the number of the mix."""
    if one.kind == "pure":
        return pairing(results, one)
    order = [other.number for other in ranked(face)]
    return f"mix #{order.index(one.number) + 1}"


def _question(results: MapResults, point: int, face: Face) -> str:
    where = world(results, point) or results.question or "Which doctrines are best replies to each other?"
    return f"{where}; {face.note}" if face.note else where


def _names(on: Sheet, results: MapResults, wide: float) -> None:
    """Write the doctrines beside the rows and above the columns."""
    us, beijing = results.players[:2]
    write(on, 0.12, HEAD - 0.06, f"{words(us)} (rows)", va="bottom", size=7, color=FAINT)
    title = f"{words(beijing)} (columns); payoffs in $bn per year, {words(us)} first"
    write(on, LEFT, 0.1, title, va="center", size=7, color=FAINT)
    for j, name in enumerate(results.doctrines[beijing]):
        write(on, LEFT + wide * (j + 0.5), HEAD - 0.06, short(name), va="bottom", ha="center", size=7.5, weight="bold")
    for i, name in enumerate(results.doctrines[us]):
        write(on, LEFT - 0.08, HEAD + HIGH * (i + 0.5), short(name), va="center", ha="right", size=7.5, weight="bold")


def _cells(ax: Axes, face: Face) -> None:
    """Fill each cell by the regime that its runs end in most often, and write its payoffs, best replies bold."""
    best = replies(face.table)
    for i, j in np.ndindex(face.table.shape[1:]):
        first = int(np.argmax(face.shares[:, i, j]))
        colour = faded(REGIMES[first].colour, 0.6 * face.shares[first, i, j] - 0.35)  # pale, for dark text
        ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fc=colour, ec="white", lw=1.5))
        ax.text(j - 0.45, i - 0.27, REGIMES[first].letter, size=6, va="center", color=INK)
        for player, side in enumerate((-1, 1)):
            bold = "bold" if best[player][i, j] else "normal"
            ax.text(j + 0.03 * side, i - 0.08, f"{face.table[player, i, j]:.1f}", size=7.5, weight=bold,
                    ha="right" if side < 0 else "left", va="center", gid=f"payoff {player} {i} {j}")  # fmt: skip
            ax.text(j + 0.03 * side, i + 0.16, f"±{face.errors[player, i, j]:.1f}", size=5.5, color=INK,
                    ha="right" if side < 0 else "left", va="center")  # fmt: skip
        ax.text(j, i - 0.08, ",", size=7.5, ha="center", va="center")


def _replies(ax: Axes, table: NDArray[np.float64]) -> None:
    """Point from each cell to where the player who would move has its best reply: rows first, columns second."""
    best = replies(table)
    for player, i, j in np.ndindex(table.shape):
        if best[player][i, j]:
            continue
        line = best[0][:, j] if player == 0 else best[1][i]
        goal, here = int(np.argmax(line)), (i, j)[player]
        step = 1 if goal > here else -1
        if player == 0:
            ends = (j + 0.42, i - 0.2 * step), (j + 0.42, i + 0.28 * step)
        else:
            ends = (j - 0.1 * step, i + 0.36), (j + 0.16 * step, i + 0.36)
        ax.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=6, lw=0.9, color=INK, shrinkA=0,
                                     shrinkB=0, gid=f"reply {player} {i} {j}"))  # fmt: skip


def _frames(ax: Axes, shown: list[Equilibrium]) -> None:
    """Frame the pure equilibria that stand and number the cells of all that do."""
    signs: dict[tuple[int, int], list[str]] = {}
    for number, one in enumerate(shown, 1):
        if not one.stands:
            continue
        cells = [(int(i), int(j)) for i in np.flatnonzero(one.profile[0] > PLAYED)
                 for j in np.flatnonzero(one.profile[1] > PLAYED)]  # fmt: skip
        for i, j in cells:
            signs.setdefault((i, j), []).append(str(number))
            pure = one.kind == "pure"
            inset = 0.02 if pure else 0.045
            ax.add_patch(Rectangle((j - 0.5 + inset, i - 0.5 + 2 * inset), 1 - 2 * inset, 1 - 4 * inset, fill=False,
                                   ec=INK, lw=1.8 if pure else 0.8, ls=FRAMES[one.status] if pure else ":",
                                   gid=f"{one.status} {one.kind} {i} {j}"))  # fmt: skip
    for (i, j), numbers in signs.items():
        ax.text(j - 0.45, i + 0.28, "#" + ",".join(numbers), size=6.5, weight="bold", va="center", color=INK)


def _key(on: Sheet, top: float) -> None:
    text = (
        "Arrow: where the best reply lies, up or down for the player of the rows, left or right for that of the\n"
        "columns; bold: a best reply. Colour and letter: the regime in which most runs end. ±: standard error."
    )
    write(on, 0.12, top, text, va="top", size=7, linespacing=1.3)
    frames = [
        Patch(fc="white", ec=INK, lw=1.5, label="certified"),
        Patch(fc="white", ec=INK, lw=1.5, ls="--", label="undecided"),
        Patch(fc="white", ec=INK, lw=0.8, ls=":", label="part of a mix"),
    ]
    regime_key(on, 0.12, top + 0.36, 5, frames)


def _entry(results: MapResults, one: Equilibrium) -> list[dict[str, str]]:
    """Return the lines of the list on one equilibrium, what stands in each column."""
    first = int(np.argmax(one.shares))
    kind = f"logit, precision {one.precision:.3g}" if one.kind == "logit" else one.status
    ends = [kind, f"{one.runs} runs", f"{REGIMES[first].letter} {100 * one.shares[first]:.0f} %"]
    lines: list[dict[str, str]] = []
    for i, player in enumerate(results.players):
        regret, low, high, allowed = one.regrets[i]
        plays = textwrap.wrap(played(results, i, one.profile[i]), 36)
        outside = one.outside[i]
        lines.append({
            "player": words(player),
            "plays": plays[0],
            "payoff": f"{one.payoffs[i]:.1f} ±{one.errors[i]:.1f}",
            "regret, 95 % interval": f"{regret:.2f} ({low:.2f} to {high:.2f})",
            "allowed": f"{allowed:.2f}",
            "outside": f"{outside:.2f}" if np.isfinite(outside) else "-",
        })  # fmt: skip
        lines += [{"plays": more} for more in plays[1:]]
    lines += [{} for _ in range(len(ends) - len(lines))]
    for line, text in zip(lines, ends, strict=False):
        line["status"] = text
    return lines


def _list(on: Sheet, top: float, entries: list[list[dict[str, str]]], left_out: int) -> None:
    """Write the equilibria one below the other."""
    for name, x in COLUMNS:
        write(on, x, top, name, va="top", size=6.5, color=FAINT)
    for number, lines in enumerate(entries, 1):
        top += SPACE
        write(on, COLUMNS[0][1], top + LINE, f"#{number}", va="top", size=6.5, weight="bold")
        for line in lines:
            top += LINE
            for name, x in COLUMNS[1:]:
                write(on, x, top, line.get(name, ""), va="top", size=6.5)
    note = "Regret: what the best other doctrine would gain, $bn per year; outside: the best rule beyond the list"
    more = f"; {left_out} more not listed" if left_out else ""
    write(on, COLUMNS[0][1], top + LINE + SPACE, f"{note}{more}.", va="top", size=6.5, color=FAINT)
