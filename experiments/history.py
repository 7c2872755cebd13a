"""One history, month by month: as data, the same from both engines, and told as a story."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..agents.moves import ACTORS, ALLY_NAMES, MOVES_OF
from ..model.ensemble import OUTCOMES, TRACE, play
from ..model.month import Payoffs
from ..model.table import Table
from ..world.chips import Market
from ..world.regimes import Regime
from ..world.state import STATE_FACTS, state_values
from ..world.trade import Package
from .settings import Settings

if TYPE_CHECKING:
    from ..model.standoff import Standoff

Month = dict[str, Any]


def month_name(first: str, t: int) -> str:
    """Return the calendar month `t` months after `first`.

    >>> month_name("2025-11", 3)
    '2026-02'
    """
    year, month = (int(piece) for piece in first.split("-"))
    place = 12 * year + month - 1 + t
    return f"{place // 12}-{place % 12 + 1:02d}"


def play_history(settings: Settings) -> tuple[list[Month], dict[str, Any]]:
    """Return one history and what is measured of it.

    Returns
    -------
    months : list of dict
        One a month: `t` from 0, `month`, `moves` by actor, `table`, `irritant`, `truce_broken`, `state` as the
        month's moves left it, `market` and `payoffs` by actor ($bn in the month; Congress in units of anger,
        developers in utility).
    outcomes : dict
        OUTCOMES by name, the regime in words.
    """
    rows, outcomes = _mesa_rows(settings) if settings.engine == "mesa" else _compiled_rows(settings)
    months = [month_of(settings.scenario.month, t, dict(zip(TRACE, row, strict=True))) for t, row in enumerate(rows)]
    named: dict[str, Any] = dict(zip(OUTCOMES, outcomes, strict=True))
    named["regime"] = Regime(int(named["regime"])).name.lower().replace("_", " ")
    return months, named


def _compiled_rows(settings: Settings) -> tuple[list[list[float]], list[float]]:
    played = play(
        settings.parameter_row(),
        settings.state_row(),
        np.zeros(1, np.int64),
        settings.months,
        settings.seed,
        settings.doctrines,
        settings.developers,
        traces=1,
    )
    return played.traces[0].tolist(), played.outcomes[0].tolist()


def model_of(settings: Settings) -> "Standoff":
    """Return the Mesa model that plays these settings."""
    from ..model.standoff import Standoff

    numbers: dict[str, Any] = {**settings.parameters, **settings.state}
    return Standoff(
        settings.scenario,
        seed=settings.seed,
        months=settings.months,
        developers=settings.developers,
        doctrines=settings.doctrines,
        **numbers,
    )


def _mesa_rows(settings: Settings) -> tuple[list[list[float]], list[float]]:
    from ..model.standoff import release

    model = model_of(settings)
    rows = []
    while model.running:
        model.step()
        rows.append(trace_row(model))
    outcomes = model.outcomes()
    release(model)
    return rows, outcomes


def trace_row(model: "Standoff") -> list[float]:
    """Return the month that a model has just played, in the order of TRACE."""
    settlement = model.settlement
    return [
        *state_values(model.shown).values(),
        *model.market,
        *(float(model.seats[actor].move.value) for actor in ACTORS),
        float(settlement.result.value),
        settlement.proposer_is_us,
        *settlement.package,
        settlement.us_gain,
        settlement.beijing_gain,
        model.irritant.acted,
        model.irritant.broke_truce,
        *(model.seats[actor].payoff for actor in ACTORS),
    ]


def month_of(first: str, t: int, row: dict[str, float]) -> Month:
    """Return one month, `t` after `first`, as data from its values of TRACE by name."""
    result = Table(int(row["table_result"])).name.lower()
    offered = result in ("rejected", "accepted")
    return {
        "t": t,
        "month": month_name(first, t),
        "moves": {actor: MOVES_OF[actor](int(row[f"move_{actor}"])).name.lower() for actor in ACTORS},
        "table": {
            "result": result,
            "proposer": None if result == "closed" else ("us" if row["table_proposer_is_us"] else "beijing"),
            "package": {name: row[f"table_{name}"] for name in Package._fields} if offered else None,
            "us_gain": row["table_us_gain"],
            "beijing_gain": row["table_beijing_gain"],
        },
        "irritant": int(row["irritant"]),
        "truce_broken": int(row["truce_broken"]),
        "state": {name: row[name] for name in STATE_FACTS},
        "market": {name: row[name] for name in Market._fields},
        "payoffs": {actor: row[f"payoff_{actor}"] for actor in Payoffs._fields},
    }


TOLD = {
    ("us", "tighten_chips"): "Washington tightens chip control to {chip_control:.2f}",
    ("us", "relax_chips"): "Washington relaxes chip control to {chip_control:.2f}",
    ("us", "update_controls"): "Washington closes loopholes in its controls",
    ("us", "tighten_tools"): "Washington tightens tool control to {tool_control:.2f}",
    ("us", "relax_tools"): "Washington relaxes tool control to {tool_control:.2f}",
    ("us", "raise_tariffs"): "Washington raises the tariff on China to {tariff_on_china:.2f}",
    ("us", "cut_tariffs"): "Washington cuts the tariff on China to {tariff_on_china:.2f}",
    ("us", "restrict_design_software"): "Washington curbs design software",
    ("us", "lift_design_software"): "Washington lifts the curb on design software",
    ("us", "press_allies"): "Washington presses its allies, tariff {tariff_on_allies:.2f}",
    ("us", "court_allies"): "Washington courts its allies, tariff {tariff_on_allies:.2f}",
    ("beijing", "restrict_rare_earths"): "Beijing restricts rare earths to {rare_earth_restriction:.2f}",
    ("beijing", "renew_rare_earths"): "Beijing renews rare-earth licences, restriction {rare_earth_restriction:.2f}",
    ("beijing", "subsidise"): "Beijing raises its subsidies to {subsidy:.2f}",
    ("beijing", "steer"): "Beijing steers buyers to domestic chips, {steering:.2f}",
    ("beijing", "relent"): "Beijing opens its market again, steering {steering:.2f}",
    ("beijing", "advance_probe"): "Beijing advances a probe",
    ("beijing", "clear_probe"): "Beijing closes its probes",
    ("beijing", "review_chips"): "Beijing reviews the security of foreign chips, {review:.2f}",
    ("nvidia", "lobby"): "Nvidia lobbies",
    ("nvidia", "redesign"): "Nvidia starts a chip under the new line",
    ("nvidia", "sell_inventory"): "Nvidia restarts supply for China",
    ("nvidia", "shift_supply"): "Nvidia shifts supply elsewhere",
    ("huawei", "expand_capacity"): "Huawei expands capacity",
    ("huawei", "improve_chip"): "Huawei improves its chip",
    ("huawei", "build_bridge"): "Huawei works on the CUDA bridge",
    ("huawei", "build_native"): "Huawei builds CANN",
    ("huawei", "export_abroad"): "Huawei turns to exports",
    ("congress", "scrutinise"): "Congress holds hearings",
    ("congress", "legislate_floor"): "Congress writes the chip ceiling into law",
}
QUIET = ("nvidia", "huawei")  # told only when they change course
STANCES = {
    "align": "aligns",
    "partial": "aligns in part",
    "hedge": "hedges",
    "defect": "defects",
    "ask_compensation": "asks for compensation",
}


def told(month: Month, before: Month | None) -> list[str]:
    """Return the sentences of one month; `before` is the month before it, if any."""
    lines = [
        TOLD[actor, move].format(**month["state"])
        for actor, move in month["moves"].items()
        if (actor, move) in TOLD and not (actor in QUIET and before and before["moves"][actor] == move)
    ]
    if before and _ally_line(month, before):
        lines.insert(0, _ally_line(month, before))
    if month["irritant"]:
        lines.append("an agency curbs design software on its own")
    if month["truce_broken"]:
        lines.append("Beijing calls it a breach: the truce is over")
    if month["table"]["result"] != "closed":
        lines.append(table_line(month["table"]))
    if before and month["moves"]["developers"] != before["moves"]["developers"]:
        lines.append(f"most developers now {month['moves']['developers'].replace('_', ' ')}")
    return lines


def _ally_line(month: Month, before: Month) -> str:
    turned = [
        f"{name.replace('_', ' ').title()} {STANCES[month['moves'][name]]}"
        for name in ALLY_NAMES
        if "defect" in (month["moves"][name], before["moves"][name]) and month["moves"][name] != before["moves"][name]
    ]
    return ", ".join(turned)


def table_line(table: dict[str, Any]) -> str:
    """Return how the talks of a month went, in a sentence."""
    who = "Washington" if table["proposer"] == "us" else "Beijing"
    if table["result"] == "walk_out":
        return f"{who} walks out of the talks"
    end = "DEAL" if table["result"] == "accepted" else "refused"
    return f"{who} offers {package_words(table['package'])}: {end}"


def package_words(package: Mapping[str, float]) -> str:
    """Return what a package changes, in words.

    >>> package_words({"chips": 0.25, "tools": 0.0, "tariff": 0.0, "restriction": 0.5, "cleared": 0.0})
    'chip control -0.25, rare-earth restriction -0.50'
    """
    parts = []
    if package["chips"]:
        parts.append(f"chip control -{package['chips']:.2f}")
    if package["tools"]:
        parts.append(f"tool control -{package['tools']:.2f}")
    if package["tariff"]:
        parts.append(f"tariff -{package['tariff']:.2f}")
    if package["restriction"]:
        parts.append(f"rare-earth restriction -{package['restriction']:.2f}")
    if package["cleared"]:
        parts.append("curbs, probes and reviews lifted")
    return ", ".join(parts)


def story(months: list[Month], outcomes: dict[str, Any]) -> Iterator[str]:
    """Yield a history line by line."""
    yield "month    chips tariff rare  CUDA Nvidia Huawei  what happened"
    yield "         ctrl  China  earth  %   $bn/yr  M/yr"
    before = None
    for month in months:
        state, market = month["state"], month["market"]
        cuda = state["stay_cuda"] + 0.5 * state["dual_stack"] + state["grey_market"] + state["rent_offshore"]
        numbers = (
            f"{month['month']}  {state['chip_control']:.2f}  {state['tariff_on_china']:.2f}  "
            f"{state['rare_earth_restriction']:.2f}  {100 * cuda:3.0f}  {market['nvidia_revenue']:5.1f}  "
            f"{market['huawei_units']:5.2f}  "
        )
        yield numbers + "; ".join(told(month, before))
        before = month
    earned = ", ".join(f"{actor} {outcomes[f'payoff_{actor}']:.1f}" for actor in ("us", "beijing", "nvidia", "huawei"))
    yield f"The last months are {outcomes['regime']}. Payoffs in $bn per year: {earned}."
