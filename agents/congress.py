"""Congress: its anger grows with accumulated concessions; it waits, scrutinises or legislates a floor."""

from ..world.law import law
from ..world.parameters import Params
from ..world.state import Politics, UsLevers, World, with_politics, with_us
from .choice import forbidden, logit_choice
from .moves import CongressMove

CONGRESS_MOVES = tuple(CongressMove)


@law
def congress_relief(move: CongressMove, p: Params) -> float:
    """Return the share of its anger that a move of Congress vents, in [0, 1]."""
    if move == CongressMove.SCRUTINISE:
        return p.congress_scrutiny_relief
    if move == CongressMove.LEGISLATE_FLOOR:
        return p.congress_floor_relief
    return 0.0


@law
def congress_cost(move: CongressMove, p: Params) -> float:
    """Return what a move costs Congress, in units of its anger."""
    if move == CongressMove.SCRUTINISE:
        return p.congress_scrutiny_cost
    if move == CongressMove.LEGISLATE_FLOOR:
        return p.congress_floor_cost
    return 0.0


@law
def congress_value(move: CongressMove, world: World, p: Params) -> float:
    r"""Return what a move is worth to Congress, in units of its anger: relief x pressure - cost.

    A floor above the one in force is the only one worth a law. Mechanism M119.
    Source: MODEL.md, Congress.
    """
    if move == CongressMove.LEGISLATE_FLOOR and world.us.chip_floor >= min(world.us.chip_control, p.h20_line):
        return forbidden()
    return congress_relief(move, p) * world.politics.congress_pressure - congress_cost(move, p)


@law
def congress_values(world: World, p: Params) -> tuple[float, ...]:
    """Return the values of the moves of Congress, in the order of CONGRESS_MOVES."""
    return (
        congress_value(CongressMove.WAIT, world, p),
        congress_value(CongressMove.SCRUTINISE, world, p),
        congress_value(CongressMove.LEGISLATE_FLOOR, world, p),
    )


@law
def choose_congress(world: World, u: float, p: Params) -> CongressMove:
    """Return the move of Congress, drawn by `u`."""
    return CONGRESS_MOVES[logit_choice(congress_values(world, p), p.congress_precision, u)]


@law
def after_congress(world: World, move: CongressMove, p: Params) -> World:
    r"""Return the world right after a move of Congress.

    Anger is vented; scrutiny also arms the agencies (M120): one more measure waits for release. A law
    writes today's ceiling down as a floor, at most at the H20 line. Mechanisms M119, M120.
    """
    us, now = world.us, world.politics
    floor, queue = us.chip_floor, now.irritant_queue
    if move == CongressMove.LEGISLATE_FLOOR:
        floor = min(us.chip_control, p.h20_line)
    elif move == CongressMove.SCRUTINISE:
        queue = min(4.0, queue + 0.25)
    bound = UsLevers(
        chip_control=us.chip_control,
        tool_control=us.tool_control,
        design_software_curb=us.design_software_curb,
        tariff_on_china=us.tariff_on_china,
        tariff_on_allies=us.tariff_on_allies,
        chip_floor=floor,
        control_effectiveness=us.control_effectiveness,
        control_form=us.control_form,
    )
    vented = Politics(
        us_durability=now.us_durability,
        truce_months=now.truce_months,
        congress_pressure=now.congress_pressure * (1.0 - congress_relief(move, p)),
        irritant_queue=queue,
        grievance=now.grievance,
        last_chip_step=now.last_chip_step,
        us_escalated=now.us_escalated,
        beijing_escalated=now.beijing_escalated,
    )
    return with_politics(with_us(world, bound), vented)


@law
def congress_payoff(world: World, move: CongressMove, p: Params) -> float:
    """Return what the month was worth to Congress, in units of its anger: minus anger, minus the cost."""
    return -world.politics.congress_pressure - congress_cost(move, p)
