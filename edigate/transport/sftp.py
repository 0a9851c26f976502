"""A partner's SFTP server as a transport: our contract kept by an SFTP client over a pinned SSH session."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from edigate.errors import RemoteRefusedError
from edigate.partners.model import Sftp, SshServer
from edigate.transport import sftp_steps as steps
from edigate.transport.base import RemoteFile, printable, split_path
from edigate.transport.credentials import load_credentials
from edigate.transport.host_keys import parse_host_key
from edigate.transport.login import Account
from edigate.transport.sftp_packets import Attributes, Entry
from edigate.transport.sftp_protocol import SftpClient
from edigate.transport.sftp_steps import Steps
from edigate.transport.ssh_session import SshSession, open_session
from edigate.transport.together import Whole


class SftpTransport:
    """A session. `client` is its SFTP client, for what the contract doesn't have."""

    def __init__(self, session: SshSession, *, file_seconds: float) -> None:
        self._session = session
        self.client = SftpClient(session, file_seconds=file_seconds)

    def list(self, folder: str) -> builtins.list[RemoteFile]:
        found: dict[str, RemoteFile] = {}

        def take(entry: Entry) -> None:
            name = entry.name.decode("utf-8", "surrogateescape")
            # A name with a slash would have us read, or remove, in another folder.
            if name in ("", ".", "..") or "/" in name or "\0" in name:
                return
            if entry.attributes.is_plain_file(entry.long_name):
                found[name] = _remote_file(folder, name, entry.attributes)

        self.client.entries(folder, take)
        return [found[name] for name in sorted(found)]

    def read(self, path: str) -> Iterator[bytes]:
        return self.client.read(path)

    def write(self, path: str, content: bytes) -> None:
        self.client.run(self._write(path, content))

    def rename(self, old: str, new: str) -> None:
        self.client.run(self._rename(old, new))

    def remove(self, path: str) -> None:
        self.client.remove(path)

    def stat(self, path: str) -> RemoteFile | None:
        return self.client.run(self._stat(path))

    # Many at once (`base.Together`): the same steps, interleaved.

    def read_many(self, files: Iterable[RemoteFile]) -> Generator[tuple[RemoteFile, bytes | RemoteRefusedError]]:
        return self.client.together((file, self._read_whole(file)) for file in files)

    def write_many(self, files: Iterable[tuple[str, bytes]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        return self.client.together((path, self._write(path, content)) for path, content in files)

    def rename_many(self, pairs: Iterable[tuple[str, str]]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        return self.client.together((old, self._rename(old, new)) for old, new in pairs)

    def stat_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteFile | RemoteRefusedError | None]]:
        return self.client.together((path, self._stat(path)) for path in paths)

    def remove_many(self, paths: Iterable[str]) -> Generator[tuple[str, RemoteRefusedError | None]]:
        return self.client.together((path, steps.remove(self.client, path)) for path in paths)

    # Steps.

    def _read_whole(self, file: RemoteFile) -> Steps[bytes]:
        whole = Whole(file)
        yield from steps.read(self.client, file.path, whole.give)
        return whole.content()

    def _stat(self, path: str) -> Steps[RemoteFile | None]:
        attributes = yield from steps.stat(self.client, path)
        return None if attributes is None else _remote_file(*split_path(path), attributes)

    def _write(self, path: str, content: bytes) -> Steps[None]:
        try:
            yield from steps.write(self.client, path, content)
        except RemoteRefusedError as error:
            # OpenSSH says "failure" for a name that is taken and for a full disk: say which it was.
            if error.hint or not (yield from self._exists(path)):
                raise
            raise RemoteRefusedError(error.message, hint=f"{printable(path)} stands there now.") from None

    def _rename(self, old: str, new: str) -> Steps[None]:
        # RENAME must fail where `new` exists, but some servers replace: so look first. Where looking
        # is forbidden the draft's promise is all there is.
        if (yield from self._exists(new)):
            raise RemoteRefusedError(f"{printable(new)} exists already; {printable(old)} keeps its name.")
        yield from steps.rename(self.client, old, new)

    def _exists(self, path: str) -> Steps[bool]:
        try:
            return (yield from steps.stat(self.client, path, follow=False)) is not None
        except RemoteRefusedError:
            return False

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _remote_file(folder: str, name: str, attributes: Attributes) -> RemoteFile:
    size, modified = attributes.size, attributes.modified
    return RemoteFile(folder, name, -1 if size is None else size, -1 if modified is None else modified)


def connect(settings: Sftp, *, where: str, workspace: Path, environ: Mapping[str, str]) -> SftpTransport:
    """Log in to a partner's server. `where` is its file, for messages; relative paths are the workspace's.

    Raises ConfigError before anything is sent; HostKeyError before a login; LoginRefusedError,
    PartnerUnreachableError, RemoteRefusedError.
    """
    read = functools.partial(account_of, where=where, workspace=workspace, environ=environ)
    jump = read(settings.jump, table="sftp.jump") if settings.jump is not None else None
    session = open_session(settings, read(settings), jump)
    try:
        return SftpTransport(session, file_seconds=settings.file_deadline_minutes * 60)
    except BaseException:
        session.close()
        raise


def account_of(
    server: SshServer, *, where: str, workspace: Path, environ: Mapping[str, str], table: str = "sftp"
) -> Account:
    """What is needed to log in to a server, read and checked before anything is sent. Raises ConfigError."""
    pinned = tuple(
        parse_host_key(line, f"{where}: {table}.host_keys[{number}]") for number, line in enumerate(server.host_keys)
    )
    credentials = load_credentials(server, where=where, workspace=workspace, environ=environ, table=table)
    return Account(server, pinned, credentials, table)
