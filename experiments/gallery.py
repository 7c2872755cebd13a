"""The gallery: a few pictures that are kept with the project, each made anew from the model.

``python -m standoff.experiments.gallery [--maps | --mechanisms] [--out results/gallery]``
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..world.checks import BadInput

STORY = ("april-2025", 7)  # scenario, seed
SWEEPS = {"demo": ("demo", "demo-spread"), "phase-diagram": ("phase-diagram",)}  # pictures, the most telling first

GRID = ("--vary", "us_lead_value=5:80:12", "--vary", "us_rare_earth_loss=5:120:12")
MAPS = {  # the arguments of `standoff map`, and which of its pictures are kept under which name
    "july-2025": (GRID, {"equilibria": "equilibria", "transitions": "transitions"}),
    "trap": (
        ("escalation-trap", "--scenario", "april-2025"),
        {"equilibria": "trap", "payoff-table-7": "trap-payoff-table", "flow-7": "trap-flow"},
    ),
    "fold": (
        ("retaliation-fold", "--scenario", "calm"),
        {"bifurcation": "fold", "path-dependence": "fold-path-dependence"},
    ),
}


def draw_example(out: Path) -> Path:
    """Play one history and draw its storyboard into `out`."""
    from ..model.compiled import law_digest
    from .history import play_history
    from .plots import draw_story
    from .settings import make_settings

    name, seed = STORY
    settings = make_settings(name, seed=seed)
    months, _ = play_history(settings)
    footer = f"Start: {name}  |  seed {seed}  |  {settings.months} months  |  laws {law_digest()}"
    return draw_story(months, out / "story.png", footer)


def draw_sweep(question: str, names: Sequence[str], out: Path) -> list[Path]:
    """Run a declared question in a folder of its own and keep its first pictures in `out` under these names."""
    from .plots import draw_folder
    from .progress import Report
    from .questions import load_question
    from .recipe import plan_of
    from .sweep import sweep

    plan = plan_of(load_question(question))
    with tempfile.TemporaryDirectory() as folder:
        with Report(question, plan.total) as report:
            sweep(plan, Path(folder), os.cpu_count() or 1, report)
        drawn = draw_folder(Path(folder))
        return [
            Path(shutil.copyfile(picture, out / f"{name}.png")) for picture, name in zip(drawn, names, strict=False)
        ]


def work_folder() -> Path:
    """Return where long work is kept while it is under way, so that an interrupt loses nothing."""
    from .mechanisms.told import KEPT
    from .recipe import LAWS

    return KEPT.parent / f"gallery-{LAWS}"


def draw_map(name: str, out: Path) -> list[Path]:
    """Make a map and keep some of its pictures in `out`; it takes minutes.

    Raises
    ------
    BadInput
        If the map cannot be made; what is wrong has been said.
    """
    from .cli import main as standoff

    arguments, pictures = MAPS[name]
    folder = work_folder() / name
    if standoff(["map", *arguments, "--out", str(folder)]):
        raise BadInput(f"map '{name}' was not finished; the same command goes on")
    drawn = folder / "figures"
    return [Path(shutil.copyfile(drawn / f"{picture}.png", out / f"{kept}.png")) for picture, kept in pictures.items()]


def draw_mechanisms(out: Path) -> list[Path]:
    """Try all mechanisms and the prototype's tests, keep what was found, and write the tables of MODEL.md anew."""
    from .cli import main as standoff
    from .mechanisms.document import kept_findings, with_tables
    from .mechanisms.told import KEPT
    from .parts import write_whole

    KEPT.mkdir(exist_ok=True)
    work = work_folder()
    for name, options in (("claims", ("--robust", "40")), ("replications", ("--replications",))):
        if standoff(["mechanisms", *options, "--out", str(work / name)]):
            raise BadInput(f"the {name} were not tried to the end; the same command goes on")
    kept = {
        out / "mechanisms.png": work / "claims" / "mechanisms.png",
        KEPT / "findings.json": work / "claims" / "findings.json",
        KEPT / "recipe.json": work / "claims" / "recipe.json",
        KEPT / "replications.json": work / "replications" / "findings.json",
    }
    for place, source in kept.items():
        write_whole(place, source.read_bytes())
    model = KEPT.parents[1] / "MODEL.md"
    text = with_tables(model.read_text(encoding="utf-8"), kept_findings(), kept_findings("replications"))
    write_whole(model, text.encode())
    return list(kept)


def main(arguments: Sequence[str] | None = None) -> int:
    """Rebuild the gallery and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m standoff.experiments.gallery", description="Rebuild the gallery.")
    parser.add_argument("--out", type=Path, default=Path("results/gallery"), help="default: results/gallery")
    parser.add_argument("--maps", action="store_true", help="the pictures of the maps instead, which take an hour")
    parser.add_argument("--mechanisms", action="store_true", help="the mechanisms instead, with the tables of MODEL.md")
    asked = parser.parse_args(arguments)
    out: Path = asked.out
    try:
        out.mkdir(parents=True, exist_ok=True)
        if asked.mechanisms:
            drawn = draw_mechanisms(out)
        elif asked.maps:
            drawn = [picture for name in MAPS for picture in draw_map(name, out)]
        else:
            drawn = [draw_example(out)]
            for question, names in SWEEPS.items():
                drawn += draw_sweep(question, names, out)
    except (BadInput, OSError) as error:
        print(f"gallery: {error}", file=sys.stderr)
        return 2
    print("\n".join(f"{path} ({path.stat().st_size // 1000} kB)" for path in drawn))
    return 0


if __name__ == "__main__":
    sys.exit(main())
