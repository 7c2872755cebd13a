"""No input is answered with a traceback, a hang, a page of complaint or half a folder."""

import contextlib
import copy
import datetime as dt
import io
import json
import math
import os
import shutil
import signal
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

import standoff
from standoff.agents.doctrines import DOCTRINES_OF
from standoff.experiments.cli import LISTED, _parsers, main
from standoff.experiments.settings import NUMBERS

ROOT = Path(standoff.__file__).parent
SECONDS = 20  # of processor time for one input: drawing a map anew takes five
PATIENCE = 300  # seconds of waiting, however busy the machine
LONGEST = 700  # letters of a complaint

# How many inputs each property gets: in full at least 10,000 together.
SIZES = {"arguments": 4000, "scenarios": 2000, "questions": 2000, "games": 2200, "folders": 200, "played": 60}
SMALL = {"arguments": 120, "scenarios": 50, "questions": 50, "games": 60, "folders": 12, "played": 8}
FULL = os.environ.get("STANDOFF_PROOFS") == "full"


def inputs(name, few=None):
    """Search a property with as many inputs as the proofs are sized for, or with few, the same ones every day."""
    return settings(
        max_examples=few or (SIZES if FULL else SMALL)[name],
        derandomize=True,
        database=None,
        deadline=None,
        # An input may take a second (it is played), and a mutated file is drawn from much text.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )


def test_there_are_enough_inputs():
    assert sum(SIZES.values()) >= 10_000
    assert SIZES.keys() == SMALL.keys()


# What happens to an input


@contextlib.contextmanager
def limited():
    """Fail if what is done inside takes too long."""

    def ring(*_):
        raise AssertionError("no answer in time")

    timers = ((signal.ITIMER_PROF, signal.SIGPROF, SECONDS), (signal.ITIMER_REAL, signal.SIGALRM, PATIENCE))
    before = [(number, signal.signal(number, ring)) for _, number, _ in timers]
    for timer, _, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for timer, _, _ in timers:
            signal.setitimer(timer, 0)
        for number, handler in before:
            signal.signal(number, handler)


def stream(errors):
    return io.TextIOWrapper(io.BytesIO(), "utf-8", errors, write_through=True)


def held():
    return sorted(str(path) for path in Path().rglob("*"))


def answer(*argv):
    """Return exit code, standard output and error of a command that ends as a command must."""
    before = held()
    out, err = stream("strict"), stream("backslashreplace")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), limited():
        code = main(argv)
    said, complaint = (one.buffer.getvalue().decode() for one in (out, err))
    after = held()

    assert code in (0, 2)
    # A path is printed as it was typed; nothing else may draw on the terminal.
    assert [letter for letter in {*said} - {*"".join(argv)} if not (letter.isprintable() or letter == "\n")] == []
    assert [letter for letter in complaint if not (letter.isprintable() or letter == "\n")] == []
    assert [path for path in after if path.endswith((".tmp", ".part"))] == []
    if code == 2:
        assert complaint.startswith("standoff: ")
        assert complaint.endswith("\n")
        assert complaint.count("\n") == 1
        assert len("standoff: x\n") <= len(complaint) <= LONGEST
        assert said == ""
        assert after == before
    elif "--format" in argv and "--help" not in argv and said.startswith(("{", "[")):
        for line in said.splitlines():
            json.loads(line, parse_constant=pytest.fail)
    return code, said, complaint


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Compile the laws, which may take long and is no input's fault."""
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["run", "--months", "1"]) == 0


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return a function that empties the current folder."""
    folder = tmp_path / "here"

    def emptied():
        os.chdir(tmp_path)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        os.chdir(folder)
        return folder

    monkeypatch.chdir(tmp_path)  # so that the way back is known
    monkeypatch.setenv("COLUMNS", "80")
    return emptied


# Values that have broken programs

WORDS = [
    "", " ", "-", "--", "---", "=", "==", ",", ",,", ":", "::", ".", "..", "/", "./", "~", "*", "%s",
    "%(prog)s", "{0}", "{", "None", "null", "true", "nan", "NaN", "-nan", "inf", "-inf", "Infinity", "1e400",
    "-1e400", "1e-400", "-0", "0", "-1", "1", "2", "3", "1.5", "1e3", "0x10", "0b1", "1_000", "１２", "٣", "²",
    "½", "+7", "1e", "1,5", "9" * 25, "9" * 400, "9" * 5000, "m" + "9" * 5000, "M29", "m0", "\0", "a\0b",
    ".a" * 600, "0x" + "9" * 5000,
    "\x1b[2J", "a\nb", "\r\n", "\u2028", "\u202e", "\ud800", "\udcff", "é", "e\u0301", "💥", "對峙", "x" * 300,
    "x" * 100_000, "a/" * 3000, "$x^{2", "\\", '"', "'", "`", "#", "@file", "-h", "--help", "--version", "us",
    "allies", "us=freeze", "=freeze", "us=", "us=freeze=freeze", "us_lead_value=20", "us_lead_value=nan",
    "us_lead_value=1e400", "us_lead_value=-0", "stay_cuda=1", "stay_cuda=0:1:3", "5:80", "5:80:3", "80:5:3",
    "5:5:2", "5:80:", "5:80:0", "5:80:1", "5:80:-3", "5:80:1e2", "5:80:" + "9" * 5000, "5:80:3:4", ":80:3",
    "5::3", "nan:80:3", "5:inf:3", "5,10,5", "5,,10", "5,ten", ",", "5:80:3,4", "2025-07", "2025-13", "0000-01",
    "9999-12", "2025-7", "july-2025", "JULY-2025", "july-2025,calm", "july-2025,july-2025", "calm,,hot",
    "/dev/zero", "/dev/zero/x", "../x", "results", "folder.toml", "missing.toml", "empty.toml", "nul.toml",
    "latin.toml", "bom.toml", "good.toml", "good.toml/", "./good.toml", "game.nfg", "other", "other/deep/er",
    "good.toml/below", "new/" + "y" * 300, "new/a/b", "\udcff.toml", "\x1b[2J.toml",
]  # fmt: skip
NUMBERS_LIKE = st.sampled_from(
    [
        "",
        "5",
        "10",
        "20",
        "80",
        "3",
        "2",
        "0",
        "1",
        "-1",
        "nan",
        "inf",
        "1e400",
        "2.5",
        "1e1",
        " 4 ",
        "9" * 5000,
        "1000001",
    ]
)
NAMES = [*list(NUMBERS)[:12], "stay_cuda", "chip_control", "talk_rate"]


def changed(text, draw):
    """Return a text with one thing changed."""
    if not text:
        return draw(st.sampled_from(WORDS))
    i = draw(st.integers(0, len(text) - 1))
    j = draw(st.integers(i, min(len(text), i + 30)))
    how = draw(st.integers(0, 5))
    if how == 0:
        return text[:i] + text[j:]
    if how == 1:
        return text[:j] + text[i:]
    if how == 2:
        return text[:i] + draw(st.sampled_from(WORDS)) + text[j:]
    if how == 3:
        return text[:i] + draw(st.text(max_size=3)) + text[j:]
    if how == 4:
        return text[:i] + draw(st.sampled_from(list('[]{}"=.,:#\n\\/-+0123456789eE\t '))) + text[i:]
    return text[:i]


@st.composite
def values(draw):
    return draw(
        st.one_of(
            st.sampled_from(WORDS),
            st.text(max_size=20),
            st.integers(-5, 12).map(str),
            st.floats().map(str),
            st.lists(NUMBERS_LIKE, min_size=1, max_size=4).map(draw(st.sampled_from([":", ","])).join),
            st.sampled_from(NAMES).flatmap(lambda name: st.sampled_from(WORDS).map(lambda word: f"{name}={word}")),
            st.sampled_from(sorted(DOCTRINES_OF)).flatmap(lambda who: st.sampled_from(WORDS).map(f"{who}={{}}".format)),
            st.sampled_from(NAMES).map(lambda name: changed(name, draw)),
        )
    )


# Arguments

OPTIONS = sorted({option for parser in _parsers()[1].values() for option in parser._option_string_actions})
COMMANDS = [
    line.split()
    for line in (
        "list",
        *(f"list {what}" for what in LISTED),
        "list parameters --format json",
        "explain us_lead_value",
        "explain M29 --format json",
        "explain managed dependence",
        "run --months 2",
        "run --months 3 --seed 7 --scenario april-2025 --format json",
        "run --months 2 --set us_lead_value=20 --set stay_cuda=0.4 --doctrine us=freeze --doctrine allies=hedging",
        "run --months 2 --engine mesa --developers 5",
        "run --months 2 --scenario good.toml",
        "why us 2025-08 --months 2",
        "why japan 2025-07 --months 1 --scenario hot --format json --developers 0",
        "sweep demo --runs 2 --months 2 --dry-run",
        "sweep --vary us_lead_value=5:80:3 --vary chip_control=0,1 --runs 1 --months 2 --dry-run --format json",
        "sweep --vary us_lead_value=5:80 --design sobol --points 4 --runs 1 --months 1 --dry-run",
        "sweep --vary us_lead_value=5:80:5 --design lhs --start calm,hot --runs 1 --months 1 --dry-run --jobs 1",
        "sweep question.toml --runs 1 --months 1 --dry-run --out new",
        "map --vary us_lead_value=5:80:3 --runs 1 --months 1 --dry-run --profile-runs 2 --refine",
        "map phase-diagram --months 1 --runs 1 --dry-run --tolerance 0.1 --deviations 2 --start july-2025",
        "equilibria --months 1 --profile-runs 2 --deviations 0 --players us,beijing --save new.nfg",
        "mechanisms M29 --runs 2 --jobs 1 --seed 3",
        "mechanisms M28 M29 --runs 2 --replications",
        "solve game.nfg",
        "solve game.nfg --format json",
        "plot other",
        "plot new",
        "bench --quick --out new --format xml",
    )
]
# Without these a command is good for minutes of work.
NEEDED = {
    "run": ["--months 2"],
    "why": ["--months 2"],
    "sweep": ["--dry-run", "--runs 1", "--months 1"],
    "map": ["--dry-run", "--runs 1", "--months 1"],
    "equilibria": ["--players us,beijing", "--profile-runs 2", "--deviations 0", "--months 1"],
    "mechanisms": ["--runs 2"],
    "bench": ["--format xml"],
}
NAMELESS = os.fsdecode(b"\xff.toml")  # no text at all
FILES = {
    "empty.toml": b"",
    "nul.toml": b"\0",
    "latin.toml": 'title = "é"'.encode("latin-1"),
    "bom.toml": b'\xef\xbb\xbfbase = "calm"\r\n[state]\r\nsubsidy = 0.3\r\n',
    NAMELESS: b'base = "calm"',
    "good.toml": b'base = "calm"\n[state]\nsubsidy = 0.3\n',
    "question.toml": b'start = ["calm"]\nruns = 2\n[vary]\nus_lead_value = [20, 30]\n[doctrines]\nus = "freeze"\n',
    "game.nfg": b'NFG 1 R "t" { "a" "b" } { 2 2 } 1 -1 -1 1 -1 1 1 -1',
    "other/thesis.tex": b"all my work",
    "\x1b[2J.toml": b'base = "calm"',
}


def write_files():
    for name, data in FILES.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(data)
    Path("folder.toml").mkdir()


@st.composite
def commands(draw):
    """Return a command that was right, but for one to three changes, and that is cheap if it still is."""
    argv = list(draw(st.sampled_from(COMMANDS)))
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        how = draw(st.integers(0, 9))
        given = [i for i, word in enumerate(argv) if i > 0 and not word.startswith("--")]
        i = draw(st.sampled_from(given if how > 3 and given else range(len(argv))))
        if how == 0:
            argv.insert(draw(st.integers(0, len(argv))), draw(values()))
        elif how == 1 and len(argv) > 1:
            del argv[i]
        elif how == 2:
            argv.insert(draw(st.integers(0, len(argv))), argv[i])
        elif how == 3:
            argv += [draw(st.sampled_from(OPTIONS)), draw(values())]
        elif how == 4:
            argv[i] = changed(argv[i], draw)
        elif "=" in argv[i] and how > 5:
            argv[i] = argv[i].partition("=")[0] + "=" + draw(values())
        else:
            argv[i] = draw(values())
    for needed in NEEDED.get(argv[0], ()):
        if needed.split()[0] not in argv:
            argv += needed.split()
    if argv[0] == "mechanisms" and "M29" not in argv:
        argv.insert(1, "M29")
    # Whoever tests may write everywhere.
    paths = [path for word in argv for path in (word, word.partition("=")[2]) if path.startswith("/")]
    assume(all(path in WORDS for path in paths))
    # Many vectors, and figures for whatever is asked, take minutes; they are asked for elsewhere.
    assume("--robust" not in argv or not any(word.isdigit() and int(word[:9]) > 1 for word in argv))
    return argv


def obeyed(here, argv):
    here()
    write_files()
    answer(*argv)


@pytest.mark.slow
@inputs("arguments")
@given(argv=commands())
def test_any_arguments_are_obeyed_or_refused(here, argv):
    obeyed(here, argv)


@inputs("arguments", few=10)
@given(argv=commands())
def test_some_arguments_are_obeyed_or_refused(here, argv):
    obeyed(here, argv)


# Files

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 100),
    st.sampled_from([10**30, -(10**400), 2**63, 16**9999]),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=8),
    st.sampled_from([dt.date(2025, 7, 1), dt.time(1, 2), dt.datetime(2025, 7, 1, 1, 2)]),  # noqa: DTZ001
    st.lists(st.one_of(st.integers(0, 9), st.text(max_size=3)), max_size=4),
    st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=3),
    st.just([[[[]]]]),
)


def places(tree, at=()):
    """Yield the path to each node of a tree of dictionaries and lists."""
    yield at
    for key, child in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from places(child, (*at, key))


def retreed(tree, draw):
    """Return a tree with one to three nodes replaced, lost, renamed, wrapped or copied elsewhere."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        found = [path for path in places(tree) if path]
        if not found:
            break
        path = draw(st.sampled_from(found))
        parent = tree
        for key in path[:-1]:
            parent = parent[key]
        key, how = path[-1], draw(st.integers(0, 6))
        if how == 0:
            del parent[key]
        elif how == 1 and isinstance(parent, dict):
            parent[changed(str(key), draw)] = parent.pop(key)
        elif how == 2:
            parent[key] = [parent[key]]
        elif how == 3:
            parent[key] = {draw(st.text(max_size=3)): parent[key]}
        elif how == 4 and isinstance(parent, dict):
            parent[draw(st.sampled_from([*NAMES, "x", ""]))] = copy.deepcopy(parent[key])
        else:
            parent[key] = copy.deepcopy(draw(JUNK))
    return tree


def toml(value):
    """Return a value as TOML writes it in a line; what TOML has not comes out as something else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(key))} = {toml(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, int):
        return hex(value) if value > 10**400 else str(value)
    if isinstance(value, float | dt.date | dt.time):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def toml_document(tree):
    return "\n".join(f"{toml(str(key))} = {toml(value)}" for key, value in tree.items())


ENDINGS = (
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("\n", "\r"),
    lambda text: "\ufeff" + text,
    lambda text: text * 2,
    lambda text: text + "\0",
    lambda text: "#" * 2000 + text,
    lambda text: text + "\nx = " + "[" * 3000,
    lambda text: text + "\n[set]\nus_lead_value" + ".a" * 600 + " = 1",
)
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8", "utf-16", "latin-1", "utf-8-sig")


def as_bytes(text, draw, most=4):
    """Return a text as the bytes of a file, after some changes."""
    for _ in range(draw(st.integers(0, most))):
        text = changed(text, draw)
    if draw(st.integers(0, 9)) == 0:
        text = draw(st.sampled_from(ENDINGS))(text)
    return text.encode(draw(st.sampled_from(ENCODINGS)), "replace")


def shipped(folder):
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / folder).glob("*.toml"))]


@st.composite
def toml_files(draw, folder, keys):
    text = draw(st.sampled_from(shipped(folder)))
    how = draw(st.integers(0, 3))
    if how == 0:
        return as_bytes(text, draw)
    if how == 1:
        entries = draw(st.dictionaries(st.sampled_from([*keys, *NAMES, "x"]), JUNK, max_size=5))
        return as_bytes(toml_document(entries), draw, 1)
    return as_bytes(toml_document(retreed(tomllib.loads(text), draw)), draw, draw(st.sampled_from([0, 0, 1])))


def scenarios():
    return toml_files("world/scenarios", ("title", "month", "story", "base", "state", "parameters"))


def questions():
    keys = ("title", "question", "start", "months", "runs", "seed", "developers", "design", "points", "vary", "set")
    return toml_files("experiments/questions", (*keys, "doctrines"))


def scenario_read(here, data, form):
    here()
    Path("mine.toml").write_bytes(data)
    answer("run", "--scenario", "mine.toml", "--months", "1", "--format", form)


@pytest.mark.slow
@inputs("scenarios")
@given(data=scenarios(), form=st.sampled_from(["text", "json"]))
def test_any_scenario_file_is_played_or_refused(here, data, form):
    scenario_read(here, data, form)


@inputs("scenarios", few=8)
@given(data=scenarios(), form=st.sampled_from(["text", "json"]))
def test_some_scenario_files_are_played_or_refused(here, data, form):
    scenario_read(here, data, form)


def question_read(here, data, verb):
    here()
    Path("mine.toml").write_bytes(data)
    answer(verb, "mine.toml", "--dry-run", "--runs", "1", "--months", "1")


@pytest.mark.slow
@inputs("questions")
@given(data=questions(), verb=st.sampled_from(["sweep", "sweep", "map"]))
def test_any_question_file_is_planned_or_refused(here, data, verb):
    question_read(here, data, verb)


@inputs("questions", few=5)
@given(data=questions())
def test_some_question_files_are_planned_or_refused(here, data):
    question_read(here, data, "sweep")


# Games

PAYOFFS = st.one_of(
    st.integers(-3, 3).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["1/2", "-7/3", "0/5", "1/0", "1e308", "-1e308", "1e-320", "1e400", "-0", ".5", "5.", "1E2", "+1"]),
    st.sampled_from(["nan", "1_0", "9" * 400, "1/" + "9" * 400, "9" * 5000, "0x1", "１"]),
)
SHAPES = [(1,), (3,), (2, 2), (3, 2), (4, 4), (2, 2, 2), (3, 3, 2), (1, 1, 1, 2), (1,) * 60, (1,) * 70, (2,) * 4]
LABELS = st.one_of(st.sampled_from(["a", "b", "", '\\"', "\\", "é", "{", "\n"]), st.text(max_size=4))


@st.composite
def games(draw):
    """Return a game file: small, of either version, and right but for some changes."""
    sizes = draw(st.sampled_from(SHAPES))
    easy = draw(st.booleans())  # numbers that every reader takes

    def labels(count):
        return " ".join('"' + draw(LABELS).replace('"', "") + '"' for _ in range(count))

    strategies = " ".join(
        "{ " + labels(size) + " }" if len(sizes) < 4 and draw(st.booleans()) else str(size) for size in sizes
    )
    title, version = draw(st.sampled_from(["t", "", "é"])), draw(st.sampled_from("RD"))
    head = f'NFG 1 {version} "{title}" {{ {labels(len(sizes))} }} {{ {strategies} }}'
    profiles = math.prod(sizes)
    numbers = st.integers(-3, 3).map(str) if easy else PAYOFFS
    if draw(st.booleans()):
        count = profiles * len(sizes) + draw(st.sampled_from([0, 0, 0, 0, -1, 1]))
        text = f"{head} " + " ".join(draw(numbers) for _ in range(count))
    else:
        outcomes = draw(st.integers(0, 4))
        listed = " ".join(f'{{ "" {", ".join(draw(numbers) for _ in sizes)} }}' for _ in range(outcomes))
        text = f"{head} {{ {listed} }} " + " ".join(str(draw(st.integers(0, outcomes))) for _ in range(profiles))
    return as_bytes(text, draw, draw(st.sampled_from([0, 0, 3])))


def game_solved(here, data, form):
    here()
    Path("game.nfg").write_bytes(data)
    answer("solve", "game.nfg", "--format", form)


@pytest.mark.slow
@inputs("games")
@given(data=games(), form=st.sampled_from(["text", "json"]))
def test_any_game_file_is_solved_or_refused(here, data, form):
    game_solved(here, data, form)


@inputs("games", few=8)
@given(data=games(), form=st.sampled_from(["text", "json"]))
def test_some_game_files_are_solved_or_refused(here, data, form):
    game_solved(here, data, form)


# Results folders

FOLDERS = {
    "line": "sweep --vary us_lead_value=5:80:3 --start calm,hot --runs 4 --months 6 --out",
    "grid": "sweep --vary us_lead_value=20,30 --vary chip_control=0,1 --runs 3 --months 4 --set talk_rate=0.1 --out",
    "point": "sweep --runs 6 --months 8 --doctrine us=freeze --out",
    "history": "run --months 6 --save",
    "findings": "mechanisms M28 M29 M30 --runs 4 --out",
    "game": "equilibria --players us,beijing --months 2 --profile-runs 2 --deviations 0 --out",
    "map": "map --vary us_lead_value=20,60 --months 2 --runs 2 --profile-runs 2 --deviations 0 --out",
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Make a results folder of each kind, as they are before their figures are drawn."""
    base = tmp_path_factory.mktemp("folders")
    for name, command in FOLDERS.items():
        if name == "map" and not FULL:  # a minute's work
            continue
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert main([*command.split(), str(base / name)]) == 0
        shutil.rmtree(base / name / "figures", ignore_errors=True)
        (base / name / "mechanisms.png").unlink(missing_ok=True)
    return base


def json_text(tree):
    try:
        return json.dumps(tree, default=str)
    except ValueError:  # a number of more digits than Python writes
        reject()


def harm_table(path, draw):
    """Change a table: lose or repeat rows, lose a column, or put something else into it."""
    table = pd.read_parquet(path)
    column = draw(st.sampled_from(sorted(table.columns)))
    how = draw(st.integers(0, 5))
    if how == 0:
        table = table.drop(columns=column)
    elif how == 1:
        table = table.iloc[: draw(st.integers(0, len(table)))]
    elif how == 2:
        table = pd.concat([table, table], ignore_index=True)
    elif how == 3:
        table[column] = draw(st.sampled_from([float("nan"), float("inf"), -1, 1e300, 7, "x", None, True]))
    elif how == 4:
        table[column] = table[column].astype(str)
    else:
        table = table.sample(frac=1.0, random_state=0)
    table.to_parquet(path)


def harm(folder, draw):
    """Change one file of a folder."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.suffix in (".json", ".jsonl", ".parquet")
    )
    telling = [path for path in files if path.parent == folder] or files
    path = draw(st.sampled_from(files if draw(st.booleans()) else telling))
    how = draw(st.integers(0, 9))
    if how == 0:
        path.unlink()
    elif how == 1:
        path.unlink()
        path.mkdir()
    elif how == 2:
        data = path.read_bytes()
        path.write_bytes(data[: draw(st.integers(0, len(data)))])
    elif path.suffix == ".parquet":
        harm_table(path, draw)
    elif how < 5:
        path.write_bytes(as_bytes(path.read_text(encoding="utf-8"), draw))
    elif path.suffix == ".jsonl":
        months = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        months = retreed(months, draw)
        path.write_text("\n".join(map(json_text, months)), encoding="utf-8")
    else:
        tree = retreed(json.loads(path.read_text(encoding="utf-8")), draw)
        path.write_text(json_text(tree), encoding="utf-8")


def folder_drawn(here, folders, data):
    name = data.draw(st.sampled_from(sorted(path.name for path in folders.iterdir())))
    here()
    shutil.copytree(folders / name, name)
    harm(Path(name), data.draw)
    answer("plot", name, "--format", data.draw(st.sampled_from(["text", "json"])))


@pytest.mark.slow
@inputs("folders")
@given(data=st.data())
def test_any_results_folder_is_drawn_or_refused(here, folders, data):
    folder_drawn(here, folders, data)


# Places to write

TARGETS = [
    "new", "new/deep/er", "other", "game.nfg", "game.nfg/below", "new/" + "y" * 300, "z" * 300, "a\0b", "", ".",
    "empty", "\udcff", "\ud800", "\x1b[2J", "new/../new", "/proc/none", "broken-link", "broken-link/x", "~",
]  # fmt: skip
WRITING = [
    ["sweep", "--runs", "2", "--months", "1", "--out"],
    ["sweep", "good.toml", "--out"],
    ["sweep", "--start", NAMELESS, "--runs", "1", "--months", "1", "--out"],
    ["run", "--months", "1", "--save"],
    ["run", "--months", "1", "--scenario", "titled.toml", "--save"],
    ["mechanisms", "M29", "--runs", "2", "--out"],
    ["equilibria", "--players", "us,beijing", "--months", "1", "--profile-runs", "2", "--deviations", "0", "--out"],
    ["equilibria", "--players", "us,beijing", "--months", "1", "--profile-runs", "2", "--deviations", "0", "--save"],
]  # fmt: skip


@pytest.mark.slow
@inputs("played")
@given(
    argv=st.sampled_from(WRITING),
    target=st.sampled_from(TARGETS),
    twice=st.booleans(),
    title=st.one_of(st.text(max_size=60), st.sampled_from(["$x^{2", "對峙", "x" * 100_000, "a b " * 30_000])),
)
def test_any_place_is_written_whole_or_refused(here, argv, target, twice, title):
    here()
    write_files()
    Path("empty").mkdir()
    Path("broken-link").symlink_to("nowhere")
    Path("titled.toml").write_text(f'base = "calm"\ntitle = {toml(title)}\n', encoding="utf-8", errors="replace")
    for _ in range(1 + twice):
        code, *_ = answer(*argv, target)
        if code == 0 and argv[-1] == "--out" and target:
            assert (Path(target) / "recipe.json").stat().st_size > 0


# Faults that the search has found

LONG, DEEP = "9" * 5000, ".a" * 600  # digits that Python refuses to read, and levels that it refuses to write
EMPTY = '"" '
CHEAP = "--players us,beijing --months 1 --profile-runs 2 --deviations 0"
MAP = {"kind": "map", "title": "", "question": "", "starts": [], "months": 1, "seed": 1, "vary": {}, "points": [{}],
       "law_digest": "", "scenario": "calm", "players": [[1], [2]], "strategies": {}}  # fmt: skip
FOUND = {
    "a number of points too long for an int": [f"sweep --vary us_lead_value=5:80:{LONG} --dry-run"],
    "a mechanism too long for an int": [f"explain m{LONG}"],
    "runs too long for an int": [f"map --vary us_lead_value=20,60 --dry-run --profile-runs {LONG}"],
    "rules too many for an int": [f"map --vary us_lead_value=20,60 --dry-run --deviations {LONG}"],
    "a page of complaint": [f"run --set us_lead_value={'x' * 100_000}"],
    "a folder whose name no table can be read from": ["sweep --runs 1 --months 1 --out \udcff"],
    "a history in a folder half made": [f"run --months 1 --save new/{'y' * 300}"],
    "a sweep in a folder half made": [f"sweep --runs 1 --months 1 --out new/{'y' * 300}"],
    "a bench in a folder half made": [f"bench --quick --out new/{'y' * 300}"],
    "a bench in a name with nothing in it": ["bench --quick --out a\0b"],
    "a game saved as a folder": [f"equilibria {CHEAP} --save folder.toml"],
    "a game saved under a name too long": [f"equilibria {CHEAP} --save {'z' * 300}"],
    "a game saved under no name": [f"equilibria {CHEAP} --save ."],
    "a game saved under a name with nothing in it": [f"equilibria {CHEAP} --save a\0b"],
    "a folder of a name too long": [f"plot {'y' * 300}"],
    "a scenario without an end": ["run --scenario /dev/zero"],
    "a question without an end": ["sweep /dev/zero"],
    "a hexadecimal value": ["run --scenario mine.toml", f'base = "calm"\n[state]\nsubsidy = 0x{LONG}'],
    "a value of many levels": ["run --scenario mine.toml", f'base = "calm"\n[state]\nsubsidy = {{ value{DEEP} = 1 }}'],
    "a source of many levels": [
        "run --scenario mine.toml",
        f'base = "calm"\n[state]\nsubsidy = {{ value = 1, source{DEEP} = 1 }}',
    ],
    "months too long for an int": ["sweep mine.toml --dry-run", f"months = {LONG}"],
    "hexadecimal months": ["sweep mine.toml --dry-run", f"months = 0x{LONG}"],
    "months of many levels": ["sweep mine.toml --dry-run", f"months{DEEP} = 1"],
    "a doctrine of many levels": ["sweep mine.toml --dry-run", f"[doctrines]\nus{DEEP} = 1"],
    "a game of more players than an array has axes": [
        "solve mine.toml",
        f'NFG 1 R "" {{ {70 * EMPTY} }} {{ {70 * "1 "} }} {70 * "0 "}',
    ],
}  # fmt: skip


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND)
def test_what_was_found_is_refused(here, found):
    command, *text = found
    here()
    write_files()
    Path("mine.toml").write_text("".join(text), encoding="utf-8")

    assert answer(*command.split(" "))[0] == 2


DAMAGED = {
    "players that are lists": {"recipe.json": json.dumps(MAP)},
    "a history of many levels": {"recipe.json": "{}", "history.jsonl": "[" * 100_000},
    "a history of other things": {"recipe.json": json.dumps({"title": "", **MAP}), "history.jsonl": "5"},
    "findings of many levels": {"recipe.json": '{"vectors": 0}', "findings.json": "[" * 100_000},
}


@pytest.mark.slow  # for what it takes to load a library of pictures
@pytest.mark.parametrize("files", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_folder_that_was_found_is_refused(here, files):
    here()
    Path("mine").mkdir()
    for name, text in files.items():
        (Path("mine") / name).write_text(text, encoding="utf-8")

    assert answer("plot", "mine")[0] == 2


ALLOWED = {
    "a path that the terminal has no letters for": "sweep --runs 1 --months 1 --dry-run --out \udcff",
    "a scenario whose name has no letters": f"sweep --start {NAMELESS} --runs 1 --months 1 --dry-run",
    "a scenario that an editor has marked as UTF-8": "run --months 1 --scenario bom.toml",
}


@pytest.mark.parametrize("command", ALLOWED.values(), ids=ALLOWED)
def test_what_was_found_is_obeyed(here, command):
    here()
    write_files()

    assert answer(*command.split())[0] == 0
