"""TA1, 999 and 277CA posted: each verdict brought to the claims it reaches.

What the verdicts are is decided in `responses/`; which claims of ours they mean is found here, and the
fields a 999 speaks of in `post_errors.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from edigate.claims.batch import provider_of
from edigate.gateway.post_errors import errors_to_claims, set_number
from edigate.gateway.post_traces import claims_traced, of_payer, remember_traces, waited_for
from edigate.gateway.posting import Posting, usage_of
from edigate.gateway.waiting import codes
from edigate.ledger.answers import (
    ClaimRef,
    OutboundSet,
    claims_by_control_number,
    claims_by_id,
    claims_of_file,
    claims_of_sets,
    file_by_gs06,
    file_by_isa13,
    record_999,
    record_ta1,
    set_by_reference,
    sets_of_file,
)
from edigate.ledger.matches import folded, remembered
from edigate.ledger.outbound import outbound_file_by_id
from edigate.ledger.states import Usage
from edigate.ledger.states import Verdict as LedgerVerdict
from edigate.reconcile.match import ClaimIndex, OurClaim
from edigate.responses.status import Event
from edigate.responses.ta1 import decode_interchange_acknowledgment
from edigate.responses.verdicts import Verdict, claim_verdicts, group_verdicts, interchange_verdict
from edigate.responses.x214 import decode_claim_acknowledgment
from edigate.responses.x231 import decode_functional_group_response
from edigate.x12.envelope import TransactionSet

_REJECTIONS = frozenset((Event.TA1_REJECTED, Event.X999_REJECTED, Event.X277_REJECTED))
_CLAIMS = "HC"  # GS01 of every file we send


def post_interchange_response(posting: Posting, transaction_set: TransactionSet) -> None:
    """A TA1: the whole interchange."""
    answer, _ = decode_interchange_acknowledgment(transaction_set)
    verdict = interchange_verdict(answer)
    file = file_by_isa13(posting.tx, posting.file.partner, set_number(verdict.reference))
    if file is None or verdict.event is None:
        posting.unmatched("TA1", verdict.reference, detail=codes(verdict))
        return
    posting.arrived(file, "TA1")
    if _is_news(file.ta1, _word(verdict.event)):
        record_ta1(posting.tx, file.id, _word(verdict.event), answer.note)
    posting.move(claims_of_file(posting.tx, file.id), verdict.event, detail=codes(verdict), outbound_file_id=file.id)


def post_group_response(posting: Posting, transaction_set: TransactionSet) -> None:
    """A 999 or 997: each set it lists, then the group for those it doesn't."""
    answer, _ = decode_functional_group_response(transaction_set)
    ours_at_all = answer.functional_id.strip() in ("", _CLAIMS)
    number = set_number(answer.control_number) if ours_at_all else -1
    file = file_by_gs06(posting.tx, posting.file.partner, number)
    if file is None:
        about = f"{answer.functional_id.strip()} {answer.control_number.strip()}".strip()
        posting.unmatched("999", about, detail=f"AK9 {answer.code}".strip())
        return
    posting.arrived(file, "999")
    ours = {set_number(one.st02): one for one in sets_of_file(posting.tx, file.id)}
    heard: set[int] = set()
    recorded: list[tuple[int, LedgerVerdict, str]] = []
    for verdict in group_verdicts(answer):
        if verdict.level == "set":
            known = ours.get(set_number(verdict.reference))
            if known is not None:
                heard.add(known.id)  # also where nobody can say what it was told: the group doesn't speak for it
            if known is None or verdict.event is None:
                posting.unmatched("999", verdict.reference, detail=codes(verdict))
                continue
            reached: list[OutboundSet] = [known]
        else:
            reached = [one for one in ours.values() if one.id not in heard]
            if verdict.event is None:
                if reached:
                    posting.unmatched("999", verdict.reference, detail=codes(verdict))
                continue
        word = _word(verdict.event)
        recorded += [(one.id, word, verdict.codes[0]) for one in reached if _is_news(one.x999, word)]
        claims = claims_of_sets(posting.tx, [one.id for one in reached])
        posting.move(claims, verdict.event, detail=codes(verdict), outbound_file_id=file.id)
    record_999(posting.tx, recorded)
    errors_to_claims(posting, file, answer, ours)


def post_acknowledgment(posting: Posting, transaction_set: TransactionSet) -> None:
    """A 277CA: batches, providers and claims, outermost first."""
    answer, _ = decode_claim_acknowledgment(transaction_set)
    verdicts = list(claim_verdicts(answer))
    batches = _batches(posting, verdicts)
    claims = _claims_named(posting, verdicts, batches, usage_of(transaction_set))
    unknown = [one for one in verdicts if one.level == "claim" and _name(one) not in claims]
    traced = claims_traced(posting, unknown, batches)
    words = remembered(posting.tx, posting.file.partner, (one.reference for one in unknown))
    meant = claims_by_id(posting.tx, {match.claim_id for match in words.values()})
    traces: dict[int, str] = {}
    for verdict in verdicts:
        batch = batches.get(verdict.batch_reference)
        word = None
        if verdict.level == "claim":
            claim = claims.get(_name(verdict))
            if claim is not None:
                traces[claim.id] = verdict.clearinghouse_trace_number
            claim = claim or traced.get(verdict.clearinghouse_trace_number)
            if claim is None and (word := words.get(folded(verdict.reference))) is not None:
                claim = meant[word.claim_id]
            reached = [claim] if claim is not None else []
        elif verdict.event not in _REJECTIONS and verdict.event is not None:
            continue  # only bad news of a batch reaches its claims: good news is each claim's own
        else:
            reached = claims_of_sets(posting.tx, [batch.id]) if batch is not None else []
            if verdict.level == "provider":
                reached = _of_provider(reached, verdict.reference)
            reached = of_payer(posting, reached, verdict)
        if not reached or verdict.event is None:
            posting.unmatched(
                "277CA",
                verdict.reference or verdict.batch_reference,
                detail=codes(verdict),
                trace=verdict.clearinghouse_trace_number,
            )
            continue
        if word is not None:
            posting.by_word(word, verdict.reference, event=verdict.event.value, detail=codes(verdict))
        posting.move(
            reached,
            verdict.event,
            detail=told(verdict),
            payer_claim_control_number=verdict.payer_claim_control_number,
            proves_arrival=word is None,
        )
    remember_traces(posting, traces)
    for claim, verdict, waited in waited_for(posting, traces):
        if verdict.event is not None:
            posting.move(
                [claim],
                verdict.event,
                detail=f"{told(verdict)} (file in-{waited.inbound_file_id}, by trace number)",
                payer_claim_control_number=verdict.payer_claim_control_number,
            )


def told(verdict: Verdict) -> str:
    """Who says what of a claim, as it stands in the claim's history. The text may be PHI."""
    said = " ".join(part for part in (codes(verdict), verdict.text) if part)
    return f"{'payer' if verdict.sender == 'PR' else 'clearinghouse'}: {said}"


def _name(verdict: Verdict) -> tuple[str, str]:
    """The batch and number by which an answer names a claim."""
    return verdict.batch_reference, verdict.reference


def _batches(posting: Posting, verdicts: Iterable[Verdict]) -> dict[str, OutboundSet]:
    """Our set of each batch that the answer names; each proves that its file arrived."""
    found: dict[str, OutboundSet] = {}
    for reference in dict.fromkeys(verdict.batch_reference for verdict in verdicts if verdict.batch_reference):
        sent = set_by_reference(posting.tx, posting.file.partner, reference)
        if sent is None:
            continue
        found[reference] = sent
        file = outbound_file_by_id(posting.tx, sent.outbound_file_id)
        if file is not None:
            posting.arrived(file, "277CA")
    return found


def _of_provider(claims: list[ClaimRef], npi: str) -> list[ClaimRef]:
    """The claims of a billing provider, of those of one set: all, whatever the id, where it is the only one."""
    if len({provider_of(claim.batch_key) for claim in claims}) == 1:
        return claims
    return [claim for claim in claims if claim.batch_key.startswith(f"{npi}-")]


def _claims_named(
    posting: Posting, verdicts: Iterable[Verdict], batches: dict[str, OutboundSet], usage: Usage
) -> dict[tuple[str, str], ClaimRef]:
    """The claim of each (batch reference, CLM01): the batch tells which version of a claim is meant.

    A claim that never left us isn't meant: taken for answered it would never be sent.
    """
    wanted = dict.fromkeys((one.batch_reference, one.reference) for one in verdicts if one.level == "claim")
    found: dict[tuple[str, str], ClaimRef] = {}
    for reference, batch in batches.items():
        sent = {one.id: one for one in claims_of_sets(posting.tx, [batch.id])}
        index = ClaimIndex(
            OurClaim(id=id_, patient_control_number=one.patient_control_number) for id_, one in sent.items()
        )
        for key in wanted:
            if key[0] == reference and (id_ := index.find(key[1]).id) is not None:
                found[key] = sent[id_]
    rest = [key for key in wanted if key not in found]
    anywhere = claims_by_control_number(posting.tx, {number for _, number in rest}, usage)
    left_us = {number: one for number, one in anywhere.items() if one.outbound_set_id is not None}
    found.update((key, left_us[key[1]]) for key in rest if key[1] in left_us)
    return found


def _word(event: Event) -> LedgerVerdict:
    return "rejected" if event in _REJECTIONS else "accepted"


def _is_news(before: LedgerVerdict, now: LedgerVerdict) -> bool:
    """A rejection stands, in whichever order the answers come."""
    return before != "rejected" or now == "rejected"
