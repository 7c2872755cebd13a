"""The verbs `map` and `equilibria`: from options to games, tables and figures."""

import os
import re
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd
import pyarrow as pa

from ...world.checks import BadInput
from ..asked import asked_question, drawn
from ..games.game import make_game
from ..games.nfg import nfg_text
from ..parts import encoded, keeping_work, locked, opened, write_whole
from ..progress import Report, duration
from ..recipe import plan_of, recipe_digest
from ..settings import number, whole
from ..sweep import estimate as estimated_cost
from ..sweep import sweep
from .doctrine_game import ALL_PLAYERS, PLAYERS, parse_players
from .empirical import Budget
from .mapping import BUDGET, Cell, MapPlan, play_map
from .reduced import reduced_table
from .tables import equilibria_table, labels_table, payoffs_table, regimes_table, stages_table, transitions_table

STARTS = ("calm", "hot")
LARGE = 1000  # profiles; a larger game begins with few runs of each
FEW = 8
MOST_RUNS = 100_000
RULES = (0, 2, 4, 8, 16, 32, 64, 128, 256)  # a Sobol sequence is balanced at powers of two only


def map_asked(arguments: Namespace, as_json: Callable[[object], None] | None) -> int:
    """Do what `standoff map` asks and return the exit code."""
    question = asked_question(arguments)
    if arguments.start is None and arguments.question is None:
        question = replace(question, starts=STARTS)
    name = "map" if arguments.question is None else f"map-{question.name}"
    plan = MapPlan(
        plan_of(replace(question, name=name)),
        arguments.scenario,
        PLAYERS,
        _budget(arguments, BUDGET.first),
        _rules(arguments.deviations),
        arguments.refine,
    )
    if not 1 <= len(plan.plan.varied) <= 2:
        raise BadInput("a map needs one or two --vary NAME=LOW:HIGH:N; at one point there is standoff equilibria")
    if plan.refine and question.design != "grid":
        raise BadInput(f"--refine needs a grid; the design is '{question.design}'")
    jobs = (os.cpu_count() or 1) if arguments.jobs is None else whole("jobs", arguments.jobs)
    folder = _folder(arguments, plan)
    if arguments.dry_run:
        return _dry_run(plan, jobs, folder, as_json)
    began = perf_counter()
    with opened(folder, plan.recipe(), ()):  # so that the folder is known for a map's before a run is played
        pass
    with Report(f"{name}: regimes", plan.plan.total) as report:
        sweep(plan.plan, folder / "regimes", jobs, report)
    with Report(f"{name}: games", plan.points, "points") as report:
        cells = play_map(plan, folder, jobs, report)
    tables = {
        "regimes": regimes_table(folder / "regimes"),
        "transitions": transitions_table(folder / "regimes"),
        "stages": stages_table(plan),
        "reduced": reduced_table(plan.game(0).settings),
    } | _tables(plan, cells)
    if plan.refine:
        tables["labels"] = labels_table(plan, cells)
    return _said(plan, cells, tables, folder, perf_counter() - began, as_json)


def equilibria_asked(arguments: Namespace, as_json: Callable[[object], None] | None) -> int:
    """Do what `standoff equilibria` asks and return the exit code."""
    question = replace(asked_question(arguments), name="equilibria", starts=(arguments.scenario,), runs=1)
    players = ALL_PLAYERS if arguments.players is None else parse_players(arguments.players)
    plan = MapPlan(plan_of(question), arguments.scenario, players, BUDGET, _rules(arguments.deviations))
    size = 1
    for count in plan.game(0).shape:
        size *= count
    plan = replace(plan, budget=_budget(arguments, BUDGET.first if size <= LARGE else FEW))
    jobs = (os.cpu_count() or 1) if arguments.jobs is None else whole("jobs", arguments.jobs)
    if arguments.save is not None:
        _check_save(Path(arguments.save))
    folder = _folder(arguments, plan)
    began = perf_counter()
    with Report("equilibria", size * plan.budget.first) as report:
        cells = play_map(plan, folder, jobs, report)
    if arguments.save is not None:
        game = plan.game(0)
        title = f"{arguments.scenario}: the game between doctrines, $bn per year"
        estimated = make_game(title, players, game.strategies, cells[0].estimate.table)
        with keeping_work(Path(arguments.save).parent):
            write_whole(Path(arguments.save), nfg_text(estimated).encode())
    return _said(plan, cells, _tables(plan, cells), folder, perf_counter() - began, as_json)


def _check_save(path: Path) -> None:
    """Refuse a file that could not be written, before the game is played."""
    try:
        if not path.parent.is_dir():
            raise BadInput(f"save: there is no folder '{path.parent}'")
        if path.exists() and not path.is_file():
            raise BadInput(f"save: '{path}' is no file")
        trial = path.with_name(f".{path.name}.tmp")
        trial.open("ab").close()
        trial.unlink()
    except BadInput:
        raise
    except (OSError, ValueError) as error:
        raise BadInput(f"save: cannot write '{path}': {getattr(error, 'strerror', None) or error}") from None


def _budget(arguments: Namespace, first: int) -> Budget:
    most, tolerance = BUDGET.most, BUDGET.tolerance
    if arguments.profile_runs is not None:
        most = _between("profile-runs", arguments.profile_runs, MOST_RUNS)
    if arguments.tolerance is not None:
        tolerance = number("tolerance", arguments.tolerance)
        if not 0.0 < tolerance < 1.0:
            raise BadInput(f"tolerance: '{arguments.tolerance}' is not a share of the payoff range above 0 and below 1")
    return Budget(min(first, most), most, BUDGET.growth, tolerance)


def _between(name: str, text: str, most: int) -> int:
    # A single run has no spread, so nothing could be said of it.
    if not (re.fullmatch(r"[0-9]{1,9}", text) and 2 <= int(text) <= most):
        raise BadInput(f"{name}: '{text}' is not a whole number from 2 to {most}")
    return int(text)


def _rules(text: str | None) -> int:
    if text is None:
        return 16
    if text not in map(str, RULES):
        raise BadInput(f"deviations: '{text}' is not allowed; allowed: {', '.join(map(str, RULES))}")
    return int(text)


def _folder(arguments: Namespace, plan: MapPlan) -> Path:
    if arguments.out:
        return Path(arguments.out)
    name = re.sub(r"[^\w.-]+", "-", plan.plan.question.name, flags=re.ASCII).strip("-.")
    return Path("results") / f"{name}-{recipe_digest(plan.recipe())}"


def _dry_run(plan: MapPlan, jobs: int, folder: Path, as_json: Callable[[object], None] | None) -> int:
    """Say how many runs a map needs at least and at most, and how long they take."""
    profiles = len(plan.game(0).strategies[0]) * len(plan.game(0).strategies[1])
    least, most = plan.fewest * profiles * plan.budget.first, plan.points * profiles * plan.budget.most
    cost = estimated_cost(plan.plan, jobs).seconds / plan.plan.total
    document: dict[str, Any] = {
        "folder": str(folder),
        "points": plan.points,
        "profiles": profiles,
        "regime_runs": plan.plan.total,
        "least_runs": least,
        "most_runs": most,
        "least_seconds": cost * (plan.plan.total + least),
        "most_seconds": cost * (plan.plan.total + most),
    }
    if as_json:
        as_json(document)
    else:
        shortest, longest = duration(document["least_seconds"]), duration(document["most_seconds"])
        print(f"{plan.points} points x {profiles} profiles: {plan.plan.total} runs for the regimes, "
              f"{least} to {most} for the games")  # fmt: skip
        print(f"{shortest} to {longest} with {jobs} threads, mostly nearer to the shorter; in {folder}")
    return 0


def _tables(plan: MapPlan, cells: list[Cell]) -> dict[str, pd.DataFrame]:
    return {"equilibria": equilibria_table(plan, cells), "payoffs": payoffs_table(plan, cells)}


def _said(
    plan: MapPlan,
    cells: list[Cell],
    tables: dict[str, pd.DataFrame],
    folder: Path,
    seconds: float,
    as_json: Callable[[object], None] | None,
) -> int:
    """Write the tables, draw the figures and say what was found."""
    with keeping_work(folder), locked(folder):
        for name, table in tables.items():
            write_whole(folder / f"{name}.parquet", encoded(pa.Table.from_pandas(table, preserve_index=False)))
        figures = drawn(folder)
    runs = sum(cell.estimate.runs for cell in cells)
    even = sum(cell.estimate.runs / (1.0 - cell.estimate.saved) for cell in cells)
    found = tables["equilibria"].query("kind != 'logit'")
    decided = sum(cell.estimate.decided for cell in cells)
    document: dict[str, Any] = {
        "folder": str(folder),
        "points": plan.points,
        "played": len(cells),
        "decided": decided,
        "equilibria": {s: int((found["status"] == s).sum()) for s in ("certified", "undecided", "refuted")},
        "several": int((found.query("status == 'certified'").groupby("point").size() > 1).sum()),
        "dominated": int((found["pareto_dominated_by"] >= 0).sum()),
        "runs": runs,
        "saved": 1.0 - runs / even,
        "tables": [str(folder / f"{name}.parquet") for name in tables],
        "figures": figures,
    }
    if as_json:
        if plan.points == 1:
            table = cells[0].estimate.table
            document["strategies"] = dict(zip(plan.players, plan.game(0).strategies, strict=True))
            document["matrix"] = table.tolist() if table[0].size <= LARGE else None
            document["profiles"] = [_described(plan, cells[0], i) for i in range(len(cells[0].estimate.judged))]
        as_json(document)
        return 0
    if plan.points == 1:
        if len(plan.players) == 2:
            print("\n".join(_matrix(plan, cells[0])))
        for i in range(len(cells[0].estimate.judged)):
            print("\n".join(_lines(_described(plan, cells[0], i))))
    print(f"{decided} of {len(cells)} point{'s' * (len(cells) > 1)} decided; equilibria: "
          + ", ".join(f"{count} {status}" for status, count in document["equilibria"].items()))  # fmt: skip
    if plan.refine:
        print(f"played {len(cells)} of {plan.points} points; any other has the label of the nearest")
    print(
        f"{runs} runs of the games; played only where they decide, {document['saved']:.0%} less than in equal numbers"
    )
    print(f"done in {duration(seconds)}")
    print("\n".join([*document["tables"], *figures]))
    return 0


def _matrix(plan: MapPlan, cell: Cell) -> list[str]:
    """Return the table of a game of two, the row's payoff first; a star marks a best reply."""
    rows, columns = plan.game(cell.point).strategies
    own, other = cell.estimate.table
    best = (own >= own.max(axis=0), other >= other.max(axis=1)[:, None])
    lines = [f"{plan.players[0]} in rows, {plan.players[1]} in columns: $bn a year, * a best reply"]
    lines.append(" " * 14 + "".join(f"{name:>18s}" for name in columns))
    for i, name in enumerate(rows):
        cells = [
            f"{own[i, j]:.1f}{'*' if best[0][i, j] else ' '}{other[i, j]:7.1f}{'*' if best[1][i, j] else ' '}"
            for j in range(len(columns))
        ]
        lines.append(f"{name:14s}" + "".join(f"{text:>18s}" for text in cells))
    return lines


def _described(plan: MapPlan, cell: Cell, i: int) -> dict[str, Any]:
    """Return one equilibrium as a document."""
    judged, strategies = cell.estimate.judged[i], plan.game(cell.point).strategies
    players: dict[str, Any] = {}
    for k, player in enumerate(plan.players):
        regret = judged.regrets[k]
        search = cell.searches.get((i, k))
        players[player] = {
            "profile": {
                name: float(chance)
                for name, chance in zip(strategies[k], judged.profile[k], strict=True)
                if chance > 0.0
            },
            "payoff": float(judged.payoffs[k]),
            "payoff_se": float(judged.errors[k]),
            "regret": regret.estimate,
            "regret_low": regret.low,
            "regret_high": regret.high,
            "tolerance": regret.tolerance,
            "outside_the_list": search._asdict() if search else None,
        }
    return {"status": judged.status, "players": players}


def _lines(document: dict[str, Any]) -> list[str]:
    lines = [f"{document['status']}:"]
    for player, own in document["players"].items():
        chances = own["profile"]
        played = ", ".join(name if chance > 0.9999 else f"{name} {chance:.2f}" for name, chance in chances.items())
        lines.append(
            f"  {player:12s} {played:32s} {own['payoff']:8.2f} ± {1.96 * own['payoff_se']:.2f} $bn a year, regret "
            f"{own['regret']:.2f} (at most {own['regret_high']:.2f}; tolerance {own['tolerance']:.2f})"
        )
        if outside := own["outside_the_list"]:
            lines.append(
                f"  {'':12s} outside the list: {outside['rule']} gains {outside['regret']:.2f} "
                f"({outside['low']:.2f} to {outside['high']:.2f})"
            )
    return lines
