"""Many files' ways to their partner on one session: small ones in sets, their waits overlapping; the others alone.

A set goes as one file does (`delivery.py`), each step of all its files in one commit before it is taken:

    queued -> uploading   one commit, with each file's temporary name; then all drafts are written
    uploading -> renaming  one commit of those that the server took; then all are renamed
    renaming -> sent       a handful a commit, as the server says so

Cut off before the second commit, the drafts of the whole set are removed and it starts over; after it, what stands
at the server tells of each file. So a set is small: where a server sweeps drafts away, all of it may be uncertain.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from edigate.errors import EdigateError, RemoteRefusedError, StorageError
from edigate.gateway.carrying import carried_now
from edigate.gateway.delivery import Delivery
from edigate.gateway.opening import Gateway
from edigate.gateway.progress import Count
from edigate.ledger.outbound import OutboundFile, advance_together
from edigate.ledger.states import FileState
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.transport import Transport
from edigate.transport.base import Together

log = get_logger(__name__)

# Larger files keep a line busy by themselves. A set's contents are in memory while it is under way.
SMALL = 1_000_000
SET_BYTES = 8_000_000
SET_FILES = 32
# So many files that the server has taken may be `renaming` still, where a run is killed.
HANDFUL = 8


class Deliveries:
    """All that waits for a partner, on one session. `troubles` takes what keeps a file back: it stops no other."""

    def __init__(
        self, gateway: Gateway, partner: Partner, transport: Transport, troubles: list[EdigateError], count: Count
    ) -> None:
        self._gateway = gateway
        self._partner = partner
        self._transport = transport
        self._together = transport if isinstance(transport, Together) and partner.folders.temporary else None
        self._alone_helps = True
        self._troubles = troubles
        self._count = count

    def finish(self, pending: Sequence[OutboundFile]) -> None:
        """Bring each file to `sent` or to `uncertain`, in order.

        Raises PartnerError but for RemoteRefusedError where the session is over; LedgerError where another run
        works with these files.
        """
        carried = carried_now(self._gateway, pending)
        for files in _in_sets(pending, self._together is not None):
            deliveries = [
                Delivery(self._gateway, self._partner, self._transport, file, carried.get(file.id)) for file in files
            ]
            if self._together is not None and len(deliveries) > 1:
                self._finish_set(self._together, deliveries)
            else:
                with self._told(deliveries[0]):
                    deliveries[0].finish()
            for file in files:
                self._count.one(file.size)

    @contextlib.contextmanager
    def _told(self, delivery: Delivery) -> Iterator[None]:
        """What the server refuses of a file, or what is damaged here, is told and stops no other file."""
        try:
            yield
        except (RemoteRefusedError, StorageError) as error:
            log.warning("file not sent", file_id=delivery.file.id, partner=self._partner.name, error=error)
            self._troubles.append(error)

    def _finish_set(self, session: Together, deliveries: Sequence[Delivery]) -> None:
        contents: list[tuple[Delivery, bytes]] = []
        for delivery in deliveries:
            with self._told(delivery):
                if delivery.file.state == "uploading":
                    delivery.start_over()
                contents.append((delivery, delivery.content()))
        if contents:
            self._carry(session, contents)

    def _carry(self, session: Together, contents: Sequence[tuple[Delivery, bytes]]) -> None:
        with self._told(contents[0][0]):  # of all of them: no commit can be made
            written, refused = self._write(session, contents)
            self._rename(session, written)
            for delivery, refusal in refused:
                with self._told(delivery):
                    self._again_alone(delivery, refusal)

    def _write(
        self, session: Together, contents: Sequence[tuple[Delivery, bytes]]
    ) -> tuple[list[Delivery], list[tuple[Delivery, RemoteRefusedError]]]:
        """Write all drafts: those that the server took, in order, and those that it refused."""
        self._advance([delivery for delivery, _ in contents], "queued", "uploading")
        drafts = [(delivery.draft, content) for delivery, content in contents]
        with contextlib.closing(session.write_many(drafts)) as outcomes:
            by_draft = dict(outcomes)
        told = [(delivery, by_draft[delivery.draft]) for delivery, _ in contents]  # of each: silence is no yes
        written = [delivery for delivery, refusal in told if refusal is None]
        return written, [(delivery, refusal) for delivery, refusal in told if refusal is not None]

    def _rename(self, session: Together, written: Sequence[Delivery]) -> None:
        """Give the drafts their names; what the server refuses is looked at file by file."""
        if not written:
            return
        self._advance(written, "uploading", "renaming")
        by_draft = {delivery.draft: delivery for delivery in written}
        refused: list[tuple[Delivery, RemoteRefusedError]] = []
        came: list[Delivery] = []
        try:
            pairs = [(delivery.draft, delivery.final) for delivery in written]
            with contextlib.closing(session.rename_many(pairs)) as outcomes:
                for path, refusal in outcomes:
                    if refusal is not None:
                        refused.append((by_draft[path], refusal))
                        continue
                    came.append(by_draft[path])
                    if len(came) == HANDFUL:
                        handful, came = came, []
                        self._advance(handful, "renaming", "sent")
        finally:  # the line may have ended: what is known of the others stays known
            self._advance(came, "renaming", "sent")
        for delivery, refusal in refused:
            with self._told(delivery):
                delivery.refused_rename(refusal)

    def _again_alone(self, delivery: Delivery, refusal: RemoteRefusedError) -> None:
        """Some servers allow few open files at once: what was refused among others may be taken alone."""
        delivery.refused_draft(refusal)
        if not self._alone_helps:
            raise refusal
        try:
            delivery.upload()
        except RemoteRefusedError:
            self._alone_helps = False
            raise

    def _advance(self, deliveries: Sequence[Delivery], expect: FileState, to: FileState) -> None:
        if not deliveries:
            return
        steps = [one.step(to, one.new_draft() if to == "uploading" else None) for one in deliveries]
        with self._gateway.ledger.write() as tx:
            advance_together(tx, steps, expect=expect, to=to)
        for delivery in deliveries:
            delivery.stepped(to)


def _in_sets(pending: Sequence[OutboundFile], able: bool) -> Iterator[list[OutboundFile]]:
    """The files in order, small ones that begin anew in sets where the session is `able`; every other one alone."""
    gathered: list[OutboundFile] = []
    size = 0
    for file in pending:
        begins = file.state == "queued" or (file.state == "uploading" and file.temporary_name)
        small = able and begins and file.size <= SMALL
        if gathered and (not small or len(gathered) == SET_FILES or size + file.size > SET_BYTES):
            yield gathered
            gathered, size = [], 0
        if small:
            gathered.append(file)
            size += file.size
        else:
            yield [file]
    if gathered:
        yield gathered
