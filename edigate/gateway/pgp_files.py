"""Encrypted files among received ones: what is inside becomes a received file of its own, if it opens and is signed.

What came stays as it came. A message that doesn't open, or isn't signed as it must be, is held with the reason, and
tried again by every posting: often it is the keys that must change. Knows no content of what is inside.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import IO

from edigate.errors import DataError, EdigateError, SealedError
from edigate.gateway.carrying import open_pgp
from edigate.gateway.opening import Gateway
from edigate.ledger.inbound import (
    BY_HAND,
    NOT_OPENED,
    InboundFile,
    finish_file,
    inbound_file_by_id,
    inbound_files,
    record_received,
)
from edigate.ledger.records import NewInboundFile
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.partners.pgp_check import fingerprint
from edigate.pgp import Pgp

log = get_logger(__name__)

KIND, OPENED = "PGP", "opened PGP"  # a message held, and one that was opened
INSIDE = "!pgp/"  # stands in the path of what came out of a message
_SUFFIXES = (".pgp", ".gpg", ".asc")
_ARMOR = b"-----BEGIN PGP MESSAGE-----"
# The first byte of a message encrypted to a key (tag 1) or by a passphrase (3), old format and new (RFC 4880, 4.2).
_FIRST = frozenset((*range(0x84, 0x88), *range(0x8C, 0x90), 0xC1, 0xC3))
_PIECE = 1 << 16


def opened_messages(
    gateway: Gateway, waiting: Sequence[InboundFile]
) -> tuple[list[InboundFile], list[EdigateError]]:
    """The files that wait, each message among them replaced by what was in it; and what kept some from being opened.

    Of messages held before, those that open by now are added.
    """
    partners = {one.name: one for one in gateway.workspace.partners()}
    found: list[InboundFile] = []
    troubles: list[EdigateError] = []
    with contextlib.ExitStack() as stack:
        keys = _Keys(gateway, stack)
        for file in (*_held(gateway, partners), *waiting):
            partner = partners.get(file.partner)
            try:
                if partner is None or INSIDE in file.remote_path:
                    found.append(file)
                elif _is_message(gateway, file, partner):
                    found += _open(gateway, file, partner, keys)
                elif partner.pgp is not None and partner.pgp.signed_by and not file.remote_path.startswith(BY_HAND):
                    # A signature that must be there isn't avoided by sending no message at all.
                    _hold(gateway, file, "it isn't signed, and this partner's files must be")
                else:
                    found.append(file)
            except SealedError:  # another run was faster: posting says so
                found.append(file)
            except EdigateError as error:  # of settings or the disk: the file waits for these to be mended
                log.warning("file not opened", file_id=file.id, partner=file.partner, error=error)
                troubles.append(error)
    return found, troubles


class _Keys:
    """Each partner's keys, opened when first needed."""

    def __init__(self, gateway: Gateway, stack: contextlib.ExitStack) -> None:
        self._gateway, self._stack = gateway, stack
        self._opened: dict[str, Pgp] = {}

    def of(self, partner: Partner) -> Pgp:
        if partner.name not in self._opened:
            self._opened[partner.name] = self._stack.enter_context(
                open_pgp(partner, self._gateway.workspace.root, self._gateway.environ)
            )
        return self._opened[partner.name]


def _held(gateway: Gateway, partners: Collection[str]) -> list[InboundFile]:
    with gateway.ledger.read() as tx:
        return [file for file in inbound_files(tx, states=("held",)) if file.kind == KIND and file.partner in partners]


def _hold(gateway: Gateway, file: InboundFile, why: str) -> None:
    reason = f"{NOT_OPENED}{why}"
    if (file.state, file.reason) == ("held", reason):
        return
    with gateway.ledger.write() as tx:
        finish_file(tx, file.id, "held", kind=KIND, reason=reason)
    log.warning("file could not be opened", file_id=file.id, partner=file.partner)


def _is_message(gateway: Gateway, file: InboundFile, partner: Partner) -> bool:
    named = file.name.lower().endswith(_SUFFIXES)
    if not named and (partner.pgp is None or not partner.pgp.decrypt):
        return False
    with gateway.archive.open_stream(file.sha256) as stream:
        head = stream.read(len(_ARMOR) + 4).lstrip(b"\xef\xbb\xbf\r\n\t ")
    # A key or a signature that stands by itself, as text, is no message.
    return head.startswith(_ARMOR) or head[:1] in {bytes([one]) for one in _FIRST} or (
        named and not head.startswith(b"-----BEGIN ")
    )


def _open(gateway: Gateway, file: InboundFile, partner: Partner, keys: _Keys) -> list[InboundFile]:
    try:
        if partner.pgp is None or not partner.pgp.decrypt:
            hint = f"Set `decrypt = true` below [pgp] in partners/{partner.name}.toml."
            raise DataError("it is encrypted with PGP, and this partner's files aren't set to be decrypted", hint=hint)
        signed_by = [fingerprint(one) for one in partner.pgp.signed_by]
        with (
            gateway.archive.open_stream(file.sha256) as stream,
            keys.of(partner).decrypt(stream, signed_by) as content,
        ):
            sha256 = gateway.archive.put_pieces(_pieces(content))
            size = content.tell()
    except DataError as error:
        _hold(gateway, file, " ".join(filter(None, (error.message, error.hint and f"({error.hint})"))))
        return []
    name = file.name[:-4] if file.name.lower().endswith(_SUFFIXES) else file.name
    new = NewInboundFile(
        partner=file.partner, remote_path=f"{file.remote_path}{INSIDE}{name}", name=name, sha256=sha256, size=size
    )
    with gateway.ledger.write() as tx:  # durable before it is read, as what a partner's server gives
        now = inbound_file_by_id(tx, file.id)
        if now is None or now.state not in ("received", "held"):  # another run was faster
            return []
        inside = record_received(tx, new)
        finish_file(tx, file.id, "kept", kind=OPENED, reason=f"it is encrypted: file {inside.id} was taken out of it")
    log.info("file decrypted", file_id=file.id, partner=file.partner, bytes=size)
    return [inside] if inside.state == "received" else []


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    read: Callable[[], bytes] = lambda: content.read(_PIECE)  # noqa: E731  # its type is told so
    yield from iter(read, b"")
