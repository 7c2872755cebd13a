"""The tables of a map: equilibria and payoffs of the games, regimes of the runs and how they pass into each other."""

import math
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...model.outcomes import TRACKS
from ...world.parameters import Params
from ...world.regimes import Regime, regime
from ..games.dynamics import alpha_rank, basin_shares, largest_eigenvalue, pareto_dominators, scaled, welfare_ratio
from ..games.game import Payoffs, Profile, expected_payoffs, payoff_range
from ..games.logit import logit_response
from ..parts import read_recipe
from ..plots.shares import beyond_chance, wilson
from ..recipe import LAWS
from .empirical import Judged, Regret, Samples, estimated_error, judge, supports
from .mapping import Cell, MapPlan, refined
from .stage import stage_audit

PRECISION = 1.0  # of the logit equilibrium that is reported beside the others, per $bn a year: about us_precision
POPULATION, STRENGTH = 50, 100.0  # of alpha-rank: players of each role, and selection per payoff range
LARGEST_DYNAMICS = 1000  # profiles; of larger games no flow is followed
NAMES = [regime.name.lower() for regime in Regime]
UNMOVED: dict[str, Any] = {  # what is said of a profile that is not followed
    "basin_share": math.nan,
    "alpha_rank": math.nan,
    "largest_eigenvalue": math.nan,
    "stable": False,
    "pareto_dominated_by": -1,
    "welfare_ratio": math.nan,
}
STATES, STAGE_RUNS = 150, 100  # months whose stage game is audited, and runs at each point to sample them from
DRAWS = 400  # bootstrap draws of the distance between two starts


def equilibria_table(plan: MapPlan, cells: Iterable[Cell]) -> pd.DataFrame:
    """Return one row for each equilibrium found at any look at each point, and for the logit equilibrium.

    The logit equilibrium is judged like the others: its regret is what quantal response costs the players.
    """
    rows = []
    for cell in cells:
        estimate, strategies = cell.estimate, plan.game(cell.point).strategies
        logit = judge(
            estimate.samples,
            logit_response(estimate.table, PRECISION),
            plan.budget.tolerance * payoff_range(estimate.table),
            plan.budget.comparisons(estimate.table.shape[1:]),
            current=True,
        )
        moving = [*dynamics(estimate.table, estimate.judged, plan.budget.tolerance), UNMOVED]
        for i, judged in enumerate([*estimate.judged, logit]):
            pure = all(len(played) == 1 for played in supports(judged.profile))
            kind = "logit" if judged is logit else "pure" if pure else "mixed"
            rows.append(
                {
                    "point": cell.point,
                    **plan.plan.values(cell.point),
                    "layer": "doctrines",
                    "equilibrium": i,
                    "kind": kind,
                    "precision": PRECISION if kind == "logit" else math.nan,
                    **_profile(plan.players, strategies, judged.profile),
                    **_worth(plan.players, judged),
                    "status": judged.status,
                    "current": judged.current,
                    **_searched(plan.players, cell, i),
                    **moving[i],
                    **_regimes(estimate.samples, judged.profile),
                    "open_profiles": estimate.open_profiles,
                    "cell_runs": estimate.runs,
                    "cell_saved": estimate.saved,
                    "seed": plan.plan.question.seed,
                    "law_digest": LAWS,
                }
            )
    return pd.DataFrame(rows)


def dynamics(table: Payoffs, judged: tuple[Judged, ...], tolerance: float) -> list[dict[str, Any]]:
    """Return, for each judged profile, how evolution treats it and which other one is better for everybody.

    A refuted profile takes part in nothing: it is no equilibrium. One dominates another if no player loses more than
    the tolerance, a share of its payoff range, and one gains more.
    """
    alive = [i for i, one in enumerate(judged) if one.status != "refuted"]
    profiles = [judged[i].profile for i in alive]
    spans = payoff_range(table)
    worth = np.array([expected_payoffs(table, profile) for profile in profiles]).reshape(-1, len(table))
    better = pareto_dominators(worth / np.where(spans > 0, spans, 1.0), tolerance)
    small = table[0].size <= LARGEST_DYNAMICS
    basins = basin_shares(table, profiles) if small and profiles else np.full(len(profiles), np.nan)
    ranks = alpha_rank(scaled(table), POPULATION, STRENGTH) if small else np.full(table.shape[1:], np.nan)
    rows = [UNMOVED for _ in judged]
    for k, i in enumerate(alive):
        eigenvalue = largest_eigenvalue(table, profiles[k]) if small else math.nan
        rows[i] = {
            "basin_share": float(basins[k]),
            "alpha_rank": float(sum(ranks[places] for places in product(*supports(profiles[k])))),
            "largest_eigenvalue": eigenvalue,
            "stable": eigenvalue < -1e-9,
            "pareto_dominated_by": alive[better[k]] if better[k] >= 0 else -1,
            "welfare_ratio": welfare_ratio(table, profiles[k]),
        }
    return rows


def _profile(players: tuple[str, ...], strategies: tuple[tuple[str, ...], ...], profile: Profile) -> dict[str, float]:
    return {
        f"{player}_{name}": float(chance)
        for player, names, chances in zip(players, strategies, profile, strict=True)
        for name, chance in zip(names, chances, strict=True)
    }


def _worth(players: tuple[str, ...], judged: Judged) -> dict[str, float]:
    columns: dict[str, float] = {}
    for i, player in enumerate(players):
        regret: Regret = judged.regrets[i]
        columns |= {
            f"{player}_payoff": float(judged.payoffs[i]),
            f"{player}_payoff_se": float(judged.errors[i]),
            f"{player}_regret": regret.estimate,
            f"{player}_regret_low": regret.low,
            f"{player}_regret_high": regret.high,
            f"{player}_tolerance": regret.tolerance,
            f"{player}_regret_bootstrap": regret.bootstrap,
            f"{player}_regret_bernstein": regret.bernstein,
        }
    return columns


def _searched(players: tuple[str, ...], cell: Cell, i: int) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for k, player in enumerate(players):
        search = cell.searches.get((i, k))
        columns |= {
            f"{player}_deviation_regret": search.regret if search else math.nan,
            f"{player}_deviation_low": search.low if search else math.nan,
            f"{player}_deviation_high": search.high if search else math.nan,
            f"{player}_deviation": search.rule if search else "",
        }
    return columns


def _regimes(samples: Samples, profile: Profile) -> dict[str, Any]:
    """Return the regimes' shares under a profile with Wilson's interval, by the least runs of its pure profiles."""
    share, least = np.zeros(len(Regime)), math.inf
    for places in product(*supports(profile)):
        regimes = samples[places].regimes
        chance = math.prod(profile[i][k] for i, k in enumerate(places))
        share += chance * np.bincount(regimes, minlength=len(Regime)) / len(regimes)
        least = min(least, len(regimes))
    low, high = wilson(share * least, least)
    columns: dict[str, Any] = {"runs": int(least)}
    for i, name in enumerate(NAMES):
        columns |= {f"{name}_share": share[i], f"{name}_low": float(low[i]), f"{name}_high": float(high[i])}
    return columns


def payoffs_table(plan: MapPlan, cells: Iterable[Cell]) -> pd.DataFrame:
    """Return one row for each point and pure profile: payoffs with standard errors, runs, regimes."""
    rows = []
    for cell in cells:
        strategies = plan.game(cell.point).strategies
        for places, (_, regimes) in cell.estimate.samples.items():
            errors = estimated_error(cell.estimate.samples, places)
            row: dict[str, Any] = {"point": cell.point}
            row |= {player: strategies[i][places[i]] for i, player in enumerate(plan.players)}
            for i, player in enumerate(plan.players):
                row[f"{player}_payoff"] = cell.estimate.table[(i, *places)]
                row[f"{player}_payoff_se"] = errors[i]
            row["runs"] = len(regimes)
            counts = np.bincount(regimes, minlength=len(Regime))
            row |= {f"{name}_share": count / len(regimes) for name, count in zip(NAMES, counts, strict=True)}
            rows.append(row)
    return pd.DataFrame(rows)


def labels_table(plan: MapPlan, cells: Iterable[Cell]) -> pd.DataFrame:
    """Return one row for each point of a refined map: its label, whether it was played, and whose label it has."""
    played = {cell.point: cell for cell in cells}
    labels, source = refined(plan, played.__getitem__)
    return pd.DataFrame(
        [
            {"point": i, **plan.plan.values(i), "label": labels[i], "played": i in played, "source": int(source[i])}
            for i in range(plan.points)
        ]
    )


def stages_table(plan: MapPlan) -> pd.DataFrame:
    """Return the stage-game regret of moves that free choice has played, in a sample of months over the whole map."""
    each = max(1, -(-STATES // plan.points))
    audits = [
        stage_audit(plan.game(point).settings, STAGE_RUNS, each, point).assign(point=point)
        for point in range(plan.points)
    ]
    return pd.concat(audits, ignore_index=True)


def regimes_table(folder: Path) -> pd.DataFrame:
    """Return one row for each point and start of a finished sweep: regimes, means, and how far the starts differ."""
    recipe = read_recipe(folder)
    outcomes = pd.read_parquet(folder / "outcomes")
    stays = residence(transitions_table(folder))
    rows = []
    for point, values in enumerate(recipe["points"]):
        counts = {}
        for start in recipe["starts"]:
            own = outcomes[(outcomes["point"] == point) & (outcomes["start"] == start)]
            counts[start] = np.array([(own["regime"] == name.replace("_", " ")).sum() for name in NAMES])
            low, high = wilson(counts[start], len(own))
            row: dict[str, Any] = {"point": point, **values, "start": start, "runs": len(own)}
            for i, name in enumerate(NAMES):
                row |= {f"{name}_share": counts[start][i] / len(own), f"{name}_low": low[i], f"{name}_high": high[i]}
                row[f"{name}_residence_months"] = stays.get((point, start, name), math.nan)
            numbers = own.drop(columns=["point", "start", "run", "regime", *recipe["vary"]])
            row |= {name if name.startswith("mean_") else f"mean_{name}": mean for name, mean in numbers.mean().items()}
            rows.append(row)
        distance = start_distance(list(counts.values()))
        for row in rows[-len(counts) :]:
            row |= dict(zip(("tv_distance", "tv_low", "tv_high"), distance, strict=True))
    return pd.DataFrame(rows)


def start_distance(counts: list[NDArray[np.int64]]) -> tuple[float, float, float]:
    """Return the largest total-variation distance between starts with a 95 % bootstrap interval.

    Two samples of one distribution differ too: chance adds to the distance. The excess that redrawing both samples
    gives on average is taken off, once from the estimate and twice from what was redrawn; nothing falls below 0. The
    interval begins at 0 unless the samples lie farther apart than chance puts samples of one distribution.
    """
    rng = np.random.default_rng(0)
    shares = [count / count.sum() for count in counts]
    pairs = [(i, j) for i in range(len(counts)) for j in range(i)]
    if not pairs:
        return math.nan, math.nan, math.nan
    drawn = [rng.multinomial(n, share, DRAWS) / n for n, share in zip(map(np.sum, counts), shares, strict=True)]
    plain = [0.5 * float(np.abs(shares[i] - shares[j]).sum()) for i, j in pairs]
    far = int(np.argmax(plain))
    i, j = pairs[far]
    spread = 0.5 * np.abs(drawn[i] - drawn[j]).sum(axis=1)
    excess = spread.mean() - plain[far]
    low, high = np.quantile(spread, [0.025, 0.975]) - 2.0 * excess
    if not beyond_chance(counts[i], counts[j]):
        low = 0.0
    return max(0.0, plain[far] - excess), max(0.0, low), max(0.0, high)


def transitions_table(folder: Path) -> pd.DataFrame:
    """Return how often each regime passed into each other from quarter to quarter, by point and start.

    A quarter's regime is that of the months up to it, by the law and the window by which whole runs are classed.
    """
    recipe = read_recipe(folder)
    paths = pd.read_parquet(folder / "paths")
    rows = []
    for (point, start), own in paths.groupby(["point", "start"], observed=True, sort=True):
        p = Params(**_parameters(recipe, start, recipe["points"][point]))
        steps = own["t"].nunique()
        tracks = own.sort_values(["run", "t"])[list(TRACKS)].to_numpy().reshape(-1, steps, len(TRACKS))
        counts = np.zeros((len(Regime), len(Regime)), int)
        for path in quarter_regimes(tracks, p):
            np.add.at(counts, (path[:-1], path[1:]), 1)
        rows += [
            {"point": point, "start": start, "from": NAMES[i], "to": NAMES[j], "count": int(counts[i, j])}
            for i, j in np.argwhere(counts)
        ]
    return pd.DataFrame(rows, columns=["point", "start", "from", "to", "count"])


def _parameters(recipe: Mapping[str, Any], start: str, values: Mapping[str, float]) -> dict[str, float]:
    known = recipe["scenarios"][start]["parameters"]
    return {**known, **{name: value for name, value in values.items() if name in known}}


def quarter_regimes(tracks: NDArray[np.float32], p: Params) -> NDArray[np.int64]:
    """Return the regime of each quarter that has a full window before it.

    Parameters
    ----------
    tracks : float array, shape (runs, quarters, len(TRACKS))
    p : Params

    Returns
    -------
    int array, shape (runs, quarters with a full window)
    """
    at = {name: TRACKS.index(name) for name in TRACKS}
    window = round(p.regime_window / 3)
    ends = range(window, tracks.shape[1] + 1)
    found = np.empty((len(tracks), len(ends)), np.int64)
    for column, end in enumerate(ends):
        means = tracks[:, end - window : end].mean(axis=1)
        before = tracks[:, end - window - 1, at["deals"]] if end > window else 0.0
        deals = tracks[:, end - 1, at["deals"]] - before
        for run, mean in enumerate(means):
            found[run, column] = regime(
                mean[at["cuda_share"]], mean[at["chip_control"]], mean[at["rare_earth_restriction"]],
                mean[at["us_hostility"]], mean[at["beijing_hostility"]], deals[run], p,
            )  # fmt: skip
    return found


def residence(transitions: pd.DataFrame) -> dict[tuple[int, str, str], float]:
    """Return how many months a regime lasts on average, by point, start and regime; infinite if it never ended."""
    stays = {}
    for key, own in transitions.groupby(["point", "start", "from"], observed=True):
        left = own.loc[own["to"] != own["from"], "count"].sum()
        stays[key] = 3.0 * own["count"].sum() / left if left else math.inf
    return stays
