"""What a server says before any login: its software, and its host keys. Trusts nothing, sends nothing of ours.

Greeting and algorithms stand unencrypted at the beginning of a connection (RFC 4253, 4.2 and 7.1), so a server that
has nothing in common with us can still be asked what it has.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time

import msgspec

from edigate.errors import HostKeyError, PartnerError, PartnerUnreachableError
from edigate.partners.model import Sftp
from edigate.transport.base import printable
from edigate.transport.host_keys import SIGNATURES, HostKey
from edigate.transport.line import Line, timed_out
from edigate.transport.ssh_session import Way, offered_host_key
from edigate.transport.ways import straight

_OURS = b"SSH-2.0-edigate\r\n"
_KEXINIT = 20
_MOST = 35_000  # bytes of a packet that every side must take (RFC 4253, 6.1)
_LINES = 50  # a server may say so many lines before its version


class Greeting(msgspec.Struct, frozen=True):
    """A server's software, and the algorithms it can prove itself with, in its order."""

    software: str
    host_keys: tuple[str, ...]


def addresses(settings: Sftp) -> list[str]:
    """The addresses of the server's name. Raises PartnerUnreachableError where it has none."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise PartnerUnreachableError(
            f"The name {settings.host} can't be resolved.", hint="Check sftp.host and this machine's network."
        ) from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def greeting(settings: Sftp, way: Way | None = None) -> Greeting:
    """Connect, hear what the server offers, hang up. Raises PartnerUnreachableError, PartnerError for no SSH server.

    `way` where the server isn't reached straight (`ssh_session.way_to`).
    """
    peer, seconds = f"{settings.host}:{settings.port}", settings.timeout_seconds
    until = time.monotonic() + seconds
    line = straight(settings, seconds) if way is None else way()
    try:
        with contextlib.closing(line), line.limit(seconds):
            heard = _Hearing(line, until)
            software = _version(heard, peer)
            left = _OURS
            while left:
                left = left[line.send(left) :]
            return _offers(software, heard.packet(peer), peer)
    except TimeoutError:
        raise timed_out(peer, "greeting", seconds) from None
    except (OSError, EOFError) as error:
        if line.expired:
            raise timed_out(peer, "greeting", seconds) from None
        words = error.strerror if isinstance(error, OSError) else ""
        raise PartnerUnreachableError(
            f"{peer} ended its greeting: {words or 'the connection is gone'}.",
            hint="Does the partner let this address in? Its server may also be too busy.",
        ) from None


def offered_host_keys(settings: Sftp, offers: Greeting, way: Way | None = None) -> list[HostKey]:
    """Every host key a server shows that could be pinned, by a connection for each kind. Nothing is trusted.

    Raises PartnerUnreachableError, PartnerError.
    """
    found = []
    for kind, names in SIGNATURES.items():
        # RSA keys that sign with SHA-1 have the name of their kind.
        taken = {*names, kind} if kind in settings.allow_algorithms else set(names)
        if taken & set(offers.host_keys):
            with contextlib.suppress(HostKeyError):  # offered, and not kept
                found.append(offered_host_key(settings, names, way))
    return found


class _Hearing:
    """Bytes of a connection, in order, until a moment."""

    def __init__(self, line: Line, until: float) -> None:
        self._line = line
        self._until = until
        self._heard = b""

    def exactly(self, count: int) -> bytes:
        while len(self._heard) < count:
            self._more()
        taken, self._heard = self._heard[:count], self._heard[count:]
        return taken

    def to_newline(self) -> bytes:
        while b"\n" not in self._heard:
            if len(self._heard) > _MOST:
                raise OSError("no line end")
            self._more()
        taken, _, self._heard = self._heard.partition(b"\n")
        return taken.rstrip(b"\r")

    def packet(self, peer: str) -> bytes:
        """The payload of an unencrypted packet."""
        length, padding = struct.unpack(">IB", self.exactly(5))
        if not 2 <= length <= _MOST or padding >= length:
            raise _not_ssh(peer)
        return self.exactly(length - 1)[: length - 1 - padding]

    def _more(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._line.settimeout(left)
        piece = self._line.recv(65536)
        if not piece:
            raise OSError("ended")
        self._heard += piece


def _version(heard: _Hearing, peer: str) -> str:
    for _ in range(_LINES):
        line = heard.to_newline()
        if line.startswith(b"SSH-"):
            return printable(line.decode("utf-8", "replace"), 100)
    raise _not_ssh(peer)


def _offers(software: str, payload: bytes, peer: str) -> Greeting:
    # The packet's type, 16 random bytes, then the name lists: RFC 4253, 7.1.
    if payload[:1] != bytes([_KEXINIT]):
        raise _not_ssh(peer)
    lists, rest = [], payload[17:]
    for _ in range(2):  # key exchanges, then host keys
        if len(rest) < 4 or len(rest) - 4 < (length := struct.unpack(">I", rest[:4])[0]):
            raise _not_ssh(peer)
        names, rest = rest[4 : 4 + length], rest[4 + length :]
        lists.append(tuple(printable(names.decode("ascii", "replace"), _MOST).split(",")))
    return Greeting(software, lists[1])


def _not_ssh(peer: str) -> PartnerError:
    return PartnerError(f"{peer} doesn't speak SSH.", hint="Check sftp.port: an FTP or web server may answer there.")
