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
INLINED: set[Callable[..., object]] = set()


def inlined(rule: Rule) -> Rule:
    """Mark a law, below its ``@law``, as one that is compiled into its callers.

    For laws that take and give whole worlds in every step of every look-ahead: calling them would copy
    their 50 numbers in and out. The rest is left to the compiler; inlining all takes longer to compile.
    """
    INLINED.add(rule)
    return rule


def law(rule: Rule) -> Rule:
    """Return `rule` unchanged, and let compiled code call it too."""
    LAWS.append(rule)
    # Only compiled code calls a compiled law, so wrappers for other callers would cost compile time for nothing.
    register_jitable(no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=rule in INLINED)(rule)
    return rule


@law
def total(terms: tuple[float, ...]) -> float:
    r"""Return the sum of the terms, added from left to right.

    Not ``sum``: since Python 3.12 it compensates for rounding, and compiled code does not.

    >>> total((0.1, 0.2, 0.3))
    0.6000000000000001
    """
    added = 0.0
    for term in terms:
        added = added + term
    return added
