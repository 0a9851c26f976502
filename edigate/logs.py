"""Logs: what may be said about a run, as one table of keys and shapes. Nothing else gets into a line.

A log line is an event (a constant, lower-case text) and values whose keys are in ALLOWED and whose
shapes fit there; any other key is left out and its name is listed under `dropped`. Libraries log free
text, which quotes what they work on: of theirs only the logger's name, the level and the place remain.
Of an exception (`error=` or `exc_info=`): its class, the place in the code, and the message only where it
is our own.

    from edigate.logs import get_logger
    log = get_logger(__name__)
    log.info("file sent", partner=partner.name, file_id=file_id, claims=len(claims), seconds=0.31)

JSON lines where nobody watches, readable ones on a terminal. Knows no workspace and no command.
"""

from __future__ import annotations

import functools
import io
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TextIO

import msgspec

from edigate.errors import EdigateError, StorageError

if TYPE_CHECKING:
    from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

Level = Literal["auto", "debug", "info", "warning", "error"]
Format = Literal["auto", "json", "text"]

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,63}", re.ASCII)  # ids, states, codes, class names
# Words without digits, but for the names of what we exchange: a number in an event would be somebody's.
_EVENT = re.compile(r"(?!.{80})(?:(?:[a-z][a-z-]*|x12|ta1|999|277ca|835|837)(?:,? |$))+", re.ASCII)
_PLACE = re.compile(r"[A-Za-z0-9_./<>-]{1,120}(:[0-9]+)?( [A-Za-z0-9_.<>]+)?", re.ASCII)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _id(value: object) -> bool:
    return _count(value) or _word(value)


def _place(value: object) -> bool:
    return isinstance(value, str) and _PLACE.fullmatch(value) is not None


def _words(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(_word(one) for one in value)


def _places(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(_place(one) for one in value)


def _counts(value: object) -> bool:
    return isinstance(value, Mapping) and all(_word(key) and _count(one) for key, one in value.items())


def _own_text(value: object) -> bool:
    return isinstance(value, _OwnText)


class _OwnText(str):
    """The message of an EdigateError: names no patient by its contract (errors.py)."""

    __slots__ = ()


# Every key a log line may hold, and the shape its value must have. Ids are ours (ledger rows, hashes, run
# ids, control numbers), never a patient's, a member's or a practice's account number.
ALLOWED: dict[str, Callable[[object], bool]] = {
    # which run, where in the house
    "run_id": _word,
    "logger": _word,
    "where": _place,
    # what it is about
    "partner": _word,
    "mapping": _word,
    "batch_id": _id,
    "claim_id": _id,
    "file_id": _id,
    "payment_id": _id,
    "deposit_id": _id,
    "sha256": _word,
    "interchange": _id,  # ISA13
    "group": _id,  # GS06
    "transaction_set": _id,  # ST02
    "guide": _word,  # GS08
    "kind": _word,  # 837P, 835, 999, 277CA, TA1
    "direction": _word,
    # what happened to it
    "state": _word,
    "old_state": _word,
    "new_state": _word,
    "stage": _word,
    "outcome": _word,
    "code": _word,
    "severity": _word,
    "dry_run": _flag,
    "duplicate": _flag,
    # how much of it
    "count": _count,
    "counts": _counts,
    "accepted": _count,
    "attempt": _count,
    "batches": _count,
    "bytes": _count,
    "claims": _count,
    "errors": _count,
    "files": _count,
    "findings": _count,
    "lines": _count,
    "matched": _count,
    "payments": _count,
    "posted": _count,
    "refused": _count,
    "rejected": _count,
    "rows": _count,
    "segments": _count,
    "skipped": _count,
    "unmatched": _count,
    "warnings": _count,
    "seconds": _number,
    "wait_seconds": _number,
    # how it ended
    "error_class": _word,
    "error_message": _own_text,
    "caused_by": _words,
    "trace": _places,
    "exit_code": _count,
    "fault": _word,
    "transient": _flag,
}
_FRAME = ("timestamp", "level", "event", "dropped")  # set here, not by whoever logs

UNFIT_EVENT = "event text left out"
LIBRARY_MESSAGE = "library message"

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_PACKAGE = Path(__file__).resolve().parent
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # a line stays one line, whatever a server answered
# structlog brings asyncio and rich along, a tenth of a second, and most commands about one file never log. What
# is to be done with it waits here until somebody asks for a logger or a library speaks.
_waiting: list[Callable[[], None]] = []
_open_file: list[TextIO] = []  # the log file of this process, closed when another takes its place


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger whose lines carry `logger=name`; cheap, may be made at import."""
    import structlog  # noqa: PLC0415  # see `_waiting`

    _settle()
    # `logger=` is a parameter of structlog's own there, so the name travels under another key.
    logger: FilteringBoundLogger = structlog.get_logger(logger_name=name)
    return logger


def fits_event(event: object) -> bool:
    """Whether a text may be an event: a few lower-case words, no digits but those of what we exchange."""
    return isinstance(event, str) and _EVENT.fullmatch(event) is not None


def bind(**values: object) -> None:
    """Put values (of ALLOWED keys) into every line of this run from here on."""
    _when_needed(functools.partial(_bind, values))


def _bind(values: Mapping[str, object]) -> None:
    import structlog  # noqa: PLC0415  # see `_waiting`

    structlog.contextvars.bind_contextvars(**values)


def configure(
    level: str = "auto",
    format: str = "auto",  # noqa: A002  # the key's name in edigate.toml
    stream: TextIO | None = None,
    file: Path | None = None,
    *,
    at_once: bool = True,
) -> None:
    """Set up logging for this process; a second call takes the place of the first.

    Not `at_once`: libraries are routed, and structlog is imported by the first who asks for a logger.

    Lines go to `file` (appended, readable by the owner only) or else to `stream` (standard error where
    None). `auto`: readable lines on a terminal and JSON elsewhere; warnings upward on a terminal, where a
    person reads the command's own words, and info upward elsewhere. Raises StorageError where `file`
    can't be opened.
    """
    for old in _open_file:
        old.close()
    _open_file.clear()
    target: TextIO = stream or sys.stderr
    if file is not None:
        target = _append_to(file)
        _open_file.append(target)
    watched = target.isatty()
    if format == "auto":
        format = "text" if watched else "json"  # noqa: A001  # the same word as in edigate.toml
    if level == "auto":
        level = "warning" if watched else "info"
    _waiting.clear()
    _route_libraries(_LEVELS[level])
    _when_needed(functools.partial(_configure, _LEVELS[level], _text_line if format == "text" else _json_line, target))
    if at_once:
        _settle()


def _configure(level: int, line: Callable[[WrappedLogger, str, EventDict], str], target: TextIO) -> None:
    import structlog  # noqa: PLC0415  # see `_waiting`

    structlog.contextvars.clear_contextvars()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _describe_exception, _only_allowed, line],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )


def _when_needed(action: Callable[[], None]) -> None:
    """Do it now where structlog is there already, else with the first line."""
    _waiting.append(action)
    if "structlog" in sys.modules:
        _settle()


def _settle() -> None:
    """Do what waits for structlog, in order."""
    actions, _waiting[:] = _waiting[:], []
    for action in actions:
        action()


def _append_to(file: Path) -> TextIO:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"the log file can't be opened: {os.strerror(error.errno or 0).lower()}",
            hint="Look at `file` under [logs] in edigate.toml, and at the rights of that folder.",
        ) from error


def _only_allowed(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The allow-list: what fits stays, of the rest only the key's name."""
    text = event.pop("event", "")
    event = {("logger" if key == "logger_name" else key): value for key, value in event.items()}
    line: EventDict = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": _level_name(method),
        "event": text if fits_event(text) else UNFIT_EVENT,
    }
    dropped: list[str] = []
    for key, value in event.items():
        fits = ALLOWED.get(key)
        if fits is not None and fits(value):
            line[key] = _plain(value)
        elif value is not None:
            # The name of an unknown key is programmed; a key out of a dict of data (**row) isn't a plain one.
            dropped.append(key if key.isidentifier() and key.islower() and len(key) <= 32 else "?")
    if dropped:
        line["dropped"] = sorted(set(dropped))
    return line


def _plain(value: object) -> object:
    """Enums and subclasses of text as plain text, which any renderer takes."""
    if isinstance(value, Enum):
        value = value.value
    return str(value) if isinstance(value, str) else value


def _level_name(method: str) -> str:
    return {"warn": "warning", "exception": "error", "fatal": "critical"}.get(method, method)


def _describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its class and causes; by its message only where it is our own.

    `error=` is one that was expected and dealt with; `exc_info=` (or `log.exception`) adds the trace.
    """
    info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    error = event.get("error")
    traced = info is not None and info is not False
    if traced:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1]
        if isinstance(info, tuple):
            error = info[1]
    if not isinstance(error, BaseException):
        return event
    event.pop("error", None)
    event["error_class"] = type(error).__name__
    if isinstance(error, EdigateError):
        event["error_message"] = _OwnText(error.message)
    causes = _causes(error)
    if causes:
        event["caused_by"] = causes
    if traced:
        event["trace"] = _trace(error.__traceback__)
    return event


def _causes(error: BaseException) -> list[str]:
    names: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(names) < 8:
        names.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return names


def _trace(traceback: TracebackType | None) -> list[str]:
    """`file:line function`, innermost last; no source text, no locals."""
    found: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        found.append(f"{_short(code.co_filename)}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return found[-20:]


def _short(filename: str) -> str:
    """A source file's path without this machine's part: `edigate/logs.py`, `paramiko/transport.py`."""
    path = Path(filename)
    if path.is_relative_to(_PACKAGE):
        return f"edigate/{path.relative_to(_PACKAGE)}"
    return "/".join(path.parts[-2:])


def _json_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


def _text_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    head = f"{event['timestamp'][11:19]} {event['level']:<7} {event['event']}"
    rest = {key: value for key, value in event.items() if key not in _FRAME or key == "dropped"}
    rest.pop("run_id", None)  # one run, one terminal
    out = io.StringIO()
    for key, value in rest.items():
        shown = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        out.write(f"  {key}={shown}")
    return _CONTROL.sub("?", head + out.getvalue())


class _Library(logging.Handler):
    """Standard-library logging of other people's code: that it spoke, where, how loud. Never its text."""

    def emit(self, record: logging.LogRecord) -> None:
        import structlog  # noqa: PLC0415  # see `_waiting`

        _settle()
        log = structlog.get_logger(
            logger_name=record.name,
            where=f"{_short(record.pathname)}:{record.lineno}",
        )
        if record.exc_info and record.exc_info[1] is not None:
            log = log.bind(error_class=record.exc_info[1].__class__.__name__)
        log.log(_nearest(record.levelno), LIBRARY_MESSAGE)


def _nearest(level: int) -> int:
    return max((known for known in (10, 20, 30, 40, 50) if known <= level), default=10)


def _route_libraries(level: int) -> None:
    root = logging.getLogger()
    for handler in [*root.handlers]:
        # Ours of an earlier call, and plain ones that would print a record's text. Subclasses (a test
        # runner's capture) print nothing by themselves and stay.
        if isinstance(handler, _Library) or type(handler) is logging.StreamHandler:
            root.removeHandler(handler)
    ours = _Library()
    root.addHandler(ours)
    # What libraries call information says nothing without its text: below warning only at debug.
    root.setLevel(level if level <= logging.DEBUG else max(level, logging.WARNING))
    logging.lastResort = ours  # for loggers that don't propagate
    logging.raiseExceptions = False  # its complaint quotes the record's arguments
    logging.captureWarnings(True)  # a Python warning shows a line of source, sometimes a value
