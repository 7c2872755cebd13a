"""Rare earths: the tap, the stock behind it and the supply that grows elsewhere."""

import math

from .law import law
from .parameters import Params
from .state import World


@law
def shortage(world: World, p: Params) -> float:
    r"""Return the share of US rare-earth needs that is not met, in [0, 1].

        restriction (1 - N) (1 - cover min(1, stock / store))

    where N is the share met without China. Mechanisms M58, M60, M61. Source: MODEL.md, rare earths.
    """
    stocks = world.stocks
    covered = p.rare_earth_cover * min(1.0, stocks.rare_earth_stock / p.rare_earth_store)
    return world.beijing.rare_earth_restriction * (1.0 - stocks.non_china_rare_earth_share) * (1.0 - covered)


@law
def shortage_pain(world: World, p: Params) -> float:
    r"""Return the pain of the shortage, in [0, 1]: shortage to the power 1.5, so that it turns steep.

    Mechanisms M34, M60. Source: MODEL.md, rare earths.
    """
    short = shortage(world, p)
    return short * math.sqrt(short)


@law
def next_rare_earth_stock(world: World, years: float, p: Params) -> float:
    r"""Return the US stock after `years`, in months of use.

        dR = 12 [refill (1 - rho) - draw rho (1 - N)], within [0, store]

    Mechanism M60. Source: MODEL.md, rare earths.
    """
    restriction = world.beijing.rare_earth_restriction
    drawn = p.rare_earth_draw * restriction * (1.0 - world.stocks.non_china_rare_earth_share)
    change = 12.0 * (p.rare_earth_refill * (1.0 - restriction) - drawn)
    return min(p.rare_earth_store, max(0.0, world.stocks.rare_earth_stock + change * years))


@law
def next_rare_earth_share(world: World, years: float, p: Params) -> float:
    r"""Return the share met without China after `years`, in [0, 1].

        dN = growth (baseline + rho + memory) (room - N)

    Use of the weapon, and its memory, breed rivals. Mechanism M59.
    Source: MODEL.md, rare earths; Nguemgaing et al. 2025.
    """
    share = world.stocks.non_china_rare_earth_share
    drive = p.rare_earth_baseline + world.beijing.rare_earth_restriction + world.stocks.cutoff_memory
    return share + p.rare_earth_growth * drive * max(p.rare_earth_room - share, 0.0) * years


@law
def next_cutoff_memory(world: World, years: float, p: Params) -> float:
    r"""Return the memory of cut-offs after `years`, in years: dm = rho - fading m.

    Mechanism M59. Source: MODEL.md, rare earths.
    """
    memory = world.stocks.cutoff_memory
    return max(0.0, memory + (world.beijing.rare_earth_restriction - p.memory_fading * memory) * years)
