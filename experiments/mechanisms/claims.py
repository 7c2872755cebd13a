"""The claims of the record, read strictly from ``claims.toml``: what each says and the experiment that tries it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...agents.doctrines import Doctrines, doctrines_from
from ...agents.moves import ACTORS, MOVES_OF
from ...model.ensemble import FREE
from ...world.checks import BadInput, known
from ..settings import NUMBERS, checked_values, whole
from .measures import OVER, check_series

CLAIMS, REPLICATIONS = (Path(__file__).with_name(f"{name}.toml") for name in ("claims", "replications"))
KINDS = ("built in", "emergent")
KEYS = {
    "title", "claim", "source", "use", "kind", "low", "high", "both", "held", "outcome", "over", "window", "months",
    "direction", "off", "disputed",
}  # fmt: skip
SPAN = re.compile(r"[0-9]{1,4}(-[0-9]{1,4})?")
STILL = {"talk_rate": 0.0, "talk_urgency": 0.0, "irritant_rate": 0.0}
HOLDING = {"us": "hold", "beijing": "hold", "congress": "wait"}


@dataclass(frozen=True)
class Arm:
    """What an experiment sets: numbers, doctrines, and moves that are forced, by actor and month."""

    values: Mapping[str, float] = field(default_factory=dict)
    doctrines: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """One mechanism: what the sources claim, and the paired experiment that tries it."""

    id: str
    title: str
    claim: str
    source: str
    use: str  # "core" or "should"
    kind: str  # "built in" if it follows with every government's move held, else "emergent"
    low: Arm
    high: Arm
    both: Arm
    outcome: str
    over: str
    window: tuple[int, int]  # first and last month, from 1
    months: int
    rises: bool  # whether the outcome is claimed to be larger in the high arm
    off: Mapping[str, float]  # the numbers that switch the mechanism off
    disputed: str  # how the sources disagree, and which number holds the readings

    def script(self, arm: Arm) -> NDArray[np.int64]:
        """Return the forced moves of an arm, shape (months, actors)."""
        script = np.full((self.months, len(ACTORS)), FREE, np.int64)
        for moves in (self.both.moves, arm.moves):
            for actor, named in moves.items():
                for span, move in ({f"1-{self.months}": named} if isinstance(named, str) else named).items():
                    first, last = _months(span)
                    script[first - 1 : last, ACTORS.index(actor)] = MOVES_OF[actor][move.upper()]
        return script

    def doctrines(self, arm: Arm) -> Doctrines:
        """Return the doctrines of an arm."""
        return doctrines_from({**self.both.doctrines, **arm.doctrines})


@cache
def claims() -> dict[str, Claim]:
    """Return the claims that come with the project, by id, in the order of the ids."""
    return read_claims(CLAIMS.read_text(encoding="utf-8"))


@cache
def replications() -> dict[str, Claim]:
    """Return the tests of the model's prototype, which are tried again here, by id."""
    return read_claims(REPLICATIONS.read_text(encoding="utf-8"))


def read_claims(text: str) -> dict[str, Claim]:
    """Return the claims that a TOML document states.

    Raises
    ------
    BadInput
        Naming the claim and the entry that breaks a rule.
    """
    try:
        entries = tomllib.loads(text)
    except ValueError as error:
        raise BadInput(f"claims: not TOML: {error}") from None
    found = {}
    for name in sorted(entries, key=lambda name: (len(name), name)):
        try:
            found[name] = _claim(name, _typed(name, entries[name], dict))
        except BadInput as error:
            raise BadInput(f"{name}: {error}") from None
    return found


def _claim(name: str, entry: dict[str, Any]) -> Claim:
    for key in entry:
        known("key", key, KEYS)
    if missing := KEYS - {"both", "held", "over", "window", "off", "disputed", "months"} - entry.keys():
        raise BadInput(f"{min(missing)} is missing")
    for key in ("title", "claim", "source", "outcome", "disputed"):
        _typed(key, entry.get(key, ""), str)
    months = whole("months", entry.get("months", 84))
    window = _typed("window", entry.get("window", [1, months]), list)
    if len(window) != 2 or not 1 <= whole("months", window[0]) <= whole("months", window[1]) <= months:
        raise BadInput(f"window: {window} is not a first and a last month within 1 to {months}")
    low, high, both = (_arm(_typed(key, entry.get(key, {}), dict), months) for key in ("low", "high", "both"))
    if low == high:
        raise BadInput("low and high are the same")
    kind = known("kind", entry["kind"], KINDS)
    if _typed("held", entry.get("held", kind == "built in"), bool):
        both = Arm({**STILL, **both.values}, both.doctrines, {**HOLDING, **both.moves})
    if kind == "built in" and not entry.get("off"):
        raise BadInput("off is missing: what is built in can be switched off")
    off = _typed("off", entry.get("off", {}), dict)
    for number, value in off.items():
        known("number", number, NUMBERS)
        _typed(number, value, (int, float))
    return Claim(
        id=name,
        title=entry["title"],
        claim=entry["claim"],
        source=entry["source"],
        use=known("use", entry["use"], ("core", "should")),
        kind=kind,
        low=low,
        high=high,
        both=both,
        outcome=check_series(entry["outcome"]),
        over=known("over", entry.get("over", "mean"), OVER),
        window=(window[0], window[1]),
        months=months,
        rises=known("direction", entry["direction"], ("up", "down")) == "up",
        off=off,
        disputed=entry.get("disputed", ""),
    )


def _typed(key: str, value: Any, kind: Any) -> Any:
    if not isinstance(value, kind):
        raise BadInput(f"{key}: '{value}' is not of the kind that belongs here")
    return value


def _months(span: str) -> tuple[int, int]:
    """Return the first and the last month of a span.

    >>> _months("3-6"), _months("5")
    ((3, 6), (5, 5))
    """
    first, _, last = span.partition("-")
    return int(first), int(last or first)


def _arm(entry: dict[str, Any], months: int) -> Arm:
    moves = _typed("moves", entry.get("moves", {}), dict)
    for actor, named in moves.items():
        known("actor", actor, ACTORS[:-1])
        for span, move in ({"1": named} if isinstance(named, str) else _typed("moves", named, dict)).items():
            known(f"move of {actor}", move, [member.name.lower() for member in MOVES_OF[actor]])
            if not (SPAN.fullmatch(span) and 1 <= _months(span)[0] <= _months(span)[1] <= months):
                raise BadInput(f"moves of {actor}: '{span}' is not a month, or two as 3-6, within {months} months")
    doctrines = _typed("doctrine", entry.get("doctrine", {}), dict)
    doctrines_from(doctrines)
    numbers = {key: value for key, value in entry.items() if key not in ("moves", "doctrine")}
    return Arm(checked_values(numbers), doctrines, moves)
