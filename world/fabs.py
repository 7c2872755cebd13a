"""Chinese fabs, tools and software: how effort and controls move what Huawei can make."""

from typing import NamedTuple

from .chips import Market, hidden_flow, home_memory
from .law import law
from .parameters import Params
from .state import Allies, Huawei, World


class Focus(NamedTuple):
    """Where Huawei puts its extra weight; shares that sum to one."""

    expand: float
    improve: float
    bridge: float
    native: float
    export: float


@law
def even_focus() -> Focus:
    r"""Return the focus that everyone else expects of Huawei: an even spread.

    >>> sum(even_focus())
    1.0
    """
    return Focus(0.2, 0.2, 0.2, 0.2, 0.2)


@law
def coalition(allies: Allies, p: Params) -> float:
    r"""Return the mean alignment of the allies, weighted by the tools they make, in [0, 1].

    Mechanisms M117, M118. Source: MODEL.md, fabs.

    >>> round(coalition(Allies(1.0, 1.0, 1.0, 1.0), Params()), 12)
    1.0
    """
    total = p.netherlands_tool_weight + p.japan_tool_weight + p.south_korea_tool_weight + p.taiwan_tool_weight
    aligned = (
        p.netherlands_tool_weight * allies.netherlands
        + p.japan_tool_weight * allies.japan
        + p.south_korea_tool_weight * allies.south_korea
        + p.taiwan_tool_weight * allies.taiwan
    )
    return aligned / total


@law
def tool_denial(world: World, p: Params) -> float:
    r"""Return the share of Chinese fabs' tool needs that is denied, in [0, 1].

        tool_control x effectiveness x coalition x (1 - domestic tool share)

    Mechanisms M08, M11, M12, M117. Source: MODEL.md, fabs.
    """
    held = world.us.tool_control * world.us.control_effectiveness
    return held * coalition(world.allies, p) * (1.0 - world.huawei.domestic_tool_share)


@law
def effort(severity: float, subsidy: float, served: float, focus: float, p: Params) -> float:
    r"""Return the effort behind a Chinese technology; 1 is the pace of 2024.

        autonomous + induced severity + bought subsidy + learned served + focus

    One law for chips, capacity, software and tools. Mechanisms M81 (autonomous), M82 and M83
    (induced), M100 (subsidy), M87 (learning). Source: MODEL.md, fabs.

    >>> effort(0.0, 0.0, 0.0, 0.0, Params()) == Params().autonomous_effort
    True
    """
    return (
        p.autonomous_effort
        + p.induced_effort * severity
        + p.subsidy_effort * subsidy
        + p.learning_effort * served
        + p.focus_effort * focus
    )


@law
def next_huawei(world: World, market: Market, focus: Focus, years: float, p: Params) -> Huawei:
    r"""Return what Huawei and the fabs behind it have built after `years`.

        dh = h r_h effort (1 - bite_h denial) (1 - curb)     performance
        dq = q r_q effort (1 - bite_q denial) (1 - q / (room D))     capacity
        dz = r_z effort (1 - z)     software       dE = r_E effort (1 - E)     tools

    The bridge grows by its expectation; in the month that is played it comes through by chance
    (``model/month.py``). Stored memory is drawn by what home memory cannot equip. Mechanisms M74, M76,
    M78, M81 to M83, M87 to M89, M104, M105. Source: MODEL.md, fabs.
    """
    us, now, demand = world.us, world.huawei, world.stocks.demand
    denial = tool_denial(world, p)
    served = min((market.huawei_units + market.abroad_units) / demand, 1.0)
    severity, subsidy = us.chip_control, world.beijing.subsidy
    performance = effort(severity, subsidy, served, focus.improve, p) * (1.0 - p.tool_bite_performance * denial)
    performance = performance * (1.0 - p.curb_bite * us.design_software_curb)
    room = max(0.0, 1.0 - now.domestic_chip_capacity / (p.capacity_room * demand))
    capacity = effort(severity, subsidy, served, focus.expand, p) * (1.0 - p.tool_bite_capacity * denial) * room
    software = effort(severity, subsidy, served, focus.native, p) * (1.0 - now.cann_maturity)
    tools = effort(us.tool_control * coalition(world.allies, p), subsidy, 0.0, 0.0, p)
    tools = tools * (1.0 - now.domestic_tool_share)
    release, at_home = hidden_flow(now.hidden_stock, p), now.domestic_chip_capacity * (1.0 - now.huawei_abroad)
    released = 0.0
    if market.huawei_units > 0.0:
        # A die without memory is no chip: where memory is short, chips take more dies.
        released = max(market.huawei_units * (at_home + release) / market.huawei_supply - at_home, 0.0)
    made = market.huawei_units + market.abroad_units
    drawn = max(0.0, made - (now.domestic_chip_capacity + release) * home_memory(now.domestic_tool_share, p))
    abroad = p.export_gain * focus.export - p.export_decay * now.huawei_abroad
    bridged = now.cuda_bridge + 12.0 * years * p.bridge_chance * focus.bridge * (1.0 - now.cuda_bridge)
    return Huawei(
        domestic_chip_performance=now.domestic_chip_performance * (1.0 + p.performance_rate * performance * years),
        domestic_chip_capacity=now.domestic_chip_capacity * (1.0 + p.capacity_rate * capacity * years),
        cann_maturity=min(1.0, now.cann_maturity + p.software_rate * software * years),
        cuda_bridge=min(1.0, bridged),
        domestic_tool_share=min(1.0, now.domestic_tool_share + p.tool_rate * tools * years),
        hidden_stock=max(0.0, now.hidden_stock - released * years),
        memory_stock=max(0.0, now.memory_stock - drawn * years),
        huawei_abroad=min(0.5, max(0.0, now.huawei_abroad + abroad * years)),
    )
