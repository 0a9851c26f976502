"""What we log in with: a private key, an agent's, a password, from where a partner's file says. Never shown.

Secrets come from the environment or from files of their own that nobody else can read.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edigate.errors import ConfigError
from edigate.partners.model import SshServer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from paramiko import PKey  # type: ignore[import-untyped]  # paramiko ships no types


class Credentials(msgspec.Struct, frozen=True):
    """A key, a password, or both for servers that ask for both. Its repr shows neither.

    The key may be an agent's, and may carry a certificate.
    """

    key: PKey | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Credentials(key={self.key is not None}, password={self.password is not None})"


def load_credentials(
    settings: SshServer, *, where: str, workspace: Path, environ: Mapping[str, str], table: str = "sftp"
) -> Credentials:
    """Read what `settings` names. `where` is the partner's file and `table` its part, for messages.

    Nothing is sent anywhere: a missing secret shows before the partner is called. Raises ConfigError.
    """
    if settings.password_env and settings.password_file:
        raise ConfigError(
            f"{where}: {table}.password_env and {table}.password_file are both set.", hint="Keep one of them."
        )
    if not (settings.key_file or settings.agent or settings.password_env or settings.password_file):
        raise ConfigError(
            f"{where}: nothing to log in with.",
            hint=f"Set {table}.key_file, {table}.agent, {table}.password_env or {table}.password_file.",
        )
    password = None
    if settings.password_env:
        password = _from_environment(settings.password_env, f"{where}: {table}.password_env", environ)
    elif settings.password_file:
        key = f"{where}: {table}.password_file"
        content = _read_private(workspace / settings.password_file, key)
        password = _text(content, key).rstrip("\r\n")
        if not password:
            raise ConfigError(f"{key} names an empty file.")
    return Credentials(key=_key(settings, where, table, workspace, environ), password=password)


def _key(settings: SshServer, where: str, table: str, workspace: Path, environ: Mapping[str, str]) -> PKey | None:
    """The key to log in with, with its certificate where one lies beside it."""
    path = workspace / settings.key_file
    if settings.agent:
        from edigate.transport.agent import agent_key  # noqa: PLC0415 - loads paramiko

        found = agent_key(path if settings.key_file else None, where=f"{where}: {table}.agent", environ=environ)
    elif settings.key_file:
        passphrase = None
        if settings.key_passphrase_env:
            variable = f"{where}: {table}.key_passphrase_env"
            passphrase = _from_environment(settings.key_passphrase_env, variable, environ)
        key = f"{where}: {table}.key_file"
        found = _private_key(_read_private(path, key), passphrase, key)
    else:
        return None
    if settings.key_file:
        from edigate.transport.certificates import add_certificate  # noqa: PLC0415 - loads cryptography

        add_certificate(found, path, where=f"{where}: {table}.key_file")
    return found


def _from_environment(name: str, where: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "")
    if not value:
        raise ConfigError(f"{where} names {name}, which isn't set in the environment.")
    return value


def _read_private(path: Path, where: str) -> bytes:
    """A file's content, if nobody but its owner can read it (checked on the file we opened)."""
    try:
        with path.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise ConfigError(f"{where} names {path}, which isn't a file.")
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigError(
                    f"{where} names {path}, which others can read (mode {stat.S_IMODE(mode):04o}).",
                    hint=f"Run: chmod 600 {path}",
                )
            return opened.read(1_000_000)
    except OSError as error:
        raise ConfigError(f"{where} names {path}, which can't be read: {error.strerror}.") from None


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{where} names a file that isn't text.") from None


def _private_key(content: bytes, passphrase: str | None, where: str) -> PKey:
    """A private key in OpenSSH's or PEM form. Raises ConfigError that shows none of it."""
    import paramiko  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - heavy

    loaded = _decrypted(content, passphrase, where)
    unusable = ConfigError(f"{where}: keys of this type can't be used.", hint="Use ed25519, ECDSA or RSA.")
    classes = (
        (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
        (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
        (rsa.RSAPrivateKey, paramiko.RSAKey),
    )
    ours = next((ours for kind, ours in classes if isinstance(loaded, kind)), None)
    if ours is None:
        raise unusable
    try:
        # In the clear and in memory only: paramiko's classes read text, and would derive the key again.
        text = loaded.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        ).decode()
    except ValueError:  # a curve that SSH doesn't have
        raise unusable from None
    return ours.from_private_key(io.StringIO(text))


def _decrypted(content: bytes, passphrase: str | None, where: str) -> PrivateKeyTypes:
    """The key as cryptography sees it. A passphrase given for a key without one does no harm."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - heavy

    if content.startswith(b"PuTTY-User-Key-File"):
        raise ConfigError(f"{where} names a PuTTY key.", hint="Convert it: puttygen KEY.ppk -O private-openssh -o KEY")
    is_openssh = b"BEGIN OPENSSH PRIVATE KEY" in content
    load = serialization.load_ssh_private_key if is_openssh else serialization.load_pem_private_key
    try:
        try:
            return load(content, None)
        except TypeError:  # how cryptography says that a passphrase is needed
            if passphrase is None:
                raise ConfigError(
                    f"{where} names a key with a passphrase, and none is given.",
                    hint="Set sftp.key_passphrase_env to the name of an environment variable that holds it.",
                ) from None
            return load(content, passphrase.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(
            f"{where} names a file that holds no private key we can read, or the passphrase is wrong.",
            hint="Expected an OpenSSH or PEM private key; try: ssh-keygen -y -f KEY",
        ) from None
