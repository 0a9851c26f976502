"""The fee tables of a workspace: files of `fees/` read and checked, and which of them hold for whose claims."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from edigate.config import Workspace
from edigate.errors import ConfigError, NoInputError
from edigate.findings import Finding, has_errors
from edigate.money import from_cents
from edigate.reconcile.fee_table import FeeTable, Service
from edigate.reconcile.fees import Fee, read_fees
from edigate.reports.terms import Terms

FOLDER = "fees"


class CheckedFees(msgspec.Struct, kw_only=True):
    """What a file of fees holds, and what is wrong with it."""

    file: str
    fees: int
    findings: list[Finding]

    @property
    def good(self) -> bool:
        return not has_errors(self.findings)


class ShownFee(msgspec.Struct, frozen=True, kw_only=True):
    """The fee of a service for a payer, or why there is none."""

    allowed: Decimal | None  # dollars
    per: str = ""
    source: str = ""
    tied: tuple[str, ...] = ()  # where the fees stand that contradict each other


def check_fees(path: Path) -> CheckedFees:
    """Read one file of fees and look for ties in it. Raises NoInputError."""
    fees, findings = read_file(path)
    return CheckedFees(file=path.name, fees=len(fees), findings=[*findings, *FeeTable(fees).ties()])


def read_file(path: Path) -> tuple[list[Fee], list[Finding]]:
    """The fees of a file and what is wrong with it. Raises NoInputError where it can't be read."""
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as lines:
            return read_fees(lines, path.name)
    except OSError as error:
        raise NoInputError(f"{path.name}: {os.strerror(error.errno or 0).lower()}") from error


def fee_files(workspace: Workspace) -> list[Path]:
    """The fee files of a workspace, by name."""
    return sorted((workspace.root / FOLDER).glob("*.csv"))


def load_terms(workspace: Workspace) -> Terms:
    """What partners and payers agreed to pay, with what is wrong with the tables that say so.

    Raises ConfigError where a partner names a file that isn't there.
    """
    there = {path.name: path for path in fee_files(workspace)}
    wanted: dict[str, tuple[str, ...]] = {}
    for partner in workspace.partners():
        named = partner.expected.fees
        missing = [name for name in named or () if name not in there]
        if missing:
            have = f"There are {', '.join(there)}." if there else f"There is no {FOLDER}/*.csv yet."
            raise ConfigError(
                f"partners/{partner.name}.toml: expected.fees: there is no {FOLDER}/{missing[0]}", hint=have
            )
        wanted[partner.name] = tuple(there) if named is None else named
    read = {name: read_file(there[name]) for name in sorted({name for names in wanted.values() for name in names})}
    tables = {names: FeeTable(_all(read[name][0] for name in names)) for names in set(wanted.values())}
    wrong = {name: len({one.sources[0].row for one in findings}) for name, (_, findings) in read.items() if findings}
    return Terms(
        workspace.partners(),
        tables={partner: tables[names] for partner, names in wanted.items()},
        unusable=wrong,
        deposits=workspace.config.deposits,
        fingerprint=_fingerprint(workspace, [there[name] for name in read]),
    )


def _fingerprint(workspace: Workspace, files: Iterable[Path]) -> str:
    """Of what partners agreed to and of the fee files read."""
    told = hashlib.sha256(msgspec.json.encode([(one.name, one.usage, one.expected) for one in workspace.partners()]))
    for path in files:
        told.update(f"\n{path.name}\n".encode())
        told.update(path.read_bytes())
    return told.hexdigest()


def show_fee(terms: Terms, partner: str, service: Service, day: date | None) -> ShownFee:
    """The fee that a partner's table has for a service on a day."""
    choice = terms.table(partner).choose(service, day)
    fee = choice.fee
    if fee is None:
        return ShownFee(allowed=None, tied=tuple(one.source for one in choice.tied))
    return ShownFee(allowed=from_cents(fee.allowed_cents), per=fee.per or "unit", source=fee.source)


def _all(lists: Iterable[list[Fee]]) -> list[Fee]:
    return [fee for fees in lists for fee in fees]
