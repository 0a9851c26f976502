"""Which algorithms an SSH session may use: modern ones by default, an old one where a partner's file names it.

The old ones are in a table with what paramiko lacks of them: it has dropped SHA-1 altogether, and many a
clearinghouse's server hasn't. Nothing here is ever chosen where the server has something better.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
from cryptography.hazmat.primitives import hashes
from paramiko.kex_gex import KexGexSHA256  # type: ignore[import-untyped]  # as above
from paramiko.kex_group14 import KexGroup14SHA256  # type: ignore[import-untyped]  # as above

from edigate.errors import PartnerError
from edigate.partners.model import OLD_ALGORITHMS
from edigate.transport.base import printable

# Authenticated encryption first, and it is several times faster than paramiko's default of CTR with
# a MAC apart. Whatever paramiko would still add (CBC, 3DES, MD5, SHA-1) is left out.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)


class _Group14Sha1(KexGroup14SHA256):  # type: ignore[misc]  # paramiko ships no types
    """RFC 4253, 8.2."""

    name = "diffie-hellman-group14-sha1"
    hash_algo = hashlib.sha1


class _Group1Sha1(_Group14Sha1):
    """RFC 4253, 8.1: the prime of 1024 bits is Oakley group 2's (RFC 2409, 6.2)."""

    name = "diffie-hellman-group1-sha1"
    P = int(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
        "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
        16,
    )


class _GroupExchangeSha1(KexGexSHA256):  # type: ignore[misc]  # paramiko ships no types
    """RFC 4419."""

    name = "diffie-hellman-group-exchange-sha1"
    hash_algo = hashlib.sha1


class _RsaSha1(paramiko.RSAKey):  # type: ignore[misc]  # paramiko ships no types
    """An RSA key that also signs, and takes signatures, with SHA-1 (RFC 4253, 6.6)."""

    HASHES = {**paramiko.RSAKey.HASHES, "ssh-rsa": hashes.SHA1}


_OLD_EXCHANGES = {kex.name: kex for kex in (_Group14Sha1, _GroupExchangeSha1, _Group1Sha1)}


class Transport(paramiko.Transport):  # type: ignore[misc]  # paramiko ships no types
    """paramiko's, with our algorithms and what a partner allows besides. Remembers what the server offers."""

    def __init__(self, line: object, *, host_key_algorithms: tuple[str, ...], allowed: Iterable[str]) -> None:
        self._allowed = frozenset(allowed)
        # Of the class in paramiko: copies of this session's own, for what it allows to stay with it.
        self._kex_info = {**paramiko.Transport._kex_info, **_OLD_EXCHANGES}
        self._key_info = {**paramiko.Transport._key_info}
        if "ssh-rsa" in self._allowed:
            self._key_info |= dict.fromkeys(("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"), _RsaSha1)
        self.offered: dict[str, tuple[str, ...]] = {}
        super().__init__(line)
        own = paramiko.Transport
        self._preferred_kex = self._with_old(own._preferred_kex, _OLD_EXCHANGES)
        self._preferred_ciphers = self._with_old(CIPHERS, own._cipher_info)
        self._preferred_macs = self._with_old(MACS, own._mac_info)
        self._preferred_keys = self._with_old(host_key_algorithms, ("ssh-rsa",) if _rsa(host_key_algorithms) else ())

    def _with_old(self, modern: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
        """The modern ones first, and after all of them what the partner allows."""
        first = tuple(modern)
        return first + tuple(name for name in known if name in self._allowed and name not in first)

    @property
    def preferred_pubkeys(self) -> tuple[str, ...]:
        """What our own key may sign with. A server that doesn't say what it takes is older than RSA with SHA-2."""
        modern: tuple[str, ...] = tuple(super().preferred_pubkeys)
        if "ssh-rsa" not in self._allowed:
            return modern
        return (*modern, "ssh-rsa") if "server-sig-algs" in self.server_extensions else ("ssh-rsa", *modern)

    def _really_parse_kex_init(
        self, message: paramiko.Message, ignore_first_byte: bool = False
    ) -> dict[str, list[str]]:
        parsed: dict[str, list[str]] = super()._really_parse_kex_init(message, ignore_first_byte)
        if not ignore_first_byte:  # else it is our own
            self.offered = {
                "key exchange": tuple(parsed["kex_algo_list"]),
                "host key": tuple(parsed["server_key_algo_list"]),
                "cipher": tuple(parsed["client_encrypt_algo_list"]),
                "MAC": tuple(parsed["client_mac_algo_list"]),
            }
        return parsed

    def lacking(self, peer: str) -> PartnerError:
        """What the server has nothing of that we take, what it has instead, and what could be allowed."""
        ours = {
            "key exchange": self._preferred_kex,
            "host key": self._preferred_keys,
            "cipher": self._preferred_ciphers,
            "MAC": self._preferred_macs,
        }
        for sort, names in ours.items():
            theirs = self.offered.get(sort, ())
            if theirs and not set(theirs) & set(names):
                known = [name for name in theirs if name in OLD_ALGORITHMS]
                allow = ", ".join(f'"{name}"' for name in known[:1])
                return PartnerError(
                    f"{peer} has no {sort} algorithm that edigate takes; it offers {printable(', '.join(theirs))}.",
                    hint="Ask the partner for a newer server. Where there is none: "
                    f"sftp.allow_algorithms = [{allow}] allows the old one, for this partner only."
                    if known
                    else "Ask the partner which other algorithms its server can be made to offer.",
                )
        return PartnerError(
            f"{peer} and edigate have no algorithm in common.",
            hint="The server is too old or too strict; ask the partner which algorithms it takes.",
        )


def signing_key(key: paramiko.PKey, allowed: Iterable[str]) -> paramiko.PKey:
    """Our own key, able to sign with SHA-1 where that is allowed."""
    if "ssh-rsa" not in allowed or type(key) is not paramiko.RSAKey:
        return key
    old = _RsaSha1(key=key.key)
    old.public_blob = key.public_blob
    return old


def _rsa(names: Iterable[str]) -> bool:
    return any(name.startswith("rsa-") for name in names)
