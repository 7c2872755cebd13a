"""The tables of mechanisms in MODEL.md, written from the findings that are kept with the project."""

import json
from collections.abc import Sequence
from typing import Any

from ...world.checks import BadInput
from .claims import claims, replications
from .told import KEPT, laws_of_mechanisms

Rows = Sequence[dict[str, Any]]


def kept_findings(name: str = "findings") -> list[dict[str, Any]]:
    """Return the findings that are kept with the project, `findings` or `replications`; none if there are none."""
    try:
        rows: list[dict[str, Any]] = json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return rows


def claims_table(rows: Rows) -> str:
    """Return the mechanisms as a table: id, what, where, kind, effect, verdict, robustness."""
    lines = ["| id | mechanism | where | kind | outcome | effect, 95 % | verdict | robust |", "| --- " * 8 + "|"]
    carried = laws_of_mechanisms()
    for row in rows:
        claim = claims()[row["id"]]
        core = "" if claim.use == "core" else " (more)"
        where = ", ".join(f"`{law}`" for law in carried[claim.id])
        share = "" if row["robust_share"] is None else f"{row['robust_share']:.0%}"
        lines.append(
            f"| {claim.id}{core} | {claim.title} | {where} | {claim.kind} | {claim.outcome} | {_effect(row)} "
            f"| {row['verdict']} | {share} |"
        )
    return "\n".join(lines)


def replications_table(rows: Rows) -> str:
    """Return the prototype's tests as a table: id, claim, what was found, verdict."""
    verdicts = {"holds": "replicated", "does not hold": "overturned", "undecided": "undecided"}
    lines = ["| id | what the prototype found | outcome | here | verdict |", "| --- " * 5 + "|"]
    for row in rows:
        claim = replications()[row["id"]]
        lines.append(f"| {claim.id} | {claim.claim} | {claim.outcome} | {_effect(row)} | {verdicts[row['verdict']]} |")
    return "\n".join(lines)


def _effect(row: dict[str, Any]) -> str:
    return f"{row['effect']:+.3g} [{row['low']:+.3g}, {row['high']:+.3g}]"


def with_tables(text: str, found: Rows, replicated: Rows) -> str:
    """Return a document with its two tables written anew, between their marks.

    Raises
    ------
    BadInput
        If a mark, or the end of its table, is missing.
    """
    for mark, table in (("mechanisms", claims_table(found)), ("replications", replications_table(replicated))):
        before, start, rest = text.partition(f"<!-- {mark} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not end:
            raise BadInput(f"the document has no table between <!-- {mark} --> and <!-- end -->")
        text = f"{before}{start}{table}\n{end}{after}"
    return text
