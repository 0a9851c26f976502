"""What went before a claim: the same visit under another number, and the claim that a correction corrects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edigate.findings import Finding
from edigate.gateway.convert import ConvertReport, convert
from edigate.gateway.send import send
from edigate.ledger.states import ClaimState
from edigate.ledger.worklists import findings_of
from edigate.partners.model import Partner
from tests.gateway.practice import MAPPING, TestGateway, extract, on_server, row

Convert = Callable[..., ConvertReport]
ODETTE = {"subscriber_id": "NW000000001"}


@pytest.fixture
def convert_rows(gateway: TestGateway, partner: Partner, inbox: Path) -> Convert:
    def run(*rows: dict[str, str], name: str = "encounters.csv") -> ConvertReport:
        return convert(gateway, extract(inbox, rows, name), MAPPING, partner)

    return run


def move(gateway: TestGateway, to: ClaimState, payers_number: str = "") -> None:
    """Bring every claim made to a state, as answers would, with the number the payer gave it."""
    with gateway.ledger.write() as tx:
        tx.connection.exec_driver_sql(
            "UPDATE claim SET state = ?, payer_claim_control_number = ? WHERE state <> 'refused'", (to, payers_number)
        )


def the_error(report: ConvertReport) -> Finding:
    (refused,) = report.refusals
    (error,) = [finding for finding in refused.findings if finding.severity == "error"]
    return error


class TestTheSameVisit:
    def test_under_another_number_it_is_refused_wherever_the_first_stands(
        self, gateway: TestGateway, convert_rows: Convert
    ) -> None:
        convert_rows(row("A", **ODETTE))
        states: tuple[ClaimState, ...] = ("ready", "queued", "sent", "uncertain", "accepted", "paid", "denied")
        for number, state in enumerate(states):
            move(gateway, state)
            error = the_error(convert_rows(row(f"B{number}", **ODETTE), name=f"{state}.csv"))
            assert (error.code, error.value) == ("DUPLICATE-VISIT", "")
            assert error.message.startswith(f"claim 1, which is {state}, says the very same")
            assert [str(source) for source in error.sources] == [f"{state}.csv row 2, column encounter_id"]

    def test_twice_in_one_file_the_second_is_refused(self, convert_rows: Convert) -> None:
        report = convert_rows(row("A", **ODETTE), row("B", **ODETTE), row("C"))
        assert report.claims_made == 2
        assert the_error(report).message.startswith("another encounter of this file says the very same")

    @pytest.mark.parametrize("state", ["rejected", "void"])
    def test_a_claim_that_came_to_nothing_is_billed_anew(
        self, gateway: TestGateway, convert_rows: Convert, state: ClaimState
    ) -> None:
        convert_rows(row("A", **ODETTE))
        move(gateway, state)
        assert convert_rows(row("B", **ODETTE), name="again.csv").claims_made == 1

    @pytest.mark.parametrize(
        "differs",
        [{"modifier1": "76"}, {"service_date": "2026-06-16"}, {"procedure": "99214"}, {"subscriber_id": "NW000000002"}],
    )
    def test_whatever_differs_makes_another_visit(self, convert_rows: Convert, differs: dict[str, str]) -> None:
        assert convert_rows(row("A", **ODETTE), row("B", **(ODETTE | differs))).claims_made == 2


class TestCorrections:
    def test_the_payers_number_is_taken_from_the_claim_it_corrects_and_told(
        self, gateway: TestGateway, convert_rows: Convert, partner: Partner
    ) -> None:
        convert_rows(row("A"))
        send(gateway, partner)
        move(gateway, "denied", "ICN2026001")
        report = convert_rows(row("A", frequency_code="7", modifier1="25"), name="corrected.csv")
        assert (report.claims_made, report.refused) == (1, 0)
        with gateway.ledger.read() as tx:
            told = [finding for finding in findings_of(tx, (2,))[2] if finding.code == "PAYER-NUMBER-FOUND"]
        assert [(one.field, one.value, "claim 1" in one.message) for one in told] == [
            ("payer_claim_control_number", "ICN2026001", True)
        ]
        send(gateway, partner)
        sent = b"".join(on_server(gateway.workspace).values())
        assert sent.count(b"REF*F8*ICN2026001~") == 1
        assert b"CLM*A*165***11:B:7*" in sent

    def test_the_extracts_own_counts(self, gateway: TestGateway, convert_rows: Convert, partner: Partner) -> None:
        convert_rows(row("A"))
        move(gateway, "paid", "ICN2026001")
        convert_rows(row("A", frequency_code="8", payer_claim_number="THEIRS"), name="void.csv")
        send(gateway, partner)
        assert b"REF*F8*THEIRS~" in b"".join(on_server(gateway.workspace).values())

    def test_without_a_number_anywhere_it_is_refused(self, gateway: TestGateway, convert_rows: Convert) -> None:
        convert_rows(row("A"))
        move(gateway, "paid")
        report = convert_rows(row("A", frequency_code="7", modifier1="25"), name="corrected.csv")
        assert "payer_claim_control_number" in {finding.field for finding in report.refusals[0].findings}
