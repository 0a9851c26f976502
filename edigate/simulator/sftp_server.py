"""A clearinghouse's SFTP server on loopback: logins, and a journal of what it really received.

Knows who sent files, not X12; what a session may do with them is `sftp_folders.py`. The journal is the receiver's
own word: what a test of "not lost, not twice" is judged by, never the sender's ledger.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import io
import logging
import os
import posixpath
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types

from edigate.simulator.host_keys import new_key
from edigate.simulator.policies import Policy
from edigate.simulator.sftp_folders import Folders, JournalEntry, Session

__all__ = ["TEMPORARY_SUFFIXES", "JournalEntry", "SftpServer"]

TEMPORARY_SUFFIXES = (".tmp", ".part", ".filepart")


class SftpServer:
    """Serves `root` to one user, by password or key. A context manager; also `start` and `stop`.

    `authorized_keys` are public lines (`ssh-ed25519 AAAA...`); `host_key` a private key in OpenSSH
    form, a new one where it isn't given. `on_received(path)` is called, in the connection's thread
    and before the client hears that all is well, for each file that has arrived under a final name:
    closed under one, or renamed from a temporary name or another folder. What it raises is kept in
    `errors` and doesn't disturb the client. `policy` is how it treats files and requests.
    """

    def __init__(
        self,
        root: Path,
        *,
        username: str,
        password: str | None = None,
        authorized_keys: Sequence[str] = (),
        host_key: str | None = None,
        on_received: Callable[[Path], None] | None = None,
        temporary_suffixes: tuple[str, ...] = TEMPORARY_SUFFIXES,
        host: str = "127.0.0.1",
        policy: Policy = Policy(),  # noqa: B008 - immutable
    ) -> None:
        self.root = root.resolve()
        self.username = username
        self.password = password
        self.authorized_keys = {line.split()[1] for line in authorized_keys}
        self.on_received = on_received
        self.temporary_suffixes = temporary_suffixes
        self.host = host
        self.policy = policy
        self.port = 0
        self.over = threading.Event()
        self.journal: list[JournalEntry] = []
        self.errors: list[Exception] = []
        self._key = paramiko.Ed25519Key.from_private_key(io.StringIO(host_key or new_key()[0]))
        self._listening: socket.socket | None = None
        self._accepting: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stopping = False
        self._connections: list[paramiko.Transport] = []
        self._sessions: list[threading.Thread] = []

    @property
    def host_key_line(self) -> str:
        """What a client pins."""
        return f"{self._key.get_name()} {self._key.get_base64()}"

    def start(self) -> None:
        self._stopping = False
        self.over.clear()
        self._listening = socket.create_server((self.host, 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, args=(self._listening,), daemon=True)
        self._accepting.start()

    def stop(self) -> None:
        """End every connection and wait until the journal is complete."""
        with self._lock:
            self._stopping = True
        self.over.set()
        if self._listening is not None:
            # Closing alone leaves the accepting thread waiting.
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
        if self._accepting is not None:
            self._accepting.join(5)
        for connection in self._connections:
            _end(connection)
        for session in self._sessions:
            session.join(5)
        self._connections.clear()
        self._sessions.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connected, _ = listening.accept()
            except OSError:
                return  # stopped
            with contextlib.suppress(OSError, paramiko.SSHException):  # a client that is gone already
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                transport = paramiko.Transport(connected)
                _silence(transport)
                transport.add_server_key(self._key)
                transport.set_subsystem_handler("sftp", Session, sftp_si=Folders)
                with self._lock:
                    if self._stopping:
                        transport.close()
                        return
                    for ended in [known for known in self._connections if not known.is_alive()]:
                        _end(ended)
                        self._connections.remove(ended)
                    self._connections.append(transport)
                transport.start_server(event=threading.Event(), server=_Login(self))

    # For the classes below.

    def enter(self, entry: JournalEntry) -> None:
        self.journal.append(entry)

    def add_session(self, session: threading.Thread) -> None:
        with self._lock:
            self._sessions = [known for known in self._sessions if known.is_alive() or known is session]
            self._sessions.append(session)

    def is_temporary(self, path: str) -> bool:
        return path.endswith(self.temporary_suffixes)

    def received(self, place: Path) -> None:
        if self.on_received is None:
            return
        try:
            self.on_received(place)
        except Exception as error:  # noqa: BLE001 - whatever the callback raises is for its owner, not the client
            self.errors.append(error)

    def place(self, path: str) -> tuple[str, Path]:
        """A client's path as (from the root, where it lies here). Raises PermissionError outside the root."""
        inside = posixpath.normpath("/" + path.lstrip("/"))
        place = self.root / inside.lstrip("/")
        folder = self.root if place == self.root else place.parent.resolve()
        if "\0" in path or not folder.is_relative_to(self.root):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return inside, place


class _Login(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko ships no types
    """Who may log in, for one connection."""

    def __init__(self, server: SftpServer) -> None:
        self.server = server
        self._accepted = ""

    def get_allowed_auths(self, username: str) -> str:
        del username  # the same for everybody: no telling who exists
        methods = {"publickey": self.server.authorized_keys, "password": self.server.password}
        return ",".join(method for method, given in methods.items() if given)

    def check_auth_password(self, username: str, password: str) -> int:
        wanted = self.server.password
        fits = wanted is not None and hmac.compare_digest(wanted.encode(), password.encode())
        return self._verdict(fits and username == self.server.username, "password")

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        fits = key.get_base64() in self.server.authorized_keys
        return self._verdict(fits and username == self.server.username, "publickey")

    def _verdict(self, fits: bool, method: str) -> int:
        # A client may ask whether a key would do before it signs with it: one login, entered once.
        if not fits or self._accepted != method:
            self.server.enter(JournalEntry("login", "done" if fits else "refused", method=method))
        self._accepted = method if fits else ""
        return int(paramiko.AUTH_SUCCESSFUL if fits else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del chanid
        return int(paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)


def _end(connection: paramiko.Transport) -> None:
    connection.close()
    # paramiko's handshake timer is a thread of its own that would hold up our exit until it rings.
    connection.packetizer.complete_handshake()


def _silence(transport: paramiko.Transport) -> None:
    """paramiko's log names users and files: into a channel of its own that leads nowhere."""
    for name in ("edigate.simulator.paramiko", "edigate.simulator.paramiko.sftp"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.disabled = True
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    transport.set_log_channel("edigate.simulator.paramiko")
