"""CMS's institutional layouts with made-up stays: what becomes of totals, versions, corrections, other payers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import pytest

from edigate.claims.model import Claim, Occurrence, OccurrenceSpan, Procedure, ValueCode
from edigate.mapping.engine import Conversion, load_mapping
from edigate.mapping.program import MappedClaim

MAPPINGS = Path(__file__).parents[2] / "mappings"

STAY = {
    "FINAL_ACTION": "F", "DML_IND": "INSERT", "CLM_ID": "-77", "BENE_ID": "-7", "CLM_FROM_DT": "19-Mar-2017",
    "CLM_THRU_DT": "22-Mar-2017", "CLM_ADMSN_DT": "19-Mar-2017", "CLM_FAC_TYPE_CD": "1",
    "CLM_SRVC_CLSFCTN_TYPE_CD": "1", "CLM_FREQ_CD": "1", "PTNT_DSCHRG_STUS_CD": "1", "CLM_IP_ADMSN_TYPE_CD": "3",
    "CLM_SRC_IP_ADMSN_CD": "1", "CLM_TOT_CHRG_AMT": "5200.00", "ORG_NPI_NUM": "8886688802",
    "AT_PHYSN_NPI": "9999999797", "PRVDR_STATE_CD": "22", "PRNCPAL_DGNS_CD": "C188", "PRNCPAL_DGNS_VRSN_CD": "0",
    "ADMTG_DGNS_CD": "R109", "ICD_DGNS_CD1": "I10", "ICD_DGNS_VRSN_CD1": "0", "CLM_POA_IND_SW1": "N",
    "ICD_DGNS_CD2": "C188", "ICD_DGNS_VRSN_CD2": "0", "CLM_POA_IND_SW2": "Y", "CLM_UTLZTN_DAY_CNT": "3",
}  # fmt: skip
ROOM = {"CLM_LINE_NUM": "1", "REV_CNTR": "0120", "REV_CNTR_UNIT_CNT": "3", "REV_CNTR_TOT_CHRG_AMT": "4200.00"}
TEST = {"CLM_LINE_NUM": "2", "REV_CNTR": "0300", "HCPCS_CD": "80053", "REV_CNTR_UNIT_CNT": "2",
        "REV_CNTR_TOT_CHRG_AMT": "1000.00", "REV_CNTR_NCVRD_CHRG_AMT": "40.00"}  # fmt: skip
TOTAL = {"CLM_LINE_NUM": "3", "REV_CNTR": "0001", "REV_CNTR_UNIT_CNT": "0", "REV_CNTR_TOT_CHRG_AMT": "5200.00"}

PEOPLE = (
    "BENE_ID|BENE_SRNM_NAME|BENE_GVN_NAME|BENE_MDL_NAME|MBI_NUM|BENE_BIRTH_DT|BENE_SEX_IDENT_CD|DEATH_DT|STATE_CODE"
    "|BENE_ZIP_CD\n-7|Ostrander|Philippa||1EG4TE5MK73|02-May-1941|2||22|2332\n"
)


def convert(
    name: str, *lines: dict[str, str], extra: object = None, **changes: str
) -> tuple[MappedClaim, Conversion]:
    """One stay of these lines, by the mapping for an extract, with the shipped tables of providers and contractors."""
    more = extra if isinstance(extra, dict) else {}  # named apart from the stay's cells, which are texts
    (mapped,), conversion = convert_rows(name, [STAY | changes | line for line in lines], more)
    return mapped, conversion


def convert_rows(
    name: str, rows: list[dict[str, str]], extra: dict[str, str]
) -> tuple[list[MappedClaim], Conversion]:
    files = {"person": PEOPLE, **extra}

    def open_lookup(lookup: str, pattern: str) -> Sequence[tuple[BinaryIO, str]]:
        if lookup in files:
            return [(io.BytesIO(files[lookup].encode()), f"{lookup}.csv")]
        return [(path.open("rb"), path.name) for path in sorted(MAPPINGS.glob(pattern))]

    path = MAPPINGS / f"cms-rif-{name}.toml"
    mapping = load_mapping(path.read_text(encoding="utf-8"), path.name, open_lookup)
    columns = sorted(mapping.columns())
    text = "\n".join("|".join(row.get(column, "") for column in columns) for row in rows)
    content = f"{'|'.join(columns)}\n{text}\n".encode()
    conversion = mapping.convert(mapping.read(io.BytesIO(content), f"{name}.csv"))
    return list(conversion), conversion


def made(mapped: MappedClaim) -> Claim:
    assert mapped.claim is not None, [finding.message for finding in mapped.findings]
    return mapped.claim


def test_a_stay_with_its_row_of_totals() -> None:
    mapped, conversion = convert("inpatient", ROOM, TEST, TOTAL)
    claim = made(mapped)
    assert mapped.findings == ()
    assert (conversion.accounting.rows_made, len(claim.service_lines)) == (3, 2)
    assert (claim.kind, claim.facility_type, claim.frequency_code) == ("institutional", "11", "1")
    assert claim.total_charge == sum(line.charge or 0 for line in claim.service_lines) == Decimal(5200)
    room, test = claim.service_lines
    assert (room.revenue_code, room.unit, room.units, room.procedure, room.non_covered_charge) == (
        "0120", "DA", Decimal(3), "", None
    )  # fmt: skip
    assert (test.unit, test.procedure, test.non_covered_charge) == ("UN", "80053", Decimal(40))
    assert (claim.admission_type, claim.admission_source, claim.patient_status) == ("3", "1", "01")
    assert claim.payer is not None
    assert claim.payer.payer_id == "14211"  # Massachusetts, from the contractors' table
    assert claim.value_codes == [ValueCode(code="80", amount=Decimal(3))]


def test_the_principal_diagnosis_takes_its_indicator_from_the_numbered_columns() -> None:
    claim = made(convert("inpatient", ROOM)[0])
    assert [(d.code, d.qualifier, d.present_on_admission) for d in claim.diagnoses] == [
        ("C188", "ABK", "Y"), ("I10", "ABF", "N")
    ]  # fmt: skip
    assert claim.admitting_diagnosis is not None
    assert (claim.admitting_diagnosis.code, claim.admitting_diagnosis.qualifier) == ("R109", "ABJ")


def test_an_indicator_that_says_exempt_is_left_out() -> None:
    claim = made(convert("inpatient", ROOM, CLM_POA_IND_SW1="1")[0])
    assert claim.diagnoses[1].present_on_admission == ""


def test_icd_9_has_qualifiers_of_its_own() -> None:
    claim = made(
        convert(
            "inpatient", ROOM, PRNCPAL_DGNS_CD="1536", PRNCPAL_DGNS_VRSN_CD="9", ICD_DGNS_CD1="4019",
            ICD_DGNS_VRSN_CD1="9", ICD_DGNS_CD2="", ICD_PRCDR_CD1="4573", ICD_PRCDR_VRSN_CD1="9",
            PRCDR_DT1="20-Mar-2014", ADMTG_DGNS_CD="", FST_DGNS_E_CD="E8881", FST_DGNS_E_VRSN_CD="9",
        )[0]
    )  # fmt: skip
    assert [d.qualifier for d in claim.diagnoses] == ["BK", "BF"]
    assert claim.procedures == [Procedure(code="4573", qualifier="BR", date=date(2014, 3, 20))]
    assert [(c.code, c.qualifier) for c in claim.external_causes] == [("E8881", "BN")]


def test_who_operated_is_said_where_there_is_an_operation() -> None:
    quiet = made(convert("inpatient", ROOM, OP_PHYSN_NPI="9999994996")[0])
    assert quiet.operating_physician is None
    operated = {"ICD_PRCDR_CD1": "0DTN0ZZ", "ICD_PRCDR_VRSN_CD1": "0", "PRCDR_DT1": "20-Mar-2017"}
    claim = made(convert("inpatient", ROOM, OP_PHYSN_NPI="9999994996", **operated)[0])
    assert claim.operating_physician is not None
    assert claim.operating_physician.last_name == "MARCHETTI"
    assert claim.procedures[0].qualifier == "BBR"


def test_a_provider_of_no_name_counts_only_where_the_claim_says_them() -> None:
    unknown = {"OP_PHYSN_NPI": "9999051003", "RNDRNG_PHYSN_NPI": "9999797000"}
    made(convert("inpatient", ROOM, OP_PHYSN_NPI="9999051003", RNDRNG_PHYSN_NPI="9999999797")[0])
    operated = {"ICD_PRCDR_CD1": "0DTN0ZZ", "PRCDR_DT1": "20-Mar-2017"}
    mapped, _ = convert("inpatient", ROOM, **unknown, **operated)
    assert mapped.claim is None
    assert [(f.field, f.message.partition("; ")[2]) for f in mapped.findings] == [
        ("operating_physician.last_name", "the table of providers names nobody of this NPI"),
        ("service_lines[0].rendering_provider.last_name", "the table of providers names nobody of this NPI"),
    ]


def test_a_procedure_without_its_day_is_told_with_its_column() -> None:
    mapped, _ = convert("inpatient", ROOM, ICD_PRCDR_CD2="0DTN0ZZ", ICD_PRCDR_VRSN_CD2="0")
    assert mapped.claim is None
    assert [f.sources[0].column for f in mapped.findings] == ["PRCDR_DT2"]


def test_a_correction_quotes_the_claim_it_replaces() -> None:
    claim = made(convert("inpatient", ROOM, CLM_FREQ_CD="7", FI_ORIG_CLM_CNTL_NUM="21708000001")[0])
    assert (claim.frequency_code, claim.payer_claim_control_number) == ("7", "21708000001")


def test_the_front_desks_hours_and_the_coders_line_count_before_the_extracts() -> None:
    stays = (
        "CLM_ID,ADMISSION_HOUR,DISCHARGE_HOUR,ADMISSION_TYPE,ADMISSION_SOURCE,ADMITTING_DIAGNOSIS\n-77,08,1430,1,,R110\n"
    )
    coding = (
        "CLM_ID,CLM_LINE_NUM,REV_CNTR,HCPCS_CD,HCPCS_1ST_MDFR_CD,HCPCS_2ND_MDFR_CD,REV_CNTR_UNIT_CNT,"
        "REV_CNTR_TOT_CHRG_AMT,REV_CNTR_NCVRD_CHRG_AMT\n-77,1,0110,,,,4,,\n"
    )
    claim = made(convert("inpatient", ROOM, extra={"stay": stays, "coding": coding})[0])
    assert (claim.admission_hour, claim.discharge_hour) == (time(8), time(14, 30))
    assert (claim.admission_type, claim.admission_source) == ("1", "1")
    assert claim.admitting_diagnosis is not None
    assert claim.admitting_diagnosis.code == "R110"
    (line,) = claim.service_lines
    assert (line.revenue_code, line.units, line.charge) == ("0110", Decimal(4), Decimal(4200))


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"NCH_PRMRY_PYR_CD": "A"}, "mapping-refused", "another payer is primary"),
        ({"ORG_NPI_NUM": "8886688803"}, "mapping-lookup-missing", "isn't in cms-rif-providers.csv"),
        ({"PRVDR_STATE_CD": "99"}, "mapping-required", "a claim needs its payer's id"),
        ({"PRNCPAL_DGNS_CD": ""}, "mapping-refused", "needs its principal diagnosis"),
        ({"CLM_THRU_DT": ""}, "mapping-required", "an institutional claim needs a last day of its statement"),
    ],
)
def test_what_cant_honestly_be_made_is_refused(changes: dict[str, str], code: str, said: str) -> None:
    mapped, conversion = convert("inpatient", ROOM, TEST, TOTAL, **changes)
    assert mapped.claim is None
    assert conversion.accounting.rows_refused == 3
    assert code in {finding.code for finding in mapped.findings}
    assert any(said in finding.message and finding.sources for finding in mapped.findings)


def test_a_category_of_an_external_cause_is_left_out_and_told_once() -> None:
    mapped, _ = convert("inpatient", ROOM, TEST, FST_DGNS_E_CD="W19", ICD_DGNS_E_CD1="Y95", ICD_DGNS_E_CD2="W010XXA")
    assert [cause.code for cause in made(mapped).external_causes] == ["Y95", "W010XXA"]
    assert [(f.code, f.sources[0].column) for f in mapped.findings] == [("mapping-warned", "FST_DGNS_E_CD")]


def test_a_skilled_nursing_stay_says_what_qualified_for_it() -> None:
    claim = made(
        convert(
            "snf", ROOM, CLM_FAC_TYPE_CD="2", NCH_QLFYD_STAY_FROM_DT="10-Mar-2017",
            NCH_QLFYD_STAY_THRU_DT="19-Mar-2017", NCH_BENE_MDCR_BNFTS_EXHTD_DT_I="22-Mar-2017",
        )[0]
    )  # fmt: skip
    assert claim.facility_type == "21"
    assert claim.occurrence_spans == [OccurrenceSpan(code="70", start=date(2017, 3, 10), end=date(2017, 3, 19))]
    assert claim.occurrences == [Occurrence(code="A3", date=date(2017, 3, 22))]


def test_an_outpatient_line_needs_its_day_and_says_its_drug() -> None:
    drug = TEST | {
        "REV_CNTR_DT": "19-Mar-2017", "HCPCS_CD": "J1885", "REV_CNTR_IDE_NDC_UPC_NUM": "00409379501",
        "REV_CNTR_NDC_QTY": "1.5", "REV_CNTR_NDC_QTY_QLFR_CD": "ML",
    }  # fmt: skip
    claim = made(convert("outpatient", drug, CLM_SRVC_CLSFCTN_TYPE_CD="3", RSN_VISIT_CD1="R109")[0])
    (line,) = claim.service_lines
    assert (line.service_date, line.national_drug_code, line.drug_quantity, line.drug_unit) == (
        date(2017, 3, 19), "00409379501", Decimal("1.5"), "ML"
    )  # fmt: skip
    assert [(r.code, r.qualifier) for r in claim.visit_reasons] == [("R109", "APR")]
    assert (claim.admission_type, claim.admission_source) == ("9", "9")
    undated, _ = convert("outpatient", TEST)
    assert undated.claim is None
    assert undated.findings[0].field == "service_lines[0].service_date"


def test_home_health_and_hospice_go_to_their_own_contractor() -> None:
    visit = TEST | {"REV_CNTR": "0551", "REV_CNTR_DT": "20-Mar-2017"}
    home = made(convert("hha", visit, CLM_FAC_TYPE_CD="3", CLM_SRVC_CLSFCTN_TYPE_CD="3", CLM_FREQ_CD="9")[0])
    hospice = made(
        convert("hospice", visit, CLM_FAC_TYPE_CD="8", CLM_HOSPC_START_DT_ID="19-Mar-2017", FI_NUM="99999")[0]
    )
    assert home.payer is not None
    assert hospice.payer is not None
    assert (home.payer.payer_id, hospice.payer.payer_id) == ("14014", "99999")
    assert hospice.admission_date == date(2017, 3, 19)


BROKEN = ("", "0", "-1", "1e9", "abc", "é", "99-Foo-2020", "0001", "\x01", "9" * 30, "W19", '"')


def test_whatever_stands_in_a_cell_is_made_or_told_and_can_be_explained() -> None:
    """One cell of each stay is broken, each in each way."""
    whole = STAY | ROOM
    stays = [
        whole | {"CLM_ID": f"-{number}"} | ({} if column == "CLM_ID" else {column: text})
        for number, (column, text) in enumerate([(column, text) for column in whole for text in BROKEN], 1)
    ]
    mapped, conversion = convert_rows("inpatient", stays, {})
    assert conversion.accounting.rows_read == conversion.accounting.rows_made + conversion.accounting.rows_refused
    assert conversion.accounting.encounters_made > len(BROKEN)  # those whose broken cell was CLM_ID, at least
    for one in mapped:
        errors = [finding for finding in one.findings if finding.severity == "error"]
        assert (one.claim is None) == bool(errors)
        assert all(finding.message and finding.sources for finding in errors)
        assert all(step.field for step in one.trace.steps())
