"""The regime phase diagram: which regime leads over two varied names, from each start, and how far they differ."""

import math

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from .folder import Results, footer, is_grid, levels
from .look import INK, REGIMES, WIDTH, Sheet, faded, ink_on, label, place, regime_key, sheet, short, write
from .shares import Counts, beyond_chance, distance, leading, undecided
from .titles import phase_title, start_name

LEFT, GAP, RIGHT = 0.62, 0.62, 0.15  # inches
ROOM_OF_LINE = 9  # points between tick labels one above the other
STRIP = 0.5  # inches: the height of a grid over a single name
ROOM = 20  # points that a cell needs for a letter and a number
Cells = list[tuple[int, int, int]]  # column, row, point
Apart = list[tuple[float, bool]]  # of each point: how far the starts lead apart, and whether surely


def applies(results: Results) -> bool:
    """Return whether the folder is a grid over two names with at least two levels each."""
    return len(results.varied) == 2 and is_grid(results) and all(len(levels(results, n)) > 1 for n in results.varied)


def phase_figure(results: Results, apart: Apart | None = None) -> Figure:
    """Return the phase diagram of a grid over one or two names.

    Parameters
    ----------
    results : Results
        What came out.
    apart : list of tuple, optional
        Of each point how far the starts lead apart, and whether surely; by default from the counts.
    """
    counts = results.counts
    cells = grid_cells(results)
    across, up = grid_shape(results)
    starts = len(results.starts)
    if apart is None and starts > 1:
        apart = [_furthest(counts[:, point]) for point in range(len(results.points))]
    panels = starts + (starts > 1)  # the last one for the distance
    wide = (WIDTH - LEFT - RIGHT - GAP) / 2 if starts > 1 else 3.5
    high = max(wide * min(max(up / across, 0.6), 1.1), 2.35) if len(results.varied) > 1 else STRIP
    pitch = high + 0.72
    key_top = 0.2 + pitch * (panels // 2) if starts > 1 else 0.2
    body = max(math.ceil((panels + 1) / 2) * pitch, key_top + (2.75 if starts > 1 else 2.0))
    on = sheet(body, phase_title(results, counts), results.question, footer(results))
    cell_size = 72 * min(wide / across, high / up)
    for k in range(panels):
        ax = place(on, LEFT + (wide + GAP) * (k % 2), 0.2 + pitch * (k // 2), wide, high)
        grid_axes(ax, results, (wide, high))
        if k < starts:
            _leaders(ax, cells, counts[k], cell_size)
            ax.set_title(f"From {start_name(results.starts[k])}: leading regime")
        else:
            distance_cells(ax, cells, apart or [], cell_size)
            ax.set_title("How far the starts lead apart" if starts == 2 else "How far any two starts lead apart")
    left = LEFT + (wide + GAP) * (panels % 2) - 0.1 if starts > 1 else LEFT + wide + 0.25
    _key(on, left, key_top, starts > 1, cell_size)
    return on.figure


def grid_shape(results: Results) -> tuple[int, int]:
    """Return how many columns and rows a grid over one or two names has."""
    sizes = [len(levels(results, name)) for name in results.varied]
    return sizes[0], sizes[1] if len(sizes) > 1 else 1


def grid_cells(results: Results) -> Cells:
    """Return where each point lies on a grid over one or two names."""
    order = [levels(results, name) for name in results.varied]
    cells = []
    for i, point in enumerate(results.points):
        column, row = [*(steps.index(point[name]) for steps, name in zip(order, results.varied, strict=True)), 0][:2]
        cells.append((column, row, i))
    return cells


def grid_axes(ax: Axes, results: Results, size: tuple[float, float]) -> None:
    """Tick the levels, as many as fit axes of this width and height in inches."""
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.yaxis.set_ticks([])
    for axis, name, long in zip((ax.xaxis, ax.yaxis), results.varied, size, strict=False):
        steps = levels(results, name)
        names = [short(step) for step in steps]
        room = ROOM_OF_LINE if axis is ax.yaxis else 4.4 * max(map(len, names)) + 4
        shown = range(0, len(steps), math.ceil(room * len(steps) / (72 * long)))
        axis.set_ticks(list(shown), [names[i] for i in shown])
        axis.set_label_text(label(name))
    columns, rows = grid_shape(results)
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(-0.5, rows - 0.5)


def _leaders(ax: Axes, cells: Cells, counts: Counts, size: float) -> None:
    """Fill each cell with its leader: paler where the share is smaller, hatched where the next may lead."""
    hatch = "///" if size > ROOM else "//////"
    for x, y, point in cells:
        own = counts[point]
        first = leading(own)
        share = own[first] / own.sum()
        colour = faded(REGIMES[first].colour, share)
        torn = undecided(own)
        corner = (x - 0.5, y - 0.5)
        ax.add_patch(Rectangle(corner, 1, 1, fc=colour, ec=(*to_rgb(INK), 0.35), lw=0, hatch=hatch if torn else None,
                               gid="undecided" if torn else "decided"))  # fmt: skip
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, ec="white", lw=0.8))
        lines = [(REGIMES[first].letter, min(9, 0.62 * size), "bold", min(4.5, 0.16 * size) if size > ROOM else 0)]
        if size > ROOM:
            lines.append((f"{100 * share:.0f} %", min(6.5, 0.28 * size), "normal", -min(5.5, 0.2 * size)))
        for text, points, weight, rise in lines:
            note = ax.annotate(text, (x, y), (0, rise), textcoords="offset points", ha="center", va="center",
                               size=points, weight=weight, color=ink_on(colour))  # fmt: skip
            note.set_path_effects([withStroke(linewidth=2 if size > ROOM else 1, foreground=colour)])


def _furthest(own: Counts) -> tuple[float, bool]:
    """Return the largest distance between two starts, and whether chance does not explain it."""
    pairs = [(a, b) for a in range(len(own)) for b in range(a)]
    far, a, b = max((distance(own[a], own[b]), a, b) for a, b in pairs)
    return far, beyond_chance(own[a], own[b])


def distance_cells(ax: Axes, cells: Cells, apart: Apart, size: float) -> None:
    """Fill each cell with the distance between the starts; marked where chance does not explain it."""
    colours = colormaps["cividis"]
    for x, y, point in cells:
        far, sure = apart[point]
        colour = colours(far)
        ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fc=colour, ec="white", lw=0.8))
        text = (f"{far:.2f}" + ("*" if sure else "")) if size > ROOM else ("*" if sure else "")
        ax.text(x, y, text, ha="center", va="center", size=min(7, 0.27 * size) if size > ROOM else 0.7 * size,
                weight="bold" if sure else "normal", color=ink_on(colour))  # fmt: skip


def _key(on: Sheet, left: float, top: float, with_distance: bool, size: float) -> None:
    torn = Patch(fc="white", ec=INK, hatch="/////", lw=0.4,
                 label="undecided: the 95 % interval\nof the leading share overlaps\nthe next one's")  # fmt: skip
    regime_key(on, left, top, 1, [torn])
    number = "\nThe number is the leading share." if size > ROOM else ""
    write(on, left, top + 1.5, f"The paler, the smaller the leading\nshare of runs.{number}", va="top", size=7)
    if with_distance:
        distance_key(on, left, top + 2.0)


def distance_key(on: Sheet, left: float, top: float) -> None:
    """Put the key of the distances at this place in the body of the sheet."""
    text = "Dark to bright: total-variation distance\n* more than chance explains (95 %)"
    write(on, left, top, text, va="top", size=7)
    bar = place(on, left, top + 0.36, 1.9, 0.1)
    bar.imshow(np.linspace(0, 1, 21)[None], cmap="cividis", aspect="auto", extent=(0, 1, 0, 1))
    bar.set_yticks([])
    bar.set_xticks([0, 1], ["0: same regimes", "1: none shared"])
    first, last = bar.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    bar.spines[:].set_visible(False)
