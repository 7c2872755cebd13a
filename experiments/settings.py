"""What one history needs to be played: a start, every number, every doctrine, and the seed of the luck."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..agents.doctrines import Doctrines
from ..world.checks import BadInput, checked, known, shown
from ..world.parameters import FACTS, PARAMETER_ROW, Params
from ..world.scenarios import DEFAULT, Scenario, check_shares, load_scenario
from ..world.state import STATE_FACTS, STATE_ROW

QUANTAL = Doctrines()
ENGINES = ("compiled", "mesa")
NUMBERS = {**FACTS, **STATE_FACTS}
"""What --set and --vary may name: parameters, and the values that the state starts from."""

MONTHS, SEED, DEVELOPERS = 84, 1, 40
LIMITS = {
    "months": (1, 1200),
    "seed": (0, 2**63 - 1),
    "developers": (0, 10_000),
    "runs": (1, 100_000_000),
    "points": (1, 1_000_000),
    "jobs": (1, 1024),
}


@dataclass(frozen=True)
class Settings:
    """All that decides one history, but for the number of the run."""

    scenario: Scenario
    parameters: Mapping[str, float]  # every one
    state: Mapping[str, float]  # every field of the start
    doctrines: Doctrines = QUANTAL
    seed: int = SEED
    months: int = MONTHS
    developers: int = DEVELOPERS
    engine: str = ENGINES[0]

    def parameter_row(self) -> NDArray[np.void]:
        """Return the parameters as one row of PARAMETER_ROW."""
        return np.array([tuple(self.parameters[name] for name in Params._fields)], PARAMETER_ROW)

    def state_row(self) -> NDArray[np.void]:
        """Return the start as one row of STATE_ROW."""
        return np.array([tuple(self.state[name] for name in STATE_FACTS)], STATE_ROW)


def make_settings(
    scenario: str = DEFAULT,
    values: Mapping[str, float] | None = None,
    doctrines: Doctrines | None = None,
    seed: int = SEED,
    months: int = MONTHS,
    developers: int = DEVELOPERS,
    engine: str = ENGINES[0],
) -> Settings:
    """Return settings in which every number is checked.

    Parameters
    ----------
    scenario : str
        A shipped scenario, or a TOML file.
    values : mapping, optional
        Parameters and starting values that differ from the scenario.
    doctrines : Doctrines, optional
        All quantal if left out.
    seed, months, developers : int
        Within LIMITS.
    engine : str
        One of ENGINES.

    Raises
    ------
    BadInput
        If anything is unknown or out of range.
    """
    start = load_scenario(scenario)
    values = checked_values(values or {})
    state = {**start.state, **{name: value for name, value in values.items() if name in STATE_FACTS}}
    check_shares(state)
    return Settings(
        scenario=start,
        parameters=Params()._asdict()
        | start.parameters
        | {name: value for name, value in values.items() if name in FACTS},
        state=state,
        doctrines=doctrines or QUANTAL,
        seed=whole("seed", seed),
        months=whole("months", months),
        developers=whole("developers", developers),
        engine=known("engine", engine, ENGINES),
    )


def checked_values(values: Mapping[str, object]) -> dict[str, float]:
    """Return `values` as floats, each a known number within its range."""
    return {known("parameter", name, NUMBERS): checked(name, value, NUMBERS[name]) for name, value in values.items()}


def whole(name: str, value: object) -> int:
    """Return a whole number within its limits, from a number or from text.

    >>> whole("months", "84")
    84
    """
    low, high = LIMITS[name]
    asked = shown(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,30}", value.strip(), re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadInput(f"{name}: '{asked}' is not a whole number from {low} to {high}")
    return value


def number(name: str, text: str) -> float:
    """Return the number that `text` states; its range is checked elsewhere.

    >>> number("us_lead_value", "1e1")
    10.0
    """
    try:
        if "_" in text or not text.isascii():  # numbers in Python, but in no table
            raise ValueError
        return float(text)
    except ValueError:
        raise BadInput(f"{name}: '{text}' is not a number") from None


def split_assignment(option: str, text: str, right: str) -> tuple[str, str]:
    """Return both sides of NAME=VALUE.

    >>> split_assignment("--set", "us_lead_value=20", "VALUE")
    ('us_lead_value', '20')
    """
    name, sign, value = (piece.strip() for piece in text.partition("="))
    if not (name and sign and value):
        raise BadInput(f"{option} '{text}': write NAME={right}")
    return name, value


def once(option: str, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return `pairs` as a dictionary, refusing a name given twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise BadInput(f"{option}: {name} is given twice")
        found[name] = value
    return found


def parse_set(texts: Iterable[str]) -> dict[str, float]:
    """Return the numbers that --set options name.

    >>> parse_set(["us_lead_value=20", "chip_control=1"])
    {'us_lead_value': 20.0, 'chip_control': 1.0}
    """
    pairs = once("--set", (split_assignment("--set", text, "VALUE") for text in texts))
    for name in pairs:
        known("parameter", name, NUMBERS)
    return checked_values({name: number(name, value) for name, value in pairs.items()})


def parse_doctrines(texts: Iterable[str]) -> dict[str, str]:
    """Return doctrine names by actor from --doctrine options."""
    return once("--doctrine", (split_assignment("--doctrine", text, "DOCTRINE") for text in texts))


def doctrine_names(doctrines: Doctrines) -> dict[str, str]:
    """Return the doctrine names by actor."""
    return {actor: doctrine.name.lower() for actor, doctrine in doctrines._asdict().items()}


def month_index(text: str, scenario: Scenario, months: int) -> int:
    """Return the number, from 0, of a month such as 2025-09 in a history of `months`."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII):
        raise BadInput(f"month '{text}': write it as {scenario.month}")
    year, month = (int(piece) for piece in text.split("-"))
    first_year, first_month = (int(piece) for piece in scenario.month.split("-"))
    index = 12 * (year - first_year) + month - first_month
    if not 0 <= index < months:
        last = 12 * first_year + first_month - 1 + months - 1
        end = f"{last // 12}-{last % 12 + 1:02d}"
        raise BadInput(f"month '{text}' is not in this history; allowed: {scenario.month} to {end}")
    return index
