"""Tables of whom payers answer for: which payments were compared with their claims, and where they differ."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from edigate.ledger.schema.base import Id, identity, metadata, moment, one_of, text

# A payment whose patients and providers were compared with those of its claims. `joined` sums up which claims its
# entries had then: with other ones it is compared anew.
party_check = Table(
    "party_check",
    metadata,
    Column("payment_id", Id, ForeignKey("payment.id"), primary_key=True, autoincrement=False),
    Column("joined", BigInteger, nullable=False),
    moment("at"),
)

# Another patient or provider than the claim's, as both sides wrote them. PHI.
party_difference = Table(
    "party_difference",
    metadata,
    identity(),
    Column("payment_id", Id, ForeignKey("payment.id"), nullable=False),
    Column("claim_payment_id", Id, ForeignKey("claim_payment.id"), nullable=False),
    Column("claim_id", Id, ForeignKey("claim.id"), nullable=False),
    Column("what", Text, nullable=False),
    text("ours"),
    text("theirs"),
    one_of("what", ("patient", "provider")),
)
Index("ix_party_difference_claim", party_difference.c.claim_id)
Index("ix_party_difference_payment", party_difference.c.payment_id)
