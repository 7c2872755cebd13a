"""Equilibria against Gambit's answers, published numbers, closed forms and games solved by hand."""

import itertools
import json
import os
import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.experiments.cli import main
from standoff.experiments.games import gambit
from standoff.experiments.games.game import Game, make_game, payoff_range, regrets
from standoff.experiments.games.logit import fit_precision, limit_equilibrium, logit_response, logit_responses
from standoff.experiments.games.nfg import parse_nfg, write_nfg
from standoff.experiments.games.pure import pure_equilibria, undominated
from standoff.experiments.games.solve import exchangeable, solve
from standoff.experiments.games.two_players import equilibria_of, extreme_equilibria
from standoff.world.checks import BadInput

ORACLE = Path(__file__).parent / "oracles" / "gambit.json"
GAMBIT = json.loads(ORACLE.read_text(encoding="utf-8"))
OF_TWO = [case for case in GAMBIT["games"] if len(case["shape"]) == 2]
OF_MORE = [case for case in GAMBIT["games"] if len(case["shape"]) > 2]


def table_of(case):
    return np.array([np.reshape(worth, case["shape"], order="F") for worth in case["payoffs"]], float)


def game_of(table, title="a game"):
    return make_game(
        title, [f"player {i}" for i in range(len(table))], [range_names(n) for n in table.shape[1:]], table
    )


def range_names(count):
    return [f"s{k}" for k in range(count)]


def bimatrix(first, second):
    return np.array([first, second], float)


def rows(profiles):
    """Return profiles as a sorted table, to be compared."""
    return np.array(sorted(tuple(np.round(np.concatenate(profile), 7) + 0.0) for profile in profiles))


def holds(profiles, sought):
    """Return whether a profile is among others."""
    return bool((np.abs(rows(profiles) - np.concatenate(sought)).max(axis=1) < 1e-6).any())


def assert_same(ours, theirs):
    """Each once on our side; Gambit lists an equilibrium of a degenerate game now and then twice."""
    assert len({tuple(row) for row in rows(ours).round(6)}) == len(ours)
    assert all(holds(ours, profile) for profile in theirs)
    assert all(holds(theirs, profile) for profile in ours)


# Gambit


def test_gambit_was_asked_about_500_games():
    assert len(GAMBIT["games"]) >= 500
    assert GAMBIT["provenance"]["pygambit"].startswith("16.")


def test_pure_equilibria_are_gambits():
    for case in GAMBIT["games"]:
        found = [[int(chances.argmax()) for chances in profile] for profile in pure_equilibria(table_of(case))]

        assert found == case["pure"], case


@pytest.mark.parametrize("shape", sorted({tuple(case["shape"]) for case in OF_TWO}), ids=str)
def test_all_extreme_equilibria_of_two_players_are_gambits(shape):
    """Degenerate games too: a third of them has payoffs 0, 1 and 2 only."""
    for case in OF_TWO:
        if tuple(case["shape"]) == shape:
            table = table_of(case)
            found = equilibria_of(table)

            assert_same(found, case["equilibria"])
            assert extreme_equilibria(table).clear
            assert all((regrets(table, profile) <= 1e-9 * payoff_range(table)).all() for profile in found)


@pytest.mark.parametrize("shape", sorted({tuple(case["shape"]) for case in OF_MORE}), ids=str)
def test_equilibria_of_more_players_are_certified_odd_in_number_and_hold_gambits(shape):
    """In a generic game the number is odd (Wilson 1971), which shows that Gambit's enumpoly misses some."""
    cases = [case for case in OF_MORE if tuple(case["shape"]) == shape]
    for case in cases[: 1 if shape == (5, 4, 3) else 6]:  # the slow proof below takes them all
        table = table_of(case)
        solution = solve(game_of(table))
        found = [equilibrium.profile for equilibrium in solution.equilibria]

        assert all((regrets(table, profile) <= 1e-9 * payoff_range(table)).all() for profile in found)
        assert all(holds(found, profile) for profile in case["equilibria"])
        assert len(found) % 2 == 1 or shape == (5, 4, 3)


@pytest.mark.slow
@pytest.mark.parametrize("case", OF_MORE, ids=lambda case: "x".join(map(str, case["shape"])))
def test_every_equilibrium_that_gambit_knows_is_found(case):
    found = [equilibrium.profile for equilibrium in solve(game_of(table_of(case))).equilibria]

    assert all(holds(found, profile) for profile in case["equilibria"])
    assert len(found) % 2 == 1 or case["shape"] == [5, 4, 3]


@pytest.mark.parametrize("case", GAMBIT["logit"], ids=lambda case: "x".join(map(str, case["shape"])))
def test_logit_responses_at_ten_precisions_are_gambits(case):
    table = table_of(case)

    found = logit_responses(table, GAMBIT["precisions"])

    assert len(GAMBIT["precisions"]) == 10
    for ours, theirs in zip(found, case["responses"], strict=True):
        assert np.abs(np.concatenate(ours) - np.concatenate(theirs)).max() < 1e-6


def test_the_branch_is_followed_around_a_narrow_fold():
    """Its legs are so close that a bold step leads back to the start; values from logit_solve_lambda, logit_solve."""
    table = np.array(
        [[[[15, 682], [592, 53]], [[909, 220], [255, 184]]], [[[333, 175], [347, 812]], [[451, 923], [449, 276]]],
         [[[788, 819], [861, 889]], [[25, 512], [268, 244]]]], float,
    )  # fmt: skip

    before, after = logit_responses(table, [0.05, 1.0])

    assert [mix[0] for mix in before] == pytest.approx([0.524725351, 0.217504796, 0.056113774], abs=1e-8)
    assert [mix[0] for mix in after] == pytest.approx([0.504875527, 0.220943512, 0.0], abs=1e-8)
    assert [mix[0] for mix in limit_equilibrium(table)] == pytest.approx([647 / 1284, 131 / 593, 0.0], abs=1e-12)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pygambit") is None, reason="pygambit is not installed")
def test_gambit_says_the_same_today():
    games = 20 if os.environ.get("STANDOFF_PROOFS") == "small" else 200
    for seed in range(games):
        rng = np.random.default_rng(seed)
        shape = [(5, 4), (4, 5), (3, 3), (2, 2, 2), (3, 3, 2)][seed % 5]
        table = rng.integers(0, 9999, (len(shape), *shape)).astype(float)
        game = game_of(table)
        found = [equilibrium.profile for equilibrium in solve(game).equilibria]
        theirs = gambit.gambit_profiles(game, "enummixed" if len(shape) == 2 else "enumpoly", seconds=120.0)

        assert theirs or len(shape) > 2  # enumpoly now and then finds none
        assert all(holds(found, profile) for profile in theirs)
        assert len(shape) > 2 or len(found) == len(theirs)


def test_gambits_own_process_is_asked_and_may_fail(monkeypatch, tmp_path):
    """A stand-in for pygambit: one method finds the mixed equilibrium of matching pennies, the others go wrong."""
    (tmp_path / "pygambit.py").write_text(
        """
import time
class nash:
    def gnm_solve(game):
        return game
    def ipa_solve(game):
        raise RuntimeError
    def logit_solve(game):
        time.sleep(60)
class read_nfg(dict):
    def __init__(self, file):
        assert file.read().startswith(b"NFG 1 R")
        self.players = [type("Player", (), {"strategies": s}) for s in ("ab", "cd")]
        self.equilibria = [dict.fromkeys("abcd", 0.5)]
""",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    pennies = game_of(bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]))

    assert rows(gambit.gambit_profiles(pennies, "gnm")).tolist() == [[0.5, 0.5, 0.5, 0.5]]
    assert gambit.gambit_profiles(pennies, "ipa") == []
    assert gambit.gambit_profiles(pennies, "logit", seconds=0.5) == []


# Published numbers

OCHS = bimatrix([[1.1141, 0], [0, 0.2785]], [[0, 1.1141], [1.1141, 0]])
STAG_HUNT = bimatrix([[10, 1], [8, 5]], [[10, 8], [1, 5]])
MCKELVEY_MCLENNAN = parse_nfg("""NFG 1 R "2x2x2 Example from McKelvey-McLennan, with 9 Nash equilibria, 2 totally mixed"
    { "Player 1" "Player 2" "Player 3" } { { "1" "2" } { "1" "2" } { "1" "2" } } ""
    { { "" 9, 8, 12 } { "" 0, 0, 0 } { "" 0, 0, 0 } { "" 9, 8, 2 }
      { "" 0, 0, 0 } { "" 3, 4, 6 } { "" 3, 4, 6 } { "" 0, 0, 0 } } 1 2 3 4 5 6 7 8""")


@pytest.mark.parametrize(
    ("precision", "first", "second"),
    [(0.5, 0.549654, 0.486174), (1.0, 0.586784, 0.451807), (2.0, 0.617522, 0.371982), (3.0, 0.616897, 0.314016)],
)
def test_quantal_responses_of_ochs_game(precision, first, second):
    """McKelvey and Palfrey (1995), game 2 of Ochs (1995)."""
    profile = logit_response(OCHS, precision)

    assert (profile[0][0], profile[1][0]) == pytest.approx((first, second), abs=1e-5)


def test_the_precision_of_ochs_players():
    """As in Gambit's tutorial on McKelvey and Palfrey (1995): 128 plays."""
    fit = fit_precision(OCHS, [[128 * 0.527, 128 * 0.473], [128 * 0.366, 128 * 0.634]])

    assert fit.precision == pytest.approx(1.84561, abs=1e-4)
    assert (fit.profile[0][0], fit.profile[1][0]) == pytest.approx((0.615651, 0.383291), abs=1e-4)
    assert fit.log_likelihood == pytest.approx(-174.76453, abs=1e-4)


def test_ochs_game_has_one_equilibrium():
    (found,) = solve(game_of(OCHS)).equilibria

    assert found.profile[0].tolist() == pytest.approx([0.5, 0.5], abs=1e-12)
    assert found.profile[1][0] == pytest.approx(0.2785 / (0.2785 + 1.1141), abs=1e-12)


@pytest.mark.parametrize(
    ("precision", "stag"), [(0.2, 0.429254), (0.5, 0.195846), (1.0, 0.020264), (2.0, 0.000337)]
)  # fmt: skip
def test_quantal_responses_of_the_stag_hunt(precision, stag):
    profile = logit_response(STAG_HUNT, precision)

    assert (profile[0][0], profile[1][0]) == pytest.approx((stag, stag), abs=1e-5)


def test_the_stag_hunt_has_three_equilibria():
    assert_same(
        [found.profile for found in solve(game_of(STAG_HUNT)).equilibria],
        [[[1, 0], [1, 0]], [[0, 1], [0, 1]], [[2 / 3, 1 / 3], [2 / 3, 1 / 3]]],
    )
    limit = limit_equilibrium(STAG_HUNT)
    assert rows([limit]).tolist() == [[0, 1, 0, 1]]


def test_nine_equilibria_of_mckelvey_and_mclennan():
    solution = solve(MCKELVEY_MCLENNAN)

    assert len(solution.equilibria) == 9
    totally = [found for found in solution.equilibria if min(map(min, found.profile)) > 0.0]
    assert len(totally) == 2
    assert len([found for found in solution.equilibria if found.kind == "pure"]) == 4
    assert all(max(found.regrets) < 1e-12 for found in solution.equilibria)
    assert not solution.complete


@pytest.mark.parametrize(("penalty", "enforcement"), [(-2.0, 5 / 7), (-6.0, 5 / 11)])
def test_a_harsher_penalty_moves_only_the_inspector(penalty, enforcement):
    """Tsebelis (1990): the offender's mix is what makes the inspector indifferent."""
    table = bimatrix([[penalty, 5], [0, 0]], [[3, 0], [-1, 2]])

    (found,) = solve(game_of(table)).equilibria

    assert found.profile[0][0] == pytest.approx(0.5, abs=1e-12)
    assert found.profile[1][0] == pytest.approx(enforcement, abs=1e-12)


def test_von_stengels_game_has_75_equilibria():
    """Von Stengel (1999), "New maximal numbers of equilibria in bimatrix games": 6 x 6, ill conditioned."""
    game = parse_nfg(VON_STENGEL)

    assert len(equilibria_of(game.payoffs)) == 75


VON_STENGEL = """NFG 1 R "6x6" { "1" "2" } { 6 6 }
    9504 72336 -111771 -461736 397584 1227336 171204 -1718376 1303104 1303104 737154 -453420
    -660 48081 31680 -300036 -113850 774576 -45936 -1039236 -453420 737154 -227040 -227040
    19976 29216 -130944 -178761 451176 451176 208626 -586476 1227336 397584 774576 -113850
    -20526 14124 168124 -84436 -586476 208626 -263076 -263076 -1718376 171204 -1039236 -45936
    1776 1776 -8514 -8976 29216 19976 14124 -20526 72336 9504 48081 -660
    -8976 -8514 52764 52764 -178761 -130944 -84436 168124 -461736 -111771 -300036 31680"""


# Games solved by hand


def test_the_ends_of_degenerate_components():
    """Top always pays 1; the second player does not care if the first plays it, and else prefers left.

    Top is best against left up to a half, so the equilibria are top with left from 0 to 1/2, and bottom with left.
    """
    table = bimatrix([[1, 1], [2, 0]], [[3, 3], [1, 0]])

    solution = solve(game_of(table))

    assert solution.complete
    assert [[mix.tolist() for mix in found.profile] for found in solution.equilibria] == [
        [[1, 0], [0, 1]], [[0, 1], [1, 0]], [[1, 0], [0.5, 0.5]],
    ]  # fmt: skip
    assert [found.component for found in solution.equilibria] == [0, 1, 0]
    assert exchangeable(solution) == [[0, 2]]


def test_a_game_without_stakes_is_one_component():
    """All profiles are equilibria: the ends are the pure ones, and any two may exchange strategies."""
    solution = solve(game_of(np.zeros((2, 3, 2))))

    assert solution.complete
    assert len(solution.equilibria) == 6
    assert {found.kind for found in solution.equilibria} == {"pure"}
    assert {found.component for found in solution.equilibria} == {0}
    assert exchangeable(solution) == [list(range(6))]


def test_two_maximal_sets_may_meet_in_one_equilibrium():
    """Both coordinate on left or right; the middle of the second player is as good as either, to both.

    Equilibria: up with any mix of left and middle, down with any mix of right and middle, and middle with all mixes.
    """
    table = bimatrix([[1, 1, 0], [0, 1, 1]], [[1, 1, 0], [0, 1, 1]])

    solution = solve(game_of(table))

    ends = {tuple(int(mix.argmax()) for mix in found.profile): k for k, found in enumerate(solution.equilibria)}
    assert {found.component for found in solution.equilibria} == {0}
    assert set(ends) == {(0, 0), (0, 1), (1, 1), (1, 2)}
    assert sorted(exchangeable(solution)) == sorted(
        sorted(ends[place] for place in places) for places in [[(0, 0), (0, 1)], [(0, 1), (1, 1)], [(1, 1), (1, 2)]]
    )


def test_strategies_that_are_twice_the_same_give_a_component():
    """Matching pennies with tails listed twice: the half that goes to tails may be split at will."""
    table = bimatrix([[1, -1, -1], [-1, 1, 1]], [[-1, 1, 1], [1, -1, -1]])

    solution = solve(game_of(table))

    assert_same(
        [found.profile for found in solution.equilibria],
        [[[0.5, 0.5], [0.5, 0.5, 0]], [[0.5, 0.5], [0.5, 0, 0.5]]],
    )
    assert exchangeable(solution) == [[0, 1]]


def test_any_mix_within_an_exchangeable_set_is_an_equilibrium():
    rng = random.Random(1)
    seen = 0
    for case in OF_TWO:
        solution = solve(game_of(table_of(case)))
        for places in exchangeable(solution):
            weights = [[rng.random() for _ in places] for _ in range(2)]
            profile = tuple(
                sum(w * solution.equilibria[k].profile[i] for w, k in zip(weights[i], places, strict=True))
                / sum(weights[i])
                for i in range(2)
            )
            assert regrets(table_of(case), profile).max() < 1e-9
            seen += 1
    assert seen > 100


def test_one_player_takes_the_best():
    solution = solve(make_game("", ["alone"], [["a", "b", "c"]], [[1.0, 3.0, 3.0]]))

    assert [found.profile[0].tolist() for found in solution.equilibria] == [[0, 1, 0], [0, 0, 1]]
    assert {found.component for found in solution.equilibria} == {0}
    assert solution.complete


def test_players_without_a_choice_do_not_hinder_the_rest():
    """Matching pennies with two onlookers, one of them in between."""
    pennies = bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    table = np.stack([pennies[0], np.full((2, 2), 7.0), pennies[1], np.zeros((2, 2))]).reshape(4, 2, 1, 2, 1)

    solution = solve(game_of(table))

    assert solution.complete
    assert [[mix.tolist() for mix in found.profile] for found in solution.equilibria] == [
        [[0.5, 0.5], [1], [0.5, 0.5], [1]]
    ]
    assert solution.equilibria[0].payoffs == (0, 7, 0, 0)


def test_dominance_solves_a_public_goods_game_of_five():
    """Everyone keeps its coin, worth 1 to itself and .4 to each if given: one equilibrium, and no other."""
    table = np.zeros((5, 2, 2, 2, 2, 2))
    for places in itertools.product(range(2), repeat=5):
        for i in range(5):
            table[(i, *places)] = 0.4 * sum(places) + 1 - places[i]

    solution = solve(game_of(table))

    assert [len(left) for left in undominated(table, 0.0)] == [1] * 5
    assert solution.complete
    assert [[int(mix.argmax()) for mix in found.profile] for found in solution.equilibria] == [[0] * 5]


def test_three_players_of_matching_pennies_mix():
    """Each of three wants to match the next, the last one to differ: one equilibrium, all at a half (Jordan 1993)."""
    table = np.zeros((3, 2, 2, 2))
    for places in itertools.product(range(2), repeat=3):
        a, b, c = places
        table[(slice(None), *places)] = [a == b, b == c, c != a]

    solution = solve(game_of(table))

    assert rows(found.profile for found in solution.equilibria).tolist() == [[0.5] * 6]


def test_ties_count_exactly():
    table = bimatrix([[1.0, 1.0], [1.0, np.nextafter(1.0, 2.0)]], np.zeros((2, 2)))

    found = [[int(mix.argmax()) for mix in profile] for profile in pure_equilibria(table)]

    assert found == [[0, 0], [1, 0], [1, 1]]


def test_payoffs_too_close_to_tell_are_owned_up_to():
    """A difference of a 1e-13th of the range: is it one?"""
    solution = solve(game_of(bimatrix([[1, 0], [1 + 1e-13, 1]], [[1, 1], [1, 0.5]])))

    assert not solution.complete
    assert "rounding" in solution.note


# Properties


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(3, 3), (2, 4), (1, 3), (2, 2, 2), (2, 1, 3)]))
def test_what_is_reported_is_an_equilibrium_in_any_units(seed, shape):
    """Other units and a bonus that a player cannot influence change no equilibrium."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 6, (len(shape), *shape)).astype(float)
    solution = solve(game_of(table))
    other = table * 4.0 ** rng.integers(-3, 4, (len(shape), *[1] * len(shape)))
    for i in range(len(shape)):
        other[i] += rng.integers(0, 9, [1 if k == i else size for k, size in enumerate(shape)])

    again = solve(game_of(other))

    assert solution.equilibria
    for found in solution.equilibria:
        assert (regrets(table, found.profile) <= 1e-9 * payoff_range(table)).all()
        assert found.regrets == pytest.approx(tuple(regrets(table, found.profile)), abs=1e-9)
    if solution.complete:
        assert_same([one.profile for one in solution.equilibria], [one.profile for one in again.equilibria])


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(3, 3), (2, 2, 2), (4, 2)]))
def test_a_logit_response_answers_itself(seed, shape):
    """Log odds are precision x difference of what the strategies are worth; at precision 0 all is chance."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(len(shape), *shape))
    precision = float(rng.uniform(0.0, 6.0))

    profile = logit_response(table, precision)
    near = logit_response(table, precision * 1.001, start=profile)

    for i, chances in enumerate(profile):
        worth = table[i]
        for other in reversed(range(len(shape))):
            if other != i:
                worth = np.moveaxis(worth, other, -1) @ profile[other]
        assert np.log(chances / chances[0]) == pytest.approx(precision * (worth - worth[0]), abs=1e-8)
    assert np.abs(np.concatenate(near) - np.concatenate(profile)).max() < 0.05
    assert logit_response(table, 0.0)[0].tolist() == pytest.approx([1 / shape[0]] * shape[0])


@pytest.mark.parametrize("precision", [-1.0, float("nan"), float("inf")])
def test_a_precision_is_a_number_from_0(precision):
    with pytest.raises(BadInput, match="precision"):
        logit_response(OCHS, precision)


def test_plays_fit_the_game():
    with pytest.raises(BadInput, match="plays"):
        fit_precision(OCHS, [[1, 2, 3], [1, 2]])


# Size and the command line


@pytest.mark.parametrize("shape", [(40, 40), (4, 4, 4, 4), (12_000,), (100, 300)], ids=str)
def test_a_large_game_gets_an_honest_answer(shape):
    rng = np.random.default_rng(1)
    table = rng.integers(0, 50, (len(shape), *shape)).astype(float)

    strategies = tuple(tuple(map(str, range(size))) for size in shape)
    solution = solve(Game("", tuple(map(str, range(len(shape)))), strategies, table))

    assert not solution.complete
    assert "not solved completely" in solution.note
    for found in solution.equilibria:
        assert (regrets(table, found.profile) <= 1e-9 * payoff_range(table)).all()


def test_payoffs_beyond_comparison_are_refused():
    with pytest.raises(BadInput, match="too far apart"):
        solve(game_of(bimatrix([[1e308, -1e308], [0, 0]], np.zeros((2, 2)))))


@pytest.mark.parametrize("scale", [1e-300, 1e150, 1e-8])
def test_units_may_be_tiny_or_huge(scale):
    assert len(solve(game_of(STAG_HUNT * scale)).equilibria) == 3


def test_solve_prints_one_document(tmp_path, capsys):
    write_nfg(tmp_path / "game.nfg", make_game("hunt", ["us", "china"], [["stag", "hare"]] * 2, STAG_HUNT))

    assert main(["solve", str(tmp_path / "game.nfg"), "--format", "json"]) == 0

    out, err = capsys.readouterr()
    document = json.loads(out)
    assert err == ""
    assert document["players"] == ["us", "china"]
    assert document["strategies"] == [["stag", "hare"], ["stag", "hare"]]
    assert document["complete"] is True
    assert [found["kind"] for found in document["equilibria"]] == ["pure", "pure", "mixed"]
    assert document["equilibria"][0]["profile"] == [[1, 0], [1, 0]]
    assert document["equilibria"][0]["payoffs"] == [10, 10]
    assert document["equilibria"][2]["profile"][0] == pytest.approx([2 / 3, 1 / 3])
    assert all(0 <= found["regret"] < 1e-12 for found in document["equilibria"])
    assert {"method", "component"} <= document["equilibria"][0].keys()


def test_solve_prints_a_table(tmp_path, capsys):
    write_nfg(tmp_path / "game.nfg", make_game("Zero", ["us", "china"], [["a", "b"]] * 2, np.zeros((2, 2, 2))))

    assert main(["solve", str(tmp_path / "game.nfg")]) == 0

    out, err = capsys.readouterr()
    assert "4 equilibria, all there are" in out
    assert "us: a; payoff 0, regret 0" in out
    assert "Degenerate" in out
    assert "1, 2, 3, 4" in out
    assert err == ""


def test_solve_says_on_standard_error_what_it_could_not_prove(tmp_path):
    write_nfg(tmp_path / "game.nfg", MCKELVEY_MCLENNAN)

    done = subprocess.run(
        [sys.executable, "-m", "standoff.experiments.cli", "solve", "game.nfg", "--format", "json"],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip

    assert json.loads(done.stdout)["complete"] is False
    assert "not solved completely" in done.stderr
