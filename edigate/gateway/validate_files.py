"""Files checked one after another, or by several processes where that is worth starting them.

Knows files. Refuses to know what is wrong with one (`x12.validate`), how work is spread over processes
(`validate_spread`) and what anybody is told.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from edigate.errors import EdigateError
from edigate.gateway.x12_files import STDIN, chunks
from edigate.x12.choosing import Choice
from edigate.x12.segments import Limits
from edigate.x12.validate import Report, validate

Engine = Literal["edigate", "pyx12"]
# What takes less than about a second alone isn't worth starting processes for, by whom it is checked.
_WORTH: dict[Engine, int] = {"edigate": 16 << 20, "pyx12": 100_000}


class Check(msgspec.Struct, frozen=True):
    """How files are checked."""

    engine: Engine = "edigate"
    limits: Limits = Limits()
    choice: Choice = Choice()


def validate_files(
    names: Sequence[str], check: Check, jobs: int = 0, *, standard_input: Iterable[bytes] = ()
) -> Iterator[tuple[str, Report | EdigateError]]:
    """Each file's report, or why there is none, in the order of the names; the same whatever `jobs` is.

    `jobs` processes at most, 0: as many as there are cores; none but this one where the files are small.
    `standard_input` is what is read for `-`.
    """
    wanted = jobs or _cores()
    sizes = {name: _size(name) for name in names}
    if wanted == 1 or sum(sizes.values()) < _WORTH[check.engine]:
        for name in names:
            yield name, checked(name, check, standard_input if name == STDIN else None)
        return
    from edigate.gateway.validate_spread import Spread  # noqa: PLC0415  # a small file needs no processes

    yield from Spread(check, wanted, sizes, standard_input).run(names)


def checked(name: str, check: Check, given: Iterable[bytes] | None = None) -> Report | EdigateError:
    """A whole file, in this process."""
    content = chunks(name) if given is None else given
    try:
        if check.engine == "pyx12":
            from edigate.x12.pyx12_engine import validate_with_pyx12  # noqa: PLC0415  # slow to import

            return validate_with_pyx12(content, file=name, limits=check.limits)
        return validate(content, file=name, limits=check.limits, choice=check.choice)
    except EdigateError as error:
        return error


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _size(name: str) -> int:
    """A file's size; 0 where it is none: what can't be read is told when it is its turn."""
    try:
        path = Path(name)
        return path.stat().st_size if name != STDIN and path.is_file() else 0
    except (OSError, ValueError):
        return 0
