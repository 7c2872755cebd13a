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
# A small parent: Linux counts what a process had before it became another, so a child of pytest is as large as pytest.
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the peak is counted in other units")
def test_a_million_runs_stay_below_a_gibibyte(tmp_path, capsys):
    command = ["sweep", "--vary", "us_lead_value=10:50:10", "--runs", str(RUNS // 10), "--months", str(MONTHS)]
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, sys.executable, "-P", "-m", "standoff.experiments.cli", *command,
         "--out", "big", "--format", "json"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
    )  # fmt: skip
    seconds = perf_counter() - began
    *printed, peak = done.stdout.splitlines()
    total, peak = json.loads("\n".join(printed))["total"], int(peak)
    with capsys.disabled():
        size = sum(path.stat().st_size for path in (tmp_path / "big").rglob("*") if path.is_file())
        print(  # noqa: T201 (for the log of the proofs)
            f"\n{total} runs of {MONTHS} months: {seconds:.0f} s, peak {peak / 1024:.0f} MiB, "
            f"{size / 1e6:.0f} MB on disk"
        )
    assert total == RUNS
    assert peak < GIBIBYTE
