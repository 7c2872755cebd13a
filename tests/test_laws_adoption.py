"""Chinese AI developers, against the closed forms of Brock and Durlauf (2001).

With two stances left, tastes alike and nothing but the network to tell the stacks apart, appeal and logit give

    P(CUDA) = e^(J m) / (e^(J m) + e^(-J m)),  so that the next m = 2 P - 1 = tanh(J m),  m = 2 s - 1

and a leaning b of the state's against CUDA gives m = tanh(J m - b / 2). Up to J = 1 only m = 0 rests; above it
two stacks can each hold, and one gives way where h = b / 2 passes  J r - artanh r,  r = sqrt(1 - 1 / J).
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from standoff.agents.developers import (
    DEVELOPER_MOVES,
    developers_payoff,
    leading_stance,
    many_revise,
    revise,
)
from standoff.model.ensemble import first_stance, shares_of
from standoff.world.adoption import (
    Appeal,
    adoption_towards,
    appeal,
    availability,
    mean_chances,
    stance_chances,
)
from standoff.world.chips import chip_market, cuda_share
from standoff.world.parameters import Params
from standoff.world.state import Adoption, World

NETWORK_ALONE = Params(
    performance_weight=0.0, cutoff_risk_weight=0.0, steering_weight=0.0, switching_cost=0.0, taste_spread=0.0,
    dual_cost=1000.0, grey_cost=1000.0, offshore_cost=1000.0, revision_rate=0.2, autonomy_ratchet=0.0,
    steering_bite=0.0,
)  # fmt: skip
LOOKS = st.builds(Appeal, *[st.floats(-20.0, 20.0)] * 5)
TASTES = st.floats(-3.0, 3.0)


def settled(plain, share, months=1500, values=None, **numbers):
    """Return 2 s - 1 after this many months of reconsidering from this CUDA share, all chips being at hand."""
    p = NETWORK_ALONE._replace(**numbers)
    adoption, base = Adoption(share, 0.0, 1.0 - share, 0.0, 0.0), plain(**(values or {}))
    for _ in range(months):
        world = base._replace(adoption=adoption)
        market = chip_market(world, p)
        filled = market._replace(nvidia_units=market.wanted, huawei_units=market.huawei_demand)
        adoption = many_revise(adoption, appeal(world, filled, p), p)
    return 2.0 * cuda_share(adoption) - 1.0


@pytest.mark.parametrize(("pull", "rest"), [(1.2, 0.658570), (1.5, 0.858560), (2.0, 0.957504), (3.0, 0.994902)])
def test_above_one_each_stack_can_hold_where_brock_and_durlauf_say(plain, pull, rest):
    """V15: m = tanh(J m), from above and, mirrored, from below."""
    assert settled(plain, 0.9, 300, network_effect=pull) == pytest.approx(rest, abs=1e-5)
    assert settled(plain, 0.1, 300, network_effect=pull) == pytest.approx(-rest, abs=1e-5)
    assert settled(plain, 0.5, 10, network_effect=pull) == 0.0


@pytest.mark.parametrize("pull", [0.2, 0.5, 0.9])
def test_up_to_one_the_market_always_splits(plain, pull):
    assert settled(plain, 1.0, 600, network_effect=pull) == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize(("pull", "fold"), [(1.2, 0.056391), (1.5, 0.207546), (2.0, 0.532840), (3.0, 1.303274)])
def test_a_stack_that_holds_gives_way_at_the_fold(plain, pull, fold):
    """V15b: the half-width of the hysteresis, here the state's leaning against CUDA, two per cent either side."""
    inside, outside = (
        settled(plain, 0.99, values={"steering": 1.0}, network_effect=pull, steering_weight=2.0 * fold * side)
        for side in (0.98, 1.02)
    )

    assert inside > math.sqrt(1.0 - 1.0 / pull)
    assert outside < -math.sqrt(1.0 - 1.0 / pull)


def test_a_better_domestic_chip_leans_by_the_logarithm_of_its_performance(plain):
    """Twice the H20, on mature software, weighs w ln 2: CUDA holds until half of that passes the fold."""
    twice = {"domestic_chip_performance": 2.0, "cann_maturity": 1.0, "compliant_performance": 1.0}
    inside, outside = (
        settled(plain, 0.99, values=twice, network_effect=1.5, performance_weight=2.0 * 0.207546 * side / math.log(2.0))
        for side in (0.98, 1.02)
    )

    assert outside < -math.sqrt(1 / 3)
    assert math.sqrt(1 / 3) < inside


def test_what_each_stance_is_worth_by_hand(plain):
    """s = .6, so m = .2; of 1 M wanted .6 M H20s are had, of Huawei's chips half."""
    p = Params(
        network_effect=1.5, performance_weight=2.0, cutoff_risk_weight=1.0, steering_weight=0.8, switching_cost=0.6,
        bridge_worth=0.5, dual_cost=0.3, grey_cost=2.0, offshore_cost=1.5, frontier_performance=1.5,
        smuggling_capacity=0.15, smuggling_leak=1.5, offshore_capacity=0.05, steering_bite=0.0, autonomy_ratchet=0.0,
    )  # fmt: skip
    world = plain(cuda_bridge=1.0)
    market = chip_market(world, p)._replace(nvidia_units=0.6, huawei_units=0.53, huawei_demand=1.06)
    look = appeal(world, market, p)

    cuda = 2.0 * math.log(1.0 * (0.08 + 0.92 * 0.6)) - 1.0 * 0.5 * 1.0 - 0.8 * 0.25
    cann = 2.0 * math.log(0.6 * (0.35 + 0.65 * 0.5) * 0.54) - 0.6 * 0.5 * 0.5
    assert look.stay_cuda == pytest.approx(0.3 + cuda)
    assert look.move_to_cann == pytest.approx(cann - 0.3)
    assert look.dual_stack == pytest.approx((cuda + cann) / 2 - 0.3)
    assert look.grey_market == pytest.approx(0.3 + 2.0 * math.log(1.5) - 2.0)
    assert look.rent_offshore == pytest.approx(0.3 + 2.0 * math.log(1.5 * 0.54) - 1.5)


@pytest.mark.parametrize(
    ("filled", "wanted", "easy"),
    [(1.0, 1.0, 1.0), (2.0, 1.0, 1.0), (0.5, 1.0, 0.54), (0.0, 1.0, 0.08), (0.0, 0.0, 1.0)],
)
def test_even_a_closed_market_keeps_a_trickle(filled, wanted, easy):
    assert availability(filled, wanted) == pytest.approx(easy)


@pytest.mark.parametrize(
    ("looks", "taste", "expected"),
    [((0, 0, 0, 0, 0), 0.0, (0.2, 0.2, 0.2, 0.2, 0.2)),
     ((math.log(2), 0, 0, 0, 0), 0.0, (1 / 3, 1 / 6, 1 / 6, 1 / 6, 1 / 6)),
     ((0, 0, 0, 0, 0), math.log(2), (2 / 7.5, 1 / 7.5, 0.5 / 7.5, 2 / 7.5, 2 / 7.5)),
     ((900, 0, -900, 0, 0), 0.0, (1, 0, 0, 0, 0))],
)  # fmt: skip
def test_taste_doubles_cuda_halves_cann_and_leaves_both_stacks_alone(looks, taste, expected):
    assert stance_chances(Appeal(*map(float, looks)), taste) == pytest.approx(expected)


@given(LOOKS, TASTES)
def test_stances_share_out_all_developers(look, taste):
    chances = stance_chances(look, taste)

    assert sum(chances) == pytest.approx(1.0, abs=1e-12)
    assert min(chances) >= 0.0


@given(look=LOOKS, low=TASTES, high=TASTES)
def test_a_stronger_taste_for_cuda_never_moves_to_cann(look, low, high):
    low, high = sorted((low, high))

    assert stance_chances(look, high).move_to_cann <= stance_chances(look, low).move_to_cann * (1 + 1e-9)


@given(world=..., p=...)
def test_appeals_are_finite_and_the_state_leans_on_legal_cuda_alone(world: World, p: Params):
    market = chip_market(world, p)
    looks = [
        appeal(world._replace(beijing=world.beijing._replace(steering=steering)), market, p) for steering in (0.0, 1.0)
    ]

    assert all(map(math.isfinite, (*looks[0], *looks[1])))
    assert looks[0].stay_cuda - looks[1].stay_cuda == pytest.approx(p.steering_weight, abs=1e-9)
    assert looks[0].dual_stack - looks[1].dual_stack == pytest.approx(0.5 * p.steering_weight, abs=1e-9)
    assert looks[0][2:] == looks[1][2:]


@given(world=..., p=...)
def test_a_durable_word_draws_developers_to_cuda_and_a_better_chip_away(world: World, p: Params):
    market = chip_market(world, p)
    kept = world._replace(politics=world.politics._replace(us_durability=1.0))
    better = world._replace(
        huawei=world.huawei._replace(domestic_chip_performance=2 * world.huawei.domestic_chip_performance)
    )

    assert appeal(kept, market, p).stay_cuda >= appeal(world, market, p).stay_cuda
    assert appeal(better, market, p).move_to_cann - appeal(world, market, p).move_to_cann == pytest.approx(
        p.performance_weight * math.log(2.0), abs=1e-9
    )
    assert appeal(better, market, p).grey_market == appeal(world, market, p).grey_market


@given(world=..., p=..., share=st.floats(0.0, 1.0))
def test_what_a_stack_lacks_drives_developers_off(world: World, p: Params, share):
    """A tighter ceiling and less supply take from legal CUDA; less capacity takes from CANN."""
    us, nvidia, huawei = world.us, world.nvidia, world.huawei
    tighter = world._replace(us=us._replace(chip_control=max(share, us.chip_control)))
    starved = world._replace(nvidia=nvidia._replace(china_supply=share * nvidia.china_supply))
    smaller = world._replace(
        huawei=huawei._replace(domestic_chip_capacity=(0.1 + 0.9 * share) * huawei.domestic_chip_capacity)
    )
    now, *less = (appeal(place, chip_market(place, p), p) for place in (world, tighter, starved, smaller))

    assert less[0].stay_cuda <= now.stay_cuda + 1e-9
    assert less[1].stay_cuda <= now.stay_cuda + 1e-9
    assert less[2].move_to_cann <= now.move_to_cann + 1e-9


def test_steering_turns_developers_away_from_legal_cuda(plain):
    """M92: what the state keeps from its buyers they do not have, so a closed door cannot make chips easier to get."""
    p = Params(revision_rate=0.1, taste_spread=0.35)
    shares = []
    for steering in (0.0, 0.5, 1.0):
        world = plain(steering=steering, china_supply=0.5, foundry_supply=1.2, hidden_stock=10.0)
        for _ in range(36):
            look = appeal(world, chip_market(world, p), p)
            world = world._replace(adoption=many_revise(world.adoption, look, p))
        shares.append(cuda_share(world.adoption))

    assert shares[0] > shares[1] > shares[2]


# From one developer to many


def test_one_chance_decides_whether_and_where_a_developer_moves():
    """Below the rate it reconsiders, and what is left of the chance picks the stance."""
    p, look = Params(revision_rate=0.1, taste_spread=0.0), Appeal(0.0, 0.0, 0.0, 0.0, 0.0)

    assert [revise(4, 0.0, look, u, p) for u in (0.0, 0.019, 0.021, 0.05, 0.07, 0.099)] == [0, 0, 1, 2, 3, 4]
    assert [revise(1, 0.0, look, u, p) for u in (0.1, 0.15, 0.999)] == [1, 1, 1]


def test_taste_is_measured_in_the_spread():
    p, look = Params(revision_rate=1.0, taste_spread=0.5), Appeal(0.0, 0.0, 0.0, 0.0, 0.0)
    cuda = stance_chances(look, 1.0).stay_cuda

    assert revise(1, 2.0, look, cuda - 1e-9, p) == 0
    assert revise(1, 2.0, look, cuda + 1e-9, p) == 1


def test_three_tastes_stand_for_the_normal_of_them():
    """The quadrature against the integral, to a thousandth of all developers at the usual spread."""
    look = Appeal(0.4, 0.1, -0.3, -1.0, -0.8)
    for spread, error in ((0.2, 2e-5), (0.35, 2e-4), (1.0, 1e-2)):
        means = mean_chances(look, Params(taste_spread=spread))
        for place, mean in enumerate(means):
            exact, _ = integrate.quad(
                lambda z, place=place, spread=spread: stance_chances(look, spread * z)[place]
                * math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi), -8, 8,
            )  # fmt: skip
            assert mean == pytest.approx(exact, abs=error)
        assert sum(means) == pytest.approx(1.0, abs=1e-12)


def test_many_developers_follow_the_limit_of_many(plain):
    """20,000 of them against `developers = 0`, two years of reconsidering under their own pull on each other."""
    p = Params(network_effect=1.2, taste_spread=0.35, revision_rate=0.1)
    count, rng = 20_000, np.random.default_rng(1)
    world = plain()
    limit, tastes = world.adoption, rng.standard_normal(count).clip(-3.0, 3.0).tolist()
    stances = [first_stance(limit, (d + 0.5) / count) for d in range(count)]
    for _ in range(24):
        shares = shares_of(tuple(stances.count(stance) for stance in range(5)), count)
        crowd = world._replace(adoption=shares)
        look = appeal(crowd, chip_market(crowd, p), p)
        for d in np.flatnonzero(rng.random(count) < p.revision_rate).tolist():
            stances[d] = revise(stances[d], tastes[d], look, rng.random() * p.revision_rate, p)
        alike = world._replace(adoption=limit)
        limit = many_revise(limit, appeal(alike, chip_market(alike, p), p), p)

    shares = shares_of(tuple(stances.count(stance) for stance in range(5)), count)
    assert shares == pytest.approx(limit, abs=0.015)
    assert abs(limit.stay_cuda - world.adoption.stay_cuda) > 0.05


@given(look=LOOKS, p=..., world=...)
def test_shares_stay_shares_and_move_by_the_rate(look: Appeal, p: Params, world: World):
    now = world.adoption
    then, target = many_revise(now, look, p), mean_chances(look, p)

    assert sum(then) == pytest.approx(1.0, abs=1e-9)
    assert min(then) >= -1e-12
    for before, after, goal in zip(now, then, target, strict=True):
        assert after - before == pytest.approx(p.revision_rate * (goal - before), abs=1e-12)
    assert adoption_towards(now, target, 0.0) == now
    assert adoption_towards(now, target, 1.0) == pytest.approx(target, abs=1e-12)


def test_developers_start_in_the_order_of_their_rank():
    shares = Adoption(0.4, 0.2, 0.3, 0.05, 0.05)
    stances = [first_stance(shares, (d + 0.5) / 40) for d in range(40)]

    assert stances == [0] * 16 + [1] * 8 + [2] * 12 + [3] * 2 + [4] * 2
    assert shares_of((16, 8, 12, 2, 2), 40) == pytest.approx(shares)


def test_the_leading_stance_is_the_most_common_and_the_first_of_equals():
    for place, move in enumerate(DEVELOPER_MOVES):
        shares = [0.15] * 5
        shares[place] = 0.4
        assert leading_stance(Adoption(*shares)) == move
    assert leading_stance(Adoption(0.1, 0.4, 0.4, 0.1, 0.0)) == DEVELOPER_MOVES[1]


def test_developers_earn_the_mean_of_what_their_stances_are_worth():
    shares = Adoption(0.5, 0.25, 0.25, 0.0, 0.0)

    assert developers_payoff(shares, Appeal(1.0, 2.0, -4.0, 9.0, 9.0)) == pytest.approx(0.0)
