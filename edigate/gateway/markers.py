"""Files that a partner leaves to say what became of one of ours: found, read by their names alone, never received.

Evidence, not an answer: a marker of success proves that a file arrived; one of failure says that a person must look.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Set
from datetime import timedelta

from edigate.errors import DataError, EdigateError, RemoteRefusedError
from edigate.gateway.opening import Gateway
from edigate.ledger.answers import sets_of_file
from edigate.ledger.outbound import OutboundFile, outbound_files
from edigate.ledger.transaction import ReadTransaction
from edigate.partners.model import Partner
from edigate.transport import RemoteFile, Transport
from edigate.transport.base import printable

_TOLD_FOR = timedelta(days=7)  # after that the missing answer is told, by the partner's deadlines


class SeenMarkers:
    """The markers on a partner's server now. Each folder is listed once, when it is first asked about."""

    def __init__(self, partner: Partner, transport: Transport) -> None:
        self._partner = partner
        self._transport = transport
        self._listed: dict[str, list[str]] = {}

    def success(self, filename: str) -> str:
        """The name of a marker that says our file was taken in; empty where there is none."""
        return self._find(self._partner.folders.markers.success, filename)

    def failed(self, filename: str) -> str:
        """The name of a marker that says our file was refused as a whole; empty where there is none."""
        return self._find(self._partner.folders.markers.failed, filename)

    def _find(self, patterns: Iterable[str], filename: str) -> str:
        for pattern in patterns:
            folder, name = _place(self._partner, pattern)
            fits = _expression(name, filename)
            found = next((one for one in self._names(folder) if fits.fullmatch(one)), None)
            if found is not None:
                return printable(found)
        return ""

    def _names(self, folder: str) -> list[str]:
        if folder not in self._listed:
            try:
                self._listed[folder] = [file.name for file in self._transport.list(folder)]
            except RemoteRefusedError:  # nothing to be learned there: then other evidence must do
                self._listed[folder] = []
        return self._listed[folder]


def without_markers(
    partner: Partner, folder: str, listed: Iterable[RemoteFile], ours: Collection[str]
) -> list[RemoteFile]:
    """A folder's files but for markers of files named in `ours`: these aren't answers."""
    patterns = [
        name
        for pattern in (*partner.folders.markers.success, *partner.folders.markers.failed)
        for place, name in [_place(partner, pattern)]
        if place.strip("/") == folder.strip("/")
    ]
    known = frozenset(ours)
    lengths = {len(one) for one in known}
    return [file for file in listed if not any(_marks(name, file.name, known, lengths) for name in patterns)]


def refusals(gateway: Gateway, partner: Partner, transport: Transport) -> list[EdigateError]:
    """Files sent of late, unanswered, that the partner marks as refused: told for a week, unless an answer comes."""
    if not partner.folders.markers.failed:
        return []
    with gateway.ledger.read() as tx:
        sent = [file for file in outbound_files(tx, partner=partner.name, states=["sent"]) if _waits(tx, file)]
    markers = SeenMarkers(partner, transport)
    return [_refused(partner, file, name) for file in sent if (name := markers.failed(file.filename))]


def _waits(tx: ReadTransaction, file: OutboundFile) -> bool:
    """Whether a file was sent of late and nothing has said a word about it."""
    if file.sent_at is None or tx.at - file.sent_at > _TOLD_FOR or file.ta1 != "none":
        return False
    return all(one.x999 == "none" for one in sets_of_file(tx, file.id))


def _refused(partner: Partner, file: OutboundFile, marker: str) -> DataError:
    return DataError(
        f"{partner.name} marks {file.filename} with its {file.claims} claims as refused: it left {marker}",
        hint=f"Ask them why; `edigate show file out-{file.id}` has its claims. Their TA1 or 999 settles it.",
    )


def _place(partner: Partner, pattern: str) -> tuple[str, str]:
    """Folder and name of a pattern; without a folder of its own it is about the send folder."""
    folder, slash, name = pattern.rpartition("/")
    return (folder or "/", name) if slash else (partner.folders.send, pattern)


def _marks(pattern: str, name: str, ours: Set[str], lengths: Iterable[int]) -> bool:
    literal = pattern.replace("{file}", "").strip("*").split("*")[-1]
    if literal not in name:
        return False
    # Each part of the name that is as long as a name of ours: folders hold a marker for every file ever sent, and to
    # try all of ours on each would take the square of them.
    parts = {name[at : at + length] for length in lengths for at in range(len(name) - length + 1)}
    return any(_expression(pattern, one).fullmatch(name) is not None for one in parts & ours)


def _expression(pattern: str, filename: str) -> re.Pattern[str]:
    pieces = re.split(r"(\{file\}|\*)", pattern)
    parts = {"{file}": re.escape(filename), "*": ".*"}
    return re.compile("".join(parts.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)
