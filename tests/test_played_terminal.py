"""`standoff play` as a person meets it: keys in, lines of at most 80 columns out, and nothing lost whatever happens."""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time

import pytest

from standoff.experiments.cli import main
from standoff.experiments.played import terminal
from standoff.experiments.played.saves import load_game

pty = pytest.importorskip("pty")  # a terminal of Unix

QUICK = ["--months", "2", "--developers", "3", "--seed", "3"]
AT_TABLE = ["--set", "truce_months=1", "--set", "talk_urgency=1"]  # a truce about to end brings talks


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def keyed(monkeypatch, capsys):
    """Play in this process: `keyed(arguments, keys)` returns the exit code, the lines out and the line of error."""

    def play(arguments, keys):
        keys = iter(keys)

        def typed(prompt):
            sys.stdout.write(prompt)
            with contextlib.suppress(StopIteration):
                key = next(keys)
                if key is KeyboardInterrupt:
                    raise KeyboardInterrupt
                sys.stdout.write("\n")
                return key
            raise EOFError

        monkeypatch.setattr("builtins.input", typed)
        code = main(["play", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return play


def test_help_why_and_mistakes_cost_nothing(keyed, elsewhere):
    keys = [
        "?",
        "d",
        "w 2",
        "w",
        "",
        "0",
        "99",
        "-1",
        "١",
        "danse",
        "hol d",
        "\x1b[2Jx",
        "lift design software",
        "s",
        "q",
    ]
    code, out, err = keyed(QUICK, keys)

    assert (code, err) == (0, "")
    for says in (
        "reservation value", "update controls: Close the loopholes", "tighten chips 1", "from hold",
        "allowed: 1 to 12", "is no choice",
        "it would change nothing", "Saved in game-us-3.json", "To go on: standoff play game-us-3.json",
    ):  # fmt: skip
        assert says in " ".join(out.split())
    assert "\x1b" not in out
    assert out.count("month 1 of 2") == 1
    assert load_game(elsewhere / "game-us-3.json").choices == []


def test_a_game_is_played_at_the_table_and_debriefed(keyed, elsewhere):
    keys = ["1", "m", "w", "2", *["1"] * 9]
    code, out, err = keyed([*QUICK, *AT_TABLE], keys)
    assert (code, err) == (0, "")  # the keys end when all is told: that is an end like any other
    told = " ".join(out.split())

    assert max(len(line) for line in out.splitlines() if "number; w why" not in line) <= 80
    assert not re.search(r"[^\x00-\x7f]", out)  # what a screen reader or a plain terminal cannot say
    for says in (
        "month 1 of 2", "month 2 of 2", "the table is open", "Reservation value: without a deal you expect",
        "Estimated zone of possible agreement", "The debrief of 2 months", "Regret of the US administration",
        "What others learned from the US administration", "tit for tat", "The table opened", "One move otherwise",
    ):  # fmt: skip
        assert says in told, says
    assert load_game(elsewhere / "game-us-3.json").over


def test_each_month_is_told_in_few_lines(keyed):
    _, out, _ = keyed(["--as", "beijing", *QUICK], ["1", *["1"] * 9])
    for month in re.findall(r"month \d of 2: Beijing\n(.*?)\nPayoff that", out, re.DOTALL):
        assert 6 <= len([line for line in month.splitlines() if not line.startswith("    ")]) <= 12


@pytest.mark.parametrize("seat", ["nvidia", "congress", "taiwan", "huawei"])
def test_every_kind_of_seat_can_be_played(keyed, seat):
    code, out, err = keyed(["--as", seat, "--months", "1", "--developers", "0"], ["2", "q"])

    assert (code, err) == (0, "")
    assert "No regret" in out or "Regret" in out
    assert "* a person's seat" in out


def test_one_move_is_played_otherwise(keyed):
    keys = ["press allies", *["1"] * 3, "", "2025-07 hol", "2025-07", "2024-01 hold", "2025-07 hold", "q"]
    code, out, err = keyed(["--months", "1", "--developers", "3"], keys)
    told = " ".join(out.split())

    assert (code, err) == (0, "")
    assert "Regret" in told
    assert told.count("as played changed differs") == 2  # the suggestion, and what was typed
    for says in ("did you mean", "write a month and a move", "not in this history"):
        assert says in told


@pytest.mark.parametrize("end", [KeyboardInterrupt, None], ids=["Ctrl-C", "end of input"])
def test_an_interrupted_game_is_kept(keyed, elsewhere, end):
    code, _, err = keyed(QUICK, ["1", *([end] if end else [])])

    assert code == 3
    assert err == "standoff: the game is kept; `standoff play game-us-3.json` goes on\n"
    assert [choice.made for choice in load_game(elsewhere / "game-us-3.json").choices][:1] == ["hold"]


def test_a_second_game_does_not_overwrite_the_first(keyed, elsewhere):
    keyed(QUICK, ["1", "q"])
    first = (elsewhere / "game-us-3.json").read_bytes()
    keyed(QUICK, ["2", "q"])

    assert (elsewhere / "game-us-3.json").read_bytes() == first
    assert load_game(elsewhere / "game-us-3-2.json").choices[0].made == "tighten_chips"


def test_the_view_is_json_on_demand(keyed, elsewhere):
    code, out, err = keyed(["--format", "json", *QUICK, "--save", "mine.json"], [])
    document = json.loads(out)

    assert (code, err) == (0, "")
    assert document["views"]["us"]["asks"][0]["id"] == "2025-07:move:us"
    assert "domestic_chip_capacity" not in document["views"]["us"]["state"]
    assert (elsewhere / "mine.json").exists()


def test_mistakes_are_one_line_and_leave_nothing(keyed, elsewhere):
    (elsewhere / "notes.json").write_text('{"kind": "notes"}')
    before = sorted(elsewhere.iterdir())
    for arguments, says in (
        (["absent.json"], "No such file"),
        (["notes.json"], "no saved game"),
        (["notes.json", "--seed", "3"], "leave out --seed"),
        (["notes.json", "--as", "us"], "leave out --as"),
        (["."], "cannot be read"),
        (["no\0name"], "cannot be read"),
        (["--as", "uss"], "did you mean us"),
        (["--as", "developers"], "unknown actor"),
        (["--doctrine", "us=freeze"], "not by the doctrine"),
        (["--save", "notes.json"], "exists"),
        (["--save", "absent/mine.json"], "cannot write"),
        (["--months", "0"], "from 1 to 1200"),
    ):
        code, out, err = keyed(arguments, [])
        assert (code, out) == (2, ""), arguments
        assert says in err
        assert err.count("\n") == 1
        assert sorted(elsewhere.iterdir()) == before


def test_a_full_disk_keeps_the_choices_before(keyed, elsewhere, monkeypatch):
    real, saves = terminal.save_game, []

    def full(game, path):
        saves.append(len(game.choices))
        if len(saves) > 1:
            raise OSError(28, "No space left on device")
        real(game, path)

    monkeypatch.setattr(terminal, "save_game", full)
    code, _, err = keyed(QUICK, ["1"])

    assert code == 3
    assert "No space left on device" in err
    assert load_game(elsewhere / "game-us-3.json").choices == []


# In a terminal of its own


PROGRAM = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C is a signal
from standoff.experiments.cli import main
sys.exit(main(sys.argv[1:]))
"""


class Terminal:
    """A process in a pseudo-terminal, typed to and read from."""

    def __init__(self, *arguments):
        self.ours, theirs = pty.openpty()
        command = [sys.executable, "-c", PROGRAM, "play", *arguments]
        environment = {**os.environ, "TERM": "dumb", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.seen = ""

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)

    def wait_for(self, text, again=""):
        """Read until a text that was not there before; type some keys again whenever nothing comes for long."""
        end = time.monotonic() + 120
        while text not in self.seen:
            ready, _, _ = select.select([self.ours], [], [], 10)
            assert ready or time.monotonic() < end, f"no {text!r} in {self.seen[-2000:]!r}"
            if not ready:
                self.type(again)
                continue
            read = b""
            with contextlib.suppress(OSError):  # the other end is closed
                read = os.read(self.ours, 65536)
            assert read or text in self.seen, f"ended without {text!r}: {self.seen[-2000:]!r}"
            self.seen += read.decode()
        before, _, self.seen = self.seen.partition(text)
        return before

    def type(self, keys):
        os.write(self.ours, keys.encode())

    def exit_code(self):
        return self.process.wait(60)


def killed_in_its_second_month():
    no_talks = ["--set", "talk_rate=0", "--set", "talk_urgency=0"]
    with Terminal("--months", "2", "--developers", "3", "--save", "mine.json", *no_talks) as began:
        began.wait_for("Your move")
        began.type("press allies\n")
        began.wait_for("month 2 of 2")
        began.wait_for("Your move")
        os.killpg(began.process.pid, signal.SIGKILL)
        assert began.exit_code() == -signal.SIGKILL


def test_a_killed_game_goes_on_to_its_debrief(keyed, elsewhere):
    killed_in_its_second_month()
    assert [choice.made for choice in load_game(elsewhere / "mine.json").choices] == ["press_allies"]
    code, out, err = keyed(["mine.json"], ["hold", "", "q"])

    assert (code, err) == (0, "")
    assert "month 1 of 2" not in out
    assert [part in out for part in ("month 2 of 2", "The debrief of 2 months", "differs")] == [True, True, True]


@pytest.mark.slow
@pytest.mark.usefixtures("elsewhere")
def test_a_killed_game_goes_on_in_a_new_terminal():
    killed_in_its_second_month()
    with Terminal("mine.json") as resumed:
        resumed.wait_for("month 2 of 2")
        resumed.wait_for("Your move")
        resumed.type("hold\n")
        resumed.wait_for("The debrief of 2 months")
        resumed.wait_for("(q ends): ")
        resumed.type("\n")
        resumed.wait_for("differs")
        resumed.wait_for("(q ends): ")
        resumed.type("q\n")
        assert resumed.exit_code() == 0


@pytest.mark.slow
@pytest.mark.parametrize("keys", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_keys_that_end_a_program_keep_the_game(elsewhere, keys):
    """A Ctrl-C between Python's prompt and its wait for keys is heard with the next key only: it is typed again."""
    with Terminal(*QUICK, "--save", "mine.json") as began:
        began.wait_for("Your move")
        began.type(keys)
        began.wait_for("`standoff play mine.json` goes on", again=keys)
        assert began.exit_code() == 3
    load_game(elsewhere / "mine.json").close()
