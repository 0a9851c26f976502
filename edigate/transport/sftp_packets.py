"""SFTP version 3 on paper: packets to bytes and back. Knows no socket, no file and no order of things.

Written from draft-ietf-secsh-filexfer-02, the version every server speaks; extensions from
OpenSSH's PROTOCOL file. Every length is checked before it is believed.
"""

from __future__ import annotations

import stat
import struct
from enum import IntEnum, IntFlag

import msgspec

from edigate.errors import PartnerError
from edigate.transport.base import printable

VERSION = 3

# OpenSSH's own bound for one message; longer ones are a text greeting read as a length, or worse.
MAX_PACKET = 256 * 1024

FSYNC = "fsync@openssh.com"
LIMITS = "limits@openssh.com"
POSIX_RENAME = "posix-rename@openssh.com"
HARDLINK = "hardlink@openssh.com"


class Kind(IntEnum):
    """Packet types (section 3)."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    STAT = 17
    RENAME = 18
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class Open(IntFlag):
    """Flags of OPEN (section 6.3)."""

    READ = 0x01
    WRITE = 0x02
    CREAT = 0x08
    EXCL = 0x20


class Status(IntEnum):
    """Codes of STATUS that something depends on (section 7)."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    OP_UNSUPPORTED = 8


# Codes past 8 belong to later drafts, but servers send them to version 3 clients all the same.
STATUS_WORDS = {
    1: "end of file",
    2: "no such file or folder",
    3: "permission denied",
    4: "failure",
    5: "bad message",
    6: "no connection",
    7: "connection lost",
    8: "operation not supported",
    9: "invalid handle",
    10: "no such path",
    11: "the file exists already",
    12: "write protected",
    13: "no media",
    14: "no space left",
    15: "quota exceeded",
    17: "locked by somebody else",
    20: "invalid file name",
}

_SIZE, _OWNERS, _PERMISSIONS, _TIMES, _EXTENDED = 0x01, 0x02, 0x04, 0x08, 0x80000000
_ALL_PLAIN = _SIZE | _OWNERS | _PERMISSIONS | _TIMES
_U32, _U64, _PLAIN = struct.Struct(">I"), struct.Struct(">Q"), struct.Struct(">QIIIII")

NO_ATTRIBUTES = (0).to_bytes(4)


class Attributes(msgspec.Struct, frozen=True):
    """What a server tells of a file; None where it is silent."""

    size: int | None = None
    permissions: int | None = None
    modified: int | None = None

    def is_plain_file(self, long_name: bytes = b"") -> bool:
        """Whether it is a plain file; by the `ls -l` line where the mode says nothing of its kind."""
        if self.permissions is not None and stat.S_IFMT(self.permissions):
            return stat.S_ISREG(self.permissions)
        return not long_name or long_name[0] not in b"dlbcps"


class Entry(msgspec.Struct, frozen=True):
    """One name of a READDIR reply."""

    name: bytes
    long_name: bytes
    attributes: Attributes


def u32(value: int) -> bytes:
    return value.to_bytes(4)


def u64(value: int) -> bytes:
    return value.to_bytes(8)


def string(value: bytes) -> bytes:
    return len(value).to_bytes(4) + value


def packet(kind: Kind, *fields: bytes | memoryview) -> bytes:
    """A whole packet; the fields already encoded."""
    length = 1 + sum(map(len, fields))
    return b"".join((length.to_bytes(4), kind.to_bytes(1), *fields))


class Fields:
    """A reply's fields, read from left to right. Raises PartnerError where one is cut short."""

    def __init__(self, body: bytes | memoryview) -> None:
        self._body = body
        self._at = 0

    def _take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._body):
            raise not_sftp("a reply is shorter than it says")
        taken = bytes(self._body[self._at : end])
        self._at = end
        return taken

    def _numbers(self, layout: struct.Struct) -> tuple[int, ...]:
        try:
            numbers = layout.unpack_from(self._body, self._at)
        except struct.error:
            raise not_sftp("a reply is shorter than it says") from None
        self._at += layout.size
        return numbers

    def u32(self) -> int:
        return self._numbers(_U32)[0]

    def u64(self) -> int:
        return self._numbers(_U64)[0]

    def string(self) -> bytes:
        return self._take(self.u32())

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self._body) - self._at

    def attributes(self) -> Attributes:
        flags = self.u32()
        if flags == _ALL_PLAIN:  # what nearly every server sends: at once, as listings may be long
            plain = self._numbers(_PLAIN)
            return Attributes(plain[0], plain[3], plain[5])
        size = self.u64() if flags & _SIZE else None
        if flags & _OWNERS:
            self._take(8)
        permissions = self.u32() if flags & _PERMISSIONS else None
        modified = None
        if flags & _TIMES:
            self.u32()  # when it was last read
            modified = self.u32()
        if flags & _EXTENDED:
            for _ in range(self.u32()):
                self.string()
                self.string()
        return Attributes(size, permissions, modified)

    def entries(self) -> list[Entry]:
        # `left` bounds the loop: a count of four thousand million in a short packet ends at once.
        return [Entry(self.string(), self.string(), self.attributes()) for _ in range(self.u32())]

    def status(self) -> tuple[int, str]:
        """Code and the server's own words, made safe to show. Some servers leave the words out."""
        code = self.u32()
        words = self.string().decode("utf-8", "replace") if self.left >= 4 else ""
        return code, printable(words.strip())


_FRAME = 5  # bytes of a packet's length and type


class Incoming:
    """Bytes as they arrive, cut into packets, whatever pieces they come in."""

    def __init__(self) -> None:
        self._whole = b""  # pieces joined, of which so many bytes were given
        self._given = 0
        self._pieces: list[bytes] = []  # what came after
        self._left = 0  # bytes not given yet, of both
        self._wanted = _FRAME  # below so many it isn't worth looking

    def feed(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._left += len(piece)

    def next(self) -> tuple[int, memoryview] | None:
        """The next whole packet as (type, body), or None until more is fed. Raises PartnerError."""
        if self._left < self._wanted:
            return None
        if self._pieces:
            self._whole = b"".join((memoryview(self._whole)[self._given :], *self._pieces))
            self._given = 0
            self._pieces.clear()
        begin = self._given
        length = int.from_bytes(self._whole[begin : begin + 4])
        if not 1 <= length <= MAX_PACKET:
            raise not_sftp(f"a packet of {length:,} bytes is announced")
        if self._left < 4 + length:
            self._wanted = 4 + length
            return None
        self._wanted = _FRAME
        self._given += 4 + length
        self._left -= 4 + length
        return self._whole[begin + 4], memoryview(self._whole)[begin + _FRAME : self._given]


def not_sftp(what: str) -> PartnerError:
    """The other end isn't, or is no longer, an SFTP server we understand."""
    return PartnerError(
        f"The server's answer isn't SFTP: {what}.",
        hint="Does the account print a greeting at login, or lead to a shell? Ask the partner.",
    )
