"""The replicator flow of the game between doctrines: where doctrines drift that spread as they pay.

Each player is a population of its own; a doctrine's share grows as fast as its payoff exceeds the mean (Taylor and
Jonker 1978). Every player's shares are drawn in a polygon whose corners are its doctrines.
"""

import textwrap
from collections import Counter
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.special import softmax

from ..games.dynamics import scaled
from ..games.game import Payoffs
from .look import FAINT, GREY, INK, START_COLOURS, WIDTH, Sheet, place, sheet, short, words, write
from .map_folder import Equilibrium, MapResults, face_at, made, pairing, profile_rows, span, world
from .payoff_table import called, ranked

STARTS, DRAWN = 200, 70
HORIZON = 2000.0  # in units of time in which each player's payoffs span 1
NEAR = 0.02  # an end as near as this to an equilibrium, in every probability, belongs to it
NOWHERE = -1
LAST = 10  # of 121 times: the second half of the horizon
CLOSE = 0.2  # signs nearer than this in a polygon share one label
WIDE, HIGH = 3.0, 2.3  # inches
Array = NDArray[np.float64]
Paths = tuple[Array, Array]  # of each player its probabilities, shape (strategies, starts, times)


class Ends(NamedTuple):
    """Where paths end."""

    places: NDArray[np.int64]  # of each path the place of its equilibrium, or NOWHERE

    @property
    def by_size(self) -> list[tuple[int, float]]:
        """The places that are reached, with the share of paths, the commonest first; NOWHERE is last."""
        counts = Counter(self.places.tolist())
        order = sorted(counts, key=lambda k: (k == NOWHERE, -counts[k], k))
        return [(k, counts[k] / len(self.places)) for k in order]


def flow_figure(results: MapResults, point: int) -> Figure:
    """Return the flow of the game of the first two players at a point."""
    face = face_at(results, point)
    order = ranked(face)
    standing = [one for one in order if one.stands]
    paths = replicator_paths(face.table, random_starts(face.table.shape[1:]))
    ends = ends_of(paths, [(one.profile[0], one.profile[1]) for one in standing])
    colours = {k: START_COLOURS[n % len(START_COLOURS)] for n, (k, _) in enumerate(ends.by_size)} | {NOWHERE: GREY}
    numbers = [f"#{order.index(one) + 1}" for one in standing]
    entries = _entries(results, standing, numbers, dict(ends.by_size))
    runs = span(profile_rows(results, point)["runs"])
    where = ", ".join(part for part in (world(results, point), face.note) if part)
    on = sheet(
        HIGH + 0.85 + 0.125 * sum(text.count("\n") + 1.5 for _, text in entries),
        flow_title(ends, {k: called(results, face, one) for k, one in enumerate(standing)}),
        f"Where do doctrines drift that spread as they pay{', at ' + where if where else ''}?",
        made(results, f"payoffs by {runs} runs of each profile,"),
    )
    for i in (0, 1):
        ax = place(on, 0.1 + (WIDE + 0.1) * i, 0.2, WIDE, HIGH)
        ax.set_title(f"{words(results.players[i])}'s doctrines")
        _polygon(ax, results.doctrines[results.players[i]])
        _lines(ax, paths[i], ends, colours)
        _signs(ax, [one.profile[i] for one in standing], standing, numbers, colours)
    _key(on, HIGH + 0.25, entries, colours)
    return on.figure


def flow_title(ends: Ends, names: dict[int, str]) -> str:
    """Return which equilibria the flow ends in, and from how many starts."""
    found = [f"{names[k]} from {100 * share:.0f} %" for k, share in ends.by_size if k != NOWHERE]
    restless = 100 * float(np.mean(ends.places == NOWHERE))
    if not found:
        return "The doctrines settle at no equilibrium"
    if len(found) == 1 and not restless:
        return f"From every start the doctrines drift to {names[ends.by_size[0][0]]}"
    text = f"The doctrines drift to {found[0]} of starts" + "".join(f", to {one}" for one in found[1:3])
    text += f", and {len(found) - 3} more" if len(found) > 3 else ""
    return text + (f"; from {restless:.0f} % they have not settled" if restless else "")


def random_starts(shape: tuple[int, ...]) -> Paths:
    """Return starts that are uniform on the simplices, each of shape (strategies, starts)."""
    rng = np.random.default_rng(0)
    first, second = (rng.dirichlet(np.ones(size), STARTS).T for size in shape)
    return first, second


def replicator_paths(table: Payoffs, starts: Paths) -> Paths:
    """Return the paths of the two-player replicator from many starts at once.

    In logarithms of odds every share grows by its payoff alone, so no share leaves [0, 1].

    Parameters
    ----------
    table : (2, rows, columns)
        Payoffs.
    starts : pair of (strategies, starts)
        Where the paths begin.
    """
    first, second = scaled(table)
    rows, paths = len(first), starts[0].shape[1]

    def velocity(_time: float, flat: Array) -> Array:
        x, y = _shares(flat.reshape(-1, paths), rows)
        return np.concatenate([first @ y, second.T @ x]).ravel()

    times = np.concatenate([[0.0], np.geomspace(0.1, HORIZON, 120)])
    odds = np.log(np.maximum(np.concatenate(starts), 1e-300))
    solved = solve_ivp(velocity, (0.0, HORIZON), odds.ravel(), t_eval=times, rtol=1e-5, atol=1e-4)
    x, y = _shares(solved.y.reshape(len(odds), paths, -1), rows)
    return x, y


def _shares(odds: Array, rows: int) -> Paths:
    return softmax(odds[:rows], axis=0), softmax(odds[rows:], axis=0)


def ends_of(paths: Paths, equilibria: list[Paths]) -> Ends:
    """Return where paths end: at an equilibrium, if they stay near it to the last; else they still move."""
    last = np.concatenate([own[:, :, -LAST:] for own in paths])
    if not equilibria:
        return Ends(np.full(last.shape[1], NOWHERE))
    homes = np.array([np.concatenate(one) for one in equilibria])
    apart = np.abs(last[None] - homes[:, :, None, None]).max(axis=(1, 3))
    return Ends(np.where(apart.min(axis=0) <= NEAR, apart.argmin(axis=0), NOWHERE))


def corners(size: int) -> Array:
    """Return the corners of a regular polygon, shape (2, size), the first at the top.

    >>> corners(4).round(3).tolist()
    [[0.0, 1.0, 0.0, -1.0], [1.0, 0.0, -1.0, -0.0]]
    """
    angles = np.pi / 2 - 2 * np.pi * np.arange(size) / size
    return np.array([np.cos(angles), np.sin(angles)])


def _polygon(ax: Axes, names: list[str]) -> None:
    spots = corners(len(names))
    ax.add_patch(Polygon(spots.T, fc="none", ec=FAINT, lw=0.8))
    ax.set_xlim(-1.85, 1.85)
    ax.set_ylim(-1.4, 1.4)
    ax.set_aspect("equal")
    ax.axis("off")
    for name, spot in zip(names, spots.T, strict=True):
        side = 0 if abs(spot[0]) < 0.1 else np.sign(spot[0])
        x, y = spot * 1.12
        ax.text(x, y, short(name), size=7.5, va="center" if side else ("bottom" if spot[1] > 0 else "top"),
                ha={0: "center", 1: "left", -1: "right"}[int(side)])  # fmt: skip


def _lines(ax: Axes, shares: Array, ends: Ends, colours: dict[int, str]) -> None:
    """Draw some of the paths, each with an arrow half way."""
    spots = np.einsum("ds,spt->dpt", corners(len(shares)), shares)
    for path in range(DRAWN):
        x, y = spots[:, path]
        colour = colours[int(ends.places[path])]
        ax.plot(x, y, color=colour, lw=0.7, alpha=0.6, gid=f"path {ends.places[path]}")
        way = np.concatenate([[0.0], np.hypot(np.diff(x), np.diff(y)).cumsum()])
        half = max(int(np.searchsorted(way, 0.5 * way[-1])), 1)
        if way[-1] > 0.05:
            ax.annotate("", (x[half], y[half]), (x[half - 1], y[half - 1]),
                        arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 0.5, "mutation_scale": 6,
                                    "shrinkA": 0, "shrinkB": 0})  # fmt: skip


def _signs(
    ax: Axes, mixes: list[Array], standing: list[Equilibrium], numbers: list[str], colours: dict[int, str]
) -> None:
    """Mark the equilibria, full where stable; those close together share a label."""
    spots = [corners(len(mix)) @ mix for mix in mixes]
    left = list(range(len(spots)))
    for k, spot in enumerate(spots):
        colour = colours.get(k, INK)
        ax.plot(*spot, "o", ms=6, mfc=colour if standing[k].stable else "white", mec=INK, mew=0.9, zorder=4,
                gid=f"equilibrium {numbers[k]}")  # fmt: skip
    while left:
        near = [k for k in left if np.hypot(*(spots[k] - spots[left[0]])) < CLOSE]
        x, y = spots[near[0]]
        inward = -(0.16 + 0.05 * (len(near) - 1)) * np.array([x, y]) / max(np.hypot(x, y), 0.3)
        ax.text(x + inward[0], y + inward[1], ",".join(numbers[k] for k in near).replace(",#", ","), size=7,
                weight="bold", ha="center", va="center", zorder=5,
                path_effects=[withStroke(linewidth=2, foreground="white")])  # fmt: skip
        left = [k for k in left if k not in near]


def _entries(
    results: MapResults, standing: list[Equilibrium], numbers: list[str], reached: dict[int, float]
) -> list[tuple[int, str]]:
    """Return the lines of the key: each equilibrium with the share of starts, then what ends at none."""
    entries = []
    for k, one in enumerate(standing):
        share = f"{100 * reached[k]:.0f} % of starts" if k in reached else "no start"
        text = f"{numbers[k]}  {pairing(results, one)}: {share}; {one.status}, {'' if one.stable else 'not '}stable"
        entries.append((k, "\n".join(textwrap.wrap(text, 110, subsequent_indent="      "))))
    if NOWHERE in reached:
        entries.append((NOWHERE, f"not settled: {100 * reached[NOWHERE]:.0f} % of starts"))
    return entries


def _key(on: Sheet, top: float, entries: list[tuple[int, str]], colours: dict[int, str]) -> None:
    handles = [Line2D([], [], color=colours.get(k, "white"), lw=2, label=text) for k, text in entries]
    on.figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.1 / WIDTH, 1 - (on.top + top) / on.height),
        borderaxespad=0,
        handlelength=1.6,
    )
    top += 0.125 * sum(text.count("\n") + 1.5 for _, text in entries) + 0.1
    notes = (
        f"Replicator dynamics of both populations at once, from {STARTS} random starts ({DRAWN} drawn). A spot is the "
        "mean of the corners,\nweighted by the doctrines' shares: at a corner one doctrine is alone; inside, different "
        "mixes can share a spot.\nA full sign: stable; an empty one: not."
    )
    write(on, 0.1, top, notes, va="top", size=6.5, color=FAINT, linespacing=1.3)
