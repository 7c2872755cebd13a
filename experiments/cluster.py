"""The cluster: the workers of a Dask scheduler play the chunks of a sweep; the parts are written where it was asked."""

import asyncio
import logging
import pickle
import re
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, cast

from ..world.checks import BadInput
from .endings import RunError, Stopped
from .progress import Report
from .recipe import LAWS, Plan, versions
from .sweep import PATIENCE, Chunk, play_chunk, play_warm

ANSWERS = 5.0  # seconds within which a scheduler answers
HANGS = 600.0  # seconds after which another worker is asked; a chunk takes half a second, a cold start a few minutes
TRIES = 3  # workers that may keep a chunk to themselves before the sweep gives up
RETRIES = 2  # of a chunk that raises where it is played: a full memory or disk there says nothing about the model
COUNTS = 1.0  # seconds between counts of the workers' threads
GO_ON = "what was finished is kept, the same command goes on"
ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[\w.-]+):(\d{1,5})", re.ASCII)


class Cluster:
    """The workers of a scheduler, as a sweep's loop uses them."""

    def __init__(self, client: Any, address: str, plan: Plan) -> None:
        self.client, self.address, self.plan = client, address, plan
        self.threads = 0
        self._late: list[Any] = []
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # a million points, sent once
            # As a task, it is made again if its worker dies; without what its properties have cached, it is small.
            self._plan = client.submit(pickle.loads, pickle.dumps(replace(plan)), pure=False)
        self._counting = self._on_loop(self._count())

    def room(self) -> int:
        """Return how many chunks may be under way.

        With more than two a thread, Dask keeps the rest at the scheduler, not in the queue of a worker that may hang.
        """
        return max(1, 3 * self.threads)

    def submit(self, first: int, end: int) -> Future[Chunk]:
        """Have a worker play the rows from `first` to before `end`."""
        return self._on_loop(self._played(first, end))

    def warm_up(self, report: Report) -> None:
        """Have every worker that is there now check its laws and compile or load them, and hold the plan.

        Raises
        ------
        BadInput
            If a worker has other laws or libraries, or cannot play.
        """
        warm = self._on_loop(self._warmed())
        if not wait([warm], PATIENCE).done:
            report.note("the workers load or compile the laws")
        warm.result()
        if not self.threads:
            report.note(f"no worker at {self.address} yet; the sweep goes on when one comes")

    def close(self) -> None:
        """Leave the scheduler, which forgets what was asked of it."""
        self._counting.cancel()
        self.client.close(timeout=ANSWERS)

    def _on_loop(self, coroutine: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self.client.loop.asyncio_loop)

    def _task(self, function: Any, *arguments: Any, workers: list[str] | None = None, elsewhere: bool = False) -> Any:
        return self.client.submit(
            function, software(), self._plan, *arguments,
            pure=False, retries=RETRIES, workers=workers, allow_other_workers=elsewhere,
        )  # fmt: skip

    async def _count(self) -> None:
        while True:
            with suppress(OSError):
                self.threads = sum((await self.client.nthreads()).values())
            await asyncio.sleep(COUNTS)

    async def _warmed(self) -> None:
        threads = await self.client.nthreads()
        self.threads = sum(threads.values())
        # A worker may go before it is warm; another then answers for it.
        tasks = [self._task(warm_there, workers=[address], elsewhere=True) for address in threads]
        if tasks:
            await asyncio.wait([asyncio.ensure_future(task.exception()) for task in tasks], timeout=HANGS)
        for address, task in zip(threads, tasks, strict=True):
            if task.done() and (error := await task.exception() or await task):
                if isinstance(error, BadInput):
                    raise error
                raise BadInput(f"the worker {address} cannot play ({error}); it and the scheduler need this standoff")

    async def _played(self, first: int, end: int) -> Chunk:
        """Return a chunk from the first worker that brings it; what others bring later is left unread."""
        tasks: list[Any] = []
        waits: list[asyncio.Task[Any]] = []
        asked: list[str] = []
        while True:
            others = [address for address in await self.client.nthreads() if address not in asked] if asked else []
            tasks.append(self._task(play_there, first, end, workers=others or None, elsewhere=bool(others)))
            waits.append(asyncio.ensure_future(tasks[-1].exception()))
            holder = None
            while holder is None:  # nobody has it while it waits for a thread, or for a worker to come at all
                await asyncio.wait(waits, timeout=HANGS, return_when=asyncio.FIRST_COMPLETED)
                done = next((task for task in tasks if task.done()), None)
                if done is not None:
                    # A worker that hangs keeps what it has, so that the scheduler gives it nothing more.
                    self._late += [task for task in tasks if not task.done()]
                    return await self._result(done, first, end)
                holder = await self._holder(tasks[-1].key)
            asked.append(holder)
            if len(asked) == TRIES:
                raise Stopped(
                    f"{chunk_name(self.plan, first, end)} did not come back from {', '.join(asked)}, {HANGS:g} s each; "
                    f"{GO_ON}"
                )

    async def _holder(self, key: str) -> str | None:
        """Return the address of the worker that a task was given to."""
        held = await self.client.processing()
        return next((address for address, keys in held.items() if key in keys), None)

    async def _result(self, task: Any, first: int, end: int) -> Chunk:
        from distributed import KilledWorker

        try:
            chunk = await task
        except CancelledError:
            raise Stopped(f"the connection to the scheduler at {self.address} was lost; {GO_ON}") from None
        except KilledWorker as error:
            raise RunError(
                f"{chunk_name(self.plan, first, end)} lost its worker {error.allowed_failures + 1} times, last "
                f"{error.last_worker.address}: it or one beside it kills them, or their memory or time is too short"
            ) from None
        if isinstance(chunk, Exception):
            raise chunk
        return cast(Chunk, chunk)


@contextmanager
def connected(address: str, plan: Plan, report: Report) -> Iterator[Cluster]:
    """Yield the cluster of a scheduler, its workers checked and warm.

    Raises
    ------
    BadInput
        If Dask is not installed, nobody answers, or a worker has other laws or libraries.
    """
    match = ADDRESS.fullmatch(address)
    if not match or not 0 < int(match[3]) < 65536:
        raise BadInput(f"--cluster '{address}': write tcp://HOST:PORT, as `dask scheduler` prints it")
    try:
        import distributed
    except ImportError:
        raise BadInput("--cluster needs Dask, the extra `cluster` of standoff: see docs/cluster.md") from None
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)  # whatever it reports ends in a line of ours
    try:
        found = asyncio.run(_identity(address))
        if found != "Scheduler":
            raise BadInput(f"--cluster '{address}' is the address of a {found.lower()}; give that of the scheduler")
        client: Any = distributed.Client(address, timeout=ANSWERS, set_as_default=False)
    except TypeError:
        if not address.startswith("tls:"):
            raise
        raise BadInput(f"--cluster '{address}': Dask's configuration names no certificates for tls") from None
    except OSError:
        raise BadInput(f"--cluster '{address}': no Dask scheduler answers there within {ANSWERS:g} s") from None
    cluster = Cluster(client, address, plan)
    try:
        cluster.warm_up(report)
        yield cluster
    finally:
        cluster.close()


async def _identity(address: str) -> str:
    """Return what Dask calls whoever answers."""
    from distributed import Security, rpc

    # Asked first, since a client of Dask waits for ever for one who listens and says nothing.
    async with rpc(address, connection_args=Security().get_connection_args("client")) as there:
        return str((await asyncio.wait_for(there.identity(), ANSWERS))["type"])


def software() -> dict[str, str]:
    """Return what must be the same wherever the runs of one sweep are played."""
    return {"laws": LAWS, **versions()}


# What workers do. They return what is wrong, since Dask tries again what is raised.


def play_there(asked: dict[str, str], plan: Plan, first: int, end: int) -> Chunk | BadInput | RunError:
    """Play a chunk, if this worker has the software that is asked for."""
    try:
        check_software(asked)
        return play_chunk(plan, first, end)
    except (BadInput, RunError) as error:
        return error


def warm_there(asked: dict[str, str], plan: Plan) -> BadInput | None:
    """Have the laws loaded or compiled, if this worker has the software that is asked for."""
    try:
        check_software(asked)
        play_warm(plan.starts[0])
    except BadInput as error:
        return error
    return None


def check_software(asked: dict[str, str]) -> None:
    """Refuse to play what another standoff asks, since the results would not be those of its recipe."""
    from distributed import get_worker

    here = software()
    for name, value in asked.items():
        if here.get(name) != value:
            raise BadInput(f"the worker {get_worker().address} has {name} {here.get(name)}, this command {value}: "
                           "install the same standoff on all machines")  # fmt: skip


def chunk_name(plan: Plan, first: int, end: int) -> str:
    """Return which runs a chunk holds."""
    rows = plan.rows(first, end)
    one, other = (f"point {rows.point[i]}, start {plan.start_names[rows.start[i]]}, run {rows.run[i]}" for i in (0, -1))
    return f"the chunk from {one} to {other} (seed {plan.question.seed})"
