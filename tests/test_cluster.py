"""A sweep on a cluster is the sweep, whatever becomes of workers, scheduler and deliveries."""

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from standoff.experiments import cluster as module
from standoff.experiments import recipe as recipe_module
from standoff.experiments.cli import main
from standoff.experiments.design import parse_vary
from standoff.experiments.endings import RunError, Stopped
from standoff.experiments.parts import digest
from standoff.experiments.progress import Report
from standoff.experiments.questions import Question
from standoff.experiments.recipe import Plan, plan_of
from standoff.experiments.sweep import play_chunk, sweep
from standoff.world.checks import BadInput

distributed = pytest.importorskip("distributed")

ROOT = Path(__file__).resolve().parents[1]
ROWS = 20  # of a chunk
QUESTION = Question(axes=tuple(parse_vary(["us_lead_value=10,30,60", "chip_control=.5,1"])), runs=25, months=6, seed=5)
OPTIONS = ["--vary", "us_lead_value=10,30,60", "--vary", "chip_control=.5,1", "--runs", "25", "--months", "6"]


@pytest.fixture(autouse=True, scope="module")
def small_chunks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe_module, "CHUNK_WORK", ROWS * 6 * 40)
        patch.setattr(os, "fsync", lambda _: None)  # small parts are slow to write for good; test_sweep.py does
        yield


@pytest.fixture(scope="module")
def plan():
    plan = plan_of(QUESTION)
    assert (plan.chunk_rows, plan.parts) == (ROWS, 8)
    return plan


def cluster_of(workers=2, processes=True, **options):
    return distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=processes, dashboard_address=":0", protocol="tcp://",
        silence_logs=50, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def scheduler():
    """Yield the address of a scheduler with two workers, which are threads of this process."""
    with cluster_of(processes=False) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def done(plan, tmp_path_factory):
    """The same sweep in threads."""
    folder = tmp_path_factory.mktemp("sweep") / "done"
    with Report("test", plan.total) as report:
        sweep(plan, folder, 2, report)
    return folder


def swept(address, plan, folder):
    """Sweep on a cluster and return how many runs were reported."""
    with Report("test", plan.total) as report, module.connected(address, plan, report) as cluster:
        sweep(plan, folder, 1, report, cluster)
    return report.done


def bytes_of(folder):
    """Return a checksum of every file that does not hold the moment."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_the_files_are_those_of_a_sweep_in_threads(scheduler, plan, done, tmp_path):
    assert swept(scheduler, plan, tmp_path / "new") == plan.total
    assert bytes_of(tmp_path / "new") == bytes_of(done)


def test_each_worker_gets_the_plan_once_and_few_chunks_are_under_way(scheduler, tmp_path, monkeypatch):
    plan = plan_of(replace(QUESTION, runs=60))
    got, futures, under_way = [], [], []
    submit = module.Cluster.submit

    def set_state(self, state):
        got.append(threading.get_ident())
        self.__dict__.update(state)

    def submitted(self, first, end):
        futures.append(submit(self, first, end))
        under_way.append(sum(not future.done() for future in futures))
        return futures[-1]

    monkeypatch.setattr(Plan, "__setstate__", set_state, raising=False)
    monkeypatch.setattr(module.Cluster, "submit", submitted)
    swept(scheduler, plan, tmp_path / "new")
    assert len(futures) == 18
    assert len(got) < 9  # Dask may drop a copy that nobody waits for, and fetch it again
    assert max(under_way) <= 6


def test_a_sweep_waits_for_workers(plan, done, tmp_path, capsys):
    with cluster_of(workers=0, processes=False) as cluster:
        late = threading.Timer(1, cluster.scale, [1])
        late.start()
        swept(cluster.scheduler_address, plan, tmp_path / "new")
        late.join()
    assert "no worker at tcp://" in capsys.readouterr().err
    assert bytes_of(tmp_path / "new") == bytes_of(done)


def test_what_a_worker_hangs_on_is_played_by_another_and_comes_late(scheduler, plan, done, tmp_path, monkeypatch):
    freed, places, late = threading.Event(), [], []

    def play(plan, first, end):
        if first == 2 * ROWS:
            places.append(distributed.get_worker().address)
            if len(places) == 1:
                late.append(freed.wait(60))
        if first == 7 * ROWS:  # the last one gives the first time to arrive while the sweep still runs
            freed.set()
            time.sleep(0.5)
        return play_chunk(plan, first, end)

    monkeypatch.setattr(module, "play_chunk", play)
    monkeypatch.setattr(module, "HANGS", 1.0)
    monkeypatch.setattr(module.Cluster, "room", lambda _: 1)  # so that the last waits for the one that hangs
    assert swept(scheduler, plan, tmp_path / "new") == plan.total
    assert (len(places), len(set(places)), late) == (2, 2, [True])
    assert bytes_of(tmp_path / "new") == bytes_of(done)


@pytest.mark.slow
def test_a_chunk_that_nobody_brings_back_stops_the_sweep_and_is_named(scheduler, plan, done, tmp_path, monkeypatch):
    freed = threading.Event()
    monkeypatch.setattr(module, "HANGS", 1.0)
    monkeypatch.setattr(module, "TRIES", 2)
    monkeypatch.setattr(module.Cluster, "room", lambda _: 1)  # so that no other chunk waits for long

    def play(plan, first, end):
        if first == ROWS:
            freed.wait(30)
        return play_chunk(plan, first, end)

    monkeypatch.setattr(module, "play_chunk", play)
    with pytest.raises(Stopped, match=r"the chunk from point \d, start july-2025, run 3 .* did not come back") as told:
        swept(scheduler, plan, tmp_path / "new")
    freed.set()
    monkeypatch.undo()
    assert len(set(re.findall(r"tcp://[\d.:]+", str(told.value)))) == 2
    swept(scheduler, plan, tmp_path / "new")
    assert bytes_of(tmp_path / "new") == bytes_of(done)


def test_a_run_that_fails_is_named_as_in_threads(scheduler, plan, tmp_path, monkeypatch):
    tried = []

    def play(_plan, first, _end):
        tried.append(first)
        raise RunError("point 3, start mine, run 2 failed")

    monkeypatch.setattr(module, "play_chunk", play)
    with pytest.raises(RunError, match="point 3, start mine, run 2 failed"):
        swept(scheduler, plan, tmp_path / "new")
    assert len(tried) == len(set(tried))


# Refused


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", "127.0.0.1:8786", "http://127.0.0.1:8786", "tcp://127.0.0.1", "tcp://a:0",
                "tcp://a:65536", "tcp://a b:1", "tcp://a:1/x", "inproc://1"],
)  # fmt: skip
def test_a_malformed_address_is_told(address, plan):
    with pytest.raises(BadInput, match="write tcp://HOST:PORT"), module.connected(address, plan, Report("test", 1)):
        pass


def one_line(capsys):
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_that_nobody_answers_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "ANSWERS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        for listens in (False, True):
            if listens:
                silent.listen()
            assert main(["sweep", *OPTIONS, "--cluster", address]) == 2
            said = f"standoff: --cluster '{address}': no Dask scheduler answers there within 0.3 s"
            assert one_line(capsys) == said
    assert list(tmp_path.iterdir()) == []


def test_the_address_of_a_worker_is_told(scheduler, plan):
    with distributed.Client(scheduler, set_as_default=False) as client:
        worker = next(iter(client.nthreads()))
    with pytest.raises(BadInput, match="is the address of a worker"), module.connected(worker, plan, Report("test", 1)):
        pass


def test_that_dask_is_missing_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["sweep", *OPTIONS, "--cluster", "tcp://127.0.0.1:8786"]) == 2
    assert "needs Dask, the extra `cluster`" in one_line(capsys)


def test_jobs_are_not_for_a_cluster(capsys):
    assert main(["sweep", *OPTIONS, "--cluster", "tcp://127.0.0.1:8786", "--jobs", "2"]) == 2
    assert "--jobs counts threads of this machine" in one_line(capsys)


def differs(monkeypatch, name):
    """Give the workers, but not this side, another version of something."""
    ours = module.software()

    def software():
        try:
            distributed.get_worker()
        except ValueError:
            return ours
        return {**ours, name: "other"}

    monkeypatch.setattr(module, "software", software)
    return ours[name]


@pytest.mark.parametrize("name", ["laws", "numpy", "standoff"])
def test_workers_with_other_software_are_refused_before_anything_is_written(
    name, scheduler, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    mine = differs(monkeypatch, name)
    assert main(["sweep", *OPTIONS, "--cluster", scheduler]) == 2
    assert re.match(rf"standoff: the worker tcp://[\d.:]+ has {name} other, this command {mine}: ", one_line(capsys))
    assert list(tmp_path.iterdir()) == []


def test_a_worker_with_other_laws_that_comes_later_is_refused(scheduler, plan, tmp_path, monkeypatch):
    with Report("test", plan.total) as report, module.connected(scheduler, plan, report) as cluster:
        differs(monkeypatch, "laws")
        with pytest.raises(BadInput, match="has laws other, this command"):
            sweep(plan, tmp_path / "new", 1, report, cluster)


# Losses, in processes of their own


@pytest.fixture(scope="module")
def long_plan():
    return plan_of(replace(QUESTION, runs=400))


@pytest.fixture(scope="module")
def long_done(long_plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("long") / "done"
    with Report("test", long_plan.total) as report:
        sweep(long_plan, folder, 2, report)
    return folder


@contextmanager
def in_mid_sweep(folder, harm):
    """Do harm once some parts of a sweep are there, and see that it was not over."""
    parts = []

    def wait_and_harm():
        deadline = time.monotonic() + 300
        while len(list(folder.glob("checks/part-*"))) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        parts.append(len(list(folder.glob("checks/part-*"))))
        harm()

    thread = threading.Thread(target=wait_and_harm, daemon=True)
    thread.start()
    yield
    thread.join()
    assert 5 <= parts[0] < 60


def workers_of(address):
    """Return the process numbers of the workers."""
    with distributed.Client(address, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_lost_or_frozen_in_mid_sweep_changes_nothing(number, long_plan, long_done, tmp_path):
    import dask

    # Dask gives up a worker that is silent for so long; by default five minutes.
    with dask.config.set({"distributed.scheduler.worker-ttl": "30s"}), cluster_of() as cluster:
        victim = workers_of(cluster.scheduler_address)[0]
        with in_mid_sweep(tmp_path / "new", lambda: os.kill(victim, number)):
            assert swept(cluster.scheduler_address, long_plan, tmp_path / "new") == long_plan.total
        if number == signal.SIGSTOP:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
    assert bytes_of(tmp_path / "new") == bytes_of(long_done)


@pytest.mark.slow
def test_a_lost_scheduler_stops_the_sweep_and_the_same_call_goes_on(scheduler, long_plan, long_done, tmp_path):
    cluster = cluster_of(processes=False)
    with (
        in_mid_sweep(tmp_path / "new", lambda: cluster.sync(cluster.scheduler.close)),
        pytest.raises(Stopped, match=r"connection to the scheduler at tcp://.* was lost; what was finished is kept"),
    ):
        swept(cluster.scheduler_address, long_plan, tmp_path / "new")
    cluster.close()
    assert swept(scheduler, long_plan, tmp_path / "new") < long_plan.total
    assert bytes_of(tmp_path / "new") == bytes_of(long_done)


def play_and_die(asked, plan, first, end):
    if first == 2 * ROWS:
        os.kill(os.getpid(), signal.SIGKILL)
    return module.play_there(asked, plan, first, end)


@pytest.mark.slow
def test_a_chunk_that_kills_its_workers_is_named(plan, tmp_path, monkeypatch):
    import cloudpickle
    import dask

    monkeypatch.setattr(module, "play_there", play_and_die)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 2}),
        cluster_of() as cluster,
        pytest.raises(RunError, match=r"the chunk from point \d, start .*, run \d+ to .* lost its worker 3 times"),
    ):
        swept(cluster.scheduler_address, plan, tmp_path / "new")
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


PROGRAM = f"""
import sys
from standoff.experiments import recipe
from standoff.experiments.cli import main
recipe.CHUNK_WORK = {ROWS * 6 * 40}
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_an_interrupted_sweep_goes_on_in_threads_to_the_same_table(scheduler, long_plan, long_done, tmp_path):
    options = [*OPTIONS, "--runs", "400", "--seed", "5", "--out", "new", "--cluster", scheduler]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "sweep", *options], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with in_mid_sweep(tmp_path / "new", lambda: process.send_signal(signal.SIGINT)):
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (3, b"")
    assert re.search(
        r"standoff: interrupted; \d+ of 2400 runs are kept in 'new', the same command goes on", err.decode()
    )
    assert b"Traceback" not in err
    with Report("test", long_plan.total) as report:
        sweep(long_plan, tmp_path / "new", 2, report)
    assert digest(tmp_path / "new") == digest(long_done)


# The document

DOCUMENT = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", DOCUMENT, re.DOTALL)
STAND_INS = {
    "hostname": "echo 127.0.0.1",
    "ssh": 'cd "$HERE/.." && eval "${2/cd standoff/true}"',
    "sbatch": 'cp "$1" "$HERE/job" && { bash "$HERE/job" >"$HERE/job.log" 2>&1 & } ; echo Submitted batch job 42',
    "scancel": "true",
}


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="the commands are a shell's")
@pytest.mark.parametrize("block", range(len(BLOCKS)))
def test_a_block_of_the_document_works(block, tmp_path):
    language, text = BLOCKS[block]
    for name, does in STAND_INS.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{does}\n")
        (tmp_path / name).chmod(0o755)
    small = ["demo", "--runs", "2", "--months", "6", "--format", "json"]
    text = text.replace("8786", str(free_port())).replace(".venv/bin/", f"{Path(sys.executable).parent}/")
    text = text.replace("sweep demo", " ".join(["sweep", *small])).replace(
        "--nworkers auto", "--nworkers 1 --nthreads 1"
    )
    text = text.replace("cores=32", "cores=1").replace("processes=8", "processes=1").replace("jobs=4", "jobs=1")
    script = tmp_path / "script"
    script.write_text(text)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "HERE": str(tmp_path)}
    command = ["bash", str(script)] if language == "sh" else [sys.executable, str(script), *small]
    with (tmp_path / "err").open("w") as err, (tmp_path / "out").open("w") as out:
        process = subprocess.run(
            command, cwd=tmp_path, env=environment, stdout=out, stderr=err, timeout=300, check=False
        )
    said = (tmp_path / "out").read_text()
    assert said, (tmp_path / "err").read_text()
    assert process.returncode == 0 or language == "sh"  # a shell reports what was killed
    assert main(["sweep", *small[:-2], "--out", str(tmp_path / "threads")]) == 0
    assert json.loads(said)["digest"] == digest(tmp_path / "threads")
