"""The house keeps its shape: arrows, packages, and nothing of the builder's machine."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("world", "agents", "model", "experiments")  # each may import those before it
HEAVY = {"numba", "mesa", "pandas", "scipy", "matplotlib"}
OURS = {"standoff", *FOLDERS, "results", "tests"}
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def wrong_imports(path, source):
    """Return the imports in `source`, a file at `path` under the root, that go against an arrow."""
    here = path.parent.parts
    allowed = {*FOLDERS[: FOLDERS.index(here[0]) + 1], "__version__"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
            wrong = OURS.intersection(names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            wrong = OURS.intersection([node.module.split(".")[0]])
        elif isinstance(node, ast.ImportFrom):
            package = here[: len(here) - node.level + 1]
            module = tuple(node.module.split(".")) if node.module else ()
            targets = [(*package, *module, alias.name) for alias in node.names]
            wrong = {target[0] for target in targets} - allowed
        else:
            continue
        if wrong:
            yield f"{path}:{node.lineno} imports {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", [path.relative_to(ROOT) for path in SOURCES], ids=str)
def test_imports_follow_the_arrows(path):
    """world <- agents <- model <- experiments, by relative imports."""
    assert list(wrong_imports(path, (ROOT / path).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("world/chips.py", "from ..agents.us import payoff"),
        ("world/chips.py", "from .. import agents"),
        ("world/deep/chips.py", "from ...model.luck import draw"),
        ("agents/us.py", "def f():\n    from ..model import luck"),
        ("model/month.py", "from ..experiments.sweep import play"),
        ("model/month.py", "from .. import Standoff"),
        ("experiments/cli.py", "from ..results import gallery"),
        ("experiments/cli.py", "import tests.test_layout"),
        ("experiments/cli.py", "from standoff.world import state"),
        ("experiments/cli.py", "import agents"),
    ],
)
def test_an_import_against_the_arrows_is_seen(path, line):
    assert len(list(wrong_imports(Path(path), line))) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("world/chips.py", "from .state import World"),
        ("world/deep/chips.py", "from ..state import World"),
        ("agents/us.py", "from ..world.state import World"),
        ("experiments/cli.py", "from .. import __version__, model"),
        ("experiments/cli.py", "import numpy as np"),
    ],
)
def test_an_import_along_the_arrows_is_allowed(path, line):
    assert list(wrong_imports(Path(path), line)) == []


@pytest.mark.parametrize("module", ["standoff", "standoff.experiments.cli"])
def test_help_pays_for_no_engine(module):
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert HEAVY & set(done.stdout.split()) == set()


def test_the_packages_are_the_folders():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tops = [path.parent for path in ROOT.glob("*/__init__.py")]
    folders = [path.parent.relative_to(ROOT) for top in tops for path in top.rglob("__init__.py")]
    packages = ["standoff", *(".".join(["standoff", *folder.parts]) for folder in folders)]

    assert sorted(project["tool"]["setuptools"]["packages"]) == sorted(packages)


# written so that this file does not match itself
HOST = r"[p]ypi\.org|python[h]osted|[n]pmjs\.|[a]naconda\.org"
FOREIGN = re.compile(HOST + r"|(?<![\w.~-])/(?:root|work)/")


def our_files():
    """Return what git tracks or would track; without git, what is not hidden or made by tools."""
    if (ROOT / ".git").exists() and (git := shutil.which("git")):
        listed = subprocess.run(
            [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if listed.returncode == 0:
            return [ROOT / name for name in listed.stdout.split("\0") if name]
    made = re.compile(r"\.(?!ci$|gitignore$).*|build|results|.*\.egg-info|__pycache__")
    return [path for path in ROOT.rglob("*") if not any(made.fullmatch(part) for part in path.relative_to(ROOT).parts)]


def test_no_file_names_a_registry_or_the_builders_machine():
    files = [path for path in our_files() if path.is_file()]
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in files
        if b"\0" not in (data := path.read_bytes())
        for match in FOREIGN.finditer(data.decode("utf-8", "replace"))
    ]

    assert ROOT / "pyproject.toml" in files
    assert found == []


def test_a_registry_or_a_machine_path_is_seen():
    hosts = ["https://py" + "pi.org/simple", "https://files.python" + "hosted.org/packages"]
    paths = ["cd /" + "root/x", '"/' + 'work/main"']

    assert all(FOREIGN.search(text) for text in hosts + paths)
    assert not FOREIGN.search("a framework/" + "work" + "/place and ~/" + "root" + "/here")
