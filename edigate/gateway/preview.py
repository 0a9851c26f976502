"""Dry runs: the files a send would make, written where a person can look at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from edigate.errors import StorageError
from edigate.gateway.opening import Gateway
from edigate.gateway.outgoing import preview_ready
from edigate.partners.model import Partner


class Preview(msgspec.Struct, frozen=True):
    """A file written to look at."""

    path: Path
    claims: int
    bytes: int


def write_preview(gateway: Gateway, partner: Partner) -> Iterator[Preview]:
    """Write the files that a send to `partner` would make now into out/; spends and changes nothing."""
    folder = gateway.workspace.out
    for kind in partner.kinds:
        for name, content, claims in preview_ready(gateway, partner, kind):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / name
                path.write_bytes(content)
            except OSError as error:
                raise StorageError(f"{folder} can't be written: {error.strerror}") from error
            yield Preview(path, claims, len(content))
