"""The chip market in China: what the US ceiling lets through, who buys what, and what it is worth."""

from typing import NamedTuple

from .law import law
from .parameters import Params
from .state import Adoption, World


class Market(NamedTuple):
    """One month of the Chinese market, as yearly flows."""

    nvidia_demand: float  # licensed Nvidia chips that buyers want, M per year
    wanted: float  # the part of it that Beijing admits
    offered: float  # Nvidia chips that may be sold and are at hand, M per year
    nvidia_units: float
    nvidia_revenue: float  # $bn per year
    smuggled_units: float
    rented_units: float
    huawei_demand: float
    huawei_supply: float
    huawei_units: float
    abroad_units: float


@law
def ceiling(chip_control: float, p: Params) -> float:
    r"""Return the best chip that may be sold to China, in H20s.

        ceiling = open_ceiling - chip_control

    1.0 at .5: the H20 itself. Mechanisms M01, M02, M22.
    Source: MODEL.md, chips.

    >>> ceiling(0.5, Params())
    1.0
    """
    return p.open_ceiling - chip_control


@law
def licensed_share(chip_control: float, p: Params) -> float:
    r"""Return the share of licences that are granted, in [0, 1].

        1 - slope max(chip_control - h20_line, 0)

    Mechanism M07. Source: MODEL.md, chips.

    >>> round(licensed_share(0.75, Params()), 3)
    0.6
    """
    return max(0.0, 1.0 - p.licence_slope * max(chip_control - p.h20_line, 0.0))


@law
def admitted_share(steering: float, review: float, performance: float, p: Params) -> float:
    r"""Return the share of Nvidia's market that Beijing leaves open, in [0, 1].

        (1 - bite g^2) (1 - review bite v) (1 - ratchet clip((h - start) / start, 0, 1))

    The square makes a low steering a signal and full steering a ban; a security review v closes key
    systems, the energy rule (v = 1) more; the last factor closes the market for good as the domestic
    chip h proves able. Mechanisms M92, M93, M94, M95. Source: MODEL.md, chips.

    >>> admitted_share(0.0, 0.0, 0.6, Params())
    1.0
    """
    proven = min(max((performance - p.ratchet_start) / p.ratchet_start, 0.0), 1.0)
    opened = (1.0 - p.steering_bite * steering * steering) * (1.0 - p.review_bite * review)
    return opened * (1.0 - p.autonomy_ratchet * proven)


@law
def smuggling_room(effectiveness: float, p: Params) -> float:
    r"""Return the flow of chips that smugglers can move, in M H20-equivalents per year.

        capacity (1 + leak (1 - effectiveness))

    Mechanisms M08, M102, M103. Source: MODEL.md, chips.

    >>> smuggling_room(1.0, Params()) == Params().smuggling_capacity
    True
    """
    return p.smuggling_capacity * (1.0 + p.smuggling_leak * (1.0 - effectiveness))


@law
def hidden_flow(hidden_stock: float, p: Params) -> float:
    r"""Return the flow of dies from the hidden stock, in M per year: at its rate, or what a month leaves of it.

    Mechanism M104. Source: MODEL.md, chips.

    >>> hidden_flow(0.0, Params())
    0.0
    """
    return min(p.hidden_release, 12.0 * hidden_stock)


@law
def home_memory(domestic_tool_share: float, p: Params) -> float:
    r"""Return the share of Huawei's chips that memory made in China can equip, in [0, 1].

        domestic + (1 - domestic) E

    Mechanism M105. Source: MODEL.md, chips.

    >>> home_memory(1.0, Params())
    1.0
    """
    return p.domestic_memory + (1.0 - p.domestic_memory) * domestic_tool_share


@law
def cuda_share(adoption: Adoption) -> float:
    r"""Return the share of developers whose work runs on CUDA, in [0, 1]; dual stacks count half.

    >>> cuda_share(Adoption(0.5, 0.25, 0.25, 0.0, 0.0))
    0.625
    """
    return adoption.stay_cuda + 0.5 * adoption.dual_stack + adoption.grey_market + adoption.rent_offshore


@law
def chip_value(performance: float, chip_control: float, inference_share: float, p: Params) -> float:
    r"""Return what a chip of this performance adds to compute, in H20-equivalents.

        [i (1 - cap chip_control) + (1 - i) t] performance / [r + (1 - r) t]

    where i is the inference share, r its value in mid-2025 and t the training ratio: as demand moves to
    inference, a chip strong in memory is worth more than its operations say; a cap on memory bandwidth
    takes inference and leaves training. Mechanisms M23, M125. Source: MODEL.md, chips.

    >>> chip_value(1.0, 0.5, 0.5, Params())
    1.0
    """
    training = (1.0 - inference_share) * p.training_ratio
    inference = inference_share * (1.0 - p.bandwidth_cap * chip_control)
    reference = p.inference_reference + (1.0 - p.inference_reference) * p.training_ratio
    return (inference + training) * performance / reference


@law
def chip_market(world: World, p: Params) -> Market:
    r"""Return who buys what in China this month, as yearly flows.

        demand  = D (stay + dual / 2),  wanted = demand x admitted
        offered = allocated supply x licensed share, or the edge share if the product is above the ceiling
        Nvidia sells min(wanted, offered), at price (floor + (1 - floor) performance)
        Huawei's demand = D (move + dual / 2) + what is not admitted + spill x unmet
        Huawei sells min((capacity at home + hidden release) x equipped, demand), and abroad x equipped

    Memory from China equips a share of all dies, the store of foreign memory the rest while it lasts.
    Mechanisms M07, M22, M70, M73, M80, M102, M104, M105, M106. Source: MODEL.md, chips.
    """
    us, nvidia, huawei, stocks, adoption = world.us, world.nvidia, world.huawei, world.stocks, world.adoption
    limit = ceiling(us.chip_control, p)
    demand = stocks.demand
    legal = demand * (adoption.stay_cuda + 0.5 * adoption.dual_stack)
    beijing = world.beijing
    wanted = legal * admitted_share(beijing.steering, beijing.review, huawei.domestic_chip_performance, p)
    sellable = 1.0
    if nvidia.compliant_performance > limit + 1e-9:
        sellable = p.edge_share
    offered = nvidia.china_supply * stocks.foundry_supply * licensed_share(us.chip_control, p) * sellable
    units = min(wanted, offered)
    performance = min(nvidia.compliant_performance, limit)
    price = p.nvidia_price * (p.nvidia_price_floor + (1.0 - p.nvidia_price_floor) * performance)
    huawei_demand = (
        demand * (adoption.move_to_cann + 0.5 * adoption.dual_stack)
        + (legal - wanted)
        + p.spill_to_huawei * (wanted - units)
    )
    release = hidden_flow(huawei.hidden_stock, p)
    dies = huawei.domestic_chip_capacity * (1.0 - huawei.huawei_abroad) + release
    abroad = huawei.domestic_chip_capacity * huawei.huawei_abroad
    stored = 12.0 * huawei.memory_stock / (dies + abroad)
    equipped = min(1.0, home_memory(huawei.domestic_tool_share, p) + stored)
    supply = dies * equipped
    return Market(
        nvidia_demand=legal,
        wanted=wanted,
        offered=offered,
        nvidia_units=units,
        nvidia_revenue=price * units,
        smuggled_units=min(demand * adoption.grey_market, smuggling_room(us.control_effectiveness, p)),
        rented_units=min(demand * adoption.rent_offshore, p.offshore_capacity),
        huawei_demand=huawei_demand,
        huawei_supply=supply,
        huawei_units=min(supply, huawei_demand),
        abroad_units=abroad * equipped,
    )
