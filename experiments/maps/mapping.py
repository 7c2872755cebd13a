"""The equilibrium map: at every point of a grid the game between doctrines, estimated and judged."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..design import visiting_order
from ..endings import Stopped
from ..games.game import Payoffs, Profile
from ..games.logit import limit_equilibrium
from ..games.pure import pure_equilibria
from ..games.two_players import equilibria_of
from ..parts import keeping_work, opened, part_is_whole, part_name, write_part
from ..progress import Report
from ..recipe import Plan
from ..settings import make_settings
from ..sweep import stop_on_signal, warm_up
from .deviations import Search, deviation_search
from .doctrine_game import PLAYERS, DoctrineGame, in_threads
from .empirical import Budget, Estimate, Places, Runs, Samples, Simulate, estimate, supports
from .refine import COARSE, coarse_grid, refine

KIND, SEARCHES = "games", "searches"
SEARCH_SCHEMA = pa.schema(
    [("judged", pa.int32()), ("player", pa.int32()), ("rule", pa.string())]
    + [(name, pa.float64()) for name in ("regret", "low", "high")]
)
BUDGET = Budget(first=64, most=5184, growth=3, tolerance=0.01)
PARTS_A_POINT = 1000  # parts are numbered point by point, with room for so many at each
PORTION = 4000  # runs, about half a minute's: a part holds no fewer, unless a look has fewer


@dataclass(frozen=True)
class MapPlan:
    """A map: where it is drawn, who plays, from which start, and with how many runs."""

    plan: Plan  # of the regime map; its points are those of the games
    scenario: str
    players: tuple[str, ...] = PLAYERS
    budget: Budget = BUDGET
    deviations: int = 0  # rules outside the list that are tried against each equilibrium, for each player
    refine: bool = False  # whether only the points are played that find the borders between labels

    @property
    def points(self) -> int:
        """How many games there are."""
        return len(self.plan.points)

    @property
    def grid(self) -> NDArray[np.int64]:
        """The points, an axis for each varied name, along which its values rise."""
        columns = self.plan.table.T
        return np.lexsort(columns[::-1]).reshape([len(set(column)) for column in columns.tolist()])

    @property
    def fewest(self) -> int:
        """How many points are played at least."""
        return len(coarse_grid(self.grid.shape)) if self.refine else self.points

    def game(self, point: int) -> DoctrineGame:
        """Return the game at a point."""
        question = self.plan.question
        settings = make_settings(
            self.scenario, {**question.values, **self.plan.values(point)}, question.doctrines,
            question.seed, question.months, question.developers,
        )  # fmt: skip
        return DoctrineGame(settings, self.players)

    def recipe(self) -> dict[str, Any]:
        """Return all that the results depend on, as JSON holds it."""
        game = self.game(0)
        return self.plan.recipe() | {
            "kind": "map",
            "scenario": self.scenario,
            "players": list(self.players),
            "strategies": dict(zip(self.players, map(list, game.strategies), strict=True)),
            "first_runs": self.budget.first,
            "most_runs": self.budget.most,
            "growth": self.budget.growth,
            "tolerance": self.budget.tolerance,
            "deviations": self.deviations,
            **({"refine": COARSE} if self.refine else {}),
        }


class Cell(NamedTuple):
    """What the game at one point came to."""

    point: int
    estimate: Estimate
    searches: dict[tuple[int, int], Search]  # by judged profile and player, where one was made


def play_map(plan: MapPlan, folder: Path, jobs: int, report: Report) -> list[Cell]:
    """Play what `folder` lacks of the games of a map and return all that it plays, in the order of the points.

    Raises
    ------
    BadInput
        If the folder cannot be written, is in use, or belongs to another recipe.
    Stopped
        If the user interrupts or the disk is full; the same call goes on from there.
    """
    cells: dict[int, Cell] = {}
    with (
        opened(folder, plan.recipe(), (KIND, SEARCHES, "checks")),
        stop_on_signal() as stop,
        ThreadPoolExecutor(jobs) as pool,
    ):
        warm_up(plan.plan.starts[0], pool, stop, report)
        report.begin(plan.points)

        def play(point: int) -> Cell:
            cells[point] = play_cell(plan, point, folder, pool, stop, report if plan.points == 1 else None)
            if plan.points > 1:
                report.advance(1)
            return cells[point]

        try:
            if plan.refine:
                refined(plan, play)
            else:
                for point in visiting_order(plan.points).tolist():
                    play(point)
        except Stopped:
            if not stop.is_set():
                raise
            kept = f"{len(cells)} of {plan.points} points are kept in '{folder}'"
            raise Stopped(f"interrupted; {kept}, the same command goes on") from None
    return [cells[point] for point in sorted(cells)]


def refined(plan: MapPlan, play: Callable[[int], Cell]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the label of each point and the played point that it is from, where `play` plays a point."""
    grid = plan.grid
    points = grid.ravel()
    labels, source = refine(grid.shape, lambda place: label(plan, play(int(grid[place]))))
    back = np.argsort(points)
    return [labels[i] for i in back.tolist()], points[source[back]]


def label(plan: MapPlan, cell: Cell) -> str:
    """Return the equilibria of a game that are not refuted, in words: the doctrines that each player plays."""
    strategies = plan.game(cell.point).strategies
    found = [
        " / ".join("+".join(names[k] for k in played) for names, played in zip(strategies, support, strict=True))
        for support in (supports(one.profile) for one in cell.estimate.judged if one.status != "refuted")
    ]
    return "; ".join(sorted(found)) or "none"


def play_cell(
    plan: MapPlan, point: int, folder: Path, pool: ThreadPoolExecutor, stop: Event, report: Report | None
) -> Cell:
    """Play the game at one point, each look kept on disk as soon as it is played; `report` counts runs."""
    game = plan.game(point)
    simulate = on_disk(in_threads(game, pool, stop, report), folder, PARTS_A_POINT * point, report)
    found = estimate(simulate, game.shape, equilibria, plan.budget)
    if not plan.deviations:
        return Cell(point, found, {})
    last = PARTS_A_POINT * (point + 1) - 1
    if part_is_whole(folder, last, [SEARCHES]):
        rows = pq.read_table(folder / SEARCHES / f"{part_name(last)}.parquet").to_pylist()
        return Cell(point, found, {(row.pop("judged"), row.pop("player")): Search(**row) for row in rows})
    searches = {
        (i, player): search
        for i, judged in enumerate(found.judged)
        if judged.status != "refuted"
        for player in range(len(plan.players))
        if (search := deviation_search(game, judged.profile, player, plan.deviations, pool, stop))
    }
    rows = [{"judged": i, "player": player, **search._asdict()} for (i, player), search in searches.items()]
    with keeping_work(folder):
        write_part(folder, last, {SEARCHES: pa.Table.from_pylist(rows, SEARCH_SCHEMA)})
    return Cell(point, found, searches)


def equilibria(table: Payoffs) -> list[Profile]:
    """Return all equilibria of a game of two; of a larger one the pure ones and the limit of the logit branch."""
    if len(table) == 2:
        return equilibria_of(table)
    limit = limit_equilibrium(table)
    return [*pure_equilibria(table), *([] if limit is None else [limit])]


def on_disk(simulate: Simulate, folder: Path, first_part: int, report: Report | None = None) -> Simulate:
    """Return `simulate` with a memory: what it has played once is read back, in the order of the calls."""
    calls = iter(range(first_part, first_part + PARTS_A_POINT))

    def remembered(wanted: dict[Places, tuple[int, int]]) -> Samples:
        samples: Samples = {}
        if report:
            report.begin(report.done + sum(end - first for first, end in wanted.values()))
        for some in _portions(wanted):
            part = next(calls)
            if part_is_whole(folder, part, [KIND]):
                samples |= _samples(pq.read_table(folder / KIND / f"{part_name(part)}.parquet"), some)
                if report:
                    report.advance(sum(end - first for first, end in some.values()))
                continue
            played = simulate(some)
            with keeping_work(folder):
                write_part(folder, part, {KIND: _table(played, some)})
            samples |= played
        return samples

    return remembered


def _portions(wanted: dict[Places, tuple[int, int]]) -> Iterator[dict[Places, tuple[int, int]]]:
    """Yield what is wanted in portions that an interrupt may cost."""
    portion: dict[Places, tuple[int, int]] = {}
    size = 0
    for places, (first, end) in wanted.items():
        portion[places] = (first, end)
        size += end - first
        if size >= PORTION:
            yield portion
            portion, size = {}, 0
    if portion:
        yield portion


def _table(samples: Samples, wanted: dict[Places, tuple[int, int]]) -> pa.Table:
    """Return samples as a table: a row for each run, in the order of `wanted`."""
    runs = [samples[places] for places in wanted]
    payoffs = np.concatenate([one.payoffs for one in runs])
    sizes = [len(one.regimes) for one in runs]
    columns: dict[str, Any] = {"profile": np.repeat(np.arange(len(runs), dtype=np.int32), sizes)}
    columns["run"] = np.concatenate([np.arange(*stretch) for stretch in wanted.values()])
    columns |= {f"payoff_{i}": np.ascontiguousarray(column) for i, column in enumerate(payoffs.T)}
    columns["regime"] = np.concatenate([one.regimes for one in runs]).astype(np.int8)
    return pa.table(columns)


def _samples(table: pa.Table, wanted: dict[Places, tuple[int, int]]) -> Samples:
    """Return the samples that a table holds."""
    payoffs = np.stack([table[name].to_numpy() for name in table.column_names if name.startswith("payoff_")], axis=1)
    regimes = table["regime"].to_numpy().astype(np.int64)
    ends = np.cumsum([end - first for first, end in wanted.values()])
    stretches = zip(np.split(payoffs, ends[:-1]), np.split(regimes, ends[:-1]), strict=True)
    return {places: Runs(*stretch) for places, stretch in zip(wanted, stretches, strict=True)}
