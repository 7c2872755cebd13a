"""What is told of a mechanism: the claim, the experiment in words, the laws that carry it, and what was found."""

import inspect
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from ...model.compiled import law_digest
from ...world.parameters import FACTS
from ...world.state import STATE_FACTS
from ..catalogue import laws, sentence, where_of
from .claims import HOLDING, STILL, Arm, Claim, claims, replications
from .measures import SERIES

KEPT = Path(__file__).resolve().parents[2] / "results" / "mechanisms"  # the findings kept with the project
Entry = dict[str, Any]


def mechanisms_named(text: str) -> set[str]:
    """Return the ids of the mechanisms that a docstring names.

    >>> sorted(mechanisms_named("Mechanisms M09, M99 to M101."))
    ['M09', 'M100', 'M101', 'M99']
    """
    spans = re.findall(r"\bM(\d{2,3})\b(?:\s+to\s+M(\d{2,3})\b)?", text)
    return {f"M{number:02d}" for first, last in spans for number in range(int(first), int(last or first) + 1)}


@cache
def laws_of_mechanisms() -> dict[str, list[str]]:
    """Return, for each mechanism that a law's docstring names, the laws that do, by name."""
    found: dict[str, list[str]] = {}
    for name, law in laws().items():
        for mechanism in mechanisms_named(inspect.getdoc(law) or ""):
            found.setdefault(mechanism, []).append(name)
    return {mechanism: sorted(names) for mechanism, names in found.items()}


def mechanism_entry(name: str) -> Entry:
    """Return all that is known of a mechanism, or of a test of the prototype that was tried again (R01 and on).

    Claim, source, experiment, finding, and the laws that carry it.
    """
    again = name in replications()
    entry: Entry = {"name": name, "kind": "replication" if again else "mechanism"}
    if claim := claims().get(name) or replications().get(name):
        finding, found = _finding(name, again)
        entry |= {
            "meaning": claim.title,
            "text": claim.claim,
            "source": claim.source,
            "use": "tried again" if again else claim.use,
            "nature": claim.kind,
            "experiment": experiment(claim),
            "disputed": claim.disputed,
            "finding": finding,
            "found": found,
        }
    else:
        entry["meaning"] = "optional in the record; no experiment tries it"
    named = laws()
    entry["lives_in"] = [
        {"name": law, "where": where_of(named[law]), "meaning": re.split(" Mechanisms? M", sentence(named[law]))[0]}
        for law in laws_of_mechanisms().get(name, [])
    ]
    return entry


def _finding(name: str, replicated: bool) -> tuple[Entry | None, str]:
    """Return the finding that is kept of a mechanism, if it is of these laws, and what it says."""
    again = f"`standoff mechanisms {name}{' --replications' * replicated}` tries it"
    file = KEPT / ("replications.json" if replicated else "findings.json")
    try:
        finding = {row["id"]: row for row in json.loads(file.read_text(encoding="utf-8"))}[name]
        laws_then = json.loads((KEPT / "recipe.json").read_text(encoding="utf-8"))["law_digest"]
        told = _told(finding)
    except (OSError, ValueError, KeyError, TypeError):
        return None, f"no finding is kept; {again}"
    if laws_then != law_digest():
        return None, f"the finding that is kept is of other laws; {again} anew"
    return finding, told


def _told(finding: Entry) -> str:
    share = finding.get("robust_share")
    return (
        f"{finding['verdict']}: high less low is {finding['effect']:+.3g}, 95 % interval {finding['low']:+.3g} to "
        f"{finding['high']:+.3g}, where the low arm has {finding['base']:.3g}; {finding['runs']} runs an arm"
    ) + ("" if share is None else f"; the sign holds at {share:.0%} of random parameters")


def experiment(claim: Claim) -> str:
    """Return the experiment that tries a claim, told in words."""
    told: set[str] = set()
    held = HOLDING.items() <= claim.both.moves.items() and STILL.items() <= claim.both.values.items()
    both = claim.both
    if held:
        values = {name: value for name, value in both.values.items() if name not in STILL}
        moves = {actor: move for actor, move in both.moves.items() if actor not in HOLDING}
        both = Arm(values, both.doctrines, moves)
    shared = [
        *_settings(both, told),
        *(["Washington, Beijing and Congress otherwise hold still and no talks open"] if held else []),
    ]
    low, high = (", ".join(_settings(arm, told)) or "as the start has it" for arm in (claim.low, claim.high))
    first, last = claim.window
    over = {"mean": "mean over ", "sum": "summed over ", "any": "whether at all in ", "end": "in "}[claim.over]
    months = f"month {last}" if first == last or claim.over == "end" else f"months {first} to {last}"
    return (
        f"Two arms of runs meet the same luck. Low: {low}. High: {high}. "
        + (f"In both: {', '.join(shared)}. " if shared else "")
        + f"Outcome: {_outcome_words(claim.outcome)}, {over}{months}; "
        + f"claimed to be {'higher' if claim.rises else 'lower'} in the high arm."
    )


def _settings(arm: Arm, told: set[str]) -> list[str]:
    """Return what an arm sets, a piece each; a number's meaning where it comes first."""
    pieces = []
    for name, value in arm.values.items():
        fact = FACTS.get(name) or STATE_FACTS[name]
        unit = "" if fact.unit == "1" else f", {fact.unit}"
        pieces.append(f"{name} {value:g}" + ("" if name in told else f" ({fact.meaning}{unit})"))
        told.add(name)
    pieces += [f"{actor} follows {doctrine}" for actor, doctrine in arm.doctrines.items()]
    for actor, named in arm.moves.items():
        spans = {"throughout": named} if isinstance(named, str) else {_months(span): named[span] for span in named}
        pieces.append(f"{actor} plays " + ", ".join(f"{move} {when}" for when, move in spans.items()))
    return pieces


def _months(span: str) -> str:
    first, _, last = span.partition("-")
    return f"in months {first} to {last}" if last else f"in month {first}"


def _outcome_words(name: str) -> str:
    if name in SERIES:
        return SERIES[name][0]
    actor, dot, move = name.partition(".")
    if dot:
        return f"whether {actor} plays {move}"
    if name in STATE_FACTS:
        return f"{name} ({STATE_FACTS[name].meaning})"
    return f"payoff of {name.removeprefix('payoff_')}" if name.startswith("payoff_") else name.replace("_", " ")
