"""The mechanisms of the record: what each experiment found, a row each, in the families of the record."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import copysign, inf
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...world.checks import BadInput, known
from ..mechanisms.claims import claims
from ..mechanisms.trial import FAILS, HOLDS, UNDECIDED
from ..parts import read_recipe
from .look import BLUE, FAINT, INK, VERMILLION, WIDTH, Sheet, balanced, faded, look, place, save, sheet, write

FAMILIES = (  # the last number of each family of the record
    (24, "Doctrine and control design"),
    (57, "Bargaining, linkage and signalling"),
    (64, "Rare-earth dependence and coercion"),
    (80, "Firms and lobbying"),
    (101, "Chinese self-reliance and domestic steering"),
    (109, "Evasion and leakage"),
    (118, "Allies and third markets"),
    (123, "US domestic politics"),
    (130, "Compute and AI capability"),
    (134, "Beliefs and information"),
    (137, "Other assumptions"),
)
LOOKS = {HOLDS: (BLUE, "o"), FAILS: (VERMILLION, "s"), UNDECIDED: ("#8C8C8C", "D")}  # colour, marker
OTHERWISE = {FAILS: "contradicted", UNDECIDED: "undecided"}
HALF = 0.5  # standard deviations that stand half-way to the edge
TICKS = (0.5, 2.0)
MARGIN, GUTTER, IDS, NAMES, GAP, SHARES = 0.1, 0.16, 0.26, 1.76, 0.08, 0.3  # inches
ROW, HEAD, AFTER = 0.118, 0.16, 0.07  # of a line, of a family's name, after a family
TOP, AXIS, NOTE = 0.44, 0.36, 0.112  # above the rows, below them, a line of the note
LONG = 35  # letters of a title that fit on a line
ONE_COLUMN = 30  # most rows that stand in one column
QUESTION = "Each claim is tried by two arms of runs that differ in one thing and meet the same luck"


class Row(NamedTuple):
    """One mechanism as it is drawn: its effect in standard deviations, above zero as claimed."""

    id: str
    title: str
    family: str
    effect: float
    low: float
    high: float
    verdict: str
    built_in: bool
    share: float | None  # of random parameter vectors in which the sign holds


def draw_mechanisms(findings: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Draw what the experiments found into ``folder/mechanisms.png``.

    Parameters
    ----------
    findings : sequence of mapping
        One for each mechanism: id, title, kind, effect with its interval from low to high, sd of the
        paired differences, runs, verdict and robust_share, which may be None.
    folder : Path
        The folder of the experiments; its recipe, if there is one, says in the footer how they were made.

    Returns
    -------
    Path
        The PNG file.

    Raises
    ------
    BadInput
        If there is no finding, one is of no known mechanism, or the file cannot be written.
    """
    recipe = read_recipe(folder) if (folder / "recipe.json").exists() else {}
    with look():
        return save(mechanisms_figure(findings, recipe), folder / "mechanisms.png")


def rows_of(findings: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return the rows in the order of the record."""
    return [_row(finding) for finding in sorted(findings, key=lambda finding: _number(finding["id"]))]


def _number(name: str) -> int:
    return int(known("mechanism", name, claims())[1:])


def _row(finding: Mapping[str, Any]) -> Row:
    sign = 1.0 if claims()[finding["id"]].rises else -1.0
    effect, low, high = (_standardised(sign * finding[key], finding["sd"]) for key in ("effect", "low", "high"))
    return Row(
        id=finding["id"],
        title=finding["title"],
        family=next(family for last, family in FAMILIES if _number(finding["id"]) <= last),
        effect=effect,
        low=min(low, high),
        high=max(low, high),
        verdict=known("verdict", finding["verdict"], LOOKS),
        built_in=finding["kind"] == "built in",
        share=finding["robust_share"],
    )


def _standardised(difference: float, sd: float) -> float:
    if sd > 0.0:
        return difference / sd
    return copysign(inf, difference) if difference else 0.0


def squeezed(effect: float) -> float:
    """Return where an effect stands on the axis, from -1 to 1: in proportion near zero, squeezed far from it.

    >>> squeezed(0.5), squeezed(-1.5), squeezed(float("inf"))
    (0.5, -0.75, 1.0)
    """
    return copysign(1.0 if abs(effect) == inf else abs(effect) / (abs(effect) + HALF), effect)


def mechanisms_figure(findings: Sequence[Mapping[str, Any]], recipe: Mapping[str, Any]) -> Figure:
    """Return the picture of the findings.

    Raises
    ------
    BadInput
        If there is no finding, or one is of no known mechanism.
    """
    if not findings:
        raise BadInput("mechanisms: there is no finding to draw")
    rows = rows_of(findings)
    columns = _columns(rows)
    wide = (WIDTH - 2 * MARGIN - GUTTER * (len(columns) - 1)) / len(columns)
    shares = [row.share for row in rows if row.share is not None]
    note = balanced(_note(shares), round(wide / 0.0445))
    beneath = AXIS + NOTE * len(note)
    on = sheet(
        TOP + max(_height(columns[0]) + beneath, *(_height(column) + AXIS for column in columns)),
        _title(rows), QUESTION, _footer(findings, recipe),
    )  # fmt: skip
    _key(on, rows)
    least = min(-0.35, *(squeezed(row.low) - 0.08 for row in rows))
    for k, column in enumerate(columns):
        _column(on, column, MARGIN + k * (wide + GUTTER), wide, least, median(shares) if shares else None)
    write(on, MARGIN, TOP + _height(columns[0]) + AXIS, "\n".join(note), size=6.2, color=FAINT, va="top",
          linespacing=1.3)  # fmt: skip
    return on.figure


def _families(rows: Sequence[Row]) -> list[list[Row]]:
    return [own for _, family in FAMILIES if (own := [row for row in rows if row.family == family])]


def _lines(row: Row) -> list[str]:
    return balanced(row.title, LONG)


def _height(rows: Sequence[Row]) -> float:
    return (HEAD + AFTER) * len(_families(rows)) + ROW * sum(len(_lines(row)) for row in rows)


def _columns(rows: list[Row]) -> list[list[Row]]:
    """Return the rows in one column, or in two of about the same height; no family is cut."""
    families = _families(rows)
    if len(rows) <= ONE_COLUMN or len(families) == 1:
        return [rows]
    firsts = list(accumulate(len(own) for own in families))[:-1]
    return min(([rows[:first], rows[first:]] for first in firsts), key=lambda cut: max(map(_height, cut)))


def _column(on: Sheet, rows: Sequence[Row], left: float, wide: float, least: float, middle: float | None) -> None:
    tall = _height(rows)
    room = wide - NAMES - (0.0 if middle is None else SHARES + GAP)
    panels = [place(on, left + NAMES, TOP, room, tall)]
    _effect_axis(panels[0], least)
    zero = left + NAMES + room * -least / (1.0 - least)
    write(on, zero - 0.03, TOP + 0.02, "against", size=5.8, color=FAINT, ha="right")
    write(on, zero + 0.03, TOP + 0.02, "as claimed", size=5.8, color=FAINT, ha="left")
    if middle is not None:
        panels.append(place(on, left + NAMES + room + GAP, TOP, SHARES, tall))
        _share_axis(panels[1])
        write(on, left + wide - SHARES / 2, TOP + 0.02, "robust", size=5.8, color=FAINT, ha="center")
    y = 0.0
    for own in _families(rows):
        write(on, left, TOP + y + HEAD - 0.04, own[0].family, size=7, weight="bold", va="baseline")
        y += HEAD
        end = y + ROW * sum(len(_lines(row)) for row in own)
        _ground(panels, y, end, least, middle)
        for row in own:
            lines = _lines(row)
            write(on, left, TOP + y + ROW / 2, row.id, size=5.6, color=FAINT, va="center_baseline")
            for k, line in enumerate(lines):
                write(on, left + IDS, TOP + y + ROW * (k + 0.5), line, size=5.9, va="center_baseline")
            _draw_row(panels, row, y + ROW * len(lines) / 2)
            y += ROW * len(lines)
        y += AFTER
    for ax in panels:
        ax.set_ylim(tall, 0.0)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)


def _ground(panels: Sequence[Axes], start: float, end: float, least: float, middle: float | None) -> None:
    """Draw what the rows of a family stand on."""
    panels[0].fill_between([least, 0.0], start, end, color="#F3F3F3", lw=0, zorder=-1)
    panels[0].vlines([squeezed(tick) for tick in TICKS], start, end, color="#DDDDDD", lw=0.4, zorder=0)
    panels[0].vlines(0.0, start, end, color=INK, lw=0.7, zorder=1)
    if middle is not None:
        panels[1].vlines([0.0, 1.0], start, end, color="#DDDDDD", lw=0.4, zorder=0)
        panels[1].vlines(middle, start, end, color=INK, lw=0.8, ls=(0, (2, 1.2)), zorder=3)


def _draw_row(panels: Sequence[Axes], row: Row, y: float) -> None:
    colour, marker = LOOKS[row.verdict]
    low, effect, high = map(squeezed, (row.low, row.effect, row.high))
    panels[0].axhline(y, color="#E6E6E6", lw=0.4, zorder=0)
    panels[0].plot([low, high], [y, y], color=colour, lw=1.1, solid_capstyle="butt", zorder=2)
    panels[0].plot(
        [effect], [y], marker, ms=3.0 if marker == "D" else 3.4, mew=0.8, color=colour,
        mfc=colour if row.built_in else "white", clip_on=False, zorder=3, gid=row.id,
    )  # fmt: skip
    if len(panels) > 1 and row.share is not None:
        panels[1].barh(y, row.share, ROW * 0.62, color=faded(colour, 0.35), lw=0, gid=row.id)


def _effect_axis(ax: Axes, least: float) -> None:
    ticks = [tick for size in TICKS for tick in (-size, size) if squeezed(tick) > least]
    ax.set_xlim(least, 1.0)
    ax.set_xticks([squeezed(tick) for tick in (0.0, *ticks)], [f"{abs(tick):g}" for tick in (0.0, *ticks)], size=6)
    ax.set_xlabel("effect, in sd", size=6.2, labelpad=1.5)


def _share_axis(ax: Axes) -> None:
    ax.set_xlim(0.0, 1.0)
    ax.set_xticks([0.0, 1.0], ["0", "1"], size=6)
    ax.set_xlabel("share", size=6.2, labelpad=1.5)


def _note(shares: Sequence[float]) -> str:
    text = (
        "Effect: mean difference between the arms over the standard deviation (sd) of the differences of paired "
        "runs, with its 95 % interval; the scale is squeezed away from zero."
    )
    if shares:
        text += " Bars: share of random parameter vectors in which the sign is as claimed; "
        text += f"dashed: their median, {100 * median(shares):.0f} %."
    return text


def _key(on: Sheet, rows: Sequence[Row]) -> None:
    counts = Counter(row.verdict for row in rows)
    handles = [
        Line2D([], [], color=colour, marker=marker, ms=4, lw=1.1, label=f"{verdict} ({counts[verdict]})")
        for verdict, (colour, marker) in LOOKS.items()
    ]
    for name, fill in (("built in: the laws alone", INK), ("emergent: governments choose", "white")):
        handles.append(Line2D([], [], color=INK, marker="o", ms=4, mfc=fill, mew=0.8, lw=0, label=name))
    on.figure.legend(handles=handles, loc="upper left", ncols=len(handles), borderaxespad=0, handlelength=1.6,
                     handletextpad=0.4, columnspacing=1.2,
                     bbox_to_anchor=(MARGIN / WIDTH, 1 - (on.top + 0.02) / on.height))  # fmt: skip


def _title(rows: Sequence[Row]) -> str:
    counts = Counter(row.verdict for row in rows)
    rest = [f"{counts[verdict]} {word}" for verdict, word in OTHERWISE.items() if counts[verdict]]
    return ", ".join([f"{counts[HOLDS]} of {len(rows)} claimed mechanisms borne out", *rest])


def _footer(findings: Sequence[Mapping[str, Any]], recipe: Mapping[str, Any]) -> str:
    parts = [f"{findings[0]['runs']} runs an arm"]
    if {"scenario", "seed", "law_digest"} <= recipe.keys():
        parts = [f"Start: {recipe['scenario']}", *parts, f"seed {recipe['seed']}", f"laws {recipe['law_digest']}"]
    return "  |  ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)
