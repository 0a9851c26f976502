"""The SFTP client against servers that no real one can be made to be: scripted, on a wire without a network."""

from __future__ import annotations

import contextlib
import math
import stat
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from edigate.errors import PartnerError, PartnerUnreachableError, RemoteRefusedError
from edigate.transport import sftp_protocol
from edigate.transport.base import printable
from edigate.transport.sftp_packets import (
    FSYNC,
    LIMITS,
    Attributes,
    Entry,
    Fields,
    Incoming,
    Kind,
    packet,
    string,
    u32,
    u64,
)
from edigate.transport.sftp_protocol import SftpClient

CONTENT = bytes(range(256)) * 1000  # 256 kB: eight writes of 32 KiB

Answer = Callable[[int, Fields], bytes | None]


def status(number: int, code: int, words: str = "") -> bytes:
    return packet(Kind.STATUS, u32(number), u32(code), string(words.encode()), string(b""))


def size_of(number: int, size: int) -> bytes:
    return packet(Kind.ATTRS, u32(number), u32(1), u64(size))


class ScriptedServer:
    """A `Wire` with a server of one file behind it, well-behaved but for what `answers` says otherwise.

    An answer gets the request's number and fields and gives the reply, or None for none at all.
    `piece` is how many bytes come at a time; `reorder` has replies come last first.
    """

    def __init__(
        self,
        answers: dict[Kind, Answer] | None = None,
        *,
        extensions: dict[str, str] | None = None,
        content: bytes = b"",
        piece: int = 1 << 20,
        reorder: bool = False,
    ) -> None:
        self.content = bytearray(content)
        self.requests: list[Kind] = []
        self.in_flight = self.most_in_flight = 0
        self.extended: list[str] = []
        self._answers = answers or {}
        self._extensions = extensions or {}
        self._piece, self._reorder = piece, reorder
        self._incoming = Incoming()
        self._replies: deque[bytes] = deque()

    def limit(self, until: float = math.inf) -> contextlib.AbstractContextManager[None]:
        del until
        return contextlib.nullcontext()

    def send(self, content: bytes, until: float = math.inf) -> None:
        self._incoming.feed(content)
        while (came := self._incoming.next()) is not None:
            kind, fields = Kind(came[0]), Fields(came[1])
            self.requests.append(kind)
            number = fields.u32()
            answer = self._answers.get(kind, getattr(self, f"_{kind.name.lower()}"))
            reply = answer(number, fields)
            if reply is not None:
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                self._replies.append(reply)

    def receive(self) -> bytes:
        if not self._replies:
            raise PartnerUnreachableError("The scripted server has nothing more to say.")
        reply = self._replies.pop() if self._reorder else self._replies.popleft()
        if len(reply) > self._piece:  # the rest comes next, whatever else waits
            rest = reply[self._piece :]
            self._replies.append(rest) if self._reorder else self._replies.appendleft(rest)
            return reply[: self._piece]
        self.in_flight -= 1
        return reply

    def _init(self, version: int, fields: Fields) -> bytes:
        del version, fields
        offered = [string(part.encode()) for pair in self._extensions.items() for part in pair]
        return packet(Kind.VERSION, u32(3), *offered)

    def _open(self, number: int, fields: Fields) -> bytes:
        del fields
        return packet(Kind.HANDLE, u32(number), string(b"h"))

    _opendir = _open

    def _write(self, number: int, fields: Fields) -> bytes:
        fields.string()
        offset, piece = fields.u64(), fields.string()
        self.content[offset : offset + len(piece)] = piece
        return status(number, 0)

    def _read(self, number: int, fields: Fields) -> bytes:
        fields.string()
        offset, length = fields.u64(), fields.u32()
        piece = bytes(self.content[offset : offset + length])
        return packet(Kind.DATA, u32(number), string(piece)) if piece else status(number, 1)

    def _fstat(self, number: int, fields: Fields) -> bytes:
        del fields
        return size_of(number, len(self.content))

    def _lstat(self, number: int, fields: Fields) -> bytes:
        del fields
        return status(number, 2)

    _stat = _lstat

    def _close(self, number: int, fields: Fields) -> bytes:
        del fields
        return status(number, 0)

    _rename = _remove = _close

    def _readdir(self, number: int, fields: Fields) -> bytes:
        del fields
        return status(number, 1)

    def _extended(self, number: int, fields: Fields) -> bytes:
        self.extended.append(fields.string().decode())
        return status(number, 0)


def fails(code: int = 4, words: str = "Failure", *, at: int = 1) -> Answer:
    """A failure at the `at`th request of its kind, success at others."""
    seen = 0

    def answer(number: int, fields: Fields) -> bytes:
        del fields
        nonlocal seen
        seen += 1
        return status(number, code if seen == at else 0, words)

    return answer


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (Kind.OPEN, "refused to create claims: failure"),
        (Kind.WRITE, "refused to write claims: failure"),
        (Kind.EXTENDED, "refused to write claims to its disk: failure"),
        (Kind.CLOSE, "refused to close claims after writing: failure"),
    ],
)
def test_a_failure_at_any_step_of_a_write_is_raised(kind: Kind, says: str) -> None:
    client = SftpClient(ScriptedServer({kind: fails()}, extensions={FSYNC: "1"}))
    with pytest.raises(RemoteRefusedError, match=says):
        client.write("claims", CONTENT)


@pytest.mark.parametrize("at", range(1, 9))
def test_no_write_of_many_in_flight_goes_unlooked_at(at: int) -> None:
    """What paramiko's `put` loses: the status of a pipelined WRITE, the last one too."""
    server = ScriptedServer({Kind.WRITE: fails(14, "", at=at)})
    client = SftpClient(server)
    with pytest.raises(RemoteRefusedError, match="no space left"):
        client.write("claims", CONTENT)
    assert server.requests.count(Kind.WRITE) == 8
    assert server.requests[-1] == Kind.CLOSE
    client.remove("claims")  # what was still in flight confuses nothing


def test_a_server_that_kept_less_than_it_took_is_found_out() -> None:
    server = ScriptedServer({Kind.FSTAT: lambda number, fields: size_of(number, 100)})
    with pytest.raises(RemoteRefusedError, match="holds 100 of 256,000 bytes"):
        SftpClient(server).write("claims", CONTENT)


@pytest.mark.parametrize(
    "answer",
    [
        lambda number, fields: status(number, 3),  # stat forbidden
        lambda number, fields: packet(Kind.ATTRS, u32(number), u32(0)),  # stat without a size
    ],
)
def test_a_server_that_tells_no_size_is_taken_at_its_word(answer: Answer) -> None:
    server = ScriptedServer({Kind.FSTAT: answer})
    SftpClient(server).write("claims", CONTENT)
    assert server.content == CONTENT


def test_fsync_is_asked_for_where_offered_and_only_there() -> None:
    plain, syncing = ScriptedServer(), ScriptedServer(extensions={FSYNC: "1"})
    for server in (plain, syncing):
        SftpClient(server).write("claims", CONTENT)
        assert server.content == CONTENT
    assert (plain.extended, syncing.extended) == ([], [FSYNC])


def test_fsync_offered_but_not_supported_beneath_is_no_failure() -> None:
    server = ScriptedServer({Kind.EXTENDED: fails(8)}, extensions={FSYNC: "1"})
    SftpClient(server).write("claims", CONTENT)
    assert server.requests[-1] == Kind.CLOSE


def test_limits_of_the_server_are_kept() -> None:
    def limits(number: int, fields: Fields) -> bytes:
        assert fields.string() == LIMITS.encode()
        return packet(Kind.EXTENDED_REPLY, u32(number), u64(34_000), u64(10_000), u64(0), u64(0))

    server = ScriptedServer({Kind.EXTENDED: limits}, extensions={LIMITS: "1"})
    client = SftpClient(server)
    assert (client.max_read, client.max_write) == (10_000, 32 * 1024)


@pytest.mark.parametrize(("seconds", "megabytes"), [(0, 1), (0.02, 4)])
def test_more_is_under_way_to_a_server_far_away(
    monkeypatch: pytest.MonkeyPatch, seconds: float, megabytes: int
) -> None:
    now = [0.0]
    monkeypatch.setattr(sftp_protocol, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def limits(number: int, fields: Fields) -> bytes:
        assert fields.string() == LIMITS.encode()
        now[0] += seconds
        return packet(Kind.EXTENDED_REPLY, u32(number), u64(0), u64(0), u64(0), u64(0))

    client = SftpClient(ScriptedServer({Kind.EXTENDED: limits}, extensions={LIMITS: "1"}))
    assert client.in_flight == megabytes * 1024 * 1024


def test_requests_are_in_flight_together_but_not_without_bound() -> None:
    server = ScriptedServer(content=b"")
    client = SftpClient(server)
    client.in_flight = 4 * 32 * 1024
    client.write("claims", CONTENT)
    assert server.content == CONTENT
    assert server.most_in_flight == 4


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
@pytest.mark.parametrize("reorder", [False, True])
def test_replies_in_any_pieces_and_any_order(piece: int, reorder: bool) -> None:
    server = ScriptedServer(extensions={FSYNC: "1"}, piece=piece, reorder=reorder)
    client = SftpClient(server)
    client.write("claims", CONTENT)
    assert server.content == CONTENT
    assert b"".join(client.read("claims")) == CONTENT


@pytest.mark.parametrize("most", [1000, 32 * 1024 - 1])
def test_a_server_that_gives_less_than_asked_is_asked_again(most: int) -> None:
    def short(number: int, fields: Fields) -> bytes:
        fields.string()
        offset, length = fields.u64(), min(fields.u32(), most)
        piece = CONTENT[offset : offset + length]
        return packet(Kind.DATA, u32(number), string(piece)) if piece else status(number, 1)

    client = SftpClient(ScriptedServer({Kind.READ: short}, content=CONTENT))
    assert b"".join(client.read("835")) == CONTENT


@pytest.mark.parametrize("told", [None, 0, 100, len(CONTENT)])
def test_a_size_told_wrong_shortens_nothing(told: int | None) -> None:
    def tell(number: int, fields: Fields) -> bytes:
        del fields
        return status(number, 3) if told is None else size_of(number, told)

    client = SftpClient(ScriptedServer({Kind.FSTAT: tell}, content=CONTENT))
    assert b"".join(client.read("835")) == CONTENT


def test_a_file_that_ends_early_is_no_short_file() -> None:
    server = ScriptedServer({Kind.FSTAT: lambda number, fields: size_of(number, 300_000)}, content=CONTENT)
    with pytest.raises(RemoteRefusedError, match="ended after 256,000 of 300,000 bytes"):
        b"".join(SftpClient(server).read("835"))


def test_a_read_that_fails_in_the_middle_is_raised_and_the_handle_closed() -> None:
    seen = 0

    def breaks(number: int, fields: Fields) -> bytes:
        nonlocal seen
        seen += 1
        fields.string()
        offset = fields.u64()
        if seen == 3:
            return status(number, 4, "Input/output error")
        return packet(Kind.DATA, u32(number), string(CONTENT[offset : offset + 32 * 1024]))

    server = ScriptedServer({Kind.READ: breaks}, content=CONTENT)
    with pytest.raises(RemoteRefusedError, match=r"read 835: failure \(it says: Input/output error\)"):
        b"".join(SftpClient(server).read("835"))
    assert server.requests[-1] == Kind.CLOSE


def names(*entries: tuple[bytes, int | None]) -> Answer:
    """A folder with these names and modes, given at the first READDIR."""
    given = False

    def answer(number: int, fields: Fields) -> bytes:
        del fields
        nonlocal given
        if given:
            return status(number, 1)
        given = True
        listed = [
            string(name) + string(b"") + (u32(0) if mode is None else u32(4) + u32(mode)) for name, mode in entries
        ]
        return packet(Kind.NAME, u32(number), u32(len(entries)), *listed)

    return answer


def test_a_listing_gives_what_the_server_says() -> None:
    server = ScriptedServer({Kind.READDIR: names((b"a", stat.S_IFREG), (b"../b", None))})
    listed: list[Entry] = []
    SftpClient(server).entries("outbound", listed.append)
    assert listed == [
        Entry(b"a", b"", Attributes(permissions=stat.S_IFREG)),
        Entry(b"../b", b"", Attributes()),
    ]


@pytest.mark.parametrize(
    ("attributes", "long_name", "plain"),
    [
        (Attributes(permissions=stat.S_IFREG | 0o644), b"", True),
        (Attributes(permissions=stat.S_IFDIR | 0o755), b"", False),
        (Attributes(permissions=stat.S_IFLNK | 0o777), b"-rw-", False),
        (Attributes(), b"drwxr-xr-x 2 a b 0 Jan 1 00:00 x", False),
        (Attributes(permissions=0o644), b"lrwxrwxrwx", False),
        (Attributes(permissions=0o644), b"-rw-r--r--", True),
        (Attributes(), b"01-01-26 00:00AM 123 x.835", True),  # a Windows server's line
        (Attributes(), b"", True),
    ],
)
def test_what_counts_as_a_plain_file(attributes: Attributes, long_name: bytes, plain: bool) -> None:
    assert attributes.is_plain_file(long_name) is plain


def test_a_listing_without_end_is_ended() -> None:
    many = [string(b"%d" % number) + string(b"") + u32(0) for number in range(1000)]

    def endless(number: int, fields: Fields) -> bytes:
        del fields
        return packet(Kind.NAME, u32(number), u32(len(many)), *many)

    with pytest.raises(RemoteRefusedError, match="more than 200,000 entries"):
        SftpClient(ScriptedServer({Kind.READDIR: endless})).entries("outbound", lambda _: None)


@pytest.mark.parametrize(
    "reply",
    [
        lambda number, fields: b"Welcome to Riverbend\r\n",  # a greeting, read as a length
        lambda number, fields: u32(0),
        lambda number, fields: packet(Kind.NAME, u32(number), u32(0xFFFFFFFF)),
        lambda number, fields: packet(Kind.NAME, u32(number), u32(1), u32(0xFFFFFFFF)),
        lambda number, fields: packet(Kind.NAME),
        lambda number, fields: packet(Kind.DATA, u32(number), string(b"not a name")),
        lambda number, fields: status(number + 1000, 0),  # answers nothing we asked
        lambda number, fields: b"\0\0\0\5\xff" + u32(number),  # a type that doesn't exist
        lambda number, fields: packet(Kind.STATUS, u32(number)),
    ],
)
def test_what_is_not_sftp_is_named_and_not_believed(reply: Answer) -> None:
    with pytest.raises(PartnerError, match="isn't SFTP"):
        SftpClient(ScriptedServer({Kind.READDIR: reply})).entries("outbound", lambda _: None)


def test_more_bytes_than_asked_for_are_not_taken() -> None:
    def too_much(number: int, fields: Fields) -> bytes:
        del fields
        return packet(Kind.DATA, u32(number), string(bytes(40_000)))

    with pytest.raises(PartnerError, match="40,000 bytes came where 1 to 32,768"):
        b"".join(SftpClient(ScriptedServer({Kind.READ: too_much})).read("835"))


@pytest.mark.parametrize("version", [0, 2])
def test_an_older_server_is_named(version: int) -> None:
    server = ScriptedServer({Kind.INIT: lambda number, fields: packet(Kind.VERSION, u32(version))})
    with pytest.raises(PartnerError, match=f"speaks SFTP version {version}"):
        SftpClient(server)


def test_a_status_without_words_is_a_status() -> None:
    server = ScriptedServer({Kind.REMOVE: lambda number, fields: packet(Kind.STATUS, u32(number), u32(3))})
    with pytest.raises(RemoteRefusedError, match="remove claims: permission denied"):
        SftpClient(server).remove("claims")


def test_a_status_of_a_later_draft_is_still_a_refusal() -> None:
    server = ScriptedServer({Kind.RENAME: lambda number, fields: status(number, 99, "Quarantined")})
    with pytest.raises(RemoteRefusedError, match=r"status 99 \(it says: Quarantined\)"):
        SftpClient(server).rename("a", "b")


def test_what_a_server_says_is_made_safe_to_show() -> None:
    words = "no\x1b[2J\r\nlevel=info forged" + "x" * 500
    server = ScriptedServer({Kind.REMOVE: lambda number, fields: status(number, 4, words)})
    with pytest.raises(RemoteRefusedError) as caught:
        SftpClient(server).remove("claims\n")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300
    assert printable("a\tb") == "a?b"


def test_a_wire_that_ends_is_no_refusal() -> None:
    for kind in (Kind.OPEN, Kind.WRITE, Kind.FSTAT, Kind.CLOSE):
        client = SftpClient(ScriptedServer({kind: lambda number, fields: None}))
        with pytest.raises(PartnerUnreachableError):
            client.write("claims", CONTENT)
