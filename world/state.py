"""The state of the world: parts that change for different reasons.

Every field is a float; its meaning, unit and range stand beside it.
Money is in $bn of 2025, compute in million H20-equivalents, levers and shares in [0, 1].
"""

from typing import Annotated, Any, NamedTuple, get_type_hints

import numpy as np

from .facts import Fact
from .law import law

SHARE = "share"
UNITS = "M H20-equivalents"
FLOW = "M H20-equivalents per year"


class UsLevers(NamedTuple):
    """What the US and its Congress have set."""

    chip_control: Annotated[float, Fact("US chip control: .5 licenses the H20, .75 bans it by letter, 1 freezes", SHARE, 0, 1)]
    tool_control: Annotated[float, Fact("US control of chip-making tools and their servicing", SHARE, 0, 1)]
    design_software_curb: Annotated[float, Fact("US curb on chip-design software", SHARE, 0, 1)]
    tariff_on_china: Annotated[float, Fact("US tariff on China; 1 is 125 %", SHARE, 0, 1)]
    tariff_on_allies: Annotated[float, Fact("US tariff on allies; 1 is 100 %", SHARE, 0, 1)]
    chip_floor: Annotated[float, Fact("chip control below which the law of Congress forbids to go", SHARE, 0, 1)]
    control_effectiveness: Annotated[float, Fact("how well the controls on the books still bite", SHARE, 0, 1)]
    control_form: Annotated[float, Fact("form of the chip control: 0 a letter to a company, 1 a published rule", SHARE, 0, 1)]


class BeijingLevers(NamedTuple):
    """What Beijing has set."""

    rare_earth_restriction: Annotated[float, Fact("Beijing's restriction of rare earths; 1 is a cut-off", SHARE, 0, 1)]
    steering: Annotated[float, Fact("Beijing's steering of buyers to domestic chips", SHARE, 0, 1)]
    subsidy: Annotated[float, Fact("Beijing's subsidy of indigenisation", SHARE, 0, 1)]
    probe: Annotated[float, Fact("open Chinese probes and withheld merger approvals", SHARE, 0, 1)]
    review: Annotated[float, Fact("security review of foreign chips; 1 enforces the energy rule", SHARE, 0, 1)]


class Allies(NamedTuple):
    """Alignment of each ally with US tool controls."""

    netherlands: Annotated[float, Fact("alignment of the Netherlands", SHARE, 0, 1)]
    japan: Annotated[float, Fact("alignment of Japan", SHARE, 0, 1)]
    south_korea: Annotated[float, Fact("alignment of South Korea", SHARE, 0, 1)]
    taiwan: Annotated[float, Fact("alignment of Taiwan", SHARE, 0, 1)]


class Nvidia(NamedTuple):
    """Where Nvidia stands."""

    compliant_performance: Annotated[float, Fact("best chip Nvidia makes for China; the H20 is 1", "H20", 0, 2)]
    china_supply: Annotated[float, Fact("share of attainable supply that Nvidia has allocated to China", SHARE, 0, 1)]
    redesign_months_left: Annotated[float, Fact("months until the redesigned chip ships; 0 is none under way", "months", 0, 24)]
    lobbying: Annotated[float, Fact("Nvidia's standing with the administration", SHARE, 0, 1)]


class Huawei(NamedTuple):
    """What Huawei and the fabs behind it have built."""

    domestic_chip_performance: Annotated[float, Fact("best domestic chip; the H20 is 1", "H20", 0.05, 10)]
    domestic_chip_capacity: Annotated[float, Fact("Huawei's own chip capacity", "M units per year", 0.01, 20)]
    cann_maturity: Annotated[float, Fact("maturity of Huawei's software; CUDA is 1", SHARE, 0, 1)]
    cuda_bridge: Annotated[float, Fact("how far CUDA programs run on Huawei's chips", SHARE, 0, 1)]
    domestic_tool_share: Annotated[float, Fact("share of Chinese fab tools made in China", SHARE, 0, 1)]
    hidden_stock: Annotated[float, Fact("dies obtained by proxy, in finished chips", "M units", 0, 10)]
    memory_stock: Annotated[float, Fact("foreign memory in store, in finished chips", "M units", 0, 10)]
    huawei_abroad: Annotated[float, Fact("share of Huawei's output sold abroad", SHARE, 0, 0.5)]


class Stocks(NamedTuple):
    """Compute, demand and minerals."""

    demand: Annotated[float, Fact("Chinese demand for AI chips", FLOW, 0.1, 20)]
    foundry_supply: Annotated[float, Fact("Nvidia chips attainable for China from the foundry", FLOW, 0.1, 10)]
    inference_share: Annotated[float, Fact("share of AI compute used for inference", SHARE, 0, 1)]
    china_compute: Annotated[float, Fact("installed AI compute in China", UNITS, 0.1, 1000)]
    us_compute: Annotated[float, Fact("installed AI compute in the US", UNITS, 0.1, 10000)]
    non_china_rare_earth_share: Annotated[float, Fact("share of US rare-earth needs met without China", SHARE, 0, 1)]
    rare_earth_stock: Annotated[float, Fact("US stock of rare earths and magnets", "months", 0, 6)]
    cutoff_memory: Annotated[float, Fact("investors' memory of past cut-offs", "years", 0, 5)]


class Adoption(NamedTuple):
    """Shares of Chinese AI developers by where their compute comes from; they sum to one."""

    stay_cuda: Annotated[float, Fact("developers on licensed Nvidia chips", SHARE, 0, 1)]
    dual_stack: Annotated[float, Fact("developers on both stacks", SHARE, 0, 1)]
    move_to_cann: Annotated[float, Fact("developers on Huawei's stack", SHARE, 0, 1)]
    grey_market: Annotated[float, Fact("developers on smuggled chips", SHARE, 0, 1)]
    rent_offshore: Annotated[float, Fact("developers who rent compute abroad", SHARE, 0, 1)]


class Beliefs(NamedTuple):
    """What the governments have learned about each other."""

    belief_us_yields: Annotated[float, Fact("Beijing: the US concedes under pressure", "probability", 0, 1)]
    belief_us_slides: Annotated[float, Fact("Beijing: the US ceiling follows Chinese progress", "probability", 0, 1)]
    tradable_chips: Annotated[float, Fact("Beijing: chip controls are for sale", "probability", 0, 1)]
    belief_beijing_retaliates: Annotated[float, Fact("US: Beijing answers escalation with rare earths", "probability", 0, 1)]
    us_estimate_of_capacity: Annotated[float, Fact("US: Huawei's capacity", "M units per year", 0.01, 20)]
    belief_dependence: Annotated[float, Fact("US: dependence on American chips holds China back", "probability", 0, 1)]


class Politics(NamedTuple):
    """Word, truce, tempers and last month's record."""

    us_durability: Annotated[float, Fact("durability of the US word", SHARE, 0, 1)]
    truce_months: Annotated[float, Fact("months left of the truce; 0 is none", "months", 0, 36)]
    congress_pressure: Annotated[float, Fact("anger in Congress over concessions", "index", 0, 4)]
    irritant_queue: Annotated[float, Fact("agency measures waiting for release", "measures", 0, 4)]
    grievance: Annotated[float, Fact("Beijing's grievance over agency measures; below 0 an obligation for a concession", "index", -1, 1)]
    last_chip_step: Annotated[float, Fact("direction of the last change of chip control", "-1, 0 or 1", -1, 1)]
    us_escalated: Annotated[float, Fact("last month's US escalation less concession", "-1 to 1", -1, 1)]
    beijing_escalated: Annotated[float, Fact("last month's Chinese escalation less concession", "-1 to 1", -1, 1)]


class World(NamedTuple):
    """Everything a law may know, at the start of a month."""

    month: int
    us: UsLevers
    beijing: BeijingLevers
    allies: Allies
    nvidia: Nvidia
    huawei: Huawei
    stocks: Stocks
    adoption: Adoption
    beliefs: Beliefs
    politics: Politics


PARTS: dict[str, Any] = {
    "us": UsLevers, "beijing": BeijingLevers, "allies": Allies, "nvidia": Nvidia, "huawei": Huawei,
    "stocks": Stocks, "adoption": Adoption, "beliefs": Beliefs, "politics": Politics,
}  # fmt: skip
STATE_FACTS: dict[str, Fact] = {
    name: hint.__metadata__[0]
    for part in PARTS.values()
    for name, hint in get_type_hints(part, include_extras=True).items()
}
STATE_ROW = np.dtype([(name, np.float64) for name in STATE_FACTS])


def world_from(values: dict[str, float]) -> World:
    """Return the world of month 0 whose fields are `values`, one entry for each name in STATE_FACTS."""
    parts = [part(*(float(values[name]) for name in part._fields)) for part in PARTS.values()]
    return World(0, *parts)


def state_values(world: World) -> dict[str, float]:
    """Return every field of `world` by name, in the order of STATE_FACTS."""
    return {name: value for part in PARTS for name, value in getattr(world, part)._asdict().items()}


@law
def with_us(world: World, us: UsLevers) -> World:
    """Return the world with other US levers."""
    w = world
    return World(w.month, us, w.beijing, w.allies, w.nvidia, w.huawei, w.stocks, w.adoption, w.beliefs, w.politics)


@law
def with_beijing(world: World, beijing: BeijingLevers) -> World:
    """Return the world with other levers of Beijing."""
    w = world
    return World(w.month, w.us, beijing, w.allies, w.nvidia, w.huawei, w.stocks, w.adoption, w.beliefs, w.politics)


@law
def with_allies(world: World, allies: Allies) -> World:
    """Return the world with other alignments."""
    w = world
    return World(w.month, w.us, w.beijing, allies, w.nvidia, w.huawei, w.stocks, w.adoption, w.beliefs, w.politics)


@law
def with_nvidia(world: World, nvidia: Nvidia) -> World:
    """Return the world with Nvidia elsewhere."""
    w = world
    return World(w.month, w.us, w.beijing, w.allies, nvidia, w.huawei, w.stocks, w.adoption, w.beliefs, w.politics)


@law
def with_huawei(world: World, huawei: Huawei) -> World:
    """Return the world with Huawei elsewhere."""
    w = world
    return World(w.month, w.us, w.beijing, w.allies, w.nvidia, huawei, w.stocks, w.adoption, w.beliefs, w.politics)


@law
def with_adoption(world: World, adoption: Adoption) -> World:
    """Return the world with other shares of developers."""
    w = world
    return World(w.month, w.us, w.beijing, w.allies, w.nvidia, w.huawei, w.stocks, adoption, w.beliefs, w.politics)


@law
def with_politics(world: World, politics: Politics) -> World:
    """Return the world with other politics."""
    w = world
    return World(w.month, w.us, w.beijing, w.allies, w.nvidia, w.huawei, w.stocks, w.adoption, w.beliefs, politics)


@law
def with_truce(world: World, months: float) -> World:
    """Return the world with this many months of truce left."""
    now = world.politics
    return with_politics(
        world,
        Politics(
            us_durability=now.us_durability,
            truce_months=months,
            congress_pressure=now.congress_pressure,
            irritant_queue=now.irritant_queue,
            grievance=now.grievance,
            last_chip_step=now.last_chip_step,
            us_escalated=now.us_escalated,
            beijing_escalated=now.beijing_escalated,
        ),
    )
