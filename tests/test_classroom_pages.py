"""The classroom's pages without a browser: what they show, to whom, and what they refuse."""

import asyncio
import csv
import io
import sys

import httpx
import pytest

from standoff.experiments.classroom import debriefing, serving
from standoff.experiments.classroom.room import Rooms, likeliest
from standoff.experiments.classroom.store import Store

pytest.importorskip("nicegui")

from standoff.experiments.classroom import sandbox, widgets
from standoff.world.checks import BadInput

PLAN = {"us": "student", "beijing": "student", "nvidia": "student"}


@pytest.fixture
def rooms(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: None)
    return Rooms(Store(tmp_path / "classes"))


def over(rooms, months=2):
    """Make a class that is over, played by the likeliest choices."""
    room = rooms.new(title="A class", scenario="april-2025", months=months, plan=PLAN, timer=0)
    for seat in room.game.people:
        room.sit(f"token of {seat}", seat, "=cmd()")
    room.begin()
    while room.shown.asked:
        seat = room.shown.asked[0][0]
        ask = room.shown.views[seat]["asks"][0]
        room.submit(f"token of {seat}", ask.id, likeliest(ask))
    return room


# What a debrief says


@pytest.fixture
def debriefed(rooms):
    room = over(rooms)
    return room, debriefing.report(room)


def test_a_debrief_tells_of_every_month_and_student(debriefed):
    room, found = debriefed
    months = [month["month"] for month in room.shown.played]
    rows = list(csv.DictReader(io.StringIO(debriefing.csv_text(room, found), newline="")))
    moves = [row for row in rows if row["kind"] == "move"]

    assert [row["month"] for row in found.equilibrium] == months
    assert {seat: len(regrets) for seat, regrets in found.regrets.items()} == dict.fromkeys(PLAN, 2)
    assert len(moves) == 2 * 10
    assert {row["by"] for row in moves if row["seat"] in PLAN} == {"student"}
    assert {row["by"] for row in moves if row["seat"] not in PLAN} == {"agent"}
    assert not any("cmd" in str(row) for row in rows)
    for row in moves:
        if row["seat"] in PLAN:
            assert float(row["best_value"]) - float(row["value"]) == float(row["regret"])


def test_the_class_lies_in_its_own_bin(debriefed):
    found = debriefed[1]
    for seat, bins in found.histograms.items():
        width = bins["middles"][1] - bins["middles"][0]
        mine = found.compared[seat]["payoff"]
        assert abs(bins["middles"][bins["mine"]] - mine) <= width * 0.501
        assert sum(bins["counts"]) == debriefing.debrief.RUNS - 1


def test_a_class_that_is_not_over_has_no_debrief(rooms):
    room = rooms.new(title="A", scenario="july-2025", months=2, plan=PLAN, timer=0)
    with pytest.raises(BadInput, match="not over"):
        debriefing.report(room)


# The sandbox


def test_a_share_link_leads_back_to_its_numbers():
    values = {**sandbox.FIRST, "us_precision": 0.1 + 0.2, "us_retaliation": 40.0}
    query = httpx.URL(sandbox.link(values, 3)).params
    back, seed = sandbox.asked(dict(query))

    assert {**sandbox.FIRST, **back} == values
    assert seed == 3


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({"us_retaliation": "61"}, "out of range"),
        ({"us_retaliation": "nan"}, "out of range"),
        ({"us_retaliation": "<script>"}, "not a number"),
        ({"us_retaliatio": "1"}, "did you mean us_retaliation"),
        ({"seed": "-1"}, "seed"),
        ({"seed": "1" * 40}, "seed"),
        ({"scenario": "hot"}, "unknown number of the sandbox"),
    ],
)
def test_a_link_with_something_else_is_refused(query, complaint):
    with pytest.raises(BadInput, match=complaint):
        sandbox.asked(query)


def test_the_history_is_the_same_alone_and_in_an_ensemble():
    alone, among = (sandbox.drawn(sandbox.FIRST, 1, "hot", runs) for runs in (1, 5))
    other = sandbox.drawn({**sandbox.FIRST, "us_retaliation": 17.0}, 1, "hot", 1)

    assert (alone.digest, alone.lines) == (among.digest, among.lines)
    assert other.digest != alone.digest
    assert sum(among.regimes.values()) == 5


# The pages


def test_what_is_typed_is_never_html():
    evil = "<img src=x onerror=alert()>"
    assert "<img" not in widgets.table_text(evil, [evil], [[evil, evil]])


def pages(rooms, visit):
    """Serve the pages within this process and let `visit` ask for some."""
    from nicegui.testing.general import nicegui_reset_globals
    from nicegui.testing.user_simulation import user_simulation

    async def within():
        async with user_simulation() as user:
            serving.build_site(rooms)
            await visit(user)

    loaded = dict(sys.modules)
    try:
        with nicegui_reset_globals():
            asyncio.run(within())
    finally:
        sys.modules.update(loaded)  # NiceGUI unloads the pages' modules and their parents: others would load them twice


def test_a_page_of_each_kind(rooms):
    room = over(rooms)

    async def visit(user):
        await user.open("/")
        await user.should_see("Code of your class")
        await user.open(f"/class/{room.code}")
        await user.should_see("The game is over.")
        await user.open("/class/ABCDEF")
        await user.should_see("No such class")
        for closed in ("/teach", f"/teach/{room.code}", "/teach?key=wrong"):
            await user.open(closed)
            await user.should_see("For the teacher")
        await user.open(f"/debrief/{room.code}")
        await user.should_see("Not open")
        await user.open("/sandbox?us_retaliation=1e9")
        await user.should_see("This link cannot be followed")
        await user.open(f"/teach?key={rooms.store.teacher_key}")
        await user.should_see("A new class")
        await user.open(f"/teach/{room.code}")
        await user.should_see("Open the debrief")
        answer = await user.http_client.post("/", content=b"x" * (serving.MOST_BYTES + 1))
        assert answer.status_code == 413
        answer = await user.http_client.post("/", content=b"x")
        assert answer.status_code == 405

    pages(rooms, visit)
