"""Nothing a patient is known by gets into a log line, whoever logs it and however."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import stat
import sys
import warnings
from decimal import Decimal
from pathlib import Path

import pytest

from edigate import logs
from edigate.errors import DataError, PartnerUnreachableError, StorageError
from edigate.findings import Severity
from edigate.logs import get_logger

SOURCES = sorted((Path(__file__).resolve().parent.parent / "edigate").rglob("*.py"))
METHODS = ("debug", "info", "warning", "error", "critical", "exception")
MARKER = "ZZMARKERFAMILYNAME"  # stands for a patient's name wherever it is planted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def out() -> io.StringIO:
    stream = io.StringIO()
    logs.configure(level="debug", stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


# The allow-list


def test_a_line_holds_what_the_table_allows(out: io.StringIO) -> None:
    logs.bind(run_id="20240105T021500Z-9f3c")
    get_logger("edigate.gateway.send").info("file sent", partner="acme", file_id=12, claims=40, seconds=0.5)
    (line,) = lines(out)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line.pop("timestamp")))
    assert line == {
        "level": "info",
        "event": "file sent",
        "logger": "edigate.gateway.send",
        "run_id": "20240105T021500Z-9f3c",
        "partner": "acme",
        "file_id": 12,
        "claims": 40,
        "seconds": 0.5,
    }


def test_any_other_key_is_left_out_and_named(out: io.StringIO) -> None:
    get_logger("x").info("claim made", claim_id=7, last_name=MARKER, birth_date="19500102")
    (line,) = lines(out)
    assert line["dropped"] == ["birth_date", "last_name"]
    assert line["claim_id"] == 7
    assert MARKER not in out.getvalue()
    assert "19500102" not in out.getvalue()


@pytest.mark.parametrize(
    "values",
    [
        {"claim_id": f"{MARKER} JOHN"},
        {"partner": {"name": MARKER}},
        {"rows": MARKER},
        {"count": [MARKER]},
        {"counts": {f"{MARKER} X": 1}},
        {"counts": {"refused": MARKER}},
        {"seconds": MARKER},
        {"state": f"rejected: {MARKER}"},
        {"code": f"A7\n{MARKER}"},
        {"trace": [f"CLM*{MARKER}"]},
        {"where": f"CLM*{MARKER}"},
        {"error_message": MARKER},
        {"dry_run": MARKER},
        {"event_": MARKER},
        {"stack": MARKER},
        {"exception": MARKER},
        {"positional_args": (MARKER,)},
        {"timestamp": MARKER},
        {"level": MARKER},
        {"dropped": MARKER},
    ],
)
def test_an_allowed_key_takes_only_its_shape(out: io.StringIO, values: dict[str, object]) -> None:
    get_logger("x").info("claim made", **values)
    (line,) = lines(out)
    assert line["dropped"] == list(values)
    assert MARKER not in out.getvalue()


def test_a_key_that_came_from_data_is_not_named(out: io.StringIO) -> None:
    get_logger("x").info("row read", **{f"{MARKER}, JOHN": "1", "member id": "2"})
    assert lines(out)[0]["dropped"] == ["?"]


def test_a_state_may_be_an_enum(out: io.StringIO) -> None:
    get_logger("x").info("claim moved", old_state=Severity.INFO, new_state=Severity.ERROR)
    assert (lines(out)[0]["old_state"], lines(out)[0]["new_state"]) == ("info", "error")


def test_an_amount_is_no_count(out: io.StringIO) -> None:
    get_logger("x").info("payment posted", count=Decimal("12.50"), payments=True)
    assert lines(out)[0]["dropped"] == ["count", "payments"]


@pytest.mark.parametrize("event", [f"claim of {MARKER}", "member 1EG4TE5MK73", "x" * 90, "", "CLM*1*2~"])
def test_an_event_that_is_no_plain_words_is_left_out(out: io.StringIO, event: str) -> None:
    get_logger("x").info(event)
    assert lines(out)[0]["event"] == logs.UNFIT_EVENT


@pytest.mark.parametrize("event", ["837 sent", "277ca read", "x12 file read", "ta1 posted, all well"])
def test_an_event_may_name_what_we_exchange(out: io.StringIO, event: str) -> None:
    get_logger("x").info(event)
    assert lines(out)[0]["event"] == event


# Exceptions


def planted() -> None:
    member_id = f"{MARKER}-member"
    try:
        raise ValueError(f"bad value {MARKER}")
    except ValueError as error:
        raise KeyError(member_id) from error


def test_an_exception_shows_class_and_place_but_no_text(out: io.StringIO) -> None:
    try:
        planted()
    except KeyError:
        get_logger("x").exception("run stopped")
    (line,) = lines(out)
    assert (line["error_class"], line["caused_by"]) == ("KeyError", ["ValueError"])
    trace = line["trace"]
    assert isinstance(trace, list)
    assert re.fullmatch(r"tests/test_logs\.py:\d+ planted", trace[-1])
    assert "error_message" not in line
    assert MARKER not in out.getvalue()
    assert "bad value" not in out.getvalue()


def test_our_own_exception_may_speak(out: io.StringIO) -> None:
    try:
        try:
            raise ValueError(MARKER)
        except ValueError as error:
            raise DataError("the file isn't X12", hint=MARKER) from error
    except DataError as error:
        get_logger("x").error("file refused", exc_info=error)
    (line,) = lines(out)
    assert line["error_message"] == "the file isn't X12"
    assert MARKER not in out.getvalue()


def test_an_exception_that_was_dealt_with_needs_no_trace(out: io.StringIO) -> None:
    get_logger("x").warning("send stopped", error=PartnerUnreachableError("acme doesn't answer", hint=MARKER))
    get_logger("x").warning("send stopped", error=OSError(MARKER))
    get_logger("x").warning("send stopped", error=MARKER)
    ours, theirs, text = lines(out)
    assert (ours["error_class"], ours["error_message"]) == ("PartnerUnreachableError", "acme doesn't answer")
    assert theirs["error_class"] == "OSError"
    assert text["dropped"] == ["error"]
    assert "trace" not in ours
    assert MARKER not in out.getvalue()


def test_the_trace_shows_no_path_of_this_machine(out: io.StringIO) -> None:
    try:
        json.loads("{")
    except ValueError as error:
        get_logger("x").warning("answer unreadable", exc_info=error)
    assert str(Path(json.__file__).parent.parent) not in out.getvalue()
    assert "json/decoder.py" in out.getvalue()


# Other people's code


@pytest.mark.parametrize(
    "name", ["paramiko.transport", "sqlalchemy.engine", "alembic.runtime", "pyx12.x12n_document"]
)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, 25])
def test_a_library_is_heard_but_not_quoted(out: io.StringIO, name: str, level: int) -> None:
    logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger(name).log(level, "parameters: %s", MARKER, extra={"patient": MARKER})
    (line,) = lines(out)
    assert (line["event"], line["logger"]) == (logs.LIBRARY_MESSAGE, name)
    assert str(line["where"]).startswith("tests/test_logs.py:")
    assert MARKER not in out.getvalue()


def test_a_librarys_exception_is_not_quoted(out: io.StringIO) -> None:
    try:
        planted()
    except KeyError:
        logging.getLogger("paramiko").exception("failed for %s", MARKER)
    (line,) = lines(out)
    assert line["error_class"] == "KeyError"
    assert MARKER not in out.getvalue()


def test_a_record_that_cannot_be_formatted_stays_silent(
    out: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("paramiko").warning("%d", MARKER)
    assert MARKER not in out.getvalue() + capsys.readouterr().err


def test_a_logger_that_keeps_to_itself_is_caught_too(
    out: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = logging.getLogger("keeps.to.itself")
    alone.propagate = False
    alone.warning("about %s", MARKER)
    assert MARKER not in out.getvalue() + capsys.readouterr().err
    assert lines(out)[0]["logger"] == "keeps.to.itself"


def test_handlers_that_print_are_taken_off(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().addHandler(logging.StreamHandler(sys.stderr))
    stream = io.StringIO()
    logs.configure(level="debug", stream=stream)
    logging.getLogger("pyx12").error("segment %s", MARKER)
    assert MARKER not in stream.getvalue() + capsys.readouterr().err


def test_warnings_are_not_quoted(out: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn(f"value {MARKER}", UserWarning, stacklevel=1)
    assert lines(out)[0]["logger"] == "py.warnings"
    assert MARKER not in out.getvalue() + capsys.readouterr().err


def test_quiet_libraries_stay_quiet(out: io.StringIO) -> None:
    logs.configure(level="warning", stream=out)
    logging.getLogger("paramiko").info("connected to %s", MARKER)
    assert out.getvalue() == ""


# Where lines go and how they look


def test_a_terminal_gets_readable_lines_of_what_matters() -> None:
    stream = Terminal()
    logs.configure(stream=stream)
    log = get_logger("edigate.gateway")
    log.info("file sent", partner="acme")
    log.warning("answer late", partner="acme", counts={"late": 2}, patient=MARKER)
    (line,) = stream.getvalue().splitlines()
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d warning answer late  logger=edigate.gateway  partner=acme"
        r"  counts=\{'late': 2\}  dropped=patient",
        line,
    )


def test_a_message_stays_on_its_line() -> None:
    stream = Terminal()
    logs.configure(stream=stream)
    get_logger("x").warning("send stopped", error=DataError("first\n12:00:00 info all well\x1b[2J"))
    assert "error_message=first?12:00:00 info all well?[2J\n" in stream.getvalue()


def test_elsewhere_it_is_json_from_info_up() -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    get_logger("x").debug("looking")
    get_logger("x").info("file sent")
    assert [line["event"] for line in lines(stream)] == ["file sent"]


def test_a_log_file_is_appended_to_and_private(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "state" / "edigate.log"
    for _ in range(2):
        logs.configure(file=path)
        get_logger("x").info("file sent")
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["file sent"] * 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    logs.configure(stream=io.StringIO())
    assert capsys.readouterr().err == ""


def test_a_log_file_that_cannot_be_opened_stops_the_command(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the log file can't be opened: is a directory"):
        logs.configure(file=tmp_path)


def test_every_event_in_edigate_is_a_constant_that_fits() -> None:
    """Also what a program would only log on a bad day: no event is formatted, none takes arguments."""
    wrong: list[str] = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            names_a_logger = isinstance(owner, ast.Name) and owner.id in ("log", "_log", "logger", "_logger")
            if not names_a_logger or node.func.attr not in METHODS:
                continue
            constant = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            keys = {keyword.arg or "**" for keyword in node.keywords} - {"exc_info", "error"}
            fits = len(node.args) == 1 and len(constant) == 1 and logs.fits_event(constant[0])
            if not fits or not keys <= logs.ALLOWED.keys():
                wrong.append(f"{path.name}:{node.lineno} {sorted(keys - logs.ALLOWED.keys())}")
    assert wrong == []
