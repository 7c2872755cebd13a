"""A sweep so small that it is played in a moment, and yet in several chunks and parts."""

import hashlib

from standoff.experiments import recipe as recipe_module
from standoff.experiments.design import parse_vary
from standoff.experiments.progress import Report
from standoff.experiments.questions import Question
from standoff.experiments.sweep import sweep

SMALL_CHUNKS = 20 * 6 * 40  # twenty rows of six months
QUESTION = Question(
    name="small",
    text="Is it the same?",
    axes=tuple(parse_vary(["us_lead_value=10,30,60", "chip_control=.5,1"])),
    starts=("july-2025",),
    runs=25,
    months=6,
    seed=5,
)


def make_small(patch):
    """Let a small sweep have several chunks and parts, and runs whose path is not kept."""
    patch.setattr(recipe_module, "CHUNK_WORK", SMALL_CHUNKS)
    patch.setattr(recipe_module, "PATHS_PER_CELL", 10)


def swept(plan, folder, jobs=2):
    with Report("test", plan.total) as report:
        sweep(plan, folder, jobs, report)
    return folder


def bytes_of(folder):
    """Return a checksum of every file that does not hold the moment."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }
