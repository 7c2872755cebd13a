"""How beliefs move, what the US word is worth, and how angry Congress is."""

from typing import NamedTuple

from .chips import hidden_flow
from .law import law
from .parameters import Params
from .state import Beliefs, Politics, World


class Record(NamedTuple):
    """What the month showed, as numbers that laws can weigh."""

    chip_step: float  # direction of the US change of chip control: -1, 0, 1
    us_conceded: float  # 1 if the US conceded alone
    us_escalated: float  # 1 if the US escalated, agencies included
    beijing_escalated: float  # 1 if Beijing restricted or probed
    beijing_eased: float  # 1 if Beijing eased
    deal: float  # 1 if a package was agreed
    deal_chip_step: float  # 1 if the package eased chip control
    us_broke: float  # 1 if the US broke a truce
    irritant: float  # 1 if an agency acted on its own
    other_eased: float  # 1 if the US eased tools or curbs, alone or in a package
    pressed: float  # 1 if Beijing's restriction stood at a step or more when the month began


@law
def moved(belief: float, outcome: float, gain: float) -> float:
    r"""Return the belief after one event: b + gain (outcome - b).

    The mean of a Beta belief whose memory fades, at its steady weight.

    >>> moved(0.5, 1.0, 0.2)
    0.6
    """
    return belief + gain * (outcome - belief)


@law
def summit_pull(month: int, p: Params) -> float:
    r"""Return how close the next summit is, in [0, 1]: max(0, 1 - months left / 6).

    Mechanism M36. Source: MODEL.md, politics.

    >>> summit_pull(3, Params(summit_first=3.0))
    1.0
    """
    left = (p.summit_first - month) % p.summit_interval
    return max(0.0, 1.0 - left / 6.0)


@law
def next_beliefs(world: World, seen: Record, noise: float, p: Params) -> Beliefs:
    r"""Return the beliefs after a month; `noise` in [-1, 1] is the error of this month's estimate.

        yields:    up by a concession under pressure, and by a chip deal so far as it is read as a gift;
                   down slowly by pressure without one
        slides:    up by a relaxation while rare earths are calm, down by a tightening
        tradable:  up by a visible chip concession, by the share `taboo_spill` of it when another
                   control is eased; fades slowly
        retaliates: did Beijing answer a US escalation?
        estimate:  a lagged, noisy reading of Huawei's capacity and half its hidden release
        dependence: up by Nvidia's standing, down as the estimate of Huawei grows, up as it shrinks

    Mechanisms M03, M06, M09, M27 to M30, M53, M67, M74, M104, M131, M135.
    Source: MODEL.md, beliefs.
    """
    now, huawei = world.beliefs, world.huawei
    yields = now.belief_us_yields
    if seen.pressed > 0.5:
        if seen.us_conceded > 0.5:
            yields = moved(yields, 1.0, p.learning_gain)
        elif seen.deal_chip_step > 0.5:
            yields = moved(yields, 1.0, p.learning_gain * p.gift_reading)
        else:
            yields = moved(yields, 0.0, p.learning_gain * p.silence_weight)
    slides = now.belief_us_slides
    if seen.chip_step < -0.5:
        slides = moved(slides, 1.0, p.slides_prior_weight * (1.0 - 0.7 * seen.pressed))
    if seen.chip_step > 0.5:
        slides = moved(slides, 0.0, p.slides_prior_weight)
    tradable = moved(now.tradable_chips, 0.3, p.taboo_memory)
    if seen.chip_step < -0.5 or seen.deal_chip_step > 0.5:
        tradable = moved(tradable, 1.0, p.taboo_gain)
    elif seen.other_eased > 0.5:
        tradable = moved(tradable, 1.0, p.taboo_gain * p.taboo_spill)
    retaliates = now.belief_beijing_retaliates
    if world.politics.us_escalated > 0.5:
        retaliates = moved(retaliates, seen.beijing_escalated, p.learning_gain)
    reading = huawei.domestic_chip_capacity + 0.5 * hidden_flow(huawei.hidden_stock, p)
    reading = reading * (1.0 + p.estimate_noise * noise)
    estimate = moved(now.us_estimate_of_capacity, reading, 1.0 / p.estimate_lag)
    doubt = p.dependence_evidence * (estimate / now.us_estimate_of_capacity - 1.0)
    persuaded = moved(now.belief_dependence, 1.0, p.lobbying_persuasion * world.nvidia.lobbying)
    return Beliefs(
        belief_us_yields=yields,
        belief_us_slides=slides,
        tradable_chips=tradable,
        belief_beijing_retaliates=retaliates,
        us_estimate_of_capacity=estimate,
        belief_dependence=min(1.0, max(0.0, persuaded * (1.0 - doubt))),
    )


@law
def next_politics(world: World, seen: Record, p: Params) -> Politics:
    r"""Return word, truce and tempers after a month.

        durability: less by a reversal of chip policy, half that by a broken truce, a little by tariffs
                    on allies; recovers towards its ceiling
        Congress:   pressure rises by each step conceded, falls by tightening and by forgetting
        grievance:  up by an agency's measure; a lone concession that is read as half of a swap leaves
                    an obligation instead; halves in a month

    Mechanisms M30, M39, M110, M111, M119, M120, M137. Source: MODEL.md, politics.
    """
    now = world.politics
    step = seen.chip_step - seen.deal_chip_step
    reversal = 0.0
    if step * now.last_chip_step < -0.5:
        reversal = 1.0
    lost = p.durability_hit * (reversal + 0.5 * seen.us_broke + 0.1 * world.us.tariff_on_allies)
    regained = p.durability_recovery * max(p.durability_ceiling - now.us_durability, 0.0)
    anger = (1.0 - p.congress_forgetting) * now.congress_pressure - p.congress_anger * 0.5 * max(step, 0.0)
    anger = anger + p.congress_anger * max(-step, 0.0)
    last = now.last_chip_step
    if abs(step) > 0.5:
        last = max(-1.0, min(1.0, step))
    truce = max(0.0, now.truce_months - 1.0)
    grievance = 0.5 * now.grievance
    if seen.irritant > 0.5:
        grievance = max(grievance, seen.irritant)
    elif seen.us_conceded > 0.5:
        grievance = min(grievance, p.gift_reading - 1.0)
    arrivals = p.irritant_arrivals / 12.0 * (1.0 + 0.5 * now.congress_pressure)
    return Politics(
        us_durability=min(1.0, max(0.0, now.us_durability - lost + regained)),
        truce_months=truce,
        congress_pressure=min(4.0, max(0.0, anger)),
        irritant_queue=min(4.0, max(0.0, now.irritant_queue + arrivals - seen.irritant)),
        grievance=grievance,
        last_chip_step=last,
        us_escalated=max(-1.0, min(1.0, seen.us_escalated - seen.us_conceded)),
        beijing_escalated=max(-1.0, min(1.0, seen.beijing_escalated - seen.beijing_eased)),
    )
