"""Levers, hostility and the norm of answering in kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.world.parameters import Params
from standoff.world.state import World
from standoff.world.trade import Package, agreed, beijing_hostility, eased, excess, mismatch, tightened, us_hostility

SHARES = st.floats(0.0, 1.0)
RULES = Params(truce_tariff=0.3, h20_line=0.5, tariff_floor=0.15)
NOTHING = Package(0.0, 0.0, 0.0, 0.0, 0.0)


def test_levers_move_in_quarters_between_their_ends():
    assert [tightened(level) for level in (0.0, 0.5, 0.9, 1.0)] == [0.25, 0.75, 1.0, 1.0]
    assert [eased(level, 0.0) for level in (1.0, 0.5, 0.1, 0.0)] == [0.75, 0.25, 0.0, 0.0]
    assert eased(0.3, 0.15) == 0.15


@pytest.mark.parametrize(
    ("level", "line", "above"), [(0.2, 0.3, 0.0), (0.3, 0.3, 0.0), (0.65, 0.3, 0.5), (1.0, 0.3, 1.0)]
)
def test_excess_is_measured_in_the_room_above_the_line(level, line, above):
    assert excess(level, line) == pytest.approx(above)


@pytest.mark.parametrize(
    ("levers", "hostility"),
    [({"tariff_on_china": 0.3, "chip_control": 0.5}, 0.0),
     ({"tariff_on_china": 0.65, "chip_control": 0.5}, 0.5),
     ({"tariff_on_china": 0.3, "chip_control": 0.75}, 0.5),
     ({"tariff_on_china": 0.3, "chip_control": 0.5, "design_software_curb": 1.0}, 1 / 3),
     ({"tariff_on_china": 0.44, "chip_control": 0.6, "design_software_curb": 0.3}, 0.5),
     ({"tariff_on_china": 1.0, "chip_control": 1.0, "design_software_curb": 1.0}, 1.0)],
)  # fmt: skip
def test_us_hostility_counts_what_goes_beyond_the_truce(plain, levers, hostility):
    """April 2025, when both stood high, is full hostility; tools and allies do not count."""
    assert us_hostility(plain(**levers).us, RULES) == pytest.approx(hostility)


@pytest.mark.parametrize(
    ("restriction", "probe", "review", "hostility"),
    [(0.0, 0.0, 0.0, 0.0), (0.5, 0.0, 0.0, 0.5), (0.5, 0.3, 0.0, 0.6), (0.5, 0.0, 0.6, 0.7), (0.0, 1.0, 0.5, 0.5),
     (1.0, 1.0, 1.0, 1.0)],
)  # fmt: skip
def test_beijings_hostility_is_its_tap_and_a_third_of_its_probes_and_reviews(
    plain, restriction, probe, review, hostility
):
    levers = plain(rare_earth_restriction=restriction, probe=probe, review=review).beijing

    assert beijing_hostility(levers) == pytest.approx(hostility)


def test_steering_and_subsidy_are_no_hostility(plain):
    assert beijing_hostility(plain(rare_earth_restriction=0.0, steering=1.0, subsidy=1.0).beijing) == 0.0


@pytest.mark.parametrize(("us", "beijing", "gap"), [(0.0, 0.0, 0.0), (1.0, 1.0, 0.0), (1.0, 0.0, 0.5), (0.0, 1.0, 0.5),
                                                    (0.5, 0.5, 0.25), (0.5, 0.0, 0.25), (0.2, 0.6, 0.28)])  # fmt: skip
def test_both_calm_and_both_hot_match_and_one_alone_does_not(plain, us, beijing, gap):
    """(x + y - 2 x y) / 2, the chance that two such coins fall apart, halved."""
    world = plain(
        tariff_on_china=0.3 + 0.7 * us, chip_control=0.5, design_software_curb=0.0,
        rare_earth_restriction=beijing, probe=0.0,
    )  # fmt: skip

    assert mismatch(world, RULES) == pytest.approx(gap)


@pytest.mark.parametrize("us", [0.0, 0.4, 0.6, 1.0])
def test_the_norm_rewards_heat_only_against_more_than_half_heat(plain, us):
    """Two stable states: less restriction matches a calm US better, more of it a hot one."""
    calm, hot = (plain(tariff_on_china=0.3 + 0.7 * us, rare_earth_restriction=rho, probe=0.0) for rho in (0.0, 1.0))

    assert (mismatch(calm, RULES) < mismatch(hot, RULES)) == (us < 0.5)


@given(world=..., p=...)
def test_hostility_is_a_share_and_the_gap_at_most_a_half(world: World, p: Params):
    assert 0.0 <= us_hostility(world.us, p) <= 1.0
    assert 0.0 <= beijing_hostility(world.beijing) <= 1.0
    assert 0.0 <= mismatch(world, p) <= 0.5


@pytest.mark.parametrize(
    ("given_up", "field", "after"),
    [({"chips": 0.25}, "chip_control", 0.5), ({"restriction": 0.25}, "rare_earth_restriction", 0.25),
     ({"restriction": 0.75}, "rare_earth_restriction", 0.0), ({"restriction": -0.25}, "rare_earth_restriction", 0.75),
     ({"tariff": 0.25}, "tariff_on_china", 0.65), ({"tariff": 1.0}, "tariff_on_china", 0.15),
     ({"tools": 0.25}, "tool_control", 0.25), ({"tools": 0.75}, "tool_control", 0.0)],
)  # fmt: skip
def test_what_is_agreed_moves_its_lever_alone(plain, changed, given_up, field, after):
    before = plain(chip_control=0.75, tariff_on_china=0.9, probe=0.5, review=0.5, design_software_curb=0.5)
    then = agreed(before, NOTHING._replace(**given_up), RULES)

    assert changed(before, then) == {field}
    assert getattr(then.us, field, getattr(then.beijing, field, None)) == pytest.approx(after)


def test_clearing_lifts_curbs_probes_and_reviews_by_its_share(plain, changed):
    before = plain(probe=0.8, review=1.0, design_software_curb=0.4)
    then = agreed(before, NOTHING._replace(cleared=0.75), RULES)

    assert changed(before, then) == {"probe", "review", "design_software_curb"}
    lifted = (then.beijing.probe, then.beijing.review, then.us.design_software_curb)
    assert lifted == pytest.approx((0.2, 0.25, 0.1))


def test_the_law_of_congress_holds_at_the_table(plain):
    """Chips do not go below the floor, and a ceiling already below it stays where it is."""
    for control, step, left in ((0.75, 0.5, 0.5), (0.25, 0.25, 0.25)):
        world = plain(chip_control=control, chip_floor=0.5)
        assert agreed(world, NOTHING._replace(chips=step), RULES).us.chip_control == left


def test_a_tariff_below_the_floor_is_left_alone(plain):
    assert agreed(plain(tariff_on_china=0.05), NOTHING._replace(tariff=0.25), RULES).us.tariff_on_china == 0.05


@given(world=..., p=..., package=st.builds(Package, SHARES, SHARES, SHARES, SHARES, SHARES))
def test_agreeing_only_eases_and_keeps_levers_in_range(world: World, p: Params, package):
    then = agreed(world, package, p)

    for name in ("chip_control", "tool_control", "tariff_on_china", "design_software_curb"):
        assert 0.0 <= getattr(then.us, name) <= getattr(world.us, name)
    for name in ("rare_earth_restriction", "probe", "review"):
        assert 0.0 <= getattr(then.beijing, name) <= getattr(world.beijing, name)
    assert us_hostility(then.us, p) <= us_hostility(world.us, p)
    assert beijing_hostility(then.beijing) <= beijing_hostility(world.beijing)
    assert agreed(world, NOTHING, p) == world
