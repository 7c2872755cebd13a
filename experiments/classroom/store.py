"""What a classroom keeps on disk: a file of JSON lines for each class, appended to before a move is acknowledged."""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from ...world.checks import BadInput
from ..parts import write_whole

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is mistaken for another when read aloud
CODE = re.compile(f"[{LETTERS}]{{6}}")
MOST_CLASSES = 200  # assumption: a school's; each costs memory when it is played
SECRETS = "secrets.json"


class Store:
    """A folder of classes.

    Parameters
    ----------
    folder : Path
        Made if it is not there. Holds a file CODE.jsonl for each class, and the secrets of this server.

    Raises
    ------
    BadInput
        If the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            kept = self._secrets()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise BadInput(f"--store '{folder}' cannot be used: {reason}") from None
        self.teacher_key, self.cookie_secret = kept["teacher_key"], kept["cookie_secret"]

    def _secrets(self) -> dict[str, str]:
        path = self.folder / SECRETS
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(kept, dict) or not all(
                isinstance(kept.get(name), str) and len(kept[name]) >= 16 for name in ("teacher_key", "cookie_secret")
            ):
                raise ValueError(f"{SECRETS} is damaged")
            return kept
        kept = {"teacher_key": secrets.token_urlsafe(12), "cookie_secret": secrets.token_urlsafe(32)}
        write_whole(path, json.dumps(kept).encode())
        path.chmod(0o600)
        return kept

    def path(self, code: str) -> Path:
        """Return the file of a class; its code is checked first, for it may come from a web address."""
        if not CODE.fullmatch(code):
            raise BadInput(f"'{code[:20]}' is not the code of a class: six letters or digits")
        return self.folder / f"{code}.jsonl"

    def codes(self) -> list[str]:
        """Return the codes of all classes, the newest first."""
        files = [path for path in self.folder.glob("*.jsonl") if CODE.fullmatch(path.stem)]
        return [path.stem for path in sorted(files, key=lambda path: -path.stat().st_mtime)]

    def titles(self) -> dict[str, str]:
        """Return the title of every class by its code, the newest first; a class that cannot be read has none."""
        found = {}
        for code in self.codes():
            try:
                with self.path(code).open("rb") as file:
                    found[code] = str(json.loads(file.readline())["title"])
            except (OSError, ValueError, KeyError, TypeError):
                found[code] = ""
        return found

    def new(self, first: dict[str, Any]) -> str:
        """Begin the file of a class with its first event and return its code.

        Raises
        ------
        BadInput
            If there are too many classes, or the disk refuses.
        """
        if len(self.codes()) >= MOST_CLASSES:
            raise BadInput(f"there are {MOST_CLASSES} classes already: remove old ones from '{self.folder}'")
        while self.path(code := "".join(secrets.choice(LETTERS) for _ in range(6))).exists():
            pass
        try:
            write_whole(self.path(code), _line(first))
        except OSError as error:
            raise BadInput(f"the class cannot be kept: {error.strerror}") from None
        return code

    def append(self, code: str, event: dict[str, Any]) -> None:
        """Add an event to a class; it is on disk when this returns.

        Raises
        ------
        OSError
            If the disk refuses; nothing is left of the event then.
        """
        with self.path(code).open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            try:
                file.write(_line(event))
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise

    def events(self, code: str) -> list[dict[str, Any]]:
        """Return the events of a class. A last line that was cut short was never acknowledged: it is dropped.

        Raises
        ------
        BadInput
            If there is no such class, or its file is damaged.
        """
        path = self.path(code)
        try:
            data = path.read_bytes()
        except OSError:
            raise BadInput(f"there is no class {code}") from None
        whole, cut = data.rpartition(b"\n")[:2]
        if len(whole) + len(cut) < len(data):
            with path.open("r+b") as file:
                file.truncate(len(whole) + len(cut))
        try:
            events = [json.loads(line) for line in whole.split(b"\n")]
        except ValueError:
            raise BadInput(f"the file of class {code} is damaged") from None
        if not all(isinstance(event, dict) for event in events):
            raise BadInput(f"the file of class {code} is damaged")
        return events


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=True, allow_nan=False).encode() + b"\n"
