"""An SFTP version 3 client: requests in flight, replies matched, every status looked at.

Talks over a `Wire` and knows nothing of SSH, logins or partners. paramiko's own client isn't used
because it was seen to lose the statuses that tell of a full disk (docs/transport.md).
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Generator
from contextlib import AbstractContextManager
from typing import Protocol

from edigate.errors import PartnerError, RemoteRefusedError
from edigate.transport import sftp_packets as sftp
from edigate.transport.base import encoded, printable
from edigate.transport.sftp_packets import Attributes, Entry, Fields, Kind, Status

# Every server takes 32 KiB; more only where it says so.
DEFAULT_CHUNK = 32 * 1024
MAX_CHUNK = 128 * 1024
# OpenSSH's channel window is 2 MiB: more in flight would only wait in our memory.
MAX_IN_FLIGHT = 2 * 1024 * 1024
MAX_ENTRIES = 200_000
MAX_LISTINGS_IN_FLIGHT = 16


class Wire(Protocol):
    """A connection's two ends. Both calls raise PartnerUnreachableError when it ends or stalls."""

    def limit(self) -> AbstractContextManager[None]:
        """What happens inside has one timeout's worth of time in all."""

    def send(self, content: bytes) -> None:
        """All of `content`, within one timeout."""

    def receive(self) -> bytes:
        """What has come next, at least one byte."""


class SftpClient:
    """A started SFTP session. Paths are text; errors are RemoteRefusedError unless the wire ends.

    `extensions` are the server's, name to version; `max_read` and `max_write` bytes a request.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._incoming = sftp.Incoming()
        self._last_id = 0
        self._awaited: set[int] = set()
        self._abandoned: set[int] = set()
        self._arrived: dict[int, tuple[int, Fields]] = {}
        self.extensions: dict[str, str] = {}
        self.max_read = self.max_write = DEFAULT_CHUNK
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
        kind, fields = self.reply(self.request(Kind.EXTENDED, sftp.string(sftp.LIMITS.encode())))
        if kind != Kind.EXTENDED_REPLY:
            return  # offered and not kept: 32 KiB it is
        # A packet's frame around the content is at most 1 KiB, as OpenSSH itself reckons.
        room = (fields.u64() or sftp.MAX_PACKET) - 1024
        bounds = (fields.u64() or DEFAULT_CHUNK, fields.u64() or DEFAULT_CHUNK)
        self.max_read, self.max_write = (max(1024, min(bound, room, MAX_CHUNK)) for bound in bounds)

    # Requests and replies. Any number may be under way; replies may come in any order.

    def request(self, kind: Kind, *fields: bytes) -> int:
        """Send a request; its number is for `reply` or `abandon`."""
        self._last_id = (self._last_id + 1) & 0xFFFFFFFF
        self._wire.send(sftp.packet(kind, sftp.u32(self._last_id), *fields))
        self._awaited.add(self._last_id)
        return self._last_id

    def reply(self, number: int) -> tuple[int, Fields]:
        """The reply to a request: (type, its fields). Each is given once."""
        while number not in self._arrived:
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
        return self._arrived.pop(number)

    def abandon(self, number: int) -> None:
        """Nobody will ask for this reply any more."""
        if self._arrived.pop(number, None) is None:
            self._awaited.discard(number)
            self._abandoned.add(number)

    def _next_packet(self) -> tuple[int, bytes]:
        with self._wire.limit():
            while (packet := self._incoming.next()) is None:
                self._incoming.feed(self._wire.receive())
        return packet

    # Reading replies.

    def _expect(self, number: int, wanted: Kind, what: str) -> Fields:
        kind, fields = self.reply(number)
        if kind == wanted:
            return fields
        if kind == Kind.STATUS:
            raise refused(what, *fields.status())
        raise sftp.not_sftp(f"type {kind} came for {what}")

    def _done(self, number: int, what: str) -> None:
        """Whatever isn't a STATUS of OK is raised."""
        code, words = self._expect(number, Kind.STATUS, what).status()
        if code != Status.OK:
            raise refused(what, code, words)

    def _open(self, path: str, flags: sftp.Open, what: str) -> bytes:
        # No attributes: rights are the server's business, and some refuse any other than their own.
        number = self.request(Kind.OPEN, sftp.string(encoded(path)), sftp.u32(flags), sftp.NO_ATTRIBUTES)
        return self._expect(number, Kind.HANDLE, what).string()

    def _let_go(self, handle: bytes) -> None:
        """Close a handle whose outcome no longer matters; the reply is dropped when it comes."""
        self.abandon(self.request(Kind.CLOSE, sftp.string(handle)))

    # The operations.

    def write(self, path: str, content: bytes) -> None:
        """Create `path` exclusively, write `content`: each WRITE, fsync, the size and CLOSE checked."""
        what = f"write {printable(path)}"
        flags = sftp.Open.WRITE | sftp.Open.CREAT | sftp.Open.EXCL
        handle = self._open(path, flags, f"create {printable(path)}")
        try:
            self._write_all(handle, content, what)
            self._settle(handle, len(content), what)
        except RemoteRefusedError:
            self._let_go(handle)
            raise
        self._done(self.request(Kind.CLOSE, sftp.string(handle)), f"close {printable(path)} after writing")

    def _write_all(self, handle: bytes, content: bytes, what: str) -> None:
        target, view = sftp.string(handle), memoryview(content)
        room = max(1, MAX_IN_FLIGHT // self.max_write)
        under_way: deque[int] = deque()
        try:
            for offset in range(0, len(view), self.max_write):
                if len(under_way) >= room:
                    self._done(under_way.popleft(), what)
                piece = sftp.string(bytes(view[offset : offset + self.max_write]))
                under_way.append(self.request(Kind.WRITE, target, sftp.u64(offset), piece))
            while under_way:
                self._done(under_way.popleft(), what)
        finally:
            for number in under_way:
                self.abandon(number)

    def _settle(self, handle: bytes, length: int, what: str) -> None:
        """Have it on the server's disk where it offers that, and its size checked where it tells.

        Asked of the open handle: a server that takes a file away once it is closed would make a
        question by name fail for no fault.
        """
        sync = None
        if sftp.FSYNC in self.extensions:
            sync = self.request(Kind.EXTENDED, sftp.string(sftp.FSYNC.encode()), sftp.string(handle))
        size = self.request(Kind.FSTAT, sftp.string(handle))
        if sync is not None:
            try:
                code, words = self._expect(sync, Kind.STATUS, what).status()
                # Offered by the program, not supported by the file system beneath: as if not offered.
                if code not in (Status.OK, Status.OP_UNSUPPORTED):
                    raise refused(f"{what} to its disk", code, words)
            except PartnerError:
                self.abandon(size)
                raise
        kind, fields = self.reply(size)
        stands = fields.attributes().size if kind == Kind.ATTRS else None
        if stands is not None and stands != length:
            raise RemoteRefusedError(
                f"The server holds {stands:,} of {length:,} bytes after taking all of them ({what}).",
                hint="Its disk or quota may be full. The file isn't delivered.",
            )

    def read(self, path: str) -> Generator[bytes, None, None]:
        """The content in pieces, several asked for ahead."""
        what = f"read {printable(path)}"
        handle = self._open(path, sftp.Open.READ, what)
        target = sftp.string(handle)
        under_way: deque[tuple[int, int, int]] = deque()  # request, offset, length

        def ask(offset: int, length: int) -> tuple[int, int, int]:
            return self.request(Kind.READ, target, sftp.u64(offset), sftp.u32(length)), offset, length

        try:
            asks_size = self.request(Kind.FSTAT, target)
            under_way.append(ask(0, self.max_read))
            asked, given = self.max_read, 0
            kind, fields = self.reply(asks_size)
            size = fields.attributes().size if kind == Kind.ATTRS else None
            room = MAX_IN_FLIGHT // self.max_read if size is not None else 4
            while True:
                # One request past the known end, to see that it is the end.
                while len(under_way) < room and (size is None or asked < size or not under_way):
                    under_way.append(ask(asked, self.max_read))
                    asked += self.max_read
                number, offset, length = under_way.popleft()
                piece = self._piece(number, length, what)
                if piece is None:
                    break
                if len(piece) < length:
                    # Servers may give less than asked: the rest of this piece comes before all others.
                    under_way.appendleft(ask(offset + len(piece), length - len(piece)))
                given += len(piece)
                yield piece
            if size is not None and given < size:
                raise RemoteRefusedError(
                    f"{printable(path)} ended after {given:,} of {size:,} bytes.",
                    hint="It may still be changing on the server; try again later.",
                )
        finally:
            # The session may have ended, which is why we are here: nothing is left to tidy then.
            with contextlib.suppress(PartnerError):
                for number, _, _ in under_way:
                    self.abandon(number)
                self._let_go(handle)

    def _piece(self, number: int, length: int, what: str) -> bytes | None:
        """One READ's bytes, or None at the end of the file."""
        kind, fields = self.reply(number)
        if kind == Kind.DATA:
            piece = fields.string()
            if not 0 < len(piece) <= length:
                raise sftp.not_sftp(f"{len(piece):,} bytes came where 1 to {length:,} were asked for")
            return piece
        if kind != Kind.STATUS:
            raise sftp.not_sftp(f"type {kind} came for {what}")
        code, words = fields.status()
        if code != Status.EOF:
            raise refused(what, code, words)
        return None

    def entries(self, folder: str) -> list[Entry]:
        """Everything in a folder, as the server gives it; in the login folder where `folder` is empty."""
        what = f"list {printable(folder) or 'the login folder'}"
        number = self.request(Kind.OPENDIR, sftp.string(encoded(folder or ".")))
        handle = self._expect(number, Kind.HANDLE, what).string()
        found: list[Entry] = []
        under_way: deque[int] = deque()
        ahead = 2
        try:
            while True:
                while len(under_way) < ahead:
                    under_way.append(self.request(Kind.READDIR, sftp.string(handle)))
                kind, fields = self.reply(under_way.popleft())
                if kind == Kind.STATUS:
                    code, words = fields.status()
                    if code == Status.EOF:
                        return found
                    raise refused(what, code, words)
                if kind != Kind.NAME:
                    raise sftp.not_sftp(f"type {kind} came for {what}")
                found += fields.entries()
                if len(found) > MAX_ENTRIES:
                    raise RemoteRefusedError(
                        f"{printable(folder) or 'The login folder'} has more than {MAX_ENTRIES:,} entries.",
                        hint="Ask the partner to clear the folder, or receive from another.",
                    )
                ahead = min(ahead * 2, MAX_LISTINGS_IN_FLIGHT)
        finally:
            with contextlib.suppress(PartnerError):
                for asked in under_way:
                    self.abandon(asked)
                self._let_go(handle)

    def stat(self, path: str, *, follow: bool = True) -> Attributes | None:
        """Attributes of what stands under `path`, or None where nothing does."""
        number = self.request(Kind.STAT if follow else Kind.LSTAT, sftp.string(encoded(path)))
        kind, fields = self.reply(number)
        if kind == Kind.ATTRS:
            return fields.attributes()
        if kind != Kind.STATUS:
            raise sftp.not_sftp(f"type {kind} came for a stat")
        code, words = fields.status()
        if code == Status.NO_SUCH_FILE:
            return None
        raise refused(f"tell about {printable(path)}", code, words)

    def rename(self, old: str, new: str) -> None:
        """Plain RENAME, which by the draft fails where `new` exists; never `posix-rename`, which replaces."""
        what = f"rename {printable(old)} to {printable(new)}"
        self._done(self.request(Kind.RENAME, sftp.string(encoded(old)), sftp.string(encoded(new))), what)

    def remove(self, path: str) -> None:
        what = f"remove {printable(path)}"
        self._done(self.request(Kind.REMOVE, sftp.string(encoded(path))), what)


def refused(what: str, code: int, words: str) -> RemoteRefusedError:
    """The server's no: what was asked, the status in our words, and the server's own where they say more."""
    meaning = sftp.STATUS_WORDS.get(code, f"status {code}")
    own = f" (it says: {words})" if words.casefold().rstrip(".") not in meaning else ""
    return RemoteRefusedError(f"The server refused to {what}: {meaning}{own}.")
