"""Host keys as a partner's file has them: parsed, compared, shown as fingerprints. Opens no connection."""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec

from edigate.errors import ConfigError

# What can be pinned, and the signature algorithms to ask the server for: never RSA with SHA-1.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}


class HostKey(msgspec.Struct, frozen=True):
    """A server's public key: its type and the bytes that are compared."""

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` shows it: `ssh-ed25519 SHA256:...`."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")
        return f"{self.kind} SHA256:{digest}"

    @property
    def line(self) -> str:
        """As it is written into a partner's file."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"


def parse_host_key(line: str, where: str) -> HostKey:
    """A pinned line, `ssh-ed25519 AAAA...` with or without a comment. Raises ConfigError naming `where`."""
    kind, _, rest = line.strip().partition(" ")
    if kind not in SIGNATURES:
        first, _, _ = rest.partition(" ")
        raise ConfigError(
            f"{where} begins with {kind!r}, which is no key type we can pin.",
            hint=f"Leave the host's name out: begin with {first}."
            if first in SIGNATURES
            else f"Expected a line like `ssh-ed25519 AAAA...`; types: {', '.join(SIGNATURES)}.",
        )
    encoded, _, _ = rest.strip().partition(" ")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    # The blob repeats its type (RFC 4253, 6.6): a line put together from two keys shows here.
    if not blob.startswith(len(kind).to_bytes(4) + kind.encode()):
        raise ConfigError(
            f"{where} isn't a whole {kind} key.",
            hint="Copy the line again, in one piece, from the partner's documentation or `ssh-keyscan`.",
        )
    return HostKey(kind, blob)


def signature_algorithms(keys: tuple[HostKey, ...]) -> tuple[str, ...]:
    """What to ask the server to prove itself with: only what a pinned key could answer, our best first."""
    kinds = {key.kind for key in keys}
    return tuple(name for kind, names in SIGNATURES.items() if kind in kinds for name in names)
