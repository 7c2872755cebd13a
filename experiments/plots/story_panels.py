"""The lower half of a storyboard: levers, stocks, beliefs and payoffs over the same months."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ...agents.moves import ALLY_NAMES
from ...world.state import Adoption
from .look import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILLION, WIDTH, YELLOW, Sheet, place, write
from .story_lanes import LEFT, RIGHT, Months

GAP = 0.1  # inches


class Line(NamedTuple):
    """One line of a panel."""

    name: str
    values: Any
    colour: str
    style: Any = "-"


class Panel(NamedTuple):
    """A panel: what stands beside it, its lines, its height in inches and the range of its axis."""

    text: str
    lines: list[Line]
    high: float
    steps: bool = False
    low: float | None = 0.0
    top: float | None = None


def panels_of(months: Months) -> list[Panel]:
    """Return every panel from top to bottom."""

    def state(name: str) -> Any:
        return np.array([month["state"][name] for month in months])

    def market(name: str) -> Any:
        return np.array([month["market"][name] for month in months])

    def payoff(*actors: str) -> Any:
        return mean_of_three(np.array([sum(month["payoffs"][actor] for actor in actors) for month in months]))

    lead = np.log(state("us_compute") / state("china_compute"))
    return [
        Panel("Levers\n(share)", [
            Line("chip control", state("chip_control"), BLUE),
            Line("tool control", state("tool_control"), SKY, (0, (4, 1.2))),
            Line("tariff on China", state("tariff_on_china"), INK, (0, (1, 1))),
            Line("rare earths", state("rare_earth_restriction"), VERMILLION),
            Line("steering", state("steering"), PURPLE, (0, (5, 1, 1, 1))),
        ], 0.82, True, -0.03, 1.08),
        Panel("Nvidia in China\n($bn per year)", [Line("", market("nvidia_revenue"), GREEN)], 0.38),
        Panel("Huawei\n(M units per year)", [Line("", market("huawei_units"), PURPLE)], 0.38),
        Panel("US compute lead\n(log units)", [Line("", lead, BLUE)], 0.38, low=None),
        Panel("Beliefs\n(probability)", [
            Line("US yields", state("belief_us_yields"), VERMILLION),
            Line("US slides", state("belief_us_slides"), ORANGE, (0, (5, 1, 1, 1))),
            Line("chips for sale", state("tradable_chips"), PURPLE, (0, (4, 1.2))),
            Line("Beijing retaliates", state("belief_beijing_retaliates"), BLUE),
        ], 0.7, False, -0.03, 1.05),
        Panel("Payoffs\n($bn per month,\n3-month mean)", [
            Line("US", payoff("us"), BLUE),
            Line("Beijing", payoff("beijing"), VERMILLION, (0, (4, 1.2))),
            Line("Nvidia", payoff("nvidia"), GREEN, (0, (5, 1, 1, 1))),
            Line("Huawei", payoff("huawei"), PURPLE, (0, (1, 1))),
            Line("four allies", payoff(*ALLY_NAMES), GREY),
        ], 0.78, low=None),
    ]  # fmt: skip


def panels_height(panels: Sequence[Panel]) -> float:
    """Return how many inches the panels take."""
    return sum(panel.high + GAP for panel in panels)


def draw_panels(on: Sheet, top: float, panels: Sequence[Panel], months: Months) -> list[Axes]:
    """Draw the panels from `top` inches down and return their axes."""
    drawn = []
    x = np.arange(len(months))
    for panel in panels:
        ax = place(on, LEFT, top, WIDTH - LEFT - RIGHT, panel.high)
        for k, line in enumerate(panel.lines):
            lift = 0.008 * (k - 2) if panel.steps else 0.0  # levers on one step stay visible
            ax.plot(x, line.values + lift, color=line.colour, ls=line.style, lw=1.2, solid_capstyle="butt",
                    drawstyle="steps-mid" if panel.steps else "default")  # fmt: skip
        ax.margins(y=0.12)
        if panel.low is not None or panel.top is not None:
            ax.set_ylim(panel.low, panel.top)
        if panel.top is not None:
            ax.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
        else:
            ax.locator_params(axis="y", nbins=3 if panel.high < 0.6 else 5)
        ax.set_xlim(-0.5, len(months) - 0.5)
        ax.tick_params(axis="y", labelsize=6.5)
        ax.grid(axis="y", color="#dddddd", lw=0.4)
        ax.set_axisbelow(True)
        write(on, 0.1, top + panel.high / 2, panel.text, va="center", size=7, linespacing=1.2)
        _name_lines(on, ax, top, panel)
        top += panel.high + GAP
        drawn.append(ax)
    return drawn


def draw_developers(on: Sheet, top: float, high: float, months: Months) -> Axes:
    """Draw the stances of Chinese developers as shares that sum to one."""
    ax = place(on, LEFT, top, WIDTH - LEFT - RIGHT, high)
    x = np.array([-0.5, *range(1, len(months) - 1), len(months) - 0.5])  # over the whole of each month
    looks = {"stay_cuda": (GREEN, "CUDA"), "dual_stack": (YELLOW, "both stacks"), "move_to_cann": (PURPLE, "CANN"),
             "grey_market": (GREY, "smuggled chips"), "rent_offshore": (SKY, "rented abroad")}  # fmt: skip
    shares = np.array([[month["state"][name] for month in months] for name in Adoption._fields])
    ax.stackplot(x, shares, colors=[looks[name][0] for name in Adoption._fields], ec="white", lw=0.4)
    ax.set_xlim(-0.5, len(months) - 0.5)
    ax.set_ylim(1, 0)
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    last = shares[:, -1]
    middles = (np.cumsum(last) - last / 2) * high
    for middle, name in zip(apart(list(middles), 0.095), Adoption._fields, strict=True):
        write(on, WIDTH - RIGHT + 0.06, top + middle, looks[name][1], va="center", size=6.5)
    write(on, 0.1, top + high / 2, "Developers\n(share)", va="center", size=7, weight="bold", linespacing=1.2)
    return ax


def mean_of_three(values: Any) -> Any:
    """Return the mean of each month with the two before it, as far as they exist.

    >>> mean_of_three(np.array([3.0, 1.0, 2.0, 6.0])).tolist()
    [3.0, 2.0, 2.0, 3.0]
    """
    return np.array([values[max(0, i - 2) : i + 1].mean() for i in range(len(values))])


def apart(places: Sequence[float], gap: float) -> list[float]:
    """Return the places moved as little as needed to stand `gap` apart, in the same order of height.

    >>> [round(place, 6) for place in apart([0.0, 0.1, 5.0], 0.5)]
    [-0.2, 0.3, 5.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    clusters: list[tuple[float, list[int]]] = []  # centre and members, lowest first
    for i in order:
        clusters.append((places[i], [i]))
        while len(clusters) > 1:
            (below, low), (above, high) = clusters[-2:]
            if above - below >= gap * (len(low) + len(high)) / 2 - 1e-12:
                break
            centre = (below * len(low) + above * len(high)) / (len(low) + len(high))
            clusters[-2:] = [(centre, low + high)]
    moved = list(places)
    for centre, members in clusters:
        for k, i in enumerate(members):
            moved[i] = centre + gap * (k - (len(members) - 1) / 2)
    return moved


def _name_lines(on: Sheet, ax: Axes, top: float, panel: Panel) -> None:
    """Write the name of each line at its right end, moved apart, with a thin leader."""
    low, high = ax.get_ylim()
    ends = [panel.high * (high - float(line.values[-1])) / (high - low) for line in panel.lines]
    for line, end, at in zip(panel.lines, ends, apart(ends, 0.105), strict=True):
        if not line.name:
            continue
        left = WIDTH - RIGHT
        xs = [(left + 0.01) / WIDTH, (left + 0.1) / WIDTH]
        ys = [1 - (on.top + top + y) / on.height for y in (end, at)]
        on.figure.add_artist(Line2D(xs, ys, color=line.colour, lw=0.9))
        write(on, left + 0.13, top + at, line.name, va="center_baseline", size=6.5)
