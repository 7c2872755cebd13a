"""Chinese AI developers: where each would get its compute."""

import math
from typing import NamedTuple

from .chips import Market, ceiling, cuda_share, smuggling_room
from .law import law
from .parameters import Params
from .state import Adoption, World


class Appeal(NamedTuple):
    """What each stance is worth to a developer of average taste, in utility."""

    stay_cuda: float
    dual_stack: float
    move_to_cann: float
    grey_market: float
    rent_offshore: float


@law
def availability(filled: float, wanted: float) -> float:
    r"""Return how easily a chip is had, in [.08, 1]: .08 + .92 x the share of wants that is met.

    Even a closed market keeps a trickle, so that logarithms stay finite.

    >>> availability(1.0, 2.0)
    0.54
    """
    share = 1.0
    if wanted > filled:
        share = filled / wanted
    return 0.08 + 0.92 * share


@law
def appeal(world: World, market: Market, p: Params) -> Appeal:
    r"""Return what each stance is worth to a developer of average taste, in utility.

        cuda  =  J m + w ln(performance x availability) - risk (1 - Dur)(1 + control) - steered g
        cann  = -J m + w ln(h (.35 + .65 z) x availability) - switching (1 - z)(1 - bridge)
        dual  = the mean of both without the pull of the network, less the cost of two stacks
        grey, offshore = J m + w ln(frontier x availability) less their cost: no risk, no steering

    where m = 2 s - 1 and s is the CUDA share: above J = 1 both stacks can hold (V15).
    Mechanisms M80, M84, M86 to M91, M101, M102, M106, M110, M136.
    Source: MODEL.md, adoption; Brock and Durlauf 2001.
    """
    adoption, huawei, demand = world.adoption, world.huawei, world.stocks.demand
    pull = p.network_effect * (2.0 * cuda_share(adoption) - 1.0)
    product = min(world.nvidia.compliant_performance, ceiling(world.us.chip_control, p))
    supplied = max(product, 0.05) * availability(market.nvidia_units, market.nvidia_demand)
    risk = p.cutoff_risk_weight * (1.0 - world.politics.us_durability) * (0.5 + world.us.chip_control)
    cuda = p.performance_weight * math.log(supplied) - risk - p.steering_weight * world.beijing.steering
    usable = huawei.domestic_chip_performance * (0.35 + 0.65 * huawei.cann_maturity)
    domestic = usable * availability(market.huawei_units, market.huawei_demand)
    unbridged = (1.0 - huawei.cann_maturity) * (1.0 - p.bridge_worth * huawei.cuda_bridge)
    cann = p.performance_weight * math.log(domestic) - p.switching_cost * unbridged
    smuggled = availability(smuggling_room(world.us.control_effectiveness, p), demand * max(adoption.grey_market, 0.02))
    rented = availability(p.offshore_capacity, demand * max(adoption.rent_offshore, 0.02))
    return Appeal(
        stay_cuda=pull + cuda,
        dual_stack=0.5 * (cuda + cann) - p.dual_cost,
        move_to_cann=cann - pull,
        grey_market=pull + p.performance_weight * math.log(p.frontier_performance * smuggled) - p.grey_cost,
        rent_offshore=pull + p.performance_weight * math.log(p.frontier_performance * rented) - p.offshore_cost,
    )


@law
def stance_chances(look: Appeal, taste: float) -> Adoption:
    r"""Return the chance of each stance for a developer with this taste for CUDA; they sum to one.

        P(i) = exp(u_i) / sum_j exp(u_j),  u = appeal +- taste

    Mechanisms M86, M90. Source: MODEL.md, adoption.

    >>> stance_chances(Appeal(0.0, 0.0, 0.0, 0.0, 0.0), 0.0).stay_cuda
    0.2
    """
    top = max(look) + abs(taste)
    cuda = math.exp(look.stay_cuda + taste - top)
    dual = math.exp(look.dual_stack - top)
    cann = math.exp(look.move_to_cann - taste - top)
    grey = math.exp(look.grey_market + taste - top)
    rent = math.exp(look.rent_offshore + taste - top)
    total = cuda + dual + cann + grey + rent
    return Adoption(cuda / total, dual / total, cann / total, grey / total, rent / total)


@law
def adoption_towards(now: Adoption, target: Adoption, revised: float) -> Adoption:
    r"""Return the shares after the share `revised` of developers has moved to `target`.

    >>> adoption_towards(Adoption(1.0, 0.0, 0.0, 0.0, 0.0), Adoption(0.0, 0.0, 1.0, 0.0, 0.0), 0.25).stay_cuda
    0.75
    """
    return Adoption(
        stay_cuda=now.stay_cuda + revised * (target.stay_cuda - now.stay_cuda),
        dual_stack=now.dual_stack + revised * (target.dual_stack - now.dual_stack),
        move_to_cann=now.move_to_cann + revised * (target.move_to_cann - now.move_to_cann),
        grey_market=now.grey_market + revised * (target.grey_market - now.grey_market),
        rent_offshore=now.rent_offshore + revised * (target.rent_offshore - now.rent_offshore),
    )


@law
def mean_chances(look: Appeal, p: Params) -> Adoption:
    r"""Return the chances averaged over developers' tastes, by three-point Gauss-Hermite quadrature.

        tastes -sqrt(3) s, 0, sqrt(3) s with weights 1/6, 2/3, 1/6,  s = taste_spread

    The limit of many developers: since who revises does not depend on the stance held, the
    shares follow these means exactly. Source: MODEL.md, adoption.
    """
    wide = math.sqrt(3.0) * p.taste_spread
    low, middle, high = stance_chances(look, -wide), stance_chances(look, 0.0), stance_chances(look, wide)
    mixed = adoption_towards(low, high, 0.5)
    return adoption_towards(mixed, middle, 2.0 / 3.0)
