"""What an experiment measures: one number a run, from the months that the compiled engine kept."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...agents.doctrines import us_concedes, us_escalates
from ...agents.moves import ACTORS, MOVES_OF, UsMove
from ...model.ensemble import TRACE
from ...model.table import Table
from ...world.checks import known
from ...world.chips import cuda_share
from ...world.fabs import coalition
from ...world.parameters import Params
from ...world.state import Adoption, Allies

Traces = NDArray[np.float64]  # shape (runs, months, len(TRACE))
Series = NDArray[np.float64]  # shape (runs, months)


def column(traces: Traces, name: str) -> Series:
    """Return one column of the traces."""
    return traces[:, :, TRACE.index(name)]


def moved(traces: Traces, actor: str, *moves: int) -> Series:
    """Return 1 in each month in which the actor made one of these moves."""
    return np.isin(column(traces, f"move_{actor}"), moves).astype(float)


def _part(traces: Traces, kind: Any) -> Any:
    """Return a part of the state in which each field is a column, so that a law takes all months at once."""
    return kind(*(column(traces, name) for name in kind._fields))


def _agreed(traces: Traces) -> NDArray[np.bool_]:
    return np.asarray(column(traces, "table_result") == Table.ACCEPTED)


def _offered(traces: Traces) -> NDArray[np.bool_]:
    return np.isin(column(traces, "table_result"), (Table.ACCEPTED, Table.REJECTED))


def _share(part: Series, whole: Series) -> Series:
    return np.divide(part, whole, out=np.ones_like(part), where=whole > 0.0)


def _reversals(traces: Traces) -> Series:
    step = np.sign(np.diff(column(traces, "chip_control"), axis=1, prepend=column(traces, "chip_control")[:, :1]))
    last = np.zeros(len(traces))
    turned = np.zeros(step.shape)
    for month in range(step.shape[1]):
        now = step[:, month]
        turned[:, month] = now * last < 0.0
        last = np.where(now != 0.0, now, last)
    return turned


SERIES: dict[str, tuple[str, Callable[[Traces], Series]]] = {
    "cuda_share": (
        "share of developers whose work runs on CUDA",
        lambda t: np.asarray(cuda_share(_part(t, Adoption))),
    ),
    "leading_stack": (
        "distance of the CUDA share from one half, doubled",
        lambda t: np.abs(2.0 * SERIES["cuda_share"][1](t) - 1.0),
    ),
    "compute_lead": (
        "US lead in compute, log units",
        lambda t: np.log(column(t, "us_compute") / column(t, "china_compute")),
    ),
    "alignment": (
        "alignment of the allies, weighted by their tools",
        # At the default weights, whatever the numbers that are tried: one measure for all arms and vectors.
        lambda t: np.asarray(coalition(_part(t, Allies), Params())),
    ),
    "admitted": (
        "share of Nvidia's market that Beijing leaves open",
        lambda t: _share(column(t, "wanted"), column(t, "nvidia_demand")),
    ),
    "us_concessions": (
        "US concessions made alone",
        lambda t: moved(t, "us", *(move for move in UsMove if us_concedes(move))),
    ),
    "us_escalations": ("US escalations", lambda t: moved(t, "us", *(move for move in UsMove if us_escalates(move)))),
    "truce": ("months in truce", lambda t: (column(t, "truce_months") > 0.0).astype(float)),
    "deals": ("deals", lambda t: _agreed(t).astype(float)),
    "no_deal": (
        "tables that opened and brought no deal",
        lambda t: np.isin(column(t, "table_result"), (Table.REJECTED, Table.WALK_OUT)).astype(float),
    ),
    "chip_deals": (
        "deals that ease chip control",
        lambda t: (_agreed(t) & (column(t, "table_chips") > 0.0)).astype(float),
    ),
    "chip_asks": (
        "Chinese offers at the table that ask for chips",
        lambda t: (_offered(t) & (column(t, "table_proposer_is_us") < 0.5) & (column(t, "table_chips") > 0.0)).astype(
            float
        ),
    ),
    "chip_relaxations": (
        "steps of chip control given back, alone or in a deal",
        lambda t: moved(t, "us", UsMove.RELAX_CHIPS) + SERIES["chip_deals"][1](t),
    ),
    "us_gives": (
        "months in which the US eased something, alone or in a deal",
        lambda t: np.maximum(
            SERIES["us_concessions"][1](t),
            _agreed(t) * (column(t, "table_chips") + column(t, "table_tools") + column(t, "table_tariff") > 0.0),
        ),
    ),
    "control_acts": (
        "updates and tightenings of controls on chips and tools",
        lambda t: moved(t, "us", UsMove.UPDATE_CONTROLS, UsMove.TIGHTEN_CHIPS, UsMove.TIGHTEN_TOOLS),
    ),
    "offences": (
        "months with a US escalation or an agency's measure",
        lambda t: np.maximum(SERIES["us_escalations"][1](t), column(t, "irritant")),
    ),
    "price_paid": (
        "what the US gives in deals (chips, tools, tariff) less the restriction it is relieved of, in steps",
        lambda t: (
            4.0
            * _agreed(t)
            * (
                column(t, "table_chips")
                + column(t, "table_tools")
                + column(t, "table_tariff")
                - column(t, "table_restriction")
            )
        ),
    ),
    "chip_reversals": ("turns of chip control from tighter to looser or back", _reversals),
    "estimate_error": (
        "US estimate of Huawei's capacity less the truth, M units a year",
        lambda t: column(t, "us_estimate_of_capacity") - column(t, "domestic_chip_capacity"),
    ),
}
"""Series that the traces do not hold as a column: what each is, and how it follows."""


def series(traces: Traces, name: str) -> Series:
    """Return a measured series: one of SERIES, a column of the traces, or `ACTOR.MOVE`."""
    if name in SERIES:
        return SERIES[name][1](traces)
    if "." in name:
        actor, _, move = name.partition(".")
        return moved(traces, actor, MOVES_OF[actor][move.upper()])
    return column(traces, name)


def check_series(name: str) -> str:
    """Return the name of a series.

    Raises
    ------
    BadInput
        If there is none of this name.
    """
    moves = [f"{actor}.{move.name.lower()}" for actor in ACTORS for move in MOVES_OF[actor]]
    return known("outcome", name, [*SERIES, *TRACE, *moves])


OVER: dict[str, Callable[[Series], NDArray[np.float64]]] = {
    "mean": lambda window: window.mean(axis=1),
    "sum": lambda window: window.sum(axis=1),
    "end": lambda window: window[:, -1],
    "any": lambda window: window.max(axis=1),
}
"""How the months of a window become one number a run."""
