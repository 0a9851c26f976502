"""A partner's settings change what its claims are asked, from the file of settings to the claims made and refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edigate.config import Workspace
from edigate.errors import ConfigError
from edigate.findings import Severity
from edigate.gateway.convert import ConvertReport, convert
from tests.gateway.practice import MAPPING, TestGateway, extract, row, settings

Open = Callable[[Workspace], TestGateway]
Run = Callable[..., ConvertReport]
FIVE_DIGITS = {"billing_zip": "62699"}


@pytest.fixture
def run(workspace: Workspace, opened: Open, inbox: Path) -> Run:
    """Converts one encounter for a partner with the edits given as TOML lines."""

    def run(cells: dict[str, str], **tables: str) -> ConvertReport:
        changed = settings(workspace, **tables)
        return convert(opened(changed), extract(inbox, [row(**cells)]), MAPPING, changed.partner("acme"), dry_run=True)

    return run


def told(report: ConvertReport) -> dict[str, Severity]:
    return {finding.code: finding.severity for one in (*report.made, *report.refusals) for finding in one.findings}


def test_without_settings_an_error_refuses_the_claim(run: Run) -> None:
    report = run(FIVE_DIGITS)
    assert (report.claims_made, report.refused) == (0, 1)
    assert told(report)["ZIP9"] is Severity.ERROR


def test_an_edit_switched_off_is_not_told(run: Run) -> None:
    report = run(FIVE_DIGITS, edits='off = ["ZIP9"]')
    assert report.claims_made == 1
    assert "ZIP9" not in told(report)


def test_a_softened_error_travels_with_the_claim(run: Run) -> None:
    report = run(FIVE_DIGITS, edits='soften = ["ZIP9"]')
    assert report.claims_made == 1
    assert told(report)["ZIP9"] is Severity.WARNING


def test_a_hardened_warning_refuses_it(run: Run) -> None:
    once = {"subscriber_first_name": ""}
    assert run(once).claims_made == 1
    report = run(once, edits='harden = ["FIRST-NAME"]')
    assert report.refused == 1
    assert told(report)["FIRST-NAME"] is Severity.ERROR


def test_an_own_edit_is_told_at_the_cell_its_field_came_from(run: Run) -> None:
    own = '[[edits.add]]\ncode = "ACME-GROUP"\nwhen = "not subscriber.group_number"\n'
    own += 'message = "Acme asks for the group number"\nfield = "subscriber.group_number"\n'
    report = run({"group_number": ""}, edits=f"\n{own}")
    assert report.refused == 1
    [finding] = [each for each in report.refusals[0].findings if each.code == "ACME-GROUP"]
    assert finding.message == "Acme asks for the group number"
    assert [(source.row, source.column) for source in finding.sources] == [(2, "group_number")]


def test_an_own_edit_is_for_its_kinds_alone(run: Run) -> None:
    own = '[[edits.add]]\ncode = "ACME-GROUP"\nwhen = "not subscriber.group_number"\nmessage = "No group"\n'
    assert run({"group_number": ""}, edits=f'\n{own}kinds = ["837I"]').claims_made == 1


def test_a_repair_that_is_allowed_is_told_at_its_cell_and_sent(run: Run) -> None:
    note = {"claim_note": "Seen twice"}
    assert run(note).warnings == 0
    report = run(note, edits='repair = ["UPPER"]')
    [made] = report.made
    assert made.claim is not None
    assert made.claim.notes[0].text == "SEEN TWICE"
    [finding] = [each for each in made.findings if each.field == "notes[0].text"]
    assert (finding.code, finding.value, finding.expected) == ("REPAIRED-UPPER", "Seen twice", "SEEN TWICE")
    assert [(source.row, source.column) for source in finding.sources] == [(2, "claim_note")]
    assert report.warnings == len(made.findings)


def test_an_edit_that_is_not_there_stops_the_command_by_its_key(workspace: Workspace) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(workspace, edits='off = ["ZIP-9"]')
    assert caught.value.message.startswith("partners/acme.toml: edits.off[0]: there is no edit")
    assert 'Did you mean "ZIP9"?' in caught.value.message
