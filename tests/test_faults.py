"""Whatever goes wrong, no finished work is lost: damage is noticed, and the same command goes on to the end."""

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from standoff.experiments import asked, bench, cli, parts, saved
from standoff.experiments import recipe as recipe_module
from standoff.experiments import sweep as module
from standoff.experiments.cli import main
from standoff.experiments.design import parse_vary
from standoff.experiments.endings import Stopped
from standoff.experiments.parts import digest, locked, part_is_whole
from standoff.experiments.plots import draw_folder, mechanisms
from standoff.experiments.progress import Report
from standoff.experiments.questions import Question
from standoff.experiments.recipe import difference, plan_of
from standoff.experiments.sweep import sweep
from standoff.world.checks import BadInput

from .small_sweeps import QUESTION, bytes_of, make_small, swept

STANDOFF = [sys.executable, "-m", "standoff.experiments.cli"]
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def small_sweeps(monkeypatch):
    make_small(monkeypatch)


@pytest.fixture(scope="module")
def plan():
    return plan_of(QUESTION)


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


def without(folder, *numbers):
    """Return the folder without these parts."""
    for number in numbers:
        for file in folder.glob(f"*/part-{number:05d}.*"):
            file.unlink()
    return folder


# Damage


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
    with pytest.raises(BadInput, match=r"part-0000.\.parquet is damaged, missing or not finished; run its sweep again"):
        draw_folder(folder)
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


def test_what_a_kill_left_half_written_is_swept_away(done, plan, tmp_path):
    folder = tmp_path / "sweep"
    for name in (".recipe.json.tmp", "outcomes/.part-00002.parquet.tmp", "checks/.part-00099.sha256.tmp"):
        if name.startswith("."):
            folder.mkdir()
            (folder / name).write_bytes(b"{")
            swept(plan, folder)
        else:
            (folder / name).write_bytes(b"PAR1")
    swept(plan, folder)
    assert bytes_of(folder) == bytes_of(done)


# Killed and interrupted

# Three parts are played at once, and each after them takes as many seconds as the first argument says.
PROGRAM = """
import sys, time
from standoff.experiments import recipe, sweep
from standoff.experiments.cli import main
recipe.CHUNK_WORK, recipe.PATHS_PER_CELL = 150 * 2 * 40, 10
play_chunk = sweep.play_chunk
def play_slowly(plan, first, end):
    time.sleep(float(sys.argv[1]) if first >= 450 else 0.0)
    return play_chunk(plan, first, end)
sweep.play_chunk = play_slowly
sys.exit(main(sys.argv[2:]))
"""
LONG = ["sweep", "--vary", "us_lead_value=10,30", "--runs", "1500", "--months", "2", "--jobs", "1", "--out", "long"]


def started(folder, seconds):
    """Return a process that sweeps, once it has written three parts; of the next, each takes so many seconds."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(seconds), *LONG],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 300  # a cold cache compiles first
    while len(list(folder.glob("long/checks/part-*"))) < 3:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return process


@pytest.fixture(scope="module")
def long_plan():
    return plan_of(Question(axes=tuple(parse_vary(["us_lead_value=10,30"])), runs=1500, months=2))


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
    process = started(tmp_path, 0.2)
    process.kill()
    process.communicate()
    kept = len(list(tmp_path.glob("long/checks/part-*")))

    assert 3 <= kept < 20
    assert pd.read_parquet(tmp_path / "long/outcomes")["point"].nunique() == 2
    assert resumed(long_plan, tmp_path / "long", monkeypatch) == long_plan.total - 150 * kept
    assert digest(tmp_path / "long") == long_digest


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_an_interrupted_sweep_keeps_what_was_under_way_and_says_how_to_go_on(
    tmp_path, long_plan, long_digest, monkeypatch, number
):
    process = started(tmp_path, 1.0)
    with pytest.raises(BadInput, match="another standoff command is writing into"), locked(tmp_path / "long"):
        pass
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    kept = 150 * len(list(tmp_path.glob("long/checks/part-*")))

    assert process.returncode == 3
    assert out == b""
    assert kept >= 150 * 4
    last = err.decode().splitlines()[-1]
    assert last == f"standoff: interrupted; {kept} of 3000 runs are kept in 'long', the same command goes on"
    assert b"Traceback" not in err
    assert resumed(long_plan, tmp_path / "long", monkeypatch) == long_plan.total - kept
    assert digest(tmp_path / "long") == long_digest


@pytest.mark.slow
def test_a_second_interrupt_ends_at_once(tmp_path, long_plan, long_digest, monkeypatch):
    process = started(tmp_path, 600.0)
    process.send_signal(signal.SIGINT)
    while (line := process.stderr.readline()) != b"standoff: finishing the runs under way; Ctrl-C again ends at once\n":
        assert line
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 3
    assert err == b""
    assert resumed(long_plan, tmp_path / "long", monkeypatch) == long_plan.total - 450
    assert digest(tmp_path / "long") == long_digest


# A disk that is full, a folder that cannot be written


@pytest.mark.parametrize("place", range(1, 7))
def test_a_full_disk_keeps_what_was_finished(folder, done, plan, monkeypatch, place):
    """The disk refuses at each of the first six times that something must reach it: files and their folders."""
    without(folder, 3, 4, 5)
    synced, fsync = [], os.fsync

    def full(file):
        synced.append(file)
        if len(synced) >= place:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(file)

    with monkeypatch.context() as patch:
        patch.setattr(parts.os, "fsync", full)
        with pytest.raises(Stopped, match="No space left on device; what was finished is kept, the same command"):
            swept(plan, folder, jobs=1)
    assert list(folder.rglob("*.tmp")) == []
    with Report("test", plan.total) as report:
        # With its checks file in place, at the fourth time, the first part is whole.
        assert sweep(plan, folder, 2, report) == (2 if place >= 4 else 3) * plan.chunk_rows
    assert bytes_of(folder) == bytes_of(done)


def test_a_file_that_may_not_grow_keeps_what_was_finished(folder, done, plan):
    without(folder, 3)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(Stopped, match="File too large; what was finished is kept, the same command goes on"):
            swept(plan, folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(folder.rglob("*.tmp")) == []
    swept(plan, folder)
    assert bytes_of(folder) == bytes_of(done)


def test_a_history_that_cannot_be_kept_is_told(tmp_path, monkeypatch, capsys):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(parts.os, "fsync", full)
    assert main(["run", "--months", "2", "--save", str(tmp_path / "mine")]) == 2
    line = f"standoff: cannot write into '{tmp_path / 'mine'}': No space left on device\n"
    assert capsys.readouterr() == ("", line)


# Whoever runs the tests as root may write anywhere; a child gives that right up, which a new program cannot take back.
READ_ONLY = """
import ctypes, os, sys
if os.geteuid() == 0:
    DROP, RIGHTS = 24, (1, 2)  # PR_CAPBSET_DROP; to write and to read whatever the permissions say
    for right in RIGHTS:
        if ctypes.CDLL(None, use_errno=True).prctl(DROP, right, 0, 0, 0):
            sys.exit(77)
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], *sys.argv[2:]])
"""
COMMANDS = """
import json, sys
from standoff.experiments.cli import main
print(json.dumps([main(command) for command in json.loads(sys.argv[1])]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="rights are given up as Linux has them")
def test_a_folder_that_is_read_only_is_refused_in_one_line(tmp_path, monkeypatch):
    """For each verb that writes: a new folder in one that is read only, and one that was begun."""
    monkeypatch.undo()  # the child plays chunks of the usual size
    (tmp_path / "begun").mkdir()
    short = ["sweep", "--runs", "2", "--months", "2"]
    assert main([*short, "--out", str(tmp_path / "begun")]) == 0
    without(tmp_path / "begun", 0)
    shutil.rmtree(tmp_path / "begun/figures")
    before = bytes_of(tmp_path)
    commands = [
        [*short, "--out", "begun"],
        ["plot", "begun"],
        *([*verb, "begun/new"] for verb in (
            [*short, "--out"], ["run", "--months", "2", "--save"], ["mechanisms", "M13", "--runs", "2", "--out"],
            ["map", "--vary", "us_lead_value=10,20", "--out"], ["equilibria", "--out"], ["bench", "--out"],
        )),
    ]  # fmt: skip
    folders = [tmp_path / "begun", *(path for path in (tmp_path / "begun").iterdir() if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    child = [sys.executable, "-c", READ_ONLY, COMMANDS, json.dumps(commands)]
    ended = subprocess.run(child, cwd=tmp_path, capture_output=True, text=True, check=False)
    for path in folders:
        path.chmod(0o755)
    if ended.returncode == 77:
        pytest.skip("root here cannot give up its rights")

    assert json.loads(ended.stdout) == [2] * len(commands), ended.stderr
    lines = ended.stderr.splitlines()
    assert len(lines) == len(commands)
    told = [line for line in lines if line.startswith("standoff: cannot write into 'begun")]
    assert len(told) == len(lines) - 1  # plot has nothing to draw yet
    assert bytes_of(tmp_path) == before


@pytest.mark.parametrize("out", ["file", "file/below", "no\0name"])
def test_a_folder_that_cannot_be_is_refused_before_anything_is_played(tmp_path, plan, out, monkeypatch):
    monkeypatch.setattr(module, "play", None)
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot write into"):
        swept(plan, tmp_path / out)


# The folder of another


def test_a_folder_of_somebody_elses_is_refused_and_left_alone(tmp_path, plan):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(BadInput, match=r"holds other files \(thesis.tex\)"):
        swept(plan, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    "verb", ["sweep --runs 2 --months 2", "mechanisms M13 --runs 2", "map --vary us_lead_value=10,20", "equilibria"]
)
def test_a_folder_in_use_is_refused_in_one_line(tmp_path, capsys, verb):
    with locked(tmp_path):
        assert main([*verb.split(), "--out", str(tmp_path)]) == 2
    line = f"standoff: another standoff command is writing into '{tmp_path}'; wait for it, or choose another --out\n"
    assert capsys.readouterr() == ("", line)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_folder_in_use_can_be_used_afterwards(folder, plan):
    with locked(folder), pytest.raises(BadInput, match="another standoff command"):
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


def places(entry, where=()):
    """Yield the place of each number, text and list in a recipe."""
    if isinstance(entry, dict):
        for key, value in entry.items():
            yield from places(value, (*where, key))
    if not isinstance(entry, dict) or not entry:
        yield where


def test_a_recipe_edited_anywhere_is_refused_by_name(folder, plan):
    recipe = json.loads((folder / "recipe.json").read_text())
    found = list(places(recipe))
    assert len(found) > 100
    for where in found:
        edited = json.loads(json.dumps(recipe))
        entry = edited
        for key in where[:-1]:
            entry = entry[key]
        entry[where[-1]] = "edited"
        assert difference(recipe, edited).startswith(".".join(where))
    (folder / "recipe.json").write_text(json.dumps({**recipe, "path_runs": 11}))
    with pytest.raises(BadInput, match=r"holds another recipe \(path_runs: 10, not 11\)"):
        swept(plan, folder)
    (folder / "recipe.json").write_text(json.dumps(recipe))
    swept(plan, folder)  # other spaces and the same entries are the same recipe


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b"\xff", b'{"runs": 25', b"[" * 100_000])
def test_a_damaged_recipe_is_told(folder, plan, damage):
    (folder / "recipe.json").write_bytes(damage)
    before = bytes_of(folder)
    with pytest.raises(BadInput, match=r"recipe\.json' cannot be read: damaged"):
        swept(plan, folder)
    assert bytes_of(folder) == before


# Output that cannot be written


@pytest.fixture
def verbs(folder, tmp_path, monkeypatch):
    """Return a command for every verb that prints, quick because nothing is drawn or timed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asked, "draw", lambda folder: [folder / "figures/x.png"])
    monkeypatch.setattr(saved, "draw", lambda folder: [folder / "figures/x.png"])
    monkeypatch.setattr(saved, "_draw_history", lambda folder: folder / "figures/story.png")
    monkeypatch.setattr(mechanisms, "draw_mechanisms", lambda _, folder: folder / "mechanisms.png")
    measured = json.loads((ROOT / "results/bench/bench.json").read_text())
    monkeypatch.setattr(bench, "measure", lambda _: measured)
    (tmp_path / "game.nfg").write_text('NFG 1 R "Matching pennies" { "A" "B" } { 2 2 }\n1 -1 -1 1 -1 1 1 -1\n')
    commands = [
        "list", "list parameters", "explain M29", "run --months 3 --save history", "why us 2025-08 --months 3",
        "sweep --runs 2 --months 2 --out new", "sweep --runs 2 --months 2 --dry-run",
        "map --vary us_lead_value=10,20 --runs 2 --months 2 --profile-runs 2 --dry-run",
        "equilibria --players us,beijing --months 2 --profile-runs 2 --deviations 0 --out point",
        "mechanisms M13 --runs 2 --out tried", f"plot {folder}", "bench --quick --out bench", "solve game.nfg",
    ]  # fmt: skip
    # `play` has a terminal of its own, `serve` a browser: test_played_terminal.py, test_classroom_browser.py
    assert {command.split()[0] for command in commands} == set(cli._parsers()[1]) - {"play", "serve"}
    return [command.split() for command in commands]


def in_form(verbs, at_once):
    """Return the commands, half of the tests as text and half as JSON."""
    return [[*verb, "--format", "json" if at_once else "text"] for verb in verbs]


def unread():
    """Return the writing end of a pipe that nobody reads any more."""
    read, write = os.pipe()
    os.close(read)
    return write


def full():
    """Return a device that is always full."""
    return os.open("/dev/full", os.O_WRONLY)


def as_stream(descriptor, at_once):
    return open(descriptor, "w", buffering=1 if at_once else 100, encoding="utf-8")  # noqa: PTH123


@pytest.mark.parametrize("at_once", [False, True])
def test_a_reader_who_leaves_stops_no_verb_and_costs_no_work(verbs, tmp_path, monkeypatch, at_once):
    for verb in in_form(verbs, at_once):
        with as_stream(unread(), at_once) as out, as_stream(unread(), True) as err, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            assert main(verb) == 0
    assert {"history/outcomes.json", "new/summary.csv", "point/equilibria.parquet", "tried/findings.json",
            "bench/bench.json"} <= bytes_of(tmp_path).keys()  # fmt: skip


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


@needs_full
@pytest.mark.parametrize("at_once", [False, True])
def test_a_full_device_is_told_in_one_line(verbs, monkeypatch, capsys, at_once):
    for verb in in_form(verbs, at_once):
        with as_stream(full(), at_once) as out, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            code = main(verb)
        assert (code, verb) == (3, verb)
        said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith(("bench:", "equilibria"))]
        assert said == ["standoff: standard output: No space left on device"]


@needs_full
def test_a_refusal_that_nobody_can_read_is_still_a_refusal(monkeypatch):
    for ends in (unread, full):
        with as_stream(ends(), True) as err, monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", err)
            assert main(["swep"]) == 2


@needs_full
@pytest.mark.parametrize(("end", "code"), [(unread, 0), (full, 3), (None, 0)])
def test_the_process_ends_with_that_code(end, code):
    """Python itself writes what is left at exit, and ends with 120 where it cannot."""
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [*STANDOFF, "list", "scenarios"]
    if end is None:
        command = [shutil.which("sh"), "-c", '"$0" "$@" >&- 2>&-', *command]
        assert subprocess.run(command, env=usual, check=False).returncode == code
        return
    there = end()
    try:
        done = subprocess.run(command, env=usual, stdout=there, stderr=there, check=False)
    finally:
        os.close(there)
    assert done.returncode == code


def test_progress_that_nobody_reads_does_not_stop_a_sweep(plan, done, tmp_path, monkeypatch):
    monkeypatch.setattr("standoff.experiments.progress.EVERY", 0.0)
    with as_stream(unread(), True) as err, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", err)
        swept(plan, tmp_path / "mine")
        assert cli._leave_quietly() is None  # nothing is left for Python to complain of
    assert bytes_of(tmp_path / "mine") == bytes_of(done)
