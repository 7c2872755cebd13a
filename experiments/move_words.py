"""What every move does, in a sentence: for people who explain, play or teach."""

from ..agents.moves import ALLY_NAMES

DOES: dict[str, dict[str, str]] = {
    "us": {
        "hold": "Leave all levers where they are.",
        "tighten_chips": "Lower the ceiling on what Nvidia sells to China by a step; .75 bans the H20. Ends a truce.",
        "relax_chips": "Raise that ceiling by a step, down to the floor that Congress has written into law.",
        "update_controls": "Close the loopholes: controls bite in full again, by a published rule.",
        "tighten_tools": "Deny China more chip-making tools; bites as far as allies go along. Ends a truce.",
        "relax_tools": "Let more chip-making tools go to China.",
        "raise_tariffs": "Raise the tariff on China by a step. Ends a truce.",
        "cut_tariffs": "Cut the tariff on China by a step.",
        "restrict_design_software": "Curb chip-design software for China by half; a second time bars it. Ends a truce.",
        "lift_design_software": "Let China buy chip-design software again.",
        "press_allies": "Tariffs on allies up a step: they align at once, and resent it.",
        "court_allies": "Tariffs on allies down a step.",
    },
    "beijing": {
        "hold": "Leave all levers where they are.",
        "restrict_rare_earths": "Hold back a step more of the rare earths that the US needs. Ends a truce.",
        "renew_rare_earths": "License a step more of rare earths.",
        "subsidise": "Spend a step more on chips of China's own; the money runs down month by month.",
        "steer": "Push buyers a step further towards Chinese chips.",
        "relent": "Open the market again: steering down a step, security reviews ended.",
        "advance_probe": "Open a probe into US firms, or hold back a merger approval. Ends a truce.",
        "clear_probe": "Close all probes.",
        "review_chips": "Review the security of foreign chips: closes part of Nvidia's market, more if done again.",
    },
    "nvidia": {
        "comply": "Sell what is allowed and spend nothing.",
        "lobby": "Spend on Washington's ear, for looser chip controls; its effect fades.",
        "redesign": "Start a new chip for China that is as fast as the ceiling allows when it is ready.",
        "sell_inventory": "Book more of the foundry's supply for China.",
        "shift_supply": "Book less of the foundry's supply for China and sell it elsewhere.",
    },
    "huawei": {
        "expand_capacity": "Put the weight of the month on more chips.",
        "improve_chip": "Put it on faster chips.",
        "build_bridge": "Put it on software that runs CUDA programs on Huawei's chips.",
        "build_native": "Put it on CANN, Huawei's own software.",
        "export_abroad": "Put it on selling chips outside China.",
    },
    "ally": {
        "align": "Follow US tool controls in full, which costs sales to China.",
        "partial": "Follow them in part.",
        "hedge": "Follow them little.",
        "defect": "Sell to China as if there were none.",
        "ask_compensation": "Follow them in part and ask Washington to pay for it.",
    },
    "congress": {
        "wait": "Do nothing; anger stays.",
        "scrutinise": "Hold hearings: vents some anger, and makes the agencies' next measure likelier.",
        "legislate_floor": "Write today's chip control into law, at most at the H20 line: vents most anger.",
    },
    "developers": {
        "stay_cuda": "Build on licensed Nvidia chips.",
        "dual_stack": "Build for Nvidia's and Huawei's software.",
        "move_to_cann": "Build for Huawei's software alone.",
        "grey_market": "Build on smuggled Nvidia chips.",
        "rent_offshore": "Rent Nvidia chips outside China.",
    },
}


def does(actor: str, move: str) -> str:
    """Return what a move does, in a sentence.

    >>> does("taiwan", "hedge")
    'Follow them little.'
    """
    return DOES["ally" if actor in ALLY_NAMES else actor][move]
