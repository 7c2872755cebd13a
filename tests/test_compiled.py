"""The compile cache never plays an old law."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile

import pytest

from standoff.model import compiled as module
from standoff.model.compiled import compiled, law_digest

OLD, NEW = "0" * 16, "1" * 16


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "standoff"


@pytest.fixture
def sources(tmp_path):
    for folder in ("world", "agents", "model", "experiments"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "laws.py").write_text("x = 1\n")
    return tmp_path


def double(x):
    return 2.0 * x


@pytest.mark.parametrize("folder", ["world", "agents", "model"])
def test_the_digest_follows_every_source_of_a_law(sources, folder):
    before = law_digest(sources)
    (sources / folder / "laws.py").write_text("x = 2\n")

    assert law_digest(sources) != before


def test_the_digest_follows_names_and_nested_folders(sources):
    digests = [law_digest(sources)]
    (sources / "world" / "laws.py").rename(sources / "world" / "rules.py")
    digests.append(law_digest(sources))
    (sources / "world" / "chips").mkdir()
    (sources / "world" / "chips" / "laws.py").write_text("")
    digests.append(law_digest(sources))

    assert len(set(digests)) == 3


def test_the_digest_follows_numba_but_not_the_questions(sources, monkeypatch):
    before = law_digest(sources)
    (sources / "experiments" / "laws.py").write_text("x = 2\n")
    assert law_digest(sources) == before

    monkeypatch.setattr(module.numba, "__version__", "0.0")
    assert law_digest(sources) != before


def test_moving_the_package_does_not_rename_its_laws(sources, tmp_path_factory):
    moved = shutil.copytree(sources, tmp_path_factory.mktemp("elsewhere") / "package")

    assert law_digest(moved) == law_digest(sources)


def test_the_cache_folder_is_named_by_the_laws(cache):
    config = module.numba.config
    before = config.CACHE_DIR

    assert compiled(double)(3.0) == 6.0
    assert [folder.name for folder in cache.iterdir()] == [law_digest()]
    assert before == config.CACHE_DIR
    if not config.DISABLE_JIT:
        assert list((cache / law_digest()).rglob("*.nbi"))


def test_without_a_place_for_the_cache_the_kernel_is_compiled_in_memory(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert compiled(double)(3.0) == 6.0


def test_in_a_read_only_cache_the_kernel_is_compiled_in_memory(cache, monkeypatch):
    """Permissions do not stop a test that runs as root, so the refusal is played."""

    def refuse(**_):
        raise PermissionError

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)

    assert compiled(double)(3.0) == 6.0
    assert not list(cache.rglob("*.nbi"))


def test_folders_unused_for_a_month_are_swept_and_nothing_else(cache):
    for name in (OLD, NEW, "mine"):
        (cache / name).mkdir(parents=True)
        (cache / name / "kernel.nbi").touch()
    for name in (OLD, "mine"):
        os.utime(cache / name, (0, 0))

    compiled(double)

    assert {folder.name for folder in cache.iterdir()} == {NEW, "mine", law_digest()}


def test_use_keeps_a_folder_young(cache):
    folder = cache / law_digest()
    folder.mkdir(parents=True)
    os.utime(folder, (0, 0))

    compiled(double)

    assert folder.stat().st_mtime > 0


def test_editing_a_law_in_another_file_recompiles(tmp_path):
    """Three processes: cold, warm from the cache, and after the edit."""
    package = tmp_path / "standoff"
    for folder in (package, package / "world", package / "model"):
        folder.mkdir()
        (folder / "__init__.py").touch()
    shutil.copy(module.__file__, package / "model")
    law = package / "world" / "law.py"
    text = "from numba.extending import register_jitable as law\n\n@law\ndef plus(x): return {}\n"
    law.write_text(text.format("x + 1.0"))
    (package / "model" / "kernel.py").write_text(
        "from ..world.law import plus\nfrom .compiled import compiled\n\n@compiled\ndef kernel(x): return plus(x)\n"
    )

    def play():
        """Return what the kernel answers in a new process, and whether it came from the cache."""
        program = "from standoff.model.kernel import kernel as k\nprint(k(1.0), sum(k.stats.cache_hits.values()))"
        environment = os.environ | {
            "PYTHONPATH": str(tmp_path),
            "XDG_CACHE_HOME": str(tmp_path),
            "NUMBA_DISABLE_JIT": "0",
        }
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    assert play() == ["2.0", "0"]
    assert play() == ["2.0", "1"]
    law.write_text(text.format("x + 2.0"))
    assert play() == ["3.0", "0"]


def test_the_collector_rests_while_a_kernel_compiles_and_not_after():
    class Kernel:
        signatures = ()

    kernel = Kernel()
    with module.compiling(kernel):
        assert not gc.isenabled()
    assert gc.isenabled()
    kernel.signatures = ("compiled",)
    with module.compiling(kernel):
        assert gc.isenabled()
