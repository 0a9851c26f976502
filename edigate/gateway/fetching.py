"""A folder's files on their way in: small ones in sets, large ones in pieces. Raw bytes durable before anything else.

A set is read, looked at again, archived, recorded in one commit, and only then cleared from the server: wherever it
ends, nothing that was removed isn't safe, and what isn't recorded is fetched again. Knows no lock and no login.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from edigate.errors import RemoteRefusedError, StillGrowingError
from edigate.gateway.names import kept_name
from edigate.gateway.opening import Gateway
from edigate.gateway.progress import Count, Watch
from edigate.ledger.inbound import InboundFile, record_all_received, taken
from edigate.ledger.records import NewInboundFile
from edigate.ledger.transaction import in_blocks
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.transport import RemoteFile, Transport
from edigate.transport.base import printable
from edigate.transport.together import together

log = get_logger(__name__)

# A larger file comes alone, in pieces. A set is in memory at once, and what a kill costs to fetch again.
SMALL = 256 * 1024
FILES_AT_ONCE = 128
BYTES_AT_ONCE = 8 * 1024 * 1024

Looked = Mapping[str, RemoteFile | RemoteRefusedError | None]


class Fetched(msgspec.Struct, kw_only=True):
    """What came of listed files. Names are fit to be shown."""

    files: list[InboundFile] = []
    growing: list[str] = []  # still being written when we looked; next time
    refused: list[str] = []  # the server would not give them


class Folder:
    """One folder of a partner. What becomes of its files is added to `fetched` as it happens."""

    def __init__(
        self, gateway: Gateway, partner: Partner, transport: Transport, fetched: Fetched, watch: Watch
    ) -> None:
        self._gateway = gateway
        self._partner = partner
        self._transport = transport
        self._together = together(transport)
        self._fetched = fetched
        self._watch = watch

    def fetch(self, listed: Iterable[RemoteFile]) -> None:
        """Take what is new, the oldest first.

        Raises PartnerError or OSError where the session ends; LedgerError, StorageError. What came before is kept.
        """
        files = sorted(listed, key=_age)
        with self._gateway.ledger.read() as tx:
            known = taken(tx, self._partner.name, (kept_name(remote.path) for remote in files))
        new: list[RemoteFile] = []
        old: list[RemoteFile] = []
        for remote in files:
            is_known = (kept_name(remote.path), remote.size, remote.modified) in known
            (old if is_known else new).append(remote)
        self._clear(old)  # where an earlier run couldn't, or wasn't asked to
        count = Count(self._watch, len(new))
        for several in _sets(new):
            safe = self._take(several) if _is_small(several[0]) else self._take_alone(several[0])
            self._clear(safe)
            for remote in several:
                count.one(remote.size)

    def _take(self, several: Sequence[RemoteFile]) -> Sequence[RemoteFile]:
        """Small files, read together; those of them that are safe with us afterwards."""
        safe, refused = self._take_together(several)
        # Some servers allow few open files at once: what was refused among others may be given alone.
        return [*safe, *(remote for one in refused for remote in self._take_alone(one))]

    def _take_together(self, several: Sequence[RemoteFile]) -> tuple[list[RemoteFile], list[RemoteFile]]:
        """Those that are safe with us afterwards, and those that the server wouldn't give."""
        refused: list[RemoteFile] = []
        came: dict[RemoteFile, bytes] = {}
        looked: Looked = {}
        try:
            with contextlib.closing(self._together.read_many(several)) as outcomes:
                for remote, outcome in outcomes:
                    if isinstance(outcome, bytes):
                        came[remote] = outcome
                    elif isinstance(outcome, StillGrowingError):
                        self._fetched.growing.append(printable(remote.name))
                    else:
                        refused.append(remote)
            looked = dict(self._together.stat_many(remote.path for remote in came))
        finally:
            # Where the line is lost, or we are told to stop, as well: some servers give a file only once.
            whole = [remote for remote in came if _is_whole(remote, len(came[remote]), looked)]
            whole.sort(key=_age)
            self._fetched.growing += [printable(remote.name) for remote in came.keys() - set(whole)]
            self._record(whole, self._gateway.archive.put_many([came[remote] for remote in whole]))
        return whole, sorted(refused, key=_age)

    def _take_alone(self, remote: RemoteFile) -> Sequence[RemoteFile]:
        """One file, in pieces; itself where it is safe with us afterwards."""
        try:
            sha256 = self._gateway.archive.put_pieces(self._pieces(remote))
        except RemoteRefusedError as error:
            names = self._fetched.growing if isinstance(error, StillGrowingError) else self._fetched.refused
            names.append(printable(remote.name))
            return ()
        self._record([remote], [sha256])
        return (remote,)

    def _pieces(self, remote: RemoteFile) -> Iterator[bytes]:
        """The file's bytes; after the last of them, that it is all there is."""
        given = 0
        for piece in self._transport.read(remote.path):
            given += len(piece)
            yield piece
        if not _is_whole(remote, given, dict(self._together.stat_many([remote.path]))):
            raise StillGrowingError(f"{printable(remote.path)} is still being written")

    def _record(self, files: Sequence[RemoteFile], digests: Sequence[str]) -> None:
        """Files whose bytes are in the archive, into the ledger: in one commit."""
        if not files:
            return
        with self._gateway.ledger.write() as tx:
            _, new = record_all_received(
                tx,
                [
                    NewInboundFile(
                        partner=self._partner.name,
                        remote_path=kept_name(remote.path),
                        name=kept_name(remote.name),
                        sha256=sha256,
                        size=remote.size,
                        remote_modified=remote.modified,
                    )
                    for remote, sha256 in zip(files, digests, strict=True)
                ],
            )
        # A server that tells no size or time has us read again what we had, to no effect: that isn't told.
        self._fetched.files += new
        for file in new:
            log.info("file received", file_id=file.id, partner=self._partner.name, bytes=file.size)

    def _clear(self, safe: Iterable[RemoteFile]) -> None:
        """Remove what is safe with us from the server, where the partner says so; one that stays does no harm.

        One that has changed since we read it stays: some partners' names come round again.
        """
        if not self._partner.folders.delete_after_receive:
            return
        for several in in_blocks(safe):
            looked = dict(self._together.stat_many(remote.path for remote in several))
            same = [remote.path for remote in several if not _has_changed(remote, looked[remote.path])]
            with contextlib.closing(self._together.remove_many(same)) as outcomes:
                for refusal in (outcome for _, outcome in outcomes if outcome is not None):
                    log.warning("file could not be removed from the server", partner=self._partner.name, error=refusal)


def _sets(files: Iterable[RemoteFile]) -> Iterator[list[RemoteFile]]:
    """The files in their order: small ones that are read together, each other one alone."""
    for small, run in itertools.groupby(files, _is_small):
        several: list[RemoteFile] = []
        size = 0
        for file in run:
            if several and (not small or len(several) == FILES_AT_ONCE or size + file.size > BYTES_AT_ONCE):
                yield several
                several, size = [], 0
            several.append(file)
            size += file.size
        yield several


def _age(file: RemoteFile) -> tuple[int, str]:
    return file.modified, file.name


def _is_small(file: RemoteFile) -> bool:
    return 0 <= file.size <= SMALL


def _is_whole(listed: RemoteFile, given: int, looked: Looked) -> bool:
    """Whether what was read is as much as the listing said, and as a look afterwards says where it tells anything."""
    now = looked.get(listed.path)
    return not (0 <= listed.size != given or (isinstance(now, RemoteFile) and 0 <= now.size != given))


def _has_changed(then: RemoteFile, now: RemoteFile | RemoteRefusedError | None) -> bool:
    """Whether a file isn't the one it was, as far as both looks tell."""
    if not isinstance(now, RemoteFile):  # it tells nothing by name
        return False
    pairs = ((then.size, now.size), (then.modified, now.modified))
    return any(min(pair) >= 0 and pair[0] != pair[1] for pair in pairs)
