"""A results folder on disk: parts written whole or not at all, checksums, and a lock."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..world.checks import BadInput
from .endings import Stopped
from .recipe import difference

KEYS = ("point", "start", "run")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that, whenever the process dies, it is there as a whole or as it was before."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def encoded(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd")
    return bytes(buffer.getvalue())


def part_name(part: int) -> str:
    """Return the name that a part's files share."""
    return f"part-{part:05d}"


def write_part(folder: Path, part: int, tables: dict[str, pa.Table]) -> None:
    """Write the tables of a part, each into the subfolder of its name, and then their checksums."""
    lines = []
    for kind, table in tables.items():
        data = encoded(table)
        write_whole(folder / kind / f"{part_name(part)}.parquet", data)
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {kind}/{part_name(part)}.parquet\n")
    write_whole(folder / "checks" / f"{part_name(part)}.sha256", "".join(lines).encode())


def part_is_whole(folder: Path, part: int, kinds: list[str]) -> bool:
    """Return whether a part is there as it was written."""
    try:
        lines = (folder / "checks" / f"{part_name(part)}.sha256").read_text("ascii").splitlines()
        sums = {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}
        names = [f"{kind}/{part_name(part)}.parquet" for kind in kinds]
        return all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == sums[name] for name in names)
    except (OSError, ValueError, KeyError):
        return False


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system frees it however the process ends.

    Raises
    ------
    BadInput
        If another process holds it.
    """
    with (folder / ".lock").open("a+b") as file:
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadInput(f"another sweep is writing into '{folder}'; wait for it, or choose another --out") from None
        yield


@contextmanager
def keeping_work(folder: Path) -> Iterator[None]:
    """Turn the disk's refusal to write into a stop from which the same command goes on."""
    try:
        yield
    except OSError as error:
        raise Stopped(
            f"cannot write into '{folder}': {error.strerror}; what was finished is kept, the same command goes on"
        ) from None


@contextmanager
def opened(folder: Path, recipe: dict[str, Any], kinds: tuple[str, ...]) -> Iterator[None]:
    """Hold a results folder for a recipe: made if need be, locked, the recipe written first, a subfolder for each kind.

    Raises
    ------
    BadInput
        If the folder cannot be written, is in use, holds other files, or belongs to another recipe.
    Stopped
        If the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = [entry.name for entry in folder.iterdir() if entry.name not in (".lock", ".recipe.json.tmp")]
        if foreign and "recipe.json" not in foreign:
            raise BadInput(f"'{folder}' holds other files ({min(foreign)}) and no recipe.json; choose another --out")
        (folder / ".lock").touch()
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"cannot write into '{folder}': {getattr(error, 'strerror', None) or error}") from None
    with locked(folder):
        if (folder / "recipe.json").exists():
            if changed := difference(recipe, read_recipe(folder)):
                raise BadInput(f"'{folder}' holds another recipe ({changed}); choose another --out")
        else:
            with keeping_work(folder):
                write_whole(folder / "recipe.json", json.dumps(recipe, indent=1).encode())
        with keeping_work(folder):
            for kind in kinds:
                (folder / kind).mkdir(exist_ok=True)
                for left in (folder / kind).glob(".*.tmp"):
                    left.unlink()
        yield


def read_recipe(folder: Path) -> dict[str, Any]:
    """Return the recipe of a results folder.

    Raises
    ------
    BadInput
        If there is none, or it is damaged.
    """
    path = folder / "recipe.json"
    try:
        recipe = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "damaged"
        raise BadInput(f"'{path}' cannot be read: {reason}") from None
    if not isinstance(recipe, dict):
        raise BadInput(f"'{path}' cannot be read: damaged")
    return recipe


def ordered_columns(folder: Path) -> Iterator[tuple[str, NDArray[Any], list[str] | None]]:
    """Yield each column of the outcomes in the order of point, start and run: its name, values and words.

    A column of words comes as places in the list of its words. One column at a time is in memory.
    """
    files = [pq.ParquetFile(path) for path in sorted((folder / "outcomes").glob("part-*.parquet"))]

    def column(name: str) -> tuple[NDArray[Any], list[str] | None]:
        whole = pa.chunked_array([chunk for file in files for chunk in file.read([name]).column(0).chunks])
        if not pa.types.is_dictionary(whole.type):
            return whole.to_numpy(), None
        joined = whole.unify_dictionaries().combine_chunks()
        joined = joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
        return joined.indices.to_numpy(), joined.dictionary.to_pylist()

    point, start, run = (column(name)[0] for name in KEYS)
    order = np.lexsort((run, start, point))
    for name in files[0].schema_arrow.names:
        values, words = column(name)
        yield name, values[order], words


def digest(folder: Path) -> str:
    """Return a checksum of the decoded outcomes in the order of point, start and run.

    It does not depend on how the rows were split into parts, nor on the version of the Parquet writer.
    """
    total = hashlib.sha256()
    for name, values, words in ordered_columns(folder):
        total.update(f"{name} {len(values)} {words}\n".encode())
        total.update(np.ascontiguousarray(values.astype("<i8" if values.dtype.kind in "iu" else "<f8")).data)
    return total.hexdigest()
