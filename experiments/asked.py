"""The verb `sweep`: from options to a plan, a folder, a summary and figures."""

import os
import re
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..agents.doctrines import doctrines_from
from ..world.checks import BadInput
from .design import parse_vary
from .parts import digest, keeping_work, locked
from .progress import Report, duration, say
from .questions import Question, load_question
from .recipe import Plan, plan_of, recipe_digest, size_line
from .saved import draw
from .settings import parse_doctrines, parse_set, whole
from .summary import regime_shares, write_summary
from .sweep import estimate, sweep

if TYPE_CHECKING:
    from .cluster import Cluster


def asked_question(arguments: Namespace) -> Question:
    """Return the question that the options ask: a declared one, changed where they say so."""
    question = Question() if arguments.question is None else load_question(arguments.question)
    given: dict[str, Any] = {
        name: whole(name, getattr(arguments, name))
        for name in ("runs", "months", "seed", "developers", "points")
        if getattr(arguments, name) is not None
    }
    if arguments.design is not None:
        given["design"] = arguments.design
    if arguments.start is not None:
        given["starts"] = tuple(piece.strip() for piece in arguments.start.split(","))
    if arguments.doctrine:
        given["doctrines"] = doctrines_from(parse_doctrines(arguments.doctrine), question.doctrines)
    # What an option names is taken from what the question says of it; two options that disagree are refused.
    axes, values = parse_vary(arguments.vary), parse_set(arguments.set)
    varied = {axis.name for axis in axes}
    kept = [axis for axis in question.axes if axis.name not in varied and axis.name not in values]
    given["axes"] = (*kept, *axes)
    given["values"] = {name: value for name, value in question.values.items() if name not in varied} | values
    return replace(question, **given)


def sweep_asked(arguments: Namespace, as_json: Callable[[object], None] | None) -> int:
    """Do what `standoff sweep` asks and return the exit code."""
    plan = plan_of(asked_question(arguments))
    folder = Path(arguments.out) if arguments.out else default_folder(plan)
    size = {
        "folder": str(folder),
        "points": len(plan.points),
        "starts": plan.start_names,
        "runs": plan.question.runs,
        "months": plan.question.months,
        "total": plan.total,
    }
    if arguments.dry_run:
        with cluster_asked(arguments, plan, Report(plan.question.name, plan.total)) as cluster:
            jobs = threads_asked(arguments, cluster)
        cost = estimate(plan, jobs)
        if as_json:
            as_json({**size, "jobs": jobs, **cost._asdict()})
        else:
            print(size_line(plan))
            print(f"about {duration(cost.seconds)} with {jobs} threads, {cost.megabytes:.1f} MB in {folder}")
        return 0
    began = perf_counter()
    with (
        Report(plan.question.name, plan.total) as report,
        cluster_asked(arguments, plan, report) as cluster,
    ):
        played = sweep(plan, folder, threads_asked(arguments, cluster), report, cluster)
    with keeping_work(folder), locked(folder):
        summary, pictures = write_summary(folder), drawn(folder)
    shares, checksum = regime_shares(folder), digest(folder)
    if as_json:
        as_json(
            {
                **size,
                "played": played,
                "digest": checksum,
                "regimes": shares,
                "summary": str(summary),
                "figures": pictures,
            }
        )
        return 0
    print(size_line(plan))
    print(f"{played} played now, in {duration(perf_counter() - began)}; digest {checksum[:16]}")
    print(", ".join(f"{name} {share_words(**share)}" for name, share in shares.items() if share["share"] > 0))
    print("\n".join([str(summary), *pictures]))
    return 0


def share_words(share: float, low: float, high: float) -> str:
    """Return a share with its interval.

    >>> share_words(0.23, 0.141, 0.349)
    '23% (14 to 35)'
    """
    return f"{share:.0%} ({100 * low:.0f} to {100 * high:.0f})"


@contextmanager
def cluster_asked(arguments: Namespace, plan: Plan, report: Report) -> "Iterator[Cluster | None]":
    """Yield the cluster that --cluster names, or nothing."""
    if arguments.cluster is None:
        yield None
        return
    if arguments.jobs is not None:
        raise BadInput("--jobs counts threads of this machine; with --cluster the workers decide, leave it out")
    from .cluster import connected

    with connected(arguments.cluster, plan, report) as cluster:
        yield cluster


def threads_asked(arguments: Namespace, cluster: "Cluster | None") -> int:
    """Return how many threads play at once."""
    if cluster:
        return max(1, cluster.threads)
    return (os.cpu_count() or 1) if arguments.jobs is None else whole("jobs", arguments.jobs)


def drawn(folder: Path) -> list[str]:
    """Return the paths of the figures, if the results are such that there is something to draw."""
    try:
        return [str(path) for path in draw(folder)]
    except BadInput as nothing:
        say(f"standoff: {nothing}")
        return []


def default_folder(plan: Plan) -> Path:
    """Return results/NAME-DIGEST, named by the recipe."""
    name = re.sub(r"[^\w.-]+", "-", plan.question.name, flags=re.ASCII).strip("-.") or "sweep"
    return Path("results") / f"{name}-{recipe_digest(plan.recipe())}"
