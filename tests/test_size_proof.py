"""A sweep of a million runs: its memory does not grow with their number, and all of them are in the folder."""

import json
import os
import subprocess
import sys
from time import perf_counter

import pytest

FULL = os.environ.get("STANDOFF_PROOFS") == "full"
RUNS = 1_000_000 if FULL else 20_000
MONTHS = 12 if FULL else 6
GIBIBYTE = 2**20  # in the KiB that Linux counts


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the peak is counted in other units")
def test_a_million_runs_stay_below_a_gibibyte(tmp_path, capsys):
    command = ["sweep", "--vary", "us_lead_value=10:50:10", "--runs", str(RUNS // 10), "--months", str(MONTHS)]
    began = perf_counter()
    with (tmp_path / "printed").open("w+") as printed:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "standoff.experiments.cli", *command, "--out", "big", "--format", "json"],
            cwd=tmp_path, stdout=printed, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        told = json.loads(printed.read())
    seconds = perf_counter() - began
    with capsys.disabled():
        size = sum(path.stat().st_size for path in (tmp_path / "big").rglob("*") if path.is_file())
        print(  # noqa: T201 (for the log of the proofs)
            f"\n{told['total']} runs of {MONTHS} months: {seconds:.0f} s, peak {used.ru_maxrss / 1024:.0f} MiB, "
            f"{size / 1e6:.0f} MB on disk"
        )
    assert (child.returncode, told["total"]) == (0, RUNS)
    assert used.ru_maxrss < GIBIBYTE
