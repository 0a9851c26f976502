"""The words of every state column, once: schema, records and migrations' tests read them here.

Knows which states there are, not which may follow which (`responses/status.py` knows that for claims).
"""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["837P", "837I", "837D"]
FileKind = Literal["837P", "837I", "837D", "999", "TA1"]  # what we send: claims, and answers to what we received

ClaimState = Literal[
    "refused",  # an encounter that could not be made into a claim
    "ready",  # made and clean, waiting to be sent
    "queued",  # frozen in a file that has not left
    "sent",
    "uncertain",  # its file may or may not have arrived
    "acknowledged",  # TA1 or 999 accepted
    "accepted",  # 277CA accepted
    "rejected",  # TA1, 999 or 277CA
    "paid",
    "partly_paid",
    "denied",
    "forwarded",  # the payer passed it on to another
    "reversed",  # a payment was taken back and nothing followed yet
    "void",
]

FileState = Literal[
    "queued",  # bytes in the archive, intent in the ledger
    "uploading",  # under its temporary name
    "renaming",  # about to get its final name
    "sent",
    "uncertain",  # evidence needed: never sent again blindly
    "cancelled",  # never left, never will; its claims are ready again
]

InboundState = Literal[
    "received",  # durable here, not read yet
    "posted",
    "held",  # needs a person, the reason says why
    "kept",  # nothing to post: duplicates, reports, files nobody knows
]

PaymentState = Literal["posted", "held"]
Verdict = Literal["none", "accepted", "rejected"]  # of a TA1 on a file or a 999 on a set
UnmatchedState = Literal["open", "matched", "dismissed"]
Usage = Literal["test", "production"]
WorkAct = Literal["assign", "note", "done", "reopen"]  # what a person does about an item of a worklist
DepositKind = Literal["ach", "wire", "check", "deposit", "return", "other"]
BankFormat = Literal["csv", "bai2", "nacha"]
AuditKind = Literal["read", "change"]  # what somebody did, as the audit trail calls it
HoldScope = Literal["claim", "file", "partner", "everything"]  # what a legal hold keeps
MatchedBy = Literal["trace", "amount", "sum", "hand"]  # how a deposit was found to be a payment

KINDS: tuple[Kind, ...] = get_args(Kind)
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
CLAIM_STATES: tuple[ClaimState, ...] = get_args(ClaimState)
FILE_STATES: tuple[FileState, ...] = get_args(FileState)
INBOUND_STATES: tuple[InboundState, ...] = get_args(InboundState)
PAYMENT_STATES: tuple[PaymentState, ...] = get_args(PaymentState)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
UNMATCHED_STATES: tuple[UnmatchedState, ...] = get_args(UnmatchedState)
USAGES: tuple[Usage, ...] = get_args(Usage)
WORK_ACTS: tuple[WorkAct, ...] = get_args(WorkAct)
DEPOSIT_KINDS: tuple[DepositKind, ...] = get_args(DepositKind)
BANK_FORMATS: tuple[BankFormat, ...] = get_args(BankFormat)
AUDIT_KINDS: tuple[AuditKind, ...] = get_args(AuditKind)
HOLD_SCOPES: tuple[HoldScope, ...] = get_args(HoldScope)
MATCHED_BY: tuple[MatchedBy, ...] = get_args(MatchedBy)
SEVERITIES: tuple[str, ...] = ("error", "warning", "info")  # findings.Severity
