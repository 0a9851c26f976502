"""`edigate db check`: silent over a sound ledger, loud over each law that is broken behind our back."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace
from edigate.gateway.checking import check, is_sound
from edigate.gateway.send import send
from edigate.ledger.checks import LAWS
from edigate.partners.model import Partner
from tests.gateway.practice import TestGateway, files_out, ready

# What breaks each law, done to the file by a program that isn't edigate.
DAMAGE = {
    "LEDGER-INTAKE-ROWS": "UPDATE claim SET row_count = 2 WHERE id = 1",
    "LEDGER-FILE-CLAIMS": "UPDATE outbound_file SET charge_cents = charge_cents + 1",
    "LEDGER-CLAIM-FILE": "DELETE FROM claim_set WHERE claim_id = 1",
    "LEDGER-CLAIM-AHEAD": "UPDATE claim SET state = 'ready' WHERE id = 1",
    "LEDGER-CLAIM-FOLLOWS": "UPDATE claim SET state = 'queued' WHERE id = 1",
    "LEDGER-PAYMENT-SUM": "INSERT INTO payment (inbound_file_id, set_number, partner, identity, "
    "content_hash, payer_name, payer_id, payee_id, trace_number, trace_payer_id, method, handling, amount_cents, "
    "state, reason, accepted_unbalanced, posted_at) "
    "VALUES (1, 1, '', 'x', '', '', '', '', '', '', '', '', 100, 'posted', '', '', '2026-07-01')",
    "LEDGER-DEPOSIT-SHARES": "INSERT INTO deposit (id, identity, ordinal, bank, account, day, amount_cents, kind, "
    "payer_name, payer_id, trace, trace_payer_id, reference, description, created_at) "
    "VALUES (1, 'x', 1, '', '', '2026-07-01', 100, 'ach', '', '', '', '', '', '', '2026-07-01'); "
    "INSERT INTO deposit_payment (deposit_id, payment_id, amount_cents, how, why, who, at, undone_why, undone_by) "
    "VALUES (1, 1, 101, 'trace', '', '', '2026-07-01', '', '')",
    "LEDGER-NUMBERS": "UPDATE control_number SET next_value = 1 WHERE name = 'isa13'",
    "LEDGER-PURGE": "INSERT INTO purge (id, at, who, run_id, day, list, files, bytes, claims) "
    "VALUES (1, '2036-07-01', 'x', '', '2036-07-01', 'x', 0, 0, 1); INSERT INTO purged_claim VALUES (1, 1, 'x'); "
    "UPDATE claim SET state = 'uncertain' WHERE id = 1",
}


@pytest.fixture
def sound(gateway: TestGateway, partner: Partner) -> TestGateway:
    ready(gateway)
    send(gateway, partner)
    return gateway


def test_a_sound_ledger_is_silent(sound: TestGateway) -> None:
    report = check(sound)
    assert (report.findings, report.laws, report.files) == ([], len(LAWS), 2)


@pytest.mark.parametrize("code", [law[0] for law in LAWS])
def test_a_broken_law_is_named(sound: TestGateway, code: str) -> None:
    with sqlite3.connect(sound.workspace.ledger_path) as file:
        file.executescript(DAMAGE[code])
    report = check(sound)
    assert code in {finding.code for finding in report.findings}
    assert not is_sound(report)


def test_a_file_missing_or_damaged_in_the_archive_is_named(sound: TestGateway) -> None:
    (sent,) = files_out(sound)
    (path,) = sound.workspace.archive_path.rglob(sent.sha256)
    path.chmod(0o600)
    path.write_bytes(b"ISA*another*")
    assert [finding.code for finding in check(sound).findings] == ["ARCHIVE-DAMAGED"]
    assert check(sound, quick=True).findings == []
    path.unlink()
    (missing,) = check(sound, quick=True).findings
    assert (missing.code, missing.file) == ("ARCHIVE-MISSING", sent.sha256)
    assert "what out-1 was made of" in missing.message


def test_the_command_says_so_and_ends_with_1(
    sound: TestGateway, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(workspace.root)
    assert main(["db", "check", "--workspace", root]) == 0
    assert "All is well" in capsys.readouterr().out
    with sqlite3.connect(workspace.ledger_path) as file:
        file.executescript(DAMAGE["LEDGER-NUMBERS"])
    assert main(["db", "check", "--json", "--workspace", root]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [finding["code"] for finding in told["findings"]] == ["LEDGER-NUMBERS"]


def test_looking_makes_nothing(workspace: Workspace, sound: TestGateway) -> None:
    before = sorted(path for path in Path(workspace.root).rglob("*") if "ledger.db-" not in path.name)
    check(sound)
    assert sorted(path for path in Path(workspace.root).rglob("*") if "ledger.db-" not in path.name) == before
