"""Conversions written down: every row accounted for, every claim once."""

from __future__ import annotations

import msgspec
import pytest

from edigate.errors import InternalError, LedgerError
from edigate.findings import Severity, Source
from edigate.ledger import intake, outbound, timeline, worklists
from edigate.ledger.queries import conversion, standings
from edigate.ledger.records import NewClaim, NewIntake
from edigate.ledger.store import Ledger
from tests.ledger.books import DAY, converted, frozen, made, refused, sha256
from tests.ledger.conftest import TestClock


def test_a_conversion_keeps_claims_lines_findings_and_where_they_came_from(ledger: Ledger) -> None:
    claim_id, refused_id = converted(ledger, made("A1"), refused("enc-9"))

    with ledger.read() as tx:
        detail = timeline.claim_detail(tx, claim_id)
        (encounter,) = worklists.refused_encounters(tx)
    assert detail is not None
    assert detail.claim.patient_control_number == "A1"
    assert (detail.claim.source_file, detail.claim.first_row, detail.claim.last_row) == ("visits.csv", 2, 3)
    assert detail.claim.service_date == DAY
    assert detail.record == b"{}"
    assert [(line.line_number, line.procedure, line.charge_cents) for line in detail.lines] == [
        (1, "99213", 7500),
        (2, "99213", 7500),
    ]
    assert [(event.state_before, event.state_after) for event in detail.events] == [(None, "ready")]
    assert (encounter.claim_id, encounter.encounter_key, encounter.file) == (refused_id, "enc-9", "visits.csv")
    (finding,) = encounter.findings
    assert (finding.code, finding.severity) == ("MAP-REQUIRED", Severity.ERROR)
    assert finding.sources == (Source("visits.csv", 9, "DOB"),)


def test_rows_in_are_rows_made_refused_and_known(ledger: Ledger) -> None:
    converted(ledger, made("A1", lines=3), made("A2", lines=1), refused(rows=2), known=4)
    with ledger.read() as tx:
        total = conversion(tx)
    assert (total.rows_in, total.rows_made, total.rows_refused, total.rows_known) == (10, 4, 2, 4)


@pytest.mark.parametrize("rows_in", [1, 3])
def test_a_row_too_many_or_too_few_undoes_the_conversion(ledger: Ledger, rows_in: int) -> None:
    with pytest.raises(LedgerError, match=f"{rows_in} rows were read, but 2 are in claims made"), ledger.write() as tx:
        one = intake.begin_intake(tx, NewIntake(sha256=sha256("a"), name="a", mapping="m", partner="acme"))
        intake.add_claims(tx, one, [made("A1", lines=2)])
        intake.finish_intake(tx, one, rows_in=rows_in, rows_known=0, encounters=1)
    with ledger.read() as tx:
        assert standings(tx) == []


def test_the_same_file_is_found_again_and_not_converted_twice(ledger: Ledger) -> None:
    converted(ledger, made("A1"), name="visits.csv")
    again = NewIntake(sha256=sha256("visits.csv"), name="renamed.csv", mapping="visits", partner="acme")

    with ledger.read() as tx:
        found = intake.find_intake(tx, again)
    assert found is not None
    assert (found.name, found.rows_made, found.encounters) == ("visits.csv", 2, 1)
    with pytest.raises(LedgerError, match="this file was already converted"), ledger.write() as tx:
        intake.begin_intake(tx, again)


def test_a_mended_mapping_may_convert_the_same_file(ledger: Ledger) -> None:
    converted(ledger, refused())
    mended = NewIntake(
        sha256=sha256("visits.csv"), name="visits.csv", mapping="visits", partner="acme", fingerprint="second"
    )
    with ledger.write() as tx:
        assert intake.find_intake(tx, mended) is None
        assert intake.begin_intake(tx, mended) > 0


def test_a_control_number_is_one_live_claims(ledger: Ledger) -> None:
    converted(ledger, made("A1"))
    with pytest.raises(LedgerError, match="a live claim already has this patient control number"):
        converted(ledger, made("A1", lines=1), name="other.csv")


def made_with_lines_of(number: str, other: str) -> NewClaim:
    return msgspec.structs.replace(made(number), lines=made(other).lines)


def test_a_line_item_control_number_is_one_lines(ledger: Ledger) -> None:
    converted(ledger, made("A1"))
    with pytest.raises(LedgerError, match="already has this line item control number"):
        converted(ledger, made_with_lines_of("A2", "A1"), name="other.csv")


def test_a_claim_needs_a_control_number_and_a_refusal_does_not(ledger: Ledger) -> None:
    converted(ledger, refused("enc-1"), refused("enc-2"))
    with pytest.raises(LedgerError, match="control_number_given"):
        converted(ledger, made("", lines=1), name="other.csv")


def test_a_new_claim_is_ready_or_refused(ledger: Ledger) -> None:
    with pytest.raises(InternalError, match="ready or refused"):
        converted(ledger, made("A1", state="paid"))


def test_known_claims_are_found_by_number_and_by_encounter(ledger: Ledger) -> None:
    ids = converted(ledger, *(made(f"A{n}", lines=1, content_hash=f"h{n}") for n in range(1200)), refused("enc-A5"))

    with ledger.read() as tx:
        known = intake.known_claims(tx, [f"A{n}" for n in range(0, 1300)])
        by_key = intake.known_encounters(tx, partner="acme", mapping="visits", keys=["enc-A5", "enc-A6", "no"])
        elsewhere = intake.known_encounters(tx, partner="other", mapping="visits", keys=["enc-A5"])
    assert len(known) == 1200
    assert (known["A7"].claim_id, known["A7"].content_hash, known["A7"].state) == (ids[7], "h7", "ready")
    assert [one.state for one in by_key["enc-A5"]] == ["ready", "refused"]
    assert [one.claim_id for one in by_key["enc-A6"]] == [ids[6]]
    assert "no" not in by_key
    assert elsewhere == {}


def test_an_encounter_refused_and_mended_is_told_of_once(ledger: Ledger, clock: TestClock) -> None:
    converted(ledger, refused("enc-1"), refused("enc-2"), name="monday.csv")
    clock.pass_by(days=1)
    converted(ledger, made("A1", encounter_key="enc-1"), refused("enc-2"), name="tuesday.csv")

    with ledger.read() as tx:
        (left,) = worklists.refused_encounters(tx)
        counts = {one.state: one.claims for one in standings(tx)}
        history = timeline.find_claims(tx, "enc-1")
    assert (left.encounter_key, left.file) == ("enc-2", "tuesday.csv")
    assert counts == {"refused": 1, "ready": 1}
    assert [(row.state, row.superseded_by_id) for row in history] == [("ready", None), ("refused", history[0].id)]


def test_another_partners_or_mappings_refusal_stays(ledger: Ledger) -> None:
    converted(ledger, refused("enc-1"), name="monday.csv", partner="other")
    converted(ledger, made("A1", encounter_key="enc-1"), name="tuesday.csv", partner="acme")
    with ledger.read() as tx:
        assert [one.partner for one in worklists.refused_encounters(tx)] == ["other"]


def test_a_successor_takes_the_control_number_over(ledger: Ledger) -> None:
    (first,) = converted(ledger, made("A1"))
    (second,) = converted(ledger, made("A1", supersedes=first), name="corrected.csv")

    with ledger.read() as tx:
        known = intake.known_claims(tx, ["A1"])
        waiting = outbound.ready_claims(tx, "acme", "837P", "production", limit=10)
    assert (known["A1"].claim_id, known["A1"].version) == (second, 2)
    assert [one.id for one in waiting] == [second]
    with pytest.raises(LedgerError, match=f"claim {first} can't be replaced: it was replaced by claim {second}"):
        converted(ledger, made("A1", supersedes=first, lines=1), name="again.csv")


def test_a_claim_on_its_way_can_not_be_replaced(ledger: Ledger) -> None:
    (first,) = converted(ledger, made("A1"))
    frozen(ledger, first)
    with pytest.raises(LedgerError, match="can't be replaced: it is queued"):
        converted(ledger, made("A1", supersedes=first), name="corrected.csv")


def test_a_claim_has_one_successor(ledger: Ledger) -> None:
    (first,) = converted(ledger, made("A1"))
    with pytest.raises(LedgerError, match="replaced twice"):
        converted(
            ledger,
            made("A1", supersedes=first, lines=1),
            made("A2", supersedes=first, lines=1),
            name="corrected.csv",
        )
