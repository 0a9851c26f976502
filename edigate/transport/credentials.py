"""What we log in with: a private key, an agent's, a password, from where a partner's file says. Never shown.

Where the secrets are is `secret_places.py`'s to know.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edigate.errors import ConfigError
from edigate.partners.model import SshServer
from edigate.secrecy import Secret
from edigate.secret_places import find, is_credential, path_of, place_of, private_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from paramiko import PKey  # type: ignore[import-untyped]  # paramiko ships no types


class Credentials(msgspec.Struct, frozen=True):
    """A key, a password, or both for servers that ask for both. Its repr shows neither.

    The key may be an agent's, and may carry a certificate.
    """

    key: PKey | None = None
    password: Secret | None = None

    def __repr__(self) -> str:
        return f"Credentials(key={self.key is not None}, password={self.password is not None})"


def load_credentials(
    settings: SshServer, *, where: str, workspace: Path, environ: Mapping[str, str], table: str = "sftp"
) -> Credentials:
    """Read what `settings` names. `where` is the partner's file and `table` its part, for messages.

    Nothing is sent anywhere: a missing secret shows before the partner is called. Raises ConfigError.
    """
    place = place_of(settings, "password", f"{where}: {table}.password")
    if not (settings.key_file or settings.agent or place.given):
        raise ConfigError(
            f"{where}: nothing to log in with.",
            hint=f"Set {table}.key_file, {table}.agent, {table}.password_env or {table}.password_file.",
        )
    password = find(place, folder=workspace, environ=environ)
    return Credentials(key=_key(settings, where, table, workspace, environ), password=password)


def _key(settings: SshServer, where: str, table: str, workspace: Path, environ: Mapping[str, str]) -> PKey | None:
    """The key to log in with, with its certificate where one lies beside it."""
    key = f"{where}: {table}.key_file"
    path = path_of(settings.key_file, workspace, environ, key)
    if settings.agent:
        from edigate.transport.agent import agent_key  # noqa: PLC0415 - loads paramiko

        found = agent_key(path if settings.key_file else None, where=f"{where}: {table}.agent", environ=environ)
    elif settings.key_file:
        place = place_of(settings, "key_passphrase", f"{where}: {table}.key_passphrase")
        passphrase = find(place, folder=workspace, environ=environ)
        content = private_bytes(path, key, credential=is_credential(settings.key_file))
        found = _private_key(content, passphrase, key)
    else:
        return None
    if settings.key_file:
        from edigate.transport.certificates import add_certificate  # noqa: PLC0415 - loads cryptography

        add_certificate(found, path, where=f"{where}: {table}.key_file")
    return found


def _private_key(content: bytes, passphrase: Secret | None, where: str) -> PKey:
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


def _decrypted(content: bytes, passphrase: Secret | None, where: str) -> PrivateKeyTypes:
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
            return load(content, passphrase.reveal().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(
            f"{where} names a file that holds no private key we can read, or the passphrase is wrong.",
            hint="Expected an OpenSSH or PEM private key; try: ssh-keygen -y -f KEY",
        ) from None
