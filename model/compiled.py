"""``compiled``: numba's cache, kept in a folder named by the laws.

numba looks only at the file that holds the compiled function, so its own cache goes on playing
an old law after a law in another file was edited. A folder named by all the sources cannot.
"""

import gc
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])

FOLDERS = ("world", "agents", "model")  # what a compiled month may call
KEEP_SECONDS = 30 * 24 * 3600


def law_digest(root: Path | None = None) -> str:
    """Return the name of the laws as they are written now.

    Parameters
    ----------
    root : Path, optional
        The folder that holds ``world``, ``agents`` and ``model``; this package by default.

    Returns
    -------
    str
        16 hexadecimal digits, of the numba version and of each source's path and bytes.
    """
    root = root or Path(__file__).resolve().parent.parent
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py")):
        source = path.read_bytes()
        digest.update(f"\n{path.relative_to(root).as_posix()} {len(source)}\n".encode())
        digest.update(source)
    return digest.hexdigest()[:16]


def compiled(function: Function) -> Function:
    """Return `function` compiled, and loaded from the cache while no law has changed.

    Parameters
    ----------
    function : callable
        A kernel over plain numbers, arrays and laws. It runs without the interpreter's lock.

    Returns
    -------
    callable
        A numba dispatcher; `function` itself under ``NUMBA_DISABLE_JIT=1``.

    Notes
    -----
    The cache is ``$XDG_CACHE_HOME/standoff/DIGEST``, or ``~/.cache/standoff/DIGEST``. numba
    unpickles what it finds there, so it belongs in the user's own home. Where nothing can be
    written the kernel is compiled in memory, at every start.
    """
    try:
        folder = _cache_folder()
    except (OSError, RuntimeError):  # read-only or no home: pay the compile
        return cast(Function, numba.njit(nogil=True)(function))
    # numba asks for the folder now, not at the first call
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        return cast(Function, numba.njit(nogil=True, cache=True)(function))
    finally:
        config.CACHE_DIR = before


@contextmanager
def compiling(kernel: Callable[..., object]) -> Iterator[None]:
    """Hold the garbage collector while `kernel` compiles: the compiler's millions of objects live until its end."""
    hold = gc.isenabled() and not getattr(kernel, "signatures", True)
    if hold:
        gc.disable()
    try:
        yield
    finally:
        if hold:
            gc.enable()


def _cache_folder() -> Path:
    """Return the folder of these laws, writable and marked as used today."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "standoff"
    folder = home / law_digest()
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(home)
    tempfile.TemporaryFile(dir=folder).close()
    os.utime(folder)
    return folder


def _sweep(home: Path) -> None:
    """Delete the folders of laws that nobody has used for a month."""
    oldest = time.time() - KEEP_SECONDS
    for folder in home.iterdir():
        if re.fullmatch("[0-9a-f]{16}", folder.name) and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
