"""Inputs with a marker in every field that says who somebody is, and the search for what got away. No assertion here.

A marker begins with ZQ, which no word, code or hash of ours does, and means one field of one patient. Where a
field takes no letters (dates of birth), the marker is a day that nothing else has; days of service are looked for as
they are.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import REPOSITORY

EXAMPLES = REPOSITORY / "mappings" / "examples"
FORMS = sorted(path.name for path in EXAMPLES.iterdir())

# Of a claim as the mapping makes it: where people stand in it, and which of their fields identify them.
_PEOPLE = ("subscriber", "patient", "other_subscribers")
_IDENTITY = {
    "last_name", "first_name", "middle_name", "line1", "line2", "city", "member_id", "group_number", "group_name",
    "birth_date", "tax_id", "phone", "email", "death_date",
}  # fmt: skip
_NUMBERS = {
    "patient_control_number", "medical_record_number", "prior_authorization", "referral_number", "text", "description",
    "payer_claim_control_number", "auto_accident_number", "line_item_control_number", "property_casualty_number",
}  # fmt: skip

_numbers = count(1)
_LETTERS = "ABCDEFGHKLMNPRST"  # no vowels that could spell a word with ZQ, none that looks like a digit


def marker() -> str:
    """A new one: ZQ and letters."""
    number = next(_numbers)
    return "ZQ" + "".join(_LETTERS[number // 16**place % 16] for place in (3, 2, 1, 0)) + "X"


class Planted(NamedTuple):
    """An input: its text, its markers and the fields they stand in."""

    form: str
    suffix: str
    text: str
    markers: dict[str, str]


def planted(form: str) -> Planted:
    """The ready mapping's example, each identifying value of it exchanged for a marker of its own."""
    folder = EXAMPLES / form
    (path,) = (one for one in folder.iterdir() if one.name.startswith("encounters."))
    text, markers = path.read_text(encoding="utf-8-sig"), {}
    found: dict[str, str] = {}
    for entry in json.loads((folder / "claims.json").read_text()):
        if entry["claim"]:
            found |= dict(_identifying(entry["claim"]))
    # The longest first, for one name may be part of another.
    for value, field in sorted(found.items(), key=lambda one: -len(one[0])):
        if field.endswith("service_date"):
            forms = {form: form for form in (value, value.replace("-", ""))}
        elif re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            day = next(_numbers)
            new = f"19{day // 27 % 10:02d}-0{day // 270 % 9 + 1}-{day % 27 + 1:02d}"
            forms = {value: new, value.replace("-", ""): new.replace("-", "")}
        else:
            forms = {value: marker()}
        for old, new in forms.items():
            text, times = re.subn(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])", new, text, flags=re.IGNORECASE)
            if times:
                markers[new] = field
    return Planted(form, path.suffix, text, markers)


def _identifying(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Values that say who somebody is or when they were treated, with the path of their field."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _identifying(below, (*path, key))
    elif isinstance(value, list):
        for below in value:
            yield from _identifying(below, path)
    elif isinstance(value, str) and len(value) >= 4 and path:
        of_person = path[0] in _PEOPLE and path[-1] in _IDENTITY
        if of_person or path[-1] in _NUMBERS or path[-1] == "service_date":
            yield value, ".".join(path)


def spoiled(one: Planted) -> dict[str, str]:
    """What goes wrong with such files, by a name: cut off, amounts that are none, a header that is missing."""
    half = one.text[: len(one.text) * 2 // 3]
    wrong = {"cut": half, "amounts": re.sub(r"\b\d+\.\d\d\b", lambda _: marker(), one.text)}
    if one.suffix == ".csv":
        first, _, rest = one.text.partition("\n")
        wrong["headless"] = rest
        wrong["quoted"] = first + "\n" + rest.replace(",", ',"', 1)
        wrong["twice"] = f"{first}\n{rest}\n{rest}"
    if one.suffix == ".json":
        wrong["keyed"] = re.sub(r'"(subscriber|patient|resourceType)"', lambda _: f'"{marker()}"', one.text)
        wrong["doubled"] = re.sub(r'("\w+": *)("ZQ\w+")', r"\1\2, \1\2", one.text, count=1)
        wrong["listed"] = re.sub(r'"ZQ\w+"', r'{"\g<0>": [1]}'.replace('"\\g<0>"', r"\g<0>"), one.text, count=2)
    if one.suffix == ".837":
        wrong["swapped"] = one.text.replace("NM1*", "NM9*", 1)
        wrong["unended"] = one.text.replace("IEA*", "ZQIEA*")
    return wrong


def database(root: Path) -> str:
    """A practice's database with the planted CSV in it, and a mapping that asks it; the mapping's name."""
    rows = list(csv.DictReader(io.StringIO(planted("encounters-csv").text)))
    with sqlite3.connect(root / "ehr.db") as ehr:
        ehr.execute(f"CREATE TABLE line ({', '.join(rows[0])})")
        for row in rows:
            ehr.execute(
                f"INSERT INTO line VALUES ({', '.join('?' * len(row))})", [value or None for value in row.values()]
            )
    ehr.close()
    shipped = (REPOSITORY / "mappings" / "encounters-csv.toml").read_text()
    source = (
        '[source]\nformat = "sql"\nurl = "sqlite:///ehr.db"\ngroup_by = "encounter_id"\nmissing_columns = "blank"\n'
        'query = "SELECT * FROM line ORDER BY rowid"\n\n'
    )
    (root / "mappings" / "ehr.toml").write_text(re.sub(r"(?s)\[source\].*?\n\n", source, shipped, count=1))
    return "ehr"


def got_away(markers: Iterable[str], text: str) -> set[str]:
    """The markers in a text, however written."""
    text = text.upper()
    found = set(re.findall(r"ZQ[A-Z]{4}X", text))
    return found | {one for one in markers if not one.startswith("ZQ") and re.search(rf"(?<!\d){one}(?!\d)", text)}


KEPT = ("state/archive/", "state/ledger.db", "inbox/", "ehr.db", "acme-server/", "out/")


def written(root: Path, markers: Mapping[str, str]) -> dict[str, set[str]]:
    """What of the markers stands in files of the workspace that aren't for it, and in any file's name."""
    found: dict[str, set[str]] = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        leaks = set() if name.startswith("acme-server/") else got_away(markers, name)  # its names are the partner's
        if path.is_file() and not name.startswith(KEPT):
            leaks |= got_away(markers, path.read_bytes().decode("utf-8", "replace"))
        if leaks:
            found[name] = leaks
    return found


def kept(root: Path, markers: Mapping[str, str]) -> set[str]:
    """The markers that the archive holds: that they came in at all."""
    archived = (path for path in (root / "state" / "archive").rglob("*") if path.is_file())
    return set().union(*(got_away(markers, path.read_bytes().decode("utf-8", "replace")) for path in archived))


def copied(root: Path, to: Path) -> Path:
    """A workspace as it stands, to be spoilt."""
    return Path(shutil.copytree(root, to))


def hostile_answers(folder: Path) -> dict[str, str]:
    """Spoil the answers in a folder, each in several ways, beside the good ones; the markers put into them.

    999s that copy our data (CTX, IK4), 277CAs with the payer's free text, 835s of strangers, of corrected names, that
    don't add up or end in the middle, archives, reports, and names of files that name somebody.
    """
    markers: dict[str, str] = {}

    def new(what: str) -> str:
        one = marker()
        markers[one] = what
        return one

    for path in sorted(folder.iterdir()):
        text = path.read_text()
        segments = [one.strip() for one in text.split("~") if one.strip()]
        kind = next((one.split("*")[1] for one in segments if one.startswith("ST*")), "TA1")
        ways: dict[str, list[str]] = {"cut": segments[: len(segments) * 2 // 3]}
        if kind == "999":
            copied = ["IK3*NM1*12*2010*8", f"CTX*CLM01:{new('999 CTX')}", f"IK4*9*67*7*{new('999 IK4')}"]
            ways["rejecting"] = _with(segments, "AK2", copied, {"IK5*A": "IK5*R*5", "AK9*A": "AK9*R"})
        if kind == "277":
            ways["telling"] = [
                "*".join((one.split("*") + [""] * 12)[:12]) + f"*{new('277CA STC12')}"
                if one.startswith("STC*")
                else one
                for one in segments
            ]
            ways["strangers"] = [_renumbered(one, "TRN*2*", new) for one in segments]
        if kind == "835":
            ways["strangers"] = [_renumbered(one, "CLP*", new) for one in segments]
            ways["off"] = [re.sub(r"^(CLP\*[^*]*\*[^*]*\*[^*]*\*)", r"\g<1>9", one) for one in segments]
            corrected = f"NM1*74*1*{new('835 NM103')}*{new('835 NM104')}****C*{new('835 NM109')}"
            ways["corrected"] = _with(segments, "NM1*QC", [corrected], {})
        for way, spoilt in ways.items():
            (folder / f"{way}-{path.name}").write_text("~\n".join(spoilt) + "~\n")
    (folder / f"{new('a name')}_JOHN.txt").write_text(f"REPORT ON {new('a report')}\n")
    (folder / "broken.zip").write_bytes(b"PK\x03\x04" + new("a zip").encode())
    with zipfile.ZipFile(folder / "whole.zip", "w") as archive:
        archive.writestr("report.txt", f"ABOUT {new('inside a zip')}")
        archive.writestr(f"{new('a name in a zip')}.835", "ISA*00*broken")
    return markers


def _with(segments: list[str], after: str, added: list[str], changed: Mapping[str, str]) -> list[str]:
    """Segments put behind each one that begins so, the count of SE right again."""
    found: list[str] = []
    for segment in segments:
        if segment.startswith("SE*"):
            since = max(at for at, one in enumerate(found) if one.startswith("ST*"))
            found.append(f"SE*{len(found) - since + 1}*{segment.split('*')[2]}")
            continue
        found.append(
            next((segment.replace(old, new) for old, new in changed.items() if segment.startswith(old)), segment)
        )
        if segment.startswith(after):
            found += added
    return found


def _renumbered(segment: str, beginning: str, new: Callable[[str], str]) -> str:
    """A segment about a claim, with a number that none of ours has."""
    if not segment.startswith(beginning):
        return segment
    _, star, rest = segment.removeprefix(beginning).partition("*")
    return f"{beginning}{new('a number')}{star}{rest}"
