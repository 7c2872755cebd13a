"""Every number of the model, once: meaning, unit, default, range and source.

Sources: F... is a row of ``world/data/figures.csv``, M... of the mechanisms, V... a verification number.
"""

from typing import Annotated, NamedTuple, get_type_hints

import numpy as np

from .facts import Fact


class Params(NamedTuple):
    """The numbers of one run."""

    # Everyone
    look_ahead: Annotated[float, Fact("how far actors look ahead, in three steps", "months", 3, 24, "assumption: three quarters; published as an axis")] = 9.0
    # The US administration
    us_lead_value: Annotated[float, Fact("what the lead in compute is worth to Washington", "$bn per year per log unit", 5, 80, "assumption: nobody has priced it; swept")] = 18.0
    us_rare_earth_loss: Annotated[float, Fact("US loss in a full rare-earth shortage", "$bn per year", 5, 140, "assumption: scale set by F056 and F057; swept")] = 60.0
    us_tariff_gain: Annotated[float, Fact("political gain of tariffs on China, linear part", "$bn per year", 10, 240, "assumption: with us_tariff_harm puts the US optimum at .4, near F087")] = 160.0
    us_tariff_harm: Annotated[float, Fact("harm of tariffs on China at home, quadratic part", "$bn per year", 20, 300, "assumption: see us_tariff_gain")] = 200.0
    us_nvidia_weight: Annotated[float, Fact("weight of a dollar of Nvidia's China revenue", "$ per $", 0, 2, "assumption: tax, jobs and the stock market; F014 gives the scale")] = 0.3
    us_dependence_weight: Annotated[float, Fact("how much full belief in dependence raises that weight", "1", 0, 3, "assumption: M67; nobody has measured the effect")] = 1.2
    us_huawei_cost: Annotated[float, Fact("cost of Huawei as a rival stack", "$bn per year per log unit", 0, 30, "assumption: M76")] = 8.0
    us_tool_sales: Annotated[float, Fact("US and allied tool sales forgone under full tool control", "$bn per year", 0, 20, "assumption: scale of F106 on some $25bn of US tool sales")] = 3.0
    us_ally_tariff_gain: Annotated[float, Fact("gain of tariffs on allies, linear part", "$bn per year", 0, 10, "assumption: M111")] = 3.0
    us_ally_tariff_harm: Annotated[float, Fact("harm of tariffs on allies, quadratic part", "$bn per year", 0, 12, "assumption: M111")] = 4.0
    us_probe_cost: Annotated[float, Fact("cost of Chinese probes and withheld mergers", "$bn per year", 0, 10, "assumption: M41, M42")] = 3.0
    us_curb_cost: Annotated[float, Fact("US design-software sales forgone under a full curb", "$bn per year", 0, 10, "assumption: F107: about 14 % of two firms with some $12bn revenue")] = 2.0
    us_retaliation: Annotated[float, Fact("discomfort of the US when the other side is more or less hostile than itself", "$bn per year", 0, 60, "assumption: M38; 0 is a pure calculator")] = 16.0
    us_patience: Annotated[float, Fact("annuity on stocks at the end of the US look-ahead", "years", 0, 5, "assumption: M26, M51: little beyond one term of office")] = 3.0
    us_precision: Annotated[float, Fact("logit precision of the US", "1 per $bn", 0.1, 3, "assumption: swept; us_precision times us_move_cost is 4 to 5, see F114")] = 0.9
    us_move_cost: Annotated[float, Fact("cost of any US move", "$bn", 1, 10, "assumption: keeps chip rules about 400 days apart, F114")] = 5.0
    us_update_cost: Annotated[float, Fact("cost of an update of existing controls", "$bn", 0.5, 10, "assumption: a routine rule, half of a new one; F114")] = 2.5
    us_concession_cost: Annotated[float, Fact("audience cost of withdrawing a published control for nothing", "$bn", 0, 12, "assumption: M119, M120")] = 5.0
    us_letter_discount: Annotated[float, Fact("share of that cost spared when the control was a letter, not a published rule", "share", 0, 0.9, "assumption: M07: nothing to withdraw in public")] = 0.4
    us_package_discount: Annotated[float, Fact("audience cost that remains when the concession is part of a package", "share", 0, 1, "assumption: M30: a swap is easier to defend")] = 0.45
    us_expected_reciprocity: Annotated[float, Fact("chance the US gives to a concession being answered", "probability", 0, 1, "assumption: swept")] = 0.3
    tariff_floor: Annotated[float, Fact("tariff on China below which nobody in Washington will go", "share", 0, 0.4, "F083: 19.3 %, where 1 is 125 % (M49)")] = 0.15
    us_division: Annotated[float, Fact("how far dealmakers and agencies differ in what they weigh", "share", 0, 0.9, "assumption: M20, M120")] = 0.5
    us_coordination: Annotated[float, Fact("chance that the US moves as one and its agencies hold still", "probability", 0.1, 1, "assumption: M20; F117 reads as a low value")] = 0.7
    us_dealmaker_weight: Annotated[float, Fact("dealmakers' weight when Congress is calm", "share", 0.1, 0.9, "assumption: M51")] = 0.7
    us_congress_drag: Annotated[float, Fact("dealmakers' weight lost per unit of pressure from Congress", "share", 0, 0.5, "assumption: M120")] = 0.25
    us_misprice: Annotated[float, Fact("share of the lead's value that the US overlooks at the table", "share", 0, 0.9, "assumption: M26; critics against officials, swept")] = 0.3
    us_freeze_control: Annotated[float, Fact("chip control that freeze-in-place holds", "share", 0.5, 1, "assumption: M01: the ceiling of October 2023 barred all but the H20")] = 0.75
    us_slide_margin: Annotated[float, Fact("how far above the best domestic chip the sliding scale sets the ceiling", "H20", 0, 0.8, "assumption: M02: slightly more than the domestic alternative")] = 0.4
    us_update_trigger: Annotated[float, Fact("effectiveness below which freeze-in-place updates its controls", "share", 0.2, 0.95, "assumption: F114: with decay .2 a year an update about each 18 months")] = 0.7
    # Agencies, Congress, summits
    irritant_rate: Annotated[float, Fact("monthly hazard of an agency measure per waiting measure, without coordination", "per month", 0, 1, "assumption: M39; F117")] = 0.25
    irritant_arrivals: Annotated[float, Fact("agency measures that become ready", "per year", 0, 6, "assumption: M137: four in the watch list of seed 002")] = 1.5
    irritant_breaks_truce: Annotated[float, Fact("chance that Beijing takes such a measure as a breach", "probability", 0, 1, "assumption: M39; F117")] = 0.5
    grievance_weight: Annotated[float, Fact("weight of a grievance, or of an obligation, in Beijing's next restriction or renewal", "$bn", 0, 15, "assumption: M30, M39")] = 5.0
    congress_anger: Annotated[float, Fact("pressure added by one step of chip concession", "index per step", 0, 1, "assumption: M119")] = 0.45
    congress_forgetting: Annotated[float, Fact("share of the pressure forgotten", "per month", 0.005, 0.2, "assumption: two to three years of memory")] = 0.03
    congress_drag_cost: Annotated[float, Fact("cost to the US of conceding while Congress is angry", "$bn per unit", 0, 10, "assumption: M119")] = 3.0
    congress_scrutiny_cost: Annotated[float, Fact("what scrutiny costs Congress", "index", 0.05, 1, "assumption: hearings are cheap")] = 0.35
    congress_floor_cost: Annotated[float, Fact("what a statutory floor costs Congress", "index", 0.3, 3, "assumption: a bill must pass twice")] = 1.0
    congress_scrutiny_relief: Annotated[float, Fact("share of its anger that scrutiny vents", "share", 0, 0.5, "assumption: M119")] = 0.25
    congress_floor_relief: Annotated[float, Fact("share of its anger that a statutory floor vents", "share", 0.3, 1, "assumption: M119")] = 0.9
    congress_precision: Annotated[float, Fact("logit precision of Congress", "1 per index", 1, 20, "assumption: swept")] = 8.0
    summit_value: Annotated[float, Fact("value of a summit to the dealmakers", "$bn", 0, 20, "assumption: M36")] = 6.0
    summit_interval: Annotated[float, Fact("months between summits", "months", 6, 24, "assumption: one planned for autumn 2025, seed 002")] = 12.0
    summit_first: Annotated[float, Fact("month of the first summit", "months", 1, 24, "assumption: set by the scenario; September to October 2025, seed 002")] = 3.0
    # Beijing
    beijing_compute_value: Annotated[float, Fact("what AI compute is worth to Beijing", "$bn per year per log unit", 10, 60, "assumption: M97, M124; swept")] = 28.0
    beijing_autonomy_value: Annotated[float, Fact("what a market off the US stack is worth", "$bn per year", 0, 40, "assumption: M101: never zero in the sources")] = 14.0
    beijing_tariff_harm: Annotated[float, Fact("harm of US tariffs to China", "$bn per year", 5, 60, "assumption: swept")] = 18.0
    beijing_rare_earth_rent: Annotated[float, Fact("rent of the rare-earth position", "$bn per year", 0, 30, "assumption: F052 to F054")] = 14.0
    beijing_leverage_value: Annotated[float, Fact("standing gain of holding the tap while the world depends on it, linear part", "$bn per year", 0, 40, "assumption: M40, M59; swept")] = 20.0
    beijing_restriction_harm: Annotated[float, Fact("own loss from restricting, quadratic part", "$bn per year", 2, 30, "assumption: exporters' losses; swept")] = 16.0
    beijing_future_leverage: Annotated[float, Fact("terminal value of the world's dependence", "$bn per year", 0, 30, "assumption: M59")] = 12.0
    beijing_subsidy_cost: Annotated[float, Fact("cost of the full subsidy, quadratic", "$bn per year", 5, 40, "assumption: order of F051")] = 15.0
    beijing_steering_cost: Annotated[float, Fact("innovation lost under full steering, quadratic", "$bn per year", 2, 30, "assumption: M92")] = 10.0
    beijing_curb_harm: Annotated[float, Fact("harm of a full design-software curb", "$bn per year", 0, 20, "assumption: M17")] = 6.0
    beijing_probe_cost: Annotated[float, Fact("cost of open probes to China's reputation", "$bn per year", 0, 6, "assumption: M42")] = 1.5
    beijing_retaliation: Annotated[float, Fact("discomfort of Beijing when the other side is more or less hostile than itself", "$bn per year", 0, 60, "assumption: M38")] = 16.0
    beijing_patience: Annotated[float, Fact("annuity on stocks at the end of Beijing's look-ahead", "years", 0, 6, "assumption: swept; M100 would have it above us_patience")] = 2.5
    beijing_precision: Annotated[float, Fact("logit precision of Beijing", "1 per $bn", 0.1, 3, "assumption: swept")] = 0.9
    beijing_move_cost: Annotated[float, Fact("cost of a diplomatic move", "$bn", 1, 10, "assumption: swept; F113: answers come within days, so not large")] = 4.5
    beijing_budget_cost: Annotated[float, Fact("cost of a budget decision", "$bn", 0.5, 6, "assumption: subsidy is not a diplomatic act")] = 2.0
    beijing_planning_gain: Annotated[float, Fact("foreign access expected per unit of subsidy over the planning horizon", "share", 0, 1.5, "assumption: M03")] = 0.5
    subsidy_floor: Annotated[float, Fact("subsidy to which programmes run down when not renewed", "share", 0, 0.5, "assumption: M81, M100: never zero")] = 0.3
    subsidy_rundown: Annotated[float, Fact("speed at which programmes run down", "per year", 0.1, 1, "assumption: three-year programmes")] = 0.35
    # The table
    linkage: Annotated[float, Fact("what may be linked: 0 trade only, 1 also minerals, 2 also chips, 3 also tools", "0, 1, 2 or 3", 0, 3, "disputed in the sources (M05, M30, M57); default 2 since July 2025 was read so")] = 2.0
    talk_rate: Annotated[float, Fact("chance of talks in a calm month", "probability", 0, 0.4, "assumption: F118 shows monthly resets in a crisis")] = 0.06
    talk_urgency: Annotated[float, Fact("added chance of talks at a summit, a truce's end or open hostility", "probability", 0, 1, "assumption: M37; F118")] = 0.25
    truce_length: Annotated[float, Fact("months of truce that a deal buys", "months", 3, 24, "assumption: 90-day truces renewed, timeline 2025-05-12")] = 9.0
    truce_break_cost: Annotated[float, Fact("cost of breaking a truce", "$bn", 0, 20, "assumption: swept")] = 5.0
    beijing_durability: Annotated[float, Fact("share of Beijing's promises that the US counts on", "share", 0.1, 1, "assumption: swept")] = 0.6
    table_precision: Annotated[float, Fact("logit precision of accepting", "1 per $bn", 0.05, 2, "assumption: swept")] = 0.35
    # Beliefs and the word
    learning_gain: Annotated[float, Fact("how far one concession under pressure moves a belief", "per event", 0.02, 0.6, "assumption: a Beta belief of weight 4; M28, M29")] = 0.2
    silence_weight: Annotated[float, Fact("weight of a month under pressure without a concession", "share", 0, 0.5, "assumption: a quarter of a month in four; M29")] = 0.06
    taboo_gain: Annotated[float, Fact("how far a visible chip concession moves the belief that chips are for sale", "share", 0, 1, "assumption: M06, M27")] = 0.5
    taboo_memory: Annotated[float, Fact("share of that belief that fades", "per month", 0, 0.1, "assumption: M27: stays up")] = 0.01
    taboo_spill: Annotated[float, Fact("how far giving on one control suggests that the others are for sale", "share", 0, 1, "assumption: M06; disputed")] = 0.3
    gift_reading: Annotated[float, Fact("how far Beijing reads a concession as a gift and not as half of a swap", "share", 0, 1, "disputed in the sources (M30), hence the middle")] = 0.5
    lobbying_persuasion: Annotated[float, Fact("share of the doubters whom Nvidia at full standing wins over", "per month", 0, 0.5, "assumption: M67")] = 0.12
    dependence_evidence: Annotated[float, Fact("per cent of the belief in dependence lost per per cent of growth in the estimate of Huawei", "1", 0, 10, "assumption: M67; Huawei's growth speaks against it")] = 2.0
    slides_prior_weight: Annotated[float, Fact("how far a change of chip control moves Beijing's belief in the sliding scale", "per event", 0.02, 0.5, "assumption: M03; a Beta belief of weight 8 to 12")] = 0.12
    durability_hit: Annotated[float, Fact("durability lost by a reversal of chip policy", "share", 0, 0.4, "assumption: M110")] = 0.08
    durability_recovery: Annotated[float, Fact("durability regained towards its ceiling", "per month", 0, 0.1, "assumption: swept")] = 0.03
    durability_ceiling: Annotated[float, Fact("durability of a word never broken", "share", 0.5, 1, "assumption: no word is certain")] = 0.9
    estimate_lag: Annotated[float, Fact("months of delay in the US estimate of Huawei", "months", 1, 36, "assumption: M131; F041 against F042")] = 9.0
    estimate_noise: Annotated[float, Fact("half-width of the error in each reading", "log units", 0, 0.8, "assumption: F041 against F042: 200,000 to 700,000")] = 0.4
    # Chips and trade
    truce_tariff: Annotated[float, Fact("tariff that counts as ordinary: hostility is measured above it", "share", 0.1, 0.5, "assumption: below the truce level of F087")] = 0.3
    open_ceiling: Annotated[float, Fact("best chip that may be sold without control", "H20", 1.2, 2, "assumption: an H100 in mixed use, F024 and F027")] = 1.5
    h20_line: Annotated[float, Fact("chip control at which the H20 is just legal", "share", 0.3, 0.7, "definition: the H20 is the chip at this control")] = 0.5
    licence_slope: Annotated[float, Fact("share of licences refused per unit of control above that line", "1", 0.5, 2, "assumption: 1, .6, .2 at .5, .75, 1; M07")] = 1.6
    edge_share: Annotated[float, Fact("share of demand met by products outside the control", "share", 0, 0.3, "assumption: M70")] = 0.1
    bandwidth_cap: Annotated[float, Fact("share of inference value removed by a full control on memory bandwidth", "share", 0, 1, "0 as in the rule of 2023 (M23); swept")] = 0.0
    training_ratio: Annotated[float, Fact("what an H20 is worth in training, relative to inference", "H20 of inference", 0.1, 0.6, "assumption: F024 0.15 in peak terms, disputed upwards (M127)")] = 0.3
    nvidia_price: Annotated[float, Fact("price of an H20-class chip", "$bn per M units", 10, 14, "F006 over F007")] = 12.0
    nvidia_price_floor: Annotated[float, Fact("share of that price that does not depend on performance", "share", 0.3, 0.9, "assumption: scarcity")] = 0.6
    inference_reference: Annotated[float, Fact("inference share at which an H20-equivalent is defined", "share", 0.3, 0.9, "F098: mid-2025")] = 0.5
    smuggling_capacity: Annotated[float, Fact("flow of smuggled chips when the controls bite fully", "M H20-equivalents per year", 0, 0.5, "F091 over nvidia_price at F092's premium, F093")] = 0.15
    smuggling_leak: Annotated[float, Fact("growth of that flow as controls wear out", "1", 0, 4, "assumption: M08, M102")] = 1.5
    offshore_capacity: Annotated[float, Fact("compute that can be rented abroad, as a flow", "M H20-equivalents per year", 0, 1, "assumption: M106; no figure")] = 0.25
    spill_to_huawei: Annotated[float, Fact("unmet Nvidia demand that turns to Huawei", "share", 0.2, 1, "assumption: the rest waits")] = 0.6
    control_decay: Annotated[float, Fact("wear of controls that are not updated", "per year", 0.02, 0.6, "assumption: M08; F114")] = 0.2
    curb_fading: Annotated[float, Fact("fading of the design-software curb", "per month", 0.02, 0.5, "assumption: F115: 40 days; transactional controls are short")] = 0.12
    steering_bite: Annotated[float, Fact("share of Nvidia's market closed by full steering", "share", 0.2, 1, "assumption: M92, M94, M95")] = 0.8
    review_bite: Annotated[float, Fact("share of Nvidia's market closed by the energy rule", "share", 0, 1, "assumption: M94, M95; enforcement is unclear")] = 0.6
    autonomy_ratchet: Annotated[float, Fact("share of the market closed as the domestic chip proves able", "share", 0, 0.9, "assumption: M93")] = 0.3
    ratchet_start: Annotated[float, Fact("domestic performance at which that closing starts", "H20", 0.3, 1, "F031")] = 0.6
    demand_ceiling: Annotated[float, Fact("demand at saturation", "M H20-equivalents per year", 3, 8, "F013: $50bn over nvidia_price")] = 4.5
    demand_growth: Annotated[float, Fact("growth of demand", "per year", 0.1, 0.6, "assumption: swept; M97")] = 0.35
    foundry_ceiling: Annotated[float, Fact("supply attainable for China at most", "M H20-equivalents per year", 1.2, 4, "assumption: M73; F007 shows 1 to 1.5 in 2024")] = 2.0
    foundry_growth: Annotated[float, Fact("speed towards that supply", "per year", 0.1, 1, "assumption: M73")] = 0.33
    inference_ceiling: Annotated[float, Fact("share of inference in the long run", "share", 0.6, 0.95, "F099, seed 000")] = 0.83
    inference_speed: Annotated[float, Fact("speed towards that share", "per year", 0.1, 1, "F098 to F099")] = 0.5
    compute_depreciation: Annotated[float, Fact("installed compute that retires", "per year", 0.1, 0.4, "assumption: four-year life; M108")] = 0.25
    us_compute_growth: Annotated[float, Fact("net growth of US compute", "per year", 0.15, 0.6, "assumption: 12 M a year installed on 20 M, less depreciation; F094")] = 0.35
    # Fabs, tools and software
    performance_rate: Annotated[float, Fact("growth of the domestic chip per unit of effort", "per year", 0.02, 0.2, "assumption: F029 to F031; M74")] = 0.11
    capacity_rate: Annotated[float, Fact("growth of Huawei's capacity per unit of effort", "per year", 0.1, 0.8, "assumption: F039 to F042, F046")] = 0.62
    software_rate: Annotated[float, Fact("growth of CANN's maturity per unit of effort", "per year", 0.05, 0.4, "assumption: M87")] = 0.16
    tool_rate: Annotated[float, Fact("growth of the domestic tool share per unit of effort", "per year", 0.02, 0.15, "assumption: M78")] = 0.06
    autonomous_effort: Annotated[float, Fact("effort that goes on without any control", "effort", 0.05, 0.8, "M81; its size is an assumption")] = 0.35
    induced_effort: Annotated[float, Fact("effort induced by full chip control", "effort", 0, 1, "M82, M83; its size is disputed")] = 0.3
    subsidy_effort: Annotated[float, Fact("effort bought by the full subsidy", "effort", 0.2, 1.5, "assumption: M81, M100")] = 0.7
    learning_effort: Annotated[float, Fact("effort that comes of serving the whole market", "effort", 0, 1.5, "assumption: M87")] = 0.6
    focus_effort: Annotated[float, Fact("effort that Huawei adds where it puts its weight", "effort", 0.2, 2, "assumption: swept")] = 0.9
    tool_bite_performance: Annotated[float, Fact("performance growth stopped by full, aligned tool control", "share", 0.3, 0.95, "assumption: M117; controls are patchy")] = 0.7
    tool_bite_capacity: Annotated[float, Fact("capacity growth stopped by full, aligned tool control", "share", 0.3, 0.98, "assumption: M12, M117")] = 0.85
    curb_bite: Annotated[float, Fact("performance growth stopped by a full design-software curb", "share", 0, 0.6, "assumption: M17")] = 0.2
    capacity_room: Annotated[float, Fact("capacity, relative to demand, at which growth stops", "share", 0.8, 2, "assumption: nobody builds far beyond demand")] = 1.2
    bridge_chance: Annotated[float, Fact("chance that a month on the CUDA bridge brings it through", "per month", 0, 0.1, "assumption: M88")] = 0.03
    bridge_worth: Annotated[float, Fact("switching cost that a working bridge removes", "share", 0, 1, "assumption: M88")] = 0.6
    hidden_release: Annotated[float, Fact("rate at which the hidden stock is used", "M units per year", 0, 1, "F042 less F041")] = 0.45
    domestic_memory: Annotated[float, Fact("share of chips that memory from China can equip, before Chinese tools add to it", "share", 0, 1, "assumption: M105; no figure")] = 0.6
    # Rare earths
    rare_earth_growth: Annotated[float, Fact("growth of supply outside China", "per year", 0.02, 0.3, "F055 and F061 to F063; assumption on the response")] = 0.08
    rare_earth_room: Annotated[float, Fact("most of US needs that can be met without China", "share", 0.6, 1, "assumption: M59")] = 0.9
    rare_earth_baseline: Annotated[float, Fact("growth of that supply without any restriction", "effort", 0, 0.5, "F055: about 2 points a year")] = 0.1
    rare_earth_refill: Annotated[float, Fact("stock rebuilt in a month without restriction", "months per month", 0.05, 0.4, "assumption: F064")] = 0.15
    rare_earth_draw: Annotated[float, Fact("stock used in a month of full restriction", "months per month", 0.2, 1, "F064, F065: six weeks of stock last seven weeks")] = 0.6
    rare_earth_store: Annotated[float, Fact("stock at which restocking stops", "months", 1, 6, "F064, high")] = 3.0
    rare_earth_cover: Annotated[float, Fact("shortage that a full stock covers", "share", 0.2, 0.95, "assumption: not every magnet is in stock")] = 0.7
    memory_fading: Annotated[float, Fact("fading of the memory of cut-offs", "per year", 0.1, 2, "assumption: M59; two years")] = 0.5
    # Nvidia
    nvidia_precision: Annotated[float, Fact("logit precision of Nvidia", "1 per $bn", 0.2, 8, "assumption: swept")] = 2.0
    nvidia_patience: Annotated[float, Fact("annuity on the last flow of Nvidia's look-ahead", "years", 0, 3, "assumption: product cycles are short")] = 0.75
    nvidia_reach: Annotated[float, Fact("how far Nvidia believes full standing moves a step of chip control", "probability", 0, 1, "assumption: M65")] = 1.0
    nvidia_fear: Annotated[float, Fact("weight Nvidia gives to a step of tightening against one of relaxing", "probability", 0, 1, "assumption: swept")] = 0.3
    lobbying_gain: Annotated[float, Fact("standing gained by a month of lobbying", "share", 0.02, 0.4, "assumption: F019 and F020")] = 0.12
    lobbying_decay: Annotated[float, Fact("standing lost in a month", "per month", 0.01, 0.2, "assumption: M66")] = 0.05
    lobbying_cost: Annotated[float, Fact("what a month of lobbying costs in money and attention", "$bn", 0.05, 2, "assumption: F020 is far less in money; the chief's time and goodwill are the rest")] = 0.25
    redesign_cost: Annotated[float, Fact("cost of a redesign", "$bn", 0.1, 3, "assumption: F011 shows the scale of scrapped stock")] = 0.8
    redesign_months: Annotated[float, Fact("months from a redesign to volume", "months", 3, 9, "F036")] = 6.0
    restock_months: Annotated[float, Fact("months to move foundry supply to or from China", "months", 3, 12, "F037")] = 6.0
    restock_cost: Annotated[float, Fact("cost of restarting or moving a line", "$bn", 0.1, 3, "assumption: swept")] = 0.8
    nvidia_outside_price: Annotated[float, Fact("what the same foundry supply earns elsewhere, net", "$bn per M units", 2, 12, "assumption: M73; buyers elsewhere would mostly be served anyway")] = 6.0
    # Huawei
    huawei_margin: Annotated[float, Fact("margin on a sale", "share", 0.1, 0.6, "assumption: unpublished")] = 0.3
    huawei_price: Annotated[float, Fact("price of domestic performance", "$bn per M H20-equivalents", 4, 16, "F050: 110,000 CNY is about $15,000 for a 910C of .6")] = 8.0
    huawei_patience: Annotated[float, Fact("annuity on the last flow of Huawei's look-ahead", "years", 0, 10, "assumption: a long-run firm, F051")] = 4.0
    huawei_precision: Annotated[float, Fact("logit precision of Huawei", "1 per $bn", 1, 40, "assumption: its stakes are small, so it must see them well; swept")] = 10.0
    huawei_focus_cost: Annotated[float, Fact("cost of expanding capacity or exporting for a month", "$bn", 0, 0.5, "assumption: capital spending beyond the subsidy")] = 0.05
    export_gain: Annotated[float, Fact("share of output moved abroad by a year of export effort", "share per year", 0, 1, "assumption: M76")] = 0.25
    export_decay: Annotated[float, Fact("share of exports lost in a year without effort", "per year", 0.05, 1, "assumption: M76")] = 0.3
    # Chinese AI developers
    network_effect: Annotated[float, Fact("pull of the stack that others use, V15", "utility", 0.2, 2, "V15: above 1 two stacks can each hold")] = 1.05
    performance_weight: Annotated[float, Fact("weight of available performance", "utility per log unit", 0.4, 3, "assumption: M86, M136")] = 1.4
    cutoff_risk_weight: Annotated[float, Fact("dislike of a supply that may be cut", "utility", 0, 3, "assumption: M90, M110")] = 1.8
    steering_weight: Annotated[float, Fact("weight of the state's wish", "utility", 0, 4, "assumption: M92, M136")] = 1.4
    switching_cost: Annotated[float, Fact("cost of leaving CUDA while CANN is immature", "utility", 0, 2, "assumption: M86")] = 0.5
    dual_cost: Annotated[float, Fact("cost of keeping two stacks", "utility", 0, 1.5, "assumption: M90")] = 0.3
    grey_cost: Annotated[float, Fact("cost and risk of smuggled chips", "utility", 0, 3, "F092: a premium of 1.5, and the law; M102")] = 2.0
    offshore_cost: Annotated[float, Fact("cost of renting compute abroad", "utility", 0, 3, "assumption: M106, M109")] = 2.0
    frontier_performance: Annotated[float, Fact("performance of smuggled and rented chips", "H20", 1, 3, "assumption: H100 class; F027")] = 1.5
    revision_rate: Annotated[float, Fact("share of developers who reconsider", "per month", 0.01, 0.2, "assumption: hardware cycles of one to two years")] = 0.06
    taste_spread: Annotated[float, Fact("spread of developers' taste for CUDA", "utility", 0, 1, "assumption: swept")] = 0.35
    # Allies
    ally_base: Annotated[float, Fact("will to align without any incentive", "$bn per year", 0, 4, "assumption: M117")] = 2.0
    ally_security: Annotated[float, Fact("value of US security, times the durability of the US word", "$bn per year", 2, 14, "assumption: M110")] = 7.0
    ally_vendor_loss: Annotated[float, Fact("vendor sales lost per unit of China exposure", "$bn per year", 0, 12, "assumption: scale of F103 and F105")] = 5.0
    ally_rare_earth_loss: Annotated[float, Fact("fear of Chinese rare-earth reprisals", "$bn per year", 0, 8, "assumption: M63; F109")] = 2.0
    ally_tariff_loss: Annotated[float, Fact("resentment of US tariffs", "$bn per year", 0, 12, "assumption: M111; F112")] = 6.0
    ally_hedging: Annotated[float, Fact("wish to wait while the great powers bargain", "$bn per year", 0, 6, "assumption: M112")] = 1.5
    ally_curvature: Annotated[float, Fact("rising cost of alignment", "$bn per year", 1, 10, "assumption: swept")] = 4.0
    ally_compensation: Annotated[float, Fact("what an ally hopes to be paid for tool controls", "$bn per year", 0, 3, "assumption: swept")] = 0.8
    ally_asking_cost: Annotated[float, Fact("cost of asking", "$bn per year", 0, 3, "assumption: swept")] = 0.6
    ally_speed: Annotated[float, Fact("speed at which alignment follows the stance", "per month", 0.02, 0.5, "assumption: rules take most of a year")] = 0.12
    ally_pressing: Annotated[float, Fact("alignment gained at once by pressing", "share", 0, 0.3, "assumption: M13")] = 0.1
    ally_precision: Annotated[float, Fact("logit precision of an ally", "1 per $bn", 0.5, 20, "assumption: swept")] = 6.0
    netherlands_security: Annotated[float, Fact("need of the Netherlands for US security, relative", "1", 0.3, 2, "assumption: M110")] = 1.0
    netherlands_vendor_exposure: Annotated[float, Fact("China share of sales of the Netherlands's main vendors", "share", 0.05, 0.6, "F103")] = 0.41
    netherlands_rare_earth_exposure: Annotated[float, Fact("exposure of the Netherlands to rare-earth reprisals, relative", "1", 0.1, 2, "assumption: M63")] = 0.6
    netherlands_tool_weight: Annotated[float, Fact("weight of the Netherlands in the tools that matter", "share", 0.02, 0.6, "assumption: M117: lithography and deposition first")] = 0.35
    japan_security: Annotated[float, Fact("need of Japan for US security, relative", "1", 0.3, 2, "assumption: M110")] = 1.0
    japan_vendor_exposure: Annotated[float, Fact("China share of sales of Japan's main vendors", "share", 0.05, 0.6, "F105")] = 0.44
    japan_rare_earth_exposure: Annotated[float, Fact("exposure of Japan to rare-earth reprisals, relative", "1", 0.1, 2, "assumption: M63")] = 1.0
    japan_tool_weight: Annotated[float, Fact("weight of Japan in the tools that matter", "share", 0.02, 0.6, "assumption: M117: lithography and deposition first")] = 0.35
    south_korea_security: Annotated[float, Fact("need of South Korea for US security, relative", "1", 0.3, 2, "assumption: M110")] = 0.85
    south_korea_vendor_exposure: Annotated[float, Fact("China share of sales of South Korea's main vendors", "share", 0.05, 0.6, "F108")] = 0.4
    south_korea_rare_earth_exposure: Annotated[float, Fact("exposure of South Korea to rare-earth reprisals, relative", "1", 0.1, 2, "assumption: M63")] = 1.2
    south_korea_tool_weight: Annotated[float, Fact("weight of South Korea in the tools that matter", "share", 0.02, 0.6, "assumption: M117: lithography and deposition first")] = 0.1
    taiwan_security: Annotated[float, Fact("need of Taiwan for US security, relative", "1", 0.3, 2, "assumption: M110")] = 1.3
    taiwan_vendor_exposure: Annotated[float, Fact("China share of sales of Taiwan's main vendors", "share", 0.05, 0.6, "F111")] = 0.11
    taiwan_rare_earth_exposure: Annotated[float, Fact("exposure of Taiwan to rare-earth reprisals, relative", "1", 0.1, 2, "assumption: M63")] = 0.5
    taiwan_tool_weight: Annotated[float, Fact("weight of Taiwan in the tools that matter", "share", 0.02, 0.6, "assumption: M117: lithography and deposition first")] = 0.2
    # Regimes
    regime_window: Annotated[float, Fact("last months by which a run is classed", "months", 6, 60, "definition: MODEL.md, regimes")] = 30.0
    regime_cuda_share: Annotated[float, Fact("CUDA share below which a run is decoupling", "share", 0.2, 0.7, "definition: MODEL.md, regimes")] = 0.4
    regime_restriction: Annotated[float, Fact("restriction above which Beijing is coercing", "share", 0.1, 0.6, "definition: MODEL.md, regimes")] = 0.3
    regime_chip_control: Annotated[float, Fact("chip control below which dependence is managed", "share", 0.4, 0.8, "definition: MODEL.md, regimes")] = 0.6
    regime_deals: Annotated[float, Fact("deals in the window that make a deal cycle", "deals", 1, 5, "definition: MODEL.md, regimes")] = 2.0
    regime_hostility: Annotated[float, Fact("hostility of both sides that makes an escalation", "share", 0.2, 0.8, "definition: MODEL.md, regimes")] = 0.4
    # The draw of types
    type_spread: Annotated[float, Fact("spread of what nobody knows: eight values are drawn anew in each run", "log units", 0, 0.7, "assumption: no source prices them")] = 0.35


FACTS: dict[str, Fact] = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(Params, include_extras=True).items()
}
PARAMETER_ROW = np.dtype([(name, np.float64) for name in Params._fields])
