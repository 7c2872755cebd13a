"""A played game on disk: a small file of settings, seats and choices, from which the game is replayed."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ...agents.doctrines import doctrines_from
from ...agents.moves import ACTORS
from ...model.compiled import law_digest
from ...world.checks import BadInput, checked, known
from ...world.parameters import FACTS
from ...world.scenarios import Scenario, check_shares
from ...world.state import STATE_FACTS, state_values
from ..parts import write_whole
from ..settings import Settings, doctrine_names, whole
from .game import ANSWER, MOVE, OFFER, Choice, Game

KIND = "standoff game"
KEYS = (
    "kind", "scenario", "title", "month", "parameters", "state", "doctrines", "seed", "months", "developers",
    "people", "choices", "played", "world", "law_digest",
)  # fmt: skip


def document_of(game: Game) -> dict[str, Any]:
    """Return a game as one JSON document."""
    settings = game.settings
    return {
        "kind": KIND,
        "scenario": settings.scenario.name,
        "title": settings.scenario.title,
        "month": settings.scenario.month,
        "parameters": dict(settings.parameters),
        "state": dict(settings.state),
        "doctrines": doctrine_names(settings.doctrines),
        "seed": settings.seed,
        "months": settings.months,
        "developers": settings.developers,
        "people": list(game.people),
        "choices": [choice._asdict() for choice in game.choices],
        "played": game.t,
        "world": world_digest(game),
        "law_digest": law_digest(),
    }


def world_digest(game: Game) -> str:
    """Return a digest of the world that a game has come to."""
    values = state_values(game.model.world)
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def save_game(game: Game, path: Path) -> None:
    """Write a game, as a whole or not at all.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    write_whole(path, (json.dumps(document_of(game), indent=1) + "\n").encode())


def load_game(path: Path) -> Game:
    """Return a saved game, replayed.

    Raises
    ------
    BadInput
        If the file is no saved game, is damaged, or was played under laws that tell another history.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a saved game"
        raise BadInput(f"'{path}' cannot be read: {reason}") from None
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise BadInput(f"'{path}' is no saved game of `standoff play`")
    try:
        game = game_from(document)
    except BadInput as error:
        raise BadInput(f"saved game '{path}': {error}") from None
    if (game.t, world_digest(game)) != (document["played"], document["world"]):
        game.close()
        laws = law_digest()
        why = "it was changed by hand"
        if laws != document["law_digest"]:
            why = f"it was played under the laws {document['law_digest']}, which told another history than {laws}"
        raise BadInput(f"saved game '{path}' does not come out as it was: {why}")
    return game


def game_from(document: dict[str, Any]) -> Game:
    """Return the game that a document describes, replayed.

    Raises
    ------
    BadInput
        Naming the first entry that is missing, unknown or wrong.
    """
    for key in document:
        known("entry", key, KEYS)
    for key in KEYS:
        if key not in document:
            raise BadInput(f"{key} is missing")
    parameters = _numbers(document, "parameters", FACTS)
    state = _numbers(document, "state", STATE_FACTS)
    check_shares(state)
    names = _typed(document, "doctrines", dict)
    month, title = _typed(document, "month", str), _typed(document, "title", str)
    scenario = Scenario(_typed(document, "scenario", str), title, "", month, state, {}, {})
    settings = Settings(
        scenario=scenario,
        parameters=parameters,
        state=state,
        doctrines=doctrines_from(names),
        seed=whole("seed", document["seed"]),
        months=whole("months", document["months"]),
        developers=whole("developers", document["developers"]),
    )
    try:
        settings_month = [int(piece) for piece in month.split("-")]
    except ValueError:
        settings_month = []
    if len(settings_month) != 2 or not 1 <= settings_month[1] <= 12:
        raise BadInput(f"month: '{month}' is not of the form 2025-07")
    people = [str(seat) for seat in _typed(document, "people", list)]
    choices = [_choice(entry) for entry in _typed(document, "choices", list)]
    return Game(settings, people, choices)


def _typed(document: dict[str, Any], key: str, kind: type) -> Any:
    if not isinstance(document[key], kind):
        raise BadInput(f"{key} is damaged")
    return document[key]


def _numbers(document: dict[str, Any], key: str, facts: dict[str, Any]) -> dict[str, float]:
    values = _typed(document, key, dict)
    for name in values:
        known(f"entry of {key}", name, facts)
    for name in facts:
        if name not in values:
            raise BadInput(f"{key} lacks {name}")
    return {name: checked(name, values[name], facts[name]) for name in facts}


def _choice(entry: object) -> Choice:
    if not isinstance(entry, dict) or set(entry) != set(Choice._fields):
        raise BadInput(f"a choice has the entries {', '.join(Choice._fields)}")
    t = entry["t"]
    if (
        isinstance(t, bool)
        or not isinstance(t, int)
        or not all(isinstance(entry[key], str) for key in Choice._fields[1:])
    ):
        raise BadInput("a choice is damaged")
    known("seat", entry["seat"], ACTORS)
    known("kind of choice", entry["kind"], (MOVE, OFFER, ANSWER))
    return Choice(**entry)
