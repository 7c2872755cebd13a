"""How many equilibria the game between doctrines has in each world of a grid, which ones, and where they are traps."""

from collections import Counter
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from .look import INK, REGIMES, WIDTH, Sheet, faded, ink_on, place, regime_key, sheet, write
from .map_folder import (
    Equilibrium,
    MapResults,
    Trap,
    as_results,
    equilibria_at,
    escalates,
    made,
    pairing,
    span,
    trap_among,
)
from .phase import ROOM, STRIP, Cells, grid_axes, grid_cells, grid_shape

LEFT, WIDE, GAP = 0.62, 3.75, 0.2  # inches
LETTERS = "ABCDEFGHIJKL"
OTHER = "Z"  # a pairing for which no letter was left
SHADES = ("#F2F2F2", "#D9E6F2", "#9DBFDD", "#5A8FC0", "#255F98", "#0B2F57")  # 0, 1, .. equilibria; the last: or more
LINE = 0.158  # inches between entries of a key


class Cell(NamedTuple):
    """What one world holds: its equilibria that stand, and its trap."""

    standing: list[Equilibrium]
    trap: Trap | None
    played: bool = True  # or else as the nearest that is

    @property
    def undecided(self) -> bool:
        """Whether one of the equilibria is."""
        return self.played and any(one.status == "undecided" for one in self.standing)


def counts_figure(results: MapResults) -> Figure:
    """Return the map of the number of equilibria of a grid, and below it the traps."""
    found = cells_of(results)
    letters = lettered(results, found)
    grid = as_results(results)
    across, up = grid_shape(grid)
    strip = len(results.varied) == 1
    high = STRIP if strip else WIDE * min(max(up / across, 0.6), 0.95)
    below = max(
        high + 0.8,
        (1.6 if all(cell.played for cell in found) else 1.9)
        + sum(LINE + 0.115 * _entry(pair).count("\n") for pair in letters),
    )
    wide, low = (2.6, STRIP) if strip else (2.6, 2.6 * high / WIDE)
    runs = span(results.payoffs["runs"])
    played = sum(cell.played for cell in found)
    on = sheet(
        below + max(low + 0.75, 2.3),
        counts_title(found),
        results.question or "Which doctrines are best replies to each other, and where?",
        made(results, f"{played} games, each pair of doctrines {runs} runs"),
    )
    ax = place(on, LEFT, 0.2, WIDE, high)
    grid_axes(ax, grid, (WIDE, high))
    _numbers(ax, results, grid_cells(grid), found, letters, 72 * min(WIDE / across, high / up))
    ax.set_title("Number of equilibria, and the pure ones")
    _numbers_key(on, LEFT + WIDE + GAP, 0.2, letters, found)
    ax = place(on, LEFT, below + 0.2, wide, low)
    grid_axes(ax, grid, (wide, low))
    _traps(ax, grid_cells(grid), found, 72 * min(wide / across, low / up))
    ax.set_title("Traps, by what they end in")
    _traps_key(on, LEFT + wide + GAP, below + 0.2)
    return on.figure


def cells_of(results: MapResults) -> list[Cell]:
    """Return what each world holds."""
    games = {point: equilibria_at(results, point) for point in set(results.source)}
    return [
        Cell([one for one in games[source] if one.stands], trap_among(games[source]), source == point)
        for point, source in enumerate(results.source)
    ]


def telling(found: list[Cell]) -> list[int]:
    """Return the worlds to look into: most equilibria, the worst trap, most undecided; each only once."""
    points = [point for point, cell in enumerate(found) if cell.played]
    traps = {point: trap for point in points if (trap := found[point].trap)}
    chosen = [max(points, key=lambda point: len(found[point].standing))]
    if traps:
        chosen.append(max(traps, key=lambda point: (escalates(traps[point].worse), traps[point].loss)))
    open_ones = [point for point in points if found[point].undecided]
    if open_ones:
        chosen.append(max(open_ones, key=lambda point: sum(o.status == "undecided" for o in found[point].standing)))
    return list(dict.fromkeys(chosen))


def counts_title(found: list[Cell]) -> str:
    """Return how many worlds have several equilibria, a trap, an open question."""
    several = sum(len(cell.standing) > 1 for cell in found)
    traps = [escalates(cell.trap.worse) for cell in found if cell.trap]
    text = f"{several} of {len(found)} worlds have several equilibria"
    if not traps:
        text += ", none is a trap"
    elif all(traps):
        text += f"; in {len(traps)} escalation is a trap"
    else:
        text += f"; traps in {len(traps)}, of escalation in {sum(traps) or 'none'}"
    unsure = sum(cell.undecided for cell in found)
    return text + (f"; {unsure} {'is' if unsure == 1 else 'are'} undecided" if unsure else "")


def lettered(results: MapResults, found: list[Cell]) -> dict[str, str]:
    """Return the letter of each pure pair of doctrines, A for the commonest."""
    pairs = Counter(pairing(results, one) for cell in found for one in cell.standing if one.kind == "pure")
    return {pair: letter for (pair, _), letter in zip(pairs.most_common(), LETTERS, strict=False)}


def signs(results: MapResults, cell: Cell, letters: dict[str, str]) -> str:
    """Return the letters of a cell's pure equilibria, small where undecided."""
    found = []
    for one in cell.standing:
        if one.kind == "pure":
            letter = letters.get(pairing(results, one), OTHER)
            found.append(letter if one.status == "certified" else letter.lower())
    return "".join(sorted(found, key=str.upper))


def _numbers(
    ax: Axes, results: MapResults, cells: Cells, found: list[Cell], letters: dict[str, str], size: float
) -> None:
    """Fill each cell by its number of equilibria; hatched where one is undecided, dotted where none was played."""
    for x, y, point in cells:
        cell = found[point]
        colour = SHADES[min(len(cell.standing), len(SHADES) - 1)]
        _box(ax, x, y, colour, cell.undecided, size)
        if not cell.played:
            _dot(ax, x, y, ink_on(to_rgb(colour)))
            continue
        text = signs(results, cell, letters)
        points = min(7.5, 0.5 * size, 1.3 * size / max(len(text), 1))
        roomy = size > ROOM
        style: dict[str, Any] = {
            "textcoords": "offset points",
            "ha": "center",
            "va": "center",
            "color": ink_on(to_rgb(colour)),
        }
        if text and points >= 3.5:
            ax.annotate(text, (x, y), (0, -min(5.0, 0.15 * size) if roomy else 0), size=points, weight="bold", **style)
        if roomy:
            ax.annotate(str(len(cell.standing)), (x, y), (0, min(7.0, 0.27 * size)), size=min(6, 0.27 * size), **style)


def _traps(ax: Axes, cells: Cells, found: list[Cell], size: float) -> None:
    """Fill the cells that hold a trap by the regime that it ends in; the number is what all players lose."""
    for x, y, point in cells:
        trap = found[point].trap
        if not trap:
            _box(ax, x, y, "#F2F2F2", False, size)
            continue
        regime = REGIMES[trap.worse.regime]
        colour = faded(regime.colour, trap.worse.shares.max())
        played = found[point].played
        _box(ax, x, y, colour, played and "undecided" in (trap.worse.status, trap.better.status), size)
        if not played:
            _dot(ax, x, y, ink_on(colour))
            continue
        text = f"{regime.letter}\n{trap.loss:.0f}" if size > ROOM else regime.letter
        ax.text(x, y, text, ha="center", va="center", size=min(7.0, 0.34 * size if size > ROOM else 0.5 * size),
                weight="bold", color=ink_on(colour), linespacing=0.95)  # fmt: skip


def _box(ax: Axes, x: int, y: int, colour: Any, undecided: bool, size: float) -> None:
    hatch = ("///" if size > ROOM else "//////") if undecided else None
    corner = (x - 0.5, y - 0.5)
    ax.add_patch(Rectangle(corner, 1, 1, fc=colour, ec=(*to_rgb(INK), 0.35), lw=0, hatch=hatch,
                           gid="undecided" if undecided else "decided"))  # fmt: skip
    ax.add_patch(Rectangle(corner, 1, 1, fill=False, ec="white", lw=0.8))


def _dot(ax: Axes, x: int, y: int, colour: str) -> None:
    ax.plot(x, y, ".", ms=2, color=colour, gid="not played")


def _numbers_key(on: Sheet, left: float, top: float, letters: dict[str, str], found: list[Cell]) -> None:
    most = max(len(cell.standing) for cell in found)
    last = len(SHADES) - 1
    patches = [
        Patch(fc=shade, ec=INK, lw=0.4, label=f"{n}{' or more' if n == last else ''}")
        for n, shade in enumerate(SHADES[: most + 1])
        if n or any(not cell.standing for cell in found)
    ]
    patches.append(Patch(fc="white", ec=INK, hatch="/////", lw=0.4, label="one is undecided"))
    on.figure.legend(
        handles=patches,
        loc="upper left",
        bbox_to_anchor=(left / WIDTH, 1 - (on.top + top) / on.height),
        ncols=2,
        borderaxespad=0,
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.0,
    )
    top += LINE * (-(-len(patches) // 2)) + 0.14
    write(on, left, top, "Pure equilibria, US / Beijing:" if letters else "None is pure.", va="top", size=7)
    for pair, letter in letters.items():
        top += LINE
        write(on, left, top, letter, va="top", size=7, weight="bold")
        write(on, left + 0.16, top, _entry(pair), va="top", size=7, linespacing=1.15)
        top += 0.115 * _entry(pair).count("\n")
    notes = "A small letter: undecided.\nWhat is not pure is mixed.\nRefuted ones are not counted."
    if not all(cell.played for cell in found):
        notes += "\nA dot: not played, and shown\nlike the nearest that was."
    write(on, left, top + LINE + 0.05, notes, va="top", size=6.5, linespacing=1.3)


def _entry(pair: str) -> str:
    """Return a pair of doctrines in lines that fit the key."""
    return pair if len(pair) <= 27 else pair.replace(" / ", " /\n")


def _traps_key(on: Sheet, left: float, top: float) -> None:
    text = (
        "A trap is a Pareto-dominated equilibrium: another\n"
        "one of the same world is better for a player, and\n"
        "within the tolerance worse for none.\n"
        "Colour and letter: where it ends most often.\n"
        "The number, where there is room: what all\n"
        "players together lose ($bn per year). Grey: none.\n"
        "Hatched: one of the two is undecided."
    )
    write(on, left, top, text, va="top", size=7, linespacing=1.3)
    regime_key(on, left, top + 1.09, 2)
