"""Findings: what is wrong with data, as values. Knows nothing of who found it or who will read it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import msgspec

from edigate.secrecy import Phi


class Severity(StrEnum):
    """How bad: an error refuses the claim or file, a warning travels with it, info only tells."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """The cell a value came from: file name, row (1 = the header line of a CSV), column name.

    `place` says in the file's own terms where the row stands, e.g. a claim's set, segments and byte.
    """

    file: str
    row: int = 0
    column: str = ""
    place: str = ""

    def __str__(self) -> str:
        where = f"{self.file} row {self.row}" if self.row else self.file
        if self.place:
            where = f"{where} ({self.place})"
        return f"{where}, column {self.column}" if self.column else where


class Finding(Phi, msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong with data.

    `code` is stable and documented; `level` is the SNIP level 1-7 (0: not about a claim's content);
    `message` is for a biller. `value` may be PHI: it is shown on request and never logged.
    Positions: `segment_position` counts from ST = 1 in its set, `element`, `component` and
    `repetition` from 1 (0: not about one), `offset` is the byte in the file.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    level: int = 0
    file: str = ""
    interchange: str = ""
    functional_group: str = ""
    transaction_set: str = ""
    segment_id: str = ""
    segment_position: int = 0
    loop: str = ""
    element: int = 0
    component: int = 0
    repetition: int = 0
    offset: int = -1
    value: str = ""
    expected: str = ""
    field: str = ""
    sources: tuple[Source, ...] = ()

    def __repr__(self) -> str:
        return f"<Finding {self.code} {self.severity} {self.field}>"


class Meaning(NamedTuple):
    """What a code says, in a room's table of the codes it tells: its row in docs/findings.md.

    `what` is wrong, `remedy` what to do about it, `source` the standard, guide or publisher that asks for it; empty
    where that is edigate itself. `severities`: all that it is told with. A finding's own message says where.
    """

    code: str
    what: str
    remedy: str
    source: str = ""
    severities: tuple[Severity, ...] = (Severity.ERROR,)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any finding refuses what it is about."""
    return any(finding.severity is Severity.ERROR for finding in findings)
