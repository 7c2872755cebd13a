"""The upper half of a storyboard: who did what in which month, one row for each thing that can be done."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from ...agents.doctrines import beijing_escalates, us_escalates
from ...agents.moves import ALLY_NAMES, BeijingMove, UsMove
from .look import BLUE, FAINT, GREEN, INK, PURPLE, VERMILLION, WIDTH, Sheet, place, words, write

ROW, GAP = 0.113, 0.06  # inches
LEFT, RIGHT = 1.42, 0.98
TRUCE = "#E3EEF5"


class Sign(NamedTuple):
    """A symbol: marker, face, edge and size relative to a month."""

    marker: str
    face: str
    edge: str
    scale: float = 1.0


UP = Sign("^", VERMILLION, VERMILLION)
DOWN = Sign("v", "white", BLUE)
UPDATE = Sign("s", INK, INK, 0.8)
MEASURE = Sign("*", INK, INK, 1.25)
DEAL = Sign("D", GREEN, INK, 0.95)
REFUSED = Sign("o", "white", INK, 0.9)
WALK_OUT = Sign("x", INK, INK, 0.9)
GIVEN = Sign("s", GREEN, GREEN, 0.75)
OFFERED = Sign("s", "white", FAINT, 0.7)
SCRUTINY = Sign("|", INK, INK)
FLOOR = Sign("P", VERMILLION, INK, 1.1)
ASK = Sign("s", "white", INK, 0.75)

US_ROWS: dict[str, dict[str, Sign]] = {
    "chips": {"tighten_chips": UP, "relax_chips": DOWN, "update_controls": UPDATE},
    "tools": {"tighten_tools": UP, "relax_tools": DOWN},
    "tariffs": {"raise_tariffs": UP, "cut_tariffs": DOWN},
    "design software": {"restrict_design_software": UP, "lift_design_software": DOWN},
    "allies": {"press_allies": UP, "court_allies": DOWN},
}
BEIJING_ROWS: dict[str, dict[str, Sign]] = {
    "rare earths": {"restrict_rare_earths": UP, "renew_rare_earths": DOWN},
    "steering": {"steer": UP, "relent": DOWN},
    "reviews": {"review_chips": UP},
    "subsidy": {"subsidise": UP},
    "probes": {"advance_probe": UP, "clear_probe": DOWN},
}
PACKAGE = {
    "chips": "chips",
    "restriction": "rare earths",
    "tariff": "tariffs",
    "cleared": "curbs, probes",
    "tools": "tools",
}
TABLE_ROWS = ("US offers", "Beijing offers", *PACKAGE.values())
NVIDIA_ROWS = ("lobby", "redesign", "sell_inventory", "shift_supply")
HUAWEI_ROWS = ("expand_capacity", "improve_chip", "build_bridge", "build_native", "export_abroad")
# the darker, the closer to Washington
STANCES = {"align": "#08306B", "partial": "#4292C6", "hedge": "#9ECAE1", "defect": "#E8E8E8"}
Months = Sequence[dict[str, Any]]


class Lane(NamedTuple):
    """An actor's rows and what fills them: (month, row, sign or colour)."""

    name: str
    rows: tuple[str, ...]
    signs: list[tuple[int, int, Sign]]
    bars: list[tuple[int, int, str]]


def truce_breaks(months: Months) -> list[tuple[int, str]]:
    """Return the places in `months` at which a truce was broken, and by whom: us, beijing or agencies."""
    found = [(0, "agencies")] if months[0]["truce_broken"] else []
    for i in range(1, len(months)):
        now = months[i]
        if months[i - 1]["state"]["truce_months"] <= 1.0:  # it has run out by itself
            continue
        if beijing_escalates(BeijingMove[now["moves"]["beijing"].upper()]):
            found.append((i, "beijing"))
        elif us_escalates(UsMove[now["moves"]["us"].upper()]):
            found.append((i, "us"))
        elif now["truce_broken"]:
            found.append((i, "agencies"))
    return found


def truces(months: Months) -> list[tuple[int, int]]:
    """Return the first and last place in `months` of each truce."""
    spans: list[tuple[int, int]] = []
    for i, month in enumerate(months):
        if month["state"]["truce_months"] > 0.0:
            begins = not spans or spans[-1][1] < i - 1
            spans = [*spans, (i, i)] if begins else [*spans[:-1], (spans[-1][0], i)]
    return spans


def lanes_of(months: Months) -> list[Lane]:
    """Return every lane from top to bottom."""
    us = _moved("US", months, "us", US_ROWS)
    agencies = [(i, len(US_ROWS), MEASURE) for i, month in enumerate(months) if month["irritant"]]
    us = Lane(us.name, (*us.rows, "agencies"), us.signs + agencies, [])
    congress = {"": {"scrutinise": SCRUTINY, "legislate_floor": FLOOR}}
    return [
        _moved("Congress", months, "congress", congress),
        us,
        _talks(months),
        _moved("Beijing", months, "beijing", BEIJING_ROWS),
        _worked("Nvidia", months, "nvidia", NVIDIA_ROWS, GREEN),
        _worked("Huawei", months, "huawei", HUAWEI_ROWS, PURPLE),
        _stances(months),
    ]


def lanes_height(lanes: Sequence[Lane]) -> float:
    """Return how many inches the lanes take."""
    return sum(len(lane.rows) * ROW + GAP for lane in lanes)


def draw_lanes(on: Sheet, top: float, lanes: Sequence[Lane], months: Months) -> list[Axes]:
    """Draw the lanes from `top` inches down and return their axes."""
    wide = WIDTH - LEFT - RIGHT
    point = min(72 * wide / len(months) * 1.05, 5.5)
    drawn = []
    for lane in lanes:
        high = len(lane.rows) * ROW
        ax = place(on, LEFT, top, wide, high)
        ax.set_xlim(-0.5, len(months) - 0.5)
        ax.set_ylim(len(lane.rows) - 0.5, -0.5)
        ax.set_facecolor("#F7F7F7")
        ax.spines[:].set_visible(False)
        ax.set_yticks([])
        for row, name in enumerate(lane.rows):
            write(on, LEFT - 0.06, top + (row + 0.5) * ROW, words(name), ha="right", va="center_baseline", size=6.5)
            ax.axhline(row + 0.5, color="white", lw=0.8, zorder=0.6)
        write(on, 0.1, top + 0.5 * ROW, lane.name, va="center_baseline", size=7, weight="bold")
        for i, row, colour in lane.bars:
            ax.add_patch(Rectangle((i - 0.5, row - 0.36), 1, 0.72, fc=colour, lw=0, zorder=2))
        for i, row, sign in lane.signs:
            ax.plot(i, row, sign.marker, ms=max(2.6, point * sign.scale), mfc=sign.face, mec=sign.edge, mew=0.7,
                    clip_on=False, zorder=3)  # fmt: skip
        top += high + GAP
        drawn.append(ax)
    return drawn


def draw_signs_key(on: Sheet, top: float) -> None:
    """Put the key of symbols at this height of the body."""
    first = {"tighten, restrict, raise": UP, "ease": DOWN, "update": UPDATE, "agency measure": MEASURE,
             "scrutiny": SCRUTINY, "floor by law": FLOOR}  # fmt: skip
    second = {"deal": DEAL, "part of it": GIVEN, "refused": REFUSED, "walk-out": WALK_OUT}
    rows: list[list[Any]] = [
        [
            Line2D([], [], ls="", marker=s.marker, ms=4.6 * s.scale, mfc=s.face, mec=s.edge, mew=0.7, label=text)
            for text, s in signs.items()
        ]
        for signs in (first, second)
    ]
    rows[1].append(Patch(fc=TRUCE, ec=FAINT, lw=0.3, label="truce"))
    rows[1].append(Line2D([], [], color=VERMILLION, ls=(0, (2, 1.5)), lw=0.9, label="truce broken"))
    rows.append([Patch(fc=colour, ec=FAINT, lw=0.3, label=f"allies {name}") for name, colour in STANCES.items()])
    rows[2].append(Line2D([], [], ls="", marker="s", ms=3.5, mfc="white", mec=INK, mew=0.7, label="ask compensation"))
    for k, handles in enumerate(rows):
        on.figure.legend(handles=handles, loc="upper left", ncols=len(handles), borderaxespad=0, fontsize=6.5,
                         bbox_to_anchor=(0.1 / WIDTH, 1 - (on.top + top + 0.145 * k) / on.height),
                         handlelength=1.2, handletextpad=0.4, columnspacing=1.1)  # fmt: skip


def _moved(name: str, months: Months, actor: str, rows: dict[str, dict[str, Sign]]) -> Lane:
    signs = [
        (i, row, known[month["moves"][actor]])
        for i, month in enumerate(months)
        for row, known in enumerate(rows.values())
        if month["moves"][actor] in known
    ]
    return Lane(name, tuple(rows), signs, [])


def _worked(name: str, months: Months, actor: str, rows: tuple[str, ...], colour: str) -> Lane:
    bars = [(i, rows.index(m["moves"][actor]), colour) for i, m in enumerate(months) if m["moves"][actor] in rows]
    return Lane(name, rows, [], bars)


def _talks(months: Months) -> Lane:
    """Return the table: who offered, how it ended, and what was in the package."""
    results = {"accepted": DEAL, "rejected": REFUSED, "walk_out": WALK_OUT}
    signs = []
    for i, month in enumerate(months):
        table = month["table"]
        if table["result"] not in results:
            continue
        signs.append((i, int(table["proposer"] == "beijing"), results[table["result"]]))
        if table["result"] != "walk_out":
            part = GIVEN if table["result"] == "accepted" else OFFERED
            signs += [(i, 2 + k, part) for k, item in enumerate(PACKAGE) if table["package"][item] > 0.0]
    return Lane("The table", TABLE_ROWS, signs, [])


def _stances(months: Months) -> Lane:
    bars, signs = [], []
    for i, month in enumerate(months):
        for row, ally in enumerate(ALLY_NAMES):
            move = month["moves"][ally]
            if move in STANCES:
                bars.append((i, row, STANCES[move]))
            elif move == "ask_compensation":
                signs.append((i, row, ASK))
    return Lane("Allies", ALLY_NAMES, signs, bars)
