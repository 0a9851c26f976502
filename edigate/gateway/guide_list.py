"""The guides edigate knows, as a list to show: where each is from, its names, its corrections with reasons."""

from __future__ import annotations

from typing import Any

from edigate.documents.bindings import BINDINGS
from edigate.responses.read import kind_of
from edigate.x12 import corrections
from edigate.x12.envelope import Interchange, TransactionSet
from edigate.x12.guide import Correction, KnownGuide, known_guides
from edigate.x12.segments import Delimiters, Segment


def listed_guides(version: str = "") -> list[dict[str, Any]]:
    """Every guide, or those a sender may mean by `version`; the guide of the table first."""
    wanted = version.strip().upper()
    rows = corrections.read(corrections.shipped_text(), file="corrections.toml")
    listed = []
    for known in known_guides():
        names = (known.version, *(alias.version for alias in known.alias))
        if wanted and wanted not in names:
            continue
        listed.append(
            {
                "version": known.version,
                "functional_id": known.functional_id,
                "transaction_set": known.transaction_set,
                "title": known.title,
                "source": f"{known.origin}: {known.map}",
                "decoded_as": _decoded_as(known),
                "aliases": [{"version": alias.version, "because": alias.because} for alias in known.alias],
                "corrections": [
                    {"at": row.at, "change": _change(row), "because": row.because}
                    for row in rows
                    if row.guide == known.version
                ],
            }
        )
    return listed


def _decoded_as(known: KnownGuide) -> str:
    if known.transaction_set == "ISA":
        return "envelope"
    header = Segment(["ST", known.transaction_set, "", known.version])
    nowhere = Interchange((), Delimiters(), 0)
    bound = kind_of(TransactionSet(header, nowhere, None, 1, iter(()))) in BINDINGS
    return "records" if bound else "segments"


_USAGE = {"R": "required", "S": "may be left out", "N": "not used"}


def _change(row: Correction) -> str:
    """What a correction makes of its place, in words."""
    said = [
        _USAGE[row.usage] if row.usage else "",
        _times(row.repeat, "repeats"),
        _times(row.max_use, "stands"),
        f"also {', '.join(code or 'nothing' for code in row.add_codes)}" if row.add_codes else "",
        "any code" if row.any_code else "",
        f"up to {row.max_length} characters" if row.max_length is not None else "",
    ]
    return ", ".join(filter(None, said)) or "changed"


def _times(count: int | None, verb: str) -> str:
    if count is None:
        return ""
    return f"{verb} up to {count} times" if count else f"{verb} without limit"
