"""What comes back for a file of claims before money does: TA1, 999, 277CA of clearinghouse and payer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.claims.model import Claim
from edigate.responses.model import (
    ClaimAcknowledgment,
    Context,
    ElementError,
    FunctionalGroupResponse,
    InterchangeAcknowledgment,
)
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.rule import Match, Rejection, Rule, SetError
from edigate.simulator.scenario import Scenario
from edigate.x12.pyx12_engine import pyx12_errors
from tests.simulator.claim_files import CHILD, EVENING, WALK_IN, Clock, claim, claim_file, line
from tests.simulator.reading import of_kind, read, statuses

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")


def scenario(*rules: Rule) -> Scenario:
    return Scenario(name="test", today=date(2026, 6, 30), rule=rules)


def house(*rules: Rule, clock: Clock | None = None) -> Clearinghouse:
    return Clearinghouse(scenario(*rules), clock=clock or Clock())


def rule(*claims: str, **verdict: object) -> Rule:
    return Rule(name="test", match=Match(claims=claims), **verdict)  # type: ignore[arg-type]  # each test's own keys


REFUSE_WALK_IN = Rule(name="test", match=Match(billing_npi=WALK_IN.npi), reject_set=SetError())


def walk_in_claim(number: str) -> Claim:
    return claim(number, billing_provider=WALK_IN, place_of_service="17")


def test_an_interchange_that_asks_is_acknowledged_and_one_that_does_not_ask_is_not() -> None:
    asked = house().answer("a.x12", claim_file([claim("A1")], isa13=7))
    ta1 = of_kind(asked, InterchangeAcknowledgment)[0]
    assert (ta1.interchange_control_number, ta1.code, ta1.note) == ("000000007", "A", "000")
    assert (ta1.interchange_date, ta1.interchange_time) == (EVENING.date(), EVENING.time())
    silent = house().answer("a.x12", claim_file([claim("A1")], acknowledgment_requested=False))
    assert of_kind(silent, InterchangeAcknowledgment) == []


def test_a_reused_interchange_control_number_is_rejected_with_note_025_and_nothing_else_happens() -> None:
    clearinghouse = house()
    clearinghouse.answer("a.x12", claim_file([claim("A1")], isa13=7))
    again = clearinghouse.answer("b.x12", claim_file([claim("A2")], isa13=7, acknowledgment_requested=False))
    assert [(each.code, each.note) for each in of_kind(again, InterchangeAcknowledgment)] == [("R", "025")]
    assert len(again) == 1
    assert clearinghouse.book.claims["A2"].rejected_by == "TA1"


def test_the_same_file_twice_is_seen_by_the_book_and_paid_once() -> None:
    clearinghouse = house()
    content = claim_file([claim("A1"), claim("A2")])
    clearinghouse.answer("a.x12", content)
    clearinghouse.answer("a.x12", content)
    assert [(each.names, len(each.times)) for each in clearinghouse.book.files.values()] == [(["a.x12", "a.x12"], 2)]
    assert clearinghouse.book.sent_twice() == ["A1", "A2"]
    assert [len(record.entries) for record in clearinghouse.book.claims.values()] == [1, 1]


def test_a_claim_sent_again_in_a_new_interchange_is_denied_as_a_duplicate() -> None:
    clearinghouse = house()
    clearinghouse.answer("a.x12", claim_file([claim("A1")], isa13=1))
    clearinghouse.answer("b.x12", claim_file([claim("A1")], isa13=2))
    assert clearinghouse.book.sent_twice() == ["A1"]
    assert [entry.status for entry in clearinghouse.book.claims["A1"].entries] == ["1", "4"]


def test_a_rejected_claim_may_come_again() -> None:
    clearinghouse = house(REFUSE_WALK_IN)
    clearinghouse.answer("a.x12", claim_file([walk_in_claim("W1")], isa13=1))
    assert clearinghouse.book.outcomes() == {"W1": "rejected"}
    clearinghouse.answer("b.x12", claim_file([claim("W1")], isa13=2))
    assert clearinghouse.book.outcomes() == {"W1": "paid"}
    assert clearinghouse.book.sent_twice() == []


def test_a_set_with_a_refused_claim_is_rejected_and_the_other_set_stands() -> None:
    claims = [claim("A1")], [walk_in_claim("W1"), walk_in_claim("W2")]
    files = house(REFUSE_WALK_IN).answer("a.x12", claim_file(*claims))
    answer = of_kind(files, FunctionalGroupResponse)[0]
    assert (answer.code, answer.sets_received, answer.sets_accepted) == ("P", 2, 1)
    assert [(each.control_number, each.code) for each in answer.transaction_sets] == [("0001", "A"), ("0002", "R")]
    errors = answer.transaction_sets[1].segment_errors
    assert [error.contexts for error in errors] == [
        [Context(name="CLM01", value="W1")],
        [Context(name="CLM01", value="W2")],
    ]
    assert errors[0].element_errors == [
        ElementError(element="5", component="1", data_element="1331", code="7", value="17")
    ]
    assert list(statuses(files, "AY")) == ["A1"]


def test_the_999_names_the_segment_where_it_really_stands() -> None:
    content = claim_file([walk_in_claim("W1"), walk_in_claim("W2")])
    answer = of_kind(house(REFUSE_WALK_IN).answer("a.x12", content), FunctionalGroupResponse)[0]
    segments = content.decode().split("~\n")
    body = segments[next(n for n, text in enumerate(segments) if text.startswith("ST*")) :]
    named = [body[int(error.segment_position) - 1] for error in answer.transaction_sets[0].segment_errors]
    assert [text.split("*")[:2] for text in named] == [["CLM", "W1"], ["CLM", "W2"]]


def test_a_set_that_breaks_the_guide_is_rejected_with_the_place() -> None:
    content = claim_file([claim("A1")]).replace(b"DTP*472*D8*20260615", b"DTP*472*D8*20261399")
    answer = of_kind(house().answer("a.x12", content), FunctionalGroupResponse)[0]
    assert answer.code == "R"
    error = answer.transaction_sets[0].segment_errors[0]
    assert (error.segment_id, [each.element for each in error.element_errors]) == ("DTP", ["3"])


def test_a_group_with_a_wrong_count_is_rejected_as_a_whole() -> None:
    clearinghouse = house()
    answer = of_kind(
        clearinghouse.answer("a.x12", claim_file([claim("A1")]).replace(b"GE*1*1", b"GE*2*1")), FunctionalGroupResponse
    )[0]
    assert (answer.code, answer.reasons, answer.sets_accepted) == ("R", ["5"], 0)
    assert clearinghouse.book.outcomes() == {"A1": "rejected"}


def test_an_interchange_with_a_wrong_trailer_is_rejected_by_ta1() -> None:
    clearinghouse = house()
    files = clearinghouse.answer("a.x12", claim_file([claim("A1")]).replace(b"IEA*1*000000001", b"IEA*1*000000002"))
    assert [(each.code, each.note) for each in of_kind(files, InterchangeAcknowledgment)] == [("R", "001")]
    assert len(files) == 1
    assert clearinghouse.book.claims["A1"].rejected_by == "TA1"


@pytest.mark.parametrize("content", [b"", b"hello", b"ISA*00", b"\xff\xfe\x00" * 50])
def test_what_is_not_x12_gets_no_answer_and_is_remembered(content: bytes) -> None:
    clearinghouse = house()
    assert clearinghouse.answer("report.txt", content) == []
    assert clearinghouse.book.unread == ["report.txt"]


def test_clearinghouse_and_payer_each_say_their_word_on_their_day() -> None:
    clock = Clock()
    clearinghouse = house(
        rule("A2", reject_clearinghouse=Rejection(category="A7", status="164", entity="IL", text="UNKNOWN MEMBER")),
        rule("A3", reject_payer=Rejection(category="A3", status="116")),
        clock=clock,
    )
    clearinghouse.receive("a.x12", claim_file([claim("A1"), claim("A2"), claim("A3", patient=CHILD)]))
    evening = clearinghouse.due()
    clock.now = clock.now.replace(month=7, day=1)
    morning = clearinghouse.due()
    assert clearinghouse.due() == []
    ours = statuses(evening, "AY")
    assert [each.statuses[0].codes[0].category for each in ours.values()] == ["A1", "A7", "A1"]
    assert (ours["A2"].statuses[0].action, ours["A2"].statuses[0].text) == ("U", "UNKNOWN MEMBER")
    payers = statuses(morning, "PR")
    assert {number: each.statuses[0].codes[0].category for number, each in payers.items()} == {"A1": "A2", "A3": "A3"}
    assert payers["A1"].payer_claim_control_number != ""
    assert payers["A3"].payer_claim_control_number == ""
    assert (payers["A3"].first_name, payers["A3"].member_id) == ("PIP", "NW100200300")
    assert payers["A1"].clearinghouse_trace_number == ours["A1"].clearinghouse_trace_number


def test_the_batch_level_echoes_the_submission_and_adds_up() -> None:
    files = house(rule("A2", reject_clearinghouse=Rejection(category="A7", status="562", entity="82"))).answer(
        "a.x12", claim_file([claim("A1"), claim("A2"), claim("A3", line("99214", "235.00"))])
    )
    receiver = of_kind(files, ClaimAcknowledgment)[0].sources[0].receivers[0]
    assert (receiver.batch_reference, receiver.id) == ("B1", "PRACTICE")
    assert receiver.totals is not None
    assert (receiver.totals.accepted_count, receiver.totals.rejected_count) == (2, 1)
    assert (receiver.totals.accepted_amount, receiver.totals.rejected_amount) == (Decimal(400), Decimal(165))
    assert receiver.statuses[0].amount == 565


def test_a_rejection_for_a_procedure_names_its_lines_by_our_numbers() -> None:
    wrong = Rejection(category="A7", status="454", procedure="36415")
    billed = claim("A1", line("99213", "165.00"), line("36415", "18.00", control="LINE-2"))
    status = statuses(house(rule("A1", reject_payer=wrong)).answer("a.x12", claim_file([billed])), "PR")["A1"]
    assert [(each.line_item_control_number, each.charge) for each in status.lines] == [("LINE-2", Decimal(18))]


def test_every_acknowledgment_is_valid_for_pyx12() -> None:
    files = house(
        REFUSE_WALK_IN,
        rule("A2", reject_clearinghouse=Rejection(category="A7", status="164", entity="IL", text="UNKNOWN MEMBER")),
        rule("A3", reject_payer=Rejection(category="A7", status="454", procedure="99213")),
    ).answer("a.x12", claim_file([claim("A1"), claim("A2"), claim("A3", patient=CHILD)], [walk_in_claim("W1")]))
    # pyx12 stops at a TA1 that stands alone (corpus README, 2): that one is read back above.
    verdicts = {file.name: pyx12_errors(file.content) for file in files if not file.name.endswith(".ta1")}
    assert len(verdicts) == 4
    assert {name: errors for name, errors in verdicts.items() if errors} == {}


def test_names_are_like_a_clearinghouses_and_never_the_same_twice() -> None:
    clearinghouse = house()
    files = clearinghouse.answer("north shore?_1.x12", claim_file([claim("A1")], isa13=1))
    files += clearinghouse.answer("north shore?_1.x12", claim_file([claim("A2")], isa13=2))
    names = [file.name for file in files]
    assert len(set(names)) == len(names)
    assert names[1].endswith("_north-shore-_1_999.999")
    assert all(name.isascii() and "/" not in name and " " not in name for name in names)


def test_a_value_that_holds_our_delimiter_is_written_all_the_same() -> None:
    content = claim_file([claim("A1")]).replace(b"*", b"|").replace(b"|ODETTE|", b"|ODE*TTE|")
    files = house().answer("a.x12", content)
    assert statuses(files, "AY")["A1"].first_name == "ODE TTE"
    assert all(read(file.content) for file in files)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"*PRACTICE       *ZZ*", b"*PRACTICE-WITH-A-NAME-TOO-LONG*ZZ*"),
        (b"GS*HC*PRACTICE", b"GS*HC*PRAC^TICE"),
        (b"GS*HC*PRACTICE", b"GS"),
        (b"CLM*A1*165", b"CLM**x"),
        (b"SE*", b"SX*"),
        (b"IEA*", b""),
    ],
)
def test_a_broken_file_is_answered_and_never_an_error_of_ours(was: bytes, becomes: bytes) -> None:
    content = claim_file([claim("A1")])
    assert was in content
    clearinghouse = house()
    files = clearinghouse.answer("a.x12", content.replace(was, becomes))
    assert [file.name for file in files if read(file.content)] != []


def test_no_file_of_the_public_corpus_stops_the_clearinghouse(corpus: Path) -> None:
    clearinghouse = house()
    files = [path for path in sorted((corpus / "corpus").rglob("*")) if path.suffix == ".x12"]
    files = [path for path in files if path.stat().st_size < 100_000]  # the few large ones say the same for longer
    for path in files:
        for file in clearinghouse.answer(path.name, path.read_bytes()):
            assert read(file.content)
    assert len(files) > 400
