"""Files checked by several processes: each file by one, a large one in slices by all.

Knows processes and in which order what comes back. Refuses to know what is wrong with a file (`x12.validate`)
and where a large one may be cut (`x12.slices`).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from edigate.errors import EdigateError, InternalError, NoInputError
from edigate.gateway.validate_files import Check, checked
from edigate.gateway.x12_files import STDIN
from edigate.x12.slices import Chain, Slice, slices
from edigate.x12.validate import Part, Report, validate_part

_CHUNK = 1 << 20
_SLICE = 8 << 20
_AHEAD = 3  # slices or files given out for each process: reports of what was checked early wait in memory


def _slice_checked(name: str, slice_: Slice, check: Check) -> Part | EdigateError:
    try:
        with Path(name).open("rb") as stream:
            stream.seek(slice_.start)
            return validate_part(
                _pieces(stream.read, slice_.end - slice_.start),
                file=name,
                limits=check.limits,
                choice=check.choice,
                after=slice_.after,
                base=slice_.start,
                last=slice_.last,
            )
    except OSError as error:
        return NoInputError(f"{name} can't be read: {error.strerror}")  # checked once more, and then told
    except EdigateError as error:
        return error


def _pieces(read: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (piece := read(min(size, _CHUNK))):
        size -= len(piece)
        yield piece


class _Given(NamedTuple):
    """A file or a slice of one, and who checks it; nobody where this process must (standard input)."""

    name: str
    slice_: Slice | None
    checking: Future[Any] | None


class Spread:
    """One run over several processes. Work is given out in order and a little ahead, and taken in order."""

    def __init__(self, check: Check, jobs: int, sizes: dict[str, int], standard_input: Iterable[bytes]) -> None:
        self._check = check
        self._standard_input = standard_input
        self._jobs = jobs
        self._sizes = sizes
        self._chain: Chain | None = None  # of the file whose slices are being taken
        self._in_one_go = False

    def run(self, names: Sequence[str]) -> Iterator[tuple[str, Report | EdigateError]]:
        # Forking keeps the guides that were compiled; this process has no threads then.
        method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
        pool = ProcessPoolExecutor(self._jobs, multiprocessing.get_context(method), initializer=_leave_ctrl_c)
        waiting: deque[_Given] = deque()
        try:
            for given in self._given(pool, names):
                waiting.append(given)
                if len(waiting) >= self._jobs * _AHEAD:
                    yield from self._taken(waiting.popleft())
            while waiting:
                yield from self._taken(waiting.popleft())
        except BrokenProcessPool as error:
            raise InternalError(
                "a process that checked files was ended from outside", hint="With --jobs 1 there is but one."
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _given(self, pool: ProcessPoolExecutor, names: Sequence[str]) -> Iterator[_Given]:
        for name in names:
            size, most = self._sizes[name], self._check.limits.file_bytes
            if name == STDIN:
                yield _Given(name, None, None)
            elif self._check.engine == "pyx12" or size < 2 * _SLICE or (most and size > most):
                yield _Given(name, None, pool.submit(checked, name, self._check))
            else:
                for slice_ in _cut(name, size):
                    yield _Given(name, slice_, pool.submit(_slice_checked, name, slice_, self._check))

    def _taken(self, given: _Given) -> Iterator[tuple[str, Report | EdigateError]]:
        """The report of what is done; of a slice none, but of the last one that of the file."""
        name, slice_, checking = given
        if slice_ is None or checking is None:
            yield name, checking.result() if checking else checked(name, self._check, self._standard_input)
            return
        if slice_.start == 0:
            self._chain, self._in_one_go = Chain(self._check.limits), False
        part: Part | EdigateError | None = None if self._in_one_go and checking.cancel() else checking.result()
        if isinstance(part, EdigateError) or part is None or self._chain is None:
            self._in_one_go = True
        elif not self._in_one_go:
            self._in_one_go = not self._chain.add(slice_, part)
        if slice_.last and self._chain:
            yield name, checked(name, self._check) if self._in_one_go else self._chain.report(name)


def _cut(name: str, size: int) -> Iterator[Slice]:
    """Slices of a file; one, which whoever checks it will find unreadable, where it can't be opened."""
    try:
        with Path(name).open("rb") as stream:
            yield from slices(_OnDisk(stream, size), _SLICE)
    except OSError:
        yield Slice(0, size, None, last=True)


class _OnDisk:
    """A file's bytes, read as they are asked for."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._descriptor = stream.fileno()
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, key: slice) -> bytes:
        start, stop, _ = key.indices(self._size)
        return os.pread(self._descriptor, stop - start, start)

    def find(self, sub: bytes, start: int = 0) -> int:
        while piece := self[start : start + _CHUNK + len(sub)]:
            found = piece.find(sub)
            if found >= 0:
                return start + found
            start += _CHUNK
        return -1


def _leave_ctrl_c() -> None:
    """Ctrl-C and SIGTERM are for the process that a person started: the others end with it, and don't print how."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
