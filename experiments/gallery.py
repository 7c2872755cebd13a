"""The gallery: a few pictures that are kept with the project, each made anew from the model.

``python -m standoff.experiments.gallery [--out results/gallery]``
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Rebuild the gallery and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m standoff.experiments.gallery", description="Rebuild the gallery.")
    parser.add_argument("--out", type=Path, default=Path("results/gallery"), help="default: results/gallery")
    out: Path = parser.parse_args(arguments).out
    try:
        out.mkdir(parents=True, exist_ok=True)
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
