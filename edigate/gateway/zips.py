"""Zip archives among received files: what is inside becomes received files of its own, within bounds.

All of an archive or nothing. Knows no content of what is inside, and opens no archive within an archive.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import IO

from edigate.errors import DataError, EdigateError, StorageError
from edigate.gateway.names import kept_name
from edigate.gateway.opening import Gateway
from edigate.ledger.inbound import InboundFile, finish_file, inbound_file_by_id, record_received
from edigate.ledger.records import NewInboundFile
from edigate.logs import get_logger
from edigate.responses.read import Kind, classify

log = get_logger(__name__)

MOST_FILES = 1_000
MOST_BYTES = 2 << 30  # unpacked, all together: an archive of a few kilobytes can hold terabytes
_PIECE = 1 << 16
OPENED = "opened zip"  # what such a file was, told apart from one that stays packed
INSIDE = "!/"  # stands in the path of what came out of an archive


def opened_zips(
    gateway: Gateway, waiting: Iterable[InboundFile]
) -> tuple[list[InboundFile], list[EdigateError]]:
    """The files that wait, each zip among them replaced by what was in it; and what kept some from being opened.

    A zip that can't be unpacked is held. One whose archived bytes aren't whole, or that there is no room for, waits.
    """
    found: list[InboundFile] = []
    troubles: list[EdigateError] = []
    for file in waiting:
        if INSIDE in file.remote_path or not _is_zip(gateway, file):
            found.append(file)
            continue
        try:
            found += _unpack(gateway, file)
        except StorageError as error:
            log.warning("file could not be unpacked", file_id=file.id, partner=file.partner, error=error)
            troubles.append(error)
    return found, troubles


def _is_zip(gateway: Gateway, file: InboundFile) -> bool:
    # Sealed, for another run was faster, or damaged: posting says so, of this file alone.
    with contextlib.suppress(StorageError), gateway.archive.open_stream(file.sha256) as stream:
        return classify(stream.read(8)) is Kind.ZIP
    return False


def _unpack(gateway: Gateway, file: InboundFile) -> list[InboundFile]:
    try:
        members = _into_archive(gateway, file)
    except DataError as error:
        with gateway.ledger.write() as tx:
            finish_file(tx, file.id, "held", kind=Kind.ZIP.value, reason=error.message)
        log.warning("file could not be unpacked", file_id=file.id, partner=file.partner)
        return []
    with gateway.ledger.write() as tx:  # durable before it is read, as what a partner's server gives
        now = inbound_file_by_id(tx, file.id)
        if now is None or now.state != "received":  # another run was faster
            return []
        inside = [record_received(tx, member) for member in members]
        reason = f"it is a zip archive: {len(inside)} files were taken out of it"
        finish_file(tx, file.id, "kept", kind=OPENED, reason=reason)
    log.info("file unpacked", file_id=file.id, partner=file.partner, count=len(inside))
    return [member for member in inside if member.state == "received"]


def _into_archive(gateway: Gateway, file: InboundFile) -> list[NewInboundFile]:
    """Every member's bytes in the archive. Raises DataError for an archive that isn't whole or goes beyond bounds."""
    with _copy(gateway, file) as seekable:
        try:
            with zipfile.ZipFile(seekable) as archive:
                members = [member for member in archive.infolist() if not member.is_dir()]
                if len(members) > MOST_FILES:
                    raise DataError(f"the zip holds {len(members)} files; {MOST_FILES} are unpacked at most")
                budget = _Budget()
                return [_one(gateway, file, archive, member, budget) for member in members]
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
            raise DataError("the zip is damaged: ask the partner to send it again") from error
        except NotImplementedError as error:
            raise DataError("the zip is packed in a way that isn't known here: unpack it by hand") from error
        except RuntimeError as error:  # zipfile's word for a password
            raise DataError("the zip is encrypted: unpack it by hand") from error


def _one(
    gateway: Gateway, file: InboundFile, archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget
) -> NewInboundFile:
    with archive.open(member) as stream:
        sha256 = gateway.archive.put_pieces(budget.pieces(stream))
    return NewInboundFile(
        partner=file.partner,
        remote_path=f"{file.remote_path}{INSIDE}{kept_name(member.filename)}",
        name=kept_name(member.filename.rpartition("/")[2]),
        sha256=sha256,
        size=member.file_size,
    )


class _Budget:
    """What may still be unpacked, by what really comes, not by what the archive says of itself."""

    def __init__(self) -> None:
        self._left = MOST_BYTES

    def pieces(self, stream: IO[bytes]) -> Iterator[bytes]:
        while piece := stream.read(_PIECE):
            self._left -= len(piece)
            if self._left < 0:
                raise DataError(f"the zip holds more than {MOST_BYTES >> 20} MB: unpack it by hand")
            yield piece


def _copy(gateway: Gateway, file: InboundFile) -> IO[bytes]:
    """The archived bytes where one can go back in them: a file without a name, proved by its hash."""
    try:
        copy = tempfile.TemporaryFile(dir=gateway.workspace.state)  # noqa: SIM115  # the caller's to close
        with gateway.archive.open_stream(file.sha256) as stream:
            shutil.copyfileobj(stream, copy)
    except OSError as error:
        raise StorageError("there is no room to unpack a zip", hint=str(error.strerror)) from error
    copy.seek(0)
    return copy
