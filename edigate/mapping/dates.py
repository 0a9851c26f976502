"""Transforms of dates and times of day. Knows forms like `%d-%b-%Y`, no field. English months, any locale."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time

from edigate.mapping.texts import Unusable, remember

_MONTHS = {
    word: month
    for month, words in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
         "aug august", "sep sept september", "oct october", "nov november", "dec december"), 1)
    for word in words.split()
}  # fmt: skip

_FIXED = {"Y": "(?P<Y>[0-9]{4})", "m": "(?P<m>[0-9]{2})", "d": "(?P<d>[0-9]{2})", "H": "(?P<H>[0-9]{2})",
          "I": "(?P<I>[0-9]{2})", "p": "(?P<p>[AaPp])\\.?[Mm]\\.?",
          "M": "(?P<M>[0-9]{2})", "S": "(?P<S>[0-9]{2}(?:[.][0-9]+)?)", "b": "(?P<b>[A-Za-z]{3,9})[.]?",
          "B": "(?P<b>[A-Za-z]{3,9})[.]?"}  # fmt: skip
_LOOSE = {"m": "(?P<m>[0-9]{1,2})", "d": "(?P<d>[0-9]{1,2})", "H": "(?P<H>[0-9]{1,2})", "I": "(?P<I>[0-9]{1,2})"}

# Databases write `2026-01-02T00:00:00-05:00`, `20260102T050000Z`, `1/2/2026 12:00:00 AM` of a date.
_TIME_BEHIND = (
    r"(?:[T ] ?[0-9]{1,2}(?::?[0-9]{2}){1,2}(?:[.,][0-9]+)?(?: ?[AaPp][Mm])?(?: ?(?:Z|[+-][0-9]{2}:?(?:[0-9]{2})?))?)?"
)
_DAY_NUMBER = re.compile(r"[1-5][0-9]{4}(?:\.[0-9]+)?", re.ASCII)  # how spreadsheets count the days since 1900


def _pattern(form: str, *, of_date: bool = False) -> re.Pattern[str]:
    """A form like `%d-%b-%Y` as a regular expression; of a date without an hour, a time of day may follow."""
    parts = re.findall(r"%.|[^%]", form)
    built = []
    for position, part in enumerate(parts):
        if not part.startswith("%"):
            built.append(re.escape(part))
            continue
        code = part[1:]
        if code == "y":
            raise ValueError("four-digit years (%Y): of two digits nobody can tell the century")
        if code not in _FIXED:
            raise ValueError("forms of %Y %m %d %b %B %H %I %p %M %S, e.g. '%d-%b-%Y'")
        beside_digits = any(
            0 <= near < len(parts) and parts[near].startswith("%") for near in (position - 1, position + 1)
        )
        built.append(_FIXED[code] if beside_digits else _LOOSE.get(code, _FIXED[code]))
    if of_date and "%H" not in parts and "%I" not in parts:
        built.append(_TIME_BEHIND)
    try:
        return re.compile("".join(built), re.ASCII)
    except re.error:  # a code that stands twice
        raise ValueError("forms that hold each part once, e.g. '%d-%b-%Y'") from None


def date_by(*forms: str) -> Callable[[str], date]:
    """A date in one of the forms, e.g. `date('%d-%b-%Y', '%m/%d/%Y')`; a time of day behind it is left off,
    and the day is the one that is written, in whatever time zone."""
    patterns = [_pattern(form, of_date=True) for form in forms or ("%Y-%m-%d", "%Y%m%d")]
    parts = [set(pattern.groupindex) for pattern in patterns]
    if any(not {"Y", "d"} <= held or not {"m", "b"} & held for held in parts):
        raise ValueError("forms that hold a year, a month and a day")
    shown = " or ".join(_example(form) for form in forms or ("%Y-%m-%d", "%Y%m%d"))

    iso_first = forms[:1] in ((), ("%Y-%m-%d",))

    def read(text: str) -> date:
        if iso_first and len(text) == 10 and text[4] == text[7] == "-":
            try:
                return date.fromisoformat(text)
            except ValueError:
                pass  # said below
        for pattern in patterns:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            parts = found.groupdict()
            month = _MONTHS.get(parts["b"].lower(), 0) if "b" in parts else int(parts["m"])
            try:
                return date(int(parts["Y"]), month, int(parts["d"]))
            except ValueError:
                continue
        number = "; it looks like a spreadsheet's day number: write the column as a date"
        raise Unusable(f"is not a date like {shown}{number if _DAY_NUMBER.fullmatch(text) else ''}")

    return remember(read)


def time_by(*forms: str) -> Callable[[str], time]:
    """A time of day, e.g. `time('%H:%M')`, `time('%I:%M %p')`."""
    patterns = [_pattern(form) for form in forms or ("%H:%M", "%H%M", "%H:%M:%S")]
    if any(not {"H", "I"} & set(pattern.groupindex) for pattern in patterns):
        raise ValueError("forms that hold an hour, e.g. '%H:%M'")

    def read(text: str) -> time:
        for pattern in patterns:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            parts = found.groupdict()
            try:
                return time(_hour(parts), int(parts.get("M") or 0), int((parts.get("S") or "0")[:2]))
            except ValueError:
                continue
        raise Unusable("is not a time of day like 14:30")

    return remember(read)


def _hour(parts: dict[str, str]) -> int:
    """The hour of 24. Raises ValueError where 12 hours are meant and it isn't one of them."""
    if "I" not in parts:
        return int(parts["H"])
    hour = int(parts["I"])
    if not 1 <= hour <= 12:
        raise ValueError("not an hour of twelve")
    return hour % 12 + (12 if (parts.get("p") or "a").lower() == "p" else 0)


def _example(form: str) -> str:
    for code, shown in (("%Y", "2015"), ("%m", "05"), ("%d", "30"), ("%b", "May"), ("%B", "May"),
                        ("%H", "14"), ("%I", "02"), ("%p", "PM"), ("%M", "30"), ("%S", "00")):  # fmt: skip
        form = form.replace(code, shown)
    return form
