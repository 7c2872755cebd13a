"""A slow proof: a sweep that is killed again and again comes to the same end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = os.environ.get("STANDOFF_PROOFS") == "full"
OPTIONS = (
    ["--kills", "50"] if FULL else ["--kills", "5", "--vary", "us_lead_value=10,30", "--runs", "5000", "--months", "12"]
)


@pytest.mark.slow
def test_a_sweep_killed_at_random_moments_loses_nothing(capfd):
    with capfd.disabled():  # for the log of the proofs
        print()  # noqa: T201
        script = Path(__file__).with_name("kill_sweep.py")
        assert subprocess.run([sys.executable, script, *OPTIONS], check=False).returncode == 0
