"""A sweep gives the same table whatever happens to it, and says in numbers what the table holds."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from standoff.experiments import recipe as recipe_module
from standoff.experiments import sweep as module
from standoff.experiments.cli import main
from standoff.experiments.design import parse_vary
from standoff.experiments.endings import RunError, Stopped
from standoff.experiments.parts import digest, locked, part_is_whole
from standoff.experiments.progress import Report
from standoff.experiments.questions import Question
from standoff.experiments.recipe import CHUNK_WORK, PATHS_PER_CELL, Plan, difference, plan_of
from standoff.experiments.summary import regime_shares, write_summary
from standoff.experiments.sweep import REGIMES, estimate, sweep
from standoff.model.ensemble import OUTCOMES, PATH_STEP, TRACKS, play
from standoff.world.checks import BadInput

SMALL_CHUNKS = 20 * 6 * 40  # twenty rows of six months
QUESTION = Question(
    name="small",
    text="Is it the same?",
    axes=tuple(parse_vary(["us_lead_value=10,30,60", "chip_control=.5,1"])),
    starts=("july-2025",),
    runs=25,
    months=6,
    seed=5,
)


def make_small(patch):
    """Let a small sweep have several chunks and parts, and runs whose path is not kept."""
    patch.setattr(recipe_module, "CHUNK_WORK", SMALL_CHUNKS)
    patch.setattr(recipe_module, "PATHS_PER_CELL", 10)


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


def swept(plan, folder, jobs=2):
    with Report("test", plan.total) as report:
        sweep(plan, folder, jobs, report)
    return folder


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


def bytes_of(folder):
    """Return a checksum of every file that does not hold the moment."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


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


# The same whatever happens


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


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


def leave_unfinished(path):
    path.rename(path.with_name(f".{path.name}.tmp"))


@pytest.mark.parametrize("harm", [flip, cut, leave_unfinished, os.unlink])
@pytest.mark.parametrize(
    "name", ["outcomes/part-00002.parquet", "paths/part-00000.parquet", "checks/part-00001.sha256"]
)
def test_a_damaged_part_is_noticed_and_played_again(folder, done, plan, harm, name):
    harm(folder / name)
    with Report("test", plan.total) as report:
        assert sweep(plan, folder, 2, report) == plan.chunk_rows
        assert (report.done, report.total) == (plan.chunk_rows, plan.chunk_rows)
    assert bytes_of(folder) == bytes_of(done)


def test_a_part_written_under_another_name_is_not_taken_for_it(folder):
    shutil.copy(folder / "outcomes/part-00001.parquet", folder / "outcomes/part-00002.parquet")
    shutil.copy(folder / "checks/part-00001.sha256", folder / "checks/part-00002.sha256")

    assert part_is_whole(folder, 1, ["outcomes"])
    assert not part_is_whole(folder, 2, ["outcomes"])


def test_checksums_can_be_checked_without_us(folder):
    if not (tool := shutil.which("sha256sum")):
        pytest.skip("no sha256sum here")
    files = sorted(path.relative_to(folder) for path in (folder / "checks").iterdir())
    check = [tool, "--check", "--quiet", *files]

    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    flip(folder / "outcomes/part-00000.parquet")
    assert subprocess.run(check, cwd=folder, check=False, capture_output=True).returncode != 0


PROGRAM = """
import sys
from standoff.experiments import recipe
from standoff.experiments.cli import main
recipe.CHUNK_WORK, recipe.PATHS_PER_CELL = 150 * 2 * 40, 10
sys.exit(main(sys.argv[1:]))
"""
LONG = ["sweep", "--vary", "us_lead_value=10,30", "--runs", "3000", "--months", "2", "--jobs", "1", "--out", "long"]


def started(folder, *arguments):
    """Return a process that sweeps, once it has written some parts."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *LONG, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 300  # a cold cache compiles first
    while len(list(folder.glob("long/checks/part-*"))) < 3:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return process


@pytest.fixture(scope="module")
def long_plan():
    return plan_of(Question(axes=tuple(parse_vary(["us_lead_value=10,30"])), runs=3000, months=2))


@pytest.fixture(scope="module")
def long_digest(long_plan, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe_module, "CHUNK_WORK", 150 * 2 * 40)
        return digest(swept(long_plan, tmp_path_factory.mktemp("long") / "reference"))


def resumed(long_plan, folder, monkeypatch):
    monkeypatch.setattr(recipe_module, "CHUNK_WORK", 150 * 2 * 40)
    with Report("test", long_plan.total) as report:
        return sweep(long_plan, folder, 2, report)


def test_a_killed_sweep_goes_on_to_the_same_table(tmp_path, long_plan, long_digest, monkeypatch):
    process = started(tmp_path)
    process.kill()
    process.communicate()
    kept = len(list(tmp_path.glob("long/checks/part-*")))

    assert 3 <= kept < 40
    assert pd.read_parquet(tmp_path / "long/outcomes")["point"].nunique() == 2
    assert resumed(long_plan, tmp_path / "long", monkeypatch) == long_plan.total - 150 * kept
    assert digest(tmp_path / "long") == long_digest


def test_an_interrupted_sweep_held_its_lock_and_says_how_to_go_on(tmp_path, long_plan, long_digest, monkeypatch):
    process = started(tmp_path)
    with pytest.raises(BadInput, match="another sweep"), locked(tmp_path / "long"):
        pass
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 3
    assert out == b""
    last = err.decode().splitlines()[-1]
    kept = 150 * len(list(tmp_path.glob("long/checks/part-*")))
    assert last == f"standoff: interrupted; {kept} of 6000 runs are kept in 'long', the same command goes on"
    assert b"Traceback" not in err
    resumed(long_plan, tmp_path / "long", monkeypatch)
    assert digest(tmp_path / "long") == long_digest


def test_a_second_interrupt_ends_at_once(monkeypatch):
    ended, before = [], signal.getsignal(signal.SIGINT)  # whoever started pytest may ignore Ctrl-C
    monkeypatch.setattr(os, "_exit", ended.append)
    with module.stop_on_signal() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert (stop.is_set(), ended) == (True, [])
        os.kill(os.getpid(), signal.SIGINT)
        assert ended == [3]
    assert signal.getsignal(signal.SIGINT) == before


def test_two_sweeps_do_not_share_a_folder(folder, plan):
    with locked(folder), pytest.raises(BadInput, match="another sweep is writing"):
        swept(plan, folder)
    swept(plan, folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 6}, "seed: 6, not 5"),
        ({"runs": 26}, "runs: 26, not 25"),
        ({"months": 7}, "months: 7, not 6"),
        ({"developers": 0}, "developers: 0, not 40"),
        ({"values": {"us_tariff_harm": 80.0}}, "set.us_tariff_harm"),
        ({"axes": tuple(parse_vary(["us_lead_value=10,30,61", "chip_control=.5,1"]))}, "vary.us_lead_value"),
    ],
)
def test_another_recipe_is_refused(folder, plan, change, says):
    before = bytes_of(folder)
    with pytest.raises(BadInput, match="holds another recipe") as told:
        swept(plan_of(replace(plan.question, **change)), folder)
    assert says in str(told.value)
    assert bytes_of(folder) == before


def test_other_laws_are_another_recipe(folder, plan, monkeypatch):
    monkeypatch.setattr(recipe_module, "LAWS", "0" * 16)
    with pytest.raises(BadInput, match="law_digest: 0000000000000000, not"):
        swept(plan, folder)


def test_a_damaged_recipe_is_told(folder, plan):
    cut(folder / "recipe.json")
    with pytest.raises(BadInput, match=r"recipe\.json' cannot be read"):
        swept(plan, folder)


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


def test_a_folder_of_somebody_elses_is_refused_and_left_alone(tmp_path, plan):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(BadInput, match=r"holds other files \(thesis.tex\)"):
        swept(plan, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("out", ["file", "file/below", "no\0name"])
def test_a_folder_that_cannot_be_is_refused_before_anything_is_played(tmp_path, plan, out, monkeypatch):
    monkeypatch.setattr(module, "play", None)
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot write into"):
        swept(plan, tmp_path / out)


def test_a_full_disk_keeps_what_was_finished(folder, done, plan, monkeypatch):
    for part in (3, 4, 5):
        (folder / f"checks/part-0000{part}.sha256").unlink()
    written, write_part = [], module.write_part

    def full(folder, part, tables):
        if written:
            raise OSError(28, "No space left on device")
        written.append(part)
        write_part(folder, part, tables)

    monkeypatch.setattr(module, "write_part", full)
    with pytest.raises(Stopped, match="No space left on device"):
        swept(plan, folder)
    monkeypatch.undo()
    make_small(monkeypatch)
    with Report("test", plan.total) as report:
        assert sweep(plan, folder, 2, report) == 2 * plan.chunk_rows
    assert bytes_of(folder) == bytes_of(done)


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
    assert sum(regime_shares(folder).values()) == pytest.approx(1)


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
