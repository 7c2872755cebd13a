"""Pictures say what the folder holds, and nothing falls off the sheet."""

import hashlib
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
from standoff.world.state import STATE_FACTS, Adoption

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
    recipe = {"title": "A title", "question": "What does the fear of a cut-off decide?", "starts": list(starts),
              "months": months, "runs": runs, "seed": 7, "vary": vary, "points": points, "set": {"linkage": 1.0},
              "law_digest": "0123456789abcdef", "doctrines": {"us": "quantal", "beijing": "patient"}}  # fmt: skip
    for kind, table in (("outcomes", outcomes), ("paths", paths)):
        (folder / kind).mkdir(parents=True)
        half = len(table) // 2
        table[:half].to_parquet(folder / kind / "part-00000.parquet", index=False)
        table[half:].to_parquet(folder / kind / "part-00001.parquet", index=False)
    (folder / "recipe.json").write_text(json.dumps(recipe))
    return with_checksums(folder)


def with_checksums(folder):
    """Write the checksums of the parts that are there."""
    (folder / "checks").mkdir(exist_ok=True)
    for part in ("part-00000", "part-00001"):
        files = sorted(folder.glob(f"*/{part}.parquet"))
        sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.parent.name}/{file.name}\n" for file in files]
        (folder / "checks" / f"{part}.sha256").write_text("".join(sums))
    return folder


def month(t, truce=0.0, table=None, broken=0, irritant=0, **moves):
    """Return one month of a history, quiet but for what is named."""
    rng = np.random.default_rng(t)
    quiet = {actor: MOVES_OF[actor](0).name.lower() for actor in ACTORS}
    stances = dict(zip(Adoption._fields, rng.dirichlet(np.ones(5)).tolist(), strict=True))
    state = {name: float(rng.random()) for name in STATE_FACTS} | stances | {"truce_months": truce}
    return {
        "t": t,
        "month": f"{2025 + (6 + t) // 12}-{(6 + t) % 12 + 1:02d}",
        "moves": quiet | moves,
        "table": table or {"result": "closed", "proposer": None, "package": None},
        "irritant": irritant,
        "truce_broken": broken,
        "state": state,
        "market": dict.fromkeys(Market._fields, 5.0),
        "payoffs": {actor: float(rng.normal()) for actor in ACTORS},
    }


def deal(result, proposer, **package):
    return {
        "result": result,
        "proposer": proposer,
        "package": {"chips": 0.0, "restriction": 0.0, "tariff": 0.0, "cleared": 0.0, "tools": 0.0} | package,
    }


def faults(figure):
    """Return the texts of a figure that leave the sheet, and the pairs that lie on each other."""
    drawn = []

    def draw(text, renderer):
        if text.get_visible() and text.get_text().strip():
            drawn.append((text.get_text(), text.get_window_extent(renderer).padded(-2)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", draw)
        figure.draw_without_rendering()
    high, wide = figure.bbox.height, figure.bbox.width
    off = [text for text, box in drawn if box.x0 < 0 or box.y0 < 0 or box.x1 > wide or box.y1 > high]
    return off + [(a, b) for (a, one), (b, other) in itertools.combinations(drawn, 2) if one.overlaps(other)]


PAIR = {"us_rare_earth_loss": [20.0, 60.0], "us_lead_value": [8.0, 18.0]}
SHAPES = {
    "one point, two starts": {"vary": {}, "starts": ("calm", "hot")},
    "one name": {"vary": {"us_rare_earth_loss": [5.0, 20.0, 40.0, 60.0, 80.0, 110.0, 140.0]}},
    "one name, two starts": {"vary": {"linkage": [0.0, 1.0]}, "starts": ("calm", "hot")},
    "grid of three starts": {"vary": PAIR, "starts": ("calm", "hot", "april-2025"), "kept": 1},
    "grid of many worlds": {"vary": {"us_lead_value": list(range(1, 21)), "linkage": list(range(20))}, "runs": 1},
    "long names": {
        "vary": {"taiwan_rare_earth_exposure": [0.123456, 1.5], "netherlands_rare_earth_exposure": [0.1, 2.0]},
        "runs": 1,
    },
    "three names": {
        "vary": {"linkage": [], "us_patience": [], "us_precision": []},
        "points": [{"linkage": i, "us_patience": i / 7, "us_precision": 1 / (i + 1)} for i in range(13)],
        "runs": 2,
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_text_of_every_figure_has_its_place(tmp_path, shape):
    results = read_folder(write_folder(tmp_path, **SHAPES[shape]))
    draws = {0: [], 1: [response_figure], 2: [phase_figure], 3: []}[len(results.varied)]
    with look():
        for draw in [spread_figure, *draws]:
            assert faults(draw(results)) == []


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ({"vary": {}}, ["spread"]),
        ({"vary": {"linkage": [0.0, 1.0]}}, ["response", "spread"]),
        ({"vary": PAIR, "runs": 2}, ["phase", "spread"]),
    ],
    ids=str,
)
def test_the_figures_that_apply_are_drawn_the_most_telling_first(tmp_path, shape, names):
    drawn = draw_folder(write_folder(tmp_path, **shape))

    assert [path.stem for path in drawn] == names
    assert all(path.parent == tmp_path / "figures" for path in drawn)
    assert all(imread(path).std() > 0.05 for path in drawn)
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == sorted(path.name for path in drawn)


def test_the_same_folder_gives_the_same_bytes(tmp_path):
    write_folder(tmp_path, {})
    first = [path.read_bytes() for path in draw_folder(tmp_path)]

    assert [path.read_bytes() for path in draw_folder(tmp_path)] == first


def test_figures_of_a_folder_without_paths_show_regimes_only(tmp_path):
    folder = write_folder(tmp_path, LEVELS)
    for part in (folder / "paths").iterdir():
        part.unlink()

    assert [path.stem for path in draw_folder(with_checksums(folder))] == ["phase"]


def test_hatched_are_the_undecided_cells_and_no_others(tmp_path):
    """Where the fear is 20 the leader has 6 of 10 runs, elsewhere all."""

    def rules(_start, point, run):
        return M if run < 6 or point["us_rare_earth_loss"] > 20 else C

    results = read_folder(write_folder(tmp_path, LEVELS, rules=rules))
    with look():
        panel = phase_figure(results).axes[0]
    cells = {patch.get_gid(): [] for patch in panel.patches if patch.get_gid()}
    for patch in panel.patches:
        if patch.get_gid():
            assert bool(patch.get_hatch()) == (patch.get_gid() == "undecided")
            cells[patch.get_gid()].append(patch.get_x() + 0.5)

    assert sorted(cells["undecided"]) == [0, 0, 0]
    assert sorted(cells["decided"]) == [1, 1, 1, 2, 2, 2]
    assert sorted(text.get_text() for text in panel.texts) == ["100 %"] * 6 + ["60 %"] * 3 + ["M"] * 9


def test_counts_and_means_are_those_of_the_table(tmp_path):
    results = read_folder(
        write_folder(tmp_path, LEVELS, ("calm", "hot"), rules=lambda s, _p, r: D if s == "hot" or r == 0 else O)
    )

    assert results.counts[0].tolist() == [[0, 9, 0, 0, 1, 0]] * 9
    assert results.counts[1].tolist() == [[0, 0, 0, 0, 10, 0]] * 9
    place = OUTCOMES.index("mean_chip_control")
    assert results.sums[0, 1, 4, 0] == pytest.approx(sum(run + 0.1 * place for run in range(10)))


def test_the_footer_says_how_it_was_made(tmp_path):
    line = footer(read_folder(write_folder(tmp_path, LEVELS))).replace("\N{NO-BREAK SPACE}", " ")

    for piece in (
        "july-2025",
        "9 worlds x 10 runs of 12 months",
        "seed 7",
        "0123456789abcdef",
        "linkage = 1",
        "beijing = patient",
    ):
        assert piece in line
    assert "quantal" not in line


def test_wilson_is_the_textbook_interval():
    """Brown, Cai and DasGupta (2001): 0 of 10 gives 0 to 0.2775; the rest by symmetry and by hand."""
    low, high = wilson(np.array([0, 5, 10]), 10)

    assert low == pytest.approx([0.0, 0.2366, 0.7225], abs=1e-4)
    assert high == pytest.approx([0.2775, 0.7634, 1.0], abs=1e-4)


@pytest.mark.parametrize(
    ("counts", "leader", "open_"),
    [
        ([10, 0, 0], 0, False),
        ([0, 6, 4], 1, True),
        ([3, 3, 3], 0, True),
        ([10, 0, 90], 2, False),
        ([1, 0, 0], 0, True),
    ],
)
def test_the_leader_and_whether_it_leads_for_sure(counts, leader, open_):
    assert leading(np.array(counts)) == leader
    assert undecided(np.array(counts)) == open_


def test_starts_split_a_world_only_when_both_are_sure():
    assert split_by_start(np.array([[20, 0], [0, 20]]))
    assert not split_by_start(np.array([[20, 0], [9, 11]]))
    assert not split_by_start(np.array([[20, 0], [19, 1]]))
    assert distance(np.array([20, 0]), np.array([0, 20])) == 1.0


def test_titles_say_what_was_found(tmp_path):
    def rules(start, point, _run):
        if start == "hot":
            return E
        return M if point["us_rare_earth_loss"] > 20 else D

    grid = read_folder(write_folder(tmp_path / "grid", LEVELS, ("calm", "hot"), rules=rules))
    line = read_folder(
        write_folder(tmp_path / "line", {"us_rare_earth_loss": [20.0, 60.0, 120.0]}, ("calm", "hot"), rules=rules)
    )
    point = read_folder(write_folder(tmp_path / "point", {}, runs=20, rules=lambda _s, _p, run: C if run < 15 else X))

    assert phase_title(grid, grid.counts) == (
        "The start decides in 9 of 9 worlds; managed dependence leads in 6 of 9 worlds from calm, "
        "escalation in 9 from hot"
    )
    assert response_title(line, line.counts) == (
        "From calm, decoupling gives way to managed dependence as US rare-earth loss rises; "
        "from hot, escalation leads at every level of US rare-earth loss"
    )
    assert spread_title(point, point.counts) == (
        "Deal cycle is where 75\N{NO-BREAK SPACE}% of runs end (53 to 89\N{NO-BREAK SPACE}%)"
    )


def test_a_large_grid_is_shown_by_twelve_worlds_its_corners_among_them(tmp_path):
    results = read_folder(write_folder(tmp_path, SHAPES["grid of many worlds"]["vary"], runs=1, kept=0))
    shown = [tuple(results.points[i].values()) for i in chosen_points(results)]

    assert len(set(shown)) == 12
    assert {(1, 0), (1, 19), (20, 0), (20, 19)} <= set(shown)
    assert shown == sorted(shown)


def test_bands_are_quantiles_over_runs():
    runs = pd.DataFrame({"t": [0] * 11 + [3] * 11, "x": [*range(11), *range(10, 21)]})
    months, lines = bands(runs, "x")

    assert months.tolist() == [0, 3]
    assert lines[:, 0].tolist() == [1, 2.5, 5, 7.5, 9]
    assert lines[:, 1].tolist() == [11, 12.5, 15, 17.5, 19]


def change(text):
    return lambda folder: (folder / "recipe.json").write_text(text((folder / "recipe.json").read_text()))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda folder: (folder / "recipe.json").unlink(), "No such file"),
        (change(lambda text: text[:50]), "damaged"),
        (change(lambda text: text.replace('"points"', '"dots"')), "lacks 'points'"),
        (change(lambda text: text.replace('"runs": 10', '"runs": 11')), "90 of 99 runs"),
        (lambda folder: [file.unlink() for file in folder.glob("*/part-00001.*")], "45 of 90 runs"),
        (
            lambda folder: (
                (folder / "outcomes" / "part-00001.parquet").write_bytes(b"PAR1 no") and with_checksums(folder)
            ),
            r"part-00001.parquet is damaged \(",
        ),
        (lambda folder: [file.unlink() for file in folder.glob("*/part-*")], "0 of 90 runs"),
        (change(lambda text: text.replace("july-2025", "june-2025")), "unknown start 'july-2025'"),
    ],
)
def test_a_damaged_or_unfinished_folder_is_refused_in_one_line(tmp_path, damage, says):
    folder = write_folder(tmp_path, LEVELS)
    damage(folder)

    with pytest.raises(BadInput, match=says) as refusal:
        draw_folder(folder)
    assert "\n" not in str(refusal.value)
    assert not (folder / "figures").exists()


HISTORY = [
    month(0, truce=3.0),
    month(1, truce=2.0, us="update_controls", nvidia="lobby", japan="defect"),
    month(2, us="tighten_chips"),
    month(3, us="raise_tariffs", beijing="restrict_rare_earths", congress="scrutinise"),
    month(4, truce=1.0, table=deal("accepted", "beijing", chips=0.25, restriction=0.5)),
    month(5, beijing="steer", taiwan="ask_compensation"),
    month(6, table=deal("rejected", "us", tariff=0.25), congress="legislate_floor"),
    month(7, truce=6.0, table=deal("accepted", "us", cleared=1.0)),
    month(8, irritant=1, broken=1, table={"result": "walk_out", "proposer": "us", "package": None}),
]


def test_truces_and_who_broke_them():
    """The second truce ran out by itself: one month of it was left."""
    assert truces(HISTORY) == [(0, 1), (4, 4), (7, 7)]
    assert truce_breaks(HISTORY) == [(2, "us"), (8, "agencies")]


def test_every_move_stands_in_the_row_of_its_actor():
    lanes = {lane.name: lane for lane in lanes_of(HISTORY)}
    us, table, beijing = lanes["US"], lanes["The table"], lanes["Beijing"]

    assert [(i, us.rows[row]) for i, row, _ in us.signs] == [
        (1, "chips"),
        (2, "chips"),
        (3, "tariffs"),
        (8, "agencies"),
    ]
    assert [(i, table.rows[row]) for i, row, _ in table.signs] == [
        (4, "Beijing offers"), (4, "chips"), (4, "rare earths"), (6, "US offers"), (6, "tariffs"),
        (7, "US offers"), (7, "curbs, probes"), (8, "US offers"),
    ]  # fmt: skip
    assert [(i, beijing.rows[row]) for i, row, _ in beijing.signs] == [(3, "rare earths"), (5, "steering")]
    assert [i for i, _, _ in lanes["Congress"].signs] == [3, 6]
    assert [(i, lanes["Nvidia"].rows[row]) for i, row, _ in lanes["Nvidia"].bars] == [(1, "lobby")]
    assert [(i, lanes["Allies"].rows[row]) for i, row, _ in lanes["Allies"].signs] == [(5, "taiwan")]


def test_every_move_of_the_model_has_a_place_or_is_a_pause():
    """A move that is added to the model must be added to the storyboard."""

    def marks(actor, move):
        return sum(len(lane.signs) + len(lane.bars) for lane in lanes_of([month(0, **{actor: move})]))

    moves = {(actor, move.name.lower()) for actor in ACTORS if actor != "developers" for move in MOVES_OF[actor]}
    unseen = {(actor, move) for actor, move in moves if marks(actor, move) == marks(actor, "nothing")}

    assert unseen == {("us", "hold"), ("beijing", "hold"), ("nvidia", "comply"), ("congress", "wait")}


@pytest.mark.parametrize("length", [1, 9, 144])
def test_every_text_of_a_storyboard_has_its_place(length):
    months = [
        month(t) | {key: value for key, value in HISTORY[t % 9].items() if key not in ("t", "month")}
        for t in range(length)
    ]
    with look():
        figure = story_figure(months, "Start: july-2025  |  seed 7  |  laws 0123456789abcdef")

        assert faults(figure) == []


def test_a_storyboard_is_written_and_tells_what_happened(tmp_path):
    path = draw_story(HISTORY, tmp_path / "deep" / "story.png", "a footer")
    with look():
        texts = [text.get_text() for text in story_figure(HISTORY, "a footer").texts]

    assert imread(path).std() > 0.05
    assert [entry.name for entry in path.parent.iterdir()] == ["story.png"]
    assert (
        texts[0].replace("\n", " ") == "Jul 2025 to Mar 2026: 2 deals, 2 broken truces (1 by the US, 1 by US agencies)"
    )
    assert texts[2] == "a footer"


def test_a_history_that_lacks_something_or_has_no_place_is_refused(tmp_path):
    with pytest.raises(BadInput, match="without months"):
        draw_story([], tmp_path / "story.png", "")
    with pytest.raises(BadInput, match="month 1 of the history lacks payoffs"):
        draw_story([HISTORY[0], {k: v for k, v in HISTORY[1].items() if k != "payoffs"}], tmp_path / "story.png", "")
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be written"):
        draw_story(HISTORY, tmp_path / "file" / "story.png", "")


def test_regimes_of_the_model_and_of_the_pictures_are_the_same():
    assert [look.name for look in REGIMES] == [regime.name.lower().replace("_", " ") for regime in Regime]
    assert len({look.letter for look in REGIMES}) == len({look.colour for look in REGIMES}) == len(REGIMES)
