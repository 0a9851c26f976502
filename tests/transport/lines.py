"""Bad lines for tests: a proxy that cuts, stalls or trickles after so many bytes, and servers that say nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Literal, Self

Direction = Literal["up", "down"]


class Proxy:
    """Passes a connection on to (host, port) until `after` bytes have gone `direction` (up: to the server).

    Then, by `fault`: `cut` closes both ends, `stall` takes no more bytes and gives none, `trickle`
    passes one byte each `pause` seconds. `passed` counts bytes by direction.
    """

    def __init__(
        self,
        target: tuple[str, int],
        *,
        fault: Literal["none", "cut", "stall", "trickle"] = "none",
        direction: Direction = "up",
        after: int = 0,
        pause: float = 0.05,
    ) -> None:
        self._target = target
        self._fault, self._direction, self._after, self._pause = fault, direction, after, pause
        self.passed: dict[Direction, int] = {"up": 0, "down": 0}
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._over = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._close([self._listening, *self._ends])

    def _close(self, ends: list[socket.socket]) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._target)
                self._ends += [client, server]
                for source, sink, direction in ((client, server, "up"), (server, client, "down")):
                    threading.Thread(target=self._pass, args=(source, sink, direction), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, direction: Direction) -> None:
        faulty = self._fault != "none" and direction == self._direction
        with contextlib.suppress(OSError):
            while True:
                left = self._after - self.passed[direction]
                if faulty and left <= 0:
                    if self._fault == "cut":
                        break
                    if self._fault == "stall":
                        self._over.wait()
                        break
                    time.sleep(self._pause)
                    left = 1
                piece = source.recv(min(65536, left) if faulty else 65536)
                if not piece:
                    break
                self.passed[direction] += len(piece)  # before it goes: who has it can rely on the count
                sink.sendall(piece)
        self._close([source, sink])


class SilentServer:
    """Accepts connections, says `greeting` and nothing after it; `closes` hangs up in place of waiting.

    `accepted` counts connections.
    """

    def __init__(self, greeting: bytes = b"", *, closes: bool = False) -> None:
        self._greeting, self._closes = greeting, closes
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._ends: list[socket.socket] = []

    @property
    def accepted(self) -> int:
        return len(self._ends)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        for end in (self._listening, *self._ends):
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._ends.append(client)
                client.sendall(self._greeting)
                if self._closes:
                    client.close()
