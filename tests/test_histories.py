"""Golden histories: one readable file for each scenario and each doctrine, and none missing.

`pytest --refresh-histories` rewrites them; whoever commits the new ones says why the results changed.
"""

import math
import re
from pathlib import Path

import pytest

from standoff.agents.doctrines import DOCTRINES_OF, doctrines_from
from standoff.agents.moves import ACTORS
from standoff.experiments.history import play_history, story
from standoff.experiments.settings import make_settings
from standoff.world.scenarios import DEFAULT, scenario_names

FOLDER = Path(__file__).parent / "histories"
MONTHS = 18
# Every actor is quantal in the histories of the scenarios.
CASES = {name: (name, {}) for name in scenario_names()} | {
    f"{actor}-{kind.name.lower()}": (DEFAULT, {actor: kind.name.lower()})
    for actor, kinds in DOCTRINES_OF.items()
    for kind in kinds
    if kind.name != "QUANTAL"
}
NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]\d+)?|-?\d+e[+-]\d+")


def spelt(value):
    """Return a number with ten places, whole ones as such."""
    return f"{value:.0f}" if round(value, 10).is_integer() else f"{value:.10f}"


def written(case):
    """Return a history as the lines of its file: the story, then what it earned and where it ended."""
    scenario, doctrines = CASES[case]
    months, outcomes = play_history(make_settings(scenario, doctrines=doctrines_from(doctrines), months=MONTHS, seed=1))
    lines = list(story(months, outcomes))
    lines += ["", "Payoffs a year ($bn; Congress in units of anger, developers in utility):"]
    lines += [f"  {actor:<12} {spelt(outcomes[f'payoff_{actor}'])}" for actor in ACTORS]
    lines += ["", "Measured:"]
    lines += [
        f"  {name:<36} {spelt(value)}"
        for name, value in outcomes.items()
        if name != "regime" and not name.startswith("payoff_")
    ]
    return [line.rstrip() for line in lines]


def coarseness(text):
    """Return what a printed number may be off by: its last place, or a billionth of it if it has nine digits."""
    digits, _, power = text.partition("e")
    if len(digits.replace("-", "").replace(".", "").lstrip("0")) >= 9:
        return 1e-9 * abs(float(text))
    return 1.01 * 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))


def difference(old, new):
    """Return the first line in which two histories differ beyond the printed precision; None if there is none."""
    if len(old) != len(new):
        return f"{len(old)} lines and {len(new)}"
    for place, (before, now) in enumerate(zip(old, new, strict=True), 1):
        told = f"line {place}\n  was {before}\n  is  {now}"
        if NUMBER.sub("#", before).split() != NUMBER.sub("#", now).split():
            return told
        for first, second in zip(NUMBER.findall(before), NUMBER.findall(now), strict=True):
            if not math.isclose(float(first), float(second), rel_tol=0.0, abs_tol=coarseness(first)):
                return told
    return None


@pytest.mark.parametrize("case", CASES)
def test_a_history_is_as_it_was(case, request):
    path = FOLDER / f"{case}.txt"
    lines = written(case)
    if request.config.getoption("--refresh-histories"):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not path.exists():
        pytest.fail(f"{path.name} is missing: pytest --refresh-histories writes it")

    assert difference(path.read_text(encoding="utf-8").splitlines(), lines) is None


def test_each_scenario_and_doctrine_has_its_history_and_nothing_else_is_there():
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{case}.txt" for case in CASES)


def test_no_two_histories_are_the_same():
    """A doctrine that changes nothing would be no doctrine."""
    bodies = {path.read_text(encoding="utf-8"): path.name for path in FOLDER.glob("*.txt")}

    assert sorted(bodies.values()) == sorted(f"{case}.txt" for case in CASES)


def test_a_history_names_every_month():
    months = [f"{2025 + (6 + t) // 12}-{(6 + t) % 12 + 1:02d}" for t in range(MONTHS)]

    assert [line[:7] for line in written(DEFAULT)[2 : 2 + MONTHS]] == months


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Beijing restricts", "Beijing eases"),
        ("chips 0.50", "chips 0.75"),
        ("us 1.234567891", "us 1.234567895"),
        ("us 12.5, beijing 3.1", "us 12.5"),
        ("us -1.5", "us 1.5"),
        ("2026-01  0.50", "2026-02  0.50"),
    ],
)
def test_a_change_of_a_history_is_seen(old, new):
    assert difference(["same", old], ["same", new]).startswith("line 2")
    assert difference([old], [old, new])


@pytest.mark.parametrize(
    ("old", "new"), [("us 1.234567891", "us 1.234567892"), ("chips 0.50  x", "chips 0.51 x"), ("a 1e-17", "a 2e-17")]
)
def test_the_last_printed_place_may_differ_between_machines(old, new):
    assert difference([old], [new]) is None
