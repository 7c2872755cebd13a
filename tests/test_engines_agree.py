"""One set of laws, two engines, the same history: to the last bit, law by law and month by month."""

import ast
import enum
import inspect
import textwrap
import typing

import numpy as np
import pytest

from standoff.agents import bargaining, resolve  # noqa: F401 (laws that no month plays)
from standoff.agents.doctrines import DOCTRINES_OF, Doctrines
from standoff.agents.moves import ACTORS, MOVES_OF
from standoff.experiments.history import play_history
from standoff.experiments.settings import make_settings
from standoff.model import ensemble
from standoff.model.compiled import compiled
from standoff.model.ensemble import FREE, OUTCOMES, TRACE, play, play_runs, world_of_row
from standoff.model.luck import SLOTS, TYPE_SLOTS, TYPED, Chances, draw_luck
from standoff.model.seats import SEATS
from standoff.model.standoff import Standoff, release
from standoff.model.table import Table
from standoff.world.chips import Market, chip_market, cuda_share
from standoff.world.law import LAWS
from standoff.world.parameters import FACTS, PARAMETER_ROW, Params
from standoff.world.scenarios import load_scenario, scenario_names
from standoff.world.state import STATE_FACTS, STATE_ROW, Adoption, World, state_values, world_from

JIT = hasattr(play_runs, "signatures")
needs_jit = pytest.mark.skipif(not JIT, reason="nothing is compiled under NUMBA_DISABLE_JIT=1")


def drawn_case(number):
    """Return the settings of one history, drawn from `number` alone: parameters over their whole ranges."""
    rng = np.random.default_rng(number)
    scenario = scenario_names()[number % len(scenario_names())]
    numbers = {name: float(rng.uniform(fact.low, fact.high)) for name, fact in FACTS.items()}
    if number % 2:  # a start that no scenario has
        start = load_scenario(scenario).state
        levers = {name: float(rng.uniform(0.0, 1.0)) for name, fact in STATE_FACTS.items() if fact.unit == "share"}
        shares = dict(zip(Adoption._fields, rng.dirichlet(np.ones(5)).tolist(), strict=True))
        others = {
            name: min(max(start[name] * float(rng.uniform(0.5, 2.0)), fact.low), fact.high)
            for name, fact in STATE_FACTS.items()
            if name not in levers
        }
        numbers |= {**levers, **others, "huawei_abroad": 0.5 * levers["huawei_abroad"], **shares}
    return {
        "scenario": scenario,
        "seed": int(rng.integers(2**63)),
        "run": int(rng.integers(10**9)),
        "months": 24 + number % 5,
        "developers": (0, 7, 40)[number % 3],
        "doctrines": Doctrines(*(list(kinds)[rng.integers(len(kinds))] for kinds in DOCTRINES_OF.values())),
        **numbers,
    }


def rows_of(scenario, seed, run, months, developers, doctrines, **numbers):
    """Return the case as the arrays that the ensemble reads."""
    start = load_scenario(scenario)
    given = {**Params()._asdict(), **start.parameters, **start.state, **numbers}
    return (
        np.array([tuple(given[name] for name in FACTS)], PARAMETER_ROW),
        np.array([tuple(given[name] for name in STATE_FACTS)], STATE_ROW),
        np.array([run]),
        months,
        seed,
        doctrines,
        developers,
    )


def mesa_trace(model):
    """Play a Mesa model and return its months in the columns of TRACE."""
    rows = []
    while model.running:
        model.step()
        deal = model.settlement
        settlement = [deal.result, deal.proposer_is_us, *deal.package, deal.us_gain, deal.beijing_gain]
        rows.append(
            [
                *state_values(model.shown).values(),
                *model.market,
                *(model.seats[actor].move.value for actor in ACTORS),
                *settlement,
                *model.irritant,
                *(model.seats[actor].payoff for actor in ACTORS),
            ]
        )
    return np.array(rows, float)


def first_difference(first, second, names):
    """Return where two tables of the same shape first differ, in words; None if they are equal to the last bit."""
    assert first.shape == second.shape
    for t, (row, other) in enumerate(zip(first, second, strict=True)):
        for name, a, b in zip(names, row, other, strict=True):
            if np.float64(a).tobytes() != np.float64(b).tobytes():
                return f"month {t}, {name}: {float(a)!r} and {float(b)!r}"
    return None


@pytest.mark.parametrize("number", range(15))
def test_both_engines_play_the_same_history_to_the_last_bit(number):
    """Every column of every month and every outcome, from parameters drawn over their whole ranges."""
    case = drawn_case(number)
    agree(play(*rows_of(**case), traces=1), Standoff(**case))


def agree(played, model):
    """Assert that the ensemble's only run is the Mesa model's."""
    trace = mesa_trace(model)
    measured = model.outcomes()
    release(model)

    assert np.isfinite(played.traces).all()
    assert np.isfinite(played.outcomes).all()
    assert first_difference(trace, played.traces[0], TRACE) is None
    assert first_difference(np.array([measured]), played.outcomes, OUTCOMES) is None


def test_the_drawn_histories_are_worth_comparing():
    """They differ from each other and, between them, moves of every kind are made and deals struck."""
    moves = {actor: set() for actor in ACTORS}
    tables, outcomes_seen, tools = set(), set(), set()
    for number in range(15):
        played = play(*rows_of(**drawn_case(number)), traces=1)
        outcomes_seen.add(played.outcomes.tobytes())
        trace = played.traces[0]
        agreed = trace[:, TRACE.index("table_result")] == Table.ACCEPTED
        tables |= set(trace[:, TRACE.index("table_result")])
        tools |= set(trace[agreed, TRACE.index("table_tools")])
        for actor, seen in moves.items():
            seen |= set(trace[:, TRACE.index(f"move_{actor}")])

    assert len(outcomes_seen) == 15
    assert tables == {0.0, 1.0, 2.0, 3.0}
    assert len(moves["us"]) >= 10
    assert len(moves["beijing"]) >= 8
    assert tools >= {0.0, 0.25}
    assert all(len(seen) >= 2 for seen in moves.values())


def test_a_difference_in_the_last_bit_is_seen():
    table = np.array([[1.0, 2.0], [3.0, 4.0]])
    nudged = table.copy()
    nudged[1, 0] = np.nextafter(3.0, 4.0)

    assert first_difference(table, table.copy(), "ab") is None
    assert first_difference(table, nudged, "ab").startswith("month 1, a")


def test_the_history_of_the_command_line_is_the_same_from_both_engines():
    assert play_history(make_settings("hot", months=6)) == play_history(make_settings("hot", months=6, engine="mesa"))


def test_a_run_is_the_same_whatever_runs_beside_it():
    """Alone, in company, in another order: luck hangs on seed and run only."""
    points, starts, *_ = rows_of(**drawn_case(3))
    together = play(np.repeat(points, 3), np.repeat(starts, 3), np.array([5, 2, 9]), 12, 4, developers=7)
    shuffled = play(np.repeat(points, 2), np.repeat(starts, 2), np.array([9, 5]), 12, 4, developers=7)
    alone = play(points, starts, np.array([2]), 12, 4, developers=7)

    assert np.array_equal(together.outcomes[[2, 0]], shuffled.outcomes)
    assert np.array_equal(together.outcomes[1], alone.outcomes[0])
    assert not np.array_equal(together.outcomes[0], together.outcomes[1])


def test_paths_are_every_third_month_of_the_tracks():
    case = rows_of(**drawn_case(2))
    played = play(*case, paths=1, traces=1)

    names = ("chip_control", "rare_earth_restriction", "us_durability", "nvidia_revenue")
    traced = played.traces[0, ::3, [TRACE.index(name) for name in names]].T.astype(np.float32)
    assert np.array_equal(played.paths[0][:, [ensemble.TRACKS.index(name) for name in names]], traced)


def test_the_track_of_deals_counts_those_agreed_until_then():
    settings = make_settings("july-2025", {"talk_rate": 0.4})
    played = play(settings.parameter_row(), settings.state_row(), np.zeros(1, int), 60, 3, paths=1, traces=1)

    deals = played.traces[0, :, TRACE.index("table_result")] == Table.ACCEPTED
    assert deals[::3].any()  # a month of its own counts
    assert played.paths[0][:, ensemble.TRACKS.index("deals")].tolist() == np.cumsum(deals)[::3].tolist()


@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_a_run_is_classed_by_its_last_months_and_by_exactly_those(engine):
    """A line put between the mean CUDA share of the last six months and that of the last five tells them apart."""
    names = Adoption._fields
    values = dict(zip(names, (0.3, 0.3, 0.4, 0.0, 0.0), strict=True)) | {
        "regime_window": 6.0,
        "regime_hostility": 0.8,
        "us_coordination": 1.0,
    }
    for seed in range(6):
        months, _ = play_history(make_settings(values=values, seed=seed, months=12))
        cuda = [cuda_share(Adoption(*(month["state"][name] for name in names))) for month in months]
        six, five = np.mean(cuda[-6:]), np.mean(cuda[-5:])
        line = float(six + five) / 2
        _, outcomes = play_history(
            make_settings(values=values | {"regime_cuda_share": line}, seed=seed, months=12, engine=engine)
        )
        assert (outcomes["regime"] == "decoupling") == (six < line), seed


@needs_jit
def test_the_kernel_is_compiled_once_whatever_is_asked():
    """A second signature would double the wait of whoever asks first."""
    points, starts, *_ = rows_of(**drawn_case(0))
    settings = make_settings("calm", {"us_lead_value": 30})
    play(points, starts, np.array([1]), 3, 1)
    script = np.full((7, len(ACTORS)), FREE)
    play(points, starts, np.array([1], np.int32), 7, 2, developers=0, paths=1, traces=1, script=script)
    play(np.repeat(points, 3)[::2], starts[[0, 0]], np.arange(2), 3, 1, Doctrines(), developers=3, paths=9)
    play(settings.parameter_row(), settings.state_row(), np.zeros(1, int), 4, 3, settings.doctrines)

    assert len(play_runs.signatures) == 1


def test_a_traced_run_is_the_run_alone():
    """Each of the first rows has the trace it would have alone, the others none; more than there are is all."""
    rows = [rows_of(**drawn_case(number))[:2] for number in (1, 4, 7)]
    points, starts = (np.concatenate(column) for column in zip(*rows, strict=True))
    runs = np.array([8, 3, 8])
    together = play(points, starts, runs, 18, 6, developers=7, traces=2)
    every = play(points, starts, runs, 18, 6, developers=7, traces=9)

    assert together.traces.shape == (2, 18, len(TRACE))
    assert every.traces.shape == (3, 18, len(TRACE))
    for r in range(3):
        alone = play(points[r : r + 1], starts[r : r + 1], runs[r : r + 1], 18, 6, developers=7, traces=1)
        assert first_difference(every.traces[r], alone.traces[0], TRACE) is None
    assert np.array_equal(together.traces, every.traces[:2])
    assert len({trace.tobytes() for trace in every.traces}) == 3


def test_no_traces_cost_nothing():
    """No memory, and not a bit of what is measured."""
    case = rows_of(**drawn_case(6))
    without, with_one = play(*case), play(*case, traces=1)

    assert without.traces.nbytes == 0
    assert without.outcomes.tobytes() == with_one.outcomes.tobytes()


# Forced moves


def drawn_script(number, months, free=0.5):
    """Return a script that forces each actor, developers too, in some months; also to what it could not do."""
    rng = np.random.default_rng([number, 1])
    forced = np.stack([rng.integers(len(kind), size=months) for kind in MOVES_OF.values()], axis=1)
    return np.where(rng.random(forced.shape) < free, FREE, forced)


def seat_that_follows(actor, script):
    """Return the seat of an actor that does what the script says, and as it likes where that is free."""
    column = script[:, ACTORS.index(actor)]

    class Follower(SEATS[actor]):
        def choose(self, world, *luck):
            place = column[world.month]
            return super().choose(world, *luck) if place == FREE else MOVES_OF[actor](place)

    return Follower


@pytest.mark.parametrize("number", range(15))
def test_both_engines_follow_a_script_to_the_last_bit(number):
    """In Mesa by seats that are subclasses; developers are always free."""
    case = drawn_case(number)
    script = drawn_script(number, case["months"], free=(0.0, 0.5, 0.9)[number % 3])
    seats = {actor: seat_that_follows(actor, script) for actor in ACTORS if actor != "developers"}
    played = play(*rows_of(**case), traces=1, script=script)

    agree(played, Standoff(**case, seats=seats))
    for place, actor in enumerate(ACTORS[:-1]):
        made = played.traces[0, :, TRACE.index(f"move_{actor}")]
        forced = script[:, place] != FREE
        assert (made[forced] == script[forced, place]).all()


@pytest.mark.parametrize("number", range(6))
def test_a_script_that_leaves_all_free_changes_no_bit(number):
    """Nor does one that forces developers, who are always free."""
    case = rows_of(**drawn_case(number))
    free = np.full((case[3], len(ACTORS)), FREE)
    developers = free.copy()
    developers[:, ACTORS.index("developers")] = 4
    plain = play(*case, traces=1)

    for script in (free, developers):
        played = play(*case, traces=1, script=script)
        assert played.outcomes.tobytes() == plain.outcomes.tobytes()
        assert played.traces.tobytes() == plain.traces.tobytes()


def test_a_script_binds_every_run_and_from_its_month_on():
    """Before the month of the first forced move the history is as it was, for every row."""
    points, starts, *_ = rows_of(**drawn_case(2))
    many = (np.repeat(points, 4), np.repeat(starts, 4), np.arange(4), 20, 9)
    script = np.full((20, len(ACTORS)), FREE)
    script[11:, ACTORS.index("beijing")] = MOVES_OF["beijing"]["RESTRICT_RARE_EARTHS"]
    was, forced = (play(*many, developers=7, traces=4, script=one).traces for one in (None, script))

    assert np.array_equal(was[:, :11], forced[:, :11])
    assert (forced[:, 11:, TRACE.index("move_beijing")] == 1.0).all()
    assert not np.array_equal(was[:, 11:], forced[:, 11:])


BOUNDED = [name for name, fact in STATE_FACTS.items() if fact.unit in ("share", "probability", "index", "-1 to 1")]


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor != "developers"])
def test_a_move_that_cannot_be_made_does_no_harm(actor):
    """Forced month after month from levers at their ends: every number stays finite and in its range."""
    settings = make_settings("july-2025")
    ends = [{name: getattr(STATE_FACTS[name], end) for name in BOUNDED if name not in Adoption._fields}
            for end in ("low", "high")]  # fmt: skip
    starts = np.array([tuple((settings.state | end).values()) for end in ends], STATE_ROW)
    for move in MOVES_OF[actor]:
        script = np.full((30, len(ACTORS)), FREE)
        script[:, ACTORS.index(actor)] = move
        points = np.repeat(settings.parameter_row(), 2)
        played = play(points, starts, np.arange(2), 30, 5, developers=7, traces=2, script=script)

        assert np.isfinite(played.outcomes).all()
        assert np.isfinite(played.traces).all()
        for name in BOUNDED:
            seen = played.traces[..., TRACE.index(name)]
            assert STATE_FACTS[name].low <= seen.min() <= seen.max() <= STATE_FACTS[name].high, (move.name, name)


# Luck


def test_more_months_extend_the_same_luck():
    short, long = draw_luck(3, 5, 12, 7), draw_luck(3, 5, 30, 7)

    assert np.array_equal(short.types, long.types)
    assert np.array_equal(short.tastes, long.tastes)
    assert np.array_equal(short.chances, long.chances[:12])
    assert np.array_equal(short.revisions, long.revisions[:12])


def test_more_months_extend_the_same_history():
    points, starts, runs, *_ = rows_of(**drawn_case(5))
    short, long = (play(points, starts, runs, months, 8, developers=7, traces=1).traces[0] for months in (9, 15))

    assert np.array_equal(short, long[:9])


def test_the_number_of_developers_shifts_no_other_luck():
    few, many = draw_luck(3, 5, 12, 7), draw_luck(3, 5, 12, 40)

    assert np.array_equal(few.types, many.types)
    assert np.array_equal(few.chances, many.chances)
    assert np.array_equal(few.tastes, many.tastes[:7])


def test_seed_and_run_are_two_keys_and_not_their_sum():
    keys = [(1, 2), (2, 1), (3, 0), (0, 3), (1, 1), (2**63 - 1, 10**9)]

    assert len({draw_luck(*key, 2, 1).chances.tobytes() for key in keys}) == len(keys)


def test_the_streams_of_a_run_are_independent():
    """Correlations between the named chances, the types and the first developers over 2,000 runs are noise."""
    runs = [draw_luck(11, run, 2, 2) for run in range(2000)]
    table = np.array([[*luck.types, *luck.chances[0], *luck.chances[1], *luck.tastes, *luck.revisions.ravel()]
                      for luck in runs])  # fmt: skip

    between = np.corrcoef(table.T) - np.eye(table.shape[1])
    assert np.abs(between).max() < 5 / np.sqrt(2000)  # five standard errors, some 3,900 pairs
    uniform = table[:, TYPE_SLOTS : TYPE_SLOTS + 2 * SLOTS]
    assert np.abs(uniform.mean(axis=0) - 0.5).max() < 5 / np.sqrt(12 * 2000)
    assert np.abs(table[:, :TYPE_SLOTS].std(axis=0) - 1).max() < 5 / np.sqrt(2 * 2000)


def raw_play(chances, tastes, revisions):
    """Play the kernel on luck of our own; returns its trace."""
    loud = make_settings(
        values={
            "us_coordination": 0.3,
            "irritant_rate": 0.8,
            "congress_precision": 1.0,
            "huawei_precision": FACTS["huawei_precision"].low,
            "bridge_chance": 0.1,
            "switching_cost": 2.0,
        }
    )
    points, starts = loud.parameter_row().view(np.recarray), loud.state_row().view(np.recarray)
    traces = np.full((1, len(chances), len(TRACE)), np.nan)
    play_runs(
        points, starts, loud.doctrines, chances[None], tastes[None], revisions[None],
        np.full((len(chances), len(ACTORS)), FREE), np.empty((1, len(OUTCOMES))),
        np.empty((0, 1, len(ensemble.TRACKS)), np.float32), traces,
    )  # fmt: skip
    return traces[0]


def test_free_slots_of_luck_are_free():
    """A new chance that takes one leaves every old history as it was; each named chance is read."""
    luck = draw_luck(6, 1, 100, 0)
    named = len(Chances._fields)
    history = raw_play(luck.chances, luck.tastes, luck.revisions)

    assert named <= SLOTS
    assert len(TYPED) <= TYPE_SLOTS
    other = luck.chances.copy()
    other[:, named:] = 0.5
    assert np.array_equal(raw_play(other, luck.tastes, luck.revisions), history)
    for slot, name in enumerate(Chances._fields):
        other = luck.chances.copy()
        other[:, slot] = (other[:, slot] + 0.5) % 1.0
        assert not np.array_equal(raw_play(other, luck.tastes, luck.revisions), history), name


def test_types_are_drawn_once_a_run_around_the_given_value():
    """ln(drawn / given) is type_spread times the normal of its slot, for the typed names only."""
    row = np.array([tuple(Params(type_spread=0.2))], PARAMETER_ROW)[0]
    luck = draw_luck(4, 2, 1, 0)
    drawn = ensemble.typed_row(row, luck)

    for name in FACTS:
        shift = np.log(drawn[name] / row[name]) if row[name] else 0.0
        assert shift == pytest.approx(0.2 * luck.types[TYPED.index(name)] if name in TYPED else 0.0, abs=1e-12), name


def test_a_world_survives_the_way_through_a_row():
    state = {name: fact.low + (i + 1) / 100 for i, (name, fact) in enumerate(STATE_FACTS.items())}
    row = np.array([tuple(state.values())], STATE_ROW).view(np.recarray)[0]

    assert world_of_row(row) == world_from(state)
    assert state_values(world_from(state)) == state


# Law by law


ABOVE_ZERO = {"line": 0.1, "months": 1.0, "developers": 1}  # a law divides by it, or by one less it


def made(rng, kind, name, world, p):
    """Return an argument of this annotation for a law."""
    if kind in (float, int) and name in ABOVE_ZERO:
        return kind(rng.integers(1, 10) * ABOVE_ZERO[name])
    if kind is float:
        return float(rng.choice([0.0, 0.25, 1.0, rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.0)]))
    if kind is int:
        return int(rng.integers(5))
    if kind is bool:
        return bool(rng.integers(2))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return list(kind)[rng.integers(len(kind))]
    if kind in (World, Params):
        return world if kind is World else p
    if kind is Market:
        return chip_market(world, p)  # nobody sells without supply
    if hasattr(kind, "_fields"):
        held = [part for part in world[1:] if type(part) is kind]
        fields = typing.get_type_hints(kind)
        return held[0] if held else kind(*(made(rng, fields[field], field, world, p) for field in fields))
    if typing.get_origin(kind) is tuple and typing.get_args(kind)[1] is Ellipsis:
        return tuple(rng.normal(size=5).tolist())
    assert typing.get_origin(kind) is tuple, f"a law takes {name}: {kind}; teach this test to make one"
    return tuple(made(rng, part, name, world, p) for part in typing.get_args(kind))


@pytest.fixture(scope="module")
def places():
    """Worlds and parameters that histories came through, the parameters as Params and as the kernel's record."""
    found = []
    for number in range(6):
        case = drawn_case(number) | {"months": 4, "developers": 7}
        model = Standoff(**case)
        for _ in range(number % 4):
            model.step()
        row = np.array([tuple(model.params)], PARAMETER_ROW).view(np.recarray)[0]
        found.append((model.world, model.params, row))
        release(model)
    return found


def bits(value):
    """Return a value with its floats spelt to the last bit."""
    if isinstance(value, tuple):
        return tuple(bits(part) for part in value)
    return value.hex() if isinstance(value, float) else value


def agrees(rule, places):
    rng = np.random.default_rng(len(rule.__name__))
    kinds = {name: kind for name, kind in typing.get_type_hints(rule).items() if name != "return"}
    fast = compiled(rule)
    for world, p, row in places:
        for _ in range(8):
            given = [made(rng, kind, name, world, p) for name, kind in kinds.items()]
            plain = rule(*given)
            quick = fast(*(row if value is p else value for value in given))
            assert bits(quick) == bits(plain), f"{rule.__name__}{tuple(given)}"


BY_HAND = ("world_of_row", "write_month")  # they read and write rows: tested above, and by the trace
ALONE = [rule for rule in LAWS if rule.__name__ not in BY_HAND]


# Whole histories agree above; this says which law is to blame when they do not, and compiles each anew.
@needs_jit
@pytest.mark.slow
@pytest.mark.parametrize("rule", ALONE, ids=lambda rule: rule.__name__)
def test_a_law_compiled_is_the_law_as_written(rule, places):
    agrees(rule, places)


def test_laws_have_names_of_their_own():
    names = [rule.__name__ for rule in LAWS]

    assert len(names) == len(set(names)) > 100
    assert {"us_values", "beijing_values", "negotiate"} <= {rule.__name__ for rule in ALONE}


# The contract of a law, read from its source


def breaches(source, globals_of_it):
    """Yield what a law's source does against the contract in world/law.py."""
    tree = ast.parse(textwrap.dedent(source))
    rule = tree.body[0]
    if not ast.get_docstring(rule):
        yield "has no docstring"
    if rule.args.kwonlyargs or rule.args.vararg or rule.args.kwarg:
        yield "takes keyword-only or any number of arguments"
    if rule.returns is None or any(arg.annotation is None for arg in rule.args.args):
        yield "is not fully annotated"
    for node in (part for line in rule.body for part in ast.walk(line)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            value = globals_of_it.get(node.id)
            if node.id in ("np", "numpy", "random", "time", "print", "open"):
                yield f"uses {node.id}: laws use math and their arguments"
            if isinstance(value, int | float | str | list | dict | set) and not isinstance(value, type):
                yield f"reads the module's {node.id}: numbers come from Params"
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow):
            power = node.right if isinstance(node, ast.BinOp) else node.value
            if not (isinstance(power, ast.Constant) and isinstance(power.value, float)) or power.value in (2.0, 0.5):
                yield "writes a power: write x * x or math.sqrt(x), else a float exponent"
        if isinstance(node, ast.Attribute) and node.attr in ("pow", "hypot", "fsum", "cbrt"):
            yield f"uses {node.attr}, whose last bit differs"
        if isinstance(node, ast.Call) and len(node.args) + len(node.keywords) > 15:
            inside = [*node.args, *(keyword.value for keyword in node.keywords)]
            if any(isinstance(part, ast.IfExp) for value in inside for part in ast.walk(value)):
                yield "builds a large tuple from a conditional: take it into a local first"
        if isinstance(node, ast.Global | ast.Nonlocal | ast.Lambda | ast.Try | ast.Raise):
            yield f"has a {type(node).__name__.lower()}"


@pytest.mark.parametrize("rule", LAWS, ids=lambda rule: rule.__name__)
def test_a_law_keeps_the_contract(rule):
    assert list(breaches(inspect.getsource(rule), rule.__globals__)) == []


SOUND = 'def f(x: float) -> float:\n    """Say."""\n    return {}\n'


@pytest.mark.parametrize(
    "text",
    [
        "np.exp(x)", "x ** 2", "x ** -1", "x ** 2.0", "x ** x", "math.pow(x, 3.0)", "x * SCALE", "x * TABLE[0]",
        "random.random()", "(lambda y: y)(x)", f"g({', '.join('x' * 15)}, 1.0 if x else 2.0)",
    ],
)  # fmt: skip
def test_a_breach_of_the_contract_is_seen(text):
    assert list(breaches(SOUND.format(text), {"SCALE": 1.2, "TABLE": [1.0]}))


@pytest.mark.parametrize("text", ["x * x", "math.sqrt(x)", "x ** 3.0", "MOVES[0]", "1.0 if x else 2.0"])
def test_what_the_contract_allows_is_let_be(text):
    assert list(breaches(SOUND.format(text), {"MOVES": tuple(DOCTRINES_OF["us"])})) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(x: float) -> float:\n    return x\n",
        'def f(x) -> float:\n    """Say."""\n    return x\n',
        'def f(x: float):\n    """Say."""\n    return x\n',
        'def f(x: float, *, y: float) -> float:\n    """Say."""\n    return x\n',
        'def f(x: float) -> float:\n    """Say."""\n    x **= 2\n    return x\n',
    ],
)
def test_a_law_without_its_form_is_seen(source):
    assert list(breaches(source, {}))


def test_the_trace_names_each_column_once():
    assert len(TRACE) == len(set(TRACE))
    assert set(TRACE) >= {*STATE_FACTS, *Market._fields}
