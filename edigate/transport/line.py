"""A socket with a deadline. Knows when to give up; knows nothing of what is said on it.

Every step of a session waits, in the end, for this socket: greeting, key exchange, login, each
request. So one clock here ends every one of them, also where the other side trickles a byte at a
time, or where paramiko would wait for ever (its writes to a full socket, its wait for a subsystem).
"""

from __future__ import annotations

import contextlib
import math
import socket
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from edigate.errors import PartnerUnreachableError

# paramiko asks for 16 bytes and then for the rest of a packet: two waits for each 32 KiB, each of which
# hands Python from one thread to another. Taken in large pieces, most of them are never waited for.
_PIECE = 256 * 1024

# Linux only. Servers wait with a small packet until the one before is acknowledged, and a kernel waits 40 ms
# before it acknowledges: half of a login's time. It forgets the wish, so it is told before each recv.
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class Connected(Protocol):
    """What a line lies on: a socket, or a channel of another SSH session (a jump host's)."""

    def send(self, content: bytes, /) -> int: ...

    def recv(self, length: int, /) -> bytes: ...

    def settimeout(self, seconds: float | None, /) -> None: ...

    def shutdown(self, how: int, /) -> None: ...

    def close(self) -> None: ...


class Line:
    """What paramiko needs of a socket: send, recv, settimeout and close.

    `beneath` is the line that this one runs through (a jump host's): its clock is set with ours, as who
    waits for us waits for it. `when_closed` ends whatever else was started for this line.
    """

    def __init__(
        self,
        connected: Connected,
        *,
        beneath: Line | None = None,
        when_closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._connected = connected
        self._beneath = beneath
        self._when_closed = when_closed
        self._deadline = math.inf
        self._expired = False
        self._ahead, self._given = b"", 0
        self._tcp: socket.socket | None = None
        if isinstance(connected, socket.socket) and connected.family in (socket.AF_INET, socket.AF_INET6):
            # Requests are small and answered one by one: waiting to fill a packet costs 40 ms each.
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._tcp = connected
        self._closed = False  # paramiko looks at this mark, Python's sockets' own, while it waits for its thread

    @property
    def expired(self) -> bool:
        """Whether a limit ended it."""
        return self._expired or (self._beneath is not None and self._beneath.expired)

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Whatever happens inside ends within `seconds` or the line does (`expired` tells)."""
        self._set(time.monotonic() + seconds)
        try:
            yield
        finally:
            self._set(math.inf)

    def _set(self, deadline: float) -> None:
        self._deadline = deadline
        if self._beneath is not None:
            self._beneath._set(deadline)

    def _check(self) -> None:
        if time.monotonic() > self._deadline:
            self._expired = True
        if self._expired:
            # paramiko takes TimeoutError for "try again", and EOFError for the end of the line.
            raise EOFError("deadline passed")

    def send(self, content: bytes) -> int:
        self._check()
        return self._connected.send(content)

    def recv(self, length: int) -> bytes:
        self._check()
        if self._given == len(self._ahead):
            if self._tcp is not None and _QUICKACK is not None:
                self._tcp.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            self._ahead, self._given = self._connected.recv(_PIECE), 0
        piece = self._ahead[self._given : self._given + length]
        self._given += len(piece)
        return piece

    def settimeout(self, seconds: float | None) -> None:
        """How long one send or recv waits before the clock is looked at again; paramiko asks for 0.1 s."""
        self._connected.settimeout(seconds)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        # Closing alone doesn't wake a thread that waits in recv; ending the conversation does.
        with contextlib.suppress(OSError, EOFError):
            self._connected.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError, EOFError):
            self._connected.close()
        self._when_closed()


def timed_out(peer: str, step: str, seconds: float) -> PartnerUnreachableError:
    """A step took longer than the partner's timeout."""
    return PartnerUnreachableError(
        f"{peer} took more than {seconds:g} s at {step}.",
        hint="Try again later; raise sftp.timeout_seconds if this server is always slow.",
    )
