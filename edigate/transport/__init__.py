"""Moving bytes: a contract of a few calls and those who keep it. Says which one a partner needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edigate.errors import ConfigError
from edigate.partners.model import Partner
from edigate.transport.base import RemoteFile, Transport

__all__ = ["RemoteFile", "Transport", "open_transport"]


def open_transport(partner: Partner, *, workspace: Path, environ: Mapping[str, str]) -> Transport:
    """A connected session with `partner`, by its `[sftp]` or `[directory]`; use it in a `with`.

    Relative paths in the settings are the workspace's; secrets come from `environ`. Raises
    ConfigError, HostKeyError, LoginRefusedError, PartnerUnreachableError, RemoteRefusedError.
    """
    where = f"partners/{partner.name}.toml"
    if partner.sftp is not None and partner.directory is not None:
        raise ConfigError(f"{where}: [sftp] and [directory] are both there.", hint="Keep one of them.")
    if partner.sftp is not None:
        # paramiko takes a tenth of a second to import: only who connects pays.
        from edigate.transport.sftp import connect  # noqa: PLC0415 - see above

        return connect(partner.sftp, where=where, workspace=workspace, environ=environ)
    if partner.directory is not None:
        from edigate.transport.directory import DirectoryTransport  # noqa: PLC0415 - as above

        return DirectoryTransport(workspace / partner.directory.path)
    raise ConfigError(
        f"{where}: neither [sftp] nor [directory] says where this partner's files go.",
        hint="Add one of them.",
    )
