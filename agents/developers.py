"""Chinese AI developers: a population, each with a taste for CUDA, few reconsidering in any month."""

from ..world.adoption import Appeal, adoption_towards, mean_chances, stance_chances
from ..world.law import law
from ..world.parameters import Params
from ..world.state import Adoption
from .moves import DeveloperMove

DEVELOPER_MOVES = tuple(DeveloperMove)


@law
def revise(stance: int, taste: float, look: Appeal, u: float, p: Params) -> int:
    r"""Return one developer's stance after the month, as the place of its move in DEVELOPER_MOVES.

    With probability `revision_rate` it reconsiders and picks by logit; `u` in [0, 1) decides both.
    Mechanisms M84, M86, M90. Source: MODEL.md, adoption.
    """
    if u >= p.revision_rate:
        return stance
    left, place = u / p.revision_rate, 0
    for chance in stance_chances(look, taste * p.taste_spread):
        left = left - chance
        if left < 0.0:
            return place
        place = place + 1
    return place - 1


@law
def many_revise(now: Adoption, look: Appeal, p: Params) -> Adoption:
    """Return the shares after a month in the limit of many developers."""
    return adoption_towards(now, mean_chances(look, p), p.revision_rate)


@law
def leading_stance(adoption: Adoption) -> DeveloperMove:
    r"""Return the stance that most developers hold.

    >>> leading_stance(Adoption(0.1, 0.6, 0.1, 0.1, 0.1)).name
    'DUAL_STACK'
    """
    best, place, index = -1.0, 0, 0
    for share in adoption:
        if share > best:
            best, place = share, index
        index = index + 1
    return DEVELOPER_MOVES[place]


@law
def developers_payoff(adoption: Adoption, look: Appeal) -> float:
    """Return the mean utility of developers in the stances they hold."""
    return (
        adoption.stay_cuda * look.stay_cuda
        + adoption.dual_stack * look.dual_stack
        + adoption.move_to_cann * look.move_to_cann
        + adoption.grey_market * look.grey_market
        + adoption.rent_offshore * look.rent_offshore
    )
