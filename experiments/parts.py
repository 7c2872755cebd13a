"""A results folder on disk: parts written whole or not at all, checksums, and a lock."""

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
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
HELD = 4_000_000  # values of columns that are read back at once, 32 MB: files are opened less often


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file, at once or in pieces, so that whenever the process dies it is there as a whole or as it was."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
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


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, or none of them.

    Raises
    ------
    BadInput
        If it cannot be made.
    """
    missing = [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
    try:
        str(folder).encode()  # pyarrow opens no other path
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        for one in missing:
            with suppress(OSError, ValueError):
                one.rmdir()
        raise BadInput(f"cannot write into '{folder}': {getattr(error, 'strerror', None) or error}") from None


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
    return all(checked_bytes(folder, kind, part_name(part)) is not None for kind in kinds)


def checksums(folder: Path, name: str) -> dict[str, str]:
    """Return the checksums of a part's files, by their places in the folder; none if they cannot be read."""
    try:
        lines = (folder / "checks" / f"{name}.sha256").read_text("ascii").splitlines()
    except (OSError, ValueError):
        return {}
    return {file: checksum for checksum, _, file in (line.partition("  ") for line in lines)}


def checked_bytes(folder: Path, kind: str, name: str) -> bytes | None:
    """Return the bytes of one file of a part, or None if they are not those that were written."""
    file = f"{kind}/{name}.parquet"
    try:
        data = (folder / file).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == checksums(folder, name).get(file) else None


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
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):  # such as a file system that has no locks
                raise BadInput(f"cannot lock '{folder}': {error.strerror}; choose another --out") from None
            raise BadInput(
                f"another standoff command is writing into '{folder}'; wait for it, or choose another --out"
            ) from None
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
    make_folder(folder)
    try:
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
        if closed := [kind for kind in kinds if not os.access(folder / kind, os.W_OK)]:
            raise BadInput(f"cannot write into '{folder / closed[0]}': Permission denied")
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

    A column of words comes as places in the list of its words. Memory holds few columns at a time.
    """
    parts = [(path, pq.read_metadata(path)) for path in sorted((folder / "outcomes").glob("part-*.parquet"))]
    place = np.arange(sum(metadata.num_rows for _, metadata in parts))  # where each row of the parts goes
    key = np.zeros_like(place)
    for _, values, _ in _columns(parts, KEYS, place):
        key *= int(values.max()) + 1
        key += values
    order = np.argsort(key)
    place[order] = np.arange(len(place))
    del key, order, values
    yield from _columns(parts, parts[0][1].schema.to_arrow_schema().names, place)


def _columns(
    parts: list[tuple[Path, Any]], names: Sequence[str], place: NDArray[np.int64]
) -> Iterator[tuple[str, NDArray[Any], list[str] | None]]:
    """Yield columns with each of their rows put in its place."""
    together = max(1, HELD // len(place))
    for begin in range(0, len(names), together):
        whole: dict[str, NDArray[Any]] = {}
        words: dict[str, list[str]] = {}
        first = 0
        for path, metadata in parts:
            # Not kept open: the system allows a process few files, fewer than a large sweep has parts.
            with pq.ParquetFile(path, metadata=metadata) as file:
                table = file.read(names[begin : begin + together]).unify_dictionaries().combine_chunks()
            for name in names[begin : begin + together]:
                column = table[name].chunk(0)
                if isinstance(column, pa.DictionaryArray):
                    own, known = column.dictionary.to_pylist(), words.setdefault(name, [])
                    known += [word for word in own if word not in known]
                    values = np.array([known.index(word) for word in own], np.int32)[column.indices.to_numpy()]
                else:
                    values = column.to_numpy()
                if name not in whole:
                    whole[name] = np.empty(len(place), values.dtype)
                whole[name][place[first : first + len(table)]] = values
            first += len(table)
        for name in list(whole):
            yield name, whole.pop(name), words.get(name)


def digest(folder: Path) -> str:
    """Return a checksum of the decoded outcomes in the order of point, start and run.

    It does not depend on how the rows were split into parts, nor on the version of the Parquet writer.
    """
    total = hashlib.sha256()
    for name, values, words in ordered_columns(folder):
        total.update(f"{name} {len(values)} {words}\n".encode())
        total.update(np.ascontiguousarray(values.astype("<i8" if values.dtype.kind in "iu" else "<f8")).data)
    return total.hexdigest()
