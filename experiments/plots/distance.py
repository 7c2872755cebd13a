"""Path dependence: how far the starts lead apart in each world of a grid."""

from collections import Counter

from matplotlib.figure import Figure

from .look import REGIMES, place, sheet, write
from .map_folder import MapResults, as_results, made, span, starts_apart, world
from .phase import STRIP, Apart, distance_cells, distance_key, grid_axes, grid_cells, grid_shape
from .shares import Counts, leading
from .titles import start_name

LEFT, WIDE, GAP = 0.62, 3.5, 0.2  # inches
MOST = 6  # passages that the key names
QUESTION = "Where does it matter how the standoff began?"


def distance_figure(results: MapResults) -> Figure:
    """Return the path dependence of a grid with at least two starts."""
    grid = as_results(results)
    apart = starts_apart(results)
    across, up = grid_shape(grid)
    high = STRIP if len(results.varied) == 1 else WIDE * min(max(up / across, 0.6), 1.0)
    footer = made(results, f"{len(apart)} worlds x {span(results.regimes['runs'])} runs", " and ".join(results.starts))
    on = sheet(max(high + 0.82, 2.35), distance_title(results, apart), results.question or QUESTION, footer)
    ax = place(on, LEFT, 0.2, WIDE, high)
    grid_axes(ax, grid, (WIDE, high))
    distance_cells(ax, grid_cells(grid), apart, 72 * min(WIDE / across, high / up))
    ax.set_title(f"How far {' and '.join(map(start_name, results.starts))} starts end apart")
    distance_key(on, LEFT + WIDE + GAP, 0.2)
    write(on, LEFT + WIDE + GAP, 1.0, passages(grid.counts, apart, results.starts), va="top", size=7, linespacing=1.35)
    return on.figure


def distance_title(results: MapResults, apart: Apart) -> str:
    """Return in how many worlds the start matters, and where most."""
    sure = [(far, point) for point, (far, certain) in enumerate(apart) if certain]
    if not sure:
        return f"In none of {len(apart)} worlds does the start change the regimes for sure"
    far, point = max(sure, key=lambda found: found[0])
    return (
        f"The start changes the regimes in {len(sure)} of {len(apart)} worlds, "
        f"most at {world(results, point)}: {far:.2f} apart"
    )


def passages(counts: Counts, apart: Apart, starts: list[str]) -> str:
    """Return what leads from each start in the worlds where the start matters, the commonest first."""
    found = Counter(
        tuple(REGIMES[leading(own)].name for own in counts[:, point]) for point, (_, sure) in enumerate(apart) if sure
    )
    lines = ["Leading where the start matters,", f"from {' / '.join(map(start_name, starts))}:"]
    for names, worlds in found.most_common(MOST):
        if len(set(names)) == 1:
            lines.append(f"{worlds} x {names[0]} from {'both' if len(names) == 2 else 'all'}")
        else:
            lines += [f"{worlds} x {names[0]} /", *(f"      {name}" for name in names[1:])]
    left = sum(found.values()) - sum(worlds for _, worlds in found.most_common(MOST))
    return "\n".join([*lines, *([f"{left} x other"] if left else [])]) if found else ""
