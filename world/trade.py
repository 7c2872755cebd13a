"""Hostility and its retaliation norm: what each side has done to the other."""

from typing import NamedTuple

from .law import law
from .parameters import Params
from .state import BeijingLevers, UsLevers, World, with_beijing, with_us


class Package(NamedTuple):
    """What changes hands: the US gives chips, tariff and tools, Beijing restriction; curbs and probes are cleared."""

    chips: float
    restriction: float
    tariff: float
    cleared: float
    tools: float


@law
def tightened(level: float) -> float:
    r"""Return a lever one step up; levers move in quarters, within [0, 1].

    >>> tightened(0.5)
    0.75
    """
    return min(1.0, level + 0.25)


@law
def eased(level: float, floor: float) -> float:
    r"""Return a lever one step down, not below `floor`.

    >>> eased(0.75, 0.5)
    0.5
    """
    return max(floor, level - 0.25)


@law
def excess(level: float, line: float) -> float:
    r"""Return how far a lever stands above a line, in [0, 1] of the room above it.

    >>> excess(0.75, 0.5)
    0.5
    """
    return max(level - line, 0.0) / (1.0 - line)


@law
def us_hostility(us: UsLevers, p: Params) -> float:
    r"""Return how hostile US levers are to China, in [0, 1].

        min(1, tariff above the truce level + chip control above the H20 line + curb / 3)

    Mechanisms M24, M38. Source: MODEL.md, trade.
    """
    tariffs = excess(us.tariff_on_china, p.truce_tariff)
    chips = excess(us.chip_control, p.h20_line)
    return min(1.0, tariffs + chips + us.design_software_curb / 3.0)


@law
def beijing_hostility(beijing: BeijingLevers) -> float:
    r"""Return how hostile Chinese levers are to the US, in [0, 1]: restriction + (probe + review) / 3.

    Mechanisms M38, M42, M94. Source: MODEL.md, trade.
    """
    return min(1.0, beijing.rare_earth_restriction + (beijing.probe + beijing.review) / 3.0)


@law
def mismatch(world: World, p: Params) -> float:
    r"""Return how far the two sides' hostility differs, in [0, 1/2]: 0 when both are calm or both hot.

        (hU + hC - 2 hU hC) / 2

    A norm of answering in kind, and the source of two stable states. Mechanisms M37, M38, M53.
    Source: MODEL.md, trade; a bonus on matching would pay both sides for mutual hostility.
    """
    us, beijing = us_hostility(world.us, p), beijing_hostility(world.beijing)
    return 0.5 * (us + beijing - 2.0 * us * beijing)


@law
def agreed(world: World, package: Package, p: Params) -> World:
    r"""Return the world in which both sides have given what a package says.

        chip control, tool control and the tariff on China fall, and so does the restriction;
        `cleared` is the share of design-software curbs, probes and reviews that is lifted

    One law for a package at the table and for the answers that actors expect of each other
    (a negative restriction is one that Beijing adds). Tariffs do not go below
    `tariff_floor`. Mechanisms M05, M17, M25, M41, M49.
    Source: MODEL.md, table.
    """
    us, beijing = world.us, world.beijing
    lifted = 1.0 - package.cleared
    floor = min(us.chip_floor, us.chip_control)
    relaxed = UsLevers(
        chip_control=max(floor, us.chip_control - package.chips),
        tool_control=max(0.0, us.tool_control - package.tools),
        design_software_curb=us.design_software_curb * lifted,
        tariff_on_china=max(min(us.tariff_on_china, p.tariff_floor), us.tariff_on_china - package.tariff),
        tariff_on_allies=us.tariff_on_allies,
        chip_floor=us.chip_floor,
        control_effectiveness=us.control_effectiveness,
        control_form=us.control_form,
    )
    rho = min(1.0, max(0.0, beijing.rare_earth_restriction - package.restriction))
    eased_beijing = BeijingLevers(
        rho, beijing.steering, beijing.subsidy, beijing.probe * lifted, beijing.review * lifted
    )
    return with_beijing(with_us(world, relaxed), eased_beijing)
