"""Results folders as the other verbs see them: their figures, and the folder of one history."""

import json
import os
from pathlib import Path
from typing import Any

from ..model.compiled import law_digest
from ..world.checks import BadInput
from .parts import make_folder, read_recipe, write_whole
from .settings import Settings, doctrine_names

HISTORY = "history.jsonl"


def draw(folder: Path) -> list[Path]:
    """Draw the figures of a results folder, from the folder alone, and return their paths."""
    if os.path.lexists(folder / HISTORY):
        return [_draw_history(folder)]
    recipe = read_recipe(folder)
    if "vectors" in recipe:
        return [_draw_findings(folder)]
    if recipe.get("kind") == "map":
        from .plots import draw_map

        return list(draw_map(folder))
    from .plots import draw_folder

    return list(draw_folder(folder))


def _draw_findings(folder: Path) -> Path:
    from .plots.mechanisms import draw_mechanisms

    try:
        return draw_mechanisms(json.loads((folder / "findings.json").read_text(encoding="utf-8")), folder)
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(f"'{folder / 'findings.json'}' is missing or damaged; run `standoff mechanisms` again") from None


def open_history(folder: Path) -> None:
    """Make the folder for a history, before it is played.

    Raises
    ------
    BadInput
        If it cannot be written, or holds anything but a history.
    """
    make_folder(folder)
    try:
        held = {entry.name for entry in folder.iterdir() if not entry.name.endswith(".tmp")}
        if held and HISTORY not in held:
            raise BadInput(f"'{folder}' holds other files; choose another --save")
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"cannot write into '{folder}': {getattr(error, 'strerror', None) or error}") from None


def save_history(folder: Path, settings: Settings, months: list[dict[str, Any]], outcomes: dict[str, Any]) -> Path:
    """Write a history, its outcomes and its recipe into a folder, draw it and return the path of the picture.

    Raises
    ------
    BadInput
        If the folder cannot be written, or the disk is full.
    """
    recipe = {
        "scenario": settings.scenario.name,
        "title": f"{settings.scenario.title}, then {outcomes['regime']}",
        "parameters": dict(settings.parameters),
        "state": dict(settings.state),
        "doctrines": doctrine_names(settings.doctrines),
        "seed": settings.seed,
        "months": settings.months,
        "developers": settings.developers,
        "engine": settings.engine,
        "law_digest": law_digest(),
    }
    try:
        write_whole(folder / HISTORY, "".join(json.dumps(month) + "\n" for month in months).encode())
        write_whole(folder / "outcomes.json", json.dumps(outcomes, indent=1).encode())
        write_whole(folder / "recipe.json", json.dumps(recipe, indent=1).encode())
    except OSError as error:
        raise BadInput(f"cannot write into '{folder}': {error.strerror}") from None
    return _draw_history(folder)


def _draw_history(folder: Path) -> Path:
    from .plots import draw_story

    recipe = read_recipe(folder)
    try:
        months = [json.loads(line) for line in (folder / HISTORY).read_text(encoding="utf-8").splitlines()]
        title, footer = recipe["title"], "Start: {scenario}  |  seed {seed}  |  laws {law_digest}".format(**recipe)
    except (OSError, ValueError, KeyError):
        raise BadInput(f"'{folder / HISTORY}' is damaged; run it again with --save") from None
    return Path(draw_story(months, folder / "figures" / "story.png", footer, title))
