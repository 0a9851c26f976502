"""What one of our files travels in: as it is, or encrypted for a partner that wants PGP. Sends nothing.

Encrypted once: the same bytes go out however often a sending is begun again, so that what stands at the server tells.
Only where nothing of them can stand there any more, and the settings name other keys by now, they are made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from edigate.gateway.opening import Gateway
from edigate.ledger.carried import Carried, carried_files, carry
from edigate.ledger.outbound import OutboundFile
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.partners.pgp_check import fingerprint
from edigate.pgp import Pgp
from edigate.secret_places import find, place_of

log = get_logger(__name__)


def open_pgp(partner: Partner, root: Path, environ: Mapping[str, str]) -> Pgp:
    """The keys of a partner's `[pgp]`, in the workspace at `root`. Raises ConfigError."""
    assert partner.pgp is not None  # noqa: S101  # who calls has looked
    key = f"partners/{partner.name}.toml: pgp"
    passphrase = find(place_of(partner.pgp, "passphrase", f"{key}.passphrase"), folder=root, environ=environ)
    return Pgp(root / Path(partner.pgp.home).expanduser(), passphrase, key)


def carried_now(gateway: Gateway, files: Iterable[OutboundFile]) -> dict[int, Carried]:
    """What the files travel in since an earlier run, by their id."""
    with gateway.ledger.read() as tx:
        return carried_files(tx, [file.id for file in files])


def content_to_send(
    gateway: Gateway, partner: Partner, file: OutboundFile, before: Carried | None
) -> tuple[bytes, Carried | None]:
    """The bytes that go out for a queued file, and what they are where they are encrypted.

    Raises ConfigError where the settings' keys can't be used, StorageError where the archive's copy is damaged.
    """
    to = fingerprint(partner.pgp.encrypt_to) if partner.pgp is not None else ""
    by = fingerprint(partner.pgp.sign_with) if partner.pgp is not None else ""
    if before is not None and (before.encrypted_to, before.signed_with) == (to, by):
        return gateway.archive.get(before.sha256), before
    content = gateway.archive.get(file.sha256)
    now = None
    if to:
        assert partner.pgp is not None  # noqa: S101  # it has a key to encrypt to
        with open_pgp(partner, gateway.workspace.root, gateway.environ) as pgp:
            content = pgp.encrypt(content, to, by, armor=partner.pgp.armor)
        now = Carried(file.id, gateway.archive.put(content), len(content), to, by)
    if now is not None or before is not None:
        with gateway.ledger.write() as tx:  # before anything of it leaves
            carry(tx, file.id, now)
        log.info("file encrypted", file_id=file.id, partner=partner.name, bytes=len(content))
    return content, now
