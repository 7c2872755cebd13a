"""What is measured of a run: means, ends, counts, payoffs and the regime, by the same laws in both engines."""

from typing import NamedTuple

from ..agents.moves import BeijingMove, Moves, NvidiaMove, UsMove
from ..world.beliefs import Record
from ..world.chips import Market, cuda_share
from ..world.compute import compute_lead
from ..world.fabs import coalition
from ..world.law import law
from ..world.parameters import Params
from ..world.regimes import Regime, regime
from ..world.state import World
from ..world.trade import beijing_hostility, us_hostility
from .month import Payoffs
from .table import Settlement, Table


class Snapshot(NamedTuple):
    """One month in twelve numbers, whose means are outcomes; with the deals so far they are the tracks over time."""

    chip_control: float
    rare_earth_restriction: float
    tariff_on_china: float
    cuda_share: float
    nvidia_revenue: float
    huawei_units: float
    compute_lead: float
    alignment: float
    us_durability: float
    belief_us_yields: float
    us_hostility: float
    beijing_hostility: float


class Counts(NamedTuple):
    """How often things happened in a run."""

    deals: float
    chip_deals: float
    walk_outs: float
    refusals: float
    breaks: float
    irritants: float
    chip_relaxations: float
    chip_tightenings: float
    updates: float
    tariff_rises: float
    restrictions: float
    renewals: float
    subsidies: float
    lobbying_months: float


class Window(NamedTuple):
    """Sums over the last months, by which a run is classed."""

    cuda_share: float
    chip_control: float
    rare_earth_restriction: float
    us_hostility: float
    beijing_hostility: float
    deals: float


class Ends(NamedTuple):
    """Where a run ended."""

    final_chip_control: float
    final_tool_control: float
    final_rare_earth_restriction: float
    final_cuda_share: float
    final_grey_share: float
    final_domestic_chip_performance: float
    final_domestic_chip_capacity: float
    final_cann_maturity: float
    final_china_compute: float
    final_us_compute: float
    final_non_china_rare_earth_share: float
    final_tradable_chips: float
    final_congress_pressure: float
    final_estimate_error: float


@law
def snapshot(world: World, market: Market, p: Params) -> Snapshot:
    """Return a month in twelve numbers."""
    return Snapshot(
        chip_control=world.us.chip_control,
        rare_earth_restriction=world.beijing.rare_earth_restriction,
        tariff_on_china=world.us.tariff_on_china,
        cuda_share=cuda_share(world.adoption),
        nvidia_revenue=market.nvidia_revenue,
        huawei_units=market.huawei_units,
        compute_lead=compute_lead(world),
        alignment=coalition(world.allies, p),
        us_durability=world.politics.us_durability,
        belief_us_yields=world.beliefs.belief_us_yields,
        us_hostility=us_hostility(world.us, p),
        beijing_hostility=beijing_hostility(world.beijing),
    )


@law
def add_snapshot(total: Snapshot, now: Snapshot) -> Snapshot:
    """Return the field-by-field sum."""
    return Snapshot(
        chip_control=total.chip_control + now.chip_control,
        rare_earth_restriction=total.rare_earth_restriction + now.rare_earth_restriction,
        tariff_on_china=total.tariff_on_china + now.tariff_on_china,
        cuda_share=total.cuda_share + now.cuda_share,
        nvidia_revenue=total.nvidia_revenue + now.nvidia_revenue,
        huawei_units=total.huawei_units + now.huawei_units,
        compute_lead=total.compute_lead + now.compute_lead,
        alignment=total.alignment + now.alignment,
        us_durability=total.us_durability + now.us_durability,
        belief_us_yields=total.belief_us_yields + now.belief_us_yields,
        us_hostility=total.us_hostility + now.us_hostility,
        beijing_hostility=total.beijing_hostility + now.beijing_hostility,
    )


@law
def add_window(total: Window, now: Snapshot, deal: float) -> Window:
    """Return the window's sums with one month more."""
    return Window(
        cuda_share=total.cuda_share + now.cuda_share,
        chip_control=total.chip_control + now.chip_control,
        rare_earth_restriction=total.rare_earth_restriction + now.rare_earth_restriction,
        us_hostility=total.us_hostility + now.us_hostility,
        beijing_hostility=total.beijing_hostility + now.beijing_hostility,
        deals=total.deals + deal,
    )


@law
def one_if(condition: bool) -> float:
    """Return 1.0 if the condition holds, else 0.0."""
    if condition:
        return 1.0
    return 0.0


@law
def add_counts(total: Counts, start: World, moves: Moves, settlement: Settlement, seen: Record) -> Counts:
    """Return the counts with one month more; a break is a truce ended by a move or a measure."""
    ended = start.politics.truce_months > 0.0 and (seen.us_broke > 0.5 or seen.beijing_escalated > 0.5)
    return Counts(
        deals=total.deals + seen.deal,
        chip_deals=total.chip_deals + seen.deal_chip_step,
        walk_outs=total.walk_outs + one_if(settlement.result == Table.WALK_OUT),
        refusals=total.refusals + one_if(settlement.result == Table.REJECTED),
        breaks=total.breaks + one_if(ended),
        irritants=total.irritants + seen.irritant,
        chip_relaxations=total.chip_relaxations + one_if(moves.us == UsMove.RELAX_CHIPS),
        chip_tightenings=total.chip_tightenings + one_if(moves.us == UsMove.TIGHTEN_CHIPS),
        updates=total.updates + one_if(moves.us == UsMove.UPDATE_CONTROLS),
        tariff_rises=total.tariff_rises + one_if(moves.us == UsMove.RAISE_TARIFFS),
        restrictions=total.restrictions + one_if(moves.beijing == BeijingMove.RESTRICT_RARE_EARTHS),
        renewals=total.renewals + one_if(moves.beijing == BeijingMove.RENEW_RARE_EARTHS),
        subsidies=total.subsidies + one_if(moves.beijing == BeijingMove.SUBSIDISE),
        lobbying_months=total.lobbying_months + one_if(moves.nvidia == NvidiaMove.LOBBY),
    )


@law
def add_payoffs(total: Payoffs, now: Payoffs) -> Payoffs:
    """Return the actor-by-actor sum."""
    return Payoffs(
        us=total.us + now.us,
        beijing=total.beijing + now.beijing,
        nvidia=total.nvidia + now.nvidia,
        huawei=total.huawei + now.huawei,
        netherlands=total.netherlands + now.netherlands,
        japan=total.japan + now.japan,
        south_korea=total.south_korea + now.south_korea,
        taiwan=total.taiwan + now.taiwan,
        congress=total.congress + now.congress,
        developers=total.developers + now.developers,
    )


@law
def ends_of(world: World) -> Ends:
    """Return where a run ended; the estimate's error is the US estimate less Huawei's true capacity."""
    huawei, stocks = world.huawei, world.stocks
    return Ends(
        final_chip_control=world.us.chip_control,
        final_tool_control=world.us.tool_control,
        final_rare_earth_restriction=world.beijing.rare_earth_restriction,
        final_cuda_share=cuda_share(world.adoption),
        final_grey_share=world.adoption.grey_market,
        final_domestic_chip_performance=huawei.domestic_chip_performance,
        final_domestic_chip_capacity=huawei.domestic_chip_capacity,
        final_cann_maturity=huawei.cann_maturity,
        final_china_compute=stocks.china_compute,
        final_us_compute=stocks.us_compute,
        final_non_china_rare_earth_share=stocks.non_china_rare_earth_share,
        final_tradable_chips=world.beliefs.tradable_chips,
        final_congress_pressure=world.politics.congress_pressure,
        final_estimate_error=world.beliefs.us_estimate_of_capacity - huawei.domestic_chip_capacity,
    )


@law
def regime_of(window: Window, months: float, p: Params) -> Regime:
    """Return the regime of a run from its window's sums over this many months."""
    return regime(
        window.cuda_share / months,
        window.chip_control / months,
        window.rare_earth_restriction / months,
        window.us_hostility / months,
        window.beijing_hostility / months,
        window.deals,
        p,
    )


@law
def no_snapshot() -> Snapshot:
    """Return the sum of no months."""
    return Snapshot(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@law
def no_counts() -> Counts:
    """Return the counts of no months."""
    return Counts(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@law
def no_payoffs() -> Payoffs:
    """Return the payoffs of no months."""
    return Payoffs(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


TRACKS = (*Snapshot._fields, "deals")  # deals so far, this month's included
OUTCOMES = (
    *(f"mean_{name}" for name in Snapshot._fields),
    *Ends._fields,
    *Counts._fields,
    *(f"payoff_{name}" for name in Payoffs._fields),
    "regime",
)
