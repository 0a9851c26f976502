"""The HL tree of an 837: billing provider, subscriber, patient; and the way from flat claims to it and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

import msgspec

from edigate.claims.model import Address, Claim, Patient, Payer, PayToPlan, Provider, Submission, Subscriber
from edigate.x12.remainder import LoopRecord

MOST_CLAIMS = 100  # below one 2000B or 2000C (X222A1, repeat of loop 2300)


class PatientLevel(LoopRecord):
    """2000C: a patient who is not the subscriber."""

    patient: Patient | None = None
    claims: list[Claim] = []


class SubscriberLevel(LoopRecord):
    """2000B: the insured and the payer."""

    subscriber: Subscriber | None = None
    payer: Payer | None = None
    claims: list[Claim] = []
    patients: list[PatientLevel] = []


class BillingLevel(LoopRecord):
    """2000A."""

    provider: Provider | None = None
    pay_to_address: Address | None = None
    pay_to_plan: PayToPlan | None = None
    subscribers: list[SubscriberLevel] = []


class ClaimSet(Submission):
    """A whole transaction set: what heads it and its tree."""

    billing_levels: list[BillingLevel] = []


def tree(head: Submission, claims: Iterable[Claim]) -> ClaimSet:
    """Claims as a tree: one level a billing provider, one a subscriber with its payer, one a patient.

    Levels stand in the order in which their first claim comes; so do the claims within each. A level
    that holds as many claims as the guide allows is followed by another of the same party.
    """
    billing: dict[bytes, BillingLevel] = {}
    subscribers: dict[tuple[bytes, bytes], SubscriberLevel] = {}
    patients: dict[tuple[bytes, bytes, bytes], PatientLevel] = {}
    encode = _KEYS.encode
    for above, those in groupby(claims, _ABOVE):
        provider_key = encode(above)
        level = billing.get(provider_key)
        for claim in those:
            if level is None:
                level = billing[provider_key] = _billing_level(claim)
            subscriber_key = (provider_key, encode((claim.subscriber, claim.payer)))
            insured = subscribers.get(subscriber_key)
            if insured is None or (claim.patient is None and len(insured.claims) == MOST_CLAIMS):
                insured = subscribers[subscriber_key] = _subscriber_level(claim)
                level.subscribers.append(insured)
            if claim.patient is None:
                insured.claims.append(claim)
                continue
            patient_key = (*subscriber_key, encode(claim.patient))
            dependent = patients.get(patient_key)
            if dependent is None or len(dependent.claims) == MOST_CLAIMS:
                dependent = patients[patient_key] = PatientLevel(patient=claim.patient, unbound=claim.patient.unbound)
                insured.patients.append(dependent)
            dependent.claims.append(claim)
    fields = {name: getattr(head, name) for name in Submission.__struct_fields__}
    return ClaimSet(**fields, billing_levels=list(billing.values()))


def _billing_level(claim: Claim) -> BillingLevel:
    provider = claim.billing_provider
    return BillingLevel(
        provider=provider,
        pay_to_address=claim.pay_to_address,
        pay_to_plan=claim.pay_to_plan,
        unbound=provider.unbound if provider else [],
    )


def _subscriber_level(claim: Claim) -> SubscriberLevel:
    subscriber = claim.subscriber
    return SubscriberLevel(
        subscriber=subscriber, payer=claim.payer, unbound=subscriber.unbound if subscriber else []
    )


def claims_of(claim_set: ClaimSet) -> Iterator[Claim]:
    """The claims of a tree in the order in which they are written, without their parties."""
    for billing in claim_set.billing_levels:
        for subscriber in billing.subscribers:
            yield from subscriber.claims
            for patient in subscriber.patients:
                yield from patient.claims


def with_parties(claim: Claim, parents: tuple[object, ...]) -> Claim:
    """A decoded claim with the parties of the levels it hangs below."""
    changes: dict[str, object] = {}
    for parent in parents:
        match parent:
            case BillingLevel(provider=Provider() as provider):
                changes["billing_provider"] = _carry(provider, parent)
                changes["pay_to_address"] = parent.pay_to_address
                changes["pay_to_plan"] = parent.pay_to_plan
            case SubscriberLevel():
                changes["payer"] = parent.payer
                if parent.subscriber is not None:
                    changes["subscriber"] = _carry(parent.subscriber, parent)
            case PatientLevel(patient=Patient() as patient):
                changes["patient"] = _carry(patient, parent)
            case _:
                pass
    return msgspec.structs.replace(claim, **changes)


def _carry(party: LoopRecord, level: LoopRecord) -> LoopRecord:
    """The party with what its level could not say, so that writing it again loses nothing."""
    return msgspec.structs.replace(party, unbound=level.unbound) if level.unbound else party


_KEYS = msgspec.msgpack.Encoder()
_ABOVE = attrgetter("billing_provider", "pay_to_address", "pay_to_plan")  # the same for claims that follow each other
