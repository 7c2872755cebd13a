"""What the experiments measure, by hand and against the engine's own counts."""

import numpy as np
import pytest

from standoff.agents.moves import BeijingMove, UsMove
from standoff.experiments.mechanisms.measures import OVER, SERIES, series
from standoff.experiments.settings import make_settings
from standoff.model.ensemble import OUTCOMES, TRACE, play
from standoff.model.table import Table


def traces_of(**columns):
    """Return the traces of one run in which these columns are given month by month and all others are 0."""
    traces = np.zeros((1, len(next(iter(columns.values()))), len(TRACE)))
    for name, months in columns.items():
        traces[0, :, TRACE.index(name)] = months
    return traces


US_MONTHS = {"move_us": list(range(12))}  # each move once, in the order of UsMove
RESULTS = {"table_result": [Table.CLOSED, Table.WALK_OUT, Table.REJECTED, Table.ACCEPTED, Table.ACCEPTED]}
BY_HAND = {
    "cuda_share": (
        {"stay_cuda": [0.5, 0.1], "dual_stack": [0.2, 0.2], "grey_market": [0.1, 0], "rent_offshore": [0.05, 0]},
        [0.75, 0.2],
    ),
    "leading_stack": ({"stay_cuda": [0.5, 0.9, 0.0], "dual_stack": [0.0, 0.0, 0.5]}, [0.0, 0.8, 0.5]),
    "compute_lead": ({"us_compute": [20, 20 * np.e], "china_compute": [20, 20]}, [0, 1]),
    # The tools of the four weigh .35, .35, .1 and .2.
    "alignment": (
        {
            "netherlands": [1, 0, 0, 0, 0.5], "japan": [0, 1, 0, 0, 0.5], "south_korea": [0, 0, 1, 0, 0.5],
            "taiwan": [0, 0, 0, 1, 0.5],
        },
        [0.35, 0.35, 0.1, 0.2, 0.5],
    ),
    "admitted": ({"wanted": [1, 0, 0], "nvidia_demand": [4, 2, 0]}, [0.25, 0, 1]),
    "us_concessions": (US_MONTHS, [0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0]),
    "us_escalations": (US_MONTHS, [0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0]),
    "control_acts": (US_MONTHS, [0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
    "offences": (
        {"move_us": [UsMove.HOLD, UsMove.HOLD, UsMove.RAISE_TARIFFS, UsMove.RAISE_TARIFFS], "irritant": [0, 1, 0, 1]},
        [0, 1, 1, 1],
    ),
    "truce": ({"truce_months": [0, 0.5, 9]}, [0, 1, 1]),
    "deals": (RESULTS, [0, 0, 0, 1, 1]),
    "no_deal": (RESULTS, [0, 1, 1, 0, 0]),
    "chip_deals": ({**RESULTS, "table_chips": [0.25, 0.25, 0.25, 0.25, 0]}, [0, 0, 0, 1, 0]),
    "chip_asks": (
        {
            "table_result": [Table.REJECTED, Table.ACCEPTED, Table.REJECTED, Table.ACCEPTED, Table.WALK_OUT],
            "table_proposer_is_us": [0, 0, 1, 0, 0],
            "table_chips": [0.25, 0.25, 0.25, 0, 0.25],
        },
        [1, 1, 0, 0, 0],
    ),
    "chip_relaxations": (
        {
            "move_us": [UsMove.RELAX_CHIPS, UsMove.RELAX_CHIPS, UsMove.HOLD, UsMove.RELAX_TOOLS],
            "table_result": [Table.CLOSED, Table.ACCEPTED, Table.ACCEPTED, Table.REJECTED],
            "table_chips": [0, 0.25, 0.25, 0.25],
        },
        [1, 2, 1, 0],
    ),
    "us_gives": (
        {
            "move_us": [UsMove.CUT_TARIFFS, 0, 0, 0, 0, UsMove.CUT_TARIFFS],
            "table_result": [Table.CLOSED, *[Table.ACCEPTED] * 3, Table.REJECTED, Table.ACCEPTED],
            "table_chips": [0, 0.25, 0, 0, 0.25, 0.25],
            "table_tariff": [0, 0, 0.5, 0, 0.5, 0],
            "table_restriction": [0, 0.25, 0.25, 0.25, 0.25, 0.25],
        },
        [1, 1, 1, 0, 0, 1],
    ),
    # A step is a quarter: one of chips, one of tools and two of tariff, less three of restriction, are one.
    "price_paid": (
        {
            "table_result": [Table.ACCEPTED, Table.ACCEPTED, Table.REJECTED],
            "table_chips": [0.25, 0, 0.25], "table_tools": [0.25, 0, 0.25], "table_tariff": [0.5, 0, 0.5],
            "table_restriction": [0.75, 0.5, 0.75],
        },
        [1, -2, 0],
    ),
    "chip_reversals": ({"chip_control": [0.5, 0.75, 0.75, 0.5, 0.25, 0.5, 0.5, 0.75]}, [0, 0, 0, 1, 0, 1, 0, 0]),
    "estimate_error": ({"us_estimate_of_capacity": [0.5, 0.2], "domestic_chip_capacity": [0.2, 0.5]}, [0.3, -0.3]),
}  # fmt: skip


@pytest.mark.parametrize("name", SERIES)
def test_a_series_by_hand(name):
    columns, expected = BY_HAND[name]
    np.testing.assert_allclose(series(traces_of(**columns), name), [expected], atol=1e-12)


def test_a_series_may_be_a_column_or_a_move():
    traces = traces_of(probe=[0.5, 0.25], move_beijing=[BeijingMove.STEER, BeijingMove.REVIEW_CHIPS])
    assert series(traces, "probe").tolist() == [[0.5, 0.25]]
    assert series(traces, "beijing.review_chips").tolist() == [[0, 1]]
    assert len(set(TRACE)) == len(TRACE)


def test_chip_control_turns_in_each_run_by_itself():
    """A turn is counted against the last change, however long ago, and never against another run's."""
    up_down, down_up = [0.5, 0.75, 0.75, 0.75, 0.5], [0.5, 0.25, 0.5, 0.25, 0.25]
    traces = np.concatenate([traces_of(chip_control=months) for months in (up_down, [0.5] * 5, down_up)])
    assert series(traces, "chip_reversals").tolist() == [[0, 0, 0, 0, 1], [0] * 5, [0, 0, 1, 1, 0]]


@pytest.mark.parametrize(("way", "expected"), [("mean", [3, 1]), ("sum", [9, 3]), ("end", [6, 0]), ("any", [6, 3])])
def test_the_ways_over_a_window_by_hand(way, expected):
    assert OVER[way](np.array([[1.0, 2.0, 6.0], [0.0, 3.0, 0.0]])).tolist() == expected
    assert set(OVER) == {"mean", "sum", "end", "any"}


def test_series_count_what_the_engine_counts():
    base, n = make_settings(), 12
    played = play(
        np.repeat(base.parameter_row(), n), np.repeat(base.state_row(), n), np.arange(n), 36, 1, None, 40, traces=n
    )

    def counted(name):
        return played.outcomes[:, OUTCOMES.index(name)]

    def summed(*names):
        return sum(series(played.traces, name).sum(axis=1) for name in names)

    assert counted("deals").sum() > 0
    np.testing.assert_array_equal(summed("deals"), counted("deals"))
    np.testing.assert_array_equal(summed("chip_deals"), counted("chip_deals"))
    np.testing.assert_array_equal(summed("no_deal"), counted("walk_outs") + counted("refusals"))
    np.testing.assert_array_equal(summed("irritant"), counted("irritants"))
    np.testing.assert_array_equal(summed("beijing.restrict_rare_earths"), counted("restrictions"))
    np.testing.assert_allclose(summed("cuda_share"), 36 * counted("mean_cuda_share"))
    np.testing.assert_allclose(summed("compute_lead"), 36 * counted("mean_compute_lead"))
    np.testing.assert_allclose(summed("alignment"), 36 * counted("mean_alignment"))
