"""One look for every figure: made for a column of 15 cm, for the colour-blind and for grey print.

Places are in inches from the top left corner of the sheet, so that no layout engine moves them.
"""

import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

from ...world.checks import BadInput
from ...world.parameters import FACTS
from ...world.state import STATE_FACTS

WIDTH = 6.3  # inches; 15 cm are 5.9
DPI = 200
INK, FAINT = "#222222", "#666666"
# Okabe and Ito's colours, apart under every common colour blindness
BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, VERMILLION, PURPLE, GREY = "#E69F00", "#D55E00", "#CC79A7", "#B3B3B3"

RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture on every machine
    "font.size": 7.5,
    "text.color": INK,
    "text.parse_math": False,  # a dollar is a dollar
    "axes.labelsize": 7.5,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1.3,
    "hatch.linewidth": 0.6,
}


class RegimeLook(NamedTuple):
    """How a regime is shown."""

    name: str
    colour: str
    letter: str
    marker: str


REGIMES = (
    RegimeLook("managed dependence", GREEN, "M", "o"),
    RegimeLook("coerced opening", PURPLE, "O", "s"),
    RegimeLook("deal cycle", YELLOW, "C", "D"),
    RegimeLook("escalation", VERMILLION, "E", "^"),
    RegimeLook("decoupling", BLUE, "D", "v"),
    RegimeLook("mixed", GREY, "X", "X"),
)
START_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, INK)
START_LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
START_MARKERS = "osD^vX"
# The tracks that are no state; their units stand with the laws that make them.
OTHER_UNITS = {
    "cuda_share": "share of developers",
    "nvidia_revenue": "$bn per year",
    "huawei_units": "M units per year",
    "compute_lead": "log units",
    "alignment": "share",
    "us_hostility": "share",
    "beijing_hostility": "share",
}
PROPER = {"us": "US", "beijing": "Beijing", "nvidia": "Nvidia", "huawei": "Huawei", "cuda": "CUDA", "cann": "CANN",
          "netherlands": "Netherlands", "japan": "Japan", "korea": "Korea", "taiwan": "Taiwan", "china": "China",
          "congress": "Congress", "h20": "H20"}  # fmt: skip


class Sheet(NamedTuple):
    """A figure with its headline and footer; the body begins `top` inches below the upper edge."""

    figure: Figure
    top: float
    height: float


@contextmanager
def look() -> Iterator[None]:
    """Draw in the look of the project, whatever the user's own settings."""
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # a title may be in any script; a box stands for it
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        yield


def words(name: str) -> str:
    """Return a field's name as words.

    >>> words("us_rare_earth_loss"), words("payoff_us")
    ('US rare-earth loss', 'US payoff')
    """
    if name.startswith("payoff_"):
        name = f"{name.removeprefix('payoff_')}_payoff"
    return (
        " ".join(PROPER.get(word, word) for word in name.split("_"))
        .replace("south Korea", "South Korea")
        .replace("rare earth ", "rare-earth ")
    )


def unit(name: str) -> str:
    """Return the unit of a parameter, a state or a track; nothing where there is none.

    >>> unit("mean_nvidia_revenue")
    '$bn per year'
    """
    if name.startswith("payoff_"):
        return "$bn per year"
    name = name.removeprefix("mean_").removeprefix("final_")
    fact = FACTS.get(name) or STATE_FACTS.get(name)
    found = fact.unit if fact else OTHER_UNITS.get(name, "")
    return "" if found == "1" else found


def label(name: str) -> str:
    """Return a field's name as words with its unit.

    >>> label("us_rare_earth_loss")
    'US rare-earth loss ($bn per year)'
    """
    return f"{words(name)} ({unit(name)})" if unit(name) else words(name)


def short(value: object) -> str:
    """Return a level as it is written beside an axis.

    >>> short(0.30000000000000004), short(12000.0), short("tit_for_tat")
    ('0.3', '12000', 'tit for tat')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).replace("_", " ")
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def faded(colour: str, share: float) -> tuple[float, float, float]:
    """Return the colour mixed with white, the paler the smaller the share."""
    strength = 0.35 + 0.65 * share
    r, g, b = (1 - strength * (1 - channel) for channel in to_rgb(colour))
    return r, g, b


def ink_on(colour: tuple[float, ...]) -> str:
    """Return the colour of text that stands out on this colour.

    >>> ink_on((1.0, 1.0, 1.0)), ink_on((0.0, 0.1, 0.4))
    ('#222222', 'white')
    """
    r, g, b = (channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in colour[:3])
    return INK if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.19 else "white"


def sentence(text: str) -> str:
    """Return the text with a capital first letter, the rest as it was."""
    return text[:1].upper() + text[1:]


def balanced(text: str, width: int) -> list[str]:
    """Return the text in as few lines of at most `width` characters as it needs, about equally long.

    >>> balanced("one two three four", 15)
    ['one two', 'three four']
    """
    least = len(textwrap.wrap(text, width))
    return next(lines for w in range(1, width + 1) if len(lines := textwrap.wrap(text, w)) <= least)


def sheet(body: float, title: str, question: str, footer: str) -> Sheet:
    """Return a sheet whose body is `body` inches high, with a headline above and a footer below."""
    title, question = (textwrap.shorten(text, 400, placeholder=" ...") for text in (title, question))
    heads, asks, feet = balanced(title, 74), balanced(question, 98), textwrap.wrap(footer, 112)
    top = 0.14 + 0.185 * len(heads) + 0.14 * len(asks) + 0.1
    height = top + body + 0.13 * len(feet) + 0.16
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    for lines, start, size, weight, colour in (
        (heads, 0.14, 10, "bold", INK),
        (asks, 0.14 + 0.185 * len(heads) + 0.02, 8, "normal", FAINT),
        (feet, top + body + 0.08, 6.5, "normal", FAINT),
    ):
        figure.text(0.1 / WIDTH, 1 - start / height, "\n".join(lines), size=size, weight=weight, color=colour,
                    va="top", linespacing=1.25)  # fmt: skip
    return Sheet(figure, top, height)


def place(on: Sheet, left: float, top: float, width: float, height: float) -> Axes:
    """Return new axes at this place in the body of the sheet."""
    bottom = on.height - on.top - top - height
    return on.figure.add_axes((left / WIDTH, bottom / on.height, width / WIDTH, height / on.height))


def write(on: Sheet, left: float, top: float, text: str, **style: object) -> None:
    """Write text at this place in the body of the sheet."""
    on.figure.text(left / WIDTH, 1 - (on.top + top) / on.height, text, **style)  # type: ignore[arg-type]


def regime_key(on: Sheet, left: float, top: float, columns: int, extra: Sequence[Patch] = ()) -> None:
    """Put the key of the regimes at this place in the body of the sheet."""
    patches = [Patch(fc=r.colour, ec=INK, lw=0.4, label=f"{r.letter}  {r.name}") for r in REGIMES]
    on.figure.legend(
        handles=[*patches, *extra],
        loc="upper left",
        bbox_to_anchor=(left / WIDTH, 1 - (on.top + top) / on.height),
        ncols=columns,
        borderaxespad=0,
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.2,
    )


def save(figure: Figure, path: Path) -> Path:
    """Write the figure as PNG, whole or not at all; nothing of the machine or the hour goes into the file.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = BytesIO()
        figure.savefig(raw, format="png")
        # 256 colours are a third of the bytes, and nothing of the machine or the hour stays in the file.
        Image.open(raw).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, 2, dither=Image.Dither.NONE).save(
            part, "PNG", optimize=True
        )
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise BadInput(f"figure '{path}' cannot be written: {error.strerror or error}") from None
    return path
