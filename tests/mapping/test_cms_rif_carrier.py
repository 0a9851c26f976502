"""CMS's synthetic carrier extract: every row in a claim made, or in one refused with row, column and reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import pytest

from edigate.mapping.engine import Conversion, load_mapping
from edigate.mapping.program import MappedClaim

ROOT = Path(__file__).parents[2]
MAPPING = ROOT / "mappings" / "cms-rif-carrier.toml"
EXTRACT = ROOT.parent / "shared" / "inputs" / "cms-rif"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not EXTRACT.is_dir(), reason="the CMS extract is not beside the repository"),
]


def convert(
    extra: dict[str, str] | None = None, change: tuple[str, str] | None = None
) -> tuple[list[MappedClaim], Conversion]:
    """Convert the extract, with files of our own beside it where the test has any."""

    def open_lookup(name: str, pattern: str) -> Sequence[tuple[BinaryIO, str]]:
        if extra and name in extra:
            return [(io.BytesIO(extra[name].encode()), f"{name}.csv")]
        for folder in (EXTRACT, MAPPING.parent):
            if found := sorted(folder.glob(pattern)):
                return [(path.open("rb"), path.name) for path in found]
        return []

    mapping = load_mapping(MAPPING.read_text(encoding="utf-8"), MAPPING.name, open_lookup)
    data = (EXTRACT / "carrier.csv").read_bytes()
    if change:
        data = data.replace(change[0].encode(), change[1].encode(), 1)
    conversion = mapping.convert(mapping.read(io.BytesIO(data), "carrier.csv"))
    return list(conversion), conversion


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (EXTRACT / "carrier.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="|"))


def coding(rows: list[dict[str, str]], *, units: bool = True) -> str:
    """What a coder would hand in: codes and units for the lines that have none. Made up, like the people."""
    lines = ["CLM_ID,LINE_NUM,HCPCS_CD,HCPCS_1ST_MDFR_CD,HCPCS_2ND_MDFR_CD,LINE_SRVC_CNT"]
    for row in rows:
        code = "" if row["HCPCS_CD"].strip() else "99213"
        count = "1" if units and row["LINE_SRVC_CNT"] == "0" else ""
        if code or count:
            lines.append(f"{row['CLM_ID']},{row['LINE_NUM']},{code},,,{count}")
    return "\n".join(lines) + "\n"


def test_as_it_is_every_row_is_refused_with_row_column_and_reason(rows: list[dict[str, str]]) -> None:
    mapped, conversion = convert()
    accounting = conversion.accounting
    assert accounting.rows_read == len(rows) == 221
    assert accounting.rows_made + accounting.rows_refused == 221
    assert sum(one.rows.count for one in mapped) == 221
    assert [one.claim for one in mapped] == [None] * 37
    found = [(f.code, f.sources[0].row, f.sources[0].column) for one in mapped for f in one.findings]
    blank = {(row, column) for code, row, column in found if code == "mapping-required"}
    assert blank == {(n, "HCPCS_CD") for n, row in enumerate(rows, 2) if not row["HCPCS_CD"].strip()}
    units = {(row, column) for code, row, column in found if code == "mapping-value"}
    assert units == {(n, "LINE_SRVC_CNT") for n, row in enumerate(rows, 2) if row["LINE_SRVC_CNT"] == "0"}
    assert len(units) == 21
    assert {code for code, _, _ in found} == {"mapping-required", "mapping-value"}
    (first,) = [f for f in mapped[0].findings if f.sources[0].row == 2]
    assert first.message == (
        "carrier.csv row 2, column HCPCS_CD and coding.csv, column HCPCS_CD are blank;"
        " a professional line needs a procedure code"
    )


def test_with_what_a_coder_supplies_every_claim_is_made(rows: list[dict[str, str]]) -> None:
    mapped, conversion = convert({"coding": coding(rows)})
    assert (conversion.accounting.encounters_made, conversion.accounting.rows_made) == (37, 221)
    assert [f for one in mapped for f in one.findings] == []
    totals: dict[str, Decimal] = {}
    for row in rows:
        totals[row["CLM_ID"]] = totals.get(row["CLM_ID"], Decimal(0)) + Decimal(row["LINE_SBMTD_CHRG_AMT"])
    assert {one.key: one.claim.total_charge for one in mapped if one.claim} == totals
    for one in mapped:
        claim = one.claim
        assert claim is not None
        assert claim.subscriber is not None
        assert claim.billing_provider is not None
        assert claim.billing_provider.address is not None
        assert len(claim.billing_provider.address.postal_code) == 9
        assert claim.subscriber.address is None
        assert len(claim.subscriber.member_id) == 11
        assert claim.diagnoses[0].qualifier == "ABK"
        assert len({d.code for d in claim.diagnoses}) == len(claim.diagnoses)
        assert all(line.diagnosis_pointers for line in claim.service_lines)


def test_codes_without_units_still_refuse_the_claims_of_zero_units(rows: list[dict[str, str]]) -> None:
    _, conversion = convert({"coding": coding(rows, units=False)})
    assert conversion.accounting.encounters_refused == 21
    assert conversion.accounting.rows_made == 200


def test_the_newest_year_of_a_person_counts_and_the_trace_says_which(rows: list[dict[str, str]]) -> None:
    mapped, _ = convert({"coding": coding(rows)})
    (source,) = mapped[0].trace.sources("subscriber.last_name")
    assert (source.file, source.column) == ("beneficiary_2021.csv", "BENE_SRNM_NAME")
    (code,) = mapped[0].trace.sources("service_lines[2].procedure")
    assert (code.file, code.row) == ("coding.csv", 4)


def test_an_address_from_the_front_desk_is_completed_by_the_extract(rows: list[dict[str, str]]) -> None:
    registration = "BENE_ID,LINE1,CITY\n-1000006,1 Example St,Acton\n"
    mapped, _ = convert({"coding": coding(rows), "registration": registration})
    claim = mapped[0].claim
    assert claim is not None
    assert claim.subscriber is not None
    assert claim.subscriber.address is not None
    assert (claim.subscriber.address.state, claim.subscriber.address.postal_code) == ("MA", "01730")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("|-100000486|-100000793|F|", "|-100000486|-100000793|N|", "not the final version"),
        ("INSERT|-1000006|-100000486|", "DELETE|-1000006|-100000486|", "was deleted"),
    ],
)
def test_a_superseded_or_deleted_claim_is_refused(rows: list[dict[str, str]], old: str, new: str, reason: str) -> None:
    mapped, conversion = convert({"coding": coding(rows)}, (old, new))
    (refused,) = [one for one in mapped if one.claim is None]
    assert (refused.key, refused.findings[0].code) == ("-100000486", "mapping-refused")
    assert reason in refused.findings[0].message
    assert conversion.accounting.balanced
