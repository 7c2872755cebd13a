"""Progress on standard error: a bar with the time left in a terminal, else a line now and then."""

import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

EVERY = 10.0  # seconds between lines


def say(text: str) -> None:
    """Print a line on standard error; that nobody can read it stops nothing."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


class Report:
    """Progress over a number of runs, or of another unit. That nobody reads it any more never stops a sweep."""

    def __init__(self, name: str, total: int, unit: str = "runs") -> None:
        self.name, self.total, self.done, self.unit = name, total, 0, unit
        self.began = self.said = time.monotonic()
        self.bar: Any = None

    def begin(self, total: int) -> None:
        """Start the clock, with this many runs to do."""
        self.began = self.said = time.monotonic()
        self.total = total
        if self.bar is not None:
            self.bar.reset(self.bar.task_ids[0], total=total)

    def __enter__(self) -> Self:
        """Show the bar, if somebody looks at a terminal."""
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self.bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(f"{self.unit}, left"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.bar.add_task(self.name, total=self.total)
            self.bar.start()
        return self

    def note(self, text: str) -> None:
        """Say something that is no progress."""
        if self.bar is not None:
            self.bar.console.print(text)
        else:
            say(f"{self.name}: {text}")

    def advance(self, runs: int) -> None:
        """Count runs as done."""
        self.done += runs
        if self.bar is not None:
            with suppress(OSError):
                self.bar.update(self.bar.task_ids[0], completed=self.done)
        elif (now := time.monotonic()) - self.said > EVERY:
            self.said = now
            left = (now - self.began) / self.done * (self.total - self.done)
            say(f"{self.name}: {self.done} of {self.total} {self.unit}, {duration(left)} left")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self.bar is not None:
            with suppress(OSError):
                self.bar.stop()


def duration(seconds: float) -> str:
    """Return a length of time as people say it.

    >>> duration(42), duration(300), duration(9000)
    ('42 s', '5 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
