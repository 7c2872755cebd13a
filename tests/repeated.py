"""Finite automata in the iterated prisoner's dilemma, with trembles: a game whose expected payoffs are known.

Matches are simulated move by move; expected payoffs come from the Markov chain of both automata's states,
without any luck. So a test has samples whose mean it knows.
"""

from typing import NamedTuple

import numpy as np

C, D = 0, 1
PAYOFFS = np.array([[3.0, 0.0], [5.0, 1.0]])  # R, S; T, P: the row's own


class Automaton(NamedTuple):
    """A strategy with finitely many states; it starts in the first."""

    moves: tuple[int, ...]  # of each state
    following: tuple[tuple[tuple[int, int], tuple[int, int]], ...]  # the next state: [state][own move][other's move]


def by_the_other(*following):
    """Return rules that look only at the other's move: for each state what follows C, and what follows D."""
    return tuple((after, after) for after in following)


AUTOMATA = {
    "TFT": Automaton((C, D), by_the_other((0, 1), (0, 1))),
    "ALLC": Automaton((C,), by_the_other((0, 0))),
    "ALLD": Automaton((D,), by_the_other((0, 0))),
    "Grudger": Automaton((C, D), by_the_other((0, 1), (1, 1))),
    "TF2T": Automaton((C, C, D), by_the_other((0, 1), (0, 2), (0, 2))),
    "WSLS": Automaton((C, D), (((0, 1), (1, 0)), ((0, 1), (1, 0)))),  # what was really played, kept after a C
    "Alternator": Automaton((C, D), by_the_other((1, 1), (0, 0))),
}


def trembles(rng, turns, chance, *matches):
    """Return which moves slip, shaped (turns, 2, matches)."""
    return rng.random((turns, 2, *matches)) < chance


def play(one, other, turns, slips=None):
    """Return both scores, summed over the turns; shaped as the matches, those axes of `slips` after the first two.

    Two pairs of automata that play with the same slips share their luck.
    """
    slips = np.zeros((turns, 2), bool) if slips is None else slips
    automata = AUTOMATA[one], AUTOMATA[other]
    moves = [np.array(automaton.moves) for automaton in automata]
    following = [np.array(automaton.following) for automaton in automata]
    states = [np.zeros(slips.shape[2:], int) for _ in automata]
    scores = [np.zeros(slips.shape[2:]) for _ in automata]
    for turn in range(turns):
        a, b = (moves[i][states[i]] ^ slips[turn, i] for i in (0, 1))
        scores[0] += PAYOFFS[a, b]
        scores[1] += PAYOFFS[b, a]
        states = [following[0][states[0], a, b], following[1][states[1], b, a]]
    return tuple(scores)


def expected_scores(one, other, turns, chance=0.0):
    """Return both expected scores, by following the probabilities of all pairs of states."""
    first, second = AUTOMATA[one], AUTOMATA[other]
    size = len(first.moves), len(second.moves)
    chain = np.zeros((*size, *size))
    worth = np.zeros((2, *size))
    for i, j in np.ndindex(size):
        for slip, slap in np.ndindex(2, 2):
            likely = (chance if slip else 1 - chance) * (chance if slap else 1 - chance)
            a, b = first.moves[i] ^ slip, second.moves[j] ^ slap
            worth[:, i, j] += likely * np.array([PAYOFFS[a, b], PAYOFFS[b, a]])
            chain[i, j, first.following[i][a][b], second.following[j][b][a]] += likely
    chain = chain.reshape(size[0] * size[1], -1)
    here = np.eye(len(chain))[0]
    total = np.zeros(2)
    for _ in range(turns):
        total += worth.reshape(2, -1) @ here
        here = here @ chain
    return tuple(total)
