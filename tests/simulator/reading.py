"""The simulator's answers read back with the project's own bindings. Fails on anything that can't be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from edigate.findings import Finding
from edigate.remits.model import ClaimPayment, Payment, ProviderAdjustmentItem
from edigate.remits.x221 import decode_payment
from edigate.responses.model import (
    ClaimAcknowledgment,
    ClaimStatus,
    FunctionalGroupResponse,
    InterchangeAcknowledgment,
)
from edigate.responses.ta1 import decode_interchange_acknowledgment
from edigate.responses.x214 import decode_claim_acknowledgment
from edigate.responses.x231 import decode_functional_group_response
from edigate.simulator.envelope import AnswerFile
from edigate.x12.envelope import EnvelopeReader, TransactionSet

Answer = InterchangeAcknowledgment | FunctionalGroupResponse | ClaimAcknowledgment | Payment
T = TypeVar("T", bound=Answer)

_DECODERS: dict[str, Callable[[TransactionSet], tuple[Any, list[Finding]]]] = {
    "TA1": decode_interchange_acknowledgment,
    "999": decode_functional_group_response,
    "277": decode_claim_acknowledgment,
    "835": decode_payment,
}


def read(content: bytes) -> list[Answer]:
    """The answers in a file, with nothing in it left unread."""
    reader = EnvelopeReader([content])
    found: list[Answer] = []
    for transaction_set in reader:
        answer, findings = _DECODERS[transaction_set.id](transaction_set)
        assert not findings, findings
        found.append(answer)
    assert not reader.findings, reader.findings
    return found


def of_kind(files: Iterable[AnswerFile], kind: type[T]) -> list[T]:
    """All answers of one kind, in the order of the files."""
    return [answer for file in files for answer in read(file.content) if isinstance(answer, kind)]


def claims_in(payment: Payment) -> list[ClaimPayment]:
    return [claim for header in payment.headers for claim in header.claims]


def items_in(payment: Payment) -> list[ProviderAdjustmentItem]:
    return [item for adjustment in payment.provider_adjustments for item in adjustment.items]


def statuses(files: Iterable[AnswerFile], entity: str) -> dict[str, ClaimStatus]:
    """Patient control number -> what a 277CA of a clearinghouse (AY) or payers (PR) says of it."""
    return {claim.patient_control_number: claim for claim in _claims(files, entity)}


def _claims(files: Iterable[AnswerFile], entity: str) -> Iterator[ClaimStatus]:
    for answer in of_kind(files, ClaimAcknowledgment):
        for source in answer.sources:
            if source.entity == entity:
                for receiver in source.receivers:
                    for provider in receiver.providers:
                        yield from provider.claims
