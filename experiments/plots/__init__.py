"""The pictures: drawn from a results folder, or from one history, and from nothing else.

matplotlib is loaded when the first picture is drawn.
"""

from pathlib import Path
from typing import Any

from ...world.checks import BadInput


def draw_folder(folder: Path) -> list[Path]:
    """Draw every figure that applies to a results folder, from the folder alone.

    Parameters
    ----------
    folder : Path
        A results folder of a sweep.

    Returns
    -------
    list of Path
        The PNG files in ``folder/figures``, the most telling first.

    Raises
    ------
    BadInput
        If the folder is incomplete or damaged, or no figure applies.
    """
    from . import phase, response, spread
    from .folder import read_folder
    from .look import look, save

    results = read_folder(folder)
    figures = (
        ("phase", phase.applies, phase.phase_figure),
        ("response", response.applies, response.response_figure),
        ("spread", spread.applies, spread.spread_figure),
    )
    with look():
        drawn = [
            save(draw(results), folder / "figures" / f"{name}.png")
            for name, applies, draw in figures
            if applies(results)
        ]
    if not drawn:
        raise BadInput(f"results folder '{folder}' holds nothing to draw: no paths, and no grid over one or two names")
    return drawn


def draw_story(months: list[dict[str, Any]], path: Path, footer: str, title: str = "") -> Path:
    """Draw one history as a storyboard.

    Parameters
    ----------
    months : list of dict
        The months as ``standoff run`` writes them.
    path : Path
        The PNG file to write.
    footer : str
        How the history was made: start, seed, laws.
    title : str, optional
        The headline; by default what happened, counted.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    BadInput
        If a month lacks a part, or the file cannot be written.
    """
    from .look import look, save
    from .story import story_figure

    with look():
        return save(story_figure(months, footer, title), path)
