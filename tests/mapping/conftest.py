"""What mapping tests share: a small mapping to vary, and a way to run one over text."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import BinaryIO

import pytest

from edigate.mapping.engine import Conversion, load_mapping
from edigate.mapping.program import MappedClaim

VISITS = """\
kind = "professional"
[source]
group_by = "VISIT"
[claim]
patient_control_number = { from = "VISIT" }
subscriber.last_name = { from = "NAME", required = true }
diagnoses = { from = "DX{1..3}", use = "icd" }
[line]
procedure = { from = "CPT", required = true }
charge = { from = "CHARGE", use = "money" }
"""

Convert = Callable[..., tuple[list[MappedClaim], Conversion]]


@pytest.fixture
def visits() -> str:
    """A mapping of a small CSV: VISIT, NAME, DX1 to DX3, CPT, CHARGE."""
    return VISITS


@pytest.fixture
def convert() -> Convert:
    """Converts text: `convert(mapping, content, lookups={"person": "ID,NAME\\n..."})`, all claims at once."""

    def run(
        mapping: str, content: str | bytes, lookups: dict[str, str] | None = None, name: str = "visits.csv"
    ) -> tuple[list[MappedClaim], Conversion]:
        def open_lookup(lookup: str, pattern: str) -> Sequence[tuple[BinaryIO, str]]:
            text = (lookups or {}).get(lookup)
            return [] if text is None else [(io.BytesIO(text.encode()), f"{lookup}.csv")]

        loaded = load_mapping(mapping, "visits.toml", open_lookup)
        data = content.encode() if isinstance(content, str) else content
        conversion = loaded.convert(loaded.read(io.BytesIO(data), name))
        return list(conversion), conversion

    return run
