"""A class without the web: seats, moves, timer, pause, what is kept, and whoever wishes it ill."""

import json
import re
import socket
import threading
from pathlib import Path

import pytest

import standoff
from standoff.experiments.classroom import serving
from standoff.experiments.classroom.room import LOBBY, OVER, PAUSED, PLAYING, Room, Rooms, likeliest
from standoff.experiments.classroom.serving import free_port, own_address, port_number
from standoff.experiments.classroom.store import Store
from standoff.experiments.cli import main
from standoff.experiments.played import debrief
from standoff.experiments.played.game import MOVE
from standoff.experiments.played.view import KNOWN_TO
from standoff.world.checks import BadInput

PLAN = {"us": "student", "beijing": "student", "nvidia": "student", "huawei": "student"}


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch):
    """Waiting for a busy disk would be most of these tests."""
    monkeypatch.setattr("os.fsync", lambda _: None)


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "classes")


@pytest.fixture
def rooms(store, clock):
    return Rooms(store, clock)


@pytest.fixture
def room(rooms):
    def make(plan=PLAN, months=2, timer=0, seat=True, begin=True):
        made = rooms.new(title="A class", scenario="july-2025", months=months, plan=plan, timer=timer)
        for place in made.game.people if seat else ():
            made.sit(f"token of {place}", place, place.title())
        if begin:
            made.begin()
        return made

    return make


def asks(room, seat):
    return room.shown.views[seat]["asks"]


def answer(room, seat, choice=None):
    ask = asks(room, seat)[0]
    room.submit(f"token of {seat}", ask.id, choice or likeliest(ask))


def step(room):
    """Let the first seat that is asked choose."""
    answer(room, room.shown.asked[0][0])


def kept(room):
    return [json.loads(line) for line in room.store.path(room.code).read_text("utf-8").splitlines()]


# A class


def test_a_month_passes_when_all_have_moved(room):
    one = room()

    assert one.shown.asked == (("beijing", MOVE),)
    answer(one, "beijing", "hold")
    assert one.shown.asked == (("us", MOVE),)
    answer(one, "us", "hold")
    while one.shown.asked[0][0] not in ("nvidia", "huawei"):  # a table may open
        step(one)
    assert {seat for seat, _ in one.shown.asked} == {"nvidia", "huawei"}
    answer(one, "huawei")
    assert one.shown.t == 0
    answer(one, "nvidia")
    assert one.shown.t == 1
    assert one.shown.played[0]["moves"]["us"] == "hold"


def test_a_class_ends_with_its_last_month(room):
    one = room(months=1)
    while one.phase == PLAYING:
        step(one)

    assert one.phase == OVER
    assert one.finished().over
    with pytest.raises(BadInput, match="over"):
        one.begin()


def test_the_timer_moves_those_who_are_late(room, clock):
    one = room(plan={**PLAN, "nvidia": "agent"}, timer=30)
    clock.now = 29.0
    one.tick()
    assert one.shown.asked == (("beijing", MOVE),)
    assert one.seconds_left() == 1
    clock.now = 30.0
    one.tick()
    assert one.shown.asked == (("us", MOVE),)
    assert one.seconds_left() == 30
    assert one.shown.log[-1]["by"] == "timer"
    with pytest.raises(BadInput, match="answered already"):
        one.submit("token of beijing", "2025-07:move:beijing", "hold")


def test_those_who_choose_at_once_share_a_timer(room, clock):
    one = room(timer=30)
    while len(one.shown.asked) < 2:
        step(one)
    clock.now += 20.0
    step(one)
    assert one.seconds_left() == 10


def test_a_pause_stops_the_timer_and_takes_no_moves(room, clock):
    one = room(timer=30)
    clock.now = 20.0
    one.pause()
    clock.now = 500.0
    one.tick()
    with pytest.raises(BadInput, match="paused"):
        answer(one, "beijing")
    assert one.phase == PAUSED
    one.begin()
    assert one.seconds_left() == 10
    assert one.shown.asked == (("beijing", MOVE),)


def test_an_empty_seat_is_played_until_somebody_sits_down(room):
    one = room(seat=False, begin=False)
    one.sit("token of us", "us", "Ada")
    one.begin()
    assert one.shown.asked == (("us", MOVE),)
    one.sit("token of huawei", "huawei", "Late")
    answer(one, "us")
    while one.shown.asked[0][0] == "us":
        step(one)
    assert one.shown.asked == (("huawei", MOVE),)
    assert [entry["by"] for entry in one.shown.log][:2] == ["empty seat", "student"]


def test_a_freed_seat_can_be_taken_again(room):
    one = room(begin=False)
    one.free("us")
    one.sit("new phone", "us", "Ada again")
    one.begin()
    answer(one, "beijing")
    with pytest.raises(BadInput, match="no seat"):
        one.submit("token of us", asks(one, "us")[0].id, "hold")
    one.submit("new phone", asks(one, "us")[0].id, "hold")
    assert one.shown.log[-1]["choice"]["seat"] == "us"


def test_nobody_begins_an_empty_class(room):
    one = room(seat=False, begin=False)
    with pytest.raises(BadInput, match="nobody"):
        one.begin()


def test_a_class_that_is_ended_is_played_out_by_agents(room):
    one = room(months=3)
    step(one)
    one.end()
    game = one.finished()
    assert (one.phase, game.over, len(game.months)) == (OVER, True, 3)
    assert game.months[2].by_agent
    mine = next(choice for choice in game.choices if choice.kind == MOVE)
    again = debrief.replayed(game, mine)
    assert set(again["difference"].values()) == {0.0}
    assert again["agent_decided"] == []  # agents played the rest before as well
    game.close()


def test_a_student_sees_only_what_its_actor_knows(room):
    one = room()
    assert "hidden_stock" in one.shown.views["huawei"]["state"]
    for seat in ("us", "nvidia"):
        hidden = {name for name, knows in KNOWN_TO.items() if seat not in knows}
        assert hidden
        assert not hidden & one.shown.views[seat]["state"].keys()


# What is kept


def test_a_restart_in_mid_month_loses_nothing(room, store):
    one = room(months=3, timer=60)
    for _ in range(6):
        step(one)
    again = Room(store, one.code)

    for name in ("phase", "t", "asked", "holders", "views", "played", "moved", "table", "log"):
        assert getattr(again.shown, name) == getattr(one.shown, name), name
    assert again.game.model.world == one.game.model.world
    assert again.seconds_left() == 60
    answer(again, again.shown.asked[0][0])
    assert len(kept(again)) == len(one.shown.log) + 1 + len(kept(one)) - len(again.shown.log)


def test_a_move_is_on_disk_before_it_is_acknowledged(room, monkeypatch):
    one = room()
    synced = []
    monkeypatch.setattr("os.fsync", lambda file: synced.append(kept(one)[-1]) if file else None)
    answer(one, "beijing", "hold")
    assert synced[0]["choice"]["made"] == "hold"


def test_a_full_disk_takes_no_move_and_loses_none(room, store, monkeypatch):
    one = room()
    answer(one, "beijing", "subsidise")
    before, shown = kept(one), one.shown

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(BadInput, match="No space left"):
            answer(one, "us", "hold")
    assert kept(one) == before
    assert one.shown.asked == shown.asked
    answer(one, "us", "hold")
    assert Room(store, one.code).shown.moved == {"beijing": "subsidise", "us": "hold"}


def test_a_pause_that_a_full_disk_refuses_leaves_the_timer_running(room, clock, monkeypatch):
    one = room(timer=30)
    clock.now = 20.0

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(BadInput, match="No space left"):
            one.pause()
    assert (one.phase, one.seconds_left()) == (PLAYING, 10)


def test_a_line_cut_short_by_a_crash_is_dropped(room, store):
    one = room()
    answer(one, "beijing", "hold")
    whole = store.path(one.code).read_bytes()
    step(one)
    after = store.path(one.code).read_bytes()
    store.path(one.code).write_bytes(after[: len(whole) + 20])
    again = Room(store, one.code)
    assert again.shown.asked == (("us", MOVE),)
    answer(again, "us", "hold")
    assert Room(store, one.code).shown.moved == {"beijing": "hold", "us": "hold"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text.replace('"made": "subsidise"', '"made": "restrict_rare_earths"'), "does not come out"),
        (lambda text: text.replace('"made": "subsidise"', '"made": "lobby"'), "cannot be replayed"),
        (lambda text: text.replace("{", "[", 1), "damaged"),
        (lambda text: text.replace('"event": "choice"', '"event": "gift"'), "unknown event"),
        (lambda text: "\n" + text, "damaged"),
        (lambda text: text.replace('"timer": 0', '"timer": null'), "cannot be replayed"),
    ],
)
def test_a_file_changed_by_hand_is_refused(room, store, change, complaint):
    one = room(plan={"beijing": "student"})
    answer(one, "beijing", "subsidise")
    path = store.path(one.code)
    text = path.read_text("utf-8")
    assert change(text) != text
    path.write_text(change(text), "utf-8")
    with pytest.raises(BadInput, match=complaint):
        Room(store, one.code)


def test_the_secrets_outlive_a_restart(store):
    again = Store(store.folder)
    assert (again.teacher_key, again.cookie_secret) == (store.teacher_key, store.cookie_secret)
    assert Store(store.folder.parent / "other").teacher_key != store.teacher_key


# Ill will


@pytest.mark.parametrize(
    ("token", "ask", "choice", "complaint"),
    [
        ("token of us", "2025-07:move:beijing", "hold", "not asked of us"),  # another student's seat
        ("token of nvidia", "2025-07:move:nvidia", "lobby", "not asked"),  # out of turn
        ("nobody's", "2025-07:move:beijing", "hold", "no seat"),
        ("", "2025-07:move:beijing", "hold", "no seat"),
        ("token of beijing", "2025-07:move:beijing", "lobby", "unknown choice"),
        ("token of beijing", "2025-07:move:beijing", "<script>", "unknown choice"),
        ("token of beijing", "2025-08:move:beijing", "hold", "not asked"),
        ("token of beijing", "x" * 5_000_000, "hold", "not asked"),
        ("token of beijing", "2025-07:move:beijing", "x" * 5_000, "unknown choice"),
    ],
)
def test_a_forged_move_changes_nothing(room, token, ask, choice, complaint):
    one = room()
    before, shown = kept(one), one.shown
    with pytest.raises(BadInput, match=complaint):
        one.submit(token, ask, choice)
    assert kept(one) == before
    assert one.shown == shown


def test_a_move_sent_again_counts_once(room):
    one = room()
    ask = asks(one, "beijing")[0].id
    one.submit("token of beijing", ask, "hold")
    with pytest.raises(BadInput, match="answered already"):
        one.submit("token of beijing", ask, "restrict_rare_earths")
    assert one.shown.moved["beijing"] == "hold"
    assert len(one.shown.log) == 1


def test_of_many_that_move_at_once_one_counts(room):
    one, refused = room(), []
    ask = asks(one, "beijing")[0].id

    def send():
        try:
            one.submit("token of beijing", ask, "hold")
        except BadInput as error:
            refused.append(error)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert len(one.shown.log) == 1


def test_a_seat_of_one_class_is_none_in_another(room):
    one, other = room(), room(seat=False, begin=False)
    other.sit("somebody else", "beijing", "Eve")
    other.begin()
    with pytest.raises(BadInput, match="no seat"):
        other.submit("token of beijing", asks(one, "beijing")[0].id, "hold")
    assert one.shown.asked == (("beijing", MOVE),)


def test_a_seat_is_taken_once(room):
    one = room(begin=False)
    with pytest.raises(BadInput, match="taken"):
        one.sit("thief", "us", "Eve")
    with pytest.raises(BadInput, match="already hold"):
        one.sit("token of us", "beijing", "Ada")
    with pytest.raises(BadInput, match="unknown seat"):
        one.sit("thief", "japan", "Eve")  # an agent's


@pytest.mark.parametrize("name", ["", "   ", "x" * 31, "x" * 10_000_000, "\x00\x1b"])
def test_a_name_that_is_none_is_refused(room, name):
    one = room(seat=False, begin=False)
    with pytest.raises(BadInput, match="name: "):
        one.sit("token", "us", name)
    assert one.shown.holders == {}


@pytest.mark.parametrize(
    "code", ["", "../secrets", "ABCDE", "ABCDEFG", "ABCDE/", "АBCDEF", "secrets", "A" * 10_000, "\0" * 6]
)
def test_a_code_that_is_none_opens_no_file(rooms, code):
    with pytest.raises(BadInput, match="is not the code of a class"):
        rooms.get(code)


def test_an_unknown_code_is_refused_and_makes_nothing(rooms, store):
    with pytest.raises(BadInput, match="there is no class"):
        rooms.get("ABCDEF")
    assert store.codes() == []


def test_classes_are_listed_by_their_titles(room, store):
    one = room(begin=False)
    store.path("ABCDEF").write_text("{", encoding="utf-8")

    assert store.titles() == {one.code: one.title, "ABCDEF": ""}


def test_a_code_is_found_in_small_letters(rooms, room):
    one = room(seat=False, begin=False)
    assert rooms.get(f" {one.code.lower()} ") is one
    assert one.phase == LOBBY


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"plan": {"us": "agent"}}, "at least one seat"),
        ({"plan": {"us": "patient"}}, "unknown player of us"),
        ({"plan": {"developers": "student"}}, "unknown player of developers"),
        ({"plan": {"moon": "student"}}, "unknown actor"),
        ({"months": 0}, "months"),
        ({"months": 10_000}, "months"),
        ({"months": 2.5}, "months"),
        ({"timer": -1}, "timer"),
        ({"timer": None}, "timer"),
        ({"title": " "}, "title"),
        ({"seed": -1}, "seed"),
        ({"scenario": "moon"}, "scenario"),
        ({"scenario": "../../etc/passwd"}, "passwd"),
    ],
)
def test_a_class_that_cannot_be_is_refused(rooms, store, given, complaint):
    whole = {"title": "A", "scenario": "july-2025", "months": 2, "plan": PLAN, "timer": 0, "seed": 1}
    with pytest.raises(BadInput, match=complaint):
        rooms.new(**{**whole, **given})
    assert store.codes() == []


def test_too_many_classes_are_refused(room, monkeypatch):
    room(seat=False, begin=False)
    monkeypatch.setattr("standoff.experiments.classroom.store.MOST_CLASSES", 1)
    with pytest.raises(BadInput, match="1 classes already"):
        room(seat=False, begin=False)


# The command


@pytest.mark.parametrize("port", ["0", "65536", "x", "-1", "8080.0", "٨٠"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(BadInput, match="--port"):
        port_number(port)


def test_a_host_that_is_none_is_refused():
    with pytest.raises(BadInput, match="cannot listen on --host 256"):
        free_port("256.0.0.1", 8080)


def test_this_machine_answers_at_the_address_that_is_told():
    with socket.socket() as listener:
        listener.bind((own_address(), 0))


def test_the_command_of_the_document_says_where_to_go(tmp_path, monkeypatch, capsys):
    document = (Path(standoff.__file__).parent / "docs" / "classroom.md").read_text("utf-8")
    (command,) = re.findall(r"^\.venv/bin/standoff (serve [^#\n]*)", document, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serving, "warm_up", lambda: None)
    monkeypatch.setattr(serving, "run_site", lambda *_: None)

    assert main([*command.split(), "--port", "18080"]) == 3  # as after Ctrl-C
    told = capsys.readouterr().out
    shown = re.search(r"^```text\n(The classes.*?)^```", document, re.MULTILINE | re.DOTALL)[1]
    for line in shown.splitlines():
        assert line.split("http")[0] in told
    assert f"http://{own_address()}:18080/teach?key=" in told
