"""A sweep gives the same table however it is played, and says in numbers what the table holds."""

import json
import re
import shutil
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from standoff.experiments import recipe as recipe_module
from standoff.experiments import sweep as module
from standoff.experiments.cli import main
from standoff.experiments.endings import RunError
from standoff.experiments.parts import digest
from standoff.experiments.progress import Report
from standoff.experiments.recipe import CHUNK_WORK, PATHS_PER_CELL, Plan, difference, plan_of
from standoff.experiments.summary import regime_shares, write_summary
from standoff.experiments.sweep import REGIMES, estimate, sweep
from standoff.model.ensemble import OUTCOMES, PATH_STEP, TRACKS, play

from .small_sweeps import QUESTION, SMALL_CHUNKS, bytes_of, make_small, swept


@pytest.fixture(autouse=True)
def small_sweeps(monkeypatch):
    make_small(monkeypatch)


@pytest.fixture(scope="module")
def second_start(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenarios") / "mine.toml"
    path.write_text('base = "july-2025"\n[state]\nrare_earth_restriction = 0.75\n')
    return str(path)


@pytest.fixture(scope="module")
def plan(second_start):
    return plan_of(replace(QUESTION, starts=("july-2025", second_start)))


@pytest.fixture(scope="module")
def done(plan, tmp_path_factory):
    """A finished sweep, for reading only."""
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        return swept(plan, tmp_path_factory.mktemp("sweep") / "done")


@pytest.fixture
def folder(done, tmp_path):
    """A finished sweep, to be harmed."""
    return shutil.copytree(done, tmp_path / "sweep")


# The table


def test_the_table_holds_every_run_of_every_point_from_every_start_once(done, plan):
    table = pd.read_parquet(f"{done}/outcomes")

    assert plan.parts > 5
    assert list(table.columns) == ["point", "start", "run", "us_lead_value", "chip_control", *OUTCOMES]
    assert len(table) == 6 * 2 * 25 == len(table[["point", "start", "run"]].drop_duplicates())
    assert set(table["start"]) == {"july-2025", "mine"}
    assert set(table["regime"]) <= set(REGIMES)
    assert np.isfinite(table.drop(columns=["start", "regime"]).to_numpy()).all()


def test_each_row_is_the_history_of_its_point_start_and_run(done, plan):
    table = pd.read_parquet(f"{done}/outcomes").set_index(["point", "start", "run"])
    for point, start, run in [(0, 0, 0), (3, 1, 7), (5, 1, 24)]:
        settings = plan.starts[start]
        parameters, state = settings.parameter_row(), settings.state_row()
        parameters["us_lead_value"], state["chip_control"] = plan.points[point]
        alone = play(parameters, state, np.array([run]), 6, 5).outcomes[0]
        row = table.loc[(point, plan.start_names[start], run)]

        assert (row["us_lead_value"], row["chip_control"]) == plan.points[point]
        assert row[list(OUTCOMES[:-1])].to_list() == alone[:-1].tolist()
        assert row["regime"] == REGIMES[int(alone[-1])]


def test_points_and_starts_share_their_luck_and_runs_do_not(tmp_path):
    table = pd.read_parquet(swept(plan_of(replace(QUESTION, axes=())), tmp_path / "one") / "outcomes")

    assert len(set(table["payoff_us"])) > 5


def test_the_paths_are_those_of_the_first_runs(done, plan):
    paths = pd.read_parquet(f"{done}/paths")
    table = pd.read_parquet(f"{done}/outcomes").set_index(["point", "start", "run"])

    assert list(paths.columns) == ["point", "start", "run", "t", *TRACKS]
    assert all(paths[name].dtype == np.float32 for name in TRACKS)
    assert sorted(set(paths["t"])) == list(range(0, 6, PATH_STEP))
    assert plan.path_runs == 10
    assert len(paths) == 10 * plan.cells * 2
    assert set(paths["run"]) == set(range(10))
    means = paths.groupby(["point", "start", "run"], observed=True)["compute_lead"].mean()
    assert np.corrcoef(means, table.loc[means.index, "mean_compute_lead"])[0, 1] > 0.9


@pytest.mark.parametrize(
    ("points", "runs", "kept"), [(1, 10, 10), (1, 1000, 64), (200, 1000, 40), (8192, 5, 1), (9000, 5, 0)]
)
def test_at_most_8192_paths_are_kept(points, runs, kept, monkeypatch):
    monkeypatch.setattr(recipe_module, "PATHS_PER_CELL", PATHS_PER_CELL)
    plan = Plan(replace(QUESTION, runs=runs), plan_of(QUESTION).starts, tuple((0.0, 0.0) for _ in range(points)))

    assert plan.path_runs == kept
    assert plan.path_runs * plan.cells <= 8192


def test_a_chunk_spans_several_points_and_an_early_end_covers_the_design(plan):
    chunk = plan.rows(0, plan.chunk_rows)

    assert set(chunk.point) == set(range(6))
    assert set(chunk.start) == {0, 1}
    assert plan.rows(0, 3 * plan.cells).run.tolist() == [run for run in range(3) for _ in range(plan.cells)]


def test_chunks_are_whole_in_parts_and_of_one_size(plan):
    chunks = [chunk for part in range(plan.parts) for chunk in plan.chunks(part)]

    assert chunks[0] == (0, plan.chunk_rows)
    assert [first for first, _ in chunks[1:]] == [end for _, end in chunks[:-1]]
    assert chunks[-1][1] == plan.total
    assert {end - first for first, end in chunks[:-1]} == {plan.chunk_rows}


def test_a_large_sweep_has_large_parts_and_small_chunks(monkeypatch):
    monkeypatch.setattr(recipe_module, "CHUNK_WORK", CHUNK_WORK)
    plan = Plan(replace(QUESTION, runs=10_000_000, months=84), plan_of(QUESTION).starts, ((10.0, 0.5),))

    assert plan.chunk_rows == 150
    assert 40_000 <= plan.part_rows <= 50_000
    assert plan.part_rows % plan.chunk_rows == 0


# The same however it is played


def test_the_bytes_do_not_depend_on_the_number_of_threads(done, plan, tmp_path):
    assert bytes_of(swept(plan, tmp_path / "one", jobs=1)) == bytes_of(done)
    assert bytes_of(swept(plan, tmp_path / "many", jobs=7)) == bytes_of(done)


def test_the_digest_is_of_rows_not_of_parts(done, plan, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe_module, "CHUNK_WORK", 3 * SMALL_CHUNKS)
    other = swept(plan, tmp_path / "other")

    assert bytes_of(other).keys() != bytes_of(done).keys()
    assert digest(other) == digest(done)


def test_the_digest_sees_a_changed_number(done, plan, tmp_path):
    other = plan_of(replace(plan.question, seed=6))

    assert digest(swept(other, tmp_path / "other")) != digest(done)


def test_a_finished_sweep_is_not_played_again(folder, plan, monkeypatch):
    monkeypatch.setattr(module, "play", None)
    before = bytes_of(folder)
    with Report("test", plan.total) as report:
        assert sweep(plan, folder, 2, report) == 0
    assert bytes_of(folder) == before


def test_the_recipe_holds_every_number(done, plan):
    recipe = json.loads((done / "recipe.json").read_text())

    assert recipe["scenarios"]["mine"]["parameters"] == plan.starts[1].parameters
    assert recipe["scenarios"]["mine"]["state"]["rare_earth_restriction"] == 0.75
    assert recipe["points"][1] == {"us_lead_value": 10.0, "chip_control": 1.0}
    assert recipe["vary"] == {"us_lead_value": [10.0, 30.0, 60.0], "chip_control": [0.5, 1.0]}
    assert (recipe["seed"], recipe["months"], recipe["runs"], recipe["developers"]) == (5, 6, 25, 40)
    assert recipe["doctrines"]["us"] == "quantal"
    assert {"numba", "numpy", "pyarrow", "standoff"} <= recipe["versions"].keys()
    assert difference(recipe, plan.recipe()) == ""


# Failures of the model


def test_a_run_without_a_finite_outcome_is_named(plan, tmp_path, monkeypatch):
    def play_badly(points, starts, runs, *rest):
        played = play(points, starts, runs, *rest)
        bad = (runs == 3) & (points["us_lead_value"] == 30) & (starts["chip_control"] == 1)
        played.outcomes[bad & (starts["rare_earth_restriction"] == 0.75), OUTCOMES.index("deals")] = np.nan
        return played

    monkeypatch.setattr(module, "play", play_badly)
    with pytest.raises(RunError, match="point 3, start mine, run 3, seed 5 failed: deals is nan") as told:
        swept(plan, tmp_path / "bad")
    assert "us_lead_value=30.0, chip_control=1.0" in str(told.value)


def test_a_run_that_raises_is_named(plan, tmp_path, monkeypatch):
    def play_badly(points, starts, runs, *rest):
        if ((runs == 2) & (points["us_lead_value"] == 60)).any():
            raise ZeroDivisionError("division by zero")
        return play(points, starts, runs, *rest)

    monkeypatch.setattr(module, "play", play_badly)
    with pytest.raises(RunError, match=r"point [45], start .*, run 2, seed 5 failed: division by zero"):
        swept(plan, tmp_path / "bad")


# The summary


def test_the_summary_says_what_the_table_holds(folder):
    table = pd.read_parquet(folder / "outcomes")
    summary = pd.read_csv(write_summary(folder)).set_index(["point", "start"])
    groups = table.groupby(["point", "start"], observed=True)

    assert len(summary) == 12
    assert (summary["runs"] == 25).all()
    for name in ("payoff_us", "mean_cuda_share", "deals"):
        assert np.allclose(summary[f"{name}_mean"], groups[name].mean())
        assert np.allclose(summary[f"{name}_se"], groups[name].sem())
        for label, level in (("q10", 0.1), ("q50", 0.5), ("q90", 0.9)):
            assert np.allclose(summary[f"{name}_{label}"], groups[name].quantile(level))
    for regime in REGIMES:
        label = regime.replace(" ", "_")
        counts = groups["regime"].agg(lambda column, regime=regime: (column == regime).sum())
        intervals = [binomtest(int(count), 25).proportion_ci(0.95, "wilson") for count in counts]
        assert np.allclose(summary[f"{label}_share"], counts / 25)
        assert np.allclose(summary[[f"{label}_low", f"{label}_high"]], intervals)
    shares = regime_shares(folder).values()
    assert sum(share["share"] for share in shares) == pytest.approx(1)
    for each in shares:  # points share their luck: a score interval for 25 runs, not for 300
        assert each["low"] <= each["share"] <= each["high"]
        for end in (each["low"], each["high"]):
            assert (each["share"] - end) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) / 25, rel=1e-5)


def test_the_interval_is_wilsons():
    """Values as published: 5 of 10 gives .2366 to .7634, 0 of 10 gives 0 to .2775."""
    from standoff.experiments.summary import wilson

    assert np.round(wilson([0, 5, 10], 10), 4).T.tolist() == [[0.0, 0.2775], [0.2366, 0.7634], [0.7225, 1.0]]


def test_a_single_run_has_no_standard_error(tmp_path):
    folder = swept(plan_of(replace(QUESTION, runs=1)), tmp_path / "one")
    summary = pd.read_csv(write_summary(folder))

    assert summary["payoff_us_se"].isna().all()
    assert summary["payoff_us_mean"].notna().all()


# From the command line


def test_a_dry_run_says_the_cost_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    vary = ["--vary", "us_lead_value=10:40:4"]
    assert main(["sweep", *vary, "--runs", "200", "--months", "6", "--dry-run", "--format", "json"]) == 0

    cost = json.loads(capsys.readouterr().out)
    assert (cost["points"], cost["runs"], cost["total"]) == (4, 200, 800)
    assert cost["seconds"] > 0
    assert cost["megabytes"] > 0.1
    assert list(tmp_path.iterdir()) == []


def test_the_estimate_of_the_size_is_near(done, plan):
    size = sum(path.stat().st_size for kind in ("outcomes", "paths") for path in (done / kind).iterdir()) / 1e6

    assert estimate(plan, 2).megabytes == pytest.approx(size, rel=0.5)


def test_options_change_a_declared_question(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    options = ["--vary", "beijing_leverage_value=10,20", "--set", "us_rare_earth_loss=60", "--runs", "2"]
    assert main(["sweep", "demo", *options, "--months", "4", "--out", "mine", "--format", "json"]) == 0

    document = json.loads(capsys.readouterr().out)
    recipe = json.loads((tmp_path / "mine/recipe.json").read_text())
    assert (document["points"], document["total"], document["played"]) == (2, 4, 4)
    assert recipe["vary"] == {"beijing_leverage_value": [10.0, 20.0]}
    assert recipe["set"] == {"us_rare_earth_loss": 60.0}
    assert document["digest"] == digest(tmp_path / "mine")
    assert all((tmp_path / path).stat().st_size > 0 for path in [document["summary"], *document["figures"]])
    assert document["figures"]


def test_asking_twice_gives_the_same_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for played in ("4 played now", "0 played now"):
        assert main(["sweep", "demo", "--set", "us_lead_value=20", "--vary", "us_rare_earth_loss=60", "--months", "3",
                     "--vary", "beijing_leverage_value=12,13", "--runs", "2"]) == 0  # fmt: skip
        assert played in capsys.readouterr().out
    (folder,) = (tmp_path / "results").iterdir()
    assert folder.name.startswith("demo-")


# What a user sees meanwhile


def test_an_end_at_any_moment_leaves_every_cell_nearly_as_many_runs(plan):
    """Cells take turns: of the runs played so far no cell has two more than another."""
    order = [place for part in range(plan.parts) for chunk in plan.chunks(part) for place in range(*chunk)]
    rows = plan.rows(0, plan.total)
    counts = np.zeros((6, 2), int)
    for place in order:
        counts[rows.point[place], rows.start[place]] += 1
        assert counts.max() - counts.min() <= 1
    assert (counts == 25).all()


def test_a_dry_run_is_told_in_two_lines(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    options = ["--vary", "us_lead_value=10:40:4", "--runs", "2000", "--months", "6", "--jobs", "2", "--out", "mine"]
    assert main(["sweep", *options, "--dry-run"]) == 0
    size, cost = capsys.readouterr().out.splitlines()

    assert size == "sweep: 4 points x 1 start x 2000 runs = 8000 runs of 6 months from july-2025"
    assert re.fullmatch(r"about \d+(\.\d)? (s|min|h) with 2 threads, \d+\.\d MB in mine", cost)


def test_progress_says_how_much_is_done_and_how_long_the_rest_takes(monkeypatch, capsys):
    """A quarter in 12 seconds leaves 36 for the rest; a line comes every ten seconds, not more often."""
    clock = iter([0.0, 0.0, 4.0, 12.0, 15.0, 24.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with Report("test", 400) as report:
        report.begin(400)
        for _ in range(4):
            report.advance(50)

    assert capsys.readouterr().err.splitlines() == [
        "test: 100 of 400 runs, 36 s left",
        "test: 200 of 400 runs, 24 s left",
    ]
