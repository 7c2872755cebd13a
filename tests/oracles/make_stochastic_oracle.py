"""Solve stochastic games with sgamesolver and write stochastic.json; run by hand, in an environment of its own.

    python -m venv v; v/bin/pip install numpy==1.26.4 "pandas<2.3" "cython<3.1" "setuptools<75" wheel
    v/bin/pip install --no-build-isolation --no-deps sgamesolver==1.0.2; v/bin/pip install scipy numba matplotlib
    python tests/oracles/make_stochastic_oracle.py games games.json        # in the project's environment
    v/bin/python tests/oracles/make_stochastic_oracle.py solve games.json  # in the other

The first step writes out the reduced games, as plain numbers; the second knows nothing of the project.
sgamesolver follows the logit homotopy from precision 0, so it gives the equilibrium of the principal branch.
"""

import json
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

PLACE = Path(__file__).with_name("stochastic.json")
RANDOM = ((0, (2, 2), 1.0), (1, (3, 2), 3.0), (2, (3, 3), 8.0), (3, (2, 3), 20.0))  # seed, moves, precision
REDUCED = (
    ("july-2025", {}),
    ("calm", {"look_ahead": 12.0, "us_retaliation": 26.0, "beijing_retaliation": 26.0}),
    ("hot", {"look_ahead": 18.0, "us_precision": 0.5, "beijing_precision": 0.5}),
)
TOLERANCE = 1e-10


def random_game(seed, moves, precision):
    rng = np.random.default_rng(seed)
    return {
        "name": f"random {seed}",
        "payoffs": rng.uniform(0, 1, (3, 2, *moves)).round(6).tolist(),
        "weights": rng.integers(1, 100, (3, *moves, 3)).tolist(),  # chances of the next state, up to their sum
        "discounts": [0.9, 0.8],
        "precision": precision,
    }


def write_games(path):
    """Write the games out as plain numbers."""
    from standoff.experiments.maps.reduced import reduced_game
    from standoff.experiments.settings import make_settings

    games = [random_game(*case) for case in RANDOM]
    for scenario, values in REDUCED:
        reduced = reduced_game(make_settings(scenario, values))
        games.append({"name": "reduced", "scenario": scenario, "values": values,
                      "payoffs": reduced.game.payoffs.round(9).tolist(), "weights": reduced.game.transitions.tolist(),
                      "open": reduced.game.open_moves.tolist(), "discounts": reduced.game.discounts.tolist(),
                      "precision": float(reduced.precision[0])})  # fmt: skip
    path.write_text(json.dumps(games), encoding="utf-8")


def solve(path):
    """Solve the games and write the oracle."""
    np.nan = np.nan  # sgamesolver 1.0.2 asks for it
    import sgamesolver

    cases = []
    for game in json.loads(path.read_text(encoding="utf-8")):
        payoffs, weights = np.array(game["payoffs"]), np.array(game["weights"], float)
        chances = weights / weights.sum(axis=-1, keepdims=True)
        states, (first, second) = len(payoffs), payoffs.shape[2:]
        there = game.get("open") or [[[True] * first, [True] * second]] * states
        picks = [[np.flatnonzero(moves) for moves in state] for state in there]
        solver_game = sgamesolver.SGame(
            [payoffs[s][:, a][:, :, b] for s, (a, b) in enumerate(picks)],
            [chances[s][a][:, b] for s, (a, b) in enumerate(picks)],
            np.array(game["discounts"]),
        )
        homotopy = sgamesolver.homotopy.QRE(solver_game)
        homotopy.solver_setup(target_lambda=game["precision"])
        homotopy.solver.set_parameters({"corrector_tol": TOLERANCE, "convergence_tol": TOLERANCE, "ds_max": 0.5})
        homotopy.solver.verbose = 0
        homotopy.solve()
        found = homotopy.equilibrium
        policy = np.zeros((states, 2, max(first, second)))
        for s, moves in enumerate(picks):
            for i, open_moves in enumerate(moves):
                policy[s, i, open_moves] = found.strategies[s, i, : len(open_moves)]
        cases.append({**game, "policy": policy.round(12).tolist(), "values": found.values.round(9).tolist()})
    told = {
        "solver": f"sgamesolver {version('sgamesolver')}, QRE homotopy to the stated precision",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "date": datetime.now(UTC).date().isoformat(),
        "corrector_tolerance": TOLERANCE,
        "cases": cases,
    }
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in told.pop("cases"))
    PLACE.write_text(f'{json.dumps(told, indent=0)[:-2]},\n"cases": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    {"games": write_games, "solve": solve}[sys.argv[1]](Path(sys.argv[2]))
