"""The command line: what it prints, where it prints it, and how it ends."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import standoff
from standoff.agents.moves import ACTORS
from standoff.experiments import cli
from standoff.experiments.cli import main
from standoff.experiments.endings import RunError, Stopped
from standoff.world.state import STATE_FACTS

VERBS = ("list", "explain", "run", "why", "play", "sweep", "map", "equilibria", "solve", "plot", "bench")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def told(capsys, *arguments):
    """Return the one line that bad input is answered with, after checking that nothing else happened."""
    before = sorted(Path().rglob("*"))
    code = main(arguments)
    out, err = capsys.readouterr()

    assert (code, out) == (2, "")
    assert err.startswith("standoff: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert sorted(Path().rglob("*")) == before
    return err


BAD = [
    (["swep", "demo"], "did you mean sweep?"),
    (["frobnicate"], "allowed: list, explain"),
    (["--frob"], "unknown option '--frob': see standoff --help"),
    (["sweep", "--rnus", "5"], "did you mean --runs?"),
    (["sweep", "--zzz"], "standoff sweep --help"),
    (["sweep", "--runs"], "--runs"),
    (["sweep", "demo", "more"], "unexpected argument 'more'"),
    (["sweep", "dmo"], "did you mean demo?"),
    (["sweep", "absent.toml"], "No such file"),
    (["sweep", "demo", "--runs", "0"], "runs: '0' is not a whole number from 1"),
    (["sweep", "demo", "--runs", "1e3"], "runs: '1e3' is not"),
    (["sweep", "demo", "--runs", "-5"], "runs: '-5' is not"),
    (["sweep", "demo", "--months", "1201"], "from 1 to 1200"),
    (["sweep", "demo", "--seed", "-1"], "seed: '-1'"),
    (["sweep", "demo", "--seed", str(2**63)], "seed: '9223372036854775808'"),
    (["sweep", "demo", "--developers", "10001"], "from 0 to 10000"),
    (["sweep", "demo", "--jobs", "0"], "jobs: '0'"),
    (["sweep", "demo", "--jobs", "two"], "jobs: 'two'"),
    (["sweep", "demo", "--points", "8"], "--points goes with"),
    (["sweep", "demo", "--design", "grdi"], "did you mean grid?"),
    (["sweep", "demo", "--start", "july-2024"], "did you mean july-2025"),
    (["sweep", "demo", "--start", "july-2025,"], "unknown scenario ''"),
    (["sweep", "demo", "--start", "july-2025,july-2025"], "twice"),
    (["sweep", "--vary", "us_lead_valu=1,2"], "did you mean us_lead_value"),
    (["sweep", "--vary", "us_lead_value=1:2"], "out of range"),
    (["sweep", "--vary", "us_lead_value=10,20", "--set", "us_lead_value=10"], "both set and varied"),
    (["sweep", "--vary", "us_lead_value=10:20:9999999"], "whole number from 2 to 1000000"),
    (["sweep", "--vary", "us_lead_value=10:20:1001", "--vary", "us_rare_earth_loss=10:20:1001"], "1002001 points"),
    (["sweep", "demo", "--runs", "99999999"], "allowed: 100000000"),
    (["sweep", "demo", "--set", "stay_cuda=0"], "sum to"),
    (["sweep", "demo", "--out", "no\0name"], "cannot write into"),
    (["run", "--scenario", "nowhere"], "unknown scenario 'nowhere'"),
    (["run", "--scenario", "absent.toml"], "cannot be read"),
    (["run", "--set", "us_lead_value"], "write NAME=VALUE"),
    (["run", "--set", "us_lead_value=high"], "not a number"),
    (["run", "--set", "us_lead_value=nan"], "out of range"),
    (["run", "--set", "us_lead_value=inf"], "out of range"),
    (["run", "--set", "us_lead_value=1e999"], "out of range"),
    (["run", "--set", "us_lead_value=1_0"], "is not a number"),
    (["equilibria", "--players", "us,beijing", "--save", "/proc/none"], "save: "),
    (["run", "--set", "us_lead_value=１０"], "is not a number"),
    (["run", "--set", "us_lead_value=4"], "allowed: 5 to 80 ($bn per year per log unit)"),
    (["run", "--set", "us_led_value=10"], "did you mean us_lead_value"),
    (["run", "--set", "us_lead_value=10", "--set", "us_lead_value=11"], "given twice"),
    (["run", "--set", "bad\nname\x1b[2J=3"], "unknown parameter"),
    (["run", "--set", "stay_cuda=0"], "sum to"),
    (["run", "--doctrine", "us"], "write NAME=DOCTRINE"),
    (["run", "--doctrine", "us=freez"], "did you mean freeze?"),
    (["run", "--doctrine", "congress=quantal"], "unknown actor 'congress'"),
    (["run", "--doctrine", "allies=freeze"], "unknown doctrine"),
    (["run", "--doctrine", "us=freeze", "--doctrine", "us=quantal"], "given twice"),
    (["run", "--months", "0"], "from 1 to 1200"),
    (["run", "--months", "１２"], "months:"),
    (["run", "--developers", "many"], "developers: 'many'"),
    (["run", "--engine", "warp"], "invalid choice"),
    (["run", "--format", "xml"], "invalid choice"),
    (["why", "us"], "MONTH"),
    (["why", "uss", "2025-09"], "did you mean us"),
    (["why", "us", "september"], "write it as 2025-07"),
    (["why", "us", "2025-06"], "allowed: 2025-07 to 2032-06"),
    (["why", "us", "2025-10", "--months", "3"], "allowed: 2025-07 to 2025-09"),
    (["explain"], "NAME"),
    (["explain", "us_led_value"], "us_lead_value"),
    (["list", "paramters"], "did you mean parameters"),
    (["plot"], "DIR"),
    (["plot", "absent"], "absent"),
]


@pytest.mark.parametrize(("arguments", "says"), BAD, ids=[" ".join(map(repr, bad)) for bad, _ in BAD])
def test_bad_input_is_one_line_and_leaves_nothing(capsys, arguments, says):
    assert says in told(capsys, *arguments)


@pytest.mark.parametrize("verb", [["sweep", "demo", "--out"], ["run", "--save"]])
@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_is_told(capsys, elsewhere, verb, place):
    (elsewhere / "file").touch()

    assert "cannot write into" in told(capsys, *verb, place)


@pytest.mark.parametrize("verb", [["sweep", "demo", "--out", "."], ["run", "--save", "."]])
def test_a_folder_with_other_things_is_left_alone(capsys, elsewhere, verb):
    (elsewhere / "thesis.tex").touch()

    assert "holds other files" in told(capsys, *verb)


def test_a_line_of_ours_cannot_draw_on_the_terminal(capsys):
    assert "\x1b" not in told(capsys, "run", "--set", "bad\nname\x1b[2J=3")


# Help


def test_without_a_verb_the_help_is_shown(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    assert [verb for verb in VERBS if f"\n    {verb} " not in out] == []
    assert len(out.splitlines()) <= 24


@pytest.mark.parametrize("verb", VERBS)
def test_help_fits_a_screen_and_ends_with_an_example(capsys, verb):
    assert main([verb, "--help"]) == 0
    lines = capsys.readouterr().out.rstrip("\n").splitlines()

    assert len(lines) <= 25
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(f"usage: standoff {verb}")
    assert lines[-1].startswith(f"Example: standoff {verb}")
    parser, _ = cli._parsers()
    _, unknown = parser.parse_known_args(shlex.split(lines[-1].removeprefix("Example: standoff ")))
    assert unknown == []


def test_the_version_is_shown(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"standoff {standoff.__version__}\n"


def test_help_imports_no_numbers():
    program = (
        "import sys; from standoff.experiments.cli import main; main(['sweep', '--help']);"
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


# run and why


def history(capsys, *options):
    assert main(["run", "--months", "4", "--format", "json", *options]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def test_a_history_is_one_json_object_a_month(capsys):
    months = history(capsys)

    assert [month["t"] for month in months] == [0, 1, 2, 3]
    assert [month["month"] for month in months] == ["2025-07", "2025-08", "2025-09", "2025-10"]
    for month in months:
        assert tuple(month["moves"]) == ACTORS
        assert tuple(month["payoffs"]) == ACTORS
        assert set(month["state"]) == set(STATE_FACTS)


def test_seed_numbers_and_doctrines_reach_the_history(capsys):
    usual = history(capsys)

    assert history(capsys) == usual
    assert history(capsys, "--seed", "2") != usual
    assert history(capsys, "--set", "demand=3")[0]["state"]["demand"] != usual[0]["state"]["demand"]
    assert history(capsys, "--developers", "0") != usual
    assert {month["moves"]["japan"] for month in history(capsys, "--doctrine", "allies=hedging")} == {"hedge"}


def test_both_engines_tell_the_same_history(capsys):
    assert history(capsys, "--engine", "mesa") == history(capsys)


def test_a_history_is_told_as_text(capsys):
    assert main(["run", "--months", "3"]) == 0
    out = capsys.readouterr().out

    assert all(month in out for month in ("2025-07", "2025-08", "2025-09"))


def test_a_saved_history_can_be_drawn_again(capsys, elsewhere):
    months = history(capsys, "--save", "mine")
    saved = [json.loads(line) for line in (elsewhere / "mine/history.jsonl").read_text().splitlines()]
    recipe = json.loads((elsewhere / "mine/recipe.json").read_text())

    assert saved == months
    assert (recipe["seed"], recipe["months"], recipe["engine"]) == (1, 4, "compiled")
    (elsewhere / "mine/figures/story.png").unlink()
    assert main(["plot", "mine"]) == 0
    assert capsys.readouterr().out == "mine/figures/story.png\n"
    assert (elsewhere / "mine/figures/story.png").stat().st_size > 1000


def test_a_damaged_history_is_told(capsys, elsewhere):
    history(capsys, "--save", "mine")
    (elsewhere / "mine/history.jsonl").write_text("{")

    assert "damaged" in told(capsys, "plot", "mine")


def test_a_decision_is_taken_apart(capsys):
    assert main(["why", "us", "2025-08", "--months", "3", "--format", "json"]) == 0
    decision = json.loads(capsys.readouterr().out)

    assert decision["chosen"] in [move["move"] for move in decision["moves"]]
    assert sum(move["probability"] for move in decision["moves"]) == pytest.approx(1)
    assert main(["why", "us", "2025-08", "--months", "3"]) == 0
    assert decision["chosen"] in capsys.readouterr().out


@pytest.mark.parametrize("what", [[], ["scenarios"], ["moves"]])
def test_lists_are_text_or_json(capsys, what):
    assert main(["list", *what, "--format", "json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert main(["list", *what]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(entries)


# Endings


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (Stopped("interrupted; go on"), 3, "standoff: interrupted; go on\n"),
        (KeyboardInterrupt(), 3, "standoff: interrupted\n"),
        (RunError("run 3 failed"), 1, "standoff: run 3 failed\n"),
    ],
)
def test_each_ending_has_its_code(monkeypatch, capsys, error, code, says):
    def fail(_):
        raise error

    monkeypatch.setattr(cli, "_list", fail)
    assert main(["list"]) == code
    assert capsys.readouterr().err == says
