"""What an answer decides, flattened: one verdict for each interchange, set, batch, provider or claim named.

Knows which event an answer's codes stand for and whom they reach. Refuses to know which claims of ours
that is: a verdict carries the sender's references, the ledger finds what they point at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Literal

import msgspec

from edigate.responses import model as m
from edigate.responses.status import TA1_EVENTS, X999_EVENTS, Event, State, next_state, x277_event
from edigate.secrecy import Phi

Level = Literal["interchange", "group", "set", "batch", "provider", "claim"]


class Verdict(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """One decision and how far it reaches: every claim below the named level.

    `event` None: the codes are none the guide knows, so a person must look. `reference` is ISA13, GS06,
    ST02, BHT03, the provider's id or CLM01, by level. `codes` are the answer's own, for showing.
    """

    level: Level
    event: Event | None
    reference: str = ""
    group_control_number: str = ""  # of a set: GS06 of the group it is in
    batch_reference: str = ""  # of a provider or claim: BHT03 of the batch it is in
    sender: str = ""  # 277CA NM101 of the source: AY clearinghouse, PR payer
    sender_id: str = ""  # NM109
    sender_name: str = ""  # NM103
    codes: tuple[str, ...] = ()
    payer_claim_control_number: str = ""
    clearinghouse_trace_number: str = ""
    amount: Decimal | None = None
    text: str = ""  # STC12, may be PHI


def interchange_verdict(answer: m.InterchangeAcknowledgment) -> Verdict:
    """What a TA1 decides: the whole interchange."""
    return Verdict(
        level="interchange",
        event=TA1_EVENTS.get(answer.code.strip().upper()),
        reference=answer.interchange_control_number.strip(),
        codes=(answer.code, answer.note),
    )


def group_verdicts(answer: m.FunctionalGroupResponse) -> Iterator[Verdict]:
    """What a 999 decides: each set it lists, then the group for the sets it doesn't list.

    Receivers may leave accepted sets out, and reject a group without listing any. With `P` some sets
    are rejected and the others stand, so what isn't listed is accepted.
    """
    group = answer.control_number.strip()
    for each in answer.transaction_sets:
        yield Verdict(
            level="set",
            event=X999_EVENTS.get(each.code.strip().upper()),
            reference=each.control_number.strip(),
            group_control_number=group,
            codes=(each.code, *each.reasons),
        )
    code = answer.code.strip().upper()
    yield Verdict(
        level="group",
        event=Event.X999_ACCEPTED if code == "P" else X999_EVENTS.get(code),
        reference=group,
        group_control_number=group,
        codes=(answer.code, *answer.reasons),
    )


class ClaimError(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """One error of a 999, brought to its claim where the receiver names it (CTX `CLM01:value`)."""

    transaction_set: str  # ST02
    patient_control_number: str  # empty where the receiver doesn't say
    segment_id: str
    segment_position: int  # from ST = 1; 0 where it isn't a number
    loop: str
    code: str  # IK304, or IK403 where an element is to blame
    element: int = 0
    component: int = 0
    value: str = ""  # IK404, may be PHI


def claim_errors(answer: m.FunctionalGroupResponse) -> Iterator[ClaimError]:
    """Every segment and element error of a 999, with the claim it is in."""
    for each in answer.transaction_sets:
        for error in each.segment_errors:
            whole = ClaimError(
                transaction_set=each.control_number.strip(),
                patient_control_number=_claim_named(error.contexts),
                segment_id=error.segment_id,
                segment_position=_number(error.segment_position),
                loop=error.loop,
                code=error.code,
            )
            if not error.element_errors:
                yield whole
            for element in error.element_errors:
                yield msgspec.structs.replace(
                    whole,
                    patient_control_number=whole.patient_control_number or _claim_named(element.contexts),
                    code=element.code,
                    element=_number(element.element),
                    component=_number(element.component),
                    value=element.value,
                )


def _claim_named(contexts: Iterable[m.Context]) -> str:
    for context in contexts:
        name, value = context.name, context.value
        if not value:  # a sender whose component separator isn't ':' still writes CLM01:value
            name, _, value = name.partition(":")
        if name.strip().upper() == "CLM01" and value.strip():
            return value.strip()
    return ""


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def claim_verdicts(answer: m.ClaimAcknowledgment) -> Iterator[Verdict]:
    """What a 277CA decides, outermost level first: batches, providers, claims. Levels without STC say nothing."""
    for source in answer.sources:
        for receiver in source.receivers:
            batch = receiver.batch_reference.strip()
            if receiver.statuses:
                yield _verdict("batch", batch, batch, source, receiver.statuses)
            for provider in receiver.providers:
                if provider.statuses:
                    yield _verdict("provider", provider.id.strip(), batch, source, provider.statuses)
                for claim in provider.claims:
                    if claim.statuses:
                        verdict = _verdict(
                            "claim", claim.patient_control_number.strip(), batch, source, claim.statuses
                        )
                        yield msgspec.structs.replace(
                            verdict,
                            payer_claim_control_number=claim.payer_claim_control_number.strip(),
                            clearinghouse_trace_number=claim.clearinghouse_trace_number.strip(),
                        )


def _verdict(
    level: Level, reference: str, batch: str, source: m.SourceStatus, statuses: list[m.Status]
) -> Verdict:
    worst = max(statuses, key=_badness)  # the first of equals: senders put the reason that counts first
    event = _event(worst)
    if level != "claim" and event is Event.X277_ACCEPTED:
        event = Event.X277_RECEIVED  # a batch that is taken in tells nothing of the single claim's fate
    return Verdict(
        level=level,
        event=event,
        reference=reference,
        batch_reference=batch,
        sender=source.entity,
        sender_id=source.id.strip(),
        sender_name=source.name.strip(),
        codes=tuple(
            ":".join((code.category, code.status, code.entity)).rstrip(":")
            for status in statuses
            for code in status.codes
        ),
        amount=worst.amount,
        text=worst.text,
    )


def _event(status: m.Status) -> Event | None:
    return x277_event(status.codes[0].category if status.codes else "", status.action)


_RANK = {state: rank for rank, state in enumerate(State)}


def _badness(status: m.Status) -> int:
    event = _event(status)
    return -1 if event is None else _RANK[next_state(State.SENT, event)]
