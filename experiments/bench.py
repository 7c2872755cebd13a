"""The verb `bench`: how fast the project is, as ratios measured in one run, what is compared taking turns.

Work on one core is timed by the processor time of its thread, so that a busy machine does not count against
either side; what a user waits for, and two workers against one, by the clock on the wall. Every number is the
median of several turns.
"""

import json
import math
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any, NamedTuple, cast

import numpy as np

from ..model.compiled import law_digest
from ..model.ensemble import OUTCOMES, PATH_STEP, TRACE, TRACKS, play_runs
from ..world.checks import BadInput
from .parts import make_folder, write_whole
from .progress import say
from .questions import Question
from .recipe import Plan, plan_of
from .sweep import play_chunk

Row = dict[str, Any]


class Goal(NamedTuple):
    """What a row measures, and how much of it is wanted."""

    meaning: str
    unit: str
    target: float | None = None
    aim: float | None = None
    more_is_better: bool = True


GOALS = {
    "mesa_batch_run_ratio": Goal("ensemble against mesa.batch_run", "ratio", 100.0, 400.0),
    "batch_run_run_months_per_second": Goal("mesa.batch_run, one core", "run-months/s"),
    "run_months_per_second": Goal("ensemble, one core", "run-months/s", 60_000.0, 300_000.0),
    "python_additions": Goal("a Python loop, million additions/s", "M/s"),
    "c_ratio": Goal("time against the same laws in C", "ratio", 1.2, 1.0, False),
    "two_workers_ratio": Goal("two threads against one", "ratio", 1.8, 1.95),
    "two_processes_ratio": Goal("the same, two processes", "ratio"),
    "cold_compile_seconds": Goal("first run ever: laws compiled", "s", 20.0, 8.0, False),
    "first_result_seconds": Goal("standoff run --months 24", "s", 2.0, 1.0, False),
    "help_seconds": Goal("standoff --help", "s", 0.4, 0.2, False),
}


class Size(NamedTuple):
    """How much is measured."""

    turns: int  # repeats of each comparison
    months: int  # length of a run, in both engines
    runs: int  # compiled runs a turn
    mesa_runs: int
    starts: int  # how often a command is started
    cold: bool  # whether the laws are compiled from nothing


FULL = Size(turns=9, months=84, runs=150, mesa_runs=1, starts=5, cold=True)
QUICK = Size(turns=3, months=84, runs=50, mesa_runs=1, starts=1, cold=False)


def run_bench(form: str = "text", quick: bool = False, out: Path | None = None) -> int:
    """Measure, print, and write ``bench.json`` into `out`, by default ``results/bench`` of the current folder.

    Parameters
    ----------
    form : str
        "text" prints a table, "json" one document.
    quick : bool
        Fewer turns, in under a minute, and no cold compile.
    out : Path, optional
        Folder to write into; it is made.

    Returns
    -------
    int
        The exit code, 0: a missed target is a finding, no failure.
    """
    folder = Path("results") / "bench" if out is None else out
    make_folder(folder)
    document = measure(QUICK if quick else FULL)
    try:
        write_whole(folder / "bench.json", (json.dumps(document, indent=1) + "\n").encode())
    except OSError as error:
        raise BadInput(f"cannot write into '{folder}': {error.strerror}") from None
    if form == "json":
        print(json.dumps(document, allow_nan=False))
    else:
        _show(document)
        print(folder / "bench.json")
    return 0


def measure(size: Size = FULL) -> dict[str, Any]:
    """Return what was measured: `rows`, each with the goal it is held against, `machine` and `law_digest`."""
    rows: list[Row] = []
    plan = turn_plan(size)
    play_chunk(plan, 0, 1)  # compiles the month, or loads it
    for place, (text, rows_of) in enumerate(MEASURES.items(), 1):
        _say(f"{place} of {len(MEASURES)}: {text}")
        rows += rows_of(size, plan)
    rows.sort(key=lambda row: list(GOALS).index(row["name"]))
    return {"rows": rows, "machine": _machine(), "law_digest": law_digest(), "size": size._asdict()}


# Rows


def measured(name: str, values: list[float], **more: Any) -> Row:
    """Return the row of a number that was measured several times: its median, held against the goal."""
    goal, median = GOALS[name], statistics.median(values)

    def met(wanted: float | None) -> bool | None:
        if wanted is None:
            return None
        return median >= wanted if goal.more_is_better else median <= wanted

    row = {"name": name, "ratio" if goal.unit == "ratio" else "value": median, "unit": goal.unit}
    held = {"target": goal.target, "aim": goal.aim, "met": met(goal.target), "aim_met": met(goal.aim)}
    return row | held | {"low": min(values), "high": max(values), "turns": len(values)} | more


def unmeasured(name: str, reason: str) -> Row:
    """Return the row of a number that could not be measured here."""
    goal = GOALS[name]
    return {"name": name, "value": None, "unit": goal.unit, "target": goal.target, "aim": goal.aim, "met": None,
            "reason": reason}  # fmt: skip


def against_mesa(size: Size, plan: Plan) -> Iterator[Row]:
    """Yield how fast both engines play the same question on one core."""
    slow, fast, machine = [], [], []
    for turn in range(size.turns):
        machine.append(1.0 / seconds_of(million_additions))
        slow.append(size.mesa_runs * size.months / batch_run_seconds(size, plan, turn))
        fast.append(size.runs * size.months / seconds_of(lambda: play_chunk(plan, 0, size.runs)))
    yield measured("mesa_batch_run_ratio", [f / s for f, s in zip(fast, slow, strict=True)])
    yield measured("batch_run_run_months_per_second", slow)
    yield measured("run_months_per_second", fast)
    yield measured("python_additions", machine)


def million_additions() -> None:
    """Do what any reader can time on a machine, to compare figures that are no ratios."""
    number = 0
    for i in range(1_000_000):
        number += i


def batch_run_seconds(size: Size, plan: Plan, turn: int) -> float:
    """Return the processor time in which ``mesa.batch_run`` plays a turn's runs, each with luck of its own."""
    import mesa

    from ..model.standoff import Standoff, release

    question = plan.question
    numbers = {
        "scenario": plan.start_names[0],
        "months": size.months,
        "developers": question.developers,
        "seed": question.seed,
        "run": range(turn * size.mesa_runs, (turn + 1) * size.mesa_runs),
    }
    before = set(getattr(mesa.Agent, "_ids", {}))
    # The model stops by itself after its months, which are steps that `max_steps` allows in every version.
    seconds = seconds_of(
        lambda: mesa.batch_run(Standoff, numbers, number_processes=1, max_steps=size.months, display_progress=False)
    )
    for model in set(getattr(mesa.Agent, "_ids", {})) - before:
        release(model)
    return seconds


def against_c(size: Size, plan: Plan) -> Iterator[Row]:
    """Yield how long the compiled kernel takes against its twin in C, on the same luck."""
    try:
        twin = import_module("..benchmarks.twin", __package__)
    except ModuleNotFoundError:
        yield unmeasured("c_ratio", "the folder benchmarks is only in a checkout")
        return
    if shutil.which("gcc") is None:
        yield unmeasured("c_ratio", "gcc is not installed")
        return
    question, start = plan.question, plan.starts[0]
    points, worlds = np.repeat(start.parameter_row(), size.runs), np.repeat(start.state_row(), size.runs)
    drawn = twin.draw(
        points, worlds, np.arange(size.runs), size.months, question.seed, question.doctrines, question.developers
    )
    outcomes = np.full((size.runs, len(OUTCOMES)), np.nan)
    paths = np.empty((0, -(-size.months // PATH_STEP), len(TRACKS)), np.float32)
    traces = np.empty((0, size.months, len(TRACE)))
    rows = (drawn.points.view(np.recarray), drawn.starts.view(np.recarray))
    ratios, kernel = [], cast(Any, play_runs)
    with tempfile.TemporaryDirectory() as folder:
        library = twin.build(Path(folder))
        for _ in range(size.turns):
            compiled = seconds_of(lambda: kernel(*rows, *drawn[2:], outcomes, paths, traces))
            ratios.append(compiled / seconds_of(lambda: twin.play(library, drawn)))
        equal = np.array_equal(outcomes, twin.play(library, drawn))
    if equal:
        yield measured("c_ratio", ratios)
    else:
        yield unmeasured("c_ratio", "the twin plays other histories: a fault")


def workers(size: Size, plan: Plan) -> Iterator[Row]:
    """Yield what a second thread gains for a sweep's chunk, and what a second process gains.

    Processes share nothing: what they lose is the machine's.
    """
    if cores() < 2:
        yield unmeasured("two_workers_ratio", "one core")
        yield unmeasured("two_processes_ratio", "one core")
        return
    ratios, controls = [], []
    with ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(2, get_context("spawn")) as processes:
        heard = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which the processes inherit: Ctrl-C is ours alone
        try:
            loaded = [processes.submit(_play, plan, size.runs) for _ in range(2)]
        finally:
            signal.signal(signal.SIGINT, heard)
        for each in loaded:
            each.result()
        for _ in range(size.turns):
            ratios.append(_gain(threads, plan, size.runs))
            controls.append(_gain(processes, plan, size.runs))
    yield measured("two_workers_ratio", ratios)
    yield measured("two_processes_ratio", controls)


def _gain(pool: Executor, plan: Plan, runs: int) -> float:
    """Return how many times as much work two workers do as one, by the clock."""
    seconds = []
    for workers in (1, 2):
        began = perf_counter()
        for future in [pool.submit(_play, plan, runs) for _ in range(workers)]:
            future.result()
        seconds.append(perf_counter() - began)
    return 2.0 * seconds[0] / seconds[1]


def _play(plan: Plan, runs: int) -> None:
    """Play and return nothing, which no process needs to send."""
    play_chunk(plan, 0, runs)


def waits(size: Size, _: Plan) -> Iterator[Row]:
    """Yield how long commands take."""
    commands = {"help_seconds": ["--help"], "first_result_seconds": ["run", "--months", "24"]}
    times = {name: [started(command) for _ in range(size.starts)] for name, command in commands.items()}
    if size.cold:
        with tempfile.TemporaryDirectory() as cache:
            times["cold_compile_seconds"] = [started(["run", "--months", "1"], {"XDG_CACHE_HOME": cache})]
    else:
        yield unmeasured("cold_compile_seconds", "left out of a quick bench")
    for name, taken in times.items():
        processor = statistics.median(seconds for _, seconds in taken)
        yield measured(name, [seconds for seconds, _ in taken], processor_seconds=processor)


def started(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, float]:
    """Return how long a command of ours takes from start to end: by the clock, and its processor time."""
    before, began = os.times(), perf_counter()
    # -P: the current folder may hold a clone that is called standoff
    subprocess.run(  # noqa: S603
        [sys.executable, "-P", "-m", "standoff.experiments.cli", *command],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds, after = perf_counter() - began, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, used


MEASURES: dict[str, Callable[[Size, Plan], Iterator[Row]]] = {
    "mesa.batch_run and the compiled ensemble": against_mesa,
    "the compiled ensemble and its twin in C": against_c,
    "two workers and one": workers,
    "what a user waits for": waits,
}


# The rest


def turn_plan(size: Size) -> Plan:
    """Return the plan of a sweep that holds all runs of a turn."""
    return plan_of(Question(name="bench", runs=size.runs, months=size.months))


def seconds_of(work: Callable[[], object]) -> float:
    """Return the processor time that this thread needs for a piece of work."""
    began = thread_time()
    work()
    return thread_time() - began


def cores() -> int:
    """Return on how many cores this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _machine() -> dict[str, Any]:
    libraries = {library: version(library) for library in ("numba", "mesa", "numpy")}
    return {
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "time": datetime.now(UTC).isoformat(timespec="minutes"),
        "python": platform.python_version(),
        **libraries,
    }


def _say(text: str) -> None:
    say(f"bench: {text}")


def _show(document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("", "measured", "range", "must", "aim", " "):
        table.add_column(title, justify="right" if title.strip() else "left")
    for row in document["rows"]:
        goal = GOALS[row["name"]]
        name = goal.meaning if goal.unit in ("ratio", "s", "M/s") else f"{goal.meaning}, {goal.unit}"
        number, low, high, must, aim = map(
            _digits, (row.get("ratio", row.get("value")), row.get("low"), row.get("high"), goal.target, goal.aim)
        )
        verdict = {None: row.get("reason", ""), True: "met", False: "missed"}[row["met"]]
        table.add_row(name, number or "-", f"{low} to {high}" if low else "", must, aim, verdict)
    console = Console(width=None if sys.stdout.isatty() else 110)
    with console.capture() as text:  # printed by us: rich would end the process where nobody reads
        console.print(table)
    print(text.get(), end="")


def _digits(number: float | None) -> str:
    """Return a number with three digits that count.

    >>> _digits(26123.4), _digits(1.0456), _digits(None)
    ('26,100', '1.05', '')
    """
    if number is None:
        return ""
    places = 2 - math.floor(math.log10(abs(number))) if number else 0
    return f"{round(number, places):,.{max(0, min(places, 3))}f}"
