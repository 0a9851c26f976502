"""Raw files by what people call them: an id or a name of a file sent or received, or its SHA-256; one, or many as a
folder with a list beside them. Changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from edigate.archive import HOW_TO_OPEN
from edigate.errors import NoInputError, SealedError, StorageError, UsageError
from edigate.gateway.opening import Gateway
from edigate.gateway.x12_files import new_file
from edigate.ledger.inbound import inbound_files
from edigate.ledger.outbound import outbound_files
from edigate.ledger.purges import purged_files
from edigate.ledger.timeline import inbound_detail, outbound_detail

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
LIST = "files.jsonl"


class Archived(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the archive: `out-12` or `in-7`, what it is called at the partner's, when it left or came."""

    id: str
    partner: str
    name: str
    kind: str
    sha256: str
    bytes: int
    at: datetime | None
    file: str = ""  # where it was written
    purged: str = ""  # when and by which rule, where there is nothing to write any more


def content_of(gateway: Gateway, key: str) -> Iterator[bytes]:
    """The bytes of a file, proved by their hash at the end. Raises NoInputError, StorageError."""
    return gateway.archive.pieces(_sha256_of(gateway, key))


def _sha256_of(gateway: Gateway, key: str) -> str:
    if _SHA256.fullmatch(key):
        return key
    with gateway.ledger.read() as tx:
        received = None if key.startswith("out-") else inbound_detail(tx, key.removeprefix("in-"))
        sent = None if key.startswith("in-") or received else outbound_detail(tx, key.removeprefix("out-"))
    if received is not None:
        return received.file.sha256
    if sent is not None:
        return sent.file.sha256
    raise NoInputError(f"no file has the name or id {key}", hint="`edigate status` and `show claim` tell ids.")


def export(
    gateway: Gateway, folder: Path, *, partner: str = "", kind: str = "", since: datetime | None = None
) -> list[Archived]:
    """Write every file sent or received, of one partner, kind or time on, into a new folder, with a list of them.

    Names are ids: what partners call files may be a patient's name, and stands in the list alone. Raises
    UsageError where the folder holds something, SealedError where some are sealed and no key is here, StorageError;
    files written before that stay.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there and isn't empty", hint="Name a new folder.")
    wanted = [
        one
        for one in _files(gateway)
        if partner in ("", one.partner)
        and kind in ("", one.kind)
        and (since is None or (one.at is not None and one.at >= since))
    ]
    sealed = sum(gateway.archive.is_sealed(one.sha256) for one in wanted if not one.purged)
    if sealed and not gateway.archive.has_keys():
        raise SealedError(f"{sealed} of these {len(wanted)} files are sealed", hint=HOW_TO_OPEN)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} can't be made: {error.strerror}") from error
    found = []
    for one in wanted:
        if one.purged:
            found.append(one)
            continue
        suffix = Path(one.name).suffix
        path = folder / f"{one.id}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        with new_file(path, force=False) as stream:
            stream.writelines(content_of(gateway, one.sha256))
        found.append(msgspec.structs.replace(one, file=path.name))
    with new_file(folder / LIST, force=False) as stream:
        stream.writelines(msgspec.json.encode(one) + b"\n" for one in found)
    return found


def _files(gateway: Gateway) -> Iterator[Archived]:
    with gateway.ledger.read() as tx:
        sent, received = outbound_files(tx), inbound_files(tx)
        words = {sha256: one.words for sha256, one in purged_files(tx).items() if not gateway.archive.exists(sha256)}
    for out in sent:
        yield Archived(
            id=f"out-{out.id}", partner=out.partner, name=out.filename, kind=out.kind, sha256=out.sha256,
            bytes=out.size, at=out.sent_at, purged=words.get(out.sha256, ""),
        )  # fmt: skip
    for one in received:
        yield Archived(
            id=f"in-{one.id}", partner=one.partner, name=one.name, kind=one.kind, sha256=one.sha256, bytes=one.size,
            at=one.received_at, purged=words.get(one.sha256, ""),
        )  # fmt: skip
