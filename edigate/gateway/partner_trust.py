"""Trusting a partner's server: its host keys asked for and shown, and those a person vouches for kept in the settings.

A key on its own proves nothing: the person compares its fingerprint with the one the partner gave by another way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

from edigate import settings
from edigate.errors import ConfigError, HostKeyError
from edigate.gateway.partner_files import draft_sftp, partner_path, read_text, rewrite
from edigate.partners.drafts import FILL_IN, left_to_fill, waiting
from edigate.partners.edit import with_setting
from edigate.partners.model import Sftp, SshServer
from edigate.transport.greeting import greeting, offered_host_keys
from edigate.transport.host_keys import HostKey, parse_host_key
from edigate.transport.login import Account
from edigate.transport.sftp import account_of
from edigate.transport.ssh_session import way_to


class ShownKey(msgspec.Struct, frozen=True):
    """A host key: its fingerprint (`ssh-ed25519 SHA256:...`), whether the server shows it, whether it is pinned."""

    fingerprint: str
    offered: bool
    pinned: bool
    line: str  # as it is written into the settings


class TrustReport(msgspec.Struct, kw_only=True):
    """What a server shows beside what is pinned. `changed`: keys are pinned, and it shows none of them."""

    partner: str
    server: str  # host:port
    software: str
    keys: list[ShownKey]
    path: Path
    table: str = "sftp"  # the part of the settings that the server stands in
    kept: list[str] = []  # fingerprints now pinned, where the settings were changed

    @property
    def changed(self) -> bool:
        pinned = [key for key in self.keys if key.pinned]
        return bool(pinned) and not any(key.offered for key in pinned)

    @property
    def new(self) -> list[ShownKey]:
        return [key for key in self.keys if key.offered and not key.pinned]


def look(root: Path, name: str, *, environ: Mapping[str, str], jump: bool = False) -> TrustReport:
    """Ask a partner's server for its host keys, or its `jump` host; no login is tried there. The rest of its settings
    may wait to be filled in.

    A server behind a jump host is asked through it, by a login at the jump host, whose own keys must be pinned.
    Raises ConfigError, PartnerUnreachableError, PartnerError for a server that shows no key we can pin;
    LoginRefusedError and HostKeyError of the jump host.
    """
    path = partner_path(root, name)
    drafted = draft_sftp(path)
    table = "sftp.jump" if jump else "sftp"
    if jump and not isinstance(drafted.get("jump"), dict):
        raise ConfigError(f"partners/{path.name} has no table [sftp.jump]: there is no jump host")
    here = drafted["jump"] if jump else drafted
    server = _server(path, here, table)
    pinned = _pinned(path, here.get("host_keys", []), table)
    account = None if jump else _jump(path, drafted, root, environ)
    with way_to(msgspec.structs.replace(server, jump=None if account is None else account.server), account) as way:
        offers = greeting(server, way)
        offered = offered_host_keys(server, offers, way)
    if not offered:
        raise ConfigError(
            f"{server.host}:{server.port} shows no host key that can be pinned",
            hint=f"It has {', '.join(offers.host_keys)}. Ask the partner for a newer one; an RSA key that signs with "
            f'SHA-1 alone can be allowed: {table}.allow_algorithms = ["ssh-rsa"].',
        )
    return TrustReport(
        partner=name,
        server=f"{server.host}:{server.port}",
        software=offers.software,
        keys=[
            ShownKey(key.fingerprint, key in offered, key in pinned, key.line)
            for key in dict.fromkeys([*offered, *pinned])
        ],
        path=path,
        table=table,
    )


def keep(report: TrustReport, vouched: Collection[str], *, old_too: bool = False) -> TrustReport:
    """Pin the shown keys with the `vouched` fingerprints (`SHA256:...`), and drop those no longer shown.

    With `old_too` these stay as well: for servers of several machines, and while a key is being changed. Raises
    HostKeyError where a vouched fingerprint isn't shown: nothing is changed then.
    """
    wanted = {one.split()[-1] for one in vouched}
    strangers = wanted - {_digest(key) for key in report.keys if key.offered}
    if strangers:
        raise HostKeyError(
            f"{report.server} doesn't show {', '.join(sorted(strangers))}; nothing was changed",
            hint="It shows " + ", ".join(key.fingerprint for key in report.keys if key.offered)
            + ". Is it another server, or somebody in between? Ask the partner.",
        )
    chosen = [
        key
        for key in report.keys
        if (key.offered and (key.pinned or _digest(key) in wanted)) or (old_too and key.pinned)
    ]
    text = with_setting(
        read_text(report.path),
        f"{report.table}.host_keys",
        [key.line for key in chosen],
        name=f"partners/{report.path.name}",
    )
    rewrite(report.path, text)
    return msgspec.structs.replace(report, kept=[key.fingerprint for key in chosen])


def _digest(key: ShownKey) -> str:
    return key.fingerprint.split()[-1]


def _server(path: Path, table: Mapping[str, Any], name: str) -> Sftp:
    """Where the server is and the way there, whatever else waits to be filled in."""
    keys = ("host", "port", "timeout_seconds", "allow_algorithms", "proxy_command")
    where = {key: table[key] for key in keys if key in table}
    if str(where.get("host", FILL_IN)).startswith(FILL_IN):
        raise ConfigError(f"partners/{path.name}: {name}.host: fill it in first: where is the server?")
    # Nothing of a login is needed, and nothing of one is sent.
    return settings.record(where | {"username": "-", "host_keys": ["-"]}, Sftp, name=f"partners/{path.name}: {name}")


def _jump(path: Path, table: Mapping[str, Any], root: Path, environ: Mapping[str, str]) -> Account | None:
    """What is needed to log in to the jump host, where there is one."""
    if "jump" not in table:
        return None
    where = f"partners/{path.name}"
    if not _pinned(path, dict(table["jump"]).get("host_keys", []), "sftp.jump"):
        raise ConfigError(
            f"{where}: the server is behind a jump host, and no key of that is pinned",
            hint=f"First: edigate partner trust {path.stem} --jump",
        )
    if left := left_to_fill({"sftp": {"jump": table["jump"]}}):
        raise waiting(where, left)
    server = settings.record(table["jump"], SshServer, name=f"{where}: sftp.jump")
    return account_of(server, where=where, workspace=root, environ=environ, table="sftp.jump")


def _pinned(path: Path, lines: object, table: str) -> list[HostKey]:
    texts = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
    return [
        parse_host_key(line, f"partners/{path.name}: {table}.host_keys[{number}]")
        for number, line in enumerate(texts)
        if not line.startswith(FILL_IN)
    ]
