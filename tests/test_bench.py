"""The C twin plays the same histories to the last bit, and the bench says what it could not measure."""

import ctypes
import itertools
import json
import math
import shutil
import subprocess
from importlib import import_module

import numpy as np
import pytest

from standoff.agents.doctrines import DOCTRINES_OF, Doctrines
from standoff.agents.moves import MOVES_OF
from standoff.experiments import bench
from standoff.model.compiled import law_digest
from standoff.model.ensemble import FREE, play
from standoff.world.checks import BadInput
from standoff.world.parameters import FACTS, PARAMETER_ROW
from standoff.world.scenarios import load_scenario, scenario_names
from standoff.world.state import STATE_ROW

translate = import_module("standoff.benchmarks.translate")
twin = import_module("standoff.benchmarks.twin")

TINY = bench.Size(turns=2, months=3, runs=2, mesa_runs=1, starts=1, cold=False)
RATIOS = {"mesa_batch_run_ratio", "c_ratio", "two_workers_ratio", "two_processes_ratio"}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    if shutil.which("gcc") is None:
        pytest.skip("the C twin needs gcc")
    return twin.build(tmp_path_factory.mktemp("twin"))


# The twin


@pytest.mark.parametrize("case", range(36))
def test_the_twin_plays_the_same_histories_to_the_last_bit(library, case):
    luck = np.random.default_rng(case)
    scenario = load_scenario(scenario_names()[case % len(scenario_names())])
    points = np.array(
        [tuple(luck.uniform(fact.low, fact.high) for fact in FACTS.values()) for _ in range(3)], PARAMETER_ROW
    )
    starts = np.array([tuple(scenario.state.values())] * 3, STATE_ROW)
    # numpy would turn an enum into a number, and a number compiles the kernel again
    doctrines = Doctrines(*(list(kind)[luck.integers(len(kind))] for kind in DOCTRINES_OF.values()))
    runs, months = luck.integers(0, 10**6, 3), int(luck.integers(1, 40))
    given = (points, starts, runs, months, int(luck.integers(10**6)), doctrines, (0, 40)[case % 2])
    script = None
    if case % 3 == 0:
        script = np.stack([luck.integers(FREE, len(kind), months) for kind in MOVES_OF.values()], axis=1)

    outcomes = play(*given, script=script).outcomes

    assert np.isfinite(outcomes).all()
    assert outcomes.tobytes() == twin.play(library, twin.draw(*given, script)).tobytes()


def modulo(a: float, b: float) -> float:
    return a % b


def least(a: float, b: float) -> float:
    return min(a, b)


def most(a: float, b: float) -> float:
    return max(a, b, -1.0)


def summed(a: float, b: float) -> float:
    return sum((a, b))


def swapped(a: float, b: float) -> float:
    a, b = b, a
    return a - 2.0 * b


def counted(a: float, b: float) -> float:
    steps, total = 0, 0.0
    for value in (a, b):
        if value in (1.5, -1.5) or not value > 0.0:
            steps = steps + 1
        else:
            total = total + value
    return total + steps / 3


NUMBERS = (0.0, -0.0, 1.5, -1.5, 3.0, -3.0, 0.1, 1e300)


@pytest.mark.parametrize("law", [modulo, least, most, summed, swapped, counted], ids=lambda law: law.__name__)
def test_c_means_what_python_means(tmp_path, law):
    """Also where C's own operators differ: the sign of %, equal zeros in min and max, sums that start from 0."""
    if (gcc := shutil.which("gcc")) is None:
        pytest.skip("the C twin needs gcc")
    translator = translate.Translator()
    name = translator.law(law).text
    wrapper = f"double called(double a, double b) {{ return {name}(a, b); }}"
    (tmp_path / "law.c").write_text(f"{translator.source()}\n{wrapper}")
    subprocess.run(
        [gcc, *twin.FLAGS, "-shared", "-fPIC", "-o", tmp_path / "law.so", tmp_path / "law.c", "-lm"], check=True
    )
    called = ctypes.CDLL(str(tmp_path / "law.so")).called
    called.argtypes, called.restype = [ctypes.c_double] * 2, ctypes.c_double

    for a, b in itertools.product(NUMBERS, NUMBERS):
        if law is modulo and b == 0.0:
            continue
        assert np.float64(called(a, b)).tobytes() == np.float64(law(a, b)).tobytes(), (a, b)


def looped(a: float) -> float:
    while a > 1.0:
        a = a - 1.0
    return a


def listed(a: float) -> float:
    return sum([a, a])


def joined(a: float) -> float:
    return a**2.0


@pytest.mark.parametrize(("law", "what"), [(looped, "while a"), (listed, r"\[a, a\]"), (joined, r"a \*\* 2.0")])
def test_what_no_law_should_hold_is_refused_by_name(law, what):
    with pytest.raises(TypeError, match=rf"{law.__name__}: cannot translate `{what}"):
        translate.Translator().law(law)


# The bench


@pytest.fixture(scope="module")
def document(library):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(twin, "build", lambda _: library)
        return bench.measure(TINY)


def test_every_row_has_its_goal_and_a_number_or_a_reason(document):
    rows = {row["name"]: row for row in document["rows"]}
    assert list(rows) == list(bench.GOALS)
    for name, row in rows.items():
        goal = bench.GOALS[name]
        assert (row["unit"], row["target"], row["aim"]) == (goal.unit, goal.target, goal.aim)
        number = row.get("ratio", row.get("value"))
        if "reason" in row:
            assert number is None
        else:
            assert 0.0 < row["low"] <= number <= row["high"] < math.inf
            assert (row["met"] is None) == (goal.target is None)

    assert rows["cold_compile_seconds"]["reason"] == "left out of a quick bench"
    assert {name for name, row in rows.items() if "ratio" in row} >= RATIOS - {
        "two_workers_ratio",
        "two_processes_ratio",
    }
    assert document["law_digest"] == law_digest()
    assert document["machine"].keys() >= {"cores", "python", "numba", "mesa"}


def test_a_number_is_the_median_held_against_its_goal():
    quick = bench.measured("run_months_per_second", [50_000.0, 70_000.0, 61_000.0])
    slow = bench.measured("c_ratio", [1.3, 1.1, 1.25])

    assert (quick["value"], quick["met"], quick["aim_met"]) == (61_000.0, True, False)
    assert (slow["ratio"], slow["met"], slow["low"], slow["high"]) == (1.25, False, 1.1, 1.3)
    assert bench.measured("c_ratio", [1.2])["met"] is True


@pytest.mark.parametrize(
    ("target", "name", "value", "reason"),
    [
        (bench.shutil, "which", lambda _: None, "gcc is not installed"),
        (twin, "play", lambda *_: np.zeros(1), "the twin plays other histories: a fault"),
    ],
)
def test_a_ratio_that_cannot_be_measured_says_why(library, monkeypatch, target, name, value, reason):
    monkeypatch.setattr(twin, "build", lambda _: library)
    monkeypatch.setattr(target, name, value)

    (row,) = bench.against_c(TINY, bench.turn_plan(TINY))

    assert (row["value"], row["met"], row["reason"]) == (None, None, reason)


def test_an_installed_package_has_no_twin(monkeypatch):
    def absent(name, _):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(bench, "import_module", absent)

    (row,) = bench.against_c(TINY, bench.turn_plan(TINY))

    assert "checkout" in row["reason"]


def test_one_core_has_no_second_worker(monkeypatch):
    monkeypatch.setattr(bench, "cores", lambda: 1)

    assert [row["reason"] for row in bench.workers(TINY, bench.turn_plan(TINY))] == ["one core"] * 2


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_bench_is_printed_and_written_whole(document, monkeypatch, capsys, tmp_path, form):
    monkeypatch.setattr(bench, "measure", lambda _: document)

    assert bench.run_bench(form, out=tmp_path / "new" / "bench") == 0

    printed = capsys.readouterr().out
    assert [path.name for path in (tmp_path / "new" / "bench").iterdir()] == ["bench.json"]
    assert json.loads((tmp_path / "new" / "bench" / "bench.json").read_text()) == document
    if form == "json":
        assert json.loads(printed) == document
    else:
        assert all(goal.meaning in printed for goal in bench.GOALS.values())
        assert max(map(len, printed.splitlines())) <= 110


def test_the_bench_goes_into_the_current_results(document, monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "measure", lambda _: document)
    monkeypatch.chdir(tmp_path)

    bench.run_bench("json", quick=True)

    assert (tmp_path / "results" / "bench" / "bench.json").is_file()


def test_a_folder_that_cannot_be_made_is_bad_input(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(BadInput, match="cannot write into"):
        bench.run_bench(out=tmp_path / "file" / "bench")
