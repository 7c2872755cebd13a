"""Gambit's word on stage games: regrets of profiles, and all pure equilibria.

Gambit is GPL and no dependency of ours, so it answers in a Python of its own:

    python tests/oracles/make_stage_oracle.py games GAMES.json         # where this package is installed
    python tests/oracles/make_stage_oracle.py answers GAMES.json OUT   # where pygambit is installed

`games` writes stage games of the model and, since those rarely have other than one pure equilibrium, games of
the same shapes with whole numbers drawn from a few, which have ties and any number.
"""

import json
import platform
import sys
from pathlib import Path

VENGEFUL = {"us_retaliation": 60.0, "beijing_retaliation": 60.0, "us_move_cost": 1.0, "beijing_move_cost": 1.0}
CASES = (
    ("july-2025", {}, {}, 10),
    ("hot", VENGEFUL, {}, 6),
    ("april-2025", {}, {"us": "tit_for_tat", "beijing": "tit_for_tat"}, 4),
)
DRAWN = 10


def stage_games(seed):
    """Return games as plain data: title, payoffs, the places of the moves played, and a mixed profile."""
    import numpy as np

    from standoff.agents.doctrines import doctrines_from
    from standoff.experiments.maps.stage import sampled_months, stage_of
    from standoff.experiments.settings import make_settings

    rng, found = np.random.default_rng(seed), []
    for scenario, values, doctrines, sample in CASES:
        settings = make_settings(scenario, values, doctrines_from(doctrines))
        for faced in sampled_months(settings, sample, sample, seed):
            stage = stage_of(faced, settings.doctrines, settings.doctrines)
            found.append((f"{scenario}, {stage.game.title}", stage.game.payoffs, stage.played))
    shapes = [payoffs.shape for _, payoffs, _ in found]
    for place in range(DRAWN):
        payoffs = rng.integers(0, 12, shapes[place]).astype(float)
        found.append((f"drawn {place}", payoffs, [int(rng.integers(n)) for n in payoffs.shape[1:]]))
    return [
        {
            "title": title,
            "payoffs": payoffs.tolist(),
            "played": list(played),
            "mixed": [rng.dirichlet(np.ones(n)).tolist() for n in payoffs.shape[1:]],
        }
        for title, payoffs, played in found
    ]


def answers(games):
    """Return the games with Gambit's answers."""
    import numpy as np
    import pygambit as gbt

    def regrets(game, profile):
        return [float(profile.player_regret(player)) for player in game.players]

    def places(profile):
        return [[float(profile[s]) for s in player.strategies].index(1.0) for player in profile.game.players]

    answered = []
    for one in games:
        game = gbt.Game.from_arrays(*np.array(one["payoffs"]), title=one["title"])
        sizes = [len(player.strategies) for player in game.players]
        pure = [[float(k == place) for k in range(n)] for n, place in zip(sizes, one["played"], strict=True)]
        mixed = game.mixed_strategy_profile(one["mixed"], rational=False)
        answered.append(
            one
            | {
                "regrets_played": regrets(game, game.mixed_strategy_profile(pure, rational=False)),
                "regrets_mixed": regrets(game, mixed),
                "max_regret_mixed": float(mixed.max_regret()),
                "pure_equilibria": sorted(places(found) for found in gbt.nash.enumpure_solve(game).equilibria),
            }
        )
    return {
        "source": f"Gambit {gbt.__version__}: player_regret, max_regret, enumpure_solve",
        "made_by": f"tests/oracles/make_stage_oracle.py, Python {platform.python_version()}",
        "games": answered,
    }


def main(arguments):
    match arguments:
        case ["games", path, *seed]:
            Path(path).write_text(json.dumps(stage_games(int(seed[0]) if seed else 1)), encoding="utf-8")
        case ["answers", games, path]:
            found = answers(json.loads(Path(games).read_text(encoding="utf-8")))
            lines = [json.dumps(one) for one in found.pop("games")]
            head = json.dumps(found)[:-1]
            text = head + ', "games": [\n' + ",\n".join(lines) + "\n]}\n"
            Path(path).write_text(text, encoding="utf-8")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
