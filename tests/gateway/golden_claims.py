"""837s and 277CAs of the public corpus as another vendor's converter read them: what of them is money. No assertion."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.x12.samples import CORPUS

# Goldens of the vendor's other example of the same name: its one line charges 40, that of 018 charges 100.
_MADE_OF = {"837P-018": "011", "837P-018-1": "011", "837P-018-2": "011"}


class Billed(NamedTuple):
    """A claim: its number, its charge, its lines' charges; None where the golden doesn't say."""

    number: str
    charge: Decimal | None
    lines: list[Decimal] | None


class Told(NamedTuple):
    """A claim's status: number, and of each STC the action, the charge and the categories."""

    number: str
    statuses: list[tuple[str, Decimal | None, list[str]]]


def source_of(golden: Path) -> Path:
    """The file a golden was made of."""
    folder, number = golden.stem.split("-")[:2]
    return next((CORPUS / folder).glob(f"{_MADE_OF.get(golden.stem, number)}-*"))


def billed(golden: Path) -> list[Billed]:
    """The claims of an 837 golden, in whatever form it is."""
    text = golden.read_text(encoding="utf-8-sig")
    match golden.suffix:
        case ".xml":
            return [_of_xml(text)]
        case ".csv":
            return list(_of_rows(list(csv.DictReader(text.splitlines(keepends=True)))))
        case ".jsonl":
            told = [_number(line) for line in text.splitlines() if line.strip()]
        case _:
            told = _number(text)
            told = told["claims"] if isinstance(told, dict) else told
    return [
        Billed(
            one["patientControlNumber"], one["chargeAmount"], [line["chargeAmount"] for line in one["serviceLines"]]
        )
        for one in told
        if one.get("objectType", "CLAIM") == "CLAIM"
    ]


def told(golden: Path) -> list[Told]:
    """The claims of a 277CA golden."""
    return [
        Told(
            one["patientControlNumber"],
            [
                (
                    status.get("actionCode", ""),
                    status.get("chargeAmount"),
                    [code["categoryCode"] for code in status["statusCodeInfos"]],
                )
                for status in one["statusInfos"]
            ],
        )
        for one in _number(golden.read_text(encoding="utf-8"))
        if one["objectType"] == "CLAIM_STATUS"
    ]


def _number(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def _of_rows(rows: Sequence[Mapping[str, str]]) -> Iterator[Billed]:
    """A row a claim, a row a line, or both: a claim begins where its charge is, or where another number is."""
    begun: Billed | None = None
    for row in rows:
        charge = Decimal(row["ChargeAmount"]) if row.get("ChargeAmount") else None
        if begun is None or charge is not None or row["PatientControlNumber"] != begun.number:
            if begun is not None:
                yield begun
            begun = Billed(row["PatientControlNumber"], charge, [] if "LineChargeAmount" in row else None)
        if begun.lines is not None and row["LineChargeAmount"]:
            begun.lines.append(Decimal(row["LineChargeAmount"]))
    if begun is not None:
        yield begun


def _of_xml(text: str) -> Billed:
    """A dump of segments, each element in a tag of its name."""
    (number,), (charge,) = (re.findall(rf"<{name}>([^<]*)</{name}>", text) for name in ("CLM01", "CLM02"))
    lines = re.findall(r"<SV203>([^<]*)</SV203>", text)
    return Billed(number, Decimal(charge), [Decimal(each) for each in lines])
