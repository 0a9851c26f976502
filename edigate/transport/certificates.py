"""OpenSSH certificates beside a key (`KEY-cert.pub`): read, held to be ours and valid, given along with the key.

What a certificate allows is the server's to judge; that it can't work, because it is another key's, a host's or
out of date, is told here before anything is sent. Never tries the bare key instead: one login, one attempt.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import ssh

from edigate.errors import ConfigError

_FOR_EVER = 2**64 - 1


def certificate_path(key_file: Path) -> Path:
    """Where OpenSSH looks, too: `id_ed25519-cert.pub` beside `id_ed25519` or `id_ed25519.pub`."""
    return key_file.with_name(key_file.name.removesuffix(".pub") + "-cert.pub")


def add_certificate(key: paramiko.PKey, key_file: Path, *, where: str) -> None:
    """Have `key` logged in with the certificate beside its file, if there is one. Raises ConfigError."""
    path = certificate_path(key_file)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"{where}: its certificate {path} can't be read: {error.strerror}.") from None
    try:
        certificate = ssh.load_ssh_public_identity(content)
    except (ValueError, UnsupportedAlgorithm):
        certificate = None
    if not isinstance(certificate, ssh.SSHCertificate):
        raise ConfigError(f"{where}: {path} holds no OpenSSH certificate we can read.", hint="ssh-keygen -L -f FILE")
    trouble = _trouble(certificate, key)
    if trouble:
        raise ConfigError(
            f"{where}: its certificate {path} {trouble}.",
            hint="Ask whoever signs your keys for a new one, or move it away to log in with the key alone.",
        )
    key.load_certificate(content.decode("ascii"))


def _trouble(certificate: ssh.SSHCertificate, key: paramiko.PKey) -> str:
    if certificate.type is not ssh.SSHCertificateType.USER:
        return "is a host's, not a user's"
    public = ssh.serialize_ssh_public_key(certificate.public_key()).split()[1].decode()
    if public != key.get_base64():
        return "is another key's"
    now = time.time()
    if now < certificate.valid_after:
        return f"isn't valid before {_day(certificate.valid_after)}"
    if certificate.valid_before != _FOR_EVER and now >= certificate.valid_before:
        return f"ran out on {_day(certificate.valid_before)}"
    return ""


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
