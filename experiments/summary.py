"""The summary of a sweep: for each point and start, means with errors, quantiles, and shares of regimes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .parts import KEYS, ordered_columns, read_recipe, write_whole
from .plots.shares import wilson

ROWS = 1000  # that are made text at once
QUANTILES = {"q10": 0.1, "q50": 0.5, "q90": 0.9}


def write_summary(folder: Path) -> Path:
    """Write summary.csv from the outcomes of a finished sweep and return its path.

    For each outcome there are NAME_mean, NAME_se (standard error), NAME_q10, NAME_q50 and NAME_q90; for each
    regime its share with Wilson's 95 % interval, as REGIME_share, REGIME_low and REGIME_high.
    """
    recipe = read_recipe(folder)
    runs, varied = recipe["runs"], list(recipe["vary"])
    columns: dict[str, NDArray[Any]] = {}
    for name, values, words in ordered_columns(folder):
        cells = values.reshape(-1, runs)  # rows in order: the runs of a point from a start stand together
        if name == "run":
            columns["runs"] = np.full(len(cells), runs)
        elif name in (*KEYS, *varied):
            columns[name] = cells[:, 0] if words is None else np.array(words)[cells[:, 0]]
        elif words is not None:
            for place, word in enumerate(words):
                count = (cells == place).sum(axis=1)
                low, high = wilson(count, runs)
                label = word.replace(" ", "_")
                columns |= {f"{label}_share": count / runs, f"{label}_low": low, f"{label}_high": high}
        else:
            columns[f"{name}_mean"] = cells.mean(axis=1)
            spread = cells.std(axis=1, ddof=1) if runs > 1 else np.full(len(cells), np.nan)
            columns[f"{name}_se"] = spread / np.sqrt(runs)
            quantiles = np.quantile(cells, list(QUANTILES.values()), axis=1, overwrite_input=True)
            for label, quantile in zip(QUANTILES, quantiles, strict=True):
                columns[f"{name}_{label}"] = quantile
    path = folder / "summary.csv"
    write_whole(path, _csv(columns))
    return path


def _csv(columns: Mapping[str, NDArray[Any]]) -> Iterator[bytes]:
    """Yield a table as CSV, so many rows at a time that its text is never in memory as a whole."""
    import pandas as pd

    for first in range(0, len(columns["point"]), ROWS):
        rows = pd.DataFrame({name: column[first : first + ROWS] for name, column in columns.items()})
        yield rows.to_csv(index=False, header=first == 0, lineterminator="\n").encode()


def regime_shares(folder: Path) -> dict[str, dict[str, float]]:
    """Return the share of each regime among all runs of a sweep, with a 95 % interval.

    All points meet the same lucks, so there are no more independent observations than runs of a point: the interval is
    Wilson's for that many, which is the widest that any dependence between points allows.

    Returns
    -------
    dict
        By regime `share`, `low` and `high`.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    counts: dict[str, int] = {}
    for part in sorted((folder / "outcomes").glob("part-*.parquet")):
        column = pq.ParquetFile(part).read(["regime"]).column(0).unify_dictionaries()
        for word in column.chunk(0).dictionary.to_pylist():
            counts.setdefault(word, 0)
        for entry in pc.value_counts(column.cast("string")).to_pylist():
            counts[entry["values"]] += entry["counts"]
    total, runs = sum(counts.values()), read_recipe(folder)["runs"]
    found = {}
    for word, count in counts.items():
        low, high = wilson(count / total * runs, runs)
        found[word] = {"share": count / total, "low": float(low), "high": float(high)}
    return found
