"""The Mesa model is a good citizen of Mesa: batch runs, data collection, agent sets, seats to take."""

import gc
import inspect
import weakref

import mesa
import numpy as np
import pytest

from standoff import Standoff
from standoff.agents.doctrines import Doctrines, UsDoctrine
from standoff.agents.moves import ACTORS, ALLY_NAMES, MOVES_OF, AllyMove, UsMove
from standoff.model.ensemble import OUTCOMES, TRACKS, play
from standoff.model.outcomes import Snapshot, snapshot
from standoff.model.seats import SEATS, Actor, Ally, Developer, Us
from standoff.model.standoff import release
from standoff.world.checks import BadInput
from standoff.world.parameters import PARAMETER_ROW, Params
from standoff.world.scenarios import load_scenario
from standoff.world.state import STATE_FACTS, STATE_ROW

MONTHS, SEED = 12, 5
TYPES = {actor: kind for actor, kind in SEATS.items() if kind is not Ally}


@pytest.fixture
def make():
    """Make models that are let go of after the test."""
    made = []

    def standoff(**given):
        made.append(Standoff(**({"months": MONTHS, "seed": SEED, "developers": 7} | given)))
        return made[-1]

    yield standoff
    for model in made:
        release(model)


def ensemble(runs, doctrines=None, developers=7, **numbers):
    start = load_scenario("july-2025")
    given = {**Params()._asdict(), **start.parameters, **start.state, **numbers}
    points = np.array([tuple(given[name] for name in Params._fields)] * len(runs), PARAMETER_ROW)
    starts = np.array([tuple(given[name] for name in STATE_FACTS)] * len(runs), STATE_ROW)
    return play(points, starts, np.array(runs), MONTHS, SEED, doctrines, developers).outcomes


def batch(**given):
    """Return what mesa.batch_run returns, by run and month; newer versions fill `seed` themselves, from `rng`."""
    newer = "rng" in inspect.signature(mesa.batch_run).parameters
    return mesa.batch_run(
        Standoff,
        {"months": MONTHS, "developers": 7} | ({} if newer else {"seed": SEED}) | given,
        number_processes=1,
        data_collection_period=1,
        display_progress=False,
        **({"rng": [SEED]} if newer else {}),
    )


def test_a_batch_gives_distinct_runs_and_each_is_a_run_of_the_ensemble():
    rows = batch(run=range(3))
    outcomes = ensemble([0, 1, 2])

    assert len({outcome.tobytes() for outcome in outcomes}) == 3
    for run, outcome in enumerate(outcomes):
        mine = [row for row in rows if row["run"] == run]
        months = {row["Step"]: row for row in mine}
        measured = dict(zip(OUTCOMES, outcome, strict=True))
        assert len(months) == MONTHS
        assert months[max(months)]["deals"] == measured["deals"]
        for track in Snapshot._fields:
            assert np.mean([month[track] for month in months.values()]) == pytest.approx(measured[f"mean_{track}"])
        assert {row["name"] for row in mine if "name" in row} >= set(ACTORS)


def test_a_batch_varies_numbers_and_doctrines():
    rows = batch(us_lead_value=[10.0, 70.0], doctrines=[{"us": "quantal"}, {"us": "freeze"}])
    last = {
        (row["us_lead_value"], row["doctrines"]["us"]): row["chip_control"] for row in rows if row["Step"] == MONTHS - 1
    }

    assert len(last) == 4
    assert last[10.0, "freeze"] >= 0.75
    assert last[70.0, "freeze"] >= 0.75


def test_outcomes_are_those_of_the_ensemble_to_the_last_bit(make):
    model = make(run=4, us_lead_value=44.0, doctrines={"beijing": "patient"}).play()

    expected = ensemble([4], model.doctrines, us_lead_value=44.0)
    assert np.array([model.outcomes()]).tobytes() == expected.tobytes()


def test_the_data_collector_has_a_row_a_month_and_a_column_a_track(make):
    model = make()
    shown = []
    while model.running:
        model.step()
        shown.append([*snapshot(model.shown, model.market, model.params), model.counts.deals])
    table = model.datacollector.get_model_vars_dataframe()
    agents = model.datacollector.get_agent_vars_dataframe()

    assert list(table.columns) == list(TRACKS)
    assert table.to_numpy().tolist() == shown
    assert list(agents.columns) == ["name", "move", "payoff"]
    assert len(agents) == MONTHS * len(model.agents)
    for actor in ACTORS:
        mine = agents[agents["name"] == actor]
        assert len(mine) == MONTHS
        assert mine["payoff"].sum() * 12 / MONTHS == pytest.approx(model.outcomes()[OUTCOMES.index(f"payoff_{actor}")])
        assert set(mine["move"]) <= {move.name.lower() for move in MOVES_OF[actor]}


def test_agents_are_selected_by_type(make):
    model = make(developers=7)

    assert len(model.agents) == len(ACTORS) + 7
    assert [agent.name for agent in model.agents.select(agent_type=Ally)] == list(ALLY_NAMES)
    assert len(model.agents_by_type[Developer]) == 7
    for actor, kind in TYPES.items():
        assert [agent.name for agent in model.agents.select(agent_type=kind)] == [actor]
    assert all(isinstance(agent, Actor) for agent in model.agents)
    assert len(make(developers=0).agents) == len(ACTORS)


def test_developers_start_in_the_shares_of_the_scenario(make):
    model = make(developers=1000)
    held = [developer.move_name for developer in model.agents_by_type[Developer]]

    for stance, share in load_scenario("july-2025").state.items():
        if stance in ("stay_cuda", "dual_stack", "move_to_cann", "grey_market", "rent_offshore"):
            assert held.count(stance) / 1000 == pytest.approx(share, abs=0.001)


class Courtier(Us):
    """Courts allies every other month, whatever the world is like; keeps what it saw."""

    def choose(self, world, luck, dealmakers):  # noqa: ARG002
        self.seen = [*getattr(self, "seen", []), world]
        return UsMove.COURT_ALLIES if world.month % 2 else UsMove.HOLD


class Rock(Ally):
    def choose(self, world, luck, own):  # noqa: ARG002
        return AllyMove.ALIGN


def test_who_takes_a_seat_really_decides(make):
    """The courtier brings the tariff on allies down; what others do is their own affair."""
    model, plain = make(seats={"us": Courtier}), make()
    moves = []
    while model.running:
        model.step()
        moves.append(model.seats["us"].move)

    assert moves == [UsMove.HOLD, UsMove.COURT_ALLIES] * (MONTHS // 2)
    assert [world.month for world in model.seats["us"].seen] == list(range(MONTHS))
    assert model.world.us.tariff_on_allies == 0.0
    assert plain.play().world.us.tariff_on_allies > 0.0 or plain.counts != model.counts


def test_an_ally_that_takes_one_seat_leaves_the_others(make):
    model = make(seats={"japan": Rock}).play()
    gap = 1.0 - load_scenario("july-2025").state["japan"]

    left = gap * (1.0 - model.params.ally_speed) ** MONTHS
    pressed = model.params.ally_pressing * MONTHS
    assert 1.0 - left - 1e-9 <= model.world.allies.japan <= min(1.0, 1.0 - left + pressed)
    assert type(model.seats["taiwan"]) is Ally


def test_a_doctrine_may_be_given_by_name_or_as_a_member(make):
    by_name = make(doctrines={"us": "tit_for_tat", "japan": "hedging"}).play()
    as_members = make(doctrines=by_name.doctrines).play()

    assert by_name.doctrines.us is UsDoctrine.TIT_FOR_TAT
    assert by_name.doctrines.beijing.name == "QUANTAL"
    assert by_name.outcomes() == as_members.outcomes()
    assert by_name.outcomes() != make(doctrines=Doctrines()).play().outcomes()


@pytest.mark.parametrize(
    "given",
    [
        {"scenario": "july-2052"},
        {"scenario": "absent.toml"},
        {"us_lead_valu": 20.0},
        {"us_lead_value": 1e9},
        {"us_lead_value": float("nan")},
        {"us_lead_value": "20"},
        {"us_lead_value": True},
        {"chip_control": 1.5},
        {"doctrines": {"america": "freeze"}},
        {"doctrines": {"us": "patient"}},
        {"doctrines": {"congress": "quantal"}},
        {"doctrines": {"us": 1}},
        {"seats": {"america": Courtier}},
        {"months": 0},
        {"months": 1201},
        {"months": float("nan")},
        {"developers": -1},
        {"seed": -1},
        {"run": -1},
        {"stay_cuda": 1.0},
    ],
    ids=str,
)
def test_a_mistake_is_told_in_one_line(given):
    with pytest.raises(BadInput) as told:
        Standoff(**given)
    assert "\n" not in str(told.value)


def test_rng_is_another_name_for_the_seed(make):
    assert make(rng=9).play().outcomes() == make(seed=9).play().outcomes() != make(seed=8).play().outcomes()


def test_mesas_own_dice_are_not_used(make):
    model, other = make(), make()
    while model.running:
        model.random.random()
        model.rng.random()
        model.step()

    assert model.outcomes() == other.play().outcomes()


def test_models_played_in_turns_do_not_meet(make):
    first, second = make(run=1), make(run=2)
    while first.running:
        first.step()
        second.step()

    assert first.outcomes() == make(run=1).play().outcomes()
    assert second.outcomes() == make(run=2).play().outcomes()


def test_a_months_world_is_not_changed_by_the_next(make):
    model = make()
    model.step()
    before = model.shown, model.world
    kept = repr(before)
    model.step()

    assert repr(before) == kept
    assert model.world is not before[1]


def test_a_released_model_is_freed():
    """Mesa 3.3 keeps every model that ever had an agent: a batch of thousands would fill the memory."""
    model = Standoff(months=1, developers=3).play()
    watch = weakref.ref(model)
    release(model)
    release(model)  # twice does no harm
    del model
    gc.collect()

    assert watch() is None
