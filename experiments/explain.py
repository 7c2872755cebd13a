"""Explanations: what a name means, where its numbers come from, and the code of its law."""

import ast
import difflib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from ..agents.doctrines import DOCTRINES_OF
from ..agents.moves import MOVES_OF
from ..model.outcomes import OUTCOMES, TRACKS
from ..world.checks import BadInput
from ..world.parameters import FACTS
from ..world.regimes import Regime
from ..world.regimes import regime as regime_law
from ..world.scenarios import load_scenario, scenario_names
from ..world.state import STATE_FACTS
from .catalogue import (
    Law,
    case_of,
    doctrine_meaning,
    laws,
    outcome_meaning,
    parameter_entry,
    permits_law,
    regime_name,
    where_of,
    word,
)
from .mechanisms.told import laws_of_mechanisms, mechanism_entry
from .move_words import does

ROOT = Path(__file__).resolve().parent.parent
Entry = dict[str, Any]


def explain(name: str) -> list[Entry]:
    """Return an entry for each thing of this name, for a name may stand for several.

    Raises
    ------
    BadInput
        If there is none; the message names the nearest match.
    """
    asked = plain(name)
    found = {key: entries for key, entries in _index().items() if plain(key) == asked}
    if not found:
        near = _nearest(asked)
        hint = f"did you mean {' or '.join(near)}?" if near else "`standoff list` shows what there is"
        raise BadInput(f"unknown name '{name}': {hint}")
    return [make() for makers in found.values() for make in makers]


def _nearest(asked: str) -> list[str]:
    names = {plain(key): key for key in _index()}
    if re.fullmatch(r"m[0-9]{1,9}", asked):  # among numbers that look alike, the nearest
        ids = [name for name in names if re.fullmatch(r"m\d+", name)]
        likeness = difflib.SequenceMatcher(b=asked)
        ranked = []
        for name in ids:
            likeness.set_seq1(name)
            ranked.append((-likeness.ratio(), abs(int(name[1:]) - int(asked[1:])), names[name]))
        return [name for _, _, name in sorted(ranked)[:3]]
    return [names[name] for name in difflib.get_close_matches(asked, names, 3, 0.5)]


def plain(name: str) -> str:
    """Return a name without the ways of writing it.

    >>> plain("Managed Dependence") == plain("managed-dependence")
    True
    """
    return name.strip().lower().replace("-", "_").replace(" ", "_")


@cache
def _index() -> dict[str, list[Callable[[], Entry]]]:
    """Return, for each name, what makes its entries."""
    from .mechanisms.claims import claims, replications
    from .questions import question_names

    index: dict[str, list[Callable[[], Entry]]] = {}

    def add(name: str, make: Callable[..., Entry], *arguments: Any) -> None:
        index.setdefault(name, []).append(lambda: make(*arguments))

    for name in (*FACTS, *STATE_FACTS):
        add(name, _number, name)
    for name, law in laws().items():
        add(name, _law, law)
    for actor, moves in MOVES_OF.items():
        add(actor, _actor, actor)
        for move in moves:
            add(word(move), _move, actor, move)
    for actor, doctrines in DOCTRINES_OF.items():
        for doctrine in doctrines:
            add(word(doctrine), _doctrine, actor, doctrine)
    for regime in Regime:
        add(regime_name(regime), _regime, regime)
    for name in scenario_names():
        add(name, _scenario, name)
    for name in sorted({*claims(), *replications(), *laws_of_mechanisms()}):
        add(name, mechanism_entry, name)
    for name in question_names():
        add(name, _question, name)
    for name in OUTCOMES:
        add(name, _outcome, name)
    for name in TRACKS:
        if name not in index:
            add(name, _outcome, f"mean_{name}")
    return index


def _number(name: str) -> Entry:
    return {**parameter_entry(name), "laws": [law for law, source in _sources().items() if _reads(source, name)]}


def _law(law: Law) -> Entry:
    text = _sources()[law.__name__]
    signature, code = _split(text)
    return {
        "name": law.__name__,
        "kind": "law",
        "where": where_of(law),
        "signature": signature,
        "text": inspect.getdoc(law) or "",
        "code": code,
        "numbers": [parameter_entry(name) for name in (*FACTS, *STATE_FACTS) if _reads(text, name)],
    }


def _split(text: str) -> tuple[str, str]:
    """Return the signature of a function and its code without the docstring."""
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 (a law is a function)
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    code = text.splitlines()
    if ast.get_docstring(function) is not None:
        code[function.body[0].lineno - 1 : function.body[0].end_lineno] = []
    return f"{function.name}({ast.unparse(function.args)}){returns}", "\n".join(code)


@cache
def _sources() -> dict[str, str]:
    return {name: textwrap.dedent(inspect.getsource(law)) for name, law in laws().items()}


def _reads(source: str, name: str) -> bool:
    """Return whether a law reads this number: a parameter as p.NAME, a field of the state as PART.NAME."""
    if name in FACTS:
        return re.search(rf"\bp\.{name}\b", source) is not None
    return re.search(rf"\b(?!p\b)\w+\.{name}\b", source) is not None


def _mentions(*words: str) -> list[str]:
    return [law for law, source in _sources().items() if any(re.search(rf"\b{name}\b", source) for name in words)]


def _actor(actor: str) -> Entry:
    doctrines = DOCTRINES_OF.get(actor, ())
    return {
        "name": actor,
        "kind": "actor",
        "moves": [word(move) for move in MOVES_OF[actor]],
        "doctrines": [word(doctrine) for doctrine in doctrines],
    }


def _move(actor: str, move: Any) -> Entry:
    return {
        "name": word(move),
        "kind": "move",
        "actor": actor,
        "text": does(actor, word(move)),
        "laws": _mentions(rf"{type(move).__name__}\.{move.name}"),
    }


def _doctrine(actor: str, doctrine: Any) -> Entry:
    entry = {"name": word(doctrine), "kind": "doctrine", "actor": actor, "meaning": doctrine_meaning(actor, doctrine)}
    law = permits_law(actor)
    return entry | ({"law": _law(law)} if law else {})


def _regime(regime: Regime) -> Entry:
    name = regime_name(regime)
    return {"name": name, "kind": "regime", "meaning": case_of(regime_law, name), "law": _law(regime_law)}


def _scenario(name: str) -> Entry:
    scenario = load_scenario(name)
    numbers = [
        parameter_entry(field) | {"value": value, "source": scenario.sources[field]}
        for field, value in {**scenario.state, **scenario.parameters}.items()
    ]
    return {
        "name": name,
        "kind": "scenario",
        "meaning": scenario.title,
        "month": scenario.month,
        "text": " ".join(scenario.story.split()),
        "numbers": numbers,
    }


def _question(name: str) -> Entry:
    from .questions import load_question
    from .recipe import plan_of, size_line

    question = load_question(name)
    plan = plan_of(question)
    return {
        "name": name,
        "kind": "question",
        "meaning": question.title,
        "text": question.text,
        "starts": list(question.starts),
        "size": size_line(plan),
        "varied": [
            parameter_entry(axis.name) | {"values": list(axis.values) or [axis.low, axis.high]}
            for axis in question.axes
        ],
        "numbers": [parameter_entry(field) | {"value": value} for field, value in question.values.items()],
        "doctrines": [
            f"{actor} {word(doctrine)}"
            for actor, doctrine in question.doctrines._asdict().items()
            if word(doctrine) != "quantal"
        ],
    }


def _outcome(name: str) -> Entry:
    track = name.removeprefix("mean_").removeprefix("final_")
    return {"name": name, "kind": "outcome", "meaning": outcome_meaning(name), "laws": _mentions(name, track)}


def rendered(entries: Iterable[Entry]) -> str:
    """Return entries as text."""
    return "\n\n".join("\n".join(_lines(entry)) for entry in entries)


def _lines(entry: Entry) -> list[str]:
    title = f"{entry['name']}: {entry['kind']}" + (f" of {entry['actor']}" if "actor" in entry else "")
    lines = [title]
    if "low" in entry:
        lines += [f"  {entry['meaning']}", f"  {number_line(entry)}"]
    elif entry.get("meaning"):
        lines.append(f"  {entry['meaning']}")
    if "use" in entry:
        lines.append(f"  {entry['use']}, {entry['nature']}; source: {entry['source']}")
    for key in ("where", "signature", "month", "size"):
        if key in entry:
            lines.append(f"  {entry[key]}")
    if entry.get("text"):
        lines += ["", textwrap.indent(entry["text"], "  ")]
    for key in ("experiment", "disputed", "found"):
        if entry.get(key):
            lines += ["", *_wrapped(f"{key}: {entry[key]}")]
    if "lives_in" in entry:
        lines.append("")
        for law in entry["lives_in"]:
            lines += _wrapped(f"{law['name']} ({law['where']}): {law['meaning']}")
    if "code" in entry:
        lines += ["", textwrap.indent(entry["code"], "  ")]
    for key in ("varied", "numbers"):
        if entry.get(key):
            lines += ["", *(f"  {number['name']}: {number_line(number)}" for number in entry[key])]
    for key in ("starts", "moves", "doctrines", "laws"):
        if entry.get(key):
            lines += ["", *_wrapped(f"{key}: {', '.join(entry[key])}")]
    if "law" in entry:
        lines += ["", textwrap.indent("\n".join(_lines(entry["law"])), "  ")]
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def number_line(entry: Entry) -> str:
    """Return a number with its unit, range and source.

    >>> number_line({"value": 0.5, "unit": "share", "low": 0, "high": 1, "source": "F001"})
    '0.5 share, from 0 to 1; source: F001'
    """
    value = ", ".join(f"{value:g}" for value in entry.get("values", [entry["value"]]))
    return f"{value} {entry['unit']}, from {entry['low']:g} to {entry['high']:g}; source: {entry['source']}"
