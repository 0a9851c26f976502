"""The field reference in docs/fields is what the bindings say. `EDIGATE_BLESS=1 pytest tests/documents` writes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edigate.documents.bindings import BINDINGS
from edigate.documents.fields import reference
from edigate.responses.read import Kind

PAGES = Path(__file__).resolve().parents[2] / "docs" / "fields"
TITLES = {
    Kind.X837P: ("The 837P, field by field", "005010X222A1"),
    Kind.X837I: ("The 837I, field by field", "005010X223A2"),
    Kind.X837D: ("The 837D, field by field", "005010X224A2"),
    Kind.X835: ("The 835, field by field", "005010X221A1"),
    Kind.X277CA: ("The 277CA, field by field", "005010X214"),
    Kind.X999: ("The 999, field by field", "005010X231A1"),
    Kind.TA1: ("The TA1, field by field", "X12.5"),
}


@pytest.mark.parametrize("kind", TITLES, ids=lambda kind: kind.value)
def test_the_page_is_what_the_binding_says(kind: Kind) -> None:
    title, guide = TITLES[kind]
    table = BINDINGS[kind](guide).table
    page = PAGES / f"{kind.value.lower()}.md"
    made = reference(title, guide, table)
    if os.environ.get("EDIGATE_BLESS"):
        PAGES.mkdir(exist_ok=True)
        page.write_text(made, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == made, "run EDIGATE_BLESS=1 pytest tests/documents, and read the change"


def test_every_binding_has_its_page() -> None:
    # a 997 is read by the 999's table, so its page is the 999's
    assert set(BINDINGS) - {Kind.X997} == set(TITLES)


def test_a_page_leads_from_an_element_to_its_field() -> None:
    page = (PAGES / "835.md").read_text(encoding="utf-8")
    assert "| `trace_number` | TRN02 |" in page
    assert "REF01 is 6R" in page
