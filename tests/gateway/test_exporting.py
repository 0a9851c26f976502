"""Exports: every posted cent once, stable columns as documented, no formula in any cell, what changed told once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.cli import main
from edigate.config import Workspace
from edigate.gateway.exporting import Export
from edigate.gateway.opening import Gateway
from edigate.reports.csv_rows import csv_lines, defused
from edigate.reports.export import TABLES
from tests.gateway.posting_books import Clock, dump, opened, payment, posted, sent, x835
from tests.simulator.claim_files import claim

DICTIONARY = Path(__file__).parents[2] / "docs" / "export.md"
PAID = ("CLP*A1*1*165*100*20*12*PCN1*11*1", "SVC*HC:99213*165*100**1", "DTM*472*20260615", "CAS*CO*45*45",
        "CAS*PR*1*20", "REF*6R*A1-1")  # fmt: skip
REVERSED = ("CLP*A1*22*-165*-100*-20*12*PCN1*11*1", "SVC*HC:99213*-165*-100**1", "DTM*472*20260615", "CAS*CO*45*-45",
            "CAS*PR*1*-20", "REF*6R*A1-1")  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(workspace: Workspace, clock: Clock) -> Iterator[Gateway]:
    with opened(workspace, clock) as one:
        sent(one, claim("A1"), claim("A2"))
        yield one


def exported(gateway: Gateway, what: str, *, since: date | None = None, changed: bool = False) -> list[dict[str, str]]:
    export = Export(gateway, TABLES[what], since=since, changed=changed)
    text = "\n".join(export.lines("csv"))
    export.finish()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_dictionary_is_what_the_code_says() -> None:
    text = DICTIONARY.read_text()
    for table in TABLES.values():
        section = text.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        told = re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE)
        assert told == list(table.meanings.items()), table.name


def test_a_payment_is_a_row_for_each_adjudication(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *PAID)), name="era-1.835")
    (row,) = exported(gateway, "payments")
    assert (row["trace_number"], row["paid_on"], row["claim_id"], row["file"]) == ("T1", "2026-07-10", "1", "era-1.835")
    assert (row["charge"], row["paid"], row["patient_responsibility"]) == ("165.00", "100.00", "20.00")


def test_the_sums_of_the_rows_are_the_accounts(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    posted(gateway, x835(payment("T2", *REVERSED, direction="D")))
    assert [row["paid"] for row in exported(gateway, "payments")] == ["100.00", "-100.00"]
    reasons = exported(gateway, "adjustments")
    assert [(row["group_code"], row["amount"], row["line_number"]) for row in reasons] == [
        ("CO", "45.00", "1"), ("PR", "20.00", "1"), ("CO", "-45.00", "1"), ("PR", "-20.00", "1"),
    ]  # fmt: skip
    first, second = exported(gateway, "claims")
    assert (first["state"], first["paid"], first["outstanding"]) == ("reversed", "0.00", "165.00")
    assert (second["patient_control_number"], second["state"]) == ("A2", "sent")


def test_what_is_held_is_in_no_export(gateway: Gateway) -> None:
    assert posted(gateway, x835(payment("T1", PAID[0], "CAS*CO*45*44"))).file.state == "held"
    assert (exported(gateway, "payments"), exported(gateway, "adjustments")) == ([], [])


def test_what_changed_is_told_once(gateway: Gateway, clock: Clock) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    clock.pass_by(minutes=1)
    assert [row["trace_number"] for row in exported(gateway, "payments", changed=True)] == ["T1"]
    assert [row["claim_id"] for row in exported(gateway, "claims", changed=True)] == ["1", "2"]
    clock.pass_by(minutes=1)
    posted(gateway, x835(payment("T2", *REVERSED, direction="D")))
    clock.pass_by(minutes=1)
    assert [row["trace_number"] for row in exported(gateway, "payments", changed=True)] == ["T2"]
    assert [row["state"] for row in exported(gateway, "claims", changed=True)] == ["reversed"]
    assert exported(gateway, "payments", changed=True) == []
    assert len(exported(gateway, "payments")) == 2


def test_an_export_that_broke_off_comes_again(gateway: Gateway, clock: Clock) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    clock.pass_by(minutes=1)
    before = dump(gateway)
    assert next(Export(gateway, TABLES["payments"], changed=True).lines("csv"))  # never finished
    assert dump(gateway) == before
    assert len(exported(gateway, "payments", changed=True)) == 1


def test_what_is_posted_while_an_export_runs_is_the_next_ones(gateway: Gateway, clock: Clock) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    clock.pass_by(minutes=1)
    export = Export(gateway, TABLES["payments"], changed=True)
    posted(gateway, x835(payment("T2", *REVERSED, direction="D")))
    assert len(list(export.lines("csv"))) == 2  # the header and T1
    export.finish()
    clock.pass_by(minutes=1)
    assert [row["trace_number"] for row in exported(gateway, "payments", changed=True)] == ["T2"]


def test_since_a_day(gateway: Gateway, clock: Clock) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    assert len(exported(gateway, "payments", since=date(2026, 7, 1))) == 1
    assert exported(gateway, "payments", since=date(2026, 7, 2)) == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=x"])
def test_no_text_is_a_formula(text: str) -> None:
    _, line = csv_lines(["text", "amount"], [[text, Decimal("-5")]])
    (row,) = csv.reader(io.StringIO(line, newline=""))
    assert row == [f"'{text}", "-5.00"]  # our own amounts stay numbers


@given(st.text())
def test_every_text_comes_back_but_for_the_apostrophe(text: str) -> None:
    (line,) = list(csv_lines(["a", "b"], [[text, "x"]]))[1:]
    (row,) = csv.reader(io.StringIO(line, newline=""))
    assert row == [defused(text), "x"]
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_the_command_writes_a_file_whole_and_lines_of_json(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    here = ["--workspace", str(gateway.workspace.root)]
    out = tmp_path / "payments.csv"
    assert main(["export", "payments", "-o", str(out), *here]) == 0
    assert out.read_text().splitlines()[0].split(",")[0] == "claim_payment_id"
    assert main(["export", "payments", "-o", str(out), *here]) != 0  # it is there already
    capsys.readouterr()
    assert main(["export", "adjustments", "--format", "jsonl", *here]) == 0
    rows = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["amount"], row["claim_id"]) for row in rows] == [("45.00", 1), ("20.00", 1)]
    assert main(["export", "work", "--changed", *here]) == 64
    assert main(["work", "denials", "--json", *here]) == 0
    assert main(["secondary", "--dry-run", "--json", *here]) == 0
