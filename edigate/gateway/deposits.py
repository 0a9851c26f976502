"""Deposits as a job: banks' files into the ledger, matched with payments by rule and by a person's word.

A bank's file is kept whole in the archive and taken whole or not at all, in one transaction with what is matched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from edigate.bank.model import ACCEPTABLE, BankLine, Format, Statement
from edigate.bank.read import format_of, read_statement
from edigate.bank.settings import Bank
from edigate.errors import ConfigError, DataError, NoInputError, UsageError
from edigate.findings import Finding, Severity, has_errors
from edigate.gateway.opening import Gateway
from edigate.ledger.deposit_shares import NewShare, Share, add_shares, live_shares, payments_to_cover, undo_shares
from edigate.ledger.deposits import BANK_KIND, Deposit, NewDeposit, add_deposits, deposits, finish_bank_file
from edigate.ledger.inbound import BY_HAND, InboundFile, inbound_file_by_id, record_received
from edigate.ledger.records import NewInboundFile
from edigate.ledger.transaction import ReadTransaction, WriteTransaction
from edigate.logs import get_logger
from edigate.money import from_cents, to_cents
from edigate.reconcile.deposit_sums import allocate
from edigate.reports.deposits import BankedMoney, found, listed

log = get_logger(__name__)

_NAMED = "`edigate deposits list` names them."
_LARGEST = 1 << 27  # bytes: a bank's file of a year has some megabytes


class ImportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a bank's file. Dollars; findings are what is wrong with it, warnings too."""

    file: str
    format: Format
    state: str  # posted, held, or already posted before
    file_id: int = 0
    deposits: int = 0  # new to the ledger
    amount: Decimal = Decimal(0)
    known: int = 0  # told of by another file of this form
    joined: int = 0  # told of by a file of another form
    skipped: int = 0  # withdrawals and the like
    reason: str = ""
    findings: list[Finding] = []


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """An import, or with `dry_run` what it would do. `matched` counts shares of deposits found to be payments."""

    files: list[ImportedFile]
    matched: int = 0
    matched_amount: Decimal = Decimal(0)
    dry_run: bool = False

    @property
    def held(self) -> list[ImportedFile]:
        return [one for one in self.files if one.state == "held"]


def import_files(
    gateway: Gateway, paths: Sequence[Path], *, bank: str = "", dry_run: bool = False, accept: str = ""
) -> ImportReport:
    """Take banks' files in, each whole or not at all, and match what can be matched.

    A file with errors is held, and tried again when it is given again; one whose sums don't hold is taken with a
    reason (`accept`). The same content is taken once. Raises NoInputError, ConfigError, UsageError before anything.
    """
    read = []
    for path in paths:
        content = _content(path)
        name, settings = _bank_of(gateway, bank, content, path.name)
        read.append((path.name, content, name, read_statement(content, path.name, settings)))
    # Durable before it is written down, and before the ledger's one writer is held.
    kept = [_digest(content) if dry_run else gateway.archive.put(content) for _, content, _, _ in read]
    files = []
    with gateway.written(keep=not dry_run) as tx:
        for (file_name, content, name, statement), sha256 in zip(read, kept, strict=True):
            new = NewInboundFile(
                partner="", remote_path=f"{BY_HAND}{file_name}", name=file_name, sha256=sha256, size=len(content)
            )
            recorded = record_received(tx, new)
            original = recorded.duplicate_of_id
            file = (inbound_file_by_id(tx, original) if original is not None else None) or recorded
            files.append(take_statement(tx, file, statement, bank=name, accept=accept))
        matched = match_open(gateway, tx)
    for one in files:
        log.info("bank file imported", file_id=one.file_id, state=one.state, count=one.deposits, dry_run=dry_run)
    amount = from_cents(sum(share.amount_cents for share in matched))
    return ImportReport(files=files, matched=len(matched), matched_amount=amount, dry_run=dry_run)


def take_statement(
    tx: WriteTransaction, file: InboundFile, statement: Statement, *, bank: str = "", accept: str = ""
) -> ImportedFile:
    """Write a read file down, or hold it with its reason. What was posted before is left as it is."""
    kind = BANK_KIND[statement.format]
    told = ImportedFile(
        file=file.name,
        format=statement.format,
        state="already",
        file_id=file.id,
        skipped=statement.skipped,
        findings=statement.findings,
    )
    if file.state == "posted":
        return msgspec.structs.replace(told, findings=[])
    wrong = [one for one in statement.findings if one.severity is Severity.ERROR]
    if has_errors(wrong) and not (accept and all(one.code in ACCEPTABLE for one in wrong)):
        first = wrong[0]
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        reason = f"{first.message} ({first.sources[0]}){more}"
        finish_bank_file(tx, file.id, "held", kind=kind, reason=reason)
        return msgspec.structs.replace(told, state="held", reason=reason)
    added = add_deposits(tx, file.id, statement.format, [_new(line, bank) for line in statement.lines])
    reason = f"let through by a person: {accept}" if wrong else ""
    finish_bank_file(tx, file.id, "posted", kind=kind, reason=reason)
    return msgspec.structs.replace(
        told,
        state="posted",
        deposits=added.new,
        amount=from_cents(added.new_cents),
        known=added.known,
        joined=added.joined,
        reason=reason,
    )


def match_open(gateway: Gateway, tx: WriteTransaction) -> list[NewShare]:
    """Match what is open with what is open, and write it down; the shares made."""
    matches = found(tx, gateway.workspace.config.deposits).matches
    shares = [NewShare(one.deposit_id, one.payment_id, to_cents(one.amount), one.how) for one in matches]
    add_shares(tx, shares)
    return shares


def match_deposits(gateway: Gateway) -> list[NewShare]:
    """`match_open` in a transaction of its own."""
    with gateway.ledger.write() as tx:
        shares = match_open(gateway, tx)
    log.info("deposits matched", matched=len(shares))
    return shares


def match_by_hand(gateway: Gateway, deposit: str, payments: Sequence[str], *, why: str, who: str) -> BankedMoney:
    """A person's word that a deposit is these payments, in their order until either side is used up.

    Raises NoInputError where one isn't there, UsageError where there is nothing left to match.
    """
    why = _reason(why)
    undoing = f"edigate deposits match {deposit} --undo --why TEXT"
    with gateway.ledger.write() as tx:
        one = _deposit(tx, deposit)
        wanted = [_id(key, "payment") for key in dict.fromkeys(payments)]
        by_id = {payment.id: payment for payment in payments_to_cover(tx, ids=wanted)}
        for id_ in wanted:
            if id_ not in by_id:
                raise NoInputError(f"there is no posted payment {id_} of any money", hint=_NAMED)
            if by_id[id_].open_cents == 0:
                raise UsageError(f"all of payment {id_} is matched already", hint="Undo that first.")
            if (by_id[id_].amount_cents > 0) != (one.amount_cents > 0):
                raise UsageError(f"payment {id_} goes the other way: one gives money, the other takes it")
        if one.open_cents == 0:
            raise UsageError(f"all of {deposit} is matched already", hint=undoing)
        told = {share.payment_id for share in live_shares(tx, [one.id]).get(one.id, [])}
        if told & set(wanted):
            raise UsageError("they are matched already", hint=undoing)
        shares = allocate(
            [(one.id, from_cents(one.open_cents))], [(id_, from_cents(by_id[id_].open_cents)) for id_ in wanted]
        )
        left = set(wanted) - {payment_id for _, payment_id, _ in shares}
        if left:
            named = ", ".join(f"payment-{id_}" for id_ in sorted(left))
            raise UsageError(f"nothing of {deposit} is left for {named}")
        add_shares(
            tx, [NewShare(one.id, id_, to_cents(amount), "hand", why=why, who=who) for _, id_, amount in shares]
        )
        after = _shown(gateway, tx, one.id)
    log.info("deposit matched by hand", deposit_id=one.id, payments=len(wanted))
    return after


def undo(
    gateway: Gateway, deposit: str, payments: Sequence[str], *, why: str, who: str
) -> tuple[list[Share], BankedMoney]:
    """Take a deposit and payments (none named: all it has) apart; nothing matches them again by itself.

    What was taken apart, and the deposit as it stands then. Raises NoInputError, UsageError where they aren't matched.
    """
    why = _reason(why)
    with gateway.ledger.write() as tx:
        one = _deposit(tx, deposit)
        taken = undo_shares(tx, one.id, [_id(key, "payment") for key in payments], why=why, who=who)
        if not taken:
            raise UsageError(f"nothing of {deposit} is matched{' with these payments' if payments else ''}")
        after = _shown(gateway, tx, one.id)
    log.info("deposit match undone", deposit_id=one.id, payments=len(taken))
    return taken, after


def _shown(gateway: Gateway, tx: WriteTransaction, deposit_id: int) -> BankedMoney:
    return listed(tx, deposits(tx, ids=[deposit_id]), gateway.workspace.config.deposits)[0]


def named(tx: ReadTransaction, keys: Sequence[str]) -> list[Deposit]:
    """Deposits by their names (`deposit-12`), in that order. Raises NoInputError where one isn't there, UsageError."""
    return [_deposit(tx, key) for key in keys]


def _deposit(tx: ReadTransaction, key: str) -> Deposit:
    some = deposits(tx, ids=[_id(key, "deposit")])
    if not some:
        raise NoInputError(f"there is no {key}", hint=_NAMED)
    return some[0]


def _id(key: str, noun: str) -> int:
    number = key.removeprefix(f"{noun}-")
    if not (number.isascii() and number.isdigit()) or len(number) > 15:
        raise UsageError(f"{key} is no {noun}: write {noun}-12", hint=_NAMED)
    return int(number)


def _reason(why: str) -> str:
    if not why.strip():
        raise UsageError("say how you know: --why TEXT", hint="It is kept with it.")
    return why.strip()


def _new(line: BankLine, bank: str) -> NewDeposit:
    return NewDeposit(
        record=line.record,
        day=line.day,
        amount_cents=to_cents(line.amount),
        kind=line.kind,
        bank=bank,
        account=line.account,
        payer_name=line.payer_name,
        payer_id=line.payer_id,
        trace=line.trace,
        trace_payer_id=line.trace_payer_id,
        reference=line.reference,
        description=line.description,
    )


def _bank_of(gateway: Gateway, name: str, content: bytes, file: str) -> tuple[str, Bank | None]:
    """The bank whose settings are meant: the one named, else the only one that can be."""
    banks = gateway.workspace.banks
    if name:
        if name not in banks:
            have = f"In banks/: {', '.join(banks)}." if banks else "There is nothing in banks/ yet."
            raise ConfigError(f"there is no bank {name!r} in this workspace", hint=have)
        return name, banks[name]
    if format_of(content[:256]) is not None:
        return the_bank(gateway)
    able = {one: bank for one, bank in banks.items() if bank.columns is not None}
    if len(able) == 1:
        return next(iter(able.items()))
    if able:
        raise UsageError(f"say whose statement {file} is: --bank NAME", hint=f"In banks/: {', '.join(able)}.")
    raise ConfigError(
        f"{file} is neither BAI2 nor an ACH file, and no bank says how its CSV is to be read",
        hint="Write banks/NAME.toml with the columns of its statements (docs/deposits.md).",
    )


def the_bank(gateway: Gateway) -> tuple[str, Bank | None]:
    """The workspace's only bank, for files that say by themselves how they are read; none where there are several."""
    banks = gateway.workspace.banks
    return next(iter(banks.items())) if len(banks) == 1 else ("", None)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        raise NoInputError(f"{path} can't be read: {error.strerror}") from error
    if len(content) > _LARGEST:
        raise DataError(f"{path.name} has more than {_LARGEST >> 20} MB: no bank's file is so long")
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
