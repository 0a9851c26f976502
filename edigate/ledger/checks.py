"""What must hold in every ledger, asked of the whole of it: one query a law. Changes nothing.

Most of it no program can break, for constraints refuse it; this is for disks that lie, restored backups and
defects of ours.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import text as sql

from edigate.ledger.transaction import ReadTransaction

_MOST_IDS = 20


class Breach(msgspec.Struct, frozen=True):
    """A law that doesn't hold: how often, and the ids of the first rows."""

    code: str
    what: str
    count: int
    ids: tuple[str, ...] = ()


# The code, the law in words, and a query for the ids of the rows that break it.
LAWS: tuple[tuple[str, str, str], ...] = (
    (
        "LEDGER-INTAKE-ROWS",
        "a finished conversion's rows are those of its claims and of what was known already",
        "SELECT intake.id FROM intake LEFT JOIN claim ON claim.intake_id = intake.id "
        "WHERE intake.finished_at IS NOT NULL GROUP BY intake.id, intake.rows_in, intake.rows_known "
        "HAVING coalesce(sum(claim.row_count), 0) + intake.rows_known <> intake.rows_in",
    ),
    (
        "LEDGER-FILE-CLAIMS",
        "a file that wasn't cancelled says how many claims stand in it, and what they charge",
        "SELECT outbound_file.id FROM outbound_file "
        "LEFT JOIN outbound_set ON outbound_set.outbound_file_id = outbound_file.id "
        "LEFT JOIN claim_set ON claim_set.outbound_set_id = outbound_set.id "
        "LEFT JOIN claim ON claim.id = claim_set.claim_id WHERE outbound_file.state <> 'cancelled' "
        "GROUP BY outbound_file.id, outbound_file.claims, outbound_file.charge_cents "
        "HAVING count(claim.id) <> outbound_file.claims "
        "OR coalesce(sum(claim.total_charge_cents), 0) <> outbound_file.charge_cents",
    ),
    (
        "LEDGER-CLAIM-FILE",
        "a claim that is queued, sent or answered stands in a file",
        "SELECT claim.id FROM claim LEFT JOIN claim_set ON claim_set.claim_id = claim.id "
        "WHERE claim_set.claim_id IS NULL "
        "AND claim.state IN ('queued', 'sent', 'uncertain', 'acknowledged', 'accepted')",
    ),
    (
        "LEDGER-CLAIM-AHEAD",
        "a claim that waits to be sent stands in no file",
        "SELECT claim.id FROM claim JOIN claim_set ON claim_set.claim_id = claim.id "
        "WHERE claim.state IN ('ready', 'refused')",
    ),
    (
        "LEDGER-CLAIM-FOLLOWS",
        "a claim is sent only with a file that left",
        "SELECT claim.id FROM claim JOIN claim_set ON claim_set.claim_id = claim.id "
        "JOIN outbound_set ON outbound_set.id = claim_set.outbound_set_id "
        "JOIN outbound_file ON outbound_file.id = outbound_set.outbound_file_id "
        "WHERE (claim.state = 'sent' AND outbound_file.state <> 'sent') "
        "OR (claim.state = 'queued' AND outbound_file.state NOT IN ('queued', 'uploading', 'renaming'))",
    ),
    (
        "LEDGER-PAYMENT-SUM",
        "a posted payment is what it paid on claims less its provider adjustments, unless a person accepted it",
        "SELECT payment.id FROM payment WHERE payment.state = 'posted' AND payment.accepted_unbalanced = '' "
        "AND payment.amount_cents <> "
        "(SELECT coalesce(sum(paid_cents), 0) FROM claim_payment WHERE claim_payment.payment_id = payment.id) - "
        "(SELECT coalesce(sum(amount_cents), 0) FROM provider_adjustment "
        "WHERE provider_adjustment.payment_id = payment.id)",
    ),
    (
        "LEDGER-DEPOSIT-SHARES",
        "of no deposit and of no payment more is matched than it has",
        "SELECT deposit.id FROM deposit JOIN deposit_payment ON deposit_payment.deposit_id = deposit.id "
        "WHERE deposit_payment.undone_at IS NULL GROUP BY deposit.id, deposit.amount_cents "
        "HAVING abs(sum(deposit_payment.amount_cents)) > abs(deposit.amount_cents) "
        "OR sum(deposit_payment.amount_cents) * deposit.amount_cents < 0 "
        "UNION ALL SELECT payment.id FROM payment JOIN deposit_payment ON deposit_payment.payment_id = payment.id "
        "WHERE deposit_payment.undone_at IS NULL GROUP BY payment.id, payment.amount_cents "
        "HAVING abs(sum(deposit_payment.amount_cents)) > abs(payment.amount_cents) "
        "OR sum(deposit_payment.amount_cents) * payment.amount_cents < 0",
    ),
    (
        "LEDGER-NUMBERS",
        "the next interchange control number is above every one that was used",
        "SELECT outbound_file.partner FROM outbound_file LEFT JOIN control_number "
        "ON control_number.partner = outbound_file.partner AND control_number.name = 'isa13' "
        "GROUP BY outbound_file.partner, control_number.next_value "
        "HAVING max(outbound_file.isa13) >= coalesce(control_number.next_value, 0)",
    ),
    (
        "LEDGER-PURGE",
        "a claim whose persons were purged isn't one that may still have to be sent",
        "SELECT claim.id FROM claim JOIN purged_claim ON purged_claim.claim_id = claim.id "
        "WHERE claim.state IN ('queued', 'uncertain') "
        "OR (claim.state = 'ready' AND claim.superseded_by_id IS NULL)",
    ),
)

# What SQLite itself is asked: the code, and the law in words.
_DAMAGED = ("LEDGER-DAMAGED", "the database's pages are whole")
_REFERENCE = ("LEDGER-REFERENCE", "what a row refers to is there")

# Where the ledger names a file of the archive, by which id, what it is called, and since when.
_KEPT = (
    ("intake", "id", "intake ", "created_at"),
    ("outbound_file", "id", "out-", "created_at"),
    ("inbound_file", "id", "in-", "received_at"),
    ("carried_file", "outbound_file_id", "encrypted out-", "at"),
)


def laws() -> list[tuple[str, str]]:
    """Every code with its law in words."""
    return [_DAMAGED, _REFERENCE, *((code, what) for code, what, _ in LAWS)]


def breaches(tx: ReadTransaction) -> list[Breach]:
    """Every law that doesn't hold, the database's own first. One consistent view; reads the whole ledger."""
    found = _of_database(tx)
    for code, what, query in LAWS:
        rows = tx.connection.execute(sql(query)).all()
        if rows:
            found.append(Breach(code, what, len(rows), tuple(str(row[0]) for row in rows[:_MOST_IDS])))
    return found


def archived(tx: ReadTransaction) -> dict[str, str]:
    """Every content the archive must hold, by its hash: what it is (`out-7`, `in-3`, `intake 4`, `encrypted out-7`).

    Not those that a purge let go, unless they came again since.
    """
    found: dict[str, str] = {}
    for table, id_, called, since in _KEPT:
        statement = (
            f"SELECT {id_}, sha256 FROM {table} WHERE NOT EXISTS "  # noqa: S608  # our own names
            "(SELECT 1 FROM purged_file JOIN purge ON purge.id = purged_file.purge_id "
            f"WHERE purged_file.sha256 = {table}.sha256 AND purge.at >= {table}.{since}) ORDER BY {id_}"
        )
        for number, sha256 in tx.connection.execute(sql(statement)):
            found.setdefault(sha256, f"{called}{number}")
    return found


def _of_database(tx: ReadTransaction) -> list[Breach]:
    if tx.connection.dialect.name != "sqlite":
        return []  # a server looks after its own pages, and enforces every reference
    found = []
    told = [str(row[0]) for row in tx.connection.exec_driver_sql("PRAGMA integrity_check").all()]
    if told != ["ok"]:
        found.append(Breach(*_DAMAGED, len(told)))
    lost = tx.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if lost:
        tables = tuple(sorted({str(row[0]) for row in lost}))
        found.append(Breach(*_REFERENCE, len(lost), tables))
    return found
