"""Audit of the moves that were played: how much each side gave away in its month, as it then saw the world.

A month is taken as a game of the US against Beijing. Its strategies are the moves open to them, and a pair of
moves is worth to each side its own outlook on the world that both leave, less the cost of its own move. The laws
that value it are those by which the actors choose. Regret is measured twice:

- at once: nobody has seen the other's move (the normal form);
- in turn, as the month is played: the US has seen Beijing's move and weighs in its belief that Beijing answers
  next month; Beijing reckons with the quantal reply of the US to each of its moves.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...agents.allies import ally_leans
from ...agents.beijing import (
    BEIJING_MOVES,
    access_value,
    after_beijing,
    beijing_can,
    beijing_costs,
    beijing_course,
    beijing_course_after,
    beijing_outlook,
    beijing_values,
)
from ...agents.choice import logit_chance
from ...agents.doctrines import Doctrines, beijing_permits, us_permits
from ...agents.moves import ACTORS, MOVES_OF, BeijingMove, Moves, UsMove
from ...agents.us import (
    US_MOVES,
    Voice,
    after_us,
    as_us_sees,
    speaker,
    us_can,
    us_costs,
    us_course,
    us_course_after,
    us_outlook,
    us_values,
    voice_of,
)
from ...model.ensemble import TRACE, first_stance, play, shares_of
from ...model.luck import Chances, draw_luck, params_of, typed_row
from ...model.month import Irritant, next_world, record_of
from ...model.table import Settlement, Table
from ...world.checks import BadInput
from ...world.chips import Market
from ...world.law import total
from ...world.parameters import Params
from ...world.state import STATE_FACTS, World, with_adoption, world_from
from ...world.trade import Package
from ..games.game import Game, make_game, payoff_range
from ..plots.shares import wilson
from ..settings import QUANTAL, Settings, whole

if TYPE_CHECKING:
    import pandas as pd


class Faced(NamedTuple):
    """One month of one run: the world that Beijing faced, who spoke for the US, and what both did."""

    run: int
    month: int
    start: World
    dealmakers: float  # their weight in the US decision
    us: UsMove
    beijing: BeijingMove
    p: Params


class Stage(NamedTuple):
    """One month as a game, in $bn over the look-ahead; the first player is the US."""

    game: Game
    played: tuple[int, int]  # the places of the moves played
    replies: NDArray[np.float64]  # shape (US moves, Beijing's moves): the chance of each reply of the US
    beijing_chances: NDArray[np.float64]  # shape (Beijing's moves,)
    us_values: NDArray[np.float64]  # shape (US moves,): what the US chose by, after Beijing's move


def faced_months(settings: Settings, run: int, months: Collection[int]) -> Iterator[Faced]:
    """Yield some months of one run, in order, as both sides faced them.

    The compiled engine plays the run; its trace shows each month as the moves left it, and the law of the
    month's end leads from there to the next start.
    """
    played = play(
        settings.parameter_row(),
        settings.state_row(),
        np.array([run]),
        settings.months,
        settings.seed,
        settings.doctrines,
        settings.developers,
        traces=1,
    )
    luck = draw_luck(settings.seed, run, settings.months, settings.developers)
    p = params_of(typed_row(settings.parameter_row()[0], luck))
    start = _first_world(settings)
    for t, row in enumerate(played.traces[0].tolist()):
        shown = dict(zip(TRACE, row, strict=True))
        chances = Chances(*luck.chances[t, : len(Chances._fields)].tolist())
        named: dict[str, Any] = {actor: MOVES_OF[actor](int(shown[f"move_{actor}"])) for actor in ACTORS}
        moves = Moves(**named)
        if t in months:
            dealmakers = speaker(after_beijing(start, moves.beijing), chances.us_speaker, p)
            yield Faced(run, t, start, dealmakers, moves.us, moves.beijing, p)
        seen = record_of(start, moves, Irritant(shown["irritant"], shown["truce_broken"]), _settlement(shown))
        world = world_from({name: shown[name] for name in STATE_FACTS})._replace(month=t)
        market = Market(*(shown[name] for name in Market._fields))
        start = next_world(world, market, moves, seen, chances.bridge, 2.0 * chances.estimate - 1.0, p)


def _first_world(settings: Settings) -> World:
    world, n = world_from(dict(settings.state)), settings.developers
    if n == 0:
        return world
    held = [first_stance(world.adoption, (d + 0.5) / n) for d in range(n)]
    counts = (held.count(0), held.count(1), held.count(2), held.count(3), held.count(4))
    return with_adoption(world, shares_of(counts, n))


def _settlement(shown: dict[str, float]) -> Settlement:
    return Settlement(
        Table(int(shown["table_result"])),
        shown["table_proposer_is_us"],
        Package(*(shown[f"table_{name}"] for name in Package._fields)),
        shown["table_us_gain"],
        shown["table_beijing_gain"],
    )


def us_worth(world: World, move: UsMove, voice: Voice, p: Params) -> float:
    """Return what a US move is worth to it if nobody answers, in $bn; Beijing has left it `world`."""
    seen, after = as_us_sees(world), as_us_sees(after_us(world, move, p))
    course = us_course_after(us_course(ally_leans(seen, p), seen, p), seen, after, p)
    return total(us_outlook(course, after, voice, p)) - total(us_costs(move, seen, voice, p))


def stage_payoffs(
    start: World, us_moves: Collection[UsMove], beijing_moves: Collection[BeijingMove], voice: Voice, p: Params
) -> NDArray[np.float64]:
    """Return what each pair of moves is worth to each side, in $bn over its look-ahead.

    Returns
    -------
    float array, shape (2, US moves, Beijing's moves)
        The US first. What Beijing hopes the US will yield is not added: what the US does is in the pair.
    """
    course = beijing_course(ally_leans(start, p), start, p)
    access = access_value(course, start, p)
    table = np.empty((2, len(us_moves), len(beijing_moves)))
    for b, beijing in enumerate(beijing_moves):
        acted = after_beijing(start, beijing)
        cost = total(beijing_costs(beijing, start, access, p))
        for u, us in enumerate(us_moves):
            table[0, u, b] = us_worth(acted, us, voice, p)
            after = after_us(acted, us, p)
            table[1, u, b] = total(beijing_outlook(beijing_course_after(course, start, after, p), after, p)) - cost
    return table


def open_moves(world: World, doctrines: Doctrines, p: Params) -> tuple[list[UsMove], list[BeijingMove]]:
    """Return the moves of both sides that are possible and permitted; holding, if none is."""
    seen = as_us_sees(world)
    us = [move for move in US_MOVES if us_can(move, seen.us, p) and us_permits(doctrines.us, move, seen, p)]
    beijing = [
        move
        for move in BEIJING_MOVES
        if beijing_can(move, world.beijing) and beijing_permits(doctrines.beijing, move, world)
    ]
    return us or [UsMove.HOLD], beijing or [BeijingMove.HOLD]


def stage_of(faced: Faced, doctrines: Doctrines, against: Doctrines) -> Stage:
    """Return a month as a game.

    Parameters
    ----------
    faced : Faced
        The month.
    doctrines : Doctrines
        Those by which both sides chose.
    against : Doctrines
        Those whose moves the regret is measured against; all quantal opens every possible move.
    """
    start, p, voice = faced.start, faced.p, voice_of(faced.dealmakers, faced.p)
    us_moves, beijing_moves = open_moves(start, against, p)
    replies = np.empty((len(us_moves), len(beijing_moves)))
    for b, move in enumerate(beijing_moves):
        values = us_values(after_beijing(start, move), doctrines.us, voice, p)
        replies[:, b] = _chances(values, p.us_precision, us_moves)
    acted = after_beijing(start, faced.beijing)
    values = us_values(acted, against.us, voice, p)
    course = beijing_course(ally_leans(start, p), start, p)
    chosen_by = beijing_values(start, course, doctrines.beijing, access_value(course, start, p), p)
    game = make_game(
        f"run {faced.run}, month {faced.month}",
        ("us", "beijing"),
        ([move.name.lower() for move in us_moves], [move.name.lower() for move in beijing_moves]),
        stage_payoffs(start, us_moves, beijing_moves, voice, p),
    )
    return Stage(
        game,
        (us_moves.index(faced.us), beijing_moves.index(faced.beijing)),
        replies,
        _chances(chosen_by, p.beijing_precision, beijing_moves),
        np.array([values[move] for move in us_moves]),
    )


def _chances(values: tuple[float, ...], precision: float, moves: Collection[int]) -> NDArray[np.float64]:
    return np.array([logit_chance(values, precision, move) for move in moves])


def stage_gains(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each player of two could gain at each pure profile; where both are 0 is an equilibrium.

    >>> prisoners = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
    >>> stage_gains(prisoners).tolist()
    [[[2.0, 1.0], [0.0, 0.0]], [[2.0, 0.0], [1.0, 0.0]]]
    """
    return np.stack([table[i].max(axis=i, keepdims=True) - table[i] for i in range(2)])


def stage_regrets(stage: Stage) -> dict[str, Any]:
    """Return how far the played moves, and quantal play at the model's precision, are from the best.

    Regret at once and in turn, what quantal play is expected to regret (from the same start, under the same
    speaker), the range of payoffs in the game, all in $bn, and the pure equilibria.
    """
    table, (u, b) = stage.game.payoffs, stage.played
    gains, ranges = stage_gains(table), payoff_range(table)
    joint = stage.replies * stage.beijing_chances
    row: dict[str, Any] = {}
    for i, side in enumerate(stage.game.players):
        regret, width = float(gains[i, u, b]), float(ranges[i])
        row |= {
            f"{side}_regret": regret,
            f"{side}_expected_regret": float((joint * gains[i]).sum()),
            f"{side}_range": width,
            f"{side}_relative_regret": regret / width if width > 0.0 else 0.0,
        }
    in_turn = {
        "us": (stage.us_values, u, stage.replies[:, b]),
        "beijing": ((stage.replies * table[1]).sum(axis=0), b, stage.beijing_chances),
    }
    for side, (worth, place, chances) in in_turn.items():
        row[f"{side}_regret_in_turn"] = float(worth.max() - worth[place])
        row[f"{side}_expected_regret_in_turn"] = float(chances @ (worth.max() - worth))
    stable = (gains == 0.0).all(axis=0)
    return row | {"pure_equilibria": int(stable.sum()), "is_equilibrium": bool(stable[u, b])}


def sampled_months(settings: Settings, runs: int, sample: int, seed: int) -> Iterator[Faced]:
    """Yield `sample` months drawn without replacement from the months of runs 0 to `runs` - 1, in order.

    Raises
    ------
    BadInput
        If there are not so many months.
    """
    months = whole("runs", runs) * settings.months
    if not 1 <= sample <= months:
        raise BadInput(f"sample: {sample} is out of range; allowed: 1 to {months}, the months of {runs} runs")
    drawn = np.random.default_rng(whole("seed", seed)).choice(months, sample, replace=False)
    by_run: dict[int, set[int]] = {}
    for place in np.sort(drawn).tolist():
        by_run.setdefault(place // settings.months, set()).add(place % settings.months)
    for run, wanted in by_run.items():
        yield from faced_months(settings, run, wanted)


def stage_audit(settings: Settings, runs: int, sample: int, seed: int, every_move: bool = False) -> "pd.DataFrame":
    """Return the regret of the moves played in a sample of months, one row a month.

    Parameters
    ----------
    settings : Settings
        What the runs play.
    runs : int
        The runs to sample from, numbered from 0.
    sample : int
        How many of their months to take; one in a hundred is plenty.
    seed : int
        Of the sample; the luck of the runs has the seed of the settings.
    every_move : bool
        Measure against every possible move, not only against those that the doctrines permit.
    """
    import pandas as pd

    against = QUANTAL if every_move else settings.doctrines
    rows = []
    for faced in sampled_months(settings, runs, sample, seed):
        stage = stage_of(faced, settings.doctrines, against)
        rows.append(
            {
                "run": faced.run,
                "month": faced.month,
                "us_move": faced.us.name.lower(),
                "beijing_move": faced.beijing.name.lower(),
                "us_moves": len(stage.game.strategies[0]),
                "beijing_moves": len(stage.game.strategies[1]),
            }
            | stage_regrets(stage)
        )
    return pd.DataFrame(rows)


def audit_summary(audit: "pd.DataFrame") -> "pd.DataFrame":
    """Return the means of an audit with 95 % intervals: of the regrets, relative to the range of payoffs.

    The interval of a mean allows for months of one run being alike; that of the share is Wilson's.
    """
    import pandas as pd

    found = {}
    for side in ("us", "beijing"):
        width = audit[f"{side}_range"].where(audit[f"{side}_range"] > 0.0, 1.0)
        for name in ("regret", "expected_regret", "regret_in_turn", "expected_regret_in_turn"):
            relative = audit[f"{side}_{name}"] / width
            mean = relative.mean()
            by_run = (relative - mean).groupby(audit["run"]).sum()
            error = np.sqrt((by_run**2).sum()) / len(audit)
            found[f"{side}_relative_{name}"] = (mean, mean - 1.96 * error, mean + 1.96 * error)
    count = int(audit["is_equilibrium"].sum())
    low, high = wilson(np.array([count]), len(audit))
    found["share_equilibria"] = (count / len(audit), float(low[0]), float(high[0]))
    return pd.DataFrame.from_dict(found, orient="index", columns=["mean", "low", "high"])
