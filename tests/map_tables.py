"""Made-up tables of an equilibrium map: a game in closed form at every point, its equilibria found by hand's rules."""

import itertools
import json

import numpy as np
import pandas as pd

REGIMES = ("managed_dependence", "coerced_opening", "deal_cycle", "escalation", "decoupling", "mixed")
M, O, C, E, D, X = range(6)  # noqa: E741
DOCTRINES = {
    "us": ["quantal", "freeze", "sliding_scale", "transactional", "tit_for_tat"],
    "beijing": ["quantal", "patient", "coercive", "tit_for_tat"],
}
RANGES = {"us_lead_value": (5.0, 80.0), "us_rare_earth_loss": (5.0, 120.0)}
GRID = {
    "us_lead_value": [5.0, 8.0, 12.0, 16.0, 20.0, 25.0, 30.0, 36.0, 44.0, 52.0, 65.0, 80.0],
    "us_rare_earth_loss": [5.0, 10.0, 15.0, 20.0, 28.0, 36.0, 45.0, 55.0, 70.0, 85.0, 100.0, 120.0],
}
SMALL = {"us_lead_value": [8.0, 30.0, 65.0], "us_rare_earth_loss": [10.0, 85.0]}
LINE = {"us_rare_earth_loss": [5.0, 15.0, 28.0, 45.0, 70.0, 100.0, 120.0]}
RUNS = 300


def standoff_game(u, v):
    """Return payoffs, shape (2, 5, 4), where the lead (u) and the loss (v) matter more or less, in [0, 1].

    Trading pays both if both do it; freezing and coercing are safe answers to each other.
    """
    us = np.array([
        [-6, 1, -14, -5],
        [-10 + 16 * u, -4 + 15 * u, -7 + 3 * u - 8 * v, -9 + 8 * u],
        [-5 + 6 * u, 3 + 4 * u, -16 - 9 * v, -3],
        [-3, 8 - 4 * u, -18 + 4 * u - 4 * v, 3 + 3 * v],
        [-4 + u, 4, -9 - 2 * v + u, 2 + v],
    ])  # fmt: skip
    beijing = np.array([
        [-4, -5, -4.5, -4],
        [-14, -13, -9 + 2 * v, -11],
        [-8, -4, -5 + 6 * v, -6],
        [-2, 5, 2 + 2 * v, 4.5 - u],
        [-3, 1, -6, 3 + u],
    ])  # fmt: skip
    return np.array([us, beijing])


STAGS = {"us": ["freeze", "transactional"], "beijing": ["coercive", "patient"]}


def stag_hunt(_u, _v):
    """Return the stag hunt: pure equilibria at (0, 0) worth 2 to each and at (1, 1) worth 4, a mix of 1/3 and 2/3."""
    us = np.array([[2.0, 3.0], [0.0, 4.0]])
    return np.array([us, us.T])


def trading_regimes(us, beijing):
    """Return shares of the six regimes by how hard the two doctrines are on each other."""
    hard = np.array([0.45, 0.9, 0.5, 0.1, 0.4])[us] + np.array([0.45, 0.15, 0.95, 0.4])[beijing]
    shares = np.array([max(1.3 - hard, 0.03), 0.06, 0.25 * (hard < 0.7), max(hard - 0.8, 0.02),
                       0.5 * max(0.3 - abs(hard - 1.1), 0.0), 0.05])  # fmt: skip
    return shares / shares.sum()


def pure_equilibria(table):
    """Return the cells in which neither can gain, by looking at each."""
    a, b = table
    return [(i, j) for i, j in np.ndindex(a.shape) if a[i, j] >= a[:, j].max() and b[i, j] >= b[i].max()]


def mixed_equilibria(table):
    """Return the equilibria that mix two strategies each: the other's indifference, then nobody can gain."""
    a, b = table
    for (i, k), (j, m) in itertools.product(
        itertools.combinations(range(len(a)), 2), itertools.combinations(range(len(a[0])), 2)
    ):
        rows, columns = b[i, j] - b[i, m] - b[k, j] + b[k, m], a[i, j] - a[k, j] - a[i, m] + a[k, m]
        if not rows or not columns:
            continue
        p, q = (b[k, m] - b[k, j]) / rows, (a[k, m] - a[i, m]) / columns
        if not (0.001 < p < 0.999 and 0.001 < q < 0.999):
            continue
        x, y = np.zeros(len(a)), np.zeros(len(a[0]))
        x[[i, k]], y[[j, m]] = (p, 1 - p), (q, 1 - q)
        if (a @ y).max() <= x @ a @ y + 1e-9 and (x @ b).max() <= x @ b @ y + 1e-9:
            yield x, y


def equilibrium_rows(table, regimes, error, doctrines=DOCTRINES):
    """Return the rows of a point's equilibria."""
    size = table.reshape(2, -1)
    tolerance = 0.01 * (size.max(1) - size.min(1))
    found = [("pure", np.eye(table.shape[1])[i], np.eye(table.shape[2])[j]) for i, j in pure_equilibria(table)]
    found += [("mixed", x, y) for x, y in mixed_equilibria(table)]
    found.append(("logit", np.full(table.shape[1], 1 / table.shape[1]), np.full(table.shape[2], 1 / table.shape[2])))
    worth = np.array([[x @ own @ y for own in table] for _, x, y in found])
    rows = []
    for number, (kind, x, y) in enumerate(found):
        gains = [
            np.where(x > 0, -np.inf, table[0] @ y - worth[number, 0]).max(),
            np.where(y > 0, -np.inf, x @ table[1] - worth[number, 1]).max(),
        ]
        high = np.maximum(0.0, np.array(gains) + 2.9 * error)
        row = {
            "layer": "doctrines",
            "equilibrium": number,
            "kind": kind,
            "precision": 1.0 if kind == "logit" else np.nan,
        }
        row |= {f"us_{name}": p for name, p in zip(doctrines["us"], x, strict=True)}
        row |= {f"beijing_{name}": p for name, p in zip(doctrines["beijing"], y, strict=True)}
        for k, player in enumerate(("us", "beijing")):
            row |= {f"{player}_payoff": worth[number, k], f"{player}_payoff_se": error,
                    f"{player}_regret": max(0.0, gains[k]), f"{player}_regret_low": max(0.0, gains[k] - 2.9 * error),
                    f"{player}_regret_high": high[k], f"{player}_tolerance": tolerance[k],
                    f"{player}_regret_bootstrap": high[k], f"{player}_regret_bernstein": high[k] + 9.0,
                    f"{player}_deviation_regret": 0.2 + 0.05 * number, f"{player}_deviation_high": 1.1}  # fmt: skip
        better = [m for m, (other, *_) in enumerate(found) if other != "logit" and (worth[m] > worth[number]).all()]
        shares = np.einsum("i,j,ijr->r", x, y, regimes)
        row |= {"status": "certified" if (high <= tolerance).all() else "undecided", "basin_share": 1 / len(found),
                "alpha_rank": 0.1, "stable": kind == "pure", "largest_eigenvalue": -0.1 if kind == "pure" else 0.1,
                "pareto_dominated_by": better[0] if better else -1, "welfare_ratio": 0.5, "runs": RUNS, "seed": 7,
                "law_digest": "0123456789abcdef"}  # fmt: skip
        row |= {f"{name}_{what}": share for name, share in zip(REGIMES, shares, strict=True)
                for what in ("share", "low", "high")}  # fmt: skip
        rows.append(row)
    return rows


def start_counts(u, v, start):
    """Return runs by regime, of 64: the lead brings escalation, the loss tames it, a hot start tips the middle."""
    pull = 6 * (u - v + (0.25 if start == "hot" else 0.0)) + 0.5
    fight = 1 / (1 + np.exp(-pull))
    shares = np.array([(1 - fight) * 0.8, 0.03, (1 - fight) * 0.1, fight * 0.9, 0.5 * u * v, 0.04])
    counts = np.floor(64 * shares / shares.sum()).astype(int)
    counts[np.argmax(counts)] += 64 - counts.sum()
    return counts


def write_map(folder, vary=SMALL, starts=("calm", "hot"), game=standoff_game, error=0.11, doctrines=None):
    """Write the folder of a map, or with nothing varied of one game; `error` is that of each mean payoff."""
    doctrines = doctrines or DOCTRINES
    points = [dict(zip(vary, levels, strict=True)) for levels in itertools.product(*vary.values())]
    payoffs, equilibria, regimes, transitions = [], [], [], []
    for point, values in enumerate(points):
        place = {name: (values.get(name, 30.0) - low) / (high - low) for name, (low, high) in RANGES.items()}
        u, v = place["us_lead_value"], place["us_rare_earth_loss"]
        table = game(u, v)
        mixes = np.array([[trading_regimes(i, j) for j in range(table.shape[2])] for i in range(table.shape[1])])
        for i, j in np.ndindex(table.shape[1:]):
            row = {"point": point, "us": doctrines["us"][i], "beijing": doctrines["beijing"][j]}
            row |= {"us_payoff": table[0, i, j], "us_payoff_se": error}
            row |= {"beijing_payoff": table[1, i, j], "beijing_payoff_se": error, "runs": RUNS * (1 + 2 * (i == j))}
            payoffs.append(row | {f"{name}_share": mixes[i, j, k] for k, name in enumerate(REGIMES)})
        equilibria += [{"point": point} | values | row for row in equilibrium_rows(table, mixes, error, doctrines)]
        counts = {start: start_counts(u, v, start) for start in starts}
        far = max((0.5 * abs(counts[a] / 64 - counts[b] / 64).sum() for a in starts for b in starts), default=0.0)
        for start in starts:
            row = {"point": point} | values | {"start": start, "runs": 64}
            for k, name in enumerate(REGIMES):
                share = counts[start][k] / 64
                row |= {f"{name}_share": share, f"{name}_low": max(0.0, share - 0.1), f"{name}_high": share + 0.1}
                row[f"{name}_residence_months"] = 12.0 if share else np.nan
            regimes.append(row | {"tv_distance": far, "tv_low": max(0.0, far - 0.12), "tv_high": far + 0.12})
            stay = np.array([0.9, 0.5, 0.8, 0.94, 0.985, 0.6])
            chain = np.diag(stay) + (1 - stay)[:, None] * np.array([[0.25, 0.05, 0.2, 0.2, 0.1, 0.2]] * 6)
            flows = np.rint(28 * (counts[start] + 4)[:, None] * chain).astype(int)
            transitions += [
                {"point": point, "start": start, "from": REGIMES[a], "to": REGIMES[b], "count": int(flows[a, b])}
                for a, b in np.ndindex(6, 6)
                if flows[a, b]
            ]
    recipe = {"kind": "map", "title": "A map", "question": "Which doctrines hold each other in balance?",
              "starts": list(starts), "months": 84, "runs": 64, "seed": 7, "vary": vary, "points": points,
              "set": {"linkage": 1.0}, "law_digest": "0123456789abcdef", "scenario": "july-2025",
              "players": ["us", "beijing"], "strategies": doctrines, "tolerance": 0.01,
              "doctrines": {"nvidia": "lobbying", "us": "quantal"}}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.json").write_text(json.dumps(recipe))
    tables = {"payoffs": payoffs, "equilibria": equilibria}
    if vary:
        tables |= {"regimes": regimes, "transitions": transitions}
    for name, rows in tables.items():
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet", index=False)
    return folder
