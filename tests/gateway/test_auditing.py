"""The audit trail: every look and every change is in it, and nobody takes one out unseen."""

from __future__ import annotations

import inspect
import json
import os
import pwd
import sqlite3
from pathlib import Path

import pytest

from edigate.cli import COMMANDS, group, main
from edigate.cli.audited import AUDITED, UNHEARD
from edigate.config import Workspace
from edigate.gateway import auditing
from edigate.gateway.auditing import Anchor

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def at_work(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(workspace.root)
    assert main(["db", "upgrade"]) == 0
    return workspace.root


@pytest.fixture
def looked(at_work: Path, capsys: Capture) -> Path:
    """A workspace in which somebody looked for five claims."""
    for number in range(1, 6):
        assert main(["show", "claim", str(number)]) != 0  # there is none
    assert main(["audit", "anchor"]) == 0
    capsys.readouterr()
    return at_work


def listed(capsys: Capture, *options: str) -> list[dict[str, str]]:
    capsys.readouterr()
    assert main(["audit", "list", "--json", *options]) == 0
    found: list[dict[str, str]] = json.loads(capsys.readouterr().out)
    return found


def sql(root: Path, statement: str) -> None:
    """What somebody does who can write the database."""
    with sqlite3.connect(root / "state" / "ledger.db") as connection:
        connection.execute(statement)
    connection.close()


def breaches(capsys: Capture) -> list[str]:
    capsys.readouterr()
    code = main(["audit", "verify", "--json"])
    told = [one["code"] for one in json.loads(capsys.readouterr().out)["breaches"]]
    assert code == (1 if told else 0)
    return told


# --- what is in it


def test_a_look_at_a_claim_is_told_with_who_when_and_which(at_work: Path, capsys: Capture) -> None:
    main(["show", "claim", "62"])
    first, _ = listed(capsys)
    assert (first["kind"], first["act"], first["subject"]) == ("read", "show claim", "62")
    assert first["who"].split()[0] == pwd.getpwuid(os.getuid()).pw_name
    assert first["run_id"]
    assert first["at"].endswith("Z")


def test_a_look_that_finds_nothing_is_one_too(looked: Path, capsys: Capture) -> None:
    assert [one["subject"] for one in listed(capsys, "--act", "show claim")] == ["1", "2", "3", "4", "5"]


def test_a_change_is_told_with_its_options(at_work: Path, capsys: Capture) -> None:
    main(["work", "claim-7", "--note", "CALLED THE PAYER"])
    main(["work", "denials"])
    change, read, _ = listed(capsys)
    assert (change["kind"], change["subject"], json.loads(change["detail"])) == (
        "change", "claim-7", {"note": "CALLED THE PAYER"},
    )  # fmt: skip
    assert (read["kind"], read["subject"]) == ("read", "denials")


def test_a_glance_at_counts_is_none_but_at_refused_encounters_is(at_work: Path, capsys: Capture) -> None:
    main(["status"])
    main(["status", "--refused"])
    assert [one["detail"] for one in listed(capsys, "--act", "status")] == ['{"refused":true}']


def test_what_cannot_be_written_down_is_not_shown(looked: Path, capsys: Capture) -> None:
    (looked / "state" / "audit-anchors.jsonl").unlink()
    (looked / "state" / "audit-anchors.jsonl").mkdir()
    assert main(["show", "claim", "1"]) == 74
    assert "audit-anchors.jsonl" in capsys.readouterr().err


def test_the_lists_can_be_narrowed(looked: Path, capsys: Capture) -> None:
    assert len(listed(capsys, "--subject", "3")) == 1
    assert listed(capsys, "--who", "nobody-of-that-name") == []
    assert listed(capsys, "--since", "2999-01-01") == []


def test_every_command_that_opens_a_ledger_is_in_the_trail_or_has_a_reason() -> None:
    opening: set[str] = set()
    for name in COMMANDS:
        command = group.get_command(None, name)  # type: ignore[arg-type]  # the context isn't looked at
        below = getattr(command, "commands", None) or {"": command}
        for inner, one in below.items():
            source = inspect.getsource(inspect.unwrap(one.callback))
            if "Gateway.open(" in source or "Ledger." in source:
                opening.add(f"{name} {inner}".strip())
    assert opening - set(AUDITED) - set(UNHEARD) == set()


# --- what is done to it


DONE = {
    "changed who it was": ("UPDATE audit_entry SET who = 'somebody else' WHERE id = 2", ["AUDIT-CHANGED"]),
    "changed whom it was about": ("UPDATE audit_entry SET subject = '9' WHERE id = 2", ["AUDIT-CHANGED"]),
    "changed when": ("UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE id = 2", ["AUDIT-CHANGED"]),
    "took one away": ("DELETE FROM audit_entry WHERE id = 3", ["AUDIT-GONE"]),
    "took the first away": ("DELETE FROM audit_entry WHERE id = 1", ["AUDIT-GONE"]),
    "took the last away": ("DELETE FROM audit_entry WHERE id = 5", ["AUDIT-CUT-OFF"]),
    "took all away": ("DELETE FROM audit_entry", ["AUDIT-CUT-OFF"]),
}


@pytest.mark.parametrize("what", DONE)
def test_it_is_seen_when_somebody(looked: Path, capsys: Capture, what: str) -> None:
    assert breaches(capsys) == []
    statement, told = DONE[what]
    sql(looked, statement)
    assert breaches(capsys) == told


def test_two_that_changed_places_are_seen(looked: Path, capsys: Capture) -> None:
    for statement in ("UPDATE audit_entry SET id = 99 WHERE id = 2", "UPDATE audit_entry SET id = 2 WHERE id = 3",
                      "UPDATE audit_entry SET id = 3 WHERE id = 99"):  # fmt: skip
        sql(looked, statement)
    assert set(breaches(capsys)) == {"AUDIT-MOVED", "AUDIT-CHANGED"}


def test_a_trail_written_anew_with_all_its_hashes_is_seen_by_the_anchors(looked: Path, capsys: Capture) -> None:
    from edigate.ledger.audit import Act, append, entries
    from edigate.ledger.store import Ledger

    with Ledger.open(looked / "state" / "ledger.db") as ledger:
        with ledger.read() as tx:
            kept = list(entries(tx))
        sql(looked, "DELETE FROM audit_entry")
        for one in kept:
            with ledger.write() as tx:
                append(tx, Act(who="somebody else", host=one.host, run_id=one.run_id, kind=one.kind, act=one.act))
    assert set(breaches(capsys)) == {"AUDIT-ANCHOR"}


def test_an_anchor_set_while_the_trail_is_verified_is_no_breach(
    looked: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_then_looked(path: Path) -> list[Anchor]:
        found = read(path)
        assert main(["show", "claim", "6"]) != 0
        assert main(["audit", "anchor"]) == 0
        capsys.readouterr()
        return found

    read = auditing._read
    monkeypatch.setattr(auditing, "_read", read_then_looked)
    assert breaches(capsys) == []


def test_anchors_that_were_changed_are_seen(looked: Path, capsys: Capture) -> None:
    anchors = looked / "state" / "audit-anchors.jsonl"
    anchors.write_text(anchors.read_text().replace('"entry":', '"entrz":'))
    assert main(["audit", "verify"]) == 65
    assert "audit-anchors.jsonl line 1" in capsys.readouterr().err


def test_the_first_act_of_a_day_is_anchored_by_itself(at_work: Path) -> None:
    anchors = at_work / "state" / "audit-anchors.jsonl"
    main(["show", "claim", "1"])
    main(["show", "claim", "2"])
    (line,) = anchors.read_text().splitlines()
    assert json.loads(line)["entry"] == 1
    anchors.write_text(line.replace(json.loads(line)["at"][:10], "2020-01-01") + "\n")
    main(["show", "claim", "3"])
    assert [json.loads(one)["entry"] for one in anchors.read_text().splitlines()] == [1, 3]


def test_nothing_is_anchored_twice(looked: Path, capsys: Capture) -> None:
    assert main(["audit", "anchor"]) == 0
    assert "Nothing is new" in capsys.readouterr().out
