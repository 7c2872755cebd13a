"""What an actor knows, in sentences for people."""

from collections.abc import Iterator
from typing import Any

from ...agents.moves import ALLY_NAMES

NAMES = {
    "us": "the US administration",
    "beijing": "Beijing",
    "nvidia": "Nvidia",
    "huawei": "Huawei",
    "netherlands": "the Netherlands",
    "japan": "Japan",
    "south_korea": "South Korea",
    "taiwan": "Taiwan",
    "congress": "Congress",
    "developers": "the developers",
}
SHORT = {"us": "the US", "beijing": "Beijing"}
BELIEVED = {
    "belief_us_yields": "Beijing: the US yields under pressure",
    "belief_us_slides": "Beijing: the US ceiling follows Chinese progress",
    "tradable_chips": "Beijing: chip controls are for sale",
    "belief_beijing_retaliates": "the US: Beijing answers escalation with rare earths",
    "us_estimate_of_capacity": "the US: Huawei's capacity, M chips a year",
    "belief_dependence": "the US: dependence on its chips holds China back",
    "us_durability": "everybody: how durable the US word is",
}
# What an actor alone knows or believes.
OWN = {
    "belief_beijing_retaliates": "Beijing answers escalation {:.2f}",
    "us_estimate_of_capacity": "Huawei makes {:.2f} M chips a year",
    "belief_dependence": "China depends on US chips {:.2f}",
    "belief_us_yields": "the US yields {:.2f}",
    "belief_us_slides": "its ceiling follows your progress {:.2f}",
    "tradable_chips": "chips are for sale {:.2f}",
    "grievance": "grievance {:.2f}",
    "domestic_chip_capacity": "Huawei's capacity {:.2f} M chips a year",
    "hidden_stock": "hidden dies {:.2f} M",
    "memory_stock": "memory in store {:.2f} M",
    "china_supply": "supply for China {:.2f}",
    "redesign_months_left": "months to the redesigned chip {:.0f}",
}
TARIFF_AT_ONE = 1.25  # the tariff on China that 1 stands for


def signed(value: float) -> str:
    """Return a difference in $bn.

    >>> signed(-0.04), signed(3.21)
    ('+0.0', '+3.2')
    """
    return f"{round(value, 1) + 0.0:+.1f}"


def capital(text: str) -> str:
    """Return a sentence with its first letter large.

    >>> capital("the US holds")
    'The US holds'
    """
    return text[:1].upper() + text[1:]


def situation_lines(seen: dict[str, Any]) -> Iterator[str]:
    """Yield what an actor knows, a line a subject; what it does not know is left out.

    Parameters
    ----------
    seen : dict
        See `view`.
    """
    state, market, seat = seen["state"], seen["market"], seen["seat"]
    floor = ", a law demands {chip_floor:.2f}" if state["chip_floor"] > 0.0 else ""
    yield (
        "US controls on China (0 none, 1 total): chips {chip_control:.2f}" + floor + ", "
        "chip-making tools {tool_control:.2f}, design software {design_software_curb:.2f}; "
        "they bite at {control_effectiveness:.2f}"
    ).format(**state)
    left = state["truce_months"]
    truce = "No truce" if left <= 0.0 else f"Truce for {left:.0f} more month{'s' * (left > 1.0)}"
    yield (
        f"US tariffs: on China {TARIFF_AT_ONE * state['tariff_on_china']:.0%}, on allies "
        f"{state['tariff_on_allies']:.0%}. {truce}. The US word counts {state['us_durability']:.2f}"
    )
    yield (
        "Beijing (0 none, 1 total): holds back rare earths {rare_earth_restriction:.2f}, steers buyers to "
        "Chinese chips {steering:.2f}, subsidises them {subsidy:.2f}, probes US firms {probe:.2f}, "
        "reviews foreign chips {review:.2f}"
    ).format(**state)
    yield (
        f"The US has rare earths in store for {state['rare_earth_stock']:.1f} months and meets "
        f"{state['non_china_rare_earth_share']:.0%} of its needs without China"
    )
    huawei = ""
    if "huawei_units" in market:
        reckoned = " (your estimate)" if seat == "us" else ""
        huawei = f", Huawei {market['huawei_units']:.2f} M chips a year{reckoned}"
    yield f"Sales in China: Nvidia {market['nvidia_revenue']:.1f} $bn a year{huawei}"
    yield (
        f"{market['cuda_share']:.0%} of Chinese developers build on CUDA. Compute: China {state['china_compute']:.1f}, "
        f"US {state['us_compute']:.1f} M H20-equivalents"
    )
    allies = ", ".join(f"{NAMES[name].removeprefix('the ')} {state[name]:.2f}" for name in ALLY_NAMES)
    yield f"Allies follow US tool controls: {allies}"
    queue = f"; agency measures waiting {state['irritant_queue']:.2f}" if "irritant_queue" in state else ""
    yield f"Anger in Congress {state['congress_pressure']:.2f}{queue}"
    own = [words.format(state[name]) for name, words in OWN.items() if name in state]
    if own:
        yield f"You reckon: {', '.join(own)}"
    if seen["earned"]:
        mean = 12.0 * sum(seen["earned"]) / len(seen["earned"])
        unit = "units of anger" if seat == "congress" else "$bn"
        yield f"Your payoff: {seen['earned'][-1]:.2f} {unit} last month, {mean:.1f} a year on average"
