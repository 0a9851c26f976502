"""JSON is data alone; tables are readable with and without a terminal; text from outside can't play tricks."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from edigate.cli import output
from edigate.cli.moving import Shown, carried, moving
from edigate.findings import Finding, Severity, Source
from edigate.gateway.progress import Count


class Paid(msgspec.Struct):
    claim: int
    amount: Decimal
    on: date
    file: Path


PAID = Paid(7, Decimal("1234.50"), date(2024, 1, 5), Path("a.835"))


def terminal(monkeypatch: pytest.MonkeyPatch, name: str) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(f"sys.{name}", stream)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    return stream


def test_json_keeps_every_cent_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit([PAID], as_json=True, human=lambda: pytest.fail("the human form was asked for too"))
    out, err = capsys.readouterr()
    assert out == '[{"claim":7,"amount":"1234.50","on":"2024-01-05","file":"a.835"}]\n'
    assert err == ""


def test_json_on_a_terminal_is_indented_and_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch, "stdout")
    output.emit({"paid": PAID}, as_json=True, human=lambda: None)
    assert stream.getvalue().startswith('{\n  "paid": {\n')
    assert json.loads(stream.getvalue())["paid"]["amount"] == "1234.50"


def test_a_person_gets_the_human_form(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit(PAID, as_json=False, human=lambda: output.say("one claim paid"))
    assert capsys.readouterr().out == "one claim paid\n"


def test_a_plain_table_aligns_text_left_and_amounts_right(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(
        ["partner", "claims", "paid", "last"],
        [["acme", 1200, Decimal("98765.4"), date(2024, 1, 5)], ["beta-health", 3, Decimal(0), None]],
        title="Payments",
    )
    assert capsys.readouterr().out == (
        "Payments\n"
        "partner      claims       paid  last\n"
        "-----------  ------  ---------  ----------\n"
        "acme          1,200  98,765.40  2024-01-05\n"
        "beta-health       3       0.00\n"
    )


def test_an_empty_table_still_names_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["partner", "claims"], [])
    assert capsys.readouterr().out == "partner  claims\n-------  ------\n"


def test_a_terminal_gets_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch, "stdout")
    output.table(["partner", "paid"], [["[bold]acme", Decimal("98765.4")]])
    assert "[bold]acme" in stream.getvalue(), "a name is no markup"
    assert "98,765.40" in stream.getvalue()


def test_text_from_a_partner_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("refused: \x1b[2J\x9b1m\rall well\u202e!")
    output.table(["text"], [["\x1b]0;title\x07"]])
    out = capsys.readouterr().out
    assert out.startswith("refused: ?[2J?1m?all well?!\n")
    assert "\x1b" not in out
    assert "\x07" not in out


def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def send(shown: Shown) -> None:
        shown.tell("sending to acme")
        count = Count(shown.watch, of=3)
        for size in (1_000_000, 500_000, -1):
            count.one(size)

    with moving() as shown:
        send(shown)
        output.step("acme done")
    assert capsys.readouterr() == ("", "")
    stream = terminal(monkeypatch, "stderr")
    with moving() as shown:
        send(shown)
    output.step("acme done")
    told = stream.getvalue()
    assert "sending to acme\n" in told
    assert "3/3" in told
    assert "files, 1.5 MB" in told
    assert told.endswith("acme done\n")
    assert capsys.readouterr().out == ""


def test_a_rate_is_told_once_there_is_one() -> None:
    assert carried(0, 0.0) == "0 bytes"
    assert carried(3_000_000, 2.0) == "3.0 MB, 1.5 MB/s"


FINDING = Finding(
    code="charge-balance",
    message="CLM02 isn't the sum of its lines",
    severity=Severity.ERROR,
    file="a.x12",
    segment_id="CLM",
    segment_position=12,
    element=2,
    loop="2300",
    field="total_charge",
    value="150.00",
    sources=(Source("encounters.csv", 12, "charge"),),
)


def test_a_finding_in_a_line_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.finding_line(FINDING) == (
        "error charge-balance: CLM02 isn't the sum of its lines "
        "(a.x12, segment 12 CLM02, loop 2300; encounters.csv row 12, column charge)"
    )
    assert output.finding_line(Finding(code="x", message="all of it")) == "error x: all of it"


def test_values_are_shown_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert "150.00" not in output.finding_line(FINDING)
    assert "150.00" in output.finding_line(FINDING, show_value=True)
    output.findings_table([FINDING])
    assert "150.00" not in capsys.readouterr().out
    output.findings_table([FINDING], show_values=True)
    assert "150.00" in capsys.readouterr().out
