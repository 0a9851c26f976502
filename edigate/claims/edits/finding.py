"""How an edit says what it found: one short call, so that the edits read as rules."""

from __future__ import annotations

from edigate.findings import Finding, Severity


def error(code: str, level: int, field: str, message: str, *, value: str = "") -> Finding:
    """A claim that can't be sent. `field` is dotted from the claim; `value` may be PHI."""
    return Finding(code=code, level=level, field=field, message=message, severity=Severity.ERROR, value=value)


def warning(code: str, level: int, field: str, message: str, *, value: str = "") -> Finding:
    """A claim that may be sent, with something a person should know."""
    return Finding(code=code, level=level, field=field, message=message, severity=Severity.WARNING, value=value)
