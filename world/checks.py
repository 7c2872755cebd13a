"""Bad input gets one clear line: the thing, the allowed values, the nearest match."""

import difflib
from collections.abc import Iterable

from .facts import Fact


class BadInput(ValueError):  # noqa: N818 - the user's mistake, not an error of ours
    """A user's mistake, told in one line; the command line exits with 2."""


def known(kind: str, name: str, names: Iterable[str]) -> str:
    """Return `name` if it is one of `names`.

    Raises
    ------
    BadInput
        Naming the nearest match, or all names if there are few.

    >>> known("actor", "us", ["us", "beijing"])
    'us'
    """
    names = list(names)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else ""
    if len(names) <= 12:
        hint = f"{hint} allowed: {', '.join(names)}".strip()
    elif not near:
        hint = f"`standoff list {kind}s` shows all {len(names)}"
    raise BadInput(f"unknown {kind} '{name}': {hint}")


def checked(name: str, value: object, fact: Fact) -> float:
    """Return `value` as a float within the range of `fact`.

    Raises
    ------
    BadInput
        If it is not a number, not finite or out of range.

    >>> checked("share", 1, Fact("a share", "share", 0, 1))
    1.0
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{name}: '{value}' is not a number; allowed: {fact.low} to {fact.high} ({fact.unit})")
    if not fact.low <= value <= fact.high:  # NaN is not, either
        shown = str(value)[:25]  # a whole number may have thousands of digits
        raise BadInput(f"{name}: {shown} is out of range; allowed: {fact.low} to {fact.high} ({fact.unit})")
    return float(value)
