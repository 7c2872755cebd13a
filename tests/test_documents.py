"""The documents say what works: their commands and code blocks are run."""

import re
import shlex
import textwrap
from pathlib import Path

import pytest

from standoff.experiments.cli import main
from standoff.experiments.mechanisms.document import kept_findings, with_tables

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


COMMANDS = [
    line.split("#")[0].strip()
    for block in blocks("sh")
    for line in block.splitlines()
    if line.startswith(".venv/bin/standoff")
]


# What takes minutes is tried in a small size, or told what it would cost.
SMALL = {
    "map": "--dry-run",
    "play": "--format json",
    "mechanisms": "--runs 2",
    "equilibria": "--months 12 --profile-runs 8 --deviations 0",
}
GAME = 'NFG 1 R "prisoners" { "one" "other" } { 2 2 }\n3 3 5 0 0 5 1 1\n'

DOCUMENTS = sorted(str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_works(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "game.nfg").write_text(GAME, encoding="utf-8")
    words = shlex.split(command)[1:]

    assert main([*words, *SMALL.get(words[0], "").split()]) == 0

    assert capsys.readouterr().out


def test_the_code_of_the_readme_works(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", "--runs", "2", "--months", "3", "--out", "results/FOLDER"]) == 0

    for block in blocks("python"):
        exec(textwrap.dedent(block), {})  # noqa: S102 - the README is ours

    assert capsys.readouterr().out


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_named_files_exist(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([\w./-]+)\)", text)
    named = re.findall(r"`((?:world|agents|model|experiments|tests)/[\w./-]+\.(?:py|csv|toml))`", text)

    assert [path for path in linked if not (ROOT / document).parent.joinpath(path).exists()] == []
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_tables_of_mechanisms_are_those_of_the_findings_that_are_kept():
    text = (ROOT / "MODEL.md").read_text(encoding="utf-8")

    assert with_tables(text, kept_findings(), kept_findings("replications")) == text
