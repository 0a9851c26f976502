"""A practice whose claims of June 2026 are all paid, with ages for what it keeps. No assertion here."""

from __future__ import annotations

from pathlib import Path

from edigate.config import Workspace, load_workspace
from edigate.gateway.checking import check
from edigate.gateway.purge import purge
from edigate.gateway.purging import OfKind, Plan, look
from edigate.gateway.reconcile import reconcile
from edigate.gateway.send import send
from edigate.retention import Kind
from tests.gateway import posting_books as books
from tests.gateway.practice import TestGateway, files_out, ready

RULES = """
[retention]
encounters = "7 years"
claim_files = "10 years"
remittances = "10 years"
acknowledgments = "7 years"
bank_files = "7 years"
others = "1 year"
claims = "12 years"
"""
YEAR = 365.25
PERSON = "ZQMARKED"  # a last name that stands nowhere else
ACCEPTED = "AK1*HC*1*005010X222A1\nAK2*837*0001*005010X222A1\nIK5*A\nAK9*A*1*1*1"
REPORT = b"CLAIM REPORT\nACCEPTED 3\nREJECTED 0\n"


def with_ages(root: Path) -> Workspace:
    """The workspace with ages for nearly everything."""
    with (root / "edigate.toml").open("a") as settings:
        settings.write(RULES)
    return load_workspace(root)


def remittance(*numbers: str, paid: int = 100) -> bytes:
    """An 835 that pays each of these claims, and writes the rest of its 165.00 off by contract."""
    segments = [
        segment
        for number in numbers
        for segment in (f"CLP*{number}*1*165*{paid}**12*PCN{number}*11*1", f"CAS*CO*45*{165 - paid}")
    ]
    return books.x835(books.payment(f"EFT{numbers[0]}", *segments))


def corrected(number: str) -> bytes:
    """An 835 that takes back what was paid, and pays 10.00 more."""
    back = (f"CLP*{number}*22*-165*-100**12*PCN{number}*11*1", "CAS*CO*45*-65")
    again = (f"CLP*{number}*1*165*110**12*PCN{number}*11*1", "CAS*CO*45*55")
    return books.x835(books.payment(f"BACK{number}", *back, *again))


def sent(gateway: TestGateway, count: int = 3, prefix: str = "E", **cells: str) -> list[str]:
    """Claims sent, and the file accepted; their numbers."""
    ready(gateway, count, prefix, **cells)
    send(gateway, gateway.workspace.partner("acme"))
    (file, *_) = reversed(files_out(gateway))
    accepted = ACCEPTED.replace("HC*1*", f"HC*{file.gs06}*").replace("*0001*", f"*{file.gs06:04d}*")
    books.posted(gateway, books.x999(accepted))
    return [f"{prefix}{number}" for number in range(1, count + 1)]


def all_paid(gateway: TestGateway) -> None:
    books.posted(gateway, remittance(*sent(gateway, subscriber_last_name=PERSON)))
    books.posted(gateway, REPORT)
    reconcile(gateway)


def of(plan: Plan, kind: Kind) -> OfKind:
    return next(one for one in plan.kinds if one.kind == kind)


def going(gateway: TestGateway) -> list[str]:
    return [one.names for one in look(gateway).files]


def really(gateway: TestGateway) -> None:
    purge(gateway, look(gateway).number)


def codes(gateway: TestGateway) -> list[str]:
    return [finding.code for finding in check(gateway).findings]
