"""Slow proofs of the equilibrium map: another seed agrees, the trap is there and certified.

In full size this is a map of six by six points at the usual budget; its log says how many cells were decided and
what was saved.
"""

import os
from argparse import Namespace
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import perf_counter

import numpy as np
import pytest

from standoff.experiments.design import parse_vary
from standoff.experiments.games.game import payoff_range
from standoff.experiments.maps.empirical import Budget, supports, verdict
from standoff.experiments.maps.mapping import BUDGET, MapPlan, play_cell, play_map
from standoff.experiments.maps.tables import equilibria_table
from standoff.experiments.progress import Report
from standoff.experiments.questions import Question, load_question
from standoff.experiments.recipe import plan_of

FULL = os.environ.get("STANDOFF_PROOFS") == "full"
STEPS = 6 if FULL else 3
SIZE = Namespace(budget=BUDGET, months=84) if FULL else Namespace(budget=Budget(32, 864, 3, 0.01), months=60)


def map_of(seed):
    axes = parse_vary([f"us_lead_value=5:80:{STEPS}", f"us_rare_earth_loss=5:120:{STEPS}"])
    question = Question(axes=tuple(axes), starts=("calm", "hot"), months=SIZE.months, seed=seed)
    return MapPlan(plan_of(question), "july-2025", budget=SIZE.budget)


@pytest.mark.slow
def test_certified_cells_agree_with_another_seed(tmp_path, capsys):
    maps = {}
    for seed in (1, 2):
        began = perf_counter()
        plan = map_of(seed)
        with Report(f"seed {seed}", plan.points, "points") as report:
            maps[seed] = play_map(plan, tmp_path / f"seed-{seed}", os.cpu_count() or 1, report)
        decided = np.mean([cell.estimate.decided for cell in maps[seed]])
        runs = sum(cell.estimate.runs for cell in maps[seed])
        even = sum(cell.estimate.runs / (1 - cell.estimate.saved) for cell in maps[seed])
        with capsys.disabled():
            seconds, saved = perf_counter() - began, 1 - runs / even
            said = f"{plan.points} points, {decided:.0%} decided, {runs} runs, {saved:.0%} saved, {seconds:.0f} s"
            print(f"\nseed {seed}: {said}")  # noqa: T201 (for the log of the proofs)
        # Nine points with half the runs are no measure of the share: a third of them lies on a border.
        assert decided >= 0.8 or not FULL
    found = Counter(again for one, other in ((1, 2), (2, 1)) for again in judged_again(maps[one], maps[other]))
    with capsys.disabled():
        print(f"certified profiles, as the runs of the other seed judge them: {dict(found)}")  # noqa: T201
    # Each map's verdicts hold together in a cell with 95 % probability; both maps must be right.
    assert found["refuted"] <= 0.1 * sum(found.values())
    assert found["certified"] > 0.5 * sum(found.values())


def judged_again(cells, others):
    """Yield what the runs of other cells say of each profile that these cells certify."""
    for cell, other in zip(cells, others, strict=True):
        table = other.estimate.table
        tolerances = SIZE.budget.tolerance * payoff_range(table)
        comparisons = SIZE.budget.comparisons(table.shape[1:])
        for judged in cell.estimate.judged:
            if judged.status == "certified":
                yield verdict(other.estimate.samples, judged.profile, tolerances, comparisons).status


@pytest.mark.slow
def test_mutual_escalation_is_a_certified_equilibrium_that_is_worse_for_both(tmp_path, capsys):
    """The escalation trap: certified, Pareto-dominated by another certified equilibrium, and it ends in escalation.

    At the point that MODEL.md names, with other luck than the map that found it.
    """
    question = load_question("escalation-trap")
    axes = parse_vary(["us_retaliation=60,59", "beijing_retaliation=30"])
    question = Question(
        name="trap",
        axes=tuple(axes),
        values=question.values,
        starts=question.starts,
        months=question.months,
        seed=2,
    )
    plan = MapPlan(plan_of(question), "april-2025", budget=SIZE.budget, deviations=16)
    for folder in ("games", "searches", "checks"):
        (tmp_path / folder).mkdir()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        cell = play_cell(plan, 0, tmp_path, pool, Event(), None)
    found = equilibria_table(plan, [cell]).query("kind == 'pure' and status == 'certified'").set_index("equilibrium")
    traps = found[found["pareto_dominated_by"] >= 0]
    with capsys.disabled():
        columns = ["us_payoff", "beijing_payoff", "escalation_share", "us_deviation_regret", "beijing_deviation_regret"]
        print(f"\n{found[columns]}")  # noqa: T201

    assert len(traps)
    assert (traps["escalation_low"] > 0.5).all()
    assert set(traps["pareto_dominated_by"]) <= set(found.index)
    assert traps[["us_deviation_regret", "beijing_deviation_regret"]].notna().all(axis=None)
    assert len({supports(judged.profile) for judged in cell.estimate.judged}) >= 2
