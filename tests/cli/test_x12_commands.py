"""view, decode, encode, acknowledge, split, guides: as a person and as a script meet them."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.x12.validate import validate

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "x12"
CLAIM = FIXTURES / "005010X222A1" / "accept" / "patient_is_child.x12"
PAYMENT = FIXTURES / "005010X221A1" / "accept" / "payment_with_two_plb.x12"
UNKNOWN = FIXTURES / "unknown" / "reject" / "X12-NO-GUIDE_predetermination.x12"
BAD = FIXTURES / "005010X222A1" / "reject" / "IK4-1_no_place_of_service.x12"
TOOLS = ("view", "decode", "encode", "acknowledge", "split")

Capture = pytest.CaptureFixture[str]


def give_on_stdin(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


# --- view


def test_view_shows_a_claim_with_reasons_in_words(capsys: Capture) -> None:
    assert main(["view", str(PAYMENT), "--claim", "TESTCLAIM1"]) == 0
    captured = capsys.readouterr()
    assert "Claim Adjustment Group Code: PR (patient owes)" in captured.out
    assert "Adjustment Reason Code: 1 (deductible)" in captured.out
    assert captured.err == ""


def test_view_as_json_is_an_object_a_segment(capsys: Capture) -> None:
    assert main(["view", str(CLAIM), "--segment", "22", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    shown = json.loads(line)
    assert (shown["id"], shown["name"], shown["path"]) == ("CLM", "Claim Information", "2000A/2000B/2000C/2300")
    assert shown["elements"][0] == {"place": "01", "name": "Patient Control Number", "value": "TESTCLAIM1"}


@pytest.mark.parametrize("asked", [["--claim", "NOBODY"], ["--loop", "9999"], ["--segment", "999"], ["--set", "77"]])
def test_view_says_where_nothing_is_what_was_asked_for(asked: list[str], capsys: Capture) -> None:
    assert main(["view", str(CLAIM), *asked]) == 65
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"edigate: {CLAIM}: nothing in it is what was asked for")
    assert "NOBODY" not in captured.err


# --- decode and encode


def test_decode_and_encode_are_each_others_inverse(tmp_path: Path, capsys: Capture) -> None:
    out, again = tmp_path / "claims.json", tmp_path / "claims.837"
    assert main(["decode", str(CLAIM), "-o", str(out)]) == 0
    assert main(["encode", str(out), "-o", str(again)]) == 0
    assert capsys.readouterr() == ("", "")
    assert again.read_bytes() == CLAIM.read_bytes()


def test_decode_writes_to_standard_output_and_encode_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    give_on_stdin(CLAIM.read_bytes(), monkeypatch)
    assert main(["decode", "-", "--json"]) == 0
    text = capsys.readouterr().out
    give_on_stdin(text.encode(), monkeypatch)
    assert main(["encode", "-", "--interchange-number", "42", "--usage", "P"]) == 0
    out = capsys.readouterr().out
    assert "*000000042*0*P*:~" in out.splitlines()[0]
    assert validate([out.encode()]).valid


def test_decode_as_a_table_and_as_lines(capsys: Capture) -> None:
    assert main(["decode", str(PAYMENT), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["row"] for row in rows] == ["claim", "line", "line", *["provider_adjustment"] * 3, "payment"]
    assert main(["decode", str(PAYMENT), "--format", "jsonl"]) == 0
    assert [json.loads(line)["record"] for line in capsys.readouterr().out.splitlines()] == ["claim", "set"]


def test_decode_says_where_there_are_no_records_yet(capsys: Capture) -> None:
    assert main(["decode", str(UNKNOWN)]) == 0
    captured = capsys.readouterr()
    assert "record" not in json.loads(captured.out)
    assert captured.err == "edigate: 837 has no records of its own yet: it is shown as loops and segments\n"


def test_decode_tells_what_is_wrong_and_goes_on(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "cut.837"
    path.write_bytes(CLAIM.read_bytes()[:-200].replace(b"20150101", b"20159901"))
    assert main(["decode", str(path)]) == 1
    captured = capsys.readouterr()
    (finding,) = json.loads(captured.out)["findings"]
    assert (finding["code"], finding["segment_id"], finding["element"]) == ("IK4-8", "DMG", 2)
    assert "has no SE" in captured.err and "1 values can't be read" in captured.err
    assert "20159901" not in captured.err


def test_encode_counts_what_it_wrote(tmp_path: Path, capsys: Capture) -> None:
    source, target = tmp_path / "x.json", tmp_path / "x.837"
    main(["decode", str(CLAIM), "-o", str(source)])
    assert main(["encode", str(source), "-o", str(target), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["transaction_sets"], told["segments"], told["file"]) == (1, 38, str(target))


def test_encode_names_the_place_of_a_mistake_and_writes_nothing(tmp_path: Path, capsys: Capture) -> None:
    source, target = tmp_path / "x.json", tmp_path / "x.837"
    main(["decode", str(CLAIM), "-o", str(source)])
    source.write_text(source.read_text().replace('"submitter_name"', '"submiter_name"'))
    assert main(["encode", str(source), "-o", str(target)]) == 65
    assert "document 1: nothing is called record.submiter_name" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["decode", "X", "--json", "--format", "csv"],
        ["decode", "X", "--force"],
        ["encode", "X", "--json"],
        ["encode", "X", "--element", "ab"],
        ["split", "X", "--by", "set", "--claims", "3"],
        ["split", "X", "--claims", "0"],
        ["guides", "005010X999"],
    ],
)
def test_slips_are_usage_errors(arguments: list[str]) -> None:
    assert main([str(CLAIM) if each == "X" else each for each in arguments]) == 64


# --- acknowledge


def test_acknowledge_answers_a_bad_file_with_a_999_that_says_why(capsys: Capture) -> None:
    assert main(["acknowledge", str(BAD), "--interchange-number", "7"]) == 65
    out = capsys.readouterr().out
    assert "TA1*000000101*240105*0930*A*000~" in out
    assert "CTX*CLM01:TESTCLAIM1~\nIK4*5:1*1331*1~\nIK5*R*5~\nAK9*R*1*1*0~" in out
    assert validate([out.encode()]).valid
    assert "*000000007*" in out


def test_acknowledge_tells_the_verdicts(tmp_path: Path, capsys: Capture) -> None:
    answer = tmp_path / "answer.999"
    assert main(["acknowledge", str(CLAIM), "-o", str(answer), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["accepted"] is True
    (interchange,) = told["interchanges"]
    (group,) = interchange["groups"]
    assert (interchange["code"], group["code"], group["transaction_sets"][0]["code"]) == ("A", "A", "A")
    assert validate([answer.read_bytes()]).valid
    assert main(["acknowledge", str(CLAIM), "--json", "--no-ta1"]) == 0
    assert "TA1*" not in json.loads(capsys.readouterr().out)["x12"]


def test_acknowledge_answers_every_fixture_validly(capsys: Capture) -> None:
    for path in sorted(FIXTURES.glob("0*/*/*.x12")):
        code = main(["acknowledge", str(path)])
        out = capsys.readouterr().out
        assert code in (0, 65)
        errors = [finding for finding in validate([out.encode()]).findings if finding.severity == "error"]
        # These repeat what was sent (ST02, ISA09), also where that can't stand there.
        repeated = ("AK202", "TA102")
        assert [each.message for each in errors if not each.message.startswith(repeated)] == [], path


# --- split


def test_split_writes_numbered_parts_for_the_owner_alone(tmp_path: Path, capsys: Capture) -> None:
    both = tmp_path / "both.x12"
    both.write_bytes(CLAIM.read_bytes() + PAYMENT.read_bytes())
    folder = tmp_path / "parts"
    assert main(["split", str(both), "-o", str(folder)]) == 0
    parts = sorted(folder.iterdir())
    assert [part.name for part in parts] == ["both-0001.x12", "both-0002.x12"]
    assert [part.read_bytes() for part in parts] == [CLAIM.read_bytes(), PAYMENT.read_bytes()]
    assert capsys.readouterr().out == "".join(f"{part}: 1 transaction set, 1 claim\n" for part in parts)


def test_split_writes_all_or_nothing(tmp_path: Path, capsys: Capture) -> None:
    whole = tmp_path / "two.x12"
    whole.write_bytes(CLAIM.read_bytes() + PAYMENT.read_bytes())
    folder = tmp_path / "parts"
    assert main(["split", str(whole), "--by", "claims", "-o", str(folder)]) == 65
    assert "BPR02" in capsys.readouterr().err
    assert list(folder.iterdir()) == []
    (folder / "two-0002.x12").write_text("mine")
    assert main(["split", str(whole), "-o", str(folder)]) == 64
    assert [path.name for path in folder.iterdir()] == ["two-0002.x12"]
    assert main(["split", str(whole), "-o", str(folder), "--force", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [part["claims"] for part in told["parts"]] == [1, 1]
    assert (folder / "two-0002.x12").read_bytes() == PAYMENT.read_bytes()


# --- guides


def test_guides_tell_names_sources_and_reasons(capsys: Capture) -> None:
    assert main(["guides", "005010X214"]) == 0
    out = capsys.readouterr().out
    assert "pyx12: 277.5010.X214.xml" in out
    assert "corrected at 2000B/2000C: may be left out. A batch refused" in out
    assert main(["guides", "--json"]) == 0
    guides = {(each["version"], each["transaction_set"]): each for each in json.loads(capsys.readouterr().out)}
    professional = guides["005010X222A1", "837"]
    assert professional["decoded_as"] == "records"
    assert "005010X222A2" in [alias["version"] for alias in professional["aliases"]]
    assert all(each["because"] for guide in guides.values() for each in (*guide["aliases"], *guide["corrections"]))


def test_a_guide_is_found_by_a_name_senders_give_it(capsys: Capture) -> None:
    assert main(["guides", "005010x222a2", "--json"]) == 0
    assert [each["version"] for each in json.loads(capsys.readouterr().out)] == ["005010X222A1"]


# --- what all of them promise


@pytest.mark.parametrize("tool", TOOLS)
def test_what_cant_be_read_is_66(tool: str, tmp_path: Path, capsys: Capture) -> None:
    for name, words in ((tmp_path, "is a directory"), (tmp_path / "nowhere", "no such file")):
        assert main([tool, str(name)]) == 66
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith(f"edigate: {name}") and words in captured.err
        assert captured.err.count("\n") == 1


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 1000,
        bytes(range(256)) * 100,
        b"ISA" * 100,
        b"[" * 100_000,
        CLAIM.read_bytes()[:300] + b"A" * 2_000_000,
        CLAIM.read_bytes()[:120].replace(b"~", b"\x1b") + b"\x1b[31mNM1*\x1b\x9b",
        *(CLAIM.read_bytes()[:cut] for cut in range(3, 1400, 97)),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_garbage_ends_in_words_and_never_in_a_traceback(
    tool: str, content: bytes, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "strange.x12"
    path.write_bytes(content)
    code = main([tool, str(path)])
    captured = capsys.readouterr()
    assert code in (0, 1, 65)
    assert "Traceback" not in captured.err and "internal" not in captured.err
    assert code == 0 or captured.err or tool == "acknowledge"  # whose rejection is its output
    assert "\x1b" not in captured.err and (tool != "view" or "\x1b" not in captured.out)
    if tool == "encode":
        assert (code, captured.out) == (65, "")


@pytest.mark.parametrize("tool", ["decode", "encode", "acknowledge"])
def test_files_are_the_owners_alone_and_never_overwritten_unasked(tool: str, tmp_path: Path, capsys: Capture) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(CLAIM.read_bytes())
    if tool == "encode":
        main(["decode", str(CLAIM), "-o", str(source), "--force"])
    os.umask(0o022)
    assert main([tool, str(source), "-o", str(target)]) == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    made = target.read_bytes()
    target.write_text("mine")
    assert main([tool, str(source), "-o", str(target)]) == 64
    assert f"{target} is there already" in capsys.readouterr().err
    assert target.read_text() == "mine"
    assert main([tool, str(source), "-o", str(target), "--force"]) == 0
    assert len(target.read_bytes()) == len(made)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_a_folder_that_isnt_there_is_a_disk_error(tmp_path: Path, capsys: Capture) -> None:
    assert main(["decode", str(CLAIM), "-o", str(tmp_path / "nowhere" / "out.json")]) == 74
    assert "can't be written" in capsys.readouterr().err
