"""One SFTP session on the simulator's server: its requests, folders and files, treated as a policy says.

Knows files, not X12, and not who is logged in. What arrives is told to the server, who keeps the journal.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
from paramiko import sftp

from edigate.simulator.policies import Policy

if TYPE_CHECKING:
    from edigate.simulator.sftp_server import _Login

_POSIX_RENAME, _FSYNC = "posix-rename@openssh.com", "fsync@openssh.com"


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


class Session(paramiko.SFTPServer):  # type: ignore[misc]  # paramiko ships no types
    """One SFTP session, in its own thread; the server waits for it when it stops."""

    def __init__(self, *arguments: object, **more: object) -> None:
        super().__init__(*arguments, **more)
        self._asked = 0
        self._mute = False

    def start_subsystem(self, name: str, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        self.get_server().server.add_session(self)
        super().start_subsystem(name, transport, channel)

    def finish_subsystem(self) -> None:
        super().finish_subsystem()  # closes what was left open
        self.server.leave()

    @property
    def _policy(self) -> Policy:
        policy: Policy = self.server.server.policy
        return policy

    def _send_server_version(self) -> None:
        offered = {_POSIX_RENAME: self._policy.offers_posix_rename, _FSYNC: self._policy.offers_fsync}
        self._read_packet()
        version = paramiko.Message()
        version.add_int(sftp._VERSION)
        for extension in (name for name, yes in offered.items() if yes):
            version.add_string(extension)
            version.add_string("1")
        self._send_packet(sftp.CMD_VERSION, version)

    def _send_packet(self, kind: int, packet: paramiko.Message) -> None:
        if not self._mute:
            super()._send_packet(kind, packet)

    def _process(self, kind: int, number: int, message: paramiko.Message) -> None:
        """One request. Where the policy has the line end or stall here, nobody hears what became of it."""
        asked, self._asked = self._asked, self._asked + 1
        drops = asked == self._policy.drops_at
        if 0 <= self._policy.stalls_at <= asked:
            self.server.server.over.wait()
            return
        self._mute = drops or (kind == sftp.CMD_RENAME and self._policy.rename == "no reply")
        if not drops or self._policy.drops_done:
            self._take(kind, number, message)
        if self._mute:
            self.sock.get_transport().close()

    def _take(self, kind: int, number: int, message: paramiko.Message) -> None:
        if kind == sftp.CMD_EXTENDED:
            tag, rest = message.get_text(), message.get_remainder()
            if tag == _FSYNC and self._policy.offers_fsync:
                handle = self.file_table.get(paramiko.Message(rest).get_binary())
                self._send_status(number, paramiko.SFTP_BAD_MESSAGE if handle is None else handle.sync())
                return
            if tag == _POSIX_RENAME and not self._policy.offers_posix_rename:
                self._send_status(number, paramiko.SFTP_OP_UNSUPPORTED)
                return
            message.rewind()
            message.get_int()
        if kind == sftp.CMD_CLOSE and self._policy.close:
            name = message.get_binary()
            file = self.file_table.get(name)
            if file is not None and file.writes:
                del self.file_table[name]
                file.close(keep=self._policy.close == "failure, kept")
                self._send_status(number, paramiko.SFTP_FAILURE)
                return
            message.rewind()
            message.get_int()
        super()._process(kind, number, message)


class Folders(paramiko.SFTPServerInterface):  # type: ignore[misc]  # paramiko ships no types
    """The file operations of one session. Every path goes through `SftpServer.place`."""

    def __init__(self, login: _Login) -> None:
        super().__init__(login)
        self.server = login.server
        self.ended = False
        self.open_files = 0
        self.created: list[Path] = []  # drafts of this session
        self.came: list[Path] = []  # what it brought under a final name

    def session_ended(self) -> None:
        self.ended = True

    def leave(self) -> None:
        """What the server does with a session's files once it is over."""
        if self.server.policy.pickup == "logout":
            _take_away(self.came)
        if self.server.policy.sweeps_drafts:
            _take_away([place for place in self.created if self.server.is_temporary(place.name)])

    def arrived(self, place: Path, how: Literal["close", "rename"]) -> None:
        """A file has come to rest under a final name: told to the server, then treated as it treats them."""
        policy = self.server.policy
        self.server.received(place)
        self.came.append(place)
        if policy.pickup == "close" or (policy.pickup == "rename" and how == "rename"):
            _take_away([place])
        elif policy.renames_to:
            with contextlib.suppress(FileNotFoundError):
                place.rename(place.with_name(policy.renames_to.format(name=place.name)))

    def _hidden(self, name: str) -> bool:
        return self.server.policy.hides_dot_files and name.startswith(".")

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            _, place = self.server.place(path)
            if not place.resolve().is_relative_to(self.server.root):
                return int(paramiko.SFTP_PERMISSION_DENIED)
            found = []
            for entry in os.scandir(place):
                if not self._hidden(entry.name):
                    with contextlib.suppress(FileNotFoundError):  # taken away between the two looks
                        found.append(self.attributes(entry.stat(follow_symlinks=False), entry.name))
        except OSError as error:
            return _status(error)
        policy = self.server.policy
        named = (*policy.listed, *(f"{number:06d}.x12" for number in range(policy.listed_count)))
        return found + [_nothing(name) for name in named]

    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            _, place = self.server.place(path)
            if self._hidden(place.name):
                return int(paramiko.SFTP_NO_SUCH_FILE)
            if self.server.policy.stat == "denied":
                return int(paramiko.SFTP_PERMISSION_DENIED)
            return self.attributes(place.lstat())
        except OSError as error:
            return _status(error)

    def attributes(self, seen: os.stat_result, name: str = "") -> paramiko.SFTPAttributes:
        # As bytes, so that a name that isn't UTF-8 can be listed.
        told = paramiko.SFTPAttributes.from_stat(seen, os.fsencode(name) if name else None)
        if self.server.policy.stat == "no size":
            told.st_size = None
        return told

    # Links aren't followed: there is nothing to be had behind one.
    stat = lstat

    def chattr(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        del path, attr
        denied = self.server.policy.denies_attributes
        return int(paramiko.SFTP_PERMISSION_DENIED if denied else paramiko.SFTP_OP_UNSUPPORTED)

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> _File | int:
        policy = self.server.policy
        if flags & os.O_CREAT and (
            path.endswith(policy.refused_suffixes or ("\0",)) or (policy.denies_attributes and attr._flags)
        ):
            return int(paramiko.SFTP_PERMISSION_DENIED)
        if 0 <= policy.open_files <= self.open_files:
            return int(paramiko.SFTP_FAILURE)
        try:
            inside, place = self.server.place(path)
            number = os.open(place, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
            if not stat.S_ISREG(os.fstat(number).st_mode):
                os.close(number)
                return int(paramiko.SFTP_FAILURE)
        except OSError as error:
            return _status(error)
        if flags & os.O_CREAT:
            self.created.append(place)
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
        return self._rename(oldpath, newpath, replace=False)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return self._rename(oldpath, newpath, replace=True)

    def _rename(self, oldpath: str, newpath: str, *, replace: bool) -> int:
        if self.server.policy.rename == "forbidden":
            return int(paramiko.SFTP_PERMISSION_DENIED)
        try:
            (old, source), (new, target) = self.server.place(oldpath), self.server.place(newpath)
            if replace:
                source.rename(target)
            else:
                # As OpenSSH does it: a second link fails where the name is taken, a rename wouldn't.
                os.link(source, target, follow_symlinks=False)
                source.unlink()
        except OSError as error:
            return _status(error)
        self.server.enter(JournalEntry("rename", path=old, to=new))
        comes_in = self.server.is_temporary(old) or source.parent != target.parent
        if comes_in and not self.server.is_temporary(new):
            self.arrived(target, "rename")
        return int(paramiko.SFTP_FAILURE if self.server.policy.rename == "error" else paramiko.SFTP_OK)


class _File(paramiko.SFTPHandle):  # type: ignore[misc]  # paramiko ships no types
    """An open file."""

    def __init__(self, folders: Folders, number: int, flags: int, inside: str, place: Path) -> None:
        super().__init__(flags)
        self._folders = folders
        self._number = number
        folders.open_files += 1
        self.writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
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
        policy = self._folders.server.policy
        kept = data if policy.swallows_after < 0 else data[: max(0, policy.swallows_after - offset)]
        fits = policy.room < 0 or offset + len(kept) <= policy.room
        view = memoryview(kept if fits else kept[: max(0, policy.room - offset)])
        try:
            while view:
                done = os.pwrite(self._number, view, offset)
                view, offset = view[done:], offset + done
        except OSError as error:
            return _status(error)
        self._bytes += len(data)
        return int(paramiko.SFTP_OK if fits else paramiko.SFTP_FAILURE)

    def sync(self) -> int:
        os.fsync(self._number)
        return int(paramiko.SFTP_OK)

    def stat(self) -> paramiko.SFTPAttributes | int:
        if self._folders.server.policy.stat == "denied":
            return int(paramiko.SFTP_PERMISSION_DENIED)
        return self._folders.attributes(os.fstat(self._number))

    def close(self, *, keep: bool = True) -> None:
        """The client's CLOSE, or the end of its session, which paramiko tells us in the same way.

        Unless `keep`, the file is thrown away, and its journal entry says that it was refused.
        """
        os.close(self._number)
        self._folders.open_files -= 1
        cut = self._folders.ended
        if not keep:
            _take_away([self._place])
        self._folders.server.enter(
            JournalEntry(
                "write" if self.writes else "read",
                "cut" if cut else "done" if keep else "refused",
                path=self._inside,
                bytes=self._bytes,
            )
        )
        server = self._folders.server
        comes = self.writes and keep and (not cut or server.policy.takes_cut_files)
        if comes and not server.is_temporary(self._inside):
            self._folders.arrived(self._place, "close")


def _take_away(places: list[Path]) -> None:
    for place in places:
        place.unlink(missing_ok=True)


def _nothing(name: str) -> paramiko.SFTPAttributes:
    """An entry of a listing with nothing behind it."""
    entry = paramiko.SFTPAttributes()
    entry.filename, entry.st_mode, entry.st_size, entry.st_mtime = name.encode(), stat.S_IFREG | 0o600, 1, 0
    return entry


def _status(error: OSError) -> int:
    return int(paramiko.SFTPServer.convert_errno(error.errno))
