"""What all tests share: one option, a plain world to start from, and worlds and parameters drawn for properties."""

import os
import random
import signal

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: its threads only wait for each other

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from standoff.world.parameters import FACTS, Params
from standoff.world.state import STATE_FACTS, Adoption, World, state_values, world_from

# A shell that starts the tests in the background makes them, and all that they start, deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--refresh-histories", action="store_true", help="rewrite tests/histories instead of comparing")
    parser.addoption("--refresh-lessons", action="store_true", help="write the figures of docs/lessons anew")


# The same properties are searched in the same places on every day.
settings.register_profile("standoff", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("standoff")

# Round numbers for sums by hand; no scenario, so that a scenario may change.
PLAIN = {
    "chip_control": 0.5, "tool_control": 0.5, "design_software_curb": 0.0, "tariff_on_china": 0.4,
    "tariff_on_allies": 0.25, "chip_floor": 0.0, "control_effectiveness": 0.8, "control_form": 1.0,
    "rare_earth_restriction": 0.5, "steering": 0.25, "subsidy": 0.5, "probe": 0.0, "review": 0.0,
    "netherlands": 0.5, "japan": 0.5, "south_korea": 0.5, "taiwan": 0.5,
    "compliant_performance": 1.0, "china_supply": 0.5, "redesign_months_left": 0.0, "lobbying": 0.5,
    "domestic_chip_performance": 0.6, "domestic_chip_capacity": 0.25, "cann_maturity": 0.5, "cuda_bridge": 0.0,
    "domestic_tool_share": 0.2, "hidden_stock": 1.0, "memory_stock": 1.0, "huawei_abroad": 0.2,
    "demand": 2.0, "foundry_supply": 1.2, "inference_share": 0.5, "china_compute": 4.0, "us_compute": 20.0,
    "non_china_rare_earth_share": 0.2, "rare_earth_stock": 1.5, "cutoff_memory": 0.5,
    "stay_cuda": 0.4, "dual_stack": 0.2, "move_to_cann": 0.3, "grey_market": 0.05, "rent_offshore": 0.05,
    "belief_us_yields": 0.5, "belief_us_slides": 0.5, "tradable_chips": 0.5, "belief_beijing_retaliates": 0.5,
    "us_estimate_of_capacity": 0.3, "belief_dependence": 0.5,
    "us_durability": 0.5, "truce_months": 0.0, "congress_pressure": 0.5, "irritant_queue": 1.0, "grievance": 0.0,
    "last_chip_step": 0.0, "us_escalated": 0.0, "beijing_escalated": 0.0,
}  # fmt: skip


@pytest.fixture(scope="session")
def plain():
    """Make the plain world, with some values otherwise."""

    def world(month=0, **values):
        assert values.keys() <= PLAIN.keys()
        return world_from({**PLAIN, **values})._replace(month=month)

    return world


@pytest.fixture(scope="session")
def changed():
    """Name the fields in which two worlds differ."""

    def names(before, after):
        old, new = state_values(before), state_values(after)
        return {name for name in old if old[name] != new[name]}

    return names


def somewhere(rng, low, high):
    """Return a number between two ends, every other time at an end."""
    place = rng.random()
    if place < 0.5:
        return float(low if place < 0.25 else high)
    return rng.uniform(low, high)


def drawn_params(seed):
    rng = random.Random(seed)
    return Params(*(somewhere(rng, fact.low, fact.high) for fact in FACTS.values()))


def drawn_world(seed):
    rng = random.Random(seed)
    values = {name: somewhere(rng, fact.low, fact.high) for name, fact in STATE_FACTS.items()}
    weights = [rng.random() ** rng.choice((1, 9)) for _ in Adoption._fields]
    values |= {share: weight / sum(weights) for share, weight in zip(Adoption._fields, weights, strict=True)}
    return world_from(values)._replace(month=rng.randrange(120))


SEEDS = st.integers(0, 2**32 - 1)
st.register_type_strategy(Params, SEEDS.map(drawn_params))
st.register_type_strategy(World, SEEDS.map(drawn_world))
