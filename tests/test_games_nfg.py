"""Gambit's file format: what the manual says is read, what is written comes back, and what is wrong gets one line."""

import itertools
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.experiments.cli import main
from standoff.experiments.games.game import make_game
from standoff.experiments.games.nfg import MOST_PAYOFFS, nfg_text, parse_nfg, read_nfg, write_nfg
from standoff.world.checks import BadInput

# The example of Gambit's manual, in both versions: Selten (1975), figure 2.
PAYOFF_VERSION = """NFG 1 R "Selten (IJGT, 75), Figure 2, normal form"
{ "Player 1" "Player 2" } { 3 2 }

1 1 0 2 0 2 1 1 0 3 2 0"""
OUTCOME_VERSION = """NFG 1 R "Selten (IJGT, 75), Figure 2, normal form" { "Player 1" "Player 2" }

{ { "1" "2" "3" }
{ "1" "2" }
}
"A comment,
of two lines"

{
{ "" 1, 1 }
{ "" 0, 2 }
{ "" 0, 2 }
{ "" 1, 1 }
{ "" 0, 3 }
{ "" 2, 0 }
}
1 2 3 4 5 6
"""


def test_the_first_players_strategy_changes_fastest():
    game = parse_nfg(PAYOFF_VERSION)

    assert game.title == "Selten (IJGT, 75), Figure 2, normal form"
    assert game.players == ("Player 1", "Player 2")
    assert game.strategies == (("1", "2", "3"), ("1", "2"))
    assert game.payoffs[0].tolist() == [[1, 1], [0, 0], [0, 2]]
    assert game.payoffs[1].tolist() == [[1, 1], [2, 3], [2, 0]]


def test_outcomes_are_paid_where_they_happen_and_outcome_0_pays_nothing():
    game = parse_nfg(OUTCOME_VERSION.replace("1 2 3 4 5 6", "1 0 3 6 5 2"))

    assert game.payoffs[0].tolist() == [[1, 2], [0, 0], [0, 0]]
    assert game.payoffs[1].tolist() == [[1, 0], [0, 3], [2, 2]]


def test_three_players_in_the_order_of_the_file():
    game = parse_nfg('NFG 1 R "" { "a" "b" "c" } { 2 1 3 } ' + " ".join(map(str, range(18))))

    for k, places in enumerate(itertools.product(range(3), range(1), range(2))):
        assert game.payoffs[(slice(None), *reversed(places))].tolist() == [3 * k, 3 * k + 1, 3 * k + 2]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1/3", 1 / 3), ("-1/4", -0.25), ("+7", 7.0), (".5", 0.5), ("-.5", -0.5), ("2.", 2.0), ("1e3", 1000.0),
        ("1.5E-3", 0.0015), ("1e+16", 1e16), ("10000000000000000000000", 1e22), ("0.1", 0.1), ("-0", 0.0),
        (f"{10**400}/{10**399}", 10.0),
    ],
)  # fmt: skip
def test_a_number_may_be_written_like_this(written, value):
    assert parse_nfg(f'NFG 1 R "" {{ "a" }} {{ 1 }} {written}').payoffs.item() == value


def test_names_that_are_missing_or_double_get_numbers_as_in_gambit():
    """Read so by pygambit 16.7."""
    game = parse_nfg('NFG 1 R "t" { "" "" } { { "a" "a" "a_1" } { "" "b" } } { { "" 1 2 } } 1 1 1 1 1 1')

    assert game.players == ("_1", "_2")
    assert game.strategies == (("a_2", "a_3", "a_1"), ("_1", "b"))


def test_quotes_in_names_are_escaped():
    game = parse_nfg(r'NFG 1 R "a \"good\" game" { "a\b" } { { "\"" } } 1')

    assert (game.title, game.players, game.strategies) == ('a "good" game', (r"a\b",), (('"',),))


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(
    lambda name: "\\" not in name or not (name.endswith("\\") or '\\"' in name)
)
SHAPES = st.lists(st.integers(1, 3), min_size=1, max_size=4)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=50)
@given(st.data(), SHAPES)
def test_what_is_written_is_read_to_the_last_bit(data, shape):
    def names(count):
        return data.draw(st.lists(NAMES.filter(bool), min_size=count, max_size=count, unique=True))

    count = len(shape) * int(np.prod(shape))
    payoffs = np.array(data.draw(st.lists(NUMBERS, min_size=count, max_size=count))).reshape(len(shape), *shape)
    game = make_game(data.draw(NAMES), names(len(shape)), [names(size) for size in shape], payoffs)

    again = parse_nfg(nfg_text(game))

    assert again[:3] == game[:3]
    assert again.payoffs.tobytes() == game.payoffs.tobytes()


@pytest.mark.parametrize("name", ["a\\", 'a\\"b'])
def test_a_name_for_which_the_format_has_no_words_is_not_written(name):
    with pytest.raises(BadInput, match="backslash"):
        nfg_text(make_game("", [name], [["x"]], [[1.0]]))


def test_no_number_is_written_that_gambit_refuses():
    """Tried with pygambit 16.7: it reads 1e16 and 1e-07, and calls 1e+16 an invalid value."""
    text = nfg_text(make_game("", ["a"], [["x", "y", "z"]], [[1e16, 1e-7, -1.5e300]]))

    assert text.endswith("1e16\n1e-07\n-1.5e300\n")


def test_a_file_comes_back(tmp_path):
    game = parse_nfg(OUTCOME_VERSION)

    write_nfg(tmp_path / "game.nfg", game)

    assert nfg_text(read_nfg(tmp_path / "game.nfg")) == nfg_text(game)


HEAD = 'NFG 1 R "t" { "a" "b" } { 2 2 }'
BAD = {
    "": "line 1: expected a game in Gambit's format: NFG 1 R, found the end",
    "\n\n EFG 2 R": "line 3: expected a game in Gambit's format: NFG 1 R, found 'EFG'",
    'NFG 2 R "t"': "version 1",
    'NFG 1 X "t"': "expected R or D",
    "NFG 1 R { ": "expected the title in quotes",
    'NFG 1 R "t': "a quote that is never closed",
    'NFG 1 R "' + '\\"' * 100_000: "a quote that is never closed",
    'NFG 1 R "t" { a b }': "expected a player's name in quotes or '}', found 'a'",
    'NFG 1 R "t" { } { }': "expected at least one player's name",
    'NFG 1 R "t" { "a" "b" } { 2 }': "expected the number of strategies of b",
    'NFG 1 R "t" { "a" } { 2 2 }': "expected '}' after the strategies of 1 players, found '2'",
    'NFG 1 R "t" { "a" } { 0 }': "expected the number of strategies of a",
    'NFG 1 R "t" { "a" } { -2 }': "expected the number of strategies of a",
    'NFG 1 R "t" { "a" } { 1/2 }': "expected the number of strategies of a",
    'NFG 1 R "t" { "a" } { {} }': "expected at least one strategy of a",
    'NFG 1 R "t" { "a" "b" } { 100000 100000 } 1': "expected a game of at most 1000000 payoffs",
    'NFG 1 R "t" { "a" } { 999999999 }': "expected a game of at most 1000000 payoffs",
    'NFG 1 R "t" { "a" } { ' + "9" * 5000 + " }": "expected the number of strategies of a",
    f"{HEAD}\n1 2 3": "line 2: expected the payoff of b at profile 2 of 4, found the end of the file",
    f"{HEAD} 1 2 3 4 5 6 7 8 9": "expected the end of the file after 4 profiles, found '9'",
    f"{HEAD} 1 2 x 4": "expected the payoff of a at profile 2 of 4, found 'x'",
    f"{HEAD} 1 2 nan 4": "found 'nan'",
    f"{HEAD} 1 -inf": "found '-inf'",
    f"{HEAD} 1e999": "expected a finite payoff, found '1e999'",
    f"{HEAD} 1/0": "expected a finite payoff, found '1/0'",
    f"{HEAD} {'9' * 5000}": "expected a finite payoff",
    f"{HEAD} {'9' * 5000}/7": "expected a finite payoff",
    f"{HEAD} 1{'0' * 400}/3": "expected a finite payoff",
    f"{HEAD} 1.2.3": "found '1.2.3'",
    f"{HEAD} 1e": "found '1e'",
    f"{HEAD} 0x10": "found '0x10'",
    f"{HEAD} 1_000": "found '1_000'",
    f"{HEAD} \u0661": "found '\u0661'",
    HEAD + ' { { "o" 1 2 } } 1 1 1 2': "expected an outcome from 0 to 1, found '2'",
    HEAD + ' { { "o" 1 2 } } 1 1 1 -1': "expected the outcome at profile 4 of 4, found '-1'",
    HEAD + ' { { "o" 1 } } 1 1 1 1': "expected the payoff of b in outcome 1",
    HEAD + ' { { "o" 1 2 3 } } 1': "expected '}' after the payoffs of 2 players",
    HEAD + " { { 1 2 } } 1": "expected an outcome's name in quotes",
    HEAD + ' { { "o" 1 2 } ': "expected '{' before an outcome or '}'",
    "{" * 100_000: "NFG 1 R",
    'NFG 1 R "t" ' + "{" * 100_000: "expected a player's name",
    "NFG 1 R \0": "expected the title in quotes",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text[:40] + text[-20:]))
def test_a_malformed_file_gets_one_line_with_its_place(text, tmp_path, capsys):
    path = tmp_path / "bad.nfg"
    path.write_text(text, encoding="utf-8")

    assert main(["solve", str(path)]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert len(err) < 300 + len(str(path))
    assert err.startswith(f"standoff: {path}, line ")
    assert BAD[text] in err


def test_what_is_no_text_file_is_refused(tmp_path):
    (tmp_path / "binary.nfg").write_bytes(bytes(range(256)))
    (tmp_path / "folder.nfg").mkdir()
    os.mkfifo(tmp_path / "pipe.nfg")
    with (tmp_path / "huge.nfg").open("wb") as huge:
        huge.truncate(10**9)  # a hole, no disk
    for name, told in {
        "binary": "UTF-8", "folder": "not a file", "pipe": "not a file", "huge": "100 MB", "absent": "No such file",
    }.items():  # fmt: skip
        with pytest.raises(BadInput, match=told):
            read_nfg(tmp_path / f"{name}.nfg")


@given(st.integers(0, len(OUTCOME_VERSION)), st.sampled_from(['"', "{", "}", "\\", "7", " ", "x", "/", ""]))
def test_a_torn_file_is_a_game_or_bad_input(place, letter):
    for torn in (OUTCOME_VERSION[:place] + letter, OUTCOME_VERSION[:place] + letter + OUTCOME_VERSION[place + 1 :]):
        try:
            parse_nfg(torn)
        except BadInput as error:
            assert "line" in str(error)  # noqa: PT017


def test_sizes_are_checked_before_names_are_made():
    with pytest.raises(BadInput, match="at most"):
        parse_nfg(f'NFG 1 R "" {{ {" ".join(chr(34) + str(k) + chr(34) for k in range(50))} }} {{ {"999999 " * 50} }}')
    assert MOST_PAYOFFS * 8 < 100_000_000
