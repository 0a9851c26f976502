"""A folder of this machine as a partner: a mounted share, or the outbox of another program that transfers.

Keeps the contract as strictly as a server would: exclusive create, durable before it returns, never
over an existing file, never outside the folder. A leading `/` means the folder itself.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from edigate.errors import PartnerError, PartnerUnreachableError, RemoteRefusedError
from edigate.transport.base import RemoteFile, encoded, printable, split_path

_PIECE = 1024 * 1024

# The share went away beneath us: not this file's fault, and it may be back later.
_GONE = {errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.ETIMEDOUT, errno.ENODEV, errno.ENXIO}

# What a file system says that doesn't know how to rename without replacing, or to link.
_CANNOT = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EMLINK}

_AT_FDCWD, _RENAME_NOREPLACE = -100, 1


class DirectoryTransport:
    """The folder `root`, which must be there: a missing one is a share that isn't mounted."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise PartnerUnreachableError(
                f"The partner's folder {root} isn't there.",
                hint="Is the share mounted? Check directory.path.",
            )
        self._root = root.resolve()

    def _place(self, path: str) -> Path:
        """Where a partner's path lies here. Raises RemoteRefusedError for one that leads outside."""
        encoded(path)  # refuses what no file system holds
        steps = [step for step in path.split("/") if step not in ("", ".")]
        if ".." in steps:
            raise _outside(path)
        if not steps:
            return self._root
        place = self._root.joinpath(*steps)
        # The folders on the way may be links; the last step is never followed where it is opened.
        if not place.parent.resolve().is_relative_to(self._root):
            raise _outside(path)
        return place

    def list(self, folder: str) -> builtins.list[RemoteFile]:
        place = self._place(folder or ".")
        found = []
        try:
            if not place.resolve().is_relative_to(self._root):
                raise _outside(folder)
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        with contextlib.suppress(FileNotFoundError):  # taken away between the two looks
                            seen = entry.stat(follow_symlinks=False)
                            found.append(RemoteFile(folder, entry.name, seen.st_size, int(seen.st_mtime)))
        except OSError as error:
            _refuse(f"list {printable(folder) or 'the folder'}", error)
        return sorted(found, key=lambda file: file.name)

    def read(self, path: str) -> Iterator[bytes]:
        what = f"read {printable(path)}"
        place = self._place(path)
        try:
            # Without O_NONBLOCK a pipe left in the folder would hold us for ever.
            number = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(number, "rb", buffering=0) as opened:
                seen = os.fstat(number)
                if not stat.S_ISREG(seen.st_mode):
                    raise RemoteRefusedError(f"{printable(path)} isn't a plain file.")
                given = 0
                while piece := opened.read(_PIECE):
                    given += len(piece)
                    yield piece
        except OSError as error:
            _refuse(what, error)
        if given < seen.st_size:
            raise RemoteRefusedError(
                f"{printable(path)} ended after {given:,} of {seen.st_size:,} bytes.",
                hint="It may still be changing; try again later.",
            )

    def write(self, path: str, content: bytes) -> None:
        what = f"write {printable(path)}"
        place = self._place(path)
        try:
            # The jobs run with umask 077: the program that transfers must be the same user, or root.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(place, flags, 0o660), "wb", buffering=0) as opened:
                view = memoryview(content)
                while view:
                    view = view[opened.write(view) :]
                os.fsync(opened.fileno())
            _sync_folder(place.parent)
        except OSError as error:
            _refuse(what, error)

    def rename(self, old: str, new: str) -> None:
        source, target = self._place(old), self._place(new)
        what = f"rename {printable(old)} to {printable(new)}"
        try:
            if not stat.S_ISREG(os.lstat(source).st_mode):
                raise RemoteRefusedError(f"{printable(old)} isn't a plain file.")
            _move(source, target)
            for folder in {source.parent, target.parent}:
                _sync_folder(folder)
        except OSError as error:
            _refuse(what, error)

    def remove(self, path: str) -> None:
        place = self._place(path)
        try:
            place.unlink()
            _sync_folder(place.parent)
        except OSError as error:
            _refuse(f"remove {printable(path)}", error)

    def stat(self, path: str) -> RemoteFile | None:
        try:
            seen = os.lstat(self._place(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            _refuse(f"tell about {printable(path)}", error)
        return RemoteFile(*split_path(path), seen.st_size, int(seen.st_mtime))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close: nothing stays open between calls."""


def _move(source: Path, target: Path) -> None:
    """Rename without replacing: by the kernel in one step, or by a second link where it can't (NFS)."""
    try:
        _rename_noreplace(source, target)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
    else:
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        # The last way left, look and then rename, could replace a file that came in between.
        raise PartnerError(
            f"The file system of {target.parent} can't rename without replacing what may stand there.",
            hint="Set folders.temporary = false for this partner.",
        ) from None
    source.unlink()


def _rename_noreplace(source: Path, target: Path) -> None:
    """Linux's renameat2 with RENAME_NOREPLACE, which Python's os doesn't have. Raises OSError."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:  # another system, or a C library older than glibc 2.28
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    names = (_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target))
    if call(*names, _RENAME_NOREPLACE) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _sync_folder(folder: Path) -> None:
    """Make a name durable. Network file systems may not know how; then they do it by themselves."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
            raise
    finally:
        os.close(number)


def _outside(path: str) -> RemoteRefusedError:
    return RemoteRefusedError(f"{printable(path)} leads outside of the partner's folder.")


def _refuse(what: str, error: OSError) -> NoReturn:
    reason = error.strerror or type(error).__name__
    if error.errno in _GONE:
        raise PartnerUnreachableError(f"The partner's folder failed to {what}: {reason}.") from None
    raise RemoteRefusedError(f"The partner's folder refused to {what}: {reason}.") from None
