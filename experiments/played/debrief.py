"""The debrief of a played game: regret, what leaked, what the table left, what would have been otherwise. Data only."""

from typing import Any

import numpy as np

from ...agents.doctrines import DOCTRINES_OF, Doctrines, doctrines_from
from ...agents.moves import ACTORS, MOVES_OF
from ...model.ensemble import FREE, OUTCOMES, play
from ...model.table import Table
from ...world.checks import BadInput, known
from ...world.regimes import Regime
from ..decisions import explained
from ..plots.shares import Z95, wilson
from .game import ANSWER, MOVE, Choice, Game, Month
from .talks import ACCEPT, NO_OFFER, REJECT, offer_data, talks_data

# What others came to believe through what an actor did.
LEARNED_OF: dict[str, tuple[str, ...]] = {
    "us": ("belief_us_yields", "belief_us_slides", "tradable_chips", "us_durability"),
    "beijing": ("belief_beijing_retaliates",),
    "nvidia": ("belief_dependence",),
    "huawei": ("us_estimate_of_capacity",),
}
RUNS = 401  # games of agents to compare with, the first of the same luck
PAYOFFS = {actor: OUTCOMES.index(f"payoff_{actor}") for actor in ACTORS}


def regrets(game: Game, seat: str) -> list[dict[str, Any]]:
    """Return, month by month, what the seat's move was worth to its own actor, and what the best would have been.

    Returns
    -------
    list of dict
        `t`, `month`, `chosen`, `value`, `best`, `best_value`, `regret` (best open value less the chosen one), `unit`,
        `agent` (the likeliest move of the quantal agent), `chance` (with which it would have made the chosen move)
        and `by_agent` (whether the agent decided). Values are those that the actor's own law expects; a person who
        knows better may do well with regret.
    """
    rows = []
    for month in game.months:
        decision = _decision(game, month, seat)
        moves = {row["move"]: row for row in decision["moves"] if row["open"]}
        chosen = month.moves[seat].name.lower()
        best = max(moves.values(), key=lambda row: row["value"])
        likeliest = max(moves.values(), key=lambda row: row["probability"])
        rows.append(
            {
                "t": month.t,
                "month": game.month_name(month.t),
                "chosen": chosen,
                "value": moves[chosen]["value"],
                "best": best["move"],
                "best_value": best["value"],
                "regret": best["value"] - moves[chosen]["value"],
                "unit": decision["unit"],
                "agent": likeliest["move"],
                "chance": moves[chosen]["probability"],
                "by_agent": seat not in game.people or seat in month.by_agent,
            }
        )
    return rows


def _decision(game: Game, month: Month, seat: str, doctrines: Doctrines | None = None) -> dict[str, Any]:
    rules = game.settings.doctrines if doctrines is None else doctrines
    return explained(seat, month.faced[seat], rules, month.dealmakers, game.model.params)


def doctrines_instead(game: Game, seat: str) -> dict[str, list[str]]:
    """Return what each doctrine of a seat would have done most likely, month by month, in the worlds that were met.

    Congress has no doctrine: the result is empty.
    """
    instead: dict[str, list[str]] = {}
    for doctrine in DOCTRINES_OF.get(seat, ()):
        rules = doctrines_from({seat: doctrine.name.lower()}, game.settings.doctrines)
        instead[doctrine.name.lower()] = [
            max(_decision(game, month, seat, rules)["moves"], key=lambda row: row["probability"])["move"]
            for month in game.months
        ]
    return instead


def leaked(game: Game, seat: str) -> dict[str, list[float]]:
    """Return what others came to believe through the seat's acts: each belief at the start and after every month."""
    worlds = [month.start for month in game.months[:1]] + [month.after for month in game.months]
    found = {}
    for name in LEARNED_OF.get(seat, ()):
        part = "politics" if name == "us_durability" else "beliefs"
        found[name] = [float(getattr(getattr(world, part), name)) for world in worlds]
    return found


def tables(game: Game) -> list[dict[str, Any]]:
    """Return every table that opened.

    Returns
    -------
    list of dict
        `t`, `month`, `proposer`, `result`, `package` (in words, "" if none), `got` (gain of each side, 0 without a
        deal), `reservation`, `zone` and `nash` (see `talks_data`), `better` (the packages that were better for both
        than what happened) and `left`: what each side would have gained more by the one with the largest product.
        Gains are in $bn over the look-ahead, as each side's own law reckons them.
    """
    rows = []
    for month in game.months:
        if month.talks is None:
            continue
        settlement = month.settlement
        accepted = settlement.result == Table.ACCEPTED
        us, beijing = (settlement.us_gain, settlement.beijing_gain) if accepted else (0.0, 0.0)
        better = [offer for offer in month.talks.offers if offer.us > us and offer.beijing > beijing]
        most = max(better, key=lambda offer: (offer.us - us) * (offer.beijing - beijing), default=None)
        table = month.data["table"]
        rows.append(
            {
                "t": month.t,
                "month": game.month_name(month.t),
                **talks_data(month.talks),
                "result": table["result"],
                "package": table["package"],
                "got": {"us": us, "beijing": beijing},
                "better": [offer_data(offer) for offer in better],
                "left": {"us": most.us - us, "beijing": most.beijing - beijing}
                if most
                else {"us": 0.0, "beijing": 0.0},
            }
        )
    return rows


def payoffs(game: Game) -> dict[str, float]:
    """Return what the months were worth to each actor, in $bn per year; Congress in anger, developers in utility."""
    outcomes = game.model.outcomes()
    return {actor: outcomes[place] for actor, place in PAYOFFS.items()}


def replayed(game: Game, choice: Choice) -> dict[str, Any]:
    """Return the same luck with one choice of a person made otherwise.

    Later choices of people are kept where they are still possible; else, and where the agent of the seat had decided
    before, it decides.

    Returns
    -------
    dict
        `before`, `after` and `difference`: payoffs of every actor as in `payoffs`; `regime_before`, `regime_after`;
        `agent_decided`: the month and seat of each choice that was not kept.

    Raises
    ------
    BadInput
        If the game is not over, or that choice was not asked or not open.
    """
    if not game.over:
        raise BadInput("the game is not over yet")
    old = game.made.get((choice.t, choice.kind, choice.seat))
    if old is None:
        raise BadInput(f"{choice.seat} made no {choice.kind} in month {choice.t}")
    _check_open(game, choice)
    changed = [choice._replace(about=old.about) if each == old else each for each in game.choices]
    other = Game(game.settings, game.people, changed, fill=True)
    before, after = payoffs(game), payoffs(other)
    result = {
        "before": before,
        "after": after,
        "difference": {actor: after[actor] - before[actor] for actor in ACTORS},
        "regime_before": regime(game),
        "regime_after": regime(other),
        "agent_decided": [
            (game.month_name(month.t), seat)
            for month, was in zip(other.months, game.months, strict=True)
            for seat in month.by_agent
            if seat not in was.by_agent
        ],
    }
    other.close()
    return result


def _check_open(game: Game, choice: Choice) -> None:
    month = game.months[choice.t]
    if choice.kind == MOVE:
        allowed = [row["move"] for row in _decision(game, month, choice.seat)["moves"] if row["open"]]
    elif choice.kind == ANSWER:
        allowed = [ACCEPT, REJECT]
    else:
        assert month.talks is not None  # noqa: S101 (the choice was made at an open table)
        allowed = [NO_OFFER, *(offer.key for offer in month.talks.offers)]
    known(f"choice of {choice.seat} in {game.month_name(choice.t)}", choice.made, allowed)


def regime(game: Game) -> str:
    """Return what the last months were, in words."""
    return Regime(int(game.model.outcomes()[-1])).name.lower().replace("_", " ")


def over_other_luck(game: Game, t: int, seat: str, move: str, runs: int = RUNS - 1) -> dict[str, Any]:
    """Return what the changed move is worth over other luck: people's moves forced, everybody else free, in pairs.

    At the table the agents sit: a package that was agreed in one history need not be on offer in another.

    Returns
    -------
    dict
        By actor the mean `difference` in $bn per year and half of its 95 % interval, `margin`.
    """
    script = np.full((game.settings.months, len(ACTORS)), FREE, np.int64)
    for month in game.months:
        for person in game.people:
            script[month.t, ACTORS.index(person)] = month.moves[person].value
    changed = script.copy()
    changed[t, ACTORS.index(seat)] = MOVES_OF[seat][move.upper()].value
    played = ensemble_outcomes(game, runs, changed) - ensemble_outcomes(game, runs, script)
    return {
        actor: {
            "difference": float(played[:, place].mean()),
            "margin": float(Z95 * played[:, place].std(ddof=1) / np.sqrt(runs)),
        }
        for actor, place in PAYOFFS.items()
    }


def ensemble_outcomes(game: Game, runs: int = RUNS, script: Any = None) -> Any:
    """Return the outcomes of runs 0, which has the luck of the game, to `runs` - 1, agents in all seats."""
    settings = game.settings
    return play(
        np.repeat(settings.parameter_row(), runs),
        np.repeat(settings.state_row(), runs),
        np.arange(runs, dtype=np.int64),
        settings.months,
        settings.seed,
        settings.doctrines,
        settings.developers,
        script=script,
    ).outcomes


def against_agents(game: Game, outcomes: Any) -> dict[str, Any]:
    """Return how the game compares with the same game played by agents alone.

    Parameters
    ----------
    outcomes : float array, shape (runs, outcomes)
        Of `ensemble_outcomes`, at least 2: the first has the luck of the game, the others luck of their own.

    Returns
    -------
    dict
        By actor: `payoff` of the game, `agent` (agents in all seats, the same luck), `mean` over other luck,
        `quantile` (share of those runs with a lower payoff) and its 95 % interval `low`, `high` (Wilson).

    Raises
    ------
    BadInput
        If the game is not over.
    """
    if not game.over:
        raise BadInput("the game is not over yet")
    mine = payoffs(game)
    found = {}
    for actor, place in PAYOFFS.items():
        others = outcomes[1:, place]
        below = int((others < mine[actor]).sum())
        low, high = wilson(below, len(others))
        found[actor] = {
            "payoff": mine[actor],
            "agent": float(outcomes[0, place]),
            "mean": float(others.mean()),
            "quantile": below / len(others),
            "low": float(low),
            "high": float(high),
        }
    return found


def suggestion(game: Game, seat: str) -> Choice | None:
    """Return the move to make otherwise: the one of greatest regret, if any was regretted.

    Where it can, it leaves the months that a look-ahead needs before the game ends.
    """
    rows = [row for row in regrets(game, seat) if not row["by_agent"] and row["regret"] > 0.0]
    early = [row for row in rows if row["t"] + game.model.params.look_ahead <= game.settings.months]
    worst = max(early or rows, key=lambda row: row["regret"], default=None)
    return None if worst is None else Choice(worst["t"], MOVE, seat, worst["best"])
