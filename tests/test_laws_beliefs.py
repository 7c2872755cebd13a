"""How beliefs move, what the US word is worth, and how angry Congress is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.world.beliefs import Record, moved, next_beliefs, next_politics, summit_pull
from standoff.world.parameters import Params
from standoff.world.state import World

QUIET = Record(*[0.0] * 11)
RULES = Params(
    learning_gain=0.2, silence_weight=0.05, slides_prior_weight=0.1, taboo_gain=0.5, taboo_memory=0.02,
    taboo_spill=0.3, gift_reading=0.5, lobbying_persuasion=0.2, dependence_evidence=2.0,
    estimate_lag=10.0, estimate_noise=0.4, hidden_release=0.4,
    durability_hit=0.08, durability_recovery=0.03, durability_ceiling=0.9,
    congress_anger=0.4, congress_forgetting=0.05, irritant_arrivals=1.2,
    summit_first=3.0, summit_interval=12.0,
)  # fmt: skip
UNIT = st.floats(0.0, 1.0)
EVENT = st.sampled_from([0.0, 1.0])
RECORDS = st.builds(Record, st.sampled_from([-1.0, 0.0, 1.0]), *[EVENT] * 10)
FADED = 0.5 + 0.02 * (0.3 - 0.5)  # tradable chips after a month in which nothing was given


def test_three_successes_in_five_from_an_even_prior_of_four_give_five_ninths():
    """V23: the mean of Beta(2, 2) after 3 of 5 is (2 + 3) / 9, whatever the order."""
    for events in ((1, 1, 1, 0, 0), (0, 1, 0, 1, 1)):
        belief = 0.5
        for seen, event in enumerate(events):
            belief = moved(belief, float(event), 1 / (5 + seen))
        assert belief == pytest.approx(5 / 9)


@pytest.mark.parametrize(
    ("month", "pull"), [(3, 1.0), (2, 5 / 6), (0, 0.5), (4, 0.0), (8, 0.0), (9, 0.0), (10, 1 / 6), (15, 1.0), (27, 1.0)]
)
def test_a_summit_pulls_for_half_a_year_and_comes_again(month, pull):
    assert summit_pull(month, RULES) == pytest.approx(pull)


def moves_only(world, seen, fields, p=RULES):
    """Return the beliefs after a month, having checked that no others moved; three move by themselves."""
    after, alone = next_beliefs(world, seen, 0.0, p), {"us_estimate_of_capacity", "belief_dependence", "tradable_chips"}
    still = {field for field in after._fields if getattr(after, field) == getattr(world.beliefs, field)}
    assert {*after._fields} - still == {*fields, *alone}
    return after


def test_a_quiet_month_teaches_nothing(plain):
    assert moves_only(plain(), QUIET, ()).tradable_chips == pytest.approx(FADED)


def test_a_concession_under_pressure_teaches_that_the_us_yields(plain):
    """M28, M29: .5 + .2 (1 - .5); a month of pressure without one takes a twentieth of that away."""
    given_way = moves_only(plain(), QUIET._replace(us_conceded=1.0, pressed=1.0), ["belief_us_yields"])
    stood = moves_only(plain(), QUIET._replace(pressed=1.0), ["belief_us_yields"])

    assert given_way.belief_us_yields == pytest.approx(0.6)
    assert stood.belief_us_yields == pytest.approx(0.495)
    moves_only(plain(), QUIET._replace(us_conceded=1.0), ())


@pytest.mark.parametrize(
    ("step", "pressed", "slides", "tradable"),
    [(-1.0, 0.0, 0.55, 0.748), (-1.0, 1.0, 0.515, 0.748), (1.0, 0.0, 0.45, 0.496)],
)
def test_a_step_of_the_ceiling_teaches_whether_it_slides(plain, step, pressed, slides, tradable):
    """Given freely it teaches most; given under pressure, .3 of that. Either way the taboo is broken."""
    after = next_beliefs(plain(), QUIET._replace(chip_step=step, pressed=pressed), 0.0, RULES)

    assert after.belief_us_slides == pytest.approx(slides)
    assert after.tradable_chips == pytest.approx(tradable)


def test_chips_in_a_deal_break_the_taboo_and_say_nothing_of_sliding(plain):
    after = next_beliefs(plain(), QUIET._replace(deal=1.0, deal_chip_step=1.0), 0.0, RULES)

    assert after.tradable_chips == pytest.approx(FADED + 0.5 * 0.504)
    assert after.belief_us_slides == 0.5


@pytest.mark.parametrize(("gift", "yields"), [(0.0, 0.5), (0.5, 0.55), (1.0, 0.6)])
def test_a_chip_deal_under_pressure_teaches_so_far_as_it_is_read_as_a_gift(plain, gift, yields):
    """M30: as half of a swap it teaches nothing, not even that the US stood firm; as a gift as much as one."""
    p = RULES._replace(gift_reading=gift)
    swapped = QUIET._replace(deal=1.0, deal_chip_step=1.0)

    pressed = next_beliefs(plain(), swapped._replace(pressed=1.0), 0.0, p)
    assert pressed.belief_us_yields == pytest.approx(yields)
    assert next_beliefs(plain(), swapped, 0.0, p).belief_us_yields == 0.5
    alone = next_beliefs(plain(), swapped._replace(pressed=1.0, us_conceded=1.0), 0.0, p)
    assert alone.belief_us_yields == pytest.approx(0.6)


def test_a_deal_under_pressure_without_chips_is_no_yielding(plain):
    after = moves_only(plain(), QUIET._replace(deal=1.0, pressed=1.0), ["belief_us_yields"])

    assert after.belief_us_yields == pytest.approx(0.495)


@pytest.mark.parametrize(("spill", "tradable"), [(0.0, 0.496), (0.3, 0.5716), (1.0, 0.748)])
def test_giving_on_tools_or_curbs_breaks_the_taboo_on_chips_by_its_share(plain, spill, tradable):
    """M06: .496 + .5 spill x .504; where chips were given themselves, nothing is added."""
    p = RULES._replace(taboo_spill=spill)

    other = moves_only(plain(), QUIET._replace(other_eased=1.0), (), p)
    assert other.tradable_chips == pytest.approx(tradable)
    for chips in ({"chip_step": -1.0}, {"deal_chip_step": 1.0}):
        both = next_beliefs(plain(), QUIET._replace(other_eased=1.0, **chips), 0.0, p)
        assert both.tradable_chips == pytest.approx(0.748)


@pytest.mark.parametrize(
    ("standing", "capacity", "belief"),
    [(0.0, 0.3, 0.5), (0.5, 0.3, 0.55), (1.0, 0.3, 0.6), (0.0, 0.45, 0.45), (0.5, 0.45, 0.495), (0.0, 0.15, 0.55),
     (1.0, 9.0, 0.0)],
)  # fmt: skip
def test_nvidia_persuades_of_dependence_and_huaweis_growth_dissuades(plain, standing, capacity, belief):
    """M67, M135: full standing wins a fifth of the doubters; 5 % more in the estimate loses a tenth of the belief.

    Five per cent less gives a tenth back, so that noise alone moves nothing in the mean.
    """
    world = plain(lobbying=standing, domestic_chip_capacity=capacity, hidden_stock=0.0)

    assert next_beliefs(world, QUIET, 0.0, RULES).belief_dependence == pytest.approx(belief)


def test_what_is_hidden_or_misread_speaks_against_dependence_too(plain):
    """The estimate rises by .015 of .3 for what is hidden, by .033 with an error of 40 % upwards, falls by .003."""
    world = plain(lobbying=0.0)
    beliefs = [next_beliefs(world, QUIET, noise, RULES).belief_dependence for noise in (0.0, 1.0, -1.0)]

    assert beliefs == pytest.approx([0.5 * 0.9, 0.5 * 0.78, 0.5 * 1.02])


def test_persuasion_settles_where_what_is_won_is_what_growth_takes(plain):
    """b = w (1 - d) / (w + d - w d) for a share w = .1 won and d = .1 lost a month, while the estimate grows."""
    world = plain(lobbying=0.5, hidden_stock=0.0)
    for _ in range(120):
        growing = world.huawei._replace(domestic_chip_capacity=1.5 * world.beliefs.us_estimate_of_capacity)
        world = world._replace(huawei=growing)
        world = world._replace(beliefs=next_beliefs(world, QUIET, 0.0, RULES))

    # Half as high a reading again, a tenth of the way: 5 % a month, twice that in doubt.
    assert world.beliefs.belief_dependence == pytest.approx(0.09 / 0.19)


@given(world=..., p=..., more=UNIT, noise=st.floats(-1.0, 1.0))
def test_belief_in_dependence_rises_with_standing_and_falls_with_the_reading(world: World, p: Params, more, noise):
    standing = world.nvidia.lobbying + more * (1.0 - world.nvidia.lobbying)
    heard = world._replace(nvidia=world.nvidia._replace(lobbying=standing))
    bigger = world.huawei._replace(domestic_chip_capacity=world.huawei.domestic_chip_capacity * (1.0 + more))
    grown = world._replace(huawei=bigger)
    belief, persuaded, doubted = (
        next_beliefs(place, QUIET, noise, p).belief_dependence for place in (world, heard, grown)
    )

    assert persuaded >= belief - 1e-12
    assert doubted <= belief + 1e-12


@given(world=..., p=..., seen=RECORDS, noise=st.floats(-1.0, 1.0))
def test_what_standing_teaches_hangs_on_nothing_that_was_done(world: World, p: Params, seen, noise):
    acted, quiet = (next_beliefs(world, record, noise, p) for record in (seen, QUIET))

    assert acted.belief_dependence == quiet.belief_dependence
    assert acted.us_estimate_of_capacity == quiet.us_estimate_of_capacity


def test_the_us_learns_only_from_months_after_its_own_escalation(plain):
    answered = next_beliefs(plain(us_escalated=1.0), QUIET._replace(beijing_escalated=1.0), 0.0, RULES)
    ignored = next_beliefs(plain(us_escalated=1.0), QUIET, 0.0, RULES)
    unasked = next_beliefs(plain(us_escalated=0.0), QUIET._replace(beijing_escalated=1.0), 0.0, RULES)

    beliefs = [b.belief_beijing_retaliates for b in (answered, ignored, unasked)]
    assert beliefs == pytest.approx([0.6, 0.4, 0.5])


def test_the_estimate_of_huawei_lags_and_counts_half_of_what_is_hidden(plain):
    """A tenth of the way a month from .3 towards .25 + .4 / 2; an error of 40 % in the reading moves it by .018."""
    estimates = [next_beliefs(plain(), QUIET, noise, RULES).us_estimate_of_capacity for noise in (0.0, 1.0, -1.0)]

    assert estimates == pytest.approx([0.315, 0.333, 0.297])
    world = plain(hidden_stock=0.0)
    for _ in range(100):
        world = world._replace(beliefs=next_beliefs(world, QUIET, 0.0, RULES))
    assert world.beliefs.us_estimate_of_capacity == pytest.approx(0.25, abs=1e-4)


@given(world=..., p=..., seen=RECORDS, noise=st.floats(-1.0, 1.0))
def test_beliefs_stay_probabilities(world: World, p: Params, seen, noise):
    after = next_beliefs(world, seen, noise, p)

    assert all(0.0 <= belief <= 1.0 for belief in (*after[:4], after.belief_dependence))
    assert after.us_estimate_of_capacity > 0.0


# Politics


@pytest.mark.parametrize(
    ("record", "left"),
    [({}, 0.512), ({"chip_step": -1.0}, 0.432), ({"chip_step": 1.0}, 0.512), ({"us_broke": 1.0}, 0.472),
     ({"chip_step": -1.0, "us_broke": 1.0}, 0.392), ({"deal_chip_step": 1.0}, 0.432)],
)  # fmt: skip
def test_a_reversal_costs_the_word_and_a_broken_truce_half_as_much(plain, record, left):
    """From .5 with the last step a tightening: .03 x .4 regained, .08 lost by turning back."""
    world = plain(last_chip_step=1.0, tariff_on_allies=0.0)

    assert next_politics(world, QUIET._replace(**record), RULES).us_durability == pytest.approx(left)


def test_tariffs_on_allies_wear_the_word(plain):
    assert next_politics(plain(tariff_on_allies=1.0), QUIET, RULES).us_durability == pytest.approx(0.512 - 0.008)


def test_a_word_that_is_kept_recovers_to_its_ceiling(plain):
    world = plain(us_durability=0.1, tariff_on_allies=0.0)
    for _ in range(24):
        world = world._replace(politics=next_politics(world, QUIET, RULES))

    assert world.politics.us_durability == pytest.approx(0.9 - 0.8 * 0.97**24)
    assert next_politics(plain(us_durability=1.0, tariff_on_allies=0.0), QUIET, RULES).us_durability == 1.0


@pytest.mark.parametrize(
    ("record", "anger"),
    [({}, 0.475), ({"chip_step": -1.0}, 0.875), ({"deal_chip_step": 1.0}, 0.875), ({"chip_step": 1.0}, 0.275),
     ({"chip_step": -1.0, "deal_chip_step": 1.0}, 1.275), ({"us_conceded": 1.0}, 0.475)],
)  # fmt: skip
def test_congress_counts_steps_of_chip_control_alone_or_in_a_deal(plain, record, anger):
    assert next_politics(plain(), QUIET._replace(**record), RULES).congress_pressure == pytest.approx(anger)


def test_anger_fades_by_its_share_a_month(plain):
    world = plain(congress_pressure=2.0)
    for _ in range(12):
        world = world._replace(politics=next_politics(world, QUIET, RULES))

    assert world.politics.congress_pressure == pytest.approx(2.0 * 0.95**12)


@pytest.mark.parametrize(
    ("last", "record", "then"),
    [(1.0, {}, 1.0), (1.0, {"chip_step": -1.0}, -1.0), (-1.0, {"chip_step": 1.0}, 1.0),
     (0.0, {"deal_chip_step": 1.0}, -1.0), (1.0, {"chip_step": 1.0, "deal_chip_step": 1.0}, 1.0),
     (1.0, {"chip_step": -1.0, "deal_chip_step": 1.0}, -1.0)],
)  # fmt: skip
def test_the_last_step_is_remembered_until_the_next(plain, last, record, then):
    assert next_politics(plain(last_chip_step=last), QUIET._replace(**record), RULES).last_chip_step == then


def test_truce_grievance_and_queue_run_their_course(plain):
    """A month less of truce, half of a grievance, a tenth of a measure more, faster while Congress stirs."""
    after = next_politics(plain(truce_months=5.0, grievance=0.8, congress_pressure=1.0), QUIET, RULES)
    provoked = next_politics(plain(truce_months=0.0, grievance=0.8), QUIET._replace(irritant=1.0), RULES)

    assert (after.truce_months, after.grievance) == (4.0, 0.4)
    assert after.irritant_queue == pytest.approx(1.15)
    assert (provoked.truce_months, provoked.grievance) == (0.0, 1.0)
    assert provoked.irritant_queue == pytest.approx(1.0 + 0.1 * 1.25 - 1.0)


@pytest.mark.parametrize(
    ("before", "gift", "record", "then"),
    [(0.0, 0.0, {"us_conceded": 1.0}, -1.0), (0.0, 0.5, {"us_conceded": 1.0}, -0.5),
     (0.0, 1.0, {"us_conceded": 1.0}, 0.0),
     # it is owed once, and clears a grievance, which a gift does too
     (-1.0, 0.5, {"us_conceded": 1.0}, -0.5), (-1.0, 0.8, {"us_conceded": 1.0}, -0.5),
     (0.8, 0.5, {"us_conceded": 1.0}, -0.5), (0.8, 1.0, {"us_conceded": 1.0}, 0.0),
     # like a grievance it halves in a month; a swap at the table is paid on the spot
     (-0.8, 0.5, {}, -0.4), (-0.8, 0.5, {"deal": 1.0, "deal_chip_step": 1.0}, -0.4),
     (0.0, 0.0, {"deal": 1.0, "deal_chip_step": 1.0}, 0.0),
     # an agency's measure forfeits it
     (-1.0, 0.0, {"irritant": 1.0}, 1.0), (0.0, 0.0, {"irritant": 1.0, "us_conceded": 1.0}, 1.0)],
)  # fmt: skip
def test_a_concession_made_alone_obliges_so_far_as_it_is_read_as_half_of_a_swap(plain, before, gift, record, then):
    """M30: gift reading - 1."""
    after = next_politics(plain(grievance=before), QUIET._replace(**record), RULES._replace(gift_reading=gift))

    assert after.grievance == pytest.approx(then)


@given(world=..., p=..., seen=RECORDS)
def test_only_a_lone_concession_lowers_a_grievance_faster_than_time(world: World, p: Params, seen):
    before, after = world.politics.grievance, next_politics(world, seen, p).grievance

    if seen.us_conceded < 0.5:
        assert after >= 0.5 * before
    if seen.irritant < 0.5:
        assert after <= 0.5 * before
    else:
        assert after == 1.0


@pytest.mark.parametrize(
    ("record", "us", "beijing"),
    [({"us_escalated": 1.0}, 1.0, 0.0), ({"us_conceded": 1.0}, -1.0, 0.0), ({"beijing_escalated": 1.0}, 0.0, 1.0),
     ({"beijing_eased": 1.0}, 0.0, -1.0), ({"us_escalated": 1.0, "us_conceded": 1.0}, 0.0, 0.0)],
)  # fmt: skip
def test_each_side_remembers_the_other_for_a_month(plain, record, us, beijing):
    after = next_politics(plain(us_escalated=1.0, beijing_escalated=1.0), QUIET._replace(**record), RULES)

    assert (after.us_escalated, after.beijing_escalated) == (us, beijing)


@given(world=..., p=..., seen=RECORDS)
def test_politics_stays_within_its_ranges(world: World, p: Params, seen):
    after = next_politics(world, seen, p)

    assert 0.0 <= after.us_durability <= 1.0
    assert 0.0 <= after.truce_months <= world.politics.truce_months
    assert 0.0 <= after.congress_pressure <= 4.0
    assert 0.0 <= after.irritant_queue <= 4.0
    assert -1.0 <= after.grievance <= 1.0
    assert all(abs(step) <= 1.0 for step in (after.last_chip_step, after.us_escalated, after.beijing_escalated))


@given(world=..., p=..., seen=RECORDS)
def test_breaking_a_truce_never_helps_the_word(world: World, p: Params, seen):
    kept, broken = (next_politics(world, seen._replace(us_broke=broke), p).us_durability for broke in (0.0, 1.0))

    assert broken <= kept
