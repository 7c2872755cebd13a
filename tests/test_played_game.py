"""A played game: it is the model's own game, choices count once, secrets stay, and a replay is the same luck."""

import itertools
import json

import pytest

from standoff.agents.doctrines import doctrines_from
from standoff.agents.moves import ACTORS, AllyMove, HuaweiMove, NvidiaMove, UsMove
from standoff.agents.us import voice_of
from standoff.experiments.history import play_history
from standoff.experiments.played import debrief
from standoff.experiments.played.game import ANSWER, HELD, MOVE, OFFER, Choice, Game
from standoff.experiments.played.saves import document_of, load_game, save_game
from standoff.experiments.played.talks import ACCEPT, NO_OFFER, REJECT, Offer, nash_point, talks_of, zone
from standoff.experiments.played.view import KNOWN_TO, view
from standoff.experiments.settings import make_settings
from standoff.model.seats import Ally, Nvidia, Us
from standoff.model.standoff import Standoff, release
from standoff.model.table import PACKAGES, Settlement, Table, negotiate
from standoff.world.checks import BadInput
from standoff.world.state import Huawei
from standoff.world.trade import Package

OFTEN = {"talk_rate": 0.4, "talk_urgency": 1.0}  # talks are as likely as they can be, and certain as a truce ends


@pytest.fixture
def settings():
    def make(months=4, scenario="july-2025", doctrines=None, seed=1, **values):
        rules = doctrines_from(doctrines or {})
        return make_settings(scenario, values, rules, seed=seed, months=months, developers=3)

    return make


@pytest.fixture
def game(settings):
    """Make games, and let go of them."""
    games = []

    def make(people, choices=(), fill=False, **given):
        games.append(Game(settings(**given), people, choices, fill))
        return games[-1]

    yield make
    for each in games:
        each.close()


def first(ask):
    return ask.open[0].choice


def best(ask):
    return max(ask.open, key=lambda option: option.payoff).choice


def played(game, rule=first):
    """Answer every ask by a rule, to the end."""
    while not game.over:
        ask = game.pending()[0]
        game.submit(ask.seat, ask.id, rule(ask))
    return game


def told(months):
    return json.loads(json.dumps(months))


# The same game


@pytest.mark.parametrize(
    "given",
    [
        {"months": 8, "seed": 3},
        {"months": 8, "scenario": "hot", "doctrines": {"us": "freeze", "beijing": "coercive"}, **OFTEN},
        {"months": 8, "scenario": "april-2025", "doctrines": {"us": "transactional", "allies": "hedging"}, **OFTEN},
    ],
    ids=["july", "hot", "april"],
)
def test_a_game_without_people_is_the_models_own(game, settings, given):
    mine = game([], **given)
    months, outcomes = play_history(settings(**given))

    assert mine.over
    assert told([month.data for month in mine.months]) == told(months)
    assert debrief.payoffs(mine) == {actor: outcomes[f"payoff_{actor}"] for actor in ACTORS}
    assert any(month.talks for month in mine.months)


class Steady(Us):
    def choose(self, world, luck, dealmakers):  # noqa: ARG002
        return UsMove.UPDATE_CONTROLS if world.month == 1 else UsMove.HOLD


class Lobbyist(Nvidia):
    def choose(self, world, luck):  # noqa: ARG002
        return NvidiaMove.LOBBY


class Asking(Ally):
    def choose(self, world, luck, own):  # noqa: ARG002
        return AllyMove.ASK_COMPENSATION if world.month % 2 else AllyMove.ALIGN


class Scripted(Standoff):
    """At its table the US accepts whatever is offered, and offers nothing."""

    def bargain(self, world, voice, luck):
        if luck.proposer < 0.5:
            return Settlement(Table.WALK_OUT, 1.0, PACKAGES[0], 0.0, 0.0)
        return negotiate(world, self.doctrines.us, voice, luck.proposer, 0.0, self.params)


def script(ask):
    if ask.kind == OFFER:
        return NO_OFFER
    if ask.kind == ANSWER:
        return ACCEPT
    return {
        "us": "update_controls" if ask.t == 1 else "hold",
        "nvidia": "lobby",
        "japan": "ask_compensation" if ask.t % 2 else "align",
    }[ask.seat]


def test_people_who_follow_a_script_play_as_scripted_seats_of_mesa_do(game):
    mine = played(game(["us", "nvidia", "japan"], months=7, seed=5, **OFTEN), script)
    model = Scripted(
        seed=5, months=7, developers=3, seats={"us": Steady, "nvidia": Lobbyist, "japan": Asking}, **OFTEN
    ).play()

    assert mine.model.outcomes() == model.outcomes()
    assert {month.settlement.result for month in mine.months} >= {Table.WALK_OUT, Table.ACCEPTED}
    release(model)


# Rules


def test_beijing_moves_first_and_the_us_sees_it(game):
    mine = game(["us", "beijing"])

    assert [ask.id for ask in mine.pending()] == ["2025-07:move:beijing"]
    assert view(mine, "us")["now"] == []
    mine.submit("beijing", "2025-07:move:beijing", "restrict_rare_earths")
    assert [ask.id for ask in mine.pending()] == ["2025-07:move:us"]
    seen = view(mine, "us")
    assert seen["now"] == ["Beijing restricts rare earths to 0.50"]
    assert seen["state"]["rare_earth_restriction"] == 0.5
    assert view(mine, "beijing")["asks"] == []


def test_who_chooses_last_is_asked_at_once_and_sees_nothing_of_each_other(game):
    people = ["japan", "nvidia", "congress", "huawei"]
    choices = {"japan": "defect", "nvidia": "lobby", "congress": "scrutinise", "huawei": "export_abroad"}
    outcomes = []
    for order in itertools.islice(itertools.permutations(people), 0, 24, 7):
        mine = game(people, months=1)
        assert {ask.seat for ask in mine.pending()} == set(people)
        before = {seat: repr(view(mine, seat)) for seat in people}
        for place, seat in enumerate(order):
            assert [repr(view(mine, later)) for later in order[place:]] == [before[later] for later in order[place:]]
            mine.submit(seat, f"2025-07:move:{seat}", choices[seat])
        assert mine.over
        assert mine.months[0].moves["huawei"] == HuaweiMove.EXPORT_ABROAD
        outcomes.append(mine.model.outcomes())
    assert all(each == outcomes[0] for each in outcomes)


def test_a_choice_counts_once_and_only_when_asked(game):
    mine = game(["us", "nvidia"])
    mine.submit("us", "2025-07:move:us", "hold")
    before, choices = [ask.id for ask in mine.pending()], list(mine.choices)

    for seat, ask, choice, says in (
        ("us", "2025-07:move:us", "press_allies", "answered already"),
        ("us", "2025-08:move:us", "hold", "not asked"),
        ("beijing", "2025-07:move:beijing", "hold", "not asked"),
        ("us", "2025-07:move:nvidia", "comply", "not asked"),
        ("nvidia", "2025-07:move:nvidia", "lobbby", "did you mean lobby"),
        ("nvidia", "", "lobby", "not asked"),
    ):
        with pytest.raises(BadInput, match=says) as refused:
            mine.submit(seat, ask, choice)
        assert "\n" not in str(refused.value)
        assert [ask.id for ask in mine.pending()] == before
        assert mine.choices == choices


def test_a_closed_move_is_refused_with_its_reason(game):
    mine = game(["us"], chip_floor=0.5, chip_control=0.5)
    (ask,) = mine.pending()
    closed = {option.choice: option.closed for option in ask.options if option.closed}

    assert "Congress" in closed["relax_chips"]
    assert "nothing" in closed["lift_design_software"]
    with pytest.raises(BadInput, match="law of Congress"):
        mine.submit("us", ask.id, "relax_chips")


@pytest.mark.parametrize(
    ("people", "doctrines", "says"),
    [
        (["uss"], {}, "did you mean us"),
        (["developers"], {}, "unknown seat 'developers'"),
        (["us", "us"], {}, "twice"),
        (["us"], {"us": "freeze"}, "not by the doctrine freeze"),
    ],
)
def test_seats_that_cannot_be_held_are_told(game, people, doctrines, says):
    with pytest.raises(BadInput, match=says):
        game(people, doctrines=doctrines)


def test_people_on_both_sides_of_the_table_settle_it_alone(game):
    """Whoever proposes, what is accepted takes effect as it was offered, and buys a truce."""
    proposers = set()
    for seed in range(4):
        mine = game(["us", "beijing"], months=1, seed=seed, truce_months=1.0, **OFTEN)
        for seat in ("beijing", "us"):
            mine.submit(seat, f"2025-07:move:{seat}", "hold")
        (ask,) = mine.pending()
        assert ask.kind == OFFER
        control = mine.model.at_table.us.chip_control
        offer = next(option for option in ask.options if option.choice.startswith("chips=0.25"))
        mine.submit(ask.seat, ask.id, offer.choice)
        (answer,) = mine.pending()
        assert (answer.kind, {answer.seat, ask.seat}) == (ANSWER, {"us", "beijing"})
        assert offer.words in view(mine, answer.seat)["now"][-1]
        mine.submit(answer.seat, answer.id, ACCEPT)
        assert mine.months[0].shown.us.chip_control == control - 0.25
        assert mine.months[0].shown.politics.truce_months == mine.model.params.truce_length
        proposers.add(ask.seat)
    assert proposers == {"us", "beijing"}


# Secrets


def same_view(mine, seat, **changed):
    """Return whether a seat sees the same when parts of the world it faces are otherwise."""
    before = repr(view(mine, seat))
    for world in ("faced", "world"):
        where = mine.model.faced if world == "faced" else vars(mine.model)
        key = seat if world == "faced" else "world"
        now = where[key]
        parts = {part: getattr(now, part)._replace(**values) for part, values in changed.items()}
        where[key] = now._replace(**parts)
    mine._asks = None
    return repr(view(mine, seat)) == before


def test_the_us_sees_its_estimate_of_huawei_and_not_the_truth(game):
    mine = game(["us"])

    assert same_view(mine, "us", huawei={"domestic_chip_capacity": 3.0, "hidden_stock": 5.0})
    assert same_view(
        mine, "us", beliefs={"belief_us_yields": 0.9, "belief_us_slides": 0.9}, politics={"grievance": 0.7}
    )
    assert not same_view(mine, "us", beliefs={"us_estimate_of_capacity": 3.0})
    assert not same_view(mine, "us", beijing={"probe": 0.0})


def test_beijing_does_not_see_what_the_us_believes(game):
    mine = game(["beijing"])
    beliefs = {"belief_beijing_retaliates": 0.9, "us_estimate_of_capacity": 3.0, "belief_dependence": 0.1}

    assert same_view(mine, "beijing", beliefs=beliefs, politics={"irritant_queue": 3.0})
    assert not same_view(mine, "beijing", huawei={"domestic_chip_capacity": 3.0})


def test_what_the_us_earned_is_reckoned_from_its_estimate(game):
    mine = played(game(["us"], months=2))
    month = mine.months[-1]
    earned = view(mine, "us")["earned"]
    hidden = month.shown.huawei._replace(domestic_chip_capacity=9.0, hidden_stock=9.0)
    mine.months[-1] = month._replace(shown=month.shown._replace(huawei=Huawei(*hidden)))

    assert view(mine, "us")["earned"] == earned
    assert earned[-1] != month.payoffs["us"]


def test_only_beijing_and_huawei_hear_of_huaweis_focus(game):
    for seat in HELD:
        mine = game([seat, "huawei"] if seat != "huawei" else ["huawei"], months=2)
        while mine.t == 0:
            ask = mine.pending()[-1]
            mine.submit(ask.seat, ask.id, "build_bridge" if ask.seat == "huawei" else first(ask))
        heard = any("CUDA bridge" in line for line in view(mine, seat)["news"])
        assert heard == (seat in ("beijing", "huawei")), seat


def test_no_field_that_is_another_actors_is_in_a_view(game):
    for seat in HELD:
        state = view(game([seat], months=1), seat)["state"]
        assert {name for name, who in KNOWN_TO.items() if seat not in who}.isdisjoint(state)
        assert "chip_control" in state


def test_a_side_reckons_the_others_gain_without_the_others_secrets(game):
    mine = game(["us"])
    p, common, world, first_world = mine.model.params, mine.model.common, mine.model.world, mine.model.first
    voice = voice_of(0.5, p)
    rules = mine.settings.doctrines.us

    def talks(world=world, p=p):
        return talks_of(world, rules, voice, True, p, common, first_world)

    usual = talks()
    otherwise = talks(
        world._replace(beliefs=world.beliefs._replace(belief_us_yields=0.95)),
        p._replace(beijing_leverage_value=3.0 * p.beijing_leverage_value),
    )
    assert [offer.beijing for offer in otherwise.offers] != [offer.beijing for offer in usual.offers]
    assert otherwise.estimates["us"] == usual.estimates["us"]
    hawkish = talks(world, p._replace(us_lead_value=2.0 * p.us_lead_value))
    assert [offer.us for offer in hawkish.offers] != [offer.us for offer in usual.offers]
    assert hawkish.estimates["beijing"] == usual.estimates["beijing"]


# Saved games


def test_a_game_resumes_from_every_point(game, tmp_path):
    given = {"months": 2, "seed": 2, "truce_months": 1.0, **OFTEN}
    whole = played(game(["us", "japan"], **given), best)
    mine, path = game(["us", "japan"], **given), tmp_path / "game.json"
    while not mine.over:
        save_game(mine, path)
        again = load_game(path)
        assert [repr(ask) for ask in again.pending()] == [repr(ask) for ask in mine.pending()]
        mine.close()
        mine = again
        ask = mine.pending()[-1]
        mine.submit(ask.seat, ask.id, best(ask))

    assert mine.model.outcomes() == whole.model.outcomes()
    assert {choice.kind for choice in mine.choices} > {MOVE}
    mine.close()


def damaged(document, **changes):
    return {**document, **changes}


def test_a_bad_file_is_told_in_one_line(game, tmp_path):
    mine = game(["us"], months=2)
    mine.submit("us", "2025-07:move:us", "hold")
    good, path = document_of(mine), tmp_path / "game.json"
    choice = good["choices"][0]
    texts = {
        "not a saved game": ["", "{", "\0", "[" * 100_000, "standoff"],
        "no saved game": ["[]", "3", "{}", '{"kind": "map"}'],
    }
    bad = {
        "unknown entry 'seeds'": damaged(good, seeds=1),
        "months is missing": {key: value for key, value in good.items() if key != "months"},
        "from 1 to 1200": damaged(good, months=0),
        "a whole number": damaged(good, seed=1.5),
        "us_lead_value": damaged(good, parameters={**good["parameters"], "us_lead_value": 1e9}),
        "parameters lacks": damaged(good, parameters={}),
        "is not a number": damaged(good, state={**good["state"], "demand": "3"}),
        "unknown seat": damaged(good, people=["america"]),
        "people is damaged": damaged(good, people="us"),
        "of the form": damaged(good, month="2025-13"),
        "did you mean freeze": damaged(good, doctrines={"us": "freez"}),
        "not open to us": damaged(good, choices=[{**choice, "made": "lift_design_software"}]),
        "chose twice": damaged(good, choices=[choice, choice]),
        "nobody asked us": damaged(good, choices=[choice, {**choice, "t": 7}]),
        "nobody asked beijing": damaged(good, choices=[choice, {**choice, "seat": "beijing"}]),
        "has the entries": damaged(good, choices=[3]),
        "a choice is damaged": damaged(good, choices=[{**choice, "t": "0"}]),
        "changed by hand": damaged(good, choices=[{**choice, "made": "press_allies"}]),
        "under the laws 0000": damaged(good, law_digest="0000", world="0" * 16),
    }
    for says, contents in (texts | {says: [json.dumps(document)] for says, document in bad.items()}).items():
        for text in contents:
            path.write_text(text)
            with pytest.raises(BadInput) as refused:
                load_game(path)
            assert says in str(refused.value)
            assert "\n" not in str(refused.value)
    path.write_text(json.dumps(damaged(good, law_digest="0000")))  # other laws, the same history
    load_game(path).close()


# The debrief


def test_regret_is_counted_by_hand(game):
    """Congress vents a share of its anger at a cost; what it forgoes is its regret."""
    numbers = {"congress_scrutiny_relief": 0.4, "congress_scrutiny_cost": 0.3, "congress_floor_relief": 0.9}
    mine = game(["congress"], months=1, congress_pressure=2.0, congress_floor_cost=3.0, **numbers)
    pressure = mine.model.faced["congress"].politics.congress_pressure
    mine.submit("congress", "2025-07:move:congress", "wait")
    (row,) = debrief.regrets(mine, "congress")

    assert (row["chosen"], row["best"]) == ("wait", "scrutinise")
    assert row["regret"] == pytest.approx(0.4 * pressure - 0.3)
    assert not row["by_agent"]


def test_who_chooses_the_best_open_move_regrets_nothing(game):
    mine = played(game(["us"], months=3), best)

    assert [row["regret"] for row in debrief.regrets(mine, "us")] == [0.0, 0.0, 0.0]
    assert debrief.suggestion(mine, "us") is None


def test_the_zone_and_the_nash_point_of_a_table_by_hand():
    gains = [(3.0, -1.0), (2.0, 1.0), (1.5, 1.5), (0.5, 4.0), (-1.0, 5.0), (0.0, 2.0)]
    offers = tuple(
        Offer(Package(0.25, n / 8, 0.0, 0.0, 0.0), PACKAGES[0], *pair, 0.5, 0.5) for n, pair in enumerate(gains)
    )

    assert [(offer.us, offer.beijing) for offer in zone(offers)] == gains[1:4]
    assert nash_point(offers)[2:4] == (1.5, 1.5)
    assert nash_point(offers[:1]) is None


def test_what_a_refusal_left_on_the_table(game):
    mine = game(["us", "beijing"], months=1, seed=3, tariff_on_china=1.0, probe=1.0, truce_months=1.0, **OFTEN)
    rule = {MOVE: lambda _: "hold", OFFER: best, ANSWER: lambda _: REJECT}
    (row,) = debrief.tables(played(mine, lambda ask: rule[ask.kind](ask)))

    assert row["result"] == "rejected"
    assert row["got"] == {"us": 0.0, "beijing": 0.0}
    assert row["zone"] == row["better"] != []
    assert row["left"] == {side: row["nash"][side] for side in ("us", "beijing")}
    assert all(offer["us"] > 0.0 < offer["beijing"] for offer in row["zone"])


def test_a_relaxation_in_calm_teaches_beijing_that_the_ceiling_slides(game):
    mine = game(["us"], months=2, rare_earth_restriction=0.0, slides_prior_weight=0.25)
    mine.submit("us", "2025-07:move:us", "hold")
    while mine.t == 1 and not mine.over:
        (ask,) = mine.pending()
        mine.submit("us", ask.id, "relax_chips" if ask.kind == MOVE else NO_OFFER if ask.kind == OFFER else REJECT)
    start, after_hold, after_relaxing = debrief.leaked(mine, "us")["belief_us_slides"]

    assert start == after_hold
    assert after_relaxing == pytest.approx(start + 0.25 * (1.0 - start))


def test_the_same_choice_again_changes_nothing_and_another_is_a_game_of_its_own(game):
    given = {"months": 4, "seed": 4}
    mine = played(game(["nvidia"], **given))
    same = debrief.replayed(mine, Choice(2, MOVE, "nvidia", "comply"))
    other = debrief.replayed(mine, Choice(2, MOVE, "nvidia", "lobby"))
    twin = played(game(["nvidia"], **given), lambda ask: "lobby" if ask.t == 2 else "comply")

    assert set(same["difference"].values()) == {0.0}
    assert other["after"] == debrief.payoffs(twin)
    assert other["difference"]["nvidia"] != 0.0
    assert other["agent_decided"] == []


def test_a_choice_that_is_no_longer_possible_is_left_to_the_agent_and_told(game):
    never = {"linkage": 0.0, "talk_rate": 0.0, "talk_urgency": 0.0, "chip_control": 0.5}
    moves = ("hold", "tighten_chips", "tighten_chips", "hold")
    mine = played(game(["us"], **never), lambda ask: moves[ask.t])
    other = debrief.replayed(mine, Choice(0, MOVE, "us", "tighten_chips"))

    assert other["agent_decided"] == [("2025-09", "us")]


def test_an_answer_is_not_kept_for_another_offer(game):
    mine = game(["us", "beijing"], months=1, truce_months=1.0, **OFTEN)
    rule = {MOVE: lambda _: "hold", OFFER: lambda ask: ask.options[1].choice, ANSWER: lambda _: ACCEPT}
    played(mine, lambda ask: rule[ask.kind](ask))
    offered, answered = mine.choices[-2:]
    same = debrief.replayed(mine, offered)
    other = debrief.replayed(mine, offered._replace(made=mine.months[0].talks.offers[1].key))

    assert same["agent_decided"] == []
    assert set(same["difference"].values()) == {0.0}
    assert other["agent_decided"] == [("2025-07", answered.seat)]


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (Choice(0, MOVE, "us", "dance"), "unknown choice of us in 2025-07"),
        (Choice(0, MOVE, "us", "lift_design_software"), "unknown choice"),
        (Choice(0, MOVE, "beijing", "hold"), "made no move"),
        (Choice(9, MOVE, "us", "hold"), "made no move"),
        (Choice(0, OFFER, "us", NO_OFFER), "made no offer"),
    ],
)
def test_a_change_that_makes_no_sense_is_told(game, choice, says):
    mine = played(game(["us"], months=1, talk_rate=0.0, talk_urgency=0.0))

    with pytest.raises(BadInput, match=says):
        debrief.replayed(mine, choice)


def test_against_agents_the_first_has_the_luck_of_the_game(game):
    """What agents play of this luck in Mesa is what the ensemble plays, so a game of agents ties with itself."""
    mine = game([], months=3, seed=6)
    found = debrief.against_agents(mine, debrief.ensemble_outcomes(mine, 31))

    for row in found.values():
        assert row["payoff"] == row["agent"]
        assert 0.0 <= row["low"] <= row["quantile"] <= row["high"] <= 1.0
        assert row["quantile"] * 30 == pytest.approx(round(row["quantile"] * 30))


def test_over_other_luck_the_move_that_was_made_differs_by_nothing(game):
    mine = played(game(["us"], months=3, talk_rate=0.0, talk_urgency=0.0))
    same = debrief.over_other_luck(mine, 1, "us", "hold", runs=8)
    other = debrief.over_other_luck(mine, 1, "us", "raise_tariffs", runs=8)

    assert {(row["difference"], row["margin"]) for row in same.values()} == {(0.0, 0.0)}
    assert abs(other["us"]["difference"]) > other["us"]["margin"] > 0.0


def test_a_doctrine_in_the_seat_would_keep_to_its_rule(game):
    mine = played(game(["us"], months=2, chip_control=0.5, talk_rate=0.0, talk_urgency=0.0))
    instead = debrief.doctrines_instead(mine, "us")

    assert instead["freeze"] == ["tighten_chips", "tighten_chips"]  # below its ceiling it does nothing else
    assert set(instead) == {"quantal", "freeze", "sliding_scale", "transactional", "tit_for_tat"}
    assert debrief.doctrines_instead(mine, "congress") == {}
