"""Why an actor moved: every move of one month's decision with its terms, the belief behind it and its chance."""

from typing import Any

from ..agents import allies, beijing, congress, developers, huawei, nvidia, us
from ..agents.choice import forbidden, logit_chance
from ..agents.doctrines import Doctrines
from ..agents.moves import ACTORS, ALLY_NAMES, AllyMove, BeijingMove
from ..agents.outlook import trend_of
from ..model.standoff import release
from ..world.adoption import appeal, mean_chances, stance_chances
from ..world.checks import known
from ..world.chips import chip_market
from ..world.law import total
from ..world.parameters import Params
from ..world.state import World
from .history import model_of, month_name
from .settings import Settings, month_index

Terms = dict[str, float]
EXPOSURES = {
    "netherlands": allies.netherlands_exposure,
    "japan": allies.japan_exposure,
    "south_korea": allies.south_korea_exposure,
    "taiwan": allies.taiwan_exposure,
}


def explain_decision(actor: str, month: str, settings: Settings) -> dict[str, Any]:
    """Return one decision taken apart.

    Returns
    -------
    dict
        `actor`, `month`, `chosen`, `precision`, `unit` and `moves`: a list of `move`, `open`, `terms`, `beliefs`,
        `value` and `probability`. The terms of an open move sum to its value, the probabilities to one.

    Raises
    ------
    BadInput
        If the actor is unknown or the month is not in the history.
    """
    known("actor", actor, ACTORS)
    t = month_index(month, settings.scenario, settings.months)
    model = model_of(settings)
    for _ in range(t + 1):
        model.step()
    chosen, faced, p = model.seats[actor].move, model.faced[actor], model.params
    found = explained(actor, faced, model.doctrines, model.dealmakers, p)
    release(model)
    found.update(actor=actor, month=month_name(settings.scenario.month, t), chosen=chosen.name.lower())
    return found


def explained(actor: str, faced: World, doctrines: Doctrines, dealmakers: float, p: Params) -> dict[str, Any]:
    """Return the moves of an actor in the world it faces, as `explain_decision` does, before it has chosen.

    `dealmakers` is their weight in the US decision; other actors do not read it.
    """
    if actor == "us":
        return _us(faced, doctrines, dealmakers, p)
    if actor == "beijing":
        return _beijing(faced, doctrines, p)
    if actor == "nvidia":
        return _nvidia(faced, doctrines, p)
    if actor == "huawei":
        return _huawei(faced, doctrines, p)
    if actor in ALLY_NAMES:
        return _ally(actor, faced, doctrines, p)
    if actor == "congress":
        return _congress(faced, p)
    return _developers(faced, p)


def _decision(
    moves: Any, values: tuple[float, ...], precision: float, parts: list[tuple[Terms, Terms]]
) -> dict[str, Any]:
    rows = []
    for place, (move, (terms, beliefs)) in enumerate(zip(moves, parts, strict=True)):
        is_open = values[place] > 0.25 * forbidden()
        rows.append(
            {
                "move": move.name.lower(),
                "open": is_open,
                "value": values[place] if is_open else None,
                "probability": logit_chance(values, precision, place),
                "beliefs": beliefs,
                "terms": terms if is_open else {},
            }
        )
    return {"precision": precision, "unit": "$bn over the look-ahead", "moves": rows}


def _blend(first: Any, second: Any, weight: float) -> Terms:
    """Return (1 - weight) first + weight second, term by term."""
    return {name: (1.0 - weight) * a + weight * b for name, a, b in zip(first._fields, first, second, strict=True)}


def _us(faced: World, doctrines: Doctrines, dealmakers: float, p: Params) -> dict[str, Any]:
    voice, seen = us.voice_of(dealmakers, p), us.as_us_sees(faced)
    held_course = us.us_course(allies.ally_leans(seen, p), seen, p)
    parts: list[tuple[Terms, Terms]] = []
    for move in us.US_MOVES:
        after, chance = us.after_us(seen, move, p), us.us_answer_chance(move, seen, p)
        course = us.us_course_after(held_course, seen, after, p)
        held = us.us_outlook(course, after, voice, p)
        answered = us.us_outlook(course, us.us_answered(move, after, p), voice, p) if chance > 0.0 else held
        costs = us.us_costs(move, seen, voice, p)._asdict()
        terms = _blend(held, answered, chance) | {f"{name} now": -cost for name, cost in costs.items()}
        parts.append((terms, {"Beijing answers": chance}))
    values = us.us_values(faced, doctrines.us, voice, p)
    return _decision(us.US_MOVES, values, p.us_precision, parts) | {"dealmakers_weight": dealmakers}


def _beijing(faced: World, doctrines: Doctrines, p: Params) -> dict[str, Any]:
    held_course = beijing.beijing_course(allies.ally_leans(faced, p), faced, p)
    access, beliefs = beijing.access_value(held_course, faced, p), faced.beliefs
    parts: list[tuple[Terms, Terms]] = []
    for move in beijing.BEIJING_MOVES:
        after = beijing.after_beijing(faced, move)
        course = beijing.beijing_course_after(held_course, faced, after, p)
        outlook = beijing.beijing_outlook(course, after, p)
        terms = outlook._asdict()
        believed: Terms = {}
        if move == BeijingMove.RESTRICT_RARE_EARTHS:
            yields, yielded = beliefs.belief_us_yields, beijing.trade_yielded(after, p)
            course = beijing.beijing_course_after(course, after, yielded, p)
            terms = _blend(outlook, beijing.beijing_outlook(course, yielded, p), yields)
            terms["chip prize"] = yields * beijing.chip_prize(faced, access, p)
            believed = {"the US yields": yields, "chips are for sale": beliefs.tradable_chips}
        if move == BeijingMove.SUBSIDISE:
            believed = {"the ceiling slides": beliefs.belief_us_slides}
        costs = beijing.beijing_costs(move, faced, access, p)._asdict()
        parts.append((terms | {f"{name} now": -cost for name, cost in costs.items()}, believed))
    values = beijing.beijing_values(faced, held_course, doctrines.beijing, access, p)
    return _decision(beijing.BEIJING_MOVES, values, p.beijing_precision, parts)


def _nvidia(faced: World, doctrines: Doctrines, p: Params) -> dict[str, Any]:
    leans = allies.ally_leans(faced, p)
    stake = nvidia.policy_stake(leans, faced, total(nvidia.nvidia_outlook(leans, faced, p)), p)
    parts: list[tuple[Terms, Terms]] = []
    for move in nvidia.NVIDIA_MOVES:
        after = nvidia.after_nvidia(faced, move, p)
        gained = p.nvidia_reach * (after.nvidia.lobbying - faced.nvidia.lobbying)
        terms = nvidia.nvidia_outlook(leans, after, p)._asdict() | {
            "influence": gained * stake,
            "cost now": -nvidia.nvidia_cost(move, p),
        }
        parts.append((terms, {"lobbying moves policy": gained} if gained else {}))
    values = nvidia.nvidia_values(faced, doctrines.nvidia, p)
    return _decision(nvidia.NVIDIA_MOVES, values, p.nvidia_precision, parts) | {"policy_stake": stake}


def _huawei(faced: World, doctrines: Doctrines, p: Params) -> dict[str, Any]:
    trend = trend_of(allies.ally_leans(faced, p), faced, chip_market(faced, p), p)
    parts: list[tuple[Terms, Terms]] = [
        (
            huawei.huawei_outlook(trend, faced, huawei.focus_of(move), p)._asdict()
            | {"cost now": -p.look_ahead * huawei.huawei_cost(move, p)},
            {},
        )
        for move in huawei.HUAWEI_MOVES
    ]
    values = huawei.huawei_values(faced, doctrines.huawei, p)
    return _decision(huawei.HUAWEI_MOVES, values, p.huawei_precision, parts)


def _ally(actor: str, faced: World, doctrines: Doctrines, p: Params) -> dict[str, Any]:
    own = EXPOSURES[actor](p)
    parts: list[tuple[Terms, Terms]] = []
    for move in allies.ALLY_MOVES:
        asking = 1.0 if move == AllyMove.ASK_COMPENSATION else 0.0
        terms = allies.ally_terms(allies.stance_level(move), asking, own, faced, p)._asdict()
        parts.append((terms, {"the US word holds": faced.politics.us_durability}))
    values = allies.ally_values(own, faced, getattr(doctrines, actor), p)
    return _decision(allies.ALLY_MOVES, values, p.ally_precision, parts) | {"unit": "$bn per year"}


def _congress(faced: World, p: Params) -> dict[str, Any]:
    parts: list[tuple[Terms, Terms]] = [
        (
            {
                "anger vented": congress.congress_relief(move, p) * faced.politics.congress_pressure,
                "cost now": -congress.congress_cost(move, p),
            },
            {},
        )
        for move in congress.CONGRESS_MOVES
    ]
    values = congress.congress_values(faced, p)
    return _decision(congress.CONGRESS_MOVES, values, p.congress_precision, parts) | {"unit": "units of anger"}


def _developers(faced: World, p: Params) -> dict[str, Any]:
    look = appeal(faced, chip_market(faced, p), p)
    chances, at_mean = mean_chances(look, p), stance_chances(look, 0.0)
    rows = [
        {
            "move": move.name.lower(),
            "open": True,
            "value": look[move],
            "probability": chances[move],
            "beliefs": {"chance at the mean taste": at_mean[move]},
            "terms": {"appeal": look[move]},
        }
        for move in developers.DEVELOPER_MOVES
    ]
    return {"precision": 1.0, "unit": "utility", "moves": rows}


def decision_lines(decision: dict[str, Any]) -> list[str]:
    """Return a decision as text: each move, likeliest first, with its terms measured against the first move.

    A term that hardly differs from that of holding says nothing and is left out.
    """
    rows = decision["moves"]
    still = next(row for row in rows if row["open"])
    lines = [f"{decision['actor']} in {decision['month']} chose {decision['chosen']}"]
    if "dealmakers_weight" in decision:
        lines.append(f"dealmakers carry {decision['dealmakers_weight']:.2f} of this decision, agencies the rest")
    lines.append(f"value in {decision['unit']}; terms as differences from {still['move']}")
    for row in sorted(rows, key=lambda row: -row["probability"]):
        if not row["open"]:
            lines.append(f"  {row['move']:26s} not open: impossible now, or its doctrine forbids it")
            continue
        beliefs = ", ".join(f"{name} {value:.2f}" for name, value in row["beliefs"].items())
        head = f"  {row['move']:26s} chance {row['probability']:6.1%}   value {row['value']:9.2f}"
        lines.append(head + (f"   believes: {beliefs}" if beliefs else ""))
        terms = {name: value - still["terms"].get(name, 0.0) for name, value in row["terms"].items()}
        shown = [f"{name.replace('_', ' ')} {value:+.2f}" for name, value in terms.items() if abs(value) >= 0.005]
        if shown and row is not still:
            lines.append("      " + ", ".join(shown))
    return lines
