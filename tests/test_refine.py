"""Refinement of a grid: exact where a region is met, few points played, and an honest word on what is missed."""

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import label as regions_of

from standoff.experiments.cli import main
from standoff.experiments.maps import asked, mapping
from standoff.experiments.maps.refine import COARSE, refine
from standoff.experiments.plots.counts import cells_of, counts_figure, telling
from standoff.experiments.plots.map_folder import read_map

N = 40
Y, X = np.mgrid[:N, :N]
HALF = X + 0.3 * Y < 24
MAPS = {
    "half plane": (HALF, 0.14),
    "upright half plane": (X < 21, 0.13),
    "disc": ((X - 20) ** 2 + (Y - 20) ** 2 < 100, 0.17),
    "two crossing borders": ((X < 16) + 2 * (Y < 24), 0.17),
    "tongue three wide": ((abs(Y - 20) < 2) & (X < 28), 0.16),
    "stripes six wide": ((X + Y) // 8 % 3, 0.42),
}


def refined(truth):
    """Refine a known map; return its labels as an array, where it was played, and whose label each point has."""
    asked = Counter()

    def label_of(place):
        asked[place] += 1
        return str(truth[place])

    labels, source = refine(truth.shape, label_of)
    played = np.zeros(truth.shape, bool)
    for place in asked:
        played[place] = True
    assert set(asked.values()) == {1}
    np.testing.assert_array_equal(np.flatnonzero(played), np.unique(source))
    np.testing.assert_array_equal(source[played.ravel()], np.flatnonzero(played))
    return np.array(labels).reshape(truth.shape), played, source


def border_points(truth):
    """Count the points with a neighbour of another label: none of them can be left out."""
    edge = np.zeros(truth.shape, bool)
    across, up = truth[1:] != truth[:-1], truth[:, 1:] != truth[:, :-1]
    edge[1:] |= across
    edge[:-1] |= across
    edge[:, 1:] |= up
    edge[:, :-1] |= up
    return int(edge.sum())


@pytest.mark.parametrize("name", MAPS)
def test_the_map_is_the_full_one_at_a_share_of_the_points(name):
    """The share is bounded by geometry: the coarse grid, the border, and half as much again to find it."""
    truth, most = MAPS[name]
    labels, played, _ = refined(truth)

    np.testing.assert_array_equal(labels, truth.astype(str))
    assert played.mean() < most
    assert border_points(truth) <= played.sum() <= 11**2 + 1.5 * border_points(truth)


@settings(max_examples=150, deadline=None)
@given(arrays(np.int8, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.integers(0, 2)))
def test_a_region_is_exact_or_was_never_met(truth):
    """Whatever the map, noise too: of each connected region all points are right, or none was played."""
    labels, played, _ = refined(truth)

    for value in np.unique(truth):
        numbers, count = regions_of(truth == value)
        for region in (numbers == k for k in range(1, count + 1)):
            assert (labels[region] == str(value)).all() or not played[region].any()


@settings(max_examples=100, deadline=None)
@given(st.integers(5, 30), st.integers(5, 30), st.data())
def test_no_island_of_a_coarse_cell_is_missed(high, wide, data):
    """On grids of any size, at any place."""
    top, left = data.draw(st.integers(0, high - COARSE)), data.draw(st.integers(0, wide - COARSE))
    truth = np.zeros((high, wide), int)
    truth[top : top + COARSE, left : left + COARSE] = 1

    np.testing.assert_array_equal(refined(truth)[0], truth.astype(str))


def test_a_smaller_island_is_missed_between_the_points_and_found_upon_one():
    """Of all places of an odd square on a grid of 21, only those are found that meet the coarse grid 0, 4, 8, ..."""
    found = {}
    for size in (1, 2, 3):
        places = [(i, j) for i in range(4, 12) for j in range(9, 13)]
        hits = 0
        for i, j in places:
            truth = np.zeros((21, 21), int)
            truth[i : i + size, j : j + size] = 1
            labels = refined(truth)[0]
            meets = any((i + k) % 4 == 0 for k in range(size)) and any((j + k) % 4 == 0 for k in range(size))
            assert (labels == truth.astype(str)).all() == meets
            assert (labels == "0").all() != meets
            hits += meets
        found[size] = hits / len(places)
    assert found == {1: 1 / 16, 2: 4 / 16, 3: 9 / 16}


def test_of_one_label_only_the_coarse_grid_is_played():
    _, played, _ = refined(np.zeros((N, N), int))

    assert played.sum() == 11**2
    assert played[::39, ::39].all()


def test_labels_without_order_cost_nearly_every_point():
    truth = np.random.default_rng(1).integers(0, 3, (N, N))
    labels, played, _ = refined(truth)

    assert played.mean() > 0.9
    assert (labels != truth.astype(str)).mean() < 0.05


def test_along_one_name_borders_are_found_by_bisection():
    """Of 101 points 26 are coarse; each of three borders between two of them costs at most 3 more."""
    truth = np.searchsorted([13, 50, 51 + 30], np.arange(101), side="right")
    labels, played, _ = refined(truth)

    np.testing.assert_array_equal(labels, truth.astype(str))
    assert 26 < played.sum() <= 26 + 3 * 3


def test_the_same_labels_give_the_same_points_in_the_same_order():
    orders = []
    for _ in range(2):
        order = []
        refine((N, N), lambda place, order=order: order.append(place) or str(HALF[place]))
        orders.append(order)
    assert orders[0] == orders[1]


# From the command line

LOSSES = ["--vary", "us_rare_earth_loss=90,20,50,40"]
SIZE = "--months 6 --runs 2 --profile-runs 4 --deviations 0 --developers 0 --format json --refine"
MAP = ["map", "--vary", "us_lead_value=10:60:6"]


@pytest.fixture
def tables_only(monkeypatch):
    """Leave out what is not at stake here and takes long: the audits, the reduced game and the figures."""
    monkeypatch.setattr(asked, "stages_table", lambda _plan: pd.DataFrame())
    monkeypatch.setattr(asked, "reduced_table", lambda _settings: pd.DataFrame())
    monkeypatch.setattr(asked, "drawn", lambda _folder: [])


@pytest.fixture
def two_labels(monkeypatch):
    """Make labels that differ between low and high leads, as games of six months need not."""

    def label(plan, cell):
        return "low" if plan.plan.values(cell.point)["us_lead_value"] < 25.0 else "high"

    monkeypatch.setattr(mapping, "label", label)


def said(folder, capsys, *words):
    assert main([*MAP, *words, *SIZE.split(), "--out", str(folder)]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("tables_only", "two_labels")
def test_a_refined_map_is_written_drawn_and_resumed(tmp_path, capsys, monkeypatch):
    """Six leads, two of them below 25, and four losses, listed in no order."""
    folder = tmp_path / "map"
    document = said(folder, capsys, *LOSSES)
    labels = pd.read_parquet(folder / "labels.parquet")
    equilibria = pd.read_parquet(folder / "equilibria.parquet")
    payoffs = pd.read_parquet(folder / "payoffs.parquet")

    assert labels["point"].tolist() == list(range(24))
    assert (labels["label"] == np.where(labels["us_lead_value"] < 25.0, "low", "high")).all()
    points = set(labels.loc[labels["played"], "point"])
    assert document["points"] == 24
    assert document["played"] == len(points) < 24
    assert set(equilibria["point"]) == set(payoffs["point"]) == set(labels["source"]) == points
    # The border runs between the leads 20 and 30, for every loss; far from it only corners are played.
    assert labels.query("us_lead_value in (20, 30)")["played"].all()
    assert set(labels.query("us_lead_value == 60 and played")["us_rare_earth_loss"]) == {20.0, 90.0}
    assert len(pd.read_parquet(folder / "regimes.parquet")) == 2 * 24

    results = read_map(folder)
    cells = cells_of(results)
    assert [cell.played for cell in cells] == labels["played"].tolist()
    assert set(telling(cells)) <= points
    grid = counts_figure(results).axes[0]
    dots = {(line.get_xdata()[0], line.get_ydata()[0]) for line in grid.lines if line.get_gid() == "not played"}
    leads, losses = sorted(set(labels["us_lead_value"])), sorted(set(labels["us_rare_earth_loss"]))
    left_out = labels[~labels["played"]]
    assert dots == {
        (leads.index(x), losses.index(y))
        for x, y in zip(left_out["us_lead_value"], left_out["us_rare_earth_loss"], strict=True)
    }

    # Half of the parts lost: played again, and nothing else.
    lost = sorted((folder / "games").glob("*.parquet"))[::2]
    for part in lost:
        part.unlink()
    played = []
    real = mapping.in_threads
    monkeypatch.setattr(
        mapping, "in_threads", lambda *args: lambda wanted: played.append(wanted) or real(*args)(wanted)
    )
    assert said(folder, capsys, *LOSSES) == document
    assert len(played) == len(lost)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "labels.parquet"), labels)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "equilibria.parquet"), equilibria)


@pytest.mark.usefixtures("tables_only")
def test_a_label_is_the_standing_equilibria_in_words(tmp_path, capsys):
    """Along one name: the words of the labels against the table of the equilibria, at every point played."""
    folder = tmp_path / "line"
    said(folder, capsys)
    equilibria = pd.read_parquet(folder / "equilibria.parquet").query("kind != 'logit' and status != 'refuted'")
    labels = pd.read_parquet(folder / "labels.parquet").query("played")

    for row in labels.itertuples():
        words = set()
        for one in equilibria.query("point == @row.point").to_dict("records"):
            sides = [[n.split("_", 1)[1] for n, p in one.items() if n.startswith(who) and n in COLUMNS and p > 1e-9]
                     for who in ("us_", "beijing_")]  # fmt: skip
            words.add(" / ".join("+".join(side) for side in sides))
        assert set(row.label.split("; ")) == (words or {"none"})


US = ("quantal", "freeze", "sliding_scale", "transactional", "tit_for_tat")
BEIJING = ("quantal", "patient", "coercive", "tit_for_tat")
COLUMNS = {f"us_{name}" for name in US} | {f"beijing_{name}" for name in BEIJING}


def test_only_a_grid_is_refined(tmp_path, capsys):
    question = tmp_path / "spread.toml"
    question.write_text('title = "t"\nquestion = "q"\ndesign = "lhs"\npoints = 4\n[vary]\nus_lead_value = "5:80"\n')

    assert main(["map", str(question), "--refine"]) == 2
    assert "--refine needs a grid; the design is 'lhs'" in capsys.readouterr().err
