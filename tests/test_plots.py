"""Pictures say what the folder holds, and nothing falls off the sheet."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread
from matplotlib.text import Text

from standoff.agents.moves import ACTORS, MOVES_OF
from standoff.experiments.plots import draw_folder, draw_story
from standoff.experiments.plots.folder import chosen_points, footer, read_folder
from standoff.experiments.plots.look import REGIMES, look
from standoff.experiments.plots.phase import phase_figure
from standoff.experiments.plots.response import response_figure
from standoff.experiments.plots.shares import distance, leading, undecided, wilson
from standoff.experiments.plots.spread import bands, spread_figure
from standoff.experiments.plots.story import story_figure
from standoff.experiments.plots.story_lanes import lanes_of, truce_breaks, truces
from standoff.experiments.plots.titles import phase_title, response_title, split_by_start, spread_title
from standoff.model.outcomes import OUTCOMES, TRACKS
from standoff.world.checks import BadInput
from standoff.world.chips import Market
from standoff.world.regimes import Regime
from standoff.world.state import STATE_FACTS

M, O, C, E, D, X = (regime.name for regime in REGIMES)  # noqa: E741
LEVELS = {"us_rare_earth_loss": [20.0, 60.0, 120.0], "us_lead_value": [8.0, 18.0, 40.0]}


def write_folder(folder, vary, starts=("july-2025",), runs=10, months=12, rules=None, points=None, kept=4):
    """Write a sweep's folder; `rules` returns the regime of a (start, point, run)."""
    names = list(vary)
    points = points or [dict(zip(names, levels, strict=True)) for levels in itertools.product(*vary.values())]
    rules = rules or (lambda _start, _point, run: M if run % 3 else E)
    cells = list(itertools.product(range(len(points)), starts, range(runs)))
    outcomes = pd.DataFrame(cells, columns=["point", "start", "run"])
    for k, name in enumerate(OUTCOMES):
        outcomes[name] = outcomes["run"] + 0.1 * k
    outcomes["regime"] = [rules(start, points[point], run) for point, start, run in cells]
    quarters = [(*cell, t) for cell in cells if cell[2] < kept for t in range(0, months, 3)]
    paths = pd.DataFrame(quarters, columns=["point", "start", "run", "t"])
    for k, name in enumerate(TRACKS):
        paths[name] = (paths["run"] + paths["t"] + k) / 30
    recipe = {
        "title": "A title",
        "question": "What does the fear of a cut-off decide?",
        "starts": list(starts),
        "months": months,
        "runs": runs,
        "seed": 7,
        "vary": vary,
        "points": points,
        "law_digest": "0123456789abcdef",
        "doctrines": {"us": "quantal", "beijing": "patient"},
        "set": {"linkage": 1.0},
    }
    for kind, table in (("outcomes", outcomes), ("paths", paths)):
        (folder / kind).mkdir(parents=True)
        half = len(table) // 2
        table[:half].to_parquet(folder / kind / "part-00000.parquet", index=False)
        table[half:].to_parquet(folder / kind / "part-00001.parquet", index=False)
    (folder / "recipe.json").write_text(json.dumps(recipe))
    return folder


def month(t, truce=0.0, table=None, broken=0, irritant=0, **moves):
    """Return one month of a history, quiet but for what is named."""
    rng = np.random.default_rng(t)
    quiet = {actor: MOVES_OF[actor](0).name.lower() for actor in ACTORS}
    share = {name: float(rng.random()) for name in STATE_FACTS} | {"truce_months": truce}
    return {
        "t": t,
        "month": f"{2025 + (6 + t) // 12}-{(6 + t) % 12 + 1:02d}",
        "moves": quiet | moves,
        "table": table or {"result": "closed", "proposer": None, "package": None},
        "irritant": irritant,
        "truce_broken": broken,
        "state": share,
        "market": {name: 5.0 for name in Market._fields},
        "payoffs": {actor: float(rng.normal()) for actor in ACTORS},
    }


def deal(result, proposer, **package):
    return {
        "result": result,
        "proposer": proposer,
        "package": {"chips": 0.0, "restriction": 0.0, "tariff": 0.0, "cleared": 0.0} | package,
    }


def outside(figure):
    """Return what does not lie on the sheet, in inches."""
    box = figure.get_tightbbox(figure.canvas.get_renderer())
    wide, high = figure.get_size_inches()
    return [name for name, out in
            (("left", box.x0 < 0), ("below", box.y0 < 0), ("right", box.x1 > wide), ("above", box.y1 > high)) if out]  # fmt: skip


def touching(figure):
    """Return the pairs of texts that lie on each other."""
    figure.canvas.draw()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    drawn = [(text.get_text(), text.get_window_extent()) for text in texts if on_sheet(figure, text)]
    return [(a, b) for (a, one), (b, other) in itertools.combinations(drawn, 2)
            if one.x0 < other.x1 - 1 and other.x0 < one.x1 - 1 and one.y0 < other.y1 - 2 and other.y0 < one.y1 - 2]  # fmt: skip


def on_sheet(figure, text):
    """Return whether matplotlib draws a text: the labels of ticks beyond the axes exist but are not drawn."""
    ticks = [label for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for label in axis.get_ticklabels()]
    if text in ticks or text.axes is None:
        return True
    return not any(
        text in (tick.label1, tick.label2) for axis in (text.axes.xaxis, text.axes.yaxis) for tick in axis.get_major_ticks()
    )
