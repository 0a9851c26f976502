"""Files on their way, shown to who sits at a terminal: how many are done, their bytes and the rate.

On standard error, and only where that is a terminal; scripts and logs get nothing. Knows no job and no name of a file.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from edigate.cli.output import printable

if TYPE_CHECKING:
    from edigate.gateway.progress import Moved, Watch


class Shown(NamedTuple):
    """What a job is given: `tell` for a step that begins, `watch` for the files of it that were moved."""

    tell: Callable[[str], None]
    watch: Watch


@contextlib.contextmanager
def moving() -> Iterator[Shown]:
    """A bar below the steps, gone when all is over."""
    if not sys.stderr.isatty():
        yield Shown(_silent, _silent)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    display = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[carried]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    with display:
        bar = _Bar(display)
        yield Shown(bar.tell, bar.watch)


class _Bar:
    """One session's bar after the other."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._task = display.add_task("", total=None, visible=False, carried="")
        self._began = time.monotonic()

    def tell(self, text: str) -> None:
        self._display.update(self._task, visible=False)
        self._display.console.print(printable(text), markup=False, highlight=False)

    def watch(self, moved: Moved) -> None:
        if not moved.files:
            self._began = time.monotonic()
        self._display.update(
            self._task,
            completed=moved.files,
            total=moved.of,
            visible=True,
            carried=carried(moved.bytes, time.monotonic() - self._began),
        )


def carried(count: int, seconds: float) -> str:
    """`3.1 MB, 1.2 MB/s`; no rate before there is one."""
    from rich.filesize import decimal

    return f"{decimal(count)}, {decimal(int(count / seconds))}/s" if count and seconds > 0 else decimal(count)


def _silent(_: object) -> None:
    """A run that nobody watches."""
