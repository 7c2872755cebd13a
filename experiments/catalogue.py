"""What there is, a line each: scenarios, parameters, doctrines, mechanisms, laws, moves, outcomes and more."""

import inspect
import re
from collections.abc import Callable
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

from ..agents.doctrines import DOCTRINES_OF
from ..agents.moves import MOVES_OF
from ..model.outcomes import OUTCOMES
from ..world.law import LAWS
from ..world.parameters import FACTS, Params
from ..world.regimes import Regime
from ..world.regimes import regime as regime_law
from ..world.scenarios import DEFAULT, Scenario, load_scenario, scenario_names
from ..world.state import STATE_FACTS

Law = Callable[..., object]
END_UNITS = {"grey_share": "share of developers", "estimate_error": "M units per year, US estimate less the truth"}
DEFAULTS = Params()._asdict()
ROOT = Path(__file__).resolve().parent.parent


@cache
def laws() -> dict[str, Law]:
    """Return the laws by name."""
    from ..agents import bargaining, resolve  # noqa: F401 (laws that no month plays)
    from ..model import ensemble  # noqa: F401 (importing the month imports every other law)

    return {law.__name__: law for law in LAWS if not law.__name__.startswith("_")}


def sentence(thing: object) -> str:
    """Return the first sentence of a docstring."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def where_of(law: Law) -> str:
    """Return where a law stands, as FILE:LINE."""
    path = Path(inspect.getsourcefile(law) or "").resolve().relative_to(ROOT)
    return f"{path.as_posix()}:{inspect.getsourcelines(law)[1]}"


def word(member: IntEnum) -> str:
    """Return the name of a move or doctrine as options and tables have it."""
    return member.name.lower()


def regime_name(regime: Regime) -> str:
    """Return the name of a regime as tables have it."""
    return regime.name.lower().replace("_", " ")


def case_of(law: Law, name: str) -> str:
    """Return what a law's docstring says of one of its cases: the line that begins with its name.

    >>> case_of(regime_law, "escalation")
    'both sides hostile'
    """
    found = re.search(rf"^ *{re.escape(name)} {{2,}}(.+)$", inspect.getdoc(law) or "", re.MULTILINE)
    return found[1].strip() if found else ""


def permits_law(actor: str) -> Law | None:
    """Return the law that states an actor's doctrines."""
    named = laws()
    return named.get(f"{actor}_permits", named.get("ally_permits"))


def doctrine_meaning(actor: str, doctrine: IntEnum) -> str:
    """Return what a doctrine does, in a line."""
    law = permits_law(actor)
    if word(doctrine) == "quantal":
        return "permits every move"
    return "" if law is None else case_of(law, word(doctrine).replace("_", " ")) or sentence(law)


def outcome_meaning(name: str) -> str:
    """Return what an outcome measures.

    >>> outcome_meaning("payoff_us")
    'payoff of us, mean over the run, $bn per year'
    """
    kind, _, rest = name.partition("_")
    if name == "regime":
        return "regime that the run ends in, by its last months"
    if kind in ("mean", "final"):
        from .plots.look import unit

        fact = STATE_FACTS.get(rest)
        measured = END_UNITS.get(rest) or unit(rest)
        return f"{rest} {'at the end' if kind == 'final' else 'over the run'}, {measured}" + (
            f": {fact.meaning}" if fact else ""
        )
    if kind == "payoff":
        measured = {"congress": "units of anger", "developers": "utility"}.get(rest, "$bn")
        return f"payoff of {rest}, mean over the run, {measured} per year"
    return f"{name.replace('_', ' ')} in the run, a count"


@cache
def _default_start() -> Scenario:
    return load_scenario(DEFAULT)


def parameter_entry(name: str) -> dict[str, Any]:
    """Return all that is known of a parameter or a starting value."""
    if name in FACTS:
        return {"name": name, "kind": "parameter", "value": DEFAULTS[name], **FACTS[name]._asdict()}
    start = _default_start()
    fact = STATE_FACTS[name]._asdict() | {"source": f"{start.sources[name]} (in {DEFAULT})"}
    return {"name": name, "kind": "starting value", "value": start.state[name], **fact}


def _scenarios() -> list[dict[str, Any]]:
    return [{"name": name, "meaning": load_scenario(name).title} for name in scenario_names()]


def _parameters() -> list[dict[str, Any]]:
    return [parameter_entry(name) for name in (*FACTS, *STATE_FACTS)]


def _doctrines() -> list[dict[str, Any]]:
    return [
        {"name": word(doctrine), "actor": actor, "meaning": doctrine_meaning(actor, doctrine)}
        for actor, doctrines in DOCTRINES_OF.items()
        for doctrine in doctrines
    ]


def _mechanisms() -> list[dict[str, Any]]:
    from .mechanisms.claims import claims

    return [
        {"name": claim.id, "meaning": claim.title, "use": claim.use, "kind": claim.kind} for claim in claims().values()
    ]


def _questions() -> list[dict[str, Any]]:
    from .questions import load_question, question_names

    return [{"name": name, "meaning": load_question(name).text} for name in question_names()]


def _laws() -> list[dict[str, Any]]:
    return [{"name": name, "meaning": sentence(law)} for name, law in laws().items()]


def _moves() -> list[dict[str, Any]]:
    return [{"name": word(move), "actor": actor} for actor, moves in MOVES_OF.items() for move in moves]


def _regimes() -> list[dict[str, Any]]:
    return [{"name": regime_name(regime), "meaning": case_of(regime_law, regime_name(regime))} for regime in Regime]


def _outcomes() -> list[dict[str, Any]]:
    return [{"name": name, "meaning": outcome_meaning(name)} for name in OUTCOMES]


LISTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "scenarios": _scenarios,
    "parameters": _parameters,
    "doctrines": _doctrines,
    "mechanisms": _mechanisms,
    "questions": _questions,
    "laws": _laws,
    "moves": _moves,
    "regimes": _regimes,
    "outcomes": _outcomes,
}


def lines(entries: list[dict[str, Any]]) -> list[str]:
    """Return a list's entries as text, one line each."""
    first = [f"{entry['actor']} {entry['name']}" if "actor" in entry else entry["name"] for entry in entries]
    width = max(len(name) for name in first)
    return [f"{name:<{width}}  {_rest(entry)}".rstrip() for name, entry in zip(first, entries, strict=True)]


def _rest(entry: dict[str, Any]) -> str:
    if "use" in entry:
        return f"{entry['meaning']} ({entry['use']}, {entry['kind']})"
    if "low" not in entry:
        return str(entry.get("meaning", ""))
    return f"{entry['value']:g} in [{entry['low']:g}, {entry['high']:g}] {entry['unit']}: {entry['meaning']}"
