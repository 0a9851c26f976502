"""SFTP's operations on a file or folder, each as steps: what is asked, and what each reply must say.

An operation is a generator: it yields the number of the request whose reply it needs next, and is sent that
reply. It never waits itself, so any number can be under way together. Whoever ends one early closes it, and
it gives back its handle. Knows no wire, no clock and no order among operations.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from typing import Protocol, TypeVar

from edigate.errors import PartnerError, RemoteRefusedError
from edigate.transport import sftp_packets as sftp
from edigate.transport.base import encoded, printable
from edigate.transport.sftp_packets import Attributes, Entry, Fields, Kind, Status

T = TypeVar("T")
Reply = tuple[int, Fields]
Steps = Generator[int, Reply, T]

MAX_ENTRIES = 200_000
MAX_LISTINGS_IN_FLIGHT = 16


class Asks(Protocol):
    """What steps need of a client: a way to ask, and what its server told of itself."""

    extensions: dict[str, str]
    max_read: int
    max_write: int
    in_flight: int  # bytes of a file that are worth having under way at once

    def request(self, kind: Kind, *fields: bytes | memoryview) -> int: ...

    def abandon(self, number: int) -> None: ...


def _expect(number: int, wanted: Kind, what: str) -> Steps[Fields]:
    kind, fields = yield number
    if kind == wanted:
        return fields
    if kind == Kind.STATUS:
        raise refused(what, *fields.status())
    raise sftp.not_sftp(f"type {kind} came for {what}")


def _done(number: int, what: str) -> Steps[None]:
    """Whatever isn't a STATUS of OK is raised."""
    code, words = (yield from _expect(number, Kind.STATUS, what)).status()
    if code != Status.OK:
        raise refused(what, code, words)


def _open(client: Asks, path: str, flags: sftp.Open, what: str) -> Steps[bytes]:
    # No attributes: rights are the server's business, and some refuse any other than their own.
    number = client.request(Kind.OPEN, sftp.string(encoded(path)), sftp.u32(flags), sftp.NO_ATTRIBUTES)
    return (yield from _expect(number, Kind.HANDLE, what)).string()


def _let_go(client: Asks, handle: bytes) -> None:
    """Close a handle whose outcome no longer matters; the reply is dropped when it comes."""
    client.abandon(client.request(Kind.CLOSE, sftp.string(handle)))


def write(client: Asks, path: str, content: bytes) -> Steps[None]:
    """Create `path` exclusively, write `content`: each WRITE, fsync, the size and CLOSE checked."""
    what = f"write {printable(path)}"
    flags = sftp.Open.WRITE | sftp.Open.CREAT | sftp.Open.EXCL
    handle = yield from _open(client, path, flags, f"create {printable(path)}")
    try:
        yield from _write_all(client, handle, content, what)
        yield from _settle(client, handle, len(content), what)
    except (PartnerError, GeneratorExit):
        _let_go(client, handle)
        raise
    closing = client.request(Kind.CLOSE, sftp.string(handle))
    yield from _done(closing, f"close {printable(path)} after writing")


def _write_all(client: Asks, handle: bytes, content: bytes, what: str) -> Steps[None]:
    target, view = sftp.string(handle), memoryview(content)
    room = max(1, client.in_flight // client.max_write)
    under_way: deque[int] = deque()
    try:
        for offset in range(0, len(view), client.max_write):
            if len(under_way) >= room:
                yield from _done(under_way.popleft(), what)
            piece = view[offset : offset + client.max_write]  # copied once, into its packet
            length = sftp.u32(len(piece))
            under_way.append(client.request(Kind.WRITE, target, sftp.u64(offset), length, piece))
        while under_way:
            yield from _done(under_way.popleft(), what)
    finally:
        for number in under_way:
            client.abandon(number)


def _settle(client: Asks, handle: bytes, length: int, what: str) -> Steps[None]:
    """Have it on the server's disk where it offers that, and its size checked where it tells.

    Asked of the open handle: a server that takes a file away once it is closed would make a
    question by name fail for no fault.
    """
    sync = None
    if sftp.FSYNC in client.extensions:
        sync = client.request(Kind.EXTENDED, sftp.string(sftp.FSYNC.encode()), sftp.string(handle))
    size = client.request(Kind.FSTAT, sftp.string(handle))
    if sync is not None:
        try:
            code, words = (yield from _expect(sync, Kind.STATUS, what)).status()
            # Offered by the program, not supported by the file system beneath: as if not offered.
            if code not in (Status.OK, Status.OP_UNSUPPORTED):
                raise refused(f"{what} to its disk", code, words)
        except PartnerError:
            client.abandon(size)
            raise
    kind, fields = yield size
    stands = fields.attributes().size if kind == Kind.ATTRS else None
    if stands is not None and stands != length:
        raise RemoteRefusedError(
            f"The server holds {stands:,} of {length:,} bytes after taking all of them ({what}).",
            hint="Its disk or quota may be full. The file isn't delivered.",
        )


def read(client: Asks, path: str, give: Callable[[bytes], None]) -> Steps[None]:
    """The content in order, in pieces handed to `give`; several are asked for ahead."""
    what = f"read {printable(path)}"
    handle = yield from _open(client, path, sftp.Open.READ, what)
    target = sftp.string(handle)
    under_way: deque[tuple[int, int, int]] = deque()  # request, offset, length

    def ask(offset: int, length: int) -> tuple[int, int, int]:
        return client.request(Kind.READ, target, sftp.u64(offset), sftp.u32(length)), offset, length

    try:
        asks_size = client.request(Kind.FSTAT, target)
        under_way.append(ask(0, client.max_read))
        asked, given = client.max_read, 0
        kind, fields = yield asks_size
        size = fields.attributes().size if kind == Kind.ATTRS else None
        room = max(2, client.in_flight // client.max_read) if size is not None else 4
        while True:
            # Asked for by the dozen: each packet has its cost. And one request past the known end, to see
            # that it is the end.
            if len(under_way) <= room // 2:
                while len(under_way) < room and (size is None or asked < size or not under_way):
                    under_way.append(ask(asked, client.max_read))
                    asked += client.max_read
            number, offset, length = under_way.popleft()
            piece = _piece((yield number), length, what)
            if piece is None:
                break
            if len(piece) < length:
                # Servers may give less than asked: the rest of this piece comes before all others.
                under_way.appendleft(ask(offset + len(piece), length - len(piece)))
            given += len(piece)
            give(piece)
        if size is not None and given < size:
            raise RemoteRefusedError(
                f"{printable(path)} ended after {given:,} of {size:,} bytes.",
                hint="It may still be changing on the server; try again later.",
            )
    finally:
        for number, _, _ in under_way:
            client.abandon(number)
        _let_go(client, handle)


def _piece(reply: Reply, length: int, what: str) -> bytes | None:
    """One READ's bytes, or None at the end of the file."""
    kind, fields = reply
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


def entries(client: Asks, folder: str, give: Callable[[Entry], None]) -> Steps[None]:
    """Everything in a folder, as the server gives it, handed to `give`; in the login folder where `folder` is empty."""
    what = f"list {printable(folder) or 'the login folder'}"
    number = client.request(Kind.OPENDIR, sftp.string(encoded(folder or ".")))
    handle = (yield from _expect(number, Kind.HANDLE, what)).string()
    given = 0
    under_way: deque[int] = deque()
    ahead = 2
    try:
        while True:
            while len(under_way) < ahead:
                under_way.append(client.request(Kind.READDIR, sftp.string(handle)))
            kind, fields = yield under_way.popleft()
            if kind == Kind.STATUS:
                code, words = fields.status()
                if code == Status.EOF:
                    return
                raise refused(what, code, words)
            if kind != Kind.NAME:
                raise sftp.not_sftp(f"type {kind} came for {what}")
            for entry in fields.entries():
                give(entry)
                given += 1
            if given > MAX_ENTRIES:
                raise RemoteRefusedError(
                    f"{printable(folder) or 'The login folder'} has more than {MAX_ENTRIES:,} entries.",
                    hint="Ask the partner to clear the folder, or receive from another.",
                )
            ahead = min(ahead * 2, MAX_LISTINGS_IN_FLIGHT)
    finally:
        for asked in under_way:
            client.abandon(asked)
        _let_go(client, handle)


def stat(client: Asks, path: str, *, follow: bool = True) -> Steps[Attributes | None]:
    """Attributes of what stands under `path`, or None where nothing does."""
    kind, fields = yield client.request(Kind.STAT if follow else Kind.LSTAT, sftp.string(encoded(path)))
    if kind == Kind.ATTRS:
        return fields.attributes()
    if kind != Kind.STATUS:
        raise sftp.not_sftp(f"type {kind} came for a stat")
    code, words = fields.status()
    if code == Status.NO_SUCH_FILE:
        return None
    raise refused(f"tell about {printable(path)}", code, words)


def rename(client: Asks, old: str, new: str) -> Steps[None]:
    """Plain RENAME, which by the draft fails where `new` exists; never `posix-rename`, which replaces."""
    what = f"rename {printable(old)} to {printable(new)}"
    yield from _done(client.request(Kind.RENAME, sftp.string(encoded(old)), sftp.string(encoded(new))), what)


def remove(client: Asks, path: str) -> Steps[None]:
    """REMOVE, which follows no link."""
    yield from _done(client.request(Kind.REMOVE, sftp.string(encoded(path))), f"remove {printable(path)}")


def refused(what: str, code: int, words: str) -> RemoteRefusedError:
    """The server's no: what was asked, the status in our words, and the server's own where they say more."""
    meaning = sftp.STATUS_WORDS.get(code, f"status {code}")
    own = f" (it says: {words})" if words.casefold().rstrip(".") not in meaning else ""
    return RemoteRefusedError(f"The server refused to {what}: {meaning}{own}.")
