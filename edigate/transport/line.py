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
from collections.abc import Iterator


class Line:
    """What paramiko needs of a socket: send, recv, settimeout, close, and who is at the other end."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._deadline = math.inf
        self.expired = False
        # Requests are small and answered one by one: waiting to fill a packet costs 40 ms each.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Whatever happens inside ends within `seconds` or the line does (`expired` tells)."""
        self._deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = math.inf

    def _check(self) -> None:
        if time.monotonic() > self._deadline:
            self.expired = True
        if self.expired:
            # paramiko takes TimeoutError for "try again", and EOFError for the end of the line.
            raise EOFError("deadline passed")

    def send(self, content: bytes) -> int:
        self._check()
        return self._socket.send(content)

    def recv(self, length: int) -> bytes:
        self._check()
        return self._socket.recv(length)

    def settimeout(self, seconds: float | None) -> None:
        """How long one send or recv waits before the clock is looked at again; paramiko asks for 0.1 s."""
        self._socket.settimeout(seconds)

    def getpeername(self) -> object:
        return self._socket.getpeername()

    @property
    def _closed(self) -> bool:
        """paramiko looks at this private mark of Python's sockets while it waits for its thread."""
        return self._socket.fileno() == -1

    def close(self) -> None:
        # Closing alone doesn't wake a thread that waits in recv; ending the conversation does.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
