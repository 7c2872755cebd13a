"""The C twin of the compiled ensemble: built with gcc, called through ctypes, equal to the last bit."""

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..agents.doctrines import Doctrines
from ..agents.moves import ACTORS
from ..model.ensemble import FREE  # and with it every law
from ..model.luck import SLOTS, Chances, draw_lucks, typed_row
from ..model.outcomes import OUTCOMES
from ..world.law import LAWS
from ..world.parameters import PARAMETER_ROW
from ..world.state import STATE_ROW
from .translate import Translator

FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno")
KERNEL = Path(__file__).with_name("kernel.c")


class Drawn(NamedTuple):
    """What both kernels read."""

    points: NDArray[np.void]  # of PARAMETER_ROW, types drawn
    starts: NDArray[np.void]  # of STATE_ROW
    doctrines: Doctrines
    chances: NDArray[np.float64]
    tastes: NDArray[np.float64]
    revisions: NDArray[np.float64]
    script: NDArray[np.int64]


def draw(
    points: NDArray[np.void],
    starts: NDArray[np.void],
    runs: NDArray[np.int64],
    months: int,
    seed: int,
    doctrines: Doctrines,
    developers: int,
    script: NDArray[np.int64] | None = None,
) -> Drawn:
    """Return what ``ensemble.play`` hands to its kernel for the same arguments."""
    luck = draw_lucks(seed, runs, months, developers)
    return Drawn(
        typed_row(np.ascontiguousarray(points, PARAMETER_ROW), luck),
        np.ascontiguousarray(starts, STATE_ROW),
        doctrines,
        luck.chances,
        luck.tastes,
        luck.revisions,
        np.full((months, len(ACTORS)), FREE, np.int64) if script is None else script,
    )


def source() -> str:
    """Return the C of the laws that the kernel calls, and the kernel."""
    kernel, translator = KERNEL.read_text(encoding="utf-8"), Translator()
    for law in LAWS:
        if re.search(rf"\b{law.__name__}\(", kernel):
            translator.law(law)
    translator.ctype(Chances)
    translator.ctype(Doctrines)
    return f"{translator.source()}\n{kernel}"


def build(folder: Path) -> Any:
    """Return the twin, built in `folder`; raise FileNotFoundError where there is no gcc."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise FileNotFoundError("gcc is not installed")
    text, library = folder / "standoff.c", folder / "standoff.so"
    text.write_text(source(), encoding="utf-8")
    subprocess.run(  # noqa: S603
        [gcc, *FLAGS, "-std=gnu11", "-shared", "-fPIC", "-o", str(library), str(text), "-lm"], check=True
    )
    twin = ctypes.CDLL(str(library))
    pointer = ctypes.c_void_p
    twin.play_runs.argtypes = [ctypes.c_int64] * 3 + [pointer] * 8 + [ctypes.c_int64]
    twin.play_runs.restype = None
    return twin


def play(twin: Any, drawn: Drawn) -> NDArray[np.float64]:
    """Return the outcomes of every run, shape (runs, len(OUTCOMES)), by the twin's kernel."""
    runs, months, slots = drawn.chances.shape
    if slots != SLOTS:
        raise ValueError("the twin knows another number of slots")
    outcomes = np.full((runs, len(OUTCOMES)), np.nan)
    doctrines = np.array(drawn.doctrines, np.int32)
    arrays = (drawn.points, drawn.starts, doctrines, *drawn[3:], outcomes)
    twin.play_runs(runs, months, drawn.tastes.shape[1], *(array.ctypes.data for array in arrays), len(OUTCOMES))
    return outcomes
