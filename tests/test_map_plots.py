"""Pictures of an equilibrium map say what the folder holds, and nothing falls off the sheet."""

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from standoff.experiments.games.dynamics import replicator_path
from standoff.experiments.plots import draw_map
from standoff.experiments.plots import look as look_module
from standoff.experiments.plots.counts import cells_of, counts_figure, counts_title, telling
from standoff.experiments.plots.distance import distance_figure
from standoff.experiments.plots.flow import NOWHERE, corners, ends_of, flow_figure, replicator_paths
from standoff.experiments.plots.look import look
from standoff.experiments.plots.map_folder import as_results, equilibria_at, read_map, starts_apart, trap_among
from standoff.experiments.plots.payoff_table import payoff_table_figure
from standoff.experiments.plots.phase import phase_figure
from standoff.experiments.plots.transitions import transitions_figure
from standoff.world.checks import BadInput

from .map_tables import GRID, LINE, SMALL, STAGS, stag_hunt, start_counts, write_map
from .test_plots import faults


def stags(folder, vary=SMALL, **changes):
    """Write a map with the stag hunt in every world, all its equilibria certified."""
    return write_map(folder, vary=vary, game=stag_hunt, doctrines=STAGS, error=0.001, **changes)


def change_table(folder, name, change):
    path = folder / f"{name}.parquet"
    table = pd.read_parquet(path)
    changed = change(table)
    (table if changed is None else changed).to_parquet(path, index=False)


def set_status(status, point, number):
    def change(table):
        table.loc[(table["point"] == point) & (table["equilibrium"] == number), "status"] = status

    return change


def headline(figure):
    return figure.texts[0].get_text().replace("-\n", "-").replace("\n", " ")


def words_of(axes):
    return sorted(text.get_text() for text in axes.texts if text.get_text())


def by_gid(axes, first):
    return [artist for artist in axes.get_children() if str(artist.get_gid()).startswith(first)]


SHAPES = {
    "grid": {"vary": SMALL},
    "line of three starts": {"vary": LINE, "starts": ("calm", "hot", "april-2025")},
    "long words, one start, all unsure": {
        "vary": {"taiwan_rare_earth_exposure": [0.123456, 1.5], "netherlands_rare_earth_exposure": [0.1, 2.0]},
        "starts": ("july-2025",),
        "error": 2.0,
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_text_of_every_figure_has_its_place(tmp_path, shape):
    results = read_map(write_map(tmp_path, **SHAPES[shape]))
    several = len(results.starts) > 1
    with look():
        figures = [
            phase_figure(as_results(results), starts_apart(results) if several else None),
            counts_figure(results),
            payoff_table_figure(results, 0),
            flow_figure(results, 0),
            transitions_figure(results),
            *([distance_figure(results)] if several else []),
        ]
        for figure in figures:
            assert faults(figure) == []


@pytest.mark.slow
def test_a_map_of_many_worlds_has_room(tmp_path):
    results = read_map(write_map(tmp_path, vary=GRID))
    with look():
        assert faults(counts_figure(results)) == []


def test_hatched_are_the_worlds_with_an_undecided_equilibrium_and_refuted_ones_do_not_count(tmp_path):
    """In every world the stag hunt has two pure equilibria and a mix; the third row of each is the mix."""
    folder = stags(tmp_path)
    change_table(folder, "equilibria", set_status("undecided", 2, 0))
    change_table(folder, "equilibria", set_status("refuted", 4, 2))
    change_table(folder, "equilibria", set_status("refuted", 5, 0))
    results = read_map(folder)
    with look():
        figure = counts_figure(results)
    numbers, traps = figure.axes[:2]

    # points count along the second name first: point 2 lies in column 1 and row 0
    hatched = [patch for patch in by_gid(numbers, "undecided") if patch.get_hatch()]
    assert [(patch.get_x(), patch.get_y()) for patch in hatched] == [(0.5, -0.5)]
    assert not any(patch.get_hatch() for patch in by_gid(numbers, "decided"))
    letters = [text for text in words_of(numbers) if not text.isdigit()]
    assert letters == ["A", *["AB"] * 4, "Ab"]  # A is transactional / patient, here the commoner
    assert [text for text in words_of(numbers) if text.isdigit()] == ["2", "2", "3", "3", "3", "3"]
    assert len(by_gid(numbers, "decided")) == 5
    assert len([patch for patch in by_gid(traps, "undecided") if patch.get_hatch()]) == 1
    said = "6 of 6 worlds have several equilibria; traps in 6, of escalation in none; 1 is undecided"
    assert headline(figure) == said


def test_the_letters_stand_for_the_pairs_of_the_key(tmp_path):
    folder = stags(tmp_path)
    change_table(folder, "equilibria", set_status("refuted", 0, 0))  # so that the other pair is the commoner
    with look():
        figure = counts_figure(read_map(folder))
    key = [text.get_text() for text in figure.texts]

    assert key[key.index("A") + 1] == "transactional / patient"
    assert key[key.index("B") + 1] == "freeze / coercive"
    assert words_of(figure.axes[0]) == ["2", *["3"] * 5, "A", *["AB"] * 5]


def test_a_trap_needs_a_better_equilibrium_that_stands(tmp_path):
    """By hand: 2 each against 4 each loses 4 in all; without the better one there is no trap."""
    folder = stags(tmp_path)
    trap = trap_among(equilibria_at(read_map(folder), 0))
    assert (trap.worse.number, trap.better.number, trap.loss) == (0, 1, 4.0)

    change_table(folder, "equilibria", set_status("refuted", 0, 1))
    results = read_map(folder)
    assert trap_among(equilibria_at(results, 0)) is None
    assert "traps in 5," in counts_title(cells_of(results))


def test_the_telling_worlds_are_those_that_stand_out(tmp_path):
    folder = stags(tmp_path)
    for number in (0, 2):
        change_table(folder, "equilibria", set_status("refuted", 0, number))
    change_table(folder, "equilibria", set_status("undecided", 3, 2))

    def deepen(table):
        table.loc[(table["point"] == 5) & (table["equilibrium"] == 0), "us_payoff"] = -9.0

    change_table(folder, "equilibria", deepen)

    assert telling(cells_of(read_map(folder))) == [1, 5, 3]


def test_the_starts_differ_where_the_interval_says_so(tmp_path):
    folder = write_map(tmp_path)

    def change(table):
        table["tv_distance"] = 0.1 + table["point"] / 10
        table["tv_low"] = np.where(table["point"].isin([1, 4]), 0.01, 0.0)

    change_table(folder, "regimes", change)
    with look():
        figure = distance_figure(read_map(folder))

    assert words_of(figure.axes[0]) == ["0.10", "0.20*", "0.30", "0.40", "0.50*", "0.60"]
    assert headline(figure) == (
        "The start changes the regimes in 2 of 6 worlds, "
        "most at US lead value = 65, US rare-earth loss = 10: 0.50 apart"
    )


def test_shares_times_runs_are_the_counts(tmp_path):
    counts = as_results(read_map(write_map(tmp_path))).counts

    for point, (lead, loss) in enumerate((a, b) for a in SMALL["us_lead_value"] for b in SMALL["us_rare_earth_loss"]):
        for k, start in enumerate(("calm", "hot")):
            expected = start_counts((lead - 5) / 75, (loss - 5) / 115, start)
            assert counts[k, point].tolist() == expected.tolist()


def test_arrows_point_to_the_best_replies(tmp_path):
    """By hand: off the two equilibria of the stag hunt each player wants to follow the other."""
    with look():
        axes = payoff_table_figure(read_map(stags(tmp_path)), 0).axes[0]
    ways = {}
    for arrow in by_gid(axes, "reply"):
        (x0, y0), (x1, y1) = arrow._posA_posB
        ways[arrow.get_gid()] = (int(np.sign(round(x1 - x0, 6))), int(np.sign(round(y1 - y0, 6))))

    assert axes.yaxis_inverted()  # so down is +1
    assert ways == {
        "reply 0 0 1": (0, 1),
        "reply 1 0 1": (-1, 0),
        "reply 0 1 0": (0, -1),
        "reply 1 1 0": (1, 0),
    }
    bold = {text.get_gid() for text in axes.texts if text.get_gid() and text.get_weight() == "bold"}
    assert bold == {f"payoff {player} {i} {i}" for player in (0, 1) for i in (0, 1)}
    shown = {text.get_gid(): text.get_text() for text in axes.texts if text.get_gid()}
    assert (shown["payoff 0 0 1"], shown["payoff 1 0 1"]) == ("3.0", "0.0")


def test_frames_and_list_tell_how_sure_an_equilibrium_is(tmp_path):
    folder = stags(tmp_path, vary={}, starts=())
    change_table(folder, "equilibria", set_status("undecided", 0, 1))
    results = read_map(folder)
    with look():
        figure = payoff_table_figure(results, 0)
    axes = figure.axes[0]
    said = [text.get_text() for text in figure.texts]

    assert [frame.get_linestyle() for frame in by_gid(axes, "certified pure 0 0")] == ["-"]
    assert [frame.get_linestyle() for frame in by_gid(axes, "undecided pure 1 1")] == ["--"]
    assert len(by_gid(axes, "certified mixed")) == 4
    assert {"#1,3", "#2,3", "#3"} <= {text.get_text() for text in axes.texts}
    # the tolerance is 1 % of the range of payoffs, which is 4
    for piece in ("67 % transactional + 33 % freeze", "2.7 ±0.0", "0.04", "certified", "undecided", "300 runs"):
        assert piece in said
    assert headline(figure) == (
        "3 equilibria: freeze / coercive is Pareto-dominated by transactional / patient; 1 undecided"
    )


def test_a_single_equilibrium_is_named(tmp_path):
    folder = stags(tmp_path, vary={}, starts=())
    for number in (0, 2):
        change_table(folder, "equilibria", set_status("refuted", 0, number))
    results = read_map(folder)
    with look():
        assert headline(payoff_table_figure(results, 0)) == "The one equilibrium is transactional / patient; certified"


def test_the_flow_is_the_replicator_of_the_other_solver():
    table = np.random.default_rng(1).normal(size=(2, 5, 4))
    start = (np.full(5, 0.2), np.array([0.1, 0.2, 0.3, 0.4]))
    paths = replicator_paths(table, tuple(chances[:, None] for chances in start))
    times = np.concatenate([[0.0], np.geomspace(0.1, 2000.0, 120)])
    for place in (20, 50, 70):
        _, other = replicator_path(table, start, times[place], 2)
        for i in (0, 1):
            assert paths[i][:, 0, place] == pytest.approx(other[i][-1], abs=2e-3)


def test_starts_end_where_they_must():
    """The stag hunt goes to the nearer equilibrium; matching pennies circles for ever (Hofbauer and Sigmund 1998)."""
    table = stag_hunt(0, 0)
    starts = np.array([[0.9, 0.1], [0.1, 0.9]])  # two starts: nearly all freeze, nearly none
    pure = [(np.array([1.0, 0.0]),) * 2, (np.array([0.0, 1.0]),) * 2]
    assert ends_of(replicator_paths(table, (starts, starts)), pure).places.tolist() == [0, 1]

    pennies = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])
    paths = replicator_paths(pennies, (starts[:, :1], np.array([[0.5], [0.5]])))
    constant = sum(np.log(own[:, 0]).sum(axis=0) for own in paths)
    assert constant == pytest.approx(constant[0], rel=0.02)
    assert ends_of(paths, [(np.full(2, 0.5), np.full(2, 0.5))]).places.tolist() == [NOWHERE]


def test_the_flow_marks_every_equilibrium_at_its_mean_of_corners(tmp_path):
    results = read_map(stags(tmp_path, vary={}, starts=()))
    with look():
        figure = flow_figure(results, 0)
    us = figure.axes[0]
    signs = {line.get_gid(): np.ravel(line.get_xydata()) for line in by_gid(us, "equilibrium")}

    # freeze is the upper corner, transactional the lower; the mix plays freeze once in three
    assert signs["equilibrium #1"] == pytest.approx([0, 1])
    assert signs["equilibrium #2"] == pytest.approx([0, -1])
    assert signs["equilibrium #3"] == pytest.approx([0, -1 / 3])
    assert {line.get_gid() for line in by_gid(us, "path")} == {"path 0", "path 1"}
    assert headline(figure).startswith("The doctrines drift to freeze / coercive from ")
    assert np.hypot(*corners(5)) == pytest.approx(1)


def test_transitions_are_yearly_and_stays_are_quarters_by_exits(tmp_path):
    """By hand: 40 quarters in M with 10 exits are 12 months a stay; a year later .75^4 = 32 % are still there."""
    folder = write_map(tmp_path, starts=("calm",))
    rows = [("managed_dependence", "managed_dependence", 30), ("managed_dependence", "escalation", 10),
            ("escalation", "escalation", 40)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["from", "to", "count"]).assign(point=0, start="calm")
    table.to_parquet(folder / "transitions.parquet", index=False)
    with look():
        figure = transitions_figure(read_map(folder))
    graph, chances = figure.axes

    assert {patch.get_gid() for patch in graph.patches if ">" in patch.get_gid()} == {"M>E"}
    radius = {patch.get_gid(): patch.get_radius() for patch in by_gid(graph, "") if hasattr(patch, "get_radius")}
    assert radius["M"] == radius["E"] > radius["O"] == radius["X"]
    said = words_of(graph)
    assert "managed dependence\n12 months, 50 % of time" in said
    assert "escalation\nnever left, 50 % of time" in said
    assert words_of(chances) == sorted([*["-"] * 24, "32", "0", "0", "68", "0", "0", "0", "0", "0", "100", "0", "0"])
    assert headline(figure) == "Managed dependence takes 50 % of the time; escalation lasts longest, and is never left"


def test_a_third_player_keeps_to_its_equilibrium(tmp_path):
    """If the allies align the game is the stag hunt; if they hedge, which they never do, all lose."""
    folder = stags(tmp_path, vary={}, starts=())
    recipe = json.loads((folder / "recipe.json").read_text())
    recipe["players"].append("allies")
    recipe["strategies"]["allies"] = ["align", "hedge"]
    (folder / "recipe.json").write_text(json.dumps(recipe))

    def with_allies(table):
        aligned = table.assign(allies="align", allies_payoff=0.0, allies_payoff_se=0.1)
        return pd.concat([aligned, aligned.assign(allies="hedge", us_payoff=-9.0, beijing_payoff=-9.0)])

    def judged(table):
        copied = {name.replace("us_", "allies_", 1): table[name] for name in table if name.startswith("us_")}
        return table.assign(**copied, allies_align=1.0, allies_hedge=0.0)

    change_table(folder, "payoffs", with_allies)
    change_table(folder, "equilibria", judged)
    results = read_map(folder)
    with look():
        figure = payoff_table_figure(results, 0)
        assert faults(figure) == faults(flow_figure(results, 0)) == []
    shown = {text.get_gid(): text.get_text() for text in figure.axes[0].texts if text.get_gid()}

    assert shown["payoff 0 1 1"] == "4.0"
    assert "allies: align" in figure.texts[1].get_text()


def test_the_figures_of_a_map_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(look_module, "save", lambda _figure, path: path)
    one_start = stags(tmp_path / "one", starts=("calm",))

    assert [path.stem for path in draw_map(stags(tmp_path / "two"))] == [
        "phase", "path-dependence", "equilibria", "payoff-table-0", "flow-0", "transitions",
    ]  # fmt: skip
    assert [path.stem for path in draw_map(one_start)] == [
        "phase", "equilibria", "payoff-table-0", "flow-0", "transitions",
    ]  # fmt: skip


def test_one_game_is_drawn_as_files(tmp_path):
    drawn = draw_map(stags(tmp_path, vary={}, starts=()))

    assert [path.name for path in drawn] == ["payoff-table-0.png", "flow-0.png"]
    assert all(path.parent == tmp_path / "figures" and imread(path).std() > 0.05 for path in drawn)


def lose(column):
    return lambda table: table.drop(columns=column)


def put(column, value):
    def change(table):
        table.loc[0, column] = value

    return change


@pytest.mark.parametrize(
    ("name", "damage", "says"),
    [
        ("payoffs", None, "lacks payoffs.parquet"),
        ("equilibria", None, "lacks equilibria.parquet"),
        ("regimes", None, "lacks regimes.parquet"),
        ("transitions", None, "lacks transitions.parquet"),
        ("payoffs", b"PAR1 no", "payoffs.parquet is damaged"),
        ("reduced", b"PAR1 no", "reduced.parquet is damaged"),
        ("payoffs", lambda table: table[:-1], "payoffs.parquet holds 23 of 24 profiles"),
        ("payoffs", put("us", "freze"), "payoffs.parquet: unknown us 'freze'; allowed: freeze, transactional"),
        ("payoffs", put("us_payoff", np.nan), "'us_payoff' has a value that is no finite number"),
        ("payoffs", put("point", 99), "unknown point '99'"),
        ("payoffs", lose("beijing_payoff"), "lacks the column 'beijing_payoff'"),
        ("regimes", lambda table: table[:-1], "regimes.parquet holds 11 of 12 points and starts"),
        ("regimes", put("start", "warm"), "unknown start 'warm'; allowed: calm, hot"),
        ("equilibria", put("status", "maybe"), "unknown status 'maybe'"),
        ("equilibria", put("us_freeze", 0.7), "probabilities of us do not add up to 1"),
        ("equilibria", lose("us_regret_high"), "lacks the column 'us_regret_high'"),
        ("transitions", put("to", "peace"), "unknown to 'peace'"),
    ],
)
def test_a_damaged_folder_is_refused_in_one_line(tmp_path, name, damage, says):
    folder = stags(tmp_path)
    if damage is None:
        (folder / f"{name}.parquet").unlink()
    elif isinstance(damage, bytes):
        (folder / f"{name}.parquet").write_bytes(damage)
    else:
        change_table(folder, name, damage)

    with pytest.raises(BadInput, match=says) as refusal:
        draw_map(folder)
    assert "\n" not in str(refusal.value)
    assert not (folder / "figures").exists()


@pytest.mark.parametrize("key", ["players", "strategies", "points", "scenario", "law_digest"])
def test_a_recipe_that_lacks_something_is_refused(tmp_path, key):
    folder = stags(tmp_path)
    recipe = json.loads((folder / "recipe.json").read_text())
    recipe[key] = None
    (folder / "recipe.json").write_text(json.dumps(recipe))

    with pytest.raises(BadInput, match=f"lacks '{key}'"):
        read_map(folder)
