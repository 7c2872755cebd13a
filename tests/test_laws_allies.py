"""Allies: where they lean, what draws them and what drives them off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from standoff.agents import allies
from standoff.agents.doctrines import AllyDoctrine
from standoff.agents.moves import AllyMove
from standoff.world.parameters import Params
from standoff.world.state import Allies, World

from .actor_moves import OWN


@pytest.mark.parametrize(
    ("move", "after"),
    [("ALIGN", 0.6), ("PARTIAL", 0.532), ("HEDGE", 0.466), ("DEFECT", 0.4), ("ASK_COMPENSATION", 0.532)],
)
def test_alignment_follows_a_stance_slowly(move, after):
    assert allies.alignment_after(0.5, AllyMove[move], Params(ally_speed=0.2)) == pytest.approx(after)


def test_an_allys_payoff_by_hand(plain):
    """Half aligned: .5 x (2 + 7 x .5 - 5 x .4 - 2 x .5 x 1 - 6 x .25 - 0) - 4 / 8."""
    p = Params(
        ally_base=2.0, ally_security=7.0, ally_vendor_loss=5.0, ally_rare_earth_loss=2.0, ally_tariff_loss=6.0,
        ally_hedging=1.5, ally_curvature=4.0, ally_compensation=0.8, ally_asking_cost=0.6,
    )  # fmt: skip
    own = allies.Exposure(security=1.0, vendors=0.4, rare_earths=1.0)

    assert sum(allies.ally_terms(0.5, 0.0, own, plain(month=6), p)) == pytest.approx(0.5 * 1.0 - 0.5)
    assert sum(allies.ally_terms(0.5, 1.0, own, plain(month=6), p)) == pytest.approx(0.0 + 0.8 * 0.5 - 0.6)
    assert allies.ally_lean(own, plain(month=6), p) == pytest.approx(0.25)
    truce = plain(month=6, truce_months=3.0)
    assert allies.ally_lean(own, truce, p) == pytest.approx((1.0 - 0.75) / 4)


@pytest.mark.parametrize(("month", "truce", "chance"), [(6, 0.0, 0.0), (6, 2.0, 0.5), (3, 0.0, 0.5), (0, 1.0, 0.75)])
def test_allies_smell_a_bargain_in_a_truce_and_before_a_summit(plain, month, truce, chance):
    p = Params(summit_first=3.0, summit_interval=12.0)

    assert allies.bargain_chance(plain(month=month, truce_months=truce), p) == pytest.approx(chance)


@given(world=..., p=..., exposure=st.sampled_from(OWN))
def test_an_ally_leans_where_its_payoff_is_highest(world: World, p: Params, exposure):
    """The closed form against a search for the top."""
    own = exposure(p)

    def loss(alignment):
        return -sum(allies.ally_terms(alignment, 0.0, own, world, p))

    found = optimize.minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-9})
    lean = allies.ally_lean(own, world, p)
    assert lean == pytest.approx(found.x, abs=1e-4)
    assert loss(lean) <= found.fun + 1e-12


@given(world=..., p=..., exposure=st.sampled_from(OWN))
def test_the_best_stance_is_the_one_nearest_to_the_lean(world: World, p: Params, exposure):
    """A quadratic payoff falls off alike on both sides, so among levels the nearest wins."""
    own, p = exposure(p), p._replace(ally_compensation=0.0)
    values = allies.ally_values(own, world, AllyDoctrine.QUANTAL, p)[:4]
    unbounded = allies.ally_terms(1.0, 0.0, own, world, p)
    top = (sum(unbounded) - unbounded.effort) / p.ally_curvature
    distances = [abs(allies.stance_level(move) - top) for move in list(AllyMove)[:4]]

    best = values.index(max(values))
    assert distances[best] == pytest.approx(min(distances), abs=1e-9)


def test_asking_pays_only_while_tools_are_controlled(plain):
    p, own = Params(ally_compensation=0.8, ally_asking_cost=0.6), allies.Exposure(1.0, 0.4, 1.0)
    for control, better in ((1.0, True), (0.5, False)):
        values = allies.ally_values(own, plain(tool_control=control), AllyDoctrine.QUANTAL, p)
        assert (values[AllyMove.ASK_COMPENSATION] > values[AllyMove.PARTIAL]) == better


@given(world=..., p=..., less=st.floats(0.0, 1.0), exposure=st.sampled_from(OWN))
def test_a_durable_word_draws_allies_and_tariffs_and_reprisals_drive_them_off(world: World, p: Params, less, exposure):
    own, lean = exposure(p), allies.ally_lean(exposure(p), world, p)
    fickle = world._replace(politics=world.politics._replace(us_durability=less * world.politics.us_durability))
    kinder = world._replace(us=world.us._replace(tariff_on_allies=less * world.us.tariff_on_allies))
    calmer = world._replace(
        beijing=world.beijing._replace(rare_earth_restriction=less * world.beijing.rare_earth_restriction)
    )

    assert allies.ally_lean(own, fickle, p) <= lean + 1e-12
    assert allies.ally_lean(own, kinder, p) >= lean - 1e-12
    assert allies.ally_lean(own, calmer, p) >= lean - 1e-12


def test_each_ally_has_its_own_stakes():
    """Japan's vendors sell four times as much of their output to China as Taiwan's (F105, F111)."""
    p = Params()
    stakes = [exposure(p) for exposure in OWN]

    assert len(set(stakes)) == 4
    for name, own in zip(Allies._fields, stakes, strict=True):
        assert own.security == getattr(p, f"{name}_security")
        assert own.vendors == getattr(p, f"{name}_vendor_exposure")
        assert own.rare_earths == getattr(p, f"{name}_rare_earth_exposure")
