"""Many claims tried in a folder: interrupted, damaged, and tried again; the command that asks for it."""

import json
import signal
from dataclasses import replace

import numpy as np
import pytest

from standoff.experiments.cli import main
from standoff.experiments.endings import RunError, Stopped
from standoff.experiments.mechanisms import trials
from standoff.experiments.mechanisms.claims import claims
from standoff.experiments.mechanisms.document import with_tables
from standoff.experiments.mechanisms.trial import arm_values, found
from standoff.experiments.mechanisms.trials import Piece, Trials, both_arms, try_claims
from standoff.experiments.parts import locked
from standoff.experiments.progress import Report
from standoff.experiments.settings import make_settings
from standoff.world.checks import BadInput


@pytest.fixture
def few(monkeypatch):
    """Return two short claims to be tried in pieces of 4 runs, at 2 random vectors."""
    monkeypatch.setattr(trials, "CHUNK", 4)
    monkeypatch.setattr(trials, "VECTOR_RUNS", 8)
    short = (replace(claims()[name], months=12, window=(1, 12)) for name in ("M13", "M60"))
    return Trials(tuple(short), make_settings(), runs=10, vectors=2)


@pytest.fixture
def whole_folder(few, tmp_path):
    """Return a folder in which the claims were tried to the end."""
    folder = tmp_path / "whole"
    try_claims(few, folder, 1, Report("whole", few.total))
    return folder


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.json")}


def test_what_is_found_is_what_the_arms_say(few, whole_folder):
    rows = try_claims(few, whole_folder, 1, Report("again", few.total))
    for row, claim in zip(rows, few.claims, strict=True):
        finding = found(claim, *(arm_values(claim, arm, few.base, {}, 0, 10) for arm in (claim.low, claim.high)))
        assert row == finding._asdict() | {key: row[key] for key in ("title", "use", "robust_share")}
        effects = [json.loads((whole_folder / "vectors" / f"00{k}.json").read_text())[claim.id] for k in (1, 2)]
        assert row["robust_share"] == np.mean([effect > 0 if claim.rises else effect < 0 for effect in effects])


@pytest.mark.parametrize("after", [1, 4, 7])
def test_what_is_interrupted_goes_on_to_the_same_end(few, whole_folder, tmp_path, after):
    folder, pieces = tmp_path / "cut", []

    class Impatient(Report):
        def advance(self, runs):
            pieces.append(runs)
            if len(pieces) == after:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(Stopped, match="the same command goes on"):
        try_claims(few, folder, 1, Impatient("cut", few.total))
    assert files_in(folder).items() < files_in(whole_folder).items()
    rows = try_claims(few, folder, 1, Report("on", few.total))
    assert files_in(folder) == files_in(whole_folder)
    assert rows == try_claims(few, whole_folder, 1, Report("again", few.total))


@pytest.mark.parametrize("name", ["findings/M60.json", "vectors/001.json"])
@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b"[]", b"null", b"3", b'{"M13": 1.0, "M60": "x"}', b"\xff"])
def test_what_is_damaged_is_tried_again(few, whole_folder, name, damage):
    before = files_in(whole_folder)
    (whole_folder / name).write_bytes(damage)
    try_claims(few, whole_folder, 1, Report("again", few.total))
    assert files_in(whole_folder) == before


def test_a_folder_in_use_or_of_another_recipe_is_refused(few, whole_folder):
    with pytest.raises(BadInput, match="runs: 11, not 10"):
        try_claims(replace(few, runs=11), whole_folder, 1, Report("other", few.total))
    with locked(whole_folder), pytest.raises(BadInput, match="is writing into"):
        try_claims(few, whole_folder, 1, Report("second", few.total))


def test_a_run_that_fails_is_named(few, monkeypatch):
    monkeypatch.setattr(trials, "arm_values", lambda *_: np.array([np.nan]))
    with pytest.raises(RunError, match="M13, vector 2, runs 4 to 7, seed 1: alignment is not finite"):
        both_arms(few.claims[0], few.base, Piece(2, 0, 4, 8))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("M061", "unknown mechanism 'M061'"),
        ("M60 --runs 1", "runs: a single run has no spread"),
        ("--runs 100000000", "allowed: 100000000"),
        ("M60 --robust 0", "robust: '0' is not a whole number from 1 to 1000"),
        ("M60 --robust 1001", "robust: '1001' is not"),
        (f"M60 --robust {'9' * 5000}", "is not a whole number from 1 to 1000"),
    ],
)
def test_bad_options_get_one_line(options, named, capsys, tmp_path):
    assert main(["mechanisms", *options.split(), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert named in told.err
    assert told.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_tables_are_written_between_their_marks_only():
    text = "# Title\n<!-- mechanisms -->\nold\n<!-- end -->\nmore\n<!-- replications -->\nold\n<!-- end -->\nlast\n"
    written = with_tables(text, [], [])
    assert written.startswith("# Title\n<!-- mechanisms -->\n| id |")
    assert written.endswith("<!-- end -->\nlast\n")
    assert "old" not in written
    with pytest.raises(BadInput, match="replications"):
        with_tables(text.replace("<!-- replications -->", ""), [], [])
