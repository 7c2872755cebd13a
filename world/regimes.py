"""What a long run ends in."""

from enum import IntEnum

from .law import law
from .parameters import Params


class Regime(IntEnum):
    """The six regimes."""

    MANAGED_DEPENDENCE = 0
    COERCED_OPENING = 1
    DEAL_CYCLE = 2
    ESCALATION = 3
    DECOUPLING = 4
    MIXED = 5


@law
def regime(
    cuda: float,
    chip_control: float,
    restriction: float,
    us_hostile: float,
    beijing_hostile: float,
    deals: float,
    p: Params,
) -> Regime:
    r"""Return the regime of a run from its means over the last `regime_window` months.

        escalation          both sides hostile
        decoupling          else, CUDA share below its line
        deal cycle          else, at least `regime_deals` deals in the window
        coerced opening     else, rare earths restricted while chips flow
        managed dependence  else, chips flow and rare earths flow
        mixed               what is left: chips held back while rare earths flow

    Source: MODEL.md, regimes.
    """
    if us_hostile >= p.regime_hostility and beijing_hostile >= p.regime_hostility:
        return Regime.ESCALATION
    if cuda < p.regime_cuda_share:
        return Regime.DECOUPLING
    if deals >= p.regime_deals:
        return Regime.DEAL_CYCLE
    if chip_control >= p.regime_chip_control:
        return Regime.MIXED
    if restriction >= p.regime_restriction:
        return Regime.COERCED_OPENING
    return Regime.MANAGED_DEPENDENCE
