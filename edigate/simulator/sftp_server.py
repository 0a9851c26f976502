"""A clearinghouse's SFTP server on loopback: logins, folders, and a journal of what it really received.

Knows files and who sent them, not X12. The journal is the receiver's own word: what a test of "not
lost, not twice" is judged by, never the sender's ledger.
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
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec
import paramiko  # type: ignore[import-untyped]  # paramiko ships no types

from edigate.simulator.host_keys import new_key

TEMPORARY_SUFFIXES = (".tmp", ".part", ".filepart")


class JournalEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened. Paths as the client named them, from the root: `/inbound/a.x12`.

    A `write` and a `read` are entered when the file is closed, with the bytes that came or went;
    `cut` when the connection ended before. A refused `login` says by which method.
    """

    operation: Literal["login", "write", "read", "rename", "remove"]
    outcome: Literal["done", "refused", "cut"] = "done"
    path: str = ""
    to: str = ""
    bytes: int = 0
    method: str = ""


class SftpServer:
    """Serves `root` to one user, by password or key. A context manager; also `start` and `stop`.

    `authorized_keys` are public lines (`ssh-ed25519 AAAA...`); `host_key` a private key in OpenSSH
    form, a new one where it isn't given. `on_received(path)` is called, in the connection's thread
    and before the client hears that all is well, for each file that has arrived under a final name:
    closed under one, or renamed from a temporary name or another folder. What it raises is kept in
    `errors` and doesn't disturb the client.
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
    ) -> None:
        self.root = root.resolve()
        self.username = username
        self.password = password
        self.authorized_keys = {line.split()[1] for line in authorized_keys}
        self.on_received = on_received
        self.temporary_suffixes = temporary_suffixes
        self.host = host
        self.port = 0
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
        self._listening = socket.create_server((self.host, 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, args=(self._listening,), daemon=True)
        self._accepting.start()

    def stop(self) -> None:
        """End every connection and wait until the journal is complete."""
        with self._lock:
            self._stopping = True
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
                transport.set_subsystem_handler("sftp", _Session, sftp_si=_Folders)
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


class _Session(paramiko.SFTPServer):  # type: ignore[misc]  # paramiko ships no types
    """One SFTP session, in its own thread; the server waits for it when it stops."""

    def start_subsystem(self, name: str, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        self.get_server().server.add_session(self)
        super().start_subsystem(name, transport, channel)


class _Folders(paramiko.SFTPServerInterface):  # type: ignore[misc]  # paramiko ships no types
    """The file operations of one session. Every path goes through `SftpServer.place`."""

    def __init__(self, login: _Login) -> None:
        super().__init__(login)
        self.server = login.server
        self.ended = False

    def session_ended(self) -> None:
        self.ended = True

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            _, place = self.server.place(path)
            if not place.resolve().is_relative_to(self.server.root):
                return int(paramiko.SFTP_PERMISSION_DENIED)
            found = []
            for entry in os.scandir(place):
                with contextlib.suppress(FileNotFoundError):  # taken away between the two looks
                    found.append(_attributes(entry.stat(follow_symlinks=False), entry.name))
        except OSError as error:
            return _status(error)
        return found

    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            _, place = self.server.place(path)
            return _attributes(place.lstat())
        except OSError as error:
            return _status(error)

    # Links aren't followed: there is nothing to be had behind one.
    stat = lstat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> _File | int:
        del attr  # the rights are ours
        try:
            inside, place = self.server.place(path)
            number = os.open(place, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
            if not stat.S_ISREG(os.fstat(number).st_mode):
                os.close(number)
                return int(paramiko.SFTP_FAILURE)
        except OSError as error:
            return _status(error)
        return _File(self, number, flags, inside, place)

    def remove(self, path: str) -> int:
        try:
            inside, place = self.server.place(path)
            place.unlink()
        except OSError as error:
            return _status(error)
        self.server.enter(JournalEntry("remove", path=inside))
        return int(paramiko.SFTP_OK)

    def rename(self, oldpath: str, newpath: str) -> int:
        try:
            (old, source), (new, target) = self.server.place(oldpath), self.server.place(newpath)
            # As OpenSSH does it: a second link fails where the name is taken, a rename wouldn't.
            os.link(source, target, follow_symlinks=False)
            source.unlink()
        except OSError as error:
            return _status(error)
        self.server.enter(JournalEntry("rename", path=old, to=new))
        comes_in = self.server.is_temporary(old) or source.parent != target.parent
        if comes_in and not self.server.is_temporary(new):
            self.server.received(target)
        return int(paramiko.SFTP_OK)


class _File(paramiko.SFTPHandle):  # type: ignore[misc]  # paramiko ships no types
    """An open file."""

    def __init__(self, folders: _Folders, number: int, flags: int, inside: str, place: Path) -> None:
        super().__init__(flags)
        self._folders = folders
        self._number = number
        self._writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        self._inside = inside
        self._place = place
        self._bytes = 0

    def read(self, offset: int, length: int) -> bytes | int:
        try:
            piece = os.pread(self._number, length, offset)
        except OSError as error:
            return _status(error)
        self._bytes += len(piece)
        return piece

    def write(self, offset: int, data: bytes) -> int:
        view = memoryview(data)
        try:
            while view:
                done = os.pwrite(self._number, view, offset)
                view, offset = view[done:], offset + done
        except OSError as error:
            return _status(error)
        self._bytes += len(data)
        return int(paramiko.SFTP_OK)

    def stat(self) -> paramiko.SFTPAttributes | int:
        return _attributes(os.fstat(self._number))

    def close(self) -> None:
        """The client's CLOSE, or the end of its session, which paramiko tells us in the same way."""
        os.close(self._number)
        cut = self._folders.ended
        self._folders.server.enter(
            JournalEntry(
                "write" if self._writes else "read",
                "cut" if cut else "done",
                path=self._inside,
                bytes=self._bytes,
            )
        )
        if self._writes and not cut and not self._folders.server.is_temporary(self._inside):
            self._folders.server.received(self._place)


def _end(connection: paramiko.Transport) -> None:
    connection.close()
    # paramiko's handshake timer is a thread of its own that would hold up our exit until it rings.
    connection.packetizer.complete_handshake()


def _attributes(seen: os.stat_result, name: str = "") -> paramiko.SFTPAttributes:
    # As bytes, so that a name that isn't UTF-8 can be listed.
    return paramiko.SFTPAttributes.from_stat(seen, os.fsencode(name) if name else None)


def _status(error: OSError) -> int:
    return int(paramiko.SFTPServer.convert_errno(error.errno))


def _silence(transport: paramiko.Transport) -> None:
    """paramiko's log names users and files: into a channel of its own that leads nowhere."""
    for name in ("edigate.simulator.paramiko", "edigate.simulator.paramiko.sftp"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.disabled = True
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    transport.set_log_channel("edigate.simulator.paramiko")
