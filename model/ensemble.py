"""The compiled ensemble: the month of ``month.py`` played many times over. Its twin is ``standoff.py``."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..agents.allies import (
    ALLY_MOVES,
    choose_ally,
    japan_exposure,
    netherlands_exposure,
    south_korea_exposure,
    taiwan_exposure,
)
from ..agents.beijing import BEIJING_MOVES, after_beijing, choose_beijing
from ..agents.congress import CONGRESS_MOVES, choose_congress
from ..agents.developers import leading_stance, many_revise, revise
from ..agents.doctrines import Doctrines
from ..agents.huawei import HUAWEI_MOVES, choose_huawei
from ..agents.moves import ACTORS, Moves
from ..agents.nvidia import NVIDIA_MOVES, choose_nvidia
from ..agents.us import US_MOVES, after_us, choose_us, speaker, voice_of
from ..world.adoption import appeal
from ..world.chips import Market, chip_market
from ..world.law import law
from ..world.parameters import PARAMETER_ROW
from ..world.state import (
    STATE_FACTS,
    STATE_ROW,
    Adoption,
    Allies,
    BeijingLevers,
    Beliefs,
    Huawei,
    Nvidia,
    Politics,
    Stocks,
    UsLevers,
    World,
    with_adoption,
)
from .compiled import compiled, compiling
from .luck import SLOTS, TYPE_SLOTS, Chances, draw_lucks, typed_row
from .month import (
    Payoffs,
    agency_acts,
    irritant_of,
    next_world,
    others_act,
    payoffs_of,
    record_of,
)
from .outcomes import (
    OUTCOMES,
    TRACKS,
    Window,
    add_counts,
    add_payoffs,
    add_snapshot,
    add_window,
    ends_of,
    no_counts,
    no_payoffs,
    no_snapshot,
    regime_of,
    snapshot,
)
from .table import Settlement, negotiate, no_talks, settled, talks_chance

SETTLEMENT = (
    "result", "proposer_is_us", "chips", "restriction", "tariff", "cleared", "tools", "us_gain", "beijing_gain"
)  # fmt: skip
TRACE = (
    *STATE_FACTS,
    *Market._fields,
    *(f"move_{name}" for name in ACTORS),
    *(f"table_{name}" for name in SETTLEMENT),
    "irritant",
    "truce_broken",
    *(f"payoff_{name}" for name in Payoffs._fields),
)
PATH_STEP = 3  # months between the points of a path that is kept
FREE = -1  # in a script: the actor chooses


class Played(NamedTuple):
    """What an ensemble returns."""

    outcomes: NDArray[np.float64]  # shape (runs, len(OUTCOMES))
    paths: NDArray[np.float32]  # shape (runs kept, months // PATH_STEP, len(TRACKS))
    traces: NDArray[np.float64]  # shape (runs traced, months, len(TRACE))


@law
def world_of_row(row: Any) -> World:
    """Return the world of month 0 that a row of STATE_ROW states."""
    return World(
        0,
        UsLevers(
            row.chip_control, row.tool_control, row.design_software_curb, row.tariff_on_china, row.tariff_on_allies,
            row.chip_floor, row.control_effectiveness, row.control_form,
        ),
        BeijingLevers(row.rare_earth_restriction, row.steering, row.subsidy, row.probe, row.review),
        Allies(row.netherlands, row.japan, row.south_korea, row.taiwan),
        Nvidia(row.compliant_performance, row.china_supply, row.redesign_months_left, row.lobbying),
        Huawei(
            row.domestic_chip_performance, row.domestic_chip_capacity, row.cann_maturity, row.cuda_bridge,
            row.domestic_tool_share, row.hidden_stock, row.memory_stock, row.huawei_abroad,
        ),
        Stocks(
            row.demand, row.foundry_supply, row.inference_share, row.china_compute, row.us_compute,
            row.non_china_rare_earth_share, row.rare_earth_stock, row.cutoff_memory,
        ),
        Adoption(row.stay_cuda, row.dual_stack, row.move_to_cann, row.grey_market, row.rent_offshore),
        Beliefs(
            row.belief_us_yields, row.belief_us_slides, row.tradable_chips, row.belief_beijing_retaliates,
            row.us_estimate_of_capacity, row.belief_dependence,
        ),
        Politics(
            row.us_durability, row.truce_months, row.congress_pressure, row.irritant_queue, row.grievance,
            row.last_chip_step, row.us_escalated, row.beijing_escalated,
        ),
    )  # fmt: skip


@law
def first_stance(adoption: Adoption, place: float) -> int:
    r"""Return the stance at which a developer starts; `place` in [0, 1) is its rank in the population.

    >>> first_stance(Adoption(0.5, 0.25, 0.25, 0.0, 0.0), 0.6)
    1
    """
    left, stance = place, 0
    for share in adoption:
        left = left - share
        if left < 0.0:
            return stance
        stance = stance + 1
    return 0


@law
def shares_of(counts: tuple[int, int, int, int, int], developers: int) -> Adoption:
    """Return the shares of stances held by `counts` of this many developers."""
    return Adoption(
        counts[0] / developers,
        counts[1] / developers,
        counts[2] / developers,
        counts[3] / developers,
        counts[4] / developers,
    )


@law
def write_month(
    row: NDArray[np.float64],
    world: World,
    market: Market,
    moves: Moves,
    settlement: Settlement,
    irritant: float,
    broken: float,
    payoffs: Payoffs,
) -> None:
    """Write one month into `row`, in the order of TRACE."""
    at = 0
    for value in world.us:
        row[at] = value
        at += 1
    for value in world.beijing:
        row[at] = value
        at += 1
    for value in world.allies:
        row[at] = value
        at += 1
    for value in world.nvidia:
        row[at] = value
        at += 1
    for value in world.huawei:
        row[at] = value
        at += 1
    for value in world.stocks:
        row[at] = value
        at += 1
    for value in world.adoption:
        row[at] = value
        at += 1
    for value in world.beliefs:
        row[at] = value
        at += 1
    for value in world.politics:
        row[at] = value
        at += 1
    for value in market:
        row[at] = value
        at += 1
    row[at] = moves.us.value
    row[at + 1] = moves.beijing.value
    row[at + 2] = moves.nvidia.value
    row[at + 3] = moves.huawei.value
    row[at + 4] = moves.netherlands.value
    row[at + 5] = moves.japan.value
    row[at + 6] = moves.south_korea.value
    row[at + 7] = moves.taiwan.value
    row[at + 8] = moves.congress.value
    row[at + 9] = moves.developers.value
    row[at + 10] = settlement.result.value
    row[at + 11] = settlement.proposer_is_us
    row[at + 12] = settlement.package.chips
    row[at + 13] = settlement.package.restriction
    row[at + 14] = settlement.package.tariff
    row[at + 15] = settlement.package.cleared
    row[at + 16] = settlement.package.tools
    row[at + 17] = settlement.us_gain
    row[at + 18] = settlement.beijing_gain
    row[at + 19] = irritant
    row[at + 20] = broken
    at += 21
    for value in payoffs:
        row[at] = value
        at += 1


@compiled
def play_runs(
    points: Any,
    starts: Any,
    doctrines: Doctrines,
    chances: NDArray[np.float64],
    tastes: NDArray[np.float64],
    revisions: NDArray[np.float64],
    script: NDArray[np.int64],
    outcomes: NDArray[np.float64],
    paths: NDArray[np.float32],
    traces: NDArray[np.float64],
) -> None:
    """Play one run for each row of `points` and fill `outcomes`, `paths` and `traces`.

    Parameters
    ----------
    points, starts : record arrays of PARAMETER_ROW and STATE_ROW, shape (runs,)
    doctrines : Doctrines
    chances : float array, shape (runs, months, SLOTS)
    tastes, revisions : float arrays, shapes (runs, developers) and (runs, months, developers)
    script : int array, shape (months, len(ACTORS)): a forced move, or FREE
    outcomes : float array to fill, shape (runs, len(OUTCOMES))
    paths : float32 array to fill, shape (runs to keep, months // PATH_STEP, len(TRACKS))
    traces : float array to fill with the first runs, shape (runs to trace, months, len(TRACE))
    """
    runs, months, developers = chances.shape[0], chances.shape[1], tastes.shape[1]
    stances = np.zeros(developers, np.int64)
    for r in range(runs):
        p = points[r]
        world = world_of_row(starts[r])
        tally = np.zeros(5, np.int64)
        for d in range(developers):
            stances[d] = first_stance(world.adoption, (d + 0.5) / developers)
            tally[stances[d]] += 1
        if developers > 0:
            world = with_adoption(world, shares_of((tally[0], tally[1], tally[2], tally[3], tally[4]), developers))
        total, counts, earned = no_snapshot(), no_counts(), no_payoffs()
        window, window_months = Window(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0.0
        for t in range(months):
            c = chances[r, t]
            luck = Chances(
                c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[12], c[13], c[14], c[15],
                c[16],
            )  # fmt: skip
            start = world
            # 1 Beijing
            beijing = (
                BEIJING_MOVES[script[t, 1]]
                if script[t, 1] >= 0
                else choose_beijing(start, doctrines.beijing, luck.beijing, p)
            )
            acted = after_beijing(start, beijing)
            # 2 the US
            dealmakers = speaker(acted, luck.us_speaker, p)
            voice = voice_of(dealmakers, p)
            us = US_MOVES[script[t, 0]] if script[t, 0] >= 0 else choose_us(acted, doctrines.us, dealmakers, luck.us, p)
            world = after_us(acted, us, p)
            # 3 agencies
            irritant = irritant_of(world, luck.irritant, luck.irritant_breaks, p)
            world = agency_acts(world, irritant)
            # 4 the table
            settlement = no_talks()
            if luck.talks < talks_chance(world, p):
                settlement = negotiate(world, doctrines.us, voice, luck.proposer, luck.acceptance, p)
            world = settled(world, settlement, p)
            # 5 firms, allies, Congress
            nvidia = (
                NVIDIA_MOVES[script[t, 2]]
                if script[t, 2] >= 0
                else choose_nvidia(world, doctrines.nvidia, luck.nvidia, p)
            )
            huawei = (
                HUAWEI_MOVES[script[t, 3]]
                if script[t, 3] >= 0
                else choose_huawei(world, doctrines.huawei, luck.huawei, p)
            )
            netherlands = (
                ALLY_MOVES[script[t, 4]]
                if script[t, 4] >= 0
                else choose_ally(netherlands_exposure(p), world, doctrines.netherlands, luck.netherlands, p)
            )
            japan = (
                ALLY_MOVES[script[t, 5]]
                if script[t, 5] >= 0
                else choose_ally(japan_exposure(p), world, doctrines.japan, luck.japan, p)
            )
            south_korea = (
                ALLY_MOVES[script[t, 6]]
                if script[t, 6] >= 0
                else choose_ally(south_korea_exposure(p), world, doctrines.south_korea, luck.south_korea, p)
            )
            taiwan = (
                ALLY_MOVES[script[t, 7]]
                if script[t, 7] >= 0
                else choose_ally(taiwan_exposure(p), world, doctrines.taiwan, luck.taiwan, p)
            )
            congress = CONGRESS_MOVES[script[t, 8]] if script[t, 8] >= 0 else choose_congress(world, luck.congress, p)
            moves = Moves(
                us=us,
                beijing=beijing,
                nvidia=nvidia,
                huawei=huawei,
                netherlands=netherlands,
                japan=japan,
                south_korea=south_korea,
                taiwan=taiwan,
                congress=congress,
                developers=leading_stance(world.adoption),
            )
            world = others_act(world, moves, p)
            # 6 developers
            look = appeal(world, chip_market(world, p), p)
            if developers > 0:
                for d in range(developers):
                    before = stances[d]
                    stances[d] = revise(before, tastes[r, d], look, revisions[r, t, d], p)
                    tally[before] -= 1
                    tally[stances[d]] += 1
                shares = shares_of((tally[0], tally[1], tally[2], tally[3], tally[4]), developers)
            else:
                shares = many_revise(world.adoption, look, p)
            world = with_adoption(world, shares)
            # 7 payoffs, then physics; 8 beliefs and politics
            market = chip_market(world, p)
            payoffs = payoffs_of(start, acted, world, market, moves, settlement, voice, look, p)
            seen = record_of(start, moves, irritant, settlement)
            if r < traces.shape[0]:
                row = traces[r, t]
                write_month(row, world, market, moves, settlement, seen.irritant, irritant.broke_truce, payoffs)
            now = snapshot(world, market, p)
            total, counts = add_snapshot(total, now), add_counts(counts, start, moves, settlement, seen)
            earned = add_payoffs(earned, payoffs)
            if r < paths.shape[0] and t % PATH_STEP == 0 and t // PATH_STEP < paths.shape[1]:
                for at, value in enumerate(now):
                    paths[r, t // PATH_STEP, at] = value
                paths[r, t // PATH_STEP, len(now)] = counts.deals
            if t + p.regime_window >= months:
                window, window_months = add_window(window, now, seen.deal), window_months + 1.0
            world = next_world(world, market, moves, seen, luck.bridge, 2.0 * luck.estimate - 1.0, p)
        at = 0
        for value in total:
            outcomes[r, at] = value / months
            at += 1
        for value in ends_of(world):
            outcomes[r, at] = value
            at += 1
        for value in counts:
            outcomes[r, at] = value
            at += 1
        for value in earned:
            outcomes[r, at] = value * 12.0 / months
            at += 1
        outcomes[r, at] = regime_of(window, window_months, p).value


def play(
    points: NDArray[np.void],
    starts: NDArray[np.void],
    runs: NDArray[np.int64],
    months: int,
    seed: int,
    doctrines: Doctrines | None = None,
    developers: int = 40,
    paths: int = 0,
    traces: int = 0,
    script: NDArray[np.int64] | None = None,
) -> Played:
    """Play one run for each row and return what is measured.

    Parameters
    ----------
    points : array of PARAMETER_ROW, shape (n,)
        The parameters of each run, before the draw of types.
    starts : array of STATE_ROW, shape (n,)
        The world each run starts from.
    runs : int array, shape (n,)
        The run number of each row; with `seed` it fixes all luck.
    months : int
        Length of a run.
    seed : int
        Seed of the luck.
    doctrines : Doctrines, optional
        The doctrine of each actor; all quantal if left out.
    developers : int
        Number of Chinese AI developers; 0 is the limit of many.
    paths : int
        For how many of the first rows the path over time is kept.
    traces : int
        For how many of the first rows every month is kept.
    script : int array, shape (months, len(ACTORS)), optional
        Moves that are forced, by their places in the move lists; FREE leaves the choice, and developers are
        always free. A forced move that changes nothing still counts as made.

    Returns
    -------
    Played
        The outcomes, paths and traces.
    """
    n = len(runs)
    luck = draw_lucks(seed, runs, months, developers)
    steps = (months + PATH_STEP - 1) // PATH_STEP
    # NaN marks a run that was not finished, so that an error can name it.
    outcomes = np.full((n, len(OUTCOMES)), np.nan)
    kept = np.full((min(paths, n), steps, len(TRACKS)), np.nan, np.float32)
    traced = np.full((min(traces, n), months, len(TRACE)), np.nan)
    forced = np.full((months, len(ACTORS)), FREE, np.int64)
    if script is not None:
        if script.shape != forced.shape or not (script >= FREE).all():
            raise ValueError(f"a script has shape {forced.shape} and places of moves, or {FREE}")
        forced[:] = script
    with compiling(play_runs):
        play_runs(
            typed_row(np.ascontiguousarray(points, PARAMETER_ROW), luck).view(np.recarray),
            np.ascontiguousarray(starts, STATE_ROW).view(np.recarray),
            doctrines or Doctrines(),
            luck.chances,
            luck.tastes,
            luck.revisions,
            forced,
            outcomes,
            kept,
            traced,
        )
    return Played(outcomes, kept, traced)


__all__ = ["FREE", "OUTCOMES", "PATH_STEP", "SLOTS", "TRACE", "TRACKS", "TYPE_SLOTS", "Played", "play", "play_runs"]
