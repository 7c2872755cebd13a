"""What a long run ends in."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.model.outcomes import Window, regime_of
from standoff.world.parameters import Params
from standoff.world.regimes import Regime, regime

RULES = Params(
    regime_cuda_share=0.4, regime_restriction=0.3, regime_chip_control=0.6, regime_deals=2.0, regime_hostility=0.4
)
MEANS = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("means", "name"),
    [
        # CUDA share, chip control, restriction, US hostility, Beijing's, deals
        ((0.7, 0.4, 0.1, 0.1, 0.1, 1.0), "managed dependence"),
        ((0.7, 0.4, 0.6, 0.1, 0.6, 1.0), "coerced opening"),
        ((0.7, 0.4, 0.6, 0.1, 0.6, 2.0), "deal cycle"),
        ((0.2, 0.9, 0.9, 0.8, 0.9, 0.0), "escalation"),
        ((0.7, 0.9, 0.9, 0.8, 0.9, 3.0), "escalation"),
        ((0.2, 0.9, 0.1, 0.8, 0.1, 3.0), "decoupling"),
        ((0.7, 0.9, 0.1, 0.8, 0.1, 0.0), "mixed"),
        ((0.7, 0.9, 0.6, 0.3, 0.6, 0.0), "mixed"),
        # on the lines: hostility, restriction, deals and chip control count from the line on, CUDA below it
        ((0.4, 0.5, 0.3, 0.4, 0.4, 0.0), "escalation"),
        ((0.4, 0.5, 0.3, 0.0, 0.0, 0.0), "coerced opening"),
        ((0.4, 0.6, 0.3, 0.0, 0.0, 0.0), "mixed"),
    ],
)
def test_a_run_is_called_what_it_was(means, name):
    assert regime(*means, RULES).name.lower().replace("_", " ") == name


@given(p=..., means=st.tuples(MEANS, MEANS, MEANS, MEANS, MEANS, st.integers(0, 8).map(float)))
def test_every_run_has_one_name_and_hostility_of_one_side_alone_is_no_escalation(p: Params, means):
    cuda, chips, restriction, *_, deals = means

    assert regime(*means, p) in Regime
    assert regime(cuda, chips, restriction, 1.0, 0.0, deals, p) != Regime.ESCALATION
    assert regime(cuda, chips, restriction, 0.0, 1.0, deals, p) != Regime.ESCALATION
    assert regime(cuda, chips, restriction, 1.0, 1.0, deals, p) == Regime.ESCALATION


def test_all_six_can_happen():
    ends = (0.0, 0.5, 1.0)
    found = {regime(*means, RULES) for means in itertools.product(ends, ends, ends, ends, ends, (0.0, 3.0))}

    assert found == set(Regime)


def test_a_window_is_judged_by_its_means_and_by_its_number_of_deals():
    """Ten months of a CUDA share of .7 are .7, and two deals in them are two."""
    sums = Window(cuda_share=7.0, chip_control=4.0, rare_earth_restriction=1.0, us_hostility=3.9,
                  beijing_hostility=3.9, deals=2.0)  # fmt: skip

    assert regime_of(sums, 10.0, RULES) == Regime.DEAL_CYCLE
    assert regime_of(sums._replace(deals=1.0), 10.0, RULES) == Regime.MANAGED_DEPENDENCE
    assert regime_of(sums._replace(deals=1.0), 5.0, RULES) == Regime.ESCALATION
