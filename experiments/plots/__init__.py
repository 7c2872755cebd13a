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
        drawn = [(name, draw(results)) for name, applies, draw in figures if applies(results)]
        if not drawn:
            raise BadInput(
                f"results folder '{folder}' holds nothing to draw: no paths, and no grid over one or two names"
            )
        # All or none: a damaged folder may stop the second figure.
        return [save(figure, folder / "figures" / f"{name}.png") for name, figure in drawn]


def draw_map(folder: Path) -> list[Path]:
    """Draw every figure that applies to the folder of an equilibrium map, from the folder alone.

    Parameters
    ----------
    folder : Path
        The folder of a map, or of the game at one point.

    Returns
    -------
    list of Path
        The PNG files in ``folder/figures``, the whole map first, then some telling points.

    Raises
    ------
    BadInput
        If a table is missing or damaged.
    """
    from .counts import cells_of, counts_figure, telling
    from .distance import distance_figure
    from .flow import flow_figure
    from .look import look, save
    from .map_folder import as_results, is_map, made, read_map, read_reduced, starts_apart
    from .payoff_table import payoff_table_figure
    from .phase import phase_figure
    from .transitions import transitions_figure

    results, reduced = read_map(folder), read_reduced(folder)
    found = cells_of(results)
    drawn: list[tuple[str, Any]] = []

    def keep(name: str, figure: Any) -> None:
        drawn.append((name, figure))

    with look():
        if is_map(results):
            several = len(results.starts) > 1
            keep("phase", phase_figure(as_results(results), starts_apart(results) if several else None))
            if several:
                keep("path-dependence", distance_figure(results))
            keep("equilibria", counts_figure(results))
        for point in telling(found):
            if len(results.players) == 2 or found[point].standing:
                keep(f"payoff-table-{point}", payoff_table_figure(results, point))
                keep(f"flow-{point}", flow_figure(results, point))
        if len(results.transitions):
            keep("transitions", transitions_figure(results))
        if reduced is not None:
            from .bifurcation import bifurcation_figure

            how = made(results, "18 states, means", f"the world of {results.scenario}, hot")
            keep("bifurcation", bifurcation_figure(reduced, "What would forward-looking governments do?", how))
        return [save(figure, folder / "figures" / f"{name}.png") for name, figure in drawn]


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
