"""Documents: a set as JSON and back is the same set; what can't be said in X12 is refused before it is lost."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edigate.documents.bindings import BINDINGS, reading_of
from edigate.documents.decode import DocumentReader, document_json, line_json, same_elements
from edigate.documents.encode import DocumentWriter, Wishes, read_documents
from edigate.documents.tables import TableWriter
from edigate.errors import DataError
from edigate.x12.segments import Delimiters, SegmentReader
from edigate.x12.validate import validate
from tests.x12.samples import (
    ANSWER,
    CLAIM,
    FIXTURE_FILES,
    FIXTURES,
    PAYMENT,
    corpus_files,
    fixture_name,
    needs_corpus,
)

CHILD = (FIXTURES / "005010X222A1" / "accept" / "patient_is_child.x12").read_bytes()
# There is a guide for it, and no binding. It is only well formed.
ENROLMENT = CHILD[: CHILD.index(b"GS*")] + (
    b"GS*BE*A1*B1*20240105*0930*1*X*005010X220A1~ST*834*0001*005010X220A1~BGN*00*B1*20240105*0930****2~"
    b"N1*P5*SAMPLE EMPLOYER*FI*000000001~N1*IN*SAMPLE PAYER*FI*000000002~INS*Y*18*030*XN*A:E~REF*0F*TEST0001~"
    b"NM1*IL*1*EXAMPLE*PAT~LUI*a^b:c~SE*9*0001~GE*1*1~IEA*1*000000101~"
)
HOSPITAL = (FIXTURES / "005010X223A2" / "accept" / "emergency_visit.x12").read_bytes()
ACCEPTED = [path for path in FIXTURE_FILES if path.parent.name == "accept"]


def decoded(content: bytes) -> list[Any]:
    return [json.loads(document_json(each)) for each in DocumentReader([content]).documents()]


def lines(content: bytes) -> list[Any]:
    return [json.loads(line_json(each)) for each in DocumentReader([content]).lines()]


def encoded(documents: list[Any], **wishes: Any) -> bytes:
    text = (json.dumps(each).encode() for each in documents)
    return b"".join(DocumentWriter(Wishes(**wishes)).write(read_documents(text)))


def rows(content: bytes) -> list[dict[str, str]]:
    text = "".join(TableWriter().write(DocumentReader([content]).lines()))
    return list(csv.DictReader(io.StringIO(text)))


def assert_same(before: bytes, after: bytes) -> None:
    """The same segments; counts and how a number or a date is written aside."""

    def segments(content: bytes) -> Iterator[tuple[list[str], Delimiters]]:
        reader = SegmentReader([content])
        for each in reader:
            yield [text.rstrip() for text in each.elements] if each.id == "ISA" else each.elements, reader.delimiters

    for (one, delimiters), (other, _) in zip(segments(before), segments(after), strict=True):
        if one[0] == "ISA":  # ISA11 and ISA16 are delimiters
            assert one == other
        elif one[0] not in ("SE", "GE", "IEA"):
            assert same_elements(one, other, delimiters), one[0]


# --- there and back


@pytest.mark.parametrize("path", ACCEPTED, ids=fixture_name)
def test_every_valid_fixture_comes_back(path: Path) -> None:
    content = path.read_bytes()
    again = encoded(decoded(content))
    assert_same(content, again)
    assert validate([again]).valid


@needs_corpus
@pytest.mark.real
def test_every_valid_public_file_comes_back() -> None:
    tried = 0
    for path in corpus_files():
        content = path.read_bytes()
        if not validate([content]).valid:
            continue
        tried += 1
        again = encoded(decoded(content))
        assert_same(content, again)
        assert validate([again]).valid, path
    assert tried > 100


@needs_corpus
@pytest.mark.real
def test_broken_public_files_come_back_or_are_refused_for_a_reason() -> None:
    refused = []
    for path in corpus_files():
        content = path.read_bytes()
        report = validate([content])
        if report.valid or len(content) > 300_000 or path.parent.name == "broken":
            continue
        try:
            assert_same(content, encoded(decoded(content)))
        except DataError as error:
            refused.append((path.name, error.message))
    assert all("delimiter" in message or "ISA" in message for _, message in refused), refused
    assert len(refused) < 5


def test_no_record_is_needed_for_a_set_to_come_back() -> None:
    (document,) = decoded(ENROLMENT)
    assert "record" not in document
    assert document["body"][0][:4] == ["BGN", "00", "B1", "20240105"]
    loops = [part for part in document["body"] if isinstance(part, dict)]
    assert [each["loop"] for each in loops] == ["1000A", "1000B", "2000"]
    member = loops[2]["parts"]
    assert member[:2] == [["INS", "Y", "18", "030", "XN", ["A", "E"]], ["REF", "0F", "TEST0001"]]
    assert member[2]["parts"] == [["NM1", "IL", "1", "EXAMPLE", "PAT"], ["LUI", {"repeat": ["a", ["b", "c"]]}]]
    assert_same(ENROLMENT, encoded([document]))


def test_a_set_without_any_guide_comes_back() -> None:
    content = CHILD.replace(b"005010X222A1", b"005010X999").replace(b"*837*", b"*850*")
    (document,) = decoded(content)
    assert document["kind"] == "850"
    assert_same(content, encoded([document]))


def test_what_a_record_cant_say_is_kept_beside_it() -> None:
    numbers = b"PER*IC*ALEX SAMPLE*EM*a@example.com*TE*5555550100"
    content = CHILD.replace(b"PER*IC*ALEX SAMPLE*TE*5555550100", numbers)
    (document,) = decoded(content)
    assert document["record"]["submitter_contacts"][0]["email"] == "a@example.com"
    assert_same(content, encoded([document]))


def test_a_record_that_was_changed_is_what_is_written() -> None:
    content = CHILD.replace(b"*TE*5555550100", b"*EM*a@example.com*TE*5555550100")
    (document,) = decoded(content)
    document["record"]["submitter_contacts"][0]["phone"] = "5555550199"
    writer = DocumentWriter()
    again = b"".join(writer.write(read_documents([json.dumps(document).encode()])))
    assert b"5555550199" in again and b"5555550100" not in again
    if "body" in document:  # it says otherwise, and must not win in silence
        assert len(writer.notes) == 1


def test_amounts_are_text_and_dates_are_iso() -> None:
    (document,) = decoded(PAYMENT)
    assert document["record"]["amount"] == "130"
    assert document["record"]["effective_date"] == "2024-01-20"
    assert document["interchange"]["date"] == "2024-01-05"
    assert document["interchange"]["delimiters"] == {
        "element": "*",
        "component": ":",
        "segment": "~",
        "repetition": "^",
    }


def test_several_interchanges_groups_and_sets_keep_their_order() -> None:
    start, end = CHILD.index(b"ST*"), CHILD.index(b"GE*")
    group = CHILD[CHILD.index(b"GS*") : CHILD.index(b"IEA")]
    sets = CHILD[start:end] + CHILD[start:end].replace(b"*0001", b"*0002")
    other = group.replace(CHILD[start:end], sets).replace(b"*11*X", b"*12*X").replace(b"GE*1*11", b"GE*2*12")
    content = CHILD.replace(group, group + other).replace(b"IEA*1", b"IEA*2") + PAYMENT + ANSWER
    documents = decoded(content)
    numbers = [
        (each["interchange"]["number"], each["group"]["number"], each["transaction_set"]["number"])
        for each in documents
    ]
    assert numbers == [(1, 1, 1), (1, 2, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5)]
    assert_same(content, encoded(documents))
    assert b"GE*2*12~\nIEA*2*" in encoded(documents)


# --- writing otherwise


def test_delimiters_numbers_and_usage_may_be_others() -> None:
    again = encoded(
        decoded(CHILD + PAYMENT),
        element="|", component=">", segment="\n", repetition="!", usage="P",
        interchange_number=500, group_number=70, set_number=9, line_breaks=False,
    )  # fmt: skip
    assert again.startswith(b"ISA|00|") and b"~" not in again
    reader = SegmentReader([again])
    found = [(each.id, each.get({"ISA": 13, "GS": 6, "ST": 2, "SE": 2, "GE": 2, "IEA": 2}[each.id]))
             for each in reader if each.id in ("ISA", "GS", "ST", "SE", "GE", "IEA")]  # fmt: skip
    assert found == [
        *[("ISA", "000000500"), ("GS", "70"), ("ST", "0009"), ("SE", "0009"), ("GE", "70"), ("IEA", "000000500")],
        *[("ISA", "000000501"), ("GS", "71"), ("ST", "0010"), ("SE", "0010"), ("GE", "71"), ("IEA", "000000501")],
    ]
    assert validate([again]).valid
    assert b"|P|>\n" in again


@pytest.mark.parametrize(
    "wishes", [{"element": ":"}, {"segment": "A"}, {"component": " "}, {"component": ""}, {"segment": ""}]
)
def test_delimiters_that_cant_be_used_are_refused(wishes: dict[str, str]) -> None:
    with pytest.raises(DataError, match=r"delimiters|separator"):
        encoded(decoded(CHILD), **wishes)


def test_a_delimiter_in_data_is_refused_without_quoting_it() -> None:
    with pytest.raises(DataError) as caught:
        encoded(decoded(CHILD.replace(b"SAMPLE PAYER", b"SAMPLE|PAYER")), element="|")
    assert "NM1" in caught.value.message and "SAMPLE" not in caught.value.message


# --- what is refused


def changed(**changes: Any) -> list[Any]:
    (document,) = decoded(CHILD)
    document["record"] |= changes
    return [document]


@pytest.mark.parametrize(
    ("documents", "words"),
    [
        (lambda: changed(refrence="B7"), "record.refrence"),
        (lambda: changed(created_on="yesterday"), "created_on"),
        (lambda: changed(reference=7), "reference"),
        (lambda: [{**decoded(CHILD)[0], "format": 99}], "format is 99"),
        (lambda: [{**decoded(CHILD)[0], "colour": "red"}], "colour"),
        (lambda: [{**decoded(CHILD)[0], "kind": "837X"}], "837X"),
        (lambda: [{**decoded(CHILD)[0], "group": None}], "outside of a group"),
        (lambda: [{**decoded(HOSPITAL)[0], "body": [["SE", "2"]]}], "only an envelope"),
        (lambda: [{**decoded(HOSPITAL)[0], "body": [[""]]}], "no id"),
        (lambda: [{**decoded(HOSPITAL)[0], "body": [[]]}], "no id"),
        (list, "no document|empty"),
    ],
)
def test_json_that_says_what_x12_cant_is_refused(documents: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        encoded(documents())


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e400", "1e30"])
def test_amounts_that_are_none_are_refused(amount: str) -> None:
    (document,) = decoded(PAYMENT)
    document["record"]["headers"][0]["claims"][0]["paid"] = amount
    with pytest.raises(DataError, match=r"claims\[0\]\.paid"):
        encoded([document])


@pytest.mark.parametrize("text", [b"", b"\n\n", b"{", b"[1]", b"{}", b"\xff\xfe", b"[" * 100_000, b"null", b'"x"'])
def test_what_isnt_such_json_is_refused(text: bytes) -> None:
    with pytest.raises(DataError):
        b"".join(DocumentWriter().write(read_documents([text])))


def test_loops_nested_to_exhaust_are_refused() -> None:
    body: Any = ["NTE", "ADD", "X"]
    for _ in range(200):
        body = {"loop": "2300", "parts": [body]}
    with pytest.raises(DataError):
        encoded([{**decoded(HOSPITAL)[0], "body": [body]}])


def test_json_may_be_indented_or_a_list() -> None:
    (document,) = decoded(CHILD)
    for text in (json.dumps(document, indent=2), json.dumps([document, document]), json.dumps([document], indent=1)):
        documents = list(read_documents(io.BytesIO(text.encode())))
        assert documents[0].kind == "837P"


# --- lines


def test_a_line_a_claim_with_its_parties_and_then_its_set() -> None:
    claim, head = lines(CHILD)
    assert (claim["record"], claim["kind"], claim["transaction_set"], claim["reference"]) == (
        *("claim", "837P", "0001", "B0002"),
    )
    assert claim["claim"]["patient"]["first_name"] == "KIM"
    assert claim["claim"]["payer"]["payer_id"] == "SAMP1"
    assert claim["segments"][0] == 22
    assert (head["record"], head["claims"], head["header"]["submitter_name"]) == ("set", 1, "MEADOW BILLING")


def test_money_outside_of_claims_is_in_the_line_of_the_set() -> None:
    claim, head = lines(PAYMENT)
    assert claim["reference"] == head["header"]["trace_number"] == "EFT0001"
    taken = [item["amount"] for plb in head["header"]["provider_adjustments"] for item in plb["items"]]
    assert taken == ["-10", "0.5", "-0.5"]


def test_kinds_without_records_are_a_line_a_segment() -> None:
    found = lines(ENROLMENT)
    assert [each["record"] for each in found] == ["segment"] * 7 + ["set"]
    assert (found[3]["path"], found[3]["position"], found[3]["segment"][0]) == ("2000", 5, "INS")
    (row, *_) = rows(ENROLMENT)
    assert (row["row"], row["segment"], row["elements"]) == ("segment", "BGN", "00*B1*20240105*0930****2")


def test_the_password_is_only_in_the_json_that_is_written_back() -> None:
    secret = CLAIM.replace(b"*00*          *ZZ", b"*01*HUSHHUSH12*ZZ", 1)
    assert encoded(decoded(secret)) == secret
    assert not any(b"HUSH" in line_json(each) for each in DocumentReader([secret]).lines())


def test_memory_of_lines_doesnt_grow_with_the_file() -> None:
    start, end = CHILD.index(b"CLM*"), CHILD.index(b"SE*34")

    def chunks(times: int) -> Iterator[bytes]:
        yield CHILD[:end]
        for _ in range(times):
            yield CHILD[start:end]
        yield CHILD[end:]

    def peak(times: int) -> int:
        tracemalloc.start()
        for line in DocumentReader(chunks(times)).lines():
            line_json(line)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)
    assert peak(2000) < 2_000_000  # as records they would be ten times that


# --- tables


def test_claims_and_lines_are_rows_that_add_up() -> None:
    found = rows(CHILD)
    claims = [row for row in found if row["row"] == "claim"]
    service_lines = [row for row in found if row["row"] == "line"]
    assert [row["claim"] for row in found] == ["TESTCLAIM1"] * 3
    assert Decimal(claims[0]["charge"]) == sum(Decimal(row["charge"]) for row in service_lines)
    assert (claims[0]["first_name"], claims[0]["diagnoses"]) == ("KIM", "J069 R05")
    assert service_lines[1]["service_date"] == "2024-01-02"


def test_a_payment_balances_in_its_table() -> None:
    found = rows(PAYMENT)

    def total(row: str, column: str) -> Decimal:
        return sum((Decimal(each[column]) for each in found if each["row"] == row), Decimal(0))

    assert total("claim", "paid") - total("provider_adjustment", "taken") == total("payment", "paid") == 130
    assert [each["adjustments"] for each in found][:2] == ["CO-45:10", "PR-1:20"]


def test_a_rejected_batch_is_in_the_table_of_its_acknowledgment() -> None:
    (row,) = rows((FIXTURES / "005010X214" / "accept" / "batch_rejected_at_receiver.x12").read_bytes())
    assert (row["row"], row["statuses"], row["action"]) == ("receiver", "A3:24:41", "U")


def test_formulas_are_defused_and_amounts_left_alone() -> None:
    found = rows(PAYMENT.replace(b"*EXAMPLE*PAT*", b"*=1+1*@SUM(A1)*"))
    assert (found[0]["last_name"], found[0]["first_name"]) == ("'=1+1", "'@SUM(A1)")
    assert [row["taken"] for row in found if row["taken"]] == ["-10", "0.5", "-0.5"]


def test_a_table_holds_one_kind() -> None:
    with pytest.raises(DataError, match="after 837P comes 835"):
        rows(CHILD + PAYMENT)


def test_ta1s_beside_others_are_counted_and_alone_are_rows() -> None:
    writer = TableWriter()
    text = "".join(writer.write(DocumentReader([(FIXTURES / "TA1/accept/before_a_group.x12").read_bytes()]).lines()))
    assert writer.left_out == 1 and "answers_set" in text
    (row,) = rows((FIXTURES / "TA1" / "accept" / "accepted.x12").read_bytes())
    assert (row["row"], row["code"]) == ("interchange", "A")


def test_every_row_has_every_column() -> None:
    for path in ACCEPTED:
        for row in rows(path.read_bytes()):
            assert None not in row and None not in row.values(), path


# --- the table of bindings


@pytest.mark.parametrize("kind", BINDINGS)
def test_every_binding_has_what_its_row_says(kind: Any) -> None:
    reading = reading_of(kind, "")
    assert reading is not None
    binding = reading.binding
    assert not binding.reference or binding.reference in binding.record.__struct_fields__
    assert bool(binding.at) == (kind not in ("999", "997", "TA1"))


def test_claims_of_4010_are_read_and_written_from_their_segments() -> None:
    content = (FIXTURES / "004010X098A1" / "accept" / "archived_claim.x12").read_bytes()
    (document,) = decoded(content)
    assert document["record"]["billing_levels"] and document["body"]
    assert_same(content, encoded([document]))
    document["record"]["submitter_name"] = "ANOTHER"
    with pytest.raises(DataError, match="for reading alone"):
        encoded([document])


def test_hospital_and_dental_claims_have_records() -> None:
    claim, head = lines(HOSPITAL)
    assert (claim["kind"], claim["claim"]["patient_control_number"], head["claims"]) == ("837I", "TESTCLAIM2", 1)
    found = rows(HOSPITAL)
    assert [(row["row"], row["charge"], row["revenue_code"]) for row in found] == [
        ("claim", "900", ""),
        ("line", "900", "0450"),
    ]


def test_a_997_is_read_as_a_999_and_written_as_itself() -> None:
    content = (
        CLAIM[: CLAIM.index(b"GS*")]
        + b"GS*FA*A*B*20240105*0930*11*X*004010~\nST*997*0001~\nAK1*HC*11~\nAK2*837*0001~\nAK3*CLM*18*2300*8~\n"
        + b"AK4*5*1331*7*ZZ~\nAK5*R*5~\nAK9*R*1*1*0~\nSE*8*0001~\nGE*1*11~\nIEA*1*000000101~\n"
    )
    (document,) = decoded(content)
    (error,) = document["record"]["transaction_sets"][0]["segment_errors"]
    assert (error["segment_id"], error["element_errors"][0]["code"]) == ("CLM", "7")
    assert_same(content, encoded([document]))
