"""Gambit's solvers, if pygambit is installed: each in a process of its own, with a time limit."""

import importlib.util
import json
import subprocess
import sys

import numpy as np

from .game import Game, Profile
from .nfg import nfg_text

METHODS = ("logit", "ipa", "gnm", "enumpoly")
SECONDS = 10.0  # for each method

_SCRIPT = """
import io, json, sys, warnings
warnings.simplefilter("ignore")
import pygambit
game = pygambit.read_nfg(io.BytesIO(sys.stdin.buffer.read()))
found = getattr(pygambit.nash, sys.argv[1] + "_solve")(game).equilibria
print(json.dumps([[[float(profile[s]) for s in player.strategies] for player in game.players] for profile in found]))
"""


def installed() -> bool:
    """Return whether pygambit can be imported."""
    return importlib.util.find_spec("pygambit") is not None


def gambit_profiles(game: Game, method: str, seconds: float = SECONDS) -> list[Profile]:
    """Return what one of Gambit's methods takes for equilibria, unchecked; none if it fails or takes too long."""
    # Gambit takes only some letters in names.
    players = tuple(f"{i + 1}" for i in range(len(game.players)))
    strategies = tuple(tuple(f"{k + 1}" for k in range(len(names))) for names in game.strategies)
    plain = Game("", players, strategies, game.payoffs)
    try:
        done = subprocess.run(  # noqa: S603 - our own script, and the game on standard input
            [sys.executable, "-c", _SCRIPT, method],
            input=nfg_text(plain).encode(),
            capture_output=True,
            timeout=seconds,
            check=True,
        )
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        return []
    return [tuple(np.array(chances) for chances in profile) for profile in found]
