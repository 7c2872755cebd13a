"""Questions: sweeps declared in TOML, read strictly."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..agents.doctrines import Doctrines, doctrines_from
from ..world.checks import BadInput, known, printable, read_text
from ..world.scenarios import DEFAULT
from .design import DESIGNS, Axis, axis_of_values, parse_axis
from .settings import DEVELOPERS, MONTHS, QUANTAL, SEED, checked_values, whole

KEYS = (
    "title",
    "question",
    "start",
    "months",
    "runs",
    "seed",
    "developers",
    "design",
    "points",
    "vary",
    "set",
    "doctrines",
)
RUNS = 64


@dataclass(frozen=True)
class Question:
    """What a sweep asks."""

    name: str = "sweep"
    title: str = ""
    text: str = ""
    starts: tuple[str, ...] = (DEFAULT,)
    axes: tuple[Axis, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    doctrines: Doctrines = QUANTAL
    runs: int = RUNS
    months: int = MONTHS
    seed: int = SEED
    developers: int = DEVELOPERS
    design: str = DESIGNS[0]
    points: int | None = None


def question_names() -> list[str]:
    """Return the names of the questions that come with the project."""
    folder = files("standoff.experiments") / "questions"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_question(name: str) -> Question:
    """Return a question by its name, or from a TOML file of the user's.

    Raises
    ------
    BadInput
        If the name is unknown or the file breaks a rule; the message names the entry.
    """
    if name.endswith(".toml") or "/" in name:
        return _parse(printable(Path(name).stem), name, read_text("question file", name))
    known("question", name, question_names())
    return _parse(
        name, f"{name}.toml", (files("standoff.experiments") / "questions" / f"{name}.toml").read_text("utf-8")
    )


def _parse(name: str, where: str, text: str) -> Question:
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"question file '{where}' is not TOML: {error}") from None
    try:
        for key in data:
            known("key", key, KEYS)
        read: dict[str, Callable[[Any], object]] = {
            "title": lambda value: _text("title", value),
            "question": lambda value: _text("question", value),
            "start": _starts,
            "months": lambda value: whole("months", value),
            "runs": lambda value: whole("runs", value),
            "seed": lambda value: whole("seed", value),
            "developers": lambda value: whole("developers", value),
            "points": lambda value: whole("points", value),
            "design": lambda value: known("design", _text("design", value), DESIGNS),
            "vary": lambda value: tuple(_axis(axis, given) for axis, given in _table("vary", value).items()),
            "set": lambda value: checked_values(_table("set", value)),
            "doctrines": lambda value: doctrines_from(
                {actor: _text(actor, name) for actor, name in _table("doctrines", value).items()}
            ),
        }
        fields = {"start": "starts", "vary": "axes", "set": "values", "question": "text"}
        given: dict[str, Any] = {fields.get(key, key): read[key](value) for key, value in data.items()}
    except BadInput as error:
        raise BadInput(f"question file '{where}': {error}") from None
    return Question(**{"title": name} | given | {"name": name})


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{key}: must be text")
    return value


def _table(key: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadInput(f"[{key}] must be a table")
    return value


def _starts(value: object) -> tuple[str, ...]:
    starts = [value] if isinstance(value, str) else value
    if not isinstance(starts, list) or not all(isinstance(start, str) for start in starts):
        raise BadInput("start: must be a scenario or a list of scenarios")
    return tuple(starts)


def _axis(name: str, value: object) -> Axis:
    if isinstance(value, str):
        return parse_axis(name, value)
    if isinstance(value, list):
        return axis_of_values(name, value)
    raise BadInput(f"{name}: must be a list of values or a text such as '10:40:4'")
