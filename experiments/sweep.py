"""The sweep: every point from every start, many runs each, in threads, into a folder that survives any kill."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..model.ensemble import OUTCOMES, PATH_STEP, TRACKS, Played, play
from ..world.parameters import FACTS
from ..world.regimes import Regime
from .endings import RunError, Stopped
from .parts import KEYS, encoded, keeping_work, opened, part_is_whole, write_part
from .progress import Report
from .recipe import Plan, Rows
from .settings import Settings

if TYPE_CHECKING:
    from .cluster import Cluster

REGIMES = [regime.name.lower().replace("_", " ") for regime in Regime]
PATIENCE = 2.0  # seconds before the user is told why nothing happens
POLL = 0.2  # seconds between looks at whether the user wants to stop


Result = TypeVar("Result")


class Chunk(NamedTuple):
    """What a stretch of rows came to."""

    rows: Rows
    outcomes: NDArray[np.float64]
    paths: NDArray[np.float32]


def play_chunk(plan: Plan, first: int, end: int) -> Chunk:
    """Play the rows from `first` to before `end`.

    Raises
    ------
    RunError
        Naming the point, run and varied values of a run that fails or gives no finite outcome.
    """
    rows = plan.rows(first, end)
    points = np.concatenate([start.parameter_row() for start in plan.starts])[rows.start]
    worlds = np.concatenate([start.state_row() for start in plan.starts])[rows.start]
    for place, name in enumerate(plan.varied):
        (points if name in FACTS else worlds)[name] = plan.table[rows.point, place]

    def played(these: slice, paths: int) -> Played:
        question = plan.question
        return play(
            points[these], worlds[these], rows.run[these], question.months, question.seed,
            question.doctrines, question.developers, paths,
        )  # fmt: skip

    try:
        result = played(slice(None), plan.kept_paths(first, end))
    except ArithmeticError:
        for i in range(end - first):
            try:
                played(slice(i, i + 1), 0)
            except ArithmeticError as error:
                raise RunError(_named(plan, rows, i, str(error))) from error
        raise
    failed = np.flatnonzero(~np.isfinite(result.outcomes).all(axis=1))
    if failed.size:
        i = int(failed[0])
        column = OUTCOMES[int(np.flatnonzero(~np.isfinite(result.outcomes[i]))[0])]
        raise RunError(_named(plan, rows, i, f"{column} is {result.outcomes[i, OUTCOMES.index(column)]}"))
    return Chunk(rows, result.outcomes, result.paths)


def _named(plan: Plan, rows: Rows, i: int, reason: str) -> str:
    point, start, run = (int(column[i]) for column in rows)
    values = {**plan.question.values, **plan.values(point)}
    numbers = ", ".join(f"{name}={value!r}" for name, value in values.items()) or "no number changed"
    return (f"point {point}, start {plan.start_names[start]}, run {run}, seed {plan.question.seed} failed: {reason} "
            f"({numbers})")  # fmt: skip


def tables_of(plan: Plan, chunks: list[Chunk]) -> dict[str, pa.Table]:
    """Return the tables of a part: its outcomes, and its paths if any are kept."""
    rows = Rows(*(np.concatenate(column) for column in zip(*(chunk.rows for chunk in chunks), strict=True)))
    outcomes = np.concatenate([chunk.outcomes for chunk in chunks])
    columns: dict[str, Any] = _keys(plan, rows)
    for i, name in enumerate(plan.varied):
        columns[name] = plan.table[rows.point, i]
    for i, name in enumerate(OUTCOMES):
        columns[name] = _words(outcomes[:, i], REGIMES) if name == "regime" else np.ascontiguousarray(outcomes[:, i])
    tables = {"outcomes": pa.table(columns)}
    paths = np.concatenate([chunk.paths for chunk in chunks])
    if len(paths):
        steps = paths.shape[1]
        keys = Rows(*(np.repeat(column[: len(paths)], steps) for column in rows))
        months = np.tile(np.arange(steps, dtype=np.int32) * PATH_STEP, len(paths))
        flat = paths.reshape(-1, len(TRACKS))
        tracks = {name: np.ascontiguousarray(flat[:, i]) for i, name in enumerate(TRACKS)}
        tables["paths"] = pa.table({**_keys(plan, keys), "t": months, **tracks})
    return tables


def _keys(plan: Plan, rows: Rows) -> dict[str, Any]:
    return dict(zip(KEYS, (rows.point.astype(np.int32), _words(rows.start, plan.start_names), rows.run), strict=True))


def _words(places: NDArray[Any], words: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), pa.array(words))


def sweep(plan: Plan, folder: Path, jobs: int, report: Report, cluster: "Cluster | None" = None) -> int:
    """Play what `folder` lacks of a plan, in threads or on a cluster, and return how many runs were played now.

    Raises
    ------
    BadInput
        If the folder cannot be written, is in use, or belongs to another recipe.
    Stopped
        If the user interrupts or the disk is full; the same call goes on from there.
    RunError
        If the model cannot play a run.
    """
    with opened(folder, plan.recipe(), ("outcomes", "paths", "checks")):
        missing = [part for part in range(plan.parts) if not part_is_whole(folder, part, _kinds(plan, part))]
        _play_parts(plan, missing, folder, jobs, report, cluster)
        return sum(plan.part_size(part) for part in missing)


def _kinds(plan: Plan, part: int) -> list[str]:
    return ["outcomes", "paths"] if plan.kept_paths(*next(plan.chunks(part))) else ["outcomes"]


def _play_parts(
    plan: Plan, missing: list[int], folder: Path, jobs: int, report: Report, cluster: "Cluster | None"
) -> None:
    """Play the missing parts, in threads that are fed so slowly that memory does not grow with the sweep."""
    waiting = ((part, first, end) for part in missing for first, end in plan.chunks(part))
    ready: dict[int, dict[int, Chunk]] = {}  # of parts that are begun
    running: dict[Future[Chunk], tuple[int, int]] = {}
    lacking = sum(plan.part_size(part) for part in missing)
    kept = plan.total - lacking
    with stop_on_signal() as stop, ThreadPoolExecutor(jobs) as pool:
        try:
            if missing:
                if not cluster:
                    warm_up(plan.starts[0], pool, stop, report)
                report.begin(lacking)
            while True:
                room = cluster.room() if cluster else 2 * jobs
                while not stop.is_set() and len(running) < room and (item := next(waiting, None)):
                    part, first, end = item
                    future = cluster.submit(first, end) if cluster else pool.submit(play_chunk, plan, first, end)
                    running[future] = (part, first)
                if stop.is_set():  # what threads have begun is waited for, so it is kept as well
                    running = {future: item for future, item in running.items() if not future.cancel()}
                if not running:
                    break
                for future in wait(running, POLL, FIRST_COMPLETED).done:
                    part, first = running.pop(future)
                    chunks = ready.setdefault(part, {})
                    chunks[first] = future.result()
                    report.advance(len(chunks[first].outcomes))
                    if len(chunks) == len(list(plan.chunks(part))):
                        del ready[part]
                        with keeping_work(folder):
                            write_part(folder, part, tables_of(plan, [chunk for _, chunk in sorted(chunks.items())]))
                        kept += plan.part_size(part)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    if stop.is_set():
        raise Stopped(f"interrupted; {kept} of {plan.total} runs are kept in '{folder}', the same command goes on")


def warm_up(start: Settings, pool: ThreadPoolExecutor, stop: threading.Event, report: Report) -> None:
    """Have the month compiled or loaded before the clock starts, and say so if it takes long."""
    warm = pool.submit(play_warm, start)
    if not wait([warm], PATIENCE).done:
        report.note("compiling the laws; this is needed once")
    _wait_for(warm, stop)


def play_warm(start: Settings) -> None:
    """Compile the month, or load it, with a run of one month."""
    play(start.parameter_row(), start.state_row(), np.zeros(1, np.int64), 1, 0, start.doctrines, 1)


def _wait_for(future: Future[Result], stop: threading.Event) -> Result:
    while not wait([future], POLL).done:
        if stop.is_set():
            raise Stopped("interrupted")
    return future.result()


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets; a second one ends the process at once, which is safe."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(*_: object) -> None:
        if stop.is_set():
            if os.isatty(2):
                os.write(2, b"\x1b[?25h")  # the bar had hidden the cursor
            os._exit(3)
        stop.set()
        with suppress(OSError):
            os.write(2, b"\nstandoff: finishing the runs under way; Ctrl-C again ends at once\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Estimate(NamedTuple):
    """What a sweep would cost."""

    seconds: float
    megabytes: float


def estimate(plan: Plan, jobs: int) -> Estimate:
    """Return what a plan would cost, by playing a small chunk of it and writing nothing."""
    with stop_on_signal() as stop, ThreadPoolExecutor(1) as pool:
        return _wait_for(pool.submit(_estimate, plan, jobs), stop)


def _estimate(plan: Plan, jobs: int) -> Estimate:
    end = min(plan.total, plan.chunk_rows)
    play_warm(plan.starts[0])
    before = perf_counter()
    chunk = play_chunk(plan, 0, end)
    seconds = (perf_counter() - before) / end * plan.total / max(1, min(jobs, plan.total // plan.chunk_rows))
    rows = {"outcomes": plan.total / end}
    if len(chunk.paths):
        rows["paths"] = plan.path_runs * plan.cells / len(chunk.paths)
    size = 0.0
    for kind, table in tables_of(plan, [chunk]).items():
        frame = len(encoded(table.slice(0, 1)))
        size += plan.parts * frame + rows[kind] * (len(encoded(table)) - frame)
    return Estimate(seconds, size / 1e6)
