"""Ask Gambit once for the equilibria of random games and keep its answers in gambit.json.

Run it in an environment that has pygambit (and nothing else is needed):

    python tests/oracles/make_gambit_oracles.py

Payoffs are whole numbers, so that Gambit's rational arithmetic and binary fractions speak of the same game.
"""

import datetime as dt
import json
import platform
import random
import warnings
from itertools import product
from math import prod
from pathlib import Path

HERE = Path(__file__).parent
GENERIC = 9999  # payoffs from 0 to this: ties are rare
SMALL = 2  # payoffs from 0 to this: nearly every game is degenerate
KINDS = [
    # shape, highest payoff, how many games
    ((2, 2), GENERIC, 40),
    ((3, 3), GENERIC, 100),
    ((5, 4), GENERIC, 110),
    ((4, 5), GENERIC, 80),
    ((1, 4), GENERIC, 5),
    ((3, 1), GENERIC, 5),
    ((2, 2, 2), GENERIC, 100),
    ((3, 3, 2), GENERIC, 60),
    ((5, 4, 3), GENERIC, 20),
    ((2, 2, 2, 2), GENERIC, 20),
    ((2, 2), SMALL, 40),
    ((3, 3), SMALL, 60),
    ((5, 4), SMALL, 30),
]
LOGIT = [((5, 4), 12), ((2, 2), 6), ((3, 3), 6), ((2, 2, 2), 10), ((3, 3, 2), 8), ((5, 4, 3), 4)]
PRECISIONS = [share / GENERIC for share in (0.25, 0.5, 1, 2, 4, 8, 12, 20, 35, 60)]


def drawn(shape, highest, seed):
    """Return the payoffs of each player, profiles in the order of the first player's strategy changing fastest."""
    rng = random.Random(f"{shape} {highest} {seed}")
    return [[rng.randint(0, highest) for _ in range(prod(shape))] for _ in shape]


def gambit_game(pygambit, shape, payoffs):
    game = pygambit.Game.new_table(list(shape))
    profiles = [tuple(reversed(places)) for places in product(*(range(size) for size in reversed(shape)))]
    strategies = [list(player.strategies) for player in game.players]
    for k, places in enumerate(profiles):
        outcome = game[tuple(strategies[i][place] for i, place in enumerate(places))]
        for i, player in enumerate(game.players):
            outcome[player] = payoffs[i][k]
    return game


def chances(game, profile):
    return [[float(profile[strategy]) for strategy in player.strategies] for player in game.players]


def answers(pygambit, shape, payoffs):
    game = gambit_game(pygambit, shape, payoffs)
    pure = [chances(game, profile) for profile in pygambit.nash.enumpure_solve(game).equilibria]
    solver = pygambit.nash.enummixed_solve if len(shape) == 2 else pygambit.nash.enumpoly_solve
    found = [chances(game, profile) for profile in solver(game).equilibria]
    return {
        "shape": shape,
        "payoffs": payoffs,
        "pure": sorted([mix.index(1.0) for mix in profile] for profile in pure),
        "equilibria": [[[round(chance, 9) for chance in mix] for mix in profile] for profile in found],
    }


def logit_answers(pygambit, shape, payoffs):
    game = gambit_game(pygambit, shape, payoffs)
    found = []
    for precision in PRECISIONS:
        response = pygambit.qre.logit_solve_lambda(game, precision, first_step=0.01, max_accel=1.02)[0]
        found.append([[round(chance, 9) for chance in mix] for mix in chances(game, response.profile)])
    return {"shape": shape, "payoffs": payoffs, "responses": found}


def main():
    warnings.simplefilter("ignore")
    import pygambit

    document = {
        "provenance": {
            "made_by": "tests/oracles/make_gambit_oracles.py",
            "solvers": "enumpure_solve; enummixed_solve (rational) of two players, enumpoly_solve of more; "
            "logit_solve_lambda (first_step 0.01, max_accel 1.02)",
            "pygambit": pygambit.__version__,
            "python": platform.python_version(),
            "date": dt.datetime.now(dt.UTC).date().isoformat(),
        },
        "precisions": PRECISIONS,
        "games": [
            answers(pygambit, shape, drawn(shape, highest, seed))
            for shape, highest, count in KINDS
            for seed in range(count)
        ],
        "logit": [
            logit_answers(pygambit, shape, drawn(shape, GENERIC, f"logit {seed}"))
            for shape, count in LOGIT
            for seed in range(count)
        ],
    }
    (HERE / "gambit.json").write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
