"""Scenarios: where a history starts, each number with its source, read strictly from TOML."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from .checks import BadInput, checked, known, printable, read_text
from .parameters import FACTS
from .state import STATE_FACTS, Adoption

DEFAULT = "july-2025"
KEYS = ("title", "month", "story", "base", "state", "parameters")


class Scenario(NamedTuple):
    """A start: values by name, and where each comes from."""

    name: str
    title: str
    story: str
    month: str  # "2025-07"
    state: dict[str, float]
    parameters: dict[str, float]
    sources: dict[str, str]


def scenario_names() -> list[str]:
    """Return the names of the scenarios that come with the project."""
    folder = files("standoff.world") / "scenarios"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_scenario(name: str) -> Scenario:
    """Return a scenario by its name, or from a TOML file of the user's.

    Raises
    ------
    BadInput
        If the name is unknown or the file breaks a rule; the message names the entry.
    """
    if name.endswith(".toml") or "/" in name:
        return _parse(printable(Path(name).stem), name, read_text("scenario file", name), ())
    return _shipped(name, ())


def _shipped(name: str, above: tuple[str, ...]) -> Scenario:
    known("scenario", name, scenario_names())
    if name in above:
        raise BadInput(f"scenario '{name}' is its own base")
    text = (files("standoff.world") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    return _parse(name, f"{name}.toml", text, (*above, name))


def _parse(name: str, where: str, text: str, above: tuple[str, ...]) -> Scenario:
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"scenario file '{where}' is not TOML: {error}") from None
    try:
        for key in data:
            known("key", key, KEYS)
        base = _shipped(_text(data, "base", ""), above) if "base" in data else None
        if base is None and "month" not in data:
            raise BadInput("month is missing; give it, or a base")
        month = _text(data, "month", base.month if base else "")
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month, re.ASCII):
            raise BadInput(f"month: '{month}' is not of the form 2025-07")
        title, story = _text(data, "title", name), _text(data, "story", "")
        state, parameters, sources = ({}, {}, {}) if base is None else (
            dict(base.state), dict(base.parameters), dict(base.sources))  # fmt: skip
        for table, facts, values in (("state", STATE_FACTS, state), ("parameters", FACTS, parameters)):
            for entry, value, source in _entries(data.get(table, {}), table):
                known(f"entry of [{table}]", entry, facts)
                values[entry] = checked(entry, value, facts[entry])
                sources[entry] = source
        missing = [field for field in STATE_FACTS if field not in state]
        if missing:
            raise BadInput(f"[state] lacks {', '.join(missing[:5])}; give all, or a base")
        check_shares(state)
    except BadInput as error:
        raise BadInput(" ".join(f"scenario file '{where}': {error}".split())) from None
    # The order of the fields is the order of the state, whatever the order in the file.
    return Scenario(name, title, story, month, {field: state[field] for field in STATE_FACTS}, parameters, sources)


def _text(data: dict[str, object], key: str, default: str) -> str:
    value = data.get(key, default)
    if not isinstance(value, str):
        raise BadInput(f"{key}: must be text")
    return value


def _entries(table: object, where: str) -> Iterator[tuple[str, object, str]]:
    if not isinstance(table, dict):
        raise BadInput(f"[{where}] must be a table")
    for name, entry in table.items():
        if isinstance(entry, dict):
            for key in entry:
                known(f"key of {name}", key, ("value", "source"))
            if "value" not in entry:
                raise BadInput(f"{name}: lacks a value")
            yield name, entry["value"], _text(entry, "source", "the user's")
        else:
            yield name, entry, "the user's"


def check_shares(state: Mapping[str, float]) -> None:
    """Refuse a start whose shares of developers do not sum to one."""
    total = sum(state[field] for field in Adoption._fields)
    if abs(total - 1.0) > 1e-6:
        raise BadInput(f"the shares of developers ({', '.join(Adoption._fields)}) sum to {total:g}, not 1")
