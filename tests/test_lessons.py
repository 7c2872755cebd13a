"""The lessons say what the model does: their commands are run, their games played, their figures measured again."""

import builtins
import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from standoff.experiments.cli import main
from standoff.model.compiled import law_digest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs" / "lessons").glob("*.md"))
LESSONS = [page for page in PAGES if page.name != "README.md"]
RENEW = "pytest tests/test_lessons.py -m slow -n 0 --refresh-lessons"

FENCED = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FIGURE = re.compile(r"([+-]?\d+\.\d+) (?:± (\d+\.\d+)|\[ *([+-]\d+\.\d+), *([+-]\d+\.\d+)\])")
NUMBER = re.compile(r"(?<![A-Za-z\d.])[+-]?\d+(?:\.\d+)?")  # not that of an id
# What a lesson shows of what a command prints: lines with an interval, and the status of an equilibrium.
SHOWN = re.compile(rf"{FIGURE.pattern}|^(?:certified|undecided|refuted):$")

# Tried in a small size: every day what is quick, the rest with the proofs. Games are played by tests of their own.
QUICK = {"mechanisms": "--runs 2", "explain": ""}
SMALL = {**QUICK, "sweep": "--runs 2 --months 3", "equilibria": "--months 3 --profile-runs 8", "run": "--months 3"}


class Step(NamedTuple):
    """Commands of a block of a page, or its code, and the lines it is said to print, where they are shown."""

    page: Path
    commands: list[str]
    code: str
    printed: list[str] | None


def steps(page):
    blocks = FENCED.findall(page.read_text(encoding="utf-8"))
    for (language, text), (after, lines) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language != "text":
            commands = [
                line for line in text.replace("\\\n", " ").splitlines() if line.startswith(".venv/bin/standoff")
            ]
            shown = lines.splitlines() if after == "text" else None
            yield Step(page, commands if language == "sh" else [], text if language == "python" else "", shown)


STEPS = [step for page in PAGES for step in steps(page)]
# Also what stands in a sentence, to be tried next.
NEXT = [
    command
    for page in PAGES
    for command in re.findall(
        r"`((?:\.venv/bin/)?standoff \w+ [^`]+)`", page.read_text(encoding="utf-8").replace("\n", " ")
    )
]
COMMANDS = sorted({command for step in STEPS for command in step.commands} | set(NEXT))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def output(work):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        work()
    return out.getvalue()


def run(command, more=""):
    """Return what a command prints."""

    def work():
        assert main([*shlex.split(command)[1:], *shlex.split(more)]) == 0

    return output(work)


def played(command, move):
    """Return what a game tells whose player makes one move wherever it is open, holds elsewhere and signs nothing."""
    menu, tried = io.StringIO(), []

    def typed(prompt):
        if prompt.startswith("Month and move"):
            return "q"
        month = menu.getvalue().count("\n20")  # each month and each table opens with its date
        if "Your answer" in prompt:
            return "reject"
        choice = move if "Your move" in prompt and month not in tried else "1"
        tried.append(month)
        return choice

    with pytest.MonkeyPatch.context() as patched, contextlib.redirect_stdout(menu):
        patched.setattr(builtins, "input", typed)
        assert main(shlex.split(command)[1:]) == 0
    for kept in Path().glob("game-*.json"):
        kept.unlink()
    return " ".join(menu.getvalue().split())


# Every day


def sized(command):
    verb = shlex.split(command)[1]
    quick = verb in QUICK and "--robust" not in command
    return pytest.param(command, SMALL[verb], marks=() if quick else pytest.mark.slow)


@pytest.mark.parametrize(("command", "size"), [sized(command) for command in COMMANDS if " play " not in command])
def test_a_command_of_a_lesson_works(command, size):
    assert run(command, size)


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_a_lesson_has_its_parts_and_its_minutes_add_up(page):
    text = page.read_text(encoding="utf-8")
    index = (page.parent / "README.md").read_text(encoding="utf-8")
    said = int(re.search(r"^\*\*(\d+) minutes", text, re.MULTILINE)[1])

    parts = ["Goal", "Prepare", "Play", "Run", "Discuss", "What the model leaves out", "Try next"]
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == parts
    assert sum(map(int, re.findall(r"^\| (\d+) \|", text, re.MULTILINE))) == said
    assert 20 <= said <= 50
    assert len(text.splitlines()) <= 150
    assert 3 <= len(re.findall(r"^\*\*[^*]*\?[^*]*\*\*", text.partition("## Discuss")[2], re.MULTILINE)) <= 6
    assert re.search(rf"\({page.name}\).*\| {said} \|", index)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_of_a_lesson_lead_somewhere(page):
    linked = re.findall(r"\]\(([\w./-]+)\)", page.read_text(encoding="utf-8"))
    assert [path for path in linked if not (page.parent / path).exists()] == []


def game(number, room=0):
    """Return the command of a game of a lesson."""
    return [command for step in steps(lesson(number)) for command in step.commands if " play " in command][room]


def told(pattern, text):
    found = [float(number) for number in re.findall(pattern, text)]
    assert found, f"nothing like {pattern} is told"
    return found


def test_lesson_1_firmness_lowers_the_belief_and_easing_raises_it():
    belief = r"the US yields under pressure: ([\d.]+) at the start, ([\d.]+) at the end"
    (firm,), (free,) = (re.findall(belief, played(game(1), move)) for move in ("hold", "cut tariffs"))

    assert float(firm[1]) < float(firm[0])
    assert float(free[1]) > float(free[0])


def test_lesson_2_an_obligation_makes_renewing_worth_more():
    swap, gift = (played(game(2, room), "hold") for room in (0, 1))

    assert min(told(r"grievance (-?[\d.]+)", swap)) < 0.0 == min(told(r"grievance (-?[\d.]+)", gift))
    more = []
    for text in (swap, gift):
        renew, hold = told(r"3 renew rare earths (\d[\d.]+)", text), told(r"1 hold (\d[\d.]+)", text)
        more.append([one - other for one, other in zip(renew, hold, strict=True)])
    assert more[0][0] == pytest.approx(more[1][0])  # nothing is owed yet
    assert more[0][1] > 0.0 > more[1][1]  # the first step of chips: renewing is better than holding, or is not


def test_lesson_3_no_package_has_chips_where_they_are_not_for_sale():
    linked, refused = (played(game(3, room), "hold") for room in (0, 1))

    assert "chip control -" in linked
    assert "the table is open" in refused
    assert "chip control -" not in refused


def test_lesson_4_the_freeze_begins_by_tightening_and_a_year_teaches_little_of_the_slide():
    for room, tightened in ((0, True), (1, False)):
        text = played(game(4, room), "hold")
        assert ("Washington tightens chip control" in text) is tightened
        believed = told(r"its ceiling follows your progress ([\d.]+)", text)
        assert abs(believed[-1] - believed[0]) < 0.1


def test_lesson_5_a_tariff_makes_aligning_worth_less_in_every_month():
    free, taxed = (told(r"1 align (-?[\d.]+)", played(game(5, room), "align")) for room in (0, 1))

    assert len(free) == len(taxed) == 12
    assert all(with_it < without for with_it, without in zip(taxed, free, strict=True))


def card():
    """Return the card of lesson 6: by rules, what Washington and Beijing get."""
    text = lesson(6).read_text(encoding="utf-8")
    rows = re.findall(r"^\| \*\*Washington: ([\w ]+)\*\* \| (\d+), (\d+) \| (\d+), (\d+) \|$", text, re.MULTILINE)
    cells = {}
    for us, *numbers in rows:
        for beijing, pair in zip(("patient", "coercive"), (numbers[:2], numbers[2:]), strict=True):
            cells[us.replace(" ", "_"), beijing] = tuple(map(int, pair))
    return cells


def test_lesson_6_the_card_is_a_trap_with_the_odds_that_are_told():
    cells = card()
    gain = cells["sliding_scale", "patient"][0] - cells["freeze", "patient"][0]
    loss = cells["freeze", "coercive"][0] - cells["sliding_scale", "coercive"][0]
    beijings_gain = cells["sliding_scale", "patient"][1] - cells["sliding_scale", "coercive"][1]
    beijings_loss = cells["freeze", "coercive"][1] - cells["freeze", "patient"][1]

    assert (gain, loss, beijings_gain, beijings_loss) == (3, 9, 6, 2)
    assert min(cells.values())[0] == cells["sliding_scale", "coercive"][0]  # who eases alone gets the worst
    assert all(here > trap for here, trap in zip(cells["sliding_scale", "patient"], cells["freeze", "coercive"],
                                                 strict=True))  # fmt: skip


def test_a_figure_that_left_its_interval_is_named():
    line = "M57  refusing to bargain emergent restrictions   -2.23 [  -2.38,    -2.08] holds"
    assert differences([line], [line.replace("-2.23", "-2.30")]) == []
    assert differences([line], [line.replace("-2.23", "-2.40")]) == [f"-2.23 is now -2.40 in: {line}"]
    assert differences([line], [line.replace("holds", "undecided")]) != []
    assert differences([line], []) != []
    assert differences(["us sliding 25.01 ± 0.41 regret"], ["us sliding 25.50 ± 0.41 regret"]) != []


# What is said of the figures, every day


class Found(NamedTuple):
    """A figure and its interval."""

    value: float
    low: float
    high: float

    @property
    def rises(self):
        return self.low > 0.0

    @property
    def falls(self):
        return self.high < 0.0


def lesson(number):
    return next(page for page in LESSONS if page.name.startswith(str(number)))


def findings(number):
    """Return the figures that a lesson shows, by the id of their line or the words before the figure."""
    found = {}
    for line in [line for step in steps(lesson(number)) for line in step.printed or []]:
        if figure := FIGURE.search(line):
            value, margin, low, high = (float(part) if part else 0.0 for part in figure.groups())
            words = line[: figure.start()].split()
            name = words[0] if re.fullmatch(r"[MR]\d+", words[0]) else " ".join(words)
            found[name] = Found(value, value - margin if margin else low, value + margin if margin else high)
    return found


# By lesson: a statement of its text that must be written anew when it is no longer so.
SAID = [
    (1, "M28 is clear of zero, and less than a fifth of a step", lambda f: 0 < f["M28"].low < f["M28"].high < 0.05),
    (1, "more is learned (M29), more conceded by the dependent (M58)", lambda f: f["M29"].rises and f["M58"].rises),
    (1, "who expects an answer tightens less", lambda f: f["M53"].falls),
    (1, "the second step brings most", lambda f: f["R46"].low > max(f["R45"].high, f["R47"].high)),
    (1, "the last step brings least, and decides nothing",
     lambda f: f["R48"].low < 0 < f["R48"].high < f["R45"].low + 0.05 and f["R48"].value < f["R45"].value),
    (1, "whether a used threat deters is undecided", lambda f: f["R59"].low < 0 < f["R59"].high),
    (2, "read as gifts, more than one renewal less", lambda f: f["M30"].high < -1),
    (2, "a concession raises the demand for more", lambda f: f["M27"].rises),
    (3, "fewer squeezes", lambda f: f["M57"].falls and f["restrictions"].falls),
    (3, "and yet the mean restriction is higher", lambda f: f["mean_rare_earth_restriction"].rises),
    (3, "the US loses, with a greater lead and fewer concessions of chips",
     lambda f: f["payoff_us"].falls and f["mean_compute_lead"].rises and f["chip_relaxations"].falls),
    (3, "whether Beijing loses cannot be told", lambda f: f["payoff_beijing"].low < 0 < f["payoff_beijing"].high),
    (4, "the freeze leads by about a fifth", lambda f: 0.15 < f["M01"].low < f["M01"].high < 0.25),
    (4, "the sliding scale keeps the market", lambda f: f["R26"].rises and f["R27"].rises),
    (4, "Beijing's belief pays for progress", lambda f: f["M03"].rises),
    (4, "Huawei sells more, less so with tools fixed", lambda f: f["R87"].rises and f["R87"].high < f["R86"].low),
    (5, "all four hurt the coalition", lambda f: all(f[name].falls for name in ("M63", "M110", "M111", "M112"))),
    (5, "steadfast allies slow Chinese fabs", lambda f: f["M117"].falls),
    (5, "pressing: a tiny gain now, a large loss later", lambda f: 0 < f["R19"].low < 0.02 and f["R20"].high < -0.2),
]  # fmt: skip


@pytest.mark.parametrize(("number", "statement", "so"), SAID, ids=[f"{n}: {said}" for n, said, _ in SAID])
def test_what_is_said_of_figures_is_so(number, statement, so):
    assert so(findings(number)), f"rewrite lesson {number}: '{statement}' is no longer so"


def equilibria(lines):
    """Return the profiles of a printed list of equilibria: status, then each player's rule."""
    text = "\n".join(lines)
    return re.findall(r"(certified|undecided|refuted):\n +us +(.*?)  .*\n +beijing +(.*?)  ", text)


def test_lesson_6_two_equilibria_are_certified_and_the_card_is_rounded_from_the_cells():
    trap, own = [step.printed for step in steps(lesson(6)) if step.commands]
    assert {("certified", "sliding_scale", "patient"), ("certified", "freeze", "coercive")} <= set(equilibria(trap))
    assert equilibria(own)
    assert not any("freeze" in us and "coercive" in beijing for _, us, beijing in equilibria(own))

    cells = findings(6)
    for (us, beijing), pair in card().items():
        for actor, payoff in zip(("us", "beijing"), pair, strict=True):
            assert abs(cells[f"{us} {beijing} {actor}"].value - payoff) <= 0.5


# With proofs: all as printed


def shown(text):
    return [line.rstrip() for line in text.splitlines() if SHOWN.search(line)]


def differences(quoted, measured):
    """Return in words what of the lines quoted is not so: their words differ, or a figure left its interval."""
    words = [[" ".join(NUMBER.sub("0", line).split()) for line in lines] for lines in (quoted, measured)]
    if words[0] != words[1]:
        return [f"printed now:\n{chr(10).join(measured)}"]
    wrong = []
    for line, now in zip(quoted, measured, strict=True):
        for old, new in zip(FIGURE.finditer(line), FIGURE.finditer(now), strict=True):
            value, margin, low, high = (float(part) if part else None for part in old.groups())
            ends = (low, high) if margin is None else (value - margin, value + margin)
            if not ends[0] <= float(new[1]) <= ends[1]:
                wrong.append(f"{old[1]} is now {new[1]} in: {line}")
    return wrong


def measure(step):
    """Return the lines with figures that a step prints."""
    work = [lambda command=command: print(run(command)) for command in step.commands]  # noqa: T201 - captured
    if step.code:
        work.append(lambda: exec(step.code, {}))  # noqa: S102 - the lesson is ours
    return shown("".join(output(part) for part in work))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_figures_of_a_lesson_are_measured_again(page, request):
    done = [(step, measure(step)) for step in steps(page) if not any(" play " in command for command in step.commands)]
    kept = [(step.printed, lines) for step, lines in done if step.printed is not None]
    assert all(lines for _, lines in kept)
    if request.config.getoption("--refresh-lessons"):
        new = iter([f"```text\n{chr(10).join(lines)}\n```" for _, lines in kept])
        text = re.sub(r"^```text\n.*?^```$", lambda _: next(new), page.read_text(encoding="utf-8"), flags=re.M | re.S)
        page.write_text(re.sub(r"digest `\w+`", f"digest `{law_digest()}`", text), encoding="utf-8")
        return
    wrong = "\n".join(said for quoted, measured in kept for said in differences(quoted, measured))
    assert not wrong, f"{page.relative_to(ROOT)}: renew with {RENEW}, then read again what is said of\n{wrong}"
