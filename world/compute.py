"""Compute on both sides, demand for it, and the month's physics put together."""

import math

from .chips import Market, ceiling, chip_value
from .fabs import Focus, next_huawei
from .law import inlined, law
from .parameters import Params
from .rare_earths import next_cutoff_memory, next_rare_earth_share, next_rare_earth_stock
from .state import BeijingLevers, Nvidia, Stocks, UsLevers, World


@law
def compute_lead(world: World) -> float:
    r"""Return the US lead in compute, in log units: ln(US compute / Chinese compute).

    Mechanisms M01, M124. Source: MODEL.md, compute.
    """
    return math.log(world.stocks.us_compute / world.stocks.china_compute)


@law
def installed_flow(world: World, market: Market, p: Params) -> float:
    r"""Return the compute that China adds, in M H20-equivalents per year.

        value(performance) Nvidia units + frontier (smuggled + rented) + h Huawei units

    Mechanisms M102, M106, M108, M124. Source: MODEL.md, compute.
    """
    inference = world.stocks.inference_share
    sold = min(world.nvidia.compliant_performance, ceiling(world.us.chip_control, p))
    legal = chip_value(sold, world.us.chip_control, inference, p) * market.nvidia_units
    outside = p.frontier_performance * (market.smuggled_units + market.rented_units)
    return legal + outside + world.huawei.domestic_chip_performance * market.huawei_units


@law
def next_stocks(world: World, market: Market, years: float, p: Params) -> Stocks:
    r"""Return compute, demand and minerals after `years`.

        dD = g D (1 - D / ceiling)        dS = g (ceiling - S)        di = speed (ceiling - i)
        dK = installed - depreciation K   dKU = growth KU

    Mechanisms M73, M97, M108, M124, M125. Source: MODEL.md, compute.
    """
    now = world.stocks
    added = installed_flow(world, market, p) - p.compute_depreciation * now.china_compute
    return Stocks(
        demand=now.demand + p.demand_growth * now.demand * (1.0 - now.demand / p.demand_ceiling) * years,
        foundry_supply=now.foundry_supply + p.foundry_growth * (p.foundry_ceiling - now.foundry_supply) * years,
        inference_share=now.inference_share + p.inference_speed * (p.inference_ceiling - now.inference_share) * years,
        china_compute=max(0.1, now.china_compute + added * years),
        us_compute=now.us_compute * (1.0 + p.us_compute_growth * years),
        non_china_rare_earth_share=next_rare_earth_share(world, years, p),
        rare_earth_stock=next_rare_earth_stock(world, years, p),
        cutoff_memory=next_cutoff_memory(world, years, p),
    )


@law
def next_us(us: UsLevers, years: float, p: Params) -> UsLevers:
    r"""Return the US levers after `years` without a move: controls wear out, design-software curbs fade.

    Mechanisms M08, M09, M17. Source: MODEL.md, compute.
    """
    return UsLevers(
        chip_control=us.chip_control,
        tool_control=us.tool_control,
        design_software_curb=us.design_software_curb * max(0.0, 1.0 - 12.0 * p.curb_fading * years),
        tariff_on_china=us.tariff_on_china,
        tariff_on_allies=us.tariff_on_allies,
        chip_floor=us.chip_floor,
        control_effectiveness=us.control_effectiveness * max(0.0, 1.0 - p.control_decay * years),
        control_form=us.control_form,
    )


@law
def next_beijing(beijing: BeijingLevers, years: float, p: Params) -> BeijingLevers:
    r"""Return Beijing's levers after `years` without a move: subsidy programmes run down to their floor.

    Mechanisms M81, M100. Source: MODEL.md, compute.
    """
    rundown = p.subsidy_rundown * max(beijing.subsidy - p.subsidy_floor, 0.0) * years
    return BeijingLevers(
        beijing.rare_earth_restriction, beijing.steering, beijing.subsidy - rundown, beijing.probe, beijing.review
    )


@law
def next_nvidia(world: World, years: float, p: Params) -> Nvidia:
    r"""Return where Nvidia stands after `years`: standing fades, a redesign runs by itself once started.

    When the clock ends, the best chip on offer is the one that the ceiling then allows. Mechanisms
    M22, M66. Source: MODEL.md, Nvidia.
    """
    now = world.nvidia
    months_left = max(0.0, now.redesign_months_left - 12.0 * years)
    product = now.compliant_performance
    if now.redesign_months_left > 0.0 and months_left <= 1e-9:
        months_left = 0.0
        product = ceiling(world.us.chip_control, p)
    lobbying = now.lobbying * max(0.0, 1.0 - 12.0 * p.lobbying_decay * years)
    return Nvidia(product, now.china_supply, months_left, lobbying)


@law
@inlined
def drift_without_chips(world: World, years: float, p: Params) -> World:
    """Return the world after `years` in which levers fade and rare earths move, and all else stands still."""
    now = world.stocks
    return World(
        month=world.month,
        us=next_us(world.us, years, p),
        beijing=next_beijing(world.beijing, years, p),
        allies=world.allies,
        nvidia=world.nvidia,
        huawei=world.huawei,
        stocks=Stocks(
            demand=now.demand,
            foundry_supply=now.foundry_supply,
            inference_share=now.inference_share,
            china_compute=now.china_compute,
            us_compute=now.us_compute,
            non_china_rare_earth_share=next_rare_earth_share(world, years, p),
            rare_earth_stock=next_rare_earth_stock(world, years, p),
            cutoff_memory=next_cutoff_memory(world, years, p),
        ),
        adoption=world.adoption,
        beliefs=world.beliefs,
        politics=world.politics,
    )


@law
@inlined
def drift(world: World, market: Market, focus: Focus, years: float, p: Params) -> World:
    r"""Return the world after `years` of physics: levers fade, firms build, stocks move.

    Nobody moves here; adoption, allies, beliefs and politics have laws of their own. The month
    counter stays. One law for the month that is played and for the months an actor looks ahead.
    """
    return World(
        month=world.month,
        us=next_us(world.us, years, p),
        beijing=next_beijing(world.beijing, years, p),
        allies=world.allies,
        nvidia=next_nvidia(world, years, p),
        huawei=next_huawei(world, market, focus, years, p),
        stocks=next_stocks(world, market, years, p),
        adoption=world.adoption,
        beliefs=world.beliefs,
        politics=world.politics,
    )
