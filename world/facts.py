"""What must be said of a number: meaning, unit, range, source."""

from typing import NamedTuple


class Fact(NamedTuple):
    """The facts of one number."""

    meaning: str
    unit: str
    low: float
    high: float
    source: str = ""
