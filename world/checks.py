"""Bad input gets one clear line: the thing, the allowed values, the nearest match."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from .facts import Fact

MOST_BYTES = 1_000_000  # of a scenario or a question


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
        raise BadInput(f"{name}: '{shown(value)}' is not a number; allowed: {fact.low} to {fact.high} ({fact.unit})")
    if not fact.low <= value <= fact.high:  # NaN is not, either
        raise BadInput(f"{name}: {shown(value)} is out of range; allowed: {fact.low} to {fact.high} ({fact.unit})")
    return float(value)


def shown(value: object) -> str:
    """Return a value as a message shows it, which no number of digits or levels prevents.

    >>> shown(0.5), shown(16**9999)
    ('0.5', 'int of too many digits or levels')
    """
    try:
        text = str(value)
    except (RecursionError, ValueError):
        return f"{type(value).__name__} of too many digits or levels"
    return text if len(text) <= 40 else f"{text[:37]}..."


def printable(text: str) -> str:
    r"""Return a text with a question mark for every letter that draws on a terminal or fits into no file.

    >>> printable("mine\x1b[2J")
    'mine?[2J'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def read_text(what: str, name: str) -> str:
    """Return the text of a user's file; `what` it is goes into complaints.

    Raises
    ------
    BadInput
        If it cannot be read, is no text in UTF-8, or is larger than MOST_BYTES.
    """
    try:
        with Path(name).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) <= MOST_BYTES:
            return data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise BadInput(f"{what} '{name}' cannot be read: {reason}") from None
    raise BadInput(f"{what} '{name}' is larger than {MOST_BYTES} bytes")
