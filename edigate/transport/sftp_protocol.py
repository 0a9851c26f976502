"""An SFTP version 3 client: requests in flight, replies matched, every status looked at.

Talks over a `Wire` and knows nothing of SSH, logins or partners. paramiko's own client isn't used
because it was seen to lose the statuses that tell of a full disk (docs/transport.md).

Each operation is a generator of steps (`sftp_steps.py`): it yields the number of the request whose reply it
needs next, and is sent that reply. So one is run by waiting for each reply in turn, and many are run
together by going on with whichever has been answered.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar

from edigate.errors import PartnerError, RemoteRefusedError
from edigate.transport import sftp_packets as sftp
from edigate.transport import sftp_steps as steps
from edigate.transport.sftp_packets import Entry, Fields, Kind
from edigate.transport.sftp_steps import Reply, Steps

T = TypeVar("T")
K = TypeVar("K")

# Every server takes 32 KiB; more only where it says so.
DEFAULT_CHUNK = 32 * 1024
MAX_CHUNK = 255 * 1024
# Requests wait this long for company: fewer packets to encrypt and to answer.
_SEND_AT = 64 * 1024
# Bytes of a file under way. Nearby, more than the server's SSH window takes (OpenSSH's is 2 MB) has us stop and go; far
# away that is hidden, and it is enough to fill a line of 100 Mbit/s with 300 ms there and back.
_NEARBY = 0.005  # seconds there and back
_IN_FLIGHT_NEARBY, _IN_FLIGHT_FAR = 1024 * 1024, 4 * 1024 * 1024
# As many files under way at once as hide the way there and back; each is an open handle at the server.
TOGETHER = 32


class Wire(Protocol):
    """A connection's two ends. Both calls raise PartnerUnreachableError when it ends or stalls."""

    def limit(self, until: float = math.inf) -> AbstractContextManager[None]:
        """What happens inside has one timeout's worth of time in all, and ends before `until` (monotonic)."""

    def send(self, content: bytes, until: float = math.inf) -> None:
        """All of `content`, within one timeout and before `until`."""

    def receive(self) -> bytes:
        """What has come next, at least one byte."""


class _Outcome(Generic[T]):
    """How an operation ended: tells it apart from a number to wait for."""

    def __init__(self, value: T) -> None:
        self.value = value


class SftpClient:
    """A started SFTP session. Paths are text; errors are RemoteRefusedError unless the wire ends.

    `file_seconds` is what one operation may take in all, however it trickles. `extensions` are the server's,
    name to version; `max_read` and `max_write` bytes a request.
    """

    def __init__(self, wire: Wire, *, file_seconds: float = math.inf) -> None:
        self._wire = wire
        self._file_seconds = file_seconds
        self._ends = math.inf  # when the operation that is waited for must be over
        self._incoming = sftp.Incoming()
        self._outgoing: list[bytes] = []
        self._outgoing_bytes = 0
        self._last_id = 0
        self._awaited: set[int] = set()
        self._abandoned: set[int] = set()
        self._arrived: dict[int, tuple[int, Fields]] = {}
        self.extensions: dict[str, str] = {}
        self.max_read = self.max_write = DEFAULT_CHUNK
        self.in_flight = _IN_FLIGHT_FAR
        self._greet()

    def _greet(self) -> None:
        self._wire.send(sftp.packet(Kind.INIT, sftp.u32(sftp.VERSION)))
        kind, body = self._next_packet()
        if kind != Kind.VERSION:
            raise sftp.not_sftp(f"type {kind} came in place of the version")
        fields = Fields(body)
        version = fields.u32()
        if version < sftp.VERSION:
            raise PartnerError(f"The server speaks SFTP version {version}; version {sftp.VERSION} is needed.")
        while fields.left:
            name, content = fields.string(), fields.string()
            self.extensions[name.decode("utf-8", "replace")] = content.decode("utf-8", "replace")
        if sftp.LIMITS in self.extensions:
            self._ask_limits()

    def _ask_limits(self) -> None:
        asked = time.monotonic()
        kind, fields = self.reply(self.request(Kind.EXTENDED, sftp.string(sftp.LIMITS.encode())))
        if time.monotonic() - asked < _NEARBY:
            self.in_flight = _IN_FLIGHT_NEARBY
        if kind != Kind.EXTENDED_REPLY:
            return  # offered and not kept: 32 KiB it is
        # A packet's frame around the content is at most 1 KiB, as OpenSSH itself reckons.
        room = (fields.u64() or sftp.MAX_PACKET) - 1024
        bounds = (fields.u64() or DEFAULT_CHUNK, fields.u64() or DEFAULT_CHUNK)
        self.max_read, self.max_write = (max(1024, min(bound, room, MAX_CHUNK)) for bound in bounds)

    # Requests and replies. Any number may be under way; replies may come in any order.

    def request(self, kind: Kind, *fields: bytes | memoryview) -> int:
        """Ask; the number is for `reply` or `abandon`. It leaves with others, before anything is waited for."""
        self._last_id = (self._last_id + 1) & 0xFFFFFFFF
        content = sftp.packet(kind, sftp.u32(self._last_id), *fields)
        self._outgoing.append(content)
        self._outgoing_bytes += len(content)
        self._awaited.add(self._last_id)
        if self._outgoing_bytes >= _SEND_AT:
            self.flush()
        return self._last_id

    def flush(self) -> None:
        """Send what was asked and waits here."""
        if self._outgoing:
            content = self._outgoing[0] if len(self._outgoing) == 1 else b"".join(self._outgoing)
            self._outgoing.clear()
            self._outgoing_bytes = 0
            self._wire.send(content, self._ends)

    def reply(self, number: int) -> tuple[int, Fields]:
        """The reply to a request: (type, its fields). Each is given once."""
        while number not in self._arrived:
            self._take_one()
        return self._arrived.pop(number)

    def _take_one(self) -> int:
        """Wait for one reply, whichever comes; its number."""
        kind, body = self._next_packet()
        fields = Fields(body)
        answered = fields.u32()
        if answered in self._abandoned:
            self._abandoned.discard(answered)
        elif answered in self._awaited:
            self._awaited.discard(answered)
            self._arrived[answered] = (kind, fields)
        else:
            raise sftp.not_sftp(f"reply {answered} answers no request")
        return answered

    def abandon(self, number: int) -> None:
        """Nobody will ask for this reply any more."""
        if self._arrived.pop(number, None) is None:
            self._awaited.discard(number)
            self._abandoned.add(number)

    def _next_packet(self) -> tuple[int, memoryview]:
        if (packet := self._incoming.next()) is None:
            self.flush()
            with self._wire.limit(self._ends):
                while (packet := self._incoming.next()) is None:
                    self._incoming.feed(self._wire.receive())
        return packet

    # Running steps: one operation alone, or many together.

    def _deadline(self) -> float:
        return time.monotonic() + self._file_seconds

    def _step(self, operation: Steps[T], reply: Reply | None) -> int | _Outcome[T]:
        """Go on with a reply, or begin: the number of the next one that is needed, or the operation's end."""
        try:
            return next(operation) if reply is None else operation.send(reply)
        except StopIteration as end:
            return _Outcome(end.value)

    def _tidy(self, *operations: Steps[T]) -> None:
        """Whatever ended them, they give back what they hold, and the asking for that leaves."""
        # The session may have ended, which is why we are here: nothing is left to tidy then.
        with contextlib.suppress(PartnerError):
            for operation in operations:
                operation.close()
            self.flush()
        self._ends = math.inf

    def run(self, operation: Steps[T]) -> T:
        """One operation from its beginning to its end. Raises RemoteRefusedError, PartnerUnreachableError."""
        self._ends = self._deadline()
        reply = None
        try:
            while not isinstance(number := self._step(operation, reply), _Outcome):
                reply = self.reply(number)
            return number.value
        finally:
            self._tidy(operation)

    def together(self, operations: Iterable[tuple[K, Steps[T]]]) -> Generator[tuple[K, T | RemoteRefusedError]]:
        """Run many, `TOGETHER` at a time; each outcome as it comes, under its operation's key.

        An operation that the server refuses ends with that refusal as its outcome and disturbs no other. Where
        the wire ends, PartnerUnreachableError is raised: of what was under way nothing is known. The client is
        for nothing else until the last outcome was taken, or the iterator closed.
        """
        coming = iter(operations)
        waiting: dict[int, tuple[K, Steps[T]]] = {}
        ends: dict[Steps[T], float] = {}  # of those under way, the oldest first: who began first must end first

        def go_on(key: K, operation: Steps[T], reply: Reply | None) -> tuple[K, T | RemoteRefusedError] | None:
            """Give it the replies that are there: its outcome, or None where it waits for one that isn't."""
            self._ends = ends[operation]
            try:
                number = self._step(operation, reply)
                while not isinstance(number, _Outcome) and number in self._arrived:
                    number = self._step(operation, self._arrived.pop(number))
            except RemoteRefusedError as refusal:
                del ends[operation]
                return key, refusal
            if isinstance(number, _Outcome):
                del ends[operation]
                return key, number.value
            waiting[number] = (key, operation)
            return None

        try:
            while True:
                while len(waiting) < TOGETHER and (pair := next(coming, None)) is not None:
                    ends[pair[1]] = self._deadline()
                    if outcome := go_on(*pair, None):
                        yield outcome
                if not waiting:
                    return
                self._ends = next(iter(ends.values()))
                answered = self._take_one()
                # Else of a request further back, whose operation takes it when it is its turn.
                if answered in waiting and (outcome := go_on(*waiting.pop(answered), self._arrived.pop(answered))):
                    yield outcome
        finally:
            self._tidy(*(operation for _, operation in waiting.values()))

    # The operations, one at a time.

    def write(self, path: str, content: bytes) -> None:
        """Create `path` exclusively, write `content`: each WRITE, fsync, the size and CLOSE checked."""
        self.run(steps.write(self, path, content))

    def read(self, path: str) -> Iterator[bytes]:
        """The content in pieces, several asked for ahead."""
        pieces: deque[bytes] = deque()
        operation = steps.read(self, path, pieces.append)
        until = self._deadline()
        reply = None
        try:
            while not isinstance(number := self._step(operation, reply), _Outcome):
                while pieces:
                    yield pieces.popleft()
                self._ends = until  # others may have been run while the piece was looked at
                reply = self.reply(number)
            yield from pieces
        finally:
            self._tidy(operation)

    def entries(self, folder: str, give: Callable[[Entry], None]) -> None:
        """Everything in a folder, as the server gives it, handed to `give`; of the login folder where it is empty."""
        self.run(steps.entries(self, folder, give))

    def rename(self, old: str, new: str) -> None:
        """Plain RENAME, which by the draft fails where `new` exists; never `posix-rename`, which replaces."""
        self.run(steps.rename(self, old, new))

    def remove(self, path: str) -> None:
        """Delete a file."""
        self.run(steps.remove(self, path))
