"""``@law`` marks a rule of the model: people read it, Mesa runs it, the ensemble compiles it.

The contract of a law, in seven lines:

1. it depends on its arguments only: no module numbers, no agent's memory, no draws;
2. it takes and gives floats, moves and NamedTuples, and returns one type;
3. it uses ``math``, never ``numpy``;
4. it writes ``x * x`` and ``math.sqrt(x)``; other powers take a float exponent;
5. moves are compared, never added;
6. it is defined over the whole ranges stated in ``Params``;
7. conditional values go into locals before a tuple of many fields is built.

Under this contract both engines play the same history to the last bit.
"""

from collections.abc import Callable
from typing import TypeVar

from numba.extending import register_jitable

Rule = TypeVar("Rule", bound=Callable[..., object])

LAWS: list[Callable[..., object]] = []


def law(rule: Rule) -> Rule:
    """Return `rule` unchanged, and let compiled code call it too."""
    LAWS.append(rule)
    # Only compiled code calls a compiled law, so wrappers for other callers would cost compile time for nothing.
    register_jitable(no_cpython_wrapper=True, no_cfunc_wrapper=True)(rule)
    return rule
