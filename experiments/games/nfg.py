"""Gambit's files of normal-form games (.nfg), payoff and outcome version: read and written.

The format is the one of Gambit's manual, "Game representation formats". Profiles are listed with the strategy of the
first player changing fastest.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...world.checks import BadInput
from .game import Game

MOST_PAYOFFS = 1_000_000  # numbers, players x profiles
MOST_LETTERS = 100_000_000
MOST_PLAYERS = 60  # an array has at most 64 axes

# A backslash before a quote makes it a letter; any other backslash stands for itself, as in Gambit.
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\"|\\(?!"))*")
      |(?P<number>[-+]?(?:[0-9]+/[0-9]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?![^\s{},"]))
      |(?P<mark>[{},])
      |(?P<end>\Z)
      |(?P<word>"|[^\s{},"]+))""",
    re.VERBOSE | re.ASCII,
)


class Token(NamedTuple):
    """A piece of the file: its kind, what is written, and where it starts."""

    kind: str  # text, number, mark, word or end
    written: str
    place: int


def read_nfg(path: Path) -> Game:
    """Return the game in a file.

    Raises
    ------
    BadInput
        With file, line and what was expected, if it is no game.
    """
    try:
        if path.exists() and not path.is_file():
            raise BadInput(f"{path} is not a file")
        if path.stat().st_size > MOST_LETTERS:
            raise BadInput(f"{path} is larger than {MOST_LETTERS // 1_000_000} MB")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    except BadInput:
        raise
    except ValueError:
        raise BadInput(f"{path} is not text in UTF-8: expected a game in Gambit's .nfg format") from None
    return parse_nfg(text, str(path))


def parse_nfg(text: str, source: str = "text") -> Game:
    """Return the game that a text in Gambit's format describes; `source` is named in complaints.

    >>> parse_nfg('NFG 1 R "pennies" { "Odd" "Even" } { 2 2 } 1 -1 -1 1 -1 1 1 -1').payoffs[0].tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    return _Reader(text, source).game()


class _Reader:
    """The tokens of one text, read from left to right."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.tokens = self._tokens()
        self.token = next(self.tokens)

    def _tokens(self) -> Iterator[Token]:
        for match in _TOKEN.finditer(self.text):
            kind = str(match.lastgroup)
            yield Token(kind, match[kind], match.start(kind))
            if kind == "end":
                return

    def wrong(self, expected: str, token: Token | None = None) -> BadInput:
        """Return the complaint that something else was expected at a token, the present one if none is given."""
        kind, written, place = token or self.token
        line = self.text.count("\n", 0, place) + 1
        found = {"end": "the end of the file", '"': "a quote that is never closed"}.get(
            kind if kind == "end" else written, f"'{written[:30]}'"
        )
        return BadInput(f"{self.source}, line {line}: expected {expected}, found {found}")

    def take(self, kind: str, expected: str, written: str | None = None) -> Token:
        """Return the present token and go on, if it is of a kind and, where that is given, a wording."""
        taken = self.token
        if taken.kind != kind or (written is not None and taken.written != written):
            raise self.wrong(expected)
        self.token = next(self.tokens, taken)  # nothing follows the end
        return taken

    def follows(self, kind: str, written: str | None = None) -> bool:
        return self.token.kind == kind and (written is None or self.token.written == written)

    def label(self, expected: str) -> str:
        return self.take("text", expected).written[1:-1].replace('\\"', '"')

    def labels(self, of: str) -> list[str]:
        self.take("mark", f"'{{' before the {of}", "{")
        names = []
        while not self.follows("mark", "}"):
            names.append(self.label(f"a {of} in quotes or '}}'"))
        if not names:
            raise self.wrong(f"at least one {of}")
        self.take("mark", "'}'", "}")
        return _distinct(names)

    def count(self, expected: str, least: int) -> int:
        taken = self.take("number", expected)
        if not taken.written.isdigit() or len(taken.written) > 9 or int(taken.written) < least:
            raise self.wrong(expected, taken)
        return int(taken.written)

    def payoff(self, expected: str) -> float:
        taken = self.take("number", expected)
        try:
            value = float(Fraction(taken.written)) if "/" in taken.written else float(taken.written)
        except (ValueError, ArithmeticError):  # too many digits, a division by 0, a fraction beyond all floats
            value = math.inf
        if not math.isfinite(value):
            raise self.wrong("a finite payoff", taken)
        return value

    def game(self) -> Game:
        first = "a game in Gambit's format: NFG 1 R"
        self.take("word", first, "NFG")
        self.take("number", f"version 1 of the format ({first})", "1")
        if not (self.follows("word", "R") or self.follows("word", "D")):
            raise self.wrong(f"R or D ({first})")
        self.take("word", first)
        title = self.label("the title in quotes")
        place = self.token
        players = self.labels("player's name")
        if len(players) > MOST_PLAYERS:
            raise self.wrong(f"at most {MOST_PLAYERS} players", place)
        self.take("mark", "'{' before the strategies", "{")
        strategies: list[Sequence[str]] = []
        size = 1
        for name in players:
            place = self.token
            strategies.append(self.strategies_of(name, MOST_PAYOFFS // (size * len(players))))
            size *= len(strategies[-1])
            if size * len(players) > MOST_PAYOFFS:
                raise self.wrong(f"a game of at most {MOST_PAYOFFS} payoffs", place)
        self.take("mark", f"'}}' after the strategies of {len(players)} players", "}")
        if self.follows("text"):
            self.label("a comment")
        rows = self.by_outcome(size, players) if self.follows("mark", "{") else self.by_payoff(size, players)
        self.take("end", f"the end of the file after {size} profiles")
        sizes = [len(names) for names in strategies]
        # In C order the last index changes fastest, so the players come in reverse.
        table = np.array(rows).T.reshape(len(players), *reversed(sizes))
        table = table.transpose(0, *range(len(players), 0, -1)).copy()
        return Game(title, tuple(players), tuple(tuple(names) for names in strategies), table)

    def strategies_of(self, player: str, most: int) -> Sequence[str]:
        if self.follows("mark", "{"):
            return self.labels(f"strategy of {player}")
        place = self.token
        number = self.count(f"the number of strategies of {player}, or their names in braces", 1)
        if number > most:
            raise self.wrong(f"a game of at most {MOST_PAYOFFS} payoffs", place)
        return [str(k + 1) for k in range(number)]

    def by_payoff(self, size: int, players: Sequence[str]) -> list[list[float]]:
        return [
            [self.payoff(f"the payoff of {player} at profile {k + 1} of {size}") for player in players]
            for k in range(size)
        ]

    def by_outcome(self, size: int, players: Sequence[str]) -> list[list[float]]:
        outcomes = [[0.0] * len(players)]  # outcome 0 pays nobody anything
        self.take("mark", "'{' before the outcomes", "{")
        while not self.follows("mark", "}"):
            self.take("mark", "'{' before an outcome or '}' after the last", "{")
            self.label("an outcome's name in quotes")
            outcomes.append([])
            for player in players:
                outcomes[-1].append(self.payoff(f"the payoff of {player} in outcome {len(outcomes) - 1}"))
                if self.follows("mark", ","):
                    self.take("mark", "','", ",")
            self.take("mark", f"'}}' after the payoffs of {len(players)} players", "}")
        self.take("mark", "'}' after the outcomes", "}")
        rows = []
        for k in range(size):
            place = self.token
            number = self.count(f"the outcome at profile {k + 1} of {size}", 0)
            if number >= len(outcomes):
                raise self.wrong(f"an outcome from 0 to {len(outcomes) - 1}", place)
            rows.append(outcomes[number])
        return rows


def _distinct(names: list[str]) -> list[str]:
    """Return names that all differ and none of which is empty: as in Gambit, such a name gets `_1`, `_2`, ...

    >>> _distinct(["a", "", "a", "a_1"])
    ['a_2', '_1', 'a_3', 'a_1']
    """
    used = set(names)
    counts = Counter(names)
    numbers = dict.fromkeys(used, 0)
    distinct = []
    for name in names:
        new = name
        while counts[name] > 1 or not name:
            numbers[name] += 1
            new = f"{name}_{numbers[name]}"
            if new not in used:
                break
        used.add(new)
        distinct.append(new)
    return distinct


def nfg_text(game: Game) -> str:
    """Return a game in Gambit's format, payoff version; reading it gives the same game to the last bit.

    Raises
    ------
    BadInput
        If a name cannot be written: the format has no word for a backslash before a quote.
    """
    players = " ".join(_quoted(name) for name in game.players)
    strategies = "\n".join("  { " + " ".join(_quoted(name) for name in names) + " }" for names in game.strategies)
    backwards = range(game.payoffs.ndim - 1, 0, -1)
    rows = game.payoffs.transpose(*backwards, 0).reshape(-1, len(game.players)).tolist()
    # Gambit takes 1e16, but not 1e+16.
    payoffs = "\n".join(" ".join(repr(worth).replace("+", "") for worth in row) for row in rows)
    return f'NFG 1 R {_quoted(game.title)} {{ {players} }}\n{{\n{strategies}\n}}\n""\n\n{payoffs}\n'


def write_nfg(path: Path, game: Game) -> None:
    """Write a game to a file in Gambit's format."""
    path.write_text(nfg_text(game), encoding="utf-8")


def _quoted(name: str) -> str:
    if re.search(r'\\("|\Z)', name):
        raise BadInput(f"the name '{name}' cannot be written in an .nfg file: a backslash comes before a quote")
    return '"' + name.replace('"', '\\"') + '"'
