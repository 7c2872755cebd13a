"""What a person sees: what her actor would know, and no more."""

from collections.abc import Mapping
from typing import Any

from ...agents.moves import UsMove
from ...agents.us import as_us_sees, us_costs, us_payoff, voice_of
from ...model.table import Table, us_package_cost
from ...world.chips import chip_market, cuda_share
from ...world.law import total
from ...world.parameters import Params
from ...world.state import World, state_values
from ..history import TOLD, package_words, table_line, told
from .game import ANSWER, MOVE, OFFER, TOGETHER, Game, Month

# Fields of the state that are not public, and who knows them: those whose law reads them, but for what firms and
# allies could not know of Huawei. A payoff that they expect still counts with it, for so their laws are.
KNOWN_TO: dict[str, tuple[str, ...]] = {
    "domestic_chip_capacity": ("beijing", "huawei"),
    "hidden_stock": ("beijing", "huawei"),
    "memory_stock": ("us", "beijing", "huawei"),
    "china_supply": ("nvidia",),
    "redesign_months_left": ("nvidia",),
    "belief_us_yields": ("beijing",),
    "belief_us_slides": ("beijing",),
    "tradable_chips": ("us", "beijing"),
    "belief_beijing_retaliates": ("us",),
    "us_estimate_of_capacity": ("us",),
    "belief_dependence": ("us",),
    "irritant_queue": ("us", "congress"),
    "grievance": ("beijing",),
}
FOCUS_KNOWN_TO = ("beijing", "huawei")  # where Huawei puts its weight is no public act


def view(game: Game, seat: str) -> dict[str, Any]:
    """Return what the person in a seat sees now.

    Returns
    -------
    dict
        `seat`, `t`, `month`, `months`, `over`; `state`: the fields of the state that the actor knows; `market`: what
        it knows of the market, and the developers' `cuda_share`; `news`: sentences on last month, `now`: on this
        month so far; `earned`: its payoff of each month as it could reckon it; `asks`: what it is asked.
    """
    asks = [ask for ask in game.pending() if ask.seat == seat]
    world = _world_seen(game, seat, asks[0].kind if asks else None)
    last = game.months[-1] if game.months else None
    return {
        "seat": seat,
        "t": game.t,
        "month": game.month_name(game.t),
        "months": game.settings.months,
        "over": game.over,
        "state": {name: value for name, value in state_values(world).items() if seat in KNOWN_TO.get(name, (seat,))},
        "market": _market(world, seat, game.model.params),
        "news": [] if last is None else _news(game, last, seat),
        "now": _so_far(game, asks[0].kind if asks else None, seat),
        "earned": [earned_as_seen(month, seat, game.model.params) for month in game.months],
        "asks": asks,
    }


def _world_seen(game: Game, seat: str, kind: str | None) -> World:
    if kind == MOVE:
        return game.model.faced[seat]
    if kind in (OFFER, ANSWER):
        return game.model.at_table
    return game.model.world


def _market(world: World, seat: str, p: Params) -> dict[str, float]:
    market = chip_market(world, p)
    seen = {"nvidia_units": market.nvidia_units, "nvidia_revenue": market.nvidia_revenue}
    if seat in FOCUS_KNOWN_TO:
        seen["huawei_units"] = market.huawei_units
    elif seat == "us":
        seen["huawei_units"] = chip_market(as_us_sees(world), p).huawei_units
    return seen | {"cuda_share": cuda_share(world.adoption)}


def earned_as_seen(month: Month, seat: str, p: Params) -> float:
    """Return a month's payoff as the actor could reckon it: the US sees Huawei by its own estimate."""
    if seat != "us":
        return month.payoffs[seat]
    acted, voice, move = month.faced["us"], voice_of(month.dealmakers, p), UsMove(month.moves["us"])
    cost = total(us_costs(move, acted, voice, p))
    if month.settlement.result == Table.ACCEPTED:
        cost += us_package_cost(month.settlement.package, acted, voice, p)
    seen = as_us_sees(month.shown)
    return us_payoff(seen, chip_market(seen, p), cost, p)


def masked(month: Mapping[str, Any], seat: str) -> dict[str, Any]:
    """Return a month as data without what the actor does not learn of it."""
    moves = dict(month["moves"])
    if seat not in FOCUS_KNOWN_TO:
        moves["huawei"] = ""
    return {**month, "moves": moves}


def _news(game: Game, last: Month, seat: str) -> list[str]:
    before = masked(game.months[-2].data, seat) if len(game.months) > 1 else None
    return told(masked(last.data, seat), before)


def _so_far(game: Game, kind: str | None, seat: str) -> list[str]:
    """Return what has happened this month before the person is asked."""
    if kind is None or (seat == "beijing" and kind == MOVE):
        return []
    model, names = game.model, {"beijing": "Beijing", "us": "Washington"}
    movers = ["beijing"] if seat == "us" and kind == MOVE else ["beijing", "us"]
    state = state_values(_world_seen(game, seat, kind))
    lines = []
    for mover in movers:
        move = model.moved[mover].name.lower()
        lines.append(TOLD.get((mover, move), f"{names[mover]} holds").format(**state))
    if len(movers) > 1:
        irritant = model.agencies(model.world)
        if irritant.acted:
            lines.append("an agency curbs design software on its own")
        if irritant.broke_truce:
            lines.append("Beijing calls it a breach: the truce is over")
    if seat in TOGETHER and model.talks:
        settlement = model.settled_now
        lines.append(
            table_line(
                {
                    "result": settlement.result.name.lower(),
                    "proposer": model.talks.proposer,
                    "package": settlement.package._asdict(),
                }
            )
        )
    elif kind == ANSWER and model.talks and model.on_offer:
        lines.append(f"{names[model.talks.proposer]} offers {package_words(model.on_offer.real._asdict())}")
    return lines
